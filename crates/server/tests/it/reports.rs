//! Reports on production, from observations that were sent.

use serde_json::{Value, json};

use crate::app::{Reply, TestApp};
use crate::merge::on_both;

/// A time on 31 December 2029, the day before the clock of the tests.
fn at(hour: u32, minute: u32) -> String {
    format!("2029-12-31T{hour:02}:{minute:02}:00Z")
}

async fn send(app: &TestApp, body: Value) {
    app.owner().post("/v1/observations", body).await.expect(200);
}

async fn report(app: &TestApp, body: Value) -> Reply {
    app.owner().post("/v1/reports/production", body).await.expect(200)
}

/// A machine that runs from 06:00 to `until` (hour), and is then ready until 12:00. It says so every minute.
async fn day_of(app: &TestApp, node: &str, until: u32) {
    let minutes = || (6 * 60..=12 * 60).map(|minute| (minute / 60, minute % 60));
    let times: Vec<String> = minutes().map(|(hour, minute)| at(hour, minute)).collect();
    let words: Vec<&str> = minutes().map(|(hour, _)| if hour < until { "ACTIVE" } else { "READY" }).collect();
    let parts: Vec<u32> = minutes().map(|(hour, _)| hour - 6).collect();
    let columns = json!({ "columns": [
        { "node": node, "metric": "execution", "at": times, "values": words },
        { "node": node, "metric": "part_count", "at": times, "values": parts },
    ] });
    send(app, columns).await;
}

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn a_report_adds_first_and_divides_last() {
    let app = TestApp::new().await;
    let north = app.site("default", "North", json!({})).await;
    for (name, site) in [("lathe-1", json!(north)), ("lathe-2", Value::Null)] {
        app.node(json!({ "name": name, "site": site, "labels": { "hall": name } })).await;
    }
    day_of(&app, "lathe-1", 9).await;
    day_of(&app, "lathe-2", 12).await;
    // A machine that only says things about its host is in no report.
    app.node(json!({ "name": "pc" })).await;
    send(
        &app,
        json!({ "observations": [
        { "node": "pc", "metric": "system.cpu.utilization", "at": at(6, 0), "value": 0.5 }] }),
    )
    .await;

    let day = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31" });
    let with = |more: Value| {
        let mut body = day.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let all = report(&app, day.clone()).await.body;
    assert_eq!((&all["complete"], &all["query"]["nodes"]), (&json!(true), &json!(2)));
    let values = &all["total"]["values"];
    assert_eq!(values["in_cycle_ms"], 9 * HOUR_MS);
    assert_eq!(values["recorded_ms"], 12 * HOUR_MS);
    assert_eq!(values["no_data_ms"], 36 * HOUR_MS);
    assert_eq!(values["utilization"], 0.75);
    assert_eq!(values["parts_total"], 12);
    // The sums of the ratio.
    assert_eq!(all["total"]["sums"]["in_cycle_ms"], 9 * HOUR_MS);
    assert_eq!(all["total"]["sums"]["all_ms"], 48 * HOUR_MS);

    let by_site = report(&app, with(json!({ "group_by": ["site", "node"] }))).await.body;
    let keys: Vec<&Value> = by_site["groups"].as_array().unwrap().iter().map(|group| &group["key"]).collect();
    assert_eq!(keys, [&Value::Null, &json!(north)]);
    let ratios: Vec<f64> = by_site["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["groups"][0]["values"]["utilization"].as_f64().unwrap())
        .collect();
    assert_eq!(ratios, [1.0, 0.5]);
    assert_eq!(by_site["names"]["sites"][&north], "North");

    let rows = report(
        &app,
        with(json!({ "group_by": ["label:hall"], "layout": "rows", "metrics": ["parts_total"] })),
    );
    let rows = rows.await.body;
    assert_eq!(
        rows["rows"],
        json!([{ "label:hall": "lathe-1", "parts_total": 6 }, { "label:hall": "lathe-2", "parts_total": 6 }])
    );
    let columns = json!({ "group_by": ["hour"], "layout": "columns", "metrics": ["in_cycle_ms"], "nodes": ["lathe-1"] });
    let columns = report(&app, with(columns)).await.body;
    let in_cycle: Vec<i64> =
        columns["columns"]["in_cycle_ms"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap()).collect();
    assert_eq!(in_cycle.len(), 24);
    assert_eq!(&in_cycle[5..10], [0, HOUR_MS, HOUR_MS, HOUR_MS, 0]);
    assert_eq!(columns["columns"]["hour"][6], at(6, 0));
    let csv = app
        .owner()
        .header("accept", "text/csv")
        .post("/v1/reports/production", with(json!({ "group_by": ["node"], "metrics": ["utilization"] })))
        .await
        .expect(200);
    assert_eq!(csv.body, "node,utilization\nlathe-1,0.5\nlathe-2,1\n");

    // A window that is not whole days.
    let window = json!({ "from": at(8, 30), "until": at(9, 30), "nodes": ["lathe-1"] });
    let window = report(&app, window).await.body;
    assert_eq!(window["total"]["values"]["in_cycle_ms"], HOUR_MS / 2);
    assert_eq!(window["total"]["values"]["recorded_ms"], HOUR_MS);
    assert_eq!(
        window["query"],
        json!({
            "from": at(8, 30), "until": at(9, 30), "time_zone": "UTC", "group_by": [], "nodes": 1, "shifts": null,
            "job_operations": null, "operators": null,
            "metrics": ["utilization", "in_cycle_ms", "recorded_ms", "no_data_ms", "parts_total"],
        })
    );
}

#[tokio::test]
async fn late_data_are_in_the_next_report() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    day_of(&app, "lathe-1", 9).await;
    let body = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31" });
    let in_cycle = async || {
        let report = report(&app, body.clone()).await.body;
        assert_eq!(report["complete"], true);
        report["total"]["values"]["in_cycle_ms"].as_i64().unwrap()
    };
    assert_eq!(in_cycle().await, 3 * HOUR_MS);
    assert_eq!(in_cycle().await, 3 * HOUR_MS, "from the stored sums");
    let late =
        json!({ "node": "lathe-1", "metric": "execution", "at": "2029-12-31T08:59:30Z", "value": "READY" });
    send(&app, json!({ "observations": [late] })).await;
    assert_eq!(in_cycle().await, 3 * HOUR_MS - 30_000);
    // A source that may be silent for longer.
    let rest = json!({ "node": "lathe-1", "metric": "execution", "at": at(12, 30), "value": "ACTIVE" });
    send(&app, json!({ "observations": [rest], "stale_after_seconds": 3_600 })).await;
    let report = report(&app, body).await.body;
    assert_eq!(report["total"]["values"]["recorded_ms"], 6 * HOUR_MS + HOUR_MS / 2);
}

#[tokio::test]
async fn late_data_of_another_metric_change_the_days_after_them() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    let row = |metric: &str, at: &str, value: &str| json!({ "observations": [{ "node": "lathe-1", "metric": metric, "at": at, "value": value }] });
    for (time, word) in [("06:00:00", "ACTIVE"), ("06:00:30", "ACTIVE"), ("06:01:00", "READY")] {
        send(&app, row("execution", &format!("2029-12-30T{time}Z"), word)).await;
    }
    let in_cycle = async || {
        let body = json!({ "first_day": "2029-12-28", "last_day": "2029-12-30", "group_by": ["day"], "layout": "columns",
            "metrics": ["in_cycle_ms", "recorded_ms"] });
        let report = report(&app, body).await.body;
        assert_eq!(report["complete"], true);
        report["columns"].clone()
    };
    assert_eq!(in_cycle().await["in_cycle_ms"], json!([0, 0, 60_000]));
    // It is the newest observation of its metric, and holds on the day after, which was summed before.
    send(&app, row("availability", "2029-12-29T12:00:00Z", "UNAVAILABLE")).await;
    assert_eq!(in_cycle().await["in_cycle_ms"], json!([0, 0, 0]));
    send(&app, row("availability", "2029-12-29T13:00:00Z", "AVAILABLE")).await;
    assert_eq!(in_cycle().await["in_cycle_ms"], json!([0, 0, 60_000]));
}

