//! Commands: from a request to agents and back.

use bailiwick_domain::command::{OutputStream, ResultState};
use bailiwick_domain::id::CommandId;
use bailiwick_fleet::{AgentMessage, CommandEnd, Piece, ReportContent};
use serde_json::{Value, json};

use crate::app::{Actor, PASSWORD, TestApp};
use crate::fake_agent::ending;
use crate::heard::Heard;

fn sh(targets: Value, command: &str) -> Value {
    json!({ "targets": targets, "shell": "sh", "command": command })
}

async fn given(actor: &Actor<'_>, body: Value) -> CommandId {
    let reply = actor.post("/v1/commands", body).await.expect(202);
    reply.body["id"].as_str().unwrap().parse().unwrap()
}

async fn result(app: &TestApp, command: CommandId) -> Value {
    let reply = app.owner().get(&format!("/v1/commands/{command}/results")).await.expect(200);
    assert_eq!(reply.body["items"].as_array().unwrap().len(), 1, "{:#}", reply.body);
    reply.body["items"][0].clone()
}

async fn command(app: &TestApp, command: CommandId) -> Value {
    app.owner().get(&format!("/v1/commands/{command}")).await.expect(200).body
}

#[tokio::test]
async fn a_connected_node_gets_a_command_at_once_and_its_result_is_stored() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({ "env": "prod" })).await;
    app.machine("default", "db-2", json!({ "env": "test" })).await;
    let mut agent = app.connect(&node, &agent).await;

    let mut body = sh(json!({ "labels": "env=prod" }), "uname -a");
    body["env"] = json!({ "TOKEN": "hunter2hunter2" });
    body["timeout_seconds"] = json!(30);
    let reply = app.owner().post("/v1/commands", body).await.expect(202);
    assert_eq!(reply.body["target_count"], 1);
    assert_eq!(reply.body["nodes"], json!([{ "id": node, "name": "db-1" }]));
    assert_eq!(reply.body["progress"], json!({ "sent": 1 }));
    assert_eq!(reply.body["instruction"]["env"], json!(["TOKEN"]));

    let order = agent.ordered().await;
    let id = order.id;
    assert_eq!(id.to_string(), reply.body["id"].as_str().unwrap());
    assert_eq!((order.timeout_seconds, &**order.env.0["TOKEN"]), (30, "hunter2hunter2"));
    assert_eq!(result(&app, id).await["state"], "sent");

    agent.report(id, ReportContent::Started).await;
    let piece = Piece { stream: OutputStream::Stderr, position: 0, bytes: b"warning\n".to_vec() };
    agent.report(id, ReportContent::Output(piece)).await;
    agent.finish(id, CommandEnd { stderr_bytes: 8, ..ending(ResultState::Failed, Some(3), "Linux\n") }).await;

    let found = result(&app, id).await;
    assert_eq!((&found["state"], &found["exit_code"]), (&json!("failed"), &json!(3)), "{found:#}");
    assert_eq!(found["stdout"], json!({ "text": "Linux\n", "total_bytes": 6, "omitted_bytes": 0 }));
    assert_eq!(found["stderr"]["text"], "warning\n");
    let whole = command(&app, id).await;
    assert_eq!(whole["progress"], json!({ "failed": 1 }));
    assert!(whole["finished_at"].is_string());

    // What comes again is acknowledged again, and changes nothing.
    agent.finish(id, ending(ResultState::Succeeded, Some(0), "other")).await;
    assert_eq!(result(&app, id).await, found);

    // The values are written nowhere but sealed, and not even that any more.
    let audit = app.root().get("/v1/audit?organization=default").await.expect(200);
    let entry = audit.body["items"].as_array().unwrap().iter().find(|e| e["operation"] == "commands.create");
    let targets = entry.unwrap()["targets"].to_string();
    assert!(targets.contains(&id.to_string()) && targets.contains(&node), "{targets}");
    for text in [audit.body.to_string(), whole.to_string(), reply.body.to_string()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(app.control.store().secrets_by_pepper().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_offline_node_gets_a_command_when_it_connects_in_time() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent_id) = app.machine("default", "db-1", json!({})).await;
    let targets = json!({ "nodes": ["db-1", node, "db-1"] });
    let early = given(&app.owner(), sh(targets.clone(), "early")).await;
    let mut late = sh(targets, "late");
    late["ttl_seconds"] = json!(10);
    late["env"] = json!({ "A": "b" });
    let late = given(&app.owner(), late).await;
    assert_eq!(command(&app, early).await["progress"], json!({ "queued": 1 }));
    app.advance(10);
    app.fleet.expire_commands().await.unwrap();
    let found = result(&app, late).await;
    assert_eq!(
        (&found["state"], &found["error"]),
        (&json!("expired"), &json!("the node did not connect in time"))
    );
    assert!(app.control.store().secrets_by_pepper().await.unwrap().is_empty());

    let mut agent = app.connect(&node, &agent_id).await;
    assert_eq!(agent.ordered().await.id, early);
    assert!(agent.unheard().is_none());
    assert_eq!(result(&app, early).await["state"], "sent");
    agent.leave();
    // It was told, but has not said so: it is told again, and knows whether it has done it.
    let mut agent = app.connect(&node, &agent_id).await;
    assert_eq!(agent.ordered().await.id, early);
    agent.finish(early, ending(ResultState::Succeeded, Some(0), "")).await;
    agent.leave();
    let mut agent = app.connect(&node, &agent_id).await;
    assert!(agent.unheard().is_none());
}

