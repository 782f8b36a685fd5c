//! Faults of a server on SQLite that does not run.

use std::net::TcpListener;

use super::{Call, Patient, away, content, is_expected, mode, nothing, row, sqlite, stray, text};
use crate::process::{Place, free_port, skip};

/// A server that has run once, and was stopped.
pub(super) fn stopped(place: &Place) {
    std::fs::write(place.path().join("bailiwick.yml"), format!("server:\n  port: {}\n", place.port)).unwrap();
    let mut server = place.up();
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.err());
    std::fs::remove_file(place.path().join("bailiwick-data/first-run.json")).unwrap();
}

#[test]
fn faults_of_files_and_settings_are_found() {
    let place = Place::new();
    stopped(&place);
    let patient = Patient::new(&place, &["--only", "server"], None);
    patient.is_healthy();
    let call = Call::default();
    let (data, config) = (|file: &str| patient.data(file), place.path().join("bailiwick.yml"));

    // Files and their modes.
    let readable = (
        "files",
        "fault",
        "peppers: other users of this machine could read it (its mode is 644)",
        "run `chmod go-rwx ",
    );
    patient.fault(&call, || mode(data("peppers"), 0o644), readable);
    let writable =
        ("files", "fault", "peppers: other users of this machine may change it", "run `chmod go-w ");
    patient.fault(&call, || mode(data("peppers"), 0o666), writable);
    let readable = (
        "files",
        "fault",
        "private-key.pem: other users of this machine could read it",
        "run `chmod go-rwx ",
    );
    patient.fault(&call, || mode(data("tls/private-key.pem"), 0o644), readable);
    let directory =
        ("files", "fault", "bailiwick-data: other users of this machine may change it", "run `chmod go-w ");
    patient.fault(&call, || mode(data(""), 0o777), directory);
    let not_here = ("files", "fault", "nowhere does not exist", "name it with --data");
    patient.fault(&Call { more: &["--data", "nowhere"], ..call }, nothing, not_here);
    let keys = ("files", "warning", "first-run.json still contains the first password and keys", "run `rm ");
    patient.fault(&call, || stray(data("first-run.json"), "{}"), keys);
    let peppers = data("peppers");
    // Only root can give a file to another user.
    if std::os::unix::fs::chown(&peppers, Some(65_534), None).is_ok() {
        std::os::unix::fs::chown(&peppers, Some(0), None).unwrap();
        let plant = || -> super::Undo {
            std::os::unix::fs::chown(&peppers, Some(65_534), None).unwrap();
            let peppers = peppers.clone();
            Box::new(move || std::os::unix::fs::chown(peppers, Some(0), None).unwrap())
        };
        let foreign =
            ("files", "fault", "peppers: it belongs to user 65534", "Run this program as user 65534");
        patient.fault(&call, plant, foreign);
        // Root cannot judge what a service may do.
        std::os::unix::fs::chown(data(""), Some(65_534), None).unwrap();
        let found = patient.examine(&call);
        std::os::unix::fs::chown(data(""), Some(0), None).unwrap();
        assert_eq!(found.len(), 1, "{found:#?}");
        is_expected(&found[0], ("files", "skipped", "belongs to user 65534", "run doctor as that user"));
    }

    // Settings.
    let unknown = ("configuration", "fault", "there is no setting server.prot", "config check");
    patient.fault(&call, || content(config.clone(), "server:\n  prot: 1\n"), unknown);
    let malformed = ("configuration", "fault", "bailiwick.yml: ", "correct it");
    patient.fault(&call, || content(config.clone(), "server: [\n"), malformed);
    let open = (
        "configuration",
        "fault",
        "bailiwick.yml: other users of this machine may change it",
        "run `chmod go-w ",
    );
    patient.fault(&call, || mode(config.clone(), 0o666), open);
    let port = free_port();
    let with = |more: &str| format!("server:\n  port: {}\n{more}", place.port);
    let settings = with(&format!(
        "  integration_address: 0.0.0.0\n  integration_port: {port}\nflags: {{enable_integration_api: true}}\n"
    ));
    let plain = ("configuration", "warning", "server.integration_port: ", "server.integration_address");
    patient.fault(&call, || content(config.clone(), &settings), plain);
    let settings = settings.replace("0.0.0.0", "127.0.0.1");
    let proxy = ("proxies", "warning", "server.trusted_proxies is empty", "add the address of the proxy");
    patient.fault(&call, || content(config.clone(), &settings), proxy);
    let slow = ("configuration", "warning", "stopping may take 130 s", "TimeoutStopSec=145s");
    patient.fault(&call, || content(config.clone(), with("  shutdown_delay_seconds: 100\n")), slow);

    // The machine.
    let full = ("disk", "fault", "less than 1000000000 MiB", "make room");
    patient.fault(&Call { more: &["--free-mib", "1000000000"], ..call }, nothing, full);
    let plant = || -> super::Undo {
        let other = TcpListener::bind(("127.0.0.1", place.port)).unwrap();
        Box::new(move || drop(other))
    };
    let in_use = format!("another program listens on 127.0.0.1:{}", place.port);
    patient.fault(&call, plant, ("listeners", "fault", &in_use, "stop that program"));
    let elsewhere = with("").replace("server:\n", "server:\n  address: 192.0.2.1\n");
    let not_own =
        ("listeners", "fault", "cannot listen on 192.0.2.1", "an address and a port of this machine");
    patient.fault(&call, || content(config.clone(), elsewhere), not_own);
    let unit = place.path().join("units/bailiwick.service");
    let outdated = ("unit", "warning", "`LimitNOFILE=65536`", "systemctl daemon-reload");
    patient.fault(&call, || text(unit.clone(), "LimitNOFILE=65536", "LimitNOFILE=1024"), outdated);
    // Without a unit there is nothing to compare, and own settings are none of the doctor's business.
    let undo = away(unit.clone());
    patient.is_healthy();
    undo();
    let undo = text(unit, "[Install]", "Environment=SECRET=x\n[Install]");
    patient.is_healthy();
    undo();
}

