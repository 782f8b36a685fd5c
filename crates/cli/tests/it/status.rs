//! `bailiwick status` with a real server.

use serde_json::Value;

use crate::process::Place;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The kinds of what needs attention, each with its number.
fn attention(status: &Value) -> Vec<(String, u64)> {
    let items = status["attention"].as_array().unwrap();
    items.iter().map(|i| (i["kind"].as_str().unwrap().to_owned(), i["count"].as_u64().unwrap())).collect()
}

#[test]
fn status_shows_the_server_the_caller_and_what_needs_attention() {
    let place = Place::new();
    let _server = place.up();
    let shown = text(&place.run(&["status"]).stdout);
    for expected in [
        &place.url(),
        "ready",
        "First organization key",
        "Organization  default",
        "Agents",
        "Nothing needs attention.",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    place.json(&["nodes", "create", "--type", "generic", "--name", "db-1", "--address", "10.0.0.1"]);
    place.json(&["keys", "create", "--name", "report", "--scopes", "sites:read", "--ttl-seconds", "3d"]);
    place.json(&["keys", "create", "--name", "later", "--scopes", "sites:read", "--ttl-seconds", "30d"]);
    place.json(&["agents", "create", "--type", "node_exporter", "--runs-on", "db-1"]);
    let status = place.json(&["status"]);
    let expected = [("nodes_without_agent", 1), ("exporters_not_running", 1), ("keys_expiring", 1)];
    assert_eq!(attention(&status), expected.map(|(kind, count)| (kind.to_owned(), count)), "{status:#}");
    assert_eq!((&status["server"]["ready"], &status["agents"]["never_seen"]), (&true.into(), &1.into()));
    let shown = text(&place.run(&["status"]).stdout);
    assert!(shown.contains("1 node has no agent: db-1"), "{shown}");
    assert!(shown.contains("report (in 2 days)") && shown.contains("bailiwick keys get "), "{shown}");
    // Each command that shows more works.
    for item in status["attention"].as_array().unwrap() {
        let words: Vec<&str> = item["command"].as_str().unwrap().split(' ').skip(1).collect();
        let output = place.run(&words);
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    }
}

#[test]
fn status_names_what_the_key_may_not_see() {
    let place = Place::new();
    let _server = place.up();
    let made = place.json(&["keys", "create", "--name", "narrow", "--scopes", "nodes:read"]);
    let with = |key: &str| place.command(&["status"]).env("BAILIWICK_KEY", key).output().unwrap();
    let output = with(made["secret"].as_str().unwrap());
    let shown = text(&output.stdout);
    assert!(output.status.success() && shown.contains("Agents        0 online"), "{shown}");
    assert!(shown.contains("Not shown:") && shown.contains("scope keys.list"), "{shown}");
    assert!(shown.contains("security updates: ") && shown.contains("failed commands: "), "{shown}");
    // A root key names the organization.
    let root = text(&place.run(&["status", "--as", "root"]).stdout);
    assert!(root.contains("name the organization with --organization"), "{root}");
    let root = text(&place.run(&["status", "--as", "root", "--organization", "default"]).stdout);
    assert!(!root.contains("Not shown"), "{root}");
    // Somebody whom the server does not know learns how to be known.
    let key = place.key();
    let output = with(&format!("{}x", &key[..key.len() - 1]));
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("BAILIWICK_KEY"), "{said}");
}
