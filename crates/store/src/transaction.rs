//! How a transaction ends: with a commit that tells others what changed.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::database::{Transaction, Tx};
use crate::error::Result;
use crate::run::Run as _;
use crate::statement::Statement;

/// What servers listen to on PostgreSQL.
pub(crate) const CHANNEL: &str = "bailiwick_changes";

impl Tx {
    /// Notes that something changed that servers hold in memory; they are told at the commit.
    pub(crate) fn changed(&mut self, change: Change) {
        self.changes.insert(change);
    }

    /// Makes it so. What was noted as changed is answered, for this server's own memory.
    pub async fn commit(mut self) -> Result<BTreeSet<Change>> {
        let changes = std::mem::take(&mut self.changes);
        if matches!(self.transaction, Transaction::Postgres(_)) {
            for change in &changes {
                self.rows::<(bool,)>(
                    Statement::new("SELECT true FROM (SELECT pg_notify($1, $2)) AS told")
                        .bind(CHANNEL)
                        .bind(change.to_string()),
                )
                .await?;
            }
        }
        match self.transaction {
            Transaction::Sqlite(tx) => tx.commit().await?,
            Transaction::Postgres(tx) => tx.commit().await?,
        }
        Ok(changes)
    }
}
