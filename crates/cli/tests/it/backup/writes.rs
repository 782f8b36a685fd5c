//! Backups of a server that is written to all the time.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::{get, place, said};
use crate::postgres::Database;
use crate::process::{Place, wait_for};

/// What was acknowledged: the ids of sites, and how many observations of each writer.
#[derive(Default)]
struct Acknowledged {
    sites: Vec<String>,
    observations: [usize; WRITERS],
}

const WRITERS: usize = 4;
/// The first second of the observations of each writer: 2026-01-01.
const BEGIN: i64 = 1_767_225_600;

fn at(n: usize) -> String {
    let time =
        bailiwick_domain::time::Timestamp::from_micros(1_000_000 * (BEGIN + i64::try_from(n).unwrap()));
    time.to_string()
}

/// Creates sites, and observations of a node, until `stop`. The first writer also changes the time zone.
fn write(writer: usize, place: (u16, String), to: &Mutex<Acknowledged>, stop: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (port, key) = place;
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let send = async |method: &str, path: &str, body: Value| {
            let url = format!("http://127.0.0.1:{port}/v1/{path}");
            let request = client.request(method.parse().unwrap(), url);
            let response = request.bearer_auth(&key).json(&body).send().await.unwrap();
            let status = response.status().as_u16();
            let body: Value = response.json().await.unwrap();
            assert!((200..300).contains(&status), "{path}: {body:#}");
            body
        };
        let node = format!("node-{writer}");
        send("POST", "nodes", json!({ "name": node, "type": "generic", "address": "192.0.2.7" })).await;
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            let site = send("POST", "sites", json!({ "name": format!("w{writer}-{n}") })).await;
            to.lock().unwrap().sites.push(site["id"].as_str().unwrap().to_owned());
            let column = json!({ "node": node, "metric": "load", "at": [at(n)], "values": [n] });
            send("POST", "observations", json!({ "columns": [column] })).await;
            // It outdates all sums of days, which are in the other database.
            if writer == 0 {
                let zone = ["UTC", "Europe/Berlin"][n % 2];
                send("PATCH", "organizations/default", json!({ "time_zone": zone })).await;
            }
            n += 1;
            to.lock().unwrap().observations[writer] = n;
        }
    });
}

/// The observations of a node, in order.
fn observed(place: &Place, key: &str, node: &str) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let window = format!("from={}&until={}", at(0), at(80_000));
        let (status, page) = get(place, key, &format!("observations/export?node={node}&{window}{cursor}"));
        assert_eq!(status, 200, "{page:#}");
        count += page["data"].as_str().unwrap().lines().count();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return count,
        }
    }
}

fn sites(place: &Place, key: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let (_, page) = get(place, key, &format!("sites?limit=1000{cursor}"));
        ids.extend(
            page["items"].as_array().unwrap().iter().map(|site| site["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

fn back_up_while_writing(database: &str, other: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let place = place(database);
    let server = place.up();
    let (key, root) = (place.key(), place.root_key());
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (to, stop) = (Arc::clone(&acknowledged), Arc::clone(&stop));
            let at = (place.port, key.clone());
            thread::spawn(move || write(writer, at, &to, &stop))
        })
        .collect();
    let count = || acknowledged.lock().unwrap().sites.len();
    wait_for("writes", || (count() >= 200).then_some(()));
    let (before, observed_before) = {
        let acknowledged = acknowledged.lock().unwrap();
        (acknowledged.sites.clone(), acknowledged.observations)
    };
    let began = Instant::now();
    let made = place.run(&["backup", "--output", "archive"]);
    let (took, meanwhile) = (began.elapsed(), count() - before.len());
    assert!(made.status.success(), "{}", said(&made));
    assert!(meanwhile > 0, "nothing was written during the backup");
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    let verified = place.run(&["backup", "verify", "archive"]);
    assert!(verified.status.success(), "{}", said(&verified));
    let running = place.run(&["restore", "archive", "--replace", "--keep-keys"]);
    assert!(
        !running.status.success() && said(&running).contains("another Bailiwick server uses"),
        "{}",
        said(&running)
    );
    drop(server);

    let elsewhere = super::place(other);
    let archive = place.path().join("archive");
    let restored = elsewhere.run(&["restore", archive.to_str().unwrap(), "--keep-keys"]);
    assert!(restored.status.success(), "{}", said(&restored));
    let _server = elsewhere.up();
    assert_eq!(get(&elsewhere, &key, "whoami").1["key"]["kind"], "org");
    let (_, audit) = get(&elsewhere, &root, "audit/verify");
    assert_eq!(audit["intact"], true, "{audit:#}");
    let found = sites(&elsewhere, &key);
    let lost: Vec<_> = before.iter().filter(|id| !found.contains(id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged sites are lost", lost.len(), before.len());
    for (writer, count) in observed_before.into_iter().enumerate() {
        let found = observed(&elsewhere, &key, &format!("node-{writer}"));
        assert!(found >= count, "{count} observations were acknowledged, and {found} are there");
    }
    let _ = writeln!(
        std::io::stderr(),
        "{} sites and {} observations were acknowledged before; {meanwhile} sites were written in {took:?} of the backup; {} sites are restored",
        before.len(),
        observed_before.iter().sum::<usize>(),
        found.len()
    );
}

#[test]
fn nothing_acknowledged_before_a_backup_is_missing_on_sqlite() {
    back_up_while_writing("", "");
}

#[test]
fn nothing_acknowledged_before_a_backup_is_missing_on_postgresql() {
    if let (Some(database), Some(other)) = (Database::of("backup"), Database::of("backup_restored")) {
        back_up_while_writing(&database.config(), &other.config());
    }
}
