//! Cancels what still waits for a node of commands whose key or user was disabled or deleted, or whose role
//! was deleted.

use bailiwick_domain::id::{CommandId, OrganizationId, RoleId, UserId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many commands are read at once.
const COMMANDS_AT_ONCE: u32 = 500;
/// For how many keys and users commands are looked up at once.
const GIVERS_AT_ONCE: usize = 500;
/// Why the result of a node was cancelled.
const WHY: &str =
    "the key or user that gave the command was disabled or deleted before the command was sent to this node";

impl Tx {
    /// Cancels commands of a key or a user that were not sent to a node yet, in one organization or in all.
    /// Returns how many commands there were. What was sent already goes on.
    pub async fn withdraw_commands_of(
        &mut self,
        giver: &Actor,
        organization: Option<OrganizationId>,
        now: Timestamp,
    ) -> Result<u64> {
        self.withdraw(std::slice::from_ref(giver), organization, now).await
    }

    /// The same for a user and the keys that act for the user.
    pub async fn withdraw_commands_of_user(
        &mut self,
        user: UserId,
        organization: Option<OrganizationId>,
        now: Timestamp,
    ) -> Result<u64> {
        let keys = Statement::new("SELECT id FROM keys WHERE user_id = $1").bind(user.as_uuid());
        let mut givers = self.keys_among(StatementName::CommandsKeysOfUser, keys).await?;
        givers.push(Actor::User { id: user });
        self.withdraw(&givers, organization, now).await
    }

    /// The same for the users and keys that have a role in an organization, and the keys that act for such
    /// users there.
    pub async fn withdraw_commands_of_role(
        &mut self,
        role: RoleId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<u64> {
        let keys = Statement::new(
            "SELECT id FROM keys WHERE role_id = $1 OR organization_id = $2 \
             AND user_id IN (SELECT user_id FROM memberships WHERE role_id = $1)",
        )
        .bind(role.as_uuid())
        .bind(organization.as_uuid());
        let mut givers = self.keys_among(StatementName::CommandsKeysOfRole, keys).await?;
        let users = Statement::new("SELECT user_id FROM memberships WHERE role_id = $1").bind(role.as_uuid());
        let users: Vec<(Uuid,)> = self.rows(StatementName::CommandsUsersOfRole, users).await?;
        givers.extend(users.into_iter().map(|(id,)| Actor::User { id: UserId::from_uuid(id) }));
        self.withdraw(&givers, Some(organization), now).await
    }

    async fn keys_among(&mut self, name: StatementName, ids: Statement) -> Result<Vec<Actor>> {
        let ids: Vec<(String,)> = self.rows(name, ids).await?;
        ids.into_iter().map(|(id,)| Ok(Actor::Key { id: id.parse().or_corrupt("keys", "id")? })).collect()
    }

    async fn withdraw(
        &mut self,
        givers: &[Actor],
        organization: Option<OrganizationId>,
        now: Timestamp,
    ) -> Result<u64> {
        let mut withdrawn = 0;
        for givers in givers.chunks(GIVERS_AT_ONCE) {
            withdrawn += self.withdraw_some(givers, organization, now).await?;
        }
        Ok(withdrawn)
    }

    async fn withdraw_some(
        &mut self,
        givers: &[Actor],
        organization: Option<OrganizationId>,
        now: Timestamp,
    ) -> Result<u64> {
        let (mut withdrawn, mut after) = (0, Uuid::nil());
        loop {
            let mut statement =
                Statement::new("SELECT id FROM commands WHERE finished_at IS NULL AND created_by IN ");
            statement.push_values(givers.iter().map(|giver| giver.as_text().into_owned()));
            if let Some(organization) = organization {
                statement.push(" AND organization_id = ").push_value(organization.as_uuid());
            }
            statement.push(
                " AND EXISTS (SELECT 1 FROM command_results r WHERE r.command_id = commands.id AND r.state = 'queued')",
            );
            statement.push(" AND id > ").push_value(after);
            statement.push(" ORDER BY id LIMIT ").push_value(COMMANDS_AT_ONCE);
            let rows: Vec<(Uuid,)> = self.rows(StatementName::CommandsOfGiver, statement).await?;
            let Some((last,)) = rows.last().copied() else { return Ok(withdrawn) };
            after = last;
            let ids: Vec<CommandId> = rows.into_iter().map(|(id,)| CommandId::from_uuid(id)).collect();
            for (id, change) in self.change_commands(ids.iter().copied()).await? {
                let statement = Statement::new(
                    "UPDATE command_results SET state = 'cancelled', error = $1, finished_at = $2, change = $3 \
                     WHERE command_id = $4 AND state = 'queued'",
                )
                .bind(WHY)
                .bind(now.as_micros())
                .bind(change.number)
                .bind(id.as_uuid());
                withdrawn += u64::from(self.execute(StatementName::CommandsWithdraw, statement).await? > 0);
            }
            self.finish_commands(ids, now).await?;
        }
    }
}
