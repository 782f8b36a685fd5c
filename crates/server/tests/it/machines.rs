//! What machines do now.

use serde_json::{Value, json};

use crate::app::TestApp;

/// A time of the first of January 2030, on which the clock of the tests begins at midnight, or of the day before.
fn at(day: &str, time: &str) -> String {
    format!("{day}T{time}Z")
}

async fn send(app: &TestApp, node: &str, metric: &str, time: &str, value: Value) {
    let row = json!({ "node": node, "metric": metric, "at": at("2029-12-31", time), "value": value });
    app.owner().post("/v1/observations", json!({ "observations": [row] })).await.expect(200);
}

async fn statuses(app: &TestApp, query: &str) -> Vec<Value> {
    let reply = app.owner().get(&format!("/v1/machines/status{query}")).await.expect(200);
    reply.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_machine_has_a_status_and_a_time_since() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    for (name, more) in [
        ("lathe-1", json!({ "site": site, "labels": { "hall": "a" } })),
        ("Mill-1", json!({})),
        ("robot", json!({})),
        ("pc", json!({})),
    ] {
        let mut node = json!({ "name": name });
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.node(node).await;
    }
    // In cycle since 20:00, and it says so every half hour; a source may be silent for that long.
    let times: Vec<String> =
        (39..=47).map(|n| at("2029-12-31", &format!("{:02}:{:02}:00", n / 2, n % 2 * 30))).collect();
    let words: Vec<&str> = (0..9).map(|n| if n == 0 { "READY" } else { "ACTIVE" }).collect();
    let hourly = json!([{ "node": "lathe-1", "metric": "execution", "at": times, "values": words }]);
    app.owner()
        .post("/v1/observations", json!({ "columns": hourly, "stale_after_seconds": 1_800 }))
        .await
        .expect(200);
    // Nothing was heard of this one for three days.
    let old =
        json!({ "node": "Mill-1", "metric": "execution", "at": "2029-12-29T08:00:00Z", "value": "ACTIVE" });
    app.owner().post("/v1/observations", json!({ "observations": [old] })).await.expect(200);
    // A fault, and a warning that is over.
    send(&app, "robot", "execution", "23:59:30", json!("READY")).await;
    for (code, level, time, on) in [
        ("E7", "fault", "23:59:40", true),
        ("W1", "warning", "23:59:41", true),
        ("W1", "warning", "23:59:42", false),
    ] {
        send(&app, "robot", "system_condition", time, json!({ "code": code, "level": level, "on": on }))
            .await;
    }
    // Only the metrics of a host.
    let host = json!({ "node": "pc", "metric": "system.cpu.utilization", "at": "2029-12-31T23:00:00Z", "value": 0.5 });
    app.owner().post("/v1/observations", json!({ "observations": [host] })).await.expect(200);

    let all = statuses(&app, "").await;
    let names: Vec<&Value> = all.iter().map(|machine| &machine["name"]).collect();
    assert_eq!(names, [&json!("lathe-1"), &json!("Mill-1"), &json!("robot")]);
    assert_eq!(
        (&all[0]["status"], &all[0]["since"]),
        (&json!("in_cycle"), &json!(at("2029-12-31", "20:00:00")))
    );
    assert_eq!((&all[0]["longer"], &all[0]["site_id"]), (&json!(false), &json!(site)));
    assert_eq!((&all[1]["status"], &all[1]["since"]), (&json!("no_data"), &json!("2029-12-29T08:00:00Z")));
    assert_eq!(all[1]["last_heard_at"], "2029-12-29T08:00:00Z");
    assert_eq!(
        (&all[2]["status"], &all[2]["since"]),
        (&json!("alarm"), &json!(at("2029-12-31", "23:59:40")))
    );
    assert_eq!(
        all[2]["alarms"],
        json!([{ "metric": "system_condition", "code": "E7", "level": "fault", "since": at("2029-12-31", "23:59:40") }])
    );

    assert_eq!(statuses(&app, "?labels=hall%3Da").await.len(), 1);
    assert_eq!(statuses(&app, "?site=Berlin").await.len(), 1);
    assert_eq!(statuses(&app, "?node=robot").await[0]["name"], "robot");
    let (narrow, _) = app.key(&["machines:read"], json!({ "reach": { "labels": "hall=a" } })).await;
    let narrow = app.with_key(&narrow).get("/v1/machines/status").await.expect(200);
    assert_eq!(narrow.items("name"), ["lathe-1"]);

    // Pages.
    let mut seen = Vec::new();
    let mut path = "/v1/machines/status?limit=1".to_owned();
    loop {
        let page = app.owner().get(&path).await.expect(200);
        seen.extend(page.items("name"));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break };
        path = format!("/v1/machines/status?limit=1&cursor={cursor}");
    }
    assert_eq!(seen, ["lathe-1", "Mill-1", "robot"]);
    app.owner().get("/v1/machines/status?cursor=bm9uZQ").await.problem(400, "invalid").field("cursor");
}

#[tokio::test]
async fn a_status_shows_what_is_said_of_the_machine() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    send(&app, "mill-1", "execution", "23:59:30", json!("STOPPED")).await;
    let made = async |noun: &str, body: Value| {
        app.owner().post(&format!("/v1/{noun}"), body).await.expect(201).body["id"].clone()
    };
    let operation = made("job_operations", json!({ "job": "J", "name": "Mill" })).await;
    let start = at("2029-12-31", "22:00:00");
    made("job_runs", json!({ "node": node, "job_operation": operation, "start_at": start })).await;
    let operator = made("operators", json!({ "name": "Ada" })).await;
    let end = at("2029-12-31", "23:00:00");
    made("operator_runs", json!({ "node": node, "operator": operator, "start_at": start, "end_at": end }))
        .await;
    made("downtime_reasons", json!({ "reason": "Breakdown" })).await;
    made(
        "annotations",
        json!({ "node": node, "reason": "Breakdown", "start_at": at("2029-12-31", "23:00:00") }),
    )
    .await;
    let status = statuses(&app, "").await.remove(0);
    assert_eq!((&status["status"], &status["reason"]), (&json!("idle"), &json!("Breakdown")));
    assert_eq!((&status["job_operation_id"], &status["operator_id"]), (&operation, &Value::Null));
}
