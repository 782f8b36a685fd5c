//! A secret of an agent is sent where it was given for, and nowhere else, whatever is changed.

use bailiwick_domain::agent::SecretName;
use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_link::desired::{Desired, Program};
use bailiwick_server::config::Config;
use bailiwick_store::agent_secrets::AgentSecret;
use bailiwick_store::{DatabaseUrl, Store};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Machine};
use crate::probes::{Exporter, exporter, exporter_at, prober};
use crate::replicas::database;

/// mon:hunter2
const CREDENTIAL: &str = "Basic bW9uOmh1bnRlcjI=";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// An exporter that is started elsewhere, at one address, and a stranger at another with the same port.
struct Elsewhere {
    app: TestApp,
    own: Exporter,
    stranger: Exporter,
    agent: String,
}

impl Elsewhere {
    async fn new(app: TestApp) -> Self {
        let own = exporter().await;
        let stranger = exporter_at(&format!("127.0.0.2:{}", own.port)).await;
        app.node(json!({ "name": "web-1", "address": "127.0.0.1" })).await;
        let body = json!({
            "type": "external_exporter", "runs_on": "web-1", "listen_port": own.port,
            "settings": { "username": "mon" }, "secrets": { "password": "hunter2" },
        });
        let made = app.owner().post("/v1/agents", body).await.expect(201);
        let this = Self { agent: text(&made.body["id"]), app, own, stranger };
        this.asks_its_own("at first").await;
        this
    }

    fn path(&self) -> String {
        format!("/v1/agents/{}", self.agent)
    }

    /// Asks once more; the requests that came, to its own and to the stranger.
    async fn ask(&self) -> (Vec<String>, Vec<String>) {
        self.own.asked.lock().unwrap().clear();
        self.stranger.asked.lock().unwrap().clear();
        self.app.advance(60);
        prober(true).ask_due(&self.app.fleet).await.unwrap();
        (self.own.asked.lock().unwrap().clone(), self.stranger.asked.lock().unwrap().clone())
    }

    async fn asks_its_own(&self, what: &str) {
        let (own, stranger) = self.ask().await;
        assert!(own.len() == 1 && own[0].contains(CREDENTIAL), "{what}: {own:?}");
        assert!(stranger.is_empty(), "{what}: {stranger:?}");
        let shown = self.app.owner().get(&self.path()).await.expect(200).body;
        assert_eq!(shown["status"], "running", "{what}: {shown}");
    }

    /// Nothing is asked anywhere, and why is said.
    async fn withholds(&self, what: &str) {
        assert_eq!(self.ask().await, (vec![], vec![]), "{what}");
        let shown = self.app.owner().get(&self.path()).await.expect(200).body;
        let said = shown["reported"]["last_error"].as_str().unwrap();
        assert_eq!(shown["status"], "waiting", "{what}");
        // A caller who sees the agent may not be allowed to see its destination.
        assert!(
            said.starts_with("the secret password is withheld: its destination changed since it was set")
        );
        assert!(said.ends_with("; set the secret again") && !said.contains("hunter2"), "{what}: {said}");
    }

    async fn import(&self, noun: &str, line: Value) {
        let body = json!({ "format": "jsonl", "data": line.to_string(), "existing": "update" });
        let done = self.app.owner().post(&format!("/v1/{noun}/import"), body).await.expect(200);
        assert_eq!(done.body["updated"], 1, "{done:?}");
    }

    async fn patch(&self, path: &str, body: Value) {
        self.app.owner().patch(path, body).await.expect(200);
    }
}

/// Does the same on SQLite and on PostgreSQL.
async fn on_both(name: &str, body: impl AsyncFn(TestApp)) {
    body(TestApp::new().await).await;
    if let Some(url) = database(name).await {
        let url: DatabaseUrl = url.parse().unwrap();
        let store = Store::connect(&url, 4).await.unwrap();
        body(TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await).await;
    }
}

