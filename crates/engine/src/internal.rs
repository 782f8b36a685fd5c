//! Internal operations: what agents, and the server itself, do without a request to the API.
//!
//! They are admitted, and their writes are audited, like the operations of the API. But they have no route,
//! no input and no scope: no key, role or session can be given the right to run one. So they are not among
//! the [listings](crate::shape::listing::Listings) from which routes and permissions are made. They are listed
//! here, each once, because the audit trail and the last use of a key name them.

use crate::shape::listing::Listing;
use crate::shape::operation_id::OperationId;

/// An internal operation.
#[derive(Debug)]
pub struct Internal {
    /// Its id, `noun.verb`, as the audit trail names it.
    pub id: OperationId,
    /// What it does, in a few words, without a full stop.
    pub summary: &'static str,
    /// Who runs it.
    pub runner: Runner,
}

/// Who runs an internal operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// An agent, with its own key.
    Agent,
    /// A machine that enrols, with an enrolment key.
    Machine,
    /// The server.
    Server,
}

impl Runner {
    /// Who it is, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "an agent",
            Self::Machine => "a machine that enrols",
            Self::Server => "the server",
        }
    }

    /// Whether it presents a key of its own, as agents and machines do.
    pub(crate) const fn has_key(self) -> bool {
        matches!(self, Self::Agent | Self::Machine)
    }
}

const fn internal(id: &'static str, runner: Runner, summary: &'static str) -> Internal {
    Internal { id: OperationId::new(id), summary, runner }
}

/// An agent, or a machine that enrols, connects to the server.
pub static CONNECT: Internal =
    internal("agents.connect", Runner::Agent, "Connects to the server; with an enrolment key, to enrol");
/// A machine enrols.
pub static ENROL: Internal =
    internal("agents.enrol", Runner::Machine, "Gives the machine a node, an agent and a key");
/// A connected agent is offered a new key.
pub static OFFERED: Internal =
    internal("agents.offered", Runner::Server, "Offers a connected agent a new key");
/// An agent uses a new key for the first time, which ends its older keys.
pub static ROTATED: Internal = internal(
    "agents.rotated",
    Runner::Agent,
    "Uses a new key for the first time, which deletes the older ones",
);
/// A clone and the machine that it is a clone of become two nodes.
pub static CLONED: Internal =
    internal("agents.cloned", Runner::Agent, "Separates a clone from the machine that it is a clone of");
/// An agent is uninstalled.
pub static LEFT: Internal =
    internal("agents.left", Runner::Agent, "Deletes the agent, because it was uninstalled; its node stays");
/// Keys that stopped working long ago are deleted.
pub static FORGET_KEYS: Internal =
    internal("keys.forget", Runner::Server, "Deletes keys that stopped working long ago");
/// The first start of a server with an empty database.
pub static FIRST_RUN: Internal = internal(
    "server.first_run",
    Runner::Server,
    "Creates the first organization, the first administrator and the first keys",
);
/// The server makes the key with which its own machine enrols.
pub static ENROL_ITSELF: Internal =
    internal("server.enrol_itself", Runner::Server, "Makes an enrolment key for the server's own machine");

/// A server administrator is given a link, on the server's own machine.
pub static RECOVER: Internal = internal(
    "users.recover",
    Runner::Server,
    "Makes a link for a server administrator, as `bailiwick admin` asks on the server's own machine",
);

/// A backup was restored.
pub static RESTORED: Internal = internal(
    "server.restored",
    Runner::Server,
    "Notes that a backup was restored, and disables the keys in it if the administrator asks for that",
);

/// The audit trail says how many observations were sent.
pub static COUNT_OBSERVATIONS: Internal = internal(
    "observations.counted",
    Runner::Server,
    "Notes how many observations each key or user sent in an hour",
);

/// Every internal operation.
pub static ALL: [&Internal; 12] = [
    &CONNECT,
    &ENROL,
    &OFFERED,
    &ROTATED,
    &CLONED,
    &LEFT,
    &FORGET_KEYS,
    &FIRST_RUN,
    &ENROL_ITSELF,
    &RECOVER,
    &RESTORED,
    &COUNT_OBSERVATIONS,
];

/// An operation that somebody asks to run.
#[derive(Clone, Copy, Debug)]
pub enum AnyOperation {
    /// An operation of the API.
    Public(&'static Listing),
    /// An internal operation.
    Internal(&'static Internal),
}

impl AnyOperation {
    /// Its id.
    pub const fn id(self) -> OperationId {
        match self {
            Self::Public(listing) => listing.spec.id,
            Self::Internal(internal) => internal.id,
        }
    }
}

impl From<&'static Listing> for AnyOperation {
    fn from(listing: &'static Listing) -> Self {
        Self::Public(listing)
    }
}

impl From<&'static Internal> for AnyOperation {
    fn from(internal: &'static Internal) -> Self {
        Self::Internal(internal)
    }
}
