//! Scripts written for MachineMetrics' reports.

use serde_json::{Value, json};

use crate::app::TestApp;

/// A machine that says every minute of a day what it does: it is active for the first `active` of `minutes`.
async fn machine(app: &TestApp, name: &str, site: &str, day: &str, minutes: u32, active: u32) {
    app.node(json!({ "name": name, "site": site })).await;
    also(app, name, day, minutes, active).await;
}

async fn also(app: &TestApp, name: &str, day: &str, minutes: u32, active: u32) {
    let at = |minute: u32| format!("{day}T{:02}:{:02}:00Z", minute / 60, minute % 60);
    let times: Vec<String> = (0..=minutes).map(at).collect();
    let words: Vec<&str> = (0..=minutes).map(|n| if n < active { "ACTIVE" } else { "READY" }).collect();
    let columns = json!([{ "node": name, "metric": "execution", "at": times, "values": words }]);
    app.owner().post("/v1/observations", json!({ "columns": columns })).await.expect(200);
}

#[tokio::test]
async fn the_two_calls_of_the_documentation_answer() {
    let app = TestApp::new().await;
    let site = app.site("default", "Plant", json!({})).await;
    machine(&app, "mill", &site, "2022-07-15", 600, 450).await;
    machine(&app, "lathe", &site, "2022-07-16", 100, 10).await;
    let (key, _) = app.key(&["reporting"], json!({})).await;
    let caller = app.with_key(&key);
    let body = json!({ "startDay": "2022-07-15", "endDay": "2022-07-16", "data": [{ "metric": "utilizationRate" }] });
    let report = caller.post("/reports/production", body).await.expect(200);
    // (450 + 10) of (600 + 100) minutes; the mean of the two ratios would be 0.425.
    assert_eq!(report.body["aggregate"], json!({ "utilizationRate": 460.0 / 700.0 }));
    assert_eq!((&report.body["items"], &report.body["complete"]), (&json!([]), &json!(true)));

    also(&app, "mill", "2029-12-31", 60, 30).await;
    let yesterday = caller.get("/reports/production").await.expect(200).body;
    assert_eq!(
        yesterday["aggregate"],
        json!({ "timeInCycle": 1_800_000, "allTime": 3_600_000, "noDataTime": 2 * 86_400_000 - 3_600_000,
            "utilizationRate": 0.5, "totalParts": 0 })
    );

    let (other, _) = app.key(&["nodes:read"], json!({})).await;
    let refused = app.with_key(&other).get("/reports/production").await.expect(403);
    assert!(
        refused.body["message"].as_str().unwrap().contains("the named set reporting"),
        "{:#}",
        refused.body
    );
}

