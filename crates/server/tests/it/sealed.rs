//! Secrets that the server must read again: they move to a new pepper, and nobody is shown them.

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_operations::reseal::reseal;
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use serde_json::json;

use crate::app::{PASSWORD, TestApp};
use crate::people::{ADA, code, second_factor};
use crate::services::computer;

#[tokio::test]
async fn secrets_are_resealed_under_a_new_pepper_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let store = async || Store::connect(&url, 2).await.unwrap();
    let old = Peppers::generate(&SystemEntropy);
    let first = TestApp::on(store().await, old.clone(), &Config::default()).await;
    first.user("default", ADA, "viewer").await;
    let (factor, _) = second_factor(&first, ADA).await;
    computer(&first, "db-1", json!({})).await;
    let mut ids = Vec::new();
    // More than are moved at once.
    for n in 0..170 {
        let secrets =
            json!({ "password": format!("secret {n}"), "tls_key": "key", "agent_password": "agent" });
        let body = json!({ "type": "mysqld_exporter", "runs_on": "db-1", "settings": { "username": "m" }, "secrets": secrets });
        let made = first.owner().post("/v1/agents", body).await.expect(201);
        ids.push(made.body["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(first.control.store().secrets_by_pepper().await.unwrap(), [(1, 511)]);
    reseal(&first.control).await.unwrap();
    assert_eq!(first.control.store().secrets_by_pepper().await.unwrap(), [(1, 511)]);

    let both = old.with_new(&SystemEntropy);
    let second = TestApp::on(store().await, both.clone(), &Config::default()).await;
    reseal(&second.control).await.unwrap();
    assert_eq!(second.control.store().secrets_by_pepper().await.unwrap(), [(2, 511)]);

    let only = both.only_current();
    for (n, id) in ids.iter().enumerate() {
        let agent = id.parse().unwrap();
        let secrets = second.control.store().agent_secrets(agent).await.unwrap();
        let opened = |name: &str| {
            let secret = secrets.iter().find(|secret| secret.name.as_str() == name).unwrap();
            let place = secret.name.place(agent, secret.destination.as_deref());
            assert!(secret.destination.is_some());
            let text = only.open(&place, &secret.sealed).unwrap();
            String::from_utf8(text.to_vec()).unwrap()
        };
        assert_eq!((opened("password"), opened("tls_key")), (format!("secret {n}"), "key".to_owned()));
    }
    let third = TestApp::on(store().await, only, &Config::default()).await;
    third.advance(300);
    let body = json!({ "email": ADA, "password": PASSWORD, "code": code(&third, &factor) });
    third.anonymous().post("/v1/sessions", body).await.expect(201);
}

#[tokio::test]
async fn a_repeated_request_is_recognized_under_a_new_pepper() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let store = async || Store::connect(&url, 2).await.unwrap();
    let old = Peppers::generate(&SystemEntropy);
    let first = TestApp::on(store().await, old.clone(), &Config::default()).await;
    let (key, _) = first.key(&["*:*"], json!({})).await;
    let body = json!({ "type": "external_exporter", "listen_port": 1, "secrets": { "password": "hunter2" } });
    let send = async |app: &TestApp, body| {
        app.with_key(&key).header("idempotency-key", "k").post("/v1/agents", body).await
    };
    let made = send(&first, body.clone()).await.expect(201);
    let second = TestApp::on(store().await, old.with_new(&SystemEntropy), &Config::default()).await;
    let again = send(&second, body).await.expect(201);
    assert_eq!((&again.body, &again.headers["idempotency-replayed"]), (&made.body, &"true".parse().unwrap()));
    let other =
        json!({ "type": "external_exporter", "listen_port": 1, "secrets": { "password": "hunter3" } });
    send(&second, other).await.problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn a_secret_is_in_no_answer_and_no_audit_entry() {
    let app = TestApp::new().await;
    computer(&app, "db-1", json!({})).await;
    let exporter = json!({ "settings": { "username": "m" }, "secrets": { "password": "hunter2" } });
    let body = json!({ "type": "mysql", "name": "A", "socket": "/s", "nodes": ["db-1"], "agent": exporter });
    let actor = || app.owner().header("idempotency-key", "k");
    let made = actor().post("/v1/services", body.clone()).await.expect(201);
    let path = format!("/v1/agents/{}", made.body["agents"][0]["id"].as_str().unwrap());
    let replayed = actor().post("/v1/services", body).await.expect(201);
    let mut texts = vec![made.body.to_string(), replayed.body.to_string()];
    for body in [
        json!({ "secrets": { "password": "hunter2", "agent_password": "hunter2" } }),
        json!({ "secrets": { "passwort": "hunter2" } }),
        json!({ "secrets": { "password": ["hunter2"] } }),
        json!({ "secrets": ["hunter2"] }),
        json!({ "secrets": "hunter2" }),
        json!({ "settings": { "password": "hunter2" } }),
        json!({ "settings": { "username": ["hunter2", 1] } }),
        json!({ "settings": { "tls_ca": "hunter2" } }),
        json!({ "password": "hunter2" }),
    ] {
        texts.push(app.owner().patch(&path, body).await.body.to_string());
    }
    for path in [&path, "/v1/agents", "/v1/audit", "/v1/services/A"] {
        texts.push(app.owner().get(path).await.expect(200).body.to_string());
    }
    texts.push(app.owner().delete("/v1/services/A?dry_run=true").await.expect(200).body.to_string());
    texts.push(app.owner().delete(&path).await.expect(200).body.to_string());
    for text in texts {
        assert!(!text.contains("hunter2"), "{text}");
    }
}
