//! Users. Until people log in there is one: the server administrator of the first start.

use bailiwick_domain::id::UserId;
use bailiwick_domain::name::Name;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;

use crate::database::Tx;
use crate::error::Result;
use crate::statement::Statement;

/// A user to be added.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// The id.
    pub id: UserId,
    /// The e-mail address, unique on the server.
    pub email: &'a str,
    /// The name.
    pub name: &'a Name,
    /// The password as a PHC string (argon2id).
    pub password_hash: &'a str,
    /// Whether it administers the server.
    pub server_administrator: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

impl Tx {
    /// Adds a user. [`Error::Taken`](crate::Error::Taken) if the e-mail address is.
    pub async fn create_user(&mut self, user: &NewUser<'_>) -> Result<()> {
        self.execute(
            Statement::new(
                "INSERT INTO users (id, email, name, password_hash, server_administrator, created_at, \
                 updated_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
            )
            .bind(user.id.as_uuid())
            .bind(user.email)
            .bind(user.name.as_str())
            .bind(user.password_hash)
            .bind(user.server_administrator)
            .bind(user.created_at.as_micros())
            .bind(Revision::FIRST.number()),
        )
        .await?;
        Ok(())
    }
}
