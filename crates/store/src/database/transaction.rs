//! Commits transactions and notifies the other servers of what changed.

use std::collections::BTreeSet;

use bailiwick_domain::id::OrganizationId;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::{Transaction, Tx};
use crate::error::{Error, Result};
use crate::locks::change::Change;
use crate::locks::holds::LOCKS_MAX;
use crate::locks::lock::{EVERYBODY, Lock};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The PostgreSQL notification channel that all servers listen on.
pub(crate) const CHANNEL: &str = "bailiwick_changes";
/// How many notifications one statement sends.
const TOLD_AT_ONCE: usize = 1_000;

impl Tx {
    /// Records a change to something that servers hold in memory. All servers are notified at the commit.
    pub(crate) fn changed(&mut self, change: Change) {
        self.changes.insert(change);
    }

    /// Locks an organization until this transaction ends, for code that must check and write atomically.
    /// Other transactions that want the lock wait. On SQLite nothing is done, because there is only one
    /// writer.
    pub async fn lock_organization(&mut self, id: OrganizationId) -> Result<()> {
        if matches!(self.transaction, Transaction::Postgres(_)) {
            // No stronger lock, so that other transactions can still add rows that refer to the
            // organization.
            let statement = Statement::new("SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE")
                .bind(id.as_uuid());
            self.rows::<(Uuid,)>(StatementName::TransactionsLockOrganization, statement).await?;
        }
        Ok(())
    }

    /// Waits for all transactions that write under the changed rights to end, and blocks new ones until this
    /// one ends.
    async fn wait_for_users_of(&mut self, changes: &BTreeSet<Change>) -> Result<()> {
        let locks: BTreeSet<Lock> = changes.iter().filter_map(Change::lock).collect();
        let mut locks: Vec<Lock> = locks.difference(&self.held).copied().collect();
        if locks.len() > LOCKS_MAX {
            locks = vec![EVERYBODY];
        }
        if locks.is_empty() {
            return Ok(());
        }
        let mut statement =
            Statement::new("SELECT count(pg_advisory_xact_lock(wanted)::text) FROM unnest(ARRAY[");
        for (n, lock) in locks.into_iter().enumerate() {
            statement.push(if n > 0 { ", " } else { "" }).push_value(lock.number);
        }
        statement.push("]) AS wanted");
        self.rows::<(i64,)>(StatementName::TransactionsWaitForUsers, statement).await?;
        Ok(())
    }

    /// Commits. Returns the recorded changes, so that this server can update its own memory.
    pub async fn commit(mut self) -> Result<BTreeSet<Change>> {
        let changes = std::mem::take(&mut self.changes);
        if matches!(self.transaction, Transaction::Postgres(_)) {
            self.wait_for_users_of(&changes).await?;
            let texts: Vec<String> = changes.iter().map(Change::to_string).collect();
            for texts in texts.chunks(TOLD_AT_ONCE) {
                let mut statement = Statement::new("SELECT count(pg_notify(");
                statement.push_value(CHANNEL).push(", told)::text) FROM unnest(ARRAY[");
                for (n, text) in texts.iter().enumerate() {
                    statement.push(if n > 0 { ", " } else { "" }).push_value(text.as_str());
                }
                statement.push("]) AS told");
                self.rows::<(i64,)>(StatementName::TransactionsNotify, statement).await?;
            }
        }
        let Self { transaction, condition, log, work, .. } = self;
        let commit = async {
            match transaction {
                Transaction::Sqlite(tx) => tx.commit().await,
                Transaction::Postgres(tx) => tx.commit().await,
            }
        };
        let committed = log.time(StatementName::TransactionsCommit, commit).await;
        condition.noted(committed.map_err(Error::from))?;
        log.measures().work.add(&work);
        Ok(changes)
    }
}
