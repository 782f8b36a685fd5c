//! Goals: for an organization, a site, a node or a job operation.

use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn goals_are_made_changed_and_listed() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let node = app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let operation = app.owner().post("/v1/job_operations", json!({ "job": "J-1", "name": "Mill" })).await;
    let operation = operation.expect(201).body["id"].clone();
    let goal = |more: Value| {
        let mut body = json!({ "metric": "oee", "warning_ratio": 0.8, "failure_ratio": 0.6 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let mut goals = Vec::new();
    for more in [
        json!({}),
        json!({ "site": "Berlin" }),
        json!({ "node": node }),
        json!({ "job_operation": operation }),
    ] {
        let made = app.owner().post("/v1/goals", goal(more.clone())).await.expect(201).body;
        let taken = app.owner().post("/v1/goals", goal(more.clone())).await.problem(409, "taken");
        assert!(taken.body["detail"].as_str().unwrap().contains(made["id"].as_str().unwrap()));
        // Another figure is another goal.
        let mut other = goal(more);
        other["metric"] = json!("parts");
        app.owner().post("/v1/goals", other).await.expect(201);
        app.advance(1);
        goals.push(made);
    }
    assert_eq!((&goals[1]["site_id"], &goals[2]["node_id"]), (&json!(site), &json!(node)));
    assert_eq!((&goals[0]["warning_ratio"], &goals[0]["failure_ratio"]), (&json!(0.8), &json!(0.6)));
    for (query, count) in [
        ("".to_owned(), 8),
        ("?metric=oee".to_owned(), 4),
        ("?site=Berlin&metric=oee".to_owned(), 1),
        ("?node=mill-1".to_owned(), 2),
        (format!("?job_operation={}", operation.as_str().unwrap()), 2),
        ("?limit=1&sort=-created_at".to_owned(), 1),
    ] {
        let listed = app.owner().get(&format!("/v1/goals{query}")).await.expect(200).items("id");
        assert_eq!(listed.len(), count, "{query}");
    }
    let path = format!("/v1/goals/{}", goals[0]["id"].as_str().unwrap());
    let changed = app.owner().patch(&path, json!({ "warning_ratio": 0.600_001 })).await.expect(200).body;
    assert_eq!(changed["warning_ratio"], 0.600_001);
    app.owner()
        .patch(&path, json!({ "warning_ratio": 0.5 }))
        .await
        .problem(400, "invalid")
        .field("failure_ratio");
    for (more, field) in [
        (json!({ "failure_ratio": 0.81 }), "failure_ratio"),
        (json!({ "warning_ratio": 10.5 }), "warning_ratio"),
        (json!({ "failure_ratio": -0.1 }), "failure_ratio"),
        (json!({ "metric": "speed" }), "metric"),
        (json!({ "site": "Berlin", "node": "mill-1" }), "node"),
        (json!({ "site": "Berlin", "job_operation": operation }), "job_operation"),
        (json!({ "job_operation": goals[0]["id"] }), "job_operation"),
    ] {
        app.owner().post("/v1/goals", goal(more)).await.problem(400, "invalid").field(field);
    }
    app.owner().delete(&path).await.expect(200);
    app.owner().get(&path).await.problem(404, "not_found");
    // Goals go with what they are for.
    app.owner().delete("/v1/nodes/mill-1").await.expect(200);
    app.owner().delete(&format!("/v1/job_operations/{}", operation.as_str().unwrap())).await.expect(200);
    assert_eq!(app.owner().get("/v1/goals").await.expect(200).items("id").len(), 3);
}