#[tokio::test]
async fn a_password_is_withheld_when_the_exporter_address_changes() {
    on_both("secret_exporter", async |app: TestApp| {
        let at = Elsewhere::new(app).await;
        let path = at.path();
        let again = json!({ "secrets": { "password": "hunter2" } });
        let port = at.own.port;

        // Each change, and what undoes it. Setting the secret again binds it to the new destination.
        let node = |address: &str| json!({ "address": address });
        at.patch("/v1/nodes/web-1", node("127.0.0.2")).await;
        at.withholds("another address of the node").await;
        at.patch(&path, json!({ "labels": { "a": "b" }, "description": "x" })).await;
        at.withholds("an edit that names no secret").await;
        at.patch("/v1/nodes/web-1", node("127.0.0.1")).await;
        at.asks_its_own("the address is what it was").await;

        let line = |address: &str| json!({ "type": "generic", "name": "web-1", "address": address });
        at.import("nodes", line("127.0.0.2")).await;
        at.withholds("an import of nodes").await;
        at.import("nodes", line("127.0.0.1")).await;
        at.asks_its_own("an import back").await;

        for (settings, back) in [
            (json!({ "scheme": "https" }), json!({ "scheme": "http" })),
            (json!({ "metrics_path": "/other" }), json!({ "metrics_path": "/metrics" })),
        ] {
            at.patch(&path, json!({ "settings": settings })).await;
            at.withholds(&settings.to_string()).await;
            at.patch(&path, json!({ "settings": back })).await;
            at.asks_its_own(&back.to_string()).await;
        }
        at.patch(&path, json!({ "listen_port": at.stranger.port ^ 1 })).await;
        at.withholds("another port").await;
        at.import("agents", json!({ "id": at.agent, "type": "external_exporter", "listen_port": port }))
            .await;
        at.asks_its_own("an import of agents back").await;
        let settings = json!({ "scheme": "https", "username": "mon" });
        at.import("agents", json!({ "id": at.agent, "type": "external_exporter", "settings": settings }))
            .await;
        at.withholds("an import of agents").await;
        at.patch(&path, json!({ "settings": { "scheme": "http" } })).await;

        // None of these changes where it goes.
        let site = at.app.owner().post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201);
        at.patch("/v1/nodes/web-1", json!({ "site": site.body["id"], "name": "web-2" })).await;
        at.asks_its_own("another site and name").await;
        at.patch(&path, json!({ "settings": { "tls_skip_verify": true } })).await;
        at.asks_its_own("nobody is verified without TLS").await;
        at.patch(&path, json!({ "enabled": false })).await;
        at.patch(&path, json!({ "enabled": true })).await;
        at.asks_its_own("off and on").await;

        // With the secret set again it goes to the new place, and no longer to the old one.
        at.patch("/v1/nodes/web-2", node("127.0.0.2")).await;
        at.withholds("the address once more").await;
        at.patch(&path, again.clone()).await;
        let (own, stranger) = at.ask().await;
        assert!(own.is_empty() && stranger.len() == 1 && stranger[0].contains(CREDENTIAL));
        at.patch("/v1/nodes/web-2", node("127.0.0.1")).await;
        assert_eq!(at.ask().await, (vec![], vec![]));
        // In one edit with what changes it, as well.
        at.patch("/v1/nodes/web-2", node("127.0.0.2")).await;
        let both = json!({ "settings": { "metrics_path": "/own" }, "secrets": { "password": "hunter2" } });
        at.patch(&path, both).await;
        let (_, stranger) = at.ask().await;
        assert!(stranger[0].starts_with("GET /own ") && stranger[0].contains(CREDENTIAL));

        // A node and a row that are made anew under the same names have no secret.
        at.app.owner().delete("/v1/nodes/web-2?force=true").await.expect(200);
        at.app.node(json!({ "name": "web-2", "address": "127.0.0.2" })).await;
        let body = json!({
            "type": "external_exporter", "runs_on": "web-2", "listen_port": port,
            "settings": { "username": "mon" },
        });
        at.app.owner().post("/v1/agents", body).await.expect(201);
        let (_, stranger) = at.ask().await;
        assert!(stranger.len() == 1 && !stranger[0].contains("hunter2") && !stranger[0].contains(CREDENTIAL));
    })
    .await;
}

#[tokio::test]
async fn a_secret_set_before_there_is_an_address_is_withheld() {
    let app = TestApp::new().await;
    let own = exporter().await;
    app.owner().post("/v1/nodes", json!({ "type": "machine_tool", "name": "later" })).await.expect(201);
    let body = json!({
        "type": "external_exporter", "runs_on": "later", "listen_port": own.port,
        "settings": { "username": "mon" }, "secrets": { "password": "hunter2" },
    });
    let made = app.owner().post("/v1/agents", body).await.expect(201);
    app.owner().patch("/v1/nodes/later", json!({ "address": "127.0.0.1" })).await.expect(200);
    prober(true).ask_due(&app.fleet).await.unwrap();
    assert!(own.asked.lock().unwrap().is_empty());
    let shown = app.owner().get(&format!("/v1/agents/{}", text(&made.body["id"]))).await.expect(200).body;
    let said = text(&shown["reported"]["last_error"]);
    assert!(said.contains("its destination changed since it was set"), "{said}");
}

