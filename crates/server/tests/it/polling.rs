//! Agents that poll over plain HTTP.

use std::io::Write as _;

use bailiwick_link::capability;
use bailiwick_link::commands::Orders;
use bailiwick_link::frame::TO_SERVER_MAX;
use bailiwick_link::opamp::{AgentDisconnect, AgentToServer, CustomMessage, ServerToAgent};
use prost::Message as _;
use serde_json::json;
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Client, Machine, PROTOBUF, enrolled, node, poll, until};

fn folded(message: &AgentToServer) -> Vec<u8> {
    folded_bytes(&message.encode_to_vec())
}

fn folded_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_client_can_poll_over_plain_http() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({})).await;
    // The words are those of a client at a socket; only they travel otherwise.
    let mut client = Client::connect(&served, &key, Machine::named("poller")).await;
    let hello = client.full();
    let (status, reply) = poll(&app, &key, &[PROTOBUF], hello.encode_to_vec()).await;
    assert_eq!(status, 200);
    client.take_offer(&reply.unwrap());
    let key = client.machine.key.clone().unwrap();
    let hello = client.full();
    let (_, reply) = poll(&app, &key, &[PROTOBUF, ("content-encoding", "gzip")], folded(&hello)).await;
    assert_eq!(reply.unwrap().capabilities, capability::server::OURS);
    assert_eq!(node(&app, "poller").await["status"], "online");
    app.advance(200);
    let beat = client.next();
    let (_, reply) = poll(&app, &key, &[PROTOBUF], beat.encode_to_vec()).await;
    assert_eq!(reply.unwrap().flags, 0, "the server has forgotten the polling client");
    assert_eq!(node(&app, "poller").await["status"], "online");
    let agent = app.owner().get("/v1/agents").await.expect(200).items("id")[0].as_str().unwrap().to_owned();
    app.owner().post(&format!("/v1/agents/{agent}/rotate"), json!({})).await.expect(200);
    let beat = client.next();
    let (_, reply) = poll(&app, &key, &[PROTOBUF], beat.encode_to_vec()).await;
    client.take_offer(&reply.unwrap());

    let gzip = ("content-encoding", "gzip");
    let bomb = CustomMessage { data: vec![0; 4 * TO_SERVER_MAX], ..CustomMessage::default() };
    let bomb = AgentToServer { custom_message: Some(bomb), ..client.next() };
    for (headers, body, expected) in [
        (vec![PROTOBUF], vec![0xff, 0xff], 400),
        (vec![PROTOBUF, gzip], b"not folded".to_vec(), 400),
        (vec![PROTOBUF, gzip], folded(&bomb), 413),
        // Members that contain nothing.
        (vec![PROTOBUF, gzip], folded_bytes(b"").repeat(5_000), 400),
        (vec![PROTOBUF], bomb.encode_to_vec(), 413),
        (vec![PROTOBUF, ("content-encoding", "br")], vec![], 415),
        (vec![("content-type", "application/json")], vec![], 415),
    ] {
        assert_eq!(poll(&app, &key, &headers, body).await.0, expected, "{headers:?}");
    }
    let goodbye = AgentToServer { agent_disconnect: Some(AgentDisconnect {}), ..client.next() };
    assert_eq!(poll(&app, &key, &[PROTOBUF], goodbye.encode_to_vec()).await.0, 200);
    assert_eq!(node(&app, "poller").await["status"], "offline");
    assert!(app.fleet.connections().is_empty());
}

/// The commands that an answer orders.
fn ordered(reply: &ServerToAgent) -> Vec<Uuid> {
    let message = reply.custom_message.as_ref();
    let orders = message.map(|message| Orders::decode(message.data.as_slice()).unwrap()).unwrap_or_default();
    orders.run.iter().map(|order| Uuid::from_slice(&order.id).unwrap()).collect()
}

