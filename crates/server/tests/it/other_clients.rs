//! OpAMP clients of other vendors.

use bailiwick_link::opamp::AgentToServer;
use prost::Message as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Client, Machine, PROTOBUF, enrolled, node, open, poll, said, until};

#[tokio::test]
async fn third_party_opamp_clients_are_agents_of_type_opamp() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let (key, id) = app.key(&["agents.create", "nodes.create"], json!({})).await;
    // A collector on a machine that is known.
    let mut collector =
        Client::connect(&served, &key, Machine { uid: Uuid::now_v7(), ..machine.clone() }).await;
    let reply = collector.hello().await;
    assert!(reply.error_response.is_none() && reply.custom_capabilities.is_none(), "{reply:?}");
    // One on a machine that is not.
    let mut other = Client::connect(&served, &key, Machine::named("edge-1")).await;
    other.hello().await;
    app.fleet.write_heard_now().await;
    let agents = app.owner().get("/v1/agents?type=opamp").await.expect(200);
    assert_eq!(agents.items("status"), [json!("running"), json!("running")]);
    let db = node(&app, "db-1").await;
    let edge = node(&app, "edge-1").await;
    let (on, known) = (agents.items("runs_on"), [&db["id"], &edge["id"]]);
    assert!(on.len() == 2 && known.iter().all(|node| on.contains(node)), "{on:?}");
    assert_eq!(edge["status"], "online", "a node without a Bailiwick agent is seen by its other client");
    // It comes again and is the same.
    let uid = other.machine.clone();
    drop(other);
    until("it is gone", async || app.fleet.connections().len() == 1).await;
    let mut other = Client::connect(&served, &key, uid.clone()).await;
    other.hello().await;
    assert_eq!(app.owner().get("/v1/agents?type=opamp").await.expect(200).items("id").len(), 2);
    // A client that claims to be a Bailiwick agent gets another identity.
    let mut false_one = Client::connect(&served, &key, machine.clone()).await;
    let reply = false_one.hello().await;
    assert!(reply.agent_identification.is_some(), "{reply:?}");
    // The key loses what it needs, and they go.
    app.owner().patch(&format!("/v1/keys/{id}"), json!({ "scopes": ["nodes.create"] })).await.expect(200);
    assert_eq!(other.hung_up().await, Some(CloseCode::Policy));
    assert_eq!(collector.hung_up().await, Some(CloseCode::Policy));
    assert_eq!(open(&served, &key).await.unwrap_err().0, 403);
    // Without the scope for nodes, only machines that are known.
    let (key, _) = app.key(&["agents.create"], json!({})).await;
    let mut lost = Client::connect(&served, &key, Machine::named("edge-2")).await;
    assert!(said(&lost.hello().await).1.starts_with("scope_missing:"));
    // Nor beyond its reach.
    let (key, _) =
        app.key(&["agents.create", "nodes.create"], json!({ "reach": { "labels": "env=prod" } })).await;
    let mut lost = Client::connect(&served, &key, uid).await;
    assert!(said(&lost.hello().await).1.starts_with("not_found:"));
    let mut lost = Client::connect(&served, &key, Machine::named("edge-3")).await;
    assert!(said(&lost.hello().await).1.starts_with("reach_too_narrow:"));
}

#[tokio::test]
async fn a_restarted_third_party_client_is_the_same_agent() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.key(&["agents.create", "nodes.create"], json!({})).await;
    let agents = async || app.owner().get("/v1/agents?type=opamp").await.expect(200);
    for (name, machine_id) in [("edge-1", true), ("edge-2", false)] {
        let before = agents().await.items("id").len();
        for _ in 0..3 {
            // With a new instance UID each time, as some libraries make one.
            let mut client = Client::connect(&served, &key, Machine::named(name)).await;
            let mut hello = AgentToServer { health: None, ..client.full() };
            if !machine_id {
                let description = hello.agent_description.as_mut().unwrap();
                description.non_identifying_attributes.retain(|pair| pair.key != "host.id");
            }
            assert!(client.ask(hello).await.error_response.is_none());
            app.fleet.write_heard_now().await;
            // It says nothing of its health.
            let running =
                agents().await.items("status").into_iter().filter(|status| status == "running").count();
            assert_eq!(running, 1);
            assert_eq!(agents().await.items("id").len(), before + 1);
            drop(client);
            until("it is gone", async || app.fleet.connections().is_empty()).await;
            app.fleet.write_heard_now().await;
        }
    }
    // Two that run at once are two.
    let mut first = Client::connect(&served, &key, Machine::named("edge-1")).await;
    first.hello().await;
    let mut second = Client::connect(&served, &key, Machine::named("edge-1")).await;
    second.hello().await;
    assert_eq!(agents().await.items("id").len(), 3);
    assert_eq!(app.owner().get("/v1/nodes").await.expect(200).items("id").len(), 2);
}

#[tokio::test]
async fn a_refused_third_party_client_gets_a_permanent_error() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.key(&["agents.create", "nodes.create"], json!({})).await;
    let (narrow, _) = app.key(&["agents.create"], json!({})).await;
    let mut client = Client::connect(&served, &key, Machine::named("edge-1")).await;
    let known = client.full();
    let mut without_host = client.full();
    let description = without_host.agent_description.as_mut().unwrap();
    description.non_identifying_attributes.retain(|pair| !pair.key.starts_with("host."));
    assert_eq!(poll(&app, &narrow, &[PROTOBUF], known.encode_to_vec()).await.0, 403);
    assert_eq!(poll(&app, &key, &[PROTOBUF], without_host.encode_to_vec()).await.0, 400);
    let reply = client.ask(without_host).await;
    assert!(said(&reply).1.contains("`host.name` or `host.id`"), "{reply:?}");
    assert_eq!(client.hung_up().await, Some(CloseCode::Policy));
    assert_eq!(app.owner().get("/v1/nodes").await.expect(200).items("id").len(), 0);
    // A root key names the organization in the query, or in a header.
    let scopes = ["agents.create", "nodes.create"].map(str::to_owned);
    let root = app.root_key(&scopes, json!({})).await;
    assert_eq!(poll(&app, &root, &[PROTOBUF], known.encode_to_vec()).await.0, 400);
    let header = ("x-organization", "default");
    assert_eq!(poll(&app, &root, &[PROTOBUF, header], known.encode_to_vec()).await.0, 200);
}
