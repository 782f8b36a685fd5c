//! What one client of the link can take from the others: nothing. And how its connection ends.

use std::io::Write as _;

use axum::body::Body;
use bailiwick_link::capability::agent;
use bailiwick_link::frame::TO_SERVER_MAX;
use bailiwick_link::opamp::{AgentDisconnect, AgentToServer, CustomCapabilities, ErrorType};
use futures::SinkExt as _;
use http::Request;
use prost::Message as _;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tower::ServiceExt as _;

use crate::app::TestApp;
use crate::client::{Client, Machine, open, poll, until};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

/// A message whose description consists of as many empty attributes as fit into `bytes`.
fn flood(bytes: usize) -> Vec<u8> {
    let attributes: Vec<u8> = std::iter::repeat_n([0x0a, 0], (bytes - 64) / 2).flatten().collect();
    let mut message = AgentToServer { instance_uid: vec![7; 16], ..Default::default() }.encode_to_vec();
    message.push(0x1a);
    prost::encoding::encode_varint(attributes.len() as u64, &mut message);
    message.extend(attributes);
    assert!(message.len() <= bytes);
    message
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_small_message_that_decodes_to_a_large_one_is_refused() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (enrols, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let (others, _) = app.key(&["agents.create", "nodes.create"], json!({})).await;
    let machine = app.enrol(&served, &enrols, Machine::named("db-1")).await;
    let agent = machine.key.clone().unwrap();
    for key in [&enrols, &others, &agent] {
        // A gzip of a kilobyte unfolds a hundredfold at most.
        assert_eq!(poll(&app, key, &[PROTOBUF, GZIP], gzip(&flood(TO_SERVER_MAX))).await.0, 413);
    }
    for (key, bytes) in [(&enrols, 65_536), (&others, 262_144), (&agent, TO_SERVER_MAX)] {
        assert_eq!(poll(&app, key, &[PROTOBUF], flood(bytes)).await.0, 400);
        assert_eq!(poll(&app, key, &[PROTOBUF], vec![0; bytes + 1]).await.0, 413);
    }
    // Over a WebSocket too.
    let mut client = Client::connected(&served, &machine).await;
    client.send_bytes([&[0], flood(TO_SERVER_MAX).as_slice()].concat()).await;
    let error = client.hear().await.error_response.unwrap();
    assert_eq!(error.r#type, ErrorType::BadRequest as i32);
    assert!(error.error_message.contains("bytes of memory"), "{}", error.error_message);
    let mut client = Client::connect(&served, &enrols, Machine::named("db-2")).await;
    client.send_bytes(vec![0; 65_538]).await;
    assert_eq!(client.hung_up().await, Some(CloseCode::Size));
}

#[tokio::test]
async fn one_key_has_at_most_two_polls_at_once() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (enrols, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let key = |machine: Machine| machine.key.unwrap();
    let first = key(app.enrol(&served, &enrols, Machine::named("a")).await);
    let second = key(app.enrol(&served, &enrols, Machine::named("b")).await);
    let slow = || {
        let (sender, receiver) = futures::channel::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
        let request = Request::post("/v1/opamp")
            .header("authorization", format!("Bearer {first}"))
            .header(PROTOBUF.0, PROTOBUF.1)
            .body(Body::from_stream(receiver))
            .unwrap();
        (sender, Box::pin(app.router.clone().oneshot(request)))
    };
    let (mut one, mut two) = (slow(), slow());
    for polling in [&mut one, &mut two] {
        assert!(futures::poll!(&mut polling.1).is_pending());
    }
    let message = AgentToServer { instance_uid: vec![7; 16], ..Default::default() }.encode_to_vec();
    assert_eq!(poll(&app, &first, &[PROTOBUF], message.clone()).await.0, 503);
    assert_eq!(open(&served, &first).await.unwrap_err().0, 503);
    assert_eq!(poll(&app, &second, &[PROTOBUF], message.clone()).await.0, 200);
    // Once a body has arrived, its place is free again.
    drop(one.0);
    one.1.await.unwrap();
    assert_eq!(poll(&app, &first, &[PROTOBUF], message).await.0, 200);
}

#[tokio::test]
async fn one_organization_leaves_places_for_agents_of_others() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    app.organization("two").await;
    let enrols = async |organization: &str| {
        let body = json!({ "name": "x", "kind": "enrol", "enrolment": { "uses": 9 } });
        let path = format!("/v1/keys?organization={organization}");
        let made = app.root().post(&path, body).await.expect(201);
        made.body["secret"].as_str().unwrap().to_owned()
    };
    // With keys enough, one organization has half of the places.
    let mut held = Vec::new();
    'keys: for _ in 0..5 {
        let key = enrols("default").await;
        for _ in 0..128 {
            match open(&served, &key).await {
                Ok(socket) => held.push(socket),
                Err((status, _)) => {
                    assert_eq!(status, 503);
                    break 'keys;
                }
            }
        }
    }
    assert_eq!(held.len(), 256);
    let other = enrols("two").await;
    open(&served, &other).await.unwrap();
}

