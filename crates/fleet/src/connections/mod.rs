//! The agents that are connected to this server, and the messages between them and the control plane.

mod connection;
mod dispatcher;
mod front;
mod heard;
mod holders;
mod readings;
mod report;
mod reports;

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
use bailiwick_domain::key::KeyId;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::levels::ConnectedAgents;
use dashmap::DashMap;
use parking_lot::Mutex;

pub use connection::{AgentMessage, Connection, StoredReadings};
pub(crate) use dispatcher::Dispatcher;
pub use front::{FrontAnswers, FrontAsks, FrontQuestion};
pub(crate) use heard::{Batch, Heard};
pub(crate) use holders::Holders;
pub(crate) use readings::WaitingReadings;
pub use readings::{HostReading, HostReadings};
pub use report::{CommandEnd, Piece, Report, ReportContent};
pub(crate) use reports::Message;

/// How long after two machines used the same key the next clone is refused, in seconds.
const CLONE_SECONDS: i64 = 60;
/// How long a waiting machine is remembered, in seconds; longer than a machine has to wait.
const WAIT_FORGOTTEN_SECONDS: i64 = 90;
/// How many keys with clones, and how many nodes that machines wait for, are remembered.
const CLONES_MAX: usize = 10_000;

/// The agents that are connected to this server: Bailiwick's own by node, other clients by agent id.
#[derive(Default)]
pub struct Connections {
    connections: DashMap<NodeId, Arc<Connection>>,
    others: DashMap<AgentId, Arc<Connection>>,
    /// When two machines last used the same key, by key.
    clones: Mutex<HashMap<KeyId, Timestamp>>,
    /// The nodes for which enrolling machines wait, and since when.
    waits: Mutex<HashMap<NodeId, Timestamp>>,
}

impl Connections {
    /// The number of connections.
    pub fn len(&self) -> usize {
        self.connections.len() + self.others.len()
    }

    /// Whether there are no connections.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many connections there are of each kind.
    pub(crate) fn counts(&self) -> Vec<ConnectedAgents> {
        let mut counts = Vec::new();
        let polling = |polls: usize, all: usize, client| {
            let held = all.saturating_sub(polls);
            [("websocket", held), ("http", polls)].map(|(transport, count)| ConnectedAgents {
                client,
                transport,
                count: count as u64,
            })
        };
        let polls = self.connections.iter().filter(|connection| connection.polls()).count();
        counts.extend(polling(polls, self.connections.len(), "bailiwick"));
        let polls = self.others.iter().filter(|connection| connection.polls()).count();
        counts.extend(polling(polls, self.others.len(), "other"));
        counts
    }

    /// Tells every agent of Bailiwick in an organization that what it must do may have changed.
    pub(crate) fn desired_changed_in(&self, organization: OrganizationId) {
        for connection in self.connections.iter().filter(|one| one.organization == organization) {
            connection.desired_changed();
        }
    }

    /// Tells every agent of Bailiwick that the set of programs it must run may have changed.
    pub(crate) fn desired_changed(&self) {
        for connection in &self.connections {
            connection.value().desired_changed();
        }
    }

    /// The connection of a node's agent.
    pub fn get(&self, node: NodeId) -> Option<Arc<Connection>> {
        self.connections.get(&node).map(|entry| Arc::clone(entry.value()))
    }

    /// The connection of an other client: an OpAMP client that is not Bailiwick's own agent.
    pub fn other(&self, agent: AgentId) -> Option<Arc<Connection>> {
        self.others.get(&agent).map(|entry| Arc::clone(entry.value()))
    }

    /// Adds a connection. Ends and returns the connection that it replaces.
    pub fn insert(&self, connection: Arc<Connection>) -> Option<Arc<Connection>> {
        let before = if connection.is_ours {
            self.connections.insert(connection.node, connection)
        } else {
            self.others.insert(connection.agent, connection)
        };
        if let Some(before) = &before {
            before.end();
        }
        before
    }

    /// Removes a connection that has ended; false if another has replaced it.
    pub fn remove(&self, connection: &Arc<Connection>) -> bool {
        let is_it = |there: &Arc<Connection>| Arc::ptr_eq(there, connection);
        if connection.is_ours {
            self.connections.remove_if(&connection.node, |_, there| is_it(there)).is_some()
        } else {
            self.others.remove_if(&connection.agent, |_, there| is_it(there)).is_some()
        }
    }

    /// All connections of Bailiwick's own agents.
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.connections.iter().map(|entry| Arc::clone(entry.value())).collect()
    }

    /// Ends the connection of an agent that was deleted or moved to another node.
    pub(crate) fn end_agent(&self, agent: AgentId) {
        if let Some(other) = self.other(agent) {
            other.end();
        }
        // Agents are rarely deleted, so that searching all connections is cheaper than another map.
        for entry in self.connections.iter().filter(|entry| entry.value().agent == agent) {
            entry.value().end();
        }
    }

    /// Since when machines wait to learn whether a node's agent is still there. Starts now if none has
    /// waited recently.
    pub(crate) fn waits_since(&self, node: NodeId, now: Timestamp) -> Timestamp {
        let mut waits = self.waits.lock();
        let before = now.plus_seconds(-WAIT_FORGOTTEN_SECONDS);
        if waits.len() >= CLONES_MAX {
            waits.retain(|_, at| *at > before);
        }
        if waits.len() >= CLONES_MAX {
            return now;
        }
        let since = waits.entry(node).or_insert(now);
        if *since <= before || *since > now {
            *since = now;
        }
        *since
    }

    /// Forgets that machines wait for a node.
    pub(crate) fn waits_no_more(&self, node: NodeId) {
        self.waits.lock().remove(&node);
    }

    /// Whether a clone of a key's agent may be split off now.
    pub(crate) fn may_clone(&self, key: KeyId, now: Timestamp) -> bool {
        let mut clones = self.clones.lock();
        let before = now.plus_seconds(-CLONE_SECONDS);
        if clones.len() >= CLONES_MAX {
            clones.retain(|_, at| *at > before);
        }
        if clones.len() >= CLONES_MAX || clones.get(&key).is_some_and(|at| *at > before) {
            return false;
        }
        clones.insert(key, now);
        true
    }
}
