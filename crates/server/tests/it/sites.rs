//! Sites: create, list, get, update, delete, import, export.

use serde_json::{Value, json};

use crate::app::{Reply, TestApp};

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

fn import(format: &str, data: &str, existing: &str) -> Value {
    json!({ "format": format, "data": data, "existing": existing })
}

fn counts(reply: &Reply) -> [u64; 3] {
    ["created", "updated", "unchanged"].map(|name| reply.body[name].as_u64().unwrap())
}

#[tokio::test]
async fn exported_sites_are_imported_unchanged() {
    let app = TestApp::new().await;
    let owner = app.owner();
    for body in [
        json!({ "name": "Berlin", "description": "Plant 1, \"old\"", "labels": { "env": "prod", "note": "a, b" } }),
        json!({ "name": "=1+1" }),
    ] {
        owner.post("/v1/sites", body).await.expect(201);
    }
    let before = owner.get("/v1/sites").await.expect(200).body;
    for format in ["jsonl", "csv"] {
        let out = owner.get(&format!("/v1/sites/export?format={format}")).await.expect(200);
        assert_eq!((&out.body["count"], &out.body["total"]), (&json!(2), &json!(2)));
        let data = out.body["data"].as_str().unwrap();
        let again = owner.post("/v1/sites/import", import(format, data, "update")).await.expect(200);
        assert_eq!(counts(&again), [0, 0, 2]);
        assert_eq!(owner.get("/v1/sites").await.body, before, "the import changed sites");
        app.organization(format).await;
        let path = format!("/v1/sites/import?organization={format}");
        let made = app.root().post(&path, import(format, data, "refuse")).await.expect(200);
        assert_eq!(counts(&made), [2, 0, 0]);
        let path = format!("/v1/sites/export?organization={format}&format={format}");
        assert_eq!(app.root().get(&path).await.expect(200).body["data"], data);
    }
    let found = owner.get("/v1/sites/export?labels=env%3Dprod").await.expect(200).body;
    assert_eq!((&found["count"], &found["total"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn an_import_of_sites_creates_and_changes_all_or_none() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.site("default", "Berlin", json!({ "env": "prod" })).await;
    let lines = "name,description,label.env\nBerlin,Two halls,\nHamburg,,test\n";
    let refused = owner.post("/v1/sites/import", import("csv", lines, "refuse")).await;
    refused.problem(400, "invalid").field("line 2: name");
    let twice = format!("{lines}Hamburg,,\n");
    let refused = owner.post("/v1/sites/import", import("csv", &twice, "update")).await;
    refused.problem(400, "invalid").field("line 4: name");
    assert_eq!(owner.get("/v1/sites").await.expect(200).items("name"), ["Berlin"]);
    let mut body = import("csv", lines, "update");
    body["dry_run"] = true.into();
    assert_eq!(counts(&owner.post("/v1/sites/import", body).await.expect(200)), [1, 1, 0]);
    assert_eq!(owner.get("/v1/sites").await.expect(200).items("name"), ["Berlin"]);
    let made = owner.post("/v1/sites/import", import("csv", lines, "update")).await.expect(200);
    assert_eq!(counts(&made), [1, 1, 0]);
    let sites = owner.get("/v1/sites").await.expect(200);
    assert_eq!(sites.items("description"), [json!("Two halls"), json!(null)]);
    // A field without a value is not stated.
    assert_eq!(sites.items("labels"), [json!({ "env": "prod" }), json!({ "env": "test" })]);
    let audit = owner.get("/v1/audit?operation=sites.import&outcome=allowed").await.expect(200);
    assert_eq!(audit.items("reason"), [json!("1 created, 1 updated")]);
}

#[tokio::test]
async fn an_import_of_sites_stays_in_the_reach_of_its_caller() {
    let app = TestApp::new().await;
    let berlin = app.site("default", "Berlin", json!({ "env": "prod" })).await;
    app.site("default", "Hamburg", json!({ "env": "test" })).await;
    let (key, _) = app.key(&["sites:*"], json!({ "reach": { "labels": "env=test" } })).await;
    let narrow = app.with_key(&key);
    let import = async |lines: &str| narrow.post("/v1/sites/import", import("jsonl", lines, "update")).await;
    let refused =
        import("{\"name\":\"Berlin\",\"labels\":{\"env\":\"test\"}}\n").await.problem(400, "invalid");
    refused.field("line 1: name");
    assert!(!refused.body.to_string().contains(&berlin), "the id of a site out of reach is told");
    for lines in ["{\"name\":\"New\"}\n", "{\"name\":\"Hamburg\",\"labels\":{\"env\":\"prod\"}}\n"] {
        import(lines).await.problem(400, "invalid").field("line 1");
    }
    let made = import("{\"name\":\"New\",\"labels\":{\"env\":\"test\"}}\n").await.expect(200);
    assert_eq!(counts(&made), [1, 0, 0]);
    assert_eq!(narrow.get("/v1/sites/export").await.expect(200).body["count"], 2);
}
