//! The description of an adapter: the routes of another system, and the operations that each may run.

use axum::routing::MethodFilter;
use bailiwick_domain::id::RequestId;
use bailiwick_engine::shape::operation_id::OperationId;
use futures::future::BoxFuture;

use super::call::{Call, Reply};
use super::fields::Names;
use super::members::{Member, Terms, honoured};
use crate::hints;
use crate::problem::HttpError;

/// A route of another system.
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path as that system documents it, including a slash at its end.
    pub path: &'static str,
    /// The only operations that it may run, and thereby the scopes that it needs.
    pub operations: &'static [OperationId],
    /// The HTTP status of a success.
    pub status: u16,
    /// Whether it waits for an agent, so that a longer time limit applies.
    pub(super) waits: bool,
    pub(super) run: Run,
}

impl Route {
    /// Marks a route that answers 201.
    #[must_use]
    pub(super) const fn creating(self) -> Self {
        Self { status: 201, ..self }
    }

    /// Marks a route that waits for an agent.
    #[must_use]
    pub(super) const fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }
}

/// The function that answers requests to a route.
pub(super) type Run = for<'a> fn(&'a mut Call) -> BoxFuture<'a, Result<Reply, HttpError>>;

pub(super) const fn get(path: &'static str, operations: &'static [OperationId], run: Run) -> Route {
    Route { method: Method::Get, path, operations, status: 200, waits: false, run }
}

pub(super) const fn post(path: &'static str, operations: &'static [OperationId], run: Run) -> Route {
    Route { method: Method::Post, path, operations, status: 200, waits: false, run }
}

pub(super) const fn put(path: &'static str, operations: &'static [OperationId], run: Run) -> Route {
    Route { method: Method::Put, path, operations, status: 200, waits: false, run }
}

pub(super) const fn patch(path: &'static str, operations: &'static [OperationId], run: Run) -> Route {
    Route { method: Method::Patch, path, operations, status: 200, waits: false, run }
}

pub(super) const fn delete(path: &'static str, operations: &'static [OperationId], run: Run) -> Route {
    Route { method: Method::Delete, path, operations, status: 200, waits: false, run }
}

/// The HTTP methods that other systems use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes or executes something.
    Post,
    /// Creates or changes.
    Put,
    /// Reads by what its body says, as Tactical RMM does, or changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The name of the method, as in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether its documented members are query parameters (otherwise members of the body).
    pub const fn has_query(self) -> bool {
        matches!(self, Self::Get | Self::Delete)
    }

    pub(super) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// The adapter for another system.
pub struct Adapter {
    /// The name of the system, as in the guide's file name.
    pub name: &'static str,
    /// The name of the system for people.
    pub title: &'static str,
    /// The routes that the adapter answers.
    pub routes: &'static [Route],
    /// The system's names for fields of our operations, where they differ.
    pub(super) names: Names,
    /// Returns what happens with each member that the system documents for a route: query parameters if the
    /// route reads or deletes, members of the body if it creates or changes.
    pub members: fn(&Route) -> Vec<Member>,
    /// Our own query parameters that every route takes.
    pub everywhere: &'static [&'static str],
    /// Whether an empty value of a documented member counts as absent, as in protocol buffers.
    pub empty_is_absent: bool,
    /// The paths below which an unknown path is answered in the system's format; elsewhere it is answered
    /// in ours.
    pub(super) unknown: &'static [&'static str],
    /// Makes the body of an error in the system's format.
    pub(super) error: fn(&HttpError, RequestId) -> Vec<u8>,
    /// Returns the HTTP status of an error in the system.
    pub(super) status: fn(&HttpError) -> u16,
}

impl Adapter {
    /// What a request to a route may contain.
    pub(super) fn terms(&self, route: &Route) -> Terms {
        let body = (self.members)(route);
        let mut query: Vec<Member> = self.everywhere.iter().map(|name| honoured(name)).collect();
        if route.method.has_query() {
            query.extend(body.iter().cloned());
        }
        Terms { query, body, empty_is_absent: self.empty_is_absent }
    }
}

/// An error, its invalid fields and its hints in one text, for systems whose errors have no fields.
pub(super) fn message(error: &HttpError) -> String {
    let mut message = error.to_string();
    for (n, wrong) in error.field_errors().into_iter().enumerate() {
        message.push_str(if n == 0 { ": " } else { "; " });
        if !wrong.field.is_empty() {
            message.push_str(&format!("{}: ", wrong.field));
        }
        message.push_str(&wrong.detail);
    }
    for hint in error.hints() {
        message.push_str(&format!("; {}", hints::text(hint)));
    }
    // It may quote what a client sent, which may contain a key.
    bailiwick_domain::key::redact(&message).into_owned()
}
