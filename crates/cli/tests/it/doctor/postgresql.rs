//! Faults of a database on PostgreSQL.

use std::process::Command;

use super::{Call, Patient, content, nothing};
use crate::acceptance::clocks::SHIM;
use crate::first_start_faults::preloaded;
use crate::postgres::Database;
use crate::process::{Place, free_port};

/// The configuration with another host, user or database in its address.
fn with_address(settings: &str, change: impl FnOnce(&str) -> String) -> String {
    let (before, address) = settings.split_once("url: ").unwrap();
    let (address, after) = address.split_once('\n').unwrap();
    format!("{before}url: {}\n{after}", change(address))
}

#[test]
fn faults_of_a_database_on_postgresql_are_found() {
    let Some(database) = Database::of("doctor") else { return };
    let place = Place::new();
    let settings = format!("server:\n  port: {}\n{}", place.port, database.config());
    let config = place.path().join("bailiwick.yml");
    std::fs::write(&config, &settings).unwrap();
    let migrated = place.run(&["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    std::fs::remove_file(place.path().join("bailiwick-data/first-run.json")).unwrap();
    let patient = Patient::new(&place, &["--only", "server"], None);
    patient.is_healthy();
    let call = Call::default();
    let change = |settings: String| content(config.clone(), settings);

    let nowhere = with_address(&settings, |_| format!("postgres://bailiwick@127.0.0.1:{}/x", free_port()));
    let unreachable = ("database", "fault", "the database does not answer", "check that PostgreSQL runs");
    patient.fault(&call, || change(nowhere), unreachable);
    let stranger = with_address(&settings, |address| {
        let (_, rest) = address.split_once('@').unwrap();
        format!("postgres://nobody_of_doctor@{rest}")
    });
    let unknown = ("database", "fault", "nobody_of_doctor", "user, password");
    patient.fault(&call, || change(stranger), unknown);
    let other =
        with_address(&settings, |address| address.replace("bailiwick_doctor_", "bailiwick_no_doctor_"));
    let missing = ("database", "fault", "does not exist", "database in database.url");
    patient.fault(&call, || change(other), missing);
    let many =
        ("connections", "fault", "a server may need 100002 connections", "lower database.max_connections");
    patient.fault(&call, || change(format!("{settings}  max_connections: 100000\n")), many);
    if let Some((_directory, shim)) = preloaded(SHIM) {
        let clock = place.path().join("clock");
        let skewed = [("LD_PRELOAD", shim.to_str().unwrap()), ("CLOCK_SHIM", clock.to_str().unwrap())];
        std::fs::write(&clock, "60").unwrap();
        let off = ("database", "fault", "s ahead of the clock of the database", "synchronize both clocks");
        patient.fault(&Call { environment: &skewed, ..call }, nothing, off);
        std::fs::write(&clock, "-4").unwrap();
        let off = ("clock", "warning", "s behind that of the database", "synchronize both clocks");
        patient.fault(&Call { environment: &skewed, ..call }, nothing, off);
    }
    let address = settings.split_once("url: ").unwrap().1.lines().next().unwrap().to_owned();
    let psql = move |sql: &str| {
        let output = Command::new("psql").args(["-q", "-c", sql, &address]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let newer = || -> super::Undo {
        psql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', true, '\\x00', 0)",
        );
        Box::new(move || psql("DELETE FROM _sqlx_migrations WHERE version = 9999"))
    };
    let later = ("database", "fault", "migrated by a later version", "start that version");
    patient.fault(&call, newer, later);
    database.empty();
    let found = patient.examine(&call);
    super::is_expected(&found[0], ("database", "fault", "is empty, but the file", "restore the database"));
}
