//! Programs that fail, hang, and do not want to end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bailiwick_agent::supervise::Executables;
use bailiwick_domain::agent::AgentStatus::{Done, Running, Starting, Waiting};
use serde_json::json;

use crate::harness::{Bench, have, id, lives, program, until, write_script};

fn node() -> bailiwick_link::desired::Program {
    program(json!({ "type": "node_exporter", "settings": {} }))
}

#[tokio::test]
async fn a_crashing_program_is_restarted_with_growing_waits() {
    let bench = Bench::with_script("#!/bin/sh\necho boom >&2\necho x >>../../runs\nexit 3\n");
    bench.apply([(id(1), node())]);
    let runs = || std::fs::read_to_string(bench.directory.path().join("runs")).unwrap().lines().count();
    let mut since = Vec::new();
    for (n, seconds) in [1, 2, 4, 8, 16].into_iter().enumerate() {
        assert_eq!(bench.wait_asked().await, Duration::from_secs(seconds));
        let health = bench.health(id(1));
        assert_eq!((health.status, health.listen_port, health.started_at), (Waiting, None, None));
        assert_eq!(health.reported.last_error.as_deref(), Some("exited with code 3: boom"));
        assert_eq!((health.log.len(), runs()), (n + 1, n + 1));
        since.push(health.since);
        bench.end_wait();
    }
    assert!(since.is_sorted_by(|a, b| a < b), "{since:?}");
    // Stopped while it waits: nobody waits for the wait.
    bench.wait_asked().await;
    bench.apply([]);
    let health = bench.until_status(id(1), Done).await;
    assert_eq!((health.reported.last_error, runs()), (None, 6));
}

#[tokio::test]
async fn a_program_that_is_installed_later_is_found() {
    let bench =
        Bench::with(|home| Executables { configured: BTreeMap::new(), directories: vec![home.join("bin")] });
    bench.apply([(id(1), node())]);
    bench.wait_asked().await;
    let said = bench.health(id(1)).reported.last_error.unwrap();
    assert!(said.contains("the program node_exporter or prometheus-node-exporter was not found"), "{said}");
    std::fs::create_dir(bench.directory.path().join("bin")).unwrap();
    write_script(&bench.directory.path().join("bin"), "node_exporter", "#!/bin/sh\nexit 4\n");
    bench.end_wait();
    bench.wait_asked().await;
    assert_eq!(bench.health(id(1)).reported.last_error.unwrap(), "exited with code 4");
}

#[tokio::test]
async fn a_program_that_ignores_sigterm_is_killed_with_its_children() {
    let script = "#!/bin/sh\ntrap '' TERM\n(trap '' TERM; while :; do sleep 1; done) &\n\
        echo $! >child\necho up\nwhile :; do sleep 1; done\n";
    let bench = Bench::with_script(script);
    bench.apply([(id(1), node())]);
    bench.until(id(1), |health| health.log == ["up"]).await;
    let process = bench.process(id(1));
    let child = bench.directory.path().join("programs").join(id(1).to_string()).join("child");
    let child: u32 = std::fs::read_to_string(child).unwrap().trim().parse().unwrap();
    assert!(lives(process) && lives(child) && bench.health(id(1)).status == Starting);
    let began = Instant::now();
    bench.supervisor.stop().await;
    assert!(began.elapsed() >= Duration::from_millis(300), "it did not ignore SIGTERM");
    assert_eq!(bench.health(id(1)).status, Done);
    assert!(!lives(process));
    until("its child is gone", || !lives(child)).await;
}

#[tokio::test]
async fn a_secret_in_the_output_of_a_program_is_masked() {
    let script = "#!/bin/sh\necho \"dsn $DATA_SOURCE_USER:$DATA_SOURCE_PASS\"\n\
        echo \"password $DATA_SOURCE_PASS is wrong\" >&2\nexit 1\n";
    let bench = Bench::with_script(script);
    let postgres = json!({
        "type": "postgres_exporter", "settings": { "username": "monitor" }, "secrets": { "password": "hunter2" },
        "service": { "name": "a", "address": "127.0.0.1" },
    });
    bench.apply([(id(1), program(postgres))]);
    bench.wait_asked().await;
    let health = bench.health(id(1));
    let told = format!("{health:?} {:?}", bench.supervisor.component_health());
    assert!(health.log.contains(&"dsn monitor:***".to_owned()), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    let effective = bench.supervisor.effective_config().config_map.unwrap();
    let effective = String::from_utf8(effective.config_map["bailiwick.json"].body.clone()).unwrap();
    assert!(effective.contains("monitor") && !effective.contains("hunter2"), "{effective}");
}

/// Serves metrics to every client at the port of its first argument; ends when it is told to.
const FAKE: &str = r#"#!/usr/bin/env python3
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'node_exporter_build_info{version="0.0"} 1\n')
    def log_message(self, *_):
        pass
open(os.path.join(os.path.dirname(sys.argv[0]), "starts"), "a").write("x\n")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1].rsplit(":", 1)[1])), Handler).serve_forever()
"#;

#[tokio::test]
async fn an_exporter_that_ignores_its_agent_password_is_stopped() {
    if !have("python3") {
        return;
    }
    let bench = Bench::with_script(FAKE);
    let postgres = json!({
        "type": "postgres_exporter", "settings": { "username": "m" }, "secrets": { "agent_password": "hunter2" },
        "service": { "name": "a", "address": "127.0.0.1" },
    });
    bench.apply([(id(1), program(postgres))]);
    bench.wait_asked().await;
    let said = bench.health(id(1)).reported.last_error.unwrap();
    assert!(said.contains("readable without the agent_password"), "{said}");
}

