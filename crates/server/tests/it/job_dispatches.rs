//! Jobs that another system starts and stops.

use serde_json::{Value, json};

use crate::app::{Reply, TestApp};

fn at(hour: u32, minute: u32) -> String {
    format!("2029-12-31T{hour:02}:{minute:02}:00Z")
}

fn start(more: Value) -> Value {
    let mut body = json!({ "external_id": "run-1", "node": "mill-1", "job": "J-1", "name": "Mill", "start_at": at(6, 0) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn started(app: &TestApp, more: Value) -> Reply {
    app.owner().post("/v1/job_dispatches", start(more)).await
}

#[tokio::test]
async fn a_job_is_started_once_and_stopped() {
    let app = TestApp::new().await;
    let node = app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    let (key, _) = app.key(&["erp"], json!({})).await;
    let erp = app.with_key(&key);
    let body = start(json!({ "part": "P-7", "expected_part_ms": 5_000, "quantity_required": 40 }));
    let first = erp.post("/v1/job_dispatches", body.clone()).await.expect(200).body;
    assert_eq!(first["run"]["node_id"], node);
    assert_eq!((&first["run"]["start_at"], &first["run"]["end_at"]), (&json!(at(6, 0)), &Value::Null));
    assert_eq!(first["job_operation"]["expected_part_ms"], 5_000);
    // The same request begins nothing new.
    assert_eq!(erp.post("/v1/job_dispatches", body).await.expect(200).body, first);
    // What it says of the job operation is changed, and what it does not say stays.
    let body = start(json!({ "part": "P-7", "ideal_part_ms": 4_000 }));
    let changed = erp.post("/v1/job_dispatches", body).await.expect(200).body;
    assert_eq!(changed["run"], first["run"]);
    let operation = &changed["job_operation"];
    assert_eq!((&operation["id"], &operation["revision"]), (&first["job_operation"]["id"], &json!(2)));
    assert_eq!((&operation["ideal_part_ms"], &operation["expected_part_ms"]), (&json!(4_000), &json!(5_000)));
    let listed = app.owner().get("/v1/job_operations").await.expect(200);
    assert_eq!(listed.items("job").len(), 1);

    // A machine runs one job at a time.
    let second =
        started(&app, json!({ "external_id": "run-2", "name": "Turn" })).await.problem(409, "overlaps");
    assert!(second.body["detail"].as_str().unwrap().contains(first["run"]["id"].as_str().unwrap()));
    // And a name means one run.
    started(&app, json!({ "name": "Turn" })).await.problem(409, "taken").field("external_id");
    assert_eq!(
        app.owner().get("/v1/job_operations").await.expect(200).items("job").len(),
        1,
        "nothing is half done"
    );

    let stop = json!({ "end_at": at(9, 0) });
    let path = "/v1/job_dispatches/run-1/stop";
    let stopped = erp.post(path, stop.clone()).await.expect(200).body;
    assert_eq!(stopped["run"]["end_at"], at(9, 0));
    assert_eq!(erp.post(path, stop).await.expect(200).body, stopped);
    let again = erp.post(path, json!({})).await.expect(200).body;
    assert_eq!(again, stopped, "a run that has ended stays as it is");
    erp.post(path, json!({ "end_at": at(5, 0) })).await.problem(400, "invalid").field("end_at");
    erp.post("/v1/job_dispatches/none/stop", json!({})).await.problem(404, "not_found");
    let body = start(json!({ "external_id": "run-2", "name": "Turn", "start_at": at(9, 0) }));
    erp.post("/v1/job_dispatches", body).await.expect(200);
    erp.get("/v1/job_runs").await.problem(403, "scope_missing");
}

#[tokio::test]
async fn a_machine_is_found_by_the_name_that_the_other_system_has_for_it() {
    let app = TestApp::new().await;
    let labelled = app.node(json!({ "name": "mill-1", "labels": { "erp_machine_id": "M7" } })).await;
    let named = app.node(json!({ "name": "M8" })).await;
    let body = |run: &str, machine: &str| json!({ "external_id": run, "erp_machine_id": machine, "job": "J", "name": "Mill" });
    for (run, machine, node) in [("1", "M7", &labelled), ("2", "M8", &named)] {
        let reply = app.owner().post("/v1/job_dispatches", body(run, machine)).await.expect(200);
        assert_eq!(reply.body["run"]["node_id"], *node);
    }
    let refused = app.owner().post("/v1/job_dispatches", body("3", "M9")).await.problem(400, "invalid");
    assert!(refused.field("erp_machine_id").contains("add the label to a node"), "{:#}", refused.body);
    app.node(json!({ "name": "mill-2", "labels": { "erp_machine_id": "M7" } })).await;
    let refused = app.owner().post("/v1/job_dispatches", body("3", "M7")).await.problem(400, "invalid");
    assert!(refused.field("erp_machine_id").contains("several nodes"), "{:#}", refused.body);
    // Nobody takes another machine's jobs by labelling a node like it.
    for value in ["M8", named.as_str()] {
        let labels = json!({ "labels": { "erp_machine_id": value } });
        app.owner().patch(&format!("/v1/nodes/{labelled}"), labels).await.expect(200);
        let reply = app.owner().post("/v1/job_dispatches", body("2", value)).await;
        if value == named {
            assert_eq!(reply.expect(200).body["run"]["node_id"], named);
        } else {
            assert!(reply.problem(400, "invalid").field("erp_machine_id").contains("several nodes"));
        }
    }
    let neither = json!({ "external_id": "3", "job": "J", "name": "Mill" });
    app.owner().post("/v1/job_dispatches", neither).await.problem(400, "invalid").field("node");
}

#[tokio::test]
async fn a_job_says_how_many_parts_were_made() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "mill-1", "address": "mill-1" })).await;
    started(&app, json!({})).await.expect(200);
    let minutes = || (6 * 60..=9 * 60).map(|minute| (minute / 60, minute % 60));
    let times: Vec<String> = minutes().map(|(hour, minute)| at(hour, minute)).collect();
    let parts: Vec<u32> = minutes().map(|(hour, _)| hour - 6).collect();
    let columns = json!([{ "node": "mill-1", "metric": "part_count", "at": times, "values": parts }]);
    app.owner().post("/v1/observations", json!({ "columns": columns })).await.expect(200);
    let reject = json!({ "node": "mill-1", "at": at(7, 30), "kind": "scrap", "parts": 1 });
    app.owner().post("/v1/rejects", reject).await.expect(201);
    let parts = async || app.owner().get("/v1/job_dispatches/run-1").await.expect(200).body;
    let shown = parts().await;
    assert_eq!(shown["parts"], json!({ "total": 3, "good": 2, "scrap": 1, "nonconforming": 0 }));
    assert_eq!(shown["complete"], true);
    // The part of nine o'clock is not of this run.
    let stop = json!({ "end_at": at(9, 0) });
    app.owner().post("/v1/job_dispatches/run-1/stop", stop).await.expect(200);
    assert_eq!(parts().await["parts"]["total"], 2);
    app.owner().get("/v1/job_dispatches/none").await.problem(404, "not_found");
}

#[tokio::test]
async fn the_name_that_the_other_system_has_may_have_any_characters() {
    let app = TestApp::new().await;
    let names = ["Lathe 1", "a%b", "\\", "a,b", "\"quoted\"", "b,site=x"];
    for (n, name) in names.iter().enumerate() {
        let labels = json!({ "erp_machine_id": name });
        let node = app.node(json!({ "name": format!("m-{n}"), "labels": labels })).await;
        let body =
            json!({ "external_id": format!("run-{n}"), "erp_machine_id": name, "job": "J", "name": "Mill" });
        let started = app.owner().post("/v1/job_dispatches", body).await.expect(200).body;
        assert_eq!(started["run"]["node_id"], node, "{name}");
    }
    // The name is no selector: nothing can be added to the condition.
    for n in 0..2 {
        let labels = json!({ "erp_machine_id": "twice", "side": format!("s{n}") });
        app.node(json!({ "name": format!("twin-{n}"), "labels": labels })).await;
    }
    let body = json!({ "external_id": "x", "erp_machine_id": "twice,side=s1", "job": "J", "name": "Mill" });
    app.owner().post("/v1/job_dispatches", body).await.problem(400, "invalid").field("erp_machine_id");
}
