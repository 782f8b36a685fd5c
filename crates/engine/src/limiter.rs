//! Rate limits of keys: one limiter per key, by the generic cell rate algorithm (GCRA).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::outside::Clock;
use bailiwick_domain::rate::RateLimit;
use governor::clock::Clock as GovernorClock;
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use parking_lot::Mutex;

/// How far the clock must go back before it counts as set back, in microseconds. Threads may see times
/// slightly out of order.
const BACK_MICROS: u64 = 1_000_000;

/// The server's clock in the form that governor needs: it never goes back. If the server's clock is set
/// back, this one goes on from where it was. Otherwise a limit that was used while the clock was ahead
/// would stay exhausted until that time came.
#[derive(Clone)]
pub(crate) struct LimiterClock {
    clock: Arc<dyn Clock>,
    /// The latest time of the server's clock since it was last set back, and by how much it was set
    /// back in total; both in microseconds.
    seen: Arc<Mutex<(u64, u64)>>,
}

impl LimiterClock {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seen: Arc::default() }
    }
}

impl GovernorClock for LimiterClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let now = self.clock.now().as_micros().unsigned_abs();
        let mut seen = self.seen.lock();
        let (latest, back) = &mut *seen;
        if now.saturating_add(BACK_MICROS) < *latest {
            *back = back.saturating_add(*latest - now);
            *latest = now;
        }
        *latest = now.max(*latest);
        Duration::from_micros(now.saturating_add(*back))
    }
}

/// The state of a rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateState {
    /// The limit.
    pub limit: RateLimit,
    /// How many units can be used at once now.
    pub remaining: u32,
    /// How long to wait until a refused request is allowed; zero if it was allowed.
    pub wait: Duration,
}

impl RateState {
    /// Whole seconds to wait, at least one.
    pub fn retry_after_seconds(&self) -> u64 {
        self.wait.as_secs() + 1
    }

    /// Whole seconds until the bucket is full again.
    pub fn full_in_seconds(&self) -> u64 {
        let missing = u64::from(self.limit.bucket().get().saturating_sub(self.remaining));
        (missing * 60).div_ceil(u64::from(self.limit.per_minute.get()))
    }
}

/// A key's rate limit, and how much of it is used.
pub(crate) struct Limiter {
    limit: RateLimit,
    cell: RateLimiter<NotKeyed, InMemoryState, LimiterClock, StateInformationMiddleware>,
    clock: LimiterClock,
}

impl Limiter {
    /// A limiter with a full bucket.
    pub(crate) fn new(limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        let quota = Quota::per_minute(limit.per_minute).allow_burst(limit.bucket());
        let clock = LimiterClock::new(clock);
        let cell = RateLimiter::direct_with_clock(quota, clock.clone())
            .with_middleware::<StateInformationMiddleware>();
        Self { limit, cell, clock }
    }

    /// A limiter with another limit that takes over what is used of this one, so that changing a limit
    /// does not fill its bucket.
    pub(crate) fn changed_to(&self, limit: RateLimit, clock: Arc<dyn Clock>) -> Self {
        let changed = Self::new(limit, clock);
        let remaining = self.take(1).map_or(0, |state| state.remaining + 1);
        let used = self.limit.bucket().get().saturating_sub(remaining);
        if used > 0 {
            // More than the new bucket holds empties it.
            let _ = changed.take(used);
        }
        changed
    }

    /// The limit.
    pub(crate) const fn limit(&self) -> RateLimit {
        self.limit
    }

    /// Takes `cost` units, or says how long to wait. A cost above the size of the bucket takes the
    /// whole bucket.
    pub(crate) fn take(&self, cost: u32) -> Result<RateState, RateState> {
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.limit.bucket());
        match self.cell.check_n(cost) {
            Ok(Ok(state)) => Ok(RateState {
                limit: self.limit,
                remaining: state.remaining_burst_capacity(),
                wait: Duration::ZERO,
            }),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.clock.now());
                Err(RateState { limit: self.limit, remaining: 0, wait })
            }
            Err(_) => Err(RateState { limit: self.limit, remaining: 0, wait: Duration::from_secs(60) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_domain::time::Timestamp;

    struct Hand(Mutex<i64>);
    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(*self.0.lock())
        }
    }

    #[test]
    fn a_clock_that_was_ahead_uses_up_no_rate_limit() {
        let clock = Arc::new(Hand(Mutex::new(1_700_000_000_000_000)));
        let limit = RateLimit { per_minute: NonZeroU32::new(60).unwrap(), burst: NonZeroU32::new(3) };
        let limiter = Limiter::new(limit, clock.clone());
        for back in [86_400_000_000, 7_200_000_000] {
            *clock.0.lock() += back;
            assert_eq!(limiter.take(3).map(|s| s.remaining), Ok(0));
            *clock.0.lock() -= back;
            let refused = limiter.take(1).unwrap_err();
            assert_eq!(
                refused.retry_after_seconds(),
                2,
                "the wait must be the same as if the clock had never been ahead"
            );
            *clock.0.lock() += 3_000_000;
            assert!(limiter.take(3).is_ok() && limiter.take(1).is_err());
            *clock.0.lock() += 3_000_000;
        }
    }

    #[test]
    fn a_changed_limit_keeps_what_is_used() {
        let clock = Arc::new(Hand(Mutex::new(1_700_000_000_000_000)));
        let limit = |per_minute, burst| RateLimit {
            per_minute: NonZeroU32::new(per_minute).unwrap(),
            burst: NonZeroU32::new(burst),
        };
        let limiter = Limiter::new(limit(60, 10), clock.clone());
        assert_eq!(limiter.take(7).map(|state| state.remaining), Ok(3));
        let narrower = limiter.changed_to(limit(59, 9), clock.clone());
        assert_eq!(narrower.take(1).map(|state| state.remaining), Ok(1));
        assert!(narrower.take(2).is_err());
        assert!(narrower.changed_to(limit(30, 3), clock.clone()).take(3).is_err());
        let unused = Limiter::new(limit(60, 10), clock.clone());
        assert_eq!(unused.changed_to(limit(30, 5), clock).take(5).map(|state| state.remaining), Ok(0));
    }

    #[test]
    fn a_rate_limit_bucket_empties_and_refills() {
        let clock = Arc::new(Hand(Mutex::new(1_700_000_000_000_000)));
        let limit = RateLimit { per_minute: NonZeroU32::new(60).unwrap(), burst: NonZeroU32::new(3) };
        let limiter = Limiter::new(limit, clock.clone());
        assert_eq!(limiter.take(1).map(|s| s.remaining), Ok(2));
        assert_eq!(limiter.take(2).map(|s| s.remaining), Ok(0));
        let refused = limiter.take(1).unwrap_err();
        assert_eq!((refused.remaining, refused.retry_after_seconds()), (0, 2));
        assert_eq!(refused.full_in_seconds(), 3);
        *clock.0.lock() += 1_000_000;
        assert!(limiter.take(1).is_ok());
        assert!(limiter.take(1).is_err());
        *clock.0.lock() += 60_000_000;
        assert_eq!(
            limiter.take(1_000).map(|s| s.remaining),
            Ok(0),
            "a cost above the size of the bucket takes all of it"
        );
    }
}
