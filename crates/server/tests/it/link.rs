//! The link: connections of agents, over WebSocket and by polling, and how they end.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::collections::BTreeSet;

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_link::capability::{self, agent_flags, server_flags};
use bailiwick_link::commands::{Orders, Reports};
use bailiwick_link::custom::{Custom, announce_all};
use bailiwick_link::frame::TO_SERVER_MAX;
use bailiwick_link::opamp::{
    AgentDisconnect, AgentToServer, Applied, ComponentHealth, ConnectionSettingsStatus, CustomMessage,
    ErrorType,
};
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use prost::Message as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Client, Machine, PROTOBUF, enrolled, node, open, poll, said, until};

fn key_id(machine: &Machine) -> String {
    machine.key.as_ref().unwrap().split('_').nth(2).unwrap().to_owned()
}

#[tokio::test]
async fn changing_an_agent_key_requires_agents_update() {
    let app = TestApp::new().await;
    let (_served, machine) = enrolled(&app, "db-1").await;
    let path = format!("/v1/keys/{}", key_id(&machine));
    let (key, _) = app.key(&["keys:*", "nodes:*"], json!({})).await;
    let clerk = app.with_key(&key);
    // To take something away grants nothing.
    clerk.post(&format!("{path}/disable"), json!({})).await.expect(200);
    clerk.post(&format!("{path}/enable"), json!({})).await.problem(403, "scope_missing");
    clerk.patch(&path, json!({ "allowed_ips": ["192.0.2.0/24"] })).await.problem(403, "scope_missing");
    let (key, _) = app.key(&["keys:*", "agents.update"], json!({})).await;
    app.with_key(&key).post(&format!("{path}/enable"), json!({})).await.expect(200);
}

#[tokio::test]
async fn a_connection_without_a_valid_credential_is_refused() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (right, last) = app.owner_key().split_at(app.owner_key().len() - 1);
    let mistyped = format!("{right}{}", if last == "0" { "1" } else { "0" });
    let (no_agents, _) = app.key(&["nodes:*"], json!({})).await;
    for (key, code) in [
        ("garbage", "credential_malformed"),
        (mistyped.as_str(), "credential_mistyped"),
        (&crate::example::foreign_key(), "credential_unknown"),
        (&no_agents, "scope_missing"),
    ] {
        let (_, body) = open(&served, key).await.unwrap_err();
        assert!(body.contains(code), "{code}: {body}");
    }
    app.anonymous().get("/v1/opamp").await.problem(401, "credential_missing");
    app.owner().get("/v1/opamp").await.problem(426, "upgrade_required");
    app.owner().get("/v1/opamp?surprise=1").await.problem(400, "invalid");
    app.owner().post("/v1/opamp", json!({})).await.problem(415, "unsupported_media_type");
    app.owner().patch("/v1/opamp", json!({})).await.problem(405, "method_not_allowed");
    // Only an agent says that it is uninstalled.
    app.owner().delete("/v1/opamp").await.problem(400, "invalid");
    let path = format!("/v1/opamp?key={}", app.owner_key());
    app.anonymous().get(&path).await.problem(400, "key_in_query");
    // A person's session is no credential there.
    let person = app.administrator().await;
    person.get("/v1/opamp").await.problem(401, "credential_missing");
}

#[tokio::test]
async fn an_agent_connects_sends_heartbeats_and_disconnects() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
    let reply = client.hello().await;
    assert_eq!(reply.instance_uid, machine.uid.as_bytes());
    assert_eq!(reply.capabilities, capability::server::OURS);
    assert_eq!(reply.custom_capabilities, Some(announce_all()));
    let settings = reply.connection_settings.unwrap().opamp.unwrap();
    assert_eq!((settings.heartbeat_interval_seconds, settings.headers), (30, None));
    assert_eq!((reply.flags, reply.agent_identification), (0, None));

    app.advance(200);
    assert_eq!(node(&app, "db-1").await["status"], "stale");
    let beat = client.next();
    assert_eq!(client.ask(beat).await.flags, 0);
    let seen = node(&app, "db-1").await;
    assert_eq!((&seen["status"], &seen["status_since"]), (&json!("online"), &json!("2030-01-01T00:00:00Z")));

    // Its machine has more memory, and it is not well.
    client.machine.facts.memory_bytes = Some(16 << 30);
    let mut told = client.full();
    told.health = Some(ComponentHealth {
        healthy: false,
        start_time_unix_nano: 1,
        last_error: "the disk\nis full".into(),
        ..Default::default()
    });
    client.ask(told).await;
    let seen = node(&app, "db-1").await;
    assert_eq!((&seen["facts"]["memory_bytes"], &seen["revision"]), (&json!(16_u64 << 30), &json!(1)));
    let agents = app.owner().get("/v1/agents").await.expect(200);
    assert_eq!(agents.items("status"), [json!("waiting")]);

    let goodbye = AgentToServer { agent_disconnect: Some(AgentDisconnect {}), ..client.next() };
    client.send(goodbye).await;
    assert_eq!(client.hung_up().await, Some(CloseCode::Normal));
    until("it has left", async || node(&app, "db-1").await["status"] == "offline").await;
    assert!(app.fleet.connections().is_empty());
    let agents = app.owner().get("/v1/agents").await.expect(200);
    assert_eq!(agents.items("status"), [json!("unknown")]);
    // It is back at once.
    let _client = Client::connected(&served, &machine).await;
    assert_eq!(node(&app, "db-1").await["status"], "online");
}

