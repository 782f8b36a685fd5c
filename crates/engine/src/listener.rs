//! What the rest of the control plane needs of the part that speaks with agents. The crate `fleet` implements it,
//! and registers itself at start.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_domain::command::Order;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::presence::Presence;
use bailiwick_store::change::Change;

use crate::levels::{ConnectedAgents, Level};

/// Is told of committed changes: those of this server, and those that other servers announce.
pub trait Listener: Send + Sync {
    /// Rows were changed. The memory may not have them yet.
    fn committed(&self, changes: &BTreeSet<Change>);

    /// The memory has the changed rows.
    fn refreshed(&self, changes: &BTreeSet<Change>);

    /// A row was changed and could not be read, so nothing that was known of it may be relied on.
    fn disbelieved(&self, change: &Change);

    /// Changes of other servers may have been missed.
    fn missed(&self);
}

/// The agents that are connected, as operations see them.
pub trait Agents: Listener {
    /// Whether a node's agent is connected to this server.
    fn is_here(&self, node: NodeId) -> bool;

    /// Whether a node's agent is connected to this server, or was recently seen by another. `presence` is
    /// what the database says of it.
    fn is_connected(&self, node: NodeId, presence: Option<Presence>) -> bool;

    /// Sends a command to the agents of nodes that are connected to this server. Their results are already
    /// marked as sent.
    fn give(&self, order: &Arc<Order>, nodes: &[NodeId]);

    /// How full the queues between agents and the database are.
    fn levels(&self) -> Vec<Level>;

    /// The clients that are connected to this server.
    fn connected(&self) -> Vec<ConnectedAgents>;
}
