//! `kill -9` in the middle of writing loses nothing that was acknowledged, and breaks nothing.

use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::postgres::Database;
use crate::process::{Place, wait_for};

/// Creates sites over one connection until the server is gone; the ids that were acknowledged go
/// to `acknowledged`.
fn write_until_gone(url: String, key: String, prefix: String, acknowledged: Arc<Mutex<Vec<String>>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for n in 0.. {
            let body = json!({ "name": format!("{prefix}-{n}"), "labels": { "n": n.to_string() } });
            let sent = client.post(format!("{url}/v1/sites")).bearer_auth(&key).json(&body).send().await;
            // What broke off was not acknowledged.
            let Ok(response) = sent else { return };
            let created = response.status() == 201;
            let Ok(body) = response.json::<Value>().await else { return };
            if created {
                acknowledged.lock().unwrap().push(body["id"].as_str().unwrap().to_owned());
            }
        }
    });
}

#[test]
fn a_killed_server_on_sqlite_keeps_every_acknowledged_write() {
    kill_while_writing("");
}

#[test]
fn a_killed_server_on_postgresql_keeps_every_acknowledged_write() {
    if let Some(database) = Database::of("crash") {
        kill_while_writing(&database.config());
    }
}

fn kill_while_writing(database: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let place = Place::new();
    let config = format!("server:\n  tls: off\nlog:\n  level: warn,bailiwick_server=info\n{database}");
    std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
    let url = format!("http://127.0.0.1:{}", place.port);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut before = 0;
    for round in 0..3 {
        let mut server = place.up();
        let key = place.key();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (url, key) = (url.clone(), key.clone());
                let acknowledged = Arc::clone(&acknowledged);
                thread::spawn(move || write_until_gone(url, key, format!("r{round}w{writer}"), acknowledged))
            })
            .collect();
        wait_for("writes", || (acknowledged.lock().unwrap().len() >= before + 40).then_some(()));
        server.signal("KILL");
        server.wait();
        for writer in writers {
            writer.join().unwrap();
        }
        before = acknowledged.lock().unwrap().len();
    }

    let _server = place.up();
    let listed = place.json(&["sites", "list", "--all", "--limit", "1000"]);
    let found: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|site| site["id"].as_str().unwrap()).collect();
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.len() >= 120);
    for id in acknowledged.iter() {
        assert!(found.contains(&id.as_str()), "{id} was acknowledged and is lost");
    }
    // Each site has its audit entry, and the chain is whole.
    let audit = place.json(&["audit", "list", "--operation", "sites.create", "--all", "--limit", "1000"]);
    assert_eq!(audit["items"].as_array().unwrap().len(), found.len());
    assert_eq!(place.json(&["audit", "verify"])["intact"], true);
}
