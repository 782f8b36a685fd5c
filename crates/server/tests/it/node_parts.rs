//! Nodes that are created together with their agents and services, and in place of another node.

use serde_json::{Value, json};

use crate::app::TestApp;

fn node(name: &str, more: Value) -> Value {
    let mut body = json!({ "type": "generic", "name": name, "address": format!("{name}.example.com") });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// A service with its agent.
fn database(name: &str) -> Value {
    json!({
        "type": "mysql", "name": name, "socket": "/run/mysqld.sock",
        "agent": { "settings": { "username": "pmm" }, "secrets": { "password": "swordfish" } },
    })
}

/// How many nodes, services and agents there are.
async fn counts(app: &TestApp) -> [usize; 3] {
    let mut counts = [0; 3];
    for (n, noun) in ["nodes", "services", "agents"].into_iter().enumerate() {
        counts[n] = app.owner().get(&format!("/v1/{noun}")).await.expect(200).items("id").len();
    }
    counts
}

#[tokio::test]
async fn a_node_is_created_with_its_agents_and_services() {
    let app = TestApp::new().await;
    let agents = json!([
        { "type": "bailiwick_agent" },
        { "type": "node_exporter", "settings": { "disabled_collectors": ["wifi"] }, "labels": { "a": "b" } },
    ]);
    let body = node("db-1", json!({ "agents": agents, "services": [database("orders")] }));
    let made = app.owner().post("/v1/nodes", body).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.headers["location"].to_str().unwrap(), format!("/v1/nodes/{id}"));
    assert_eq!(made.body["agents"][1]["settings"], json!({ "disabled_collectors": ["wifi"] }));
    assert_eq!(made.body["agents"][1]["observes"]["nodes"], json!([id]));
    let service = &made.body["services"][0];
    assert_eq!((&service["name"], &service["nodes"]), (&json!("orders"), &json!([id])));
    let exporter = &service["agents"][0];
    assert_eq!((&exporter["type"], &exporter["runs_on"]), (&json!("mysqld_exporter"), &json!(id)));
    assert_eq!(exporter["secrets"], json!(["password"]));
    assert!(!made.body.to_string().contains("swordfish"));
    assert_eq!(counts(&app).await, [1, 1, 3]);
    // One entry in the trail names all of them.
    let trail = app.owner().get("/v1/audit?operation=nodes.create").await.expect(200).body;
    let nouns = trail["items"][0]["targets"].as_array().unwrap().iter().map(|target| &target["noun"]);
    assert_eq!(nouns.collect::<Vec<_>>(), ["node", "agent", "agent", "service", "agent"]);
    // A node by itself is answered as before, with empty lists.
    let bare = app.owner().post("/v1/nodes", node("db-2", json!({}))).await.expect(201).body;
    assert_eq!((&bare["agents"], &bare["services"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn a_part_that_is_wrong_or_taken_leaves_nothing_behind() {
    let app = TestApp::new().await;
    app.owner()
        .post("/v1/nodes", node("db-1", json!({ "services": [database("orders")] })))
        .await
        .expect(201);
    let before = counts(&app).await;
    for (more, field) in [
        (json!({ "agents": [{ "type": "mysqld_exporter" }] }), "agents[0].settings.username"),
        (json!({ "agents": [{ "type": "rds_exporter" }, { "type": "nonsense" }] }), "agents[1].type"),
        (
            json!({ "services": [database("a"), { "type": "mysql", "name": "b", "agent": {} }] }),
            "services[1].agent.settings.username",
        ),
        (
            json!({ "services": [{ "type": "mysql", "name": "b", "nodes": ["nowhere"] }] }),
            "services[0].nodes[0]",
        ),
        (json!({ "services": vec![database("x"); 21] }), "services"),
    ] {
        let refused = app.owner().post("/v1/nodes", node("db-2", more)).await.problem(400, "invalid");
        refused.field(field);
        assert_eq!(counts(&app).await, before, "{field}");
    }
    let twins = json!([{ "type": "node_exporter" }, { "type": "node_exporter" }]);
    app.owner().post("/v1/nodes", node("db-2", json!({ "agents": twins }))).await.expect(409);
    let taken = node("db-2", json!({ "services": [database("orders")] }));
    let taken = app.owner().post("/v1/nodes", taken).await.problem(409, "taken");
    assert_eq!(counts(&app).await, before);
    assert!(taken.body["detail"].as_str().unwrap().contains("service"), "{:#}", taken.body);
}

#[tokio::test]
async fn a_node_replaces_the_one_with_its_name_and_all_that_depended_on_it() {
    let app = TestApp::new().await;
    let first =
        node("db-1", json!({ "agents": [{ "type": "bailiwick_agent" }], "services": [database("orders")] }));
    let first = app.owner().post("/v1/nodes", first).await.expect(201).body["id"].clone();
    app.owner().post("/v1/nodes", node("DB-1", json!({}))).await.problem(409, "taken");
    // An invalid request leaves the old node in place.
    let wrong = node("db-1", json!({ "replace": true, "agents": [{ "type": "mysqld_exporter" }] }));
    app.owner().post("/v1/nodes", wrong).await.problem(400, "invalid");
    assert_eq!(counts(&app).await, [1, 1, 2]);
    let again = node("DB-1.", json!({ "replace": true, "services": [database("orders")] }));
    let again = app.owner().post("/v1/nodes", again).await.expect(201).body["id"].clone();
    assert_ne!(first, again);
    assert_eq!(counts(&app).await, [1, 1, 1]);
    app.owner().get(&format!("/v1/nodes/{}", first.as_str().unwrap())).await.problem(404, "not_found");
    let trail = app.owner().get("/v1/audit?operation=nodes.create").await.expect(200).body;
    let targets = trail["items"][0]["targets"].to_string();
    assert!(targets.contains(first.as_str().unwrap()) && targets.contains(again.as_str().unwrap()));
    // Without such a node there is nothing to replace.
    app.owner().post("/v1/nodes", node("db-3", json!({ "replace": true }))).await.expect(201);
}

#[tokio::test]
async fn what_is_created_or_replaced_with_a_node_needs_its_own_scope() {
    let app = TestApp::new().await;
    app.owner()
        .post("/v1/nodes", node("old", json!({ "agents": [{ "type": "bailiwick_agent" }] })))
        .await
        .expect(201);
    for (scopes, body, missing) in [
        (
            &["nodes.create"][..],
            node("a", json!({ "agents": [{ "type": "bailiwick_agent" }] })),
            "agents.create",
        ),
        (&["nodes.create"], node("a", json!({ "services": [database("x")] })), "services.create"),
        (
            &["nodes.create", "services.create"],
            node("a", json!({ "services": [database("x")] })),
            "agents.create",
        ),
        (&["nodes.create"], node("old", json!({ "replace": true })), "nodes.delete"),
        (&["nodes.create", "nodes.delete"], node("old", json!({ "replace": true })), "agents.delete"),
    ] {
        let (key, _) = app.key(scopes, json!({})).await;
        let refused = app.with_key(&key).post("/v1/nodes", body).await.problem(403, "scope_missing");
        assert_eq!(refused.body["missing_scope"], missing);
    }
    assert_eq!(counts(&app).await, [1, 0, 1]);
    // A node out of reach is not replaced, and stays in the way.
    let (key, _) = app.key(&["*:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let body = node("old", json!({ "replace": true, "labels": { "env": "prod" } }));
    app.with_key(&key).post("/v1/nodes", body).await.problem(409, "taken");
    assert_eq!(counts(&app).await, [1, 0, 1]);
}
