//! Named sets of scopes: closed, published lists of operations.
//!
//! A set is what a program of one kind needs, under one name. Unlike `*:read` and `sites:read`, it covers exactly the
//! operations that are listed here: a new operation is in a set only if somebody adds it to the list.

/// A named set of operations.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeSet {
    /// The name, which is also its text as a scope.
    pub name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// The operations: noun and verb.
    pub operations: &'static [(&'static str, &'static str)],
}

/// Every named set.
pub static SCOPE_SETS: [ScopeSet; 2] = [
    ScopeSet {
        name: "erp",
        summary: "Start and stop jobs on machines, as programs for enterprise resource planning (ERP) do",
        operations: &[("job_dispatches", "start"), ("job_dispatches", "stop"), ("job_dispatches", "get")],
    },
    ScopeSet {
        name: "reporting",
        summary: "Read machine data, reports, what people and programs say of machines, and the inventory",
        operations: &[
            ("agents", "export"),
            ("agents", "get"),
            ("agents", "list"),
            ("aggregated_quantities", "list"),
            ("alarm_intervals", "list"),
            ("annotations", "get"),
            ("annotations", "list"),
            ("calendars", "get"),
            ("calendars", "list"),
            ("downtime_reasons", "get"),
            ("downtime_reasons", "list"),
            ("goals", "get"),
            ("goals", "list"),
            ("job_dispatches", "get"),
            ("job_operations", "get"),
            ("job_operations", "list"),
            ("job_runs", "get"),
            ("job_runs", "list"),
            ("machines", "status"),
            ("nodes", "export"),
            ("nodes", "get"),
            ("nodes", "list"),
            ("observations", "export"),
            ("observations", "list"),
            ("operator_runs", "get"),
            ("operator_runs", "list"),
            ("operators", "get"),
            ("operators", "list"),
            ("part_corrections", "get"),
            ("part_corrections", "list"),
            ("positions", "list"),
            ("rejects", "get"),
            ("rejects", "list"),
            ("reports", "downtime"),
            ("reports", "production"),
            ("series", "list"),
            ("services", "export"),
            ("services", "get"),
            ("services", "list"),
            ("sites", "get"),
            ("sites", "list"),
            ("state_intervals", "list"),
        ],
    },
];

impl ScopeSet {
    /// The set with a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SCOPE_SETS.iter().find(|set| set.name == name)
    }

    /// The sets that contain an operation.
    pub fn with(noun: &str, verb: &str) -> impl Iterator<Item = &'static Self> {
        SCOPE_SETS.iter().filter(move |set| set.contains(noun, verb))
    }

    /// Whether the set contains an operation.
    pub fn contains(&self, noun: &str, verb: &str) -> bool {
        self.operations.contains(&(noun, verb))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sets_are_sorted_and_name_each_operation_once() {
        assert!(SCOPE_SETS.is_sorted_by_key(|set| set.name));
        for set in &SCOPE_SETS {
            assert_eq!(ScopeSet::named(set.name), Some(set));
            let once: BTreeSet<_> = set.operations.iter().collect();
            assert_eq!(once.len(), set.operations.len(), "{}", set.name);
        }
        assert_eq!(ScopeSet::named("*"), None);
        let sets: Vec<&str> = ScopeSet::with("job_dispatches", "get").map(|set| set.name).collect();
        assert_eq!(sets, ["erp", "reporting"]);
    }
}
