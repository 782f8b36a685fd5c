//! `bailiwick up` shows and commands the machine it runs on: the real agent, as a process of its own.

use std::process::Command;

use serde_json::{Value, json};

use crate::process::{Place, Server, curl, wait_for};

impl Place {
    fn up_with_agent(&self) -> Server {
        self.start(&["up", "--listen", &format!("127.0.0.1:{}", self.port)])
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let authorization = format!("Authorization: Bearer {}", self.key());
        let url = format!("{}{path}", self.url());
        let text = body.map(Value::to_string);
        let mut arguments = vec!["-k", "-X", method, "-H", &authorization];
        if let Some(text) = &text {
            arguments.extend(["-H", "Content-Type: application/json", "-d", text]);
        }
        arguments.push(&url);
        let (status, text) = curl(&arguments);
        (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}")))
    }

    fn own_node(&self) -> Value {
        wait_for("this machine's node", || {
            let (status, nodes) = self.ask("GET", "/v1/nodes?status=online", None);
            assert_eq!(status, 200, "{nodes}");
            // It tells of itself a moment after it has come.
            Some(nodes["items"][0].clone()).filter(|node| node["facts"].is_object())
        })
    }

    /// Gives the machine a command and waits for its result.
    fn carry_out(&self, node: &Value, fields: Value) -> Value {
        let mut body = json!({ "targets": { "nodes": [node["id"]] } });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let (status, command) = self.ask("POST", "/v1/commands", Some(&body));
        assert_eq!((status, &command["target_count"]), (202, &json!(1)), "{command}");
        self.result(&command)
    }

    fn result(&self, command: &Value) -> Value {
        let path = format!("/v1/commands/{}/results", command["id"].as_str().unwrap());
        wait_for("the command's result", || {
            let (_, results) = self.ask("GET", &path, None);
            let result = results["items"][0].clone();
            let state = result["state"].as_str().unwrap_or_default().to_owned();
            (!["queued", "sent", "running"].contains(&state.as_str())).then_some(result)
        })
    }
}

fn told(program: &str, arguments: &[&str]) -> String {
    String::from_utf8(Command::new(program).args(arguments).output().unwrap().stdout).unwrap()
}

#[test]
fn up_enrols_its_own_machine_and_runs_commands_on_it() {
    let place = Place::new();
    let mut server = place.up_with_agent();
    let node = place.own_node();
    assert_eq!(node["name"], told("uname", &["-n"]).trim(), "{node}");
    let facts = &node["facts"];
    assert_eq!(facts["kernel"], told("uname", &["-r"]).trim(), "{facts}");
    let cores: u64 = told("nproc", &["--all"]).trim().parse().unwrap();
    assert_eq!(facts["cpu_cores"], cores, "{facts}");
    assert!(facts["memory_bytes"].as_u64().unwrap() > 1 << 28, "{facts}");

    let result = place.carry_out(&node, json!({ "shell": "sh", "command": "uname -a" }));
    assert_eq!((&result["state"], &result["exit_code"]), (&json!("succeeded"), &json!(0)), "{result}");
    assert_eq!(result["stdout"]["text"], told("uname", &["-a"]));
    let result = place.carry_out(&node, json!({ "shell": "sh", "command": "echo no >&2; exit 7" }));
    assert_eq!((&result["state"], &result["exit_code"]), (&json!("failed"), &json!(7)), "{result}");
    assert_eq!((&result["stderr"]["text"], &result["stdout"]["text"]), (&json!("no\n"), &json!("")));

    // What the agent holds lies in files of its owner alone, and the key it came with is gone.
    let data = place.path().join("bailiwick-data");
    assert!(data.join("agent/metrics").is_dir(), "it does not report the metrics of the host");
    let credential = std::fs::metadata(data.join("agent/credential.json")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&credential.permissions()) & 0o777, 0o600);

    // It leaves with the server, and comes again with it as the same node.
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.err());
    drop(server);
    let _server = place.up_with_agent();
    assert_eq!(place.own_node()["id"], node["id"]);
    assert!(!data.join("agent-enrolment").exists());
    let (_, nodes) = place.ask("GET", "/v1/nodes", None);
    assert_eq!(nodes["items"].as_array().unwrap().len(), 1);
}

