//! The lines that other systems document, run as they stand, with another host and another key only.
//! That the certificate is self-signed is said to `curl` in its own settings.

use std::process::Command;

use serde_json::{Value, json};

use crate::process::Place;

/// Runs a documented line in a shell: `host` and `key` are what it has for both.
fn run(place: &Place, line: &str, host: &str, key: (&str, &str)) -> Value {
    std::fs::write(place.path().join(".curlrc"), "insecure\nsilent\nshow-error\nfail-with-body\n").unwrap();
    assert!(line.contains(host) && line.contains(key.0), "{line}");
    let line = line.replace(host, &format!("127.0.0.1:{}", place.port)).replace(key.0, key.1);
    let output = Command::new("sh").args(["-c", &line]).env("CURL_HOME", place.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_documented_commands_of_pmm_work() {
    let place = Place::new();
    let _server = place.up();
    let key = place.key();
    for (line, host, name) in [
        (
            r#"curl -H "Authorization: Bearer <api_key>" https://127.0.0.1/v1/version"#,
            "127.0.0.1",
            "<api_key>",
        ),
        ("curl -X GET https://api_key:API_KEY@localhost/v1/version", "localhost", "API_KEY"),
    ] {
        let version = run(&place, line, host, (name, &key));
        for path in ["/version", "/server/full_version", "/managed/version"] {
            assert!(version.pointer(path).is_some_and(Value::is_string), "{version:#}");
        }
    }
}

#[test]
fn a_node_and_its_service_are_entered_over_pmms_management_api() {
    let place = Place::new();
    let _server = place.up();
    let key = place.key();
    let post = |path: &str, body: &Value| {
        let line = format!(
            "curl -X POST https://127.0.0.1/v1/management/{path} -H 'Authorization: Bearer KEY' \
             -H 'Content-Type: application/json' -d '{body}'"
        );
        run(&place, &line, "127.0.0.1", ("KEY", &key))
    };
    let node = json!({
        "node_type": "NODE_TYPE_GENERIC_NODE", "node_name": "db-1", "address": "db-1.example.net", "reregister": true,
    });
    let node = post("nodes", &node);
    let service = json!({ "postgresql": {
        "service_name": "orders", "node_id": node["generic_node"]["node_id"], "address": "db-1.example.net",
        "port": 5432, "pmm_agent_id": node["pmm_agent"]["agent_id"], "username": "pmm", "password": "swordfish",
    } });
    let service = post("services", &service);
    assert_eq!(service["postgresql"]["service"]["service_name"], "orders", "{service:#}");
    let agents = place.json(&["agents", "list"]);
    let mut kinds: Vec<&str> =
        agents["items"].as_array().unwrap().iter().map(|agent| agent["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["bailiwick_agent", "node_exporter", "postgres_exporter"]);
}

#[test]
fn the_documented_commands_of_tactical_rmm_work() {
    let place = Place::new();
    let _server = place.up();
    let key = place.key();
    let site = place.json(&["sites", "create", "--name", "HQ"]);
    let site = site["id"].as_str().unwrap();
    let node = ["nodes", "create", "--type", "generic", "--name", "DC-1", "--address", "dc1", "--site", site];
    let node = place.json(&node);
    place.json(&["agents", "create", "--type", "bailiwick_agent", "--runs-on", node["id"].as_str().unwrap()]);

    let line = r#"curl https://api.example.com/clients/ -H "X-API-KEY: Y57BXCFAA9WBCXH0XTEL6R5KAK69CNCZ""#;
    let clients = run(&place, line, "api.example.com", ("Y57BXCFAA9WBCXH0XTEL6R5KAK69CNCZ", &key));
    assert_eq!((&clients[0]["name"], &clients[0]["agent_count"]), (&json!("Default"), &json!(1)));

    // What the first PowerShell example sends.
    let line = "curl -X GET https://api.yourdomain.com/agents/ -H 'X-API-KEY: ABC1234567890987654321' \
        -H 'Content-Type: application/json'";
    let agents = run(&place, line, "api.yourdomain.com", ("ABC1234567890987654321", &key));
    assert_eq!((&agents[0]["hostname"], &agents[0]["site_name"]), (&json!("DC-1"), &json!("HQ")));

    // The reading half of the Python example.
    let line = "curl https://api.example.com/agents/?detail=false -H 'Content-Type: application/json' \
        -H 'X-API-KEY: DKNRPTHSAPCKT8A36MCAMNZREWWWFPWI'";
    let agents = run(&place, line, "api.example.com", ("DKNRPTHSAPCKT8A36MCAMNZREWWWFPWI", &key));
    assert_eq!(agents[0]["agent_id"], node["id"]);
}

#[test]
fn the_documented_commands_of_pangolin_work() {
    let place = Place::new();
    let _server = place.up();
    let line = r#"curl -H "Authorization: Bearer fm779dfwyhc237x.KEY" https://api.example.com/v1/orgs"#;
    let key = place.root_key();
    let orgs = run(&place, line, "api.example.com", ("fm779dfwyhc237x.KEY", &key));
    assert_eq!(orgs["data"]["orgs"][0]["orgId"], "default");
    // The key's id, a dot and the key, as scripts there join what they were answered.
    let joined = format!("{}.{key}", key.split('_').nth(2).unwrap());
    let orgs = run(&place, line, "api.example.com", ("fm779dfwyhc237x.KEY", &joined));
    assert_eq!(orgs["success"], true);
}
