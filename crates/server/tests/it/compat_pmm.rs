//! Scripts written for PMM's inventory API, versions 2 and 3.

use serde_json::{Value, json};

use crate::app::{Actor, Reply, TestApp};
use crate::client::{Client, Machine, until};

const NODES: &str = "/v1/inventory/nodes";
const SERVICES: &str = "/v1/inventory/services";
const AGENTS: &str = "/v1/inventory/agents";

/// An error as the gateway of gRPC writes it; its message.
#[track_caller]
pub fn refused(reply: Reply, status: u16, grpc: u8, reason: &str) -> String {
    let reply = reply.expect(status);
    let message = reply.body["message"].as_str().unwrap().to_owned();
    let mut body = reply.body.clone();
    body.as_object_mut().unwrap().remove("errors");
    let expected = json!({
        "error": message, "code": grpc, "message": message, "details": [], "reason": reason,
        "request_id": reply.headers["x-request-id"].to_str().unwrap(),
    });
    assert_eq!(body, expected);
    message
}

/// The id in an object, and the object without it.
#[track_caller]
fn without_id(mut object: Value, name: &str) -> (String, Value) {
    let id = object.as_object_mut().unwrap().remove(name).unwrap_or_else(|| panic!("no {name}: {object:#}"));
    (id.as_str().unwrap().to_owned(), object)
}

async fn add(actor: &Actor<'_>, path: &str, bucket: &str, body: Value) -> Value {
    let reply = actor.post(path, json!({ bucket: body })).await.expect(200);
    assert_eq!(reply.body.as_object().unwrap().len(), 1, "{:#}", reply.body);
    reply.body[bucket].clone()
}

pub async fn add_node(actor: &Actor<'_>, name: &str) -> String {
    let body = json!({ "node_name": name, "address": format!("{name}.example.com") });
    add(actor, NODES, "generic", body).await["node_id"].as_str().unwrap().to_owned()
}

pub async fn add_mysql(actor: &Actor<'_>, name: &str, node: &str) -> String {
    let body = json!({ "service_name": name, "node_id": node, "address": "127.0.0.1", "port": 3306 });
    add(actor, SERVICES, "mysql", body).await["service_id"].as_str().unwrap().to_owned()
}

pub async fn add_pmm_agent(actor: &Actor<'_>, node: &str) -> String {
    let body = json!({ "runs_on_node_id": node });
    add(actor, AGENTS, "pmm_agent", body).await["agent_id"].as_str().unwrap().to_owned()
}

/// The members of a bucket's items, by name.
fn members(list: &Value, bucket: &str, member: &str) -> Vec<Value> {
    list[bucket].as_array().unwrap().iter().map(|item| item[member].clone()).collect()
}

#[tokio::test]
async fn version_and_readiness_are_answered_as_pmm_does() {
    let app = TestApp::new().await;
    let version = app.owner().get("/v1/version").await.expect(200).body;
    for path in
        ["/version", "/server/version", "/server/full_version", "/server/timestamp", "/managed/version"]
    {
        assert!(version.pointer(path).and_then(Value::as_str).is_some_and(|text| !text.is_empty()), "{path}");
    }
    app.anonymous().get("/v1/readyz").await.expect(200);
}

