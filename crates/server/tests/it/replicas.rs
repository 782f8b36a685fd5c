//! Two servers on one PostgreSQL: what one changes, the other knows. How soon is what the acceptance tests
//! `revocation` and `isolation` print.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::io::Write as _;
use std::time::{Duration, Instant};

use bailiwick_domain::command::ResultState;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_fleet::{AgentMessage, CommandEnd};
use bailiwick_server::config::Config;
use bailiwick_store::Store;
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{PASSWORD, Reply, TestApp};
use crate::client::{Client, Machine};
use crate::fake_agent::ending;
use crate::heard::Heard;

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

/// Asks until the answer has a status.
pub async fn until(status: u16, ask: impl AsyncFn() -> Reply) {
    let began = Instant::now();
    loop {
        let reply = ask().await;
        if reply.status.as_u16() == status {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "timed out; the answer is still {}: {:#}",
            reply.status,
            reply.body
        );
        tokio::task::yield_now().await;
    }
}

/// Two servers with the same peppers, each at the address of its database.
async fn two_servers(one: &str, two: &str) -> (TestApp, TestApp) {
    let peppers = Peppers::generate(&SystemEntropy);
    let server = async |url: &str| {
        let store = Store::connect(&url.parse().unwrap(), 4).await.unwrap();
        TestApp::on(store, peppers.clone(), &Config::default()).await
    };
    (server(one).await, server(two).await)
}

