//! Back-off: how long to wait before a failed program is restarted.

use std::time::Duration;

use bailiwick_domain::outside::Entropy;

/// The first wait; each further one is twice as long.
pub(super) const FIRST: Duration = Duration::from_secs(1);
/// The longest wait, without the random part.
pub(super) const LONGEST: Duration = Duration::from_secs(120);
/// A program that ran for this many seconds started successfully, so the waits begin anew.
pub(super) const SETTLED_SECONDS: i64 = 60;

/// How many times a program failed in a row.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait. Up to a quarter is added at random, so that programs that failed together do not
    /// restart together.
    pub(super) fn next(&mut self, entropy: &dyn Entropy) -> Duration {
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let mut chance = [0];
        entropy.fill(&mut chance);
        wait + wait * u32::from(chance[0]) / 1_024
    }

    /// Resets the waits after the program ran well.
    pub(super) const fn settle(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same(u8);
    impl Entropy for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn restart_waits_double_up_to_two_minutes() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..9).map(|_| backoff.next(&Same(0)).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        for _ in 0..100 {
            assert!(backoff.next(&Same(255)) < LONGEST + LONGEST / 4);
        }
        backoff.settle();
        assert_eq!(backoff.next(&Same(128)), FIRST + FIRST / 8);
    }
}
