//! A duplicate of a node is merged into it.

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_link::desired::Desired;
use bailiwick_operations::uses::Referrer;
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Machine};
use crate::replicas::database;

/// Does the same on SQLite and on PostgreSQL.
pub(crate) async fn on_both(name: &str, body: impl AsyncFn(TestApp)) {
    body(TestApp::new().await).await;
    if let Some(url) = database(name).await {
        let url: DatabaseUrl = url.parse().unwrap();
        let store = Store::connect(&url, 4).await.unwrap();
        body(TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await).await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn from(node: &str) -> Value {
    json!({ "from": node })
}

/// How many objects of a noun a part of the answer lists, and their names.
fn part(answer: &Value, which: &str, noun: &str) -> (i64, Vec<String>) {
    let parts = answer[which].as_array().unwrap();
    let Some(part) = parts.iter().find(|part| part["noun"] == noun) else { return (0, Vec::new()) };
    let items = part["items"].as_array().unwrap();
    (part["count"].as_i64().unwrap(), items.iter().map(|item| text(&item["name"])).collect())
}

/// Two nodes: `db-1`, and `old`, on which an agent has enrolled, with something of everything. The ids of both.
async fn duplicates(app: &TestApp) -> (String, String) {
    let owner = app.owner();
    let into = app.node(json!({ "name": "db-1", "labels": { "env": "prod" } })).await;
    app.site("default", "Berlin", json!({})).await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
    app.enrol(&served, &key, Machine::named("old")).await;
    let change = json!({ "site": "Berlin", "distro": "Debian 13", "labels": { "env": "test", "rack": "7" } });
    let old = text(&owner.patch("/v1/nodes/old", change).await.expect(200).body["id"]);
    app.node(json!({ "name": "guest", "host": "old" })).await;
    let service = json!({ "type": "postgresql", "name": "orders", "address": "127.0.0.1", "port": 5432, "nodes": ["old"] });
    owner.post("/v1/services", service).await.expect(201);
    let exporter = json!({ "type": "external_exporter", "runs_on": "old", "listen_port": 9187 });
    owner.post("/v1/agents", exporter).await.expect(201);
    let command = json!({ "targets": { "nodes": ["old"] }, "shell": "sh", "command": "uptime" });
    owner.post("/v1/commands", command).await.expect(202);
    let role = json!({ "name": "Operators", "scopes": ["nodes:read"], "reach": { "nodes": [old] } });
    owner.post("/v1/roles", role).await.expect(201);
    app.key(&["nodes:read"], json!({ "name": "Narrow", "reach": { "nodes": [old] } })).await;
    let schedule = json!({
        "name": "Nightly", "cron": "30 2 * * *", "targets": { "nodes": ["old", "db-1"] },
        "run": { "kind": "command", "shell": "sh", "command": "true" },
    });
    owner.post("/v1/schedules", schedule).await.expect(201);
    (into, old)
}

/// These scopes, and the one to read nodes. A key can only change keys and roles that have no more than itself.
fn with<'a>(scopes: &[&'a str]) -> Vec<&'a str> {
    [scopes, &["nodes:read"]].concat()
}

async fn named(app: &TestApp, noun: &str, name: &str) -> Value {
    let listed = app.owner().get(&format!("/v1/{noun}")).await.expect(200).body;
    let items = listed["items"].as_array().unwrap();
    items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("{noun}: {listed:#}")).clone()
}

