//! A matrix of machines: each stops, is reinstalled, is copied or is renamed. Prints which node it is afterwards,
//! how long that took, and its status. Both transports, both databases, real agents.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::postgres::Database;
use crate::process::{Place, curl, skip};

/// How long anything may take: longer than two missed heartbeats.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(200);
const CASES: [&str; 8] =
    ["clean-stop", "kill", "reinstall", "clone", "copied-disk", "host-name", "machine-id", "two-at-once"];

/// A server, and how its agents come to it.
struct Stage<'a> {
    place: &'a Place,
    url: String,
    transport: &'a str,
    key: String,
    enrolment: String,
}

/// A node as the API shows it.
#[derive(Debug)]
struct Node {
    id: String,
    name: String,
    status: String,
}

/// A machine: a machine id, a host name and a disk of its own.
struct Machine {
    home: PathBuf,
    agent: Option<Child>,
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Machine {
    fn new(stage: &Stage<'_>, name: &str, host: &str, id: u32) -> Self {
        let home = stage.place.path().join(name);
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("enrolment"), &stage.enrolment).unwrap();
        let machine = Self { home, agent: None };
        machine.becomes(host, id);
        machine
    }

    fn becomes(&self, host: &str, id: u32) {
        std::fs::write(self.home.join("machine-id"), format!("{id:032x}\n")).unwrap();
        std::fs::write(self.home.join("host"), host).unwrap();
    }

    fn start(&mut self, stage: &Stage<'_>) -> Instant {
        let script = format!(
            "mount --bind machine-id /etc/machine-id && exec unshare --uts sh -c 'hostname \"$(cat host)\"; exec {} agent --server {} --enrol-file enrolment --data data --transport {}'",
            env!("CARGO_BIN_EXE_bailiwick"),
            stage.url,
            stage.transport,
        );
        let log = std::fs::File::create(self.home.join("log")).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script]).current_dir(&self.home);
        let began = Instant::now();
        self.agent = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        began
    }

    fn stop(&mut self) -> Instant {
        let mut agent = self.agent.take().unwrap();
        let began = Instant::now();
        let pid = agent.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(agent.wait().unwrap().success());
        began
    }

    fn kill(&mut self) -> Instant {
        if let Some(mut agent) = self.agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
        Instant::now()
    }

    /// Whether its agent says that it is connected with a key of its own.
    fn has_come(&self) -> bool {
        let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
        log.lines().any(|line| line.contains(" connected") && !line.contains("to enrol"))
    }
}

