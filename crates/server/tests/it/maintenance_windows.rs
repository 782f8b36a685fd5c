//! Maintenance windows: what they are, and that schedules and installations of updates heed them.

use serde_json::{Value, json};

use crate::app::{Actor, TestApp};

/// A window of an hour, which opens at 02:00 UTC.
fn window(name: &str, more: Value) -> Value {
    let mut body =
        json!({ "name": name, "selector": "env=prod", "cron": "0 2 * * *", "duration_seconds": 3_600 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn made(app: &TestApp, body: Value) -> Value {
    app.owner().post("/v1/maintenance_windows", body).await.expect(201).body
}

fn path(of: &Value) -> String {
    format!("/v1/maintenance_windows/{}", of["id"].as_str().unwrap())
}

fn installation(targets: Value) -> Value {
    json!({ "targets": targets, "updates": "all" })
}

/// Whether it is open, when it opens and when it closes.
fn opening(of: &Value) -> [Value; 3] {
    ["open", "opens_at", "closes_at"].map(|member| of[member].clone())
}

/// The results of a command: the node's name, the state and the error.
async fn results(app: &TestApp, command: &Value) -> Vec<(String, String, String)> {
    let path = format!("/v1/commands/{}/results", command["id"].as_str().unwrap());
    let reply = app.owner().get(&path).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = reply.body["items"].as_array().unwrap().iter();
    let mut results: Vec<_> =
        items.map(|item| (text(&item["node_name"]), text(&item["state"]), text(&item["error"]))).collect();
    results.sort();
    results
}

async fn names(actor: &Actor<'_>, query: &str) -> Vec<Value> {
    actor.get(&format!("/v1/maintenance_windows{query}")).await.expect(200).items("name")
}

#[tokio::test]
async fn a_window_shows_whether_it_is_open_and_when_that_changes() {
    let app = TestApp::new().await;
    let made = made(&app, window("Nights", json!({ "description": "For updates" }))).await;
    let (tonight, tomorrow) = (json!("2030-01-01T02:00:00Z"), json!("2030-01-02T02:00:00Z"));
    assert_eq!(opening(&made), [json!(false), tonight, Value::Null]);
    assert_eq!((&made["enabled"], &made["time_zone"]), (&json!(true), &json!("UTC")));
    app.advance(2 * 3_600);
    let open = app.owner().get(&path(&made)).await.expect(200).body;
    assert_eq!(opening(&open), [json!(true), tomorrow.clone(), json!("2030-01-01T03:00:00Z")]);
    let listed = app.owner().get("/v1/maintenance_windows").await.expect(200);
    assert_eq!(listed.body["items"], json!([open]));
    app.advance(3_600);
    let closed = app.owner().get(&path(&made)).await.expect(200).body;
    assert_eq!(opening(&closed), [json!(false), tomorrow, Value::Null]);

    let change = json!({ "enabled": false, "time_zone": "Europe/Berlin", "description": null });
    let changed = app.owner().patch(&path(&made), change).await.expect(200).body;
    assert_eq!(opening(&changed), [json!(false), Value::Null, Value::Null]);
    assert_eq!((&changed["time_zone"], &changed["revision"]), (&json!("Europe/Berlin"), &json!(2)));
    let outdated = app.owner().header("If-Match", "\"1\"").delete(&path(&made)).await;
    assert_eq!(outdated.problem(412, "changed").body["current"], changed);
    app.owner().delete(&path(&made)).await.expect(200);
    app.owner().get(&path(&made)).await.problem(404, "not_found");
}

#[tokio::test]
async fn an_invalid_window_is_refused_and_names_the_field() {
    let app = TestApp::new().await;
    for (change, field) in [
        (json!({ "selector": "" }), "selector"),
        (json!({ "selector": "=" }), "selector"),
        (json!({ "duration_seconds": 299 }), "duration_seconds"),
        (json!({ "duration_seconds": 604_801 }), "duration_seconds"),
        (json!({ "cron": "0 0 31 2 *" }), "cron"),
        // To find out when it closes, its openings are looked at one by one.
        (json!({ "cron": "* * * 7 *" }), "cron"),
        (json!({ "cron": "0,30 0-12 * * *" }), "cron"),
        (json!({ "time_zone": "Europe/Bonn" }), "time_zone"),
        (json!({ "site": "Nowhere" }), "site"),
    ] {
        let refused = app.owner().post("/v1/maintenance_windows", window("w", change.clone())).await;
        refused.problem(400, "invalid").field(field);
    }
    let first = made(&app, window("w", json!({}))).await;
    let taken = app.owner().post("/v1/maintenance_windows", window("w", json!({}))).await;
    taken.problem(409, "taken").field("name");
    let change = json!({ "selector": "" });
    app.owner().patch(&path(&first), change).await.problem(400, "invalid").field("selector");
    let often = app.owner().patch(&path(&first), json!({ "cron": "*/5 * * * *" })).await;
    assert!(often.problem(400, "invalid").field("cron").contains("at most 24 openings a day, found 288"));
    app.owner().patch(&path(&first), json!({ "cron": "30 * * * *" })).await.expect(200);
    // With a site, an empty selector stands for all nodes there.
    app.site("default", "Berlin", json!({})).await;
    app.owner().patch(&path(&first), json!({ "site": "Berlin", "selector": "" })).await.expect(200);
    app.owner().patch(&path(&first), json!({ "site": null })).await.problem(400, "invalid").field("selector");
    for n in 1..200 {
        made(&app, window(&format!("w{n}"), json!({}))).await;
    }
    let refused = app.owner().post("/v1/maintenance_windows", window("more", json!({}))).await;
    assert!(refused.problem(400, "invalid").body.to_string().contains("at most 200"));
}

#[tokio::test]
async fn windows_are_listed_by_the_nodes_that_they_cover() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    app.owner().patch("/v1/nodes/db-1", json!({ "site": "Berlin" })).await.expect(200);
    app.machine("default", "web-1", json!({ "env": "prod" })).await;
    app.machine("default", "test-1", json!({})).await;
    let prod = made(&app, window("prod", json!({ "cron": "0 0 * * *" }))).await;
    made(&app, window("berlin", json!({ "site": site, "selector": "" }))).await;
    made(&app, window("both", json!({ "site": "Berlin", "enabled": false }))).await;
    let owner = app.owner();
    for (query, expected) in [
        ("", vec!["berlin", "both", "prod"]),
        ("?sort=-name", vec!["prod", "both", "berlin"]),
        ("?node=db-1", vec!["berlin", "both", "prod"]),
        ("?node=web-1", vec!["prod"]),
        ("?node=test-1", vec![]),
        ("?site=Berlin", vec!["berlin", "both"]),
        ("?node=db-1&enabled=true", vec!["berlin", "prod"]),
        ("?open=true", vec!["prod"]),
        ("?node=db-1&open=false", vec!["berlin", "both"]),
        ("?enabled=false", vec!["both"]),
    ] {
        assert_eq!(names(&owner, query).await, expected, "{query}");
    }
    let first = owner.get("/v1/maintenance_windows?node=db-1&limit=2").await.expect(200);
    let next = first.body["next_cursor"].as_str().unwrap();
    assert_eq!(names(&owner, &format!("?node=db-1&limit=2&cursor={next}")).await, ["prod"]);
    let covering = owner.get("/v1/maintenance_windows?node=web-1").await.expect(200);
    assert_eq!(covering.body["items"][0], owner.get(&path(&prod)).await.expect(200).body);
    owner.get("/v1/maintenance_windows?node=none").await.problem(400, "invalid").field("node");
}

#[tokio::test]
async fn an_installation_is_refused_while_all_its_nodes_are_outside_their_windows() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let nightly = made(&app, window("Nights", json!({}))).await;
    let early = json!({ "cron": "30 1 * * *", "time_zone": "Europe/Berlin", "selector": "env" });
    made(&app, window("Early", early)).await;
    let one = || installation(json!({ "nodes": ["db-1"] }));
    let refused = app.owner().post("/v1/updates/install", one()).await;
    let refused = refused.problem(409, "outside_maintenance_window").body;
    assert!(refused["detail"].as_str().unwrap().contains("2030-01-01T00:30:00Z"), "{refused:#}");
    assert_eq!(refused["hints"][0]["hint"], "ignore_maintenance_windows");
    assert!(refused["hints"][0]["text"].as_str().unwrap().contains("`ignore_maintenance_windows: true`"));
    let all = installation(json!({ "labels": "env=prod" }));
    app.owner().post("/v1/updates/install", all).await.problem(409, "outside_maintenance_window");
    assert_eq!(app.owner().get("/v1/commands").await.expect(200).items("id"), [json!(null); 0]);
    // Scans and commands that are given directly are not limited.
    let scan = json!({ "targets": { "nodes": ["db-1"] } });
    app.owner().post("/v1/updates/scan", scan).await.expect(202);
    let command = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "true" });
    app.owner().post("/v1/commands", command).await.expect(202);

    // While one of its windows is open. The command expires when the last of those that are open closes.
    app.advance(3_600);
    let given = app.owner().post("/v1/updates/install", one()).await.expect(202).body;
    assert_eq!(given["expires_at"], "2030-01-01T01:30:00Z");
    app.advance(3_600);
    let mut short = one();
    short["ttl_seconds"] = json!(60);
    let given = app.owner().post("/v1/updates/install", short).await.expect(202).body;
    assert_eq!(given["expires_at"], "2030-01-01T02:01:00Z");
    app.advance(3_600);
    app.owner().post("/v1/updates/install", one()).await.problem(409, "outside_maintenance_window");
    // A window that is switched off, and one that is deleted, limit nothing.
    app.owner().patch(&path(&nightly), json!({ "enabled": false })).await.expect(200);
    app.owner().post("/v1/updates/install", one()).await.problem(409, "outside_maintenance_window");
    let early = app.owner().get("/v1/maintenance_windows?node=db-1&enabled=true").await.expect(200);
    app.owner().delete(&path(&early.body["items"][0])).await.expect(200);
    let given = app.owner().post("/v1/updates/install", one()).await.expect(202).body;
    assert_eq!(given["expires_at"], "2030-01-01T04:00:00Z");
}

