//! How a [long transaction](crate::database::late) looks whether its rights are being changed, and locks them at its
//! end.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::database::late::Late;
use crate::database::run::Run as _;
use crate::database::store::{Transaction, Tx};
use crate::error::{Error, Result};
use crate::locks::lock::Lock;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How often a transaction looks whether its rights are being changed.
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// How often it then looks again before it gives up. Most changes take milliseconds.
const PATIENCE: usize = 20;
/// The pause before it looks again.
const PAUSE: Duration = Duration::from_millis(50);

impl Tx {
    /// Looks, if it is time to, whether somebody changes the rights that this transaction will lock.
    ///
    /// # Errors
    ///
    /// [`Error::RightsChange`] if somebody does, and is not done after a second, or if the caller has lost its
    /// rights.
    pub(crate) async fn look_around(&mut self) -> Result<()> {
        let now = self.log.now();
        let is_due = |late: &Late| now.saturating_sub(late.looked) >= LOOKS_EVERY;
        // The statements below do not look around themselves.
        let Some(mut late) = self.late.take_if(|late| is_due(late)) else { return Ok(()) };
        late.looked = now;
        let looked = self.wait_for_changes(&late).await;
        self.late = Some(late);
        looked
    }

    async fn wait_for_changes(&mut self, late: &Late) -> Result<()> {
        for _ in 0..PATIENCE {
            if !(late.still_holds)() {
                return Err(Error::RightsChange);
            }
            if !self.are_changed(&late.locks).await? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Error::RightsChange)
    }

    /// Whether another transaction holds one of these locks exclusively, or waits for that.
    async fn are_changed(&mut self, locks: &BTreeSet<Lock>) -> Result<bool> {
        if matches!(self.transaction, Transaction::Sqlite(_)) {
            return Ok(self.waiting.wants_any(locks));
        }
        // PostgreSQL shows the halves of a 64-bit lock as `classid` and `objid`.
        let mut statement = Statement::new(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (classid::bigint << 32 | objid::bigint) IN ",
        );
        statement.push_values(locks.iter().map(|lock| lock.number));
        let found: Option<(i64,)> = self.row(StatementName::TransactionsAreRightsChanged, statement).await?;
        Ok(found.is_some_and(|(count,)| count > 0))
    }

    /// Takes the locks that this transaction takes at its end, if it is a long one. The caller then has to check
    /// the rights again. Returns whether there were any.
    ///
    /// # Errors
    ///
    /// [`Error::RightsChange`] if somebody is changing the rights.
    pub async fn lock_late(&mut self) -> Result<bool> {
        let Some(late) = self.late.take() else { return Ok(false) };
        self.wait_for_changes(&late).await?;
        if matches!(self.transaction, Transaction::Postgres(_)) && !late.locks.is_empty() {
            let mut statement =
                Statement::new("SELECT count(pg_advisory_xact_lock_shared(wanted)::text) FROM unnest(ARRAY[");
            for (n, lock) in late.locks.iter().enumerate() {
                statement.push(if n > 0 { ", " } else { "" }).push_value(lock.number);
            }
            statement.push("]) AS wanted");
            self.rows::<(i64,)>(StatementName::TransactionsLockLate, statement).await?;
        }
        Ok(true)
    }
}