#[tokio::test]
async fn everything_of_a_duplicate_moves_to_the_node() {
    on_both("merge", async |app: TestApp| {
        let (into, old) = duplicates(&app).await;
        let owner = app.owner();
        let before = owner.get("/v1/nodes/db-1").await.expect(200);
        let would = owner
            .post("/v1/nodes/db-1/merge", json!({ "from": "old", "dry_run": true }))
            .await
            .expect(200)
            .body;
        assert_eq!(would["dry_run"], true);
        owner.get("/v1/nodes/old").await.expect(200);
        assert_eq!(owner.get("/v1/nodes/db-1").await.expect(200).body, before.body);

        let merged = owner.post("/v1/nodes/db-1/merge", from("old")).await.expect(200);
        let mut expected = would.clone();
        expected["dry_run"] = json!(false);
        assert_eq!(merged.body, expected);
        for (noun, names) in [
            ("nodes", vec!["guest"]),
            ("services", vec!["orders"]),
            ("agents", vec!["external_exporter", "bailiwick_agent"]),
            ("commands", vec!["uptime"]),
            ("keys", vec!["Narrow"]),
            ("roles", vec!["Operators"]),
            ("schedules", vec!["Nightly"]),
        ] {
            let (count, mut found) = part(&merged.body, "moved", noun);
            found.sort();
            let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            names.sort();
            assert_eq!((usize::try_from(count).unwrap(), &found), (names.len(), &names), "{noun}");
        }
        assert_eq!(part(&merged.body, "deleted", "nodes"), (1, vec!["old".to_owned()]));
        assert_eq!(part(&merged.body, "deleted", "agents").0, 0);

        let node = owner.get("/v1/nodes/db-1").await.expect(200);
        assert_eq!(node.body, merged.body["node"]);
        assert_eq!(node.headers["etag"], merged.headers["etag"]);
        let shown = &node.body;
        assert_eq!((&shown["id"], &shown["address"]), (&json!(into), &json!("10.0.0.1")));
        assert_eq!((&shown["distro"], &shown["machine_id"]), (&json!("Debian 13"), &json!("machine-old")));
        assert_eq!(shown["labels"], json!({ "env": "prod", "rack": "7" }));
        assert!(shown["site_id"].is_string());
        owner.get("/v1/nodes/old").await.problem(404, "not_found");
        assert_eq!(named(&app, "nodes", "guest").await["host_id"], json!(into));
        assert_eq!(named(&app, "services", "orders").await["nodes"], json!([into]));
        assert_eq!(named(&app, "keys", "Narrow").await["reach"]["nodes"], json!([into]));
        assert_eq!(named(&app, "roles", "Operators").await["reach"]["nodes"], json!([into]));
        assert_eq!(named(&app, "schedules", "Nightly").await["targets"], json!({ "nodes": [into] }));
        let agents = owner.get("/v1/agents").await.expect(200).items("runs_on");
        assert_eq!(agents, [json!(into), json!(into)]);
        let commands = owner.get(&format!("/v1/commands?node={into}")).await.expect(200);
        assert_eq!(commands.items("title"), ["uptime"]);

        let audit = owner.get("/v1/audit?operation=nodes.merge").await.expect(200).body;
        let targets = audit["items"][0]["targets"].to_string();
        assert!(targets.contains(&into) && targets.contains(&old), "{targets}");
        assert_eq!(audit["items"].as_array().unwrap().len(), 1, "a dry run was audited");
    })
    .await;
}

#[test]
fn every_kind_of_reference_to_a_node_is_among_the_duplicates() {
    let to_nodes =
        Referrer::ALL.into_iter().filter(|referrer| referrer.nouns().iter().any(|noun| noun.many == "nodes"));
    let known = [
        Referrer::KeyReach,
        Referrer::RoleReach,
        Referrer::ScheduleTargets,
        Referrer::WindowTargets,
        Referrer::NodeHost,
        Referrer::ServiceNodes,
        Referrer::AgentNode,
        Referrer::AgentObserves,
    ];
    let added: Vec<_> = to_nodes.filter(|referrer| !known.contains(referrer)).collect();
    assert!(added.is_empty(), "`nodes.merge` and `duplicates` above must handle {added:?}");
}

