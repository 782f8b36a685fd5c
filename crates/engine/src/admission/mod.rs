//! Admission: turns who asks and an operation into a [`Cx`] or a refusal. It does no I/O.
//!
//! [`Control::authorize`] is the only way in, for requests, schedules, agents and the server's own work. The
//! modules hold the checks of each.

mod agent;
mod deputy;
mod refusal;
mod request;

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::{Actor, BadKey, KeyText};
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::session::Token;

use crate::control::Control;
use crate::cx::{Caller, Cx, Origin};
use crate::error::{Error, Result};
use crate::internal::{AnyOperation, Runner};

/// The credential that a client presented.
#[derive(Debug)]
pub enum Credential {
    /// No credential.
    None,
    /// A well-formed key. Its secret is not yet verified.
    Key(KeyText),
    /// A well-formed session token. Not yet looked up.
    Session(Token),
    /// A malformed key.
    Malformed(BadKey),
}

/// The parts of a request that admission needs.
#[derive(Debug)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The client's address.
    pub address: IpAddr,
    /// The credential.
    pub credential: Credential,
    /// The organization that the request names.
    pub organization: Option<OrganizationRef>,
    /// The revisions in the `If-Match` header; `None` if any revision will do.
    pub if_match: Option<Vec<Revision>>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// Who asks to run an operation.
pub enum By<'a> {
    /// A request with a key, with a session, or without a credential.
    Request(Request),
    /// The server, for a key or a user who makes no request now: the owner of a schedule.
    Owner {
        /// The key or the user, whose rights count.
        actor: &'a Actor,
        /// The organization of the schedule.
        organization: OrganizationId,
    },
    /// The key of an agent, or of a machine that enrols, that connects.
    Agent {
        /// The key. Its secret is not yet verified.
        key: &'a KeyText,
        /// The client's address.
        address: IpAddr,
        /// The id of the request.
        request_id: RequestId,
    },
    /// An agent, or a machine that enrols, that was admitted to an internal operation, for what that
    /// operation leads to.
    Admitted(&'a Cx),
    /// The server, for itself.
    Server,
}

impl Control {
    /// Admits a caller to an operation, or refuses it. This is the only function that makes a [`Cx`], so
    /// everything that is authorized and audited passes here.
    ///
    /// Only agents, machines that enrol and the server run internal operations, and they run no others. Any
    /// other combination is a mistake in the code.
    pub fn authorize(self: &Arc<Self>, by: By<'_>, operation: impl Into<AnyOperation>) -> Result<Cx> {
        match (by, operation.into()) {
            (By::Request(request), AnyOperation::Public(listing)) => self.admit_request(listing, request),
            (By::Owner { actor, organization }, AnyOperation::Public(listing)) => {
                self.admit_owner(actor, listing, organization)
            }
            (By::Agent { key, address, request_id }, AnyOperation::Internal(internal))
                if internal.runner.has_key() =>
            {
                self.admit_agent(key, address, request_id, internal)
            }
            (By::Admitted(cx), AnyOperation::Internal(internal)) if internal.runner.has_key() => {
                self.admit_further(cx, internal)
            }
            (By::Server, AnyOperation::Internal(internal)) if internal.runner == Runner::Server => {
                let origin = Origin { request_id: None, address: None, if_match: None, user_agent: None };
                Ok(Cx::new(Arc::clone(self), internal.into(), Caller::Server, origin))
            }
            (_, operation) => Err(not_theirs(operation)),
        }
    }
}

/// The error if the code asks for an operation in the name of somebody who never runs it.
fn not_theirs(operation: AnyOperation) -> Error {
    Error::internal(format!("{} is not an operation of this caller", operation.id()))
}