#[tokio::test]
async fn a_command_is_cancelled_while_queued_and_while_running() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (there, agent) = app.machine("default", "there", json!({ "x": "y" })).await;
    app.machine("default", "away", json!({ "x": "y" })).await;
    let mut agent = app.connect(&there, &agent).await;
    let id = given(&app.owner(), sh(json!({ "labels": "x" }), "sleep 9")).await;
    agent.ordered().await;
    agent.report(id, ReportContent::Started).await;
    let path = format!("/v1/commands/{id}/cancel");
    let reply = app.owner().post(&path, json!({})).await.expect(200);
    assert_eq!(reply.body["progress"]["cancelled"], 1);
    assert!(reply.body["cancelled_at"].is_string() && reply.body["finished_at"].is_null());
    assert!(matches!(agent.told().await, AgentMessage::Cancel(cancelled) if cancelled == id));
    agent.finish(id, ending(ResultState::Cancelled, None, "")).await;
    let whole = command(&app, id).await;
    assert_eq!(whole["progress"], json!({ "cancelled": 2 }));
    assert!(whole["finished_at"].is_string());
    // What is over stays as it is.
    let again = app.owner().post(&path, json!({})).await.expect(200);
    assert_eq!(again.body, whole);
}

#[tokio::test]
async fn a_result_that_is_not_reported_is_lost_until_it_is() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent_id) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent_id).await;
    let id = given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await;
    agent.ordered().await;
    agent.leave();
    app.advance(3_600 + 60 + 3_599);
    app.fleet.lose_commands().await.unwrap();
    assert_eq!(result(&app, id).await["state"], "sent");
    app.advance(1);
    app.fleet.lose_commands().await.unwrap();
    let found = result(&app, id).await;
    assert_eq!(found["state"], "lost");
    assert!(found["error"].as_str().unwrap().contains("not been seen since"));
    assert!(command(&app, id).await["finished_at"].is_string());
    let mut agent = app.connect(&node, &agent_id).await;
    agent.finish(id, ending(ResultState::Succeeded, Some(0), "done\n")).await;
    let found = result(&app, id).await;
    assert_eq!((&found["state"], &found["error"]), (&json!("succeeded"), &Value::Null));

    // A node that is deleted tells nothing more.
    let id = given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await;
    agent.ordered().await;
    app.owner().delete(&format!("/v1/nodes/{node}?force=true")).await.expect(200);
    let found = result(&app, id).await;
    assert_eq!((&found["state"], &found["error"]), (&json!("lost"), &json!("the node was deleted")));
    assert_eq!(found["node_name"], "db-1");
}