#[tokio::test]
async fn a_node_of_each_type_is_added_listed_shown_and_removed() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let empty = json!({
        "generic": [], "container": [], "remote": [], "remote_rds": [], "remote_azure_database": [],
    });
    assert_eq!(owner.get(NODES).await.expect(200).body, empty);
    let more = json!({ "node_model": "m", "region": "eu", "az": "a", "custom_labels": { "env": "prod" } });
    for (bucket, node_type, own) in [
        ("generic", "NODE_TYPE_GENERIC_NODE", json!({ "machine_id": "mid", "distro": "Debian" })),
        (
            "container",
            "NODE_TYPE_CONTAINER_NODE",
            json!({ "machine_id": "mid", "container_id": "cid", "container_name": "cname" }),
        ),
        ("remote", "NODE_TYPE_REMOTE_NODE", json!({})),
        ("remote_rds", "NODE_TYPE_REMOTE_RDS_NODE", json!({ "instance_id": "iid" })),
        ("remote_azure_database", "NODE_TYPE_REMOTE_AZURE_DATABASE_NODE", json!({})),
    ] {
        let mut body = json!({ "node_name": bucket, "address": bucket });
        for fields in [&more, &own] {
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        }
        // An empty member is none. What PMM does not document is not ignored.
        let mut sent = body.clone();
        sent["is_pmm_server_node"] = json!(false);
        let mut surprise = body.clone();
        surprise["surprise"] = json!({ "a": 1 });
        let message = refused(owner.post(NODES, json!({ bucket: surprise })).await, 400, 3, "invalid");
        assert!(message.contains(&format!("{bucket}.surprise: there is no such field")), "{message}");
        let shown = add(&owner, NODES, bucket, sent).await;
        let (id, rest) = without_id(shown.clone(), "node_id");
        assert_eq!(rest, body, "{bucket}");
        let path = format!("{NODES}/{id}");
        assert_eq!(owner.get(&path).await.expect(200).body, json!({ bucket: shown }));
        let mut of_type = empty.clone();
        of_type[bucket] = json!([shown]);
        let listed = owner.get(&format!("{NODES}?node_type={node_type}")).await.expect(200);
        assert_eq!(listed.body, of_type);
        let of_id = format!("{NODES}/%2Fnode_id%2F{id}");
        assert_eq!(owner.delete(&of_id).await.expect(200).body, json!({}), "the id as version 2 writes it");
        refused(owner.get(&path).await, 404, 5, "not_found");
    }
    assert_eq!(owner.get(NODES).await.expect(200).body, empty);
    // A machine tool is nothing that PMM knows.
    let body = json!({ "type": "machine_tool", "name": "Mill" });
    let tool = owner.post("/v1/nodes", body).await.expect(201).body["id"].clone();
    assert_eq!(owner.get(NODES).await.expect(200).body, empty);
    refused(owner.get(&format!("{NODES}/{}", tool.as_str().unwrap())).await, 404, 5, "not_found");
}

#[tokio::test]
async fn empty_fields_are_shown_in_version_3_and_omitted_in_version_2() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = add_node(&owner, "n1").await;
    let three = json!({
        "node_id": node, "node_name": "n1", "address": "n1.example.com", "machine_id": "", "distro": "",
        "node_model": "", "region": "", "az": "", "custom_labels": {},
    });
    assert_eq!(owner.get(&format!("{NODES}/{node}")).await.expect(200).body, json!({ "generic": three }));
    let two =
        json!({ "node_id": format!("/node_id/{node}"), "node_name": "n1", "address": "n1.example.com" });
    for id in [node.clone(), format!("/node_id/{node}")] {
        let shown = owner.post("/v1/inventory/Nodes/Get", json!({ "node_id": id })).await.expect(200);
        assert_eq!(shown.body, json!({ "generic": two }));
    }
    let listed = owner.post("/v1/inventory/Nodes/List", json!({})).await.expect(200);
    assert_eq!(listed.body, json!({ "generic": [two] }));
    for (node_type, expected) in [
        (json!("GENERIC_NODE"), json!({ "generic": [two] })),
        (json!("NODE_TYPE_GENERIC_NODE"), json!({ "generic": [two] })),
        (json!(1), json!({ "generic": [two] })),
        (json!("NODE_TYPE_INVALID"), json!({ "generic": [two] })),
        (json!("NODE_TYPE_UNSPECIFIED"), json!({ "generic": [two] })),
        (json!("CONTAINER_NODE"), json!({})),
    ] {
        let body = json!({ "node_type": node_type });
        let listed = owner.post("/v1/inventory/Nodes/List", body).await.expect(200);
        assert_eq!(listed.body, expected, "{node_type}");
    }
    let reply = owner.get(&format!("{NODES}?node_type=NODE_TYPE_MAINFRAME")).await;
    assert!(refused(reply, 400, 3, "invalid").contains("node_type: expected one of NODE_TYPE_GENERIC_NODE"));
}

