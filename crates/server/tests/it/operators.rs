//! Operators, and their runs at nodes.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn made(app: &TestApp, noun: &str, body: Value) -> Value {
    app.owner().post(&format!("/v1/{noun}"), body).await.expect(201).body
}

fn path(noun: &str, of: &Value) -> String {
    format!("/v1/{noun}/{}", of["id"].as_str().unwrap())
}

#[tokio::test]
async fn operators_have_a_badge_and_come_and_go() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let ada = made(&app, "operators", json!({ "name": "Ada", "number": "4711" })).await;
    let bob = made(&app, "operators", json!({ "name": "Bob" })).await;
    made(&app, "operators", json!({ "name": "Bob" })).await;
    let taken = app.owner().patch(&path("operators", &bob), json!({ "number": "4711" })).await;
    let taken = taken.problem(409, "taken");
    taken.field("number");
    assert!(taken.body["detail"].as_str().unwrap().contains(ada["id"].as_str().unwrap()));
    let listed = app.owner().get("/v1/operators?number=4711").await.expect(200).items("name");
    assert_eq!(listed, ["Ada"]);
    let changed = app.owner().patch(&path("operators", &ada), json!({ "number": null })).await.expect(200);
    assert_eq!((&changed.body["name"], &changed.body["number"]), (&json!("Ada"), &Value::Null));

    let run = |operator: &Value| json!({ "node": "mill-1", "operator": operator["id"] });
    let first = made(&app, "operator_runs", run(&ada)).await;
    assert_eq!(first["start_at"], "2030-01-01T00:00:00Z");
    // Several people may be at one node.
    app.advance(1);
    let second = made(&app, "operator_runs", run(&bob)).await;
    app.advance(59);
    let end = json!({ "end_at": "2030-01-01T00:01:00Z" });
    let ended = app.owner().patch(&path("operator_runs", &first), end).await.expect(200).body;
    assert_eq!(ended["end_at"], "2030-01-01T00:01:00Z");
    let early = json!({ "end_at": "2030-01-01T00:00:00Z" });
    let refused = app.owner().patch(&path("operator_runs", &second), early).await;
    refused.problem(400, "invalid").field("end_at");
    let bob_id = bob["id"].as_str().unwrap();
    for (query, ids) in [
        ("?sort=start_at".to_owned(), vec![&first["id"], &second["id"]]),
        ("?open=true".to_owned(), vec![&second["id"]]),
        ("?open=false&node=mill-1".to_owned(), vec![&first["id"]]),
        (format!("?operator={bob_id}"), vec![&second["id"]]),
        ("?from=2030-01-01T00:01:00Z".to_owned(), vec![&second["id"]]),
    ] {
        let listed = app.owner().get(&format!("/v1/operator_runs{query}")).await.expect(200).items("id");
        assert_eq!(listed.iter().collect::<Vec<_>>(), ids, "{query}");
    }
    let unknown = json!({ "node": "mill-1", "operator": first["id"] });
    app.owner().post("/v1/operator_runs", unknown).await.problem(400, "invalid").field("operator");
    let refused = app.owner().delete(&path("operators", &bob)).await.problem(409, "in_use").body;
    assert_eq!(refused["dependants"][0]["items"][0]["id"], second["id"]);
    app.owner().delete(&path("operator_runs", &second)).await.expect(200);
    app.owner().delete(&path("operators", &bob)).await.expect(200);
    app.owner().get(&path("operators", &bob)).await.problem(404, "not_found");
}