#[tokio::test]
async fn long_output_keeps_its_beginning_and_its_end() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent).await;
    let mut body = sh(json!({ "nodes": [node] }), "yes");
    body["output_limit_bytes"] = json!(1_024);
    let id = given(&app.owner(), body).await;
    agent.ordered().await;
    let piece = |position: u64, byte: u8, length: usize| Piece {
        stream: OutputStream::Stdout,
        position,
        bytes: vec![byte; length],
    };
    // More than half of what is kept, a part of it twice.
    agent.report(id, ReportContent::Output(piece(0, b'a', 300))).await;
    agent.report(id, ReportContent::Output(piece(0, b'b', 300))).await;
    agent.report(id, ReportContent::Output(piece(200, b'c', 16_000))).await;
    let end = CommandEnd {
        stdout_bytes: 1_000_000,
        output: vec![piece(900_000, b'd', 100_000)],
        ..ending(ResultState::Succeeded, Some(0), "")
    };
    agent.finish(id, end).await;
    let stdout = result(&app, id).await["stdout"].clone();
    assert_eq!((&stdout["total_bytes"], &stdout["omitted_bytes"]), (&json!(1_000_000), &json!(998_976)));
    let expected =
        format!("{}{}\n[998976 bytes left out]\n{}", "a".repeat(300), "c".repeat(212), "d".repeat(512));
    assert_eq!(stdout["text"], expected);
}

#[tokio::test]
async fn targets_that_match_no_node_or_are_out_of_reach_are_refused() {
    let app = TestApp::new().await;
    let (node, _) = app.machine("default", "db-1", json!({ "env": "prod" })).await;
    let bare = app.node(json!({ "name": "bare" })).await;
    app.organization("other").await;
    let (foreign, _) = app.machine("other", "foreign", json!({ "env": "prod" })).await;
    let site = app.site("default", "Empty", json!({})).await;
    let owner = app.owner();
    for (targets, field, detail) in [
        (json!({ "labels": "" }), "targets.labels", "an empty selector selects no node"),
        (json!({ "labels": "env=none" }), "targets", "no node on which an agent has enrolled"),
        (json!({ "site": site }), "targets", "no node on which an agent has enrolled"),
        (json!({ "site": "nowhere" }), "targets.site", "there is no site nowhere"),
        (json!({ "nodes": [] }), "targets.nodes", "expected at least one node"),
        (json!({ "host": "nowhere" }), "targets.host", "there is no node nowhere"),
        (json!({ "type": "machine" }), "targets.type", "unknown value"),
        (json!({ "nodes": [node, bare] }), "targets.nodes[1]", "no bailiwick_agent has enrolled"),
        (json!({ "nodes": [foreign] }), "targets.nodes[0]", "there is no node"),
        (json!({ "nodes": ["nobody"] }), "targets.nodes[0]", "there is no node nobody"),
        (json!({ "nodes": vec![node.as_str(); 1_001] }), "targets.nodes", "expected at most 1000"),
        (json!({}), "targets", "`all`: true stands for every node"),
        (json!({ "all": false }), "targets", "`all`: true stands for every node"),
        (
            json!({ "nodes": [node], "labels": "env=test" }),
            "targets",
            "no node on which an agent has enrolled",
        ),
        (json!({ "everybody": true }), "targets.everybody", "expected one of `nodes`, `labels`, `site`"),
    ] {
        let refused = owner.post("/v1/commands", sh(targets.clone(), "true")).await.problem(400, "invalid");
        assert!(refused.field(field).contains(detail), "{targets}: {:#}", refused.body);
    }
    let (narrow, _) = app.key(&["commands:*"], json!({ "reach": { "labels": "env=test" } })).await;
    let refused = app.with_key(&narrow).post("/v1/commands", sh(json!({ "nodes": [node] }), "true")).await;
    let out_of_reach = refused.problem(400, "invalid").field("targets.nodes[0]").to_owned();
    assert_eq!(out_of_reach, format!("there is no node {node}"));
    let refused =
        app.with_key(&narrow).post("/v1/commands", sh(json!({ "labels": "env=prod" }), "true")).await;
    refused.problem(400, "invalid").field("targets");
    for (change, field) in [
        (json!({ "shell": "fish" }), "shell"),
        (json!({ "shell": null }), "shell"),
        (json!({ "command": " " }), "command"),
        (json!({ "command": "a\0b" }), "command"),
        (json!({ "command": "x".repeat(131_072) }), "command"),
        (json!({ "timeout_seconds": 0 }), "timeout_seconds"),
        (json!({ "timeout_seconds": 86_401 }), "timeout_seconds"),
        (json!({ "ttl_seconds": 2_592_001 }), "ttl_seconds"),
        (json!({ "output_limit_bytes": 1_048_577 }), "output_limit_bytes"),
        (json!({ "arguments": vec!["x"; 101] }), "arguments"),
        (json!({ "arguments": ["a\0"] }), "arguments[0]"),
        (json!({ "env": { "1A": "x" } }), "env"),
        (json!({ "env": { "A": 5 } }), "env"),
        (json!({ "run_as": "a\nb" }), "run_as"),
        (json!({ "working_directory": "" }), "working_directory"),
    ] {
        let mut body = sh(json!({ "nodes": [node] }), "true");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        owner.post("/v1/commands", body).await.problem(400, "invalid").field(field);
    }
    assert_eq!(
        owner.get("/v1/commands").await.expect(200).body["items"],
        json!([]),
        "a refused request created a command"
    );
}

