//! Two servers on one PostgreSQL: what one changes, the other knows within a second.

use std::io::Write as _;
use std::time::{Duration, Instant};

use bailiwick_domain::facts::Facts;
use bailiwick_domain::key::Peppers;
use bailiwick_operations::outside::SystemEntropy;
use bailiwick_server::config::Config;
use bailiwick_store::Store;
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{PASSWORD, Reply, TestApp};
use crate::client::{Client, Machine};

/// A new database on the PostgreSQL of the test run; `None`, loudly, where there is none.
pub async fn database(name: &str) -> Option<String> {
    let Ok(server) = std::env::var("BAILIWICK_TEST_POSTGRES") else {
        assert!(std::env::var("BAILIWICK_TEST_REQUIRE_ALL").is_err(), "BAILIWICK_TEST_POSTGRES is not set");
        // Past the harness, which keeps what a passing test says to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no PostgreSQL; `cargo xtask test` starts one");
        return None;
    };
    let name = format!("bailiwick_{name}_{}", std::process::id());
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    let (before, after) = server.split_once('?').unwrap_or((&server, ""));
    let (address, _) = before.rsplit_once('/').unwrap();
    Some(format!("{address}/{name}?{after}"))
}

/// Asks until the answer has a status; how long that took.
async fn until(status: u16, ask: impl AsyncFn() -> Reply) -> Duration {
    let began = Instant::now();
    loop {
        let reply = ask().await;
        if reply.status.as_u16() == status {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(30), "still {}: {:#}", reply.status, reply.body);
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_server_holds_on_the_other_within_a_second() {
    let Some(url) = database("replicas").await else { return };
    let url = url.parse().unwrap();
    let peppers = Peppers::generate(&SystemEntropy);
    let store = async || Store::connect(&url, 4).await.unwrap();
    let one = TestApp::on(store().await, peppers.clone(), &Config::default()).await;
    let two = TestApp::on(store().await, peppers, &Config::default()).await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    one.control.start_background(&tasks, &stop);
    two.control.start_background(&tasks, &stop);

    let (key, id) = one.key(&["sites:read"], json!({})).await;
    // The first change may have come before the other server listened; it then reads everything.
    until(200, async || two.with_key(&key).get("/v1/sites").await).await;
    let path = format!("/v1/keys/{id}");
    let second = Duration::from_secs(1);

    one.owner().patch(&path, json!({ "scopes": [] })).await.expect(200);
    assert!(until(403, async || two.with_key(&key).get("/v1/sites").await).await < second);
    one.owner().patch(&path, json!({ "scopes": ["sites.list"] })).await.expect(200);
    assert!(until(200, async || two.with_key(&key).get("/v1/sites").await).await < second);
    one.owner().post(&format!("{path}/disable"), json!({})).await.expect(200);
    assert!(until(401, async || two.with_key(&key).get("/v1/sites").await).await < second);
    one.owner().post(&format!("{path}/enable"), json!({})).await.expect(200);
    assert!(until(200, async || two.with_key(&key).get("/v1/sites").await).await < second);
    one.owner().delete(&path).await.expect(200);
    assert!(until(401, async || two.with_key(&key).get("/v1/sites").await).await < second);

    // A person's role, a role's scopes, a session, a policy.
    let role = json!({ "name": "Looker", "scopes": ["sites:read"] });
    let role = one.owner().post("/v1/roles", role).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let user = one.user("default", "ada@example.com", &role).await;
    let (key, _) = one.key(&["*:*"], json!({ "user": user })).await;
    let by_key = async || two.with_key(&key).get("/v1/sites").await;
    assert!(until(200, by_key).await < second);
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let cookie = one.anonymous().post("/v1/sessions", body).await.expect(201).cookie();
    let by_session = async || two.anonymous().header("cookie", &cookie).get("/v1/sites").await;
    assert!(until(200, by_session).await < second);
    let at_role = format!("/v1/roles/{role}");
    one.owner().patch(&at_role, json!({ "scopes": [] })).await.expect(200);
    assert!(until(403, by_key).await < second && until(403, by_session).await < second);
    let at_user = format!("/v1/users/{user}");
    one.owner().patch(&at_user, json!({ "role": "viewer" })).await.expect(200);
    assert!(until(200, by_key).await < second && until(200, by_session).await < second);
    let policy = json!({ "key_policy": { "require_allowed_ips": true } });
    one.root().patch("/v1/organizations/default", policy).await.expect(200);
    assert!(until(403, by_key).await < second);
    one.root().patch("/v1/organizations/default", json!({ "key_policy": {} })).await.expect(200);
    assert!(until(200, by_key).await < second);
    one.root().delete(&format!("{at_user}/sessions")).await.expect(200);
    assert!(until(401, by_session).await < second);
    one.root().patch(&at_user, json!({ "disabled": true })).await.expect(200);
    assert!(until(401, by_key).await < second);

    // An organization that one made, the other knows by name.
    one.organization("fresh").await;
    let (key, _) = one.key_in("fresh", &["sites:read"], json!({})).await;
    assert!(until(200, async || two.with_key(&key).get("/v1/sites").await).await < second);
    one.root().delete("/v1/organizations/fresh?force=true").await.expect(200);
    assert!(until(401, async || two.with_key(&key).get("/v1/sites").await).await < second);

    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_one_server_is_reached_from_the_other() {
    let Some(url) = database("reached").await else { return };
    let url = url.parse().unwrap();
    let peppers = Peppers::generate(&SystemEntropy);
    let store = async || Store::connect(&url, 4).await.unwrap();
    let one = TestApp::on(store().await, peppers.clone(), &Config::default()).await;
    let two = TestApp::on(store().await, peppers, &Config::default()).await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    two.control.start_background(&tasks, &stop);
    let served = one.serve().await;
    let owner = one.owner_key();
    let (key, _) = one.enrolment_key(json!({ "uses": 9 })).await;
    let machine = one.enrol(&served, &key, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    one.control.write_heard_now().await;
    until(200, async || two.with_key(owner).get("/v1/nodes/db-1").await).await;
    let node = two.with_key(owner).get("/v1/nodes/db-1").await.body;
    assert_eq!(node["status"], "online");

    // A new key is asked for at the other.
    let agent = two.with_key(owner).get("/v1/agents").await.expect(200).items("id")[0].clone();
    let path = format!("/v1/agents/{}/rotate", agent.as_str().unwrap());
    until(200, async || two.with_key(owner).post(&path, json!({})).await).await;
    let offer = client.hear().await;
    client.take_offer(&offer);
    let renewed = client.machine.clone();
    drop(client);
    let mut client = Client::connected(&served, &renewed).await;

    // It is told nothing by the other that it is not told by its own: a key that is gone ends it.
    let id = renewed.key.unwrap().split('_').nth(2).unwrap().to_owned();
    two.with_key(owner).delete(&format!("/v1/keys/{id}")).await.expect(200);
    let began = Instant::now();
    client.hung_up().await;
    assert!(began.elapsed() < Duration::from_secs(1));

    let machine = one.enrol(&served, &key, Machine::named("db-2")).await;
    let mut client = Client::connected(&served, &machine).await;
    two.with_key(owner).delete("/v1/nodes/db-2?force=true").await.expect(200);
    let began = Instant::now();
    client.hung_up().await;
    assert!(began.elapsed() < Duration::from_secs(1));

    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_agent_tells_that_cannot_be_written_holds_up_no_other() {
    let Some(url) = database("halves").await else { return };
    let store = Store::connect(&url.parse().unwrap(), 4).await.unwrap();
    let app = TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await;
    let mut agents = Vec::new();
    for n in 1..=5 {
        let node = app.node(json!({ "name": format!("db-{n}") })).await;
        let agent = json!({ "type": "bailiwick_agent", "runs_on": node });
        let agent = app.owner().post("/v1/agents", agent).await.expect(201).body["id"].clone();
        agents.push(app.connect(&node, agent.as_str().unwrap()).await);
        let connection = app.control.fleet().get(node.parse().unwrap()).unwrap();
        // PostgreSQL takes no NUL in JSON.
        let hostname = if n == 3 { "a\0b" } else { "fine" };
        app.control.hear(&connection);
        app.control.hear_facts(&connection, Facts { hostname: Some(hostname.into()), ..Facts::default() });
    }
    app.control.write_heard_now().await;
    let nodes = app.owner().get("/v1/nodes").await.expect(200);
    assert_eq!(nodes.items("status"), vec![json!("online"); 5]);
    let hostnames: Vec<_> = nodes.items("facts").iter().map(|facts| facts["hostname"].clone()).collect();
    let fine = || json!("fine");
    assert_eq!(hostnames, [fine(), fine(), Value::Null, fine(), fine()]);
}