#[tokio::test]
async fn a_service_of_each_type_is_added_changed_and_removed() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = add_node(&owner, "n1").await;
    let empty = json!({
        "mysql": [], "mongodb": [], "postgresql": [], "proxysql": [], "haproxy": [], "external": [],
        "valkey": [],
    });
    assert_eq!(owner.get(SERVICES).await.expect(200).body, empty);
    let reached = json!({ "address": "db.example.com", "port": 4711, "socket": "", "version": "" });
    for (bucket, service_type, own) in [
        ("mysql", "SERVICE_TYPE_MYSQL_SERVICE", Some(json!({}))),
        ("mongodb", "SERVICE_TYPE_MONGODB_SERVICE", Some(json!({}))),
        (
            "postgresql",
            "SERVICE_TYPE_POSTGRESQL_SERVICE",
            Some(json!({ "database_name": "postgres", "auto_discovery_limit": 0 })),
        ),
        ("proxysql", "SERVICE_TYPE_PROXYSQL_SERVICE", Some(json!({}))),
        ("valkey", "SERVICE_TYPE_VALKEY_SERVICE", Some(json!({ "database_name": "" }))),
        ("haproxy", "SERVICE_TYPE_HAPROXY_SERVICE", None),
        ("external", "SERVICE_TYPE_EXTERNAL_SERVICE", None),
    ] {
        let mut body = json!({
            "service_name": bucket, "node_id": node, "environment": "prod", "cluster": "c1",
            "replication_set": "r1", "custom_labels": { "tier": "db" },
        });
        if let Some(own) = &own {
            for fields in [&reached, own] {
                body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            }
        }
        if bucket == "external" {
            body["group"] = json!("external");
        }
        let shown = add(&owner, SERVICES, bucket, body.clone()).await;
        let (id, rest) = without_id(shown.clone(), "service_id");
        assert_eq!(rest, body, "{bucket}");
        let mut of_type = empty.clone();
        of_type[bucket] = json!([shown]);
        let listed = owner.get(&format!("{SERVICES}?service_type={service_type}")).await.expect(200);
        assert_eq!(listed.body, of_type);
        let types = owner.post(&format!("{SERVICES}:getTypes"), json!({})).await.expect(200);
        assert_eq!(types.body, json!({ "service_types": [service_type] }));

        let path = format!("{SERVICES}/{id}");
        let change = json!({ "environment": "", "cluster": "c2", "custom_labels": { "values": {} } });
        let changed = owner.send("PUT", &path, Some(change)).await.expect(200).body[bucket].clone();
        let mut expected = shown;
        expected["environment"] = json!("");
        expected["cluster"] = json!("c2");
        expected["custom_labels"] = json!({});
        assert_eq!(changed, expected, "a member that was not sent changed");
        let labels = json!({ "custom_labels": { "values": { "a": "b" } } });
        let changed = owner.send("PUT", &path, Some(labels)).await.expect(200).body[bucket].clone();
        expected["custom_labels"] = json!({ "a": "b" });
        assert_eq!(changed, expected);
        assert_eq!(owner.delete(&path).await.expect(200).body, json!({}));
    }
    assert_eq!(owner.get(SERVICES).await.expect(200).body, empty);
}

#[tokio::test]
async fn services_are_filtered_by_node_and_group() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (one, two) = (add_node(&owner, "n1").await, add_node(&owner, "n2").await);
    add_mysql(&owner, "db1", &one).await;
    add_mysql(&owner, "db2", &two).await;
    for (name, group) in [("e1", "redis"), ("e2", "nginx")] {
        let body = json!({ "service_name": name, "node_id": one, "group": group });
        add(&owner, SERVICES, "external", body).await;
    }
    let names = async |query: &str| {
        let list = owner.get(&format!("{SERVICES}?{query}")).await.expect(200).body;
        [members(&list, "mysql", "service_name"), members(&list, "external", "service_name")].concat()
    };
    assert_eq!(names(&format!("node_id={one}")).await, ["db1", "e1", "e2"]);
    assert_eq!(names(&format!("node_id=/node_id/{two}")).await, ["db2"]);
    assert_eq!(names("external_group=redis").await, ["e1"]);
}

