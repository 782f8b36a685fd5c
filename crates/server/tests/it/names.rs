//! Names instead of ids: in paths, filters and bodies.

use serde_json::{Value, json};

use crate::app::TestApp;

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

/// Creates an object, reads it by its name, changes it by its name, and deletes it by its name.
async fn is_found_by_name(app: &TestApp, list: &str, body: Value, name: &str, change: Value) {
    let owner = app.owner();
    let made = owner.post(list, body).await.expect(201).body;
    let made = made.get("user").or_else(|| made.get("key")).unwrap_or(&made).clone();
    let path = format!("{list}/{name}");
    assert_eq!(owner.get(&path).await.expect(200).body["id"], made["id"], "{path}");
    let changed = owner.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["id"], made["id"], "{path}");
    owner.delete(&format!("{path}?dry_run=true")).await.expect(200);
    owner.delete(&path).await.expect(200);
    let gone = owner.get(&path).await.problem(404, "not_found");
    let named = name.replace("%20", " ").replace("%2F", "/").replace("%7C", "|");
    assert!(gone.body["detail"].as_str().unwrap().contains(&named), "{}", gone.body);
    owner.get(&format!("{list}/{}", id(&made))).await.problem(404, "not_found");
}

#[tokio::test]
async fn objects_are_found_by_name() {
    let app = TestApp::new().await;
    let note = || json!({ "description": "Changed" });
    is_found_by_name(&app, "/v1/sites", json!({ "name": "Berlin/West" }), "Berlin%2FWest", note()).await;
    let role = json!({ "name": "Berlin operators", "scopes": ["nodes:read"] });
    is_found_by_name(&app, "/v1/roles", role, "Berlin%20operators", note()).await;
    let schedule = json!({
        "name": "nightly", "cron": "0 3 * * *", "time_zone": "UTC", "targets": { "labels": "env=prod" },
        "run": { "kind": "command", "shell": "sh", "command": "true" },
    });
    is_found_by_name(&app, "/v1/schedules", schedule, "nightly", note()).await;
    let window = json!({
        "name": "sundays", "selector": "env=prod", "cron": "0 3 * * 0", "time_zone": "UTC", "duration_seconds": 3600,
    });
    is_found_by_name(&app, "/v1/maintenance_windows", window, "sundays", note()).await;
    let calendar = json!({ "name": "Two shifts", "rules": { "time_zone": "UTC" } });
    is_found_by_name(&app, "/v1/calendars", calendar, "Two%20shifts", note()).await;
    let operation = json!({ "job": "J1", "name": "Mill" });
    is_found_by_name(&app, "/v1/job_operations", operation, "Mill", note()).await;
    let operator = json!({ "name": "Ada Byron", "number": "4711" });
    is_found_by_name(&app, "/v1/operators", operator.clone(), "Ada%20Byron", json!({ "number": "4712" }))
        .await;
    is_found_by_name(&app, "/v1/operators", operator, "4711", json!({ "name": "Ada Lovelace" })).await;
    let reason = json!({ "reason": "Setup|Tool change" });
    is_found_by_name(&app, "/v1/downtime_reasons", reason, "Setup%7CTool%20change", note()).await;
    let key = json!({ "name": "Report", "scopes": ["sites:read"] });
    is_found_by_name(&app, "/v1/keys", key, "Report", note()).await;
    let user = json!({ "email": "ada@example.com", "name": "Ada", "role": "viewer" });
    is_found_by_name(&app, "/v1/users", user, "ada@example.com", json!({ "role": "editor" })).await;
}