#[tokio::test]
async fn a_gap_in_the_sequence_numbers_requests_the_full_state() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let key = machine.key.clone().unwrap();
    let mut client = Client::connect(&served, &key, machine).await;
    // The first message says nothing of it.
    let short = client.next();
    assert_eq!(client.ask(short).await.flags, server_flags::REPORT_FULL_STATE);
    assert_eq!(client.hello().await.flags, 0);
    for (step, flags) in [(0, 0), (5, server_flags::REPORT_FULL_STATE), (0, 0)] {
        client.sequence += step;
        let next = client.next();
        assert_eq!(client.ask(next).await.flags, flags);
    }
    // The same number again is one too.
    client.sequence -= 1;
    let again = client.next();
    assert_eq!(client.ask(again).await.flags, server_flags::REPORT_FULL_STATE);
}

#[tokio::test]
async fn invalid_messages_are_refused_and_then_close_the_connection() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connected(&served, &machine).await;
    for bytes in [vec![], vec![1, 2, 3], vec![0, 0xff, 0xff]] {
        client.send_bytes(bytes).await;
        assert_eq!(said(&client.hear().await).0, ErrorType::BadRequest);
    }
    assert_eq!(client.hung_up().await, Some(CloseCode::Invalid));
    // Who it is, is part of a message.
    let mut client = Client::connected(&served, &machine).await;
    let other = AgentToServer { instance_uid: Uuid::now_v7().as_bytes().to_vec(), ..client.next() };
    assert!(said(&client.ask(other).await).1.contains("one client per connection"));
    let none = AgentToServer { instance_uid: vec![1], ..client.next() };
    assert!(said(&client.ask(none).await).1.contains("16 bytes"));
    // Custom messages of no known capability are nothing.
    let custom = CustomMessage { capability: "org.example.x".into(), r#type: "y".into(), data: vec![0xff] };
    let odd = AgentToServer { custom_message: Some(custom.clone()), ..client.next() };
    assert!(client.ask(odd).await.error_response.is_none());
    let odd =
        CustomMessage { data: custom.data.clone(), ..Custom::Commands.tell_server(&Reports::default()) };
    let odd = AgentToServer { custom_message: Some(odd), ..client.next() };
    assert!(client.ask(odd).await.error_response.is_none());
    client.send_raw(Message::Text("{}".into())).await;
    assert_eq!(client.hung_up().await, Some(CloseCode::Unsupported));
}

#[tokio::test]
async fn a_message_that_is_too_large_closes_the_connection() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connected(&served, &machine).await;
    let large = |bytes: usize| CustomMessage { data: vec![0; bytes], ..CustomMessage::default() };
    let fits = AgentToServer { custom_message: Some(large(TO_SERVER_MAX - 100)), ..client.next() };
    assert!(client.ask(fits).await.error_response.is_none());
    let over = AgentToServer { custom_message: Some(large(TO_SERVER_MAX)), ..client.next() };
    client.send(over).await;
    assert_eq!(client.hung_up().await, Some(CloseCode::Size));
}