#[tokio::test]
async fn nodes_that_do_not_go_together_are_not_merged() {
    on_both("merge_refused", async |app: TestApp| {
        let owner = app.owner();
        app.node(json!({ "name": "a" })).await;
        app.node(json!({ "name": "b", "host": "a" })).await;
        app.node(json!({ "name": "c", "host": "b" })).await;
        owner.post("/v1/nodes", json!({ "type": "machine_tool", "name": "tool" })).await.expect(201);
        for (node, other, expected) in [
            ("a", "a", "expected another node"),
            ("a", "none", "there is no node none"),
            ("a", "tool", "expected a node of type generic, as a is; found one of type machine_tool"),
            // The node runs on the other one, or would take it over as its host.
            ("b", "a", "it would become its own host"),
            ("c", "a", "it would become its own host"),
            ("a", "b", "it would become its own host"),
            ("a", "c", "it would become its own host"),
        ] {
            let refused = owner.post(&format!("/v1/nodes/{node}/merge"), from(other)).await;
            let refused = refused.problem(400, "invalid");
            assert!(refused.field("from").contains(expected), "{node} {other}: {:#}", refused.body);
        }
        owner.post("/v1/nodes/none/merge", from("a")).await.problem(404, "not_found");
        // Not all that has a host in common is a circle.
        app.node(json!({ "name": "d", "host": "a" })).await;
        owner.post("/v1/nodes/c/merge", from("d")).await.expect(200);
        assert_eq!(named(&app, "nodes", "c").await["host_id"], named(&app, "nodes", "b").await["id"]);
        // A node that runs on the other one, which has a host of its own, is no circle either.
        let merged = owner.post("/v1/nodes/b/merge", from("c")).await.expect(200).body;
        assert_eq!(merged["node"]["host_id"], named(&app, "nodes", "a").await["id"]);
    })
    .await;
}

#[tokio::test]
async fn agents_that_would_do_the_same_are_named_and_the_nodes_not_merged() {
    on_both("merge_twins", async |app: TestApp| {
        let owner = app.owner();
        let exporter = async |node: &str| {
            app.node(json!({ "name": node })).await;
            let body = json!({ "type": "node_exporter", "runs_on": node });
            text(&owner.post("/v1/agents", body).await.expect(201).body["id"])
        };
        let (one, two) = (exporter("a").await, exporter("b").await);
        for body in [from("b"), json!({ "from": "b", "dry_run": true })] {
            let refused = owner.post("/v1/nodes/a/merge", body).await.problem(409, "cannot_merge");
            let detail = text(&refused.body["detail"]);
            assert!(detail.contains(&one) && detail.contains(&two), "{detail}");
        }
        owner.delete(&format!("/v1/agents/{two}")).await.expect(200);
        owner.post("/v1/nodes/a/merge", from("b")).await.expect(200);
        // On one observed node each, two exporters do not do the same; on the merged node they do.
        let rds = async |name: &str| {
            let body = json!({ "type": "remote_rds", "name": name, "address": name, "region": "eu" });
            owner.post("/v1/nodes", body).await.expect(201);
            let body = json!({
                "type": "rds_exporter", "runs_on": "a", "observes": { "nodes": [name] },
                "settings": { "aws_access_key": "AK" }, "secrets": { "aws_secret_key": "SK" },
            });
            owner.post("/v1/agents", body).await.expect(201);
        };
        rds("rds-1").await;
        rds("rds-2").await;
        owner.post("/v1/nodes/rds-1/merge", from("rds-2")).await.problem(409, "cannot_merge");
    })
    .await;
}

#[tokio::test]
async fn a_merge_needs_the_scopes_and_the_reach_for_all_that_it_does() {
    let app = TestApp::new().await;
    let (into, old) = duplicates(&app).await;
    let all = [
        "nodes.merge",
        "nodes.update",
        "nodes.delete",
        "services.update",
        "agents.update",
        "keys.update",
        "roles.update",
        "schedules.update",
        "commands.create",
    ];
    for missing in all {
        // The waiting command stays with its machine, whose agent moves; only the schedule asks for this.
        let rest: Vec<&str> = all.into_iter().filter(|scope| *scope != missing).collect();
        let (key, _) = app.key(&with(&rest), json!({})).await;
        for body in [from("old"), json!({ "from": "old", "dry_run": true })] {
            let refused = app.with_key(&key).post("/v1/nodes/db-1/merge", body).await;
            assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], missing);
        }
    }
    let limited = json!({ "command_limits": { "shells": ["sh"] } });
    let (key, _) = app.key(&with(&all), limited).await;
    let refused = app.with_key(&key).post("/v1/nodes/db-1/merge", from("old")).await;
    assert_eq!(refused.status, 403, "{:#}", refused.body);
    // A merge says which machine a node is. Callers that reach only a part of the organization may not say that.
    for nodes in [&[&into][..], &[&old], &[&into, &old]] {
        let (key, _) = app.key(&with(&all), json!({ "reach": { "nodes": nodes } })).await;
        for body in [from("old"), json!({ "from": "old", "dry_run": true })] {
            let refused = app.with_key(&key).post("/v1/nodes/db-1/merge", body).await;
            refused.problem(403, "reach_too_narrow");
        }
    }
    // A key that has exactly enough sees only numbers of what it may not read.
    let (key, _) = app.key(&with(&all), json!({})).await;
    let merged = app.with_key(&key).post("/v1/nodes/db-1/merge", from("old")).await.expect(200).body;
    assert_eq!(part(&merged, "moved", "services"), (1, vec![]));
    assert_eq!(part(&merged, "moved", "nodes"), (1, vec!["guest".to_owned()]));
}

