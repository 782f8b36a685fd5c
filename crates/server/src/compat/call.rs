//! One request to an adapter, and the operations that it becomes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::page::PAGE_MAX;
use bailiwick_domain::party::Parties;
use bailiwick_domain::time::Timestamp;
use bailiwick_operations::answer::{EventText, Events};
use bailiwick_operations::catalogue::{Described, ORGANIZATION, catalogue};
use bailiwick_operations::cx::Cx;
use bailiwick_operations::error::{Error, FieldError};
use bailiwick_operations::input::Input;
use bailiwick_operations::spec::{Access, Spec};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::adapter::{Adapter, Route};
use super::members::{self, Member};
use crate::app::App;
use crate::callers::Callers;
use crate::places::Place;
use crate::problem::HttpError;
use crate::respond::RateHeaders;
use crate::rest::Asking;
use crate::unread;
use crate::{body, query, rest};

/// The most operations that one request becomes.
const OPERATIONS_MAX: usize = 500;

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

/// Something that is watched.
pub(super) struct Watched {
    events: Events,
    stopping: CancellationToken,
    _place: Place,
}

impl Watched {
    /// The next event; `None` if none is to come, or the server stops.
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

/// One request to an adapter.
pub(super) struct Call {
    app: Arc<App>,
    names: Names,
    adapter: &'static Adapter,
    route: &'static Route,
    operations: &'static [&'static str],
    path: Vec<(String, String)>,
    query_is_known: bool,
    query: Vec<(String, String)>,
    parts: Parts,
    body: Body,
    client: IpAddr,
    request_id: RequestId,
    place: Option<Arc<Place>>,
    /// What the body takes of the memory for bodies.
    memory: Option<Arc<Place>>,
    /// What the answers that it has got take of the memory for answers.
    answers: Option<Place>,
    /// How many bytes they have.
    answered: usize,
    /// Whether it has waited, with a place among those who watch.
    has_watched: bool,
    /// How many operations it may still become.
    left: usize,
    operation: Option<&'static Spec>,
    actor: Option<Actor>,
    rate: Option<RateHeaders>,
}