#[tokio::test]
async fn an_agent_added_under_a_pmm_agent_runs_on_its_node() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let (one, two) = (add_node(&owner, "n1").await, add_node(&owner, "n2").await);
    let (above, other) = (add_pmm_agent(&owner, &one).await, add_pmm_agent(&owner, &two).await);
    let db = add_mysql(&owner, "db1", &one).await;
    let body = json!({
        "pmm_agent_id": above, "service_id": db, "username": "pmm", "password": "swordfish", "tls": true,
        "tablestats_group_table_limit": 1000, "disabled_collectors": ["binlog"],
        "log_level": "LOG_LEVEL_WARN", "custom_labels": { "a": "b" }, "skip_connection_check": true,
    });
    let shown = add(&owner, AGENTS, "mysqld_exporter", body).await;
    for (member, value) in [
        ("pmm_agent_id", json!(above)),
        ("service_id", json!(db)),
        ("username", json!("pmm")),
        ("tls", json!(true)),
        ("tls_skip_verify", json!(false)),
        ("tablestats_group_table_limit", json!(1000)),
        ("disabled_collectors", json!(["binlog"])),
        ("log_level", json!("LOG_LEVEL_WARN")),
        ("custom_labels", json!({ "a": "b" })),
        ("disabled", json!(false)),
        ("push_metrics_enabled", json!(false)),
        ("status", json!("AGENT_STATUS_UNKNOWN")),
        ("listen_port", json!(0)),
    ] {
        assert_eq!(shown[member], value, "{member}: {shown:#}");
    }
    assert!(!shown.to_string().contains("swordfish") && shown.get("password").is_none());
    let id = shown["agent_id"].as_str().unwrap();
    let native = owner.get(&format!("/v1/agents/{id}")).await.expect(200).body;
    assert_eq!((&native["runs_on"], &native["type"]), (&json!(one), &json!("mysqld_exporter")));
    assert_eq!(native["secrets"], json!(["password"]));

    let node_exporter = add(&owner, AGENTS, "node_exporter", json!({ "pmm_agent_id": other })).await;
    let external = json!({
        "runs_on_node_id": two, "service_id": add(&owner, SERVICES, "external", json!({
            "service_name": "ext", "node_id": two,
        })).await["service_id"], "listen_port": 9_999,
    });
    let external = add(&owner, AGENTS, "external_exporter", external).await;
    for (member, value) in [
        ("runs_on_node_id", json!(two)),
        ("listen_port", json!(9_999)),
        ("scheme", json!("http")),
        ("metrics_path", json!("/metrics")),
    ] {
        assert_eq!(external[member], value, "{member}");
    }

    let all = owner.get(AGENTS).await.expect(200).body;
    let buckets = [
        "azure_database_exporter",
        "external_exporter",
        "mongodb_exporter",
        "mysqld_exporter",
        "node_exporter",
        "nomad_agent",
        "pmm_agent",
        "postgres_exporter",
        "proxysql_exporter",
        "qan_mongodb_mongolog_agent",
        "qan_mongodb_profiler_agent",
        "qan_mysql_perfschema_agent",
        "qan_mysql_slowlog_agent",
        "qan_postgresql_pgstatements_agent",
        "qan_postgresql_pgstatmonitor_agent",
        "rds_exporter",
        "rta_mongodb_agent",
        "valkey_exporter",
        "vm_agent",
    ];
    assert_eq!(all.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(), buckets);
    assert_eq!(all["mysqld_exporter"], json!([shown]));
    assert_eq!(members(&all, "node_exporter", "pmm_agent_id"), [json!(other)]);
    let pmm_agent = json!({
        "agent_id": above, "runs_on_node_id": one, "custom_labels": {}, "connected": false,
        "process_exec_path": "",
    });
    assert!(all["pmm_agent"].as_array().unwrap().contains(&pmm_agent), "{:#}", all["pmm_agent"]);
    assert_eq!(all["vm_agent"], json!([]));

    let found = async |query: String| {
        let list = owner.get(&format!("{AGENTS}?{query}")).await.expect(200).body;
        let buckets = list.as_object().unwrap().iter();
        buckets.flat_map(|(_, agents)| agents.as_array().unwrap().clone()).collect::<Value>()
    };
    assert_eq!(found(format!("pmm_agent_id={above}")).await, json!([shown]));
    assert_eq!(found(format!("pmm_agent_id=/agent_id/{other}")).await, json!([node_exporter]));
    assert_eq!(found(format!("service_id={db}")).await, json!([shown]));
    assert_eq!(found("agent_type=AGENT_TYPE_NODE_EXPORTER".into()).await, json!([node_exporter]));
    assert_eq!(found("agent_type=AGENT_TYPE_VM_AGENT".into()).await, json!([]));
    let both = owner.get(&format!("{AGENTS}?service_id={db}&pmm_agent_id={above}")).await;
    assert!(refused(both, 400, 3, "invalid").contains("at most one of"));

    let path = format!("{AGENTS}/{id}");
    let change = json!({ "mysqld_exporter": {
        "enable": false, "enable_push_metrics": true, "custom_labels": { "values": {} },
    } });
    let changed = owner.send("PUT", &path, Some(change)).await.expect(200).body["mysqld_exporter"].clone();
    let mut expected = shown;
    expected["disabled"] = json!(true);
    expected["push_metrics_enabled"] = json!(true);
    expected["custom_labels"] = json!({});
    assert_eq!(changed, expected);
    assert_eq!(owner.get(&path).await.expect(200).body, json!({ "mysqld_exporter": expected }));
    assert_eq!(owner.delete(&path).await.expect(200).body, json!({}));
    refused(owner.get(&path).await, 404, 5, "not_found");
}

