//! Runs the operations of a query for its caller.

use std::collections::HashSet;
use std::sync::Arc;

use bailiwick_domain::id::RequestId;
use bailiwick_domain::party::Parties;
use bailiwick_domain::row_query::{RowFilter, RowQuery, Rows, Scalar};
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Error;
use bailiwick_engine::shape::input::Input;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_graphql::{ROWS_MAX, Reader, Refusal};
use parking_lot::Mutex;
use serde_json::Value;

use crate::app::App;
use crate::places::Place;
use crate::problem::HttpError;
use crate::respond::RateHeaders;
use crate::unread;

use super::requester::Requester;

/// What a value takes in memory beside its text, in bytes.
const VALUE_BYTES: usize = 40;

/// Runs the operations of one query: each is admitted with the credential of the request.
pub(super) struct CallerReader {
    app: Arc<App>,
    requester: Arc<Requester>,
    request_id: RequestId,
    parties: Parties,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The operation that was attempted last.
    last: Option<&'static Spec>,
    /// The ids of the operations that were attempted.
    operations: HashSet<&'static str>,
    /// The rest of the caller's rate limit after it.
    rate: Option<RateHeaders>,
    /// The memory of what was read and of the answer.
    place: Option<Place>,
    /// How many bytes that is, without the last page.
    bytes: usize,
    /// How many bytes the last page of an operation takes.
    page: usize,
    /// The error of the whole request, if it is one of HTTP.
    error: Option<HttpError>,
}

impl CallerReader {
    pub(super) fn new(
        app: &Arc<App>,
        requester: Arc<Requester>,
        request_id: RequestId,
        parties: Parties,
    ) -> Self {
        Self { app: Arc::clone(app), requester, request_id, parties, state: Mutex::default() }
    }

    /// The operations that were attempted.
    pub(super) fn operations(&self) -> HashSet<&'static str> {
        self.state.lock().operations.clone()
    }

    /// The operation that was attempted last, for the log.
    pub(super) fn last(&self) -> Option<&'static Spec> {
        self.state.lock().last
    }

    /// The rest of the caller's rate limit after the last operation; `None` if there was none.
    pub(super) fn take_rate(&self) -> Option<RateHeaders> {
        self.state.lock().rate.take()
    }

    /// The error of the whole request, if it is one of HTTP.
    pub(super) fn take_error(&self) -> Option<HttpError> {
        self.state.lock().error.take()
    }

    /// The memory of the answer, until the client has read it.
    pub(super) fn into_place(self) -> Option<Place> {
        self.state.into_inner().place
    }

    /// Reserves memory for what was read or for the answer.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), HttpError> {
        let mut state = self.state.lock();
        state.bytes += bytes;
        let total = state.bytes + state.page;
        match &mut state.place {
            None => {
                state.place = unread::place(&self.app, self.parties, total)?;
                Ok(())
            }
            Some(place) => {
                if place.grow_to(total.div_ceil(1_024)) {
                    Ok(())
                } else {
                    Err(HttpError::AnswersUnread)
                }
            }
        }
    }

    fn admit(&self, operation: &'static Described) -> Result<Cx, Refusal> {
        {
            let mut state = self.state.lock();
            state.last = Some(operation.spec);
            state.operations.insert(operation.spec.id.as_str());
        }
        let cx = self.requester.admit(&self.app, operation, self.request_id);
        let cx = cx.map_err(|error| self.refusal(error))?;
        self.state.lock().rate = RateHeaders::of(&cx);
        Ok(cx)
    }

    fn refusal(&self, error: HttpError) -> Refusal {
        match error {
            HttpError::Operation(error) => error.into(),
            other => {
                let refusal = Error::internal("the request failed");
                self.state.lock().error = Some(other);
                Refusal::Request(refusal)
            }
        }
    }

    fn held(&self, bytes: usize) -> Result<(), Refusal> {
        self.hold(bytes).map_err(|error| self.refusal(error))
    }
}

/// What a JSON value takes in memory, in bytes.
fn json_bytes(value: &Value) -> usize {
    VALUE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(json_bytes).sum(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| VALUE_BYTES + name.len() + json_bytes(value)).sum()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// What a row takes in memory, in bytes.
fn row_bytes(row: &[Scalar]) -> usize {
    let value = |value: &Scalar| match value {
        Scalar::Text(text) => VALUE_BYTES + text.len(),
        Scalar::Json(value) => json_bytes(value),
        _ => VALUE_BYTES,
    };
    row.iter().map(value).sum()
}

impl Reader for CallerReader {
    fn reserve(&self, bytes: usize) -> Result<(), Refusal> {
        self.hold(bytes).map_err(|error| self.refusal(error))
    }

    async fn rows(&self, operation: &'static Described, query: &RowQuery) -> Result<Option<Rows>, Refusal> {
        if operation.row_table().is_none() {
            return Ok(None);
        }
        let cx = self.admit(operation)?;
        let rows = operation.rows(query, ROWS_MAX, &cx).await.map_err(Refusal::from)?;
        if let Some(rows) = &rows {
            self.held(rows.rows.iter().map(|row| row_bytes(row)).sum())?;
        }
        Ok(rows)
    }

    async fn count(&self, operation: &'static Described, filter: &RowFilter) -> Result<Option<i64>, Refusal> {
        if operation.row_table().is_none() {
            return Ok(None);
        }
        let cx = self.admit(operation)?;
        operation.count_rows(filter, &cx).await.map_err(Refusal::from)
    }

    async fn page(
        &self,
        operation: &'static Described,
        parameters: Vec<(String, String)>,
    ) -> Result<Value, Refusal> {
        let cx = self.admit(operation)?;
        let answer = operation.run(Input::Text(parameters), cx).await.map_err(Refusal::from)?;
        let body = answer.body.into_bytes();
        self.state.lock().page = 2 * body.len();
        self.held(0)?;
        serde_json::from_slice(&body).map_err(|error| Refusal::Request(Error::internal(error)))
    }

    fn keep(&self, rows: &[Vec<Scalar>]) -> Result<(), Refusal> {
        self.held(rows.iter().map(|row| row_bytes(row)).sum())
    }
}
