//! A server with a thousand simulated agents and a real one, and what became of what they were told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bailiwick_swarm::{Plan, Seen, Swarm};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::{Place, Server, curl, wait_for};

/// How many agents are simulated.
pub const AGENTS: u32 = 1_000;
/// How long it may take until all is as it should be. A debug build beside other tests is slow.
const PATIENCE: Duration = Duration::from_secs(240);

/// A server's place, and agents.
pub struct Fleet {
    pub place: Place,
    pub swarm: Swarm,
    pub real: RealAgent,
    runtime: Runtime,
    /// How long a command takes on a simulated machine, and on the real one.
    run_for: Duration,
    commands: usize,
}

/// `bailiwick agent` as a process of its own.
pub struct RealAgent {
    command: Vec<String>,
    directory: PathBuf,
    child: Child,
}

impl RealAgent {
    fn spawn(command: &[String], directory: &PathBuf) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(directory.join("agent.log"));
        Command::new(&command[0])
            .args(&command[1..])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.unwrap())
            .spawn()
            .unwrap()
    }

    /// Kills it, and starts it again.
    pub fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = Self::spawn(&self.command, &self.directory);
    }
}

impl Drop for RealAgent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a fleet's agents are.
pub struct Whereabouts<'a> {
    /// The address of the server as they see it.
    pub server: String,
    /// The words before a program that has it run there.
    pub words: &'a [&'a str],
    /// What has a thread open its sockets there.
    pub entrance: Box<dyn Fn() + Send + Sync>,
}

impl Whereabouts<'static> {
    /// On this machine.
    pub fn here() -> Self {
        Self { server: "127.0.0.1".into(), words: &[], entrance: Box::new(|| {}) }
    }
}

/// Writes a place's configuration.
pub fn configure(place: &Place, more: &str) {
    let config = format!("server:\n  tls: off\nlog:\n  level: warn,bailiwick_server=info\n{more}");
    std::fs::write(place.path().join("bailiwick.yml"), config).unwrap();
}

/// Starts a place's server, for agents on every network.
pub fn up(place: &Place) -> Server {
    place.start(&["up", "--no-agent", "--listen", &format!("0.0.0.0:{}", place.port)])
}

impl Fleet {
    /// Enrols it with the server that runs at a place.
    pub fn enrol(place: Place, whereabouts: Whereabouts<'_>, run_for: Duration) -> Self {
        let enrolment = json!({
            "name": "Fleet", "kind": "enrol", "enrolment": { "uses": AGENTS + 1, "labels": { "fleet": "yes" } },
        });
        let (status, made) = ask(&place, "POST", "/v1/keys", Some(&enrolment));
        assert_eq!(status, 201, "{made}");
        let secret = made["secret"].as_str().unwrap();
        let server = format!("http://{}:{}", whereabouts.server, place.port);

        let file = place.path().join("enrolment");
        std::fs::write(&file, secret).unwrap();
        let words = ["agent", "--server", &server, "--enrol-file", "enrolment", "--data", "agent"];
        let command: Vec<String> = whereabouts
            .words
            .iter()
            .chain([&env!("CARGO_BIN_EXE_bailiwick")])
            .chain(&words)
            .map(|word| (*word).to_owned())
            .collect();
        let directory = place.path().to_owned();
        let child = RealAgent::spawn(&command, &directory);
        let real = RealAgent { command, directory, child };

        let entrance = whereabouts.entrance;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .on_thread_start(entrance)
            .build()
            .unwrap();
        let swarm = {
            let _runtime = runtime.enter();
            Swarm::start(Plan { run_for, ..Plan::new(server, secret, AGENTS) }).unwrap()
        };
        let fleet = Self { place, swarm, real, runtime, run_for, commands: 0 };
        fleet.wait("all are connected", |seen| seen.connected == AGENTS as usize);
        wait_for("the real agent", || {
            let (_, nodes) =
                fleet.ask("GET", "/v1/nodes?status=online&labels=fleet&limit=1000&sort=-created_at", None);
            let named = |node: &Value| node["name"].as_str().is_some_and(|name| !name.starts_with("sim-"));
            nodes["items"].as_array().unwrap().iter().any(named).then_some(())
        });
        fleet
    }

