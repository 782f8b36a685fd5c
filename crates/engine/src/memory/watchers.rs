//! Who waits for something new about a command, or about the objects of an organization.

use std::hash::Hash;
use std::sync::Arc;

use bailiwick_domain::id::{CommandId, OrganizationId};
use dashmap::DashMap;
use tokio::sync::watch;

/// The channels to those who wait, by what they watch.
type Channels<K> = DashMap<K, watch::Sender<()>>;

/// Those who wait for something new.
pub(crate) struct Watchers<K>(Arc<Channels<K>>);

impl<K: Eq + Hash> Default for Watchers<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> Watchers<K> {
    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notifies the watchers of one thing.
    pub(crate) fn note(&self, watched: K) {
        if let Some(watched) = self.0.get(&watched) {
            watched.send_replace(());
        }
    }

    /// Notifies all watchers, because changes may have been missed.
    pub(crate) fn note_all(&self) {
        for watched in self.0.iter() {
            watched.send_replace(());
        }
    }

    /// Watches something.
    pub(crate) fn watch(&self, watched: K) -> Watched<K> {
        let news = self.0.entry(watched).or_insert_with(|| watch::channel(()).0).subscribe();
        Watched { channels: Arc::clone(&self.0), watched, news: Some(news) }
    }
}

/// A watch: signals that something about what is watched is new. Dropping the last watch frees its entry.
pub struct Watched<K: Eq + Hash> {
    channels: Arc<Channels<K>>,
    watched: K,
    news: Option<watch::Receiver<()>>,
}

/// A watch on a command.
pub type CommandWatch = Watched<CommandId>;
/// A watch on the objects of an organization.
pub type ObjectsWatch = Watched<OrganizationId>;

impl<K: Eq + Hash> Watched<K> {
    /// Marks everything up to now as seen.
    pub fn seen(&mut self) {
        if let Some(news) = &mut self.news {
            news.borrow_and_update();
        }
    }

    /// Waits for something new that was not seen.
    pub async fn changed(&mut self) {
        if let Some(news) = &mut self.news {
            // The sender lives as long as there is a watcher.
            let _ = news.changed().await;
        }
    }
}

impl<K: Eq + Hash> Drop for Watched<K> {
    fn drop(&mut self) {
        self.news = None;
        self.channels.remove_if(&self.watched, |_, sender| sender.receiver_count() == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_watcher_is_notified_and_removed_when_dropped() {
        let watchers = Watchers::default();
        let command: CommandId = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let (mut one, other) = (watchers.watch(command), watchers.watch(command));
        watchers.note(command);
        one.changed().await;
        drop(other);
        watchers.note_all();
        one.changed().await;
        drop(one);
        assert!(watchers.0.is_empty());
    }
}