#[tokio::test]
async fn an_installation_leaves_out_the_nodes_outside_their_windows() {
    let app = TestApp::new().await;
    for (name, labels) in [
        ("db-1", json!({ "env": "prod", "tier": "db" })),
        ("free-1", json!({ "env": "prod", "tier": "free" })),
        ("web-1", json!({ "env": "prod", "tier": "web" })),
    ] {
        app.machine("default", name, labels).await;
    }
    made(&app, window("db", json!({ "selector": "tier=db" }))).await;
    made(&app, window("web", json!({ "selector": "tier=web", "cron": "0 0 * * *" }))).await;
    let given = app.owner().post("/v1/updates/install", installation(json!({ "labels": "env=prod" }))).await;
    let given = given.expect(202).body;
    assert_eq!(given["progress"], json!({ "queued": 2, "left_out": 1 }));
    assert_eq!(given["target_count"], 3);
    let nodes = given["nodes"].as_array().unwrap().iter().map(|node| node["name"].clone());
    assert_eq!(nodes.collect::<Vec<_>>(), ["free-1", "web-1"]);
    // The first window that closes ends the wait of all nodes.
    assert_eq!(given["expires_at"], "2030-01-01T01:00:00Z");
    let of = |name: &str, state: &str, error: &str| (name.to_owned(), state.to_owned(), error.to_owned());
    let why = "the node was outside its maintenance windows; the next one opens at 2030-01-01T02:00:00Z";
    let expected = [of("db-1", "left_out", why), of("free-1", "queued", ""), of("web-1", "queued", "")];
    assert_eq!(results(&app, &given).await, expected);
    let left_out = format!("/v1/commands/{}/results?state=left_out", given["id"].as_str().unwrap());
    assert_eq!(app.owner().get(&left_out).await.expect(200).items("node_name"), ["db-1"]);
    let audit = app.root().get("/v1/audit?organization=default&operation=updates.install").await.expect(200);
    let entry = &audit.body["items"][0];
    assert!(entry["reason"].as_str().unwrap().contains("1 nodes outside"), "{entry:#}");
    assert_eq!(entry["targets"].as_array().unwrap().len(), 3, "the command and the nodes that it goes to");
}