#[tokio::test]
async fn a_narrow_key_sees_only_the_results_of_nodes_in_its_reach() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (mine, agent) = app.machine("default", "mine", json!({ "env": "prod" })).await;
    let (theirs, _) = app.machine("default", "theirs", json!({ "env": "test" })).await;
    let both = given(&app.owner(), sh(json!({ "nodes": [mine, "theirs"] }), "true")).await;
    let other = given(&app.owner(), sh(json!({ "nodes": ["theirs"] }), "true")).await;
    let (key, _) = app.key(&["commands:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let narrow = app.with_key(&key);
    let seen = narrow.get(&format!("/v1/commands/{both}")).await.expect(200).body;
    assert_eq!((&seen["target_count"], &seen["progress"]), (&json!(1), &json!({ "queued": 1 })));
    assert_eq!(seen["targets"], json!({ "nodes": [mine] }));
    let results = narrow.get(&format!("/v1/commands/{both}/results")).await.expect(200);
    assert_eq!(results.items("node_id"), [mine.as_str()]);
    for field in ["node", "state"] {
        let value = if field == "node" { theirs.as_str() } else { "failed" };
        let reply = narrow.get(&format!("/v1/commands/{both}/results?{field}={value}")).await;
        match field {
            "node" => drop(reply.problem(400, "invalid").field("node").to_owned()),
            _ => assert_eq!(reply.expect(200).body["items"], json!([])),
        }
    }
    let listed = narrow.get("/v1/commands").await.expect(200);
    assert_eq!(listed.items("id"), [both.to_string()]);
    assert_eq!(listed.items("target_count"), [Value::Null]);
    for end in ["", "/results", "/events"] {
        narrow.get(&format!("/v1/commands/{other}{end}")).await.problem(404, "not_found");
    }
    narrow.post(&format!("/v1/commands/{other}/cancel"), json!({})).await.problem(404, "not_found");
    let cancel = narrow.post(&format!("/v1/commands/{both}/cancel"), json!({})).await;
    cancel.problem(403, "reach_too_narrow");
    // Its events end when its own nodes are done.
    let mut agent = app.connect(&mine, &agent).await;
    agent.ordered().await;
    agent.finish(both, ending(ResultState::Succeeded, Some(0), "ok\n")).await;
    let events = narrow.get(&format!("/v1/commands/{both}/events")).await.expect(200).body;
    let events = events.as_str().unwrap();
    assert!(events.contains("event: end") && !events.contains(&theirs), "{events}");
}

#[tokio::test]
async fn a_command_beyond_the_limits_of_its_key_is_refused() {
    let app = TestApp::new().await;
    let (one, _) = app.machine("default", "one", json!({ "env": "prod" })).await;
    app.machine("default", "two", json!({ "env": "prod" })).await;
    let limits = json!({ "shells": ["sh"], "most_targets": 1 });
    let scopes = ["commands:*", "keys:*", "nodes:read"];
    let (key, _) = app.key(&scopes, json!({ "command_limits": limits })).await;
    let limited = app.with_key(&key);
    let refused = limited.post("/v1/commands", sh(json!({ "labels": "env" }), "true")).await;
    let refused = refused.problem(403, "command_limited");
    assert!(refused.field("targets").contains("`most_targets`"), "{:#}", refused.body);
    let mut bash = sh(json!({ "nodes": [one] }), "true");
    bash["shell"] = json!("bash");
    let refused = limited.post("/v1/commands", bash).await.problem(403, "command_limited");
    assert!(refused.field("shell").contains("allows only [sh]"), "{:#}", refused.body);
    limited.post("/v1/commands", sh(json!({ "nodes": [one] }), "true")).await.expect(202);
    let whoami = limited.get("/v1/whoami").await.expect(200);
    assert_eq!(whoami.body["limits"]["commands"], limits);

    // It hands on no more than it has; what is not said is lent.
    let make = |limits: Value| {
        let mut body = json!({ "name": "x", "scopes": ["commands:*"] });
        if !limits.is_null() {
            body["command_limits"] = limits;
        }
        limited.post("/v1/keys", body)
    };
    for (given, had) in [
        (Value::Null, json!({ "shells": ["sh"], "most_targets": 1 })),
        (json!({ "scripts": [] }), json!({ "shells": ["sh"], "most_targets": 1, "scripts": [] })),
        (json!({ "shells": [] }), json!({ "shells": [], "most_targets": 1 })),
    ] {
        let made = make(given).await.expect(201);
        assert_eq!(made.body["key"]["command_limits"], had);
    }
    for given in [json!({ "shells": ["sh", "bash"] }), json!({ "most_targets": 2 })] {
        let refused = make(given).await.problem(403, "grant_exceeds_own");
        refused.field("command_limits");
    }
    let refused = make(json!({ "most_targets": 0 })).await.problem(400, "invalid");
    refused.field("command_limits.most_targets");
    let made = make(Value::Null).await.expect(201);
    let path = format!("/v1/keys/{}", made.body["key"]["id"].as_str().unwrap());
    limited.patch(&path, json!({ "command_limits": null })).await.problem(403, "grant_exceeds_own");
    app.owner().patch(&path, json!({ "command_limits": null })).await.expect(200);
}

/// The events of a command as they come.
async fn heard(app: &TestApp, key: &str, command: CommandId, after: Option<&str>) -> Heard {
    Heard::at(app, key, &format!("/v1/commands/{command}/events"), after).await
}

#[tokio::test]
async fn events_of_a_command_are_streamed_and_can_be_resumed() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent).await;
    let id = given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await;
    agent.ordered().await;
    let mut told = heard(&app, app.owner_key(), id, None).await;
    let (kind, first, data) = told.next().await.unwrap();
    assert_eq!((kind.as_str(), &data["event"], &data["state"]), ("result", &json!("result"), &json!("sent")));
    agent.report(id, ReportContent::Started).await;
    let (_, _, data) = told.next().await.unwrap();
    assert_eq!((&data["state"], &data["node_name"]), (&json!("running"), &json!("db-1")));
    let piece = |position, bytes: &[u8]| {
        ReportContent::Output(Piece { stream: OutputStream::Stdout, position, bytes: bytes.to_vec() })
    };
    agent.report(id, piece(0, "grüß".as_bytes())).await;
    let (kind, _, data) = told.next().await.unwrap();
    assert_eq!((kind.as_str(), &data["text"], &data["position"]), ("output", &json!("grüß"), &json!(0)));
    assert!(data["base64"].is_null());
    let (_, middle, data) = told.next().await.unwrap();
    assert_eq!((&data["event"], &data["stdout_bytes"]), (&json!("result"), &json!(6)));
    agent.report(id, piece(6, b"\xff")).await;
    assert_eq!(told.next().await.unwrap().2["base64"], "/w==");
    told.next().await.unwrap();
    agent.finish(id, ending(ResultState::Succeeded, Some(0), "")).await;
    assert_eq!(told.next().await.unwrap().2["state"], "succeeded");
    let (kind, _, data) = told.next().await.unwrap();
    assert_eq!((kind.as_str(), &data["progress"]), ("end", &json!({ "succeeded": 1 })));
    assert_eq!(told.next().await, None);

    // From the beginning: how it is, not how it came to be so.
    let mut again = heard(&app, app.owner_key(), id, None).await;
    let mut kinds = Vec::new();
    while let Some((kind, _, _)) = again.next().await {
        kinds.push(kind);
    }
    assert_eq!(kinds, ["output", "output", "result", "end"]);
    for (after, expected) in [(first, 3), (middle, 3)] {
        let mut rest = heard(&app, app.owner_key(), id, Some(&after.unwrap())).await;
        let mut count = 0;
        while rest.next().await.is_some() {
            count += 1;
        }
        assert!(count >= expected, "{count}");
    }
    let path = format!("/v1/commands/{id}/events?after=x");
    app.owner().get(&path).await.problem(400, "invalid").field("after");
}