#[test]
fn faults_of_the_database_are_found() {
    if std::process::Command::new("sqlite3").arg("--version").output().is_err() {
        return skip("sqlite3");
    }
    let place = Place::new();
    stopped(&place);
    let patient = Patient::new(&place, &["--only", "server"], None);
    patient.is_healthy();
    let call = Call::default();
    let data = |file: &str| patient.data(file);
    let database = data("bailiwick.db");

    let gone =
        ("database", "fault", "keys.peppers: the file bailiwick-data/peppers is missing", "restore the file");
    patient.fault(&call, || away(data("peppers")), gone);
    let other = format!("1:{}", "5c".repeat(32));
    let differs = ("database", "fault", "pepper 1 differs", "restore `peppers`");
    patient.fault(&call, || content(data("peppers"), other), differs);
    let nonsense = ("database", "fault", "keys.peppers: bailiwick-data/peppers", "expected");
    patient.fault(&call, || content(data("peppers"), "nonsense"), nonsense);
    let lost = ("database", "fault", "is empty, but the file", "restore the database from your backup");
    patient.fault(&call, || away(database.clone()), lost);
    let observations =
        ("database", "fault", "observations.db of observations is missing", "restore it from your backup");
    patient.fault(&call, || away(data("observations.db")), observations);
    let foreign = (
        "database",
        "fault",
        "cannot be opened: file is not a database",
        "restore the database from your backup",
    );
    patient.fault(&call, || content(database.clone(), [0x55; 8_192]), foreign);
    // A page that no other check reads.
    let page = sqlite(&database, "SELECT rootpage FROM sqlite_master WHERE name = 'rejects'");
    let (page, size): (usize, usize) =
        (page.parse().unwrap(), sqlite(&database, "PRAGMA page_size").parse().unwrap());
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[(page - 1) * size..page * size].fill(0xa5);
    let damaged =
        ("database_file", "fault", "bailiwick.db is damaged", "restore the database from your backup");
    patient.fault(&call, || content(database.clone(), bytes), damaged);

    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)";
    let later = ("database", "fault", "migrated by a later version", "start that version");
    patient.fault(
        &call,
        || row(database.clone(), newer, "DELETE FROM _sqlx_migrations WHERE version = 9999"),
        later,
    );
    let observations = data("observations.db");
    let last = "(SELECT max(version) FROM _sqlx_migrations)";
    let kept = sqlite(
        &observations,
        &format!(
            "SELECT 'INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (' || version || ', ' || quote(description) || ', 1, ' || quote(checksum) || ', 0)' FROM _sqlx_migrations WHERE version = {last}"
        ),
    );
    let behind = ("database", "warning", "needs 1 migrations", "make a backup");
    let change = format!("DELETE FROM _sqlx_migrations WHERE version = {last}");
    patient.fault(&call, || row(observations.clone(), &change, kept), behind);
}
