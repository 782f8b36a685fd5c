//! What waits to be told to agents, and who is told of what they report.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bailiwick_domain::id::{CommandId, NodeId};
use dashmap::DashMap;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::recorder::Reports;
use super::{Connection, Order, Told};

/// For how many days commands that are over are kept if nobody says.
const KEEP_DAYS_DEFAULT: u32 = 90;
/// The most acknowledgements that wait for room; those of others come again with their reports.
const ACKNOWLEDGEMENTS_MAX: usize = 100_000;

/// What waits to be told to agents, and who is told of what they report. What is forgotten here is in
/// the database.
pub(crate) struct Dispatcher {
    /// Commands that were given or cancelled, by this server or another.
    given: Mutex<BTreeSet<CommandId>>,
    pub(super) is_given: Notify,
    /// Connected nodes that there was no room to tell something.
    behind: Mutex<BTreeSet<NodeId>>,
    unacknowledged: Mutex<HashMap<NodeId, BTreeSet<CommandId>>>,
    /// Those who watch commands.
    watched: DashMap<CommandId, watch::Sender<()>>,
    /// What agents report, until it is written down.
    pub(super) reports: Reports,
    keep_days: AtomicU32,
}

impl Default for Dispatcher {
    fn default() -> Self {
        Self {
            given: Mutex::default(),
            is_given: Notify::new(),
            behind: Mutex::default(),
            unacknowledged: Mutex::default(),
            watched: DashMap::new(),
            reports: Reports::default(),
            keep_days: AtomicU32::new(KEEP_DAYS_DEFAULT),
        }
    }
}

impl Dispatcher {
    /// Notes that nodes are to be told of a command.
    pub(crate) fn note_given(&self, command: CommandId) {
        self.given.lock().insert(command);
        self.is_given.notify_one();
    }

    /// The commands that nodes are to be told of.
    pub(super) fn take_given(&self) -> BTreeSet<CommandId> {
        std::mem::take(&mut *self.given.lock())
    }

    /// Notes that a node is to be told all that waits for it once more.
    pub(crate) fn note_behind(&self, node: NodeId) {
        self.behind.lock().insert(node);
    }

    /// The nodes that are to be told all that waits for them once more.
    pub(super) fn take_behind(&self) -> BTreeSet<NodeId> {
        std::mem::take(&mut *self.behind.lock())
    }

    /// Tells whoever watches a command that something is new.
    pub(crate) fn note_results(&self, command: CommandId) {
        if let Some(watched) = self.watched.get(&command) {
            watched.send_replace(());
        }
        self.watched.remove_if(&command, |_, watched| watched.receiver_count() == 0);
    }

    /// Tells everybody who watches a command: nobody knows what is new.
    pub(crate) fn note_gap(&self) {
        for watched in &self.watched {
            watched.send_replace(());
        }
        self.watched.retain(|_, watched| watched.receiver_count() > 0);
    }

    /// Watches a command.
    pub(crate) fn watch(&self, command: CommandId) -> watch::Receiver<()> {
        self.watched.entry(command).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// For how many days commands that are over are kept.
    pub(super) fn keep_days(&self) -> u32 {
        self.keep_days.load(Ordering::Relaxed)
    }

    /// From now on they are kept so long.
    pub(super) fn set_keep_days(&self, days: u32) {
        self.keep_days.store(days, Ordering::Relaxed);
    }

    /// Tells an agent to carry out a command; later if there is no room.
    pub(super) fn tell_order(&self, connection: &Connection, order: &Arc<Order>) {
        if !connection.tell(Told::Run(Arc::clone(order))) {
            self.note_behind(connection.node);
        }
    }

    /// Tells an agent that the ends of commands are written down; later if there is no room.
    pub(super) fn acknowledge(&self, connection: &Connection, commands: impl IntoIterator<Item = CommandId>) {
        let refused: Vec<_> =
            commands.into_iter().filter(|command| !connection.tell(Told::Acknowledge(*command))).collect();
        if refused.is_empty() {
            return;
        }
        let mut waiting = self.unacknowledged.lock();
        if waiting.values().map(BTreeSet::len).sum::<usize>() < ACKNOWLEDGEMENTS_MAX {
            waiting.entry(connection.node).or_default().extend(refused);
        }
    }

    /// What is still to be acknowledged to agents.
    pub(super) fn take_unacknowledged(&self) -> HashMap<NodeId, BTreeSet<CommandId>> {
        std::mem::take(&mut *self.unacknowledged.lock())
    }
}
