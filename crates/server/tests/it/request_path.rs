//! The way of a request to its operation: places, bodies, credentials and addresses.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use bailiwick_catalogue::catalogue;
use bailiwick_engine::shape::spec::{Access, Method};
use bailiwick_server::config::Config;
use bailiwick_server::sockets::Sockets;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, channel};
use tower::ServiceExt as _;

use crate::app::TestApp;
use crate::example;

/// A request whose body is sent by hand, and has begun.
struct Slow {
    answer: BoxFuture<'static, Response>,
    body: Sender<Result<Vec<u8>, std::io::Error>>,
}

impl Slow {
    /// Begins a request, and says whether it was answered at once.
    async fn begin(app: &TestApp, path: &str, key: Option<&str>, client: [u8; 4]) -> Result<Self, u16> {
        let (body, receiver) = channel(4);
        let stream =
            futures::stream::unfold(receiver, |mut r| async { r.recv().await.map(|item| (item, r)) });
        let mut request = http::Request::post(path).header("content-type", "application/json");
        if path.ends_with("/import") {
            request = http::Request::post(path).header("content-type", "text/csv");
        }
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let mut request = request.body(Body::from_stream(stream)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((client, 4711))));
        let router = app.router.clone();
        let mut answer: BoxFuture<'static, Response> =
            Box::pin(async move { router.oneshot(request).await.unwrap() });
        match futures::poll!(&mut answer) {
            std::task::Poll::Ready(response) => Err(response.status().as_u16()),
            std::task::Poll::Pending => Ok(Self { answer, body }),
        }
    }

    /// Sends the rest, and hears the answer.
    async fn finish(self, rest: &str) -> (u16, Value) {
        self.body.send(Ok(rest.as_bytes().to_vec())).await.unwrap();
        drop(self.body);
        let response = self.answer.await;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }
}

/// Begins many requests with a slow body, and waits until all but `expected` of them are refused. Answers the others.
async fn let_in(
    app: &TestApp,
    path: &str,
    key: Option<&str>,
    client: [u8; 4],
    [many, expected]: [usize; 2],
) -> Vec<Slow> {
    let mut held = Vec::new();
    for _ in 0..many {
        held.push(Slow::begin(app, path, key, client).await.unwrap());
    }
    while held.len() > expected {
        let answers = held.iter_mut().map(|slow| &mut slow.answer);
        let (response, index, _) = futures::future::select_all(answers).await;
        assert_eq!(response.status(), 503, "{path}");
        let text = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&text).contains("overloaded"), "{path}: {text:?}");
        held.remove(index);
    }
    for slow in &mut held {
        assert!(futures::poll!(&mut slow.answer).is_pending(), "{path}: one more is refused");
    }
    held
}

fn with_room(requests: usize) -> Config {
    let mut config = Config::default();
    config.server.max_concurrent_requests = requests;
    config
}

