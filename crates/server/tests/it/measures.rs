//! Counting requests and statements, and the operation that a slow statement belongs to.

use std::time::Duration;

use bailiwick_engine::measures::{OperationMeasures, Outcome};
use bailiwick_store::SlowStatements;
use serde_json::json;

use crate::app::TestApp;
use crate::log_lines::Lines;

fn counted(app: &TestApp, operation: &str) -> OperationMeasures {
    let measured = app.control.measured().operations.into_iter().find(|of| of.operation == operation);
    measured.unwrap_or_else(|| panic!("there is no operation {operation}"))
}

fn count_of(app: &TestApp, operation: &str, outcome: Outcome) -> u64 {
    counted(app, operation).outcomes[outcome as usize]
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_outcome() {
    let app = TestApp::new().await;
    app.owner().get("/v1/sites").await.expect(200);
    app.owner().get("/v1/sites").await.expect(200);
    app.anonymous().get("/v1/sites").await.problem(401, "credential_missing");
    app.owner().post("/v1/sites", json!({ "name": "berlin" })).await.expect(201);
    app.owner().post("/v1/sites", json!({ "name": "berlin" })).await.problem(409, "taken");
    assert_eq!(count_of(&app, "sites.list", Outcome::Done), 2);
    assert_eq!(count_of(&app, "sites.list", Outcome::Refused), 1);
    assert_eq!(counted(&app, "sites.list").durations.count(), 3);
    assert_eq!(counted(&app, "sites.create").outcomes, [1, 1, 0, 0, 0]);
    assert_eq!(counted(&app, "sites.delete").durations.count(), 0);
    let statements = app.control.measured().database.statements;
    let count = |name| {
        let statement = statements.iter().find(|statement| statement.name == name);
        statement.map(|statement| (statement.durations.count(), statement.failed))
    };
    assert_eq!(count("sites.list"), Some((2, 0)));
    assert_eq!(count("sites.create"), Some((2, 1)), "the second one found that the name is taken");
}

#[tokio::test]
async fn a_slow_statement_names_the_operation_and_the_request() {
    let app = TestApp::new().await;
    let (lines, to) = Lines::with_writer();
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false);
    let log = log.with_max_level(tracing::Level::WARN).with_writer(to);
    let _guard = Lines::log(log.finish());
    app.control.store().log_slow_statements(SlowStatements { after: Duration::ZERO, with_plan: false });
    // A read, and a change, which runs as a task of its own.
    let read = app.owner().get("/v1/sites").await;
    let change = app.owner().post("/v1/sites", json!({ "name": "a secret name" })).await;
    let text = lines.text();
    for (reply, operation, statement) in
        [(read, "sites.list", "sites.list"), (change, "sites.create", "transactions.commit")]
    {
        let id = reply.headers["x-request-id"].to_str().unwrap().to_owned();
        let is_it = |line: &serde_json::Value| {
            line["statement"] == statement
                && line["span"]["operation"] == operation
                && line["span"]["request_id"] == id.as_str()
        };
        let mut parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
        assert!(parsed.any(|line| is_it(&line)), "{operation} {id}: {text}");
    }
    assert!(!text.contains("a secret name"), "{text}");
}
