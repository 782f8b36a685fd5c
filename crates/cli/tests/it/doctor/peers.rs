//! Faults of other servers of the same database.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::{Call, Patient, nothing};
use crate::postgres::Database;
use crate::process::Place;

/// A server of another version, in whose place a thread of the test answers everything. It ends with the test.
fn pretended(date: &'static str, ready: (&'static str, &'static str), version: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = move |mut stream: TcpStream| {
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
            request.extend(byte);
        }
        let is_version = request.starts_with(b"GET /v1/version ");
        let version = format!("{{\"version\":\"{version}\"}}");
        let (status, body) = if is_version { ("200 OK", version.as_str()) } else { ready };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{date}connection: close\r\n\r\n"
        );
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
    };
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    url
}

const READY: (&str, &str) = ("200 OK", r#"{"ready":true}"#);

#[test]
fn faults_of_other_servers_are_found() {
    let Some(database) = Database::of("doctor_peers") else { return };
    let (place, other) = (Place::new(), Place::new());
    let settings = |place: &Place| format!("server:\n  port: {}\n{}", place.port, database.config());
    for place in [&place, &other] {
        std::fs::write(place.path().join("bailiwick.yml"), settings(place)).unwrap();
    }
    assert!(place.run(&["migrate"]).status.success());
    let key = place.key();
    std::fs::remove_file(place.path().join("bailiwick-data/first-run.json")).unwrap();
    let peppers = std::fs::read_to_string(place.path().join("bailiwick-data/peppers")).unwrap();
    let mut command = other.command(&["serve"]);
    command.env("BAILIWICK_KEYS__PEPPERS", peppers.trim());
    let server = other.start_command(command);

    let url = format!("https://localhost:{}", other.port);
    let ca = other.path().join("bailiwick-data/tls/certificate.pem");
    let arguments = ["--only", "server", "--peer", &url, "--ca", ca.to_str().unwrap()];
    let patient = Patient::new(&place, &arguments, Some(key));
    patient.is_healthy();
    let call = Call::default();
    let own = env!("CARGO_PKG_VERSION");
    let later = pretended("", READY, "99.0.0");
    let version = (
        "version",
        "warning",
        "has version 99.0.0, and this program has version",
        "install the same version",
    );
    patient.fault(&Call { more: &["--peer", &later], ..call }, nothing, version);
    let past = pretended("date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", READY, own);
    let clock = ("peers", "fault", "s ahead of that of http://127.0.0.1", "synchronize both clocks");
    patient.fault(&Call { more: &["--peer", &past], ..call }, nothing, clock);
    let away = r#"{"code":"not_ready","detail":"the database does not answer"}"#;
    let away = pretended("", ("503 Service Unavailable", away), own);
    let not_ready = ("peers", "fault", "is not ready: the database does not answer", "its log says more");
    patient.fault(&Call { more: &["--peer", &away], ..call }, nothing, not_ready);
    let stranger = pretended("", ("404 Not Found", "no"), own);
    let foreign =
        ("peers", "fault", "404 Not Found, which is no answer of a Bailiwick server", "check what listens");
    patient.fault(&Call { more: &["--peer", &stranger], ..call }, nothing, foreign);

    drop(server);
    let found = patient.examine(&call);
    assert_eq!(found.len(), 1, "{found:#?}");
    super::is_expected(&found[0], ("peers", "fault", "cannot be reached", "check that the server runs"));
}