#[tokio::test]
async fn a_merge_requires_the_revision_that_was_read() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.node(json!({ "name": "a" })).await;
    app.node(json!({ "name": "b" })).await;
    let etag = owner.get("/v1/nodes/a").await.expect(200).headers["etag"].to_str().unwrap().to_owned();
    owner.patch("/v1/nodes/a", json!({ "distro": "Debian" })).await.expect(200);
    let refused = app.owner().header("if-match", &etag).post("/v1/nodes/a/merge", from("b")).await;
    let refused = refused.problem(412, "changed");
    assert_eq!(refused.body["current"]["distro"], "Debian");
    let etag = owner.get("/v1/nodes/a").await.expect(200).headers["etag"].to_str().unwrap().to_owned();
    app.owner().header("if-match", &etag).post("/v1/nodes/a/merge", from("b")).await.expect(200);
}

#[tokio::test]
async fn the_connected_agent_stays_and_reconnects_as_that_of_the_node() {
    on_both("merge_agents", async |app: TestApp| {
        let owner = app.owner();
        let served = app.serve().await;
        let enrol = async |name: &str| {
            let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
            app.enrol(&served, &key, Machine::named(name)).await
        };
        let (old, new) = (enrol("old").await, enrol("new").await);
        let exporter = |on: &str, port: u16| {
            json!({
                "type": "postgresql", "name": format!("pg-{on}"), "address": "127.0.0.1", "port": port, "nodes": [on],
                "agent": { "settings": { "username": "mon" }, "secrets": { "password": "hunter2" } },
            })
        };
        owner.post("/v1/services", exporter("old", 5432)).await.expect(201);
        owner.post("/v1/services", exporter("new", 5433)).await.expect(201);
        let is_there = async |name: &str, machine: &Machine| {
            let mut client = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
            client.hello().await;
            app.fleet.write_heard_now().await;
            assert_eq!(owner.get(&format!("/v1/nodes/{name}")).await.expect(200).body["status"], "online");
            client
        };
        let one = is_there("old", &old).await;
        let two = is_there("new", &new).await;
        // The clients must read, or they do not answer pings.
        let refused = owner.post("/v1/nodes/old/merge", from("new")).await.problem(409, "cannot_merge");
        assert!(text(&refused.body["detail"]).contains("both are connected; delete one of these agents first"));
        drop(one);
        app.advance(600);
        let two = {
            drop(two);
            is_there("new", &new).await
        };
        let mut two = two;
        // The old record stays, with the agent of the machine that was set up anew.
        let merged = owner.post("/v1/nodes/old/merge", from("new")).await.expect(200).body;
        assert_eq!(part(&merged, "deleted", "agents"), (1, vec!["bailiwick_agent".to_owned()]));
        assert_eq!((&merged["node"]["machine_id"], &merged["node"]["name"]), (&json!("machine-new"), &json!("old")));
        two.hung_up().await;
        let mut again = Client::connect(&served, new.key.as_ref().unwrap(), new.clone()).await;
        let told = again.hello().await;
        let told = Desired::from_remote_config(told.remote_config.as_ref().unwrap()).unwrap();
        // Both exporters would get a password that was given for another machine.
        assert_eq!(told.programs.len(), 2);
        for program in told.programs.values() {
            assert!(program.withheld.is_some() && program.secrets.is_empty(), "{program:?}");
        }
        app.fleet.write_heard_now().await;
        assert_eq!(owner.get("/v1/nodes/old").await.expect(200).body["status"], "online");
        let gone = crate::client::open(&served, old.key.as_ref().unwrap()).await;
        assert!(gone.is_err(), "the agent that gave way is still admitted");
    })
    .await;
}
