//! Reports over so many machines that they are read from cells: they say the same as reports over few.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::merge::on_both;

/// More machines than are read one by one.
const MACHINES: usize = 24;

fn name(n: usize) -> String {
    format!("lathe-{n:02}")
}

/// Machines that run from 06:00 on for some hours, on each of two days, and say so every half hour.
async fn machines(app: &TestApp) {
    let north = app.site("default", "North", json!({})).await;
    let mut columns = Vec::new();
    for n in 0..MACHINES {
        let site = if n % 3 == 0 { json!(north) } else { Value::Null };
        app.node(json!({ "name": name(n), "site": site, "labels": { "hall": format!("h{}", n % 2) } })).await;
        let (mut times, mut words, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for day in [29, 30] {
            for step in 0..30 {
                times.push(format!("2029-12-{day}T{:02}:{:02}:00Z", 6 + step / 2, step % 2 * 30));
                words.push(if step < n + day % 2 { "ACTIVE" } else { "READY" });
                parts.push(step);
            }
        }
        columns.push(json!({ "node": name(n), "metric": "execution", "at": times, "values": words }));
        columns.push(json!({ "node": name(n), "metric": "part_count", "at": times, "values": parts }));
    }
    send(app, json!({ "columns": columns, "stale_after_seconds": 1_800 })).await;
}

async fn send(app: &TestApp, body: Value) {
    app.owner().post("/v1/observations", body).await.expect(200);
}

async fn report(app: &TestApp, body: &Value) -> Value {
    let report = app.owner().post("/v1/reports/production", body.clone()).await.expect(200).body;
    assert_eq!(report["complete"], true, "{body}");
    report
}

/// The rows of a report over all machines, and those of reports over a few at a time.
async fn both(app: &TestApp, machines: &[usize], more: Value) -> (Vec<Value>, Vec<Value>) {
    let mut body = json!({
        "first_day": "2029-12-28", "last_day": "2029-12-31", "layout": "rows",
        "metrics": ["in_cycle_ms", "all_ms", "no_data_ms", "parts_total", "parts_good", "parts_unattributed",
            "starts_at", "ends_at", "scheduled_ms"],
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let rows = |report: Value| report["rows"].as_array().unwrap().clone();
    let all = rows(report(app, &body).await);
    let mut few = Vec::new();
    for machines in machines.chunks(10) {
        let names: Vec<String> = machines.iter().map(|n| name(*n)).collect();
        body["nodes"] = json!(names);
        few.extend(rows(report(app, &body).await));
    }
    (all, few)
}

/// Checks that reports over all of these machines say the same as those over a few, also when they are asked again.
async fn check(app: &TestApp, machines: &[usize]) {
    for dimensions in [json!(["node", "day"]), json!(["node", "hour"]), json!(["node"])] {
        for _ in 0..2 {
            let (all, few) = both(app, machines, json!({ "group_by": dimensions })).await;
            assert_eq!(all, few, "{dimensions}");
        }
    }
}

#[tokio::test]
async fn reports_from_cells_say_what_reports_over_few_machines_say() {
    on_both("cells_same", async |app: TestApp| {
    machines(&app).await;
    let all: Vec<usize> = (0..MACHINES).collect();
    check(&app, &all).await;
    // The totals, by everything that is no slice, and the smallest groups at a site.
    let mut body = json!({ "first_day": "2029-12-29", "last_day": "2029-12-30", "metrics": ["in_cycle_ms", "utilization"],
        "group_by": ["site", "label:hall", "week"] });
    let report_of_all = report(&app, &body).await;
    let half_hours: usize = (0..MACHINES).map(|n| 2 * n + 1).sum();
    assert_eq!(report_of_all["total"]["values"]["in_cycle_ms"], half_hours * 1_800_000);
    let keys: Vec<&Value> =
        report_of_all["groups"].as_array().unwrap().iter().map(|group| &group["key"]).collect();
    assert!(keys.len() == 2 && keys[0].is_null() && keys[1].is_string(), "{keys:?}");
    body["group_by"] = json!([]);
    assert_eq!(report(&app, &body).await["total"], report_of_all["total"]);
    assert_eq!(report(&app, &body).await["groups"], json!([]));
    body["layout"] = json!("rows");
    assert_eq!(report(&app, &body).await["rows"][0]["in_cycle_ms"], half_hours * 1_800_000);
    })
    .await;
}

#[tokio::test]
async fn what_changes_is_in_the_next_report_from_cells() {
    on_both("cells_changed", async |app: TestApp| {
    machines(&app).await;
    let mut all: Vec<usize> = (0..MACHINES).collect();
    check(&app, &all).await;
    let in_cycle = async || {
        let body = json!({ "first_day": "2029-12-29", "last_day": "2029-12-30", "metrics": ["in_cycle_ms", "parts_good"] });
        report(&app, &body).await["total"]["values"].clone()
    };
    let before = in_cycle().await;
    // Late data of one machine: its cells are left for later. And then of all machines.
    let late = |n: usize| json!({ "node": name(n), "metric": "execution", "at": "2029-12-29T20:15:00Z", "value": "ACTIVE" });
    send(&app, json!({ "observations": [late(3)], "stale_after_seconds": 1_800 })).await;
    let more =
        |values: &Value| values["in_cycle_ms"].as_i64().unwrap() - before["in_cycle_ms"].as_i64().unwrap();
    assert_eq!(more(&in_cycle().await), 15 * 60_000);
    check(&app, &all).await;
    let observations: Vec<Value> = (4..MACHINES).map(late).collect();
    send(&app, json!({ "observations": observations, "stale_after_seconds": 1_800 })).await;
    let machines_late = i64::try_from(MACHINES - 3).unwrap();
    assert_eq!(more(&in_cycle().await), machines_late * 15 * 60_000);
    check(&app, &all).await;
    // A correction.
    let reject = json!({ "node": name(7), "at": "2029-12-30T08:00:00Z", "kind": "scrap", "parts": 2 });
    app.owner().post("/v1/rejects", reject).await.expect(201);
    let parts = |values: &Value| values["parts_good"].as_i64().unwrap();
    assert_eq!(parts(&in_cycle().await), parts(&before) - 2);
    check(&app, &all).await;
    // A calendar whose hours are not made of half hours of UTC, and one whose days begin at another time.
    for (zone, starts) in [("Asia/Kathmandu", "00:00"), ("Australia/Adelaide", "06:01")] {
        let rules = json!({ "time_zone": zone, "day_starts_at": starts });
        let site = json!({ "name": format!("Plant {zone}"), "rules": rules, "site": "North" });
        let calendar = app.owner().post("/v1/calendars", site).await.expect(201).body;
        check(&app, &all).await;
        let id = calendar["id"].as_str().unwrap();
        app.owner().delete(&format!("/v1/calendars/{id}")).await.expect(200);
    }
    check(&app, &all).await;
    // A machine that is deleted, and one that comes later.
    app.owner().delete(&format!("/v1/nodes/{}?force=true", name(5))).await.expect(200);
    all.retain(|n| *n != 5);
    check(&app, &all).await;
    app.node(json!({ "name": name(MACHINES) })).await;
    let new = json!({ "node": name(MACHINES), "metric": "execution", "at": "2029-12-30T06:00:00Z", "value": "ACTIVE" });
    send(&app, json!({ "observations": [new], "stale_after_seconds": 1_800 })).await;
    all.push(MACHINES);
    check(&app, &all).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_merged_is_in_the_next_report_from_cells() {
    on_both("cells_merged", async |app: TestApp| {
        machines(&app).await;
        let all: Vec<usize> = (0..MACHINES).collect();
        check(&app, &all).await;
        let in_cycle = async || {
            let body =
                json!({ "first_day": "2029-12-28", "last_day": "2029-12-30", "metrics": ["in_cycle_ms"] });
            report(&app, &body).await["total"]["values"]["in_cycle_ms"].as_i64().unwrap()
        };
        let before = in_cycle().await;
        // A duplicate that ran for half an hour the day before, and the first half hour that the other one ran.
        app.node(json!({ "name": "duplicate" })).await;
        let times =
            ["2029-12-28T10:00:00Z", "2029-12-28T10:30:00Z", "2029-12-29T06:00:00Z", "2029-12-29T06:30:00Z"];
        let words = ["ACTIVE", "READY", "ACTIVE", "READY"];
        let column = json!({ "node": "duplicate", "metric": "execution", "at": times, "values": words });
        send(&app, json!({ "columns": [column], "stale_after_seconds": 1_800 })).await;
        assert_eq!(in_cycle().await, before + 2 * 1_800_000);
        let body = json!({ "from": "duplicate" });
        app.owner().post("/v1/nodes/lathe-05/merge", body).await.expect(200);
        assert_eq!(in_cycle().await, before + 1_800_000);
        check(&app, &all).await;
    })
    .await;
}
