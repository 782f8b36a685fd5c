//! Names next to ids: `include`.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn inventory(app: &TestApp) -> (String, String) {
    app.site("default", "Berlin", json!({})).await;
    let host = app.node(json!({ "name": "big", "site": "Berlin" })).await;
    let guest = app.node(json!({ "name": "guest", "host": "big", "labels": { "env": "prod" } })).await;
    let service =
        json!({ "type": "mysql", "name": "orders", "address": "db", "port": 1, "nodes": ["big", "guest"] });
    app.owner().post("/v1/services", service).await.expect(201);
    app.owner().post("/v1/agents", json!({ "type": "node_exporter", "runs_on": "guest" })).await.expect(201);
    (host, guest)
}

#[tokio::test]
async fn names_of_sites_hosts_and_nodes_are_beside_their_ids() {
    let app = TestApp::new().await;
    let (host, guest) = inventory(&app).await;
    let owner = app.owner();
    let nodes = owner.get("/v1/nodes?include=site,host").await.expect(200).body;
    let names = |n: usize| [nodes["items"][n]["site_name"].clone(), nodes["items"][n]["host_name"].clone()];
    assert_eq!((names(0), names(1)), ([json!("Berlin"), Value::Null], [Value::Null, json!("big")]));
    let one = owner.get("/v1/nodes/guest?include=host").await.expect(200);
    assert_eq!((&one.body["host_name"], one.body.get("site_name")), (&json!("big"), None));
    assert!(owner.get("/v1/nodes/guest").await.expect(200).body.get("host_name").is_none());
    for path in ["/v1/services?include=nodes", "/v1/services/orders?include=nodes"] {
        let answer = owner.get(path).await.expect(200).body;
        let service = answer["items"].get(0).unwrap_or(&answer);
        let expected: Vec<&str> = service["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| if *id == json!(host) { "big" } else { "guest" })
            .collect();
        assert_eq!(service["node_names"], json!(expected), "{path}");
    }
    let agents = owner.get("/v1/agents?include=node").await.expect(200).body;
    assert_eq!(
        (&agents["items"][0]["runs_on"], &agents["items"][0]["node_name"]),
        (&json!(guest), &json!("guest"))
    );
    let agent = agents["items"][0]["id"].as_str().unwrap();
    let agent = owner.get(&format!("/v1/agents/{agent}?include=node")).await.expect(200).body;
    assert_eq!(agent["node_name"], "guest");
    let window = json!({ "name": "w", "selector": "", "site": "Berlin", "cron": "0 2 * * *", "duration_seconds": 3600 });
    owner.post("/v1/maintenance_windows", window).await.expect(201);
    for path in ["/v1/maintenance_windows?include=site", "/v1/maintenance_windows/w?include=site"] {
        let answer = owner.get(path).await.expect(200).body;
        assert_eq!(answer["items"].get(0).unwrap_or(&answer)["site_name"], "Berlin", "{path}");
    }
    let refused = owner.get("/v1/nodes?include=rack").await.problem(400, "invalid");
    assert!(refused.field("include").contains("expected some of site, host"), "{:#}", refused.body);
}

#[tokio::test]
async fn a_name_is_null_for_who_may_not_read_or_reach_the_object() {
    let app = TestApp::new().await;
    inventory(&app).await;
    let (blind, _) = app.key(&["nodes:read"], json!({})).await;
    let nodes = app.with_key(&blind).get("/v1/nodes?include=site,host").await.expect(200).body;
    assert_eq!(nodes["items"][0]["site_name"], Value::Null);
    assert!(nodes["items"][0]["site_id"].is_string());
    assert_eq!(nodes["items"][1]["host_name"], "big");
    let (narrow, _) = app.key(&["nodes:read"], json!({ "reach": { "labels": "env=prod" } })).await;
    let nodes = app.with_key(&narrow).get("/v1/nodes?include=host").await.expect(200).body;
    assert_eq!(nodes["items"][0]["host_name"], Value::Null, "{nodes:#}");
    let (agents, _) = app.key(&["agents:read"], json!({})).await;
    let agents = app.with_key(&agents).get("/v1/agents?include=node").await.expect(200).body;
    assert_eq!(agents["items"][0]["node_name"], Value::Null);
}

#[tokio::test]
async fn keys_show_their_user_and_role_and_the_audit_trail_its_objects() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let user = app.user("default", "ann@example.com", "viewer").await;
    let role = json!({ "name": "Readers", "scopes": ["nodes:read"] });
    let role = owner.post("/v1/roles", role).await.expect(201).body["id"].clone();
    for (name, more) in [
        ("of-user", json!({ "user": user })),
        ("own-role", json!({ "role": role })),
        ("built-in", json!({ "role": "viewer" })),
        ("plain", json!({})),
    ] {
        let mut body = json!({ "name": name, "scopes": [] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        owner.post("/v1/keys", body).await.expect(201);
    }
    let keys = owner.get("/v1/keys?include=user,role&sort=name").await.expect(200).body;
    let shown = |name: &str| {
        let key = keys["items"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap();
        [key["user_name"].clone(), key["role_name"].clone()]
    };
    assert_eq!(shown("of-user"), [json!("ann@example.com"), Value::Null]);
    assert_eq!(shown("own-role"), [Value::Null, json!("Readers")]);
    assert_eq!(shown("built-in"), [Value::Null, json!("viewer")]);
    assert_eq!(shown("plain"), [Value::Null, Value::Null]);
    let one = owner.get("/v1/keys/own-role?include=role").await.expect(200).body;
    assert_eq!(one["role_name"], "Readers");

    let site = app.site("default", "Berlin", json!({})).await;
    owner.patch(&format!("/v1/sites/{site}"), json!({ "name": "Berlin 2" })).await.expect(200);
    let key = owner.get("/v1/whoami").await.expect(200).body["key"]["name"].clone();
    let path = "/v1/audit?operation=sites.update&include=actor,targets";
    let entry = owner.get(path).await.expect(200).body["items"][0].clone();
    assert_eq!((&entry["actor_name"], &entry["target_names"]), (&key, &json!(["Berlin 2"])));
    owner.delete(&format!("/v1/sites/{site}")).await.expect(200);
    let entry = owner.get(path).await.expect(200).body["items"][0].clone();
    assert_eq!(entry["target_names"], json!([null]));
    let (auditor, _) = app.key(&["audit:read"], json!({})).await;
    let entry = app.with_key(&auditor).get(path).await.expect(200).body["items"][0].clone();
    assert_eq!((&entry["actor_name"], &entry["target_names"]), (&Value::Null, &json!([null])));
    // The chain of hashes does not contain the names.
    assert_eq!(owner.get("/v1/audit/verify").await.expect(200).body["intact"], true);
}