#[tokio::test]
async fn an_agent_is_found_by_its_node_and_type() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.node(json!({ "name": "hall/db 1" })).await;
    let exporter = json!({ "type": "node_exporter", "runs_on": "hall/db 1" });
    let made = owner.post("/v1/agents", exporter.clone()).await.expect(201).body;
    let path = "/v1/agents/hall%2Fdb%201%2Fnode_exporter";
    assert_eq!(owner.get(path).await.expect(200).body["id"], made["id"]);
    owner.patch(path, json!({ "enabled": false })).await.expect(200);
    owner.get("/v1/agents/hall%2Fdb%201%2Fnode_exporter/logs").await.expect(200);
    owner.get("/v1/agents/hall%2Fdb%201%2Fmysqld_exporter").await.problem(404, "not_found");
    owner.get("/v1/agents/other%2Fnode_exporter").await.problem(404, "not_found");
    let wrong = owner.get("/v1/agents/db-1").await.problem(400, "invalid");
    assert!(wrong.field("agent").contains("db-1/mysqld_exporter"));
    // A second one of the type makes the reference ambiguous, and the error has both ids.
    let mut twin = exporter;
    twin["allow_duplicate"] = json!(true);
    let twin = owner.post("/v1/agents", twin).await.expect(201).body;
    let both = owner.get(path).await.problem(409, "ambiguous_name");
    for made in [&made, &twin] {
        assert!(both.body["detail"].as_str().unwrap().contains(id(made)), "{}", both.body);
    }
    owner.delete(&format!("/v1/agents/{}", id(&twin))).await.expect(200);
    owner.delete(path).await.expect(200);
}

#[tokio::test]
async fn a_name_that_several_objects_have_is_refused_with_their_ids() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let key = json!({ "name": "Report", "scopes": ["sites:read"] });
    let operator = json!({ "name": "Ada" });
    for (list, body) in [("/v1/keys", key), ("/v1/operators", operator)] {
        let (one, two) =
            (owner.post(list, body.clone()).await.expect(201), owner.post(list, body).await.expect(201));
        let name = if list == "/v1/keys" { "Report" } else { "Ada" };
        let refused = owner.delete(&format!("{list}/{name}")).await.problem(409, "ambiguous_name");
        for made in [one.body, two.body] {
            let made = made.get("key").unwrap_or(&made);
            assert!(refused.body["detail"].as_str().unwrap().contains(id(made)), "{}", refused.body);
            owner.get(&format!("{list}/{}", id(made))).await.expect(200);
        }
    }
    for job in ["J1", "J2"] {
        owner.post("/v1/job_operations", json!({ "job": job, "name": "Mill" })).await.expect(201);
    }
    app.node(json!({ "name": "press" })).await;
    let run = json!({ "node": "press", "job_operation": "Mill" });
    owner.post("/v1/job_runs", run).await.problem(409, "ambiguous_name");
    // An operator whose number is another one's name.
    owner.post("/v1/operators", json!({ "name": "Bob", "number": "Cid" })).await.expect(201);
    owner.post("/v1/operators", json!({ "name": "Cid" })).await.expect(201);
    owner.get("/v1/operators/Cid").await.problem(409, "ambiguous_name");
}

#[tokio::test]
async fn an_id_wins_over_a_name() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let first = owner.post("/v1/keys", json!({ "name": "First", "scopes": [] })).await.expect(201).body;
    let first = id(&first["key"]);
    let second = owner.post("/v1/keys", json!({ "name": first, "scopes": [] })).await.expect(201).body;
    assert_eq!(owner.get(&format!("/v1/keys/{first}")).await.expect(200).body["name"], "First");
    owner.delete(&format!("/v1/keys/{first}")).await.expect(200);
    assert_eq!(owner.get(&format!("/v1/keys/{first}")).await.expect(200).body["id"], second["key"]["id"]);

    // No name looks like the id of another kind of object, which it would be found by once that one is gone.
    let site = app.site("default", "Berlin", json!({})).await;
    for (list, body) in [
        ("/v1/sites", json!({ "name": site })),
        ("/v1/roles", json!({ "name": site, "scopes": [] })),
        ("/v1/keys", json!({ "name": site, "scopes": [] })),
    ] {
        let refused = owner.post(list, body).await.problem(400, "invalid");
        assert_eq!(refused.field("name"), "expected a text that does not look like an id", "{list}");
    }
    // Operators are found by their numbers, and reasons by what they say.
    let made =
        owner.post("/v1/operators", json!({ "name": "Ada Byron", "number": "4711" })).await.expect(201);
    let number = json!({ "number": site });
    let create = json!({ "name": "Charles Babbage", "number": site });
    let operator = format!("/v1/operators/{}", id(&made.body));
    let reason = owner.post("/v1/downtime_reasons", json!({ "reason": "Setup", "planned": true })).await;
    let reason = format!("/v1/downtime_reasons/{}", id(&reason.expect(201).body));
    for (refused, field) in [
        (owner.post("/v1/operators", create).await, "number"),
        (owner.patch(&operator, number).await, "number"),
        (owner.post("/v1/downtime_reasons", json!({ "reason": site, "planned": true })).await, "reason"),
        (owner.patch(&reason, json!({ "reason": site })).await, "reason"),
    ] {
        let detail = refused.problem(400, "invalid").field(field).to_owned();
        assert_eq!(detail, "expected a text that does not look like an id", "{field}");
    }
    // A custom role cannot have the name of a built-in one, so that the word is never another role.
    owner.post("/v1/roles", json!({ "name": "viewer", "scopes": [] })).await.problem(400, "invalid");
}

