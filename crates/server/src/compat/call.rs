//! One request to an adapter, and the operations that it becomes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_operations::catalogue::{Described, ORGANIZATION, catalogue};
use bailiwick_operations::cx::Cx;
use bailiwick_operations::error::{Error, FieldError};
use bailiwick_operations::input::Input;
use bailiwick_operations::spec::{Access, Spec};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;
use crate::problem::HttpError;
use crate::respond::RateHeaders;
use crate::rest::Asking;
use crate::router::Callers;
use crate::{body, query, rest};

/// The most items of one page of our lists.
const PAGE: usize = 1_000;

/// The most pages that one request goes through.
const PAGES_MAX: usize = 100;

/// Fields of an input or a body, by name.
pub(super) type Fields = Map<String, Value>;

/// Pairs of a name there and the name of the same field here.
pub(super) type Names = &'static [(&'static str, &'static str)];

/// An answer in the shape of another system.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// With a body.
    pub(super) fn json(status: u16, body: &impl Serialize) -> Result<Self, HttpError> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        Ok(Self { status, body })
    }
}

/// An operation that the caller was admitted to.
pub(super) struct Admitted {
    operation: &'static Described,
    cx: Cx,
}

/// A page of one of our lists.
#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// One request to an adapter.
pub(super) struct Call {
    app: Arc<App>,
    names: Names,
    operations: &'static [&'static str],
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    parts: Parts,
    body: Body,
    client: IpAddr,
    request_id: RequestId,
    permit: Arc<Option<OwnedSemaphorePermit>>,
    operation: Option<&'static Spec>,
    actor: Option<Actor>,
    rate: Option<RateHeaders>,
}

impl Call {
    #[allow(clippy::too_many_arguments, reason = "made in one place, of what came with the request")]
    pub(super) fn new(
        app: Arc<App>,
        names: Names,
        operations: &'static [&'static str],
        path: Vec<(String, String)>,
        parts: Parts,
        body: Body,
        client: IpAddr,
        request_id: RequestId,
    ) -> Self {
        let operation = operations.first().and_then(|id| catalogue().get(id)).map(|o| o.spec);
        let (query, permit, actor, rate) = (Vec::new(), Arc::new(None), None, None);
        Self {
            app,
            names,
            operations,
            path,
            query,
            parts,
            body,
            client,
            request_id,
            permit,
            operation,
            actor,
            rate,
        }
    }

    /// Takes a place among the concurrent requests, which it has until what it began has ended, and
    /// reads the query.
    pub(super) fn arrive(&mut self) -> Result<(), HttpError> {
        let mut operations = self.operations.iter().filter_map(|id| catalogue().get(id));
        // Probes are answered also by a server that has no room.
        if !operations.all(|operation| operation.spec.access == Access::Open) {
            let permit = Arc::clone(&self.app.permits).try_acquire_owned();
            self.permit = Arc::new(Some(permit.map_err(|_| HttpError::Overloaded)?));
        }
        self.query = query::parse(self.parts.uri.query())?;
        Ok(())
    }

    /// The operation that it came to last, for the log.
    pub(super) const fn operation(&self) -> Option<&'static Spec> {
        self.operation
    }

    /// Who asks, once it is known.
    pub(super) const fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// What is left of the caller's rate limit.
    pub(super) const fn rate(&self) -> Option<&RateHeaders> {
        self.rate.as_ref()
    }

    /// A parameter of the path.
    pub(super) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Refuses parameters of the query that are not among `known`, or stand twice.
    pub(super) fn check_query(&self, known: &[&str]) -> Result<(), HttpError> {
        let known: Vec<String> = known.iter().map(|&name| name.to_owned()).collect();
        Ok(Input::Text(self.query.clone()).check_names(&known)?)
    }

    /// The JSON object in the body; empty if there is none. Read it once, and only of a caller who
    /// was admitted.
    pub(super) async fn body(&mut self, _: &Admitted) -> Result<Fields, HttpError> {
        let body = std::mem::take(&mut self.body);
        body::read(&self.parts.headers, body, self.app.body_limit).await
    }

    /// Asks whether the caller may run an operation, within an organization (id or slug).
    pub(super) fn admit(
        &mut self,
        id: &'static str,
        organization: Option<&str>,
    ) -> Result<Admitted, HttpError> {
        let operation = catalogue().get(id).filter(|_| self.operations.contains(&id));
        let operation =
            operation.ok_or_else(|| Error::internal(format!("{id} is not in the table of this route")))?;
        self.operation = Some(operation.spec);
        let organization = organization
            .map(str::parse::<OrganizationRef>)
            .transpose()
            .map_err(|error| Error::invalid(ORGANIZATION, error.to_string()).into());
        let headers = &self.parts.headers;
        // Those who wrote for another system send keys; no browser has pages of theirs here.
        let asking = Asking { callers: Callers::Keys, client: self.client, request_id: self.request_id };
        let cx = rest::admit_within(&self.app, operation, headers, organization, asking)
            .map_err(|error| in_their_names(error, self.names))?;
        self.actor = Some(cx.actor());
        self.rate = RateHeaders::of(&cx);
        Ok(Admitted { operation, cx })
    }

    /// Runs an operation that the caller was admitted to.
    pub(super) async fn run<T: DeserializeOwned>(
        &mut self,
        admitted: Admitted,
        fields: Fields,
    ) -> Result<T, HttpError> {
        let Admitted { operation, cx } = admitted;
        let input = if operation.spec.method.has_body() {
            Input::Json(fields)
        } else {
            Input::Text(fields.into_iter().map(|(name, value)| (name, as_text(value))).collect())
        };
        let cx = match rest::idempotency(operation, &self.parts.headers, self.parts.uri.query(), &input)? {
            Some(idempotency) => cx.known_by(idempotency),
            None => cx,
        };
        let permit = Arc::clone(&self.permit);
        let answer = rest::perform(&self.app, operation, input, cx, permit)
            .await
            .map_err(|error| in_their_names(error, self.names))?;
        Ok(serde_json::from_slice(&answer.body).map_err(Error::internal)?)
    }

    /// Asks whether the caller may run an operation, and runs it.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        id: &'static str,
        organization: Option<&str>,
        fields: Fields,
    ) -> Result<T, HttpError> {
        let admitted = self.admit(id, organization)?;
        self.run(admitted, fields).await
    }

    /// Goes through all pages of a list, in order; `first` is for the first of them, and each one
    /// more is asked for and charged as it comes. `None` if there are more than [`PAGES_MAX`].
    pub(super) async fn every<T: DeserializeOwned>(
        &mut self,
        first: Admitted,
        organization: Option<&str>,
        mut fields: Fields,
        mut see: impl FnMut(T),
    ) -> Result<Option<()>, HttpError> {
        let id = first.operation.spec.id;
        let mut admitted = first;
        fields.insert("limit".into(), PAGE.into());
        for _ in 0..PAGES_MAX {
            let page: Page<T> = self.run(admitted, fields.clone()).await?;
            page.items.into_iter().for_each(&mut see);
            let Some(cursor) = page.next_cursor else { return Ok(Some(())) };
            fields.insert("cursor".into(), cursor.into());
            admitted = self.admit(id, organization)?;
        }
        Ok(None)
    }
}

