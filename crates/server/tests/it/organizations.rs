//! Organizations: made and deleted by root keys, seen by their own.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn an_organization_is_found_by_id_and_slug() {
    let app = TestApp::new().await;
    let made =
        app.root().post("/v1/organizations", json!({ "name": "Acme", "slug": "acme" })).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    for name in [id, "acme"] {
        let shown = app.root().get(&format!("/v1/organizations/{name}")).await.expect(200);
        assert_eq!(shown.body, made.body);
        app.root().get(&format!("/v1/sites?organization={name}")).await.expect(200);
    }
    let taken = app.root().post("/v1/organizations", json!({ "name": "x", "slug": "acme" })).await;
    assert!(taken.problem(409, "taken").body["detail"].as_str().unwrap().contains(id));
    app.root().patch("/v1/organizations/acme", json!({ "slug": "acme-2" })).await.expect(200);
    app.root().get("/v1/sites?organization=acme").await.problem(404, "not_found");
    app.root().get("/v1/sites?organization=acme-2").await.expect(200);
    let slugs = app.root().get("/v1/organizations?sort=-slug").await.expect(200).items("slug");
    assert_eq!(slugs, ["default", "acme-2"]);
    assert_eq!(app.owner().get("/v1/organizations").await.expect(200).items("slug"), ["default"]);
}

#[tokio::test]
async fn an_organization_with_objects_is_deleted_only_with_force() {
    let app = TestApp::new().await;
    let acme = app.organization("acme").await;
    let site = app.site("acme", "Berlin", json!({})).await;
    let body = json!({ "type": "machine_tool", "name": "mill-1", "site": site });
    let node = app.root().post("/v1/nodes?organization=acme", body).await.expect(201);
    let (_, key) = app.key_in("acme", &[], json!({})).await;
    let refused = app.root().delete("/v1/organizations/acme").await.problem(409, "in_use");
    let of = |noun, id: &serde_json::Value, name| json!({ "noun": noun, "effect": "deleted", "count": 1, "items": [{ "id": id, "name": name }] });
    let dependants = [
        of("sites", &json!(site), "Berlin"),
        of("nodes", &node.body["id"], "mill-1"),
        of("keys", &json!(key), "A key"),
    ];
    assert_eq!(refused.body["dependants"], json!(dependants));
    let mut all = vec![of("organizations", &json!(acme), "acme")];
    all.extend(dependants);
    let would = app.root().delete("/v1/organizations/acme?dry_run=true").await.expect(200);
    assert_eq!(would.body, json!({ "dry_run": true, "removed": all }));
    app.root().get("/v1/organizations/acme").await.expect(200);
    let gone = app.root().delete("/v1/organizations/acme?force=true").await.expect(200);
    assert_eq!(gone.body, json!({ "dry_run": false, "removed": all }));
    app.root().get("/v1/organizations/acme").await.problem(404, "not_found");
}

#[tokio::test]
async fn only_a_root_key_learns_that_a_slug_is_taken() {
    let app = TestApp::new().await;
    app.organization("acme").await;
    for slug in ["acme", "free"] {
        app.owner()
            .patch("/v1/organizations/default", json!({ "slug": slug }))
            .await
            .problem(403, "root_only");
    }
    app.owner()
        .patch("/v1/organizations/default", json!({ "name": "New", "slug": "default" }))
        .await
        .expect(200);
}

#[tokio::test]
async fn an_organization_has_a_time_zone() {
    let app = TestApp::new().await;
    let shown = app.owner().get("/v1/organizations/default").await.expect(200).body;
    assert_eq!(shown["time_zone"], "UTC");
    let body = json!({ "name": "Acme", "slug": "acme", "time_zone": "Europe/Berlin" });
    let made = app.root().post("/v1/organizations", body).await.expect(201).body;
    assert_eq!(made["time_zone"], "Europe/Berlin");
    let moved = json!({ "time_zone": "America/New_York" });
    let moved = app.root().patch("/v1/organizations/acme", moved).await.expect(200).body;
    assert_eq!(moved["time_zone"], "America/New_York");
    let listed = app.root().get("/v1/organizations").await.expect(200).items("time_zone");
    assert_eq!(listed, ["America/New_York", "UTC"]);
    for zone in [json!("Europe/Bonn"), json!(null), json!("")] {
        let refused = app.root().patch("/v1/organizations/acme", json!({ "time_zone": zone })).await;
        refused.problem(400, "invalid").field("time_zone");
    }
}