#[tokio::test]
async fn version_2_offers_the_same_operations_with_post() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let call = async |path: &str, body: Value| {
        owner.post(&format!("/v1/inventory/{path}"), body).await.expect(200).body
    };
    let node = call("Nodes/AddGeneric", json!({ "node_name": "n1", "address": "n1" })).await;
    let node = node["generic"]["node_id"].clone();
    assert!(node.as_str().unwrap().starts_with("/node_id/"));
    let body = json!({ "service_name": "db", "node_id": node, "address": "127.0.0.1", "port": 3306 });
    let service = call("Services/AddMySQL", body).await["mysql"].clone();
    let shown = json!({
        "service_id": service["service_id"], "service_name": "db", "node_id": node,
        "address": "127.0.0.1", "port": 3306,
    });
    assert_eq!(service, shown);
    assert!(service["service_id"].as_str().unwrap().starts_with("/service_id/"));
    let above = call("Agents/AddPMMAgent", json!({ "runs_on_node_id": node })).await["pmm_agent"].clone();
    assert_eq!(above, json!({ "agent_id": above["agent_id"], "runs_on_node_id": node }));
    let body = json!({
        "pmm_agent_id": above["agent_id"], "service_id": service["service_id"], "username": "pmm",
    });
    let exporter = call("Agents/AddMySQLdExporter", body).await["mysqld_exporter"].clone();
    let shown = json!({
        "agent_id": exporter["agent_id"], "pmm_agent_id": above["agent_id"],
        "service_id": service["service_id"], "username": "pmm", "status": "UNKNOWN",
    });
    assert_eq!(exporter, shown);
    let body = json!({ "agent_id": exporter["agent_id"], "common": { "disable": true } });
    let changed = call("Agents/ChangeMySQLdExporter", body).await;
    assert_eq!(changed["mysqld_exporter"]["disabled"], true);
    let list = call("Agents/List", json!({ "pmm_agent_id": above["agent_id"] })).await;
    assert_eq!(list, json!({ "mysqld_exporter": [changed["mysqld_exporter"]] }));
    let types = call("Services/ListTypes", json!({})).await;
    assert_eq!(types, json!({ "service_types": ["MYSQL_SERVICE"] }));
    let body = json!({ "service_id": service["service_id"], "environment": "test" });
    assert_eq!(call("Services/Change", body).await["mysql"]["environment"], "test");
    for (path, name, id) in [
        ("Agents/Remove", "agent_id", &exporter["agent_id"]),
        ("Agents/Remove", "agent_id", &above["agent_id"]),
        ("Services/Remove", "service_id", &service["service_id"]),
        ("Nodes/Remove", "node_id", &node),
    ] {
        assert_eq!(call(path, json!({ name: id })).await, json!({}));
    }
    assert_eq!(call("Nodes/List", json!({})).await, json!({}));
}