#[tokio::test]
async fn a_program_restarts_only_when_changed_or_killed() {
    if !have("python3") {
        return;
    }
    let bench = Bench::with_script(FAKE);
    let starts = || std::fs::read_to_string(bench.directory.path().join("starts")).unwrap().lines().count();
    bench.apply([(id(1), node())]);
    let first = bench.until_status(id(1), Running).await;
    let process = bench.process(id(1));
    assert_eq!(first.reported.version.as_deref(), Some("0.0"));
    // The same, and another beside it.
    bench.apply([(id(1), node()), (id(2), node())]);
    let other = bench.until_status(id(2), Running).await;
    assert_ne!(first.listen_port, other.listen_port);
    assert_eq!((bench.process(id(1)), bench.health(id(1)).since, starts()), (process, first.since, 2));
    // Another set-up.
    let changed = program(json!({ "type": "node_exporter", "settings": { "log_level": "warn" } }));
    bench.apply([(id(1), changed.clone()), (id(2), node())]);
    let again = bench.until(id(1), |health| health.status == Running && health.since > first.since).await;
    assert!(bench.process(id(1)) != process && !lives(process) && starts() == 3);
    // A program that was killed from outside comes back on the same port.
    let killed = bench.process(id(1));
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(killed as i32), nix::sys::signal::SIGKILL).unwrap();
    assert_eq!(bench.wait_asked().await, Duration::from_secs(1));
    assert_eq!(bench.health(id(1)).reported.last_error.unwrap(), "ended by signal 9");
    bench.end_wait();
    let back = bench.until_status(id(1), Running).await;
    assert_eq!((back.listen_port, back.reported.last_error), (again.listen_port, None));
    bench.supervisor.stop().await;
    assert_eq!((bench.health(id(1)).status, bench.health(id(2)).status), (Done, Done));
    assert!(bench.supervisor.apply(Default::default()).is_err());
}

#[tokio::test]
async fn a_program_keeps_its_port_after_the_agent_restarts() {
    if !have("python3") {
        return;
    }
    let bench = Bench::with_script(FAKE);
    bench.apply([(id(1), node()), (id(2), node())]);
    let first = bench.until_status(id(1), Running).await.listen_port.unwrap();
    let second = bench.until_status(id(2), Running).await.listen_port.unwrap();
    assert_ne!(first, second);
    bench.supervisor.stop().await;
    let bench = bench.again_with_script(FAKE);
    bench.apply([(id(1), node())]);
    assert_eq!(bench.until_status(id(1), Running).await.listen_port, Some(first));
    // Taken away and entered again, it is there again.
    bench.apply([]);
    bench.until_status(id(1), Done).await;
    bench.apply([(id(1), node())]);
    assert_eq!(bench.until_status(id(1), Running).await.listen_port, Some(first));
    bench.supervisor.stop().await;

    // If another program uses the port by now, it takes another port, reports that, and keeps it.
    let taken = std::net::TcpListener::bind(("127.0.0.1", first.get())).unwrap();
    let bench = bench.again_with_script(FAKE);
    bench.apply([(id(1), node())]);
    let other = bench.until_status(id(1), Running).await;
    let port = other.listen_port.unwrap();
    assert!(port != first && port != second);
    let said = format!(
        "bailiwick: the earlier port {} is in use by another program; this program listens on port {} from now on",
        first.get(),
        port.get()
    );
    assert!(bench.health(id(1)).log.contains(&said), "{:?}", bench.health(id(1)).log);
    bench.supervisor.stop().await;
    drop(taken);
    let bench = bench.again_with_script(FAKE);
    bench.apply([(id(1), node())]);
    assert_eq!(bench.until_status(id(1), Running).await.listen_port, Some(port));
}

#[tokio::test]
async fn a_configured_port_is_used_or_reported_as_taken() {
    if !have("python3") {
        return;
    }
    let bench = Bench::with_script(FAKE);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let entered = program(json!({ "type": "node_exporter", "settings": {}, "listen_port": port }));
    bench.apply([(id(1), entered)]);
    bench.wait_asked().await;
    let said = bench.health(id(1)).reported.last_error.unwrap();
    assert!(said.starts_with(&format!("the port {port} is in use by another program")), "{said}");
    drop(taken);
    bench.end_wait();
    let running = bench.until_status(id(1), Running).await;
    assert_eq!(running.listen_port.unwrap().get(), port);
}

#[tokio::test]
async fn a_program_with_withheld_secrets_is_not_started() {
    let bench = Bench::with_script("#!/bin/sh\ntouch \"$(dirname \"$0\")/started\"\nexit 1\n");
    let why =
        "the secret password is withheld: its destination changed since it was set; set the secret again";
    let withheld = program(json!({ "type": "node_exporter", "settings": {}, "withheld": why }));
    bench.apply([(id(1), withheld)]);
    bench.wait_asked().await;
    let health = bench.health(id(1));
    assert_eq!((health.status, health.reported.last_error.as_deref()), (Waiting, Some(why)));
    assert!(!bench.directory.path().join("started").exists());
}
