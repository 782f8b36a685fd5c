//! A request to an adapter, and the operations that it runs.

use bailiwick_engine::shape::json::VALUES_MAX;
use bailiwick_engine::shape::operation_id::OperationId;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::page::PAGE_MAX;
use bailiwick_domain::party::Parties;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::catalogue::{Described, ORGANIZATION};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::shape::answer::{EventText, Events};
use bailiwick_engine::shape::input::Input;
use bailiwick_engine::shape::spec::{Access, Spec};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::fields::{Fields, Names};
use super::members::{self, Terms};
use crate::app::App;
use crate::callers::Callers;
use crate::places::Place;
use crate::problem::HttpError;
use crate::respond::RateHeaders;
use crate::rest::Asking;
use crate::unread;
use crate::{body, query, rest};

/// The header in which a root key may name an organization.
const ORGANIZATION_HEADER: &str = "x-organization";
/// The most operations that one request may run.
const OPERATIONS_MAX: usize = 500;

/// A response in another system's format.
pub(super) struct Reply {
    pub(super) status: u16,
    /// The media type of the body.
    pub(super) media: &'static str,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// A response with a JSON body.
    pub(super) fn json(status: u16, body: &impl Serialize) -> Result<Self, HttpError> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        Ok(Self { status, media: "application/json", body })
    }
}

/// An operation that the caller may run.
pub(super) struct Admitted {
    operation: &'static Described,
    cx: Cx,
}

/// An open event stream.
pub(super) struct OpenEvents {
    events: Events,
    stopping: CancellationToken,
    _place: Place,
}

impl OpenEvents {
    /// The next event; `None` if there are no more, or the server stops.
    pub(super) async fn next(&mut self) -> Option<EventText> {
        self.stopping.run_until_cancelled(self.events.next()).await?
    }
}

/// A page of one of our lists.
#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// A request to an adapter.
pub(super) struct Call {
    app: Arc<App>,
    names: Names,
    terms: Terms,
    operations: &'static [OperationId],
    path: Vec<(String, String)>,
    query_is_known: bool,
    query: Vec<(String, String)>,
    parts: Parts,
    body: Body,
    client: IpAddr,
    request_id: RequestId,
    place: Option<Arc<Place>>,
    /// The memory that the body takes.
    memory: Option<Arc<Place>>,
    /// The memory that the answers of operations take.
    answers: Option<Place>,
    /// The size of those answers in bytes.
    answered: usize,
    /// Whether the request has opened an event stream.
    has_watched: bool,
    /// How many operations the request may still run.
    left: usize,
    operation: Option<&'static Spec>,
    actor: Option<Actor>,
    rate: Option<RateHeaders>,
}

impl Call {
    #[allow(clippy::too_many_arguments, reason = "it is called in one place, with the parts of the request")]
    pub(super) fn new(
        app: Arc<App>,
        names: Names,
        terms: Terms,
        operations: &'static [OperationId],
        path: Vec<(String, String)>,
        parts: Parts,
        body: Body,
        client: IpAddr,
        request_id: RequestId,
    ) -> Self {
        let operation = operations.first().and_then(|id| catalogue().get(id)).map(|o| o.spec);
        let (query, place, memory, actor, rate) = (Vec::new(), None, None, None, None);
        Self {
            app,
            names,
            terms,
            operations,
            path,
            query_is_known: false,
            query,
            parts,
            body,
            client,
            request_id,
            place,
            memory,
            answers: None,
            answered: 0,
            has_watched: false,
            left: OPERATIONS_MAX,
            operation,
            actor,
            rate,
        }
    }

    /// Refuses the request if the server is busy, and reads the query. The first operation takes the
    /// request's place.
    pub(super) fn arrive(&mut self) -> Result<(), HttpError> {
        let mut operations = self.operations.iter().filter_map(|id| catalogue().get(id));
        // Health checks are answered even if the server is busy.
        let is_probe = operations.all(|operation| operation.spec.access == Access::Open);
        if !is_probe && self.app.requests.is_full() {
            return Err(HttpError::Overloaded);
        }
        self.query = query::parse(self.parts.uri.query())?;
        Ok(())
    }

