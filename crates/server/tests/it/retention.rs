//! How long observations, commands and their output are kept.

use serde_json::{Value, json};

use crate::app::TestApp;

/// Adds an observation of each of these metrics, long ago.
async fn observe(app: &TestApp, metrics: &[&str]) {
    let rows: Vec<Value> = metrics
        .iter()
        .map(|key| json!({ "node": "pc", "metric": key, "at": "2029-06-01T00:00:00Z", "value": 0.5 }))
        .collect();
    app.owner().post("/v1/observations", json!({ "observations": rows })).await.expect(200);
}

/// The metrics of which there are observations.
async fn kept(app: &TestApp) -> Vec<Value> {
    app.owner().get("/v1/observations?from=2029-01-01T00:00:00Z").await.expect(200).items("metric")
}

#[tokio::test]
async fn observations_are_kept_for_the_days_of_their_kind_and_hosts_for_fourteen() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "pc" })).await;
    let forever = json!({ "state": null, "count": null, "quantity": null, "alarm": null, "host": 14, "commands": null, "output": null });
    assert_eq!(app.owner().get("/v1/retention").await.expect(200).body, forever);

    let metrics = ["load", "system.cpu.utilization", "bailiwick.agent.batches_dropped"];
    observe(&app, &metrics).await;
    app.control.observations().seal(app.control.now().plus_seconds(7_200)).await.unwrap();
    bailiwick_machines::background::forget_now(&app.control).await.unwrap();
    assert_eq!(kept(&app).await, ["load"], "only the host's own metrics are deleted by default");

    // Null means forever. Fields that are absent keep their values.
    let changed = app.owner().patch("/v1/retention", json!({ "host": null, "count": 7 })).await.expect(200);
    let expected = json!({ "state": null, "count": 7, "quantity": null, "alarm": null, "host": null, "commands": null, "output": null });
    assert_eq!(changed.body, expected);
    observe(&app, &metrics).await;
    app.control.observations().seal(app.control.now().plus_seconds(7_200)).await.unwrap();
    bailiwick_machines::background::forget_now(&app.control).await.unwrap();
    assert_eq!(kept(&app).await.len(), 3);

    // Quantities of machines are deleted without those of hosts.
    app.owner().patch("/v1/retention", json!({ "quantity": 30 })).await.expect(200);
    bailiwick_machines::background::forget_now(&app.control).await.unwrap();
    assert_eq!(kept(&app).await, ["bailiwick.agent.batches_dropped", "system.cpu.utilization"]);

    let entries = app.owner().get("/v1/audit?operation=retention.update").await.expect(200);
    assert_eq!(entries.items("outcome").len(), 2);
}

#[tokio::test]
async fn the_retention_of_another_organization_stays_as_it_is() {
    let app = TestApp::new().await;
    app.organization("other").await;
    app.owner().patch("/v1/retention", json!({ "state": 1, "host": 90 })).await.expect(200);
    let root = app.root();
    let other = root.get("/v1/retention?organization=other").await.expect(200);
    assert_eq!((&other.body["state"], &other.body["host"]), (&Value::Null, &json!(14)));
    // The setting goes with its organization.
    root.patch("/v1/retention?organization=other", json!({ "alarm": 5 })).await.expect(200);
    root.delete("/v1/organizations/other").await.expect(200);
}

#[tokio::test]
async fn days_that_are_no_retention_are_refused_by_name() {
    let app = TestApp::new().await;
    for days in [json!(0), json!(36_501)] {
        let refused = app.owner().patch("/v1/retention", json!({ "alarm": days, "state": 9 })).await;
        let refused = refused.problem(400, "invalid");
        assert!(refused.field("alarm").contains("1 to 36500 days"), "{:#}", refused.body);
    }
    assert_eq!(app.owner().get("/v1/retention").await.expect(200).body["state"], Value::Null);
    app.owner().patch("/v1/retention", json!({ "alarm": -1 })).await.expect(400);
}

#[tokio::test]
async fn a_key_that_sends_observations_cannot_have_old_ones_deleted() {
    let app = TestApp::new().await;
    let (sender, _) = app.key(&["observations:write"], json!({})).await;
    app.with_key(&sender).patch("/v1/retention", json!({ "quantity": 1 })).await.expect(403);
    let (reader, _) = app.key(&["retention:read"], json!({})).await;
    app.with_key(&reader).get("/v1/retention").await.expect(200);
    app.with_key(&reader).patch("/v1/retention", json!({ "quantity": 1 })).await.expect(403);
}

#[tokio::test]
async fn days_whose_observations_were_deleted_keep_their_sums_and_are_not_complete_once_they_change() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe" })).await;
    // A day in June in cycle until noon, and one in December.
    let times = |day: &str| json!([format!("{day}T06:00:00Z"), format!("{day}T06:00:30Z")]);
    let columns = ["2029-06-05", "2029-12-05"].map(
        |day| json!({ "node": "lathe", "metric": "execution", "at": times(day), "values": ["ACTIVE", "READY"] }),
    );
    app.owner().post("/v1/observations", json!({ "columns": columns })).await.expect(200);
    let report = async |more: Value| {
        let mut body = json!({ "metrics": ["in_cycle_ms"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let report = app.owner().post("/v1/reports/production", body).await.expect(200).body;
        (report["complete"].clone(), report["total"]["values"]["in_cycle_ms"].clone())
    };
    let june = json!({ "first_day": "2029-06-05", "last_day": "2029-06-05" });
    let window = json!({ "from": "2029-06-05T06:00:00Z", "until": "2029-06-05T07:00:00Z" });
    assert_eq!(report(june.clone()).await, (json!(true), json!(30_000)));
    assert_eq!(report(window.clone()).await, (json!(true), json!(30_000)));
    app.control.observations().seal(app.control.now().plus_seconds(7_200)).await.unwrap();
    app.owner().patch("/v1/retention", json!({ "state": 30 })).await.expect(200);
    bailiwick_machines::background::forget_now(&app.control).await.unwrap();
    assert_eq!(kept(&app).await, ["execution", "execution"]);

    // The sums of the day remain, but it cannot be divided again.
    assert_eq!(report(june.clone()).await, (json!(true), json!(30_000)));
    assert_eq!(report(window).await.0, false);
    // What is said of the day cannot be in its sums any more, also if observations are kept forever from now on.
    app.owner().patch("/v1/retention", json!({ "state": null })).await.expect(200);
    app.owner().post("/v1/downtime_reasons", json!({ "reason": "Setup", "planned": true })).await.expect(201);
    let annotation = json!({ "node": "lathe", "reason": "Setup", "start_at": "2029-06-05T07:00:00Z",
        "end_at": "2029-06-05T08:00:00Z" });
    app.owner().post("/v1/annotations", annotation).await.expect(201);
    assert_eq!(report(june).await, (json!(false), json!(30_000)));
    let december = json!({ "first_day": "2029-12-05", "last_day": "2029-12-05" });
    assert_eq!(report(december).await, (json!(true), json!(30_000)));
}