#[tokio::test]
async fn a_contact_just_after_midnight_changes_the_day_before() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    let say = async |at: &str| {
        let row = json!({ "node": "lathe-1", "metric": "execution", "at": at, "value": "ACTIVE" });
        send(&app, json!({ "observations": [row] })).await;
    };
    let recorded = async || {
        let body = json!({ "first_day": "2029-12-29", "last_day": "2029-12-30", "group_by": ["day"], "layout": "columns",
            "metrics": ["recorded_ms"] });
        report(&app, body).await.body["columns"]["recorded_ms"].clone()
    };
    say("2029-12-29T23:59:20Z").await;
    say("2029-12-29T23:59:50Z").await;
    assert_eq!(recorded().await, json!([30_000, 0]));
    say("2029-12-30T00:00:10Z").await;
    assert_eq!(recorded().await, json!([40_000, 10_000]));
}

#[tokio::test]
async fn what_is_said_of_machines_is_in_the_next_report() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "lathe-1" })).await;
    day_of(&app, "lathe-1", 9).await;
    let ask = async |more: Value| {
        let mut body = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let report = report(&app, body).await.body;
        assert_eq!(report["complete"], true);
        report
    };
    let metrics = json!({ "metrics": ["scheduled_ms", "availability", "planned_downtime_ms", "parts_good",
        "parts_scrap", "performance", "oee"] });
    let before = ask(metrics.clone()).await;
    assert_eq!(before["total"]["values"]["scheduled_ms"], 24 * HOUR_MS);
    // 3 hours in cycle of 6 hours with data.
    assert_eq!(before["total"]["values"]["availability"], 0.5);

    let made =
        async |noun: &str, body: Value| app.owner().post(&format!("/v1/{noun}"), body).await.expect(201).body;
    let shift = |name: &str, starts: &str, ends: &str| json!({ "name": name, "starts_at": starts, "ends_at": ends, "weekdays": ["monday"] });
    made("calendars", json!({ "name": "Plant", "rules": {
        "time_zone": "UTC", "shifts": [shift("Early", "06:00", "10:00"), shift("Late", "10:00", "18:00")] } }))
    .await;
    made("downtime_reasons", json!({ "reason": "Setup|Tool change", "planned": true })).await;
    made(
        "annotations",
        json!({ "node": node, "reason": "Setup|Tool change", "start_at": at(9, 0), "end_at": at(10, 0) }),
    )
    .await;
    let operation =
        made("job_operations", json!({ "name": "10", "job": "A-1", "ideal_part_ms": 1_800_000 })).await;
    let operation = operation["id"].as_str().unwrap();
    made(
        "job_runs",
        json!({ "node": node, "job_operation": operation, "start_at": at(6, 0), "end_at": at(9, 30) }),
    )
    .await;
    made("rejects", json!({ "node": node, "at": at(8, 0), "kind": "scrap", "parts": 2 })).await;

    let after = ask(metrics).await;
    let values = &after["total"]["values"];
    assert_eq!(values["scheduled_ms"], 12 * HOUR_MS);
    assert_eq!(values["availability"], 0.5);
    assert_eq!(values["planned_downtime_ms"], HOUR_MS);
    assert_eq!((&values["parts_good"], &values["parts_scrap"]), (&json!(4), &json!(2)));
    // Three parts in the run took an ideal time of 1.5 hours, in 3 hours in cycle.
    assert_eq!(values["performance"], 0.5);
    assert_eq!(values["oee"], 0.5 * 0.5 * (4.0 / 6.0));

    let by_shift =
        ask(json!({ "group_by": ["shift"], "metrics": ["all_ms", "in_cycle_ms"], "layout": "rows" })).await;
    assert_eq!(
        by_shift["rows"],
        json!([
            { "shift": null, "all_ms": 12 * HOUR_MS, "in_cycle_ms": 0 },
            { "shift": "Early", "all_ms": 4 * HOUR_MS, "in_cycle_ms": 3 * HOUR_MS },
            { "shift": "Late", "all_ms": 8 * HOUR_MS, "in_cycle_ms": 0 },
        ])
    );
    let early = ask(
        json!({ "shifts": ["Early"], "group_by": ["reason"], "metrics": ["downtime_ms"], "layout": "rows" }),
    );
    assert_eq!(
        early.await["rows"],
        json!([{ "reason": null, "downtime_ms": 0 }, { "reason": "Setup|Tool change", "downtime_ms": HOUR_MS }])
    );
    let by_hour_and_job =
        ask(json!({ "group_by": ["job_operation", "hour"], "metrics": ["parts_total"] })).await;
    let jobs = by_hour_and_job["groups"].as_array().unwrap();
    let job = jobs.iter().find(|group| group["key"] == operation).unwrap();
    assert_eq!(job["values"]["parts_total"], 3);
    assert_eq!(job["groups"].as_array().unwrap().len(), 4);

    let reason = app.owner().get("/v1/downtime_reasons").await.expect(200);
    let reason = reason.body["items"][0]["id"].as_str().unwrap().to_owned();
    app.owner()
        .patch(&format!("/v1/downtime_reasons/{reason}"), json!({ "planned": false }))
        .await
        .expect(200);
    let unplanned = ask(json!({ "metrics": ["planned_downtime_ms", "unplanned_downtime_ms"] })).await;
    assert_eq!(
        unplanned["total"]["values"],
        json!({ "planned_downtime_ms": 0, "unplanned_downtime_ms": HOUR_MS })
    );
}

