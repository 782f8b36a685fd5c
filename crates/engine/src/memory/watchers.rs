//! Who waits for something new about a command.

use std::sync::Arc;

use bailiwick_domain::id::CommandId;
use dashmap::DashMap;
use tokio::sync::watch;

/// The channels to those who wait, by command.
type Channels = DashMap<CommandId, watch::Sender<()>>;

/// Those who wait for something new about a command.
#[derive(Default)]
pub(crate) struct Watchers(Arc<Channels>);

impl Watchers {
    /// Notifies the watchers of a command.
    pub(crate) fn note(&self, command: CommandId) {
        if let Some(watched) = self.0.get(&command) {
            watched.send_replace(());
        }
    }

    /// Notifies the watchers of all commands, because changes may have been missed.
    pub(crate) fn note_all(&self) {
        for watched in self.0.iter() {
            watched.send_replace(());
        }
    }

    /// Watches a command.
    pub(crate) fn watch(&self, command: CommandId) -> CommandWatch {
        let news = self.0.entry(command).or_insert_with(|| watch::channel(()).0).subscribe();
        CommandWatch { channels: Arc::clone(&self.0), command, news: Some(news) }
    }
}

/// A watch on a command: signals that something about it is new. Dropping the last watch frees its
/// entry.
pub struct CommandWatch {
    channels: Arc<Channels>,
    command: CommandId,
    news: Option<watch::Receiver<()>>,
}

impl CommandWatch {
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

impl Drop for CommandWatch {
    fn drop(&mut self) {
        self.news = None;
        self.channels.remove_if(&self.command, |_, sender| sender.receiver_count() == 0);
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