#[tokio::test]
async fn a_node_in_use_is_removed_with_force_only() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = add_node(&owner, "n1").await;
    add_mysql(&owner, "db1", &node).await;
    let path = format!("{NODES}/{node}");
    refused(owner.delete(&path).await, 400, 9, "in_use");
    refused(owner.delete(&format!("{path}?force=false")).await, 400, 9, "in_use");
    refused(owner.delete(&format!("{path}?force=perhaps")).await, 400, 3, "invalid");
    let body = json!({ "node_id": node });
    refused(owner.post("/v1/inventory/Nodes/Remove", body).await, 400, 9, "in_use");
    assert_eq!(owner.delete(&format!("{path}?force=true")).await.expect(200).body, json!({}));
    assert_eq!(owner.get(SERVICES).await.expect(200).body["mysql"], json!([]));
}

#[tokio::test]
async fn an_invalid_field_is_named_with_the_name_of_pmm() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = add_node(&owner, "n1").await;
    let db = add_mysql(&owner, "db1", &node).await;
    let above = add_pmm_agent(&owner, &node).await;
    let nowhere = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
    let service = |more: Value| {
        let mut body = json!({ "service_name": "new", "node_id": node });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "mysql": body })
    };
    for (path, body, expected) in [
        (NODES, json!({}), "expected exactly one of generic, container"),
        (NODES, json!({ "generic": {}, "remote": {} }), "expected exactly one of"),
        (NODES, json!({ "generic": 7 }), "generic: expected a JSON object"),
        (NODES, json!({ "generic": { "address": "a" } }), "node_name: "),
        (NODES, json!({ "generic": { "node_name": "a" } }), "address: "),
        (NODES, json!({ "remote_rds": { "node_name": "a", "address": "b" } }), "region: "),
        (SERVICES, json!({ "mysql": { "service_name": "a" } }), "node_id: "),
        (SERVICES, service(json!({ "node_id": nowhere, "socket": "/s" })), "node_id"),
        (SERVICES, service(json!({})), "expected an address and a port, or a socket"),
        (SERVICES, service(json!({ "address": "a" })), "port: "),
        (SERVICES, service(json!({ "address": "a", "port": 65_536 })), "port: "),
        (AGENTS, json!({ "node_exporter": {} }), "pmm_agent_id: expected an id"),
        (AGENTS, json!({ "node_exporter": { "pmm_agent_id": nowhere } }), "there is no pmm-agent"),
        (AGENTS, json!({ "vm_agent": {} }), "vm_agent: Bailiwick does not have this type"),
        (
            AGENTS,
            json!({ "qan_mysql_slowlog_agent": { "pmm_agent_id": above } }),
            "Bailiwick does not have this type",
        ),
        (
            AGENTS,
            json!({ "mongodb_exporter": { "pmm_agent_id": above, "service_id": db } }),
            "mongodb_exporter observes services of type mongodb; 'db1' is mysql",
        ),
    ] {
        let message = refused(owner.post(path, body.clone()).await, 400, 3, "invalid");
        assert!(message.contains(expected), "{body}: {message}");
    }
    let taken = json!({ "generic": { "node_name": "n1", "address": "other" } });
    assert!(refused(owner.post(NODES, taken).await, 409, 6, "taken").contains("node_name: "));
    refused(owner.post("/v1/inventory/Agents/AddQANMySQLSlowlogAgent", json!({})).await, 400, 3, "invalid");
    let empty = owner.post("/v1/inventory/Nodes/Get", json!({ "node_id": "" })).await;
    assert!(refused(empty, 400, 3, "invalid").contains("node_id: expected an id"));
    // Unknown paths below the inventory are errors in its shape.
    for path in ["/v1/inventory/things", "/v1/inventory/Nodes/AddMainframe", "/v1/inventory/nodes/a/b"] {
        refused(owner.post(path, json!({})).await, 404, 5, "unknown_path");
    }
}

