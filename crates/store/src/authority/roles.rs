//! Custom roles, which an organization defines itself.

use std::collections::BTreeSet;

use bailiwick_domain::id::{OrganizationId, RoleId, UserId};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::Role;
use bailiwick_domain::scope::Scope;
use uuid::Uuid;

use crate::authority::owned::Owned;
use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::order::{Order, listed};

columns! {
    RoleRow: Role by RoleId in "roles" named RolesCreate, RolesUpdate, RolesDelete;
    edited { name: Name, description: Option<Description>, scopes: BTreeSet<Scope>, reach: Reach }
}

listed! {
    /// What custom roles can be sorted by.
    RolesBy: RoleRow by RoleId in "id";
    /// The name.
    Name = "name": Text in name,
}

const ID: Field<RoleId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");

/// Access to the custom roles of one organization.
pub struct Roles<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the custom roles of the reach's organization.
    pub const fn roles(&self, reach: &OrganizationReach) -> Roles<&Self> {
        Roles::new(self, reach.organization)
    }

    /// The role with this id, for the server's memory.
    pub async fn role(&self, id: RoleId) -> Result<Option<Role>> {
        let mut run = self;
        let statement = RoleRow::select(ID.is(&id)).statement();
        run.row::<RoleRow>(StatementName::RolesOfAnyOrganization, statement)
            .await?
            .map(Role::try_from)
            .transpose()
    }

    /// At most `limit` roles with ids after `after`, sorted by id, for loading all roles into the server's
    /// memory in batches.
    pub async fn roles_after(&self, after: Option<RoleId>, limit: u32) -> Result<Vec<Role>> {
        let mut run = self;
        let after = after.unwrap_or(RoleId::from_uuid(Uuid::nil()));
        let mut statement = RoleRow::select(ID.above(&after)).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        run.rows::<RoleRow>(StatementName::RolesAfter, statement)
            .await?
            .into_iter()
            .map(Role::try_from)
            .collect()
    }
}

/// All custom roles of an organization, sorted by name.
pub async fn all_of<R: Run>(run: R, organization: OrganizationId) -> Result<Vec<Role>> {
    Roles::new(run, organization).all().await
}

impl Tx {
    /// Reads and writes the custom roles of the reach's organization.
    pub const fn roles(&mut self, reach: &OrganizationReach) -> Roles<&mut Self> {
        Roles::new(self, reach.organization)
    }
}

impl<R: Run> Roles<R> {
    /// Reads the custom roles of an organization on a store or in a transaction.
    pub const fn new(run: R, organization: OrganizationId) -> Self {
        Self { run, organization }
    }

    fn select(&self) -> Select {
        RoleRow::select_of(self.organization)
    }

    /// The role with this id.
    pub async fn get(&mut self, id: RoleId) -> Result<Option<Role>> {
        let statement = self.select().and(ID.is(&id)).statement();
        self.run.row::<RoleRow>(StatementName::RolesGet, statement).await?.map(Role::try_from).transpose()
    }

    /// The role with this name.
    pub async fn named(&mut self, name: &Name) -> Result<Option<Role>> {
        let statement = self.select().and(NAME.is(name)).statement();
        self.run.row::<RoleRow>(StatementName::RolesNamed, statement).await?.map(Role::try_from).transpose()
    }

    /// All roles, sorted by name. There are at most [`ROLES_MAX`](bailiwick_domain::role::ROLES_MAX).
    pub async fn all(&mut self) -> Result<Vec<Role>> {
        let statement = self.select().sorted(Order::ascending(RolesBy::Name));
        self.run
            .rows::<RoleRow>(StatementName::RolesAll, statement)
            .await?
            .into_iter()
            .map(Role::try_from)
            .collect()
    }

    /// The memberships and keys that have a role: their numbers and the first `most` of each.
    pub async fn holders(&mut self, id: RoleId, most: u32) -> Result<Vec<Owned>> {
        let statement = Statement::new(
            "SELECT (SELECT count(*) FROM memberships WHERE role_id = $1), \
                    (SELECT count(*) FROM keys WHERE role_id = $1)",
        )
        .bind(id.as_uuid());
        let (users, keys) =
            self.run.row(StatementName::RolesCountHolders, statement).await?.unwrap_or_default();
        let of_users = Statement::new(
            "SELECT u.id, u.name FROM memberships m JOIN users u ON u.id = m.user_id \
             WHERE m.role_id = $1 ORDER BY u.name, u.id LIMIT $2",
        );
        let first: Vec<(Uuid, String)> =
            self.run.rows(StatementName::RolesFirstUsers, of_users.bind(id.as_uuid()).bind(most)).await?;
        let first = first.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        let of_keys =
            Statement::new("SELECT id, name FROM keys WHERE role_id = $1 ORDER BY name, id LIMIT $2");
        Ok(vec![
            Owned { noun: "memberships", count: users, first },
            Owned {
                noun: "keys",
                count: keys,
                first: self
                    .run
                    .rows(StatementName::RolesFirstKeys, of_keys.bind(id.as_uuid()).bind(most))
                    .await?,
            },
        ])
    }
}

