//! `server.metrics_address`: metrics without a key, for programs on the same machine.

use bailiwick_server::local_metrics;
use serde_json::json;

use crate::app::TestApp;

/// An app at whose address for metrics callers ask.
async fn local() -> TestApp {
    let mut app = TestApp::new().await;
    app.node(json!({ "name": "db-1" })).await;
    app.router = local_metrics::router(&app.app);
    app
}

#[tokio::test]
async fn metrics_need_no_key_there_in_both_formats() {
    let app = local().await;
    for host in ["localhost", "localhost:9464", "127.0.0.1:9464", "[::1]:9464"] {
        let reply = app.anonymous().header("host", host).get("/metrics").await.expect(200);
        assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let text = reply.body.as_str().unwrap();
        assert!(text.contains("bailiwick_nodes{organization=\"default\",status=\"unknown\"} 1\n"), "{text}");
    }
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let asks = app.anonymous().header("host", "localhost").header("accept", accept);
    let reply = asks.get("/metrics").await.expect(200);
    assert_eq!(reply.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_eq!(reply.headers["cache-control"], "no-store");
    let text = reply.body.as_str().unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    // The requests there are counted as those of the operation.
    assert!(
        text.contains("bailiwick_requests_total{operation=\"server.metrics\",outcome=\"done\"} 4"),
        "{text}"
    );
    let head = asks.send("HEAD", "/metrics", None).await.expect(200);
    assert_eq!(
        (head.headers["content-type"].clone(), head.body),
        (reply.headers["content-type"].clone(), json!(null))
    );
}

#[tokio::test]
async fn nothing_else_is_reachable_there() {
    let app = local().await;
    let key = app.owner_key().to_owned();
    let with_key = || app.with_key(&key).header("host", "localhost");
    for path in [
        "/",
        "/v1/whoami",
        "/v1/metrics",
        "/v1/nodes",
        "/v1/readyz",
        "/v1/opamp",
        "/v1/openapi.json",
        "/v1/docs",
        "/graphql",
        "/console/",
        "/metrics/",
        "/metrics/../v1/whoami",
        "//metrics",
        "/METRICS",
    ] {
        with_key().get(path).await.problem(404, "unknown_path");
        with_key().post(path, json!({})).await.problem(404, "unknown_path");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        let reply = with_key().send(method, "/metrics", None).await.problem(405, "method_not_allowed");
        assert_eq!(reply.headers["allow"], "GET, HEAD");
    }
    with_key().get("/metrics?organization=default").await.problem(400, "invalid");
    with_key().get(&format!("/metrics?key={key}")).await.problem(400, "key_in_query");
}

#[tokio::test]
async fn a_name_of_another_host_is_refused_there() {
    let app = local().await;
    for host in
        ["attacker.example.com", "attacker.example.com:9464", "localhost.example.com", "192.0.2.1", "a b", ""]
    {
        let reply = app.anonymous().header("host", host).get("/metrics").await;
        reply.problem(421, "host_not_local");
    }
    app.anonymous().get("/metrics").await.problem(400, "host_missing");
    let two = app.anonymous().header("host", "localhost").header("host", "attacker.example.com");
    two.get("/metrics").await.problem(400, "host_missing");
    // The host in the request's own target counts, too, as HTTP/2 sends it.
    let rebound = app.anonymous().header("host", "localhost");
    rebound.get("http://attacker.example.com/metrics").await.problem(421, "host_not_local");
    rebound.get("http://127.0.0.1:9464/metrics").await.expect(200);
}
