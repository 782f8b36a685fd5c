//! Scripts written for Tactical RMM that read the audit log.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::audit::write_refusals;
use crate::compat_tactical::machine;

const PATH: &str = "/logs/audit/";

/// A request as the console of Tactical RMM sends it.
fn asked(more: Value) -> Value {
    let mut body = json!({
        "pagination": { "rowsPerPage": 100, "page": 1, "sortBy": "entry_time", "descending": true, "rowsNumber": null },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn page(rows: u32, page: u32, descending: bool) -> Value {
    json!({ "pagination": {
        "rowsPerPage": rows, "page": page, "sortBy": "entry_time", "descending": descending,
    } })
}

async fn found(app: &TestApp, body: Value) -> (Vec<Value>, usize) {
    let found = app.root().patch(PATH, body).await.expect(200).body;
    let total = usize::try_from(found["total"].as_u64().unwrap()).unwrap();
    (found["audit_logs"].as_array().unwrap().clone(), total)
}

/// Which number an entry has among those of its organization, by its order.
fn messages(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["message"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_trail_is_answered_in_pages_with_tacticals_words() {
    let app = TestApp::new().await;
    let site = app.site("default", "HQ", json!({})).await;
    let first = machine(&app, "default", "pc-1", json!({ "site": site })).await;
    machine(&app, "default", "pc-2", json!({})).await;
    app.advance(10 * 86_400);
    let (reader, reader_id) = app.key(&["sites:read"], json!({})).await;
    app.with_key(&reader)
        .patch(&format!("/v1/nodes/{first}"), json!({ "description": "x" }))
        .await
        .expect(403);
    app.owner().patch(&format!("/v1/nodes/{first}"), json!({ "description": "x" })).await.expect(200);
    write_refusals(&app).await;

    let (all, total) = found(&app, asked(json!({}))).await;
    assert_eq!(all.len(), total);
    let native = app.owner().get("/v1/audit?limit=100").await.expect(200).body;
    assert_eq!(total, native["items"].as_array().unwrap().len());
    let changed = &all[0];
    let names = [
        "action",
        "after_value",
        "agent",
        "agent_id",
        "before_value",
        "debug_info",
        "entry_time",
        "id",
        "ip_address",
        "message",
        "object_type",
        "site",
        "username",
    ];
    assert_eq!(changed.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(), names);
    let entry =
        all.iter().find(|entry| entry["message"].as_str().unwrap().contains("ran nodes.update")).unwrap();
    for (member, value) in [
        ("action", json!("modify")),
        ("object_type", json!("agent")),
        ("agent", json!("pc-1")),
        ("agent_id", json!(first)),
        ("ip_address", json!("192.0.2.1")),
        ("debug_info", json!({ "ip": "192.0.2.1" })),
        ("entry_time", json!("2030-01-11T00:00:00Z")),
    ] {
        assert_eq!(entry[member], value, "{member}: {entry:#}");
    }
    assert_eq!((&entry["site"]["name"], &entry["site"]["client_name"]), (&json!("HQ"), &json!("Default")));

    // Page by page, in both orders.
    let (mut down, mut up) = (Vec::new(), Vec::new());
    for n in 1..=u32::try_from(total.div_ceil(3)).unwrap() {
        down.extend(found(&app, page(3, n, true)).await.0);
        up.extend(found(&app, page(3, n, false)).await.0);
    }
    assert_eq!(messages(&down), messages(&all));
    up.reverse();
    assert_eq!(messages(&up), messages(&all));
    // A page after the last is the last.
    let (last, _) = found(&app, page(3, 1_000, true)).await;
    assert_eq!(last.last(), all.last());

    for (filter, expected) in [
        (json!({ "timeFilter": 5 }), vec!["key", "nodes.update", "nodes.update"]),
        (json!({ "agentFilter": [first] }), vec!["nodes.create", "nodes.update"]),
        (json!({ "agentFilter": [first], "timeFilter": 5 }), vec!["nodes.update"]),
        (json!({ "agentFilter": ["PC-1"] }), vec!["nodes.create", "nodes.update"]),
        (json!({ "agentFilter": [] }), vec![]),
        (json!({ "userFilter": [format!("key:{reader_id}")] }), vec!["refused"]),
        (json!({ "actionFilter": ["add"], "objectFilter": ["site"] }), vec!["sites.create"]),
        (json!({ "clientFilter": [1] }), vec![]),
    ] {
        let (entries, total) = found(&app, asked(filter.clone())).await;
        assert_eq!((entries.len(), total), (expected.len(), expected.len()), "{filter}: {entries:#?}");
        for word in expected {
            assert!(
                entries.iter().any(|entry| entry["message"].as_str().unwrap().contains(word)),
                "{filter}: {word}"
            );
        }
    }
    // The trails of several organizations are one there.
    app.organization("acme").await;
    app.site("acme", "Bonn", json!({})).await;
    let (sites, _) = found(&app, asked(json!({ "objectFilter": ["site"] }))).await;
    assert_eq!(sites.len(), 2);
}

#[tokio::test]
async fn a_search_of_the_trail_that_cannot_be_done_names_its_member() {
    let app = TestApp::new().await;
    for (body, member) in [
        (json!({}), "pagination"),
        (page(0, 1, true), "pagination.rowsPerPage"),
        (page(1_001, 1, true), "pagination.rowsPerPage"),
        (page(25, 0, true), "pagination.page"),
        (
            json!({ "pagination": { "rowsPerPage": 25, "page": 1, "sortBy": "username", "descending": true } }),
            "pagination.sortBy",
        ),
        (
            json!({ "pagination": { "rowsPerPage": 25, "page": 1, "sortBy": "entry_time" } }),
            "pagination.descending",
        ),
        (asked(json!({ "agentFilter": "x" })), "agentFilter"),
        (asked(json!({ "agentFilter": ["no-such-host"] })), "agentFilter"),
        (asked(json!({ "clientFilter": ["x"] })), "clientFilter"),
        (asked(json!({ "timeFilter": -1 })), "timeFilter"),
        (asked(json!({ "surprise": 1 })), "surprise"),
    ] {
        let refused = app.owner().patch(PATH, body).await.expect(400).body;
        assert_eq!(refused["errors"][0]["field"], member, "{refused:#}");
    }
    let (key, _) = app.key(&["organizations.list", "nodes.list", "sites.list"], json!({})).await;
    let refused = app.with_key(&key).patch(PATH, asked(json!({}))).await.expect(403).body;
    assert_eq!(refused["code"], "scope_missing");
}
