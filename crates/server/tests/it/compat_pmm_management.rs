//! Scripts written for PMM's management API, version 3.

use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::compat_pmm::{add_mysql, add_node, add_pmm_agent, refused};

const NODES: &str = "/v1/management/nodes";
const SERVICES: &str = "/v1/management/services";

/// A registration with every member that `pmm-admin register` sends.
fn registration(name: &str, more: Value) -> Value {
    let mut body = json!({
        "node_type": "NODE_TYPE_GENERIC_NODE", "node_name": name, "address": "10.0.0.5", "machine_id": "mid",
        "distro": "Debian 13", "container_id": "", "container_name": "", "node_model": "", "region": "eu",
        "az": "", "custom_labels": { "env": "prod" }, "reregister": false,
        "metrics_mode": "METRICS_MODE_UNSPECIFIED", "disable_collectors": [], "agent_password": "",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// A MySQL service with the members that `pmm-admin add mysql --query-source=none` sends.
fn mysql(name: &str, more: Value) -> Value {
    let mut body = json!({
        "service_name": name, "address": "127.0.0.1", "port": 3306, "environment": "prod", "cluster": "",
        "replication_set": "", "username": "pmm", "password": "swordfish", "agent_password": "",
        "custom_labels": {}, "qan_mysql_slowlog": false, "qan_mysql_perfschema": false,
        "skip_connection_check": false, "disable_query_examples": false, "max_slowlog_file_size": "0",
        "tls": false, "tls_skip_verify": false, "tls_ca": "", "tls_cert": "", "tls_key": "",
        "tablestats_group_table_limit": -1, "metrics_mode": "METRICS_MODE_PUSH", "disable_collectors": ["binlog"],
        "log_level": "LOG_LEVEL_WARN", "extra_dsn_params": {},
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// How many nodes, services and agents there are.
async fn counts(app: &TestApp) -> [usize; 3] {
    let mut counts = [0; 3];
    for (n, noun) in ["nodes", "services", "agents"].into_iter().enumerate() {
        counts[n] = app.owner().get(&format!("/v1/{noun}")).await.expect(200).items("id").len();
    }
    counts
}

async fn register(actor: &Actor<'_>, name: &str) -> (String, String) {
    let made = actor.post(NODES, registration(name, json!({ "region": "" }))).await.expect(200).body;
    let text = |pointer| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    (text("/generic_node/node_id"), text("/pmm_agent/agent_id"))
}

#[tokio::test]
async fn a_registered_node_has_its_agents() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let body =
        registration("db-1", json!({ "disable_collectors": ["wifi"], "metrics_mode": "METRICS_MODE_PULL" }));
    let made = owner.post(NODES, body).await.expect(200).body;
    let names = ["container_node", "generic_node", "pmm_agent", "token", "warning"];
    assert_eq!(made.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(), names);
    assert_eq!((&made["container_node"], &made["token"]), (&Value::Null, &json!("")));
    assert!(made["warning"].as_str().unwrap().contains("agent"));
    let node = made["generic_node"]["node_id"].as_str().unwrap();
    let shown = owner.get(&format!("/v1/inventory/nodes/{node}")).await.expect(200).body;
    assert_eq!(shown["generic"], made["generic_node"]);
    assert_eq!(made["generic_node"]["custom_labels"], json!({ "env": "prod" }));
    assert_eq!(made["pmm_agent"]["runs_on_node_id"], node);
    let above = made["pmm_agent"]["agent_id"].as_str().unwrap();
    let under = owner.get(&format!("/v1/inventory/agents?pmm_agent_id={above}")).await.expect(200).body;
    let exporter = &under["node_exporter"][0];
    assert_eq!(exporter["disabled_collectors"], json!(["wifi"]));
    assert_eq!(exporter["push_metrics_enabled"], json!(false));

    // A client sends the operating system of a container too, where PMM does not show it.
    let more = json!({ "node_type": "NODE_TYPE_CONTAINER_NODE", "container_id": "cid", "region": "" });
    let container = owner.post(NODES, registration("c-1", more)).await.expect(200).body;
    assert_eq!(container["generic_node"], Value::Null);
    assert_eq!(container["container_node"]["container_id"], "cid");
    assert!(container["container_node"].get("distro").is_none());
    assert_eq!(counts(&app).await, [2, 0, 4]);
}

#[tokio::test]
async fn a_name_is_registered_again_only_on_request_and_takes_the_place_of_the_old_node() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (old, _) = register(&owner, "db-1").await;
    add_mysql(&owner, "orders", &old).await;
    let message = refused(owner.post(NODES, registration("db-1", json!({}))).await, 409, 6, "taken");
    assert!(message.contains("node_name"), "{message}");
    // What cannot be registered replaces nothing.
    let wrong = registration("db-1", json!({ "reregister": true, "container_id": "cid" }));
    let message = refused(owner.post(NODES, wrong).await, 400, 3, "invalid");
    assert!(message.contains("container_id"), "{message}");
    assert_eq!(counts(&app).await, [1, 1, 2]);
    let again = owner.post(NODES, registration("db-1", json!({ "reregister": true }))).await.expect(200).body;
    assert_ne!(again["generic_node"]["node_id"], json!(old));
    assert_eq!(counts(&app).await, [1, 0, 2]);
}

#[tokio::test]
async fn a_registration_that_cannot_be_done_names_its_member() {
    let app = TestApp::new().await;
    for (more, member) in [
        (json!({ "node_type": "NODE_TYPE_REMOTE_NODE" }), "node_type"),
        (json!({ "node_type": "NODE_TYPE_UNSPECIFIED" }), "node_type"),
        (json!({ "node_name": "" }), "node_name"),
        (json!({ "address": "http://10.0.0.1" }), "address"),
        (json!({ "agent_password": "swordfish" }), "agent_password"),
        (json!({ "metrics_mode": "METRICS_MODE_SHOVE" }), "metrics_mode"),
        (json!({ "metrics_mode": 3 }), "metrics_mode"),
        (json!({ "disable_collectors": "wifi" }), "disable_collectors"),
        (json!({ "reregister": "perhaps" }), "reregister"),
        (json!({ "pmm_agent_id": "x" }), "pmm_agent_id"),
    ] {
        let message = refused(app.owner().post(NODES, registration("db-1", more)).await, 400, 3, "invalid");
        assert!(message.contains(&format!("{member}: ")), "{member}: {message}");
        assert!(!message.contains("swordfish"));
    }
    assert_eq!(counts(&app).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_service_of_each_type_is_added_with_its_exporter() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (node, above) = register(&owner, "db-1").await;
    let connected = json!({
        "address": "127.0.0.1", "port": "4711", "pmm_agent_id": above, "node_id": node, "username": "pmm",
        "password": "swordfish", "skip_connection_check": true,
    });
    let external = json!({ "node_id": node, "listen_port": 9100, "username": "u", "password": "swordfish" });
    let no_more = json!({});
    for (bucket, exporter, base, more, empty) in [
        (
            "mysql",
            "mysqld_exporter",
            &connected,
            json!({ "tls": true, "disable_collectors": ["binlog"], "metrics_mode": "METRICS_MODE_PUSH" }),
            json!({ "qan_mysql_perfschema": null, "qan_mysql_slowlog": null, "table_count": 0 }),
        ),
        (
            "mongodb",
            "mongodb_exporter",
            &connected,
            json!({ "authentication_database": "admin", "enable_all_collectors": true }),
            json!({ "qan_mongodb_profiler": null, "qan_mongodb_mongolog": null, "rta_mongodb_agent": null }),
        ),
        (
            "postgresql",
            "postgres_exporter",
            &connected,
            json!({ "database": "orders", "auto_discovery_limit": -1 }),
            json!({
                "qan_postgresql_pgstatements_agent": null, "qan_postgresql_pgstatmonitor_agent": null,
                "warning": "",
            }),
        ),
        ("proxysql", "proxysql_exporter", &connected, json!({ "expose_exporter": true }), no_more.clone()),
        ("valkey", "valkey_exporter", &connected, json!({ "tls_skip_verify": true }), no_more.clone()),
        ("haproxy", "external_exporter", &external, json!({ "scheme": "https" }), no_more.clone()),
        (
            "external",
            "external_exporter",
            &external,
            json!({ "runs_on_node_id": node, "group": "redis", "metrics_path": "/m" }),
            no_more.clone(),
        ),
    ] {
        let mut body =
            json!({ "service_name": bucket, "environment": "prod", "custom_labels": { "a": "b" } });
        for fields in [base, &more] {
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        }
        let made = owner.post(SERVICES, json!({ bucket: body })).await.expect(200).body;
        assert!(!made.to_string().contains("swordfish"));
        let result = made[bucket].as_object().unwrap();
        let names: Vec<&str> = result.keys().map(String::as_str).collect();
        let mut expected: Vec<&str> = empty.as_object().unwrap().keys().map(String::as_str).collect();
        expected.extend(["service", exporter]);
        expected.sort_unstable();
        assert_eq!(names, expected, "{bucket}");
        for (name, value) in empty.as_object().unwrap() {
            assert_eq!(&result[name], value, "{bucket}: {name}");
        }
        let service = &result["service"];
        assert_eq!(
            (&service["node_id"], &service["environment"]),
            (&json!(node), &json!("prod")),
            "{bucket}"
        );
        assert_eq!(service["custom_labels"], json!({ "a": "b" }));
        let added = &result[exporter];
        assert_eq!(added["service_id"], service["service_id"], "{bucket}");
        let (place, value) = if exporter == "external_exporter" {
            ("runs_on_node_id", &node)
        } else {
            ("pmm_agent_id", &above)
        };
        assert_eq!(added[place], json!(value), "{bucket}");
        for (name, value) in more.as_object().unwrap() {
            let (of, name) = match name.as_str() {
                "database" => (service, "database_name"),
                "group" => (service, "group"),
                "disable_collectors" => (added, "disabled_collectors"),
                "metrics_mode" => {
                    assert_eq!(added["push_metrics_enabled"], json!(true));
                    continue;
                }
                name => (added, name),
            };
            assert_eq!(&of[name], value, "{bucket}: {name}");
        }
        // The inventory shows the same.
        let id = added["agent_id"].as_str().unwrap();
        let shown = owner.get(&format!("/v1/inventory/agents/{id}")).await.expect(200).body;
        assert_eq!(&shown[exporter], added);
    }
    assert_eq!(counts(&app).await, [1, 7, 9]);
}

#[tokio::test]
async fn a_service_is_added_as_pmm_admin_sends_it() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (node, above) = register(&owner, "db-1").await;
    let body = json!({ "mysql": mysql("orders", json!({ "node_id": node, "pmm_agent_id": above })) });
    let made = owner.post(SERVICES, body).await.expect(200).body;
    let exporter = &made["mysql"]["mysqld_exporter"];
    for (member, value) in [
        ("username", json!("pmm")),
        ("tablestats_group_table_limit", json!(-1)),
        ("disabled_collectors", json!(["binlog"])),
        ("log_level", json!("LOG_LEVEL_WARN")),
        ("push_metrics_enabled", json!(true)),
    ] {
        assert_eq!(exporter[member], value, "{member}");
    }
    // By the name of the node.
    let body = json!({ "mysql": mysql("carts", json!({ "node_name": "DB-1", "pmm_agent_id": above })) });
    let made = owner.post(SERVICES, body).await.expect(200).body;
    assert_eq!(made["mysql"]["service"]["node_id"], json!(node));
}

#[tokio::test]
async fn a_service_is_added_with_its_node_or_neither() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (_, above) = register(&owner, "watcher").await;
    let remote = json!({ "node_type": "NODE_TYPE_REMOTE_NODE", "node_name": "far", "region": "eu" });
    let with = |more: Value| {
        let mut body = mysql(
            "orders",
            json!({ "pmm_agent_id": above, "add_node": remote, "address": "far.example.com" }),
        );
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "mysql": body })
    };
    let before = counts(&app).await;
    for (more, member) in [
        (json!({ "username": "" }), "username"),
        (json!({ "port": 0 }), "port"),
        (json!({ "tls_ca": "no certificate" }), "tls_ca"),
        (json!({ "disable_collectors": "binlog" }), "disable_collectors"),
        (
            json!({ "add_node": { "node_type": "NODE_TYPE_REMOTE_NODE", "node_name": "" } }),
            "add_node.node_name",
        ),
        (json!({ "add_node": { "node_name": "far" } }), "add_node.node_type"),
        (
            json!({ "add_node": { "node_type": "NODE_TYPE_REMOTE_NODE", "node_name": "x", "distro": "D" } }),
            "add_node.distro",
        ),
    ] {
        let message = refused(owner.post(SERVICES, with(more)).await, 400, 3, "invalid");
        assert!(message.contains(&format!("{member}: ")), "{member}: {message}");
        assert_eq!(counts(&app).await, before, "{member}");
    }
    let made = owner.post(SERVICES, with(json!({}))).await.expect(200).body;
    let node = made["mysql"]["service"]["node_id"].as_str().unwrap();
    let shown = owner.get(&format!("/v1/inventory/nodes/{node}")).await.expect(200).body;
    assert_eq!(
        (&shown["remote"]["node_name"], &shown["remote"]["address"]),
        (&json!("far"), &json!("far.example.com"))
    );
    assert_eq!(made["mysql"]["mysqld_exporter"]["pmm_agent_id"], json!(above));
    let after = counts(&app).await;
    // The name of the node or of the service is taken: neither is added.
    let message = refused(owner.post(SERVICES, with(json!({}))).await, 409, 6, "taken");
    assert!(message.contains("add_node.node_name"), "{message}");
    let other = json!({ "node_type": "NODE_TYPE_REMOTE_NODE", "node_name": "further" });
    let message = refused(owner.post(SERVICES, with(json!({ "add_node": other }))).await, 409, 6, "taken");
    assert!(message.contains("service_name"), "{message}");
    assert_eq!(counts(&app).await, after);
    // An exporter that something else starts runs on the new node.
    let body = json!({
        "service_name": "ext", "listen_port": 9100, "address": "ext.example.com",
        "add_node": { "node_type": "NODE_TYPE_REMOTE_NODE", "node_name": "ext" },
    });
    let made = owner.post(SERVICES, json!({ "external": body })).await.expect(200).body;
    let result = &made["external"];
    assert_eq!(result["external_exporter"]["runs_on_node_id"], result["service"]["node_id"]);
}

#[tokio::test]
async fn a_service_that_cannot_be_added_names_its_member() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (node, above) = register(&owner, "db-1").await;
    let before = counts(&app).await;
    let mysql = |more: Value| json!({ "mysql": mysql("orders", more) });
    let at = |more: Value| {
        let mut body = json!({ "pmm_agent_id": above, "node_id": node });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        mysql(body)
    };
    for (body, member) in [
        (at(json!({ "qan_mysql_slowlog": true })), "mysql.qan_mysql_slowlog"),
        (at(json!({ "max_query_length": -1 })), "mysql.max_query_length"),
        (at(json!({ "surprise": 1 })), "mysql.surprise"),
        (at(json!({ "add_node": { "address": "a" } })), "mysql.add_node.address"),
        (at(json!({ "node_name": "db-1" })), "node_id"),
        (mysql(json!({ "pmm_agent_id": above })), "node_id"),
        (mysql(json!({ "node_id": node })), "pmm_agent_id"),
        (mysql(json!({ "node_id": node, "pmm_agent_id": node })), "pmm_agent_id"),
        (at(json!({ "node_id": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f" })), "node_id[0]"),
        (at(json!({ "socket": "/run/mysqld.sock" })), "socket"),
        (at(json!({ "metrics_mode": "PUSH" })), "metrics_mode"),
        (json!({ "rds": { "region": "eu" } }), "rds"),
        (json!({ "haproxy": { "service_name": "h", "node_id": node } }), "listen_port"),
        (
            json!({ "haproxy": { "service_name": "h", "node_id": node, "listen_port": 1, "address": "a" } }),
            "address",
        ),
        (
            json!({ "external": { "service_name": "e", "runs_on_node_id": node, "node_name": "db-1", "listen_port": 1 } }),
            "runs_on_node_id",
        ),
        (json!({ "proxysql": { "connection_timeout": "5s" } }), "proxysql.connection_timeout"),
    ] {
        let message = refused(owner.post(SERVICES, body).await, 400, 3, "invalid");
        assert!(message.contains(&format!("{member}: ")), "{member}: {message}");
    }
    refused(owner.post(SERVICES, json!({})).await, 400, 3, "invalid");
    assert_eq!(counts(&app).await, before);
}

#[tokio::test]
async fn these_calls_need_the_scopes_of_what_they_do() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (node, above) = register(&owner, "db-1").await;
    let service = add_mysql(&owner, "carts", &node).await;
    let add = json!({ "mysql": mysql("orders", json!({ "node_id": node, "pmm_agent_id": above })) });
    let far = json!({ "node_type": "NODE_TYPE_REMOTE_NODE", "node_name": "far" });
    let with_node = json!({ "mysql": mysql("orders", json!({ "add_node": far, "pmm_agent_id": above })) });
    let again = registration("db-1", json!({ "reregister": true, "region": "" }));
    let before = counts(&app).await;
    for (scopes, path, body, missing) in [
        (&["nodes.create"][..], NODES, registration("a", json!({})), "agents.create"),
        (&["nodes.create", "agents.create"], NODES, again, "nodes.delete"),
        (&["services.create"], SERVICES, add.clone(), "agents.get"),
        (&["services.create", "agents.get"], SERVICES, add, "agents.create"),
        (&["services.create", "agents.create", "agents.get"], SERVICES, with_node, "nodes.create"),
    ] {
        let (key, _) = app.key(scopes, json!({})).await;
        let message = refused(app.with_key(&key).post(path, body).await, 403, 7, "scope_missing");
        assert!(message.contains(missing), "{missing}: {message}");
    }
    let (key, _) = app.key(&["services.delete"], json!({})).await;
    let path = format!("{SERVICES}/{service}?service_type=SERVICE_TYPE_MYSQL_SERVICE");
    refused(app.with_key(&key).delete(&path).await, 403, 7, "scope_missing");
    assert_eq!(counts(&app).await, before);
}

#[tokio::test]
async fn nodes_and_services_are_listed_with_what_belongs_to_them_and_removed() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (node, above) = register(&owner, "db-1").await;
    let other = add_node(&owner, "db-2").await;
    add_pmm_agent(&owner, &other).await;
    let body = json!({ "mysql": mysql("orders", json!({ "node_id": node, "pmm_agent_id": above })) });
    let made = owner.post(SERVICES, body).await.expect(200).body;
    let service = made["mysql"]["service"]["service_id"].as_str().unwrap().to_owned();

    let nodes = owner.get(NODES).await.expect(200).body["nodes"].as_array().unwrap().clone();
    let one = nodes.iter().find(|shown| shown["node_id"] == json!(node)).unwrap();
    assert_eq!(nodes.len(), 2);
    for (member, value) in [
        ("node_name", json!("db-1")),
        ("node_type", json!("generic")),
        ("status", json!("STATUS_UNKNOWN")),
        ("distro", json!("Debian 13")),
        ("container_id", json!("")),
        ("instance_id", json!("")),
        ("custom_labels", json!({ "env": "prod" })),
        ("services", json!([{ "service_id": service, "service_type": "mysql", "service_name": "orders" }])),
    ] {
        assert_eq!(one[member], value, "{member}");
    }
    let mut kinds: Vec<&str> =
        one["agents"].as_array().unwrap().iter().map(|agent| agent["agent_type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["mysqld_exporter", "node_exporter", "pmm-agent"]);
    let none = owner.get(&format!("{NODES}?node_type=NODE_TYPE_REMOTE_NODE")).await.expect(200).body;
    assert_eq!(none, json!({ "nodes": [] }));
    let shown = owner.get(&format!("{NODES}/{node}")).await.expect(200).body;
    assert_eq!(shown["node"]["node_name"], "db-1");
    refused(owner.get(&format!("{NODES}/01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")).await, 404, 5, "not_found");

    let query = format!("{SERVICES}?node_id={node}&service_type=SERVICE_TYPE_MYSQL_SERVICE");
    let services = owner.get(&query).await.expect(200).body["services"].clone();
    for (member, value) in [
        ("service_id", json!(service)),
        ("service_type", json!("mysql")),
        ("node_name", json!("db-1")),
        ("port", json!(3306)),
        ("status", json!("STATUS_UNKNOWN")),
    ] {
        assert_eq!(services[0][member], value, "{member}");
    }
    assert_eq!(services[0]["agents"][0]["agent_type"], "mysqld_exporter");
    assert_eq!(
        owner.get(&format!("{SERVICES}?node_id={other}")).await.expect(200).body["services"],
        json!([])
    );

    // By name, with its exporter; only if the type is that of the service.
    let path = format!("{SERVICES}/orders?service_type=");
    let wrong = owner.delete(&format!("{path}SERVICE_TYPE_MONGODB_SERVICE")).await;
    assert!(refused(wrong, 400, 3, "invalid").contains("service_type: "));
    let removed = owner.delete(&format!("{path}SERVICE_TYPE_MYSQL_SERVICE")).await.expect(200).body;
    assert_eq!(removed, json!({}));
    assert_eq!(counts(&app).await, [2, 0, 3]);
    refused(owner.delete(&format!("{NODES}/{node}")).await, 400, 9, "in_use");
    let removed = owner.delete(&format!("{NODES}/{node}?force=true")).await.expect(200).body;
    assert_eq!(removed, json!({ "warning": "" }));
    assert_eq!(counts(&app).await, [1, 0, 1]);
    refused(owner.get("/v1/management/annotations").await, 404, 5, "unknown_path");
}
