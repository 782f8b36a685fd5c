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
async fn the_size_of_the_work_of_a_schedule_is_bounded() {
    let app = TestApp::new().await;
    let run = |command: String| json!({ "run": { "kind": "command", "shell": "sh", "command": command } });
    let many = scheduled("many", run("\u{1}".repeat(43_700)));
    let refused = app.owner().post("/v1/schedules", many).await.problem(400, "invalid");
    assert!(refused.field("run").contains("at most 262144 bytes"), "{:#}", refused.body);
    app.owner().post("/v1/schedules", scheduled("fits", run("\u{1}".repeat(43_600)))).await.expect(201);
    app.owner().post("/v1/schedules", scheduled("long", run("x".repeat(131_071)))).await.expect(201);
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
        "max_lateness_seconds": 86_400,
    })
}

/// A schedule with other members.
fn scheduled(name: &str, more: Value) -> Value {
    let mut body = schedule(name);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn made(app: &TestApp, body: Value) -> Value {
    app.owner().post("/v1/schedules", body).await.expect(201).body
}

fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}

async fn commands(app: &TestApp) -> Vec<Value> {
    app.owner().get("/v1/commands").await.expect(200).body["items"].as_array().unwrap().clone()
}

async fn get(app: &TestApp, id: &str) -> Value {
    app.owner().get(&format!("/v1/schedules/{id}")).await.expect(200).body
}

#[tokio::test]
async fn a_schedule_runs_when_due_and_once_for_missed_runs() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let made = app.owner().post("/v1/schedules", schedule("Nightly")).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.body["next_run_at"], "2030-01-01T01:30:00Z");
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 0);
    app.advance(90 * 60);
    // The second of two concurrent calls finds that the schedule has run.
    let (first, second) = tokio::join!(app.scheduler.run_due_schedules(), app.scheduler.run_due_schedules());
    first.and(second).unwrap();
    let given = commands(&app).await;
    assert_eq!(given.len(), 1);
    assert_eq!((&given[0]["schedule_id"], &given[0]["title"]), (&json!(id), &json!("uptime")));
    let found = get(&app, id).await;
    assert_eq!(found["next_run_at"], "2030-01-02T01:30:00Z");
    assert_eq!((&found["last_command_id"], &found["last_error"]), (&given[0]["id"], &Value::Null));
    assert_eq!(found["revision"], 1, "a run changed the revision of the schedule");
    let listed = app.owner().get(&format!("/v1/commands?schedule={id}")).await.expect(200);
    assert_eq!(listed.items("id"), [given[0]["id"].clone()]);
    let audit = app.root().get("/v1/audit?organization=default&operation=commands.create").await.expect(200);
    let entry = &audit.body["items"][0];
    assert_eq!((&entry["actor"], &entry["address"]), (&made.body["owner"], &Value::Null));
    assert!(entry["reason"].as_str().unwrap().contains(id), "{entry:#}");

    // Three days without a server are one command.
    app.advance(3 * 86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 2);
    assert_eq!(get(&app, id).await["next_run_at"], "2030-01-05T01:30:00Z");

    // Now, though it is switched off.
    let path = format!("/v1/schedules/{id}");
    let off = app.owner().patch(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(off.body["next_run_at"], Value::Null);
    app.owner().post(&format!("{path}/run"), json!({})).await.expect(202);
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 3);
    assert_eq!(get(&app, id).await["next_run_at"], Value::Null);
}