    /// The last operation that was attempted, for the log.
    pub(super) const fn operation(&self) -> Option<&'static Spec> {
        self.operation
    }

    /// The caller, once it is known.
    pub(super) const fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// The rest of the caller's rate limit.
    pub(super) const fn rate(&self) -> Option<&RateHeaders> {
        self.rate.as_ref()
    }

    /// Sets other names for the fields of operations: those of a noun.
    pub(super) const fn name_fields(&mut self, names: Names) {
        self.names = names;
    }

    /// A parameter of the path.
    pub(super) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The error for a path that does not exist.
    pub(super) fn unknown_path(&self) -> HttpError {
        rest::unknown_path(&self.parts.uri)
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Refuses query parameters that are repeated, or that the table of the route does not contain.
    fn check_query(&mut self) -> Result<(), HttpError> {
        if self.query_is_known {
            return Ok(());
        }
        self.query_is_known = true;
        let Terms { query, empty_is_absent, .. } = &self.terms;
        let known: Vec<String> = query.iter().map(|member| member.name.to_string()).collect();
        Input::Text(self.query.clone()).check_names(&known)?;
        let sent = self.query.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        members::check(query, &sent, *empty_is_absent)
    }

    /// The JSON object in the body; empty if there is no body. Members that the table of the route does not
    /// contain are refused. May be called once, and only after the caller was admitted.
    pub(super) async fn body(&mut self, admitted: &Admitted) -> Result<Fields, HttpError> {
        let body = std::mem::take(&mut self.body);
        // A request whose body is still arriving has no place among those that are answered.
        self.place = None;
        let bounds = body::BodyBounds {
            limit: self.app.body_limit,
            patience: self.app.request_timeout,
            least_rate: None,
            arriving: &self.app.arriving,
            memory: &self.app.memory,
            parties: admitted.cx.parties(),
            values: VALUES_MAX,
        };
        let (fields, memory) = body::read(&self.parts.headers, body, bounds, false).await?;
        self.memory = Some(Arc::new(memory));
        members::check(&self.terms.body, &fields, self.terms.empty_is_absent)?;
        Ok(fields)
    }

    /// Takes a place among the requests that are answered. It is held until the response is ready and all
    /// that the request started has ended.
    fn take_place(&mut self, admitted: &Admitted) -> Result<(), HttpError> {
        // A request that has waited for events had a place of its own there, and only reads the results.
        let needs_none = admitted.operation.spec.access == Access::Open || self.has_watched;
        if self.place.is_none() && !needs_none {
            let place = self.app.requests.take(admitted.cx.parties(), 1);
            self.place = Some(Arc::new(place.ok_or(HttpError::Overloaded)?));
        }
        Ok(())
    }

    /// Checks whether the caller may run an operation in an organization (id or slug).
    pub(super) fn admit(
        &mut self,
        id: OperationId,
        organization: Option<&str>,
    ) -> Result<Admitted, HttpError> {
        let operation = catalogue().get(&id).filter(|_| self.operations.contains(&id));
        let operation =
            operation.ok_or_else(|| Error::internal(format!("{id} is not in the table of this route")))?;
        self.operation = Some(operation.spec);
        self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
        let organization = organization
            .map(str::parse::<OrganizationRef>)
            .transpose()
            .map_err(|error| Error::invalid(ORGANIZATION, error.to_string()).into());
        let headers = &self.parts.headers;
        // Scripts for other systems send keys; no pages in browsers call these routes.
        let asking = Asking {
            callers: Callers::Keys,
            authority: None,
            client: self.client,
            request_id: self.request_id,
        };
        let cx = rest::admit_within(&self.app, operation, headers, organization, asking)
            .map_err(|error| in_their_names(error, self.names))?;
        self.actor = Some(cx.actor());
        self.rate = RateHeaders::of(&cx);
        self.check_organization()?;
        self.check_query()?;
        Ok(Admitted { operation, cx })
    }

    /// Runs an operation to which the caller was admitted.
    pub(super) async fn run<T: DeserializeOwned>(
        &mut self,
        admitted: Admitted,
        fields: Fields,
    ) -> Result<T, HttpError> {
        self.take_place(&admitted)?;
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
        let places = (self.place.clone(), self.memory.clone());
        let parties = cx.parties();
        let answer = rest::perform(&self.app, operation, input, cx, places)
            .await
            .map_err(|error| in_their_names(error, self.names))?;
        let body = answer.body.into_bytes();
        self.hold(parties, body.len())?;
        Ok(serde_json::from_slice(&body).map_err(Error::internal)?)
    }

    /// Reserves memory for an answer that is kept for the response.
    fn hold(&mut self, parties: Parties, bytes: usize) -> Result<(), HttpError> {
        self.answered += bytes;
        let Some(place) = &mut self.answers else {
            self.answers = unread::place(&self.app, parties, self.answered)?;
            return Ok(());
        };
        if place.grow_to(self.answered.div_ceil(1_024)) { Ok(()) } else { Err(HttpError::AnswersUnread) }
    }

    /// Takes the memory of the answers out, for the response.
    pub(super) const fn take_answers(&mut self) -> Option<Place> {
        self.answers.take()
    }

    /// Opens an event stream. The request exchanges its place among those that are answered for a place
    /// among event streams, which it holds until the events are dropped.
    pub(super) async fn watch(
        &mut self,
        id: OperationId,
        organization: Option<&str>,
        fields: Fields,
    ) -> Result<OpenEvents, HttpError> {
        let Admitted { operation, cx } = self.admit(id, organization)?;
        let place = self.app.watchers.take(cx.parties(), 1);
        let place = place.ok_or(HttpError::Overloaded)?;
        let input = Input::Text(fields.into_iter().map(|(name, value)| (name, as_text(value))).collect());
        self.has_watched = true;
        let given_up = (self.place.take(), self.memory.take());
        let answer = rest::perform(&self.app, operation, input, cx, given_up).await?;
        let events =
            answer.events.ok_or_else(|| Error::internal(format!("{id} does not answer with events")))?;
        Ok(OpenEvents { events, stopping: self.app.stopping.clone(), _place: place })
    }

    /// Checks whether the caller may run an operation, and runs it.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        id: OperationId,
        organization: Option<&str>,
        fields: Fields,
    ) -> Result<T, HttpError> {
        let admitted = self.admit(id, organization)?;
        self.run(admitted, fields).await
    }

    /// Like [`Self::ask`], for routes whose body, if there is one, is only checked for members that are not
    /// allowed.
    pub(super) async fn tell<T: DeserializeOwned>(
        &mut self,
        id: OperationId,
        organization: Option<&str>,
        fields: Fields,
    ) -> Result<T, HttpError> {
        let admitted = self.admit(id, organization)?;
        self.body(&admitted).await?;
        self.run(admitted, fields).await
    }

    /// Passes on all items of a list, in order, page by page. Each page is requested and charged
    /// separately.
    pub(super) async fn every<T: DeserializeOwned>(
        &mut self,
        id: OperationId,
        organization: Option<&str>,
        fields: Fields,
        see: impl FnMut(T),
    ) -> Result<(), HttpError> {
        let first = self.admit(id, organization)?;
        self.every_after(first, organization, fields, see).await
    }

    /// Like [`Self::every`], for a caller who was admitted to the first page.
    pub(super) async fn every_after<T: DeserializeOwned>(
        &mut self,
        first: Admitted,
        organization: Option<&str>,
        fields: Fields,
        mut see: impl FnMut(T),
    ) -> Result<(), HttpError> {
        let see = |item| {
            see(item);
            true
        };
        self.every_while(first, organization, fields, see).await
    }

    /// Like [`Self::every_after`], until `see` answers false. The page of that item is the last that is requested.
    async fn every_while<T: DeserializeOwned>(
        &mut self,
        first: Admitted,
        organization: Option<&str>,
        mut fields: Fields,
        mut see: impl FnMut(T) -> bool,
    ) -> Result<(), HttpError> {
        let id = first.operation.spec.id;
        let mut admitted = first;
        fields.insert("limit".into(), PAGE_MAX.into());
        loop {
            let page: Page<T> = self.run(admitted, fields.clone()).await?;
            if !page.items.into_iter().all(&mut see) {
                return Ok(());
            }
            let Some(cursor) = page.next_cursor else { return Ok(()) };
            fields.insert("cursor".into(), cursor.into());
            admitted = self.admit(id, organization)?;
        }
    }

    /// All items of a list, in order; an error if there are more than `most`.
    pub(super) async fn gather<T: DeserializeOwned>(
        &mut self,
        first: Admitted,
        organization: Option<&str>,
        fields: Fields,
        most: usize,
    ) -> Result<Vec<T>, HttpError> {
        let mut found = Vec::new();
        let see = |item| {
            found.push(item);
            found.len() <= most
        };
        self.every_while(first, organization, fields, see).await?;
        if found.len() > most { Err(too_many()) } else { Ok(found) }
    }

    /// The parameters of the path, the query and the body together.
    pub(super) async fn all_fields(&mut self, admitted: &Admitted) -> Result<Fields, HttpError> {
        let mut fields: Fields = self.query.iter().map(|(n, v)| (n.clone(), v.as_str().into())).collect();
        for (name, value) in self.body(admitted).await? {
            if fields.insert(name.clone(), value).is_some() {
                return Err(Error::invalid(
                    name,
                    "expected this field only once, in the query or in the body",
                )
                .into());
            }
        }
        for (name, value) in &self.path {
            let value = Value::from(value.as_str());
            if fields.get(name).is_some_and(|sent| *sent != value && *sent != "" && !sent.is_null()) {
                return Err(Error::invalid(name.as_str(), "expected the value that is in the path").into());
            }
            fields.insert(name.clone(), value);
        }
        Ok(fields)
    }

    /// The current time.
    pub(super) fn now(&self) -> Timestamp {
        self.app.control.now()
    }

    /// The organization that a root key names: by `?organization=` or the header `X-Organization`. Admission
    /// refuses a request in which the two differ.
    pub(super) fn organization(&self) -> Option<String> {
        let header = || self.parts.headers.get(ORGANIZATION_HEADER)?.to_str().ok();
        self.query(ORGANIZATION).or_else(header).map(str::to_owned)
    }

    /// Refuses a header `X-Organization` that would be ignored, because it occurs twice, or because the query or
    /// the path names another organization.
    fn check_organization(&self) -> Result<(), HttpError> {
        let mut headers = self.parts.headers.get_all(ORGANIZATION_HEADER).iter();
        let Some(header) = headers.next() else { return Ok(()) };
        let refused = |detail: &str| Err(Error::invalid(ORGANIZATION_HEADER, detail).into());
        if headers.next().is_some() {
            return refused("expected this header only once");
        }
        let Ok(header) = header.to_str() else { return refused("expected an id or a slug") };
        let in_path = self.names.iter().filter(|(_, ours)| *ours == ORGANIZATION);
        let in_path = in_path.map(|(theirs, _)| self.path(theirs)).find(|named| !named.is_empty());
        match self.query(ORGANIZATION).or(in_path) {
            Some(named) if named != header => {
                refused("expected the organization that the query or the path names, or no header")
            }
            _ => Ok(()),
        }
    }
}

