//! Enrolment: a machine is given a node, an agent and a key of its own, once.

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_link::opamp::AgentToServer;
use bailiwick_server::config::Config;
use bailiwick_store::Store;
use prost::Message as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Client, Machine, Served, open, poll, until};
use crate::replicas::database;

async fn nodes(app: &TestApp) -> Vec<Value> {
    app.fleet.write_heard_now().await;
    app.owner().get("/v1/nodes").await.expect(200).body["items"].as_array().unwrap().clone()
}

/// The entries of the audit trail of an operation at the link.
async fn audited(app: &TestApp, operation: &str) -> Vec<Value> {
    let path = format!("/v1/audit?operation={operation}&outcome=allowed");
    app.owner().get(&path).await.expect(200).body["items"].as_array().unwrap().clone()
}

/// Tries to enrol; what is said against it.
async fn refused(served: &Served, key: &str, machine: Machine) -> String {
    let mut client = Client::connect(served, key, machine).await;
    let error = client.hello().await.error_response.expect("a refusal");
    client.hung_up().await;
    error.error_message
}

#[tokio::test]
async fn an_enrolled_machine_is_an_online_node_with_facts() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let enrolment = json!({ "site": "Berlin", "labels": { "env": "prod" } });
    let (key, id) = app.enrolment_key(enrolment).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;

    let client = Client::connected(&served, &machine).await;
    let [node] = nodes(&app).await.try_into().unwrap();
    assert_eq!((&node["name"], &node["status"]), (&json!("db-1"), &json!("online")));
    assert_eq!((&node["site_id"], &node["labels"]), (&json!(site), &json!({ "env": "prod" })));
    assert_eq!((&node["type"], &node["address"]), (&json!("generic"), &json!("10.1.2.3")));
    assert_eq!(
        (&node["machine_id"], &node["distro"]),
        (&json!("machine-db-1"), &node["facts"]["os_description"])
    );
    assert_eq!(node["facts"]["memory_bytes"], 8_u64 << 30);
    assert_eq!((&node["revision"], &node["last_seen_at"]), (&json!(1), &json!("2030-01-01T00:00:00Z")));
    let shown = app.owner().get("/v1/nodes/db-1").await.expect(200).body;
    assert_eq!(shown, node);

    let agents = app.owner().get("/v1/agents?type=bailiwick_agent").await.expect(200);
    assert_eq!(agents.items("runs_on"), [node["id"].clone()]);
    assert_eq!(agents.items("status"), [json!("running")]);
    let used = app.owner().get(&format!("/v1/keys/{id}")).await.expect(200).body;
    assert_eq!(
        used["enrolment"],
        json!({ "uses": 1, "used": 1, "site_id": site, "labels": { "env": "prod" } })
    );
    assert_eq!(used["expires_at"], "2030-01-02T00:00:00Z", "a day is the default lifetime");
    let [made] = app.owner().get("/v1/keys?kind=agent").await.expect(200).body["items"]
        .as_array()
        .unwrap()
        .clone()
        .try_into()
        .unwrap();
    assert_eq!((&made["agent"], &made["scopes"]), (&agents.items("id")[0], &json!([])));
    assert_eq!(made["created_by"], json!({ "kind": "key", "id": id }));
    let [entry] = audited(&app, "agents.enrol").await.try_into().unwrap();
    assert_eq!(entry["actor"], json!({ "kind": "key", "id": id }));
    assert_eq!(entry["targets"][0], json!({ "noun": "node", "id": node["id"] }));

    // It says nothing, and time goes on.
    for (seconds, status) in [(74, "online"), (1, "stale"), (224, "stale"), (1, "offline")] {
        app.advance(seconds);
        assert_eq!(nodes(&app).await[0]["status"], status);
        for other in ["online", "stale", "offline", "unknown"] {
            let found = app.owner().get(&format!("/v1/nodes?status={other}")).await.expect(200);
            assert_eq!(found.items("id").len(), usize::from(other == status), "{status} by {other}");
        }
    }
    drop(client);
}

