//! The system's clock and random source.

use std::sync::Arc;
use std::time::SystemTime;

use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_domain::time::Timestamp;
use parking_lot::Mutex;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    ///
    /// If the operating system gives no randomness: there is no safe way to continue.
    #[allow(clippy::disallowed_methods, reason = "this is the randomness that everything else is given")]
    #[allow(clippy::panic, reason = "a predictable secret would be worse than no server")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gave no randomness: {error}");
        }
    }
}

/// How many bytes of randomness are read at once for ids.
const POOL: usize = 4_096;

/// A random source for ids, which reads from another source in large blocks. Otherwise every id of a
/// request would cost a system call. Not for secrets, because they would lie in memory before they are
/// used.
pub(crate) struct IdEntropy {
    source: Arc<dyn Entropy>,
    pool: Mutex<Pool>,
}

struct Pool {
    bytes: Box<[u8]>,
    /// How many bytes have been used.
    used: usize,
}

impl IdEntropy {
    pub(crate) fn new(source: Arc<dyn Entropy>) -> Self {
        Self { source, pool: Mutex::new(Pool { bytes: vec![0; POOL].into(), used: POOL }) }
    }
}

impl Entropy for IdEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > POOL {
            return self.source.fill(bytes);
        }
        let mut pool = self.pool.lock();
        if pool.bytes.len() - pool.used < bytes.len() {
            self.source.fill(&mut pool.bytes);
            pool.used = 0;
        }
        let from = pool.used;
        pool.used += bytes.len();
        bytes.copy_from_slice(&pool.bytes[from..pool.used]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_random_bytes_are_used_twice() {
        let pooled = IdEntropy::new(Arc::new(SystemEntropy));
        let mut seen = HashSet::new();
        for _ in 0..2 * POOL / 10 {
            let mut bytes = [0; 10];
            pooled.fill(&mut bytes);
            assert!(bytes != [0; 10] && seen.insert(bytes));
        }
        let mut long = vec![0; POOL + 1];
        pooled.fill(&mut long);
        assert!(long.iter().any(|byte| *byte != 0));
    }
}
