//! Withdraws commands whose key or user was disabled or deleted, or whose role was deleted: they begin on no
//! further node.
//!
//! What waits here for a node is cancelled at once. What was sent to a node may wait there, because an agent
//! runs only some commands at a time. Its agent is told to cancel it, as soon as it can be told, and its report
//! ends the result. What runs already goes on.

use bailiwick_domain::command::ResultState;
use bailiwick_domain::id::{CommandId, OrganizationId, RoleId, UserId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::change::Changing;
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many commands are read at once.
const COMMANDS_AT_ONCE: u32 = 500;
/// For how many keys and users commands are looked up at once.
const GIVERS_AT_ONCE: usize = 500;
/// Why a result was cancelled that was not sent to its node.
const NOT_SENT: &str =
    "the key or user that gave the command was disabled or deleted before the command was sent to this node";
/// Why a result was cancelled that was sent to its node.
const NOT_BEGUN: &str =
    "the key or user that gave the command was disabled or deleted before the command began on this node";
/// Why a result was cancelled whose node began with the command before it heard of the withdrawal.
const JUST_BEGUN: &str =
    "the key or user that gave the command was disabled or deleted while the command began on this node";

impl Changing {
    /// Why an agent has cancelled the command, if it did so because the command was withdrawn.
    pub(super) const fn why_cancelled(self, state: ResultState, is_begun: bool) -> Option<&'static str> {
        match (state, is_begun) {
            (ResultState::Cancelled, false) if self.is_withdrawn => Some(NOT_BEGUN),
            (ResultState::Cancelled, true) if self.is_withdrawn && !self.is_cancelled => Some(JUST_BEGUN),
            _ => None,
        }
    }
}

impl Tx {
    /// Withdraws the commands of a key or a user, in one organization or in all. Returns how many commands
    /// there were.
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
            let mut statement = Statement::new(
                "SELECT id FROM commands WHERE finished_at IS NULL AND cancelled_at IS NULL \
                 AND withdrawn_at IS NULL AND created_by IN ",
            );
            statement.push_values(givers.iter().map(|giver| giver.as_text().into_owned()));
            if let Some(organization) = organization {
                statement.push(" AND organization_id = ").push_value(organization.as_uuid());
            }
            statement.push(
                " AND EXISTS (SELECT 1 FROM command_results r WHERE r.command_id = commands.id \
                 AND r.state IN ('queued', 'sent'))",
            );
            statement.push(" AND id > ").push_value(after);
            statement.push(" ORDER BY id LIMIT ").push_value(COMMANDS_AT_ONCE);
            let rows: Vec<(Uuid,)> = self.rows(StatementName::CommandsOfGiver, statement).await?;
            let Some((last,)) = rows.last().copied() else { return Ok(withdrawn) };
            after = last;
            let ids: Vec<CommandId> = rows.into_iter().map(|(id,)| CommandId::from_uuid(id)).collect();
            let changing = self.change_commands(ids.iter().copied()).await?;
            let mut statement = Statement::new("UPDATE commands SET withdrawn_at = ");
            statement.push_value(now.as_micros()).push(" WHERE id IN ");
            statement.push_values(ids.iter().map(|id| id.as_uuid()));
            self.execute(StatementName::CommandsWithdraw, statement).await?;
            for (id, change) in changing {
                let statement = Statement::new(
                    "UPDATE command_results SET state = 'cancelled', error = $1, finished_at = $2, change = $3 \
                     WHERE command_id = $4 AND state = 'queued'",
                )
                .bind(NOT_SENT)
                .bind(now.as_micros())
                .bind(change.number)
                .bind(id.as_uuid());
                let cancelled = self.execute(StatementName::CommandsWithdrawQueued, statement).await?;
                self.work.ended(ResultState::Cancelled, cancelled);
                // Every server tells the agents that are connected to it.
                self.changed(Change::Command(id));
                withdrawn += 1;
            }
            self.settle_commands(ids, now).await?;
        }
    }
}