#[tokio::test]
async fn a_used_up_expired_or_disabled_key_enrols_no_machine() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, id) = app.enrolment_key(json!({ "uses": 2 })).await;
    for name in ["a", "b"] {
        app.enrol(&served, &key, Machine::named(name)).await;
    }
    let why = refused(&served, &key, Machine::named("c")).await;
    assert!(why.starts_with("enrolment_used_up:"), "{why}");
    app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await.expect(200);
    let (status, body) = open(&served, &key).await.unwrap_err();
    assert!(status == 401 && body.contains("key_disabled"), "{body}");
    let (key, _) = app.enrolment_key(json!({})).await;
    app.advance(86_400);
    let (status, body) = open(&served, &key).await.unwrap_err();
    assert!(status == 401 && body.contains("key_expired"), "{body}");
    assert_eq!(nodes(&app).await.len(), 2);
    until("the refusal is audited", async || {
        let path = "/v1/audit?operation=agents.enrol&outcome=denied";
        !app.owner().get(path).await.expect(200).items("reason").is_empty()
    })
    .await;
}

async fn two_at_once_on_the_last_use(app: &TestApp) {
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
    let mut clients = Vec::new();
    for n in 0..8 {
        clients.push(Client::connect(&served, &key, Machine::named(&format!("m-{n}"))).await);
    }
    let replies = futures::future::join_all(clients.iter_mut().map(Client::hello)).await;
    let offered = replies.iter().filter(|reply| reply.connection_settings.is_some()).count();
    assert_eq!(offered, 1, "{replies:?}");
    let why: Vec<_> = replies.iter().filter_map(|reply| reply.error_response.clone()).collect();
    // The later machines may be told that the key changed or that the server is busy. They ask again,
    // and then the key is used up.
    assert_eq!(why.len(), 7);
    assert_eq!(nodes(app).await.len(), 1);
    assert!(refused(&served, &key, Machine::named("late")).await.starts_with("enrolment_used_up:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_concurrent_enrolments_on_the_last_use_enrol_one_machine() {
    two_at_once_on_the_last_use(&TestApp::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_concurrent_enrolments_on_the_last_use_enrol_one_on_postgres() {
    let Some(url) = database("last_use").await else { return };
    let store = Store::connect(&url.parse().unwrap(), 8).await.unwrap();
    let app = TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await;
    two_at_once_on_the_last_use(&app).await;
}

#[tokio::test]
async fn a_machine_that_enrols_again_is_the_same_node() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, id) = app.enrolment_key(json!({ "uses": 10 })).await;
    let used = async || {
        app.owner().get(&format!("/v1/keys/{id}")).await.expect(200).body["enrolment"]["used"].clone()
    };
    // The answer was lost: the key that it was given was never used.
    let machine = Machine::named("db-1");
    let first = app.enrol(&served, &key, machine.clone()).await;
    let second = app.enrol(&served, &key, machine.clone()).await;
    assert_eq!(
        (first.uid, used().await),
        (second.uid, json!(1)),
        "the enrolment was not counted exactly once"
    );
    let (status, _) = open(&served, first.key.as_ref().unwrap()).await.unwrap_err();
    assert_eq!(status, 401, "the key that was lost still works");
    // It lost its data directory, and is not there: the same node, its old key is gone.
    drop(Client::connected(&served, &second).await);
    app.advance(100);
    let third = app.enrol(&served, &key, machine.anew()).await;
    assert_eq!(used().await, json!(2));
    let _client = Client::connected(&served, &third).await;
    let [node] = nodes(&app).await.try_into().unwrap();
    assert_eq!((&node["name"], &node["status"]), (&json!("db-1"), &json!("online")));
    assert_eq!(app.owner().get("/v1/agents").await.expect(200).items("id").len(), 1);
    // A node that was created by hand with the machine's id is that machine.
    let entered = json!({ "name": "entered", "machine_id": "machine-web-1", "labels": { "by": "hand" } });
    let entered = app.node(entered).await;
    let web = app.enrol(&served, &key, Machine::named("web-1")).await;
    let _web = Client::connected(&served, &web).await;
    let node = app.owner().get("/v1/nodes/entered").await.expect(200).body;
    assert_eq!((&node["id"], &node["status"]), (&json!(entered), &json!("online")));
    assert_eq!(node["labels"], json!({ "by": "hand" }), "the enrolment changed the labels of the node");
}

#[tokio::test]
async fn a_machine_whose_key_or_agent_was_deleted_can_enrol_again() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 10 })).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    let own = app.root().get("/v1/keys?kind=agent").await.expect(200).items("id")[0].clone();
    app.owner().delete(&format!("/v1/keys/{}", own.as_str().unwrap())).await.expect(200);
    client.hung_up().await;
    let again = app.enrol(&served, &key, Machine { key: None, ..machine.clone() }).await;
    assert_eq!(again.uid, machine.uid);
    let mut client = Client::connected(&served, &again).await;
    let agent = app.owner().get("/v1/agents").await.expect(200).items("id")[0].clone();
    app.owner().delete(&format!("/v1/agents/{}", agent.as_str().unwrap())).await.expect(200);
    client.hung_up().await;
    let again = app.enrol(&served, &key, again.anew()).await;
    let _client = Client::connected(&served, &again).await;
    let [node] = nodes(&app).await.try_into().unwrap();
    assert_eq!((&node["name"], &node["status"]), (&json!("db-1"), &json!("online")));
}

