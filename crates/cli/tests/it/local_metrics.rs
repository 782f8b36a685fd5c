//! `server.metrics_address` of a server that runs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::process::{Place, curl, free_port, wait_for};

/// Sends a request as it is, and answers what came until the connection was closed.
fn say(port: u16, text: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_server_serves_metrics_and_nothing_else_at_its_local_address() {
    let place = Place::new();
    let port = free_port();
    // The header of a silent client may take only a second here.
    let configuration =
        format!("server: {{metrics_address: '127.0.0.1:{port}', header_timeout_seconds: 1}}\n");
    std::fs::write(place.path().join("bailiwick.yml"), configuration).unwrap();
    let check = place.run(&["config", "check"]);
    let shown = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.status.success() && shown.contains("server.metrics_address"), "{shown}");
    let mut server = place.up();
    let url = format!("http://localhost:{port}/metrics");
    let (status, body) = curl(&["-4", &url]);
    assert!(status == 200 && body.contains("\nbailiwick_build_info{"), "{status} {body}");
    // Other programs of this machine cannot do more there than read, whatever they send.
    let key = format!("Authorization: Bearer {}", place.root_key());
    for path in ["/v1/whoami", "/v1/metrics", "/console/", "/v1/readyz", "/metrics/..;/v1/whoami"] {
        let (status, body) =
            curl(&["-4", "--path-as-is", "-H", &key, &format!("http://localhost:{port}{path}")]);
        assert!(status == 404 && body.contains("unknown_path"), "{path}: {status} {body}");
    }
    let rebound =
        say(port, "GET /metrics HTTP/1.1\r\nHost: attacker.example.com\r\nConnection: close\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421 ") && !rebound.contains("bailiwick_build_info"), "{rebound}");
    assert_eq!(say(port, "GET /metrics HTTP/1.1\r\nHo"), "", "an unfinished head is given up");
    let long = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(64 << 10));
    let refused = say(port, &long);
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
    // The same with TLS, where only what is encrypted is seen of a head that does not end.
    let header = format!("X: {}", "a".repeat(64 << 10));
    let readyz = format!("{}/v1/readyz", place.url());
    // On a busy machine, the second for a head may be over before the handshake is.
    wait_for("the refusal over TLS", || {
        (curl(&["-k", "--http1.1", "-H", &header, &readyz]).0 == 431).then_some(())
    });
    // A refusal is counted a moment after it was sent.
    let body = wait_for("both refusals in the metrics", || {
        let (_, body) = curl(&["-4", &url]);
        let line = body.lines().find_map(|line| {
            line.strip_prefix("bailiwick_refusals_total{reason=\"head_too_large\"} ")?.parse::<u32>().ok()
        });
        line.is_some_and(|count| count >= 2).then_some(body)
    });
    for reason in ["host_not_local", "unknown_path"] {
        assert!(body.contains(&format!("\nbailiwick_refusals_total{{reason=\"{reason}\"}} ")), "{body}");
    }
    server.signal("TERM");
    assert!(server.wait().success());
}

#[test]
fn an_address_that_others_reach_is_refused_at_the_start_and_by_the_check() {
    let place = Place::new();
    for address in ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464"] {
        let configuration = format!("server: {{metrics_address: '{address}'}}\n");
        std::fs::write(place.path().join("bailiwick.yml"), configuration).unwrap();
        let start = ["up", "--no-agent", "--listen", &format!("127.0.0.1:{}", place.port)];
        for arguments in [&["config", "check"][..], &["doctor"], &start] {
            let output = place.run(arguments);
            let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
            // The doctor puts the setting and what to do on lines of their own.
            let expected = ["server.metrics_address", "expected a loopback address, such as 127.0.0.1:9464"];
            let is_said = expected.iter().all(|text| said.contains(text));
            assert!(!output.status.success() && is_said, "{arguments:?}: {said}");
        }
    }
}
