//! Services: create, list, get, update; what goes with which type; reach.

use serde_json::{Value, json};

use crate::app::TestApp;

/// Creates a node of organization `default` and answers its id.
pub async fn node(app: &TestApp, body: Value) -> String {
    let reply = app.owner().post("/v1/nodes", body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

/// Creates a computer and answers its id.
pub async fn computer(app: &TestApp, name: &str, labels: Value) -> String {
    node(app, json!({ "type": "generic", "name": name, "address": name, "labels": labels })).await
}

/// Creates a service of organization `default` and answers its id.
pub async fn service(app: &TestApp, body: Value) -> String {
    let reply = app.owner().post("/v1/services", body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_service_is_managed_by_id_and_by_name() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let one = computer(&app, "db-1", json!({})).await;
    let two = computer(&app, "db-2", json!({})).await;
    let body = json!({
        "type": "postgresql", "name": "orders", "nodes": ["db-2", one], "address": "db-1.example.net",
        "port": 5432, "environment": "production", "cluster": "c1", "replication_set": "r1",
        "auto_discovery_limit": -1, "labels": { "env": "prod" },
    });
    let made = owner.post("/v1/services", body).await.expect(201);
    assert_eq!(made.body["database_name"], "postgres", "the default database name");
    assert_eq!((&made.body["version"], &made.body["agents"]), (&json!(null), &json!([])));
    let mut nodes = [one.clone(), two.clone()];
    nodes.sort();
    assert_eq!(made.body["nodes"], json!(nodes));
    let id = made.body["id"].as_str().unwrap();
    for name in [id, "orders"] {
        let path = format!("/v1/services/{name}");
        let shown = owner.get(&path).await.expect(200);
        assert_eq!((&shown.body["id"], &shown.headers["etag"]), (&json!(id), &made.headers["etag"]));
    }
    let patch = json!({ "address": null, "port": null, "socket": "/run/pg.sock", "nodes": ["db-2"], "database_name": null });
    let changed = owner.patch("/v1/services/orders", patch).await.expect(200);
    assert_eq!(changed.body["nodes"], json!([two]));
    assert_eq!(
        (&changed.body["socket"], &changed.body["database_name"]),
        (&json!("/run/pg.sock"), &json!("postgres"))
    );
    assert_eq!(owner.get("/v1/services/orders").await.body, changed.body);
    let stale = owner.header("if-match", "\"1\"").patch("/v1/services/orders", json!({})).await;
    assert_eq!(stale.problem(412, "changed").body["current"], changed.body);

    let taken = app.owner().post("/v1/services", json!({ "type": "external", "name": "orders" })).await;
    let taken = taken.problem(409, "taken");
    taken.field("name");
    assert!(taken.body["detail"].as_str().unwrap().contains(id), "the error does not name the other service");
    service(&app, json!({ "type": "external", "name": "cache" })).await;
    let taken = app.owner().patch("/v1/services/cache", json!({ "name": "orders" })).await;
    taken.problem(409, "taken").field("name");
}

#[tokio::test]
async fn fields_that_do_not_fit_a_service_type_are_refused_by_name() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.organization("other").await;
    let path = "/v1/nodes?organization=other";
    let foreign =
        app.root().post(path, json!({ "type": "machine_tool", "name": "theirs" })).await.expect(201);
    let foreign = foreign.body["id"].as_str().unwrap();
    let mysql = |more: Value| {
        let mut body = json!({ "type": "mysql", "name": "m" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let external = |more: Value| {
        let mut body = mysql(more);
        body["type"] = json!("external");
        body
    };
    let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
    for (body, field, expected) in [
        (mysql(json!({})), "address", "expected an address and a port, or a socket"),
        (mysql(json!({ "address": "a" })), "port", "expected the port"),
        (mysql(json!({ "address": "a", "socket": "/s" })), "socket", "found a socket and an address"),
        (mysql(json!({ "port": 1, "socket": "/s" })), "port", "a socket has none"),
        (mysql(json!({ "address": "a", "port": 0 })), "port", "from 1 to 65535, found 0"),
        (mysql(json!({ "address": "a", "port": 65536 })), "port", "from 1 to 65535, found 65536"),
        (mysql(json!({ "address": "a", "port": "x" })), "port", "invalid type"),
        (mysql(json!({ "socket": "run/s" })), "socket", "expected an absolute path"),
        (mysql(json!({ "socket": "/s", "group": "g" })), "group", "services of type mysql have none"),
        (external(json!({ "port": 80 })), "port", "services of type external have none"),
        (external(json!({ "database_name": "d" })), "database_name", "have none"),
        (external(json!({ "version": "8.0" })), "version", "no such field"),
        (external(json!({ "name": id })), "name", "does not look like an id"),
        (mysql(json!({ "type": "oracle" })), "type", "unknown value `oracle`, expected one of"),
        (external(json!({ "labels": { "a-b": "" } })), "labels.a-b", "expected a label name"),
        (external(json!({ "nodes": ["nowhere"] })), "nodes[0]", "there is no node nowhere"),
        (external(json!({ "nodes": [id] })), "nodes[0]", "there is no node"),
        (external(json!({ "nodes": [foreign] })), "nodes[0]", "there is no node"),
        (external(json!({ "nodes": ["theirs"] })), "nodes[0]", "there is no node theirs"),
        (external(json!({ "nodes": vec!["n"; 101] })), "nodes", "expected at most 100, found 101"),
    ] {
        let refused = owner.post("/v1/services", body.clone()).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{body}: {:#}", refused.body);
    }
    let several = owner.post("/v1/services", mysql(json!({ "nodes": ["x", "y"], "group": "g" }))).await;
    let several = several.problem(400, "invalid");
    for field in ["nodes[0]", "nodes[1]", "group", "address"] {
        several.field(field);
    }
    assert_eq!(
        owner.get("/v1/services").await.expect(200).body["items"],
        json!([]),
        "a refused request created a service"
    );
}

#[tokio::test]
async fn services_are_filtered_and_searched() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    computer(&app, "db-2", json!({})).await;
    let body = json!({
        "type": "mysql", "name": "A orders", "nodes": ["db-1"], "address": "10.0.0.5", "port": 3306,
        "environment": "production", "cluster": "c1", "labels": { "env": "prod" },
    });
    service(&app, body).await;
    let body = json!({ "type": "external", "name": "B cache", "nodes": ["db-1", "db-2"], "group": "redis", "cluster": "c2" });
    service(&app, body).await;
    service(
        &app,
        json!({ "type": "haproxy", "name": "C", "environment": "test", "labels": { "env": "test" } }),
    )
    .await;
    for (query, expected) in [
        ("", vec!["A orders", "B cache", "C"]),
        ("sort=-name", vec!["C", "B cache", "A orders"]),
        ("labels=env", vec!["A orders", "C"]),
        ("node=db-1", vec!["A orders", "B cache"]),
        ("node=db-2", vec!["B cache"]),
        ("type=haproxy", vec!["C"]),
        ("environment=production", vec!["A orders"]),
        ("cluster=c2", vec!["B cache"]),
        ("group=redis", vec!["B cache"]),
        ("group=external", vec![]),
        ("search=10.0.0", vec!["A orders"]),
        ("search=ORD+0.5", vec!["A orders"]),
        ("search=%25", vec![]),
        ("node=db-1&labels=!env", vec!["B cache"]),
    ] {
        let found = app.owner().get(&format!("/v1/services?{query}")).await.expect(200);
        assert_eq!(found.items("name"), expected, "{query}");
    }
    let refused = app.owner().get("/v1/services?node=db-3").await.problem(400, "invalid");
    assert_eq!(refused.field("node"), "there is no node db-3");
}

#[tokio::test]
async fn a_narrow_reach_covers_only_services_whose_nodes_are_all_in_it() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let here =
        json!({ "type": "machine_tool", "name": "here", "site": "Berlin", "labels": { "env": "prod" } });
    let here = node(&app, here).await;
    let there = computer(&app, "there", json!({ "env": "test" })).await;
    for (name, nodes, labels) in [
        ("H", vec!["here"], json!({ "env": "prod" })),
        ("T", vec!["there"], json!({ "env": "prod" })),
        ("Both", vec!["here", "there"], json!({ "env": "prod" })),
        ("None", vec![], json!({})),
    ] {
        service(&app, json!({ "type": "external", "name": name, "nodes": nodes, "labels": labels })).await;
    }
    for (reach, expected) in [
        (json!({}), vec!["Both", "H", "None", "T"]),
        (json!({ "sites": [site] }), vec!["H"]),
        (json!({ "nodes": [there] }), vec!["T"]),
        (json!({ "nodes": [here, there] }), vec!["Both", "H", "T"]),
        (json!({ "sites": [site], "nodes": [here, there] }), vec!["H"]),
        (json!({ "labels": "env=prod" }), vec!["Both", "H", "T"]),
        (json!({ "labels": "!env", "nodes": [here] }), vec![]),
        (json!({ "sites": [] }), vec![]),
        (json!({ "nodes": [] }), vec![]),
    ] {
        let (key, _) = app.key(&["services:*"], json!({ "reach": reach })).await;
        let actor = app.with_key(&key);
        assert_eq!(actor.get("/v1/services").await.expect(200).items("name"), expected, "{reach}");
        for name in ["Both", "H", "None", "T"] {
            let path = format!("/v1/services/{name}");
            if expected.contains(&name) {
                actor.get(&path).await.expect(200);
                actor.patch(&path, json!({})).await.expect(200);
            } else {
                actor.get(&path).await.problem(404, "not_found");
                actor.patch(&path, json!({ "environment": "x" })).await.problem(404, "not_found");
            }
        }
    }

    // Where labels narrow, nodes without them are not shown, and stay when others are replaced.
    let (key, _) = app.key(&["services:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&key);
    assert_eq!(actor.get("/v1/services/Both").await.expect(200).body["nodes"], json!([here]));
    assert_eq!(actor.get("/v1/services/T").await.expect(200).body["nodes"], json!([]));
    let listed = actor.get("/v1/services?search=Both").await.expect(200);
    assert_eq!(listed.body["items"][0]["nodes"], json!([here]));
    let changed = actor.patch("/v1/services/Both", json!({ "nodes": [] })).await.expect(200);
    assert_eq!(changed.body["nodes"], json!([]));
    assert_eq!(app.owner().get("/v1/services/Both").await.body["nodes"], json!([there]));
    let stale = actor.header("if-match", "\"1\"").patch("/v1/services/Both", json!({})).await;
    assert_eq!(stale.problem(412, "changed").body["current"], changed.body);
}

#[tokio::test]
async fn a_service_cannot_be_created_or_moved_out_of_reach() {
    let app = TestApp::new().await;
    let here = computer(&app, "here", json!({ "env": "prod" })).await;
    computer(&app, "there", json!({})).await;
    let external = |name: &str, nodes: Value| json!({ "type": "external", "name": name, "nodes": nodes });
    let (key, _) = app.key(&["services:*"], json!({ "reach": { "nodes": [here] } })).await;
    let actor = app.with_key(&key);
    actor.post("/v1/services", external("A", json!([]))).await.problem(403, "reach_too_narrow");
    let refused = actor.post("/v1/services", external("A", json!(["there"]))).await.problem(400, "invalid");
    assert_eq!(refused.field("nodes[0]"), "there is no node there");
    actor.post("/v1/services", external("A", json!(["here"]))).await.expect(201);
    actor.patch("/v1/services/A", json!({ "nodes": [] })).await.problem(403, "reach_too_narrow");
    assert_eq!(
        app.owner().get("/v1/services/A").await.body["nodes"],
        json!([here]),
        "a refused edit changed the service"
    );
    let (key, _) = app.key(&["services:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    app.with_key(&key).post("/v1/services", external("B", json!([]))).await.problem(403, "reach_too_narrow");
    // A name that is taken is said, who has it only to those who see it.
    let body = json!({ "type": "external", "name": "A", "labels": { "env": "prod" } });
    let taken = app.with_key(&key).post("/v1/services", body).await.problem(409, "taken");
    assert!(taken.body["detail"].as_str().unwrap().ends_with("another service has it"), "{:#}", taken.body);
}

#[tokio::test]
async fn a_service_and_its_agent_are_created_together_or_not_at_all() {
    let app = TestApp::new().await;
    let db = computer(&app, "db-1", json!({})).await;
    computer(&app, "db-2", json!({})).await;
    let body = |name: &str, nodes: Value, agent: Value| json!({ "type": "mysql", "name": name, "nodes": nodes, "socket": "/s", "agent": agent });
    let agent = json!({ "settings": { "username": "monitor" }, "secrets": { "password": "hunter2" } });
    let made = app.owner().post("/v1/services", body("A", json!(["db-1"]), agent.clone())).await.expect(201);
    let exporter = &made.body["agents"][0];
    assert_eq!((&exporter["type"], &exporter["runs_on"]), (&json!("mysqld_exporter"), &json!(db)));
    assert_eq!(exporter["observes"], json!({ "nodes": [], "services": [made.body["id"]] }));
    assert_eq!(exporter["secrets"], json!(["password"]));
    let id = exporter["id"].as_str().unwrap();
    assert_eq!(app.owner().get(&format!("/v1/agents/{id}")).await.expect(200).body, *exporter);

    for (nodes, agent, field, expected) in [
        (json!(["db-1", "db-2"]), agent.clone(), "agent.runs_on", "expected the node that the agent runs on"),
        (json!([]), agent, "agent.runs_on", "expected the node that the agent runs on"),
        (json!(["db-1"]), json!({}), "agent.settings.username", "agents of type mysqld_exporter need one"),
        (
            json!(["db-1"]),
            json!({ "type": "postgres_exporter", "settings": { "username": "x" } }),
            "agent.observes.services[0]",
            "postgres_exporter observes services of type postgresql; 'B' is mysql",
        ),
        (json!(["db-1"]), json!({ "runs_on": "db-3" }), "agent.runs_on", "there is no node db-3"),
        (
            json!(["db-1"]),
            json!({ "secrets": { "aws_secret_key": "x" } }),
            "agent.secrets.aws_secret_key",
            "no such secret",
        ),
    ] {
        let refused = app.owner().post("/v1/services", body("B", nodes, agent)).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{:#}", refused.body);
    }
    app.owner().get("/v1/services/B").await.problem(404, "not_found");
    // Who may create services only creates no agents along with them.
    let (key, _) = app.key(&["services.create"], json!({})).await;
    let refused = app.with_key(&key).post("/v1/services", body("B", json!(["db-1"]), json!({}))).await;
    assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], "agents.create");
}

/// What a deletion answers of one noun and effect: how many, and their names.
fn fate(reply: &Value, list: &str, noun: &str, effect: &str) -> Vec<Value> {
    let found = reply[list].as_array().unwrap().iter().find(|r| r["noun"] == noun && r["effect"] == effect);
    let Some(found) = found else { return Vec::new() };
    let items: Vec<_> = found["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
    assert_eq!(found["count"], items.len());
    items
}

#[tokio::test]
async fn a_node_that_is_named_by_its_id_and_in_another_case_is_one_node() {
    let app = TestApp::new().await;
    let host = computer(&app, "db-1", json!({})).await;
    let body = json!({
        "type": "mysql", "name": "orders", "socket": "/run/mysqld.sock", "nodes": ["DB-1"],
        "agent": { "runs_on": host, "settings": { "username": "pmm" } },
    });
    let made = app.owner().post("/v1/services", body).await.expect(201).body;
    assert_eq!((&made["nodes"], &made["agents"][0]["runs_on"]), (&json!([host]), &json!(host)));
}

#[tokio::test]
async fn deleting_a_service_deletes_agents_that_observe_nothing_else() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    service(&app, json!({ "type": "haproxy", "name": "A" })).await;
    service(&app, json!({ "type": "haproxy", "name": "B" })).await;
    let exporter = async |services: Value| {
        let body = json!({ "type": "external_exporter", "listen_port": 1, "runs_on": "db-1", "observes": { "services": services } });
        let made = app.owner().post("/v1/agents", body).await.expect(201);
        format!("/v1/agents/{}", made.body["id"].as_str().unwrap())
    };
    let (only, both, other) =
        (exporter(json!(["A"])).await, exporter(json!(["A", "B"])).await, exporter(json!(["B"])).await);

    let refused = app.owner().delete("/v1/services/A").await.problem(409, "in_use");
    for (reply, list) in [
        (&refused.body, "dependants"),
        (&app.owner().delete("/v1/services/A?dry_run=true").await.expect(200).body, "removed"),
    ] {
        assert_eq!(fate(reply, list, "agents", "deleted"), ["external_exporter"]);
        assert_eq!(fate(reply, list, "agents", "detached"), ["external_exporter"]);
    }
    app.owner().get("/v1/services/A").await.expect(200);
    let (key, _) = app.key(&["services:*"], json!({})).await;
    let refused = app.with_key(&key).delete("/v1/services/A?force=true").await.problem(403, "scope_missing");
    assert_eq!(refused.body["missing_scope"], "agents.delete");
    app.owner().get(&only).await.expect(200);

    let gone = app.owner().delete("/v1/services/A?force=true").await.expect(200);
    assert_eq!(fate(&gone.body, "removed", "services", "deleted"), ["A"]);
    app.owner().get("/v1/services/A").await.problem(404, "not_found");
    app.owner().get(&only).await.problem(404, "not_found");
    let left = app.owner().get(&both).await.expect(200).body;
    assert_eq!((left["observes"]["services"].as_array().unwrap().len(), &left["revision"]), (1, &json!(2)));
    assert_eq!(app.owner().get(&other).await.expect(200).body["revision"], 1);
    let trail = app.owner().get("/v1/audit?operation=services.delete&outcome=allowed").await.expect(200);
    assert_eq!(trail.body["items"][0]["targets"].as_array().unwrap().len(), 3);

    app.owner().delete(&both).await.expect(200);
    app.owner().delete(&other).await.expect(200);
    app.owner().header("if-match", "\"7\"").delete("/v1/services/B").await.problem(412, "changed");
    app.owner().delete("/v1/services/B").await.expect(200);
}

#[tokio::test]
async fn deleting_a_node_deletes_only_what_is_on_it_alone() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    computer(&app, "db-2", json!({})).await;
    let external = |name: &str, nodes: Value| json!({ "type": "external", "name": name, "nodes": nodes });
    service(&app, external("here", json!(["db-1"]))).await;
    let both = service(&app, external("both", json!(["db-1", "db-2"]))).await;
    let agent = async |body: Value| {
        let made = app.owner().post("/v1/agents", body).await.expect(201);
        format!("/v1/agents/{}", made.body["id"].as_str().unwrap())
    };
    let on = agent(json!({ "type": "node_exporter", "runs_on": "db-1" })).await;
    let body = json!({ "type": "external_exporter", "listen_port": 1, "observes": { "services": ["here"] } });
    let of_gone_service = agent(body).await;
    let body = json!({ "type": "external_exporter", "listen_port": 1, "observes": { "nodes": ["db-1"], "services": ["here", "both"] } });
    let of_more = agent(body).await;
    let elsewhere = agent(json!({ "type": "node_exporter", "runs_on": "db-2" })).await;

    let refused = app.owner().delete("/v1/nodes/db-1").await.problem(409, "in_use");
    let would = app.owner().delete("/v1/nodes/db-1?dry_run=true").await.expect(200);
    for (reply, list) in [(&refused.body, "dependants"), (&would.body, "removed")] {
        assert_eq!(fate(reply, list, "services", "deleted"), ["here"]);
        assert_eq!(fate(reply, list, "services", "detached"), ["both"]);
        let mut deleted = fate(reply, list, "agents", "deleted");
        deleted.sort_by_key(ToString::to_string);
        assert_eq!(deleted, ["external_exporter", "node_exporter"]);
        assert_eq!(fate(reply, list, "agents", "detached"), ["external_exporter"]);
    }
    for (scopes, missing) in
        [(vec!["nodes:*", "agents:*"], "services.delete"), (vec!["nodes:*", "services:*"], "agents.delete")]
    {
        let (key, _) = app.key(&scopes, json!({})).await;
        let refused = app.with_key(&key).delete("/v1/nodes/db-1?force=true").await;
        assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], missing);
    }
    // Not by a key that does not reach all of it.
    let (key, _) = app
        .key(&["*:*"], json!({ "reach": { "nodes": [app.owner().get("/v1/nodes/db-1").await.body["id"]] } }))
        .await;
    for query in ["", "?force=true", "?dry_run=true"] {
        let refused = app.with_key(&key).delete(&format!("/v1/nodes/db-1{query}")).await;
        refused.problem(403, "reach_too_narrow");
    }
    app.owner().get(&on).await.expect(200);

    app.owner().delete("/v1/nodes/db-1?force=true").await.expect(200);
    for path in ["/v1/nodes/db-1", "/v1/services/here", &on, &of_gone_service] {
        app.owner().get(path).await.problem(404, "not_found");
    }
    let left = app.owner().get("/v1/services/both").await.expect(200).body;
    assert_eq!((left["nodes"].as_array().unwrap().len(), &left["revision"]), (1, &json!(2)));
    let left = app.owner().get(&of_more).await.expect(200).body;
    assert_eq!(
        (&left["observes"], &left["revision"]),
        (&json!({ "nodes": [], "services": [both] }), &json!(2))
    );
    assert_eq!(app.owner().get(&elsewhere).await.expect(200).body["revision"], 1);
}

#[tokio::test]
async fn deleting_an_organization_deletes_its_services_and_agents() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    let body = json!({
        "type": "mysql", "name": "A", "socket": "/s", "nodes": ["db-1"],
        "agent": { "settings": { "username": "m" }, "secrets": { "password": "p" } },
    });
    service(&app, body).await;
    let would = app.root().delete("/v1/organizations/default?dry_run=true").await.expect(200);
    assert_eq!(fate(&would.body, "removed", "services", "deleted"), ["A"]);
    assert_eq!(fate(&would.body, "removed", "agents", "deleted"), ["mysqld_exporter"]);
    app.root().delete("/v1/organizations/default?force=true").await.expect(200);
    app.root().get("/v1/organizations/default").await.problem(404, "not_found");
}