#[tokio::test]
async fn grants_take_names_and_store_ids() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let berlin = app.site("default", "Berlin", json!({})).await;
    let node = app.node(json!({ "name": "db-1" })).await;
    let role = json!({ "name": "Berlin operators", "scopes": ["nodes:read", "sites:read"], "reach": { "sites": ["Berlin"] } });
    let role = owner.post("/v1/roles", role).await.expect(201).body;
    assert_eq!(role["reach"], json!({ "sites": [berlin] }));
    let user = json!({ "email": "ada@example.com", "name": "Ada", "role": "Berlin operators" });
    let user = owner.post("/v1/users", user).await.expect(201).body["user"].clone();
    assert_eq!(user["memberships"][0]["role"], role["id"]);
    owner.patch("/v1/users/ADA@Example.com", json!({ "role": "viewer" })).await.expect(200);
    let changed = owner.patch("/v1/users/ada@example.com", json!({ "role": "Berlin operators" })).await;
    assert_eq!(changed.expect(200).body["memberships"][0]["role"], role["id"]);
    let key = json!({
        "name": "Contractor", "scopes": ["nodes:read"], "role": "Berlin operators", "user": "ada@example.com",
        "reach": { "sites": ["Berlin"], "nodes": ["db-1"] },
    });
    let key = owner.post("/v1/keys", key).await.expect(201).body["key"].clone();
    assert_eq!((&key["role"], &key["user"]), (&role["id"], &user["id"]));
    assert_eq!(key["reach"], json!({ "sites": [berlin], "nodes": [node] }));
    let of_user = owner.get("/v1/keys?user=ada@example.com").await.expect(200);
    assert_eq!(of_user.items("id"), [key["id"].clone()]);
    let changed = json!({ "role": null, "user": null, "reach": { "sites": ["Berlin"] } });
    let changed = owner.patch("/v1/keys/Contractor", changed).await.expect(200).body;
    assert_eq!((&changed["role"], &changed["reach"]), (&Value::Null, &json!({ "sites": [berlin] })));

    let nobody = json!({
        "name": "x", "scopes": [], "role": "Nobody", "user": "nobody@example.com",
        "reach": { "sites": ["Berlin", "Paris"], "nodes": ["db-9"] },
    });
    let refused = owner.post("/v1/keys", nobody).await.problem(400, "invalid");
    for (field, name) in
        [("role", "Nobody"), ("user", "nobody@"), ("reach.sites[1]", "Paris"), ("reach.nodes[0]", "db-9")]
    {
        assert!(refused.field(field).contains(name), "{field}: {}", refused.body);
    }
    // Names belong to an organization, and a root key to none.
    let root = json!({ "name": "x", "kind": "root", "scopes": [], "reach": { "organizations": ["default"], "sites": ["Berlin"] } });
    let refused = app.root().post("/v1/keys", root).await.problem(400, "invalid");
    assert!(refused.field("reach.sites[0]").contains("expected an id"));
    let root =
        json!({ "name": "x", "kind": "root", "scopes": [], "reach": { "organizations": ["default"] } });
    app.root().post("/v1/keys", root).await.expect(201);
}

