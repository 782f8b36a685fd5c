//! The limits for messages of clients: their size on the wire and in memory, and how many are handled at
//! once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::key::KeyId;
use bailiwick_engine::levels::{Level, LevelOf};
use bailiwick_fleet::Guest;
use bailiwick_link::opamp::AgentToServer;
use bailiwick_link::weight::{Refused, Weighed, weigh};
use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::decoder::Decoder;
use super::message::ClientMessage;
use crate::gzip::NotUnfolded;

/// The memory for all messages that are being read, in KiB.
const ROOM_KIB: u32 = 65_536;
/// How long a message waits for memory.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest ratio by which gzip may expand. Real messages shrink ten to thirty times.
const GZIP_RATIO: usize = 100;
/// The size in bytes that a message may always expand to, however small its compressed form is.
const GZIP_FLOOR: usize = 65_536;

/// The limits for one client's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageBounds {
    /// The largest size of a message, in bytes.
    pub(crate) bytes: usize,
    /// The largest size of a decoded message in memory, in bytes.
    pub(crate) memory: usize,
    /// How many requests with one key are handled at once. A WebSocket counts until its client is
    /// identified.
    at_once: usize,
}

impl MessageBounds {
    /// The limits for a client with this credential. An agent has a key of its own, but many machines share
    /// an enrolment key, and many clients of other vendors may share one key.
    pub(crate) const fn of(guest: &Guest) -> Self {
        if guest.is_known() {
            Self { bytes: bailiwick_link::frame::TO_SERVER_MAX, memory: 8 << 20, at_once: 2 }
        } else if guest.enrols() {
            Self { bytes: 64 << 10, memory: 1 << 20, at_once: 128 }
        } else {
            Self { bytes: 256 << 10, memory: 2 << 20, at_once: 128 }
        }
    }

    /// The largest size that `folded` bytes of gzip may expand to, in bytes.
    pub(crate) fn unfolded(&self, folded: usize) -> usize {
        folded.saturating_mul(GZIP_RATIO).max(GZIP_FLOOR).min(self.bytes)
    }
}

/// The size in bytes from which a message is decoded by a separate thread, not by those that answer
/// requests.
const LARGE: usize = 16 << 10;

/// The memory for messages that are being read. Messages wait until there is enough.
#[derive(Clone)]
pub(crate) struct Room {
    memory: Arc<Semaphore>,
    /// Decodes large messages.
    decoder: Decoder,
}

impl Room {
    pub(crate) fn new() -> Self {
        let memory = Arc::new(Semaphore::new(ROOM_KIB as usize));
        Self { memory, decoder: Decoder::new() }
    }

    /// How much of the memory is taken.
    pub(crate) fn level(&self) -> Level {
        let taken = (ROOM_KIB as usize).saturating_sub(self.memory.available_permits());
        Level::new(LevelOf::Memory, "messages", taken << 10, (ROOM_KIB as usize) << 10)
    }

    /// Reserves memory for `bytes` bytes; `None` if there is still not enough after some seconds.
    pub(crate) async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes / 1_024 + 1).unwrap_or(ROOM_KIB).min(ROOM_KIB);
        let permit = Arc::clone(&self.memory).acquire_many_owned(kib);
        tokio::time::timeout(PATIENCE, permit).await.ok()?.ok()
    }

    /// Decodes a message when there is memory for it, and reduces it to what is used of it. `bytes` returns
    /// the message's bytes, which are about `size` many. It is an error if the decoded message would take
    /// more than `most` bytes.
    pub(crate) async fn decode<M, T>(
        &self,
        size: usize,
        most: usize,
        bytes: impl FnOnce() -> Result<Bytes, Undecoded> + Send + 'static,
    ) -> Result<(T, OwnedSemaphorePermit), Undecoded>
    where
        M: Weighed + prost::Message + Default + Into<T> + 'static,
        T: Send + 'static,
    {
        if size < LARGE {
            let bytes = bytes()?;
            let room = self.take(weigh::<M>(&bytes, most)?).await.ok_or(Undecoded::NoRoom)?;
            return Ok((M::decode(bytes)?.into(), room));
        }
        let _turn = self.decoder.turn().await.ok_or(Undecoded::NoRoom)?;
        let weighed = self.decoder.run(move || {
            let bytes = bytes()?;
            let weight = weigh::<M>(&bytes, most)?;
            Ok::<_, Undecoded>((bytes, weight))
        });
        let (bytes, weight) = weighed.await.ok_or(Undecoded::NoRoom)??;
        let room = self.take(weight).await.ok_or(Undecoded::NoRoom)?;
        let decoded = self.decoder.run(move || M::decode(bytes).map(Into::into)).await;
        Ok((decoded.ok_or(Undecoded::NoRoom)??, room))
    }
}

