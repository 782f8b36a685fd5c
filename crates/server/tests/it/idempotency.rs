//! A request that is sent twice with one `Idempotency-Key` is done once.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::new().await;
    let body = json!({ "name": "Berlin" });
    let again = || app.owner().header("idempotency-key", "\"one\"");
    let first = again().post("/v1/sites", body.clone()).await.expect(201);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let second = again().post("/v1/sites", body.clone()).await.expect(201);
    assert_eq!(second.body, first.body);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(app.owner().get("/v1/sites").await.body["items"].as_array().unwrap().len(), 1);

    again().post("/v1/sites", json!({ "name": "Bonn" })).await.problem(422, "idempotency_key_reused");
    // Another caller's key is another key.
    app.root()
        .header("idempotency-key", "one")
        .post("/v1/sites?organization=default", body)
        .await
        .problem(409, "taken");
    for key in ["", "\"\"", &"x".repeat(256)] {
        let refused =
            app.owner().header("idempotency-key", key).post("/v1/sites", json!({ "name": "x" })).await;
        refused.problem(400, "invalid").field("Idempotency-Key");
    }
}

#[tokio::test]
async fn a_failed_request_can_be_retried_with_the_same_key() {
    let app = TestApp::new().await;
    app.site("default", "Berlin", json!({})).await;
    let actor = app.owner().header("idempotency-key", "k");
    actor.post("/v1/sites", json!({ "name": "Berlin" })).await.problem(409, "taken");
    actor.post("/v1/sites", json!({ "name": "Bonn" })).await.expect(201);
}

#[tokio::test]
async fn an_answer_with_a_secret_is_not_repeated() {
    let app = TestApp::new().await;
    let actor = app.owner().header("idempotency-key", "k");
    let body = json!({ "name": "x", "scopes": [] });
    actor.post("/v1/keys", body.clone()).await.expect(201);
    actor.post("/v1/keys", body).await.problem(409, "answer_shown_once");
    assert_eq!(app.owner().get("/v1/keys").await.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn two_concurrent_identical_requests_run_once() {
    let app = TestApp::new().await;
    let actor = app.owner().header("idempotency-key", "k");
    let body = json!({ "name": "Berlin" });
    let (one, two) =
        tokio::join!(actor.post("/v1/sites", body.clone()), actor.post("/v1/sites", body.clone()));
    assert_eq!(one.expect(201).body, two.expect(201).body);
}
