//! How a key is presented, and when it stops working.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_key_is_accepted_as_bearer_header_and_basic() {
    let app = TestApp::new().await;
    let key = app.owner_key();
    let basic = |text: String| format!("Basic {}", STANDARD.encode(text));
    for (name, value) in [
        ("authorization", format!("Bearer {key}")),
        // Prometheus, if its configuration names no type.
        ("authorization", key.to_owned()),
        ("x-api-key", key.to_owned()),
        ("authorization", basic(format!("api_key:{key}"))),
        // `curl -u KEY:`, and a generated client that leaves the colon out.
        ("authorization", basic(format!("{key}:"))),
        ("authorization", basic(key.to_owned())),
    ] {
        let me = app.anonymous().header(name, &value).get("/v1/whoami").await.expect(200);
        assert_eq!(me.body["key"]["name"], "First organization key");
    }
    let both = app.with_key(key).header("x-api-key", "another");
    both.get("/v1/whoami").await.problem(400, "several_credentials");
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_and_not_repeated() {
    let app = TestApp::new().await;
    let key = app.owner_key().to_owned();
    for path in [
        format!("/v1/whoami?api_key={key}"),
        format!("/v1/sites?labels={key}"),
        format!("/v1/whoami?{key}"),
        format!("/v1/readyz?x={key}"),
        format!("/v1/nothing?x={key}"),
    ] {
        let refused = app.owner().get(&path).await.problem(400, "key_in_query");
        assert!(!refused.body.to_string().contains(&key));
    }
    let refused = app.owner().get(&format!("/v1/nothing/{key}")).await.problem(404, "unknown_path");
    assert!(!refused.body.to_string().contains(&key[20..]), "{:#}", refused.body);
}

#[tokio::test]
async fn an_edited_key_is_checked_anew_at_the_next_request() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["sites:read"], json!({})).await;
    let path = format!("/v1/keys/{id}");
    app.with_key(&key).get("/v1/sites").await.expect(200);

    app.owner().patch(&path, json!({ "scopes": ["keys:read"] })).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(403, "scope_missing");
    app.owner().patch(&path, json!({ "scopes": ["sites.list"] })).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.expect(200);

    app.owner().patch(&path, json!({ "allowed_ips": ["198.51.100.7"] })).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(403, "address_not_allowed");
    app.with_key(&key).from("198.51.100.7").get("/v1/sites").await.expect(200);
    app.owner().patch(&path, json!({ "allowed_ips": [] })).await.expect(200);

    app.owner().post(&format!("{path}/disable"), json!({})).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(401, "key_disabled");
    app.owner().post(&format!("{path}/enable"), json!({})).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.expect(200);

    app.owner().delete(&path).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(401, "credential_unknown");
}

#[tokio::test]
async fn a_key_revokes_itself() {
    let app = TestApp::new().await;
    let (key, _) = app.key(&[], json!({})).await;
    app.with_key(&key).delete("/v1/whoami").await.expect(200);
    app.with_key(&key).get("/v1/whoami").await.problem(401, "credential_unknown");
}

#[tokio::test]
async fn the_keys_of_a_deleted_organization_stop_working() {
    let app = TestApp::new().await;
    app.organization("gone").await;
    let (key, _) = app.key_in("gone", &["*:*"], json!({})).await;
    app.with_key(&key).get("/v1/sites").await.expect(200);
    app.root().delete("/v1/organizations/gone?force=true").await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(401, "credential_unknown");
}

