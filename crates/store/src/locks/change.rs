//! Change notifications: what servers must reread into memory, or pass on to a connected agent.

use std::fmt;
use std::str::FromStr;

use bailiwick_domain::id::{AgentId, CommandId, NodeId, OrganizationId, RoleId, SessionId, UserId};
use bailiwick_domain::key::KeyId;

use crate::locks::holder_question::{HolderAnswer, HolderQuestion};
use crate::locks::lock::{Lock, Rank};

/// A change that all servers are notified of when its transaction commits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    // Servers apply changes in the order of these variants: keys depend on everything above them.
    /// An organization was created, changed or deleted; deletion includes all its keys.
    Organization(OrganizationId),
    /// A role was created, changed or deleted.
    Role(RoleId),
    /// A user, or the roles that the user holds, were created, changed or deleted.
    User(UserId),
    /// A session began or ended.
    Session(SessionId),
    /// A key was created, changed or deleted.
    Key(KeyId),
    /// A key was moved to another agent: an agent connected with it must reconnect.
    KeyMoved(KeyId),
    // The variants below are not held in memory; they concern the server that an agent is connected to.
    /// An agent was deleted, or moved to another node: its connection must end.
    Agent(AgentId),
    /// The programs that the agent of a node must keep running have changed.
    Node(NodeId),
    /// Whether and how the agents of an organization serve the metrics of exporters has changed.
    Front(OrganizationId),
    /// The agent of a node must get a new credential.
    Rotate(NodeId),
    /// A command was given, cancelled or withdrawn: nodes must be told.
    Command(CommandId),
    /// Results of a command changed.
    Results(CommandId),
    /// One server asks another whether a node's agent still answers on its connection there.
    HolderAsked(HolderQuestion),
    /// The answer to [`Change::HolderAsked`].
    HolderAnswered(HolderQuestion, HolderAnswer),
}

impl Change {
    /// The advisory lock of an object that grants rights; `None` for other changes. Transactions that write
    /// under those rights share the lock; a transaction that changes or revokes them holds it exclusively.
    pub(crate) fn lock(&self) -> Option<Lock> {
        let rank = match self {
            Self::Organization(_) => Rank::Organization,
            Self::Role(_) => Rank::Role,
            Self::User(_) => Rank::User,
            Self::Session(_) => Rank::Session,
            Self::Key(_) => Rank::Key,
            Self::KeyMoved(_)
            | Self::Agent(_)
            | Self::Node(_)
            | Self::Front(_)
            | Self::Rotate(_)
            | Self::Command(_)
            | Self::Results(_)
            | Self::HolderAsked(_)
            | Self::HolderAnswered(..) => return None,
        };
        Some(Lock::new(rank, &self.to_string()))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::KeyMoved(id) => write!(f, "key_moved:{id}"),
            Self::Organization(id) => write!(f, "organization:{id}"),
            Self::Role(id) => write!(f, "role:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Session(id) => write!(f, "session:{id}"),
            Self::Agent(id) => write!(f, "agent:{id}"),
            Self::Node(id) => write!(f, "node:{id}"),
            Self::Front(id) => write!(f, "front:{id}"),
            Self::Rotate(id) => write!(f, "rotate:{id}"),
            Self::Command(id) => write!(f, "command:{id}"),
            Self::Results(id) => write!(f, "results:{id}"),
            Self::HolderAsked(question) => write!(f, "holder_asked:{question}"),
            Self::HolderAnswered(question, HolderAnswer::There) => write!(f, "holder_there:{question}"),
            Self::HolderAnswered(question, HolderAnswer::Polls) => write!(f, "holder_polls:{question}"),
            Self::HolderAnswered(question, HolderAnswer::Gone) => write!(f, "holder_gone:{question}"),
        }
    }
}

impl FromStr for Change {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some(("key", id)) => id.parse().map(Self::Key).map_err(|_| ()),
            Some(("key_moved", id)) => id.parse().map(Self::KeyMoved).map_err(|_| ()),
            Some(("organization", id)) => id.parse().map(Self::Organization).map_err(|_| ()),
            Some(("role", id)) => id.parse().map(Self::Role).map_err(|_| ()),
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| ()),
            Some(("session", id)) => id.parse().map(Self::Session).map_err(|_| ()),
            Some(("agent", id)) => id.parse().map(Self::Agent).map_err(|_| ()),
            Some(("node", id)) => id.parse().map(Self::Node).map_err(|_| ()),
            Some(("front", id)) => id.parse().map(Self::Front).map_err(|_| ()),
            Some(("rotate", id)) => id.parse().map(Self::Rotate).map_err(|_| ()),
            Some(("command", id)) => id.parse().map(Self::Command).map_err(|_| ()),
            Some(("results", id)) => id.parse().map(Self::Results).map_err(|_| ()),
            Some(("holder_asked", question)) => question.parse().map(Self::HolderAsked),
            Some(("holder_there", it)) => it.parse().map(|it| Self::HolderAnswered(it, HolderAnswer::There)),
            Some(("holder_polls", it)) => it.parse().map(|it| Self::HolderAnswered(it, HolderAnswer::Polls)),
            Some(("holder_gone", it)) => it.parse().map(|it| Self::HolderAnswered(it, HolderAnswer::Gone)),
            _ => Err(()),
        }
    }
}