/// The background tasks of servers.
struct Background {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Background {
    fn of(servers: &[&TestApp]) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        servers.iter().for_each(|server| server.start_background(&tasks, &stop));
        Self { tasks, stop }
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_applies_on_another_server() {
    let Some(url) = database("replicas").await else { return };
    let (one, two) = two_servers(&url, &url).await;
    let background = Background::of(&[&one, &two]);

    let (key, id) = one.key(&["sites:read"], json!({})).await;
    // The first change may have come before the other server listened; it then reads everything.
    until(200, async || two.with_key(&key).get("/v1/sites").await).await;
    let path = format!("/v1/keys/{id}");

    one.owner().patch(&path, json!({ "scopes": [] })).await.expect(200);
    until(403, async || two.with_key(&key).get("/v1/sites").await).await;
    one.owner().patch(&path, json!({ "scopes": ["sites.list"] })).await.expect(200);
    until(200, async || two.with_key(&key).get("/v1/sites").await).await;
    one.owner().post(&format!("{path}/disable"), json!({})).await.expect(200);
    until(401, async || two.with_key(&key).get("/v1/sites").await).await;
    one.owner().post(&format!("{path}/enable"), json!({})).await.expect(200);
    until(200, async || two.with_key(&key).get("/v1/sites").await).await;
    one.owner().delete(&path).await.expect(200);
    until(401, async || two.with_key(&key).get("/v1/sites").await).await;

    // A person's role, a role's scopes, a session, a policy.
    let role = json!({ "name": "Looker", "scopes": ["sites:read"] });
    let role = one.owner().post("/v1/roles", role).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let user = one.user("default", "ada@example.com", &role).await;
    let (key, _) = one.key(&["*:*"], json!({ "user": user })).await;
    let by_key = async || two.with_key(&key).get("/v1/sites").await;
    until(200, by_key).await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let cookie = one.anonymous().post("/v1/sessions", body).await.expect(201).cookie();
    let by_session = async || two.anonymous().header("cookie", &cookie).get("/v1/sites").await;
    until(200, by_session).await;
    let at_role = format!("/v1/roles/{role}");
    one.owner().patch(&at_role, json!({ "scopes": [] })).await.expect(200);
    until(403, by_key).await;
    until(403, by_session).await;
    let at_user = format!("/v1/users/{user}");
    one.owner().patch(&at_user, json!({ "role": "viewer" })).await.expect(200);
    until(200, by_key).await;
    until(200, by_session).await;
    let policy = json!({ "key_policy": { "require_allowed_ips": true } });
    one.root().patch("/v1/organizations/default", policy).await.expect(200);
    until(403, by_key).await;
    one.root().patch("/v1/organizations/default", json!({ "key_policy": {} })).await.expect(200);
    until(200, by_key).await;
    one.root().delete(&format!("{at_user}/sessions")).await.expect(200);
    until(401, by_session).await;
    one.root().patch(&at_user, json!({ "disabled": true })).await.expect(200);
    until(401, by_key).await;

    // An organization that one made, the other knows by name.
    one.organization("fresh").await;
    let (key, _) = one.key_in("fresh", &["sites:read"], json!({})).await;
    until(200, async || two.with_key(&key).get("/v1/sites").await).await;
    one.root().delete("/v1/organizations/fresh?force=true").await.expect(200);
    until(401, async || two.with_key(&key).get("/v1/sites").await).await;

    background.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_one_server_is_reached_from_the_other() {
    let Some(url) = database("reached").await else { return };
    let (one, two) = two_servers(&url, &url).await;
    let background = Background::of(&[&two]);
    let served = one.serve().await;
    let owner = one.owner_key();
    let (key, _) = one.enrolment_key(json!({ "uses": 9 })).await;
    let machine = one.enrol(&served, &key, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    one.fleet.write_heard_now().await;
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
    client.hung_up().await;

    let machine = one.enrol(&served, &key, Machine::named("db-2")).await;
    let mut client = Client::connected(&served, &machine).await;
    two.with_key(owner).delete("/v1/nodes/db-2?force=true").await.expect(200);
    client.hung_up().await;

    background.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sent_command_is_cancelled_by_a_revocation_at_another_server() {
    let Some(url) = database("withdrawn").await else { return };
    let (one, two) = two_servers(&url, &url).await;
    let background = Background::of(&[&two]);
    // With its background.
    let served = one.serve().await;
    let owner = one.owner_key();
    let (enrols, _) = one.enrolment_key(json!({ "uses": 1 })).await;
    one.enrol(&served, &enrols, Machine::named("db-1")).await;
    let id_at = async |path: &str| {
        one.owner().get(path).await.expect(200).items("id")[0].as_str().unwrap().to_owned()
    };
    let (node, agent) = (id_at("/v1/nodes").await, id_at("/v1/agents").await);
    let mut agent = one.connect(&node, &agent).await;
    for end in ["disable", "delete"] {
        let (key, id) = one.key(&["commands.create"], json!({})).await;
        until(200, async || two.with_key(&key).get("/v1/whoami").await).await;
        let body = json!({ "targets": { "nodes": [node] }, "shell": "sh", "command": "rm -r /" });
        two.with_key(&key).post("/v1/commands", body).await.expect(202);
        let command = agent.ordered().await.id;
        match end {
            "disable" => two.with_key(owner).post(&format!("/v1/keys/{id}/disable"), json!({})).await,
            _ => two.with_key(owner).delete(&format!("/v1/keys/{id}")).await,
        }
        .expect(200);
        let told = agent.told().await;
        assert!(matches!(told, AgentMessage::Cancel(id) if id == command), "{told:?}");
        agent
            .finish(command, CommandEnd { output: vec![], ..ending(ResultState::Cancelled, None, "") })
            .await;
        let results = two.with_key(owner).get(&format!("/v1/commands/{command}/results")).await.expect(200);
        let result = &results.body["items"][0];
        assert_eq!(result["state"], "cancelled", "{result:#}");
        assert!(result["error"].as_str().unwrap().contains("disabled or deleted"), "{result:#}");
    }
    background.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_connected_to_one_server_only() {
    let Some(url) = database("holders").await else { return };
    let (one, two) = two_servers(&url, &url).await;
    // Both with their background.
    let (at_one, at_two) = (one.serve().await, two.serve().await);
    let owner = one.owner_key();
    // Both servers listen.
    let (key, id) = one.key(&["sites:read"], json!({})).await;
    until(200, async || two.with_key(&key).get("/v1/sites").await).await;
    two.with_key(owner).delete(&format!("/v1/keys/{id}")).await.expect(200);
    until(401, async || one.with_key(&key).get("/v1/sites").await).await;
    let (key, _) = one.enrolment_key(json!({ "uses": 9 })).await;
    let machine = one.enrol(&at_one, &key, Machine::named("db-1")).await;
    let agent_key = machine.key.clone().unwrap();

    // One that moves is let in, whether or not it took its leave of the other server.
    drop(Client::connected(&at_one, &machine).await);
    // Changes are heard in their order, so the machine's key is known when a later key is.
    let (later, _) = one.key(&["sites:read"], json!({})).await;
    until(200, async || two.with_key(&later).get("/v1/sites").await).await;
    let mut left = Client::connected(&at_two, &machine).await;
    // As nobody reads there now, no ping is answered: that machine is gone.
    let mut moved = Client::connected(&at_one, &machine).await;
    left.hung_up().await;
    let beat = moved.next();
    assert!(moved.ask(beat).await.error_response.is_none());

    // One that answers there stays, and another with its key becomes another machine.
    let moved = moved.idle();
    let mut clone = Client::connect(&at_two, &agent_key, machine.clone()).await;
    let reply = clone.hello().await;
    clone.take_offer(&reply);
    assert_ne!(clone.machine.key, machine.key);
    let mut clone = Client::connected(&at_two, &clone.machine).await;
    let audited = two.with_key(owner).get("/v1/audit?operation=agents.cloned").await.expect(200);
    assert_eq!(audited.items("targets").len(), 1);
    let mut moved = moved.back().await;

    // Each is told what is for it, whichever server is asked.
    two.fleet.write_heard_now().await;
    let nodes = async || one.with_key(owner).get("/v1/nodes").await.items("name");
    assert_eq!(nodes().await, [json!("db-1"), json!("db-1-2")]);
    for (app, node) in [(&two, "db-1"), (&one, "db-1"), (&one, "db-1-2")] {
        let body = json!({ "targets": { "nodes": [node] }, "shell": "sh", "command": "id" });
        app.with_key(owner).post("/v1/commands", body).await.expect(202);
        let client = if node == "db-1" { &mut moved } else { &mut clone };
        assert!(client.hear().await.custom_message.is_some(), "{node}");
    }

    // A machine that is set up anew while its agent is not there is the same node at once, whichever server held it.
    drop(moved);
    let clone = clone.idle();
    two.enrol(&at_two, &key, machine.anew()).await;
    assert_eq!(nodes().await, [json!("db-1"), json!("db-1-2")]);

    // A server that has stopped is not waited for.
    drop((clone, at_one, at_two));
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut held = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM node_holders").fetch_one(&mut connection).await.unwrap()
    };
    crate::client::until("all are released", async || held().await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_report_of_one_agent_does_not_block_others() {
    let Some(url) = database("halves").await else { return };
    let store = Store::connect(&url.parse().unwrap(), 4).await.unwrap();
    let app = TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await;
    let mut agents = Vec::new();
    for n in 1..=5 {
        let node = app.node(json!({ "name": format!("db-{n}") })).await;
        let agent = json!({ "type": "bailiwick_agent", "runs_on": node });
        let agent = app.owner().post("/v1/agents", agent).await.expect(201).body["id"].clone();
        agents.push(app.connect(&node, agent.as_str().unwrap()).await);
        let connection = app.fleet.connections().get(node.parse().unwrap()).unwrap();
        // PostgreSQL takes no NUL in JSON.
        let hostname = if n == 3 { "a\0b" } else { "fine" };
        app.fleet.hear(&connection);
        app.fleet.hear_facts(&connection, Facts { hostname: Some(hostname.into()), ..Facts::default() });
    }
    app.fleet.write_heard_now().await;
    let nodes = app.owner().get("/v1/nodes").await.expect(200);
    assert_eq!(nodes.items("status"), vec![json!("online"); 5]);
    let hostnames: Vec<_> = nodes.items("facts").iter().map(|facts| facts["hostname"].clone()).collect();
    let fine = || json!("fine");
    assert_eq!(hostnames, [fine(), fine(), Value::Null, fine(), fine()]);
}

/// A way to the PostgreSQL of the test run that can be cut and mended.
struct Wire {
    url: String,
    /// Whether nothing goes through: bytes stay where they are, and connections are not answered.
    is_frozen: tokio::sync::watch::Sender<bool>,
}

impl Wire {
    /// To a database of the PostgreSQL of the test run.
    async fn to(url: &str) -> Self {
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (is_frozen, frozen) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (options, frozen) = (options.clone(), frozen.clone());
                tokio::spawn(async move {
                    let (near_read, near_write) = near.into_split();
                    if let Some(directory) = options.get_socket() {
                        let path = directory.join(format!(".s.PGSQL.{}", options.get_port()));
                        let far = tokio::net::UnixStream::connect(path).await.unwrap();
                        let (far_read, far_write) = far.into_split();
                        tokio::join!(
                            carry(near_read, far_write, frozen.clone()),
                            carry(far_read, near_write, frozen)
                        );
                    } else {
                        let at = (options.get_host(), options.get_port());
                        let far = tokio::net::TcpStream::connect(at).await.unwrap();
                        let (far_read, far_write) = far.into_split();
                        tokio::join!(
                            carry(near_read, far_write, frozen.clone()),
                            carry(far_read, near_write, frozen)
                        );
                    }
                });
            }
        });
        let (before, name) = url.rsplit_once('/').unwrap();
        let credentials = before.split_once("://").unwrap().1.rsplit_once('@').map_or("", |(who, _)| who);
        Self { url: format!("postgres://{credentials}@127.0.0.1:{port}/{name}"), is_frozen }
    }

    fn freeze(&self, is_frozen: bool) {
        self.is_frozen.send_replace(is_frozen);
    }
}

/// Carries bytes from one end to the other while nothing is frozen.
async fn carry(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    mut frozen: tokio::sync::watch::Receiver<bool>,
) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if frozen.wait_for(|frozen| !frozen).await.is_err() || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_database_refuses_requests_until_it_reloads() {
    let Some(url) = database("isolated").await else { return };
    let wire = Wire::to(&url).await;
    let (one, two) = two_servers(&url, &wire.url).await;
    let background = Background::of(&[&one]);
    // With its background.
    let served = two.serve().await;
    let (key, id) = one.key(&["sites:read"], json!({})).await;
    let (other, _) = one.key(&["sites:read"], json!({})).await;
    let whoami = async |key: &str| two.with_key(key).get("/v1/whoami").await;
    until(200, async || whoami(&other).await).await;
    let (enrols, _) = one.enrolment_key(json!({ "uses": 1 })).await;
    // Changes are heard in their order, so the enrolment key is known when a later key is.
    let (later, _) = one.key(&["sites:read"], json!({})).await;
    until(200, async || whoami(&later).await).await;
    let machine = two.enrol(&served, &enrols, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    let hung_up = tokio::spawn(async move { client.hung_up().await.map(u16::from) });

    // What was changed until now has been heard.
    let (last, _) = one.key(&["sites:read"], json!({})).await;
    until(200, async || whoami(&last).await).await;

    wire.freeze(true);
    one.owner().delete(&format!("/v1/keys/{id}")).await.expect(200);
    // First it says so, and what needs the database is refused. How soon is what the acceptance test
    // `isolation` prints.
    until(503, async || two.anonymous().get("/v1/readyz").await).await;
    let reply = two.with_key(&other).get("/v1/sites").await.problem(503, "unavailable");
    assert!(reply.headers.contains_key("retry-after"));
    two.with_key(one.owner_key()).post("/v1/sites", json!({ "name": "x" })).await.problem(503, "unavailable");
    // Then it admits nobody, neither the key that is gone nor one that is not.
    until(503, async || whoami(&key).await).await;
    whoami(&other).await.problem(503, "unavailable");
    // Its agents are sent elsewhere.
    assert_eq!(hung_up.await.unwrap(), Some(1_012));

    // The first that it answers is by what the database says now.
    wire.freeze(false);
    until(200, async || {
        let reply = whoami(&key).await;
        assert_ne!(reply.status.as_u16(), 200, "the deleted key was admitted");
        whoami(&other).await
    })
    .await;
    whoami(&key).await.problem(401, "credential_unknown");

    background.end().await;
}

#[tokio::test]
async fn a_role_changed_on_another_server_is_neither_given_nor_invited_to() {
    let Some(url) = database("invited").await else { return };
    let peppers = Peppers::generate(&SystemEntropy);
    let store = async || Store::connect(&url.parse().unwrap(), 4).await.unwrap();
    let one = TestApp::on(store().await, peppers.clone(), &Config::default()).await;
    let role = json!({ "name": "Looker", "scopes": ["sites:read"] });
    let role = one.owner().post("/v1/roles", role).await.expect(201).body["id"].clone();
    let eve = json!({ "email": "eve@example.com", "name": "Eve", "role": role });
    let eve = one.owner().post("/v1/users", eve).await.expect(201).body["user"]["id"].clone();
    let (narrow, _) = one.key(&["users:*", "sites:read"], json!({})).await;
    let root = one.root_key(&["users:*".to_owned(), "sites:read".to_owned()], json!({})).await;
    // It does not hear of changes after its start.
    let two = TestApp::on(store().await, peppers, &Config::default()).await;
    let invite = format!("/v1/users/{}/invite", eve.as_str().unwrap());
    let bob = |n: u32| json!({ "email": format!("bob{n}@example.com"), "name": "Bob", "role": role });
    two.with_key(&narrow).post(&invite, json!({})).await.expect(200);
    two.with_key(&narrow).post("/v1/users", bob(1)).await.expect(201);
    let at_eve = format!("/v1/users/{}", eve.as_str().unwrap());
    two.with_key(&root).patch(&at_eve, json!({ "disabled": false })).await.expect(200);
    let path = format!("/v1/roles/{}", role.as_str().unwrap());
    one.owner().patch(&path, json!({ "scopes": ["*:*"] })).await.expect(200);
    two.with_key(&narrow).post(&invite, json!({})).await.problem(409, "conflict");
    two.with_key(&narrow).post("/v1/users", bob(2)).await.problem(409, "conflict");
    two.with_key(&root).patch(&at_eve, json!({ "disabled": false })).await.problem(409, "conflict");
    one.with_key(&narrow).post(&invite, json!({})).await.problem(403, "grant_exceeds_own");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_objects_are_told_by_another_server() {
    let Some(url) = database("replicas_events").await else { return };
    let (one, two) = two_servers(&url, &url).await;
    let background = Background::of(&[&one, &two]);
    let mut heard = Heard::at(&two, one.owner_key(), "/v1/events?nouns=site", None).await;
    let (_, began, _) = heard.next().await.unwrap();
    let mut sites = Vec::new();
    for name in ["Berlin", "Paris"] {
        sites.push(one.site("default", name, json!({})).await);
    }
    for site in &sites {
        assert_eq!(heard.next().await.unwrap().2["id"], **site);
    }
    // A transaction that began earlier and commits later is told too.
    let mut early = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut early).await.unwrap();
    let rename = format!("UPDATE sites SET revision = 7 WHERE id = '{}'", sites[0]);
    sqlx::query(sqlx::AssertSqlSafe(rename)).execute(&mut early).await.unwrap();
    one.site("default", "Rome", json!({})).await;
    sqlx::query("COMMIT").execute(&mut early).await.unwrap();
    let (_, _, first) = heard.next().await.unwrap();
    let (_, _, second) = heard.next().await.unwrap();
    assert_eq!((&first["id"], &first["revision"]), (&json!(sites[0]), &json!(7)));
    assert_eq!(second["event"], "changed");
    one.owner().delete(&format!("/v1/sites/{}", sites[1])).await.expect(200);
    let (_, _, last) = heard.next().await.unwrap();
    assert_eq!(last, json!({ "event": "gone", "noun": "site", "id": sites[1] }));
    // Everything again, on the other server.
    let path = format!("/v1/events?nouns=site&follow=false&after={}", began.unwrap());
    let mut again = Heard::at(&one, one.owner_key(), &path, None).await;
    let mut count = 0;
    while again.next().await.is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
    background.end().await;
}