/// The one program that an agent is told to keep running, if that is not what it was told last: it may be told the same
/// twice.
async fn told(client: &mut Client, last: &mut Option<Program>) -> Program {
    loop {
        let reply = client.hear().await;
        let desired = Desired::from_remote_config(reply.remote_config.as_ref().unwrap()).unwrap();
        let program = desired.programs.into_values().next().unwrap();
        if last.as_ref() != Some(&program) {
            *last = Some(program.clone());
            return program;
        }
    }
}

#[track_caller]
fn withheld(program: &Program, what: &str) {
    assert!(program.secrets.is_empty(), "{what}: {program:?}");
    let why = program.withheld.as_deref().unwrap_or_else(|| panic!("{what}: sent without secrets"));
    assert!(why.contains("is withheld: its destination changed since it was set"), "{what}: {why}");
    assert!(why.ends_with("; set the secret again") && !why.contains("hunter2"), "{what}: {why}");
}

/// Waits until the password is sent. Until then, the program may still be told without it.
async fn sent(client: &mut Client, last: &mut Option<Program>, what: &str) {
    let mut program = told(client, last).await;
    while program.withheld.is_some() {
        program = told(client, last).await;
    }
    assert_eq!(program.secrets["password"].as_str(), "hunter2", "{what}");
}

#[tokio::test]
async fn a_password_is_withheld_when_the_database_address_changes() {
    on_both("secret_database", async |app: TestApp| {
        let served = app.serve().await;
        let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
        let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
        let mut client = Client::connected(&served, &machine).await;
        let mut last = None;
        let owner = app.owner();
        let service = json!({
            "type": "postgresql", "name": "orders", "address": "127.0.0.1", "port": 5432, "nodes": ["db-1"],
            "agent": {
                "settings": { "username": "mon" },
                "secrets": { "password": "hunter2", "agent_password": "of the metrics" },
            },
        });
        let made = owner.post("/v1/services", service).await.expect(201).body;
        let agent = text(&made["agents"][0]["id"]);
        let path = format!("/v1/agents/{agent}");
        sent(&mut client, &mut last, "the first configuration").await;

        // Each change with what takes it back.
        let service = "/v1/services/orders";
        let changes = [
            (service, json!({ "address": "203.0.113.66" }), json!({ "address": "127.0.0.1" })),
            (service, json!({ "port": 5433 }), json!({ "port": 5432 })),
            (
                service,
                json!({ "address": null, "port": null, "socket": "/run/pg" }),
                json!({ "address": "127.0.0.1", "port": 5432, "socket": null }),
            ),
            (path.as_str(), json!({ "settings": { "tls": true } }), json!({ "settings": { "tls": null } })),
        ];
        for (at, there, back) in changes {
            owner.patch(at, there.clone()).await.expect(200);
            withheld(&told(&mut client, &mut last).await, &there.to_string());
            owner.patch(at, back.clone()).await.expect(200);
            sent(&mut client, &mut last, &back.to_string()).await;
        }
        // With TLS from the start: weaker verification, and another authority.
        let tls = json!({ "settings": { "tls": true }, "secrets": { "password": "hunter2" } });
        owner.patch(&path, tls).await.expect(200);
        sent(&mut client, &mut last, "with TLS").await;
        let authority = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";
        for weaker in [json!({ "tls_skip_verify": true }), json!({ "tls_ca": authority })] {
            owner.patch(&path, json!({ "settings": weaker })).await.expect(200);
            withheld(&told(&mut client, &mut last).await, &weaker.to_string());
            let name = weaker.as_object().unwrap().keys().next().unwrap().clone();
            owner.patch(&path, json!({ "settings": { name: null } })).await.expect(200);
            sent(&mut client, &mut last, "as before").await;
        }
        // The user and the database are not where it goes.
        owner.patch(&path, json!({ "settings": { "username": "other" } })).await.expect(200);
        sent(&mut client, &mut last, "another user").await;
        owner.patch(service, json!({ "database_name": "shop" })).await.expect(200);
        sent(&mut client, &mut last, "another database of the same server").await;

        // An import of services, and of agents that makes it watch another one.
        let import = async |noun: &str, line: Value| {
            let body = json!({ "format": "jsonl", "data": line.to_string(), "existing": "update" });
            owner.post(&format!("/v1/{noun}/import"), body).await.expect(200);
        };
        let line = |address: &str| {
            json!({ "type": "postgresql", "name": "orders", "address": address, "port": 5432, "nodes": ["db-1"] })
        };
        import("services", line("203.0.113.66")).await;
        withheld(&told(&mut client, &mut last).await, "an import of services");
        import("services", line("127.0.0.1")).await;
        sent(&mut client, &mut last, "an import back").await;
        // Ids are in the order of their creation.
        app.advance(1);
        let other = json!({ "type": "postgresql", "name": "other", "address": "203.0.113.66", "port": 5432 });
        owner.post("/v1/services", other).await.expect(201);
        let watches = |service: &str| {
            json!({ "id": agent, "type": "postgres_exporter", "observes": { "services": [service] } })
        };
        import("agents", watches("other")).await;
        withheld(&told(&mut client, &mut last).await, "an import of agents");
        owner.patch(&path, json!({ "observes": { "services": ["orders", "other"] } })).await.expect(200);
        sent(&mut client, &mut last, "two services, of which the first is the destination").await;
        owner.delete("/v1/services/orders?force=true").await.expect(200);
        withheld(&told(&mut client, &mut last).await, "the first service was removed");

        // A caller who may set secrets sets it again; if there are several secrets, all of them.
        owner.patch(&path, json!({ "secrets": { "password": "hunter2" } })).await.expect(200);
        sent(&mut client, &mut last, "set again").await;
        let program = last.unwrap();
        assert_eq!(program.secrets["agent_password"], "of the metrics");
        assert_eq!(program.service.unwrap().address.as_deref(), Some("203.0.113.66"));
    })
    .await;
}

