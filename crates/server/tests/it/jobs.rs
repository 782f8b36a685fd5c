//! Jobs: their operations, and runs of these on nodes.

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

#[tokio::test]
async fn a_job_operation_is_made_changed_and_listed() {
    let app = TestApp::new().await;
    let body = json!({
        "job": "J-1", "name": "Mill", "part": "P-77", "ideal_part_ms": 42_000, "expected_part_ms": 50_000,
        "expected_setup_ms": 0, "quantity_required": 500, "due_at": time(5), "part_value": 12.5,
    });
    let first = made(&app, "job_operations", body.clone()).await;
    for (member, value) in body.as_object().unwrap() {
        assert_eq!(&first[member], value, "{member}");
    }
    assert_eq!((&first["lot"], &first["description"]), (&Value::Null, &Value::Null));
    let taken = app.owner().post("/v1/job_operations", body.clone()).await.problem(409, "taken");
    assert!(taken.body["detail"].as_str().unwrap().contains(first["id"].as_str().unwrap()));
    let mut other = body.clone();
    other["lot"] = json!("L-1");
    let other = made(&app, "job_operations", other).await;
    made(&app, "job_operations", json!({ "job": "J-0", "name": "Turn" })).await;
    let refused = app.owner().patch(&path("job_operations", &other), json!({ "lot": null })).await;
    refused.problem(409, "taken");
    for (query, names) in [
        ("", vec!["Turn", "Mill", "Mill"]),
        ("?sort=-name&limit=1", vec!["Turn"]),
        ("?job=J-1", vec!["Mill", "Mill"]),
        ("?part=P-77&job=J-0", vec![]),
    ] {
        let listed = app.owner().get(&format!("/v1/job_operations{query}")).await.expect(200).items("name");
        assert_eq!(listed, names, "{query}");
    }
    let change = json!({ "part": null, "ideal_part_ms": null, "part_value": 0.000_001, "name": "Mill A" });
    let changed = app.owner().patch(&path("job_operations", &first), change).await.expect(200).body;
    assert_eq!((&changed["part"], &changed["part_value"]), (&Value::Null, &json!(0.000_001)));
    assert_eq!(changed["expected_part_ms"], 50_000);
    for (field, value) in [
        ("ideal_part_ms", json!(0)),
        ("expected_part_ms", json!(2_592_000_001_u32)),
        ("expected_setup_ms", json!(-1)),
        ("quantity_required", json!(0)),
        ("part_value", json!(-1)),
        ("part_value", json!(1_000_000_001)),
        ("job", json!("x".repeat(101))),
        ("job", json!("")),
    ] {
        let mut body = body.clone();
        body[field] = value.clone();
        let refused = app.owner().post("/v1/job_operations", body).await.problem(400, "invalid");
        refused.field(field);
    }
}

#[tokio::test]
async fn one_job_runs_on_a_node_at_a_time() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let first = made(&app, "job_operations", json!({ "job": "J-1", "name": "Mill" })).await;
    let second = made(&app, "job_operations", json!({ "job": "J-2", "name": "Mill" })).await;
    let run = |of: &Value, more: Value| {
        let mut body = json!({ "node": "mill-1", "job_operation": of["id"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let external = json!({ "external_id": "A-1", "in_setup": true });
    let running = made(&app, "job_runs", run(&first, external)).await;
    assert_eq!((&running["start_at"], &running["end_at"]), (&json!(time(0)), &Value::Null));
    assert_eq!((&running["in_setup"], &running["external_id"]), (&json!(true), &json!("A-1")));
    app.advance(3_600);
    let refused = app.owner().post("/v1/job_runs", run(&second, json!({}))).await.problem(409, "overlaps");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains(running["id"].as_str().unwrap()), "{detail}");
    let change = json!({ "end_at": time(1), "in_setup": false });
    let ended = app.owner().patch(&path("job_runs", &running), change).await.expect(200).body;
    assert_eq!(ended["end_at"], time(1));
    let next = made(&app, "job_runs", run(&second, json!({}))).await;
    assert_eq!(next["start_at"], time(1));
    let reopened = app.owner().patch(&path("job_runs", &ended), json!({ "end_at": null })).await;
    reopened.problem(409, "overlaps");
    // Another node, another run; but no other run with the same name.
    app.node(json!({ "name": "mill-2", "address": "mill-2" })).await;
    let mut body = run(&first, json!({ "external_id": "A-1" }));
    body["node"] = json!("mill-2");
    let taken = app.owner().post("/v1/job_runs", body.clone()).await.problem(409, "taken");
    taken.field("external_id");
    body["external_id"] = json!("A-2");
    made(&app, "job_runs", body).await;
    for (query, count) in [
        ("", 3),
        ("?open=true", 2),
        ("?node=mill-1&open=true", 1),
        (&format!("?job_operation={}", first["id"].as_str().unwrap()), 2),
        ("?from=2030-01-01T01:00:00Z&node=mill-1", 1),
        ("?until=2030-01-01T01:00:00Z", 1),
    ] {
        let listed = app.owner().get(&format!("/v1/job_runs{query}")).await.expect(200).items("id");
        assert_eq!(listed.len(), count, "{query}");
    }
    for (body, field) in [
        (run(&json!({ "id": ended["id"] }), json!({ "start_at": time(9) })), "job_operation"),
        (run(&first, json!({ "start_at": time(9), "end_at": time(9) })), "end_at"),
    ] {
        app.owner().post("/v1/job_runs", body).await.problem(400, "invalid").field(field);
    }
    // What runs refer to stays.
    let path_of_first = path("job_operations", &first);
    let refused = app.owner().delete(&path_of_first).await.problem(409, "in_use").body;
    assert_eq!(
        (&refused["dependants"][0]["noun"], &refused["dependants"][0]["count"]),
        (&json!("job_runs"), &json!(2))
    );
    app.owner().delete(&path("job_runs", &ended)).await.expect(200);
    app.owner().get(&path("job_runs", &ended)).await.problem(404, "not_found");
}

#[tokio::test]
async fn an_external_id_of_a_run_out_of_reach_is_not_told() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let own = app.node(json!({ "name": "mill-2", "address": "mill-2" })).await;
    let operation = made(&app, "job_operations", json!({ "job": "J-1", "name": "Mill" })).await;
    let run = |node: &str| json!({ "node": node, "job_operation": operation["id"], "external_id": "A-1" });
    let theirs = made(&app, "job_runs", run("mill-1")).await;
    let (key, _) = app.key(&["job_runs:*"], json!({ "reach": { "nodes": [own] } })).await;
    let taken = app.with_key(&key).post("/v1/job_runs", run("mill-2")).await.problem(409, "taken");
    assert!(!taken.body.to_string().contains(theirs["id"].as_str().unwrap()), "{:#}", taken.body);
    app.with_key(&key).get(&path("job_runs", &theirs)).await.problem(404, "not_found");
}
