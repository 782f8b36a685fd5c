//! Saved scripts, run by callers who give no commands of their own.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_technician_runs_saved_scripts_and_nothing_else() {
    let app = TestApp::new().await;
    let (node, _) = app.machine("default", "web-1", json!({ "env": "prod" })).await;
    app.machine("default", "db-1", json!({ "env": "test" })).await;
    let body = json!({ "name": "restart", "shell": "sh", "body": "systemctl restart \"$1\"",
        "parameters": [{ "name": "unit" }] });
    app.owner().post("/v1/scripts", body.clone()).await.expect(201);
    app.user("default", "tess@example.com", "technician").await;
    let tess = app.log_in("tess@example.com", crate::app::PASSWORD).await;
    let run = json!({ "targets": { "labels": "env=prod" }, "parameters": { "unit": "nginx" } });
    let command = tess.post("/v1/scripts/restart/run", run.clone()).await.expect(202).body;
    assert_eq!(command["nodes"], json!([{ "id": node, "name": "web-1" }]));
    assert_eq!(command["instruction"]["arguments"], json!(["nginx"]));
    let id = command["id"].as_str().unwrap();
    tess.get(&format!("/v1/commands/{id}/results")).await.expect(200);
    tess.get("/v1/scripts/restart").await.expect(200);
    let entry = &app.owner().get("/v1/audit?operation=scripts.run").await.expect(200).body["items"][0];
    assert_eq!((&entry["outcome"], &entry["actor"]["kind"]), (&json!("allowed"), &json!("user")));
    // Neither a text of her own, nor another script, nor somebody else's command.
    let text = json!({ "targets": { "nodes": [node] }, "shell": "sh", "command": "id" });
    tess.post("/v1/commands", text).await.problem(403, "scope_missing");
    let saved =
        json!({ "targets": { "nodes": [node] }, "script": "restart", "parameters": { "unit": "nginx" } });
    tess.post("/v1/commands", saved).await.problem(403, "scope_missing");
    tess.post("/v1/scripts", json!({ "name": "mine", "shell": "sh", "body": "id" }))
        .await
        .problem(403, "scope_missing");
    tess.patch("/v1/scripts/restart", json!({ "body": "id" })).await.problem(403, "scope_missing");
    tess.post(&format!("/v1/commands/{id}/cancel"), json!({})).await.problem(403, "scope_missing");
    for field in ["env", "run_as", "working_directory", "arguments", "command"] {
        let mut with = run.clone();
        with[field] = json!("x");
        tess.post("/v1/scripts/restart/run", with).await.problem(400, "invalid").field(field);
    }
    // What is wrong is named.
    for (field, wrong) in
        [("version", json!(2)), ("targets", json!({})), ("parameters", json!({ "unti": "nginx" }))]
    {
        let mut body = run.clone();
        body[field] = wrong;
        let refused = tess.post("/v1/scripts/restart/run", body).await.problem(400, "invalid");
        let errors = refused.body["errors"].to_string();
        assert!(errors.contains(field), "{field}: {errors}");
    }
    tess.post("/v1/scripts/none/run", run.clone()).await.problem(404, "not_found");
    app.user("default", "vic@example.com", "viewer").await;
    let vic = app.log_in("vic@example.com", crate::app::PASSWORD).await;
    vic.post("/v1/scripts/restart/run", run).await.problem(403, "scope_missing");
}

#[tokio::test]
async fn a_key_runs_scripts_within_its_reach_and_its_command_limits() {
    let app = TestApp::new().await;
    let (here, _) = app.machine("default", "here", json!({ "env": "prod" })).await;
    let (there, _) = app.machine("default", "there", json!({ "env": "test" })).await;
    let script = |name: &str| json!({ "name": name, "shell": "sh", "body": "true" });
    let one = app.owner().post("/v1/scripts", script("one")).await.expect(201).body["id"].clone();
    app.owner().post("/v1/scripts", script("two")).await.expect(201);
    let limits = json!({ "reach": { "labels": "env=prod" }, "command_limits": { "scripts": [one], "most_targets": 1 } });
    let (key, _) = app.key(&["scripts.run"], limits).await;
    let key = app.with_key(&key);
    let on = |node: &str| json!({ "targets": { "nodes": [node] } });
    key.post("/v1/scripts/one/run", on(&here)).await.expect(202);
    key.post("/v1/scripts/two/run", on(&here)).await.problem(403, "command_limited");
    let refused = key.post("/v1/scripts/one/run", on(&there)).await;
    assert_eq!(refused.status, 400, "{:#}", refused.body);
}
