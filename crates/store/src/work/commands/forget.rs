//! Deletes commands and output that are not kept any longer.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::time::Timestamp;

use crate::database::store::Tx;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// What is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldWork {
    /// Commands of all organizations, with their results.
    Commands,
    /// Commands of one organization, with their results.
    CommandsOf(OrganizationId),
    /// The output of the commands of one organization. Their results stay.
    OutputOf(OrganizationId),
}

impl Tx {
    /// Deletes what belongs to at most `limit` commands that finished before a time. Returns how many rows were deleted:
    /// commands, or pieces of output.
    pub async fn forget(&mut self, old: OldWork, before: Timestamp, limit: u32) -> Result<u64> {
        let (name, delete) = match old {
            OldWork::Commands => (StatementName::CommandsForget, "DELETE FROM commands WHERE id IN "),
            OldWork::CommandsOf(_) => {
                (StatementName::CommandsForgetOfOrganization, "DELETE FROM commands WHERE id IN ")
            }
            OldWork::OutputOf(_) => {
                (StatementName::CommandsForgetOutput, "DELETE FROM command_output WHERE command_id IN ")
            }
        };
        let mut statement = Statement::new(delete);
        statement.push("(SELECT id FROM commands WHERE finished_at < ").push_value(before.as_micros());
        if let OldWork::CommandsOf(organization) | OldWork::OutputOf(organization) = old {
            statement.push(" AND organization_id = ").push_value(organization.as_uuid());
            // They were created earlier still, and commands of an organization are indexed by that.
            statement.push(" AND created_at < ").push_value(before.as_micros());
        }
        if let OldWork::OutputOf(_) = old {
            statement.push(" AND EXISTS (SELECT 1 FROM command_output o WHERE o.command_id = commands.id)");
        }
        statement.push(" LIMIT ").push_value(limit).push(")");
        self.execute(name, statement).await
    }
}