#[tokio::test]
async fn a_client_without_a_description_is_disconnected() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    let mut client = Client::connect(&served, &key, Machine::named("shy")).await;
    for _ in 0..4 {
        let shy = client.next();
        assert_eq!(client.ask(shy).await.flags, server_flags::REPORT_FULL_STATE);
    }
    let shy = client.next();
    assert_eq!(said(&client.ask(shy).await).0, ErrorType::BadRequest);
    assert_eq!(client.hung_up().await, Some(CloseCode::Policy));
    // One that asks for an identity is given one.
    let mut client = Client::connect(&served, &key, Machine::named("new")).await;
    let asking = AgentToServer { flags: agent_flags::REQUEST_INSTANCE_UID, ..client.full() };
    let reply = client.ask(asking).await;
    let given = reply.agent_identification.as_ref().unwrap().new_instance_uid.clone();
    assert_ne!(given, client.machine.uid.as_bytes());
    client.take_offer(&reply);
    Client::connected(&served, &client.machine).await;
}

/// Does something, and waits until it has ended a connection.
async fn ended_by(client: &mut Client, what: impl AsyncFn()) {
    what().await;
    assert_eq!(client.hung_up().await, Some(CloseCode::Policy));
}

#[tokio::test]
async fn a_revoked_key_ends_its_connection() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let path = format!("/v1/keys/{}", key_id(&machine));

    let mut client = Client::connected(&served, &machine).await;
    let disable = async || drop(app.owner().post(&format!("{path}/disable"), json!({})).await.expect(200));
    ended_by(&mut client, disable).await;
    assert_eq!(open(&served, machine.key.as_ref().unwrap()).await.unwrap_err().0, 401);
    app.owner().post(&format!("{path}/enable"), json!({})).await.expect(200);

    let mut client = Client::connected(&served, &machine).await;
    let networks = |list: Value| json!({ "allowed_ips": list });
    let bind = async || drop(app.owner().patch(&path, networks(json!(["192.0.2.0/24"]))).await.expect(200));
    ended_by(&mut client, bind).await;
    app.owner().patch(&path, networks(json!([]))).await.expect(200);

    let mut client = Client::connected(&served, &machine).await;
    let end = json!({ "expires_at": "2030-01-01T00:01:00Z" });
    app.owner().patch(&path, end).await.expect(200);
    ended_by(&mut client, async || app.advance(60)).await;
    app.owner().patch(&path, json!({ "expires_at": null })).await.expect(200);

    let mut client = Client::connected(&served, &machine).await;
    let delete = async || drop(app.owner().delete(&path).await.expect(200));
    ended_by(&mut client, delete).await;
    assert_eq!(open(&served, machine.key.as_ref().unwrap()).await.unwrap_err().0, 401);
    until("all are forgotten", async || {
        app.fleet.connections().is_empty() && app.control.open_streams() == 0
    })
    .await;
}

#[tokio::test]
async fn deleting_a_node_ends_the_keys_and_connections_of_its_agents() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let agent_keys = async || app.root().get("/v1/keys?kind=agent").await.expect(200).items("id").len();

    let machine = app.enrol(&served, &key, Machine::named("a")).await;
    let mut client = Client::connected(&served, &machine).await;
    app.owner().delete("/v1/nodes/a").await.problem(409, "in_use");
    let delete = async || drop(app.owner().delete("/v1/nodes/a?force=true").await.expect(200));
    ended_by(&mut client, delete).await;
    assert_eq!(agent_keys().await, 0);

    let machine = app.enrol(&served, &key, Machine::named("b")).await;
    let mut client = Client::connected(&served, &machine).await;
    let agent = app.owner().get("/v1/agents").await.expect(200).items("id")[0].as_str().unwrap().to_owned();
    let delete = async || drop(app.owner().delete(&format!("/v1/agents/{agent}")).await.expect(200));
    ended_by(&mut client, delete).await;
    assert_eq!(agent_keys().await, 0);

    let machine = app.enrol(&served, &key, Machine::named("c")).await;
    let mut client = Client::connected(&served, &machine).await;
    let delete = async || drop(app.root().delete("/v1/organizations/default?force=true").await.expect(200));
    ended_by(&mut client, delete).await;
    assert_eq!(agent_keys().await, 0);
}

