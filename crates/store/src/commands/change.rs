//! The number of a command's last change.

use std::collections::BTreeMap;

use bailiwick_domain::id::CommandId;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::TABLE;
use crate::change::Change;
use crate::database::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::run::Run as _;
use crate::statement::Statement;

/// How many commands one statement counts.
const COMMANDS_AT_ONCE: usize = 500;

/// A change of a command's results that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changing {
    /// Its number.
    pub(crate) number: i64,
    /// The most bytes that are kept of each stream.
    pub(crate) output_limit_bytes: u64,
    /// Whether somebody asked to cancel it.
    pub(crate) is_cancelled: bool,
}

impl Tx {
    /// Counts a change of the results of commands, and keeps other writers of them waiting until it is
    /// committed: numbers are seen in their order. Commands that are gone are left out.
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
            // In one order, so that two servers never wait for each other in a circle.
            self.lock_rows(&mut statement);
            let there: Vec<(Uuid,)> = self.rows(statement).await?;
            if there.is_empty() {
                continue;
            }
            let mut statement = Statement::new("UPDATE commands SET change = change + 1 WHERE id IN ");
            statement.push_values(there.into_iter().map(|(id,)| id));
            statement.push(" RETURNING id, change, output_limit_bytes, cancelled_at");
            let rows: Vec<(Uuid, i64, i64, Option<i64>)> = self.rows(statement).await?;
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

    /// Marks those of `ids` as finished of whose results none is to come, and drops their secrets.
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
            self.execute(statement).await?;
        }
        Ok(())
    }
}
