//! Scripts written for Tactical RMM that scan for updates, list and install them.

use bailiwick_domain::command::{Instruction, UpdateChoice};
use bailiwick_domain::update::{Severity, Update, UpdateSource};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::compat_tactical::{machine, members};
use crate::updates::{scan, scan_node, update};

/// The members of an update.
const UPDATE: &str = "id date_installed guid kb title installed downloaded description severity categories \
    category_ids kb_article_ids more_info_urls support_url revision_number action result agent";

#[tokio::test]
async fn a_scan_starts_at_once_or_when_the_agent_is_back() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "DC-1", json!({})).await;
    let path = format!("/winupdate/{node}/scan/");

    // There the answer is the same whether anything happens or not.
    let waits = app.owner().post(&path, json!({})).await.expect(200).body;
    assert_eq!(
        waits,
        "A Windows update scan will be performed on DC-1 when it is online again; it is offline now"
    );
    let mut agent = app.connect(&node, &agent).await;
    assert_eq!(agent.ordered().await.instruction, Instruction::ScanUpdates);

    let said = app.owner().raw("POST", &path, None, Vec::new()).await.expect(200).body;
    assert_eq!(said, "A Windows update scan will be performed on DC-1");
    assert_eq!(agent.ordered().await.instruction, Instruction::ScanUpdates);

    let path = format!("/winupdate/{node}/install/");
    let said = app.owner().post(&path, json!({})).await.expect(200).body;
    assert_eq!(said, "Approved patches will now be installed on DC-1");
    let all = Instruction::InstallUpdates { updates: UpdateChoice::All };
    assert_eq!(agent.ordered().await.instruction, all);
}

#[tokio::test]
async fn an_installation_outside_a_maintenance_window_is_refused() {
    let app = TestApp::new().await;
    let (node, _) = app.machine("default", "DC-1", json!({ "env": "prod" })).await;
    let window =
        json!({ "name": "Nights", "selector": "env=prod", "cron": "0 2 * * *", "duration_seconds": 3600 });
    app.owner().post("/v1/maintenance_windows", window).await.expect(201);
    let path = format!("/winupdate/{node}/install/");
    let refused = app.owner().post(&path, json!({})).await.expect(409).body;
    assert!(refused.to_string().contains("2030-01-01T02:00:00Z"), "{refused}");
    app.owner().post(&format!("/winupdate/{node}/scan/"), json!({})).await.expect(200);
    app.advance(2 * 3_600);
    app.owner().post(&path, json!({})).await.expect(200);
}

#[tokio::test]
async fn updates_have_the_members_of_tactical() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "DC-1", json!({})).await;
    let path = format!("/winupdate/{node}/");
    assert_eq!(app.owner().get(&path).await.expect(200).body, json!([]));
    let mut agent = app.connect(&node, &agent).await;
    let windows = Update {
        title: Some("2026-02 Cumulative Update (KB5034441)".into()),
        installed_version: None,
        available_version: None,
        architecture: None,
        references: vec!["KB5034441".into(), "MS26-001".into()],
        ..update("7e3c0a5d-1b2c-4d5e-8f90-0123456789ab", Some(Severity::Critical))
    };
    let mut found = scan(vec![windows, update("bash", None)]);
    found.source = UpdateSource::Windows;
    scan_node(&app, &mut agent, &node, found).await;

    let expected: Vec<&str> = UPDATE.split_whitespace().collect();
    assert_eq!(members(&app, &path).await[..expected.len()], expected);
    let updates = app.owner().get(&path).await.expect(200).body;
    let number = app.owner().get("/agents/?detail=false").await.expect(200).body[0]["id"].clone();
    let mut windows = updates[0].clone();
    assert!(windows["id"].as_u64().is_some_and(|id| id > 0 && id < 1 << 53));
    windows.as_object_mut().unwrap().remove("id");
    assert_eq!(
        windows,
        json!({
            "date_installed": null, "guid": "7e3c0a5d-1b2c-4d5e-8f90-0123456789ab", "kb": "KB5034441",
            "title": "2026-02 Cumulative Update (KB5034441)", "installed": false, "downloaded": false,
            "description": "", "severity": "Critical", "categories": ["Security Updates"], "category_ids": [],
            "kb_article_ids": ["5034441"], "more_info_urls": [], "support_url": "", "revision_number": 0,
            "action": "nothing", "result": "n/a", "agent": number,
        })
    );
    for (member, value) in [
        ("guid", json!("bash")),
        ("kb", Value::Null),
        ("title", json!("bash 2.0")),
        ("description", json!("1.0 -> 2.0")),
        ("severity", json!("")),
        ("categories", json!(["Updates"])),
    ] {
        assert_eq!(updates[1][member], value, "{member}");
    }
}