/// The limits and the memory for the messages of one client.
pub(crate) struct Reading {
    pub(crate) bounds: MessageBounds,
    pub(crate) room: Room,
}

impl Reading {
    /// Decodes a message of the client.
    pub(crate) async fn decode(
        &self,
        bytes: Bytes,
    ) -> Result<(ClientMessage, OwnedSemaphorePermit), Undecoded> {
        self.room.decode::<AgentToServer, _>(bytes.len(), self.bounds.memory, || Ok(bytes)).await
    }
}

/// Why a message was not decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecoded {
    /// The message is too large in memory, or nested too deeply.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The bytes are not valid gzip, or too much work to decompress.
    #[error(transparent)]
    Folded(#[from] NotUnfolded),
    /// The message is too large when decompressed.
    #[error("expected at most {limit} bytes when decompressed")]
    TooLarge {
        /// The largest size, in bytes.
        limit: usize,
    },
    /// The bytes are not a message of this type.
    #[error("expected an OpAMP message: {0}")]
    Message(#[from] prost::DecodeError),
    /// The messages of other clients take all the memory.
    #[error("the server is busy; try again shortly")]
    NoRoom,
}

/// How many messages with one key are received and decoded at once. The others wait, so that they do not
/// compete with the requests of other callers.
const READ_AT_ONCE: usize = 8;

/// How many bytes of messages with one key are read each second in the long run. A message may be costly to decode
/// for its size, and the messages of one key must leave time for the requests of other callers.
const READ_EACH_SECOND: u64 = 2 << 20;
/// The largest message in bytes after which the next one may be read at once.
const SMALL: u64 = 4 << 10;

/// The requests with one key.
struct OfKey {
    handled: usize,
    reading: Arc<Turns>,
}

/// How many requests are being handled, by key.
#[derive(Clone, Default)]
pub(crate) struct Places(Arc<DashMap<KeyId, OfKey>>);

/// The turns in which the messages of one key are read.
struct Turns {
    free: Arc<Semaphore>,
    /// From when on the free turns may be taken.
    from: Mutex<BinaryHeap<Reverse<Instant>>>,
}

impl Turns {
    fn new() -> Self {
        let now = Instant::now();
        let from = std::iter::repeat_n(Reverse(now), READ_AT_ONCE).collect();
        Self { free: Arc::new(Semaphore::new(READ_AT_ONCE)), from: Mutex::new(from) }
    }

    async fn take(self: Arc<Self>) -> Option<Turn> {
        let permit = Arc::clone(&self.free).acquire_owned().await.ok()?;
        let Reverse(from) = self.from.lock().pop()?;
        // Made first, so that the turn is given back if the client gives up meanwhile.
        let turn = Turn { turns: self, from, permit: Some(permit) };
        tokio::time::sleep_until(from).await;
        Some(turn)
    }
}

/// The turn of a message to be read. It is free again when this is dropped.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    /// From when on the next message may have it.
    from: Instant,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// Ends the turn after a message of so many bytes was read. The next message has to wait the longer the larger
    /// this one was, so that all turns of the key together read a bounded number of bytes a second.
    pub(crate) fn end(mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if bytes > SMALL {
            let turns = u64::try_from(READ_AT_ONCE).unwrap_or(1);
            let rest = bytes.saturating_mul(turns * 1_000_000) / READ_EACH_SECOND;
            self.from = Instant::now() + Duration::from_micros(rest);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.from.lock().push(Reverse(self.from));
        // Only now, so that there is a time for each permit.
        self.permit = None;
    }
}

/// The place of one request with a key. It is free again when this is dropped.
pub(crate) struct KeyPlace {
    places: Places,
    key: KeyId,
    reading: Arc<Turns>,
}

impl KeyPlace {
    /// Waits until the message of this request may be read; `None` if that takes too long.
    pub(crate) async fn turn_to_read(&self) -> Option<Turn> {
        tokio::time::timeout(PATIENCE, Arc::clone(&self.reading).take()).await.ok()?
    }
}

impl Places {
    /// Takes a place for one more request with a key; `None` if the key has as many as it may.
    pub(crate) fn take(&self, key: KeyId, bounds: &MessageBounds) -> Option<KeyPlace> {
        let mut taken =
            self.0.entry(key).or_insert_with(|| OfKey { handled: 0, reading: Arc::new(Turns::new()) });
        if taken.handled >= bounds.at_once {
            return None;
        }
        taken.handled += 1;
        Some(KeyPlace { places: self.clone(), key, reading: Arc::clone(&taken.reading) })
    }
}

impl Drop for KeyPlace {
    fn drop(&mut self) {
        if let Entry::Occupied(mut taken) = self.places.0.entry(self.key) {
            taken.get_mut().handled -= 1;
            if taken.get().handled == 0 {
                taken.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::key::{KeyKind, KeyText};
    use bailiwick_engine::outside::SystemEntropy;

    use super::*;

    const BOUNDS: MessageBounds = MessageBounds { bytes: 1 << 20, memory: 8 << 20, at_once: 2 };

    #[test]
    fn one_key_has_a_bounded_number_of_polls() {
        let key = || KeyText::mint(KeyKind::Agent, &SystemEntropy).id();
        let (one, other) = (key(), key());
        let places = Places::default();
        let first = places.take(one, &BOUNDS).unwrap();
        let second = places.take(one, &BOUNDS).unwrap();
        assert!(places.take(one, &BOUNDS).is_none());
        assert!(places.take(other, &BOUNDS).is_some());
        drop(first);
        assert!(places.take(one, &BOUNDS).is_some());
        drop(second);
        assert!(places.0.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn only_some_messages_of_one_key_are_read_at_once() {
        let bounds = MessageBounds { at_once: 128, ..BOUNDS };
        let key = || KeyText::mint(KeyKind::Org, &SystemEntropy).id();
        let (places, one) = (Places::default(), key());
        let taken: Vec<KeyPlace> = (0..=READ_AT_ONCE).map(|_| places.take(one, &bounds).unwrap()).collect();
        let mut turns = Vec::new();
        for place in &taken[1..] {
            turns.push(place.turn_to_read().await.unwrap());
        }
        assert!(taken[0].turn_to_read().await.is_none());
        let other = places.take(key(), &bounds).unwrap();
        assert!(other.turn_to_read().await.is_some());
        turns.pop();
        assert!(taken[0].turn_to_read().await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn large_messages_of_one_key_are_read_at_a_bounded_rate() {
        let bounds = MessageBounds { at_once: 128, ..BOUNDS };
        let (places, key) = (Places::default(), KeyText::mint(KeyKind::Org, &SystemEntropy).id());
        let place = places.take(key, &bounds).unwrap();
        let read = async |messages: usize, bytes: usize| {
            let began = tokio::time::Instant::now();
            for _ in 0..messages {
                place.turn_to_read().await.unwrap().end(bytes);
            }
            began.elapsed()
        };
        assert_eq!(read(1_000, SMALL as usize).await, Duration::ZERO);
        // 64 messages of 256 KiB are 16 MiB. The last eight are read before their time is over.
        let took = read(64, 256 << 10).await.as_secs_f64();
        assert!((6.9..7.1).contains(&took), "{took}");
    }

    #[test]
    fn gzip_expands_at_most_a_hundredfold() {
        assert_eq!(BOUNDS.unfolded(1_091), 109_100);
        assert_eq!(BOUNDS.unfolded(10), GZIP_FLOOR);
        assert_eq!(BOUNDS.unfolded(1 << 20), BOUNDS.bytes);
    }

    #[tokio::test]
    async fn messages_wait_for_free_memory() {
        let room = Room::new();
        let all = room.take(usize::MAX).await.unwrap();
        let waiting = room.decode::<AgentToServer, AgentToServer>(0, 1, || Ok(Bytes::new()));
        let mut waiting = std::pin::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(all);
        assert!(waiting.await.is_ok());
    }
}
