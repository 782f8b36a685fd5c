//! When readings are sent on one connection: one message at a time, and not many after another.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between two messages.
const PACE: Duration = Duration::from_secs(1);
/// How long an acknowledgement may take until the same is sent again.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was sent on one connection.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// The number of the last batch that was sent and is not acknowledged.
    in_flight: Option<u64>,
    /// When it was sent.
    sent_at: Instant,
    /// When the next message may be sent.
    from: Instant,
}

impl Sending {
    /// A new connection, on which nothing was sent.
    pub const fn new(now: Instant) -> Self {
        Self { in_flight: None, sent_at: now, from: now }
    }

    /// When the next message may be sent, if there is something to send.
    pub const fn from(&self) -> Instant {
        self.from
    }

    /// Notes that a message was sent, and the number of its last batch.
    pub fn sent(&mut self, sequence: u64, now: Instant) {
        self.in_flight = Some(sequence);
        self.sent_at = now;
        self.from = now + PATIENCE;
    }

    /// Notes that the server has stored the batches up to a number.
    pub fn stored(&mut self, sequence: u64) {
        if self.in_flight.is_some_and(|last| last <= sequence) {
            self.in_flight = None;
            self.from = self.sent_at + PACE;
        }
    }

    /// Notes that nothing can be sent for some time.
    pub fn fail(&mut self, now: Instant) {
        self.from = now + PATIENCE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_is_sent_at_a_time_and_one_a_second() {
        let start = Instant::now();
        let mut sending = Sending::new(start);
        assert_eq!(sending.from(), start);
        sending.sent(7, start);
        assert_eq!(sending.from(), start + PATIENCE, "without an acknowledgement it is sent again");
        sending.stored(6);
        assert_eq!(sending.from(), start + PATIENCE, "this is not all that was sent");
        sending.stored(7);
        assert_eq!(sending.from(), start + PACE);
        // An acknowledgement may arrive twice.
        sending.stored(7);
        assert_eq!(sending.from(), start + PACE);
        sending.sent(9, start + PACE);
        sending.stored(12);
        assert_eq!(sending.from(), start + PACE * 2);
    }
}
