//! Back-off: how long to wait before the next attempt to connect. Waits grow after each failure and are
//! random, so that ten thousand agents do not return at once when their server is back.

use std::time::Duration;

use bailiwick_domain::outside::Entropy;

/// The longest wait after a server closed the connection on purpose.
const AFTER_STOP: Duration = Duration::from_secs(3);

/// The longest wait that a server may ask for, so that a server cannot keep its agents away for good.
const ASKED_MAX: Duration = Duration::from_secs(600);

/// The bounds of the waits between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait after the first failure.
    pub first: Duration,
    /// The longest wait after any failure.
    pub most: Duration,
    /// How long a connection must last before earlier failures are forgotten.
    pub stable: Duration,
    /// The longest wait before an agent that polls, because it got no WebSocket, tries one again.
    pub websocket: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            most: Duration::from_secs(60),
            stable: Duration::from_secs(60),
            websocket: Duration::from_secs(1_200),
        }
    }
}

impl Pace {
    /// How long to wait before a WebSocket is tried again: a random time between half of the longest wait and
    /// all of it, so that the agents behind one proxy do not try at the same time.
    pub fn until_websocket(&self, entropy: &dyn Entropy) -> Duration {
        self.websocket.mul_f64(0.5 + share(entropy) / 2.0)
    }
}

/// Exponential back-off with full jitter.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pace: Pace,
    failures: u32,
}

impl Backoff {
    /// A back-off without failures.
    pub const fn new(pace: Pace) -> Self {
        Self { pace, failures: 0 }
    }

    /// Notes that a connection ended after this time; a stable one resets the failures.
    pub fn ended_after(&mut self, lasted: Duration) {
        if lasted >= self.pace.stable {
            self.failures = 0;
        }
    }

    /// The next wait: a random time up to the present bound, uniformly distributed, added to the time
    /// that the server asked for (at most ten minutes). It counts as a failure.
    pub fn next(&mut self, entropy: &dyn Entropy, asked: Option<Duration>) -> Duration {
        let bound = self.pace.first.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1).min(31);
        heeded(asked).saturating_add(bound.min(self.pace.most).mul_f64(share(entropy)))
    }

    /// The wait after a server that had accepted the agent closed the connection on purpose. That is
    /// not a failure, so the waits do not grow.
    pub fn after_stop(&self, entropy: &dyn Entropy, asked: Option<Duration>) -> Duration {
        heeded(asked).saturating_add(AFTER_STOP.min(self.pace.most).mul_f64(share(entropy)))
    }
}

/// The time that a server asked for, cut to the allowed maximum.
fn heeded(asked: Option<Duration>) -> Duration {
    asked.unwrap_or_default().min(ASKED_MAX)
}

/// A random number from 0 up to 1, uniformly distributed.
fn share(entropy: &dyn Entropy) -> f64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    // A double holds 53 bits.
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bytes, Seeded};

    const PACE: Pace = Pace {
        first: Duration::from_secs(5),
        most: Duration::from_secs(60),
        stable: Duration::from_secs(60),
        websocket: Duration::from_secs(1_200),
    };

    #[test]
    fn waits_grow_to_the_cap_and_reset_after_a_stable_connection() {
        let mut backoff = Backoff::new(PACE);
        let longest = Bytes(0xff);
        let waits: Vec<u64> =
            (0..6).map(|_| backoff.next(&longest, None).as_secs_f64().round() as u64).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
        backoff.ended_after(Duration::from_secs(59));
        assert_eq!(backoff.next(&longest, None).as_secs_f64().round() as u64, 60);
        backoff.ended_after(Duration::from_secs(60));
        assert_eq!(backoff.next(&longest, None).as_secs_f64().round() as u64, 5);
        for _ in 0..100 {
            assert!(backoff.next(&longest, None) <= PACE.most);
        }
    }

    #[test]
    fn the_agent_waits_at_least_as_long_as_the_server_asks() {
        let mut backoff = Backoff::new(PACE);
        assert_eq!(backoff.next(&Bytes(0), None), Duration::ZERO);
        let asked = Duration::from_secs(90);
        assert_eq!(backoff.next(&Bytes(0), Some(asked)), asked);
        assert!(backoff.next(&Bytes(0xff), Some(asked)) > asked);
    }

    #[test]
    fn an_agent_waits_at_most_ten_minutes_when_the_server_asks() {
        let ten_minutes = Duration::from_secs(600);
        for asked in [Duration::from_secs(601), Duration::from_secs(u64::MAX), Duration::MAX] {
            assert_eq!(Backoff::new(PACE).next(&Bytes(0), Some(asked)), ten_minutes);
            assert_eq!(Backoff::new(PACE).after_stop(&Bytes(0), Some(asked)), ten_minutes);
            assert!(Backoff::new(PACE).next(&Bytes(0xff), Some(asked)) <= ten_minutes + PACE.most);
        }
    }

    #[test]
    fn a_stopping_server_does_not_count_as_a_failure() {
        let mut backoff = Backoff::new(PACE);
        let longest = Bytes(0xff);
        for _ in 0..20 {
            let wait = backoff.after_stop(&longest, None);
            assert!(wait <= Duration::from_secs(3), "{wait:?}");
        }
        assert_eq!(backoff.after_stop(&Bytes(0), Some(Duration::from_secs(2))), Duration::from_secs(2));
        // The next failure after that counts as the first.
        assert_eq!(backoff.next(&longest, None).as_secs_f64().round() as u64, 5);
    }

    #[test]
    fn a_websocket_is_tried_again_after_ten_to_twenty_minutes() {
        let pace = Pace::default();
        assert_eq!(pace.until_websocket(&Bytes(0)), Duration::from_secs(600));
        assert_eq!(pace.until_websocket(&Bytes(0xff)).as_secs_f64().round() as u64, 1_200);
        let entropy = Seeded::new(7);
        let waits: std::collections::BTreeSet<_> = (0..100).map(|_| pace.until_websocket(&entropy)).collect();
        assert_eq!(waits.len(), 100, "agents would try at the same time");
    }

    #[test]
    fn the_first_waits_of_many_agents_are_spread_out() {
        let entropy = Seeded::new(7);
        let mut tenths = [0_u32; 10];
        for _ in 0..10_000 {
            let wait = Backoff::new(PACE).next(&entropy, None);
            tenths[(wait.as_secs_f64() / PACE.first.as_secs_f64() * 10.0) as usize] += 1;
        }
        assert!(tenths.iter().all(|count| (800..1_200).contains(count)), "{tenths:?}");
    }
}
