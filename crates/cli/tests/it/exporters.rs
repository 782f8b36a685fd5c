//! An exporter from its row to its metrics: a real server, a real agent, a real program.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;

use serde_json::Value;

use crate::process::{Place, Server, skip, wait_for};

pub const EXPORTER: &str = "/usr/bin/prometheus-node-exporter";

/// An agent that runs; it is killed when this is dropped.
pub struct Agent(Child);

impl Agent {
    pub fn start(place: &Place, key: Option<&str>) -> Self {
        let url = place.url();
        let program = format!("node_exporter={EXPORTER}");
        let mut command = place.command(&[
            "agent",
            "--server",
            &url,
            "--data",
            "agent",
            "--ca",
            "bailiwick-data/tls/certificate.pem",
            "--program",
            &program,
        ]);
        if let Some(key) = key {
            command.env("BAILIWICK_ENROL_KEY", key);
        }
        let log = OpenOptions::new().create(true).append(true).open(place.path().join("agent.log")).unwrap();
        Self(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    pub fn end(mut self, signal: &str) {
        let pid = self.0.id().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap();
        assert!(sent.success());
        wait_for("the agent's end", || self.0.try_wait().unwrap());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn serve(place: &Place) -> Server {
    assert!(place.run(&["migrate"]).status.success());
    place.start(&["serve", "--listen", &format!("127.0.0.1:{}", place.port)])
}

fn metrics(port: u64) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).ok()?;
    write!(stream, "GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    Some(answer)
}

#[test]
fn an_exporter_runs_on_its_node_as_long_as_it_is_enabled() {
    if !Path::new(EXPORTER).exists() {
        return skip("prometheus-node-exporter");
    }
    let place = Place::new();
    let _server = serve(&place);
    let made = place.json(&["keys", "create", "--name", "Rack 7", "--kind", "enrol"]);
    let agent = Agent::start(&place, Some(made["secret"].as_str().unwrap()));
    let node = wait_for("the node", || {
        let nodes = place.json(&["nodes", "list"]);
        nodes["items"].as_array().unwrap().first().map(|node| node["id"].as_str().unwrap().to_owned())
    });
    let row = place.json(&["agents", "create", "--type", "node_exporter", "--runs-on", &node]);
    let id = row["id"].as_str().unwrap().to_owned();
    let is = |status: &str, more: &dyn Fn(&Value) -> bool| {
        wait_for(status, || {
            let shown = place.json(&["agents", "get", &id]);
            (shown["status"] == status && more(&shown)).then_some(shown)
        })
    };
    let running = is("running", &|_| true);
    let port = running["listen_port"].as_u64().unwrap();
    assert!(running["reported"]["version"].is_string(), "{running}");
    assert!(metrics(port).unwrap().contains("\nnode_load1 "));
    wait_for("its log", || {
        let lines = place.json(&["agents", "logs", &id])["lines"].clone();
        lines
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line.as_str().unwrap().contains("Listening on"))
            .then_some(())
    });

    // The agent is killed: what it left running is ended by the next one, which starts it anew.
    agent.end("KILL");
    assert!(metrics(port).is_some());
    let agent = Agent::start(&place, None);
    let again = is("running", &|shown| shown["status_since"] != running["status_since"]);
    let other = again["listen_port"].as_u64().unwrap();
    // Where it was found before, it is found again.
    assert_eq!(other, port);
    assert!(metrics(other).is_some());

    place.json(&["agents", "update", &id, "--enabled=false"]);
    is("done", &|_| true);
    assert!(metrics(other).is_none());

    // It ends with the agent, and that is told before the agent leaves.
    place.json(&["agents", "update", &id, "--enabled=true"]);
    let last = is("running", &|_| true)["listen_port"].as_u64().unwrap();
    assert_eq!(last, port);
    agent.end("TERM");
    assert!(metrics(last).is_none());
    assert_eq!(is("done", &|_| true)["reported"]["last_error"], Value::Null);
    let log = std::fs::read_to_string(place.path().join("agent.log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
}
