//! Targets: that every operation on many nodes takes the filters of the list of nodes, and means the same nodes.

use bailiwick_catalogue::catalogue;
use serde_json::{Map, Value, json};

use crate::app::{Actor, TestApp};

/// The members of the input of `nodes.list` that do not choose nodes.
const NOT_FILTERS: [&str; 6] = ["sort", "limit", "cursor", "total", "facets", "include"];
/// The members of targets that the list of nodes does not have.
const ONLY_TARGETS: [&str; 4] = ["nodes", "all", "selection", "tolerance"];

/// The schema of a member without its description.
fn form(member: &Value) -> Value {
    let mut form = member.clone();
    if let Value::Object(form) = &mut form {
        form.remove("description");
    }
    form
}

#[test]
fn targets_have_the_filters_of_the_list_of_nodes() {
    let list = catalogue().get("nodes.list").unwrap().input["properties"].as_object().unwrap().clone();
    let targets = catalogue().definitions()["NodeTargets"]["properties"].as_object().unwrap();
    let filters = list.iter().filter(|(name, _)| !NOT_FILTERS.contains(&name.as_str()));
    let filters: Map<String, Value> = filters.map(|(name, schema)| (name.clone(), form(schema))).collect();
    let members = targets.iter().filter(|(name, _)| !ONLY_TARGETS.contains(&name.as_str()));
    let members: Map<String, Value> = members.map(|(name, schema)| (name.clone(), form(schema))).collect();
    assert_eq!(filters, members);
    let fields = &catalogue().get("nodes.export").unwrap().fields;
    assert!(filters.keys().all(|name| fields.contains(name)), "{fields:?}");
}

/// Two sites and a host with guests; all nodes but `bare` and `bare-guest` have an agent.
async fn fleet(app: &TestApp) {
    app.site("default", "Berlin", json!({})).await;
    for (name, labels) in [
        ("db-1", json!({ "env": "prod", "tier": "db" })),
        ("db-2", json!({ "env": "test", "tier": "db" })),
        ("web-1", json!({ "env": "prod" })),
        ("web-2", json!({ "env": "test" })),
    ] {
        app.machine("default", name, labels).await;
    }
    app.node(json!({ "name": "bare", "labels": { "env": "prod" }, "site": "Berlin" })).await;
    app.node(json!({ "name": "bare-guest", "host": "web-2" })).await;
    for name in ["db-1", "web-1"] {
        app.owner().patch(&format!("/v1/nodes/{name}"), json!({ "site": "Berlin" })).await.expect(200);
    }
    app.owner().patch("/v1/nodes/db-2", json!({ "host": "web-2" })).await.expect(200);
}

fn names(nodes: &Value) -> Vec<String> {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

async fn listed(actor: &Actor<'_>, filter: &Value) -> Vec<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in filter.as_object().unwrap() {
        query.append_pair(name, value.as_str().unwrap());
    }
    names(&actor.get(&format!("/v1/nodes?{}", query.finish())).await.expect(200).body["items"])
}

#[tokio::test]
async fn a_command_goes_to_the_nodes_that_the_list_shows_with_the_same_filters() {
    let app = TestApp::new().await;
    fleet(&app).await;
    app.all_online().await;
    let owner = app.owner();
    for (filter, expected, left_out) in [
        (json!({ "labels": "env=prod" }), vec!["db-1", "web-1"], vec!["bare"]),
        (json!({ "labels": "env=prod", "site": "Berlin", "search": "db" }), vec!["db-1"], vec![]),
        (json!({ "host": "web-2" }), vec!["db-2"], vec!["bare-guest"]),
        (json!({ "type": "generic", "search": "WEB" }), vec!["web-1", "web-2"], vec![]),
        (json!({ "status": "online", "labels": "tier=db,env=test" }), vec!["db-2"], vec![]),
    ] {
        let body = json!({ "targets": filter, "shell": "sh", "command": "true" });
        let given = owner.post("/v1/commands", body).await.expect(202).body;
        assert_eq!(names(&given["nodes"]), expected, "{filter}");
        let out = &given["left_out"];
        assert_eq!(names(&out["nodes"]), left_out, "{filter}");
        assert_eq!((&out["count"], &out["exact"]), (&json!(left_out.len()), &json!(true)), "{filter}");
        assert_eq!(given["targets"], filter);
        let mut both = [expected, left_out].concat();
        both.sort_unstable();
        assert_eq!(listed(&owner, &filter).await, both, "{filter}");
    }
}

