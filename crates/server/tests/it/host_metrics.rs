//! Agents report the metrics of their hosts.

use std::sync::Arc;

use bailiwick_domain::key::{KeyKind, KeyText, Peppers};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::Metric;
use bailiwick_domain::observations::value::Value as Observed;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_fleet::{Connection, HostReading, HostReadings};
use bailiwick_link::custom::Custom;
use bailiwick_link::observations::{Batch, Reading, Readings, Stored, Value};
use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use prost::Message as _;
use uuid::Uuid;

use crate::app::TestApp;
use crate::client::{Client, PROTOBUF, enrolled, node, poll, until};
use crate::replicas::database;

/// Does the same on SQLite and on PostgreSQL.
async fn on_both(name: &str, body: impl AsyncFn(TestApp)) {
    body(TestApp::new().await).await;
    if let Some(url) = database(name).await {
        let url: DatabaseUrl = url.parse().unwrap();
        let store = Store::connect(&url, 4).await.unwrap();
        body(TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await).await;
    }
}

/// A minute before the time of the tests.
fn at(minute: i64) -> Timestamp {
    "2029-12-31T12:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(60 * minute)
}

fn reading(key: &str, value: Value) -> Reading {
    Reading { key: key.into(), unit: "s".into(), value: Some(value) }
}

/// A batch of each minute, whose number is that of the minute.
fn batches(minutes: impl IntoIterator<Item = u64>) -> Readings {
    let batch = |minute: u64| Batch {
        sequence: minute,
        at: at(minute as i64).as_micros(),
        readings: vec![
            reading("system.cpu.load_average.1m", Value::Quantity(minute as f64 / 4.0)),
            reading("system.network.io.receive:eth0", Value::Count(minute as i64)),
        ],
    };
    Readings { buffer: 77, batches: minutes.into_iter().map(batch).collect() }
}

fn message(client: &mut Client, readings: &Readings) -> AgentToServer {
    AgentToServer { custom_message: Some(Custom::Observations.tell_server(readings)), ..client.next() }
}

fn stored(message: &ServerToAgent) -> Option<Stored> {
    let custom = message.custom_message.as_ref()?;
    assert_eq!(Custom::of_server(custom), Some(Custom::Observations));
    Some(Stored::decode(custom.data.as_slice()).unwrap())
}

/// Sends readings, and waits until they are acknowledged.
async fn send(client: &mut Client, readings: &Readings) -> Stored {
    let message = message(client, readings);
    client.send(message).await;
    loop {
        if let Some(stored) = stored(&client.hear().await) {
            return stored;
        }
    }
}

async fn observed(app: &TestApp, metric: &str) -> Vec<serde_json::Value> {
    let path = format!("/v1/observations?metrics={metric}&limit=1000");
    app.owner().get(&path).await.expect(200).items("value")
}

#[tokio::test]
async fn readings_of_an_agent_are_stored_once_and_acknowledged() {
    on_both("host_metrics", async |app: TestApp| {
        let (served, machine) = enrolled(&app, "db-1").await;
        let mut client = Client::connected(&served, &machine).await;
        let acknowledged = send(&mut client, &batches(1..=3)).await;
        assert_eq!(acknowledged, Stored { buffer: 77, sequence: 3 });
        assert_eq!(observed(&app, "system.cpu.load_average.1m").await, [0.25, 0.5, 0.75]);
        assert_eq!(observed(&app, "system.network.io.receive:eth0").await, [1, 2, 3]);
        let series = app.owner().get("/v1/series?kind=count").await.expect(200);
        assert_eq!(series.body["items"][0]["unit"], "s");

        // The acknowledgement was lost, so it sends them again, with others.
        drop(client);
        let mut client = Client::connected(&served, &machine).await;
        assert_eq!(send(&mut client, &batches(2..=5)).await.sequence, 5);
        assert_eq!(send(&mut client, &batches(1..=5)).await.sequence, 5);
        assert_eq!(observed(&app, "system.network.io.receive:eth0").await, [1, 2, 3, 4, 5]);

        // It is not counted for the audit trail, which has an entry for each source and hour.
        let later = app.control.now().plus_seconds(7_200);
        assert_eq!(app.control.observations().receipts(later, 10).await.unwrap(), []);
        // Nothing has to be summed again because of it.
        let node = node(&app, "db-1").await["id"].as_str().unwrap().parse().unwrap();
        let organization = machine_organization(&app).await;
        let outdated = app.control.observations().dirty(organization, Some(&[node]), 10).await.unwrap();
        assert_eq!(outdated, []);
    })
    .await;
}

