//! Updates: from scans to lists, and commands that scan and install.

use bailiwick_domain::command::{Instruction, ResultState, UpdateChoice};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::update::{Severity, Update, UpdateScan, UpdateSource};
use bailiwick_fleet::{CommandEnd, ReportContent};
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::fake_agent::{FakeAgent, ending};

/// An update of a package.
pub fn update(name: &str, severity: Option<Severity>) -> Update {
    Update {
        name: name.into(),
        title: None,
        installed_version: Some("1.0".into()),
        available_version: Some("2.0".into()),
        architecture: Some("amd64".into()),
        origin: Some("stable".into()),
        security: severity.is_some(),
        severity,
        references: Vec::new(),
    }
}

/// What a scan found.
pub fn scan(updates: Vec<Update>) -> UpdateScan {
    UpdateScan { source: UpdateSource::Apt, updates, reboot_required: false, refreshed: true }
}

/// The end of a scan that found something.
pub fn scanned(scan: UpdateScan) -> CommandEnd {
    CommandEnd { updates: Some(scan), ..ending(ResultState::Succeeded, Some(0), "Hit:1\n") }
}

/// Has a node scanned by the agent that is connected; the command.
pub async fn scan_node(app: &TestApp, agent: &mut FakeAgent<'_>, node: &str, found: UpdateScan) -> CommandId {
    let body = json!({ "targets": { "nodes": [node] } });
    app.owner().post("/v1/updates/scan", body).await.expect(202);
    let order = agent.ordered().await;
    agent.finish(order.id, scanned(found)).await;
    order.id
}

async fn names(actor: &Actor<'_>, path: &str) -> Vec<Value> {
    actor.get(path).await.expect(200).items("name")
}

#[tokio::test]
async fn the_updates_found_by_a_scan_are_stored_with_the_node() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "web-1", json!({ "env": "prod" })).await;
    let mut agent = app.connect(&node, &agent).await;
    let path = format!("/v1/nodes/{node}/updates");

    let never = app.owner().get("/v1/nodes/web-1/updates").await.expect(200).body;
    assert_eq!(never, json!({ "node_id": node, "last_scan": null, "items": [], "next_cursor": null }));

    let body = json!({ "targets": { "labels": "env=prod" } });
    let given = app.owner().post("/v1/updates/scan", body).await.expect(202).body;
    assert_eq!((&given["progress"], &given["timeout_seconds"]), (&json!({ "sent": 1 }), &json!(600)));
    let order = agent.ordered().await;
    assert_eq!((&order.instruction, order.timeout_seconds), (&Instruction::ScanUpdates, 600));
    assert_eq!(order.id.to_string(), given["id"].as_str().unwrap());
    let references = vec!["CVE-2026-1".to_owned()];
    let openssl = Update { references, ..update("openssl", Some(Severity::Critical)) };
    let found = UpdateScan { reboot_required: true, ..scan(vec![update("zlib", None), openssl]) };
    agent.report(order.id, ReportContent::Started).await;
    agent.finish(order.id, scanned(found.clone())).await;

    let kept = app.owner().get(&path).await.expect(200).body;
    assert_eq!(
        kept["items"][0],
        json!({
            "name": "openssl", "installed_version": "1.0", "available_version": "2.0", "architecture": "amd64",
            "origin": "stable", "security": true, "severity": "critical", "references": ["CVE-2026-1"],
        })
    );
    assert_eq!(
        kept["last_scan"],
        json!({
            "source": "apt", "scanned_at": "2030-01-01T00:00:00Z", "command_id": order.id, "update_count": 2,
            "security_count": 1, "reboot_required": true, "refreshed": true,
        })
    );
    assert_eq!(names(&app.owner(), &format!("{path}?security=false")).await, ["zlib"]);
    assert_eq!(names(&app.owner(), &format!("{path}?severity=important")).await, ["openssl"]);
    let page = app.owner().get(&format!("{path}?limit=1")).await.expect(200);
    let next = page.body["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(names(&app.owner(), &format!("{path}?limit=1&cursor={next}")).await, ["zlib"]);
    app.owner().get(&format!("/v1/updates?cursor={next}")).await.problem(400, "invalid").field("cursor");

    // A later scan takes its place; the first, told again, does not come back.
    scan_node(&app, &mut agent, &node, scan(vec![update("curl", None)])).await;
    assert_eq!(names(&app.owner(), &path).await, ["curl"]);
    agent.finish(order.id, scanned(found)).await;
    assert_eq!(names(&app.owner(), &path).await, ["curl"]);
}

