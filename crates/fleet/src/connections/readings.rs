//! Readings of hosts' own metrics, and the queue of those that are not yet written.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::levels::{Level, LevelOf};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::Connection;

/// How many KiB of readings may wait. Beyond that they are left to the agents, which keep them on disk.
const ROOM_KIB: usize = 32_768;
/// How many bytes a reading is counted for, in addition to its texts.
const READING_BYTES: usize = 256;

/// The value of one of a host's own metrics at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct HostReading {
    /// The metric.
    pub metric: Metric,
    /// When it was read.
    pub at: Timestamp,
    /// The value, of the kind of the metric.
    pub value: Value,
}

/// What an agent sends of its host's own metrics in one message.
#[derive(Clone, Debug, PartialEq)]
pub struct HostReadings {
    /// The agent's buffer, which the acknowledgement names.
    pub buffer: u64,
    /// The number of the last batch in the message.
    pub sequence: u64,
    /// The readings of all batches.
    pub readings: Vec<HostReading>,
}

/// Readings that wait to be written. An agent's next message is taken when this is dropped.
pub(crate) struct WaitingReadings {
    pub(crate) connection: Arc<Connection>,
    pub(crate) readings: HostReadings,
    /// The room that they take in the queue until they are written.
    _room: OwnedSemaphorePermit,
}

impl Drop for WaitingReadings {
    fn drop(&mut self) {
        self.connection.readings_wait.store(false, Ordering::Release);
    }
}

/// The queue of readings that are not yet written.
pub(crate) struct ReadingsQueue {
    room: Arc<Semaphore>,
    send: mpsc::UnboundedSender<WaitingReadings>,
    pub(crate) waiting: Mutex<mpsc::UnboundedReceiver<WaitingReadings>>,
}

impl Default for ReadingsQueue {
    fn default() -> Self {
        let (send, waiting) = mpsc::unbounded_channel();
        Self { room: Arc::new(Semaphore::new(ROOM_KIB)), send, waiting: Mutex::new(waiting) }
    }
}

fn kib(readings: &[HostReading]) -> u32 {
    let bytes: usize = readings.iter().map(|reading| READING_BYTES + reading.metric.key.as_str().len()).sum();
    u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX).max(1)
}

impl ReadingsQueue {
    /// How much waits.
    pub(crate) fn level(&self) -> Level {
        let taken = ROOM_KIB.saturating_sub(self.room.available_permits());
        Level::new(LevelOf::QueueBytes, "host_readings", taken << 10, ROOM_KIB << 10)
    }

    /// Adds an agent's readings to the queue. False if there is no room, or an earlier message of the agent still
    /// waits: then the agent sends them again.
    pub(crate) fn take(&self, connection: &Arc<Connection>, readings: HostReadings) -> bool {
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(kib(&readings.readings)) else {
            return false;
        };
        if connection.readings_wait.swap(true, Ordering::AcqRel) {
            return false;
        }
        let connection = Arc::clone(connection);
        self.send.send(WaitingReadings { connection, readings, _room: room }).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::{AgentId, NodeId, OrganizationId};
    use bailiwick_domain::key::{KeyKind, KeyText};
    use bailiwick_domain::observations::kind::Kind;
    use bailiwick_engine::outside::SystemEntropy;
    use uuid::Uuid;

    use super::*;

    fn connection(n: u128) -> Arc<Connection> {
        let id = Uuid::from_u128(n);
        let key = KeyText::mint(KeyKind::Agent, &SystemEntropy).id();
        Connection::new(
            AgentId::from_uuid(id),
            NodeId::from_uuid(id),
            OrganizationId::from_uuid(Uuid::nil()),
            key,
        )
        .0
    }

    fn readings(count: usize) -> HostReadings {
        let reading = HostReading {
            metric: Metric::new("system.uptime".parse().unwrap(), Kind::Count),
            at: Timestamp::from_micros(0),
            value: Value::Count(1),
        };
        HostReadings { buffer: 1, sequence: 1, readings: vec![reading; count] }
    }

    #[tokio::test]
    async fn an_agent_has_one_message_in_the_queue_and_all_have_bounded_room() {
        let queue = ReadingsQueue::default();
        let (one, other, third) = (connection(1), connection(2), connection(3));
        assert!(queue.take(&one, readings(1)));
        assert!(!queue.take(&one, readings(1)), "the first message still waits");
        assert!(queue.take(&other, readings(100_000)));
        assert!(!queue.take(&third, readings(100_000)), "there is no room for it");
        let mut waiting = queue.waiting.lock().await;
        drop(waiting.recv().await);
        assert!(queue.take(&one, readings(1)));
        drop(waiting.recv().await);
        assert!(queue.take(&third, readings(100_000)));
    }
}