#[tokio::test]
async fn a_used_up_enrolment_key_is_refused_before_its_body_is_read() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
    app.enrol(&served, &key, Machine::named("a")).await;
    // A machine whose answer was lost may ask for it again.
    assert_eq!(poll(&app, &key, &[PROTOBUF], vec![0xff]).await.0, 400);
    app.advance(601);
    assert_eq!(poll(&app, &key, &[PROTOBUF], vec![0xff]).await.0, 403);
    let (status, body) = open(&served, &key).await.unwrap_err();
    assert!(status == 403 && body.contains("enrolment_used_up"), "{status} {body}");
}

#[tokio::test]
async fn an_enrolment_key_works_for_the_bailiwick_agent_only() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, id) = app.enrolment_key(json!({ "uses": 1 })).await;
    for (capabilities, custom) in [(agent::OURS, false), (agent::REPORTS_STATUS, true)] {
        let mut client = Client::connect(&served, &key, Machine::named("collector")).await;
        let custom_capabilities = custom.then(|| client.full().custom_capabilities.unwrap());
        let foreign = AgentToServer { capabilities, custom_capabilities, ..client.full() };
        let reply = client.ask(foreign).await;
        let why = reply.error_response.unwrap().error_message;
        assert!(why.contains("agents.create"), "{why}");
        assert_eq!(client.hung_up().await, Some(CloseCode::Policy));
    }
    let none = AgentToServer {
        custom_capabilities: Some(CustomCapabilities::default()),
        agent_description: Some(Machine::named("collector").description()),
        instance_uid: vec![7; 16],
        capabilities: agent::OURS,
        ..Default::default()
    };
    let (status, reply) = poll(&app, &key, &[PROTOBUF], none.encode_to_vec()).await;
    assert!(status == 200 && reply.unwrap().error_response.is_some());
    let key = app.owner().get(&format!("/v1/keys/{id}")).await.expect(200).body;
    assert_eq!(key["enrolment"]["used"], 0);
    assert_eq!(app.owner().get("/v1/nodes").await.expect(200).items("id").len(), 0);
}

#[tokio::test]
async fn the_close_handshake_is_answered() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let machine = app.enrol(&served, &key, Machine::named("a")).await;
    for known in [true, false] {
        let mut client = match known {
            true => Client::connected(&served, &machine).await,
            false => Client::connect(&served, &key, Machine::named("b")).await,
        };
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        client.send_raw(Message::Close(Some(frame))).await;
        assert_eq!(client.hung_up().await, Some(CloseCode::Normal));
    }
}

#[tokio::test]
async fn protocol_errors_carry_their_close_code() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let mask = [0, 0, 0, 0];
    for (name, bytes, code) in [
        ("a reserved opcode", [&[0x83, 0x80][..], &mask].concat(), CloseCode::Protocol),
        ("a reserved bit", [&[0xc2, 0x80][..], &mask].concat(), CloseCode::Protocol),
        ("no mask", vec![0x82, 0x00], CloseCode::Protocol),
        ("a continuation of nothing", [&[0x80, 0x80][..], &mask].concat(), CloseCode::Protocol),
        ("text that is not UTF-8", [&[0x81, 0x81][..], &mask, &[0xff]].concat(), CloseCode::Invalid),
        ("text", [&[0x81, 0x81][..], &mask, b"a"].concat(), CloseCode::Unsupported),
    ] {
        let mut socket = open(&served, &key).await.unwrap();
        socket.flush().await.unwrap();
        socket.get_mut().write_all(&bytes).await.unwrap();
        let mut client = Client::on(socket, Machine::named("a"));
        assert_eq!(client.hung_up().await, Some(code), "{name}");
    }
}

#[tokio::test]
async fn an_agent_that_disconnects_and_resets_is_offline_at_once() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 100 })).await;
    let machine = app.enrol(&served, &key, Machine::named("a")).await;
    for round in 0..20 {
        let mut client = Client::connected(&served, &machine).await;
        let goodbye = AgentToServer { agent_disconnect: Some(AgentDisconnect {}), ..client.next() };
        client.send(goodbye).await;
        // The connection is reset, so that the answer cannot be sent.
        client.reset();
        until("the agent has left", async || app.fleet.connections().is_empty()).await;
        app.fleet.write_heard_now().await;
        let node = app.owner().get("/v1/nodes/a").await.expect(200).body;
        assert_eq!(node["status"], "offline", "round {round}");
    }
}