#[tokio::test]
async fn the_updates_of_all_nodes_are_listed_and_counted() {
    let app = TestApp::new().await;
    let _background = app.start();
    let site = app.site("default", "HQ", json!({})).await;
    let mut ids = Vec::new();
    for (name, env) in [("a", "prod"), ("b", "test")] {
        let (node, agent) = app.machine("default", name, json!({ "env": env })).await;
        let mut agent = app.connect(&node, &agent).await;
        let updates = vec![update("bash", None), update("openssl", Some(Severity::Important))];
        scan_node(&app, &mut agent, &node, scan(updates)).await;
        ids.push(node);
    }
    app.owner().patch(&format!("/v1/nodes/{}", ids[0]), json!({ "site": site })).await.expect(200);
    let of = async |actor: &Actor<'_>, query: &str| {
        let reply = actor.get(&format!("/v1/updates{query}")).await.expect(200);
        let text = |value: Value| value.as_str().unwrap().to_owned();
        let names = reply.items("name").into_iter().map(text);
        let nodes = reply.items("node_name").into_iter().map(text);
        let mut found: Vec<(String, String)> = names.zip(nodes).collect();
        assert!(found.is_sorted_by_key(|(name, _)| name.clone()), "{found:?}");
        // Of one name, those of the node that is older come first, and these are of one millisecond.
        found.sort();
        let found: Vec<String> = found.into_iter().map(|(name, node)| format!("{node} {name}")).collect();
        found.join(", ")
    };
    let owner = app.owner();
    for (query, expected) in [
        ("", "a bash, b bash, a openssl, b openssl"),
        ("?security=true", "a openssl, b openssl"),
        ("?name=bash", "a bash, b bash"),
        ("?severity=critical", ""),
        ("?severity=low&labels=env=test", "b openssl"),
        ("?site=HQ", "a bash, a openssl"),
        ("?labels=!env", ""),
    ] {
        assert_eq!(of(&owner, query).await, expected, "{query}");
    }
    for (query, field) in [
        ("?site=Nowhere", "site"),
        ("?severity=high", "severity"),
        ("?name=-y", "name"),
        ("?security=maybe", "security"),
        ("?nmae=bash", "nmae"),
    ] {
        app.owner().get(&format!("/v1/updates{query}")).await.problem(400, "invalid").field(field);
    }
    let (narrow, _) = app.key(&["*:read"], json!({ "reach": { "labels": "env=prod" } })).await;
    assert_eq!(of(&app.with_key(&narrow), "").await, "a bash, a openssl");
    app.organization("other").await;
    let (foreign, _) = app.key_in("other", &["*:*"], json!({})).await;
    assert_eq!(of(&app.with_key(&foreign), "").await, "");
    app.with_key(&foreign).get(&format!("/v1/nodes/{}/updates", ids[0])).await.problem(404, "not_found");

    let summary = json!({
        "nodes_scanned": 2, "nodes_with_updates": 2, "nodes_with_security_updates": 2, "nodes_to_reboot": 0,
        "updates": 4, "security_updates": 2, "oldest_scan_at": "2030-01-01T00:00:00Z",
    });
    assert_eq!(app.owner().get("/v1/updates/summary").await.expect(200).body, summary);
    let of_one = app.with_key(&narrow).get("/v1/updates/summary").await.expect(200).body;
    assert_eq!((&of_one["nodes_scanned"], &of_one["updates"]), (&json!(1), &json!(2)));

    app.owner().delete(&format!("/v1/nodes/{}?force=true", ids[0])).await.expect(200);
    assert_eq!(of(&owner, "").await, "b bash, b openssl");
}

