//! The ids of batches, which are remembered so that sending a batch again has no effect.

use std::collections::HashMap;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::observations::batch::{Batch, BatchAnswer};
use bailiwick_domain::observations::limits::BATCH_REMEMBERED_SECONDS;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::Result;
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many ids one statement looks up.
const LOOKED_UP_AT_ONCE: usize = 5_000;

/// What names a batch: the organization, the source, and the source's id for it.
pub(crate) type BatchName = (OrganizationId, String, String);

/// The name of a batch, if its source gave it an id.
pub(crate) fn name(batch: &Batch) -> Option<BatchName> {
    let id = batch.id.as_ref()?;
    Some((batch.organization, batch.source.as_str().to_owned(), id.as_str().to_owned()))
}

/// The answers of batches that were stored before.
pub(crate) async fn repeated<'b>(
    tx: &mut Tx,
    batches: impl Iterator<Item = &'b Batch>,
) -> Result<HashMap<BatchName, BatchAnswer>> {
    let names: Vec<BatchName> = batches.filter_map(name).collect();
    let mut found = HashMap::new();
    for names in names.chunks(LOOKED_UP_AT_ONCE) {
        let rows = names.iter().map(|(organization, source, id)| -> [Value; 3] {
            [organization.as_uuid().into(), source.as_str().into(), id.as_str().into()]
        });
        let mut statement = Statement::with("organization_id, source, batch", rows);
        statement.push(
            "SELECT b.organization_id, b.source, b.batch, b.stored, b.known, b.refused FROM v \
             JOIN observation_batches b ON b.organization_id = v.organization_id AND b.source = v.source \
             AND b.batch = v.batch",
        );
        let rows: Vec<(Uuid, String, String, i64, i64, i64)> =
            tx.rows(StatementName::ObservationsRepeatedBatches, statement).await?;
        for (organization, source, id, stored, known, refused) in rows {
            let answer = BatchAnswer {
                stored: stored.unsigned_abs(),
                known: known.unsigned_abs(),
                refused: refused.unsigned_abs(),
                is_repeated: true,
                refusals: Vec::new(),
            };
            found.insert((OrganizationId::from_uuid(organization), source, id), answer);
        }
    }
    Ok(found)
}

/// Remembers batches. [`Error::Taken`](crate::Error::Taken) if another server stored one of them meanwhile.
pub(crate) async fn note(tx: &mut Tx, batches: Vec<(BatchName, Timestamp, BatchAnswer)>) -> Result<()> {
    let number = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let rows = batches.into_iter().map(|((organization, source, id), received_at, answer)| {
        [
            organization.as_uuid().into(),
            source.into(),
            id.into(),
            received_at.as_micros().into(),
            number(answer.stored),
            number(answer.known),
            number(answer.refused),
        ]
    });
    let into = "INSERT INTO observation_batches \
                (organization_id, source, batch, received_at, stored, known, refused) VALUES ";
    tx.insert(StatementName::ObservationsNoteBatches, into, rows.collect()).await
}

impl Observations {
    /// Forgets batches that arrived more than seven days before `now`, at most `most` of them. Returns how many.
    pub async fn forget_batches(&self, now: Timestamp, most: u32) -> Result<u64> {
        let before = now.plus_seconds(-BATCH_REMEMBERED_SECONDS).as_micros();
        let mut statement = Statement::new(
            "DELETE FROM observation_batches WHERE (organization_id, source, batch) IN \
             (SELECT organization_id, source, batch FROM observation_batches WHERE received_at < $1 LIMIT ",
        )
        .bind(before);
        statement.push_number(most).push(")");
        let mut tx = self.begin().await?;
        let forgotten = tx.execute(StatementName::ObservationsForgetBatches, statement).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}