#[tokio::test]
async fn a_schedule_has_the_permissions_of_its_owner_at_each_run() {
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
        (json!({ "reach": { "labels": "env=test" } }), json!({ "reach": {} }), "include no node"),
        (
            json!({ "command_limits": { "shells": ["bash"] } }),
            json!({ "command_limits": null }),
            "allows only [bash]",
        ),
        (json!({ "expires_at": "2030-01-04T00:00:01Z" }), json!({ "expires_at": null }), "expired"),
    ] {
        app.root().patch(&path, change.clone()).await.expect(200);
        app.advance(86_400);
        app.scheduler.run_due_schedules().await.unwrap();
        let error = get(&app, id).await["last_error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains(why), "{change}: {error}");
        app.root().patch(&path, back).await.expect(200);
    }
    assert_eq!(commands(&app).await.len(), 0);
    app.advance(86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 1);
    assert_eq!(get(&app, id).await["last_error"], Value::Null);
    app.root().delete(&path).await.problem(409, "in_use");
    app.root().post(&format!("{path}/disable"), json!({})).await.expect(200);
    app.advance(86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    let error = get(&app, id).await["last_error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("disabled"), "{error}");

    // The caller who changes a schedule becomes its owner, and must be allowed to give its commands.
    let (weak, _) = app.key(&["schedules:*"], json!({})).await;
    let path = format!("/v1/schedules/{id}");
    let refused = app.with_key(&weak).patch(&path, json!({ "enabled": true })).await;
    assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], "commands.create");
    app.with_key(&weak).post(&format!("{path}/run"), json!({})).await.problem(403, "scope_missing");
    app.owner().patch(&path, json!({ "description": "x" })).await.expect(200);
    app.advance(86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 2);
}