#[tokio::test]
async fn updates_are_installed_by_a_command_and_the_rest_is_stored() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "web-1", json!({})).await;
    let mut connected = app.connect(&node, &agent).await;
    scan_node(&app, &mut connected, &node, scan(vec![update("bash", None), update("curl", None)])).await;
    let install = async |actor: &Actor<'_>, updates: Value| {
        let body = json!({ "targets": { "nodes": [node] }, "updates": updates });
        actor.post("/v1/updates/install", body).await
    };
    for (updates, expected) in [
        (json!("all"), UpdateChoice::All),
        (json!("security"), UpdateChoice::Security),
        (
            json!({ "names": ["bash", "KB5034441"] }),
            UpdateChoice::Names(vec!["bash".into(), "KB5034441".into()]),
        ),
    ] {
        let given = install(&app.owner(), updates.clone()).await.expect(202).body;
        assert_eq!(given["instruction"], json!({ "kind": "install_updates", "updates": updates }));
        let order = connected.ordered().await;
        assert_eq!(order.instruction, Instruction::InstallUpdates { updates: expected });
        assert_eq!(order.timeout_seconds, 3_600);
        // It failed, and what is left is true all the same.
        let left = scan(vec![update("curl", None)]);
        let end = CommandEnd { state: ResultState::Failed, exit_code: Some(100), ..scanned(left) };
        connected.finish(order.id, end).await;
        assert_eq!(names(&app.owner(), "/v1/nodes/web-1/updates").await, ["curl"]);
    }

    for updates in [json!({ "names": [] }), json!({ "names": ["-y"] }), json!("some"), json!([]), json!(null)]
    {
        let reply = install(&app.owner(), updates.clone()).await.problem(400, "invalid");
        let errors = reply.body["errors"].as_array().unwrap();
        assert!(errors[0]["field"].as_str().unwrap().starts_with("updates"), "{updates}: {errors:?}");
    }
    let many = install(&app.owner(), json!({ "names": vec!["a"; 1_001] })).await.problem(400, "invalid");
    assert!(many.body.to_string().contains("1 to 1000 names"), "{:#}", many.body);
    let body = json!({ "targets": { "labels": "" }, "updates": "all" });
    app.owner().post("/v1/updates/install", body).await.problem(400, "invalid");
    assert!(connected.unheard().is_none(), "a refused installation was sent to the agent");

    // Each of these scopes is its own.
    let (commands, _) = app.key(&["commands:*", "updates.scan"], json!({})).await;
    let refused = install(&app.with_key(&commands), json!("all")).await.problem(403, "scope_missing");
    assert_eq!(refused.body["missing_scope"], "updates.install");
    let (updates, _) = app.key(&["updates:*"], json!({})).await;
    install(&app.with_key(&updates), json!("all")).await.expect(202);
    let shell = json!({ "targets": { "nodes": [node] }, "shell": "sh", "command": "id" });
    let refused = app.with_key(&updates).post("/v1/commands", shell).await.problem(403, "scope_missing");
    assert_eq!(refused.body["missing_scope"], "commands.create");
}

#[tokio::test]
async fn an_offline_node_is_scanned_when_it_reconnects() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "web-1", json!({})).await;
    let body = json!({ "targets": { "nodes": ["web-1"] }, "ttl_seconds": 60 });
    let given = app.owner().post("/v1/updates/scan", body).await.expect(202).body;
    assert_eq!(given["progress"], json!({ "queued": 1 }));
    let mut agent = app.connect(&node, &agent).await;
    let order = agent.ordered().await;
    agent.finish(order.id, scanned(scan(vec![update("bash", None)]))).await;
    assert_eq!(names(&app.owner(), "/v1/updates").await, ["bash"]);
}
