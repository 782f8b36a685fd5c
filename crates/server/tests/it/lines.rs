//! Services and agents brought in and taken out as text.

use serde_json::{Value, json};

use crate::app::{Actor, Reply, TestApp};
use crate::services::{computer, node, service};

async fn import(actor: &Actor<'_>, noun: &str, format: &str, data: &str, more: Value) -> Reply {
    let mut body = json!({ "format": format, "data": data });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    actor.post(&format!("/v1/{noun}/import"), body).await
}

fn counts(reply: &Reply) -> [u64; 3] {
    ["created", "updated", "unchanged"].map(|name| reply.body[name].as_u64().unwrap())
}

async fn export(actor: &Actor<'_>, path: &str) -> String {
    actor.get(path).await.expect(200).body["data"].as_str().unwrap().to_owned()
}

/// Services of several types, with all that is hard to write.
async fn various(app: &TestApp) {
    computer(app, "db-1", json!({})).await;
    node(app, json!({ "type": "generic", "name": "[db], \"2\"", "address": "db-2" })).await;
    node(app, json!({ "type": "machine_tool", "name": "mill" })).await;
    for body in [
        json!({ "type": "mysql", "name": "=1+1", "nodes": ["db-1", "[db], \"2\""], "address": "h", "port": 3306, "cluster": "'c", "labels": { "a": "", "b": "x, \"y\"" } }),
        json!({ "type": "postgresql", "name": "pg", "nodes": ["[db], \"2\""], "socket": "/s", "auto_discovery_limit": -1 }),
        json!({ "type": "haproxy", "name": "-front", "environment": "prod" }),
        json!({ "type": "external", "name": "@ext", "nodes": ["db-1"], "group": "redis" }),
    ] {
        service(app, body).await;
    }
}