#[tokio::test]
async fn running_commands_of_a_deleted_agent_are_lost() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "sleep 9" });
    let id = app.owner().post("/v1/commands", body).await.expect(202).body["id"].clone();
    client.hear().await;
    let agent = app.owner().get("/v1/agents").await.expect(200).items("id")[0].clone();
    app.owner().delete(&format!("/v1/agents/{}", agent.as_str().unwrap())).await.expect(200);
    let path = format!("/v1/commands/{}/results", id.as_str().unwrap());
    let results = app.owner().get(&path).await.expect(200);
    assert_eq!(results.items("state"), [json!("lost")]);
    let error = results.items("error")[0].to_string();
    assert!(error.contains("the agent was deleted before it reported"), "{error}");
}

#[tokio::test]
async fn a_node_with_a_connected_agent_is_never_taken_over() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 10 })).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let client = Client::connected(&served, &machine).await.idle();
    // Another with the same machine id, as of a cloned disk.
    let clone = app.enrol(&served, &key, machine.anew()).await;
    // And one with the same identity too.
    let double = app.enrol(&served, &key, Machine { key: None, ..machine.clone() }).await;
    assert_ne!(double.uid, machine.uid);
    let found: Vec<_> = nodes(&app).await.iter().map(|node| node["name"].clone()).collect();
    assert_eq!(found, ["db-1", "db-1-2", "db-1-3"]);
    let notes: Vec<_> = audited(&app, "agents.enrol").await.iter().map(|e| e["reason"].to_string()).collect();
    assert_eq!(notes.iter().filter(|note| note.contains("a clone")).count(), 2, "{notes:?}");
    let mut client = client.back().await;
    let next = client.next();
    assert!(client.ask(next).await.error_response.is_none(), "the first agent was disturbed");
    for other in [&clone, &double] {
        Client::connected(&served, other).await;
    }
    // Two that come at the same moment, before either used its key, are two as well.
    let one = app.enrol(&served, &key, Machine::named("twin")).await;
    let two = app.enrol(&served, &key, one.anew()).await;
    assert_ne!(one.key, two.key);
    assert_eq!(nodes(&app).await.len(), 5);
    Client::connected(&served, &one).await;
}