#[tokio::test]
async fn a_schedule_of_a_user_stops_when_the_user_loses_access() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let user = app.user("default", "person@example.com", "admin").await;
    let person = app.log_in("person@example.com", crate::app::PASSWORD).await;
    let made = person.post("/v1/schedules", schedule("Nightly")).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.body["owner"], json!({ "kind": "user", "id": user }));
    app.advance(86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(commands(&app).await.len(), 1, "{:#}", get(&app, id).await);
    let path = format!("/v1/users/{user}?organization=default");
    app.root().patch(&path, json!({ "role": "viewer" })).await.expect(200);
    app.advance(86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    assert!(get(&app, id).await["last_error"].as_str().unwrap().contains("lacks the scope"));
    assert_eq!(commands(&app).await.len(), 1);
}

#[tokio::test]
async fn an_invalid_schedule_is_refused_and_names_the_field() {
    let app = TestApp::new().await;
    let owner = app.owner();
    for (change, field) in [
        (json!({ "cron": "61 * * * *" }), "cron"),
        (json!({ "cron": "0 0 30 2 *" }), "cron"),
        (json!({ "time_zone": "Mars/Olympus" }), "time_zone"),
        (json!({ "targets": { "labels": "" } }), "targets.labels"),
        (json!({ "timeout_seconds": 0 }), "timeout_seconds"),
        (json!({ "max_lateness_seconds": 9 }), "max_lateness_seconds"),
        (json!({ "targets": { "nodes": ["nobody"] } }), "targets.nodes[0]"),
        (json!({ "targets": { "nodes": [] } }), "targets.nodes"),
        (json!({ "targets": { "site": "Nowhere" } }), "targets.site"),
        (json!({ "run": { "kind": "install_updates", "updates": "some" } }), "run"),
        (json!({ "run": { "kind": "install_updates", "updates": { "names": [] } } }), "run"),
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

#[tokio::test]
async fn an_edited_script_does_not_change_the_schedules_of_others() {
    let app = TestApp::new().await;
    let (node, _) = app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let owner = app.owner();
    let body = |text: &str| json!({ "name": "clean", "shell": "sh", "body": text });
    let script = id(&owner.post("/v1/scripts", body("echo one")).await.expect(201).body);
    let run = json!({ "kind": "script", "script": "clean" });
    let nightly = made(&app, scheduled("Nightly", json!({ "run": run }))).await;
    let pinned = json!({ "kind": "script", "script": script, "version": 1 });
    assert_eq!(nightly["run"], pinned, "the schedule does not show the pinned script");

    // A key that may write scripts only, and one that is held to this one, change none.
    let (writes, _) = app.key(&["scripts:*"], json!({})).await;
    let path = format!("/v1/scripts/{script}");
    for reply in [
        app.with_key(&writes).patch(&path, json!({ "body": "rm -rf /" })).await,
        app.with_key(&writes).patch(&path, json!({ "name": "other" })).await,
        app.with_key(&writes).post("/v1/scripts", body("rm -rf /")).await,
    ] {
        assert_eq!(reply.problem(403, "scope_missing").body["missing_scope"], "commands.create");
    }
    let limits = json!({ "command_limits": { "scripts": [script] } });
    let (held, held_id) = app.key(&["commands:*", "scripts:*", "keys:*", "schedules:*"], limits).await;
    let held = app.with_key(&held);
    let shown = held.get(&format!("/v1/keys/{held_id}")).await.expect(200).body;
    assert_eq!(shown["command_limits"], json!({ "scripts": [format!("{script}@1")] }));
    held.patch(&path, json!({ "body": "rm -rf /" })).await.problem(403, "command_limited").field("body");
    held.post("/v1/scripts", json!({ "name": "x", "shell": "sh", "body": "x" }))
        .await
        .problem(403, "command_limited");

    // A caller with permission writes a new version. It runs only for callers who ask for that version.
    owner.patch(&path, json!({ "body": "echo two" })).await.expect(200);
    let give = |version: Option<u32>| {
        let mut body = json!({ "targets": { "nodes": [node] }, "script": "clean" });
        if let Some(version) = version {
            body["script_version"] = json!(version);
        }
        body
    };
    let given = held.post("/v1/commands", give(None)).await.expect(202);
    assert_eq!(given.body["instruction"]["command"], "echo one");
    held.post("/v1/commands", give(Some(2))).await.problem(403, "command_limited").field("script");
    // Each of these could make the shell run something else than the script.
    for (field, value) in [
        ("env", json!({ "BASH_ENV": "$(id)" })),
        ("run_as", json!("nobody")),
        ("working_directory", json!("/tmp")),
    ] {
        let mut body = give(None);
        body[field] = value;
        held.post("/v1/commands", body.clone()).await.problem(403, "command_limited").field(field);
        owner.post("/v1/commands", body).await.expect(202);
    }
    let given = owner.post("/v1/commands", give(None)).await.expect(202);
    assert_eq!(given.body["instruction"]["command"], "echo two");
    // It hands on the version that it has, and no other.
    let key = |limits: Value| json!({ "name": "x", "scopes": ["commands:*"], "command_limits": limits });
    for (scripts, had) in [
        (json!([script]), Some(1)),
        (json!([format!("{script}@1")]), Some(1)),
        (json!([format!("{script}@2")]), None),
    ] {
        let reply = held.post("/v1/keys", key(json!({ "scripts": scripts }))).await;
        match had {
            Some(version) => {
                let limits = reply.expect(201).body["key"]["command_limits"].clone();
                assert_eq!(limits["scripts"], json!([format!("{script}@{version}")]));
            }
            None => drop(reply.problem(403, "grant_exceeds_own").field("command_limits").to_owned()),
        }
    }
    let own = format!("/v1/keys/{held_id}");
    let more = json!({ "command_limits": { "scripts": [format!("{script}@2")] } });
    held.patch(&own, more).await.problem(403, "grant_exceeds_own");
    for scripts in [json!([format!("{script}@3")]), json!(["01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"])] {
        let refused = owner.post("/v1/keys", key(json!({ "scripts": scripts }))).await;
        refused.problem(400, "invalid").field("command_limits.scripts[0]");
    }

    app.advance(90 * 60);
    app.scheduler.run_due_schedules().await.unwrap();
    let ran = commands(&app).await;
    let ran = ran.iter().find(|command| command["schedule_id"] == nightly["id"]).unwrap();
    let ran = owner.get(&format!("/v1/commands/{}", id(ran))).await.expect(200).body;
    assert_eq!(ran["instruction"]["command"], "echo one");

    // Nor is it by its name that it is run: another that is called so is another.
    owner.patch(&path, json!({ "name": "old" })).await.expect(200);
    owner.post("/v1/scripts", body("echo three")).await.expect(201);
    app.advance(86_400);
    app.scheduler.run_due_schedules().await.unwrap();
    let found = get(&app, nightly["id"].as_str().unwrap()).await;
    assert_eq!((&found["run"], &found["last_error"]), (&pinned, &Value::Null));
    let ran = owner.get(&format!("/v1/commands/{}", found["last_command_id"].as_str().unwrap())).await;
    assert_eq!(ran.expect(200).body["instruction"]["command"], "echo one");
    // Who names it anew means the latest.
    let path = format!("/v1/schedules/{}", id(&nightly));
    let again =
        owner.patch(&path, json!({ "run": { "kind": "script", "script": script } })).await.expect(200);
    assert_eq!(again.body["run"]["version"], 2);
}

#[tokio::test]
async fn a_schedule_runs_on_the_named_node_after_it_was_renamed() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let (node, _) = app.machine("default", "db-1", json!({})).await;
    let by_node = made(&app, scheduled("a", json!({ "targets": { "nodes": ["db-1"] } }))).await;
    assert_eq!(by_node["targets"], json!({ "nodes": [node] }));
    let by_site = made(&app, scheduled("b", json!({ "targets": { "site": "Berlin" } }))).await;
    assert_eq!(by_site["targets"], json!({ "site": site }));
    app.owner().patch("/v1/nodes/db-1", json!({ "name": "db-old" })).await.expect(200);
    app.machine("default", "db-1", json!({})).await;
    app.advance(90 * 60);
    app.scheduler.run_due_schedules().await.unwrap();
    let given = get(&app, &id(&by_node)).await["last_command_id"].as_str().unwrap().to_owned();
    let results = app.owner().get(&format!("/v1/commands/{given}/results")).await.expect(200);
    assert_eq!(results.items("node_id"), [json!(node)]);
}

#[tokio::test]
async fn a_limited_key_runs_only_its_own_schedules_within_its_rate() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let others = id(&made(&app, schedule("Others")).await);
    let scopes = ["commands.create", "schedules:*"];
    let (held, _) = app.key(&scopes, json!({ "command_limits": { "shells": ["sh"] } })).await;
    let held = app.with_key(&held);
    let path = format!("/v1/schedules/{others}/run");
    held.post(&path, json!({})).await.problem(403, "command_limited").field("schedule");
    let own = id(&held.post("/v1/schedules", schedule("Own")).await.expect(201).body);
    held.post(&format!("/v1/schedules/{own}/run"), json!({})).await.expect(202);

    // A limit counts what the server does for the key, too.
    let limit = json!({ "rate_limit": { "per_minute": 10, "burst": 5 } });
    let (slow, _) = app.key(&scopes, limit).await;
    for n in 0..7 {
        let body = scheduled(&format!("Slow {n}"), json!({ "cron": "* * * * *" }));
        app.with_key(&slow).post("/v1/schedules", body).await.expect(201);
        app.advance(60);
    }
    let before = commands(&app).await.len();
    app.scheduler.run_due_schedules().await.unwrap();
    let listed = app.owner().get("/v1/schedules?limit=100").await.expect(200);
    let errors = listed.items("last_error");
    let limited = errors.iter().filter(|e| e.as_str().is_some_and(|e| e.contains("too many requests")));
    assert_eq!(limited.count(), 2, "{errors:?}");
    let own = 1;
    assert_eq!(commands(&app).await.len() - before, 5 + own);
}

#[tokio::test]
async fn a_schedule_can_scan_and_install_updates() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let (key, _) = app.key(&["schedules:*", "updates.scan", "commands.create"], json!({})).await;
    let choices = [json!("all"), json!("security"), json!({ "names": ["openssl"] })];
    let mut works = vec![(json!({ "kind": "scan_updates" }), "updates/scan", json!({}), 600)];
    for updates in choices {
        let work = json!({ "kind": "install_updates", "updates": updates });
        works.push((work, "updates/install", json!({ "updates": updates }), 3_600));
    }
    works.push((
        json!({ "kind": "command", "shell": "sh", "command": "true" }),
        "commands",
        json!({ "shell": "sh", "command": "true" }),
        60,
    ));
    for (n, (work, path, mut direct, timeout)) in works.into_iter().enumerate() {
        direct["targets"] = json!({ "labels": "env=prod" });
        let direct = app.owner().post(&format!("/v1/{path}"), direct).await.expect(202).body;
        let body = scheduled(&format!("s{n}"), json!({ "run": work }));
        if work["kind"] == "install_updates" {
            let refused = app.with_key(&key).post("/v1/schedules", body.clone()).await;
            assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], "updates.install");
        }
        let by_schedule = made(&app, body).await;
        assert_eq!(by_schedule["timeout_seconds"], timeout);
        let run = format!("/v1/schedules/{}/run", id(&by_schedule));
        app.owner().post(&run, json!({})).await.expect(202);
        app.scheduler.run_due_schedules().await.unwrap();
        let ran = get(&app, &id(&by_schedule)).await["last_command_id"].as_str().unwrap().to_owned();
        let ran = app.owner().get(&format!("/v1/commands/{ran}")).await.expect(200).body;
        for member in ["instruction", "timeout_seconds", "output_limit_bytes"] {
            assert_eq!(ran[member], direct[member], "{work} {member}");
        }
        assert_eq!(ran["expires_at"], direct["expires_at"], "{work}");
    }
    // A default timeout changes with the kind of work; a timeout that was set explicitly stays.
    let path = format!("/v1/schedules/{}", id(&made(&app, schedule("turns")).await));
    let turned = app.owner().patch(&path, json!({ "run": { "kind": "scan_updates" } })).await.expect(200);
    assert_eq!(turned.body["timeout_seconds"], 600);
    app.owner().patch(&path, json!({ "timeout_seconds": 99 })).await.expect(200);
    let run = json!({ "run": { "kind": "install_updates", "updates": "all" } });
    assert_eq!(app.owner().patch(&path, run).await.expect(200).body["timeout_seconds"], 99);
}

