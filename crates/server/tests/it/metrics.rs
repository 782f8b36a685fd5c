//! What the server measures of itself, as JSON and as text.

use std::collections::BTreeMap;

use bailiwick_domain::command::ResultState;
use bailiwick_domain::outside::Clock as _;
use bailiwick_engine::outside::SystemClock;
use bailiwick_server::config::Config;
use prost::Message as _;
use serde_json::json;

use crate::app::{Actor, TestApp};
use crate::client::{Client, Machine, PROTOBUF, poll};
use crate::fake_agent::ending;

/// The samples of a text, by name and labels.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name, value.parse().unwrap())
        })
        .collect()
}

async fn text(actor: &Actor<'_>) -> String {
    let reply = actor.get("/metrics").await.expect(200);
    assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    reply.body.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let app = TestApp::new().await;
    app.organization("acme").await;
    app.node(json!({ "name": "db-1" })).await;
    app.node(json!({ "name": "db-2" })).await;
    app.owner().get("/v1/nodes").await.expect(200);
    app.owner().get("/v1/nodes").await.expect(200);
    app.owner().get("/v1/nodes?limit=x").await.expect(400);

    let text = text(&app.root()).await;
    let samples = samples(&text);
    let of = |name: &str| samples.get(name).copied();
    assert_eq!(of(r#"bailiwick_requests_total{operation="nodes.list",outcome="done"}"#), Some(2.0), "{text}");
    assert_eq!(of(r#"bailiwick_requests_total{operation="nodes.list",outcome="refused"}"#), Some(1.0));
    assert_eq!(of(r#"bailiwick_request_duration_seconds_count{operation="nodes.list"}"#), Some(3.0));
    assert_eq!(
        of(r#"bailiwick_request_duration_seconds_bucket{le="+Inf",operation="nodes.list"}"#),
        Some(3.0)
    );
    assert_eq!(of(r#"bailiwick_nodes{organization="default",status="unknown"}"#), Some(2.0));
    assert!(of("bailiwick_keys").unwrap() >= 2.0);
    assert!(of(r#"bailiwick_statements_total{statement="nodes.create"}"#).unwrap() >= 2.0);
    assert!(of("process_resident_memory_bytes").unwrap() > 1e6);
    assert!(of("process_virtual_memory_bytes") > of("process_resident_memory_bytes"));
    assert!(of("process_max_fds") > of("process_open_fds") && of("process_threads").unwrap() >= 1.0);
    // Later than 2020, and not in the future.
    let now = SystemClock.now().as_micros() as f64 / 1e6;
    assert!((1_577_836_800.0..=now + 2.0).contains(&of("process_start_time_seconds").unwrap()));
    // The same over the API, as JSON.
    let body = app.root().get("/v1/metrics").await.expect(200).body;
    let families = body["families"].as_array().unwrap();
    let nodes = families.iter().find(|family| family["name"] == "bailiwick_nodes").unwrap();
    let expected = json!([{
        "suffix": "", "labels": { "organization": "default", "status": "unknown" }, "value": 2.0,
    }]);
    assert_eq!((&nodes["kind"], &nodes["samples"]), (&json!("gauge"), &expected));
}

#[tokio::test]
async fn metrics_are_for_root_keys_with_their_scope_and_for_server_administrators() {
    let app = TestApp::new().await;
    for path in ["/metrics", "/v1/metrics"] {
        app.anonymous().get(path).await.problem(401, "credential_missing");
        app.owner().get(path).await.problem(403, "root_only");
        app.administrator().await.get(path).await.expect(200);
        let key = app.root_key(&["server.metrics".to_owned()], json!({})).await;
        app.with_key(&key).get(path).await.expect(200);
        let key = app.root_key(&["keys:read".to_owned()], json!({})).await;
        app.with_key(&key).get(path).await.problem(403, "scope_missing");
    }
    app.root().post("/metrics", json!({})).await.expect(405);
}

#[tokio::test]
async fn openmetrics_is_answered_to_clients_that_ask_for_it() {
    let app = TestApp::new().await;
    app.root().get("/v1/version").await.expect(200);
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let reply = app.root().header("accept", accept).get("/metrics").await.expect(200);
    assert_eq!(reply.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let head = app.root().header("accept", accept).send("HEAD", "/metrics", None).await.expect(200);
    assert_eq!(head.headers["content-type"], reply.headers["content-type"]);
    let text = reply.body.as_str().unwrap();
    assert!(text.ends_with("# EOF\n") && text.contains("# TYPE bailiwick_requests counter\n"), "{text}");
}

#[tokio::test]
async fn refusals_are_counted_by_the_code_of_the_error() {
    let mut config = Config::default();
    config.server.max_concurrent_requests = 1;
    let app = TestApp::with_config(&config).await;
    app.anonymous().get("/v1/nodes").await.problem(401, "credential_missing");
    app.with_key("blw_org_wrong").get("/v1/nodes").await.problem(401, "credential_malformed");
    app.with_key("blw_org_wrong").get("/v1/nodes").await.problem(401, "credential_malformed");
    let (key, _) = app.key(&["sites:read"], json!({})).await;
    app.with_key(&key).get("/v1/nodes").await.problem(403, "scope_missing");
    let limited = json!({ "rate_limit": { "per_minute": 1, "burst": 1 } });
    let (key, _) = app.key(&["sites:read"], limited).await;
    app.with_key(&key).get("/v1/sites").await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(429, "rate_limited");
    app.owner().get("/v1/nowhere").await.problem(404, "unknown_path");
    app.owner().delete("/v1/nodes").await.problem(405, "method_not_allowed");
    app.owner().get("/v1/nodes?limit=x").await.problem(400, "invalid");
    // Other systems' forms of errors, GraphQL, and agents.
    app.anonymous().get("/v1/management/nodes").await.expect(401);
    app.anonymous().post("/graphql", json!({ "query": "{ nodes { id } }" })).await.expect(401);
    assert_eq!(poll(&app, app.owner_key(), &[PROTOBUF], vec![0xff, 0xff]).await.0, 400);
    assert_eq!(poll(&app, "blw_agent_wrong", &[PROTOBUF], Vec::new()).await.0, 401);

    let text = text(&app.root()).await;
    let samples = samples(&text);
    let of = |reason: &str| {
        samples.get(format!("bailiwick_refusals_total{{reason=\"{reason}\"}}").as_str()).copied()
    };
    for (reason, count) in [
        ("credential_missing", 3.0),
        ("credential_malformed", 3.0),
        ("scope_missing", 1.0),
        ("rate_limited", 1.0),
        ("unknown_path", 1.0),
        ("method_not_allowed", 1.0),
        ("invalid", 1.0),
        ("malformed_message", 1.0),
    ] {
        assert_eq!(of(reason), Some(count), "{reason}: {text}");
    }
    // Each reason is one that the documentation explains.
    let documented = include_str!("../../../../docs/errors.md");
    for name in samples.keys().filter_map(|name| name.strip_prefix("bailiwick_refusals_total{reason=\"")) {
        let reason = name.strip_suffix("\"}").unwrap();
        assert!(documented.contains(&format!("`{reason}`")), "{reason} is not in docs/errors.md");
    }
}

#[tokio::test]
async fn commands_and_their_results_are_counted_when_they_are_committed() {
    let app = TestApp::new().await;
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let (other, _) = app.machine("default", "db-2", json!({})).await;
    let _background = app.start();
    let mut connected = app.connect(&node, &agent).await;
    let run = json!({ "targets": { "nodes": [node, other] }, "shell": "sh", "command": "true" });
    let given = app.owner().post("/v1/commands", run.clone()).await.expect(202).body;
    let id = given["id"].as_str().unwrap().to_owned();
    connected.ordered().await;
    connected.finish(id.parse().unwrap(), ending(ResultState::Succeeded, Some(0), "")).await;
    app.owner().post(&format!("/v1/commands/{id}/cancel"), json!({})).await.expect(200);
    // A command that is refused counts as none.
    let refused = json!({ "targets": { "nodes": ["nowhere"] }, "shell": "sh", "command": "true" });
    app.owner().post("/v1/commands", refused).await.expect(400);
    let text = text(&app.root()).await;
    let samples = samples(&text);
    let of = |name: &str| samples.get(name).copied();
    assert_eq!(of("bailiwick_commands_total"), Some(1.0), "{text}");
    assert_eq!(of(r#"bailiwick_command_results_total{state="succeeded"}"#), Some(1.0), "{text}");
    assert_eq!(of(r#"bailiwick_command_results_total{state="cancelled"}"#), Some(1.0), "{text}");
    assert_eq!(of(r#"bailiwick_command_results_total{state="failed"}"#), Some(0.0), "{text}");
    assert_eq!(of(r#"bailiwick_command_results_total{state="running"}"#), None, "{text}");
}

#[tokio::test]
async fn observations_are_counted_by_what_became_of_them() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    let row = |minute: u32, value: f64| {
        json!({ "node": "lathe-1", "metric": "load", "unit": "%", "value": value,
                "at": format!("2029-12-31T06:{minute:02}:00Z") })
    };
    let send = async |rows: serde_json::Value| {
        let body = json!({ "observations": rows, "partial": true });
        app.owner().post("/v1/observations", body).await.expect(200)
    };
    send(json!([row(1, 1.0), row(2, 2.0), row(3, 3.0)])).await;
    send(json!([row(1, 1.0), row(2, 9.0)])).await;
    let text = text(&app.root()).await;
    let samples = samples(&text);
    for (outcome, count) in [("stored", 3.0), ("known", 1.0), ("refused", 1.0)] {
        let name = format!("bailiwick_observations_total{{outcome=\"{outcome}\"}}");
        assert_eq!(samples.get(name.as_str()), Some(&count), "{outcome}: {text}");
    }
}

#[tokio::test]
async fn pools_queues_and_connected_agents_are_shown() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    let mut client = Client::connect(&served, &key, Machine::named("a")).await;
    let hello = client.full();
    let (_, reply) = poll(&app, &key, &[PROTOBUF], hello.encode_to_vec()).await;
    client.take_offer(&reply.unwrap());
    let key = client.machine.key.clone().unwrap();
    let hello = client.full();
    poll(&app, &key, &[PROTOBUF], hello.encode_to_vec()).await;
    let text = text(&app.root()).await;
    let samples = samples(&text);
    let of = |name: &str| samples.get(name).copied();
    assert_eq!(of(r#"bailiwick_connected_agents{client="bailiwick",transport="http"}"#), Some(1.0), "{text}");
    assert_eq!(of(r#"bailiwick_connected_agents{client="bailiwick",transport="websocket"}"#), Some(0.0));
    // The request for the metrics is the only one now, and it has a place.
    assert_eq!(of(r#"bailiwick_places_taken{pool="requests"}"#), Some(1.0), "{text}");
    assert_eq!(of(r#"bailiwick_places{pool="requests"}"#), Some(1_024.0));
    assert_eq!(of(r#"bailiwick_reservable_memory_bytes{pool="heads"}"#), Some(33_554_432.0));
    for name in [
        r#"bailiwick_queue_length{queue="audit_refusals"}"#,
        r#"bailiwick_queue_length{queue="computations"}"#,
        r#"bailiwick_queue_length{queue="observation_batches"}"#,
        r#"bailiwick_queue_bytes{queue="agent_reports"}"#,
        r#"bailiwick_queue_bytes{queue="host_readings"}"#,
        "bailiwick_log_lines_dropped_total",
    ] {
        assert_eq!(of(name), Some(0.0), "{name}: {text}");
    }
}
