//! The metrics of an exporter through the front of its node: a real server, a real agent, real programs.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::exporters::{Agent, EXPORTER, serve};
use crate::process::{Place, Server, curl, free_port, skip, wait_for};

const PROMETHEUS: &str = "/usr/bin/prometheus";
/// The name of the node.
const NODE: &str = "front-1.example.com";

/// A node with an exporter, in an organization that serves metrics.
struct Bench {
    agent: Agent,
    server: Server,
    port: u16,
    /// The exporter.
    id: String,
    node: String,
    place: Place,
}

/// Makes a key with these scopes and further arguments, and answers its id and its text.
fn key(place: &Place, name: &str, scopes: &str, more: &[&str]) -> (String, String) {
    let made = place.json(&[&["keys", "create", "--name", name, "--scopes", scopes], more].concat());
    (made["key"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

impl Bench {
    /// Starts all of it, and waits until the front listens.
    fn new() -> Self {
        let place = Place::new();
        let server = serve(&place);
        let made = place.json(&["keys", "create", "--name", "Rack 7", "--kind", "enrol"]);
        let agent = Agent::start(&place, Some(made["secret"].as_str().unwrap()));
        let node = wait_for("the node", || {
            let nodes = place.json(&["nodes", "list"]);
            nodes["items"].as_array().unwrap().first().map(|node| node["id"].as_str().unwrap().to_owned())
        });
        let row = place.json(&["agents", "create", "--type", "node_exporter", "--runs-on", &node]);
        let id = row["id"].as_str().unwrap().to_owned();
        wait_for("the exporter", || {
            (place.json(&["agents", "get", &id])["status"] == "running").then_some(())
        });
        let bench = Self { agent, server, port: free_port(), id, node, place };
        // Off by default.
        assert_eq!(bench.place.json(&["front", "show"])["enabled"], false);
        assert_eq!(bench.reported(), Value::Null);
        let port = bench.port.to_string();
        let on = bench.place.json(&["front", "update", "--enabled=true", "--port", &port]);
        assert_eq!((on["enabled"].as_bool(), on["port"].as_u64()), (Some(true), Some(bench.port.into())));
        assert!(on["authority"]["sha256"].is_string(), "{on}");
        bench.listens();
        bench.trust();
        bench
    }

    /// What the agent reports of its front.
    fn reported(&self) -> Value {
        self.place.json(&["nodes", "get", &self.node])["facts"]["front"].clone()
    }

    fn listens(&self) -> Value {
        wait_for("the front", || {
            let front = self.reported();
            (front["listens"] == true && front["port"] == self.port).then_some(front)
        })
    }

    /// Writes the authority's certificate to a file.
    fn trust(&self) {
        let authority = self.place.json(&["front", "authority"]);
        let pem = authority["certificate"].as_str().unwrap();
        std::fs::write(self.place.path().join("front.pem"), pem).unwrap();
    }

    /// Fetches metrics under the name of the node, which must be in the certificate.
    fn fetch(&self, name: &str, exporter: &str, more: &[&str]) -> (u16, String) {
        let ca = self.place.path().join("front.pem");
        let resolve = format!("{name}:{}:127.0.0.1", self.port);
        let url = format!("https://{name}:{}/metrics/{exporter}", self.port);
        curl(&[&["--cacert", ca.to_str().unwrap(), "--resolve", &resolve, &url], more].concat())
    }

    fn fetch_with(&self, key: &str) -> (u16, String) {
        self.fetch(NODE, &self.id, &["-H", &format!("Authorization: Bearer {key}")])
    }

    /// Gives the node a name, and waits until its certificate has it.
    fn rename(&self) {
        self.place.json(&["nodes", "update", &self.node, "--name", NODE]);
        // Without a key it is a refusal; the name of the certificate is checked before.
        wait_for("a certificate with the new name", || {
            (self.fetch(NODE, &self.id, &[]).0 == 401).then_some(())
        });
    }
}

#[test]
fn metrics_are_served_over_tls_to_keys_that_may_fetch_them() {
    if !Path::new(EXPORTER).exists() {
        return skip("prometheus-node-exporter");
    }
    let bench = Bench::new();
    bench.rename();
    let place = &bench.place;
    let (_, good) = key(place, "prometheus", "front.scrape", &[]);
    let (status, metrics) = bench.fetch_with(&good);
    assert!(status == 200 && metrics.contains("\nnode_load1 "), "{status} {metrics}");
    // By its type, as Basic, and with a query that the exporter gets.
    let by_type = bench.fetch(NODE, "node_exporter?collect%5B%5D=loadavg", &["-u", &format!("{good}:")]);
    assert!(by_type.0 == 200 && by_type.1.contains("\nnode_load1 "), "{by_type:?}");
    assert!(!by_type.1.contains("\nnode_memory_"), "the query was not passed on");
    // A parameter that does not choose metrics is refused, however it is written.
    for query in ["target=evil.example:3306", "%74arget=x", "collect[]=loadavg&auth_module=x"] {
        let url = format!("node_exporter?{query}");
        let (status, reason) = bench.fetch(NODE, &url, &["-g", "-H", &format!("X-API-KEY: {good}")]);
        assert!(status == 400 && reason.contains("is not passed on"), "{query}: {status} {reason}");
    }
    let (status, head) = bench.fetch(NODE, "node_exporter", &["-I", "-H", &format!("X-API-KEY: {good}")]);
    assert!(status == 200 && head.to_ascii_lowercase().contains("content-type: text/plain"), "{head}");
    let target = place.json(&["front", "scrape", &bench.id]);
    let url = target["url"].as_str().unwrap();
    assert!(url.ends_with(&format!(":{}/metrics/{}", bench.port, bench.id)), "{target}");

    let refused = |found: (u16, String), status: u16, says: &str| {
        assert!(found.0 == status && found.1.contains(says), "expected {status} {says}, found {found:?}");
    };
    refused(bench.fetch(NODE, &bench.id, &[]), 401, "front.scrape");
    refused(bench.fetch_with("x"), 401, "expected a key");
    refused(bench.fetch_with(&good.replace("blw_org_", "blw_root_")), 401, "checksum");
    refused(bench.fetch(NODE, "", &[]), 404, "/metrics/AGENT");
    refused(bench.fetch(NODE, &bench.id, &["-X", "POST"]), 405, "GET");
    let (_, other) = key(place, "inventory", "nodes:read", &[]);
    refused(bench.fetch_with(&other), 403, "front.scrape");
    let site = place.json(&["sites", "create", "--name", "Elsewhere"]);
    let reach = json!({ "sites": [site["id"]] }).to_string();
    let (_, narrow) = key(place, "elsewhere", "front.scrape", &["--reach", &reach]);
    refused(bench.fetch_with(&narrow), 403, "does not reach this node");
    let (_, far) = key(place, "far", "front.scrape", &["--allowed-ips", "192.0.2.0/24"]);
    refused(bench.fetch_with(&far), 403, "127.0.0.1");
    let bearer = format!("Authorization: Bearer {good}");
    refused(bench.fetch(NODE, "postgres_exporter", &["-H", &bearer]), 404, "no such exporter");
    refused(bench.fetch(NODE, &bench.node, &["-H", &bearer]), 404, "no such exporter");

    // A disabled key that was not used here is refused at once; one that is remembered, within a minute.
    let (id, unused) = key(place, "unused", "front.scrape", &[]);
    place.json(&["keys", "disable", &id, "--reason", "test"]);
    refused(bench.fetch_with(&unused), 401, "disabled");

    // The exporter is gone, which the agent has not noticed, or has noticed.
    place.json(&["agents", "update", &bench.id, "--enabled=false"]);
    wait_for("the end of the front", || {
        let off = bench.reported() == Value::Null;
        (off && std::net::TcpStream::connect(("127.0.0.1", bench.port)).is_err()).then_some(())
    });
    place.json(&["agents", "update", &bench.id, "--enabled=true"]);
    bench.listens();
    wait_for("the exporter", || (bench.fetch_with(&good).0 == 200).then_some(()));

    // Switched off, nothing listens.
    place.json(&["front", "update", "--enabled=false"]);
    wait_for("the end of the front", || {
        std::net::TcpStream::connect(("127.0.0.1", bench.port)).is_err().then_some(())
    });
    let audited = place.json(&["audit", "list", "--operation", "front.update"]);
    assert_eq!(audited["items"].as_array().unwrap().len(), 2);

    // The key is in no file of the agent or the server.
    let Bench { agent, mut server, place, .. } = bench;
    agent.end("TERM");
    server.signal("TERM");
    server.wait();
    let secret = &good[good.rfind('_').unwrap() + 1..];
    let found = Command::new("grep").args(["-rlaF", secret, "."]).current_dir(place.path()).output().unwrap();
    assert!(found.stdout.is_empty(), "{}", String::from_utf8_lossy(&found.stdout));
}

#[test]
fn a_known_key_still_fetches_while_the_server_is_away() {
    if !Path::new(EXPORTER).exists() {
        return skip("prometheus-node-exporter");
    }
    let mut bench = Bench::new();
    bench.rename();
    let (_, known) = key(&bench.place, "known", "front.scrape", &[]);
    let (_, unknown) = key(&bench.place, "unknown", "front.scrape", &[]);
    assert_eq!(bench.fetch_with(&known).0, 200);
    bench.server.signal("KILL");
    bench.server.wait();
    wait_for("the agent to notice", || (bench.fetch_with(&unknown).0 == 503).then_some(()));
    let (status, metrics) = bench.fetch_with(&known);
    assert!(status == 200 && metrics.contains("\nnode_load1 "), "{status}");
    // The agent's key for the certificate is its own.
    let kept = std::fs::read_to_string(bench.place.path().join("agent/front.json")).unwrap();
    assert!(kept.contains("certificate") && !kept.contains(&known));
}

#[test]
fn an_exporter_that_does_not_answer_and_a_port_that_is_taken_are_reported() {
    if !Path::new(EXPORTER).exists() {
        return skip("prometheus-node-exporter");
    }
    let bench = Bench::new();
    bench.rename();
    let (_, good) = key(&bench.place, "prometheus", "front.scrape", &[]);
    assert_eq!(bench.fetch_with(&good).0, 200);
    // An address that another node has too is left out of the certificate, and the agent reports it.
    let shared = "shared.example.com";
    let other = ["nodes", "create", "--type", "generic", "--name", "other", "--address", shared];
    bench.place.json(&other);
    bench.place.json(&["nodes", "update", &bench.node, "--address", shared]);
    let left_out = wait_for("what is left out", || {
        bench.reported()["last_error"].as_str().filter(|error| error.contains(shared)).map(ToOwned::to_owned)
    });
    assert!(left_out.contains("another node has"), "{left_out}");
    assert_eq!(bench.fetch_with(&good).0, 200, "the front still works under its name");
    bench.place.json(&["nodes", "update", &bench.node, "--address", "own.example.com"]);
    wait_for("a whole certificate", || bench.reported()["last_error"].is_null().then_some(()));
    // The exporter is stopped, as if it were hung; the one who fetches waits for a second.
    let note = bench.place.path().join("agent/programs").join(&bench.id).join("process");
    let pid = std::fs::read_to_string(note).unwrap().split(' ').next().unwrap().to_owned();
    let send = |signal: &str| {
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    };
    send("-STOP");
    let bearer = format!("Authorization: Bearer {good}");
    let waits = ["-H", &bearer, "-H", "X-Prometheus-Scrape-Timeout-Seconds: 1"];
    let (status, reason) = bench.fetch(NODE, &bench.id, &waits);
    assert!(status == 502 && reason.contains("within 1 seconds"), "{status} {reason}");
    send("-CONT");
    send("-KILL");
    wait_for("the end of the exporter", || (bench.fetch_with(&good).0 == 502).then_some(()));

    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    bench.place.json(&["front", "update", "--port", &port.to_string()]);
    let error = wait_for("the reason", || {
        let front = bench.reported();
        (front["port"] == port && front["listens"] == false)
            .then(|| front["last_error"].as_str().map(ToOwned::to_owned))
            .flatten()
    });
    assert!(error.contains("in use by another program"), "{error}");
    drop(taken);
    wait_for("the front at the other port", || (bench.reported()["listens"] == true).then_some(()));
}

/// A program that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_real_prometheus_scrapes_through_the_front() {
    if !Path::new(EXPORTER).exists() {
        return skip("prometheus-node-exporter");
    }
    if !Path::new(PROMETHEUS).exists() {
        return skip("prometheus");
    }
    let bench = Bench::new();
    bench.rename();
    let (_, good) = key(&bench.place, "prometheus", "front.scrape", &[]);
    let at = bench.place.path();
    std::fs::write(at.join("key"), &good).unwrap();
    let config = format!(
        "global: {{ scrape_interval: 1s }}\n\
         scrape_configs:\n\
         - job_name: bailiwick\n  \
           scheme: https\n  \
           metrics_path: /metrics/node_exporter\n  \
           authorization: {{ credentials_file: key }}\n  \
           tls_config: {{ ca_file: front.pem, server_name: {NODE} }}\n  \
           static_configs: [{{ targets: ['127.0.0.1:{}'] }}]\n",
        bench.port
    );
    std::fs::write(at.join("prometheus.yml"), config).unwrap();
    let port = free_port();
    let child = Command::new(PROMETHEUS)
        .current_dir(at)
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb"])
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(at.join("prometheus.log")).unwrap())
        .spawn()
        .unwrap();
    let _running = Running(child);
    let query = format!("http://127.0.0.1:{port}/api/v1/query?query=up");
    wait_for("a scrape", || {
        let (_, body) = curl(&[&query]);
        let answer: Value = serde_json::from_str(&body).ok()?;
        (answer["data"]["result"][0]["value"][1] == "1").then_some(())
    });
    let query = format!("http://127.0.0.1:{port}/api/v1/query?query=node_load1");
    let (_, body) = curl(&[&query]);
    assert!(body.contains("\"job\":\"bailiwick\""), "{body}");
}