#[tokio::test]
async fn every_operation_on_nodes_takes_the_same_targets() {
    let app = TestApp::new().await;
    fleet(&app).await;
    let owner = app.owner();
    let script = json!({ "name": "up", "shell": "sh", "body": "uptime" });
    owner.post("/v1/scripts", script).await.expect(201);
    let schedule = json!({ "name": "s", "cron": "0 2 * * *", "run": { "kind": "scan_updates" } });
    let window = json!({ "name": "w", "cron": "0 2 * * *", "duration_seconds": 3600 });
    for (path, body, status) in [
        ("/v1/commands", json!({ "shell": "sh", "command": "true" }), 202),
        ("/v1/updates/scan", json!({}), 202),
        ("/v1/updates/install", json!({ "updates": "all" }), 202),
        ("/v1/scripts/up/run", json!({}), 202),
        ("/v1/schedules", schedule, 201),
        ("/v1/maintenance_windows", window, 201),
    ] {
        let with = |targets: Value| {
            let mut body = body.clone();
            body["targets"] = targets;
            owner.post(path, body)
        };
        with(json!({})).await.problem(400, "invalid").field("targets");
        with(json!({ "labels": "" })).await.problem(400, "invalid").field("targets.labels");
        with(json!({ "nodes": ["nobody"] })).await.problem(400, "invalid").field("targets.nodes[0]");
        with(json!({ "site": "nowhere" })).await.problem(400, "invalid").field("targets.site");
        with(json!({ "host": "nowhere" })).await.problem(400, "invalid").field("targets.host");
        let combined = json!({ "labels": "env", "type": "generic", "search": "db", "host": "web-2" });
        let made = with(combined).await.expect(status).body;
        if status == 202 {
            assert_eq!(names(&made["nodes"]), ["db-2"], "{path}");
        }
    }
    let every = json!({ "targets": { "all": true }, "shell": "sh", "command": "true" });
    let given = owner.post("/v1/commands", every.clone()).await.expect(202).body;
    assert_eq!(names(&given["nodes"]), ["db-1", "db-2", "web-1", "web-2"]);
    assert_eq!(names(&given["left_out"]["nodes"]), ["bare", "bare-guest"]);
    // For a caller with a narrower reach, every node is every node in reach.
    let (narrow, _) = app.key(&["commands:*"], json!({ "reach": { "labels": "env=test" } })).await;
    let given = app.with_key(&narrow).post("/v1/commands", every).await.expect(202).body;
    assert_eq!(names(&given["nodes"]), ["db-2", "web-2"]);
    assert_eq!(given["left_out"], json!({ "count": 0, "exact": true, "nodes": [] }));
}