#[tokio::test]
async fn slow_bodies_of_one_key_leave_places_for_other_callers() {
    let app = TestApp::with_config(&with_room(16)).await;
    app.organization("two").await;
    let (slow, _) = app.key(&["sites:*"], json!({})).await;
    let (colleague, _) = app.key(&["sites:*"], json!({})).await;
    let (third, _) = app.key(&["sites:*"], json!({})).await;
    let (stranger, _) = app.key_in("two", &["sites:*"], json!({})).await;
    for path in ["/v1/sites", "/v1/whoami/can"] {
        let client = [192, 0, 2, 9];
        // One key has a quarter of the places, and one organization has half of them. Another one gets a place.
        let mut held = let_in(&app, path, Some(&slow), client, [40, 4]).await;
        held.extend(let_in(&app, path, Some(&colleague), client, [40, 4]).await);
        let_in(&app, path, Some(&third), client, [1, 0]).await;
        held.extend(let_in(&app, path, Some(&stranger), client, [1, 1]).await);
        // What has no body needs no place among those who send one, also for the key itself.
        app.with_key(&slow).get("/v1/whoami").await.expect(200);
        app.with_key(&third).get("/v1/sites").await.expect(200);
    }
    let held = let_in(&app, "/v1/sites", Some(&slow), [192, 0, 2, 9], [40, 4]).await;
    let first = held.into_iter().next().unwrap();
    let (status, site) = first.finish(r#"{"name":"Slow but sure"}"#).await;
    assert_eq!((status, site["name"].as_str()), (201, Some("Slow but sure")));
}

#[tokio::test]
async fn slow_logins_of_one_network_leave_places_for_others() {
    let app = TestApp::new().await;
    for path in ["/v1/sessions", "/v1/invitations/accept"] {
        // One network has 256 places for logins.
        let held = let_in(&app, path, None, [203, 0, 113, 7], [300, 256]).await;
        // Elsewhere, and with 64 slow ones also there, people log in.
        app.administrator().await;
        let body = json!({ "email": "admin@localhost", "password": app.administrator_password() });
        app.anonymous().from("203.0.113.8").post("/v1/sessions", body.clone()).await.expect(201);
        drop(held);
        let _held = let_in(&app, path, None, [203, 0, 113, 7], [64, 64]).await;
        app.anonymous().from("203.0.113.7").post("/v1/sessions", body).await.expect(201);
    }
    let large = json!({ "email": "a@example.com", "password": "x".repeat(20_000) });
    app.anonymous().post("/v1/sessions", large).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn a_slow_body_times_out_and_frees_its_place() {
    let mut config = with_room(1);
    config.server.request_timeout_seconds = 3;
    let app = TestApp::with_config(&config).await;
    let (node, _) = app.machine("default", "vm", json!({})).await;
    app.all_online().await;
    // The other system has an agent where we have a node.
    let command = format!("/agents/{node}/cmd/");
    for (path, key) in [
        ("/v1/sessions", None),
        ("/v1/sites", Some(app.owner_key())),
        ("/v1/nodes/import", Some(app.owner_key())),
        // Those who wait for a command have a day, but not for its body.
        (command.as_str(), Some(app.owner_key())),
    ] {
        let mut slow = Slow::begin(&app, path, key, [192, 0, 2, 9]).await.ok().unwrap();
        slow.body.send(Ok(b"{".to_vec())).await.unwrap();
        let began = std::time::Instant::now();
        // The only place is free while the body is awaited.
        let mut is_free = false;
        while !is_free {
            if let std::task::Poll::Ready(response) = futures::poll!(&mut slow.answer) {
                let bytes = response.into_body().collect().await.unwrap().to_bytes();
                panic!("{path}: it was answered too early: {}", String::from_utf8_lossy(&bytes));
            }
            is_free = app.owner().get("/v1/sites").await.status == 200;
        }
        let response = slow.answer.await;
        assert_eq!(response.status(), 503, "{path}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("did not arrive within 3 s"), "{path}: {text}");
        assert!(began.elapsed().as_secs() < 20, "{path}");
        drop(slow.body);
    }
}

#[tokio::test]
async fn requests_without_a_place_are_counted_among_the_refusals() {
    let app = TestApp::with_config(&with_room(4)).await;
    let client = [192, 0, 2, 9];
    // One key has a quarter of the places for bodies that arrive.
    let _held = let_in(&app, "/v1/sites", Some(app.owner_key()), client, [3, 1]).await;
    let text = app.root().get("/metrics").await.expect(200).body;
    let text = text.as_str().unwrap();
    for sample in [
        "bailiwick_refusals_total{reason=\"overloaded\"} 2\n",
        "bailiwick_places_taken{pool=\"arriving\"} 1\n",
        "bailiwick_places{pool=\"arriving\"} 4\n",
    ] {
        assert!(text.contains(sample), "{sample}: {text}");
    }
}

#[tokio::test]
async fn an_organization_runs_one_import_at_a_time() {
    let app = TestApp::new().await;
    app.organization("two").await;
    let (other, _) = app.key_in("two", &["nodes:*"], json!({})).await;
    let (second, _) = app.key(&["nodes:*"], json!({})).await;
    let client = [192, 0, 2, 9];
    let slow = Slow::begin(&app, "/v1/nodes/import", Some(app.owner_key()), client).await.ok().unwrap();
    let text = b"name,type,address\nn-1,generic,10.0.0.1\n".to_vec();
    for key in [app.owner_key(), &second] {
        let refused = app.with_key(key).raw("POST", "/v1/nodes/import", Some("text/csv"), text.clone()).await;
        let refused = refused.problem(503, "import_under_way");
        assert_eq!(refused.headers["retry-after"], "5");
    }
    app.with_key(&other).raw("POST", "/v1/nodes/import", Some("text/csv"), text.clone()).await.expect(200);
    app.owner().get("/v1/nodes").await.expect(200);
    let (status, _) = slow.finish("name,type,address\nn-2,generic,10.0.0.2\n").await;
    assert_eq!(status, 200);
    app.with_key(&second).raw("POST", "/v1/nodes/import", Some("text/csv"), text).await.expect(200);
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_gzip_body_is_accepted_within_the_same_limits() {
    let app = TestApp::new().await;
    let json = Some("application/json");
    let send = async |encoding: &str, path: &str, kind: Option<&str>, body: Vec<u8>| {
        app.owner().header("content-encoding", encoding).raw("POST", path, kind, body).await
    };
    let site = |name: &str| json!({ "name": name }).to_string().into_bytes();
    send("gzip", "/v1/sites", json, gzip(&site("a"))).await.expect(201);
    send("GZIP", "/v1/sites", json, gzip(&site("b"))).await.expect(201);
    send("identity", "/v1/sites", json, site("c")).await.expect(201);
    let csv = b"name,type,address\nn-1,generic,10.0.0.1\n";
    send("gzip", "/v1/nodes/import", Some("text/csv"), gzip(csv)).await.expect(200);
    for other in ["deflate", "br", "zstd", "gzip, gzip", "gzip, br"] {
        let refused = send(other, "/v1/sites", json, site("d")).await.problem(415, "unsupported_encoding");
        assert_eq!(refused.headers["accept-encoding"], "gzip, identity");
        assert!(refused.body["detail"].as_str().unwrap().contains(other));
    }
    send("gzip", "/v1/sites", json, site("d")).await.problem(400, "body_not_gzip");
    let mut cut = gzip(&site("d"));
    cut.truncate(cut.len() - 9);
    send("gzip", "/v1/sites", json, cut).await.problem(400, "body_not_gzip");
    // A megabyte is the most, whatever it was before.
    let padded = |bytes: usize| format!("{{\"name\":\"e\"{}}}", " ".repeat(bytes)).into_bytes();
    let refused = send("gzip", "/v1/sites", json, gzip(&padded(900 << 10))).await;
    assert!(refused.problem(400, "invalid").field("Content-Encoding").contains("200 times"));
    let noise: Vec<u8> =
        (0..2_u32 << 20).map(|n| b' ' + (n.wrapping_mul(2_654_435_761) >> 27) as u8).collect();
    send("gzip", "/v1/sites", json, gzip(&noise)).await.problem(413, "body_too_large");
    let empty = [gzip(&site("f")), gzip(b"").repeat(5_000)].concat();
    let refused = send("gzip", "/v1/sites", json, empty).await.problem(400, "invalid");
    assert!(refused.field("Content-Encoding").contains("at most 1000 gzip members"));
    send("gzip", "/v1/sites", json, gzip(&padded(10 << 10))).await.expect(201);
}

#[tokio::test]
async fn a_duplicate_json_member_is_refused_by_name() {
    let app = TestApp::new().await;
    let json = Some("application/json");
    for (method, path, body, field) in [
        ("POST", "/v1/sites", r#"{"name":"a","name":"b"}"#, "name"),
        ("POST", "/v1/sites", r#"{"name":"a","labels":{"x":"1","x":"1"}}"#, "labels.x"),
        ("POST", "/v1/keys", r#"{"name":"a","scopes":[],"reach":{"sites":[],"sites":[]}}"#, "reach.sites"),
    ] {
        let reply = app.owner().raw(method, path, json, body.into()).await;
        assert_eq!(reply.problem(400, "invalid").field(field), "expected this field only once");
    }
    let lines = r#"{"name":"a","type":"generic","address":"b","name":"c"}"#;
    let reply = app.owner().raw("POST", "/v1/nodes/import", Some("application/x-ndjson"), lines.into()).await;
    let refused = reply.problem(400, "invalid");
    assert!(refused.body.to_string().contains("only once"), "{:#}", refused.body);
    // Adapters, in their own form.
    let reply =
        app.root().raw("PUT", "/v1/org", json, br#"{"orgId":"acme","name":"A","name":"B"}"#.to_vec()).await;
    assert_eq!(reply.status, 400);
    assert!(
        reply.body["message"].as_str().unwrap().contains("expected this field only once"),
        "{:#}",
        reply.body
    );
    assert_eq!(app.owner().get("/v1/sites").await.body["items"], json!([]));
}

#[tokio::test]
async fn keys_in_paths_and_bodies_are_not_repeated_in_errors() {
    let app = TestApp::new().await;
    let key = app.owner_key().to_owned();
    for path in ["nodes", "services", "agents", "sites", "keys", "users", "roles", "scripts", "schedules"] {
        let reply = app.owner().get(&format!("/v1/{path}/{key}")).await;
        assert!(matches!(reply.status.as_u16(), 400 | 404), "{path}: {}", reply.status);
        assert!(!reply.body.to_string().contains(&key), "{path}: {:#}", reply.body);
    }
    for path in [format!("/v1/org/{key}"), format!("/agents/{key}/"), format!("/v1/inventory/nodes/{key}")] {
        let reply = app.root().get(&path).await;
        assert!(reply.status.is_client_error() && !reply.body.to_string().contains(&key), "{:#}", reply.body);
    }
    for body in [
        json!({ "name": "a", "site": key }),
        json!({ "name": "a", key.as_str(): 1 }),
        json!({ "name": "a", "labels": { key.as_str(): "" } }),
        json!({ "type": key, "name": "a" }),
        json!({ "type": "generic", "name": "a", "address": "b", "site": key }),
    ] {
        for path in ["/v1/nodes", "/v1/sites", "/v1/scripts"] {
            let reply = app.owner().post(path, body.clone()).await;
            assert!(
                reply.status.is_client_error() && !reply.body.to_string().contains(&key),
                "{:#}",
                reply.body
            );
        }
    }
}

#[tokio::test]
async fn a_client_without_a_known_address_matches_no_network() {
    let mut config = Config::default();
    config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    let app = TestApp::with_config(&config).await;
    let (held, _) = app.key(&["*:read"], json!({ "allowed_ips": ["127.0.0.0/8", "0.0.0.0/0"] })).await;
    let (denied, _) = app.key(&["*:read"], json!({ "denied_ips": ["198.51.100.0/24"] })).await;
    let (free, _) = app.key(&["*:read"], json!({})).await;
    let ask = async |key: &str, hop: &str| {
        app.with_key(key).from("127.0.0.1").header("x-forwarded-for", hop).get("/v1/whoami").await
    };
    for hop in ["unknown", "_hidden", "", "203.0.113.9, unknown"] {
        for key in [&held, &denied] {
            let refused = ask(key, hop).await.problem(403, "address_not_allowed");
            let detail = refused.body["detail"].as_str().unwrap();
            assert!(detail.contains("the proxy did not send the client's address"), "{detail}");
        }
        ask(&free, hop).await.expect(200);
    }
    ask(&held, "198.51.100.7").await.expect(200);
    ask(&denied, "198.51.100.7").await.problem(403, "address_not_allowed");
    ask(&denied, "203.0.113.7").await.expect(200);
    // Logins of those without a name are counted together, and not as the proxy's own.
    let log_in = async |hop: Option<&str>, password: &str| {
        let actor = app.anonymous().from("127.0.0.1");
        let actor = match hop {
            Some(hop) => actor.header("x-forwarded-for", hop),
            None => actor,
        };
        actor.post("/v1/sessions", json!({ "email": "admin@localhost", "password": password })).await
    };
    let password = app.administrator_password();
    log_in(None, password).await.expect(201);
    log_in(Some("unknown"), password).await.expect(201);
    let mut last = 401;
    for _ in 0..8 {
        last = log_in(Some("unknown"), "wrong").await.status.as_u16();
    }
    assert_eq!(last, 429, "a login without a known address must not make that address familiar");
    log_in(None, password).await.expect(201);
}

#[tokio::test]
async fn failed_logins_of_others_at_an_address_do_not_lock_the_owner_out() {
    let app = TestApp::new().await;
    let log_in = async |email: &str, password: &str| {
        app.anonymous().post("/v1/sessions", json!({ "email": email, "password": password })).await
    };
    let password = app.administrator_password();
    log_in("admin@localhost", password).await.expect(201);
    let mut failures = 0;
    let mut refused = 0;
    while failures < 36 {
        match log_in(&format!("nobody{failures}@example.com"), "wrong").await.status.as_u16() {
            401 => failures += 1,
            429 => {
                refused += 1;
                app.advance(1);
            }
            other => panic!("{other}"),
        }
    }
    assert!(refused > 30, "too few guesses were slowed down");
    log_in("nobody@example.com", "wrong").await.problem(429, "too_many_attempts");
    log_in("admin@localhost", password).await.expect(201);
}

#[tokio::test]
async fn a_policy_that_requires_networks_refuses_networks_that_are_too_wide() {
    let app = TestApp::new().await;
    let wide = json!({ "name": "x", "scopes": ["*:read"], "allowed_ips": ["0.0.0.0/0", "::/0"] });
    let before = app.owner().post("/v1/keys", wide.clone()).await.expect(201);
    let key = before.body["secret"].as_str().unwrap().to_owned();
    let narrow = json!({ "name": "x", "scopes": ["*:read"], "allowed_ips": ["192.0.0.0/8", "2001::/16"] });
    let narrow = app.owner().post("/v1/keys", narrow).await.expect(201);
    let narrow = narrow.body["secret"].as_str().unwrap().to_owned();
    app.with_key(&key).get("/v1/whoami").await.expect(200);
    let organizations = app.root().get("/v1/organizations").await.expect(200);
    let id = organizations.items("id")[0].as_str().unwrap().to_owned();
    let policy = json!({ "key_policy": { "require_allowed_ips": true } });
    app.root().patch(&format!("/v1/organizations/{id}"), policy).await.expect(200);
    let refused = app.with_key(&key).get("/v1/whoami").await.problem(403, "policy_forbids");
    assert!(refused.body["detail"].as_str().unwrap().contains("wider than a /8"), "{:#}", refused.body);
    app.with_key(&narrow).get("/v1/whoami").await.expect(200);
    let refused = app.root().post("/v1/keys?organization=default", wide).await.problem(400, "invalid");
    assert!(refused.field("allowed_ips").contains("wider than a /8"));
}

#[tokio::test]
async fn headers_are_read_as_http_defines_them() {
    let app = TestApp::new().await;
    let site = app.site("default", "a", json!({})).await;
    let path = format!("/v1/sites/{site}");
    let etag = app.owner().get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    let weak = app.owner().header("if-match", &format!("W/{etag}"));
    weak.patch(&path, json!({ "name": "b" })).await.problem(412, "changed");
    app.owner().header("if-match", &etag).patch(&path, json!({ "name": "b" })).await.expect(200);
    let twice = app.owner().header("idempotency-key", "a").header("idempotency-key", "b");
    twice.post("/v1/sites", json!({ "name": "c" })).await.problem(400, "invalid").field("Idempotency-Key");
    let same = app.owner().header("idempotency-key", "a").header("idempotency-key", "a");
    same.post("/v1/sites", json!({ "name": "c" })).await.expect(201);
    for reply in [app.anonymous().get("/v1/sites").await, app.with_key("nonsense").get("/v1/sites").await] {
        let refused = reply.expect(401);
        let asked: Vec<_> = refused.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert!(asked[0].to_str().unwrap().starts_with("Bearer realm="));
        assert!(asked[1].to_str().unwrap().starts_with("Basic realm="));
        assert!(refused.body["hints"][0]["text"].as_str().unwrap().contains("`service_token`"));
    }
    // A browser would ask for a password before the page.
    let page = app.anonymous().header("sec-fetch-mode", "cors").get("/v1/sites").await.expect(401);
    let asked: Vec<_> = page.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(asked, ["Bearer realm=\"bailiwick\""]);
}

#[tokio::test]
async fn a_key_can_expire_at_the_latest_possible_time() {
    let app = TestApp::new().await;
    let last = "9999-12-31T23:59:59Z";
    let (key, id) = app.key(&["*:read"], json!({ "expires_at": last })).await;
    app.with_key(&key).get("/v1/whoami").await.expect(200);
    assert_eq!(app.owner().get(&format!("/v1/keys/{id}")).await.expect(200).body["expires_at"], last);
}

#[tokio::test]
async fn a_websocket_key_must_be_sixteen_bytes() {
    let app = TestApp::new().await;
    for (key, status, code) in [
        ("!!!!", 400, "websocket_key"),
        ("YWJj", 400, "websocket_key"),
        ("", 400, "websocket_key"),
        // Sixteen bytes; here there is no connection to make a WebSocket of.
        ("AAECAwQFBgcICQoLDA0ODw==", 426, "upgrade_required"),
    ] {
        let asked = app.owner().header("sec-websocket-key", key).header("sec-websocket-version", "13");
        let asked = asked.header("connection", "upgrade").header("upgrade", "websocket");
        asked.get("/v1/opamp").await.problem(status, code);
    }
}

#[tokio::test]
async fn a_request_must_have_one_host_header() {
    let app = TestApp::new().await;
    let router = bailiwick_server::router::require_host(&app.app, app.router.clone());
    for (version, hosts, status) in [
        (http::Version::HTTP_11, vec![], 400),
        (http::Version::HTTP_11, vec!["a", "b"], 400),
        (http::Version::HTTP_11, vec!["a"], 200),
        (http::Version::HTTP_10, vec![], 200),
        (http::Version::HTTP_2, vec![], 200),
    ] {
        for (path, found) in [("/v1/readyz", status), ("/nowhere", if status == 400 { 400 } else { 404 })] {
            let mut request = http::Request::get(path).version(version);
            for host in &hosts {
                request = request.header("host", *host);
            }
            let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.status(), found, "{version:?} {hosts:?} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_precondition_shows_the_current_state_as_get_answers_it() {
    let is_read = |path: &str| {
        let mut reads = catalogue().operations().iter().filter(|o| o.spec.method == Method::Get);
        reads.any(|o| o.spec.path == path && o.spec.versioned)
    };
    let with_revision = catalogue()
        .operations()
        .iter()
        .filter(|o| o.spec.takes_if_match() && o.spec.access != Access::Person && is_read(o.spec.path));
    let mut compared = Vec::new();
    for operation in with_revision {
        let app = TestApp::new().await;
        let example = example::of(&app, operation, "default").await;
        let path = example.path.split('?').next().unwrap();
        let caller = if operation.spec.access == Access::Root { app.root() } else { app.owner() };
        let current = caller.get(path).await;
        let caller = caller.header("if-match", "\"4711\"");
        let refused = match &example.body {
            Some(body) => caller.patch(&example.path, body.clone()).await,
            None => caller.delete(&example.path).await,
        };
        let refused = refused.problem(412, "changed");
        assert_eq!(refused.body["current"], current.expect(200).body, "{}", operation.spec.id);
        if operation.spec.access == Access::Scoped {
            // A caller without permission to read learns only that it has changed.
            let (key, _) = app.key(&[operation.spec.id.as_str()], json!({})).await;
            let caller = app.with_key(&key).header("if-match", "\"4711\"");
            let refused = match &example.body {
                Some(body) => caller.patch(&example.path, body.clone()).await,
                None => caller.delete(&example.path).await,
            };
            // Some operations need another scope, and say so first.
            let is_refused = refused.status == 403;
            assert!(is_refused || refused.status == 412, "{}: {:#}", operation.spec.id, refused.body);
            assert!(refused.body.get("current").is_none(), "{}", operation.spec.id);
        }
        compared.push(operation.spec.id);
    }
    assert!(compared.len() > 15, "{compared:?}");
}

#[test]
fn a_burst_of_new_connections_waits_instead_of_being_dropped() {
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
    if most.trim().parse::<u32>().unwrap_or_default() < 400 {
        return;
    }
    let mut config = Config::default();
    (config.server.address, config.server.port) = ([127, 0, 0, 1].into(), 0);
    // Nothing accepts: the system itself completes what fits into the queue.
    let sockets = Sockets::bind(&config).unwrap();
    let patience = Duration::from_secs(5);
    let burst: Result<Vec<_>, _> =
        (0..300).map(|_| std::net::TcpStream::connect_timeout(&sockets.address, patience)).collect();
    assert_eq!(burst.unwrap().len(), 300);
}