#[tokio::test]
async fn a_key_for_one_site_takes_over_no_node_of_another_site() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    app.site("default", "Berlin", json!({})).await;
    let elsewhere = app.node(json!({ "name": "db-1", "machine_id": "machine-db-1" })).await;
    let (key, _) = app.enrolment_key(json!({ "site": "Berlin" })).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    Client::connected(&served, &machine).await;
    let found = nodes(&app).await;
    assert_eq!(found.len(), 2);
    let other = found.iter().find(|node| node["id"] == json!(elsewhere)).unwrap();
    assert_eq!(other["status"], "unknown");
}

#[tokio::test]
async fn creating_an_enrolment_key_requires_the_permissions_it_gives() {
    let app = TestApp::new().await;
    let body = |more: Value| {
        let mut body = json!({ "name": "Rack 7", "kind": "enrol" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, field) in [
        (json!({ "scopes": [] }), "scopes"),
        (json!({ "reach": {} }), "reach"),
        (json!({ "role": "viewer" }), "role"),
        (json!({ "enrolment": { "uses": 0 } }), "enrolment.uses"),
        (json!({ "enrolment": { "uses": 100_001 } }), "enrolment.uses"),
        (json!({ "enrolment": { "site": "Nowhere" } }), "enrolment.site"),
        (json!({ "ttl_seconds": 0 }), "ttl_seconds"),
        (json!({ "enrolment": { "labels": { "not a name": "x" } } }), "enrolment.labels.not a name"),
    ] {
        let refused = app.owner().post("/v1/keys", body(more)).await.problem(400, "invalid");
        refused.field(field);
    }
    let other = json!({ "name": "x", "scopes": [], "enrolment": {} });
    app.owner().post("/v1/keys", other).await.problem(400, "invalid").field("enrolment");
    app.owner().post("/v1/keys", json!({ "name": "x" })).await.problem(400, "invalid").field("scopes");

    for scopes in [&["keys:*", "nodes.create"][..], &["keys:*", "agents.create"]] {
        let (key, _) = app.key(scopes, json!({})).await;
        let refused = app.with_key(&key).post("/v1/keys", body(json!({}))).await;
        refused.problem(403, "grant_exceeds_own").field("kind");
    }
    let (key, _) = app.key(&["keys:*", "nodes.create", "agents.create"], json!({ "ttl_seconds": 60 })).await;
    let limited = app.with_key(&key);
    limited.post("/v1/keys", body(json!({}))).await.problem(403, "grant_exceeds_own").field("expires_at");
    let made = limited.post("/v1/keys", body(json!({ "ttl_seconds": 60 }))).await.expect(201).body;
    let path = format!("/v1/keys/{}", made["key"]["id"].as_str().unwrap());
    app.owner().patch(&path, json!({ "scopes": ["*:*"] })).await.problem(400, "invalid").field("scopes");
    app.owner().patch(&path, json!({ "name": "Rack 8" })).await.expect(200);
    // To enable or rotate it is to have it.
    let (weak, _) = app.key(&["keys:*"], json!({})).await;
    app.with_key(&weak).post(&format!("{path}/disable"), json!({})).await.expect(200);
    app.with_key(&weak).post(&format!("{path}/enable"), json!({})).await.problem(403, "grant_exceeds_own");
    app.with_key(&weak).post(&format!("{path}/rotate"), json!({})).await.problem(403, "grant_exceeds_own");
    app.owner().post(&format!("{path}/enable"), json!({})).await.expect(200);
    app.root().post("/v1/keys", body(json!({}))).await.problem(400, "organization_required");
}

#[tokio::test]
async fn a_key_policy_applies_to_enrolments_and_not_to_agent_keys() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 9 })).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let policy = |policy: Value| json!({ "key_policy": policy });
    let set = async |wanted: Value| {
        app.root().patch("/v1/organizations/default", policy(wanted)).await.expect(200);
    };
    set(json!({ "withheld_scopes": ["agents.create"] })).await;
    // Neither one that is new, nor one whose answer was lost, nor one that returns.
    for newcomer in [Machine::named("b"), machine.clone()] {
        let why = refused(&served, &key, newcomer).await;
        assert!(why.starts_with("reach_too_narrow:"), "{why}");
    }
    drop(Client::connected(&served, &machine).await);
    app.advance(100);
    let why = refused(&served, &key, machine.anew()).await;
    assert!(why.starts_with("reach_too_narrow:"), "{why}");
    set(json!({ "require_allowed_ips": true })).await;
    assert_eq!(open(&served, &key).await.unwrap_err().0, 403);
    set(json!({ "longest_life_seconds": 60, "require_allowed_ips": true, "disable_unused_days": 1 })).await;
    app.advance(40 * 86_400);
    Client::connected(&served, &machine).await;
    let agents = app.root().get("/v1/keys?kind=agent&organization=default").await.expect(200);
    assert_eq!(agents.items("status"), [json!("active")]);
}