#[tokio::test]
async fn an_event_stream_ends_when_its_key_loses_access() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, _) = app.machine("default", "db-1", json!({})).await;
    let id = given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await;
    let (expiring, _) = app.key(&["commands:read"], json!({ "ttl_seconds": 10 })).await;
    let (edited, edited_id) = app.key(&["commands:read"], json!({})).await;
    let (deleted, deleted_id) = app.key(&["commands:read"], json!({})).await;
    let mut all = Vec::new();
    for key in [&expiring, &edited, &deleted] {
        let mut told = heard(&app, key, id, None).await;
        told.next().await.unwrap();
        all.push(told);
    }
    let mut open = heard(&app, app.owner_key(), id, None).await;
    open.next().await.unwrap();
    app.root().delete(&format!("/v1/keys/{deleted_id}")).await.expect(200);
    app.root().patch(&format!("/v1/keys/{edited_id}"), json!({ "scopes": ["sites:read"] })).await.expect(200);
    app.advance(10);
    for mut heard in all {
        assert_eq!(heard.next().await, None);
    }
    app.owner().post(&format!("/v1/commands/{id}/cancel"), json!({})).await.expect(200);
    assert_eq!(open.next().await.unwrap().2["state"], "cancelled");
}

#[tokio::test]
async fn queued_commands_of_a_disabled_or_deleted_key_or_user_are_cancelled() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let mut ids = Vec::new();
    for end in ["disable", "delete", "revoke"] {
        let (key, id) = app.key(&["commands.create"], json!({})).await;
        ids.push(given(&app.with_key(&key), sh(json!({ "nodes": [node] }), "rm -r /")).await);
        match end {
            "disable" => app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await.expect(200),
            "revoke" => app.with_key(&key).delete("/v1/whoami").await.expect(200),
            _ => app.owner().delete(&format!("/v1/keys/{id}")).await.expect(200),
        };
    }
    for (path, body) in [("PATCH", json!({ "disabled": true })), ("DELETE", json!({}))] {
        let email = format!("{}@example.com", path.to_lowercase());
        let user = app.user("default", &email, "admin").await;
        let person = app.log_in(&email, PASSWORD).await;
        let person = person.header("sec-fetch-site", "same-origin");
        ids.push(given(&person, sh(json!({ "nodes": [node] }), "rm -r /")).await);
        let path_of = format!("/v1/users/{user}");
        match path {
            "PATCH" => app.root().patch(&path_of, body).await.expect(200),
            _ => app.root().delete(&format!("{path_of}?organization=default")).await.expect(200),
        };
    }
    // Keys lose their rights through the user or the role that they act for, too.
    for end in ["user_disabled", "role_deleted", "role_of_the_user_deleted"] {
        let role = json!({ "name": end, "scopes": ["commands.create", "nodes:read"] });
        let role = app.owner().post("/v1/roles", role).await.expect(201).body["id"].clone();
        let role = role.as_str().unwrap();
        let user = app.user("default", &format!("{end}@example.com"), role).await;
        let more = match end {
            "role_deleted" => json!({ "role": role }),
            _ => json!({ "user": user }),
        };
        let (key, _) = app.key(&["commands.create"], more).await;
        ids.push(given(&app.with_key(&key), sh(json!({ "nodes": [node] }), "rm -r /")).await);
        match end {
            "user_disabled" => {
                app.root().patch(&format!("/v1/users/{user}"), json!({ "disabled": true })).await.expect(200)
            }
            _ => app.owner().delete(&format!("/v1/roles/{role}?force=true")).await.expect(200),
        };
    }
    let kept = given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await;
    for id in &ids {
        let result = result(&app, *id).await;
        assert_eq!(result["state"], "cancelled", "{result:#}");
        assert!(result["error"].as_str().unwrap().contains("disabled or deleted"), "{result:#}");
        let command = app.owner().get(&format!("/v1/commands/{id}")).await.expect(200);
        assert!(!command.body["finished_at"].is_null(), "{:#}", command.body);
    }
    // The node comes, and is told of nothing else.
    let mut agent = app.connect(&node, &agent).await;
    assert_eq!(agent.ordered().await.id, kept);
}

