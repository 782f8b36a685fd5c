//! Advisory locks on rights, for PostgreSQL. They guarantee that a change is never committed under rights
//! that were revoked before, and that revoking waits only for transactions that have already begun.
//!
//! Advisory locks are granted in the order in which they are requested. Row locks are not: while several
//! transactions share one, more may join, and a transaction that wants to change the row may wait forever.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::locks::change::Change;
use crate::locks::lock::{EVERYBODY, Lock};

/// The most locks that one transaction takes in order to change rights. PostgreSQL's lock table has room for
/// a few thousand in all.
pub(crate) const LOCKS_MAX: usize = 256;

/// Begins a transaction. It waits ten seconds for a lock, as long as it would wait for the writer on SQLite, unless
/// the database has a limit of its own.
const BEGIN: &str =
    "BEGIN; SELECT set_config('lock_timeout', '10s', true) WHERE current_setting('lock_timeout') = '0'";

/// The locks that a transaction takes when it begins, and whether each is held exclusively.
#[derive(Clone, Debug, Default)]
pub struct Holds(BTreeMap<Lock, bool>);

impl Holds {
    /// Takes shared locks on these rights: no other transaction can change them until this one ends.
    #[must_use]
    pub fn using(mut self, rights: impl IntoIterator<Item = Change>) -> Self {
        self.0.entry(EVERYBODY).or_default();
        for lock in rights.into_iter().filter_map(|right| right.lock()) {
            self.0.entry(lock).or_default();
        }
        self
    }

    /// Takes exclusive locks on these rights: no other transaction can write under them until this one ends.
    #[must_use]
    pub fn changing(mut self, rights: impl IntoIterator<Item = Change>) -> Self {
        self.0.extend(rights.into_iter().filter_map(|right| right.lock()).map(|lock| (lock, true)));
        self
    }

    /// The locks that are shared with others.
    pub(crate) fn shared(&self) -> BTreeSet<Lock> {
        self.0.iter().filter(|(_, alone)| !**alone).map(|(lock, _)| *lock).collect()
    }

    /// The locks that are held exclusively.
    pub(crate) fn alone(&self) -> BTreeSet<Lock> {
        self.0.iter().filter(|(_, alone)| **alone).map(|(lock, _)| *lock).collect()
    }

    /// SQL that begins a transaction, bounds how long it may wait for a lock, and takes the locks. They are
    /// always taken in the same order, so that two transactions cannot deadlock.
    pub(crate) fn begin(&self) -> String {
        let mut sql = BEGIN.to_owned();
        for (n, (Lock { number, .. }, alone)) in self.0.iter().enumerate() {
            let lead = if n == 0 { "; SELECT" } else { "," };
            let shared = if *alone { "" } else { "_shared" };
            let _ = write!(sql, "{lead} pg_advisory_xact_lock{shared}({number})");
        }
        sql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_of_many_are_locked_before_rights_of_one() {
        let id = "019a2b3c-0000-7000-8000-000000000001";
        let (key, user) = (Change::Key("aaaaaaaaaaaa".parse().unwrap()), Change::User(id.parse().unwrap()));
        let (role, organization) =
            (Change::Role(id.parse().unwrap()), Change::Organization(id.parse().unwrap()));
        let ordered = [&organization, &role, &user, &key].map(|change| change.lock().unwrap());
        assert!(ordered.is_sorted(), "{ordered:?}");
        let sql = Holds::default().using([key, user, role, organization]).begin();
        let at = |lock: &Lock| sql.find(&format!("({})", lock.number)).unwrap();
        assert!(at(&EVERYBODY) < at(&ordered[0]) && ordered.iter().map(at).is_sorted(), "{sql}");
    }

    #[test]
    fn locks_are_taken_in_one_order_and_exclusive_for_changes() {
        let key = |text: &str| Change::Key(text.parse().unwrap());
        let (one, two) = (key("aaaaaaaaaaaa"), key("bbbbbbbbbbbb"));
        let there = Holds::default().using([one.clone(), two.clone()]).changing([two.clone()]);
        let back = Holds::default().changing([two.clone()]).using([two.clone(), one.clone()]);
        assert_eq!(there.begin(), back.begin());
        assert_eq!(there.alone(), two.lock().into_iter().collect());
        assert!(there.begin().contains("pg_advisory_xact_lock_shared(0)"), "{}", there.begin());
        assert!(there.begin().contains(&format!("pg_advisory_xact_lock({})", two.lock().unwrap().number)));
        assert_eq!(Holds::default().begin(), BEGIN);
    }
}
