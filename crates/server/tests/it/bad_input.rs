//! What a client sends wrong is named back to it, in one form, and nothing is done.

use bailiwick_server::config::Config;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn an_invalid_field_is_named_with_the_expected_value() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let key = |more: serde_json::Value| {
        let mut body = json!({ "name": "x", "scopes": [] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (path, body, field, expected) in [
        ("/v1/sites", json!({}), "name", "required"),
        ("/v1/sites", json!({ "name": 7 }), "name", "expected a string"),
        ("/v1/sites", json!({ "name": null }), "name", "expected a string"),
        ("/v1/sites", json!({ "name": "" }), "name", "1 to 255 characters, found 0"),
        ("/v1/sites", json!({ "name": "x".repeat(256) }), "name", "1 to 255 characters, found 256"),
        ("/v1/sites", json!({ "name": "a\u{7}" }), "name", "no control characters"),
        ("/v1/sites", json!({ "name": "x\u{202e}cod.exe" }), "name", "found U+202E"),
        ("/v1/sites", json!({ "name": "a\u{200b}" }), "name", "found U+200B"),
        ("/v1/sites", json!({ "name": "a", "labels": { "a": "b\u{2066}c" } }), "labels.a", "found U+2066"),
        ("/v1/nodes", json!({ "type": "generic", "name": "a\u{2060}b", "address": "a" }), "name", "U+2060"),
        ("/v1/nodes", json!({ "type": "generic", "name": "import", "address": "a" }), "name", "another name"),
        ("/v1/nodes", json!({ "type": "generic", "name": "..", "address": "a" }), "name", "another name"),
        (
            "/v1/scripts",
            json!({ "name": ".", "shell": "sh", "body": "true" }),
            "name",
            "expected another name",
        ),
        ("/v1/nodes", json!({ "type": "generic", "name": "a", "address": "a\u{feff}" }), "address", "U+FEFF"),
        ("/v1/keys", key(json!({ "name": "\u{2067}x" })), "name", "found U+2067"),
        ("/v1/roles", json!({ "name": "a\u{ad}b", "scopes": ["*:read"] }), "name", "found U+00AD"),
        (
            "/v1/agents",
            json!({ "type": "mtconnect_adapter", "settings": { "url": "http://u:hunter2@cell-7" } }),
            "settings.url",
            "a URL without a user name and password",
        ),
        ("/v1/sites", json!({ "name": "a", "nmae": "b" }), "nmae", "did you mean `name`?"),
        (
            "/v1/sites",
            json!({ "name": "a", "labels": { "a-b": "c" } }),
            "labels.a-b",
            "expected a label name",
        ),
        ("/v1/sites", json!({ "name": "a", "labels": { "a": 1 } }), "labels.a", "expected a string"),
        ("/v1/sites", json!({ "name": "a", "labels": [] }), "labels", "expected a map"),
        ("/v1/keys", key(json!({ "scopes": ["sites:raed"] })), "scopes[0]", "expected a scope"),
        ("/v1/keys", key(json!({ "scopes": ["site:read"] })), "scopes[0]", "did you mean `sites:read`?"),
        (
            "/v1/keys",
            key(json!({ "scopes": ["keys.list", "sites.lst"] })),
            "scopes[1]",
            "did you mean `sites.list`?",
        ),
        ("/v1/keys", key(json!({ "scopes": "sites:read" })), "scopes", "expected a sequence"),
        ("/v1/keys", key(json!({ "kind": "agent" })), "kind", "expected one of `root`, `org`, `enrol`"),
        (
            "/v1/keys",
            key(json!({ "allowed_ips": ["10.0.0.0/33"] })),
            "allowed_ips[0]",
            "expected an address or a network",
        ),
        (
            "/v1/keys",
            key(json!({ "allowed_ips": ["10.0.0.1/8"] })),
            "allowed_ips[0]",
            "did you mean 10.0.0.0/8?",
        ),
        (
            "/v1/keys",
            key(json!({ "denied_ips": ["office"] })),
            "denied_ips[0]",
            "expected an address or a network",
        ),
        ("/v1/keys", key(json!({ "reach": { "labels": "env=" } })), "", ""),
        ("/v1/keys", key(json!({ "reach": { "labels": "env in prod" } })), "reach.labels", "expected `(`"),
        ("/v1/keys", key(json!({ "reach": { "labels": "" } })), "reach.labels", "expected a requirement"),
        ("/v1/keys", key(json!({ "reach": { "site": [] } })), "reach.site", "unknown field"),
        ("/v1/keys", key(json!({ "reach": { "sites": ["x"] } })), "reach.sites[0]", "there is no site x"),
        (
            "/v1/keys",
            key(json!({ "reach": { "sites": ["01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"] } })),
            "reach.sites[0]",
            "there is no site",
        ),
        ("/v1/keys", key(json!({ "expires_at": "2029-12-31T23:59:59Z" })), "expires_at", "in the future"),
        ("/v1/keys", key(json!({ "expires_at": "tomorrow" })), "expires_at", "expected an RFC 3339 time"),
        ("/v1/keys", key(json!({ "ttl_seconds": 0 })), "ttl_seconds", "expected 1 to"),
        ("/v1/keys", key(json!({ "ttl_seconds": 1.5 })), "ttl_seconds", "expected i64"),
        (
            "/v1/keys",
            key(json!({ "ttl_seconds": 60, "expires_at": "2031-01-01T00:00:00Z" })),
            "ttl_seconds",
            "either `expires_at` or `ttl_seconds`",
        ),
        (
            "/v1/keys",
            key(json!({ "not_before": "2031-01-01T00:00:00Z", "expires_at": "2030-06-01T00:00:00Z" })),
            "not_before",
            "before `expires_at`",
        ),
        ("/v1/keys", key(json!({ "rate_limit": { "per_minute": 0 } })), "rate_limit.per_minute", "nonzero"),
        ("/v1/keys", key(json!({ "rate_limit": {} })), "rate_limit.per_minute", "required"),
        ("/v1/whoami/can", json!({ "operation": 1 }), "operation", "expected a string"),
    ] {
        let reply = owner.post(path, body.clone()).await;
        if expected.is_empty() {
            // An empty value is a value.
            reply.expect(201);
            continue;
        }
        let refused = reply.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{body}: {:#}", refused.body);
    }
    let keys = owner.get("/v1/keys").await.expect(200);
    assert_eq!(keys.body["items"].as_array().unwrap().len(), 2, "a refused request created a key");
    assert_eq!(owner.get("/v1/sites").await.body["items"], json!([]));
}

#[tokio::test]
async fn several_wrong_fields_are_named_at_once() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "x", "scopes": ["site:read", "keys.lst"], "expires_at": "2000-01-01T00:00:00Z",
        "reach": { "labels": "" },
    });
    let refused = app.owner().post("/v1/keys", body).await.problem(400, "invalid");
    for field in ["scopes[0]", "scopes[1]", "expires_at", "reach.labels"] {
        refused.field(field);
    }
    let refused = app.owner().get("/v1/sites?a=1&b=2").await.problem(400, "invalid");
    refused.field("a");
    refused.field("b");
}