/// How an agent ends a command that it has not begun.
fn not_begun() -> CommandEnd {
    let error = Some("the command was cancelled before it started".to_owned());
    CommandEnd { error, duration_ms: None, output: vec![], ..ending(ResultState::Cancelled, None, "") }
}

#[tokio::test]
async fn sent_commands_of_a_disabled_or_deleted_key_or_user_are_cancelled_at_the_agent() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent).await;
    let body = || sh(json!({ "nodes": [node] }), "rm -r /");
    for end in ["key_disabled", "key_deleted", "revoked", "user_disabled", "user_deleted", "role_deleted"] {
        let role = json!({ "name": end, "scopes": ["commands.create", "nodes:read"] });
        let role = app.owner().post("/v1/roles", role).await.expect(201).body["id"].clone();
        let role = role.as_str().unwrap();
        let email = format!("{end}@example.com");
        let user = app.user("default", &email, role).await;
        let (key, id) = app.key(&["commands.create"], json!({})).await;
        let giver = if end.starts_with("user") || end.starts_with("role") {
            app.log_in(&email, PASSWORD).await.header("sec-fetch-site", "same-origin")
        } else {
            app.with_key(&key)
        };
        let runs = given(&giver, body()).await;
        assert_eq!(agent.ordered().await.id, runs);
        agent.report(runs, ReportContent::Started).await;
        let waits = given(&giver, body()).await;
        assert_eq!(agent.ordered().await.id, waits);
        match end {
            "key_disabled" => app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await,
            "key_deleted" => app.owner().delete(&format!("/v1/keys/{id}")).await,
            "revoked" => giver.delete("/v1/whoami").await,
            "user_disabled" => {
                app.root().patch(&format!("/v1/users/{user}"), json!({ "disabled": true })).await
            }
            "user_deleted" => app.root().delete(&format!("/v1/users/{user}?organization=default")).await,
            _ => app.owner().delete(&format!("/v1/roles/{role}?force=true")).await,
        }
        .expect(200);
        // Only the command that waits is cancelled.
        let told = agent.told().await;
        assert!(matches!(told, AgentMessage::Cancel(id) if id == waits), "{end}: {told:?}");
        agent.finish(waits, not_begun()).await;
        let found = result(&app, waits).await;
        assert_eq!(found["state"], "cancelled", "{end}: {found:#}");
        let why = "the key or user that gave the command was disabled or deleted before the command began on this node";
        assert_eq!(found["error"], why, "{end}");
        assert_eq!(result(&app, runs).await["state"], "running", "{end}");
        agent.finish(runs, ending(ResultState::Succeeded, Some(0), "")).await;
        assert_eq!(result(&app, runs).await["state"], "succeeded", "{end}");
        assert!(command(&app, waits).await["finished_at"].is_string(), "{end}");
    }
}

