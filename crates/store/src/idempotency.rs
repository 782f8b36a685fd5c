//! Requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and their answers, so that
//! a retried request is answered but not executed again.

use bailiwick_domain::key::Actor;
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run as _;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The identity of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The caller. Different callers may use the same idempotency key.
    pub actor: Actor,
    /// The value of the `Idempotency-Key` header.
    pub idempotency_key: String,
    /// The operation that the request calls.
    pub operation: &'static str,
    /// A digest of the request's input.
    pub fingerprint: String,
}

/// The outcome of claiming a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The request is new, and is executed in this transaction.
    New,
    /// The request was executed before. This is its answer as JSON; `None` if the answer contained a secret.
    Done(Option<String>),
    /// The same idempotency key was used for a different request.
    Other,
}

impl Tx {
    /// Claims a request, or returns its earlier answer. A second request with the same key waits here until
    /// the first is committed.
    pub async fn claim(&mut self, request: &Request, now: Timestamp) -> Result<Claim> {
        let actor = request.actor.as_text().into_owned();
        let inserted = self
            .execute(
                StatementName::IdempotencyClaim,
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
            return Ok(Claim::New);
        }
        let row: Option<(String, String, Option<String>)> = self
            .row(
                StatementName::IdempotencyKnown,
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
            Claim::Done(answer)
        } else {
            Claim::Other
        })
    }

    /// Stores the answer of a request that was claimed in this transaction.
    pub async fn keep_answer(&mut self, request: &Request, answer: Option<String>) -> Result<()> {
        self.execute(
            StatementName::IdempotencyKeepAnswer,
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
    /// Deletes requests from before a time. Returns how many were deleted.
    pub async fn forget_requests(&self, before: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let gone = tx
            .execute(
                StatementName::IdempotencyForget,
                Statement::new("DELETE FROM idempotency WHERE created_at < $1").bind(before.as_micros()),
            )
            .await?;
        tx.commit().await?;
        Ok(gone)
    }
}
