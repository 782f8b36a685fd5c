//! Receipts: how much each source sent in an hour, until the audit trail says it.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::observations::batch::BatchAnswer;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::Result;
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// An hour in microseconds.
const HOUR_MICROS: i64 = 3_600_000_000;

/// What one source sent in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The organization.
    pub organization: OrganizationId,
    /// The source.
    pub source: String,
    /// When the hour began.
    pub hour: Timestamp,
    /// How many batches it sent.
    pub batches: u64,
    /// How many values were stored.
    pub stored: u64,
    /// How many values were known.
    pub known: u64,
    /// How many values were refused.
    pub refused: u64,
}

fn stored(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

/// Counts a batch.
pub(crate) async fn count(
    tx: &mut Tx,
    organization: OrganizationId,
    source: &str,
    at: Timestamp,
    answer: &BatchAnswer,
) -> Result<()> {
    let row: [Value; 7] = [
        organization.as_uuid().into(),
        source.into(),
        at.as_micros().div_euclid(HOUR_MICROS).into(),
        1_i64.into(),
        stored(answer.stored),
        stored(answer.known),
        stored(answer.refused),
    ];
    let mut statement = Statement::new(
        "INSERT INTO observation_receipts (organization_id, source, hour, batches, stored, known, refused) VALUES ",
    );
    statement.push_rows([row]).push(
        " ON CONFLICT (organization_id, source, hour) DO UPDATE SET \
         batches = observation_receipts.batches + excluded.batches, \
         stored = observation_receipts.stored + excluded.stored, \
         known = observation_receipts.known + excluded.known, \
         refused = observation_receipts.refused + excluded.refused",
    );
    tx.execute(StatementName::ReceiptsCount, statement).await?;
    Ok(())
}

impl Observations {
    /// The receipts of hours that are over at `now`, at most `most`.
    pub async fn receipts(&self, now: Timestamp, most: u32) -> Result<Vec<Receipt>> {
        let mut statement = Statement::new(
            "SELECT organization_id, source, hour, batches, stored, known, refused FROM observation_receipts \
             WHERE hour < ",
        );
        statement.push_value(now.as_micros().div_euclid(HOUR_MICROS));
        statement.push(" ORDER BY organization_id, source, hour LIMIT ").push_number(most);
        let mut run = &self.store;
        let rows: Vec<(Uuid, String, i64, i64, i64, i64, i64)> =
            run.rows(StatementName::ReceiptsList, statement).await?;
        let receipt = |(organization, source, hour, batches, stored, known, refused): (
            _,
            _,
            i64,
            i64,
            i64,
            i64,
            i64,
        )| {
            Receipt {
                organization: OrganizationId::from_uuid(organization),
                source,
                hour: Timestamp::from_micros(hour.saturating_mul(HOUR_MICROS)),
                batches: batches.unsigned_abs(),
                stored: stored.unsigned_abs(),
                known: known.unsigned_abs(),
                refused: refused.unsigned_abs(),
            }
        };
        Ok(rows.into_iter().map(receipt).collect())
    }

    /// Takes a receipt away. False if another server took it first.
    pub async fn take_receipt(&self, receipt: &Receipt) -> Result<bool> {
        let statement = Statement::new(
            "DELETE FROM observation_receipts WHERE organization_id = $1 AND source = $2 AND hour = $3",
        )
        .bind(receipt.organization.as_uuid())
        .bind(receipt.source.as_str())
        .bind(receipt.hour.as_micros().div_euclid(HOUR_MICROS));
        let mut tx = self.begin().await?;
        let taken = tx.execute(StatementName::ReceiptsTake, statement).await?;
        tx.commit().await?;
        Ok(taken > 0)
    }
}