#[tokio::test]
async fn a_name_out_of_reach_is_that_of_no_object() {
    let app = TestApp::new().await;
    app.organization("other").await;
    app.site("other", "Paris", json!({})).await;
    app.site("default", "Berlin", json!({ "env": "prod" })).await;
    app.site("default", "Rome", json!({ "env": "dev" })).await;
    app.owner().get("/v1/sites/Paris").await.problem(404, "not_found");
    let (key, _) = app.key(&["sites:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let narrow = app.with_key(&key);
    narrow.get("/v1/sites/Berlin").await.expect(200);
    narrow.get("/v1/sites/Rome").await.problem(404, "not_found");
    narrow.delete("/v1/sites/Rome").await.problem(404, "not_found");
}

#[tokio::test]
async fn runs_and_reports_take_names_of_job_operations_and_operators() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.node(json!({ "name": "press" })).await;
    let mill =
        owner.post("/v1/job_operations", json!({ "job": "J1", "name": "Mill" })).await.expect(201).body;
    let ada = json!({ "name": "Ada", "number": "4711" });
    let ada = owner.post("/v1/operators", ada).await.expect(201).body;
    let run =
        owner.post("/v1/job_runs", json!({ "node": "press", "job_operation": "Mill" })).await.expect(201);
    assert_eq!(run.body["job_operation_id"], mill["id"]);
    let run =
        owner.post("/v1/operator_runs", json!({ "node": "press", "operator": "4711" })).await.expect(201);
    assert_eq!(run.body["operator_id"], ada["id"]);
    for path in ["/v1/job_runs?job_operation=Mill", "/v1/operator_runs?operator=Ada"] {
        assert_eq!(owner.get(path).await.expect(200).items("id").len(), 1, "{path}");
    }
    owner.get("/v1/operator_runs?operator=Bob").await.problem(400, "invalid").field("operator");
    let goal =
        json!({ "metric": "oee", "job_operation": "Mill", "warning_ratio": 0.8, "failure_ratio": 0.6 });
    let goal = owner.post("/v1/goals", goal).await.expect(201).body;
    assert_eq!(goal["job_operation_id"], mill["id"]);
    let report = json!({ "job_operations": ["Mill"], "operators": ["Ada"] });
    let report = owner.post("/v1/reports/production", report).await.expect(200).body;
    assert_eq!(report["query"]["job_operations"], json!([mill["id"]]));
    assert_eq!(report["query"]["operators"], json!([ada["id"]]));
    let wrong = json!({ "job_operations": ["Mill", "Drill"], "operators": ["0"] });
    let wrong = owner.post("/v1/reports/production", wrong).await.problem(400, "invalid");
    assert!(wrong.field("job_operations[1]").contains("Drill") && wrong.field("operators[0]").contains('0'));
}

#[tokio::test]
async fn a_filter_does_not_tell_a_narrow_key_which_names_there_are() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let site = app.site("default", "Berlin", json!({})).await;
    let operation =
        owner.post("/v1/job_operations", json!({ "job": "J1", "name": "Mill" })).await.expect(201).body;
    let ada = json!({ "name": "Ada", "number": "4711" });
    let ada = owner.post("/v1/operators", ada).await.expect(201).body;
    owner.post("/v1/downtime_reasons", json!({ "reason": "Strike" })).await.expect(201);
    let reads = [
        "reports.production",
        "operator_runs.list",
        "job_runs.list",
        "annotations.list",
        "operators.list",
        "job_operations.list",
        "downtime_reasons.list",
    ];
    let reach = json!({ "reach": { "sites": [site] } });
    let (narrow, _) = app.key(&reads, reach).await;
    let (whole, _) = app.key(&reads[..4], json!({})).await;
    for (key, code) in [(&narrow, "reach_too_narrow"), (&whole, "scope_missing")] {
        let caller = || app.with_key(key);
        for name in ["Ada", "4711", "Mill", "Strike", "Nobody"] {
            for path in ["operator_runs?operator", "job_runs?job_operation", "annotations?reason"] {
                caller().get(&format!("/v1/{path}={name}")).await.problem(403, code);
            }
            for field in ["operators", "job_operations"] {
                let report = json!({ "last_days": 1, field: [name] });
                caller().post("/v1/reports/production", report).await.problem(403, code);
            }
        }
        // Ids tell nothing.
        for (path, id) in
            [("operator_runs?operator", &ada["id"]), ("job_runs?job_operation", &operation["id"])]
        {
            let id = id.as_str().unwrap();
            caller().get(&format!("/v1/{path}={id}")).await.expect(200);
            caller().get(&format!("/v1/{path}={}", id.replace(&id[..4], "0000"))).await.expect(200);
        }
        let report = json!({ "last_days": 1, "operators": [ada["id"]], "job_operations": [operation["id"]] });
        caller().post("/v1/reports/production", report).await.expect(200);
    }
}