#[tokio::test]
async fn the_server_enrols_its_own_machine() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let key = app.fleet.mint_local_enrolment(std::time::Duration::from_secs(60)).await.unwrap();
    let machine = app.enrol(&served, &key.reveal(), Machine::named("server")).await;
    Client::connected(&served, &machine).await;
    let keys = app.owner().get("/v1/keys?kind=enrol").await.expect(200);
    assert_eq!(keys.items("created_by"), [json!({ "kind": "system" })]);
    assert_eq!(audited(&app, "server.enrol_itself").await.len(), 1);
    assert!(refused(&served, &key.reveal(), Machine::named("b")).await.starts_with("enrolment_used_up:"));
    app.advance(60);
    assert_eq!(open(&served, &key.reveal()).await.unwrap_err().0, 401);
}

/// Waits until no agent of a node is connected.
async fn gone(app: &TestApp, name: &str) {
    let node = app.owner().get(&format!("/v1/nodes/{name}")).await.expect(200).body["id"].clone();
    let node = node.as_str().unwrap().parse().unwrap();
    until("the connection has ended", async || app.fleet.connections().get(node).is_none()).await;
}

#[tokio::test]
async fn setting_a_machine_id_requires_reach_to_the_whole_organization() {
    let app = TestApp::new().await;
    let site = app.site("default", "A", json!({})).await;
    let there = app.node(json!({ "name": "there", "site": "A" })).await;
    for reach in [json!({ "sites": [site] }), json!({ "labels": "!none" }), json!({ "nodes": [there] })] {
        let (key, _) = app.key(&["nodes:*"], json!({ "reach": reach })).await;
        let narrow = app.with_key(&key);
        let body = json!({
            "type": "generic", "name": "mine", "site": "A", "address": "10.1.1.1", "machine_id": "machine-vm",
        });
        narrow.post("/v1/nodes", body.clone()).await.problem(400, "invalid").field("machine_id");
        let change = json!({ "machine_id": "machine-vm" });
        narrow.patch("/v1/nodes/there", change).await.problem(400, "invalid").field("machine_id");
        for existing in ["refuse", "update"] {
            for name in ["mine", "there"] {
                let mut line = body.clone();
                line["name"] = json!(name);
                let body = json!({ "format": "jsonl", "data": line.to_string(), "existing": existing });
                let refused = narrow.post("/v1/nodes/import", body).await.problem(400, "invalid");
                assert!(
                    existing == "refuse" || refused.body.to_string().contains("machine_id"),
                    "{refused:?}"
                );
            }
        }
        let pmm =
            json!({ "generic": { "node_name": "mine", "address": "10.1.1.1", "machine_id": "machine-vm" } });
        assert_eq!(narrow.post("/v1/inventory/nodes", pmm).await.status.as_u16(), 400);
    }
    // Setting the current value again is allowed, and a caller who reaches everything may set any value.
    app.owner().patch("/v1/nodes/there", json!({ "machine_id": "machine-vm" })).await.expect(200);
    let (key, _) = app.key(&["nodes:*"], json!({ "reach": { "sites": [site] } })).await;
    app.with_key(&key).patch("/v1/nodes/there", json!({ "machine_id": "machine-vm" })).await.expect(200);
    let clear = json!({ "machine_id": null });
    app.with_key(&key).patch("/v1/nodes/there", clear).await.problem(400, "invalid").field("machine_id");
}