#[tokio::test]
async fn a_scan_of_an_unknown_or_unenrolled_agent_is_refused() {
    let app = TestApp::new().await;
    app.organization("acme").await;
    let (foreign, _) = app.machine("acme", "c", json!({})).await;
    let not_enrolled = machine(&app, "default", "b", json!({})).await;
    for path in ["scan/", "install/"] {
        for id in [foreign.as_str(), "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"] {
            let refused = app.owner().post(&format!("/winupdate/{id}/{path}"), json!({})).await.expect(404);
            assert_eq!(refused.body["detail"], format!("there is no agent {id}"));
        }
        let refused =
            app.owner().post(&format!("/winupdate/{not_enrolled}/{path}"), json!({})).await.expect(400).body;
        assert_eq!(refused["errors"][0]["field"], "agent_id");
        let (key, _) = app.key(&["*:read"], json!({})).await;
        let refused = app.with_key(&key).post(&format!("/winupdate/{not_enrolled}/{path}"), json!({})).await;
        assert_eq!(refused.expect(403).body["code"], "scope_missing");
    }
    app.owner().get(&format!("/winupdate/{foreign}/")).await.expect(404);
}

#[tokio::test]
async fn only_the_listed_updates_are_installed() {
    let app = TestApp::new().await;
    let _background = app.start();
    let (node, agent) = app.machine("default", "DC-1", json!({})).await;
    let mut agent = app.connect(&node, &agent).await;
    let path = format!("/winupdate/{node}/install/");
    for (body, names) in [
        // As published clients send it.
        (
            json!({ "reboot_after_install": false, "kb_article_ids": ["nonexistent-package"] }),
            vec!["nonexistent-package"],
        ),
        (json!({ "kb_article_ids": ["5034441", "KB5034439"], "guids": [] }), vec!["KB5034441", "KB5034439"]),
        (json!({ "guids": ["bash", "bash"] }), vec!["bash"]),
    ] {
        let said = app.owner().post(&path, body).await.expect(200).body;
        assert!(said.as_str().unwrap().ends_with(&names.join(", ")), "{said}");
        let names = names.into_iter().map(str::to_owned).collect();
        let updates = UpdateChoice::Names(names);
        assert_eq!(agent.ordered().await.instruction, Instruction::InstallUpdates { updates });
    }
    for (body, field) in [
        (json!({ "kb_article_ids": [] }), "kb_article_ids"),
        (json!({ "guids": [] }), "guids"),
        (json!({ "guids": null }), "guids"),
        (json!({ "guids": "bash" }), "guids"),
        (json!({ "guids": [7] }), "guids"),
        (json!({ "guids": ["-y"] }), "guids"),
        (json!({ "reboot_after_install": true }), "reboot_after_install"),
        (json!({ "kb_articles": ["5034441"] }), "kb_articles"),
    ] {
        let refused = app.owner().post(&path, body).await.expect(400).body;
        assert!(refused["errors"][0]["field"].as_str().unwrap().starts_with(field), "{refused:#}");
    }
    let refused = app.owner().post(&format!("/winupdate/{node}/scan/"), json!({ "guids": ["bash"] })).await;
    assert_eq!(refused.expect(400).body["errors"][0]["field"], "guids");
    assert!(agent.unheard().is_none());
}