#[tokio::test]
async fn whoami_can_is_asked_with_names() {
    let app = TestApp::new().await;
    app.site("default", "Berlin", json!({})).await;
    let (key, _) = app.key(&["sites:read", "roles:read"], json!({ "name": "Report" })).await;
    let ask = |operation: &str, target: &str| json!({ "operation": operation, "target": target });
    for (operation, object, is_allowed) in [
        ("sites.get", "Berlin", true),
        ("sites.get", "Paris", false),
        ("roles.get", "viewer", true),
        ("roles.get", "Nobody", false),
    ] {
        let answer = app.with_key(&key).post("/v1/whoami/can", ask(operation, object)).await.expect(200);
        assert_eq!(answer.body["allowed"], is_allowed, "{object}: {}", answer.body);
    }
    for _ in 0..2 {
        app.owner().post("/v1/keys", json!({ "name": "Twin", "scopes": [] })).await.expect(201);
    }
    app.owner().post("/v1/whoami/can", ask("keys.get", "Twin")).await.problem(409, "ambiguous_name");
}

#[tokio::test]
async fn an_import_of_roles_takes_names_and_refuses_unknown_ones() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let berlin = app.site("default", "Berlin", json!({})).await;
    let import = |reach: Value| {
        let line = json!({ "name": "Operators", "scopes": ["nodes:read"], "reach": reach });
        json!({ "format": "jsonl", "data": line.to_string(), "existing": "update" })
    };
    let of_role = async || owner.get("/v1/roles/Operators").await.expect(200).body["reach"].clone();
    owner.post("/v1/roles/import", import(json!({ "sites": ["Berlin"] }))).await.expect(200);
    assert_eq!(of_role().await, json!({ "sites": [berlin] }));
    // Names that mean nothing are errors, also if the role reaches nothing, or everything, already.
    let many: Vec<String> = (0..201).map(|n| format!("S{n}")).collect();
    for (reach, wrong) in
        [(json!({ "sites": [] }), json!({ "sites": ["Paris"] })), (json!({}), json!({ "sites": many }))]
    {
        owner.post("/v1/roles/import", import(reach.clone())).await.expect(200);
        owner.post("/v1/roles/import", import(wrong)).await.problem(400, "invalid");
        assert_eq!(of_role().await, reach);
    }
}

#[tokio::test]
async fn what_a_deleted_key_did_is_found_by_its_id_also_if_another_key_has_that_name() {
    let app = TestApp::new().await;
    let (gone, _) = app.key(&["sites:write"], json!({})).await;
    app.with_key(&gone).post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201);
    let entry = &app.owner().get("/v1/audit?operation=sites.create").await.expect(200).body["items"][0];
    let id = entry["actor"]["id"].as_str().unwrap().to_owned();
    app.owner().delete(&format!("/v1/keys/{id}")).await.expect(200);
    let body = json!({ "name": id, "scopes": ["sites:read"] });
    app.owner().post("/v1/keys", body).await.expect(201);
    for filter in ["by", "key"] {
        let path = format!("/v1/audit?{filter}={id}");
        let found = app.owner().get(&path).await.expect(200);
        assert_eq!(found.items("operation"), ["sites.create"], "{filter}");
    }
}
