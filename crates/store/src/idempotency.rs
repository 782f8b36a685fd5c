//! Requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and their
//! answers, so that a repeated one is answered and not done again.

use bailiwick_domain::key::Actor;
use bailiwick_domain::time::Timestamp;

use crate::database::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::run::Run as _;
use crate::statement::Statement;

/// A request as it is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asked: keys of two callers never meet.
    pub actor: Actor,
    /// The header's value.
    pub idempotency_key: String,
    /// The operation.
    pub operation: &'static str,
    /// A digest of the input.
    pub fingerprint: String,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is new; it is done in this transaction.
    New,
    /// It was done, with this answer as JSON; `None` if the answer held a secret.
    Done(Option<String>),
    /// The same key was used for something else.
    Other,
}

impl Tx {
    /// Claims a request, or tells how it ended. A second one with the same key waits here until
    /// the first is committed.
    pub async fn claim(&mut self, request: &Request, now: Timestamp) -> Result<Known> {
        let actor = request.actor.as_text().into_owned();
        let inserted = self
            .execute(
                Statement::new(
                    "INSERT INTO idempotency (actor, idempotency_key, operation, fingerprint, created_at) \
                     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                )
                .bind(actor.as_str())
                .bind(request.idempotency_key.as_str())
                .bind(request.operation)
                .bind(request.fingerprint.as_str())
                .bind(now.as_micros()),
            )
            .await?;
        if inserted > 0 {
            return Ok(Known::New);
        }
        let row: Option<(String, String, Option<String>)> = self
            .row(
                Statement::new(
                    "SELECT operation, fingerprint, answer FROM idempotency \
                     WHERE actor = $1 AND idempotency_key = $2",
                )
                .bind(actor)
                .bind(request.idempotency_key.as_str()),
            )
            .await?;
        let (operation, fingerprint, answer) = row.or_corrupt("idempotency", "row")?;
        Ok(if operation == request.operation && fingerprint == request.fingerprint {
            Known::Done(answer)
        } else {
            Known::Other
        })
    }

    /// Keeps the answer of a request that was claimed in this transaction.
    pub async fn keep_answer(&mut self, request: &Request, answer: Option<String>) -> Result<()> {
        self.execute(
            Statement::new("UPDATE idempotency SET answer = $1 WHERE actor = $2 AND idempotency_key = $3")
                .bind(answer)
                .bind(request.actor.as_text().into_owned())
                .bind(request.idempotency_key.as_str()),
        )
        .await?;
        Ok(())
    }
}

impl Store {
    /// Forgets requests from before a time; how many.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let gone = tx
            .execute(Statement::new("DELETE FROM idempotency WHERE created_at < $1").bind(before.as_micros()))
            .await?;
        tx.commit().await?;
        Ok(gone)
    }
}
