//! What committed changes mean for the agents that are connected.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_domain::command::Order;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::key::KeyId;
use bailiwick_domain::presence::Presence;
use bailiwick_engine::levels::{ConnectedAgents, Level};
use bailiwick_engine::listener::{Agents, Listener};
use bailiwick_store::Engine;
use bailiwick_store::change::Change;

use crate::connections::AgentMessage;
use crate::fleet::Fleet;

impl Fleet {
    /// Ends connections whose agent was deleted or moved to another node, or whose key now belongs to another agent.
    fn end_connections(&self, change: &Change) {
        match change {
            Change::Agent(id) => self.connections.end_agent(*id),
            Change::KeyMoved(id) => self.end_moved(*id),
            _ => {}
        }
    }

    /// Ends connections that use a key which now belongs to another agent.
    fn end_moved(&self, key: KeyId) {
        let agent = self.control.keyring().get(key).and_then(|entry| entry.key().agent);
        for connection in self.connections.all().into_iter().filter(|connection| connection.key == key) {
            if Some(connection.agent) != agent {
                connection.end();
            }
        }
    }
}

impl Listener for Fleet {
    fn committed(&self, changes: &BTreeSet<Change>) {
        for change in changes {
            match change {
                Change::Command(id) => self.dispatcher.note_given(*id),
                Change::HolderAsked(question) => self.answer_holder(*question),
                Change::HolderAnswered(question, answer) => self.hear_holder(*question, *answer),
                _ => {}
            }
        }
    }

    fn refreshed(&self, changes: &BTreeSet<Change>) {
        for change in changes {
            self.end_connections(change);
            match change {
                Change::Node(id) => {
                    if let Some(connection) = self.connections.get(*id) {
                        connection.desired_changed();
                    }
                }
                Change::Front(organization) => self.connections.desired_changed_in(*organization),
                Change::Rotate(id) => {
                    if let Some(connection) = self.connections.get(*id) {
                        // If its queue is full, the agent is not told now; the operation can be
                        // repeated.
                        let _ = connection.tell(AgentMessage::Rotate);
                    }
                }
                _ => {}
            }
        }
    }

    fn disbelieved(&self, change: &Change) {
        self.end_connections(change);
    }

    fn missed(&self) {
        self.note_gap();
        self.connections.desired_changed();
    }
}

impl Agents for Fleet {
    fn is_here(&self, node: NodeId) -> bool {
        self.connections.get(node).is_some()
    }

    fn is_connected(&self, node: NodeId, presence: Option<Presence>) -> bool {
        match self.control.store().engine() {
            Engine::Sqlite => self.is_here(node),
            Engine::Postgres => self.is_there(node, presence),
        }
    }

    fn give(&self, order: &Arc<Order>, nodes: &[NodeId]) {
        self.tell_order(order, nodes);
    }

    fn levels(&self) -> Vec<Level> {
        vec![self.dispatcher.reports.level(), self.dispatcher.readings.level()]
    }

    fn connected(&self) -> Vec<ConnectedAgents> {
        self.connections.counts()
    }
}