#[tokio::test]
async fn a_waiting_installation_does_not_begin_after_the_window_has_closed() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({ "env": "prod" })).await;
    made(&app, window("Nights", json!({ "cron": "0 0 * * *" }))).await;
    let one = installation(json!({ "nodes": ["db-1"] }));
    let mut long = one.clone();
    long["ttl_seconds"] = json!(86_400);
    let given = app.owner().post("/v1/updates/install", long).await.expect(202).body;
    app.advance(3_600);
    let mut connected = app.connect(&node, &agent).await;
    assert!(connected.unheard().is_none(), "the agent was told of a command whose window has closed");
    let path = format!("/v1/commands/{}", given["id"].as_str().unwrap());
    assert_eq!(app.owner().get(&path).await.expect(200).body["progress"], json!({ "queued": 1 }));
    // The agent learns by when it must begin.
    app.advance(23 * 3_600);
    app.owner().post("/v1/updates/install", one).await.expect(202);
    assert_eq!(connected.ordered().await.expires_at.to_string(), "2030-01-02T01:00:00Z");
}

#[tokio::test]
async fn only_who_may_change_windows_may_ignore_them() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    made(&app, window("Nights", json!({}))).await;
    let mut body = installation(json!({ "nodes": ["db-1"] }));
    body["ignore_maintenance_windows"] = json!(true);
    let (key, _) = app.key(&["updates.install", "maintenance_windows:read"], json!({})).await;
    let refused = app.with_key(&key).post("/v1/updates/install", body.clone()).await;
    assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], "maintenance_windows.update");
    // A key with a narrower reach does not escape, whatever its scopes are.
    let narrow = json!({ "reach": { "labels": "env=prod" } });
    let (narrow, _) = app.key(&["*:*"], narrow).await;
    let narrow = app.with_key(&narrow);
    narrow.post("/v1/updates/install", body.clone()).await.problem(403, "reach_too_narrow");
    let heeding = installation(json!({ "nodes": ["db-1"] }));
    let refused = narrow.post("/v1/updates/install", heeding).await;
    let refused = refused.problem(409, "outside_maintenance_window").body;
    assert!(!refused.to_string().contains("Nights"), "{refused:#}");
    let (able, _) = app.key(&["updates.install", "maintenance_windows.update"], json!({})).await;
    let given = app.with_key(&able).post("/v1/updates/install", body).await.expect(202).body;
    assert_eq!(given["expires_at"], "2030-01-01T01:00:00Z");
    let audit =
        app.root().get("/v1/audit?organization=default&operation=updates.install&outcome=allowed").await;
    let entry = audit.expect(200).body["items"][0].clone();
    assert!(entry["reason"].as_str().unwrap().contains("maintenance windows ignored"), "{entry:#}");
}

