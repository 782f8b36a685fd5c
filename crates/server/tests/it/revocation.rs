//! Taking rights away from a caller that sends as many writes as it can.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_server::config::Config;
use bailiwick_store::Store;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::TestApp;
use crate::replicas::{database, until};

/// How many write at once with one key, half of them at each server.
const WRITERS: usize = 16;

/// Two servers on one database.
struct Pair {
    url: String,
    servers: [Arc<TestApp>; 2],
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Pair {
    async fn new(name: &str) -> Option<Self> {
        let text = database(name).await?;
        let url = text.parse().unwrap();
        let peppers = Peppers::generate(&SystemEntropy);
        let server = async || {
            let store = Store::connect(&url, 8).await.unwrap();
            Arc::new(TestApp::on(store, peppers.clone(), &Config::default()).await)
        };
        let servers = [server().await, server().await];
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for server in &servers {
            server.start_background(&tasks, &stop);
        }
        Some(Self { url: text, servers, tasks, stop })
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Has a key create sites at both servers and, once it is under way, takes its rights away by a request to
    /// the first one. Nothing may be created after the answer. How soon it comes is what the acceptance test
    /// `revocation` prints.
    async fn revoked_under_load(
        &self,
        key: &str,
        prefix: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) {
        let stop = Arc::new(AtomicBool::new(false));
        let created = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let server = Arc::clone(&self.servers[n % 2]);
                let (stop, created) = (Arc::clone(&stop), Arc::clone(&created));
                let (key, prefix) = (key.to_owned(), prefix.to_owned());
                tokio::spawn(async move {
                    for i in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let name = format!("{prefix}-{n}-{i}");
                        let reply = server.with_key(&key).post("/v1/sites", json!({ "name": name })).await;
                        match reply.status.as_u16() {
                            201 => {
                                created.fetch_add(1, Ordering::Relaxed);
                            }
                            // It was changed under way, or is refused. That costs no I/O, so others
                            // would never have their turn.
                            401 | 403 | 404 | 409 => tokio::task::yield_now().await,
                            other => panic!("{other}: {:#}", reply.body),
                        }
                    }
                })
            })
            .collect();
        while created.load(Ordering::Relaxed) < 5 * WRITERS {
            tokio::task::yield_now().await;
        }
        self.servers[0].root().send(method, path, body).await.expect(200);
        // They go on for a while, in vain: until every one has been refused often.
        let before = created.load(Ordering::Relaxed);
        let other = self.servers[1].with_key(key);
        for n in 0..200 {
            let reply = other.post("/v1/sites", json!({ "name": format!("{prefix}-late-{n}") })).await;
            // At the other server it may still be in memory; the database refuses what it writes.
            assert_ne!(reply.status.as_u16(), 201, "the revoked key still writes through the other server");
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        // An answer that was committed before may have been counted a moment after.
        let after = created.load(Ordering::Relaxed) - before;
        assert!(after <= WRITERS, "{after} sites were created after the revocation was answered");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_applies_under_heavy_writes() {
    let Some(pair) = Pair::new("pressed").await else { return };
    let one = &pair.servers[0];

    let (key, id) = one.key(&["sites:*"], json!({})).await;
    let path = format!("/v1/keys/{id}/disable");
    pair.revoked_under_load(&key, "disabled", "POST", &path, Some(json!({}))).await;

    let (key, id) = one.key(&["sites:*"], json!({})).await;
    pair.revoked_under_load(&key, "deleted", "DELETE", &format!("/v1/keys/{id}"), None).await;

    let (key, id) = one.key(&["sites:*"], json!({})).await;
    let narrow = Some(json!({ "scopes": ["sites:read"] }));
    pair.revoked_under_load(&key, "narrowed", "PATCH", &format!("/v1/keys/{id}"), narrow).await;

    let role = json!({ "name": "Builder", "scopes": ["sites:*"] });
    let role = one.owner().post("/v1/roles", role).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let (key, _) = one.key(&["*:*"], json!({ "role": role })).await;
    let narrow = Some(json!({ "scopes": ["sites:read"] }));
    let path = format!("/v1/roles/{role}?organization=default");
    pair.revoked_under_load(&key, "role", "PATCH", &path, narrow).await;

    let user = one.user("default", "ada@example.com", "admin").await;
    let (key, _) = one.key(&["sites:*"], json!({ "user": user })).await;
    let disabled = Some(json!({ "disabled": true }));
    pair.revoked_under_load(&key, "user", "PATCH", &format!("/v1/users/{user}"), disabled).await;

    one.organization("fresh").await;
    let (key, _) = one.key_in("fresh", &["sites:*"], json!({})).await;
    let path = "/v1/organizations/fresh?force=true";
    pair.revoked_under_load(&key, "organization", "DELETE", path, None).await;

    let verified = one.root().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!(verified["intact"], true, "{verified:#}");
    pair.end().await;
}

#[tokio::test]
async fn a_revocation_without_a_database_applies_on_the_server_asked() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["sites:read"], json!({})).await;
    let (other, other_id) = app.key(&["sites:read"], json!({})).await;
    let sites = async |key: &str| app.with_key(key).get("/v1/sites").await;
    sites(&key).await.expect(200);