#[tokio::test]
async fn a_schedule_keeps_its_host_by_id_and_goes_with_it() {
    let app = TestApp::new().await;
    fleet(&app).await;
    let owner = app.owner();
    let body = json!({
        "name": "Guests", "cron": "0 2 * * *", "run": { "kind": "scan_updates" },
        "targets": { "host": "web-2", "search": "db", "status": "online" },
    });
    let made = owner.post("/v1/schedules", body).await.expect(201).body;
    let host = owner.get("/v1/nodes/web-2").await.expect(200).body["id"].clone();
    assert_eq!(made["targets"], json!({ "host": host, "search": "db", "status": "online" }));
    let refused = owner.delete("/v1/nodes/web-2").await.problem(409, "in_use");
    assert!(refused.body["dependants"].to_string().contains("Guests"), "{:#}", refused.body);
    owner.delete("/v1/nodes/web-2?force=true").await.expect(200);
    owner.get("/v1/schedules/Guests").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_maintenance_window_covers_the_nodes_of_its_targets() {
    let app = TestApp::new().await;
    fleet(&app).await;
    let owner = app.owner();
    let with = |name: &str, targets: Value| json!({ "name": name, "cron": "0 2 * * *", "duration_seconds": 3600, "targets": targets });
    let path = "/v1/maintenance_windows";
    for (name, targets) in [
        ("all", json!({ "all": true })),
        ("guests", json!({ "host": "web-2" })),
        ("named", json!({ "nodes": ["db-1", "db-2"], "labels": "env=prod" })),
        ("searched", json!({ "search": "web", "type": "generic" })),
    ] {
        let made = owner.post(path, with(name, targets)).await.expect(201).body;
        assert!(made["targets"].is_object(), "{made:#}");
    }
    for (node, expected) in [
        ("db-1", vec!["all", "named"]),
        ("db-2", vec!["all", "guests"]),
        ("web-1", vec!["all", "searched"]),
        ("bare-guest", vec!["all", "guests"]),
    ] {
        let covering = owner.get(&format!("{path}?node={node}")).await.expect(200);
        assert_eq!(covering.items("name"), expected, "{node}");
    }
    // A node that could go offline to leave its window would not be covered by it.
    let refused = owner.post(path, with("w", json!({ "all": true, "status": "online" }))).await;
    refused.problem(400, "invalid").field("targets.status");
    let both = json!({ "targets": { "all": true }, "selector": "env=prod" });
    owner.patch(&format!("{path}/all"), both).await.problem(400, "invalid").field("selector");
    // Installations heed it: it is midnight, and the window opens at two.
    let install = json!({ "targets": { "nodes": ["db-1"] }, "updates": "all" });
    let refused = owner.post("/v1/updates/install", install.clone()).await;
    refused.problem(409, "outside_maintenance_window");
    let changed = json!({ "targets": { "host": "web-2" } });
    let changed = owner.patch(&format!("{path}/all"), changed).await.expect(200).body;
    assert_eq!((&changed["selector"], &changed["site_id"]), (&json!(""), &Value::Null));
    owner.delete(&format!("{path}/named")).await.expect(200);
    owner.post("/v1/updates/install", install).await.expect(202);
    // The older form changes only its own members.
    let changed =
        owner.patch(&format!("{path}/all"), json!({ "selector": "env=prod" })).await.expect(200).body;
    assert_eq!(changed["targets"]["labels"], "env=prod");
    assert!(changed["targets"]["host"].is_string());
}

#[tokio::test]
async fn a_caller_with_a_narrow_reach_moves_no_node_out_of_a_window_by_another_name_or_host() {
    let app = TestApp::new().await;
    fleet(&app).await;
    let owner = app.owner();
    for (name, targets) in [("named", json!({ "search": "db-1" })), ("guests", json!({ "host": "web-2" }))] {
        let body = json!({ "name": name, "cron": "0 2 * * *", "duration_seconds": 3600, "targets": targets });
        owner.post("/v1/maintenance_windows", body).await.expect(201);
    }
    let (narrow, _) = app.key(&["nodes:*"], json!({ "reach": { "labels": "env" } })).await;
    let narrow = app.with_key(&narrow);
    narrow.patch("/v1/nodes/db-1", json!({ "name": "x" })).await.problem(403, "reach_too_narrow");
    narrow.patch("/v1/nodes/db-2", json!({ "host": null })).await.problem(403, "reach_too_narrow");
    narrow.patch("/v1/nodes/web-1", json!({ "name": "x" })).await.expect(200);
}
