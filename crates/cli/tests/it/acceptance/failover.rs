//! A primary PostgreSQL dies and its streaming standby is promoted, while a server that knows both hosts is
//! written to.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{Place, curl, free_port, skip, wait_for};

/// Where Debian puts the programs of a PostgreSQL server.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// A server of PostgreSQL; it is stopped with this.
struct Postgres {
    directory: String,
    port: u16,
}

/// Runs a program of PostgreSQL's as its user.
fn run(program: &str, arguments: &[&str]) {
    let path = format!("{PROGRAMS}/{program}");
    let output = Command::new("runuser")
        .args(["-u", "postgres", "--", &path])
        .args(arguments)
        .current_dir("/")
        .stdout(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Postgres {
    fn start(directory: &Path) -> Self {
        let (directory, port) = (directory.to_str().unwrap().to_owned(), free_port());
        let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
        let log = format!("{directory}.log");
        run("pg_ctl", &["-D", &directory, "-o", &options, "-l", &log, "-w", "start"]);
        Self { directory, port }
    }

    fn ctl(&self, arguments: &[&str]) {
        run("pg_ctl", &[&["-D", &self.directory], arguments].concat());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let path = format!("{PROGRAMS}/pg_ctl");
        let _ = Command::new("runuser")
            .args(["-u", "postgres", "--", &path, "-D", &self.directory, "-m", "immediate", "stop"])
            .output();
    }
}

#[test]
#[ignore = "acceptance"]
fn writes_continue_on_a_promoted_standby() {
    if !Path::new(PROGRAMS).exists() || Command::new("runuser").arg("--version").output().is_err() {
        return skip("PostgreSQL 15 with its programs, and `runuser`");
    }
    let home = tempfile::tempdir().unwrap();
    let owned = Command::new("chown").arg("postgres").arg(home.path()).status().unwrap();
    if !owned.success() {
        return skip("an administrator: PostgreSQL runs as a user of its own");
    }
    let at = |name: &str| home.path().join(name);
    run("initdb", &["-D", at("a").to_str().unwrap(), "-A", "trust", "-U", "postgres"]);
    let a = Postgres::start(&at("a"));
    let port = a.port.to_string();
    let copy = at("b");
    run(
        "pg_basebackup",
        &[
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            "-D",
            copy.to_str().unwrap(),
            "-R",
            "-X",
            "stream",
        ],
    );
    let b = Postgres::start(&copy);

    let place = Place::new();
    // The standby stands first, so that it is passed over at the start as well.
    let config = format!(
        "server:\n  tls: off\ndatabase:\n  url: postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write&connect_timeout=2\n",
        b.port, a.port
    );
    std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
    let server = place.up();
    let (key, url) = (place.key(), format!("http://127.0.0.1:{}", place.port));
    let header = format!("Authorization: Bearer {key}");
    // When each write was acknowledged, and what it made.
    let acknowledged = Arc::new(Mutex::new(Vec::<(Instant, String)>::new()));
    let refused = Arc::new(Mutex::new(std::collections::BTreeMap::<u16, usize>::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (acknowledged, refused, stop) =
                (Arc::clone(&acknowledged), Arc::clone(&refused), Arc::clone(&stop));
            let (header, url) = (header.clone(), format!("{url}/v1/sites"));
            std::thread::spawn(move || {
                for n in 0.. {
                    if stop.load(Ordering::Acquire) {
                        return;
                    }
                    let body = format!("{{\"name\": \"w{writer}-{n}\"}}");
                    let (status, text) = curl(&[
                        "-X",
                        "POST",
                        "-H",
                        &header,
                        "-H",
                        "Content-Type: application/json",
                        "-d",
                        &body,
                        &url,
                    ]);
                    if status == 201 {
                        let site: Value = serde_json::from_str(&text).unwrap();
                        let id = site["id"].as_str().unwrap().to_owned();
                        acknowledged.lock().unwrap().push((Instant::now(), id));
                    } else {
                        *refused.lock().unwrap().entry(status).or_insert(0) += 1;
                    }
                }
            })
        })
        .collect();
    let count = || acknowledged.lock().unwrap().len();
    wait_for("writes", || (count() >= 200).then_some(()));
    let died = Instant::now();
    a.ctl(&["-m", "immediate", "stop"]);
    b.ctl(&["promote", "-w"]);
    let promoted = Instant::now();
    let after = || acknowledged.lock().unwrap().iter().filter(|(at, _)| *at > promoted).count();
    wait_for("writes at the standby", || (after() >= 200).then_some(()));
    stop.store(true, Ordering::Release);
    for writer in writers {
        writer.join().unwrap();
    }
    let first =
        acknowledged.lock().unwrap().iter().map(|(at, _)| *at).filter(|at| *at > promoted).min().unwrap();
    let listed = place.json(&["sites", "list", "--all", "--limit", "1000"]);
    let found: std::collections::BTreeSet<&str> =
        listed["items"].as_array().unwrap().iter().map(|site| site["id"].as_str().unwrap()).collect();
    let acknowledged = acknowledged.lock().unwrap();
    let lost = acknowledged.iter().filter(|(_, id)| !found.contains(id.as_str())).count();
    println!(
        "acknowledged {}, lost {lost}, refused by status {:?}; first write {:.1} s after the death, {:.1} s after the promotion; found {}",
        acknowledged.len(),
        refused.lock().unwrap(),
        (first - died).as_secs_f64(),
        (first - promoted).as_secs_f64(),
        found.len(),
    );
    assert!(first - promoted < Duration::from_secs(15), "writes resumed too late after the failover");
    assert!(
        !refused.lock().unwrap().contains_key(&500),
        "a request was answered with 500 during the failover"
    );
    // What was under way when the primary died may not have reached the standby.
    assert!(lost <= 8, "{lost} lost");
    drop(server);
}
