//! Sessions of users, and the digests of their tokens.

use bailiwick_domain::id::{SessionId, UserId};
use bailiwick_domain::session::{SESSIONS_MAX, Session, TokenDigest};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::order::{Order, listed};

const TABLE: &str = "sessions";

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    digest: Vec<u8>,
    address: String,
    user_agent: Option<String>,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<SessionRow> for (Session, TokenDigest) {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self> {
        let session = Session {
            id: SessionId::from_uuid(row.id),
            user_id: UserId::from_uuid(row.user_id),
            address: row.address.parse().or_corrupt(TABLE, "address")?,
            user_agent: row.user_agent,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        };
        Ok((session, TokenDigest(row.digest.try_into().or_corrupt(TABLE, "digest")?)))
    }
}

listed! {
    /// What sessions can be sorted by.
    SessionsBy: SessionRow by SessionId in "id";
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<SessionId> = Field::new("id");
const USER: Field<UserId> = Field::new("user_id");
const EXPIRES: Field<Timestamp> = Field::new("expires_at");

/// Begins a query of sessions.
fn select(first: Condition) -> Select {
    Select::new("id, user_id, digest, address, user_agent, created_at, expires_at", TABLE, first)
}

/// The sessions of a user that are valid beyond `now`, latest first. There are at most [`SESSIONS_MAX`].
pub async fn of_user<R: Run>(mut run: R, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
    let select = select(USER.is(&user)).and(EXPIRES.above(&now));
    let statement = select.sorted(Order::descending(SessionsBy::CreatedAt));
    let rows = run.rows::<SessionRow>(StatementName::SessionsOfUser, statement).await?;
    rows.into_iter().map(|row| Ok(<(Session, TokenDigest)>::try_from(row)?.0)).collect()
}

impl Store {
    /// The session with this id and the digest of its token, for the server's memory.
    pub async fn session(&self, id: SessionId) -> Result<Option<(Session, TokenDigest)>> {
        let mut run = self;
        let statement = select(ID.is(&id)).statement();
        run.row::<SessionRow>(StatementName::SessionsGet, statement).await?.map(TryFrom::try_from).transpose()
    }

    /// At most `limit` sessions that are valid beyond `now`, with ids after `after`, sorted by id, for
    /// loading all sessions into the server's memory in batches.
    pub async fn sessions_after(
        &self,
        now: Timestamp,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<(Session, TokenDigest)>> {
        let mut run = self;
        let after = after.unwrap_or(SessionId::from_uuid(Uuid::nil()));
        let mut statement = select(EXPIRES.above(&now)).and(ID.above(&after)).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        run.rows::<SessionRow>(StatementName::SessionsAfter, statement)
            .await?
            .into_iter()
            .map(TryFrom::try_from)
            .collect()
    }

    /// The sessions of a user that are valid beyond `now`, latest first.
    pub async fn sessions_of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
        of_user(self, user, now).await
    }
}

impl Tx {
    /// Begins a session. Also deletes the user's expired sessions, and the oldest ones if there would be too
    /// many.
    pub async fn begin_session(&mut self, session: &Session, token: TokenDigest) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO sessions (id, user_id, digest, address, user_agent, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(session.id.as_uuid())
        .bind(session.user_id.as_uuid())
        .bind(token.0.to_vec())
        .bind(session.address.to_string())
        .bind(session.user_agent.clone())
        .bind(session.created_at.as_micros())
        .bind(session.expires_at.as_micros());
        self.execute(StatementName::SessionsBegin, statement).await?;
        self.changed(Change::Session(session.id));
        let surplus = Statement::new(
            "DELETE FROM sessions WHERE user_id = $1 AND (expires_at <= $2 OR id NOT IN \
             (SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $3)) \
             RETURNING id",
        )
        .bind(session.user_id.as_uuid())
        .bind(session.created_at.as_micros())
        .bind(u32::try_from(SESSIONS_MAX).unwrap_or(u32::MAX));
        self.ended(StatementName::SessionsEndSurplus, surplus).await
    }

    /// Whether a session still exists and is valid beyond `now`.
    pub async fn has_session(&mut self, id: SessionId, now: Timestamp) -> Result<bool> {
        let statement = Statement::new("SELECT expires_at FROM sessions WHERE id = $1 AND expires_at > $2")
            .bind(id.as_uuid())
            .bind(now.as_micros());
        Ok(self.row::<(i64,)>(StatementName::SessionsExists, statement).await?.is_some())
    }

    /// Ends a session of a user. Returns false if there is no such session.
    pub async fn end_session(&mut self, user: UserId, id: SessionId) -> Result<bool> {
        let statement = Statement::new("DELETE FROM sessions WHERE user_id = $1 AND id = $2")
            .bind(user.as_uuid())
            .bind(id.as_uuid());
        let found = self.execute(StatementName::SessionsEnd, statement).await? > 0;
        self.changed(Change::Session(id));
        Ok(found)
    }

    /// Ends all sessions of a user except `but`. Returns how many were ended.
    pub async fn end_sessions_of(&mut self, user: UserId, but: Option<SessionId>) -> Result<i64> {
        let statement = Statement::new("DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id")
            .bind(user.as_uuid())
            .bind(but.map_or(Uuid::nil(), SessionId::as_uuid));
        let before = self.changes.len();
        self.ended(StatementName::SessionsEndOfUser, statement).await?;
        Ok(i64::try_from(self.changes.len() - before).unwrap_or(i64::MAX))
    }

    /// Deletes expired sessions.
    pub async fn forget_sessions(&mut self, now: Timestamp) -> Result<()> {
        let statement =
            Statement::new("DELETE FROM sessions WHERE expires_at <= $1 RETURNING id").bind(now.as_micros());
        self.ended(StatementName::SessionsForget, statement).await
    }

    async fn ended(&mut self, name: StatementName, statement: Statement) -> Result<()> {
        for (id,) in self.rows::<(Uuid,)>(name, statement).await? {
            self.changed(Change::Session(SessionId::from_uuid(id)));
        }
        Ok(())
    }
}
