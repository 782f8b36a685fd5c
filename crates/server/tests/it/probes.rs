//! Exporters that are started elsewhere, asked by the server over real sockets.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::sync::{Arc, Mutex};

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_server::config::{Config, Probes};
use bailiwick_server::probe::Prober;
use bailiwick_store::{DatabaseUrl, Store};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::app::TestApp;
use crate::replicas::database;

/// An exporter that answers what it is set to, and remembers what it was asked.
#[derive(Clone)]
pub(crate) struct Exporter {
    pub(crate) port: u16,
    answer: Arc<Mutex<&'static str>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

const METRICS: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nup 1\n";

pub(crate) async fn exporter() -> Exporter {
    exporter_at("127.0.0.1:0").await
}

pub(crate) async fn exporter_at(address: &str) -> Exporter {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let exporter = Exporter { port, answer: Arc::new(Mutex::new(METRICS)), asked: Arc::default() };
    let this = exporter.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4_096];
            let read = stream.read(&mut request).await.unwrap();
            this.asked.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).into_owned());
            let answer = *this.answer.lock().unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    exporter
}

pub(crate) fn prober(allow_loopback: bool) -> Prober {
    Prober::new(&Probes { allow_loopback, ..Probes::default() }).unwrap()
}

async fn row(app: &TestApp, node: &str, port: u16, more: Value) -> String {
    let mut body = json!({ "type": "external_exporter", "runs_on": node, "listen_port": port });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = app.owner().post("/v1/agents", body).await.expect(201);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn asks(app: TestApp) {
    let at_home = prober(true);
    let exporter = exporter().await;
    app.node(json!({ "name": "web-1", "address": "localhost" })).await;
    let more = json!({
        "settings": { "username": "ada", "metrics_path": "/own" }, "secrets": { "password": "hunter2" },
    });
    let id = row(&app, "web-1", exporter.port, more).await;
    let path = format!("/v1/agents/{id}");
    let show = async || app.owner().get(&path).await.expect(200).body;
    at_home.ask_due(&app.fleet).await.unwrap();
    let shown = show().await;
    assert_eq!((&shown["status"], &shown["revision"]), (&json!("running"), &json!(1)));
    let asked = exporter.asked.lock().unwrap().clone();
    assert!(asked.len() == 1 && asked[0].starts_with("GET /own HTTP/1.1\r\n"), "{asked:?}");
    // ada:hunter2
    assert!(asked[0].contains("Basic YWRhOmh1bnRlcjI="), "{asked:?}");

    // Not before its time; then what it answers is told, with the time.
    *exporter.answer.lock().unwrap() = "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n";
    app.advance(29);
    at_home.ask_due(&app.fleet).await.unwrap();
    assert_eq!(exporter.asked.lock().unwrap().len(), 1);
    app.advance(1);
    at_home.ask_due(&app.fleet).await.unwrap();
    let shown = show().await;
    assert_eq!(
        (&shown["status"], &shown["status_since"]),
        (&json!("waiting"), &json!("2030-01-01T00:00:30Z"))
    );
    assert_eq!(shown["reported"]["last_error"], "the request for the metrics was answered with status 302");
    // The redirect was not followed.
    assert_eq!(exporter.asked.lock().unwrap().len(), 2);
    app.advance(30);
    at_home.ask_due(&app.fleet).await.unwrap();
    assert_eq!(show().await["status_since"], "2030-01-01T00:00:30Z");

    // What it does not speak, and nobody there.
    let again = json!({ "password": "hunter2" });
    app.owner()
        .patch(&path, json!({ "settings": { "scheme": "https" }, "secrets": again }))
        .await
        .expect(200);
    app.advance(30);
    at_home.ask_due(&app.fleet).await.unwrap();
    let said = show().await["reported"]["last_error"].to_string();
    assert!(!said.contains("answered") && !said.contains("hunter2") && !said.contains("localhost"), "{said}");
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    app.owner()
        .patch(&path, json!({ "listen_port": gone, "settings": { "scheme": "http" }, "secrets": again }))
        .await
        .expect(200);
    app.advance(30);
    at_home.ask_due(&app.fleet).await.unwrap();
    let said = show().await["reported"]["last_error"].to_string();
    assert!(said.contains("refused"), "{said}");

    // A disabled one is not asked, and nothing is known of it.
    app.owner().patch(&path, json!({ "enabled": false, "listen_port": exporter.port })).await.expect(200);
    let before = exporter.asked.lock().unwrap().len();
    app.advance(30);
    at_home.ask_due(&app.fleet).await.unwrap();
    let status = show().await["status"].clone();
    assert_eq!((exporter.asked.lock().unwrap().len(), status), (before, json!("unknown")));
}

#[tokio::test]
async fn the_server_probes_an_external_exporter() {
    asks(TestApp::new().await).await;
    if let Some(url) = database("probes").await {
        let url: DatabaseUrl = url.parse().unwrap();
        let store = Store::connect(&url, 4).await.unwrap();
        asks(TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await).await;
    }
}

#[tokio::test]
async fn loopback_and_metadata_addresses_are_not_probed() {
    let app = TestApp::new().await;
    let exporter = exporter().await;
    let mut ids = Vec::new();
    let addresses = ["127.0.0.1", "localhost", "169.254.169.254", "::ffff:127.0.0.1"];
    for (n, address) in addresses.into_iter().enumerate() {
        let name = format!("web-{n}");
        app.node(json!({ "name": name, "address": address })).await;
        ids.push(row(&app, &name, exporter.port, json!({})).await);
    }
    prober(false).ask_due(&app.fleet).await.unwrap();
    for (id, address) in ids.iter().zip(addresses) {
        let shown = app.owner().get(&format!("/v1/agents/{id}")).await.expect(200).body;
        assert_eq!(shown["status"], "waiting", "{address}");
        let said = shown["reported"]["last_error"].as_str().unwrap();
        assert_eq!(said, "the server does not connect to addresses of this kind", "{address}");
    }
    assert!(exporter.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn each_probe_is_taken_once() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "web-1", "address": "localhost" })).await;
    for n in 0..100 {
        row(&app, "web-1", 10_000 + n, json!({})).await;
    }
    let take = async || {
        let taken = app.fleet.take_probes(30, 60).await.unwrap();
        taken.into_iter().map(|probe| probe.agent).collect::<std::collections::BTreeSet<_>>()
    };
    let (first, second, third) = (take().await, take().await, take().await);
    assert_eq!((first.len(), second.len(), third.len()), (60, 40, 0));
    assert!(first.is_disjoint(&second));
}