#[tokio::test]
async fn a_secret_set_through_an_adapter_is_bound_to_its_destination() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (key, _) = app.enrolment_key(json!({ "uses": 1 })).await;
    let machine = app.enrol(&served, &key, Machine::named("db-1")).await;
    let mut client = Client::connected(&served, &machine).await;
    let mut last = None;
    let owner = app.owner();
    let service = json!({
        "type": "mysql", "name": "orders", "address": "127.0.0.1", "port": 3306, "nodes": ["db-1"],
    });
    let service = text(&owner.post("/v1/services", service).await.expect(201).body["id"]);
    let ours = owner.get("/v1/agents?type=bailiwick_agent").await.expect(200).body["items"][0]["id"].clone();
    let body = json!({ "mysqld_exporter": {
        "pmm_agent_id": ours, "service_id": service, "username": "mon", "password": "hunter2",
    } });
    owner.post("/v1/inventory/agents", body).await.expect(200);
    sent(&mut client, &mut last, "the first configuration").await;
    owner.patch("/v1/services/orders", json!({ "address": "203.0.113.66" })).await.expect(200);
    withheld(&told(&mut client, &mut last).await, "the service was moved");
}

#[tokio::test]
async fn old_secrets_are_bound_to_their_destination_at_the_first_start() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let store = async || Store::connect(&url, 2).await.unwrap();
    let peppers = Peppers::generate(&SystemEntropy);
    let at = Elsewhere::new(TestApp::on(store().await, peppers.clone(), &Config::default()).await).await;
    // As a server of before has written it.
    let agent = at.agent.parse().unwrap();
    let place = format!("agent/{}/password", at.agent);
    let sealed = peppers.seal(&place, b"hunter2", &SystemEntropy).unwrap();
    let name = SecretName::parse("password").unwrap();
    let mut tx = at.app.control.store().begin().await.unwrap();
    tx.set_agent_secrets(&[AgentSecret { agent, name, destination: None, sealed }]).await.unwrap();
    tx.commit().await.unwrap();
    // Where such a server still runs beside this one, it is sent nowhere.
    assert_eq!(at.ask().await, (vec![], vec![]));
    let shown = at.app.owner().get(&at.path()).await.expect(200).body;
    let said = text(&shown["reported"]["last_error"]);
    assert!(
        said.starts_with("the secret password is withheld: the destination that it was given for is unknown"),
        "{said}"
    );

    let _started = TestApp::on(store().await, peppers, &Config::default()).await;
    at.asks_its_own("after the start").await;
    at.patch("/v1/nodes/web-1", json!({ "address": "127.0.0.2" })).await;
    at.withholds("after that").await;
}
