//! Users and their memberships in organizations.

use std::collections::BTreeMap;

use bailiwick_domain::id::{OrganizationId, RoleId, UserId};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{BuiltInRole, RoleRef};
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::{Email, Membership, User, UserRef};
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

const TABLE: &str = "users";
/// How many e-mail addresses one statement looks up.
const EMAILS_AT_ONCE: usize = 500;

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    email: String,
    name: String,
    server_administrator: bool,
    disabled_at: Option<i64>,
    has_password: bool,
    second_factor: bool,
    last_login_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl UserRow {
    fn with(self, memberships: Vec<Membership>) -> Result<User> {
        Ok(User {
            id: UserId::from_uuid(self.id),
            email: self.email.parse().or_corrupt(TABLE, "email")?,
            name: self.name.parse().or_corrupt(TABLE, "name")?,
            server_administrator: self.server_administrator,
            disabled_at: self.disabled_at.map(Timestamp::from_micros),
            has_password: self.has_password,
            second_factor: self.second_factor,
            last_login_at: self.last_login_at.map(Timestamp::from_micros),
            memberships,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            revision: Revision::new(self.revision),
        })
    }
}

listed! {
    /// What users can be sorted by.
    pub UsersBy: UserRow by UserId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The e-mail address.
    Email = "email": Text in email,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<UserId> = Field::new("id");
const EMAIL: Field<Email> = Field::new("email");

const COLUMNS: &str = "id, email, name, server_administrator, disabled_at, \
    password_hash IS NOT NULL AS has_password, totp_confirmed_at IS NOT NULL AS second_factor, \
    last_login_at, created_at, updated_at, revision";

#[derive(sqlx::FromRow)]
struct MembershipRow {
    user_id: Uuid,
    organization_id: Uuid,
    built_in_role: Option<String>,
    role_id: Option<Uuid>,
}

/// Builds a role from its two columns; `None` if both are null.
pub(crate) fn role(
    table: &'static str,
    built_in: Option<&str>,
    own: Option<Uuid>,
) -> Result<Option<RoleRef>> {
    Ok(match (built_in, own) {
        (Some(word), _) => Some(RoleRef::BuiltIn(BuiltInRole::parse(word).or_corrupt(table, "role")?)),
        (None, Some(id)) => Some(RoleRef::Own(RoleId::from_uuid(id))),
        (None, None) => None,
    })
}

/// The values of the two columns of a role.
pub(crate) fn role_columns(role: Option<RoleRef>) -> (Option<&'static str>, Option<Uuid>) {
    match role {
        Some(RoleRef::BuiltIn(role)) => (Some(role.as_str()), None),
        Some(RoleRef::Own(id)) => (None, Some(id.as_uuid())),
        None => (None, None),
    }
}

/// Access to the users in a reach: the members of its organizations, or all users if it is every
/// organization.
pub struct Users<'a, R> {
    run: R,
    reach: &'a Reach,
}

impl Store {
    /// Reads the users in a reach.
    pub const fn users<'a>(&'a self, reach: &'a Reach) -> Users<'a, &'a Self> {
        Users::new(self, reach)
    }

    /// At most `limit` users with ids after `after`, sorted by id, for loading all users into the server's
    /// memory in batches.
    pub async fn users_after(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>> {
        let mut run = self;
        let after = after.unwrap_or(UserId::from_uuid(Uuid::nil()));
        let mut statement = Select::new(COLUMNS, TABLE, ID.above(&after)).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        let rows = run.rows::<UserRow>(StatementName::UsersAfter, statement).await?;
        Users { run, reach: &Reach::EVERYTHING }.with_memberships(rows).await
    }
}

impl Store {
    /// The server administrators, the oldest first, at most `limit`.
    pub async fn administrators(&self, limit: u32) -> Result<Vec<User>> {
        let mut run = self;
        let mut statement = Statement::new("SELECT ");
        statement.push(COLUMNS).push(" FROM users WHERE server_administrator ORDER BY created_at, id LIMIT ");
        statement.push_value(limit);
        let rows = run.rows::<UserRow>(StatementName::UsersAdministrators, statement).await?;
        Users { run, reach: &Reach::EVERYTHING }.with_memberships(rows).await
    }
}

impl Tx {
    /// Reads and writes the users in a reach.
    pub const fn users<'a>(&'a mut self, reach: &'a Reach) -> Users<'a, &'a mut Self> {
        Users::new(self, reach)
    }
}