#[tokio::test]
async fn a_root_key_must_name_the_organization() {
    let app = TestApp::new().await;
    app.organization("acme").await;
    add_node(&app.root().header("x-organization", "acme"), "theirs").await;
    refused(app.root().get(NODES).await, 400, 3, "organization_required");
    let named = app.root().get(&format!("{NODES}?organization=acme")).await.expect(200);
    assert_eq!(members(&named.body, "generic", "node_name"), ["theirs"]);
    let body = json!({});
    let named = app.root().post("/v1/inventory/Nodes/List?organization=acme", body).await.expect(200);
    assert_eq!(members(&named.body, "generic", "node_name"), ["theirs"]);
    assert_eq!(app.owner().get(NODES).await.expect(200).body["generic"], json!([]));
    let other = app.owner().header("x-organization", "acme").get(NODES).await;
    refused(other, 404, 5, "not_found");
}

#[tokio::test]
async fn an_rds_exporter_observes_the_node_of_its_database() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = add_node(&owner, "n1").await;
    let above = add_pmm_agent(&owner, &node).await;
    let rds = json!({ "node_name": "rds1", "address": "rds1", "region": "eu-central-1" });
    let rds = add(&owner, NODES, "remote_rds", rds).await["node_id"].clone();
    let body = json!({
        "pmm_agent_id": above, "node_id": rds, "aws_access_key": "AK", "aws_secret_key": "swordfish",
        "basic_metrics_disabled": true,
    });
    let shown = add(&owner, AGENTS, "rds_exporter", body).await;
    assert_eq!((&shown["node_id"], &shown["pmm_agent_id"]), (&rds, &json!(above)));
    assert_eq!((&shown["aws_access_key"], &shown["basic_metrics_disabled"]), (&json!("AK"), &json!(true)));
    assert!(shown.get("service_id").is_none() && !shown.to_string().contains("swordfish"));
    let path = format!("{AGENTS}?node_id={}", rds.as_str().unwrap());
    let found = owner.get(&path).await.expect(200).body;
    assert_eq!(found["rds_exporter"], json!([shown]));
    assert_eq!(found["pmm_agent"], json!([]));
}

#[tokio::test]
async fn a_key_that_lacks_a_scope_of_a_route_changes_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = add_node(&owner, "n1").await;
    let above = add_pmm_agent(&owner, &node).await;
    let exporter = add(&owner, AGENTS, "node_exporter", json!({ "pmm_agent_id": above })).await;
    let path = format!("{AGENTS}/{}", exporter["agent_id"].as_str().unwrap());
    let change = json!({ "node_exporter": { "enable": false } });
    let scopes = ["agents.update", "agents.get", "agents.list"];
    for missing in scopes {
        let others: Vec<&str> = scopes.into_iter().filter(|scope| *scope != missing).collect();
        let (key, _) = app.key(&others, json!({})).await;
        let reply = app.with_key(&key).send("PUT", &path, Some(change.clone())).await;
        assert!(refused(reply, 403, 7, "scope_missing").contains(missing));
    }
    let shown = owner.get(&path).await.expect(200).body;
    assert_eq!(shown["node_exporter"], exporter);
    let (key, _) = app.key(&["agents.create"], json!({})).await;
    let new = json!({ "node_exporter": { "pmm_agent_id": above } });
    refused(app.with_key(&key).post(AGENTS, new).await, 403, 7, "scope_missing");
    assert_eq!(owner.get(AGENTS).await.expect(200).body["node_exporter"], json!([exporter]));
}

#[tokio::test]
async fn a_connected_pmm_agent_is_shown_as_connected() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let connected = async || {
        app.fleet.write_heard_now().await;
        let all = app.owner().get("/v1/inventory/agents").await.expect(200).body;
        all["pmm_agent"][0]["connected"].clone()
    };
    assert_eq!(connected().await, false);
    let client = Client::connected(&served, &machine).await;
    assert_eq!(connected().await, true);
    drop(client);
    until("it is gone", async || connected().await == false).await;
}
