//! Reach: a narrow key sees and touches nothing outside of it.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn names(app: &TestApp, key: &str) -> Vec<Value> {
    app.with_key(key).get("/v1/sites").await.expect(200).items("name")
}

#[tokio::test]
async fn a_reach_limits_sites_by_ids_labels_and_nodes() {
    let app = TestApp::new().await;
    let prod = app.site("default", "A", json!({ "env": "prod" })).await;
    let test = app.site("default", "B", json!({ "env": "test" })).await;
    app.organization("other").await;
    let foreign = app.site("other", "C", json!({ "env": "prod" })).await;
    let node = app.node(json!({ "name": "db-1", "site": prod })).await;
    for (reach, expected) in [
        (json!({}), vec!["A", "B"]),
        (json!({ "labels": "env=prod" }), vec!["A"]),
        (json!({ "labels": "env!=prod" }), vec!["B"]),
        (json!({ "sites": [test] }), vec!["B"]),
        (json!({ "sites": [test], "labels": "env=prod" }), vec![]),
        (json!({ "sites": [] }), vec![]),
        (json!({ "nodes": [node] }), vec![]),
        (json!({ "nodes": [] }), vec![]),
    ] {
        let (key, _) = app.key(&["sites:*"], json!({ "reach": reach })).await;
        assert_eq!(names(&app, &key).await, expected, "{reach}");
        for (id, name) in [(&prod, "A"), (&test, "B"), (&foreign, "C")] {
            let path = format!("/v1/sites/{id}");
            let actor = app.with_key(&key);
            if expected.contains(&name) {
                actor.get(&path).await.expect(200);
                actor.patch(&path, json!({})).await.expect(200);
            } else {
                actor.get(&path).await.problem(404, "not_found");
                actor.patch(&path, json!({ "name": "Mine" })).await.problem(404, "not_found");
                actor.delete(&path).await.problem(404, "not_found");
                actor.delete(&format!("{path}?dry_run=true")).await.problem(404, "not_found");
            }
        }
    }
}