#[tokio::test]
async fn a_narrow_key_neither_sees_windows_nor_takes_nodes_out_of_them() {
    let app = TestApp::new().await;
    app.site("default", "Berlin", json!({})).await;
    for name in ["db-1", "db-2"] {
        app.machine("default", name, json!({ "env": "prod", "tier": "db" })).await;
        app.owner().patch(&format!("/v1/nodes/{name}"), json!({ "site": "Berlin" })).await.expect(200);
    }
    let db = made(&app, window("db", json!({ "selector": "tier=db" }))).await;
    made(&app, window("off", json!({ "selector": "", "site": "Berlin", "enabled": false }))).await;
    let narrow = json!({ "reach": { "labels": "env=prod" } });
    let (key, _) = app.key(&["*:*"], narrow).await;
    let narrow = app.with_key(&key);
    narrow.get("/v1/maintenance_windows").await.problem(403, "reach_too_narrow");
    narrow.get("/v1/maintenance_windows?node=db-1").await.problem(403, "reach_too_narrow");
    narrow.get(&path(&db)).await.problem(403, "reach_too_narrow");
    narrow.patch(&path(&db), json!({ "enabled": false })).await.problem(403, "reach_too_narrow");
    narrow.delete(&path(&db)).await.problem(403, "reach_too_narrow");
    narrow.post("/v1/maintenance_windows", window("w", json!({}))).await.problem(403, "reach_too_narrow");

    let without_tier = json!({ "labels": { "env": "prod" } });
    narrow.patch("/v1/nodes/db-1", without_tier.clone()).await.problem(403, "reach_too_narrow");
    // A window that is switched off may be switched on again.
    narrow.patch("/v1/nodes/db-1", json!({ "site": null })).await.problem(403, "reach_too_narrow");
    let more = json!({ "labels": { "env": "prod", "tier": "db", "note": "x" }, "description": "x" });
    narrow.patch("/v1/nodes/db-1", more).await.expect(200);
    // Another window might be open when the window of the node is closed. A node that no window covers may come
    // into one, because that only limits it.
    made(&app, window("other", json!({ "selector": "other" }))).await;
    app.machine("default", "web", json!({ "env": "prod" })).await;
    let into_other = json!({ "labels": { "env": "prod", "tier": "db", "other": "" } });
    narrow.patch("/v1/nodes/db-1", into_other).await.problem(403, "reach_too_narrow");
    narrow.patch("/v1/nodes/web", json!({ "labels": { "env": "prod", "other": "" } })).await.expect(200);
    // Such a key does not reach the site, so its lines do not name one.
    let line = |labels: &str| {
        let data = format!("type,name,labels\ngeneric,db-2,\"{labels}\"\n");
        json!({ "format": "csv", "data": data, "existing": "update" })
    };
    let refused = narrow.post("/v1/nodes/import", line("env=prod")).await.problem(400, "invalid").body;
    assert!(refused.to_string().contains("maintenance window"), "{refused:#}");
    narrow.post("/v1/nodes/import", line("env=prod,tier=db,other=")).await.problem(400, "invalid");
    narrow.post("/v1/nodes/import", line("env=prod,tier=db,note=y")).await.expect(200);
    // Who reaches the whole organization may do so.
    let whole = app.key(&["nodes:*"], json!({})).await.0;
    app.with_key(&whole).post("/v1/nodes/import", line("env=prod")).await.expect(200);
    app.with_key(&whole).patch("/v1/nodes/db-1", without_tier).await.expect(200);
}