impl Tx {
    /// Records that a user's rights changed, and increments the user's revision.
    pub(crate) async fn user_changed(&mut self, user: UserId) -> Result<()> {
        let statement =
            Statement::new("UPDATE users SET revision = revision + 1 WHERE id = $1").bind(user.as_uuid());
        self.execute(StatementName::UsersTouch, statement).await?;
        self.changed(Change::User(user));
        Ok(())
    }

    /// The revisions of a user and of the user's role in an organization, if it is a custom role; `None` if
    /// the user was deleted.
    pub async fn user_stamp(
        &mut self,
        user: UserId,
        organization: Option<OrganizationId>,
    ) -> Result<Option<(Revision, Option<Revision>)>> {
        let statement = Statement::new(
            "SELECT u.revision, r.revision FROM users u \
             LEFT JOIN memberships m ON m.user_id = u.id AND m.organization_id = $1 \
             AND NOT u.server_administrator \
             LEFT JOIN roles r ON r.id = m.role_id WHERE u.id = $2",
        )
        .bind(Value::Uuid(organization.map(OrganizationId::as_uuid)))
        .bind(user.as_uuid());
        let row: Option<(i64, Option<i64>)> = self.row(StatementName::UsersStamp, statement).await?;
        Ok(row.map(|(user, role)| (Revision::new(user), role.map(Revision::new))))
    }
}

impl<'a, R: Run> Users<'a, R> {
    /// Reads the users in a reach on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &'a Reach) -> Self {
        Self { run, reach }
    }

    fn select(&self) -> Select {
        const OF_USER: Fixed = Fixed::new("m.user_id = users.id");
        const ORGANIZATION: Field<OrganizationId> = Field::new("m.organization_id");
        let select = Select::new(COLUMNS, TABLE, Fixed::ANY);
        let Some(ids) = &self.reach.organizations else { return select };
        let membership = Select::new("1", "memberships m", OF_USER).and(ORGANIZATION.one_of(ids));
        select.and(Condition::exists(membership))
    }

    async fn with_memberships(&mut self, rows: Vec<UserRow>) -> Result<Vec<User>> {
        let mut statement = Statement::new(
            "SELECT user_id, organization_id, built_in_role, role_id FROM memberships WHERE user_id IN ",
        );
        statement.push_values(rows.iter().map(|row| row.id));
        if let Some(ids) = &self.reach.organizations {
            statement.push(" AND organization_id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
        }
        statement.push(" ORDER BY user_id, organization_id");
        let mut memberships: BTreeMap<Uuid, Vec<Membership>> = BTreeMap::new();
        for row in self.run.rows::<MembershipRow>(StatementName::UsersMemberships, statement).await? {
            let role = role("memberships", row.built_in_role.as_deref(), row.role_id)?
                .or_corrupt("memberships", "role")?;
            memberships
                .entry(row.user_id)
                .or_default()
                .push(Membership { organization_id: OrganizationId::from_uuid(row.organization_id), role });
        }
        rows.into_iter()
            .map(|row| {
                let memberships = memberships.remove(&row.id).unwrap_or_default();
                row.with(memberships)
            })
            .collect()
    }

    async fn one(&mut self, name: StatementName, statement: Statement) -> Result<Option<User>> {
        let rows = self.run.rows::<UserRow>(name, statement).await?;
        Ok(self.with_memberships(rows).await?.into_iter().next())
    }

    /// The user with this id, if in reach.
    pub async fn get(&mut self, id: UserId) -> Result<Option<User>> {
        let statement = self.select().and(ID.is(&id)).statement();
        self.one(StatementName::UsersGet, statement).await
    }

    /// The user with this e-mail address, if in reach.
    pub async fn with_email(&mut self, email: &Email) -> Result<Option<User>> {
        let statement = self.select().and(EMAIL.is(email)).statement();
        self.one(StatementName::UsersWithEmail, statement).await
    }

    /// The user with this id or e-mail address, if in reach.
    pub async fn find(&mut self, user: &UserRef) -> Result<Option<User>> {
        match user {
            UserRef::Id(id) => self.get(*id).await,
            UserRef::Email(email) => self.with_email(email).await,
        }
    }

    /// The users with these e-mail addresses who are in reach.
    pub async fn with_emails(&mut self, emails: &[&Email]) -> Result<Vec<User>> {
        let mut found = Vec::new();
        for emails in emails.chunks(EMAILS_AT_ONCE) {
            let statement = self.select().and(EMAIL.one_of(emails.iter().copied())).statement();
            let rows = self.run.rows::<UserRow>(StatementName::UsersWithEmails, statement).await?;
            found.extend(self.with_memberships(rows).await?);
        }
        Ok(found)
    }

    /// The number of users in reach.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM (");
        statement.push_statement(&self.select().statement()).push(") AS found");
        Ok(self.run.row::<(i64,)>(StatementName::UsersCount, statement).await?.unwrap_or_default().0)
    }

    /// A page of users, optionally only the one with an e-mail address.
    pub async fn list(&mut self, email: Option<&Email>, list: List<UsersBy>) -> Result<Page<User>> {
        let select = self.select().and_all(email.map(|email| EMAIL.is(email)));
        let page = PageRequest::of(&list)?.page_of(select);
        let page: Page<UserRow> = page.rows(StatementName::UsersList, &mut self.run).await?;
        let (rows, page) = page.taken();
        Ok(page.with(self.with_memberships(rows).await?))
    }
}

