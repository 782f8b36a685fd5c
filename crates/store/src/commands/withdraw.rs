//! Commands whose giver lost the rights that they were given with: what still waits for a node is cancelled.

use bailiwick_domain::id::{CommandId, OrganizationId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::Result;
use crate::run::Run as _;
use crate::statement::Statement;
use crate::statement_name::StatementName;

/// How many commands are read at once.
const COMMANDS_AT_ONCE: u32 = 500;
/// Why the result of a node was cancelled.
const WHY: &str = "the key or user that issued the command was disabled or deleted before the command was sent to this node";

impl Tx {
    /// Cancels what a key or a user gave and no node was sent yet, in one organization or in all; how many commands
    /// there were. What was sent already goes on.
    pub async fn withdraw_commands_of(
        &mut self,
        giver: &Actor,
        organization: Option<OrganizationId>,
        now: Timestamp,
    ) -> Result<u64> {
        let (mut withdrawn, mut after) = (0, Uuid::nil());
        loop {
            let mut statement =
                Statement::new("SELECT id FROM commands WHERE finished_at IS NULL AND created_by = ");
            statement.push_value(giver.as_text().into_owned());
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
