//! Faults of a server that runs, and of its agents.

use super::{Call, Patient, away, content, is_expected, mode, nothing, sqlite, text, until_found};
use crate::doctor::agent::Agent;
use crate::process::{Place, Server, free_port, skip, wait_for};

/// A healthy server that runs, and one of its keys.
pub(super) fn running(place: &Place) -> (Server, String) {
    let settings = format!("server:\n  port: {}\n  trusted_proxies: [127.0.0.1/32]\n", place.port);
    std::fs::write(place.path().join("bailiwick.yml"), settings).unwrap();
    let server = place.up();
    let key = place.key();
    std::fs::remove_file(place.path().join("bailiwick-data/first-run.json")).unwrap();
    (server, key)
}

#[test]
fn faults_of_a_running_server_are_found() {
    let place = Place::new();
    let (server, key) = running(&place);
    let patient = Patient::new(&place, &["--only", "server"], Some(key));
    patient.is_healthy();
    let url = format!("https://localhost:{}", place.port);
    let call = Call::default();
    assert!(patient.examine(&Call { more: &["--url", &url], ..call }).is_empty());

    let open = (
        "files",
        "fault",
        "admin.socket: other users of this machine could become server administrators",
        "run `chmod go-rwx ",
    );
    patient.fault(&call, || mode(patient.data("admin.socket"), 0o666), open);
    let gone = ("files", "warning", "admin.socket is missing", "look into the log");
    patient.fault(&call, || away(patient.data("admin.socket")), gone);
    let config = place.path().join("bailiwick.yml");
    let more = format!("  http_port: {}\n  trusted", free_port());
    let silent =
        ("listeners", "fault", "(server.http_port), although the server runs", "start the server again");
    patient.fault(&call, || text(config.clone(), "  trusted", &more), silent);
    let more = format!("  metrics_address: '127.0.0.1:{}'\n  trusted", free_port());
    let silent = (
        "listeners",
        "fault",
        "(server.metrics_address), although the server runs",
        "start the server again",
    );
    patient.fault(&call, || text(config.clone(), "  trusted", &more), silent);
    let moved = (
        "listeners",
        "warning",
        "but the configuration that doctor reads says https://127.0.0.1:1/",
        "--listen",
    );
    patient.fault(&Call { more: &["--listen", "127.0.0.1:1"], ..call }, nothing, moved);

    // Addresses for clients.
    let unknown = ("address", "fault", "the name nowhere.invalid does not resolve", "/etc/hosts");
    patient.fault(&Call { more: &["--url", "https://nowhere.invalid:1"], ..call }, nothing, unknown);
    let closed = format!("https://localhost:{}", free_port());
    let unreachable = ("address", "fault", "cannot be reached", "check that the server runs");
    patient.fault(&Call { more: &["--url", &closed], ..call }, nothing, unreachable);
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(place.path().join("other.pem"), other.cert.pem()).unwrap();
    let untrusted =
        ("address", "fault", "is not trusted: the issuer is not trusted on this machine", "--ca FILE");
    patient.fault(&Call { more: &["--url", &url, "--ca", "other.pem"], ..call }, nothing, untrusted);
    let plain = format!("http://localhost:{}", place.port);
    let in_clear =
        ("address", "fault", "which is no answer of a Bailiwick server", "check what listens there");
    patient.fault(&Call { more: &["--url", &plain], ..call }, nothing, in_clear);

    // Keys.
    let foreign = [("BAILIWICK_KEY", "blw_org_000000000000_x")];
    let refused = ("key", "fault", "refuses the key", "--key-file");
    patient.fault(&Call { environment: &foreign, ..call }, nothing, refused);
    let missing = ("key", "fault", "--key-file: nope: No such file", "name a file");
    patient.fault(&Call { more: &["--key-file", "nope"], ..call }, nothing, missing);
    let without = patient.examine(&Call { environment: &[("BAILIWICK_KEY", "")], ..call });
    is_expected(&without[0], ("version", "skipped", "without a key", "name a key with --key-file"));

    // A server that hangs, and one that was started from another certificate.
    server.signal("STOP");
    let found = patient.examine(&call);
    server.signal("CONT");
    assert_eq!(found.len(), 1, "{found:#?}");
    is_expected(
        &found[0],
        ("server", "fault", "did not answer within 5 s", "look into the log of the server"),
    );
    patient.is_healthy();
    let address = patient.data("server.json");
    let wrong = format!("{{\"url\": \"https://127.0.0.1:{}\"}}", free_port());
    let undo = content(address, wrong);
    let found = patient.examine(&call);
    undo();
    let checks: Vec<_> = found.iter().map(|found| found["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["listeners", "server"], "{found:#?}");
    patient.is_healthy();
}

#[test]
fn agents_that_are_offline_or_older_are_found() {
    if std::process::Command::new("sqlite3").arg("--version").output().is_err() {
        return skip("sqlite3");
    }
    let place = Place::new();
    let (_server, key) = running(&place);
    let agent = Agent::enrolled(&place, &key);
    let patient = Patient::new(&place, &["--only", "server", "--offline-for", "0"], Some(key));
    let database = patient.data("bailiwick.db");
    let version = "SELECT json_extract(reported, '$.version') FROM agents WHERE type = 'bailiwick_agent'";
    wait_for("the agent's version", || {
        (sqlite(&database, version) == env!("CARGO_PKG_VERSION")).then_some(())
    });
    patient.is_healthy();
    let set = |version: &str| {
        let change = format!(
            "UPDATE agents SET reported = json_set(reported, '$.version', '{version}') WHERE type = 'bailiwick_agent'"
        );
        sqlite(&database, &change);
    };
    set("0.0.9");
    let older = ("agents", "warning", "1 agent of an earlier version than", "start their agents again");
    until_found(&patient, &Call::default(), older);
    set(env!("CARGO_PKG_VERSION"));
    patient.is_healthy();
    agent.end();
    let offline =
        ("agents", "warning", "1 agent is offline for long: ", "run `bailiwick doctor` on these machines");
    until_found(&patient, &Call::default(), offline);
    let _again = Agent::start(&place);
    wait_for("the agent", || patient.examine(&Call::default()).is_empty().then_some(()));
}