impl Stage<'_> {
    /// The nodes whose name begins so, the oldest first.
    fn nodes(&self, name: &str) -> Vec<Node> {
        let header = format!("Authorization: Bearer {}", self.key);
        let (_, text) = curl(&["-H", &header, &format!("{}/v1/nodes?limit=1000&sort=created_at", self.url)]);
        let listed: Value = serde_json::from_str(&text).unwrap_or_default();
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        items
            .iter()
            .map(|node| Node {
                id: text(&node["id"]),
                name: text(&node["name"]),
                status: text(&node["status"]),
            })
            .filter(|node| node.name.starts_with(name))
            .collect()
    }

    /// Waits until the nodes of a case are so; they, and how long that took.
    fn until(&self, name: &str, since: Instant, is_so: impl Fn(&[Node]) -> bool) -> (Vec<Node>, f64) {
        loop {
            let nodes = self.nodes(name);
            if is_so(&nodes) {
                return (nodes, since.elapsed().as_secs_f64());
            }
            assert!(since.elapsed() < PATIENCE, "{name}: {nodes:?}");
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// One case; what it showed.
    fn show(&self, case: &'static str, id: u32) -> String {
        let are_online = |nodes: &[Node], count: usize| {
            nodes.len() == count && nodes.iter().all(|node| node.status == "online")
        };
        let mut machine = Machine::new(self, case, case, id);
        let began = machine.start(self);
        if case == "two-at-once" {
            let mut other = Machine::new(self, "two-at-once-other", case, id);
            other.start(self);
            let (_, took) = self.until(case, began, |nodes| are_online(nodes, 2));
            return format!("two nodes, both online after {took:.1} s");
        }
        let (first, _) = self.until(case, began, |nodes| are_online(nodes, 1));
        let is_same = |nodes: &[Node]| nodes.len() == 1 && nodes[0].id == first[0].id;
        match case {
            "clean-stop" => {
                let stopped = machine.stop();
                let (_, offline) = self.until(case, stopped, |nodes| nodes[0].status == "offline");
                let (_, online) = self.until(case, machine.start(self), |nodes| are_online(nodes, 1));
                assert!(is_same(&self.nodes(case)));
                format!(
                    "offline after {offline:.1} s; started again: the same node, online after {online:.1} s"
                )
            }
            "kill" => {
                let (_, gone) = self.until(case, machine.kill(), |nodes| nodes[0].status != "online");
                let status = self.nodes(case).remove(0).status;
                let (_, online) = self.until(case, machine.start(self), |nodes| are_online(nodes, 1));
                assert!(is_same(&self.nodes(case)));
                format!(
                    "{status} after {gone:.1} s; started again: the same node, online after {online:.1} s"
                )
            }
            "reinstall" => {
                let mut took = Vec::new();
                for _ in 0..3 {
                    machine.kill();
                    std::fs::remove_dir_all(machine.home.join("data")).unwrap();
                    let began = machine.start(self);
                    // Online is also what the killed agent may have left behind.
                    let enrolled =
                        self.until(case, began, |nodes| machine.has_come() && are_online(nodes, 1));
                    took.push(format!("{:.1} s", enrolled.1));
                }
                assert!(is_same(&self.nodes(case)));
                format!("killed and set up anew, three times: the same node, after {}", took.join(", "))
            }
            "clone" | "copied-disk" => {
                let mut other = Machine::new(self, &format!("{case}-other"), case, id);
                if case == "copied-disk" {
                    copy(&machine.home.join("data"), &other.home.join("data"));
                }
                let began = other.start(self);
                let (_, took) = self.until(case, began, |nodes| are_online(nodes, 2));
                format!("a new node, both online after {took:.1} s")
            }
            "host-name" | "machine-id" => {
                self.until(case, machine.stop(), |nodes| nodes[0].status == "offline");
                if case == "host-name" {
                    machine.becomes("another", id);
                } else {
                    machine.becomes(case, id + 0x1000);
                }
                let (_, took) = self.until(case, machine.start(self), |nodes| are_online(nodes, 1));
                assert!(is_same(&self.nodes(case)));
                format!("the same node, online after {took:.1} s")
            }
            _ => panic!("{case}"),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

fn matrix(database: Option<&Database>) {
    let is_administrator = Command::new("unshare").args(["--mount", "--uts", "true"]).status();
    if !is_administrator.is_ok_and(|status| status.success()) {
        return skip("an administrator: each agent has a machine id of its own");
    }
    for transport in ["websocket", "http"] {
        let place = Place::new();
        let engine = if database.is_some() { "PostgreSQL" } else { "SQLite" };
        let config = database.map(|database| {
            database.empty();
            database.config()
        });
        let config = format!("server:\n  tls: off\n{}", config.unwrap_or_default());
        std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
        let _server = place.up();
        let url = format!("http://127.0.0.1:{}", place.port);
        let (key, header) = (place.key(), format!("Authorization: Bearer {}", place.key()));
        let body = r#"{"name": "machines", "kind": "enrol", "enrolment": {"uses": 100}}"#;
        let json = "Content-Type: application/json";
        let (status, made) =
            curl(&["-X", "POST", "-H", &header, "-H", json, "-d", body, &format!("{url}/v1/keys")]);
        assert_eq!(status, 201, "{made}");
        let enrolment = serde_json::from_str::<Value>(&made).unwrap()["secret"].as_str().unwrap().to_owned();
        let stage = Stage { place: &place, url, transport, key, enrolment };
        std::thread::scope(|scope| {
            let running: Vec<_> = CASES
                .into_iter()
                .zip(1_u32..)
                .map(|(case, id)| {
                    (
                        case,
                        scope.spawn({
                            let stage = &stage;
                            move || stage.show(case, 0xc000 + id)
                        }),
                    )
                })
                .collect();
            for (case, thread) in running {
                println!("{engine}, {transport}, {case}: {}", thread.join().unwrap());
            }
        });
    }
}

#[test]
#[ignore = "acceptance"]
fn every_machine_keeps_its_node_on_sqlite() {
    matrix(None);
}

#[test]
#[ignore = "acceptance"]
fn every_machine_keeps_its_node_on_postgres() {
    let Some(database) = Database::of("machines") else { return };
    matrix(Some(&database));
}