#[tokio::test]
async fn of_two_machines_polling_with_one_key_the_later_gets_a_new_node() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let key = machine.key.clone().unwrap();
    // One message each, as if from two copies of one disk, which were started at different times.
    let mut client = Client::connect(&served, &key, machine.clone()).await;
    let mut says = async |run| {
        let mut message = client.full();
        message.health.as_mut().unwrap().start_time_unix_nano = run;
        poll(&app, &key, &[PROTOBUF], message.encode_to_vec()).await
    };
    for run in [1, 2, 1] {
        let (status, reply) = says(run).await;
        assert!(status == 200 && reply.unwrap().error_response.is_none(), "{run}");
    }
    let (_, reply) = says(2).await;
    // Not again and again, but the first goes on.
    assert_eq!(says(2).await.0, 503);
    assert_eq!(says(1).await.0, 200);
    let mut clone = Client::connect(&served, &key, machine.clone()).await;
    clone.take_offer(&reply.unwrap());
    assert_ne!(clone.machine.uid, machine.uid);
    let (own_key, hello) = (clone.machine.key.clone().unwrap(), clone.full());
    let (status, _) = poll(&app, &own_key, &[PROTOBUF], hello.encode_to_vec()).await;
    assert_eq!(status, 200);
    for name in ["db-1", "db-1-2"] {
        assert_eq!(node(&app, name).await["status"], "online", "{name}");
    }
    let audited = app.owner().get("/v1/audit?operation=agents.cloned").await.expect(200);
    assert_eq!(audited.items("targets").len(), 1);
}

#[tokio::test]
async fn commands_in_a_lost_poll_answer_are_sent_again() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let key = machine.key.clone().unwrap();
    let mut client = Client::connect(&served, &key, machine).await;
    let (_, reply) = poll(&app, &key, &[PROTOBUF], client.full().encode_to_vec()).await;
    assert!(ordered(&reply.unwrap()).is_empty());
    let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "true" });
    let given = app.owner().post("/v1/commands", body).await.expect(202).body;
    let id: Uuid = given["id"].as_str().unwrap().parse().unwrap();
    let (_, lost) = poll(&app, &key, &[PROTOBUF], client.next().encode_to_vec()).await;
    assert_eq!(ordered(&lost.unwrap()), [id]);
    // A client that lost an answer sends its full state again with the next number, so there is no gap.
    poll(&app, &key, &[PROTOBUF], client.full().encode_to_vec()).await;
    until("it is told again", async || {
        let (_, reply) = poll(&app, &key, &[PROTOBUF], client.next().encode_to_vec()).await;
        ordered(&reply.unwrap()) == [id]
    })
    .await;
}

#[tokio::test]
async fn an_unacknowledged_command_is_sent_again_after_a_minute() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connected(&served, &machine).await;
    let body = json!({ "targets": { "nodes": ["db-1"] }, "shell": "sh", "command": "true" });
    let given = app.owner().post("/v1/commands", body).await.expect(202).body;
    let id: Uuid = given["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(ordered(&client.hear().await), [id]);
    app.advance(59);
    app.fleet.note_unanswered().await.unwrap();
    app.advance(1);
    app.fleet.note_unanswered().await.unwrap();
    assert_eq!(ordered(&client.hear().await), [id], "the unacknowledged command was not sent again");
}

/// A copy of an agent's key cannot delete the agent of a machine that polls, nor of one that is on its way to another server.
#[tokio::test]
async fn an_agent_that_was_heard_from_is_deleted_once_it_said_goodbye_or_missed_a_heartbeat() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let key = machine.key.clone().unwrap();
    let holder = app.with_key(&key);
    let mut client = Client::connect(&served, &key, machine).await;
    assert_eq!(poll(&app, &key, &[PROTOBUF], client.full().encode_to_vec()).await.0, 200);
    let refused = holder.delete("/v1/opamp").await.problem(409, "agent_connected");
    assert_eq!(refused.headers["retry-after"], "36");
    app.advance(34);
    assert_eq!(poll(&app, &key, &[PROTOBUF], client.next().encode_to_vec()).await.0, 200);
    app.advance(34);
    holder.delete("/v1/opamp").await.problem(409, "agent_connected");
    let goodbye = AgentToServer { agent_disconnect: Some(AgentDisconnect {}), ..client.next() };
    assert_eq!(poll(&app, &key, &[PROTOBUF], goodbye.encode_to_vec()).await.0, 200);
    holder.delete("/v1/opamp").await.expect(204);
    assert_eq!(node(&app, "db-1").await["status"], "unknown");

    // The connection of this one broke.
    let (served, machine) = enrolled(&app, "db-2").await;
    let key = machine.key.clone().unwrap();
    drop(Client::connected(&served, &machine).await);
    until("it is gone", async || app.fleet.connections().is_empty()).await;
    let holder = app.with_key(&key);
    holder.delete("/v1/opamp").await.problem(409, "agent_connected");
    app.advance(36);
    holder.delete("/v1/opamp").await.expect(204);
    assert_eq!(node(&app, "db-2").await["status"], "unknown");
}
