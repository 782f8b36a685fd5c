//! Downtime: its reasons, and annotations that give them.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn made(app: &TestApp, noun: &str, body: Value) -> Value {
    app.owner().post(&format!("/v1/{noun}"), body).await.expect(201).body
}

fn path(noun: &str, of: &Value) -> String {
    format!("/v1/{noun}/{}", of["id"].as_str().unwrap())
}

fn time(hour: u32) -> String {
    format!("2030-01-01T{hour:02}:00:00Z")
}

/// A node, and two reasons.
async fn plant(app: &TestApp) -> Value {
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    made(app, "downtime_reasons", json!({ "reason": "Setup|Tool change", "planned": true })).await;
    made(app, "downtime_reasons", json!({ "reason": "Breakdown" })).await
}

fn annotation(reason: &str, start: u32, end: Option<u32>) -> Value {
    json!({ "node": "mill-1", "reason": reason, "start_at": time(start), "end_at": end.map(time) })
}

#[tokio::test]
async fn reasons_are_a_tree_and_each_is_there_once() {
    let app = TestApp::new().await;
    let breakdown = plant(&app).await;
    assert_eq!((&breakdown["planned"], &breakdown["description"]), (&json!(false), &Value::Null));
    for (query, reasons) in [
        ("", vec!["Breakdown", "Setup|Tool change"]),
        ("?sort=-reason&limit=1", vec!["Setup|Tool change"]),
        ("?planned=true", vec!["Setup|Tool change"]),
        ("?planned=false", vec!["Breakdown"]),
    ] {
        let listed = app.owner().get(&format!("/v1/downtime_reasons{query}")).await.expect(200);
        assert_eq!(listed.items("reason"), reasons, "{query}");
    }
    let taken = app.owner().post("/v1/downtime_reasons", json!({ "reason": "Breakdown" })).await;
    let taken = taken.problem(409, "taken");
    taken.field("reason");
    assert!(taken.body["detail"].as_str().unwrap().contains(breakdown["id"].as_str().unwrap()));
    for reason in ["", "Setup|", "a|b|c|d|e|f|g|h|i", &vec!["x".repeat(90); 6].join("|")] {
        let refused = app.owner().post("/v1/downtime_reasons", json!({ "reason": reason })).await;
        refused.problem(400, "invalid").field("reason");
    }
    let path = path("downtime_reasons", &breakdown);
    let change = json!({ "reason": "Failure|Spindle", "planned": true, "description": "Call the service" });
    let changed = app.owner().patch(&path, change).await.expect(200).body;
    assert_eq!((&changed["reason"], &changed["planned"]), (&json!("Failure|Spindle"), &json!(true)));
    assert_eq!(app.owner().get(&path).await.expect(200).body, changed);
    let taken = app.owner().patch(&path, json!({ "reason": "Setup|Tool change" })).await;
    taken.problem(409, "taken").field("reason");
    app.owner().delete(&path).await.expect(200);
    app.owner().get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_reason_that_is_given_cannot_be_deleted() {
    let app = TestApp::new().await;
    let breakdown = plant(&app).await;
    let given = made(&app, "annotations", annotation("Breakdown", 1, Some(2))).await;
    let path = path("downtime_reasons", &breakdown);
    for query in ["", "?dry_run=true"] {
        let refused = app.owner().delete(&format!("{path}{query}")).await.problem(409, "in_use").body;
        assert_eq!(refused["dependants"][0]["noun"], "annotations");
        assert_eq!(refused["dependants"][0]["effect"], "prevents");
        assert_eq!(refused["dependants"][0]["items"][0]["id"], given["id"]);
        assert_eq!(refused["hints"], Value::Null, "force is no help: {refused:#}");
    }
    app.owner().delete(&format!("/v1/annotations/{}", given["id"].as_str().unwrap())).await.expect(200);
    app.owner().delete(&path).await.expect(200);
}

#[tokio::test]
async fn an_annotation_is_made_moved_and_classified_anew() {
    let app = TestApp::new().await;
    let breakdown = plant(&app).await;
    let made = made(&app, "annotations", annotation("Setup|Tool change", 1, None)).await;
    assert_eq!((&made["reason"], &made["planned"]), (&json!("Setup|Tool change"), &json!(true)));
    assert_eq!((&made["start_at"], &made["end_at"]), (&json!(time(1)), &Value::Null));
    let path = path("annotations", &made);
    assert_eq!(app.owner().get(&path).await.expect(200).body, made);
    let change = json!({ "reason": breakdown["id"], "end_at": time(3), "note": "Spindle" });
    let changed = app.owner().patch(&path, change).await.expect(200).body;
    assert_eq!((&changed["reason"], &changed["planned"]), (&json!("Breakdown"), &json!(false)));
    assert_eq!((&changed["end_at"], &changed["note"]), (&json!(time(3)), &json!("Spindle")));
    let outdated = app.owner().header("If-Match", "\"1\"").patch(&path, json!({ "note": null })).await;
    assert_eq!(outdated.problem(412, "changed").body["current"], changed);
    let outdated = app.owner().header("If-Match", "\"1\"").delete(&path).await;
    assert_eq!(outdated.problem(412, "changed").body["current"], changed);
    app.owner().patch(&path, json!({ "start_at": time(3) })).await.problem(400, "invalid").field("end_at");
    let shown = app.owner().delete(&format!("{path}?dry_run=true")).await.expect(200).body;
    assert_eq!(shown["removed"][0]["items"][0]["name"], "Breakdown");
    app.owner().delete(&path).await.expect(200);
    app.owner().get(&path).await.problem(404, "not_found");
    for (body, field) in [
        (annotation("Nothing", 1, None), "reason"),
        (annotation("Breakdown", 2, Some(2)), "end_at"),
        (json!({ "node": "none", "reason": "Breakdown", "start_at": time(1) }), "node"),
    ] {
        app.owner().post("/v1/annotations", body).await.problem(400, "invalid").field(field);
    }
}

#[tokio::test]
async fn annotations_of_a_node_do_not_overlap() {
    let app = TestApp::new().await;
    plant(&app).await;
    app.node(json!({ "name": "mill-2", "address": "mill-2" })).await;
    let first = made(&app, "annotations", annotation("Breakdown", 4, Some(6))).await;
    let open = made(&app, "annotations", annotation("Breakdown", 8, None)).await;
    for (start, end, other) in [
        (3, Some(5), &first),
        (5, Some(6), &first),
        (2, None, &first),
        (7, Some(9), &open),
        (20, None, &open),
    ] {
        let body = annotation("Breakdown", start, end);
        let refused = app.owner().post("/v1/annotations", body).await.problem(409, "overlaps").body;
        assert!(refused["detail"].as_str().unwrap().contains(other["id"].as_str().unwrap()), "{refused:#}");
    }
    let between = made(&app, "annotations", annotation("Breakdown", 6, Some(8))).await;
    let refused = app.owner().patch(&path("annotations", &between), json!({ "end_at": time(9) })).await;
    refused.problem(409, "overlaps");
    app.owner().patch(&path("annotations", &between), json!({ "end_at": time(7) })).await.expect(200);
    let mut elsewhere = annotation("Breakdown", 3, None);
    elsewhere["node"] = json!("mill-2");
    made(&app, "annotations", elsewhere).await;
    for (query, count) in [
        ("", 4),
        ("?node=mill-1", 3),
        ("?node=mill-1&open=true", 1),
        ("?open=false", 2),
        ("?reason=Breakdown", 4),
        ("?reason=Setup|Tool%20change", 0),
        ("?node=mill-1&from=2030-01-01T06:00:00Z&until=2030-01-01T08:00:00Z", 1),
    ] {
        let listed = app.owner().get(&format!("/v1/annotations{query}")).await.expect(200).items("id");
        assert_eq!(listed.len(), count, "{query}");
    }
}

#[tokio::test]
async fn an_editor_annotates_and_a_narrow_key_only_its_own_nodes() {
    let app = TestApp::new().await;
    plant(&app).await;
    let other = app.node(json!({ "name": "mill-2", "address": "mill-2" })).await;
    app.user("default", "editor@example.com", "editor").await;
    let editor = app.log_in("editor@example.com", crate::app::PASSWORD).await;
    let by_editor =
        editor.post("/v1/annotations", annotation("Breakdown", 1, Some(2))).await.expect(201).body;
    editor.post("/v1/downtime_reasons", json!({ "reason": "x" })).await.problem(403, "scope_missing");
    app.user("default", "viewer@example.com", "viewer").await;
    let viewer = app.log_in("viewer@example.com", crate::app::PASSWORD).await;
    assert_eq!(viewer.get("/v1/annotations").await.expect(200).items("id"), [by_editor["id"].clone()]);
    viewer.post("/v1/annotations", annotation("Breakdown", 3, None)).await.problem(403, "scope_missing");

    let (key, _) = app.key(&["*:*"], json!({ "reach": { "nodes": [other] } })).await;
    let narrow = app.with_key(&key);
    let refused = narrow.post("/v1/annotations", annotation("Breakdown", 3, None)).await;
    refused.problem(400, "invalid").field("node");
    let path = path("annotations", &by_editor);
    narrow.patch(&path, json!({ "note": "x" })).await.problem(404, "not_found");
    narrow.delete(&path).await.problem(404, "not_found");
    let mut own = annotation("Breakdown", 3, None);
    own["node"] = json!(other);
    let own = narrow.post("/v1/annotations", own).await.expect(201).body;
    assert_eq!(narrow.get("/v1/annotations").await.expect(200).items("id"), [own["id"].clone()]);
    narrow.get("/v1/downtime_reasons").await.problem(403, "reach_too_narrow");
    narrow.get("/v1/calendars").await.problem(403, "reach_too_narrow");
}

#[tokio::test]
async fn a_node_has_at_most_100000_annotations() {
    let app = TestApp::new().await;
    plant(&app).await;
    made(&app, "annotations", annotation("Breakdown", 20, Some(21))).await;
    app.execute(
        "INSERT INTO annotations (id, organization_id, node_id, reason_id, start_at, end_at, created_at, \
         updated_at, revision) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 99999) \
         SELECT randomblob(16), organization_id, node_id, reason_id, n.n * 10, n.n * 10 + 5, 1, 1, 1 \
         FROM annotations CROSS JOIN n",
    )
    .await;
    let refused = app.owner().post("/v1/annotations", annotation("Breakdown", 22, None)).await;
    let refused = refused.problem(400, "invalid").body.to_string();
    assert!(refused.contains("at most 100000 annotations"), "{refused}");
}
