//! Lists of commands: how they went, who gave them and why they failed.

use bailiwick_domain::command::ResultState;
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::fake_agent::ending;

async fn given(actor: &Actor<'_>, node: &str) -> String {
    let body = json!({ "targets": { "nodes": [node] }, "shell": "sh", "command": "backup" });
    let reply = actor.post("/v1/commands", body).await.expect(202);
    reply.body["id"].as_str().unwrap().to_owned()
}

async fn listed(actor: &Actor<'_>, query: &str) -> Vec<Value> {
    let reply = actor.get(&format!("/v1/commands?sort=created_at{query}")).await.expect(200);
    reply.body["items"].as_array().unwrap().clone()
}

async fn ids(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let items = listed(actor, query).await;
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_says_how_commands_went_and_who_gave_them() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "db-1", json!({})).await;
    app.machine("default", "db-2", json!({})).await;
    let owner = app.owner();
    let mut agent = app.connect(&node, &agent).await;

    let failed = given(&owner, "db-1").await;
    let id = agent.ordered().await.id;
    agent.finish(id, ending(ResultState::Failed, Some(3), "")).await;
    app.advance(10);
    let open = given(&owner, "db-2").await;

    let items = listed(&owner, "").await;
    let first = &items[0];
    let since = items[1]["created_at"].as_str().unwrap();
    assert_eq!(
        (&first["id"], &first["outcome"], &first["has_failed"]),
        (&json!(failed), &json!("failed"), &json!(true))
    );
    assert_eq!(first["progress"], json!({ "failed": 1 }));
    assert_eq!(
        first["failure"],
        json!({ "node_id": node, "node_name": "db-1", "state": "failed", "exit_code": 3, "error": null })
    );
    let name = app.owner().get("/v1/whoami").await.expect(200).body["key"]["name"].clone();
    assert_eq!(first["created_by_name"], name);
    assert_eq!((&items[1]["outcome"], &items[1]["failure"]), (&json!("running"), &Value::Null));
    let shown = owner.get(&format!("/v1/commands/{failed}")).await.expect(200).body;
    assert_eq!((&shown["outcome"], &shown["created_by_name"]), (&json!("failed"), &name));

    let (only_failed, only_open) = (vec![failed.clone()], vec![open.clone()]);
    assert_eq!(ids(&owner, "&state=failed").await, only_failed);
    assert_eq!(ids(&owner, "&state=running").await, only_open);
    assert_eq!(ids(&owner, "&failed=true").await, only_failed);
    assert_eq!(ids(&owner, "&failed=false").await, only_open);
    assert_eq!(ids(&owner, &format!("&since={since}")).await, only_open);
    let key = app.owner().get("/v1/whoami").await.expect(200).body["key"]["id"].as_str().unwrap().to_owned();
    assert_eq!(ids(&owner, &format!("&by={key}")).await, [failed.clone(), open.clone()]);
    let encoded = name.as_str().unwrap().replace(' ', "%20");
    assert_eq!(ids(&owner, &format!("&by={encoded}")).await, [failed, open]);
    let reply = owner.get("/v1/commands?by=nobody@example.com").await.expect(404);
    assert_eq!(reply.body["code"], "not_found");
    owner.get("/v1/commands?state=done").await.expect(400);
}

#[tokio::test]
async fn names_of_people_and_keys_are_for_those_who_may_list_them() {
    let app = TestApp::new().await;
    let user = app.user("default", "ada@example.com", "editor").await;
    let (narrow, _) = app.key(&["commands:read"], json!({ "name": "narrow" })).await;
    let narrow = app.with_key(&narrow);
    let reply = narrow.get("/v1/commands?by=ada@example.com").await.expect(403);
    assert_eq!(reply.body["missing_scope"], "users.list");
    let reply = narrow.get("/v1/commands?by=narrow").await.expect(403);
    assert_eq!(reply.body["missing_scope"], "keys.list");
    narrow.get(&format!("/v1/commands?by={user}")).await.expect(200);
}

#[tokio::test]
async fn the_name_of_who_gave_a_command_is_shown_to_those_who_could_list_it() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({})).await;
    let (own, root) = (given(&app.owner(), "db-1").await, app.root());
    let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "true" });
    let of_root = root.post("/v1/commands?organization=default", body).await.expect(202).body["id"].clone();
    let name = async |actor: &Actor<'_>, id: &str| {
        let path = format!("/v1/commands/{id}?organization=default");
        actor.get(&path).await.expect(200).body["created_by_name"].clone()
    };
    let of_root = of_root.as_str().unwrap();
    let (reads_commands, _) = app.key(&["commands:read"], json!({})).await;
    let (reads_keys, _) = app.key(&["commands:read", "keys:read"], json!({})).await;
    let (few, many) = (app.with_key(&reads_commands), app.with_key(&reads_keys));
    let own_name = app.owner().get("/v1/whoami").await.expect(200).body["key"]["name"].clone();
    assert_eq!((name(&app.owner(), &own).await, name(&many, &own).await), (own_name.clone(), own_name));
    assert_eq!(name(&few, &own).await, Value::Null);
    // A root key belongs to no organization, and is in no list of one.
    assert_eq!(name(&many, of_root).await, Value::Null);
    assert_eq!(name(&root, of_root).await, "First root key");
}
