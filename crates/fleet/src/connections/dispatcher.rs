//! Queues of what must be sent to agents.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bailiwick_domain::command::Order;
use bailiwick_domain::id::{CommandId, NodeId};
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};

use super::readings::ReadingsQueue;
use super::reports::Reports;
use super::{AgentMessage, Connection};

/// For how many days finished commands are kept by default.
const KEEP_DAYS_DEFAULT: u32 = 90;
/// How many nodes that have just connected are sent their waiting commands at the same time.
const GREETINGS: usize = 32;
/// The most acknowledgements that wait for room. Beyond that they are dropped, because the agents
/// repeat their reports.
const ACKNOWLEDGEMENTS_MAX: usize = 100_000;

/// Queues of what must be sent to agents. All of it can be
/// restored from the database.
pub(crate) struct Dispatcher {
    /// Commands that were given, cancelled or withdrawn, by this server or another.
    given: Mutex<BTreeSet<CommandId>>,
    pub(crate) is_given: Notify,
    /// Limits how many nodes are sent their waiting commands at the same time.
    pub(crate) greetings: Semaphore,
    /// Connected nodes for which a message found no room.
    behind: Mutex<BTreeSet<NodeId>>,
    unacknowledged: Mutex<HashMap<NodeId, BTreeSet<CommandId>>>,
    /// Reports of agents that are not yet written.
    pub(crate) reports: Reports,
    /// Readings of hosts' own metrics that are not yet written.
    pub(crate) readings: ReadingsQueue,
    keep_days: AtomicU32,
}

impl Default for Dispatcher {
    fn default() -> Self {
        Self {
            given: Mutex::default(),
            is_given: Notify::new(),
            greetings: Semaphore::new(GREETINGS),
            behind: Mutex::default(),
            unacknowledged: Mutex::default(),
            reports: Reports::default(),
            readings: ReadingsQueue::default(),
            keep_days: AtomicU32::new(KEEP_DAYS_DEFAULT),
        }
    }
}

impl Dispatcher {
    /// Notes that a command must be sent to nodes.
    pub(crate) fn note_given(&self, command: CommandId) {
        self.given.lock().insert(command);
        self.is_given.notify_one();
    }

    /// Takes the commands that must be sent to nodes.
    pub(crate) fn take_given(&self) -> BTreeSet<CommandId> {
        std::mem::take(&mut *self.given.lock())
    }

    /// Notes that a node must be sent everything that waits for it once more.
    pub(crate) fn note_behind(&self, node: NodeId) {
        self.behind.lock().insert(node);
    }

    /// Takes the nodes that must be sent everything that waits for them once more.
    pub(crate) fn take_behind(&self) -> BTreeSet<NodeId> {
        std::mem::take(&mut *self.behind.lock())
    }

    /// For how many days finished commands are kept.
    pub(crate) fn keep_days(&self) -> u32 {
        self.keep_days.load(Ordering::Relaxed)
    }

    /// Sets for how many days finished commands are kept.
    pub(crate) fn set_keep_days(&self, days: u32) {
        self.keep_days.store(days, Ordering::Relaxed);
    }

    /// Sends a command to an agent; later if there is no room.
    pub(crate) fn tell_order(&self, connection: &Connection, order: &Arc<Order>) {
        if !connection.tell(AgentMessage::Run(Arc::clone(order))) {
            self.note_behind(connection.node);
        }
    }

    /// Tells an agent that the results of commands have been stored; later if there is no room.
    pub(crate) fn acknowledge(&self, connection: &Connection, commands: impl IntoIterator<Item = CommandId>) {
        let refused: Vec<_> = commands
            .into_iter()
            .filter(|command| !connection.tell(AgentMessage::Acknowledge(*command)))
            .collect();
        if refused.is_empty() {
            return;
        }
        let mut waiting = self.unacknowledged.lock();
        if waiting.values().map(BTreeSet::len).sum::<usize>() < ACKNOWLEDGEMENTS_MAX {
            waiting.entry(connection.node).or_default().extend(refused);
        }
    }

    /// Takes the acknowledgements that found no room.
    pub(crate) fn take_unacknowledged(&self) -> HashMap<NodeId, BTreeSet<CommandId>> {
        std::mem::take(&mut *self.unacknowledged.lock())
    }
}