#[tokio::test]
async fn exported_services_are_imported_unchanged() {
    let app = TestApp::new().await;
    various(&app).await;
    let owner = app.owner();
    let before = owner.get("/v1/services").await.expect(200).body;
    for format in ["jsonl", "csv"] {
        let out = owner.get(&format!("/v1/services/export?format={format}")).await.expect(200);
        assert_eq!((&out.body["count"], &out.body["total"]), (&json!(4), &json!(4)));
        let data = out.body["data"].as_str().unwrap();
        let again =
            import(&owner, "services", format, data, json!({ "existing": "update" })).await.expect(200);
        assert_eq!(counts(&again), [0, 0, 4]);
        assert_eq!(owner.get("/v1/services").await.body, before, "the import changed services");
        let refused = import(&owner, "services", format, data, json!({})).await.problem(400, "invalid");
        refused.field("line 2: name");
        // And in another organization, where only the nodes are.
        app.organization(format).await;
        let root = app.root();
        let nodes = export(&owner, "/v1/nodes/export?format=jsonl").await;
        let path = format!("/v1/nodes/import?organization={format}");
        root.post(&path, json!({ "format": "jsonl", "data": nodes })).await.expect(200);
        let path = format!("/v1/services/import?organization={format}");
        let made = root.post(&path, json!({ "format": format, "data": data })).await.expect(200);
        assert_eq!(counts(&made), [4, 0, 0]);
        let path = format!("/v1/services/export?format={format}&organization={format}");
        assert_eq!(export(&root, &path).await, data);
    }
    // Page after page, and as the text alone.
    let first = owner.get("/v1/services/export?limit=3").await.expect(200);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = owner.get(&format!("/v1/services/export?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!((&second.body["count"], &second.body["total"]), (&json!(1), &json!(null)));
    assert_eq!(owner.get("/v1/services/export?type=mysql").await.body["count"], 1);
    assert_eq!(owner.get("/v1/services/export?node=db-1").await.body["count"], 2);
}

#[tokio::test]
async fn every_bad_line_of_services_is_named_and_nothing_is_imported() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    service(&app, json!({ "type": "external", "name": "there" })).await;
    let data = [
        r#"{"type":"external","name":"fine","nodes":["db-1"]}"#,
        r#"{"type":"external","name":"fine"}"#,
        r#"{"type":"mysql","name":"a"}"#,
        r#"{"type":"mysql","name":"b","address":"h","port":0}"#,
        r#"{"type":"external","name":"c","nodes":["db-1","db-9"],"port":1}"#,
        r#"{"type":"haproxy","name":"there"}"#,
        r#"{"type":"external","name":"d","agent":{}}"#,
        r#"{"type":"external","name":"fine"}"#,
    ]
    .join("\n");
    for existing in ["refuse", "update"] {
        let refused = import(&app.owner(), "services", "jsonl", &data, json!({ "existing": existing })).await;
        let refused = refused.problem(400, "invalid");
        for (field, expected) in [
            ("line 2: name", "line 1 has it"),
            ("line 3: address", "expected an address and a port, or a socket"),
            ("line 4: port", "from 1 to 65535"),
            ("line 5: nodes[1]", "there is no node db-9"),
            ("line 5: port", "have none"),
            ("line 7: agent", "no such field"),
            ("line 8: name", "line 1 has it"),
        ] {
            assert!(refused.field(field).contains(expected), "{:#}", refused.body);
        }
        let (field, expected) = match existing {
            "refuse" => ("line 6: name", "another service has it"),
            _ => ("line 6: type", "expected external"),
        };
        assert!(refused.field(field).contains(expected), "{:#}", refused.body);
    }
    let csv = "type,name,port,nodes\nmysql,a,x,\nexternal,b,,\"[\"\"db-1\"\", \"\"db-9\"\"]\"\n";
    let refused = import(&app.owner(), "services", "csv", csv, json!({})).await.problem(400, "invalid");
    assert!(refused.field("line 2: port").contains("invalid type"));
    assert!(refused.field("line 3: nodes[1]").contains("db-9"));
    assert_eq!(app.owner().get("/v1/services").await.expect(200).items("name"), ["there"]);
}

#[tokio::test]
async fn a_service_import_changes_only_the_named_fields() {
    let app = TestApp::new().await;
    let prod = computer(&app, "prod", json!({ "env": "prod" })).await;
    let other = computer(&app, "other", json!({})).await;
    let body = json!({ "type": "mysql", "name": "A", "address": "h", "port": 1, "nodes": ["prod", "other"], "cluster": "c", "labels": { "env": "prod" } });
    service(&app, body).await;
    let data = r#"{"type":"mysql","name":"A","socket":"/s"}"#;
    let would =
        import(&app.owner(), "services", "jsonl", data, json!({ "existing": "update", "dry_run": true }))
            .await;
    assert_eq!(
        (counts(&would.expect(200)), &app.owner().get("/v1/services/A").await.body["revision"]),
        ([0, 1, 0], &json!(1))
    );
    import(&app.owner(), "services", "jsonl", data, json!({ "existing": "update" })).await.expect(200);
    let now = app.owner().get("/v1/services/A").await.body;
    assert_eq!((&now["socket"], &now["address"], &now["cluster"]), (&json!("/s"), &json!(null), &json!("c")));
    assert_eq!((&now["revision"], now["nodes"].as_array().unwrap().len()), (&json!(2), 2));

    // Nodes that the caller does not see stay; nothing is made out of reach, nor changed there.
    let (key, _) = app.key(&["services:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&key);
    let data = r#"{"type":"mysql","name":"A","nodes":[]}"#;
    import(&actor, "services", "jsonl", data, json!({ "existing": "update" })).await.expect(200);
    assert_eq!(app.owner().get("/v1/services/A").await.body["nodes"], json!([other]));
    let outside = import(&actor, "services", "jsonl", r#"{"type":"external","name":"B"}"#, json!({})).await;
    assert!(outside.problem(400, "invalid").field("line 1").contains("outside of the key's reach"));
    let (key, _) = app.key(&["services:*"], json!({ "reach": { "nodes": [prod] } })).await;
    let hidden =
        import(&app.with_key(&key), "services", "jsonl", data, json!({ "existing": "update" })).await;
    let hidden = hidden.problem(400, "invalid");
    assert!(hidden.field("line 1: name").ends_with("another service has it"), "{:#}", hidden.body);
}

/// Agents of several types.
async fn agents(app: &TestApp) {
    various(app).await;
    for body in [
        json!({ "type": "bailiwick_agent", "runs_on": "db-1" }),
        json!({ "type": "node_exporter", "runs_on": "[db], \"2\"", "labels": { "a": "b" } }),
        json!({ "type": "mysqld_exporter", "runs_on": "db-1", "observes": { "services": ["=1+1"] }, "enabled": false, "description": "two\nlines", "settings": { "username": "m", "tls": true, "extra_dsn_params": { "a": "b, c" } }, "secrets": { "password": "hunter2" } }),
        json!({ "type": "mtconnect_adapter", "runs_on": "db-1", "observes": { "nodes": ["mill"] }, "settings": { "url": "http://mill" } }),
        json!({ "type": "external_exporter", "listen_port": 9187, "observes": { "nodes": ["db-1"], "services": ["-front", "@ext"] } }),
    ] {
        app.owner().post("/v1/agents", body).await.expect(201);
        app.advance(1);
    }
}

#[tokio::test]
async fn exported_agents_are_imported_unchanged() {
    let app = TestApp::new().await;
    agents(&app).await;
    let (owner, root) = (app.owner(), app.root());
    let before = owner.get("/v1/agents").await.expect(200).body;
    for format in ["jsonl", "csv"] {
        let data = export(&owner, &format!("/v1/agents/export?format={format}")).await;
        assert!(!data.contains("hunter2"), "{data}");
        let again =
            import(&owner, "agents", format, &data, json!({ "existing": "update" })).await.expect(200);
        assert_eq!(counts(&again), [0, 0, 5]);
        assert_eq!(owner.get("/v1/agents").await.body, before, "the import changed agents");
        import(&owner, "agents", format, &data, json!({})).await.problem(400, "invalid").field("line 2: id");
        // Without ids they are made anew, in another organization too.
        app.organization(format).await;
        for noun in ["nodes", "services", "agents"] {
            let path = format!(
                "/v1/{noun}/export?format={format}{}",
                if noun == "agents" { "&without_ids=true" } else { "" }
            );
            let data = export(&owner, &path).await;
            let path = format!("/v1/{noun}/import?organization={format}");
            root.post(&path, json!({ "format": format, "data": data })).await.expect(200);
            if noun == "agents" {
                let path =
                    format!("/v1/agents/export?format={format}&without_ids=true&organization={format}");
                let mut lines: Vec<_> = data.lines().collect();
                lines.sort_unstable();
                let made = export(&root, &path).await;
                let mut made: Vec<_> = made.lines().collect();
                made.sort_unstable();
                assert_eq!(made, lines);
                // The ids of others are none here.
                let ids = export(&owner, &format!("/v1/agents/export?format={format}")).await;
                let path = format!("/v1/agents/import?organization={format}");
                let body = json!({ "format": format, "data": ids, "existing": "update" });
                let refused = root.post(&path, body).await.problem(400, "invalid");
                assert!(refused.field("line 2: id").starts_with("there is no agent"), "{:#}", refused.body);
            }
        }
    }
    assert_eq!(owner.get("/v1/agents/export?type=node_exporter").await.body["count"], 1);
    assert_eq!(owner.get("/v1/agents/export?runs_on=db-1&enabled=true").await.body["count"], 2);
}

#[tokio::test]
async fn every_bad_line_of_agents_is_named_and_nothing_is_imported() {
    let app = TestApp::new().await;
    agents(&app).await;
    let before = app.owner().get("/v1/agents").await.expect(200).body;
    let ours = before["items"][0]["id"].as_str().unwrap();
    let data = [
        r#"{"type":"node_exporter"}"#.to_owned(),
        r#"{"type":"mysqld_exporter","runs_on":"db-1","observes":{"services":["pg"]},"settings":{"username":"m"},"secrets":{"passwort":"hunter2"}}"#.to_owned(),
        r#"{"type":"external_exporter","listen_port":1,"secrets":{"password":4829103}}"#.to_owned(),
        r#"{"type":"bailiwick_agent","runs_on":"db-1"}"#.to_owned(),
        r#"{"type":"bailiwick_agent","runs_on":"[db], \"2\""}"#.to_owned(),
        r#"{"type":"bailiwick_agent","runs_on":"[db], \"2\""}"#.to_owned(),
        format!(r#"{{"type":"opamp","id":"{ours}","runs_on":"mill"}}"#),
        format!(r#"{{"type":"bailiwick_agent","id":"{ours}"}}"#),
    ]
    .join("\n");
    let refused = import(&app.owner(), "agents", "jsonl", &data, json!({ "existing": "update" })).await;
    let refused = refused.problem(400, "invalid");
    for (field, expected) in [
        ("line 1: runs_on", "need one"),
        ("line 2: observes.services[0]", "'pg' is postgresql"),
        ("line 2: secrets.passwort", "no such secret"),
        ("line 3: secrets", "password: expected a text"),
        ("line 4: runs_on", ours),
        ("line 6: runs_on", "line 5 has it"),
        ("line 7: type", "expected bailiwick_agent"),
        ("line 7: runs_on", "cannot be changed"),
        ("line 8: id", "line 7 has it"),
    ] {
        assert!(refused.field(field).contains(expected), "{field}: {:#}", refused.body);
    }
    let text = refused.body.to_string();
    assert!(!text.contains("hunter2") && !text.contains("4829103"), "{text}");
    let csv = "type,listen_port,secrets\nexternal_exporter,9187,hunter2\n";
    let refused = import(&app.owner(), "agents", "csv", csv, json!({})).await.problem(400, "invalid");
    assert_eq!(
        refused.field("line 2: secrets"),
        "expected an object that maps the names of secrets to texts"
    );
    assert_eq!(app.owner().get("/v1/agents").await.expect(200).body, before);
}

#[tokio::test]
async fn an_agent_import_sets_secrets_and_changes_only_named_fields() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({ "env": "prod" })).await;
    let hidden = computer(&app, "db-2", json!({})).await;
    let csv = "type,runs_on,settings,secrets,label.env\nmysqld_exporter,db-1,\"{\"\"username\"\": \"\"m\"\"}\",\"{\"\"password\"\": \"\"p\"\", \"\"tls_key\"\": \"\"k\"\"}\",prod\n";
    let made = import(&app.owner(), "agents", "csv", csv, json!({})).await.expect(200);
    assert_eq!(counts(&made), [1, 0, 0]);
    let agent = app.owner().get("/v1/agents").await.expect(200).body["items"][0].clone();
    assert_eq!(
        (&agent["secrets"], &agent["labels"]),
        (&json!(["password", "tls_key"]), &json!({ "env": "prod" }))
    );
    let id = agent["id"].as_str().unwrap();
    let line =
        json!({ "type": "mysqld_exporter", "id": id, "secrets": { "tls_key": null }, "enabled": false });
    let changed =
        import(&app.owner(), "agents", "jsonl", &line.to_string(), json!({ "existing": "update" })).await;
    assert_eq!(counts(&changed.expect(200)), [0, 1, 0]);
    let now = app.owner().get(&format!("/v1/agents/{id}")).await.expect(200).body;
    assert_eq!(
        (&now["secrets"], &now["settings"], &now["enabled"]),
        (&json!(["password"]), &agent["settings"], &json!(false))
    );
    let trail = app.owner().get("/v1/audit?operation=agents.import&outcome=allowed").await.expect(200);
    assert!(trail.items("reason").contains(&json!("0 created, 1 updated")), "{:#}", trail.body);

    // What the caller does not see stays, and nothing is made out of its reach.
    let body = json!({ "type": "opamp", "runs_on": "db-1", "observes": { "nodes": ["db-1", "db-2"] }, "labels": { "env": "prod" } });
    let opamp = app.owner().post("/v1/agents", body).await.expect(201);
    let id = opamp.body["id"].as_str().unwrap();
    let (key, _) = app.key(&["agents:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    let actor = app.with_key(&key);
    let line = json!({ "type": "opamp", "id": id, "observes": { "nodes": [] } }).to_string();
    import(&actor, "agents", "jsonl", &line, json!({ "existing": "update" })).await.expect(200);
    let left = app.owner().get(&format!("/v1/agents/{id}")).await.body;
    assert_eq!(left["observes"]["nodes"], json!([hidden]));
    let line = json!({ "type": "external_exporter", "listen_port": 1 }).to_string();
    let outside = import(&actor, "agents", "jsonl", &line, json!({})).await.problem(400, "invalid");
    assert!(outside.field("line 1").contains("outside of the key's reach"));
}

#[tokio::test]
async fn a_line_that_changes_a_service_needs_no_type() {
    let app = TestApp::new().await;
    let service = json!({ "type": "mysql", "name": "orders", "address": "db", "port": 3306 });
    app.owner().post("/v1/services", service).await.expect(201);
    let update = json!({ "existing": "update" });
    let line = "{\"name\":\"orders\",\"cluster\":\"c1\"}";
    import(&app.owner(), "services", "jsonl", line, update.clone()).await.expect(200);
    let shown = app.owner().get("/v1/services/orders").await.expect(200).body;
    assert_eq!((&shown["cluster"], &shown["type"]), (&json!("c1"), &json!("mysql")));
    let line = "{\"name\":\"new\",\"cluster\":\"c1\"}";
    let refused = import(&app.owner(), "services", "jsonl", line, update).await.problem(400, "invalid");
    assert!(refused.field("line 1: type").contains("needs its type"), "{:#}", refused.body);
}