#[tokio::test]
async fn a_run_that_is_too_late_is_skipped_and_reported() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let daily = |name: &str, lateness: Value| {
        let more = json!({ "cron": "0 5 * * *", "time_zone": "UTC", "max_lateness_seconds": lateness });
        scheduled(name, more)
    };
    let usual = id(&made(&app, daily("usual", Value::Null)).await);
    let patient = id(&made(&app, daily("patient", json!(36_000))).await);
    let hourly = json!({ "cron": "0 * * * *", "max_lateness_seconds": null });
    let hourly = id(&made(&app, scheduled("hourly", hourly)).await);
    let strict = json!({ "cron": "0 * * * *", "max_lateness_seconds": 60 });
    let strict = id(&made(&app, scheduled("strict", strict)).await);
    // The server was away until 13:52.
    app.advance(13 * 3_600 + 52 * 60);
    app.scheduler.run_due_schedules().await.unwrap();
    let found = get(&app, &usual).await;
    assert_eq!((&found["last_command_id"], &found["last_run_at"]), (&Value::Null, &Value::Null));
    let why = found["last_error"].as_str().unwrap();
    assert!(why.contains("due at 2030-01-01T05:00:00Z") && why.contains("3600 s late"), "{why}");
    assert_eq!(found["next_run_at"], "2030-01-02T05:00:00Z");
    let found = get(&app, &strict).await;
    assert!(found["last_error"].as_str().unwrap().contains("due at 2030-01-01T13:00:00Z"), "{found:#}");
    for on_time in [&patient, &hourly] {
        let found = get(&app, on_time).await;
        assert_eq!(found["last_error"], Value::Null);
        assert_eq!(found["last_run_at"], "2030-01-01T13:52:00Z");
    }
    assert_eq!(commands(&app).await.len(), 2, "the hourly schedule must run once for all missed runs");
    // A run that was requested is never too late according to the crontab.
    app.owner().post(&format!("/v1/schedules/{usual}/run"), json!({})).await.expect(202);
    app.advance(2);
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(get(&app, &usual).await["last_error"], Value::Null);
    // The next time is on time.
    app.advance(15 * 3_600 + 8 * 60);
    app.scheduler.run_due_schedules().await.unwrap();
    assert_eq!(get(&app, &usual).await["last_run_at"], "2030-01-02T05:00:02Z");
}

#[tokio::test]
async fn frequent_schedules_continue_when_summer_time_ends() {
    let app = TestApp::new().await;
    // At 01:00Z it is 02:00 in Berlin for the second time.
    app.advance(299 * 86_400 + 59 * 60 + 30);
    for cron in ["* * * * *", "*/5 * * * *", "0 * * * *"] {
        let schedule = made(&app, scheduled(cron, json!({ "cron": cron }))).await;
        assert_eq!(schedule["next_run_at"], "2030-10-27T01:00:00Z", "{cron}");
    }
    let fixed = made(&app, scheduled("fixed", json!({ "cron": "30 2 * * *" }))).await;
    assert_eq!(fixed["next_run_at"], "2030-10-28T01:30:00Z");
}