#[tokio::test]
async fn a_site_cannot_be_created_or_moved_out_of_reach() {
    let app = TestApp::new().await;
    let site = app.site("default", "A", json!({ "env": "prod" })).await;
    let (by_label, _) = app.key(&["sites:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&by_label);
    let body = json!({ "name": "B", "labels": { "env": "test" } });
    actor.post("/v1/sites", body).await.problem(403, "reach_too_narrow");
    actor.post("/v1/sites", json!({ "name": "B", "labels": { "env": "prod" } })).await.expect(201);
    let path = format!("/v1/sites/{site}");
    actor.patch(&path, json!({ "labels": {} })).await.problem(403, "reach_too_narrow");
    assert_eq!(
        app.owner().get(&path).await.body["labels"],
        json!({ "env": "prod" }),
        "a refused edit changed the site"
    );

    let (by_id, _) = app.key(&["sites:*"], json!({ "reach": { "sites": [site] } })).await;
    app.with_key(&by_id).post("/v1/sites", json!({ "name": "C" })).await.problem(403, "reach_too_narrow");
    // A name that is taken is said, who has it only to those who see it.
    let taken = app.with_key(&by_id).patch(&path, json!({ "name": "B" })).await.problem(409, "taken");
    assert!(taken.body["detail"].as_str().unwrap().ends_with("another site has it"), "{:#}", taken.body);
}

#[tokio::test]
async fn a_partial_reach_cannot_manage_keys_or_read_the_audit_trail() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["*:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&key);
    actor.get("/v1/keys").await.problem(403, "reach_too_narrow");
    actor.get(&format!("/v1/keys/{id}")).await.problem(403, "reach_too_narrow");
    actor.post("/v1/keys", json!({ "name": "x", "scopes": [] })).await.problem(403, "reach_too_narrow");
    actor.get("/v1/audit").await.problem(403, "reach_too_narrow");
    actor.patch("/v1/organizations/default", json!({ "name": "x" })).await.problem(403, "reach_too_narrow");
    actor.get("/v1/whoami").await.expect(200);
    let verdict = actor.post("/v1/whoami/can", json!({ "operation": "keys.list" })).await.expect(200);
    assert_eq!(verdict.body, json!({ "allowed": false, "missing": "reach" }));
}

#[tokio::test]
async fn a_root_key_can_be_limited_to_some_organizations() {
    let app = TestApp::new().await;
    let first = app.organization("first").await;
    app.organization("second").await;
    let key = app.root_key(&["*:*".into()], json!({ "organizations": [first] })).await;
    let actor = app.with_key(&key);
    assert_eq!(actor.get("/v1/organizations").await.expect(200).items("slug"), ["first"]);
    actor.get("/v1/sites?organization=first").await.expect(200);
    actor.get("/v1/sites?organization=second").await.problem(404, "not_found");
    actor.get("/v1/organizations/second").await.problem(404, "not_found");
    actor.delete("/v1/organizations/second?force=true").await.problem(404, "not_found");
    actor
        .post("/v1/organizations", json!({ "name": "x", "slug": "x" }))
        .await
        .problem(403, "reach_too_narrow");
    actor.get("/v1/audit").await.problem(400, "organization_required");
    // It makes no root keys: those it could not see.
    let own = json!({ "name": "x", "kind": "root", "scopes": [], "reach": { "organizations": [first] } });
    actor.post("/v1/keys", own).await.problem(403, "reach_too_narrow");
    let other = json!({ "name": "x", "scopes": [] });
    actor.post("/v1/keys?organization=second", other).await.problem(404, "not_found");
    assert_eq!(actor.get("/v1/keys").await.expect(200).body["items"], json!([]), "the key sees root keys");
}

#[tokio::test]
async fn a_reach_limits_nodes_by_sites_labels_and_ids() {
    let app = TestApp::new().await;
    let berlin = app.site("default", "Berlin", json!({ "env": "prod" })).await;
    let bonn = app.site("default", "Bonn", json!({})).await;
    let a = app.node(json!({ "name": "a", "site": berlin, "labels": { "env": "prod" } })).await;
    let b = app.node(json!({ "name": "b", "site": bonn, "labels": { "env": "prod" } })).await;
    let c = app.node(json!({ "name": "c", "labels": { "env": "test" } })).await;
    for (reach, expected) in [
        (json!({}), vec!["a", "b", "c"]),
        (json!({ "sites": [berlin] }), vec!["a"]),
        (json!({ "sites": [berlin, bonn] }), vec!["a", "b"]),
        (json!({ "sites": [] }), vec![]),
        (json!({ "labels": "env=prod" }), vec!["a", "b"]),
        (json!({ "labels": "env!=prod" }), vec!["c"]),
        (json!({ "nodes": [a, c] }), vec!["a", "c"]),
        (json!({ "nodes": [a, c], "labels": "env=test" }), vec!["c"]),
        (json!({ "sites": [bonn], "nodes": [a, b] }), vec!["b"]),
    ] {
        let (key, _) = app.key(&["nodes:*"], json!({ "reach": reach })).await;
        let actor = app.with_key(&key);
        assert_eq!(actor.get("/v1/nodes").await.expect(200).items("name"), expected, "{reach}");
        for (id, name) in [(&a, "a"), (&b, "b"), (&c, "c")] {
            for path in [format!("/v1/nodes/{id}"), format!("/v1/nodes/{name}")] {
                if expected.contains(&name) {
                    actor.get(&path).await.expect(200);
                    actor.patch(&path, json!({ "model": "X" })).await.expect(200);
                } else {
                    actor.get(&path).await.problem(404, "not_found");
                    actor.patch(&path, json!({ "name": "mine" })).await.problem(404, "not_found");
                    actor.delete(&path).await.problem(404, "not_found");
                    actor.delete(&format!("{path}?dry_run=true")).await.problem(404, "not_found");
                }
            }
        }
    }
    let nobody = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
    let body = json!({ "name": "x", "scopes": [], "reach": { "nodes": [a, nobody] } });
    let refused = app.owner().post("/v1/keys", body).await.problem(400, "invalid");
    assert!(refused.body["errors"][0]["detail"].as_str().unwrap().contains("there is no node"));
}

#[tokio::test]
async fn a_node_cannot_be_created_or_moved_out_of_reach() {
    let app = TestApp::new().await;
    let berlin = app.site("default", "Berlin", json!({})).await;
    let bonn = app.site("default", "Bonn", json!({})).await;
    app.node(json!({ "name": "here", "site": berlin })).await;
    let there = app.node(json!({ "name": "there", "site": bonn })).await;
    let (key, _) = app.key(&["nodes:*"], json!({ "reach": { "sites": [berlin] } })).await;
    let actor = app.with_key(&key);
    let node = |more: Value| {
        let mut body = json!({ "type": "generic", "name": "new", "address": "10.0.0.1" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    actor.post("/v1/nodes", node(json!({}))).await.problem(403, "reach_too_narrow");
    for site in [bonn.as_str(), "Bonn"] {
        let refused = actor.post("/v1/nodes", node(json!({ "site": site }))).await.problem(400, "invalid");
        assert_eq!(refused.field("site"), format!("there is no site {site}"));
        let refused = actor.patch("/v1/nodes/here", json!({ "site": site })).await.problem(400, "invalid");
        assert_eq!(refused.field("site"), format!("there is no site {site}"));
        actor.get(&format!("/v1/nodes?site={site}")).await.problem(400, "invalid").field("site");
    }
    actor.patch("/v1/nodes/here", json!({ "site": null })).await.problem(403, "reach_too_narrow");
    for host in [there.as_str(), "there"] {
        let body = node(json!({ "site": berlin, "host": host }));
        let refused = actor.post("/v1/nodes", body).await.problem(400, "invalid");
        assert_eq!(refused.field("host"), format!("there is no node {host}"));
    }
    actor.post("/v1/nodes", node(json!({ "site": "Berlin", "host": "here" }))).await.expect(201);
    // A name that is taken is said, who has it only to those who see it.
    let taken = actor.patch("/v1/nodes/new", json!({ "name": "there" })).await.problem(409, "taken");
    assert!(taken.body["detail"].as_str().unwrap().ends_with("another node has it"), "{:#}", taken.body);
    let (labels, _) = app.key(&["nodes:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&labels);
    actor.post("/v1/nodes", node(json!({ "name": "p" }))).await.problem(403, "reach_too_narrow");
    let body = node(json!({ "name": "p", "labels": { "env": "prod" } }));
    actor.post("/v1/nodes", body).await.expect(201);
    actor.patch("/v1/nodes/p", json!({ "labels": {} })).await.problem(403, "reach_too_narrow");
    assert_eq!(actor.get("/v1/nodes/p").await.body["revision"], 1, "a refused edit changed the node");
    // One that is narrowed to single nodes makes none.
    let (one, _) = app.key(&["nodes:*"], json!({ "reach": { "nodes": [there] } })).await;
    app.with_key(&one).post("/v1/nodes", node(json!({ "name": "q" }))).await.problem(403, "reach_too_narrow");
}
