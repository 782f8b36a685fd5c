//! Selections: that an action is for exactly the nodes that were selected, or refused.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_server::config::Config;
use bailiwick_store::Store;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::app::{Actor, PASSWORD, TestApp};
use crate::replicas::database;

/// How many nodes change while they are listed and acted on.
const MANY: usize = 5_000;

async fn selected(actor: &Actor<'_>, targets: Value) -> Value {
    actor.post("/v1/selections", json!({ "targets": targets })).await.expect(201).body
}

fn command(selection: &Value, tolerance: Option<u32>) -> Value {
    let mut targets = json!({ "selection": selection["id"] });
    if let Some(tolerance) = tolerance {
        targets["tolerance"] = tolerance.into();
    }
    json!({ "targets": targets, "shell": "sh", "command": "true" })
}

fn names(nodes: &Value) -> Vec<String> {
    nodes.as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

/// All nodes that a command went to.
async fn reached(app: &TestApp, command: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let id = command["id"].as_str().unwrap();
        let path = format!("/v1/commands/{id}/results?limit=1000{cursor}");
        let page = app.owner().get(&path).await.expect(200);
        all.extend(page.items("node_name").iter().map(|name| name.as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// The names of all nodes that the list shows with a selector.
async fn listed(app: &TestApp, labels: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/nodes?labels={labels}&limit=1000{cursor}");
        let page = app.owner().get(&path).await.expect(200);
        all.extend(names(&page.body["items"]));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

/// Imports nodes with agents, named `n-00000` and so on.
async fn import(app: &TestApp, numbers: std::ops::Range<usize>, env: &str) {
    let (mut nodes, mut agents) = (String::new(), String::new());
    for n in numbers {
        let node = json!({ "type": "generic", "name": format!("n-{n:05}"), "address": "10.0.0.1", "labels": { "env": env } });
        writeln!(nodes, "{node}").unwrap();
        let agent = json!({ "type": "bailiwick_agent", "runs_on": format!("n-{n:05}") });
        writeln!(agents, "{agent}").unwrap();
    }
    let owner = app.owner();
    for (path, lines) in [("/v1/nodes/import", nodes), ("/v1/agents/import", agents)] {
        let sent = owner.raw("POST", path, Some("application/x-ndjson"), lines.into_bytes()).await;
        sent.expect(200);
    }
}

#[tokio::test]
async fn five_thousand_nodes_that_change_are_acted_on_exactly_as_frozen_or_not_at_all() {
    let app = TestApp::new().await;
    let enrol = "UPDATE agents SET instance_uid = randomblob(16) WHERE type = 'bailiwick_agent' AND instance_uid IS NULL";
    act_on_nodes_that_change(&app, async || app.execute(enrol).await).await;
}

#[tokio::test]
async fn five_thousand_nodes_that_change_are_acted_on_exactly_as_frozen_on_postgresql() {
    let Some(url) = database("selections").await else { return };
    let store = Store::connect(&url.parse().unwrap(), 8).await.unwrap();
    let app = TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await;
    let enrol = async || {
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let sql = "UPDATE agents SET instance_uid = gen_random_uuid() \
                   WHERE type = 'bailiwick_agent' AND instance_uid IS NULL";
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    act_on_nodes_that_change(&app, enrol).await;
}

/// `enrol` gives every agent of ours its uid.
async fn act_on_nodes_that_change(app: &TestApp, enrol: impl AsyncFn()) {
    import(app, 0..MANY, "prod").await;
    enrol().await;
    let owner = app.owner();
    let shown = listed(app, "env=prod").await;
    assert_eq!(shown.len(), MANY);
    let selection = selected(&owner, json!({ "labels": "env=prod" })).await;
    assert_eq!(selection["count"], MANY);
    // Nodes go, and others no longer match: the command goes to those that were frozen and still exist.
    for n in 0..3 {
        owner.delete(&format!("/v1/nodes/n-{n:05}?force=true")).await.expect(200);
        let change = json!({ "labels": { "env": "test" } });
        owner.patch(&format!("/v1/nodes/n-{:05}", n + 10), change).await.expect(200);
    }
    let given = owner.post("/v1/commands", command(&selection, None)).await.expect(202).body;
    let gone: BTreeSet<String> = (0..3).map(|n| format!("n-{n:05}")).collect();
    let expected: BTreeSet<String> = shown.difference(&gone).cloned().collect();
    assert_eq!(given["target_count"], MANY - 3);
    assert_eq!(reached(app, &given).await, expected);
    // Nodes are added: it goes to none, whatever else has gone.
    import(app, MANY..MANY + 2, "prod").await;
    enrol().await;
    let refused = owner.post("/v1/commands", command(&selection, None)).await;
    let refused = refused.problem(409, "selection_outdated");
    assert_eq!(refused.body["selection"], json!({ "selected": MANY, "added": 2, "tolerance": 0 }));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("2 nodes match") && detail.contains("tolerance"), "{detail}");
    owner.post("/v1/commands", command(&selection, Some(1))).await.problem(409, "selection_outdated");
    // With the tolerance, it still goes to the frozen nodes only.
    let given = owner.post("/v1/commands", command(&selection, Some(2))).await.expect(202).body;
    assert_eq!(reached(app, &given).await, expected);
    let commands = owner.get("/v1/commands").await.expect(200);
    assert_eq!(commands.items("target_count"), [json!(MANY - 3), json!(MANY - 3)]);
}

#[tokio::test]
async fn a_selection_says_how_many_nodes_are_offline_or_have_no_agent() {
    let app = TestApp::new().await;
    for name in ["a", "b", "c"] {
        app.machine("default", name, json!({ "env": "prod" })).await;
    }
    app.execute(
        "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since) \
         SELECT id, organization_id, 2000000000000000, 0 FROM nodes WHERE name = 'a'",
    )
    .await;
    app.node(json!({ "name": "bare", "labels": { "env": "prod" } })).await;
    app.node(json!({ "name": "other" })).await;
    let owner = app.owner();
    let selection = selected(&owner, json!({ "labels": "env=prod", "type": "generic" })).await;
    let counts = ["count", "offline", "without_agent"].map(|member| selection[member].clone());
    assert_eq!(counts, [json!(4), json!(2), json!(1)]);
    let given = owner.post("/v1/commands", command(&selection, None)).await.expect(202).body;
    assert_eq!(names(&given["nodes"]), ["a", "b", "c"]);
    assert_eq!(names(&given["left_out"]["nodes"]), ["bare"]);
    assert_eq!(given["targets"], json!({ "selection": selection["id"] }));
    // A node that gets its agent meanwhile was frozen too.
    let bare = owner.get("/v1/nodes/bare").await.expect(200).body["id"].as_str().unwrap().to_owned();
    app.enrolled("default", &bare, json!({})).await;
    let scan = json!({ "targets": { "selection": selection["id"] } });
    let given = owner.post("/v1/updates/scan", scan).await.expect(202).body;
    assert_eq!(names(&given["nodes"]), ["a", "b", "bare", "c"]);
}

#[tokio::test]
async fn a_selection_ends_after_ten_minutes_and_belongs_to_its_caller() {
    let app = TestApp::new().await;
    app.machine("default", "a", json!({ "env": "prod" })).await;
    app.organization("other").await;
    let owner = app.owner();
    let selection = selected(&owner, json!({ "all": true })).await;
    let (other, _) = app.key(&["*:*"], json!({})).await;
    let refused = app.with_key(&other).post("/v1/commands", command(&selection, None)).await;
    let detail = refused.problem(400, "invalid").field("targets.selection").to_owned();
    assert!(detail.contains("selections.create"), "{detail}");
    let elsewhere = app.root().post("/v1/commands?organization=other", command(&selection, None)).await;
    elsewhere.problem(400, "invalid").field("targets.selection");
    app.advance(599);
    owner.post("/v1/commands", command(&selection, None)).await.expect(202);
    app.advance(1);
    let late = owner.post("/v1/commands", command(&selection, None)).await;
    late.problem(400, "invalid").field("targets.selection");
    assert_eq!(app.control.store().forget_selections(app.control.now()).await.unwrap(), 1);
}

#[tokio::test]
async fn selections_are_bounded_for_a_caller_and_an_organization() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.machine("default", "db-1", json!({})).await;
    let mut made = Vec::new();
    for _ in 0..21 {
        made.push(selected(&owner, json!({ "all": true })).await);
        app.advance(1);
    }
    // One more than a caller may have ends its oldest.
    let ended = owner.post("/v1/commands", command(&made[0], None)).await;
    ended.problem(400, "invalid").field("targets.selection");
    owner.post("/v1/commands", command(&made[1], None)).await.expect(202);
    for _ in 0..4 {
        let (key, _) = app.key(&["selections.create"], json!({})).await;
        for _ in 0..20 {
            selected(&app.with_key(&key), json!({ "all": true })).await;
        }
    }
    let (key, _) = app.key(&["selections.create"], json!({})).await;
    selected(&app.with_key(&key), json!({ "all": true })).await;
    let ended = owner.post("/v1/commands", command(&made[1], None)).await;
    ended.problem(400, "invalid").field("targets.selection");
    owner.post("/v1/commands", command(&made[2], None)).await.expect(202);
    let body = json!({ "targets": { "all": true } });
    // Those that have ended do not count.
    app.advance(600);
    owner.post("/v1/selections", body).await.expect(201);
    assert_eq!(app.control.store().forget_selections(app.control.now()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_selection_is_limited_to_the_reach_of_its_caller_when_it_is_used() {
    let app = TestApp::new().await;
    app.machine("default", "a", json!({ "env": "prod", "team": "x" })).await;
    app.machine("default", "b", json!({ "env": "prod" })).await;
    let scopes = ["selections.create", "commands.create"];
    let (narrow, _) = app.key(&scopes, json!({ "reach": { "labels": "team=x" } })).await;
    let narrow = app.with_key(&narrow);
    let selection = selected(&narrow, json!({ "labels": "env=prod" })).await;
    assert_eq!(selection["count"], 1);
    // Out of reach by now.
    app.owner().patch("/v1/nodes/a", json!({ "labels": { "env": "prod" } })).await.expect(200);
    let refused = narrow.post("/v1/commands", command(&selection, None)).await;
    refused.problem(400, "invalid").field("targets");
    // A node that came into reach was not frozen.
    app.owner().patch("/v1/nodes/b", json!({ "labels": { "env": "prod", "team": "x" } })).await.expect(200);
    narrow.post("/v1/commands", command(&selection, None)).await.problem(409, "selection_outdated");
}

#[tokio::test]
async fn schedules_and_maintenance_windows_refuse_a_selection() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let selection = selected(&owner, json!({ "all": true })).await;
    let targets = json!({ "selection": selection["id"] });
    let schedule =
        json!({ "name": "s", "cron": "0 2 * * *", "run": { "kind": "scan_updates" }, "targets": targets });
    owner.post("/v1/schedules", schedule).await.problem(400, "invalid").field("targets.selection");
    let window = json!({ "name": "w", "cron": "0 2 * * *", "duration_seconds": 3600, "targets": targets });
    owner.post("/v1/maintenance_windows", window).await.problem(400, "invalid").field("targets.selection");
    let again = json!({ "targets": targets });
    owner.post("/v1/selections", again).await.problem(400, "invalid").field("targets.selection");
    let mixed = json!({ "selection": selection["id"], "labels": "env=prod" });
    let body = json!({ "targets": mixed, "shell": "sh", "command": "true" });
    owner.post("/v1/commands", body).await.problem(400, "invalid").field("targets.selection");
}

#[tokio::test]
async fn a_technician_selects_and_runs_and_a_viewer_does_neither() {
    let app = TestApp::new().await;
    app.machine("default", "a", json!({})).await;
    let script = json!({ "name": "up", "shell": "sh", "body": "uptime" });
    app.owner().post("/v1/scripts", script).await.expect(201);
    app.user("default", "tess@example.com", "technician").await;
    let tess = app.log_in("tess@example.com", PASSWORD).await;
    let selection = selected(&tess, json!({ "all": true })).await;
    let run = json!({ "targets": { "selection": selection["id"] } });
    let given = tess.post("/v1/scripts/up/run", run).await.expect(202).body;
    assert_eq!(names(&given["nodes"]), ["a"]);
    app.user("default", "vic@example.com", "viewer").await;
    let vic = app.log_in("vic@example.com", PASSWORD).await;
    let body = json!({ "targets": { "all": true } });
    vic.post("/v1/selections", body).await.problem(403, "scope_missing");
}
