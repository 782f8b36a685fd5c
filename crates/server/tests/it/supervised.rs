//! Programs that agents keep running: what they are told, and what they tell.

use bailiwick_domain::agent::{AgentStatus, ProgramHealth, Reported};
use bailiwick_domain::key::Peppers;
use bailiwick_domain::port::Port;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_link::desired::Desired;
use bailiwick_link::health;
use bailiwick_link::opamp::{
    AgentRemoteConfig, AgentToServer, Applied, ComponentHealth, RemoteConfigStatus, ServerToAgent,
};
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Machine, Served};
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

async fn enrolled(app: &TestApp, served: &Served, name: &str) -> Machine {
    let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
    app.enrol(served, &key, Machine::named(name)).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What an answer says is to run.
#[track_caller]
fn desired(reply: &ServerToAgent) -> (Desired, &AgentRemoteConfig) {
    let config = reply.remote_config.as_ref().unwrap_or_else(|| panic!("no configuration: {reply:?}"));
    (Desired::from_remote_config(config).unwrap(), config)
}

fn applied(client: &mut Client, config: &AgentRemoteConfig) -> AgentToServer {
    let status = RemoteConfigStatus {
        last_remote_config_hash: config.config_hash.clone(),
        status: Applied::Applied.into(),
        error_message: String::new(),
    };
    AgentToServer { remote_config_status: Some(status), ..client.next() }
}

#[tokio::test]
async fn an_agent_gets_the_programs_to_keep_running() {
    on_both("desired", async |app: TestApp| {
        let served = app.serve().await;
        let machine = enrolled(&app, &served, "db-1").await;
        let (owner, key) = (app.owner(), machine.key.clone().unwrap());
        let mut client = Client::connect(&served, &key, machine.clone()).await;
        // An agent that never had a program to run gets no configuration.
        assert_eq!(client.hello().await.remote_config, None);

        let exporter = json!({
            "settings": { "username": "monitor" }, "secrets": { "password": "hunter2" },
        });
        let body = json!({
            "type": "postgresql", "name": "orders", "address": "127.0.0.1", "port": 5432, "nodes": ["db-1"],
            "database_name": "shop", "agent": exporter,
        });
        let made = owner.post("/v1/services", body).await.expect(201).body;
        let postgres = text(&made["agents"][0]["id"]);
        let first = client.hear().await;
        let (told, config) = desired(&first);
        let program = &told.programs[&postgres.parse().unwrap()];
        assert_eq!((told.programs.len(), program.kind.as_str()), (1, "postgres_exporter"));
        assert_eq!(program.secrets, [("password".to_owned(), "hunter2".to_owned())].into());
        let service = program.service.as_ref().unwrap();
        assert_eq!((service.name.as_str(), service.port), ("orders", Some(5_432)));
        assert_eq!(service.database.as_deref(), Some("shop"));
        assert!(program.nodes.is_empty());
        // Nobody else is shown it, not even in a log of messages.
        assert!(!format!("{first:?}").contains("hunter2"));
        let status = applied(&mut client, config);
        assert_eq!(client.ask(status).await.remote_config, None);

        // What does not change what runs is not told.
        let at = format!("/v1/agents/{postgres}");
        owner.patch(&at, json!({ "labels": { "env": "prod" } })).await.expect(200);
        owner.patch("/v1/services/orders", json!({ "environment": "prod" })).await.expect(200);
        let others = json!({ "type": "external_exporter", "runs_on": "db-1", "listen_port": 9999 });
        owner.post("/v1/agents", others).await.expect(201);
        let idle = json!({ "type": "node_exporter", "runs_on": "db-1", "enabled": false });
        let node = text(&owner.post("/v1/agents", idle).await.expect(201).body["id"]);
        let beat = client.next();
        assert_eq!(client.ask(beat).await.remote_config, None);

        // What does is, at once.
        owner.patch("/v1/services/orders", json!({ "port": 5433 })).await.expect(200);
        let told = desired(&client.hear().await).0;
        let port = |told: &Desired| {
            told.programs[&postgres.parse().unwrap()].service.as_ref().and_then(|service| service.port)
        };
        assert_eq!(port(&told), Some(5_433));
        // The password was not given for that port.
        assert!(told.programs[&postgres.parse().unwrap()].withheld.is_some());
        owner.patch(&at, json!({ "secrets": { "password": null } })).await.expect(200);
        let told = desired(&client.hear().await).0;
        assert!(told.programs[&postgres.parse().unwrap()].secrets.is_empty());
        owner.patch(&format!("/v1/agents/{node}"), json!({ "enabled": true })).await.expect(200);
        let reply = client.hear().await;
        let (told, config) = desired(&reply);
        assert_eq!(told.programs.len(), 2);

        // With what it has it comes back, and is told nothing; with something else it is.
        drop(client);
        let mut client = Client::connect(&served, &key, machine.clone()).await;
        let mut hello = client.full();
        hello.remote_config_status = applied(&mut client, config).remote_config_status;
        client.sequence -= 1;
        assert_eq!(client.ask(hello).await.remote_config, None);
        drop(client);
        let mut client = Client::connected(&served, &machine).await;
        let older = AgentRemoteConfig { config_hash: vec![7; 32], ..AgentRemoteConfig::default() };
        let status = applied(&mut client, &older);
        let reply = client.ask(status).await;
        assert_eq!(desired(&reply).1.config_hash, config.config_hash);
        // An agent that keeps reporting the old configuration does not get the new one endlessly.
        let status = applied(&mut client, &older);
        assert_eq!(client.ask(status).await.remote_config, None);

        // A port that is entered is told.
        owner.patch(&format!("/v1/agents/{node}"), json!({ "listen_port": 9100 })).await.expect(200);
        let told = desired(&client.hear().await).0;
        assert_eq!(told.programs[&node.parse().unwrap()].listen_port, Some(9_100));
        assert_eq!(told.programs[&postgres.parse().unwrap()].listen_port, None);

        // The service goes, and with it its exporter; then the other is disabled.
        owner.delete("/v1/services/orders?force=true").await.expect(200);
        assert_eq!(desired(&client.hear().await).0.programs.len(), 1);
        owner.patch(&format!("/v1/agents/{node}"), json!({ "enabled": false })).await.expect(200);
        assert!(desired(&client.hear().await).0.programs.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_rds_exporter_is_sent_with_the_nodes_it_observes() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let machine = enrolled(&app, &served, "db-1").await;
    let owner = app.owner();
    let rds = json!({ "type": "remote_rds", "name": "rds", "address": "orders-1", "region": "eu-west-1" });
    owner.post("/v1/nodes", rds).await.expect(201);
    let exporter = json!({
        "type": "rds_exporter", "runs_on": "db-1", "observes": { "nodes": ["rds"] },
        "settings": { "aws_access_key": "AK" }, "secrets": { "aws_secret_key": "SK" },
    });
    owner.post("/v1/agents", exporter).await.expect(201);
    let mut client = Client::connect(&served, machine.key.as_ref().unwrap(), machine.clone()).await;
    let watched = |reply: &ServerToAgent| {
        let program = desired(reply).0.programs.into_values().next().unwrap();
        program
            .nodes
            .into_iter()
            .map(|node| (node.address.unwrap(), node.region.unwrap()))
            .collect::<Vec<_>>()
    };
    let pair = |instance: &str| vec![(instance.to_owned(), "eu-west-1".to_owned())];
    assert_eq!(watched(&client.hello().await), pair("orders-1"));
    owner.patch("/v1/nodes/rds", json!({ "address": "orders-2" })).await.expect(200);
    assert_eq!(watched(&client.hear().await), pair("orders-2"));
    owner.delete("/v1/nodes/rds?force=true").await.expect(200);
    assert!(desired(&client.hear().await).0.programs.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_at_another_server_gets_its_programs() {
    let Some(url) = database("desired_elsewhere").await else { return };
    let url: DatabaseUrl = url.parse().unwrap();
    let peppers = Peppers::generate(&SystemEntropy);
    let store = async || Store::connect(&url, 4).await.unwrap();
    let one = TestApp::on(store().await, peppers.clone(), &Config::default()).await;
    let two = TestApp::on(store().await, peppers, &Config::default()).await;
    let (served, _other) = (two.serve().await, one.serve().await);
    let (key, _) = one.enrolment_key(json!({ "uses": 1 })).await;
    crate::client::until("the key is known there", async || {
        two.with_key(&key).get("/v1/nodes").await.status == 403
    })
    .await;
    let machine = two.enrol(&served, &key, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    let exporter = json!({ "type": "node_exporter", "runs_on": "db-1" });
    one.owner().post("/v1/agents", exporter).await.expect(201);
    assert_eq!(desired(&client.hear().await).0.programs.len(), 1);
}

fn health_of(status: AgentStatus, app: &TestApp) -> ProgramHealth {
    ProgramHealth {
        status,
        since: bailiwick_domain::time::Timestamp::from_micros(
            i64::try_from(app.seconds()).unwrap() * 1_000_000,
        ),
        started_at: None,
        listen_port: Port::try_from(42_000).ok(),
        reported: Reported { version: Some("1.5.0".into()), last_error: None },
        log: vec!["one".into(), "two".into(), "three".into()],
    }
}

fn health_message(client: &mut Client, programs: &[(&str, ProgramHealth)]) -> AgentToServer {
    let parts = programs.iter().map(|(id, program)| ((*id).to_owned(), health::component(program.clone())));
    let health = ComponentHealth {
        healthy: true,
        start_time_unix_nano: 1,
        component_health_map: parts.collect(),
        ..ComponentHealth::default()
    };
    AgentToServer { health: Some(health), ..client.next() }
}

#[tokio::test]
async fn the_reported_health_of_programs_is_shown() {
    on_both("program_health", async |app: TestApp| {
        let served = app.serve().await;
        let machine = enrolled(&app, &served, "db-1").await;
        let elsewhere = enrolled(&app, &served, "db-2").await;
        let owner = app.owner();
        let make = async |node: &str| {
            let body = json!({ "type": "node_exporter", "runs_on": node });
            text(&owner.post("/v1/agents", body).await.expect(201).body["id"])
        };
        let (ours, theirs) = (make("db-1").await, make("db-2").await);
        let external = json!({ "type": "external_exporter", "runs_on": "db-1", "listen_port": 1 });
        let external = text(&owner.post("/v1/agents", external).await.expect(201).body["id"]);
        let show = async |id: &str| {
            app.fleet.write_heard_now().await;
            owner.get(&format!("/v1/agents/{id}")).await.expect(200).body
        };
        let fresh = show(&ours).await;
        assert_eq!((&fresh["status"], &fresh["listen_port"]), (&json!("unknown"), &Value::Null));
        assert_eq!(fresh["reported"], json!({ "version": null, "last_error": null }));

        let mut client = Client::connected(&served, &machine).await;
        let _other = Client::connected(&served, &elsewhere).await.idle();
        app.advance(5);
        let running = health_of(AgentStatus::Running, &app);
        app.advance(60);
        let all = [(ours.as_str(), running.clone()), (theirs.as_str(), running.clone())];
        let told = health_message(&mut client, &[all.clone().to_vec(), vec![(&external, running)]].concat());
        client.ask(told).await;
        let shown = show(&ours).await;
        assert_eq!((&shown["status"], &shown["listen_port"]), (&json!("running"), &json!(42_000)));
        assert_eq!(shown["status_since"], "2030-01-01T00:00:05Z");
        assert_eq!(shown["reported"], json!({ "version": "1.5.0", "last_error": null }));
        // It is no edit.
        assert_eq!((&shown["revision"], &shown["updated_at"]), (&fresh["revision"], &fresh["updated_at"]));
        // Of others it may tell nothing.
        assert_eq!(show(&theirs).await["status"], "unknown");
        assert_eq!(
            (&show(&external).await["status"], &show(&external).await["listen_port"]),
            (&json!("unknown"), &json!(1))
        );

        let logs = async |query: &str| owner.get(&format!("/v1/agents/{ours}/logs{query}")).await;
        assert_eq!(logs("").await.expect(200).body["lines"], json!(["one", "two", "three"]));
        assert_eq!(logs("?limit=2").await.expect(200).body["lines"], json!(["two", "three"]));
        assert!(logs("?limit=0").await.problem(400, "invalid").field("limit").contains("from 1 to 100"));
        assert_eq!(
            owner.get(&format!("/v1/agents/{theirs}/logs")).await.expect(200).body["lines"],
            json!([])
        );

        // An edit that began before leaves what was told meanwhile.
        let edited =
            owner.patch(&format!("/v1/agents/{ours}"), json!({ "labels": { "a": "b" } })).await.expect(200);
        assert_eq!(
            (&edited.body["status"], &edited.body["listen_port"]),
            (&json!("running"), &json!(42_000))
        );

        // A failure, with its time in the future: its clock is ahead.
        let mut waiting = health_of(AgentStatus::Waiting, &app);
        waiting.since = waiting.since.plus_seconds(3_600);
        waiting.reported.last_error = Some("exited with code 1: boom".into());
        let told = health_message(&mut client, &[(&ours, waiting)]);
        client.ask(told).await;
        let shown = show(&ours).await;
        assert_eq!(
            (&shown["status"], &shown["status_since"]),
            (&json!("waiting"), &json!("2030-01-01T00:01:05Z"))
        );
        assert_eq!(shown["reported"]["last_error"], "exited with code 1: boom");

        // It tells of all that it keeps, and this is no more among it.
        let told = health_message(&mut client, &[]);
        client.ask(told).await;
        assert_eq!(show(&ours).await["status"], "unknown");
        let running = health_of(AgentStatus::Running, &app);
        let told = health_message(&mut client, &[(&ours, running.clone())]);
        client.ask(told).await;
        owner.patch(&format!("/v1/agents/{ours}"), json!({ "enabled": false })).await.expect(200);
        assert!(desired(&client.hear().await).0.programs.is_empty());
        let told = health_message(&mut client, &[]);
        client.ask(told).await;
        assert_eq!(show(&ours).await["status"], "done");

        // The agent that could report is gone.
        owner.patch(&format!("/v1/agents/{ours}"), json!({ "enabled": true })).await.expect(200);
        assert_eq!(desired(&client.hear().await).0.programs.len(), 1);
        let told = health_message(&mut client, &[(&ours, running)]);
        client.ask(told).await;
        assert_eq!(show(&ours).await["status"], "running");
        app.advance(299);
        assert_eq!(show(&ours).await["status"], "running");
        app.advance(1);
        let shown = show(&ours).await;
        assert_eq!(
            (&shown["status"], &shown["status_since"]),
            (&json!("unknown"), &json!("2030-01-01T00:06:05Z"))
        );
        let listed = owner.get("/v1/agents?type=node_exporter").await.expect(200);
        assert_eq!(listed.items("status"), [json!("unknown"), json!("unknown")]);
        let beat = client.next();
        client.ask(beat).await;
        assert_eq!(show(&ours).await["status"], "running");
    })
    .await;
}
