//! Presence: whether a node is connected. It is computed from the time of the agent's last message, so
//! that nothing is lost when a server restarts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How often an agent should send a heartbeat, in seconds. The server offers it as OpAMP's
/// `heartbeat_interval_seconds`.
pub const HEARTBEAT_SECONDS: i64 = 30;
/// A node is stale after this many seconds without a message: two heartbeats were missed.
pub const STALE_SECONDS: i64 = 75;
/// A node is offline after this many seconds without a message.
pub const OFFLINE_SECONDS: i64 = 300;

/// Whether a node is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeStatus {
    /// Its agent sent a message within the last 75 seconds.
    Online,
    /// Its agent sent a message within the last five minutes, and the next one is late.
    Stale,
    /// Its agent sent no message for five minutes, or announced that it disconnects.
    Offline,
    /// It has no Bailiwick agent, or the agent never sent a message.
    Unknown,
}

impl NodeStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Online, Self::Stale, Self::Offline, Self::Unknown];

    /// The status as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }
}

/// When a node's agent sent messages, as the database holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The time of its agent's last message.
    pub last_seen_at: Timestamp,
    /// When it connected after it had been offline.
    pub online_since: Timestamp,
    /// When its agent announced that it disconnects, if that was its last message.
    pub left_at: Option<Timestamp>,
}

impl Presence {
    /// The node's status, and since when it has it.
    pub fn status(&self, now: Timestamp) -> (NodeStatus, Timestamp) {
        let stale = self.last_seen_at.plus_seconds(STALE_SECONDS);
        let offline = self.last_seen_at.plus_seconds(OFFLINE_SECONDS);
        match self.left_at {
            Some(left) => (NodeStatus::Offline, left),
            None if now < stale => (NodeStatus::Online, self.online_since),
            None if now < offline => (NodeStatus::Stale, stale),
            None => (NodeStatus::Offline, offline),
        }
    }

    /// The presence after a message at time `at`.
    #[must_use]
    pub fn seen(self, at: Timestamp) -> Self {
        let was_there = self.status(at).0 != NodeStatus::Offline;
        let last_seen_at = self.last_seen_at.max(at);
        Self { last_seen_at, online_since: if was_there { self.online_since } else { at }, left_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn a_silent_node_becomes_stale_and_then_offline() {
        let presence = Presence { last_seen_at: at(100), online_since: at(0), left_at: None };
        assert_eq!(presence.status(at(100)), (NodeStatus::Online, at(0)));
        assert_eq!(presence.status(at(174)), (NodeStatus::Online, at(0)));
        assert_eq!(presence.status(at(175)), (NodeStatus::Stale, at(175)));
        assert_eq!(presence.status(at(400)), (NodeStatus::Offline, at(400)));
        assert_eq!(presence.status(at(9_999)), (NodeStatus::Offline, at(400)));
        // Stale is not offline: `online_since` stays.
        assert_eq!(presence.seen(at(200)).online_since, at(0));
        assert_eq!(presence.seen(at(401)).online_since, at(401));
        // A message that arrives out of order does not move `last_seen_at` back.
        assert_eq!(presence.seen(at(50)).last_seen_at, at(100));
    }

    #[test]
    fn a_node_whose_agent_disconnected_is_offline_at_once() {
        let gone = Presence { last_seen_at: at(10), online_since: at(0), left_at: Some(at(10)) };
        assert_eq!(gone.status(at(11)), (NodeStatus::Offline, at(10)));
        assert_eq!(gone.seen(at(12)).status(at(12)), (NodeStatus::Online, at(12)));
    }
}