/// A value as it stands in a query.
fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The fields of an input.
pub(super) fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The fields of a body under the names that the operation has for them; what is in `ignored` is
/// taken and dropped, and any other refused.
pub(super) fn renamed(body: Fields, known: Names, ignored: &[&str]) -> Result<Fields, HttpError> {
    let names = known.iter().map(|(theirs, _)| *theirs).chain(ignored.iter().copied());
    let names: Vec<String> = names.map(str::to_owned).collect();
    let input = Input::Json(body);
    input.check_names(&names)?;
    let Input::Json(body) = input else { return Ok(Fields::new()) };
    let rename = |(name, value): (String, Value)| {
        let (_, ours) = known.iter().find(|(theirs, _)| *theirs == name)?;
        Some(((*ours).to_owned(), value))
    };
    Ok(body.into_iter().filter_map(rename).collect())
}

/// An error of an operation, with its fields named as the client knows them.
fn in_their_names(error: HttpError, names: Names) -> HttpError {
    let theirs = |ours: &str| names.iter().find(|(_, name)| *name == ours).map(|(theirs, _)| *theirs);
    let rename = |mut error: FieldError| {
        let (name, rest) = error.field.split_at(error.field.find(['[', '.']).unwrap_or(error.field.len()));
        if let Some(name) = theirs(name) {
            error.field = format!("{name}{rest}");
        }
        error
    };
    let HttpError::Operation(error) = error else { return error };
    HttpError::Operation(match error {
        Error::Invalid(errors) => Error::Invalid(errors.into_iter().map(rename).collect()),
        Error::GrantExceedsOwn(errors) => Error::GrantExceedsOwn(errors.into_iter().map(rename).collect()),
        Error::Taken { field, noun, other } => {
            Error::Taken { field: theirs(field).unwrap_or(field), noun, other }
        }
        other => other,
    })
}
