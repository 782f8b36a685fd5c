//! The change number of a command, which grows with every change of its results.

use std::collections::BTreeMap;

use bailiwick_domain::id::CommandId;
use uuid::Uuid;

use super::TABLE;
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{Error, OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many commands one statement updates.
pub(super) const COMMANDS_AT_ONCE: usize = 500;

/// A command whose results are about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changing {
    /// The number of this change.
    pub(crate) number: i64,
    /// The most bytes of each output stream that are kept.
    pub(crate) output_limit_bytes: u64,
    /// Whether the command was cancelled.
    pub(crate) is_cancelled: bool,
    /// Whether the command was [withdrawn](super::withdraw).
    pub(crate) is_withdrawn: bool,
}

#[derive(sqlx::FromRow)]
struct ChangingRow {
    id: Uuid,
    change: i64,
    output_limit_bytes: i64,
    cancelled_at: Option<i64>,
    withdrawn_at: Option<i64>,
}

impl TryFrom<ChangingRow> for Changing {
    type Error = Error;

    fn try_from(row: ChangingRow) -> Result<Self> {
        Ok(Self {
            number: row.change,
            output_limit_bytes: row.output_limit_bytes.try_into().or_corrupt(TABLE, "output_limit_bytes")?,
            is_cancelled: row.cancelled_at.is_some(),
            is_withdrawn: row.withdrawn_at.is_some(),
        })
    }
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
            statement.push(" RETURNING id, change, output_limit_bytes, cancelled_at, withdrawn_at");
            let rows: Vec<ChangingRow> = self.rows(StatementName::CommandsNextChange, statement).await?;
            for row in rows {
                let id = CommandId::from_uuid(row.id);
                changing.insert(id, row.try_into()?);
                self.changed(Change::Results(id));
            }
        }
        Ok(changing)
    }
}
