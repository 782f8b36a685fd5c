//! A budget: how often something may happen in the long run, and how often at once.

use bailiwick_domain::time::Timestamp;

/// A token bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// How many at once.
    most: f64,
    /// How many a second in the long run.
    per_second: f64,
    left: f64,
    at: Timestamp,
}

impl Budget {
    /// A full one.
    pub(super) const fn new(most: f64, per_second: f64, now: Timestamp) -> Self {
        Self { most, per_second, left: most, at: now }
    }

    fn refill(&mut self, now: Timestamp) {
        // A clock that was set back gives nothing.
        let micros = (now.as_micros() - self.at.as_micros()).max(0);
        self.left = (micros as f64 / 1e6).mul_add(self.per_second, self.left).min(self.most);
        self.at = now;
    }

    /// Takes one; false if none is left.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        let is_left = self.left >= 1.0;
        if is_left {
            self.left -= 1.0;
        }
        is_left
    }

    /// Whether nothing was taken recently.
    pub(super) fn is_full(&mut self, now: Timestamp) -> bool {
        self.refill(now);
        self.left >= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_refilled_with_time() {
        let start = Timestamp::from_micros(1_800_000_000_000_000);
        let mut budget = Budget::new(2.0, 0.5, start);
        assert!(budget.is_full(start) && budget.take(start) && budget.take(start) && !budget.take(start));
        let later = start.plus_seconds(2);
        assert!(budget.take(later) && !budget.take(later) && !budget.take(start));
        assert!(budget.is_full(start.plus_seconds(60)));
    }
}
