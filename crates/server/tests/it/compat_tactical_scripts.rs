//! Scripts written for Tactical RMM that save scripts, run them on agents, and read what was run.

use bailiwick_domain::command::{Instruction, ResultState};
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::compat_tactical::members;
use crate::fake_agent::ending;

/// The members of a script in the list, and in full.
const LISTED: &str = "id name description script_type shell args category favorite default_timeout syntax filename \
    hidden supported_platforms run_as_user env_vars";
const FULL: &str = "id name description shell args category favorite script_body script_hash default_timeout syntax \
    filename hidden supported_platforms run_as_user env_vars";
/// The members of a command in the history.
const HISTORY: &str = "id script_name time type command username results script_results collector_all_output \
    save_to_agent_note agent script custom_field";

/// A script with every member that the console of Tactical RMM sends.
fn script(name: &str, more: Value) -> Value {
    let mut body = json!({
        "name": name, "description": "", "shell": "shell", "script_type": "userdefined", "args": [],
        "category": null, "favorite": false, "script_body": "#!/bin/sh\necho \"$1\"\n", "default_timeout": 90,
        "syntax": "", "filename": null, "hidden": false, "supported_platforms": [], "run_as_user": false,
        "env_vars": [],
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The number of the script with a name.
async fn number(actor: &Actor<'_>, name: &str) -> u64 {
    let scripts = actor.get("/scripts/").await.expect(200).body;
    let found = scripts.as_array().unwrap().iter().find(|script| script["name"] == name);
    found.unwrap()["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_script_is_saved_shown_changed_and_deleted() {
    let app = TestApp::new().await;
    let owner = app.owner();
    assert_eq!(owner.get("/scripts/").await.expect(200).body, json!([]));
    let body = script("Say it", json!({ "description": "Says it", "args": ["hello", ""] }));
    assert_eq!(owner.post("/scripts/", body).await.expect(200).body, "Say it was added!");
    let ours = owner.get("/v1/scripts/Say%20it").await.expect(200).body;
    let parameters = json!([
        { "name": "arg1", "required": false, "default": "hello" },
        { "name": "arg2", "required": false, "default": "" },
    ]);
    assert_eq!((&ours["shell"], &ours["parameters"]), (&json!("sh"), &parameters));

    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(members(&app, "/scripts/").await, words(LISTED));
    let id = number(&owner, "Say it").await;
    let path = format!("/scripts/{id}/");
    assert_eq!(members(&app, &path).await, words(FULL));
    let shown = owner.get(&path).await.expect(200).body;
    for (member, value) in [
        ("id", json!(id)),
        ("description", json!("Says it")),
        ("shell", json!("shell")),
        ("args", json!(["hello", ""])),
        ("script_body", json!("#!/bin/sh\necho \"$1\"\n")),
        ("default_timeout", json!(60)),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
    // Sent back as it was answered, with one change.
    let mut changed = shown;
    changed["args"] = json!(["goodbye", ""]);
    let said = owner.send("PUT", &path, Some(changed)).await.expect(200).body;
    assert_eq!(said, "Say it was edited!");
    let part = json!({ "name": "Say this", "script_body": "#!/usr/bin/env python3\nprint(1)" });
    assert_eq!(owner.send("PUT", &path, Some(part)).await.expect(200).body, "Say this was edited!");
    let ours = owner.get("/v1/scripts/Say%20this").await.expect(200).body;
    assert_eq!((&ours["version"], &ours["shell"]), (&json!(3), &json!("python")));
    assert_eq!(
        (&ours["parameters"][0]["default"], &ours["description"]),
        (&json!("goodbye"), &json!("Says it"))
    );

    assert_eq!(owner.delete(&path).await.expect(200).body, "Say this was deleted!");
    assert_eq!(owner.get(&path).await.expect(404).body["code"], "not_found");
    assert_eq!(owner.get("/scripts/snippets/").await.expect(404).body["code"], "unknown_path");
}

#[tokio::test]
async fn a_script_that_cannot_be_saved_names_its_member() {
    let app = TestApp::new().await;
    let owner = app.owner();
    owner.post("/scripts/", script("there", json!({}))).await.expect(200);
    let path = format!("/scripts/{}/", number(&owner, "there").await);
    for (more, member) in [
        (json!({ "shell": "nushell" }), "shell"),
        (json!({ "script_body": "#!/usr/bin/perl\nprint 1" }), "script_body"),
        (json!({ "script_body": 1 }), "script_body"),
        (json!({ "args": "x" }), "args"),
        (json!({ "category": "Maintenance" }), "category"),
        (json!({ "env_vars": ["A=1"] }), "env_vars"),
        (json!({ "run_as_user": true }), "run_as_user"),
        (json!({ "supported_platforms": ["linux"] }), "supported_platforms"),
        (json!({ "surprise": 1 }), "surprise"),
    ] {
        for (method, path) in [("POST", "/scripts/"), ("PUT", path.as_str())] {
            let body = script("other", more.clone());
            let refused = owner.send(method, path, Some(body)).await.expect(400).body;
            assert_eq!(refused["errors"][0]["field"], member, "{method}: {refused:#}");
            assert!(refused["detail"].as_str().unwrap().contains(member));
        }
    }
    let empty = owner.post("/scripts/", script("empty", json!({ "script_body": "" }))).await.expect(400).body;
    assert_eq!(empty["errors"][0]["field"], "script_body");
    let taken = owner.post("/scripts/", script("there", json!({}))).await.expect(409).body;
    assert_eq!(taken["code"], "taken");
    assert_eq!(owner.get("/scripts/").await.expect(200).body.as_array().unwrap().len(), 1);
    // Who may save scripts only, but give no commands, may not.
    let (key, _) = app.key(&["scripts.create"], json!({})).await;
    let refused = app.with_key(&key).post("/scripts/", script("mine", json!({}))).await.expect(403).body;
    assert_eq!(refused["code"], "scope_missing");
    let (key, _) = app.key(&["*:read"], json!({})).await;
    let reader = app.with_key(&key);
    reader.get(&path).await.expect(200);
    reader.send("PUT", &path, Some(json!({ "name": "mine" }))).await.expect(403);
    reader.delete(&path).await.expect(403);
}

#[tokio::test]
async fn a_script_in_use_is_not_deleted() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.machine("default", "pc-1", json!({})).await;
    owner.post("/scripts/", script("nightly", json!({}))).await.expect(200);
    let schedule = json!({
        "name": "nightly", "cron": "0 3 * * *", "targets": { "nodes": ["pc-1"] },
        "run": { "kind": "script", "script": "nightly" },
    });
    owner.post("/v1/schedules", schedule).await.expect(201);
    let path = format!("/scripts/{}/", number(&owner, "nightly").await);
    assert_eq!(owner.delete(&path).await.expect(409).body["code"], "in_use");
    owner.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_run_of_a_script_waits_for_its_output_and_is_in_the_history() {
    let app = TestApp::new().await;
    let _background = app.start();
    let owner = app.owner();
    let (node, agent) = app.machine("default", "pc-1", json!({})).await;
    app.all_online().await;
    let mut agent = app.connect(&node, &agent).await;
    let body = script("Say it", json!({ "args": ["hello", "loud"] }));
    owner.post("/scripts/", body).await.expect(200);
    let id = number(&owner, "Say it").await;
    // A technician's scopes are enough.
    let scopes = [
        "organizations.list",
        "nodes.get",
        "scripts.list",
        "scripts.get",
        "scripts.run",
        "commands.events",
        "commands.results",
    ];
    let (key, key_id) = app.key(&scopes, json!({})).await;
    let actor = app.anonymous().header("x-api-key", &key);
    let path = format!("/agents/{node}/runscript/");
    let body = json!({
        "script": id, "output": "wait", "args": ["goodbye"], "timeout": 15, "run_as_user": false, "env_vars": [],
        "emails": [], "emailMode": "default", "custom_field": null, "save_all_output": false,
    });
    let answered = async {
        let order = agent.ordered().await;
        let Instruction::Shell(text) = &order.instruction else { panic!("{order:?}") };
        assert_eq!(
            (text.shell.as_str(), &text.arguments[..]),
            ("sh", &["goodbye".into(), "loud".into()][..])
        );
        assert_eq!(order.timeout_seconds, 15);
        agent.finish(order.id, ending(ResultState::Failed, Some(3), "goodbye\n")).await;
    };
    let (reply, ()) = tokio::join!(actor.post(&path, body), answered);
    assert_eq!(reply.expect(200).body, json!("goodbye\n"));

    let body = json!({ "script": id.to_string(), "output": "forget", "args": [], "timeout": "20" });
    let said = actor.post(&path, body).await.expect(200).body;
    assert_eq!(said, "Say it will now be run on pc-1");
    let order = agent.ordered().await;
    let Instruction::Shell(text) = &order.instruction else { panic!("{order:?}") };
    assert_eq!(text.arguments, ["hello", "loud"], "the defaults are used");

    let command = format!("/agents/{node}/cmd/");
    let asked = owner.post(&command, json!({ "shell": "sh", "cmd": "uptime", "timeout": 5 }));
    let answered = async {
        let order = agent.ordered().await;
        agent.finish(order.id, ending(ResultState::Succeeded, Some(0), "up\n")).await;
    };
    let (reply, ()) = tokio::join!(asked, answered);
    reply.expect(200);
    owner.send("POST", &format!("/agents/{node}/reboot/"), None).await.expect(200);

    let path = format!("/agents/{node}/history/");
    let names: Vec<&str> = HISTORY.split_whitespace().collect();
    assert_eq!(members(&app, &path).await[..names.len()], names);
    let history = owner.get(&path).await.expect(200).body;
    let history = history.as_array().unwrap();
    // Commands and scripts only; those of the same moment in some order.
    assert_eq!(history.len(), 3);
    let of = |test: &dyn Fn(&Value) -> bool| history.iter().find(|entry| test(entry)).unwrap();
    let command = of(&|entry| entry["type"] == "cmd_run");
    for (member, value) in [
        ("command", json!("uptime")),
        ("results", json!("up\n")),
        ("script", json!(null)),
        ("script_results", json!(null)),
        ("time", json!("2030-01-01T00:00:00Z")),
    ] {
        assert_eq!(command[member], value, "{member}");
    }
    let ended = of(&|entry| entry["script_results"].is_object());
    for (member, value) in [
        ("type", json!("script_run")),
        ("script", json!(id)),
        ("script_name", json!("Say it")),
        ("command", json!("")),
        ("results", json!(null)),
        ("username", json!(format!("key:{key_id}"))),
        (
            "script_results",
            json!({
                "id": ended["id"], "stdout": "goodbye\n", "stderr": "", "retcode": 3, "execution_time": 0.005,
            }),
        ),
    ] {
        assert_eq!(ended[member], value, "{member}");
    }
    let running = of(&|entry| entry["type"] == "script_run" && entry["script_results"].is_null());
    assert_ne!(running["id"], ended["id"]);
    let (key, _) = app.key(&["organizations.list", "nodes.get", "agents.list"], json!({})).await;
    assert_eq!(app.with_key(&key).get(&path).await.expect(403).body["code"], "scope_missing");
}

#[tokio::test]
async fn a_run_that_cannot_be_done_names_its_member() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (node, _) = app.machine("default", "pc-1", json!({})).await;
    owner.post("/scripts/", script("one", json!({ "args": ["a"] }))).await.expect(200);
    let required = json!({ "name": "must", "shell": "sh", "body": "true",
        "parameters": [{ "name": "first" }, { "name": "second", "required": true }] });
    owner.post("/v1/scripts", required).await.expect(201);
    let (one, must) = (number(&owner, "one").await, number(&owner, "must").await);
    let path = format!("/agents/{node}/runscript/");
    let run = |more: Value| {
        let mut body = json!({
            "script": one, "output": "forget", "args": [], "timeout": 15, "run_as_user": false, "env_vars": [],
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, member) in [
        (json!({ "output": "wait" }), "agent_id"),
        (json!({ "output": "email" }), "output"),
        (json!({ "output": "collector" }), "output"),
        (json!({ "output": null }), "output"),
        (json!({ "script": 1 }), "script"),
        (json!({ "script": "one" }), "script"),
        (json!({ "args": ["a", "b"] }), "args"),
        (json!({ "args": [1] }), "args"),
        (json!({ "args": ["{{agent.hostname}}"] }), "args"),
        (json!({ "script": must, "args": ["x"] }), "args.second"),
        (json!({ "timeout": 0 }), "timeout"),
        (json!({ "env_vars": ["A=1"] }), "env_vars"),
        (json!({ "run_as_user": true }), "run_as_user"),
        (json!({ "run_on_server": true }), "run_on_server"),
        (json!({ "surprise": true }), "surprise"),
    ] {
        let refused = owner.post(&path, run(more)).await.expect(400).body;
        assert_eq!(refused["errors"][0]["field"], member, "{refused:#}");
    }
    assert_eq!(owner.get("/v1/commands").await.expect(200).body["items"], json!([]));
    let (key, _) = app.key(&["*:read"], json!({})).await;
    assert_eq!(
        app.with_key(&key).post(&path, run(json!({}))).await.expect(403).body["code"],
        "scope_missing"
    );
    owner.post("/agents/nobody/runscript/", run(json!({}))).await.expect(404);
    // The machine is offline. Without `wait`, the script runs later, when the machine is back.
    let said = owner.post(&path, run(json!({}))).await.expect(200).body;
    assert_eq!(said, "one will now be run on pc-1 when it is online again; it is offline now");
}