#[tokio::test]
async fn a_machine_takes_over_no_node_that_its_key_could_not_create() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let site = app.site("default", "A", json!({})).await;
    let (at_site, _) = app.enrolment_key(json!({ "uses": 9, "site": "A" })).await;
    let (labelled, _) = app.enrolment_key(json!({ "uses": 9, "labels": { "team": "x" } })).await;
    let (plain, _) = app.enrolment_key(json!({ "uses": 9, "labels": { "env": "prod" } })).await;
    let left = async |key: &str, name: &str| {
        let machine = app.enrol(&served, key, Machine::named(name)).await;
        drop(Client::connected(&served, &machine).await);
        gone(&app, name).await;
        machine
    };
    // Machines of one image, one enrolled for a site and one with labels, that are off.
    for (key, name) in [(&at_site, "tenant-a"), (&labelled, "tenant-x")] {
        let machine = left(key, name).await;
        let fresh = Machine { facts: Machine::named("fresh").facts, ..machine.anew() };
        let fresh = app.enrol(&served, &plain, fresh).await;
        let _client = Client::connected(&served, &fresh).await;
        let found = nodes(&app).await;
        let of = |name: &str| {
            found.iter().find(|node| node["name"] == name).unwrap_or_else(|| panic!("{found:?}"))
        };
        assert_ne!(of("fresh")["machine_id"], Value::Null);
        assert_eq!(of("fresh")["machine_id"], of(name)["machine_id"]);
        assert_eq!(
            (&of("fresh")["site_id"], &of("fresh")["labels"]),
            (&Value::Null, &json!({ "env": "prod" }))
        );
        let notes = audited(&app, "agents.enrol").await;
        let why =
            notes.iter().filter(|entry| entry["reason"].to_string().contains("a new node, not node")).count();
        assert_eq!(why, if name == "tenant-a" { 1 } else { 2 }, "{notes:?}");
        drop(_client);
        gone(&app, "fresh").await;
        app.owner().delete("/v1/nodes/fresh?force=true").await.expect(200);
    }
    // With a key like the one that it had, a machine is the same node, wherever that was moved; it gets the key's
    // labels, and keeps its others.
    let machine = left(&plain, "db-1").await;
    let change = json!({ "site": "A", "labels": { "env": "test", "by": "hand" } });
    app.owner().patch("/v1/nodes/db-1", change).await.expect(200);
    let again = app.enrol(&served, &plain, machine.anew()).await;
    let client = Client::connected(&served, &again).await;
    let node = app.owner().get("/v1/nodes/db-1").await.expect(200).body;
    assert_eq!((&node["site_id"], &node["labels"]), (&json!(site), &json!({ "env": "prod", "by": "hand" })));
    // And with a key for the site that it is at.
    drop(client);
    gone(&app, "db-1").await;
    let here = json!({ "site": "A", "labels": { "env": "prod" } });
    let (here, _) = app.enrolment_key(here).await;
    let again = app.enrol(&served, &here, again.anew()).await;
    let _client = Client::connected(&served, &again).await;
    assert_eq!(nodes(&app).await.len(), 3);
}