#[tokio::test]
async fn an_agent_that_reconnects_is_told_of_commands_that_were_withdrawn() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (one, first) = app.machine("default", "db-1", json!({})).await;
    let (two, second) = app.machine("default", "db-2", json!({})).await;
    let (mut runs, mut waits) = (app.connect(&one, &first).await, app.connect(&two, &second).await);
    let (key, id) = app.key(&["commands.create"], json!({})).await;
    let targets = json!({ "nodes": [one, two] });
    let given = given(&app.with_key(&key), sh(targets, "rm -r /")).await;
    assert_eq!((runs.ordered().await.id, waits.ordered().await.id), (given, given));
    runs.report(given, ReportContent::Started).await;
    waits.leave();
    app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await.expect(200);
    assert_eq!(command(&app, given).await["progress"], json!({ "running": 1, "sent": 1 }));

    // Where it runs it goes on, also over a new connection.
    assert!(runs.unheard().is_none());
    runs.leave();
    let mut runs = app.connect(&one, &first).await;
    assert_eq!(runs.ordered().await.id, given);
    let mut waits = app.connect(&two, &second).await;
    let told = waits.told().await;
    assert!(matches!(told, AgentMessage::Cancel(id) if id == given), "{told:?}");
    // It had just begun, and the server did not know.
    waits.report(given, ReportContent::Started).await;
    waits.finish(given, ending(ResultState::Cancelled, None, "")).await;
    let results = app.owner().get(&format!("/v1/commands/{given}/results?node={two}")).await.expect(200);
    let why = results.body["items"][0]["error"].as_str().unwrap().to_owned();
    assert!(why.ends_with("was disabled or deleted while the command began on this node"), "{why}");

    // Cancelling it ends it where it runs.
    app.owner().post(&format!("/v1/commands/{given}/cancel"), json!({})).await.expect(200);
    let told = runs.told().await;
    assert!(matches!(told, AgentMessage::Cancel(id) if id == given), "{told:?}");
    runs.finish(given, ending(ResultState::Cancelled, None, "")).await;
    assert_eq!(command(&app, given).await["progress"], json!({ "cancelled": 2 }));
}

