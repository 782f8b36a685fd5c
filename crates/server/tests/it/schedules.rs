//! Saved scripts, and schedules that run them.

use bailiwick_domain::command::Instruction;
use serde_json::{Value, json};

use crate::app::TestApp;

async fn script(app: &TestApp, name: &str, body: &str) -> String {
    let body = json!({
        "name": name, "shell": "sh", "body": body,
        "parameters": [{ "name": "unit", "required": true }, { "name": "wait", "default": "5" }],
    });
    let reply = app.owner().post("/v1/scripts", body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_script_has_versions_and_parameters() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent).await;
    let id = script(&app, "restart", "restart $1").await;
    let owner = app.owner();
    let changed = owner.patch("/v1/scripts/restart", json!({ "body": "restart -f $1" })).await.expect(200);
    assert_eq!((&changed.body["version"], &changed.body["body"]), (&json!(2), &json!("restart -f $1")));
    let renamed = owner.patch(&format!("/v1/scripts/{id}"), json!({ "description": "x" })).await.expect(200);
    assert_eq!((&renamed.body["version"], &renamed.body["revision"]), (&json!(2), &json!(3)));
    let first = owner.get("/v1/scripts/restart?version=1").await.expect(200);
    assert_eq!((&first.body["shown_version"], &first.body["body"]), (&json!(1), &json!("restart $1")));
    owner.get("/v1/scripts/restart?version=3").await.problem(400, "invalid").field("version");

    let run = |more: Value| {
        let mut body = json!({ "targets": { "nodes": [node] }, "script": "restart" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        owner.post("/v1/commands", body)
    };
    for (more, field) in [
        (json!({}), "parameters.unit"),
        (json!({ "parameters": { "unit": "a", "other": "b" } }), "parameters.other"),
        (json!({ "script": "nobody" }), "script"),
        (json!({ "script_version": 9, "parameters": { "unit": "a" } }), "script_version"),
        (json!({ "shell": "sh" }), "shell"),
        (json!({ "arguments": ["a"], "parameters": { "unit": "a" } }), "arguments"),
    ] {
        run(more).await.problem(400, "invalid").field(field);
    }
    run(json!({ "script_version": 1, "parameters": { "unit": "web" } })).await.expect(202);
    let order = agent.ordered().await;
    let Instruction::Shell(told) = &order.instruction else { panic!("{order:?}") };
    assert_eq!(
        (told.command.as_str(), &told.arguments[..]),
        ("restart $1", &["web".to_owned(), "5".to_owned()][..])
    );
    let used = told.script.as_ref().unwrap();
    assert_eq!((used.id.to_string(), used.version), (id.clone(), 1));

    // A key that is held to scripts gives no text of its own, and no other script.
    let limits = json!({ "command_limits": { "scripts": [id] } });
    let (key, _) = app.key(&["commands.create"], limits).await;
    script(&app, "other", "true").await;
    let limited = app.with_key(&key);
    let body = |more: Value| {
        let mut body = json!({ "targets": { "nodes": [node] } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let given = json!({ "script": "restart", "parameters": { "unit": "web" } });
    limited.post("/v1/commands", body(given)).await.expect(202);
    for more in [
        json!({ "shell": "sh", "command": "restart $1" }),
        json!({ "script": "other", "parameters": { "unit": "web" } }),
    ] {
        limited.post("/v1/commands", body(more)).await.problem(403, "command_limited").field("script");
    }
    owner.delete("/v1/scripts/other?dry_run=true").await.expect(200);
    owner.delete("/v1/scripts/other").await.expect(200);
    owner.get("/v1/scripts/other").await.problem(404, "not_found");
    for (body, field) in [
        (json!({ "name": "restart", "shell": "sh", "body": "x" }), "name"),
        (json!({ "name": "x", "shell": "sh", "body": " " }), "body"),
        (
            json!({ "name": "x", "shell": "sh", "body": "x", "parameters": [{ "name": "a" }, { "name": "a" }] }),
            "parameters[1]",
        ),
        (
            json!({ "name": "x", "shell": "sh", "body": "x", "parameters": [{ "name": "a b" }] }),
            "parameters[0]",
        ),
    ] {
        let reply = owner.post("/v1/scripts", body).await;
        if field == "name" { reply.problem(409, "taken") } else { reply.problem(400, "invalid") }
            .field(field);
    }
}

fn schedule(name: &str) -> Value {
    json!({
        "name": name, "cron": "30 2 * * *", "time_zone": "Europe/Berlin",
        "run": { "kind": "command", "shell": "sh", "command": "uptime" }, "targets": { "labels": "env=prod" },
    })
}

async fn commands(app: &TestApp) -> Vec<Value> {
    app.owner().get("/v1/commands").await.expect(200).body["items"].as_array().unwrap().clone()
}

async fn get(app: &TestApp, id: &str) -> Value {
    app.owner().get(&format!("/v1/schedules/{id}")).await.expect(200).body
}

#[tokio::test]
async fn a_schedule_gives_a_command_when_its_time_comes_and_once_for_what_was_missed() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let made = app.owner().post("/v1/schedules", schedule("Nightly")).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.body["next_run_at"], "2030-01-01T01:30:00Z");
    app.control.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 0);
    app.advance(90 * 60);
    // Whoever comes second finds it done.
    let (first, second) = tokio::join!(app.control.run_due_schedules(), app.control.run_due_schedules());
    first.and(second).unwrap();
    let given = commands(&app).await;
    assert_eq!(given.len(), 1);
    assert_eq!((&given[0]["schedule_id"], &given[0]["title"]), (&json!(id), &json!("uptime")));
    let found = get(&app, id).await;
    assert_eq!(found["next_run_at"], "2030-01-02T01:30:00Z");
    assert_eq!((&found["last_command_id"], &found["last_error"]), (&given[0]["id"], &Value::Null));
    assert_eq!(found["revision"], 1, "what it did is no change of it");
    let listed = app.owner().get(&format!("/v1/commands?schedule={id}")).await.expect(200);
    assert_eq!(listed.items("id"), [given[0]["id"].clone()]);
    let audit = app.root().get("/v1/audit?organization=default&operation=commands.create").await.expect(200);
    let entry = &audit.body["items"][0];
    assert_eq!((&entry["actor"], &entry["address"]), (&made.body["owner"], &Value::Null));
    assert!(entry["reason"].as_str().unwrap().contains(id), "{entry:#}");

    // Three days without a server are one command.
    app.advance(3 * 86_400);
    app.control.run_due_schedules().await.unwrap();
    app.control.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 2);
    assert_eq!(get(&app, id).await["next_run_at"], "2030-01-05T01:30:00Z");

    // Now, though it is switched off.
    let path = format!("/v1/schedules/{id}");
    let off = app.owner().patch(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(off.body["next_run_at"], Value::Null);
    app.owner().post(&format!("{path}/run"), json!({})).await.expect(202);
    app.control.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 3);
    assert_eq!(get(&app, id).await["next_run_at"], Value::Null);
}

#[tokio::test]
async fn a_schedule_does_what_its_owner_may_then_and_no_more() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let (key, key_id) = app.key(&["commands.create", "schedules:*"], json!({})).await;
    let made = app.with_key(&key).post("/v1/schedules", schedule("Nightly")).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    let path = format!("/v1/keys/{key_id}");
    for (change, back, why) in [
        (
            json!({ "scopes": ["schedules:*"] }),
            json!({ "scopes": ["commands.create", "schedules:*"] }),
            "lacks the scope",
        ),
        (json!({ "reach": { "labels": "env=test" } }), json!({ "reach": {} }), "chooses no node"),
        (
            json!({ "command_limits": { "shells": ["bash"] } }),
            json!({ "command_limits": null }),
            "allows only [bash]",
        ),
        (json!({ "expires_at": "2030-01-04T00:00:01Z" }), json!({ "expires_at": null }), "expired"),
    ] {
        app.root().patch(&path, change.clone()).await.expect(200);
        app.advance(86_400);
        app.control.run_due_schedules().await.unwrap();
        let error = get(&app, id).await["last_error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains(why), "{change}: {error}");
        app.root().patch(&path, back).await.expect(200);
    }
    assert_eq!(commands(&app).await.len(), 0);
    app.advance(86_400);
    app.control.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 1);
    assert_eq!(get(&app, id).await["last_error"], Value::Null);
    app.root().delete(&path).await.expect(200);
    app.advance(86_400);
    app.control.run_due_schedules().await.unwrap();
    assert!(get(&app, id).await["last_error"].as_str().unwrap().contains("not known"));

    // Whoever changes it becomes its owner, and must be able to give its commands.
    let (weak, _) = app.key(&["schedules:*"], json!({})).await;
    let path = format!("/v1/schedules/{id}");
    let refused = app.with_key(&weak).patch(&path, json!({ "enabled": true })).await;
    assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], "commands.create");
    app.with_key(&weak).post(&format!("{path}/run"), json!({})).await.problem(403, "scope_missing");
    app.owner().patch(&path, json!({ "description": "x" })).await.expect(200);
    app.advance(86_400);
    app.control.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 2);
}