#[tokio::test]
async fn a_viewer_reads_windows_and_an_editor_does_not_write_them() {
    let app = TestApp::new().await;
    let db = made(&app, window("db", json!({}))).await;
    for role in ["viewer", "editor"] {
        let email = format!("{role}@example.com");
        app.user("default", &email, role).await;
        let person = app.log_in(&email, crate::app::PASSWORD).await;
        assert_eq!(names(&person, "").await, ["db"]);
        person.get(&path(&db)).await.expect(200);
        person.patch(&path(&db), json!({ "enabled": false })).await.problem(403, "scope_missing");
        person.post("/v1/maintenance_windows", window("w", json!({}))).await.problem(403, "scope_missing");
    }
}

fn schedule(name: &str, more: Value) -> Value {
    let mut body = json!({
        "name": name, "cron": "30 * * * *", "targets": { "labels": "env=prod" },
        "run": { "kind": "command", "shell": "sh", "command": "uptime" },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn run(app: &TestApp) -> usize {
    app.scheduler.run_due_schedules().await.unwrap();
    app.owner().get("/v1/commands?limit=100").await.expect(200).items("id").len()
}

#[tokio::test]
async fn a_schedule_leaves_out_nodes_outside_their_windows() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod", "tier": "db" })).await;
    made(&app, window("db", json!({ "selector": "tier=db" }))).await;
    let hourly = app.owner().post("/v1/schedules", schedule("Hourly", json!({}))).await.expect(201).body;
    assert_eq!(hourly["ignore_maintenance_windows"], false);
    let at = format!("/v1/schedules/{}", hourly["id"].as_str().unwrap());
    app.advance(30 * 60);
    assert_eq!(run(&app).await, 0);
    let skipped = app.owner().get(&at).await.expect(200).body;
    assert_eq!((&skipped["last_command_id"], &skipped["last_run_at"]), (&Value::Null, &Value::Null));
    let why = skipped["last_error"].as_str().unwrap();
    assert!(why.contains("skipped") && why.contains("opens at 2030-01-01T02:00:00Z"), "{why}");
    assert_eq!(skipped["next_run_at"], "2030-01-01T01:30:00Z");
    // With a node that no window covers, the run gives a command, which shows the node that is left out.
    app.machine("default", "web-1", json!({ "env": "prod" })).await;
    app.advance(3_600);
    assert_eq!(run(&app).await, 1);
    let ran = app.owner().get(&at).await.expect(200).body;
    assert_eq!(ran["last_error"], Value::Null);
    let command = json!({ "id": ran["last_command_id"] });
    let states: Vec<_> =
        results(&app, &command).await.into_iter().map(|(name, state, _)| (name, state)).collect();
    let of = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    assert_eq!(states, [of("db-1", "left_out"), of("web-1", "queued")]);
    // In the window, it goes to both.
    app.advance(3_600);
    assert_eq!(run(&app).await, 2);
    let ran = app.owner().get(&at).await.expect(200).body["last_command_id"].clone();
    let command = app.owner().get(&format!("/v1/commands/{}", ran.as_str().unwrap())).await.expect(200).body;
    assert_eq!(command["progress"], json!({ "queued": 2 }));
    assert_eq!(command["expires_at"], "2030-01-01T03:00:00Z");
}

#[tokio::test]
async fn a_schedule_ignores_windows_only_while_its_owner_may() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    made(&app, window("Nights", json!({}))).await;
    let ignoring = || schedule("Ignores", json!({ "ignore_maintenance_windows": true }));
    let scopes = ["schedules:*", "commands.create"];
    let (weak, _) = app.key(&scopes, json!({})).await;
    let refused = app.with_key(&weak).post("/v1/schedules", ignoring()).await;
    assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], "maintenance_windows.update");
    let (able, id) =
        app.key(&["schedules:*", "commands.create", "maintenance_windows.update"], json!({})).await;
    let made = app.with_key(&able).post("/v1/schedules", ignoring()).await.expect(201).body;
    let at = format!("/v1/schedules/{}", made["id"].as_str().unwrap());
    app.advance(30 * 60);
    assert_eq!(run(&app).await, 1);
    // Neither may others take it over, or run it when they like.
    app.with_key(&weak).patch(&at, json!({ "description": "x" })).await.problem(403, "scope_missing");
    app.with_key(&weak).post(&format!("{at}/run"), json!({})).await.problem(403, "scope_missing");
    app.root().patch(&format!("/v1/keys/{id}"), json!({ "scopes": scopes })).await.expect(200);
    app.advance(3_600);
    assert_eq!(run(&app).await, 1);
    let error = app.owner().get(&at).await.expect(200).body["last_error"].clone();
    assert!(error.as_str().unwrap().contains("maintenance_windows.update"), "{error}");
    // Without the field, anybody may change it who may give its command.
    let heeding = json!({ "ignore_maintenance_windows": false });
    app.with_key(&weak).patch(&at, heeding).await.expect(200);
}
