//! Agents: create, list, get, update; what goes with which type; secrets; reach.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::services::{computer, node, service};

/// An agent as a body, with more of it.
fn agent(kind: &str, more: Value) -> Value {
    let mut body = json!({ "type": kind });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn create(app: &TestApp, kind: &str, more: Value) -> Value {
    let made = app.owner().post("/v1/agents", agent(kind, more)).await.expect(201).body;
    app.advance(1);
    made
}

fn path(agent: &Value) -> String {
    format!("/v1/agents/{}", agent["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_agent_is_created_changed_and_deleted() {
    let app = TestApp::new().await;
    let db = computer(&app, "db-1", json!({})).await;
    let orders =
        service(&app, json!({ "type": "mysql", "name": "orders", "socket": "/s", "nodes": ["db-1"] })).await;
    let made = create(
        &app,
        "mysqld_exporter",
        json!({
            "runs_on": "db-1", "observes": { "services": ["orders"] }, "description": "Nightly",
            "settings": { "username": "monitor", "tls": true, "extra_dsn_params": { "a": "b" } },
            "secrets": { "password": "hunter2", "tls_key": "key" }, "labels": { "env": "prod" },
        }),
    )
    .await;
    assert_eq!((&made["runs_on"], &made["enabled"]), (&json!(db), &json!(true)));
    assert_eq!(made["observes"], json!({ "nodes": [], "services": [orders] }));
    assert_eq!(made["secrets"], json!(["password", "tls_key"]));
    assert_eq!((&made["status"], &made["status_since"]), (&json!("unknown"), &made["created_at"]));
    let path = path(&made);
    assert_eq!(app.owner().get(&path).await.expect(200).body, made);

    let patch = json!({
        "enabled": false, "description": null, "settings": { "tls": null, "username": "other" },
        "secrets": { "tls_key": null, "agent_password": "x" }, "observes": { "services": [] },
    });
    let changed = app.owner().patch(&path, patch).await.expect(200);
    assert_eq!(changed.body["settings"], json!({ "extra_dsn_params": { "a": "b" }, "username": "other" }));
    assert_eq!(changed.body["secrets"], json!(["agent_password", "password"]));
    assert_eq!(changed.body["observes"]["services"], json!([]));
    assert_eq!((&changed.body["enabled"], &changed.body["description"]), (&json!(false), &json!(null)));
    assert_eq!(changed.body["revision"], 2);
    assert_eq!(app.owner().get(&path).await.expect(200).body, changed.body);
    let stale = app.owner().header("if-match", "\"1\"").patch(&path, json!({})).await;
    assert_eq!(stale.problem(412, "changed").body["current"], changed.body);

    for (patch, field, expected) in [
        (json!({ "settings": { "username": null } }), "settings.username", "need one"),
        (json!({ "settings": { "usrname": "x" } }), "settings.usrname", "there is no such setting"),
        (json!({ "settings": { "password": "hunter3" } }), "settings.password", "this is a secret"),
        (json!({ "settings": { "tls": "yes" } }), "settings.tls", "expected true or false"),
        (json!({ "settings": { "tls": 1.5 } }), "settings.tls", "expected a text"),
        (json!({ "secrets": { "aws_secret_key": "hunter3" } }), "secrets.aws_secret_key", "no such secret"),
        (json!({ "secrets": { "password": 4829103 } }), "secrets", "password: expected a text"),
        (json!({ "secrets": "hunter3" }), "secrets", "names of secrets to texts"),
        (json!({ "listen_port": 0 }), "listen_port", "from 1 to 65535"),
        (json!({ "enabled": null }), "enabled", "expected a boolean"),
        (
            json!({ "observes": { "nodes": ["db-1"] } }),
            "observes.nodes[0]",
            "mysqld_exporter observes no nodes; 'db-1' is generic",
        ),
        (json!({ "observes": { "services": ["none"] } }), "observes.services[0]", "there is no service none"),
        (json!({ "runs_on": "db-1" }), "runs_on", "no such field"),
    ] {
        let refused = app.owner().patch(&path, patch.clone()).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{patch}: {:#}", refused.body);
        let text = refused.body.to_string();
        assert!(!text.contains("hunter3") && !text.contains("4829103"), "{text}");
    }
    assert_eq!(
        app.owner().get(&path).await.expect(200).body,
        changed.body,
        "a refused edit changed the agent"
    );
}

#[tokio::test]
async fn fields_that_do_not_fit_an_agent_type_are_refused_by_name() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    let rds = json!({ "type": "remote_rds", "name": "rds-1", "address": "rds-1", "region": "eu-central-1" });
    node(&app, rds).await;
    node(&app, json!({ "type": "machine_tool", "name": "mill" })).await;
    service(&app, json!({ "type": "postgresql", "name": "pg1", "socket": "/s" })).await;
    app.organization("other").await;
    let body = json!({ "type": "external", "name": "theirs" });
    let foreign = app.root().post("/v1/services?organization=other", body).await.expect(201);
    let on = |more: Value| {
        let mut body = json!({ "runs_on": "db-1" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (kind, body, field, expected) in [
        (
            "mysqld_exporter",
            on(json!({ "observes": { "services": ["pg1"] } })),
            "observes.services[0]",
            "mysqld_exporter observes services of type mysql; 'pg1' is postgresql",
        ),
        ("node_exporter", json!({}), "runs_on", "agents of type node_exporter need one"),
        ("node_exporter", json!({ "runs_on": "db-2" }), "runs_on", "there is no node db-2"),
        (
            "node_exporter",
            json!({ "runs_on": "rds-1" }),
            "runs_on",
            "node_exporter runs on nodes of type generic or container; 'rds-1' is remote_rds",
        ),
        (
            "node_exporter",
            on(json!({ "observes": { "nodes": ["mill"] } })),
            "observes.nodes[0]",
            "observes only the node that it runs on",
        ),
        ("mtconnect_adapter", on(json!({})), "settings.url", "need one"),
        (
            "mtconnect_adapter",
            on(json!({ "settings": { "url": "http://mill" }, "observes": { "nodes": ["db-1"] } })),
            "observes.nodes[0]",
            "observes nodes of type machine_tool; 'db-1' is generic",
        ),
        ("opamp", json!({}), "runs_on", "opamp need one"),
        ("external_exporter", json!({}), "listen_port", "expected the port"),
        ("external_exporter", json!({ "listen_port": 0 }), "listen_port", "from 1 to 65535"),
        (
            "external_exporter",
            json!({ "listen_port": 1, "observes": { "services": [foreign.body["id"]] } }),
            "observes.services[0]",
            "there is no service",
        ),
        ("opamp", on(json!({ "listen_port": 1 })), "listen_port", "agents of type opamp have none"),
        ("opamp", on(json!({ "labels": { "__x": "" } })), "labels.__x", "expected a label name"),
        ("opamp", on(json!({ "observes": { "nodes": vec!["db-1"; 101] } })), "observes.nodes", "at most 100"),
        ("vmagent", json!({}), "type", "unknown value `vmagent`, expected one of"),
    ] {
        let refused = app.owner().post("/v1/agents", agent(kind, body.clone())).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{kind} {body}: {:#}", refused.body);
    }
    let several =
        agent("rds_exporter", json!({ "settings": { "x": 1 }, "secrets": { "y": "z" }, "labels": {} }));
    let several = app.owner().post("/v1/agents", several).await.problem(400, "invalid");
    for field in ["settings.x", "secrets.y", "runs_on"] {
        several.field(field);
    }
    assert_eq!(
        app.owner().get("/v1/agents").await.expect(200).body["items"],
        json!([]),
        "a refused request created an agent"
    );
}

#[tokio::test]
async fn a_node_has_one_bailiwick_agent_that_observes_it() {
    let app = TestApp::new().await;
    let db = computer(&app, "db-1", json!({})).await;
    computer(&app, "db-2", json!({})).await;
    let first = create(&app, "bailiwick_agent", json!({ "runs_on": "db-1" })).await;
    assert_eq!(first["observes"], json!({ "nodes": [db], "services": [] }));
    create(&app, "node_exporter", json!({ "runs_on": "db-1" })).await;
    create(
        &app,
        "node_exporter",
        json!({ "runs_on": "db-1", "observes": { "nodes": ["db-1"] }, "allow_duplicate": true }),
    )
    .await;
    create(&app, "bailiwick_agent", json!({ "runs_on": "db-2" })).await;
    let second = app.owner().post("/v1/agents", agent("bailiwick_agent", json!({ "runs_on": "db-1" }))).await;
    let second = second.problem(409, "taken");
    second.field("runs_on");
    assert!(second.body["detail"].as_str().unwrap().contains(first["id"].as_str().unwrap()));
    // What it observes cannot be taken from it.
    let kept = app.owner().patch(&path(&first), json!({ "observes": { "nodes": [] } })).await.expect(200);
    assert_eq!(kept.body["observes"]["nodes"], json!([db]));
}

#[tokio::test]
async fn agents_are_filtered_sorted_and_paged() {
    let app = TestApp::new().await;
    let db = computer(&app, "db-1", json!({})).await;
    node(&app, json!({ "type": "machine_tool", "name": "mill" })).await;
    service(&app, json!({ "type": "haproxy", "name": "front" })).await;
    create(&app, "node_exporter", json!({ "runs_on": "db-1", "labels": { "n": "1" } })).await;
    let mill = json!({ "runs_on": "db-1", "settings": { "url": "http://mill:5000" }, "observes": { "nodes": ["mill"] }, "enabled": false });
    create(&app, "mtconnect_adapter", mill).await;
    create(&app, "external_exporter", json!({ "listen_port": 1, "observes": { "services": ["front"] } }))
        .await;
    let (node, mill, front) = ("node_exporter", "mtconnect_adapter", "external_exporter");
    for (query, expected) in [
        ("", vec![node, mill, front]),
        ("sort=-created_at", vec![front, mill, node]),
        ("limit=2", vec![node, mill]),
        ("labels=n%3D1", vec![node]),
        ("type=mtconnect_adapter", vec![mill]),
        (&format!("runs_on={db}"), vec![node, mill]),
        ("runs_on=db-1&enabled=true", vec![node]),
        ("observes_node=mill", vec![mill]),
        ("observes_node=db-1", vec![node]),
        ("service=front", vec![front]),
        ("enabled=false", vec![mill]),
    ] {
        let found = app.owner().get(&format!("/v1/agents?{query}")).await.expect(200);
        assert_eq!(found.items("type"), expected, "{query}");
    }
    for (query, field) in
        [("runs_on=x", "runs_on"), ("observes_node=x", "observes_node"), ("service=x", "service")]
    {
        let refused = app.owner().get(&format!("/v1/agents?{query}")).await.problem(400, "invalid");
        assert!(refused.field(field).starts_with("there is no "));
    }
}

#[tokio::test]
async fn a_narrow_reach_covers_only_agents_whose_nodes_are_all_in_it() {
    let app = TestApp::new().await;
    let here = computer(&app, "here", json!({ "env": "prod" })).await;
    let there = computer(&app, "there", json!({ "env": "test" })).await;
    let seen = json!({ "type": "external", "name": "seen", "nodes": ["here"], "labels": { "env": "prod" } });
    let seen = service(&app, seen).await;
    service(&app, json!({ "type": "external", "name": "hidden", "nodes": ["there"] })).await;
    let exporter = |more: Value| {
        let mut body = json!({ "listen_port": 1, "labels": { "env": "prod" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let on = create(&app, "external_exporter", exporter(json!({ "runs_on": "here" }))).await;
    let of_there =
        create(&app, "external_exporter", exporter(json!({ "observes": { "nodes": ["there"] } }))).await;
    let body = json!({ "runs_on": "here", "observes": { "nodes": ["here", "there"], "services": ["seen", "hidden"] } });
    let both = create(&app, "external_exporter", exporter(body)).await;
    let of_service = exporter(json!({ "observes": { "services": ["seen"] } }));
    let of_service = create(&app, "external_exporter", of_service).await;
    let nowhere = create(&app, "external_exporter", exporter(json!({ "labels": {} }))).await;
    let all = [&on, &of_there, &both, &of_service, &nowhere];
    for (reach, expected) in [
        (json!({}), all.to_vec()),
        (json!({ "nodes": [here] }), vec![&on, &of_service]),
        (json!({ "nodes": [there] }), vec![&of_there]),
        (json!({ "nodes": [here, there] }), vec![&on, &of_there, &both, &of_service]),
        (json!({ "labels": "env=prod" }), vec![&on, &of_there, &both, &of_service]),
        (json!({ "labels": "!env" }), vec![&nowhere]),
        (json!({ "sites": [] }), vec![]),
        (json!({ "nodes": [] }), vec![]),
    ] {
        let (key, _) = app.key(&["agents:*"], json!({ "reach": reach })).await;
        let actor = app.with_key(&key);
        let ids: Vec<_> = expected.iter().map(|agent| agent["id"].clone()).collect();
        assert_eq!(actor.get("/v1/agents").await.expect(200).items("id"), ids, "{reach}");
        for agent in all {
            if expected.contains(&agent) {
                actor.get(&path(agent)).await.expect(200);
                actor.patch(&path(agent), json!({})).await.expect(200);
            } else {
                actor.get(&path(agent)).await.problem(404, "not_found");
                actor.patch(&path(agent), json!({ "enabled": false })).await.problem(404, "not_found");
            }
        }
    }

    // Where labels narrow, what has none of them is not shown, and stays when the rest is replaced.
    let (key, _) = app.key(&["agents:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&key);
    let shown = actor.get(&path(&both)).await.expect(200);
    assert_eq!(shown.body["observes"], json!({ "nodes": [here], "services": [seen] }));
    let patch = json!({ "observes": { "nodes": [], "services": [] } });
    let changed = actor.patch(&path(&both), patch).await.expect(200);
    assert_eq!(changed.body["observes"], json!({ "nodes": [], "services": [] }));
    let left = app.owner().get(&path(&both)).await.expect(200);
    assert_eq!(left.body["observes"]["nodes"], json!([there]));
    assert_eq!(left.body["observes"]["services"].as_array().unwrap().len(), 1);
    let hidden = agent("external_exporter", exporter(json!({ "observes": { "services": ["hidden"] } })));
    actor.post("/v1/agents", hidden).await.problem(400, "invalid").field("observes.services[0]");

    // Nothing is made or moved out of reach.
    let (key, _) = app.key(&["agents:*"], json!({ "reach": { "nodes": [here] } })).await;
    let actor = app.with_key(&key);
    let outside = agent("external_exporter", json!({ "listen_port": 1 }));
    actor.post("/v1/agents", outside).await.problem(403, "reach_too_narrow");
    let patch = json!({ "observes": { "services": [] } });
    actor.patch(&path(&of_service), patch).await.problem(403, "reach_too_narrow");
    actor.post("/v1/agents", agent("node_exporter", json!({ "runs_on": "here" }))).await.expect(201);
    let (key, _) = app.key(&["agents:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    app.with_key(&key).patch(&path(&on), json!({ "labels": {} })).await.problem(403, "reach_too_narrow");
}

#[tokio::test]
async fn deleting_a_bailiwick_agent_deletes_the_agents_it_runs() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    computer(&app, "db-2", json!({ "env": "prod" })).await;
    let ours = create(&app, "bailiwick_agent", json!({ "runs_on": "db-1" })).await;
    let exporter = create(&app, "node_exporter", json!({ "runs_on": "db-1" })).await;
    let other = create(&app, "node_exporter", json!({ "runs_on": "db-2" })).await;
    let refused = app.owner().delete(&path(&ours)).await.problem(409, "in_use");
    let items = json!([{ "id": exporter["id"], "name": "node_exporter" }]);
    let dependants = json!([{ "noun": "agents", "effect": "deleted", "count": 1, "items": items }]);
    assert_eq!(refused.body["dependants"], dependants);
    let would = app.owner().delete(&format!("{}?dry_run=true", path(&ours))).await.expect(200);
    assert_eq!((&would.body["removed"][1], &would.body["dry_run"]), (&dependants[0], &json!(true)));
    app.owner().get(&path(&ours)).await.expect(200);
    app.owner().delete(&format!("{}?force=true", path(&ours))).await.expect(200);
    app.owner().get(&path(&ours)).await.problem(404, "not_found");
    app.owner().get(&path(&exporter)).await.problem(404, "not_found");
    app.owner().delete(&path(&other)).await.expect(200);
    app.owner().delete(&path(&other)).await.problem(404, "not_found");

    // Nor by a key that does not reach those that it runs.
    let ours =
        create(&app, "bailiwick_agent", json!({ "runs_on": "db-2", "labels": { "env": "prod" } })).await;
    create(&app, "node_exporter", json!({ "runs_on": "db-2" })).await;
    let (key, _) = app.key(&["agents:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let refused = app.with_key(&key).delete(&format!("{}?force=true", path(&ours))).await;
    refused.problem(403, "reach_too_narrow");
}

#[tokio::test]
async fn a_duplicate_exporter_is_refused_unless_allow_duplicate_is_set() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    computer(&app, "db-2", json!({})).await;
    for name in ["orders", "other"] {
        service(&app, json!({ "type": "mysql", "name": name, "address": "10.0.0.1", "port": 3306 })).await;
    }
    let owner = app.owner();
    let on = |kind: &str, node: &str, services: &[&str]| {
        let observes = json!({ "services": services });
        let settings = if kind == "mysqld_exporter" { json!({ "username": "m" }) } else { json!({}) };
        let mut body = json!({ "type": kind, "runs_on": node, "settings": settings });
        if !services.is_empty() {
            body["observes"] = observes;
        }
        body
    };
    let node =
        owner.post("/v1/agents", on("node_exporter", "db-1", &[])).await.expect(201).body["id"].clone();
    let refused = owner.post("/v1/agents", on("node_exporter", "db-1", &[])).await.problem(409, "taken");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("already has a node_exporter that observes the same object"), "{detail}");
    assert!(detail.contains(node.as_str().unwrap()), "{detail}");
    assert_eq!(refused.body["hints"][0]["hint"], "allow_duplicate");
    // Elsewhere, of another kind, for another service: that is no second one.
    owner.post("/v1/agents", on("node_exporter", "db-2", &[])).await.expect(201);
    owner.post("/v1/agents", on("mysqld_exporter", "db-1", &["orders"])).await.expect(201);
    let other = owner.post("/v1/agents", on("mysqld_exporter", "db-1", &["other"])).await.expect(201).body;
    owner.post("/v1/agents", on("mysqld_exporter", "db-1", &["orders"])).await.problem(409, "taken");
    owner.post("/v1/agents", on("mysqld_exporter", "db-2", &["orders"])).await.expect(201);
    // One that becomes a second one; an edit of something else is none.
    let path = path(&other);
    let becomes = json!({ "observes": { "services": ["orders"] } });
    owner.patch(&path, becomes.clone()).await.problem(409, "taken");
    owner.patch(&path, json!({ "enabled": false })).await.expect(200);
    // With `allow_duplicate` it is accepted, and later edits need not repeat it.
    let mut asked = becomes;
    asked["allow_duplicate"] = json!(true);
    owner.patch(&path, asked).await.expect(200);
    owner.patch(&path, json!({ "enabled": true })).await.expect(200);
    let mut two = on("node_exporter", "db-1", &[]);
    two["allow_duplicate"] = json!(true);
    owner.post("/v1/agents", two.clone()).await.expect(201);

    // Imports: of what is there, and of two lines of one text.
    let import = async |lines: &[&Value]| {
        let data: String = lines.iter().map(|line| format!("{line}\n")).collect();
        owner.post("/v1/agents/import", json!({ "format": "jsonl", "data": data })).await
    };
    let one = on("node_exporter", "db-1", &[]);
    let refused = import(&[&one]).await.problem(400, "invalid").body.to_string();
    assert!(refused.contains("expected no second node_exporter"), "{refused}");
    computer(&app, "db-3", json!({})).await;
    let third = on("node_exporter", "db-3", &[]);
    let refused = import(&[&third, &third]).await.problem(400, "invalid").body.to_string();
    assert!(refused.contains("line 1 is one") && !refused.contains("line 2 is one"), "{refused}");
    assert_eq!(import(&[&third]).await.expect(200).body["created"], 1);
    assert_eq!(import(&[&two]).await.expect(200).body["created"], 1);

    // A caller who does not see the other agent is not told which one it is.
    let (key, _) = app.key(&["agents:*"], json!({ "reach": { "labels": "a=b" } })).await;
    let mut hidden = on("node_exporter", "db-2", &[]);
    hidden["labels"] = json!({ "a": "b" });
    let refused = app.with_key(&key).post("/v1/agents", hidden).await;
    assert_ne!(refused.status, 201);
    assert!(!refused.body.to_string().contains(node.as_str().unwrap()));
}

#[tokio::test]
async fn a_configured_listen_port_is_kept() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    let owner = app.owner();
    let body = json!({ "type": "node_exporter", "runs_on": "db-1", "listen_port": 9100 });
    let made = owner.post("/v1/agents", body).await.expect(201).body;
    // Where it listens is known once it does.
    assert_eq!((&made["configured_port"], &made["listen_port"]), (&json!(9100), &json!(null)));
    let path = path(&made);
    assert_eq!(owner.get(&path).await.expect(200).body["configured_port"], 9100);
    let changed = owner.patch(&path, json!({ "listen_port": 9101 })).await.expect(200).body;
    assert_eq!((&changed["configured_port"], &changed["revision"]), (&json!(9101), &json!(2)));
    let same = owner.patch(&path, json!({ "labels": { "a": "b" } })).await.expect(200).body;
    assert_eq!(same["configured_port"], 9101);
    // It goes out and comes in with the lines.
    let exported = owner.get("/v1/agents/export?format=jsonl").await;
    assert!(exported.body.to_string().contains("9101"), "{:?}", exported.body);
    let line = json!({ "id": made["id"], "type": "node_exporter", "listen_port": 9102 }).to_string();
    let body = json!({ "format": "jsonl", "data": line, "existing": "update" });
    assert_eq!(owner.post("/v1/agents/import", body).await.expect(200).body["updated"], 1);
    assert_eq!(owner.get(&path).await.expect(200).body["configured_port"], 9102);
    let cleared = owner.patch(&path, json!({ "listen_port": null })).await.expect(200).body;
    assert_eq!(cleared["configured_port"], json!(null));
    // Those that are started elsewhere need one.
    let body = json!({ "type": "external_exporter", "listen_port": 9100 });
    let external = owner.post("/v1/agents", body).await.expect(201).body;
    assert_eq!((&external["listen_port"], &external["configured_port"]), (&json!(9100), &json!(null)));
    let path = self::path(&external);
    owner.patch(&path, json!({ "listen_port": null })).await.problem(400, "invalid").field("listen_port");
}

#[tokio::test]
async fn an_address_that_is_a_url_is_refused() {
    let app = TestApp::new().await;
    let owner = app.owner();
    computer(&app, "db-1", json!({ "address": "fe80::1%eth0" })).await;
    service(&app, json!({ "type": "mysql", "name": "orders", "address": "2001:db8::1", "port": 1 })).await;
    for address in ["http://10.0.0.1", "10.0.0.1:9100", "db-1/x", "me@db-1", "[::1]", "10.0.0.0/24"] {
        for (method, path, body) in [
            ("POST", "/v1/nodes", json!({ "type": "generic", "name": "x", "address": address })),
            ("PATCH", "/v1/nodes/db-1", json!({ "address": address })),
            ("POST", "/v1/services", json!({ "type": "mysql", "name": "x", "address": address, "port": 1 })),
            ("PATCH", "/v1/services/orders", json!({ "address": address })),
        ] {
            let reply =
                if method == "POST" { owner.post(path, body).await } else { owner.patch(path, body).await };
            let refused = reply.problem(400, "invalid");
            let said = refused.field("address");
            assert!(said.contains("host name or an IP address") && said.contains("`http://`"), "{said}");
        }
        for (noun, line) in [
            ("nodes", json!({ "type": "generic", "name": "x", "address": address })),
            ("services", json!({ "type": "mysql", "name": "x", "address": address, "port": 1 })),
        ] {
            let body = json!({ "format": "jsonl", "data": line.to_string() });
            owner.post(&format!("/v1/{noun}/import"), body).await.problem(400, "invalid");
        }
    }
}