async fn machine_organization(app: &TestApp) -> bailiwick_domain::id::OrganizationId {
    let whoami = app.owner().get("/v1/whoami").await.expect(200).body;
    whoami["organization"]["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn an_agent_writes_only_metrics_of_its_own_host() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connected(&served, &machine).await;
    let batch = Batch {
        sequence: 9,
        at: at(0).as_micros(),
        readings: vec![
            reading("execution", Value::Quantity(1.0)),
            reading("part_count", Value::Count(1)),
            reading("bailiwick.agent.batches_dropped", Value::Count(0)),
            reading("system.uptime", Value::Quantity(7.5)),
            reading("no key", Value::Count(1)),
        ],
    };
    // What is left out is acknowledged too: sent again, it would be left out again.
    let sent = send(&mut client, &Readings { buffer: 1, batches: vec![batch] }).await;
    assert_eq!(sent, Stored { buffer: 1, sequence: 9 });
    let series = app.owner().get("/v1/series").await.expect(200);
    assert_eq!(series.items("metric"), ["bailiwick.agent.batches_dropped", "system.uptime"]);
    let id = node(&app, "db-1").await["id"].clone();
    assert_eq!(series.items("node_id"), [id.clone(), id]);
}

#[tokio::test]
async fn readings_that_are_refused_for_good_do_not_block_those_that_follow() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let mut client = Client::connected(&served, &machine).await;
    send(&mut client, &batches(1..=1)).await;
    let mut other = batches(1..=3);
    // Another value at the same time, another kind, and a time in the far future.
    other.batches[0].readings[1].value = Some(Value::Count(99));
    other.batches[1].readings[0].value = Some(Value::Count(1));
    other.batches[2].at = app.control.now().plus_seconds(7_200).as_micros();
    assert_eq!(send(&mut client, &other).await.sequence, 3);
    assert_eq!(observed(&app, "system.network.io.receive:eth0").await, [1, 2]);
    assert_eq!(observed(&app, "system.cpu.load_average.1m").await, [0.25]);
    assert_eq!(send(&mut client, &batches(4..=4)).await.sequence, 4);
    assert_eq!(observed(&app, "system.network.io.receive:eth0").await, [1, 2, 4]);
}

#[tokio::test]
async fn a_client_that_polls_is_answered_when_its_readings_are_stored() {
    let app = TestApp::new().await;
    let (served, machine) = enrolled(&app, "db-1").await;
    let key = machine.key.clone().unwrap();
    // The words are those of a client at a socket; only they travel otherwise.
    let mut client = Client::connect(&served, &key, machine).await;
    let hello = client.full();
    poll(&app, &key, &[PROTOBUF], hello.encode_to_vec()).await;
    let readings = message(&mut client, &batches(1..=3));
    let (status, reply) = poll(&app, &key, &[PROTOBUF], readings.encode_to_vec()).await;
    assert_eq!(status, 200);
    let mut acknowledged = stored(&reply.unwrap());
    while acknowledged.is_none() {
        let beat = client.next();
        acknowledged = stored(&poll(&app, &key, &[PROTOBUF], beat.encode_to_vec()).await.1.unwrap());
    }
    assert_eq!(acknowledged, Some(Stored { buffer: 77, sequence: 3 }));
    assert_eq!(observed(&app, "system.network.io.receive:eth0").await, [1, 2, 3]);
}

#[tokio::test]
async fn readings_of_a_deleted_node_are_dropped_and_its_agent_disconnected() {
    let app = TestApp::new().await;
    let (_served, _) = enrolled(&app, "db-1").await;
    let organization = machine_organization(&app).await;
    let connection = |n: u128| {
        let id = Uuid::from_u128(n).to_string();
        let key = KeyText::mint(KeyKind::Agent, &SystemEntropy).id();
        Connection::new(id.parse().unwrap(), id.parse().unwrap(), organization, key)
    };
    let (connection, mut told) = connection(5);
    let reading = HostReading {
        metric: Metric::new("system.uptime".parse().unwrap(), Kind::Count),
        at: at(0),
        value: Observed::Count(1),
    };
    let readings = HostReadings { buffer: 1, sequence: 1, readings: vec![reading] };
    app.fleet.take_readings(&Arc::clone(&connection), readings);
    until("the agent is disconnected", async || connection.has_ended()).await;
    assert!(told.try_recv().is_err(), "readings that were not stored were acknowledged");
    assert_eq!(observed(&app, "system.uptime").await, [] as [i64; 0]);
}
