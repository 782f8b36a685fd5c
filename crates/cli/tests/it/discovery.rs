//! Prometheus and Ansible discover the machines: with the real programs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output};

use serde_json::{Value, json};

use crate::chaos::machine::{Host, is_administrator};
use crate::exporters::{Agent, EXPORTER, serve};
use crate::metrics::{expressions, filled};
use crate::process::{Place, curl, free_port, skip, wait_for};

/// The exporter of PostgreSQL.
const POSTGRES_EXPORTER: &str = "/usr/bin/prometheus-postgres-exporter";
/// The certificate of the server in a place.
const CERTIFICATE: &str = "bailiwick-data/tls/certificate.pem";

/// A program that runs beside the test; it is killed when this is dropped.
struct Running(Child);

impl Running {
    /// Starts a program whose output goes to a file in the place.
    fn start(place: &Place, mut command: Command, log: &str) -> Self {
        let log = fs::File::create(place.path().join(log)).unwrap();
        Self(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What Prometheus answers to a query; `None` while it does not listen.
fn query(port: u16, expression: &str) -> Option<Vec<Value>> {
    let expression = format!("query={expression}");
    let url = format!("http://127.0.0.1:{port}/api/v1/query");
    let (status, body) = curl(&["--get", "--data-urlencode", &expression, &url]);
    if status == 0 || status == 503 {
        return None;
    }
    assert_eq!(status, 200, "{expression}: {body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    Some(answer["data"]["result"].as_array().unwrap().clone())
}

/// The value of a metric for each instance, as Prometheus answers it.
fn values(port: u16, metric: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = query(port, metric)
        .unwrap_or_default()
        .iter()
        .map(|sample| {
            let name = sample["metric"]["instance"].as_str().unwrap().to_owned();
            (name, sample["value"][1].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

/// Adds the PostgreSQL of the tests to the inventory of a node, and an exporter that observes it. False where there is no
/// PostgreSQL, which is said.
fn observe_postgresql(place: &Place, node: &str) -> bool {
    let Some(url) = std::env::var("BAILIWICK_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        skip("PostgreSQL: `cargo xtask test` starts one");
        return false;
    };
    let (user, at) = url.split_once("://").unwrap().1.split_once('@').unwrap();
    let host = at.split(['/', '?']).next().unwrap().replace("%2F", "/").replace("%2f", "/");
    let (address, port) = host.split_once(':').unwrap_or((&host, "5432"));
    let where_it_is = match host.starts_with('/') {
        true => vec!["--socket", &host],
        false => vec!["--address", address, "--port", port],
    };
    let service = ["services", "create", "--type", "postgresql", "--name", "orders", "--nodes", node];
    place.json(&[&service[..], &where_it_is].concat());
    let settings = json!({ "username": user.split(':').next().unwrap() }).to_string();
    let exporter =
        ["agents", "create", "--type", "postgres_exporter", "--runs-on", node, "--settings", &settings];
    place.json(&[&exporter[..], &["--observes", r#"{"services": ["orders"]}"#]].concat());
    true
}

#[test]
fn prometheus_discovers_and_scrapes_the_exporters_of_two_machines_and_the_server() {
    let programs = [EXPORTER, POSTGRES_EXPORTER, "/usr/bin/prometheus"];
    if !programs.iter().all(|program| Path::new(program).exists()) {
        return skip("prometheus, prometheus-node-exporter and prometheus-postgres-exporter");
    }
    if !is_administrator() {
        return;
    }
    let place = Place::new();
    let local = format!("127.0.0.1:{}", free_port());
    fs::write(place.path().join("bailiwick.yml"), format!("server: {{metrics_address: '{local}'}}\n"))
        .unwrap();
    let _server = serve(&place);
    // One machine has an agent, which starts the exporters and is their front. On the other one somebody started it.
    let made = place.json(&["keys", "create", "--name", "Rack 7", "--kind", "enrol"]);
    let _agent = Agent::start(&place, Some(made["secret"].as_str().unwrap()));
    let node =
        wait_for("the node", || place.json(&["nodes", "list"])["items"].as_array().unwrap().first().cloned());
    let (id, name) = (node["id"].as_str().unwrap(), node["name"].as_str().unwrap());
    place.json(&["nodes", "update", id, "--address", "127.0.0.1"]);
    place.json(&["agents", "create", "--type", "node_exporter", "--runs-on", id]);
    let has_postgresql = observe_postgresql(&place, id);
    place.json(&["front", "update", "--enabled=true", "--port", &free_port().to_string()]);
    let authority = place.json(&["front", "authority"]);
    fs::write(place.path().join("fronts.pem"), authority["certificate"].as_str().unwrap()).unwrap();
    let host = Host::new("scraped");
    let other = format!("{}2", host.server().strip_suffix('1').unwrap());
    let mut exporter = Command::new("ip");
    exporter.args(["netns", "exec", host.name(), EXPORTER, "--web.listen-address", &format!("{other}:9100")]);
    let _exporter = Running::start(&place, exporter, "exporter.log");
    place.json(&["nodes", "create", "--type", "remote", "--name", "switch-1", "--address", &other]);
    let external = ["agents", "create", "--type", "external_exporter", "--runs-on", "switch-1"];
    place.json(&[&external[..], &["--listen-port", "9100"]].concat());

    for (file, scope) in [("discovery.key", "prometheus.targets"), ("scrape.key", "front.scrape")] {
        let key = place.json(&["keys", "create", "--name", file, "--scopes", scope]);
        fs::write(place.path().join(file), key["secret"].as_str().unwrap()).unwrap();
    }
    let args = ["keys", "create", "--as", "root", "--kind", "root", "--name", "watch", "--scopes"];
    let key = place.json(&[&args[..], &["server.metrics"]].concat());
    fs::write(place.path().join("metrics.key"), key["secret"].as_str().unwrap()).unwrap();
    let server = format!("127.0.0.1:{}", place.port);
    let discover = |kind: &str| {
        json!([{
            "url": format!("https://{server}/v1/prometheus/targets?type={kind}"), "refresh_interval": "1s",
            "authorization": { "credentials_file": "discovery.key" },
            "tls_config": { "ca_file": CERTIFICATE },
        }])
    };
    let configuration = json!({
        "global": { "scrape_interval": "1s" },
        "scrape_configs": [
            {
                "job_name": "machines", "http_sd_configs": discover("node_exporter"),
                "authorization": { "credentials_file": "scrape.key" },
                "tls_config": { "ca_file": "fronts.pem" },
            },
            {
                "job_name": "databases", "http_sd_configs": discover("postgres_exporter"),
                "authorization": { "credentials_file": "scrape.key" },
                "tls_config": { "ca_file": "fronts.pem" },
            },
            { "job_name": "others", "http_sd_configs": discover("external_exporter") },
            {
                "job_name": "bailiwick", "scheme": "https",
                "authorization": { "credentials_file": "metrics.key" },
                "tls_config": { "ca_file": CERTIFICATE },
                "static_configs": [{ "targets": [server], "labels": { "instance": "bailiwick" } }],
            },
            // The same without a key, as a Prometheus on the server's machine reads it.
            {
                "job_name": "local",
                "static_configs": [{ "targets": [local], "labels": { "instance": "local" } }],
            },
        ],
    });
    // JSON is YAML too.
    fs::write(place.path().join("prometheus.yml"), configuration.to_string()).unwrap();
    let port = free_port();
    let mut prometheus = Command::new("prometheus");
    prometheus
        .current_dir(place.path())
        .args(["--config.file=prometheus.yml", "--storage.tsdb.path=prometheus"]);
    prometheus.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let _prometheus = Running::start(&place, prometheus, "prometheus.log");
    let mut expected: Vec<String> =
        ["bailiwick", "local", "switch-1/external_exporter"].map(str::to_owned).to_vec();
    expected.push(format!("{name}/node_exporter"));
    let database = format!("{name}/postgres_exporter/orders");
    expected.extend(has_postgresql.then(|| database.clone()));
    expected.sort();
    let expected: Vec<_> = expected.into_iter().map(|instance| (instance, "1".to_owned())).collect();
    wait_for("all targets to be up", || (values(port, "up") == expected).then_some(()));
    if has_postgresql {
        wait_for("PostgreSQL", || {
            (values(port, "pg_up") == [(database.clone(), "1".to_owned())]).then_some(())
        });
    }
    // Both ways to read the server's own metrics show the same numbers.
    wait_for("the server's metrics", || {
        let nodes = values(port, "sum by (instance) (bailiwick_nodes)");
        let both = ["bailiwick", "local"].map(|instance| (instance.to_owned(), "2".to_owned()));
        (nodes == both).then_some(())
    });
    // Prometheus understands each query of the dashboard, and knows what those without a rate ask for.
    for (panel, expression) in expressions() {
        let filled = filled(&expression);
        let answer = query(port, &filled).unwrap_or_else(|| panic!("{panel}: no answer to {filled}"));
        assert!(filled.contains('[') || !answer.is_empty(), "{panel}: {filled} has no value");
    }
}

/// The text of a program's output. Fails with its errors if the program failed.
fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A command of Ansible, with a key for it and the inventory script `inventory`.
fn ansible(place: &Place, key: &str, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(place.path()).args(["-i", "inventory"]).args(arguments);
    command.env("BAILIWICK_URL", place.url()).env("BAILIWICK_KEY", key).env("HOME", place.path());
    command.env("BAILIWICK_CA", place.path().join(CERTIFICATE)).env("ANSIBLE_HOST_KEY_CHECKING", "false");
    command.env("ANSIBLE_LOCALHOST_WARNING", "false").env("LC_ALL", "C.UTF-8");
    command
}

/// Writes the inventory script of the guide.
fn write_script(place: &Place) {
    let script = format!("#!/bin/sh\nexec {} ansible \"$@\"\n", env!("CARGO_BIN_EXE_bailiwick"));
    fs::write(place.path().join("inventory"), script).unwrap();
    fs::set_permissions(place.path().join("inventory"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn ansible_reads_the_inventory_and_runs_nothing_that_is_in_it() {
    if !Path::new("/usr/bin/ansible-inventory").exists() {
        return skip("ansible-core");
    }
    let place = Place::new();
    let _server = serve(&place);
    let node = |name: &str, more: &[&str]| {
        let args = ["nodes", "create", "--type", "generic", "--name", name, "--address"];
        place.json(&[&args[..], more].concat())
    };
    place.json(&["sites", "create", "--name", "Berlin plant"]);
    node("db-1", &["10.0.0.1", "--site", "Berlin plant", "--labels", "env=prod"]);
    let touched = place.path().join("touched");
    let template = format!("{{{{ lookup('pipe', 'touch {}') }}}}", touched.display());
    let labels = json!({ "note": template }).to_string();
    let hostile = node("web-1", &["10.0.0.2", "--labels", &labels]);
    let renamed = node(&template, &["10.0.0.3"]);
    assert_eq!(hostile["labels"]["note"], template);
    let key = place.json(&["keys", "create", "--name", "ansible", "--scopes", "ansible.inventory"]);
    let key = key["secret"].as_str().unwrap();
    write_script(&place);

    let graph = text(&ansible(&place, key, "ansible-inventory", &["--graph"]).output().unwrap());
    for lines in ["  |--@env_prod:\n  |  |--db-1\n", "  |--@site_berlin_plant:\n  |  |--db-1\n"] {
        assert!(graph.contains(lines), "{graph}");
    }
    assert!(graph.contains(renamed["id"].as_str().unwrap()), "{graph}");
    let host = text(&ansible(&place, key, "ansible-inventory", &["--host", "db-1"]).output().unwrap());
    let host: Value = serde_json::from_str(&host).unwrap();
    assert_eq!(host["ansible_host"]["__ansible_unsafe"], "10.0.0.1");
    // The texts are used here as a play would use them.
    let shown = [
        "all",
        "-c",
        "local",
        "-m",
        "debug",
        "-a",
        "msg='{{ bailiwick_labels.note | default(bailiwick_name) }} {{ inventory_hostname }} {{ ansible_host }}'",
    ];
    let shown = text(&ansible(&place, key, "ansible", &shown).output().unwrap());
    assert!(shown.contains("lookup('pipe'") && shown.contains("10.0.0.1"), "{shown}");
    assert!(!touched.exists(), "Ansible ran what somebody wrote into a label or a name");
}

/// Ansible's decoder replaces an object that has a member `__ansible_unsafe`, so that the labels of one node were the variables
/// of another one, and it gives plays for `localhost` to a host `127.0.0.1`.
#[test]
fn no_name_or_label_changes_how_ansible_runs() {
    if !["/usr/bin/ansible", "/usr/bin/ssh"].iter().all(|path| Path::new(path).exists()) {
        return skip("ansible-core and openssh-client");
    }
    let place = Place::new();
    let _server = serve(&place);
    let touched = place.path().join("touched");
    let proxy = format!("-o ProxyCommand=\"touch {}\"", touched.display());
    let labels =
        json!({ "ansible_ssh_common_args": proxy, "ansible_connection": "local", "_": "ansible_unsafe" });
    let names = [
        "bailiwick_labels",
        "__ansible_unsafe",
        "__ansible_vault",
        "127.0.0.1",
        "::1",
        "LocalHost",
        "all",
        "ungrouped",
        "_meta",
        "hostvars",
        "*",
        "db-1",
    ];
    for (n, name) in names.into_iter().enumerate() {
        let (address, labels) = (format!("192.0.2.{n}"), labels.to_string());
        let args = ["--type", "generic", "--name", name, "--address", &address, "--labels", &labels];
        place.json(&[&["nodes", "create"][..], &args].concat());
    }
    let key = place.json(&["keys", "create", "--name", "ansible", "--scopes", "ansible.inventory"]);
    let key = key["secret"].as_str().unwrap();
    write_script(&place);

    let listed = text(&ansible(&place, key, "ansible-inventory", &["--list"]).output().unwrap());
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let hosts = listed["_meta"]["hostvars"].as_object().unwrap();
    assert_eq!(hosts.len(), names.len(), "{listed}");
    for (name, variables) in hosts {
        assert!(variables.get("ansible_connection").is_none(), "{name}: {variables}");
        assert!(variables["ansible_host"]["__ansible_unsafe"].is_string(), "{name}: {variables}");
    }
    let mut plain: Vec<_> = hosts.keys().filter(|name| name.len() != 36).collect();
    plain.sort();
    assert_eq!(plain, ["bailiwick_labels", "db-1", "hostvars"]);
    let ping = ["all", "-m", "ping", "-T", "1", "-f", "12"];
    let pinged = ansible(&place, key, "ansible", &ping).output().unwrap();
    let pinged = String::from_utf8_lossy(&pinged.stdout).into_owned();
    assert!(pinged.contains("db-1 | UNREACHABLE!") && !pinged.contains("SUCCESS"), "{pinged}");
    assert!(!touched.exists(), "Ansible ran what somebody wrote into a label");
    // Ansible's own machine is still its own.
    let own = ["localhost", "-m", "debug", "-a", "var=ansible_connection"];
    let own = text(&ansible(&place, key, "ansible", &own).output().unwrap());
    assert!(own.contains("\"ansible_connection\": \"local\""), "{own}");
}

#[test]
fn ansible_reaches_the_machine_that_is_up() {
    let missing = ["/usr/bin/ansible", "/usr/sbin/sshd", "/usr/bin/ssh"];
    if !missing.iter().all(|path| Path::new(path).exists()) {
        return skip("ansible-core, openssh-server and openssh-client");
    }
    if !is_administrator() {
        return;
    }
    let place = Place::new();
    let _server = serve(&place);
    for (name, address) in [("up-1", "127.0.0.2"), ("down-1", "127.0.0.3")] {
        place.json(&["nodes", "create", "--type", "generic", "--name", name, "--address", address]);
    }
    let file = |name: &str| place.path().join(name);
    for name in ["host", "client"] {
        let mut make = Command::new("ssh-keygen");
        assert!(
            make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file(name)).status().unwrap().success()
        );
    }
    fs::copy(file("client.pub"), file("allowed")).unwrap();
    fs::create_dir_all("/run/sshd").unwrap();
    let port = free_port().to_string();
    let mut sshd = Command::new("/usr/sbin/sshd");
    sshd.args(["-D", "-e", "-f", "/dev/null", "-p", &port]);
    for option in [
        "ListenAddress=127.0.0.2".to_owned(),
        format!("HostKey={}", file("host").display()),
        format!("AuthorizedKeysFile={}", file("allowed").display()),
        "StrictModes=no".to_owned(),
        "PermitRootLogin=prohibit-password".to_owned(),
        "PidFile=none".to_owned(),
    ] {
        sshd.args(["-o", &option]);
    }
    let _sshd = Running::start(&place, sshd, "sshd.log");
    let log = || fs::read_to_string(file("sshd.log")).unwrap();
    wait_for("sshd", || log().contains("Server listening").then_some(()));
    write_script(&place);
    let client = file("client");
    let ping = ["all", "-m", "ping", "-u", "root", "--private-key", client.to_str().unwrap(), "-e"];
    let ports = format!("ansible_port={port}");
    let interpreter = "ansible_python_interpreter=/usr/bin/python3";
    let ping = [&ping[..], &[ports.as_str(), "-e", interpreter, "-o"]].concat();
    let output = ansible(&place, &place.key(), "ansible", &ping).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("up-1 | SUCCESS"), "{said}\n{}", log());
    assert!(said.contains("down-1 | UNREACHABLE!"), "{said}");
}