impl Roles<&mut Tx> {
    /// The number of roles. On PostgreSQL this also locks the organization, so that no other transaction
    /// adds a role until this one ends.
    pub async fn count(&mut self) -> Result<i64> {
        let mut lock =
            Statement::new("SELECT id FROM organizations WHERE id = $1").bind(self.organization.as_uuid());
        self.run.lock_rows(&mut lock);
        self.run.rows::<(Uuid,)>(StatementName::RolesLockOrganization, lock).await?;
        let statement = Statement::new("SELECT count(*) FROM roles WHERE organization_id = $1")
            .bind(self.organization.as_uuid());
        Ok(self.run.row::<(i64,)>(StatementName::RolesCount, statement).await?.unwrap_or_default().0)
    }

    /// Inserts a role. [`Error::Taken`](crate::Error::Taken) if its name is taken.
    pub async fn create(&mut self, role: &Role) -> Result<()> {
        self.run.create_rows::<RoleRow>(self.organization, std::slice::from_ref(role)).await?;
        self.run.changed(Change::Role(role.id));
        Ok(())
    }

    /// Updates a role that was read at revision `from`. [`Error::Changed`](crate::Error::Changed) if its
    /// revision is another by now.
    pub async fn update(&mut self, role: &Role, from: Revision) -> Result<()> {
        self.run.update_rows::<RoleRow>(self.organization, &[(role, from)]).await?;
        self.run.changed(Change::Role(role.id));
        // Requests that span several organizations detect changed rights by the users' revisions.
        let holders = Statement::new(
            "UPDATE users SET revision = revision + 1 \
             WHERE id IN (SELECT user_id FROM memberships WHERE role_id = $1) RETURNING id",
        )
        .bind(role.id.as_uuid());
        for (user,) in self.run.rows::<(Uuid,)>(StatementName::RolesTouchUsers, holders).await? {
            self.run.changed(Change::User(UserId::from_uuid(user)));
        }
        Ok(())
    }

    /// The revision of a role; `None` if there is no such role. It stays as it is until this transaction
    /// ends.
    pub async fn pin(&mut self, id: RoleId) -> Result<Option<Revision>> {
        let mut statement = Statement::new("SELECT revision FROM roles WHERE id = ");
        statement.push_value(id.as_uuid());
        self.run.share_rows(&mut statement, " FOR SHARE");
        let row: Option<(i64,)> = self.run.row(StatementName::RolesPin, statement).await?;
        Ok(row.map(|(revision,)| Revision::new(revision)))
    }

    /// Voids the open invitations of users who have a role: an invited person must not get other rights than
    /// those that the invitation was made for.
    pub async fn void_invitations(&mut self, id: RoleId) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET invitation_digest = NULL, invitation_expires_at = NULL \
             WHERE invitation_digest IS NOT NULL \
             AND id IN (SELECT user_id FROM memberships WHERE role_id = $1)",
        );
        self.run.execute(StatementName::RolesVoidInvitations, statement.bind(id.as_uuid())).await?;
        Ok(())
    }

    /// Ends the memberships and deletes the keys that have a role. This voids the unused invitations of users
    /// who had no other membership.
    pub async fn end_holders(&mut self, id: RoleId) -> Result<()> {
        let users =
            Statement::new("DELETE FROM memberships WHERE role_id = $1 RETURNING user_id").bind(id.as_uuid());
        let users = self.run.rows::<(Uuid,)>(StatementName::RolesEndMemberships, users).await?;
        let users: Vec<UserId> = users.into_iter().map(|(user,)| UserId::from_uuid(user)).collect();
        for user in &users {
            self.run.user_changed(*user).await?;
        }
        self.run.void_invitations_of_strangers(&users).await?;
        let keys = Statement::new("DELETE FROM keys WHERE role_id = $1 RETURNING id").bind(id.as_uuid());
        for (key,) in self.run.rows::<(String,)>(StatementName::RolesDeleteKeys, keys).await? {
            self.run.changed(Change::Key(key.parse().or_corrupt("keys", "id")?));
        }
        Ok(())
    }

    /// Deletes a role that was read at revision `from`. [`Error::InUse`](crate::Error::InUse) if a membership
    /// or key has it.
    pub async fn delete(&mut self, id: RoleId, from: Revision) -> Result<()> {
        self.run.delete_row::<RoleRow>(self.organization, id.as_uuid(), from).await?;
        self.run.changed(Change::Role(id));
        Ok(())
    }
}