#[tokio::test]
async fn a_node_that_moves_while_reports_are_made_has_the_sums_of_its_calendar() {
    on_both("report_move", async |app: TestApp| {
        for (site, ends) in [("A", "14:00"), ("B", "18:00")] {
            let id = app.site("default", site, json!({})).await;
            let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
            let shift = json!({ "name": "Early", "starts_at": "06:00", "ends_at": ends, "weekdays": days });
            let rules = json!({ "time_zone": "UTC", "shifts": [shift] });
            let calendar = json!({ "name": site, "site": id, "rules": rules });
            app.owner().post("/v1/calendars", calendar).await.expect(201);
        }
        app.node(json!({ "name": "lathe-1", "site": "A" })).await;
        day_of(&app, "lathe-1", 9).await;
        let scheduled = async || {
            let body =
                json!({ "first_day": "2029-12-31", "last_day": "2029-12-31", "metrics": ["scheduled_ms"] });
            let report = report(&app, body).await.body;
            assert_eq!(report["complete"], true);
            report["total"]["values"]["scheduled_ms"].as_i64().unwrap() / HOUR_MS
        };
        assert_eq!(scheduled().await, 8);
        for round in 0..12 {
            let (site, hours) = if round % 2 == 0 { ("B", 12) } else { ("A", 8) };
            let owner = app.owner();
            let moves = async {
                for site in ["A", "B", site] {
                    owner.patch("/v1/nodes/lathe-1", json!({ "site": site })).await.expect(200);
                }
            };
            let reports = async {
                for _ in 0..6 {
                    futures::join!(scheduled(), scheduled());
                }
            };
            futures::join!(moves, reports);
            assert_eq!(scheduled().await, hours, "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn corrections_of_parts_are_in_the_next_report() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    day_of(&app, "lathe-1", 9).await;
    let parts = async || {
        let body = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31", "group_by": ["hour"],
            "metrics": ["parts_total", "parts_good"] });
        let report = report(&app, body).await.body;
        assert_eq!(report["complete"], true);
        let at_eight =
            report["groups"].as_array().unwrap().iter().find(|group| group["key"] == at(8, 0)).unwrap();
        (report["total"]["values"]["parts_good"].clone(), at_eight["values"]["parts_total"].clone())
    };
    // The counter rises by one at each full hour.
    assert_eq!(parts().await, (json!(6), json!(1)));
    let correction = |at: String, parts: i64| json!({ "node": "lathe-1", "at": at, "parts": parts });
    let made = app.owner().post("/v1/part_corrections", correction(at(8, 15), 3)).await.expect(201).body;
    app.owner().post("/v1/part_corrections", correction(at(11, 0), -2)).await.expect(201);
    assert_eq!(parts().await, (json!(7), json!(4)));
    let path = format!("/v1/part_corrections/{}", made["id"].as_str().unwrap());
    app.owner().patch(&path, json!({ "at": at(9, 15), "parts": 5 })).await.expect(200);
    assert_eq!(parts().await, (json!(9), json!(1)));
    app.owner().delete(&path).await.expect(200);
    assert_eq!(parts().await, (json!(4), json!(1)));
}

#[tokio::test]
async fn a_report_on_downtime_is_grouped_by_reason() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "lathe-1" })).await;
    app.node(json!({ "name": "lathe-2" })).await;
    // Three hours of downtime, and none.
    day_of(&app, "lathe-1", 9).await;
    day_of(&app, "lathe-2", 12).await;
    app.owner().post("/v1/downtime_reasons", json!({ "reason": "Tool", "planned": true })).await.expect(201);
    let annotation = json!({ "node": node, "reason": "Tool", "start_at": at(9, 0), "end_at": at(11, 0) });
    app.owner().post("/v1/annotations", annotation).await.expect(201);
    let ask = async |more: Value| {
        let mut body = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31", "layout": "rows" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.owner().post("/v1/reports/downtime", body).await.expect(200).body
    };
    let row = |reason: Value, hours: i64, planned: i64, uncategorized: i64| {
        json!({ "reason": reason, "downtime_ms": hours * HOUR_MS, "planned_downtime_ms": planned * HOUR_MS,
            "unplanned_downtime_ms": 0, "uncategorized_downtime_ms": uncategorized * HOUR_MS })
    };
    let report = ask(json!({})).await;
    // Each machine was last heard at noon, so that the minute after it is not known.
    assert_eq!(report["rows"], json!([row(Value::Null, 1, 0, 1), row(json!("Tool"), 2, 2, 0)]));
    assert_eq!(report["total"]["values"]["downtime_ms"], 3 * HOUR_MS);
    assert_eq!(report["query"]["group_by"], json!(["reason"]));
    // Groups without downtime are left out, and the total has everything.
    let by_node = json!({ "group_by": ["node"], "metrics": ["downtime_ms", "recorded_ms"] });
    let by_node = ask(by_node).await;
    assert_eq!(
        by_node["rows"],
        json!([{ "node": node, "downtime_ms": 3 * HOUR_MS, "recorded_ms": 6 * HOUR_MS }])
    );
    assert_eq!(by_node["total"]["values"]["recorded_ms"], 12 * HOUR_MS);
    let nothing = ask(json!({ "nodes": ["lathe-2"], "group_by": ["node"] })).await;
    assert_eq!(nothing["rows"], json!([]));
    let search = ask(json!({ "search": "lathe-1", "type": "generic", "group_by": [] })).await;
    assert_eq!(search["query"]["nodes"], 1);
}