#[tokio::test]
async fn a_second_machine_with_the_same_key_becomes_another_node() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let site = app.owner().post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201).body;
    app.owner().patch("/v1/nodes/db-1", json!({ "site": site["id"] })).await.expect(200);
    let first = Client::connected(&served, &machine).await;
    // The first answers what it is asked, as clients do.
    let mut second = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
    let hello = second.full();
    second.send(hello).await;
    let first = first.idle();
    let reply = second.hear().await;
    second.take_offer(&reply);
    assert_ne!(second.machine.uid, machine.uid);
    assert_ne!(second.machine.key, machine.key);
    let second = Client::connected(&served, &second.machine).await;
    let clone = node(&app, "db-1-2").await;
    assert_eq!(clone["status"], "online");
    assert_eq!(node(&app, "db-1").await["status"], "online");
    let audited = app.owner().get("/v1/audit?operation=agents.cloned").await.expect(200);
    let targets = audited.items("targets")[0].clone();
    assert_eq!(targets.as_array().unwrap().len(), 5);
    assert_eq!(targets[2], json!({ "noun": "node", "id": clone["id"] }));
    // Not again and again.
    let mut third = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
    let refused = third.hello().await;
    assert_eq!(said(&refused).0, ErrorType::Unavailable);
    assert!(refused.error_response.unwrap().retry_info.is_some());
    app.advance(60);
    let mut third = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
    let reply = third.hello().await;
    third.take_offer(&reply);
    assert_eq!(node(&app, "db-1-3").await["status"], "online");
    // Who revokes the key of an agent is told of the keys that clones of its machine got with it.
    let path = format!("/v1/keys/{}", key_id(&machine));
    let in_use = app.owner().delete(&path).await.problem(409, "in_use");
    let clones = &in_use.body["dependants"][0];
    assert_eq!(
        (&clones["noun"], &clones["effect"], &clones["count"]),
        (&json!("keys"), &json!("deleted"), &json!(2))
    );
    // What was meant for the first's site reaches no clone, and a clone has none.
    assert_eq!((&node(&app, "db-1").await["site_id"], &clone["site_id"]), (&site["id"], &Value::Null));
    let second = Client::connected(&served, &second.machine).await;
    app.advance(60);
    let machine = second.machine.clone();
    let second = second.idle();
    let mut fourth = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
    let refused = fourth.hello().await;
    assert!(said(&refused).1.starts_with("clone_refused:"), "{refused:?}");
    drop(second.back().await);
    let mut first = first.back().await;
    let beat = first.next();
    assert!(first.ask(beat).await.error_response.is_none(), "the first client was disturbed");
}

#[tokio::test]
async fn all_queued_commands_are_sent_to_a_node_that_connects() {
    const WAITING: usize = 100;
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut waiting = BTreeSet::new();
    for _ in 0..WAITING {
        let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "true" });
        let given = app.owner().post("/v1/commands", body).await.expect(202);
        waiting.insert(given.body["id"].as_str().unwrap().parse::<Uuid>().unwrap());
    }
    // A client that says nothing but hello is told all of it, each once.
    let mut client = Client::connected(&served, &machine).await;
    let mut told = Vec::new();
    while told.len() < WAITING {
        let message = client.hear().await.custom_message.expect("orders");
        let orders = Orders::decode(message.data.as_slice()).unwrap();
        told.extend(orders.run.into_iter().map(|order| Uuid::from_slice(&order.id).unwrap()));
    }
    assert_eq!(told.len(), WAITING);
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), waiting);
    // One that polls is told some of it with the first answer.
    drop(client);
    until("it is gone", async || app.fleet.connections().is_empty()).await;
    let key = machine.key.clone().unwrap();
    let mut poller = Client::connect(&served, &key, machine).await;
    let (_, reply) = poll(&app, &key, &[PROTOBUF], poller.full().encode_to_vec()).await;
    assert!(reply.unwrap().custom_message.is_some());
}

#[tokio::test]
async fn a_connection_that_does_not_answer_is_replaced() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    // It never reads, as if the network were cut.
    let mut silent = Client::connected(&served, &machine).await;
    // What it had said before does not count as an answer, though it arrives late.
    let talking = CancellationToken::new();
    let stopped = talking.clone();
    let talks = tokio::spawn(stopped.run_until_cancelled_owned(async move {
        loop {
            let beat = silent.next();
            if silent.try_send(beat).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }));
    let mut again = Client::connected(&served, &machine).await;
    let beat = again.next();
    assert!(again.ask(beat).await.error_response.is_none());
    talking.cancel();
    talks.await.unwrap();
    assert_eq!(app.fleet.connections().len(), 1);
    assert_eq!(app.owner().get("/v1/nodes").await.expect(200).items("id").len(), 1);
}

