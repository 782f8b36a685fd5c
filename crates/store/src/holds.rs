//! The locks of rights, on PostgreSQL: a change is never committed by rights that were taken away
//! before it, and taking rights away waits only for the changes that have begun.
//!
//! They are advisory locks, because those are granted in the order in which they are asked for. The lock of
//! a row is not: while several transactions share it, more of them may join, and whoever wants to
//! change the row may wait for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::change::Change;

/// The lock that every writer shares. Whoever changes very many rights at once holds it alone.
pub(crate) const EVERYBODY: i64 = 0;

/// The most locks that one transaction takes to change rights. The table of locks has room for a few
/// thousand in all.
pub(crate) const LOCKS_MAX: usize = 256;

/// Which locks of rights a transaction begins with.
#[derive(Clone, Debug, Default)]
pub struct Holds(BTreeMap<i64, bool>);

impl Holds {
    /// Uses these rights: nobody changes them until the transaction ends.
    #[must_use]
    pub fn using(mut self, rights: impl IntoIterator<Item = Change>) -> Self {
        self.0.entry(EVERYBODY).or_default();
        for lock in rights.into_iter().filter_map(|right| right.lock()) {
            self.0.entry(lock).or_default();
        }
        self
    }

    /// Changes these rights: nobody writes by them until the transaction ends.
    #[must_use]
    pub fn changing(mut self, rights: impl IntoIterator<Item = Change>) -> Self {
        self.0.extend(rights.into_iter().filter_map(|right| right.lock()).map(|lock| (lock, true)));
        self
    }

    /// The locks that are held alone.
    pub(crate) fn alone(&self) -> BTreeSet<i64> {
        self.0.iter().filter(|(_, alone)| **alone).map(|(lock, _)| *lock).collect()
    }

    /// SQL that begins a transaction and takes the locks, all in one order, so that two transactions
    /// never wait for each other.
    pub(crate) fn begin(&self) -> String {
        let mut sql = "BEGIN".to_owned();
        for (n, (lock, alone)) in self.0.iter().enumerate() {
            let lead = if n == 0 { "; SELECT" } else { "," };
            let shared = if *alone { "" } else { "_shared" };
            let _ = write!(sql, "{lead} pg_advisory_xact_lock{shared}({lock})");
        }
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_taken_in_one_order_and_alone_where_the_right_is_changed() {
        let key = |text: &str| Change::Key(text.parse().unwrap());
        let (one, two) = (key("aaaaaaaaaaaa"), key("bbbbbbbbbbbb"));
        let there = Holds::default().using([one.clone(), two.clone()]).changing([two.clone()]);
        let back = Holds::default().changing([two.clone()]).using([two.clone(), one.clone()]);
        assert_eq!(there.begin(), back.begin());
        assert_eq!(there.alone(), two.lock().into_iter().collect());
        assert!(there.begin().contains("pg_advisory_xact_lock_shared(0)"), "{}", there.begin());
        assert!(there.begin().contains(&format!("pg_advisory_xact_lock({})", two.lock().unwrap())));
        assert_eq!(Holds::default().begin(), "BEGIN");
    }
}