#[tokio::test]
async fn a_rate_limit_is_shown_in_headers_and_enforced() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["*:*"], json!({ "rate_limit": { "per_minute": 60, "burst": 2 } })).await;
    let first = app.with_key(&key).get("/v1/whoami").await.expect(200);
    assert_eq!(first.headers["ratelimit-policy"], "\"key\";q=2;w=2");
    assert_eq!(first.headers["ratelimit"], "\"key\";r=1;t=1");
    assert_eq!(
        first.body["limits"],
        json!({ "rate_limit": { "per_minute": 60, "burst": 2 }, "remaining": 1, "commands": null })
    );
    app.with_key(&key).get("/v1/whoami").await.expect(200);
    let refused = app.with_key(&key).get("/v1/whoami").await.problem(429, "rate_limited");
    assert_eq!(refused.headers["ratelimit"], "\"key\";r=0;t=2");
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    app.advance(wait);
    app.with_key(&key).get("/v1/whoami").await.expect(200);
    // An edit of something else does not fill the bucket.
    app.with_key(&key).get("/v1/whoami").await.expect(200);
    app.owner().patch(&format!("/v1/keys/{id}"), json!({ "name": "Renamed" })).await.expect(200);
    app.with_key(&key).get("/v1/whoami").await.problem(429, "rate_limited");
    app.owner().patch(&format!("/v1/keys/{id}"), json!({ "rate_limit": null })).await.expect(200);
    app.with_key(&key).get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_shown_at_once_and_stored() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["sites:read"], json!({})).await;
    assert_eq!(app.owner().get(&format!("/v1/keys/{id}")).await.body["last_used"], json!(null));
    app.with_key(&key).from("198.51.100.7").get("/v1/sites").await.expect(200);
    let expected =
        json!({ "at": "2030-01-01T00:00:00Z", "address": "198.51.100.7", "operation": "sites.list" });
    assert_eq!(app.owner().get(&format!("/v1/keys/{id}")).await.body["last_used"], expected);
    app.control.write_down_now().await;
    let stored = app.control.store().key_digests(id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(json!(stored.key.last_used), expected);
    assert_eq!(stored.key.revision.number(), 1, "using a key changed its revision");
}

#[tokio::test]
async fn keys_move_to_a_new_pepper_when_they_are_used() {
    use bailiwick_domain::key::Peppers;
    use bailiwick_engine::outside::SystemEntropy;
    use bailiwick_server::config::Config;
    use bailiwick_store::{DatabaseUrl, Store};

    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let store = async || Store::connect(&url, 2).await.unwrap();
    let old = Peppers::generate(&SystemEntropy);
    let first = TestApp::on(store().await, old.clone(), &Config::default()).await;
    let (used, used_id) = first.key(&[], json!({})).await;
    let (unused, _) = first.key(&[], json!({})).await;

    let both = old.with_new(&SystemEntropy);
    let second = TestApp::on(store().await, both.clone(), &Config::default()).await;
    second.with_key(&used).get("/v1/whoami").await.expect(200);
    second.control.write_down_now().await;
    let digests = second.control.store().key_digests(used_id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(digests.current.pepper, 2);
    second.with_key(&used).get("/v1/whoami").await.expect(200);

    let third = TestApp::on(store().await, both.only_current(), &Config::default()).await;
    third.with_key(&used).get("/v1/whoami").await.expect(200);
    third.with_key(&unused).get("/v1/whoami").await.problem(401, "credential_unknown");
}

/// A request whose body is held back until the sender is told.
fn held_back(
    app: &TestApp,
    key: &str,
    body: &'static str,
) -> (tokio::sync::oneshot::Sender<()>, impl Future<Output = http::Response<axum::body::Body>>) {
    let (release, released) = tokio::sync::oneshot::channel();
    let stream = futures::stream::once(async move {
        let _ = released.await;
        Ok::<_, std::io::Error>(body)
    });
    let mut request = http::Request::builder()
        .method("POST")
        .uri("/v1/keys")
        .header("x-api-key", key)
        .header("content-type", "application/json")
        .body(axum::body::Body::from_stream(stream))
        .unwrap();
    let peer = std::net::SocketAddr::from(([192, 0, 2, 1], 4711));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let response = tower::ServiceExt::oneshot(app.router.clone(), request);
    (release, async { response.await.unwrap() })
}

#[tokio::test]
async fn a_request_under_way_fails_when_its_key_is_revoked() {
    for (change, status) in [("delete", 401), ("narrow", 409), ("expire", 401)] {
        let app = TestApp::new().await;
        let more = if change == "expire" { json!({ "ttl_seconds": 10 }) } else { json!({}) };
        let (key, id) = app.key(&["keys:*"], more).await;
        let (release, response) = held_back(&app, &key, r#"{"name":"Later","scopes":[]}"#);
        let mut response = Box::pin(response);
        assert!(
            futures::poll!(&mut response).is_pending(),
            "the request must be admitted and wait for its body"
        );
        match change {
            "delete" => drop(app.owner().delete(&format!("/v1/keys/{id}")).await.expect(200)),
            "narrow" => {
                drop(app.owner().patch(&format!("/v1/keys/{id}"), json!({ "scopes": [] })).await.expect(200))
            }
            _ => app.advance(10),
        }
        release.send(()).unwrap();
        assert_eq!(response.await.status().as_u16(), status, "{change}");
        let keys = app.owner().get("/v1/keys").await.expect(200);
        assert!(!keys.items("name").contains(&json!("Later")), "{change}");
    }
}
