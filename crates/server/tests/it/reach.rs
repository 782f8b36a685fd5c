//! Reach: a narrow key sees and touches nothing outside of it.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn names(app: &TestApp, key: &str) -> Vec<Value> {
    app.with_key(key).get("/v1/sites").await.expect(200).items("name")
}

#[tokio::test]
async fn sites_are_narrowed_by_ids_labels_and_nodes() {
    let app = TestApp::new().await;
    let prod = app.site("default", "A", json!({ "env": "prod" })).await;
    let test = app.site("default", "B", json!({ "env": "test" })).await;
    app.organization("other").await;
    let foreign = app.site("other", "C", json!({ "env": "prod" })).await;
    let node = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
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
async fn nothing_is_made_or_moved_out_of_reach() {
    let app = TestApp::new().await;
    let site = app.site("default", "A", json!({ "env": "prod" })).await;
    let (by_label, _) = app.key(&["sites:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&by_label);
    let body = json!({ "name": "B", "labels": { "env": "test" } });
    actor.post("/v1/sites", body).await.problem(403, "reach_too_narrow");
    actor.post("/v1/sites", json!({ "name": "B", "labels": { "env": "prod" } })).await.expect(201);
    let path = format!("/v1/sites/{site}");
    actor.patch(&path, json!({ "labels": {} })).await.problem(403, "reach_too_narrow");
    assert_eq!(app.owner().get(&path).await.body["labels"], json!({ "env": "prod" }), "nothing was done");

    let (by_id, _) = app.key(&["sites:*"], json!({ "reach": { "sites": [site] } })).await;
    app.with_key(&by_id).post("/v1/sites", json!({ "name": "C" })).await.problem(403, "reach_too_narrow");
    // A name that is taken is said, who has it only to those who see it.
    let taken = app.with_key(&by_id).patch(&path, json!({ "name": "B" })).await.problem(409, "taken");
    assert!(taken.body["detail"].as_str().unwrap().ends_with("another site has it"), "{:#}", taken.body);
}

#[tokio::test]
async fn a_partial_reach_administers_no_keys_and_reads_no_trail() {
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
async fn a_root_key_may_be_held_to_some_organizations() {
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
    assert_eq!(actor.get("/v1/keys").await.expect(200).body["items"], json!([]), "no root keys");
}
