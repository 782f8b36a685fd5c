//! Two servers behind nginx are restarted one after the other, under requests and with real agents.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::postgres::Database;
use crate::process::{Place, Server, curl, free_port, skip, wait_for};

const AGENTS: usize = 20;
const REQUESTS_A_SECOND: u64 = 100;
const PEPPERS: &str = "1:5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c";

/// A program that is killed with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(place: &Place) -> Server {
    let mut command = place.command(&["serve", "--listen", &format!("127.0.0.1:{}", place.port)]);
    command.env("BAILIWICK_KEYS__PEPPERS", PEPPERS);
    place.start_command(command)
}

/// An agent on a machine of its own: one with another machine id.
fn agent(directory: &std::path::Path, number: usize, url: &str, enrolment: &str) -> Running {
    let home = directory.join(format!("agent{number}"));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("machine-id"), format!("{:032x}\n", 0xb000 + number)).unwrap();
    std::fs::write(home.join("enrolment"), enrolment).unwrap();
    let script = format!(
        "mount --bind machine-id /etc/machine-id && exec unshare --uts sh -c 'hostname machine-{number}; exec {} agent --server {url} --enrol-file enrolment --data data'",
        env!("CARGO_BIN_EXE_bailiwick")
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).current_dir(&home);
    let log = std::fs::File::create(home.join("log")).unwrap();
    Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

#[test]
#[ignore = "acceptance"]
fn a_rolling_restart_fails_no_request_and_agents_reconnect() {
    let Some(database) = Database::of("rolling_restart") else { return };
    let is_administrator = Command::new("unshare").args(["--mount", "--uts", "true"]).status();
    if !is_administrator.is_ok_and(|status| status.success()) {
        return skip("an administrator: each agent has a machine id of its own");
    }
    if Command::new("nginx").arg("-v").output().is_err() {
        return skip("nginx");
    }
    let places = [Place::new(), Place::new()];
    for place in &places {
        let config = format!("server:\n  tls: off\n  shutdown_delay_seconds: 2\n{}", database.config());
        std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
    }
    let [a, b] = &places;
    let migrated = a.command(&["migrate"]).env("BAILIWICK_KEYS__PEPPERS", PEPPERS).output().unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let mut servers = [serve(a), serve(b)];

    let front = tempfile::tempdir().unwrap();
    let port = free_port();
    let conf = format!(
        "daemon off;\nuser root;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{ worker_connections 1024; }}\nhttp {{\n\
         access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n\
         map $http_upgrade $upgrade {{ default upgrade; '' ''; }}\n\
         upstream bailiwick {{ least_conn; server 127.0.0.1:{1} max_fails=0; server 127.0.0.1:{2} max_fails=0; }}\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://bailiwick; proxy_http_version 1.1;\n\
         proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade; proxy_read_timeout 120s; }} }}\n}}\n",
        front.path().display(),
        a.port,
        b.port
    );
    std::fs::write(front.path().join("nginx.conf"), conf).unwrap();
    let mut nginx = Command::new("nginx");
    nginx.arg("-c").arg(front.path().join("nginx.conf")).stdout(Stdio::null()).stderr(Stdio::null());
    let _nginx = Running(nginx.spawn().unwrap());
    let url = format!("http://127.0.0.1:{port}");
    wait_for("nginx", || (curl(&[&format!("{url}/v1/readyz")]).0 == 200).then_some(()));

    let key = a.key();
    let header = format!("Authorization: Bearer {key}");
    let body = format!(
        "{{\"name\": \"machines\", \"kind\": \"enrol\", \"enrolment\": {{\"uses\": {AGENTS}, \"labels\": {{\"env\": \"test\"}}}}}}"
    );
    let (status, made) = curl(&[
        "-X",
        "POST",
        "-H",
        &header,
        "-H",
        "Content-Type: application/json",
        "-d",
        &body,
        &format!("{url}/v1/keys"),
    ]);
    assert_eq!(status, 201, "{made}");
    let enrolment = serde_json::from_str::<Value>(&made).unwrap()["secret"].as_str().unwrap().to_owned();
    let _agents: Vec<Running> = (0..AGENTS).map(|n| agent(front.path(), n, &url, &enrolment)).collect();
    let statuses = || -> Vec<(String, String)> {
        let (_, text) = curl(&["-H", &header, &format!("{url}/v1/nodes?limit=1000")]);
        let listed: Value = serde_json::from_str(&text).unwrap_or_default();
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        items.iter().map(|node| (text(&node["status"]), text(&node["status_since"]))).collect()
    };
    let online = || statuses().iter().filter(|(status, _)| status == "online").count();
    wait_for("all agents", || (online() == AGENTS).then_some(()));

    let give = |body: &str| -> String {
        let json = "Content-Type: application/json";
        let (status, text) = curl(&["-H", &header, "-H", json, "-d", body, &format!("{url}/v1/commands")]);
        assert_eq!(status, 202, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let states = |command: &str| -> Vec<String> {
        let (_, text) = curl(&["-H", &header, &format!("{url}/v1/commands/{command}/results?limit=1000")]);
        let listed: Value = serde_json::from_str(&text).unwrap_or_default();
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|result| result["state"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (sent, failed, stop) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let load = {
        let (sent, failed, stop) = (Arc::clone(&sent), Arc::clone(&failed), Arc::clone(&stop));
        let (header, url) = (format!("Bearer {key}"), format!("{url}/v1/whoami"));
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                let mut ticks = tokio::time::interval(Duration::from_millis(1_000 / REQUESTS_A_SECOND));
                let mut requests = tokio::task::JoinSet::new();
                while !stop.load(Ordering::Acquire) {
                    ticks.tick().await;
                    let request = client.get(&url).header("authorization", &header);
                    let (sent, failed) = (Arc::clone(&sent), Arc::clone(&failed));
                    requests.spawn(async move {
                        sent.fetch_add(1, Ordering::Relaxed);
                        let answer = request.send().await;
                        match answer {
                            Ok(answer) if answer.status() == 200 => {}
                            Ok(answer) => failed.lock().unwrap().push(answer.status().to_string()),
                            Err(error) => failed.lock().unwrap().push(error.to_string()),
                        }
                    });
                }
                requests.join_all().await;
            });
        })
    };
    for (place, server) in places.iter().zip(&mut servers) {
        server.signal("TERM");
        assert!(server.wait().success(), "{}", server.err());
        let stopped = Instant::now();
        *server = serve(place);
        let again = stopped.elapsed();
        // Each agent is there when it has done what it is told.
        let command = give(r#"{"targets": {"labels": "env=test"}, "shell": "sh", "command": "true"}"#);
        let states = || states(&command);
        wait_for("all agents again", || {
            (states().iter().filter(|state| *state == "succeeded").count() == AGENTS).then_some(())
        });
        let back = stopped.elapsed();
        println!(
            "server back after {:.1} s; all {AGENTS} agents have carried out a command {:.1} s after the stop",
            again.as_secs_f64(),
            back.as_secs_f64()
        );
        assert!(back < Duration::from_secs(5), "agents reconnected too late");
    }
    stop.store(true, Ordering::Release);
    load.join().unwrap();
    let failed = failed.lock().unwrap();
    println!("{} requests, {} failed: {:?}", sent.load(Ordering::Relaxed), failed.len(), failed.first());
    assert!(failed.is_empty());
}
