//! The agents that are connected to this server, and what is said between them and the control plane.
//! The endpoint that speaks OpAMP turns its messages into these words and back.

mod commands;
mod connection;
mod order;
mod report;

use std::sync::Arc;

use bailiwick_domain::id::NodeId;
use dashmap::DashMap;

pub use connection::{Connection, Told};
pub use order::{Order, SecretEnv};
pub use report::{Ending, News, Piece, Report};

/// The agents that are connected to this server, by the node they run on.
#[derive(Default)]
pub struct Fleet {
    connections: DashMap<NodeId, Arc<Connection>>,
}

impl Fleet {
    /// How many are connected.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// The connection of a node's agent.
    pub fn get(&self, node: NodeId) -> Option<Arc<Connection>> {
        self.connections.get(&node).map(|entry| Arc::clone(entry.value()))
    }

    /// Takes in a connection; the one that it takes the place of, which then ends.
    pub fn insert(&self, connection: Arc<Connection>) -> Option<Arc<Connection>> {
        let before = self.connections.insert(connection.node, connection);
        if let Some(before) = &before {
            before.end();
        }
        before
    }

    /// Forgets a connection that has ended, if no other has taken its place.
    pub fn remove(&self, connection: &Arc<Connection>) {
        self.connections.remove_if(&connection.node, |_, there| Arc::ptr_eq(there, connection));
    }

    /// Every connection there is now.
    pub fn all(&self) -> Vec<Arc<Connection>> {
        self.connections.iter().map(|entry| Arc::clone(entry.value())).collect()
    }
}
