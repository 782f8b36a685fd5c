//! `contracts/sql/`: the statements that each list runs, for each filter and order, and how the databases find
//! the rows. `cargo xtask generate` writes the files; here they are compared with what the code makes.
//!
//! Lists are read on a database with known contents, by a [`Recorder`] that keeps the statements. So the files
//! have what a server would send, with the choices that depend on how many objects match.

mod explain;
mod file;
mod fixture;
mod lists;
mod recorder;

#[path = "../../tests/it/database.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_macros,
    reason = "shared with the tests in tests/it, which use more of it"
)]
mod databases;
#[path = "../../tests/it/samples.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests in tests/it, which use more of it")]
mod samples;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use crate::database::store::Engine;
use file::{File, Plans};

/// Set by `cargo xtask generate`: the files are written instead of compared.
const GENERATE: &str = "BAILIWICK_GENERATE";

/// What to do about a difference.
const ADVICE: &str = "run `cargo xtask generate` and look at the difference";

/// The files as SQLite has them, with PostgreSQL's plans left open.
fn on_sqlite() -> Vec<File> {
    let files = databases::on(Engine::Sqlite, true, async |db| {
        fixture::fill(&db.store).await;
        let mut files = lists::record(&db.store).await;
        explain::on_sqlite(db, &mut files).await;
        files
    });
    files.unwrap()
}

/// PostgreSQL's plans; `None` if there is no PostgreSQL to ask, or if its major version is not `wanted`.
fn on_postgres(files: &[File], wanted: Option<u32>) -> Option<Plans> {
    databases::on(Engine::Postgres, true, async |db| {
        let version = explain::postgres_version(db).await;
        if wanted.is_some_and(|wanted| wanted != version) {
            let wanted = wanted.unwrap_or_default();
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: contracts/sql has plans of PostgreSQL {wanted}, and this is PostgreSQL {version}"
            );
            return None;
        }
        explain::without_autovacuum(db).await;
        fixture::fill(&db.store).await;
        let recorded = lists::record(&db.store).await;
        assert_eq!(
            recorded.iter().map(File::sql).collect::<Vec<_>>(),
            files.iter().map(File::sql).collect::<Vec<_>>(),
            "both databases must be asked the same"
        );
        Some(explain::on_postgres(db, version, &recorded).await)
    })?
}

#[test]
fn the_checked_in_sql_of_lists_is_current() {
    let generates = std::env::var_os(GENERATE).is_some();
    let files = on_sqlite();
    let found = file::read_all();
    let stored = file::plans_in(&found);
    let compare = |plans: &Plans| {
        let expected: Vec<(String, String)> =
            files.iter().map(|file| (file.name.to_owned(), file.text(plans))).collect();
        if generates {
            file::write_all(&expected);
            return;
        }
        assert_eq!(
            found.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            expected.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "the files in contracts/sql: {ADVICE}"
        );
        for ((name, old), (_, new)) in found.iter().zip(&expected) {
            let differs = || old.lines().zip(new.lines()).enumerate().find(|(_, (old, new))| old != new);
            assert!(old == new, "contracts/sql/{name}.txt differs at {:?}: {ADVICE}", differs());
        }
    };
    // SQLite's part first, so that it is compared even if PostgreSQL's cannot be.
    compare(&stored);
    match on_postgres(&files, stored.version().filter(|_| !generates)) {
        Some(plans) => compare(&plans),
        None if generates => {
            let _ = writeln!(std::io::stderr(), "PostgreSQL's plans in contracts/sql were left as they are");
        }
        None => {}
    }
}

#[test]
fn every_filter_and_order_of_each_list_has_an_entry() {
    if std::env::var_os(GENERATE).is_some() {
        return;
    }
    let files = file::read_all();
    for (name, titles) in lists::titles() {
        let (_, text) = files.iter().find(|(file, _)| file == name).unwrap();
        for title in titles {
            let has = |line: &str| line.strip_prefix("## ").is_some_and(|entry| entry.starts_with(&title));
            assert!(text.lines().any(has), "contracts/sql/{name}.txt has no entry for `{title}`");
        }
    }
}

/// The sort types that the sources of this crate declare.
fn sort_types(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sort_types(&path, found);
        } else if !path.ends_with("table/order.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let by_macro = text.split("\nlisted! {").skip(1).filter_map(|rest| rest.split_once(": "));
            let by_hand = text.split("\nimpl Listed for ").skip(1).filter_map(|rest| rest.split_once(' '));
            let last = |(before, _): (&str, &str)| before.split_whitespace().next_back().map(str::to_owned);
            found.extend(by_macro.chain(by_hand).filter_map(last));
        }
    }
}

#[test]
fn every_list_has_a_file() {
    let mut types = BTreeSet::new();
    sort_types(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut types);
    assert!(types.contains("NodesBy") && types.contains("UpdatesBy"), "{types:?}");
    assert_eq!(
        lists::titles().len(),
        types.len(),
        "contracts/lists.rs must read the list of each of {types:?}"
    );
}