#[tokio::test]
async fn a_machine_that_is_reinstalled_stays_the_same_node() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 30 })).await;
    let mut machine = Machine::named("db-1");
    for _ in 0..4 {
        machine = app.enrol(&served, &key, machine.anew()).await;
        // It is killed, and its data directory is gone, within the same second.
        drop(Client::connected(&served, &machine).await);
        gone(&app, "db-1").await;
    }
    assert_eq!(nodes(&app).await.len(), 1);
    assert_eq!(
        app.owner().get("/v1/keys?kind=agent").await.expect(200).items("id").len(),
        2,
        "the current key and the one before must be left"
    );
    // Where there are two nodes already, it is the one that was last heard of.
    let first = app.enrol(&served, &key, machine.anew()).await;
    let client = Client::connected(&served, &first).await.idle();
    let clone = app.enrol(&served, &key, first.anew()).await;
    app.advance(1);
    let clone = Client::connected(&served, &clone).await;
    drop(client.back().await);
    let again = clone.machine.anew();
    drop(clone);
    gone(&app, "db-1").await;
    gone(&app, "db-1-2").await;
    app.fleet.write_heard_now().await;
    let again = app.enrol(&served, &key, again).await;
    let _client = Client::connected(&served, &again).await;
    let found = nodes(&app).await;
    assert_eq!(found.len(), 2, "{found:?}");
    let node = app.owner().get("/v1/nodes/db-1-2").await.expect(200).body;
    let node = node["id"].as_str().unwrap().parse().unwrap();
    assert!(
        app.fleet.connections().get(node).is_some(),
        "the machine did not get the node that was heard from last"
    );
}

#[tokio::test]
async fn an_agent_that_returns_gets_its_node_back_from_a_clone() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    app.site("default", "A", json!({})).await;
    let (key, _) = app.enrolment_key(json!({ "uses": 30, "site": "A", "labels": { "env": "prod" } })).await;
    let old = app.enrol(&served, &key, Machine::named("db-1")).await;
    drop(Client::connected(&served, &old).await);
    gone(&app, "db-1").await;
    let newcomer = app.enrol(&served, &key, old.anew()).await;
    let mut client = Client::connected(&served, &newcomer).await;
    let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "sleep 9" });
    app.owner().post("/v1/commands", body).await.expect(202);
    client.hear().await;
    app.fleet.write_heard_now().await;

    let _back = Client::connected(&served, &old).await.idle();
    client.hung_up().await;
    let _clone = Client::connected(&served, &newcomer).await.idle();
    let found = nodes(&app).await;
    let names: Vec<_> =
        found.iter().map(|node| (node["name"].clone(), node["site_id"] == Value::Null)).collect();
    assert_eq!(names, [(json!("db-1"), false), (json!("db-1-2"), true)]);
    assert_eq!(found[1]["labels"], json!({}), "the clone got labels of the other node");
    let [entry] = audited(&app, "agents.cloned").await.try_into().unwrap();
    assert!(entry["reason"].to_string().contains("is a clone"), "{entry}");
    // What is given to the node runs on the agent that has it back.
    let agents = app.owner().get("/v1/agents").await.expect(200);
    assert_eq!(agents.items("runs_on").len(), 2);

    // A day later its key is worth nothing any more.
    let one = app.enrol(&served, &key, Machine::named("db-2")).await;
    drop(Client::connected(&served, &one).await);
    gone(&app, "db-2").await;
    let two = app.enrol(&served, &key, one.anew()).await;
    app.advance(86_400);
    let why = refused(&served, one.key.as_ref().unwrap(), one.clone()).await;
    assert!(why.starts_with("credential_unknown:"), "{why}");
    let _two = Client::connected(&served, &two).await;
    assert_eq!(nodes(&app).await.len(), 3);
}

