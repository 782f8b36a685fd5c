//! Exporters as Debian has them.

use bailiwick_domain::agent::AgentStatus::{Done, Running, Waiting};
use serde_json::json;

use crate::harness::{Bench, fetch, have, id, lives, postgres, program, told, until};

#[tokio::test]
async fn node_exporter_runs_until_it_is_removed() {
    if !have("prometheus-node-exporter") {
        return;
    }
    let bench = Bench::new();
    let settings = json!({ "disabled_collectors": ["arp"] });
    bench.apply([(id(1), program(json!({ "type": "node_exporter", "settings": settings })))]);
    let health = bench.until_status(id(1), Running).await;
    let (port, process) = (health.listen_port.unwrap().get(), bench.process(id(1)));
    assert!(health.reported.version.is_some() && health.started_at <= Some(health.since));
    assert!(health.log.iter().any(|line| line.contains("Listening on")), "{:?}", health.log);
    let metrics = fetch(port, "").unwrap();
    assert!(metrics.contains("\nnode_memory_MemTotal_bytes ") && metrics.contains("collector=\"loadavg\""));
    assert!(!metrics.contains("collector=\"arp\""));

    // The row was disabled.
    bench.apply([]);
    let done = bench.until_status(id(1), Done).await;
    assert!((done.listen_port, done.started_at) == (None, None) && done.since > health.since);
    assert!(!lives(process) && fetch(port, "").is_none());
}

#[tokio::test]
async fn a_failed_start_of_node_exporter_gives_the_reason() {
    if !have("prometheus-node-exporter") {
        return;
    }
    let bench = Bench::new();
    let settings = json!({ "disabled_collectors": ["no_such_thing"] });
    bench.apply([(id(1), program(json!({ "type": "node_exporter", "settings": settings })))]);
    let said = bench.until_status(id(1), Waiting).await.reported.last_error.unwrap();
    assert!(said.starts_with("exited with code 1: ") && said.contains("no_such_thing"), "{said}");
}

#[tokio::test]
async fn postgres_exporter_queries_a_real_postgresql() {
    if !have("prometheus-postgres-exporter") {
        return;
    }
    let Some((service, user)) = postgres() else { return };
    let bench = Bench::new();
    let secrets = json!({ "password": "hunter2%&/", "agent_password": "swordfish" });
    let exporter = json!({
        "type": "postgres_exporter", "settings": { "username": user }, "secrets": secrets, "service": service,
    });
    bench.apply([(id(1), program(exporter))]);
    let health = bench.until_status(id(1), Running).await;
    let (port, process) = (health.listen_port.unwrap().get(), bench.process(id(1)));
    assert!(fetch(port, "").unwrap().starts_with("HTTP/1.0 401 "));
    // pmm:swordfish
    let metrics = fetch(port, "Authorization: Basic cG1tOnN3b3JkZmlzaA==\r\n").unwrap();
    assert!(metrics.contains("\npg_up 1\n"), "{:?}", health.log);
    assert!(metrics.contains("pg_stat_database_numbackends{"), "{metrics}");

    let (arguments, environment) = (told(process, "cmdline"), told(process, "environ"));
    assert!(arguments.contains("--web.listen-address=127.0.0.1:") && environment.contains("hunter2"));
    for secret in ["hunter2", "swordfish"] {
        assert!(!arguments.contains(secret), "{arguments}");
        assert!(!format!("{:?}", bench.supervisor.health()).contains(secret));
    }
    assert!(!environment.contains("swordfish"), "{environment}");
    bench.supervisor.stop().await;
    assert!(!lives(process));
    until("its files are gone", || !bench.directory.path().join("programs").join(id(1).to_string()).exists())
        .await;
}

#[tokio::test]
async fn an_unreachable_postgresql_is_shown_by_the_metrics() {
    if !have("prometheus-postgres-exporter") {
        return;
    }
    let bench = Bench::new();
    let exporter = json!({
        "type": "postgres_exporter", "settings": { "username": "m" }, "secrets": { "password": "hunter2" },
        "service": { "name": "gone", "socket": "/nonexistent" },
    });
    bench.apply([(id(1), program(exporter))]);
    let health = bench.until_status(id(1), Running).await;
    assert!(fetch(health.listen_port.unwrap().get(), "").unwrap().contains("\npg_up 0\n"));
    let health =
        bench.until(id(1), |health| health.log.iter().any(|line| line.contains("/nonexistent"))).await;
    assert!(!health.log.join("\n").contains("hunter2"), "{:?}", health.log);
}