    /// Asks its server.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        ask(&self.place, method, path, body)
    }

    /// Waits until the simulated agents have seen something.
    pub fn wait(&self, what: &str, is_wanted: impl Fn(Seen) -> bool) {
        let came = self.runtime.block_on(self.swarm.wait(PATIENCE, is_wanted));
        assert!(came, "{what}: {:?}, {:?}", self.swarm.seen(), self.swarm.last_failure());
    }

    /// A command for all, of which the real agent leaves a line each time that it runs.
    pub fn next_command(&mut self) -> Value {
        self.commands += 1;
        let (number, seconds) = (self.commands, self.run_for.as_secs());
        let text = format!("echo ran >> '{}/ran-{number}'; sleep {seconds}", self.place.path().display());
        json!({ "targets": { "labels": "fleet=yes" }, "shell": "sh", "command": text })
    }

    /// Gives a command to all; whether the server took it.
    pub fn give(&mut self) -> bool {
        let command = self.next_command();
        let (status, given) = self.ask("POST", "/v1/commands", Some(&command));
        match status {
            202 => assert_eq!(given["target_count"], AGENTS + 1),
            _ => assert_eq!((status, &given["code"]), (507, &json!("storage_full")), "{given}"),
        }
        status == 202
    }

    /// All commands that the server knows, the oldest first.
    fn commands(&self) -> Vec<Value> {
        let (status, page) = self.ask("GET", "/v1/commands?limit=1000&sort=created_at", None);
        assert_eq!(status, 200, "{page}");
        page["items"].as_array().unwrap().clone()
    }

    /// Waits until every command that the server knows is over, and holds what became of each against
    /// what the agents did. How many results there were in each state, by command.
    pub fn account(&self) -> Vec<BTreeMap<String, usize>> {
        let end = std::time::Instant::now() + PATIENCE;
        let mut counted = Vec::new();
        for command in self.commands() {
            let id = command["id"].as_str().unwrap();
            let path = format!("/v1/commands/{id}");
            while self.ask("GET", &path, None).1["finished_at"].is_null() {
                let whole = self.ask("GET", &path, None).1;
                assert!(
                    std::time::Instant::now() < end,
                    "the command does not end: {whole}, {:?}",
                    self.swarm.seen()
                );
                std::thread::park_timeout(Duration::from_millis(50));
            }
            counted.push(self.hold(&path, id.parse().unwrap()));
        }
        counted
    }

    /// Holds the results of one command against what the agents did.
    fn hold(&self, path: &str, id: Uuid) -> BTreeMap<String, usize> {
        let (_, command) = self.ask("GET", path, None);
        let mut results = Vec::new();
        let mut cursor = String::new();
        loop {
            let (status, page) = self.ask("GET", &format!("{path}/results?limit=1000{cursor}"), None);
            assert_eq!(status, 200, "{page}");
            results.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(results.len(), AGENTS as usize + 1, "a node has no result or more than one");
        let times = self.swarm.times_carried_out(id);
        let mut counted = BTreeMap::new();
        for result in results {
            let node = result["node_name"].as_str().unwrap();
            let state = result["state"].as_str().unwrap().to_owned();
            let (ran, output) = match node.strip_prefix("sim-") {
                Some(number) => (times[number.parse::<usize>().unwrap()], "simulated\n"),
                None => (self.ran_really(&command), ""),
            };
            match state.as_str() {
                "succeeded" => {
                    assert_eq!(ran, 1, "{result}");
                    assert_eq!(result["stdout"]["text"], output, "{result}");
                }
                "lost" => {
                    assert!(ran <= 1, "{result}");
                    assert!(result["error"].as_str().is_some_and(|why| !why.is_empty()), "{result}");
                }
                _ => panic!("the result has an impossible state: {result}"),
            }
            *counted.entry(state).or_insert(0) += 1;
        }
        counted
    }

    /// How often the real machine carried a command out: what it left behind says so.
    fn ran_really(&self, command: &Value) -> u32 {
        let text = command["instruction"]["command"].as_str().unwrap();
        let path = text.split('\'').nth(1).unwrap();
        let lines = std::fs::read_to_string(path).unwrap_or_default();
        u32::try_from(lines.lines().count()).unwrap()
    }
}

/// Asks a place's server.
fn ask(place: &Place, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let authorization = format!("Authorization: Bearer {}", place.key());
    let url = format!("http://127.0.0.1:{}{path}", place.port);
    let text = body.map(Value::to_string);
    let mut arguments = vec!["-X", method, "-H", &authorization];
    if let Some(text) = &text {
        arguments.extend(["-H", "Content-Type: application/json", "-d", text]);
    }
    arguments.push(&url);
    let (status, text) = curl(&arguments);
    // A server that was killed meanwhile answers nothing.
    (status, serde_json::from_str(&text).unwrap_or_default())
}