#[tokio::test]
async fn an_agent_returns_although_another_client_has_taken_its_instance_id() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 30 })).await;
    let (other, _) = app.key(&["agents.create", "nodes.create"], json!({})).await;
    for (name, is_cloned) in [("db-1", true), ("db-2", false)] {
        let old = app.enrol(&served, &key, Machine::named(name)).await;
        drop(Client::connected(&served, &old).await);
        gone(&app, name).await;
        let newcomer = app.enrol(&served, &key, old.anew()).await;
        if is_cloned {
            drop(Client::connected(&served, &newcomer).await);
            app.fleet.write_heard_now().await;
        }
        let thief = Machine { uid: old.uid, ..Machine::named(&format!("elsewhere-{name}")) };
        let mut thief = Client::connect(&served, &other, thief).await;
        assert!(thief.hello().await.error_response.is_none());

        // It gets another instance id with its node.
        let mut back = Client::connect(&served, old.key.as_ref().unwrap(), old.clone()).await;
        let reply = back.hello().await;
        assert!(reply.error_response.is_none(), "{reply:?}");
        let renamed = Uuid::from_slice(&reply.agent_identification.unwrap().new_instance_uid).unwrap();
        assert_ne!(renamed, old.uid);
        drop(back);
        until("it is gone", async || app.fleet.connections().len() == 1).await;
        let again = Machine { uid: renamed, ..old.clone() };
        drop(Client::connected(&served, &again).await);
        drop(thief);
        until("all are gone", async || app.fleet.connections().is_empty()).await;
        let on: Vec<_> = nodes(&app).await.iter().map(|node| node["name"].clone()).collect();
        assert!(on.contains(&json!(name)) && on.contains(&json!(format!("elsewhere-{name}"))), "{on:?}");
    }
}

#[tokio::test]
async fn a_new_agent_waits_for_the_next_heartbeat_of_a_polling_agent() {
    const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 30 })).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let own = machine.key.clone().unwrap();
    let mut poller = Client::connect(&served, &own, machine.clone()).await;
    let beat = async |message: AgentToServer| {
        let (status, reply) = poll(&app, &own, &[PROTOBUF], message.encode_to_vec()).await;
        assert!(status == 200 && reply.unwrap().error_response.is_none());
    };
    beat(poller.full()).await;
    let waits = async |machine: &Machine| {
        let mut client = Client::connect(&served, &key, machine.clone()).await;
        let error = client.hello().await.error_response.expect("a refusal");
        assert!(error.error_message.starts_with("enrolment_waits:"), "{error:?}");
        error.retry_info.unwrap().retry_after_nanoseconds / 1_000_000_000
    };
    // The agent is heard of: the newcomer is a clone.
    app.advance(10);
    let newcomer = machine.anew();
    let seconds = waits(&newcomer).await;
    assert!((25..=26).contains(&seconds), "{seconds}");
    app.advance(20);
    beat(poller.next()).await;
    app.advance(6);
    app.enrol(&served, &key, newcomer).await;
    assert_eq!(nodes(&app).await.len(), 2);
    // It is not: the newcomer is that node.
    app.owner().delete("/v1/nodes/db-1-2?force=true").await.expect(200);
    let newcomer = machine.anew();
    assert!(waits(&newcomer).await <= 36);
    app.advance(36);
    let newcomer = app.enrol(&served, &key, newcomer).await;
    let _client = Client::connected(&served, &newcomer).await;
    let [node] = nodes(&app).await.try_into().unwrap();
    assert_eq!((&node["name"], &node["status"]), (&json!("db-1"), &json!("online")));
}

#[tokio::test]
async fn machines_with_the_same_host_name_get_numbered_names() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 90 })).await;
    for n in 1..=22 {
        let machine = Machine { id: format!("machine-{n}"), ..Machine::named("LOCALHOST.") };
        app.enrol(&served, &key, machine).await;
    }
    app.owner().get("/v1/nodes/localhost").await.expect(200);
    app.owner().get("/v1/nodes/localhost-22").await.expect(200);
    let long = "x".repeat(250);
    for n in 1..=2 {
        let machine = Machine { id: format!("long-{n}"), ..Machine::named(&long) };
        app.enrol(&served, &key, machine).await;
    }
    let found = app.owner().get("/v1/nodes?search=xxxxxxxx").await.expect(200).items("name");
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|name| name.as_str().unwrap().starts_with(&long[..200])), "{found:?}");
}
