//! Parts: rejects, and corrections of their number.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn made(app: &TestApp, noun: &str, body: Value) -> Value {
    app.owner().post(&format!("/v1/{noun}"), body).await.expect(201).body
}

fn path(noun: &str, of: &Value) -> String {
    format!("/v1/{noun}/{}", of["id"].as_str().unwrap())
}

#[tokio::test]
async fn rejects_are_made_changed_and_listed() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let scrap = json!({ "node": "mill-1", "kind": "scrap", "parts": 3, "at": "2029-12-31T08:00:00Z" });
    let scrap = made(&app, "rejects", scrap).await;
    let other = json!({ "node": "mill-1", "kind": "nonconforming", "parts": 1_000_000, "note": "Burr" });
    let other = made(&app, "rejects", other).await;
    assert_eq!((&other["at"], &other["note"]), (&json!("2030-01-01T00:00:00Z"), &json!("Burr")));
    for (query, ids) in [
        ("", vec![&other["id"], &scrap["id"]]),
        ("?kind=scrap", vec![&scrap["id"]]),
        ("?node=mill-1&from=2030-01-01T00:00:00Z", vec![&other["id"]]),
        ("?until=2030-01-01T00:00:00Z", vec![&scrap["id"]]),
    ] {
        let listed = app.owner().get(&format!("/v1/rejects{query}")).await.expect(200).items("id");
        assert_eq!(listed.iter().collect::<Vec<_>>(), ids, "{query}");
    }
    let change = json!({ "kind": "nonconforming", "parts": 4, "at": "2029-12-31T09:00:00Z", "note": "x" });
    let changed = app.owner().patch(&path("rejects", &scrap), change.clone()).await.expect(200).body;
    for (member, value) in change.as_object().unwrap() {
        assert_eq!(&changed[member], value, "{member}");
    }
    let shown = app.owner().delete(&format!("{}?dry_run=true", path("rejects", &scrap))).await.expect(200);
    assert_eq!(shown.body["removed"][0]["items"][0]["name"], "4 nonconforming");
    app.owner().delete(&path("rejects", &scrap)).await.expect(200);
    app.owner().get(&path("rejects", &scrap)).await.problem(404, "not_found");
    for (field, value) in [
        ("parts", json!(0)),
        ("parts", json!(1_000_001)),
        ("parts", json!(1.5)),
        ("kind", json!("lost")),
        ("node", json!("none")),
        ("at", json!("yesterday")),
    ] {
        let mut body = json!({ "node": "mill-1", "kind": "scrap", "parts": 3 });
        body[field] = value;
        app.owner().post("/v1/rejects", body).await.problem(400, "invalid").field(field);
    }
    app.owner().patch(&path("rejects", &other), json!({ "parts": 0 })).await.problem(400, "invalid");
}

#[tokio::test]
async fn part_corrections_add_and_take_away() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let fewer = made(&app, "part_corrections", json!({ "node": "mill-1", "parts": -1_000_000 })).await;
    assert_eq!((&fewer["parts"], &fewer["note"]), (&json!(-1_000_000), &Value::Null));
    let change = json!({ "parts": 7, "note": "Counted by hand" });
    let changed = app.owner().patch(&path("part_corrections", &fewer), change).await.expect(200).body;
    assert_eq!((&changed["parts"], &changed["revision"]), (&json!(7), &json!(2)));
    let listed = app.owner().get("/v1/part_corrections?node=mill-1").await.expect(200).items("parts");
    assert_eq!(listed, [7]);
    for parts in [0, 1_000_001, -1_000_001] {
        let body = json!({ "node": "mill-1", "parts": parts });
        let refused = app.owner().post("/v1/part_corrections", body).await.problem(400, "invalid");
        assert!(refused.field("parts").contains("-1000000 to 1000000, and not 0"));
    }
    app.owner().delete(&path("part_corrections", &fewer)).await.expect(200);
    app.owner().get(&path("part_corrections", &fewer)).await.problem(404, "not_found");
    // What is said of a node goes with it.
    made(&app, "part_corrections", json!({ "node": "mill-1", "parts": 1 })).await;
    made(&app, "rejects", json!({ "node": "mill-1", "kind": "scrap", "parts": 1 })).await;
    app.owner().delete("/v1/nodes/mill-1").await.expect(200);
    for noun in ["part_corrections", "rejects"] {
        let left = app.owner().get(&format!("/v1/{noun}")).await.expect(200).items("id");
        assert_eq!(left, [json!(null); 0], "{noun}");
    }
}