#[tokio::test]
async fn a_slow_agent_gets_all_commands_and_acknowledgements() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent).await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..100 {
        ids.insert(given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await);
    }
    // There was room for some of them; each comes at last, some perhaps twice.
    let mut told = std::collections::BTreeSet::new();
    while told.len() < ids.len() {
        told.insert(agent.ordered().await.id);
    }
    assert_eq!(told, ids);
    for id in &ids {
        agent
            .report(*id, ReportContent::Finished(Box::new(ending(ResultState::Succeeded, Some(0), ""))))
            .await;
    }
    let mut acknowledged = std::collections::BTreeSet::new();
    while acknowledged.len() < ids.len() {
        if let AgentMessage::Acknowledge(id) = agent.told().await {
            acknowledged.insert(id);
        }
    }
    assert_eq!(acknowledged, ids);
}

#[tokio::test]
async fn an_organization_keeps_output_and_commands_for_days_of_its_own() {
    const DAY: i64 = 86_400;
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent_id) = app.machine("default", "db-1", json!({})).await;
    let mut agent = app.connect(&node, &agent_id).await;
    let id = given(&app.owner(), sh(json!({ "nodes": [node] }), "true")).await;
    agent.ordered().await;
    agent.finish(id, ending(ResultState::Succeeded, Some(0), "done\n")).await;
    app.owner().patch("/v1/retention", json!({ "commands": 30, "output": 7 })).await.expect(200);
    let stdout = async || result(&app, id).await["stdout"].clone();

    app.advance(7 * DAY - 60);
    app.fleet.forget_commands().await.unwrap();
    let whole = stdout().await;
    assert_eq!(whole["text"], "done\n");
    app.advance(120);
    app.fleet.forget_commands().await.unwrap();
    let found = result(&app, id).await;
    assert_eq!((&found["stdout"]["text"], &found["exit_code"]), (&json!("[5 bytes left out]\n"), &json!(0)));
    assert_eq!(found["stdout"]["bytes"], whole["bytes"]);

    app.advance(23 * DAY - 240);
    app.fleet.forget_commands().await.unwrap();
    command(&app, id).await;
    app.advance(360);
    app.fleet.forget_commands().await.unwrap();
    app.owner().get(&format!("/v1/commands/{id}")).await.expect(404);
}

#[tokio::test]
async fn the_answer_whether_a_command_may_be_cancelled_is_what_cancelling_it_does() {
    let app = TestApp::new().await;
    let (inside, _) = app.machine("default", "db-1", json!({ "env": "test" })).await;
    let (outside, _) = app.machine("default", "db-2", json!({ "env": "prod" })).await;
    // None of these commands was given by the key that asks.
    let within = given(&app.owner(), sh(json!({ "nodes": [inside] }), "true")).await;
    let across = given(&app.owner(), sh(json!({ "nodes": [inside, outside] }), "true")).await;
    let beyond = given(&app.owner(), sh(json!({ "nodes": [outside] }), "true")).await;
    let reach = json!({ "reach": { "labels": "env=test" } });
    let (narrow, _) = app.key(&["commands:*"], reach).await;
    let narrow = app.with_key(&narrow);
    let can = async |operation: &str, target: &str| {
        let body = json!({ "operation": operation, "target": target });
        narrow.post("/v1/whoami/can", body).await.expect(200).body["allowed"].as_bool().unwrap()
    };
    for (command, is_shown, is_cancelled) in
        [(within, true, true), (across, true, false), (beyond, false, false)]
    {
        let path = format!("/v1/commands/{command}");
        assert_eq!(can("commands.get", &command.to_string()).await, is_shown, "{command}");
        assert_eq!(narrow.get(&path).await.status == 200, is_shown);
        assert_eq!(can("commands.cancel", &command.to_string()).await, is_cancelled, "{command}");
        let cancelled = narrow.post(&format!("{path}/cancel"), json!({})).await;
        assert_eq!(cancelled.status == 200, is_cancelled, "{:#}", cancelled.body);
    }
    // The target of a reboot is a node.
    for (node, is_allowed) in [(&inside, true), (&outside, false)] {
        assert_eq!(can("commands.reboot", node).await, is_allowed);
        let rebooted = narrow.post(&format!("/v1/nodes/{node}/reboot"), json!({})).await;
        assert_eq!(rebooted.status == 202, is_allowed, "{:#}", rebooted.body);
    }
}