#[tokio::test]
async fn reports_show_thresholds_names_and_what_operators_did() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "lathe-1" })).await;
    app.node(json!({ "name": "lathe-2" })).await;
    day_of(&app, "lathe-1", 9).await;
    day_of(&app, "lathe-2", 12).await;
    let made = async |noun: &str, body: Value| {
        app.owner().post(&format!("/v1/{noun}"), body).await.expect(201).body["id"].clone()
    };
    made("goals", json!({ "metric": "oee", "warning_ratio": 0.8, "failure_ratio": 0.6 })).await;
    made("goals", json!({ "metric": "oee", "warning_ratio": 0.7, "failure_ratio": 0.5, "node": node })).await;
    let operator = made("operators", json!({ "name": "Ada" })).await;
    let run = json!({ "node": node, "operator": operator, "start_at": at(6, 0), "end_at": at(8, 0) });
    made("operator_runs", run).await;
    let operation = made("job_operations", json!({ "job": "A-1", "name": "Turn" })).await;
    made(
        "job_runs",
        json!({ "node": node, "job_operation": operation, "start_at": at(7, 0), "end_at": at(8, 0) }),
    )
    .await;
    let ask = async |more: Value| {
        let mut body = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31", "layout": "rows" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        report(&app, body).await.body
    };
    let thresholds = json!({ "group_by": ["node"], "metrics": ["oee_warning_threshold", "oee_failure_threshold",
        "parts_goal_warning_threshold"] });
    let thresholds = ask(thresholds).await;
    let of = |row: usize| {
        let row = &thresholds["rows"][row];
        [&row["oee_warning_threshold"], &row["oee_failure_threshold"], &row["parts_goal_warning_threshold"]]
    };
    assert_eq!(of(0), [&json!(0.7), &json!(0.5), &Value::Null]);
    assert_eq!(of(1), [&json!(0.8), &json!(0.6), &Value::Null]);
    // Together they have no goal, because theirs differ.
    assert_eq!(thresholds["total"]["values"]["oee_warning_threshold"], Value::Null);

    let of_operator = json!({ "operators": [operator], "group_by": ["operator", "job_operation"], "metrics": ["in_cycle_ms"] });
    let of_operator = ask(of_operator).await;
    assert_eq!(of_operator["total"]["values"]["in_cycle_ms"], 2 * HOUR_MS);
    assert_eq!(of_operator["names"]["operators"][operator.as_str().unwrap()], "Ada");
    assert_eq!(of_operator["names"]["job_operations"][operation.as_str().unwrap()], "A-1 / Turn");
    assert_eq!(of_operator["rows"].as_array().unwrap().len(), 2);
    assert_eq!(of_operator["query"]["operators"], json!([operator]));
    // Who may not list operators reads their ids.
    let asked = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31", "layout": "rows",
        "group_by": ["operator"], "metrics": ["in_cycle_ms"] });
    for reach in [json!({}), json!({ "reach": { "nodes": [node] } })] {
        let (key, _) = app.key(&["reports.production"], reach).await;
        let shown = app.with_key(&key).post("/v1/reports/production", asked.clone()).await.expect(200).body;
        let shown = shown.to_string();
        assert!(shown.contains(operator.as_str().unwrap()) && !shown.contains("Ada"), "{shown}");
    }
}