    // The database takes nothing any more.
    app.control.store().close().await;
    let reply = app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await;
    let reply = reply.problem(503, "unavailable");
    assert!(
        reply.body["detail"].as_str().unwrap().contains("this server enforces it already"),
        "{:#}",
        reply.body
    );
    assert!(reply.headers.contains_key("retry-after"));
    sites(&key).await.problem(401, "key_disabled");

    // Another one is not refused: what was asked of it takes nothing from it.
    app.owner()
        .patch(&format!("/v1/keys/{other_id}"), json!({ "name": "New" }))
        .await
        .problem(503, "unavailable");
    sites(&other).await.problem(503, "unavailable");
}

#[tokio::test]
async fn a_refused_revocation_changes_nothing() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["sites:read"], json!({})).await;
    let path = format!("/v1/keys/{id}");
    app.owner().header("if-match", "\"99\"").delete(&path).await.problem(412, "changed");
    app.with_key(&key).get("/v1/sites").await.expect(200);
    // A key of another organization does not even reach it.
    app.organization("other").await;
    let (stranger, _) = app.key_in("other", &["keys:*"], json!({})).await;
    app.with_key(&stranger).delete(&path).await.problem(404, "not_found");
    app.with_key(&key).get("/v1/sites").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_does_not_wait_for_an_import() {
    let Some(pair) = Pair::new("import").await else { return };
    let [one, two] = &pair.servers;
    one.owner()
        .post("/v1/nodes", json!({ "type": "generic", "name": "held", "address": "10.0.0.1" }))
        .await
        .expect(201);
    let (key, id) = one.key(&["nodes:*"], json!({})).await;
    // The import has to wait for a row that it changes.
    let mut holder = PgConnection::connect(&pair.url).await.unwrap();
    holder.execute("BEGIN; SELECT id FROM nodes FOR UPDATE").await.unwrap();
    let importer = Arc::clone(one);
    let import = tokio::spawn(async move {
        let lines = b"type,name,address\ngeneric,new,10.0.0.2\ngeneric,held,10.0.0.3\n".to_vec();
        let importer = importer.with_key(&key);
        importer.raw("POST", "/v1/nodes/import?existing=update", Some("text/csv"), lines).await
    });
    let mut observer = PgConnection::connect(&pair.url).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut observer).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    let disable = format!("/v1/keys/{id}/disable");
    // The second server may not have heard of the keys yet.
    until(200, async || two.with_key(one.owner_key()).post(&disable, json!({})).await).await;
    assert!(!import.is_finished());
    holder.execute("ROLLBACK").await.unwrap();
    let refused = import.await.unwrap().expect(409);
    assert!(["rights_changed", "key_changed"].contains(&refused.code()), "{}", refused.body);
    assert_eq!(one.owner().get("/v1/nodes").await.expect(200).items("address"), [json!("10.0.0.1")]);
    pair.end().await;
}