impl Users<'_, &mut Tx> {
    /// Inserts a user with their memberships. [`Error::Taken`] if the e-mail address is taken.
    pub async fn create(&mut self, user: &User) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO users (id, email, name, server_administrator, disabled_at, created_at, updated_at, \
             revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(user.id.as_uuid())
        .bind(user.email.as_str())
        .bind(user.name.as_str())
        .bind(user.server_administrator)
        .bind(user.disabled_at.map(Timestamp::as_micros))
        .bind(user.created_at.as_micros())
        .bind(user.updated_at.as_micros())
        .bind(user.revision.number());
        self.run.execute(StatementName::UsersCreate, statement).await?;
        for membership in &user.memberships {
            self.write_role(user.id, membership).await?;
        }
        self.run.changed(Change::User(user.id));
        Ok(())
    }

    /// Updates a user who was read at revision `from`, but not their memberships. [`Error::Changed`] if the
    /// revision is another by now; [`Error::Taken`] if the e-mail address is taken.
    pub async fn update(&mut self, user: &User, from: Revision) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET email = $1, name = $2, server_administrator = $3, disabled_at = $4, \
             updated_at = $5, revision = $6 WHERE id = $7 AND revision = $8",
        )
        .bind(user.email.as_str())
        .bind(user.name.as_str())
        .bind(user.server_administrator)
        .bind(user.disabled_at.map(Timestamp::as_micros))
        .bind(user.updated_at.as_micros())
        .bind(user.revision.number())
        .bind(user.id.as_uuid())
        .bind(from.number());
        if self.run.execute(StatementName::UsersUpdate, statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::User(user.id));
        Ok(())
    }

    async fn write_role(&mut self, user: UserId, membership: &Membership) -> Result<()> {
        let (built_in, own) = role_columns(Some(membership.role));
        let statement = Statement::new(
            "INSERT INTO memberships (user_id, organization_id, built_in_role, role_id) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, organization_id) \
             DO UPDATE SET built_in_role = excluded.built_in_role, role_id = excluded.role_id",
        )
        .bind(user.as_uuid())
        .bind(membership.organization_id.as_uuid())
        .bind(built_in)
        .bind(Value::from(own));
        self.run.execute(StatementName::UsersWriteRole, statement).await?;
        Ok(())
    }

    /// Sets a user's role in an organization, replacing the one they have there. This voids an unused
    /// invitation: an invited person must not get other rights than those that the invitation was made for.
    /// The caller must also [update](Self::update) the user's row, because the memberships are part of the
    /// user's state.
    pub async fn set_role(&mut self, user: UserId, membership: &Membership) -> Result<()> {
        self.write_role(user, membership).await?;
        self.run.void_invitation(user).await?;
        self.run.changed(Change::User(user));
        Ok(())
    }

    /// Ends a user's membership in an organization. If it was the last one, this voids an unused invitation.
    pub async fn end_membership(&mut self, user: UserId, organization: OrganizationId) -> Result<()> {
        let statement = Statement::new("DELETE FROM memberships WHERE user_id = $1 AND organization_id = $2")
            .bind(user.as_uuid())
            .bind(organization.as_uuid());
        self.run.execute(StatementName::UsersEndMembership, statement).await?;
        self.run.void_invitations_of_strangers(&[user]).await?;
        self.run.user_changed(user).await
    }

    /// Deletes a user who was read at revision `from`, with memberships and sessions. The keys that act for
    /// the user must have been deleted before.
    pub async fn delete(&mut self, id: UserId, from: Revision) -> Result<()> {
        let statement = Statement::new("DELETE FROM users WHERE id = $1 AND revision = $2")
            .bind(id.as_uuid())
            .bind(from.number());
        if self.run.execute(StatementName::UsersDelete, statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::User(id));
        Ok(())
    }
}