#[tokio::test]
async fn long_input_is_not_repeated_whole_in_errors() {
    let app = TestApp::new().await;
    let long = "x".repeat(100_000);
    for body in [
        json!({ long.as_str(): 1 }),
        json!({ "name": long }),
        json!({ "name": "x", "labels": { long.as_str(): "" } }),
    ] {
        let refused = app.owner().post("/v1/sites", body).await.problem(400, "invalid");
        assert!(refused.body.to_string().len() < 2_000);
    }
    let many: serde_json::Map<_, _> = (0..1_000).map(|n| (format!("f{n}"), json!(0))).collect();
    let refused = app.owner().post("/v1/sites", many.into()).await.problem(400, "invalid");
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn an_invalid_query_parameter_is_named() {
    let app = TestApp::new().await;
    for (query, field, expected) in [
        ("limit=0", "limit", "expected 1 to 1000, found 0"),
        ("limit=1001", "limit", "expected 1 to 1000, found 1001"),
        ("limit=many", "limit", "invalid digit"),
        ("limit=1&limit=2", "limit", "expected this parameter only once"),
        ("labels=env+prod", "labels", "at character 5"),
        ("labels=", "labels", "expected a requirement"),
        ("labels=+", "labels", "expected a requirement"),
        ("labels", "labels", "expected a requirement"),
        ("search=%ff", "search", "expected text in UTF-8"),
        ("search=%zz", "search", "two hexadecimal digits"),
        ("search=a%2", "search", "two hexadecimal digits"),
        ("sear%63h=%", "search", "two hexadecimal digits"),
        ("sort=size", "sort", "expected one of `name`"),
        ("cursor=nonsense", "cursor", "expected a `next_cursor`"),
        ("lables=x", "lables", "did you mean `labels`?"),
        ("organization=", "organization", "expected an organization's id or slug"),
        ("organization=default&organization=default", "organization", "expected this parameter only once"),
    ] {
        let refused = app.owner().get(&format!("/v1/sites?{query}")).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{query}: {:#}", refused.body);
    }
    let refused = app.owner().post("/v1/sites?name=x", json!({ "name": "x" })).await.problem(400, "invalid");
    assert!(refused.field("name").contains("in the body"));
    let refused = app.owner().get("/v1/commands/nonsense").await.problem(400, "invalid");
    assert!(refused.field("command").contains("expected an id"));
    let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
    let path = format!("/v1/sites/{id}");
    app.owner().get(&format!("{path}?site={id}")).await.problem(400, "invalid").field("site");
    app.owner().patch(&path, json!({ "site": id })).await.problem(400, "invalid").field("site");
}

#[tokio::test]
async fn a_body_must_be_a_json_object_of_bounded_size() {
    let mut config = Config::default();
    config.server.body_limit_bytes = 1_000;
    let app = TestApp::with_config(&config).await;
    let owner = app.owner();
    let json = Some("application/json");
    let malformed = owner.raw("POST", "/v1/sites", json, b"{\"name\":".to_vec()).await;
    assert!(
        malformed.problem(400, "malformed_json").body["detail"].as_str().unwrap().contains("line 1 column 8")
    );
    owner.raw("POST", "/v1/sites", json, b"[1]".to_vec()).await.problem(400, "invalid");
    owner.raw("POST", "/v1/sites", json, vec![0xff, 0xfe]).await.problem(400, "malformed_json");
    let deep = "[".repeat(900).into_bytes();
    owner.raw("POST", "/v1/sites", json, deep).await.problem(400, "malformed_json");
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("é+json")]
    {
        let reply = owner.raw("POST", "/v1/sites", content_type, b"{\"name\":\"x\"}".to_vec()).await;
        reply.problem(415, "unsupported_media_type");
    }
    let charset = Some("application/json; charset=utf-8");
    owner.raw("POST", "/v1/sites", charset, b"{\"name\":\"x\"}".to_vec()).await.expect(201);
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(1_000)).into_bytes();
    owner.raw("POST", "/v1/sites", json, large.clone()).await.problem(413, "body_too_large");
    // Who may not is told so before the body is read.
    app.anonymous().raw("POST", "/v1/sites", json, large).await.problem(401, "credential_missing");
    // No body at all is an empty object.
    owner.raw("POST", "/v1/sites", None, Vec::new()).await.problem(400, "invalid").field("name");
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_get_json_errors() {
    let app = TestApp::new().await;
    for path in
        ["//", "/v1", "/v1//", "/v1/nodez", "/v1/sites/", "/v1/sites/a/b", "/V1/sites", "/favicon.ico"]
    {
        app.owner().get(path).await.problem(404, "unknown_path");
    }
    for (method, path, allow) in [
        ("DELETE", "/v1/sites", "GET, HEAD, POST"),
        ("PUT", "/v1/sites", "GET, HEAD, POST"),
        ("POST", "/v1/whoami", "GET, HEAD, DELETE"),
        ("GET", "/v1/whoami/can", "POST"),
        ("POST", "/v1/openapi.json", "GET, HEAD"),
        ("BREW", "/v1/readyz", "GET, HEAD"),
    ] {
        let refused = app.owner().send(method, path, None).await.problem(405, "method_not_allowed");
        assert_eq!(refused.headers["allow"], allow);
    }
    let app = TestApp::new().await;
    for path in ["/v1/sites/%ff", "/console/%ff", "/console/assets/%ff", "/v1/docs/%ff", "/graphql/%ff"] {
        app.owner().get(path).await.problem(404, "unknown_path");
    }
    app.owner().get("/v1/sites?labels=%ff").await.problem(400, "invalid");
}

#[tokio::test]
async fn requests_over_the_concurrency_limit_are_refused() {
    let mut config = Config::default();
    config.server.max_concurrent_requests = 1;
    let app = TestApp::with_config(&config).await;
    // A request whose body does not end has a place among those that arrive, and none among those that
    // are answered.
    let (_sender, receiver) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let stream = futures::stream::unfold(receiver, |mut r| async { r.recv().await.map(|item| (item, r)) });
    let mut request = http::Request::builder()
        .method("POST")
        .uri("/v1/sites")
        .header("x-api-key", app.owner_key())
        .header("content-type", "application/json")
        .body(axum::body::Body::from_stream(stream))
        .unwrap();
    let peer = std::net::SocketAddr::from(([192, 0, 2, 1], 4711));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let mut held = Box::pin(tower::ServiceExt::oneshot(app.router.clone(), request));
    assert!(futures::poll!(&mut held).is_pending());
    app.owner().get("/v1/sites").await.expect(200);
    drop(held);
    config.server.max_concurrent_requests = 0;
    let full = TestApp::with_config(&config).await;
    let refused = full.with_key(full.owner_key()).get("/v1/sites").await.problem(503, "overloaded");
    assert_eq!(refused.headers["retry-after"], "1");
    full.anonymous().get("/v1/readyz").await.expect(200);
}
