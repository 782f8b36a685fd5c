//! Scripts written for Tactical RMM that tell agents to do something.

use bailiwick_domain::command::{Instruction, OutputStream, ResultState};
use bailiwick_fleet::{CommandEnd, Piece};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fake_agent::ending;

#[tokio::test]
async fn a_command_request_waits_and_returns_its_output() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "pc-1", json!({})).await;
    app.all_online().await;
    let mut agent = app.connect(&node, &agent).await;
    let (key, _) = app
        .key(
            &["organizations.list", "nodes.get", "commands.create", "commands.events", "commands.results"],
            json!({}),
        )
        .await;
    let path = format!("/agents/{node}/cmd/");
    // As it is published, with these three members.
    let body = json!({ "shell": "powershell", "cmd": "dir c:\\users", "timeout": 30 });
    let actor = app.anonymous().header("x-api-key", &key);
    let asked = actor.post(&path, body);
    let answered = async {
        let order = agent.ordered().await;
        let Instruction::Shell(script) = &order.instruction else { panic!("{order:?}") };
        assert_eq!((script.shell.as_str(), script.command.as_str()), ("powershell", "dir c:\\users"));
        assert_eq!(order.timeout_seconds, 30);
        // Its entry in the trail is there before anybody is answered.
        let audit =
            app.root().get("/v1/audit?organization=default&operation=commands.create").await.expect(200);
        assert!(audit.body["items"][0]["targets"].to_string().contains(&order.id.to_string()));
        let stderr = Piece { stream: OutputStream::Stderr, position: 0, bytes: b"oh\n".to_vec() };
        let mut end = CommandEnd { stderr_bytes: 3, ..ending(ResultState::Failed, Some(1), "alice") };
        end.output.push(stderr);
        agent.finish(order.id, end).await;
    };
    let (reply, ()) = tokio::join!(asked, answered);
    assert_eq!(reply.expect(200).body, json!("alice\noh\n"));

    // What could not be begun, or ran too long, is no success.
    let end =
        |state, error: Option<&str>| CommandEnd { error: error.map(Into::into), ..ending(state, None, "") };
    for (end, detail) in [
        (end(ResultState::Failed, Some("there is no shell fish here")), "there is no shell fish here"),
        (end(ResultState::TimedOut, None), "longer than 5 s"),
    ] {
        let body = json!({ "shell": "custom", "custom_shell": "/bin/fish", "cmd": "x", "timeout": "5", "run_as_user": false });
        let answered = async {
            let order = agent.ordered().await;
            agent.finish(order.id, end).await;
        };
        let (reply, ()) = tokio::join!(actor.post(&path, body), answered);
        let refused = reply.expect(400);
        assert!(refused.body["detail"].as_str().unwrap().contains(detail), "{:#}", refused.body);
    }
    // As an agent says it of a shell of Windows on Linux: the member is that of the shell.
    for (body, field) in [
        (json!({ "shell": "cmd", "cmd": "dir", "timeout": 5 }), "shell"),
        (json!({ "shell": "custom", "custom_shell": "cmd", "cmd": "dir", "timeout": 5 }), "custom_shell"),
    ] {
        let missing = end(ResultState::Failed, Some("this machine has no cmd; it has: sh, bash"));
        let answered = async {
            let order = agent.ordered().await;
            agent.finish(order.id, missing).await;
        };
        let (reply, ()) = tokio::join!(actor.post(&path, body), answered);
        assert_eq!(reply.expect(400).body["errors"][0]["field"], field);
    }
    for (body, field) in [
        (json!({ "shell": "sh", "cmd": "id", "timeout": 5, "run_as_user": true }), "run_as_user"),
        (json!({ "shell": "sh", "timeout": 5 }), "cmd"),
        (json!({ "shell": "sh", "cmd": "x" }), "timeout"),
        (json!({ "shell": "sh", "cmd": "x", "timeout": 0 }), "timeout"),
        (json!({ "shell": "nonsense", "cmd": "x", "timeout": 5 }), "shell"),
        (json!({ "shell": "shell", "cmd": "x", "timeout": 5 }), "shell"),
        (json!({ "shell": "custom", "cmd": "x", "timeout": 5 }), "custom_shell"),
        (json!({ "shell": "custom", "custom_shell": "fish", "cmd": "x", "timeout": 5 }), "custom_shell"),
        (json!({ "shell": "sh", "custom_shell": "/bin/fish", "cmd": "x", "timeout": 5 }), "custom_shell"),
        (json!({ "shell": "sh", "cmd": "x", "timeout": 5, "env_vars": ["A=1"] }), "env_vars"),
    ] {
        let refused = actor.post(&path, body).await.expect(400);
        assert_eq!(refused.body["errors"][0]["field"], field, "{:#}", refused.body);
    }
    assert!(agent.unheard().is_none());
}

#[tokio::test]
async fn a_command_to_an_offline_agent_is_refused() {
    let app = TestApp::new().await;
    let (node, _) = app.machine("default", "pc-1", json!({})).await;
    let body = json!({ "shell": "bash", "cmd": "true", "timeout": 5 });
    for (end, body) in [("cmd", body), ("reboot", Value::Null)] {
        let refused = app.owner().post(&format!("/agents/{node}/{end}/"), body).await.expect(400);
        assert!(refused.body["detail"].as_str().unwrap().contains("Unable to contact the agent"));
    }
    assert_eq!(app.owner().get("/v1/commands").await.expect(200).body["items"], json!([]));
    let body = json!({ "shell": "bash", "cmd": "true", "timeout": 5 });
    app.owner().post("/agents/nobody/cmd/", body.clone()).await.expect(404);
    let (key, _) = app.key(&["organizations.list", "nodes.get"], json!({})).await;
    app.all_online().await;
    app.with_key(&key).post(&format!("/agents/{node}/cmd/"), body).await.expect(403);
}

#[tokio::test]
async fn a_reboot_request_reboots_the_machine() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "pc-1", json!({})).await;
    app.all_online().await;
    let mut agent = app.connect(&node, &agent).await;
    let reply = app.owner().send("POST", &format!("/agents/{node}/reboot/"), None).await.expect(200);
    assert_eq!(reply.body, json!("ok"));
    assert_eq!(agent.ordered().await.instruction, Instruction::Reboot);
}

#[tokio::test]
async fn an_unsupported_tactical_path_is_not_taken_for_an_agent_id() {
    let app = TestApp::new().await;
    for path in ["/agents/history/", "/agents/scripthistory/", "/agents/notes/"] {
        let refused = app.owner().get(path).await.expect(404).body;
        assert_eq!(refused["code"], "unknown_path", "{refused:#}");
    }
}
