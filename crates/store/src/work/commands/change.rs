//! The change number of a command, which grows with every change of its results.

use std::collections::BTreeMap;

use bailiwick_domain::id::CommandId;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::TABLE;
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many commands one statement updates.
const COMMANDS_AT_ONCE: usize = 500;

/// A command whose results are about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changing {
    /// The number of this change.
    pub(crate) number: i64,
    /// The most bytes of each output stream that are kept.
    pub(crate) output_limit_bytes: u64,
    /// Whether the command was cancelled.
    pub(crate) is_cancelled: bool,
}

impl Tx {
    /// Increments the change number of commands, and makes other writers of their results wait until this
    /// transaction is committed, so that changes become visible in the order of their numbers. Commands that
    /// were deleted are skipped.
    pub(crate) async fn change_commands(
        &mut self,
        ids: impl IntoIterator<Item = CommandId>,
    ) -> Result<BTreeMap<CommandId, Changing>> {
        let mut ids: Vec<CommandId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut changing = BTreeMap::new();
        for ids in ids.chunks(COMMANDS_AT_ONCE) {
            let mut statement = Statement::new("SELECT id FROM commands WHERE id IN ");
            statement.push_values(ids.iter().map(|id| id.as_uuid())).push(" ORDER BY id");
            // Rows are locked in one order, so that two servers cannot deadlock.
            self.lock_rows(&mut statement);
            let there: Vec<(Uuid,)> = self.rows(StatementName::CommandsLock, statement).await?;
            if there.is_empty() {
                continue;
            }
            let mut statement = Statement::new("UPDATE commands SET change = change + 1 WHERE id IN ");
            statement.push_values(there.into_iter().map(|(id,)| id));
            statement.push(" RETURNING id, change, output_limit_bytes, cancelled_at");
            let rows: Vec<(Uuid, i64, i64, Option<i64>)> =
                self.rows(StatementName::CommandsNextChange, statement).await?;
            for (id, number, limit, cancelled_at) in rows {
                let output_limit_bytes = limit.try_into().or_corrupt(TABLE, "output_limit_bytes")?;
                let id = CommandId::from_uuid(id);
                let is_cancelled = cancelled_at.is_some();
                changing.insert(id, Changing { number, output_limit_bytes, is_cancelled });
                self.changed(Change::Results(id));
            }
        }
        Ok(changing)
    }

    /// Marks the commands among `ids` that have no open results as finished, and deletes their secrets.
    pub(crate) async fn finish_commands(
        &mut self,
        ids: impl IntoIterator<Item = CommandId>,
        now: Timestamp,
    ) -> Result<()> {
        let ids: Vec<CommandId> = ids.into_iter().collect();
        for ids in ids.chunks(COMMANDS_AT_ONCE) {
            let mut statement = Statement::new("UPDATE commands SET finished_at = ");
            statement.push_value(now.as_micros());
            statement
                .push(", env_pepper_version = NULL, env_sealed = NULL WHERE finished_at IS NULL AND id IN ");
            statement.push_values(ids.iter().map(|id| id.as_uuid()));
            statement.push(
                " AND NOT EXISTS (SELECT 1 FROM command_results r \
                 WHERE r.command_id = commands.id AND r.finished_at IS NULL)",
            );
            self.execute(StatementName::CommandsFinish, statement).await?;
        }
        Ok(())
    }
}