#[tokio::test]
async fn many_days_are_summed_and_stay_up_to_date() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1" })).await;
    // On each of twenty days, one minute in cycle.
    let at = |day: u32, minute: u32| format!("2029-12-{day:02}T06:{minute:02}:00Z");
    let times: Vec<String> = (1..=20).flat_map(|day| [at(day, 0), at(day, 1)]).collect();
    let words: Vec<&str> = (1..=20).flat_map(|_| ["ACTIVE", "READY"]).collect();
    let column = json!({ "node": "lathe-1", "metric": "execution", "at": times, "values": words });
    send(&app, json!({ "columns": [column] })).await;
    let minutes = async |first: u32, last: u32| {
        let (first, last) = (format!("2029-12-{first:02}"), format!("2029-12-{last:02}"));
        let body = json!({ "first_day": first, "last_day": last, "group_by": ["day"], "metrics": ["in_cycle_ms"],
            "layout": "columns" });
        let report = report(&app, body).await.body;
        assert_eq!(report["complete"], true);
        let days = report["columns"]["in_cycle_ms"].as_array().unwrap().iter();
        days.map(|ms| ms.as_i64().unwrap() / 60_000).collect::<Vec<_>>()
    };
    assert_eq!(minutes(1, 20).await, [1; 20]);
    assert_eq!(minutes(1, 20).await, [1; 20], "from the stored sums");
    // All time is outdated, and the days in the middle are summed anew first.
    let early = json!({ "name": "Early", "starts_at": "05:00", "ends_at": "06:01", "weekdays": ["monday"] });
    let rules = json!({ "time_zone": "UTC", "day_starts_at": "06:01", "shifts": [early] });
    app.owner().post("/v1/calendars", json!({ "name": "Plant", "rules": rules })).await.expect(201);
    assert_eq!(minutes(9, 11).await, [1; 3]);
    // Now the minute after six belongs to the day before.
    assert_eq!(minutes(1, 20).await, [vec![1; 19], vec![0]].concat());
}