#[test]
fn the_agent_of_the_server_reports_no_host_metrics_if_that_is_off() {
    let place = Place::new();
    std::fs::write(place.path().join("bailiwick.yml"), "agent:\n  host_metrics: false\n").unwrap();
    let _server = place.up_with_agent();
    place.own_node();
    assert!(!place.path().join("bailiwick-data/agent/metrics").exists());
}

#[test]
fn the_agent_of_the_server_stops_with_a_second_organization() {
    let place = Place::new();
    let server = place.up_with_agent();
    place.own_node();
    let status_of = |wanted: &'static str| {
        let (_, nodes) = place.ask("GET", "/v1/nodes", None);
        (nodes["items"][0]["status"] == wanted).then_some(())
    };
    let root = format!("Authorization: Bearer {}", place.root_key());
    let of_root = |method: &str, path: &str, body: &str| {
        let url = format!("{}{path}", place.url());
        let json = "Content-Type: application/json";
        curl(&["-k", "-X", method, "-H", &root, "-H", json, "-d", body, &url])
    };
    let other = r#"{ "slug": "other", "name": "Other" }"#;
    assert_eq!(of_root("POST", "/v1/organizations", other).0, 201);
    wait_for("the agent to leave", || status_of("offline"));
    wait_for("the warning", || server.err().contains("several organizations").then_some(()));
    assert_eq!(of_root("DELETE", "/v1/organizations/other", "{}").0, 200);
    wait_for("the agent to return", || status_of("online"));
}

#[test]
fn a_killed_server_ends_its_own_agent() {
    let place = Place::new();
    let server = place.up_with_agent();
    let node = place.own_node();
    let result = place.carry_out(&node, json!({ "shell": "sh", "command": "echo $PPID" }));
    let agent = result["stdout"]["text"].as_str().unwrap().trim().to_owned();
    assert!(std::path::Path::new(&format!("/proc/{agent}")).exists());
    server.signal("KILL");
    wait_for("the agent's end", || (!std::path::Path::new(&format!("/proc/{agent}")).exists()).then_some(()));
}

#[test]
fn a_script_saved_over_tacticals_api_runs_on_the_machine_and_is_in_its_history() {
    let place = Place::new();
    let _server = place.up_with_agent();
    let node = place.own_node();
    let id = node["id"].as_str().unwrap();
    let script = json!({
        "name": "Greet", "shell": "shell", "script_body": "#!/bin/sh\necho \"$1 $2\"; exit 3\n", "args": ["hello", "you"],
        "default_timeout": 90, "env_vars": [], "run_as_user": false,
    });
    let (status, said) = place.ask("POST", "/scripts/", Some(&script));
    assert_eq!((status, &said), (200, &json!("Greet was added!")));
    let (_, scripts) = place.ask("GET", "/scripts/", None);
    let run = json!({
        "script": scripts[0]["id"], "output": "wait", "args": ["goodbye"], "timeout": 30, "run_as_user": false,
        "env_vars": [],
    });
    let (status, output) = place.ask("POST", &format!("/agents/{id}/runscript/"), Some(&run));
    assert_eq!((status, &output), (200, &json!("goodbye you\n")));
    let (status, history) = place.ask("GET", &format!("/agents/{id}/history/"), None);
    assert_eq!((status, &history[0]["script_name"]), (200, &json!("Greet")), "{history}");
    assert_eq!(history[0]["script_results"]["retcode"], 3, "{history}");
    let audit = json!({
        "pagination": { "rowsPerPage": 25, "page": 1, "sortBy": "entry_time", "descending": true },
        "actionFilter": ["execute_script"], "agentFilter": [id],
    });
    let (status, logs) = place.ask("PATCH", "/logs/audit/", Some(&audit));
    assert_eq!((status, &logs["total"]), (200, &json!(1)), "{logs}");
    assert_eq!(logs["audit_logs"][0]["agent"], node["name"], "{logs}");
    let (status, ping) = place.ask("GET", &format!("/agents/{id}/ping/"), None);
    assert_eq!((status, &ping["status"]), (200, &json!("online")));
}
