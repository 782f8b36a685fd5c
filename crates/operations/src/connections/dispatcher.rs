//! What waits to be told to agents, and who is told of what they report.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bailiwick_domain::id::{CommandId, NodeId};
use dashmap::DashMap;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, watch};

use super::reports::Reports;
use super::{Connection, Order, Told};

/// For how many days commands that are over are kept if nobody says.
const KEEP_DAYS_DEFAULT: u32 = 90;
/// How many nodes that have just come are told at once what waited for them.
const GREETINGS: usize = 32;
/// The most acknowledgements that wait for room; those of others come again with their reports.
const ACKNOWLEDGEMENTS_MAX: usize = 100_000;

/// Those who watch commands.
type Watchers = DashMap<CommandId, watch::Sender<()>>;

/// Tells that something about a command is new. Whoever no longer watches leaves nothing behind.
pub(crate) struct Watched {
    watchers: Arc<Watchers>,
    command: CommandId,
    news: Option<watch::Receiver<()>>,
}

impl Watched {
    /// Takes what is new up to now as seen.
    pub(crate) fn seen(&mut self) {
        if let Some(news) = &mut self.news {
            news.borrow_and_update();
        }
    }

    /// Ends when something is new that was not seen.
    pub(crate) async fn changed(&mut self) {
        if let Some(news) = &mut self.news {
            // The sender is there for as long as somebody watches.
            let _ = news.changed().await;
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.news = None;
        self.watchers.remove_if(&self.command, |_, sender| sender.receiver_count() == 0);
    }
}

/// What waits to be told to agents, and who is told of what they report. What is forgotten here is in
/// the database.
pub(crate) struct Dispatcher {
    /// Commands that were given or cancelled, by this server or another.
    given: Mutex<BTreeSet<CommandId>>,
    pub(crate) is_given: Notify,
    /// Whose turn it is to be told what waited while they were away.
    pub(crate) greetings: Semaphore,
    /// Connected nodes that there was no room to tell something.
    behind: Mutex<BTreeSet<NodeId>>,
    unacknowledged: Mutex<HashMap<NodeId, BTreeSet<CommandId>>>,
    /// Those who watch commands.
    watched: Arc<Watchers>,
    /// What agents report, until it is written down.
    pub(crate) reports: Reports,
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
            watched: Arc::default(),
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
    pub(crate) fn take_given(&self) -> BTreeSet<CommandId> {
        std::mem::take(&mut *self.given.lock())
    }

    /// Notes that a node is to be told all that waits for it once more.
    pub(crate) fn note_behind(&self, node: NodeId) {
        self.behind.lock().insert(node);
    }

    /// The nodes that are to be told all that waits for them once more.
    pub(crate) fn take_behind(&self) -> BTreeSet<NodeId> {
        std::mem::take(&mut *self.behind.lock())
    }

    /// Tells whoever watches a command that something is new.
    pub(crate) fn note_results(&self, command: CommandId) {
        if let Some(watched) = self.watched.get(&command) {
            watched.send_replace(());
        }
    }

    /// Tells everybody who watches a command: nobody knows what is new.
    pub(crate) fn note_gap(&self) {
        for watched in self.watched.iter() {
            watched.send_replace(());
        }
    }

    /// Watches a command.
    pub(crate) fn watch(&self, command: CommandId) -> Watched {
        let news = self.watched.entry(command).or_insert_with(|| watch::channel(()).0).subscribe();
        Watched { watchers: Arc::clone(&self.watched), command, news: Some(news) }
    }

    /// For how many days commands that are over are kept.
    pub(crate) fn keep_days(&self) -> u32 {
        self.keep_days.load(Ordering::Relaxed)
    }

    /// From now on they are kept so long.
    pub(crate) fn set_keep_days(&self, days: u32) {
        self.keep_days.store(days, Ordering::Relaxed);
    }

    /// Tells an agent to carry out a command; later if there is no room.
    pub(crate) fn tell_order(&self, connection: &Connection, order: &Arc<Order>) {
        if !connection.tell(Told::Run(Arc::clone(order))) {
            self.note_behind(connection.node);
        }
    }

    /// Tells an agent that the ends of commands are written down; later if there is no room.
    pub(crate) fn acknowledge(&self, connection: &Connection, commands: impl IntoIterator<Item = CommandId>) {
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
    pub(crate) fn take_unacknowledged(&self) -> HashMap<NodeId, BTreeSet<CommandId>> {
        std::mem::take(&mut *self.unacknowledged.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_watches_is_told_and_leaves_nothing_behind() {
        let dispatcher = Dispatcher::default();
        let command: CommandId = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let (mut one, other) = (dispatcher.watch(command), dispatcher.watch(command));
        dispatcher.note_results(command);
        one.changed().await;
        drop(other);
        dispatcher.note_gap();
        one.changed().await;
        drop(one);
        assert!(dispatcher.watched.is_empty());
    }
}
