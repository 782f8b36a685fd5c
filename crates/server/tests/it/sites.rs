//! Sites: create, list, get, update, delete.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_site_is_created_shown_changed_and_deleted() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let body = json!({ "name": "Berlin", "description": "Plant 1", "labels": { "env": "prod" } });
    let made = owner.post("/v1/sites", body).await.expect(201);
    let path = format!("/v1/sites/{}", made.body["id"].as_str().unwrap());
    assert_eq!(owner.get(&path).await.expect(200).body, made.body);
    let changed = owner.patch(&path, json!({ "description": null })).await.expect(200);
    assert_eq!((&changed.body["description"], &changed.body["name"]), (&json!(null), &json!("Berlin")));
    for body in [json!({ "name": null }), json!({ "labels": null })] {
        owner.patch(&path, body).await.problem(400, "invalid");
    }
    let taken = owner.post("/v1/sites", json!({ "name": "Berlin" })).await.problem(409, "taken");
    assert!(
        taken.body["detail"].as_str().unwrap().contains(made.body["id"].as_str().unwrap()),
        "the error does not name the other site"
    );
    let would = owner.delete(&format!("{path}?dry_run=true")).await.expect(200);
    let items = json!([{ "id": made.body["id"], "name": "Berlin" }]);
    let removed = json!([{ "noun": "sites", "effect": "deleted", "count": 1, "items": items }]);
    assert_eq!(would.body, json!({ "dry_run": true, "removed": removed }));
    owner.get(&path).await.expect(200);
    owner.delete(&path).await.expect(200);
    owner.get(&path).await.problem(404, "not_found");
    owner.delete(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn pages_return_every_site_once_in_order() {
    let app = TestApp::new().await;
    for n in 0..7 {
        app.site("default", &format!("S{n}"), json!({ "even": (n % 2 == 0).to_string() })).await;
        app.advance(1);
    }
    for (sort, first) in [("name", "S0"), ("-name", "S6"), ("created_at", "S0"), ("-created_at", "S6")] {
        let mut seen = Vec::new();
        let mut path = format!("/v1/sites?limit=3&sort={sort}");
        loop {
            let page = app.owner().get(&path).await.expect(200);
            seen.extend(page.items("name"));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("/v1/sites?limit=3&sort={sort}&cursor={cursor}");
        }
        assert_eq!((seen.len(), &seen[0]), (7, &json!(first)), "{sort}");
        seen.sort_by_key(|name| name.to_string());
        seen.dedup();
        assert_eq!(seen.len(), 7);
    }
    let even = app.owner().get("/v1/sites?labels=even%3Dtrue").await.expect(200);
    assert_eq!(even.items("name"), ["S0", "S2", "S4", "S6"]);
    // A cursor of another order is none of this one.
    let page = app.owner().get("/v1/sites?limit=1").await.expect(200);
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let path = format!("/v1/sites?limit=1&sort=-name&cursor={cursor}");
    app.owner().get(&path).await.problem(400, "invalid").field("cursor");
}

#[tokio::test]
async fn a_stale_edit_is_refused_with_the_current_state() {
    let app = TestApp::new().await;
    let made = app.owner().post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201);
    let path = format!("/v1/sites/{}", made.body["id"].as_str().unwrap());
    let etag = made.headers["etag"].to_str().unwrap().to_owned();
    let first =
        app.owner().header("if-match", &etag).patch(&path, json!({ "name": "Bonn" })).await.expect(200);
    let second = app.owner().header("if-match", &etag).patch(&path, json!({ "name": "Kiel" })).await;
    let second = second.problem(412, "changed");
    assert_eq!(second.body["current"], first.body);
    assert_eq!(second.headers["etag"], first.headers["etag"]);
    app.owner().header("if-match", &etag).delete(&path).await.problem(412, "changed");
    assert_eq!(app.owner().get(&path).await.body["name"], "Bonn");
    app.owner().header("if-match", "*").patch(&path, json!({ "name": "Kiel" })).await.expect(200);
    let both = format!("{etag}, \"3\"");
    app.owner().header("if-match", &both).delete(&path).await.expect(200);
}

#[tokio::test]
async fn nodes_of_a_deleted_site_are_detached_and_kept() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let site = app.site("default", "Berlin", json!({})).await;
    let node = app.node(json!({ "name": "db-1", "site": "Berlin", "labels": { "env": "prod" } })).await;
    let other = app.node(json!({ "name": "db-2", "site": site })).await;
    let path = format!("/v1/sites/{site}");
    let items = json!([{ "id": node, "name": "db-1" }, { "id": other, "name": "db-2" }]);
    let nodes = json!({ "noun": "nodes", "effect": "detached", "count": 2, "items": items });
    let refused = owner.delete(&path).await.problem(409, "in_use");
    assert_eq!(refused.body["dependants"], json!([nodes]));
    // Who does not reach each of them cannot, and is not told what they are.
    let (narrow, _) = app.key(&["sites:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    app.with_key(&narrow).delete(&path).await.problem(404, "not_found");
    owner.patch(&path, json!({ "labels": { "env": "prod" } })).await.expect(200);
    for query in ["", "?force=true", "?dry_run=true"] {
        let refused = app.with_key(&narrow).delete(&format!("{path}{query}")).await;
        let body = refused.problem(403, "reach_too_narrow").body.to_string();
        assert!(!body.contains(r#""db-"#) && !body.contains(&other), "{body}");
    }
    let would = owner.delete(&format!("{path}?dry_run=true")).await.expect(200);
    assert_eq!(would.body["removed"][1], nodes);
    owner.get(&path).await.expect(200);
    let gone = owner.delete(&format!("{path}?force=true")).await.expect(200);
    assert_eq!(gone.body["removed"], would.body["removed"]);
    owner.get(&path).await.problem(404, "not_found");
    let left = owner.get("/v1/nodes/db-1").await.expect(200).body;
    assert_eq!((&left["site_id"], &left["revision"]), (&json!(null), &json!(2)));
    let entry = owner.get("/v1/audit?operation=sites.delete").await.expect(200).body["items"][0].clone();
    assert_eq!(entry["targets"].as_array().unwrap().len(), 3, "{entry:#}");
}
