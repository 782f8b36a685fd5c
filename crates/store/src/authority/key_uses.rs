//! The operations that keys have used.

use std::collections::BTreeMap;

use bailiwick_domain::key::KeyId;
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run as _;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// The setting that says when the recording of uses began.
const SINCE: &str = "key_uses_since";
/// How many rows one statement writes.
const ROWS_AT_ONCE: usize = 200;

/// A use of an operation by a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationUse {
    /// The key.
    pub key: KeyId,
    /// The operation's id.
    pub operation: &'static str,
    /// When the key used it last.
    pub at: Timestamp,
}

/// When a key used an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedBetween {
    /// The first time that was recorded.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
}

impl Store {
    /// When the recording of uses began in this database.
    pub async fn key_uses_since(&self) -> Result<Timestamp> {
        let text = self.setting(SINCE).await?.or_corrupt("settings", SINCE)?;
        Ok(Timestamp::from_micros(text.parse().or_corrupt("settings", SINCE)?))
    }

    /// The operations that a key has used, by id.
    pub async fn key_uses(&self, key: KeyId) -> Result<BTreeMap<String, UsedBetween>> {
        let statement =
            Statement::new("SELECT operation, first_used_at, last_used_at FROM key_uses WHERE key_id = $1")
                .bind(key.as_str());
        let mut run = self;
        let rows: Vec<(String, i64, i64)> = run.rows(StatementName::KeyUsesOfKey, statement).await?;
        let times = |first, last| UsedBetween {
            first: Timestamp::from_micros(first),
            last: Timestamp::from_micros(last),
        };
        Ok(rows.into_iter().map(|(operation, first, last)| (operation, times(first, last))).collect())
    }
}

impl Tx {
    /// Stores uses, of which there is at most one for each key and operation. They must be sorted, so that two servers
    /// cannot wait for each other's rows. Uses by keys that were deleted are skipped.
    pub async fn note_key_uses(&mut self, uses: &[OperationUse]) -> Result<()> {
        for uses in uses.chunks(ROWS_AT_ONCE) {
            let rows = uses.iter().map(|used| {
                [Value::from(used.key.as_str()), used.operation.into(), used.at.as_micros().into()]
            });
            let mut statement = Statement::with("key_id, operation, at", rows);
            statement.push(
                "INSERT INTO key_uses (key_id, operation, first_used_at, last_used_at) \
                 SELECT v.key_id, v.operation, v.at, v.at FROM v \
                 WHERE EXISTS (SELECT 1 FROM keys WHERE keys.id = v.key_id) \
                 ON CONFLICT (key_id, operation) DO UPDATE SET last_used_at = excluded.last_used_at \
                 WHERE key_uses.last_used_at < excluded.last_used_at",
            );
            self.execute(StatementName::KeyUsesNote, statement).await?;
        }
        Ok(())
    }
}
