//! What an adapter is: routes of another system, and the operations that each may run.

use axum::routing::MethodFilter;
use bailiwick_domain::id::RequestId;
use futures::future::BoxFuture;

use super::call::{Call, Names, Reply};
use super::members::Member;
use crate::problem::HttpError;

/// A route of another system.
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path, as that system documents it, slashes at its end included.
    pub path: &'static str,
    /// The operations that it may run, and no others: the scopes that it takes.
    pub operations: &'static [&'static str],
    /// Whether it waits for an agent, for as long as it is asked to.
    pub(super) waits: bool,
    pub(super) run: Run,
}

impl Route {
    /// It waits for an agent.
    #[must_use]
    pub(super) const fn waiting(self) -> Self {
        Self { waits: true, ..self }
    }
}

/// What a route does.
pub(super) type Run = for<'a> fn(&'a mut Call) -> BoxFuture<'a, Result<Reply, HttpError>>;

pub(super) const fn get(path: &'static str, operations: &'static [&'static str], run: Run) -> Route {
    Route { method: Method::Get, path, operations, waits: false, run }
}

pub(super) const fn post(path: &'static str, operations: &'static [&'static str], run: Run) -> Route {
    Route { method: Method::Post, path, operations, waits: false, run }
}

pub(super) const fn put(path: &'static str, operations: &'static [&'static str], run: Run) -> Route {
    Route { method: Method::Put, path, operations, waits: false, run }
}

pub(super) const fn delete(path: &'static str, operations: &'static [&'static str], run: Run) -> Route {
    Route { method: Method::Delete, path, operations, waits: false, run }
}

/// The HTTP methods that other systems use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Looks.
    Get,
    /// Changes or does.
    Post,
    /// Creates or changes.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether its documented members are those of the query.
    pub const fn has_query(self) -> bool {
        matches!(self, Self::Get | Self::Delete)
    }

    pub(super) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// The face of another system.
pub struct Adapter {
    /// The system.
    pub name: &'static str,
    /// All that is answered of it.
    pub routes: &'static [Route],
    /// Its names for fields of our operations that have another name here.
    pub(super) names: Names,
    /// What is done with the members that the other system documents for a route: of the query of
    /// what looks or deletes, of the body of what creates or changes.
    pub members: fn(&Route) -> Vec<Member>,
    /// The parameters of ours that every query may have.
    pub everywhere: &'static [&'static str],
    /// Whether an empty value of a documented member is the same as none, as in protocol buffers.
    pub empty_is_absent: bool,
    /// The paths below which an unknown one is answered in its shape, as a route; others are in ours.
    pub(super) unknown: Option<&'static str>,
    /// An error in its shape.
    pub(super) error: fn(&HttpError, RequestId) -> Vec<u8>,
    /// The HTTP status of an error there.
    pub(super) status: fn(&HttpError) -> u16,
}

/// An error in one text, what is wrong with which field included: where the other system has no
/// place for it.
pub(super) fn message(error: &HttpError) -> String {
    let mut message = error.to_string();
    for (n, wrong) in error.field_errors().into_iter().enumerate() {
        message.push_str(if n == 0 { ": " } else { "; " });
        if !wrong.field.is_empty() {
            message.push_str(&format!("{}: ", wrong.field));
        }
        message.push_str(&wrong.detail);
    }
    // Whatever a client sent may stand in it, and that may be a key.
    bailiwick_domain::key::redact(&message).into_owned()
}