impl Call {
    #[allow(clippy::too_many_arguments, reason = "made in one place, of what came with the request")]
    pub(super) fn new(
        app: Arc<App>,
        adapter: &'static Adapter,
        route: &'static Route,
        path: Vec<(String, String)>,
        parts: Parts,
        body: Body,
        client: IpAddr,
        request_id: RequestId,
    ) -> Self {
        let (names, operations) = (adapter.names, route.operations);
        let operation = operations.first().and_then(|id| catalogue().get(id)).map(|o| o.spec);
        let (query, place, memory, actor, rate) = (Vec::new(), None, None, None, None);
        Self {
            app,
            names,
            adapter,
            route,
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

    /// Refuses what a full server has no room for, and reads the query. Its place is taken by the first
    /// operation that it becomes.
    pub(super) fn arrive(&mut self) -> Result<(), HttpError> {
        let mut operations = self.operations.iter().filter_map(|id| catalogue().get(id));
        // Probes are answered also by a server that has no room.
        let is_probe = operations.all(|operation| operation.spec.access == Access::Open);
        if !is_probe && self.app.requests.is_full() {
            return Err(HttpError::Overloaded);
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

    /// Takes other names for the fields of what it runs: those of a noun.
    pub(super) const fn name_fields(&mut self, names: Names) {
        self.names = names;
    }

    /// A parameter of the path.
    pub(super) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// What is answered of a path that there is not.
    pub(super) fn unknown_path(&self) -> HttpError {
        rest::unknown_path(&self.parts.uri)
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Refuses parameters of the query that stand twice or that the table of the route does not
    /// take.
    fn check_query(&mut self) -> Result<(), HttpError> {
        if self.query_is_known {
            return Ok(());
        }
        self.query_is_known = true;
        let Adapter { everywhere, empty_is_absent, .. } = *self.adapter;
        let mut members: Vec<Member> = everywhere.iter().map(|name| members::honoured(name)).collect();
        if self.route.method.has_query() {
            members.extend((self.adapter.members)(self.route));
        }
        let known: Vec<String> = members.iter().map(|member| member.name.to_string()).collect();
        Input::Text(self.query.clone()).check_names(&known)?;
        let sent = self.query.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        members::check(&members, &sent, empty_is_absent)
    }

    /// The JSON object in the body; empty if there is none. Refused if the table of the route does
    /// not take a member of it. Read it once, and only of a caller who was admitted.
    pub(super) async fn body(&mut self, admitted: &Admitted) -> Result<Fields, HttpError> {
        let body = std::mem::take(&mut self.body);
        // Whoever is still sending has no place among those who are answered.
        self.place = None;
        let bounds = body::Bounds {
            limit: self.app.body_limit,
            patience: self.app.request_timeout,
            least_rate: None,
            arriving: &self.app.arriving,
            memory: &self.app.memory,
            parties: admitted.cx.parties(),
        };
        let (fields, memory) = body::read(&self.parts.headers, body, bounds, false).await?;
        self.memory = Some(Arc::new(memory));
        members::check(&(self.adapter.members)(self.route), &fields, self.adapter.empty_is_absent)?;
        Ok(fields)
    }

    /// Its place among the requests that are answered, which it has until it is answered and what it
    /// began has ended.
    fn take_place(&mut self, admitted: &Admitted) -> Result<(), HttpError> {
        // Whoever has waited has had a place among those who watch, and only looks at what came of it.
        let needs_none = admitted.operation.spec.access == Access::Open || self.has_watched;
        if self.place.is_none() && !needs_none {
            let place = self.app.requests.take(admitted.cx.parties(), 1);
            self.place = Some(Arc::new(place.ok_or(HttpError::Overloaded)?));
        }
        Ok(())
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
        self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
        let organization = organization
            .map(str::parse::<OrganizationRef>)
            .transpose()
            .map_err(|error| Error::invalid(ORGANIZATION, error.to_string()).into());
        let headers = &self.parts.headers;
        // Those who wrote for another system send keys; no browser has pages of theirs here.
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
        self.check_query()?;
        Ok(Admitted { operation, cx })
    }

    /// Runs an operation that the caller was admitted to.
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
        self.hold(parties, answer.body.len())?;
        Ok(serde_json::from_slice(&answer.body).map_err(Error::internal)?)
    }

    /// Takes memory for an answer, which is kept for the reply.
    fn hold(&mut self, parties: Parties, bytes: usize) -> Result<(), HttpError> {
        self.answered += bytes;
        let Some(place) = &mut self.answers else {
            self.answers = unread::place(&self.app, parties, self.answered)?;
            return Ok(());
        };
        if place.grow_to(self.answered.div_ceil(1_024)) { Ok(()) } else { Err(HttpError::AnswersUnread) }
    }

    /// The place of its answers in memory, for its reply.
    pub(super) const fn take_answers(&mut self) -> Option<Place> {
        self.answers.take()
    }

    /// Watches something, and gives up its place among the concurrent requests for one of those who
    /// watch, which it has until the events are dropped.
    pub(super) async fn watch(
        &mut self,
        id: &'static str,
        organization: Option<&str>,
        fields: Fields,
    ) -> Result<Watched, HttpError> {
        let Admitted { operation, cx } = self.admit(id, organization)?;
        let place = self.app.watchers.take(cx.parties(), 1);
        let place = place.ok_or(HttpError::Overloaded)?;
        let input = Input::Text(fields.into_iter().map(|(name, value)| (name, as_text(value))).collect());
        self.has_watched = true;
        let given_up = (self.place.take(), self.memory.take());
        let answer = rest::perform(&self.app, operation, input, cx, given_up).await?;
        let events = answer.events.ok_or_else(|| Error::internal(format!("{id} answers no events")))?;
        Ok(Watched { events, stopping: self.app.stopping.clone(), _place: place })
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

    /// The same for a route of which the body, if there is one, is read for its members only.
    pub(super) async fn tell<T: DeserializeOwned>(
        &mut self,
        id: &'static str,
        organization: Option<&str>,
        fields: Fields,
    ) -> Result<T, HttpError> {
        let admitted = self.admit(id, organization)?;
        self.body(&admitted).await?;
        self.run(admitted, fields).await
    }

    /// Goes through all pages of a list, in order. Each is asked for and charged as it comes.
    pub(super) async fn every<T: DeserializeOwned>(
        &mut self,
        id: &'static str,
        organization: Option<&str>,
        fields: Fields,
        see: impl FnMut(T),
    ) -> Result<(), HttpError> {
        let first = self.admit(id, organization)?;
        self.every_after(first, organization, fields, see).await
    }

    /// The same for a caller who was admitted to the first page.
    pub(super) async fn every_after<T: DeserializeOwned>(
        &mut self,
        first: Admitted,
        organization: Option<&str>,
        mut fields: Fields,
        mut see: impl FnMut(T),
    ) -> Result<(), HttpError> {
        let id = first.operation.spec.id;
        let mut admitted = first;
        fields.insert("limit".into(), PAGE_MAX.into());
        loop {
            let page: Page<T> = self.run(admitted, fields.clone()).await?;
            page.items.into_iter().for_each(&mut see);
            let Some(cursor) = page.next_cursor else { return Ok(()) };
            fields.insert("cursor".into(), cursor.into());
            admitted = self.admit(id, organization)?;
        }
    }

    /// All items of a list, in order; refused if there are more than `most`.
    pub(super) async fn gather<T: DeserializeOwned>(
        &mut self,
        first: Admitted,
        organization: Option<&str>,
        fields: Fields,
        most: usize,
    ) -> Result<Vec<T>, HttpError> {
        let (mut found, mut count) = (Vec::new(), 0);
        let see = |item| {
            count += 1;
            if count <= most {
                found.push(item);
            }
        };
        self.every_after(first, organization, fields, see).await?;
        if count > most { Err(too_many()) } else { Ok(found) }
    }

    /// The parameters of the path, the query and the body as one.
    pub(super) async fn all_fields(&mut self, admitted: &Admitted) -> Result<Fields, HttpError> {
        let mut fields: Fields = self.query.iter().map(|(n, v)| (n.clone(), v.as_str().into())).collect();
        for (name, value) in self.body(admitted).await? {
            if fields.insert(name.clone(), value).is_some() {
                return Err(Error::invalid(name, "expected it once, in the query or in the body").into());
            }
        }
        for (name, value) in &self.path {
            let value = Value::from(value.as_str());
            if fields.get(name).is_some_and(|sent| *sent != value && *sent != "" && !sent.is_null()) {
                return Err(Error::invalid(name.as_str(), "expected the one that the path names").into());
            }
            fields.insert(name.clone(), value);
        }
        Ok(fields)
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.app.control.now()
    }

    /// The organization that a root key names: `?organization=` or the header `X-Organization`.
    pub(super) fn organization(&self) -> Option<String> {
        let header = || self.parts.headers.get("x-organization")?.to_str().ok();
        self.query(ORGANIZATION).or_else(header).map(str::to_owned)
    }
}

/// What a request is told that would go through more than is good.
fn too_many() -> HttpError {
    let detail = "this needs too many steps for one request: ask for less at once, or use the lists under /v1 that have a cursor";
    Error::invalid("", detail).into()
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

/// The fields of a body under the names that the operation has for them, without those that it has
/// none for: those are in the [table](members) of the route.
pub(super) fn renamed(body: Fields, known: Names) -> Fields {
    let rename = |(name, value): (String, Value)| {
        let (_, ours) = known.iter().find(|(theirs, _)| *theirs == name)?;
        Some(((*ours).to_owned(), value))
    };
    body.into_iter().filter_map(rename).collect()
}

/// An error of an operation, with its fields named as the client knows them.
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

/// The name there of a field here, or of what is within it. A name of ours that ends in a dot stands
/// for whatever is below.
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
    fn fields_are_named_as_there() {
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