#[tokio::test]
async fn a_schedule_of_a_person_ends_with_their_access() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let user = app.user("default", "person@example.com", "admin").await;
    let person = app.log_in("person@example.com", crate::app::PASSWORD).await;
    let made = person.post("/v1/schedules", schedule("Nightly")).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.body["owner"], json!({ "kind": "user", "id": user }));
    app.advance(86_400);
    app.control.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 1, "{:#}", get(&app, id).await);
    let path = format!("/v1/users/{user}?organization=default");
    app.root().patch(&path, json!({ "role": "viewer" })).await.expect(200);
    app.advance(86_400);
    app.control.run_due_schedules().await.unwrap();
    assert!(get(&app, id).await["last_error"].as_str().unwrap().contains("lacks the scope"));
    assert_eq!(commands(&app).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_scheduled_is_refused() {
    let app = TestApp::new().await;
    let owner = app.owner();
    for (change, field) in [
        (json!({ "cron": "61 * * * *" }), "cron"),
        (json!({ "cron": "0 0 30 2 *" }), "cron"),
        (json!({ "time_zone": "Mars/Olympus" }), "time_zone"),
        (json!({ "targets": { "labels": "" } }), "targets.labels"),
        (json!({ "timeout_seconds": 0 }), "timeout_seconds"),
        (json!({ "run": { "kind": "command", "shell": "sh", "command": " " } }), "run.command"),
        (json!({ "run": { "kind": "script", "script": "nobody" } }), "run.script"),
        // It keeps no secrets.
        (json!({ "run": { "kind": "command", "shell": "sh", "command": "x", "env": { "A": "b" } } }), "run"),
        (json!({ "env": { "A": "b" } }), "env"),
    ] {
        let mut body = schedule("x");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = owner.post("/v1/schedules", body).await.problem(400, "invalid");
        let fields = refused.body["errors"].to_string();
        assert!(fields.contains(&format!("\"field\":\"{field}")), "{change}: {fields}");
    }
    owner.post("/v1/schedules", schedule("x")).await.expect(201);
    owner.post("/v1/schedules", schedule("x")).await.problem(409, "taken");
}
