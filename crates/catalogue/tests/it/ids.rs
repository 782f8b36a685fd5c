//! The ids of operations, and what they say of paths.

use std::collections::BTreeSet;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::name::Slug;
use bailiwick_domain::reserved::refuse_in_addresses;
use bailiwick_engine::shape::operation_id::OperationId;
use serde_json::json;

/// The constants of every crate, with their names.
fn all() -> impl Iterator<Item = (&'static str, OperationId)> {
    bailiwick_operations::ids::ALL.iter().chain(bailiwick_machines::ids::ALL).copied()
}

#[test]
fn each_operation_has_one_id_and_each_id_an_operation() {
    let specified: Vec<OperationId> = catalogue().operations().iter().map(|o| o.spec.id).collect();
    let declared: BTreeSet<OperationId> = all().map(|(_, id)| id).collect();
    assert_eq!(declared.len(), all().count(), "no id is declared twice");
    assert_eq!(specified.len(), declared.len(), "no id is specified twice");
    assert_eq!(declared, specified.into_iter().collect());
}

#[test]
fn a_constant_is_named_like_its_id() {
    for (name, id) in all() {
        assert_eq!(name, id.replace('.', "_").to_uppercase());
    }
}

#[test]
fn names_that_collide_with_path_words_are_refused() {
    let paths: Vec<Vec<&str>> =
        catalogue().operations().iter().map(|o| o.spec.path.split('/').collect()).collect();
    let mut seen = BTreeSet::new();
    for path in &paths {
        for (at, part) in path.iter().enumerate() {
            let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                continue;
            };
            let beside = paths.iter().filter(|other| other.get(..at) == path.get(..at));
            let words = beside.filter_map(|other| other.get(at)).filter(|word| !word.starts_with('{'));
            for word in words {
                let is_refused = match name {
                    "node" | "service" | "script" => refuse_in_addresses(word).is_err(),
                    "organization" => serde_json::from_value::<Slug>(json!(word)).is_err(),
                    // They are named by their ids.
                    "agent" | "goal" | "reject" | "part_correction" | "operator_run" | "operator"
                    | "job_run" | "job_operation" | "annotation" | "calendar" | "command"
                    | "downtime_reason" | "key" | "maintenance_window" | "role" | "schedule" | "session"
                    | "site" | "user" => true,
                    other => panic!("{other}: say whether it is named by its name in addresses"),
                };
                assert!(is_refused, "the name {word} of a {name} is not refused");
                seen.insert(format!("{name} {word}"));
            }
        }
    }
    assert!(seen.contains("node import") && seen.contains("service export"), "{seen:?}");
}
