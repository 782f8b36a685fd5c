//! The server's metrics, read by the programs of others, and the dashboard that shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::process::{Place, Server, curl, free_port, skip};

/// The dashboard for Grafana.
const DASHBOARD: &str = include_str!("../../../../packaging/grafana/bailiwick.json");
/// The page about metrics.
const PAGE: &str = include_str!("../../../../docs/metrics.md");
/// A program of Prometheus that checks texts and queries.
const PROMTOOL: &str = "/usr/bin/promtool";
/// Debian's Python, whose packages are Debian's.
const PYTHON: &str = "/usr/bin/python3";
/// Reads metrics from standard input with the parser for a format, and prints the name and the kind of each family.
const PARSE: &str = "
import sys
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as classic
parser = openmetrics if sys.argv[1] == 'openmetrics' else classic
for family in parser.text_fd_to_metric_families(sys.stdin):
    assert family.documentation, family.name
    print(family.name, family.type, len(family.samples))
";

/// A server that has done something, with the port at which it serves metrics without a key.
fn server(place: &Place) -> (Server, u16) {
    let port = free_port();
    let configuration = format!("server: {{metrics_address: '127.0.0.1:{port}'}}\n");
    fs::write(place.path().join("bailiwick.yml"), configuration).unwrap();
    let server = place.up();
    place.json(&["nodes", "create", "--type", "generic", "--name", "db-1", "--address", "10.0.0.1"]);
    place.json(&["nodes", "list"]);
    assert!(!place.run(&["nodes", "get", "nowhere"]).status.success());
    (server, port)
}

/// What a program that reads standard input says. Fails if the program fails.
fn said(mut command: Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{input}");
    said
}

#[test]
fn the_texts_of_metrics_are_valid_for_the_tools_of_prometheus() {
    let has_client = Command::new(PYTHON)
        .args(["-c", "import prometheus_client"])
        .output()
        .is_ok_and(|o| o.status.success());
    if !Path::new(PROMTOOL).exists() || !has_client {
        return skip("prometheus and python3-prometheus-client");
    }
    let place = Place::new();
    let (_server, port) = server(&place);
    let url = format!("http://127.0.0.1:{port}/metrics");
    let (status, text) = curl(&[&url]);
    assert_eq!(status, 200, "{text}");
    let mut check = Command::new(PROMTOOL);
    check.args(["check", "metrics"]);
    assert_eq!(said(check, &text), "", "promtool complains");

    let parse = |format: &str, text: &str| {
        let mut python = Command::new(PYTHON);
        python.args(["-c", PARSE, format]);
        said(python, text)
    };
    let classic = parse("classic", &text);
    let (status, text) = curl(&["-H", "Accept: application/openmetrics-text;version=1.0.0", &url]);
    assert!(status == 200 && text.ends_with("# EOF\n"), "{status} {text}");
    let open = parse("openmetrics", &text);
    for said in [&classic, &open] {
        for family in [
            "bailiwick_requests counter ",
            "bailiwick_request_duration_seconds histogram ",
            "bailiwick_refusals counter ",
            "bailiwick_connected_agents gauge 4\n",
            "bailiwick_commands counter 1\n",
            "process_cpu_seconds counter 1\n",
        ] {
            assert!(said.contains(&format!("\n{family}")), "{family}: {said}");
        }
    }
}

/// The names of the samples that a server can serve, with their labels.
fn served(place: &Place) -> BTreeMap<String, BTreeSet<String>> {
    let metrics = place.json(&["server", "metrics", "--as", "root"]);
    let mut served: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for family in metrics["families"].as_array().unwrap() {
        let name = family["name"].as_str().unwrap();
        let suffixes = match family["kind"].as_str().unwrap() {
            "counter" => &["_total"][..],
            "gauge" => &[""],
            _ => &["_bucket", "_count", "_sum"],
        };
        for suffix in suffixes {
            served.entry(format!("{name}{suffix}")).or_default();
        }
        for sample in family["samples"].as_array().unwrap() {
            let labels = sample["labels"].as_object().unwrap().keys().cloned();
            served.entry(format!("{name}{}", sample["suffix"].as_str().unwrap())).or_default().extend(labels);
        }
    }
    served
}

/// The words of a text that begin as names of metrics do.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("bailiwick_") || word.starts_with("process_")).collect()
}

/// Each expression of the dashboard, with the name of its panel.
pub fn expressions() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let of = |panel: &Value| -> Vec<(String, String)> {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets.iter().map(|target| (title.clone(), target["expr"].as_str().unwrap().to_owned())).collect()
    };
    panels.iter().flat_map(of).collect()
}

/// An expression with what Grafana would put in place of its variables.
pub fn filled(expression: &str) -> String {
    let filled =
        expression.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*");
    assert!(!filled.contains('$'), "an unknown variable: {expression}");
    filled
}

#[test]
fn the_dashboard_asks_for_metrics_that_the_server_serves() {
    if !Path::new(PROMTOOL).exists() {
        return skip("prometheus");
    }
    let place = Place::new();
    let (_server, _) = server(&place);
    let served = served(&place);
    let expressions = expressions();
    assert!(expressions.len() > 25, "{expressions:#?}");
    for (panel, expression) in &expressions {
        let wanted = names(expression);
        assert!(!wanted.is_empty(), "{panel}");
        for name in wanted {
            let labels = served.get(name).unwrap_or_else(|| panic!("{panel}: the server serves no {name}"));
            // Those that Prometheus adds to each sample are there, too.
            let known = |label: &str| matches!(label, "job" | "instance") || labels.contains(label);
            let grouped = expression.split(" by (").skip(1).filter_map(|rest| rest.split_once(')'));
            for label in grouped.flat_map(|(labels, _)| labels.split(", ")) {
                assert!(known(label), "{panel}: {name} has no label {label}: {labels:?}");
            }
        }
    }
    // The variables of the dashboard are made of metrics, too.
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let definition = variable["definition"].as_str().unwrap_or_default();
        assert!(names(definition).iter().all(|name| served.contains_key(*name)), "{definition}");
    }
    // The panels do not lie above each other, and each has an id of its own.
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut covered = BTreeSet::new();
    for panel in panels {
        let at = |member: &str| panel["gridPos"][member].as_u64().unwrap();
        for place in
            (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
        {
            assert!(place.0 < 24 && covered.insert(place), "{} covers another panel", panel["title"]);
        }
    }
    let rules: Vec<Value> = expressions
        .iter()
        .enumerate()
        .map(|(n, (_, expression))| json!({ "record": format!("panel:{n}"), "expr": filled(expression) }))
        .collect();
    let rules = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    // JSON is YAML too.
    fs::write(place.path().join("rules.yml"), rules.to_string()).unwrap();
    let mut check = Command::new(PROMTOOL);
    check.args(["check", "rules", "rules.yml"]).current_dir(place.path());
    let said = said(check, "");
    assert!(said.contains(&format!("SUCCESS: {} rules found", expressions.len())), "{said}");
}

#[test]
fn the_page_about_metrics_explains_each_of_them() {
    let place = Place::new();
    let (_server, _) = server(&place);
    let explained: BTreeSet<&str> = names(PAGE);
    for name in served(&place).keys() {
        // A histogram is explained by its own name.
        let own = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix));
        assert!(explained.contains(own.unwrap_or(name)), "{name} is not in docs/metrics.md");
    }
}
