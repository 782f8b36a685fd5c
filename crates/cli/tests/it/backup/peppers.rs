//! Peppers that change while the database is copied.

use std::os::unix::fs::PermissionsExt as _;

use super::{get, is_littered, place, said};
use crate::postgres::Database;

/// A place whose `pg_dump` first, or afterwards, runs a script in the data directory's parent.
fn with_dump(database: &Database, script: &str) -> crate::process::Place {
    let place = place(&database.config());
    assert!(place.run(&["migrate"]).status.success());
    let programs = place.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    let dump = programs.join("pg_dump");
    std::fs::write(&dump, format!("#!/bin/sh\nset -eu\n{script}\n")).unwrap();
    std::fs::set_permissions(&dump, std::fs::Permissions::from_mode(0o700)).unwrap();
    place
}

fn backup(place: &crate::process::Place) -> std::process::Output {
    let path = std::env::var("PATH").unwrap();
    let mut command = place.command(&["backup", "--output", "archive"]);
    command.env("REAL", &path).env("PROGRAM", env!("CARGO_BIN_EXE_bailiwick"));
    command.env("PATH", format!("{}:{path}", place.path().join("programs").display())).output().unwrap()
}

#[test]
fn an_archive_has_the_peppers_from_before_and_after_the_copy() {
    let (Some(database), Some(other)) = (Database::of("peppers"), Database::of("peppers_restored")) else {
        return;
    };
    // One is added before the dump, and the first one is dropped after it.
    let script =
        "\"$PROGRAM\" peppers rotate >&2\nPATH=$REAL pg_dump \"$@\"\nsed -i 1d bailiwick-data/peppers";
    let place = with_dump(&database, script);
    let before = std::fs::read_to_string(place.path().join("bailiwick-data/peppers")).unwrap();
    let made = backup(&place);
    assert!(made.status.success(), "{}", said(&made));
    let after = std::fs::read_to_string(place.path().join("bailiwick-data/peppers")).unwrap();
    assert!(before.starts_with("1:") && after.starts_with("2:"), "the script did not run");

    let elsewhere = super::place(&other.config());
    let archive = place.path().join("archive");
    let restored = elsewhere.run(&["restore", archive.to_str().unwrap(), "--keep-keys"]);
    assert!(restored.status.success(), "{}", said(&restored));
    let joined = std::fs::read_to_string(elsewhere.path().join("bailiwick-data/peppers")).unwrap();
    assert_eq!(joined, before + &after);
    let _server = elsewhere.up();
    assert_eq!(get(&elsewhere, &place.key(), "whoami").0, 200);
}

#[test]
fn peppers_that_do_not_fit_the_copy_are_not_archived() {
    let Some(database) = Database::of("peppers_lost") else { return };
    // Another pepper of the same version each time, as a data directory has that was restored meanwhile.
    let script =
        "PATH=$REAL pg_dump \"$@\"\nprintf '1:%s\\n' \"$(openssl rand -hex 32)\" > bailiwick-data/peppers";
    let place = with_dump(&database, script);
    let made = backup(&place);
    assert!(!made.status.success() && said(&made).contains("peppers changed 3 times"), "{}", said(&made));
    assert!(!place.path().join("archive").exists() && !is_littered(place.path()));
}