#[tokio::test]
async fn rotating_the_key_of_an_agent_ends_the_old_key() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let agent = app.owner().get("/v1/agents").await.expect(200).items("id")[0].as_str().unwrap().to_owned();
    let rotate = format!("/v1/agents/{agent}/rotate");
    app.owner().post(&rotate, json!({})).await.problem(409, "agent_not_connected");
    let key = format!("/v1/keys/{}/rotate", key_id(&machine));
    app.owner().post(&key, json!({})).await.problem(400, "invalid").field("key");

    let mut client = Client::connected(&served, &machine).await;
    let answer = app.owner().post(&rotate, json!({})).await.expect(200).body;
    assert_eq!(answer, json!({ "agent": agent }));
    let offer = client.hear().await;
    // It cannot keep it, so the old key goes on, however long, and it is offered one again.
    let status = ConnectionSettingsStatus {
        last_connection_settings_hash: offer.connection_settings.as_ref().unwrap().hash.clone(),
        status: Applied::Failed.into(),
        error_message: "no space left on device".into(),
    };
    let failed = AgentToServer { connection_settings_status: Some(status), ..client.next() };
    assert!(client.ask(failed).await.connection_settings.is_none());
    app.advance(599);
    let beat = client.next();
    assert!(client.ask(beat).await.connection_settings.is_none());
    app.advance(2 * 3_600);
    let beat = client.next();
    assert!(client.ask(beat).await.error_response.is_none());
    let offer = client.hear().await;
    client.take_offer(&offer);
    assert_ne!(client.machine.key, machine.key);
    // The offer did not arrive: the old key works, and it is offered another.
    drop(client);
    let mut client = Client::connected(&served, &machine).await;
    let offer = client.hear().await;
    client.take_offer(&offer);
    let renewed = client.machine.clone();
    drop(client);
    // It comes with the new one, and the old one is gone.
    let mut client = Client::connected(&served, &renewed).await;
    assert_eq!(open(&served, machine.key.as_ref().unwrap()).await.unwrap_err().0, 401);
    let beat = client.next();
    assert!(client.ask(beat).await.error_response.is_none());
    assert_eq!(app.owner().get("/v1/keys?kind=agent").await.expect(200).items("expires_at"), [Value::Null]);
    assert_eq!(app.owner().get("/v1/audit?operation=agents.rotated").await.expect(200).items("at").len(), 1);
    assert_eq!(app.owner().get("/v1/audit?operation=agents.offered").await.expect(200).items("at").len(), 3);
}

#[tokio::test]
async fn a_restarted_server_still_knows_its_agents() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let peppers = Peppers::generate(&SystemEntropy);
    let start = async || {
        TestApp::on(Store::connect(&url, 2).await.unwrap(), peppers.clone(), &Config::default()).await
    };
    let app = start().await;
    let owner = app.owner_key().to_owned();
    let (served, machine) = enrolled(&app, "db-1").await;
    let client = Client::connected(&served, &machine).await;
    app.fleet.write_heard_now().await;
    drop((client, served));
    app.control.store().close().await;

    let app = start().await;
    let node = app.with_key(&owner).get("/v1/nodes/db-1").await.expect(200).body;
    assert_eq!((&node["status"], &node["facts"]["hostname"]), (&json!("online"), &json!("db-1")));
    app.advance(75);
    assert_eq!(app.with_key(&owner).get("/v1/nodes/db-1").await.expect(200).body["status"], "stale");
    let served = app.serve().await;
    let _client = Client::connected(&served, &machine).await;
    app.fleet.write_heard_now().await;
    assert_eq!(app.with_key(&owner).get("/v1/nodes/db-1").await.expect(200).body["status"], "online");
}

#[tokio::test]
async fn a_stopping_server_tells_its_agents_to_reconnect() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connected(&served, &machine).await;
    app.app.end_links().await;
    assert_eq!(client.hung_up().await, Some(CloseCode::Restart));
    // It has not left: it comes again.
    assert_eq!(node(&app, "db-1").await["status"], "online");
}

#[tokio::test]
async fn an_agent_that_leaves_during_a_send_is_offline_at_once() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    for round in 0..20 {
        let mut client = Client::connected(&served, &machine).await;
        if round % 2 == 1 {
            // Something is sent to it while it leaves.
            let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "true" });
            app.owner().post("/v1/commands", body).await.expect(202);
        }
        let goodbye = AgentToServer { agent_disconnect: Some(AgentDisconnect {}), ..client.next() };
        client.send(goodbye).await;
        if round % 3 == 0 {
            client.send_raw(Message::Close(None)).await;
        }
        // It reads no answer.
        drop(client);
        until("it is gone", async || app.fleet.connections().is_empty()).await;
        assert_eq!(node(&app, "db-1").await["status"], "offline", "round {round}");
    }
}
