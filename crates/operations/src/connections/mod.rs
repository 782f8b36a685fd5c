//! The agents that are connected to this server, and what is said between them and the control plane.

mod connection;
mod dispatcher;
mod heard;
mod holders;
mod order;
mod report;
mod reports;

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_domain::id::{AgentId, NodeId};
use bailiwick_domain::key::KeyId;
use bailiwick_domain::time::Timestamp;
use dashmap::DashMap;
use parking_lot::Mutex;

pub use connection::{Connection, Told};
pub(crate) use dispatcher::{Dispatcher, Watched};
pub(crate) use heard::{Batch, Heard};
pub(crate) use holders::Holders;
pub use order::{Order, SecretEnv};
pub use report::{Ending, News, Piece, Report};
pub(crate) use reports::Message;

/// How long after a key was seen with two machines it may be seen so again, in seconds.
const CLONE_SECONDS: i64 = 60;
/// How long it is remembered that a newcomer waits, in seconds: longer than it has to.
const WAIT_FORGOTTEN_SECONDS: i64 = 90;
/// How many keys are remembered that were seen with two machines.
const CLONES_MAX: usize = 10_000;

/// The agents that are connected to this server: ours by the node they run on, others' by their id.
#[derive(Default)]
pub struct Fleet {
    connections: DashMap<NodeId, Arc<Connection>>,
    others: DashMap<AgentId, Arc<Connection>>,
    /// When keys were last seen with two machines.
    clones: Mutex<HashMap<KeyId, Timestamp>>,
    /// The nodes that newcomers wait for, and since when.
    waits: Mutex<HashMap<NodeId, Timestamp>>,
}

impl Fleet {
    /// How many are connected.
    pub fn len(&self) -> usize {
        self.connections.len() + self.others.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells every agent of ours that what it is to keep running may have changed.
    pub(crate) fn desired_changed(&self) {
        for connection in &self.connections {
            connection.value().desired_changed();
        }
    }

    /// The connection of a node's agent.
    pub fn get(&self, node: NodeId) -> Option<Arc<Connection>> {
        self.connections.get(&node).map(|entry| Arc::clone(entry.value()))
    }

    /// The connection of somebody else's client.
    pub fn other(&self, agent: AgentId) -> Option<Arc<Connection>> {
        self.others.get(&agent).map(|entry| Arc::clone(entry.value()))
    }

    /// Takes in a connection; the one that it takes the place of, which then ends.
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

    /// Forgets a connection that has ended; false if another has taken its place.
    pub fn remove(&self, connection: &Arc<Connection>) -> bool {
        let is_it = |there: &Arc<Connection>| Arc::ptr_eq(there, connection);
        if connection.is_ours {
            self.connections.remove_if(&connection.node, |_, there| is_it(there)).is_some()
        } else {
            self.others.remove_if(&connection.agent, |_, there| is_it(there)).is_some()
        }
    }

    /// Every connection of ours that there is now.
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.connections.iter().map(|entry| Arc::clone(entry.value())).collect()
    }

    /// Ends the connection of an agent that is gone.
    pub(crate) fn end_agent(&self, agent: AgentId) {
        if let Some(other) = self.other(agent) {
            other.end();
        }
        // Deleted seldom, so that going over all is cheaper than another map of them.
        for entry in self.connections.iter().filter(|entry| entry.value().agent == agent) {
            entry.value().end();
        }
    }

    /// Since when newcomers wait to know whether a node's agent is there; from now on, if none did lately.
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

    /// Forgets that newcomers wait for a node.
    pub(crate) fn waits_no_more(&self, node: NodeId) {
        self.waits.lock().remove(&node);
    }

    /// Whether one more clone of a key's machine may be made a machine of its own now.
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
