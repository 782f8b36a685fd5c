//! What the sources of the product must not contain, because only the crate `engine` authorizes, audits and
//! commits what operations change.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// The files outside of the crate `engine` that begin a transaction, with what they write. None of it is an
/// operation: nobody asks for it, and the audit trail does not record it.
const WITHOUT_AN_OPERATION: [(&str, &str); 12] = [
    ("fleet/src/commands.rs", "that a command was sent to an agent"),
    ("fleet/src/heard.rs", "reports of agents, in batches"),
    ("fleet/src/holders.rs", "questions and answers of servers about the agents that they hold"),
    ("fleet/src/probes.rs", "which exporters are probed, and what they answered"),
    ("fleet/src/recorder.rs", "results of commands, in batches"),
    ("fleet/src/sweeps.rs", "which results expired or are lost; the deletion of old commands"),
    ("operations/src/audit.rs", "the deletion of entries that `audit.cut` has cut off"),
    ("operations/src/front/names.rs", "which names of nodes a certificate of a front was issued for"),
    ("operations/src/reseal.rs", "secrets, sealed again under the current pepper"),
    ("operations/src/schedules/due.rs", "that a schedule gave no command, and when it is due again"),
    ("operations/src/schedules/forward.rs", "when a schedule is due, after the clock was set back"),
    ("server/src/ground.rs", "the fingerprints of new peppers, before the server starts"),
];
/// The files of the crate `engine` that begin a transaction, with what they write.
const IN_THE_ENGINE: [(&str, &str); 3] = [
    ("engine/src/background/mod.rs", "last uses, digests, refusals; the deletion of ended sessions"),
    ("engine/src/cx/internal.rs", "what internal operations change"),
    ("engine/src/cx/write.rs", "what operations of the API change"),
];
/// The ways to begin a transaction.
const BEGINS: [&str; 4] = [".begin()", ".begin_holding(", ".begin_long(", ".begin_taking_away("];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The files of the product's crates that contain one of these texts. The crate `store` is left out, because
/// transactions and the audit trail are its own; and so are the benchmarks, which fill databases.
fn containing(texts: &[&str]) -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !["store", "bench", "swarm"].contains(&name) {
            sources(&path.join("src"), &mut files);
        }
    }
    assert!(files.len() > 200, "these are the sources");
    let contains = |file: &&PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        texts.iter().any(|wanted| text.contains(wanted))
    };
    let mut found: Vec<String> = files
        .iter()
        .filter(contains)
        .map(|file| file.strip_prefix(crates).unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn one_module_appends_to_the_audit_trail() {
    assert_eq!(containing(&["append_audit("]), ["engine/src/audit.rs"]);
    let writers = ["engine/src/background/mod.rs", "engine/src/cx/internal.rs", "engine/src/cx/write.rs"];
    assert_eq!(containing(&["audit::append("]), writers);
}

#[test]
fn only_admission_makes_a_context() {
    let makers = ["admission/agent.rs", "admission/deputy.rs", "admission/mod.rs", "admission/request.rs"];
    assert_eq!(containing(&["Cx::new("]), makers.map(|file| format!("engine/src/{file}")));
}

#[test]
fn only_the_listed_files_begin_transactions() {
    let mut listed = [IN_THE_ENGINE.as_slice(), WITHOUT_AN_OPERATION.as_slice()].concat();
    listed.sort_unstable();
    assert_eq!(containing(&BEGINS), listed.iter().map(|(file, _)| *file).collect::<Vec<_>>());
}

#[test]
fn only_the_listed_files_store_observations() {
    // Agents report their hosts on the connection to which they were admitted; a request is an operation.
    let writers = ["fleet/src/host_metrics.rs", "machines/src/observations/create.rs"];
    assert_eq!(containing(&[".append(batch"]), writers);
}

#[test]
fn only_the_lists_of_operations_make_ids() {
    // The lists of the crates are made by the macro. Other types have names that end like this one.
    let lists = ["engine/src/internal.rs", "engine/src/shape/operation_id.rs"];
    assert_eq!(containing(&[" OperationId::new(", "::OperationId::new("]), lists);
}
