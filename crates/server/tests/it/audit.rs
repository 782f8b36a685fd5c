//! The audit trail: what is in it, and that it shows when it was changed.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::TestApp;

/// Writes the refusals that wait, as the background does, to the end.
pub async fn write_refusals(app: &TestApp) {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    app.control.start_background(&tasks, &stop);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    app.advance(60);
    let (key, id) = app.key(&["sites:write"], json!({})).await;
    app.with_key(&key).patch(&format!("/v1/sites/{site}"), json!({ "name": "Bonn" })).await.expect(200);
    app.with_key(&key).from("198.51.100.1").get("/v1/sites").await.problem(403, "scope_missing");
    write_refusals(&app).await;
    let operations = async |query: &str| {
        app.owner().get(&format!("/v1/audit?{query}")).await.expect(200).items("operation")
    };
    assert_eq!(
        operations("sort=number").await,
        ["server.first_run", "sites.create", "keys.create", "sites.update", "sites.list"]
    );
    assert_eq!(operations(&format!("key={id}")).await, ["sites.list", "sites.update"]);
    assert_eq!(operations("operation=sites.create").await, ["sites.create"]);
    assert_eq!(operations("outcome=denied").await, ["sites.list"]);
    assert_eq!(operations(&format!("target=site:{site}")).await, ["sites.update", "sites.create"]);
    assert_eq!(operations("until=2030-01-01T00:01:00Z").await, ["sites.create", "server.first_run"]);
    assert_eq!(operations("since=2030-01-01T00:01:00Z&limit=1").await, ["sites.list"]);
    let denied = app.owner().get("/v1/audit?outcome=denied").await.expect(200);
    let entry = &denied.body["items"][0];
    assert_eq!(
        (&entry["reason"], &entry["address"]),
        (&json!("scope_missing: sites.list"), &json!("198.51.100.1"))
    );
    app.owner().get("/v1/audit?target=site").await.problem(400, "invalid").field("target");
}

#[tokio::test]
async fn a_flood_of_refusals_is_bounded() {
    let app = TestApp::new().await;
    let (key, _) = app.key(&[], json!({})).await;
    for _ in 0..100 {
        app.with_key(&key).get("/v1/sites").await.problem(403, "scope_missing");
    }
    write_refusals(&app).await;
    let denied = app.owner().get("/v1/audit?outcome=denied&limit=1000").await.expect(200);
    assert_eq!(denied.body["items"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn the_chain_holds_until_somebody_changes_it() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.site("default", &format!("S{n}"), json!({})).await;
    }
    let entries = app.owner().get("/v1/audit?sort=number").await.expect(200);
    let entries: &Vec<Value> = entries.body["items"].as_array().unwrap();
    assert!(entries.windows(2).all(|pair| pair[1]["previous_hash"] == pair[0]["hash"]));
    let verify = async || app.owner().get("/v1/audit/verify").await.expect(200).body;
    let whole = verify().await;
    assert_eq!((&whole["intact"], &whole["chains"][0]["entries"]), (&json!(true), &json!(6)));
    assert_eq!(whole["chains"][0]["head"], entries[5]["hash"]);
    assert_eq!(app.root().get("/v1/audit/verify").await.body["chains"].as_array().unwrap().len(), 2);

    for (change, at) in [
        (
            "UPDATE audit_entries SET operation = 'sites.delete' WHERE number = 4 AND operation = 'sites.create'",
            4,
        ),
        ("DELETE FROM audit_entries WHERE number = 3 AND operation = 'sites.create'", 3),
    ] {
        app.tamper(change).await;
        let broken = verify().await;
        assert_eq!(
            (&broken["intact"], &broken["chains"][0]["broken_at"]),
            (&json!(false), &json!(at)),
            "{broken:#}"
        );
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_noticed() {
    let app = TestApp::new().await;
    app.site("default", "S", json!({})).await;
    app.tamper("DELETE FROM audit_entries WHERE operation = 'sites.create'").await;
    let broken = app.owner().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!(broken["chains"][0]["problem"], "entries are missing at the end", "{broken:#}");
}
