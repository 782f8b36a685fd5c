//! What the server measures of itself, as JSON and as text.

use std::collections::BTreeMap;

use serde_json::json;

use crate::app::{Actor, TestApp};

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
