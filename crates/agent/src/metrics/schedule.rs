//! When the host is read: once in each interval, at the agent's own time within it.

use std::time::Duration;

use bailiwick_domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A clock that is set back by at most this much is waited for. Set back further, it counts anew.
const WAITED_FOR_MICROS: i64 = 600_000_000;

/// The times at which the host is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    every: i64,
    after: i64,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Read the host; this is the time of the readings.
    Now(Timestamp),
    /// Wait.
    In(Duration),
}

impl Schedule {
    /// The schedule of an agent. The whole second within the interval follows from its instance UID, so that not all
    /// agents report at once.
    pub fn new(instance_uid: Uuid, every: Duration) -> Self {
        let seconds = every.as_secs().max(1);
        let digest = Sha256::digest(instance_uid.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let micros = |seconds: u64| i64::try_from(seconds).unwrap_or(60).saturating_mul(1_000_000);
        Self { every: micros(seconds), after: micros(number % seconds) }
    }

    /// The last time at which the host was to be read.
    pub fn last(&self, now: Timestamp) -> Timestamp {
        let since = (now.as_micros() - self.after).rem_euclid(self.every);
        Timestamp::from_micros(now.as_micros() - since)
    }

    /// What is to be done, if the host was read at `before` last. Times that were missed are left out.
    pub fn due(&self, before: Timestamp, now: Timestamp) -> Due {
        let last = self.last(now);
        let back = before.as_micros() - last.as_micros();
        if !(0..=WAITED_FOR_MICROS).contains(&back) {
            return Due::Now(last);
        }
        // The clock may be set meanwhile, so never wait for longer than an interval.
        let wait = (before.as_micros() + self.every - now.as_micros()).clamp(1, self.every);
        Due::In(Duration::from_micros(wait.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_040_000_000 + micros)
    }

    #[test]
    fn agents_report_at_their_own_second_of_the_minute() {
        let mut seconds = [0_u32; 60];
        for n in 0..6_000 {
            let schedule = Schedule::new(Uuid::from_u128(n), MINUTE);
            assert_eq!(schedule, Schedule::new(Uuid::from_u128(n), MINUTE));
            let last = schedule.last(at(0));
            let ago = at(0).as_micros() - last.as_micros();
            assert!((0..60_000_000).contains(&ago) && ago % 1_000_000 == 0, "{ago}");
            seconds[usize::try_from(ago / 1_000_000).unwrap()] += 1;
        }
        assert!(seconds.iter().all(|count| (50..160).contains(count)), "{seconds:?}");
    }

    #[test]
    fn each_time_is_read_once_and_missed_ones_are_left_out() {
        let schedule = Schedule { every: 60_000_000, after: 17_000_000 };
        let first = schedule.last(at(17_000_000));
        assert_eq!(schedule.last(at(17_000_000 - 1)).as_micros(), first.as_micros() - 60_000_000);
        assert_eq!(schedule.last(at(77_000_000 - 1)), first);
        // Nothing is due until the next time, however often it is asked.
        for (now, wait) in [(17_000_000, 60_000_000), (17_000_001, 59_999_999), (76_999_999, 1)] {
            assert_eq!(schedule.due(first, at(now)), Due::In(Duration::from_micros(wait)));
        }
        let next = first.plus_seconds(60);
        assert_eq!(schedule.due(first, at(77_000_000)), Due::Now(next));
        assert_eq!(schedule.due(first, at(77_300_000)), Due::Now(next));
        // The machine slept.
        assert_eq!(schedule.due(first, at(1_000_000_000)), Due::Now(first.plus_seconds(960)));
    }

    #[test]
    fn a_clock_that_is_set_back_a_little_reads_no_time_twice() {
        let schedule = Schedule { every: 60_000_000, after: 0 };
        let before = schedule.last(at(0));
        assert_eq!(schedule.due(before, at(-1_000)), Due::In(Duration::from_secs(60)));
        assert_eq!(schedule.due(before, at(-590_000_000)), Due::In(Duration::from_secs(60)));
        // It was wrong, and is right now.
        let hours_back = at(-7_200_000_000);
        assert_eq!(schedule.due(before, hours_back), Due::Now(schedule.last(hours_back)));
    }
}