#[tokio::test]
async fn what_is_wrong_with_a_report_is_said() {
    let app = TestApp::new().await;
    for (body, field, part) in [
        (
            json!({ "metrics": ["utilisation"] }),
            "metrics[0]",
            "did you mean `utilization`? The metrics are: availability",
        ),
        (json!({ "metrics": [] }), "metrics", "expected 1 to"),
        (json!({ "first_day": "2030-01-02", "last_day": "2030-01-01" }), "last_day", "not before 2030-01-02"),
        (json!({ "last_days": 2_000 }), "last_days", "at most 1100 days"),
        (json!({ "group_by": ["machine"] }), "group_by[0]", "expected node, site"),
        (json!({ "group_by": ["node", "node"] }), "group_by[1]", "each dimension once"),
        (json!({ "sites": ["Nowhere"] }), "sites[0]", "there is no site Nowhere"),
        (json!({ "nodes": ["none"] }), "nodes[0]", "there is no node none"),
        (json!({ "shifts": [] }), "shifts", "expected 1 to"),
    ] {
        let reply = app.owner().post("/v1/reports/production", body.clone()).await.expect(400);
        let error = &reply.body["errors"][0];
        assert_eq!(error["field"], field, "{body}");
        assert!(error["detail"].as_str().unwrap().contains(part), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_narrow_reach_reports_only_its_own_nodes() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "lathe-1", "labels": { "hall": "a" } })).await;
    app.node(json!({ "name": "lathe-2" })).await;
    day_of(&app, "lathe-1", 9).await;
    day_of(&app, "lathe-2", 12).await;
    let (narrow, _) = app.key(&["reports:read"], json!({ "reach": { "labels": "hall=a" } })).await;
    let body = json!({ "first_day": "2029-12-31", "last_day": "2029-12-31", "group_by": ["node"] });
    let report = app.with_key(&narrow).post("/v1/reports/production", body.clone()).await.expect(200).body;
    assert_eq!(report["query"]["nodes"], 1);
    assert_eq!(report["total"]["values"]["utilization"], 0.5);
    app.organization("other").await;
    let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
    let report = app.with_key(&other).post("/v1/reports/production", body).await.expect(200).body;
    assert_eq!(report["query"]["nodes"], 0);
    assert_eq!(report["total"]["values"]["utilization"], Value::Null);
}