#[tokio::test]
async fn groups_are_nested_flat_or_csv() {
    let app = TestApp::new().await;
    let site = app.site("default", "Plant", json!({})).await;
    machine(&app, "mill", &site, "2022-07-15", 60, 45).await;
    machine(&app, "lathe", &site, "2022-07-15", 60, 15).await;
    let ask = async |more: Value| {
        let mut body = json!({
            "start": "2022-07-15T00:00:00Z", "end": "2022-07-16T00:00:00Z",
            "data": [{ "metric": "timeInCycle" }, { "metric": "allTime" }],
            "groupBy": [{ "group": "day" }, { "group": "machine" }],
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.owner().post("/reports/production", body).await.expect(200).body
    };
    let nested = ask(json!({})).await;
    assert_eq!(nested["aggregate"]["timeInCycle"], 3_600_000);
    let day = &nested["items"][0];
    assert_eq!((&day["day"], &day["aggregate"]["timeInCycle"]), (&json!("2022-07-15"), &json!(3_600_000)));
    let lathe = &day["items"][0];
    assert_eq!(lathe["aggregate"]["timeInCycle"], 900_000);
    let id = lathe["entity"]["id"].as_str().unwrap();
    assert_eq!(nested["entities"]["machine"][id], json!({ "name": "lathe" }));

    let flat = ask(json!({ "flatten": true, "filter": { "machine": [id], "shift": [] } })).await;
    assert_eq!(
        flat["items"],
        json!([{ "day": "2022-07-15", "machine": "lathe", "machineId": id, "timeInCycle": 900_000,
            "allTime": 3_600_000, "noDataTime": 86_400_000 - 3_600_000 }])
    );
    assert_eq!(flat["aggregate"]["timeInCycle"], 900_000);
    let by_shift = ask(json!({ "flatten": true, "groupBy": [{ "group": "shift" }] })).await;
    assert_eq!(
        (&by_shift["items"][0]["shift"], &by_shift["items"][0]["shiftId"]),
        (&json!("No Shift"), &Value::Null)
    );
    let csv = ask(json!({ "csv": true, "groupBy": [{ "group": "machineGroup" }] })).await;
    let expected = format!(
        "machineGroup,machineGroupId,timeInCycle,allTime,noDataTime\nPlant,{site},3600000,7200000,165600000\n"
    );
    assert_eq!(csv, json!(expected));
}

#[tokio::test]
async fn downtime_is_reported_by_reason() {
    let app = TestApp::new().await;
    let site = app.site("default", "Plant", json!({})).await;
    machine(&app, "mill", &site, "2022-07-15", 60, 45).await;
    app.owner().post("/v1/downtime_reasons", json!({ "reason": "Setup|Tool change" })).await.expect(201);
    let annotation = json!({ "node": "mill", "reason": "Setup|Tool change", "start_at": "2022-07-15T00:45:00Z",
        "end_at": "2022-07-15T00:50:00Z" });
    app.owner().post("/v1/annotations", annotation).await.expect(201);
    let body = json!({ "startDay": "2022-07-15", "endDay": "2022-07-15", "flatten": true,
        "data": [{ "metric": "downtimeMs" }], "groupBy": [{ "group": "day" }, { "group": "reason" }] });
    let report = app.owner().post("/reports/downtime", body.clone()).await.expect(200).body;
    assert_eq!(
        report["items"],
        json!([{ "day": "2022-07-15", "reason": "Uncategorized", "downtimeMs": 600_000 },
            { "day": "2022-07-15", "reason": "Setup|Tool change", "downtimeMs": 300_000 }])
    );
    assert_eq!(report["aggregate"], json!({ "downtimeMs": 900_000 }));
    let mut without = body;
    without.as_object_mut().unwrap().remove("data");
    assert_eq!(app.owner().post("/reports/downtime", without).await.expect(200).body, report);
}

#[tokio::test]
async fn jobs_are_started_shown_and_stopped() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "M1" })).await;
    let (key, _) = app.key(&["erp"], json!({})).await;
    let erp = app.with_key(&key);
    let start = json!({ "erpJobOperationRunId": 5501, "erpMachineId": "M1", "jobName": "J-1", "operationName": 10,
        "lotName": null, "partName": "P-7", "startInSetup": true, "startAt": "2029-12-31T21:18:11.000Z",
        "expectedPartTime": 5000, "quantityRequired": 40 });
    let started = erp.post("/erp/jobdispatch/start", start).await.expect(200).body;
    assert_eq!((&started["erpJobOperationRunId"], &started["machineId"]), (&json!("5501"), &json!(node)));
    assert_eq!((&started["operationName"], &started["startInSetup"]), (&json!("10"), &json!(true)));
    let stop = json!({ "erpJobOperationRunId": "5501", "endAt": "2029-12-31T21:24:27.000Z" });
    let stopped = erp.post("/erp/jobdispatch/stop", stop).await.expect(200).body;
    assert_eq!(
        (&stopped["startAt"], &stopped["endAt"]),
        (&json!("2029-12-31T21:18:11Z"), &json!("2029-12-31T21:24:27Z"))
    );
    let shown = erp.get("/erp/jobdispatch/5501").await.expect(200).body;
    assert_eq!(
        shown["metrics"],
        json!({ "totalParts": 0, "goodParts": 0, "scrapParts": 0, "nonconformParts": 0 })
    );
    let operations = app.owner().get("/v1/job_operations").await.expect(200);
    assert_eq!(operations.items("expected_part_ms"), [5_000]);
    let refused = erp.post("/erp/jobdispatch/start", json!({ "jobName": "J" })).await.expect(400).body;
    let fields: Vec<&Value> =
        refused["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert!(fields.contains(&&json!("erpJobOperationRunId")), "{refused:#}");
    let refused = app.with_key(&key).post("/reports/production", json!({})).await.expect(403).body;
    assert!(refused["message"].as_str().unwrap().contains("reporting"), "{refused:#}");
}

#[tokio::test]
async fn errors_are_in_their_format() {
    let app = TestApp::new().await;
    let refused = async |body: Value| app.owner().post("/reports/production", body).await.expect(400).body;
    let day = json!({ "startDay": "2022-07-15", "endDay": "2022-07-16" });
    let with = |more: Value| {
        let mut body = day.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let unknown = refused(with(json!({ "data": [{ "metric": "abc" }] }))).await;
    assert_eq!(
        (&unknown["code"], &unknown["message"]),
        (&json!("ValidationError"), &json!("Validation Error"))
    );
    let error = &unknown["errors"][0];
    assert_eq!((&error["field"], &error["code"]), (&json!("data"), &json!("InvalidDataItem")));
    assert!(error["message"].as_str().unwrap().starts_with("Metric 'abc' is not valid"), "{error}");
    let data = json!([{ "metric": "oee" }]);
    for (body, field) in [
        (json!({ "data": data }), "start"),
        (json!({ "data": data, "startDay": "2022-07-15" }), "endDay"),
        (with(json!({ "data": [] })), "data"),
        (with(json!({ "data": data, "groupBy": [{ "group": "plant" }] })), "groupBy"),
        (with(json!({ "data": data, "colour": "red" })), "colour"),
        (with(json!({ "data": data, "filter": { "operator": ["1"] } })), "filter.operator[0]"),
        (json!({ "data": data, "startDay": "2022-07-16", "endDay": "2022-07-15" }), "endDay"),
    ] {
        let error = refused(body.clone()).await;
        assert_eq!(error["errors"][0]["field"], field, "{body}: {error}");
    }
    // No error names a type of this program.
    for (body, field, detail) in [
        (json!({ "groupBy": ["machine"] }), "groupBy[0]", "an object such as {\"group\": \"machine\"}"),
        (json!({ "data": [1] }), "data[0]", "an object such as {\"metric\": \"allTime\"}"),
        (json!({ "filter": 1 }), "filter", "an object of lists"),
    ] {
        let error = &refused(with(body)).await["errors"][0];
        let message = error["message"].as_str().unwrap();
        assert!(error["field"] == field && message.ends_with(&format!("expected {detail}")), "{error}");
    }
    let anonymous = app.anonymous().get("/reports/production").await.expect(401).body;
    assert_eq!(anonymous["errors"], json!([]));
}