/// The error for a request that needs too many operations.
fn too_many() -> HttpError {
    let detail = "this request needs too many operations: ask for less at once, or use the lists under /v1, which have a cursor";
    Error::invalid("", detail).into()
}

/// A value as a query parameter.
fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Makes the fields of an input.
pub(super) fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The fields of a body under our names. Fields without one are dropped; they were checked against the
/// [table](members) of the route.
pub(super) fn renamed(body: Fields, known: Names) -> Fields {
    let rename = |(name, value): (String, Value)| {
        let (_, ours) = known.iter().find(|(theirs, _)| *theirs == name)?;
        Some(((*ours).to_owned(), value))
    };
    body.into_iter().filter_map(rename).collect()
}

/// Renames the fields in an operation's error to the other system's names.
fn in_their_names(error: HttpError, names: Names) -> HttpError {
    let rename = |error: FieldError| FieldError { field: their_name(&error.field, names), ..error };
    let HttpError::Operation(error) = error else { return error };
    HttpError::Operation(match error {
        Error::Invalid(errors) => Error::Invalid(errors.into_iter().map(rename).collect()),
        Error::CommandLimited(errors) => Error::CommandLimited(errors.into_iter().map(rename).collect()),
        Error::GrantExceedsOwn(errors) => Error::GrantExceedsOwn(errors.into_iter().map(rename).collect()),
        Error::Taken { field, noun, other } => {
            let theirs = names.iter().find(|(_, ours)| *ours == field).map(|(theirs, _)| *theirs);
            Error::Taken { field: theirs.unwrap_or(field), noun, other }
        }
        other => other,
    })
}

/// The other system's name for one of our fields, or for a member of it. If our name in the table ends with
/// a dot, it stands for all members below.
fn their_name(field: &str, names: Names) -> String {
    let renamed = names.iter().find_map(|(theirs, ours)| {
        let rest = field.strip_prefix(ours)?;
        let fits = ours.ends_with('.') || rest.is_empty() || rest.starts_with(['[', '.']);
        fits.then(|| format!("{theirs}{rest}"))
    });
    renamed.unwrap_or_else(|| field.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_fields_get_the_names_of_the_other_system() {
        let names: Names =
            &[("node_name", "name"), ("", "settings."), ("service_id", "observes.services"), ("id", "node")];
        for (ours, theirs) in [
            ("name", "node_name"),
            ("names", "names"),
            ("name[1].a", "node_name[1].a"),
            ("settings.username", "username"),
            ("observes.services[0]", "service_id[0]"),
            ("node_id", "node_id"),
            ("", ""),
        ] {
            assert_eq!(their_name(ours, names), theirs, "{ours}");
        }
    }
}
