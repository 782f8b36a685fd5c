//! The audit trail: what is in it, and that it shows when it was changed.

use bailiwick_domain::audit::{Entry, EntryHash};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::TestApp;

/// Writes the refusals that wait, as the background does, to the end.
pub async fn write_refusals(app: &TestApp) {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    app.start_background(&tasks, &stop);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn audit_filters_return_the_matching_entries() {
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
async fn a_question_about_nothing_is_refused_and_names_are_taken_for_ids() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let node = app.node(json!({ "name": "db-3" })).await;
    let (_, key) = app.key(&["sites:read"], json!({ "name": "nightly" })).await;
    let owner = app.owner();
    let found = async |target: &str| {
        owner.get(&format!("/v1/audit?target={target}")).await.expect(200).items("operation")
    };
    for target in ["node:db-3", "nodes:db-3", &format!("node:{node}"), &format!("nodes:{node}")] {
        assert_eq!(found(target).await, ["nodes.create"], "{target}");
    }
    for target in ["site:Berlin", "sites:Berlin"] {
        assert_eq!(found(target).await, ["sites.create"], "{target}");
    }
    assert_eq!(found("key:nightly").await, ["keys.create"]);
    assert_eq!(found(&format!("key:{key}")).await, ["keys.create"]);
    // A deleted object is named by its id.
    owner.delete(&format!("/v1/sites/{site}")).await.expect(200);
    assert_eq!(found(&format!("site:{site}")).await, ["sites.delete", "sites.create"]);
    for (query, field, expected) in [
        ("operation=commands.reboo", "operation", "did you mean `commands.reboot`?"),
        ("operation=nonsense", "operation", "there is no operation nonsense"),
        ("target=noed:db-3", "target", "did you mean `node`?"),
        ("target=rack:1", "target", "there is no kind of object `rack`"),
        ("target=node:db-9", "target", "there is no node db-9 now"),
        ("target=site:Berlin", "target", "one that was deleted is named by its id"),
        ("target=command:reboot", "target", "expected the id of a command"),
        ("target=user:nobody@example.com", "target", "there is no user"),
        ("target=db-3", "target", "such as `node:db-1`"),
    ] {
        let refused = owner.get(&format!("/v1/audit?{query}")).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{query}: {:#}", refused.body);
    }
    // What the server itself does has an operation too, and one that is gone stays in the trail.
    owner.get("/v1/audit?operation=server.first_run").await.expect(200);
    // Names are for those who may read the objects.
    let (narrow, _) = app.key(&["audit:read"], json!({})).await;
    let refused = app.with_key(&narrow).get("/v1/audit?target=node:db-3").await.problem(400, "invalid");
    assert!(refused.field("target").contains("expected the id of a node"), "{:#}", refused.body);
    app.with_key(&narrow).get(&format!("/v1/audit?target=node:{node}")).await.expect(200);
}

#[tokio::test]
async fn a_server_administrator_is_found_and_shown_by_address_in_an_organization() {
    let app = TestApp::new().await;
    let administrator = app.administrator().await;
    administrator.post("/v1/sites?organization=default", json!({ "name": "Berlin" })).await.expect(201);
    for path in ["/v1/audit?organization=default&include=actor&by=admin@localhost"] {
        let shown = administrator.get(path).await.expect(200);
        assert_eq!(shown.items("actor_name"), ["admin@localhost"], "{path}");
    }
    administrator.get("/v1/commands?organization=default&by=admin@localhost").await.expect(200);
    let found = administrator.get("/v1/audit?organization=default&target=user:admin@localhost").await;
    found.expect(200);
    // Others do not learn who administers the server.
    app.owner().get("/v1/audit?by=admin@localhost").await.problem(404, "not_found");
    let shown = app.owner().get("/v1/audit?operation=sites.create&include=actor").await.expect(200);
    assert_eq!(shown.items("actor_name"), [Value::Null]);
}

#[tokio::test]
async fn the_number_of_audited_refusals_is_bounded() {
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
async fn verification_finds_a_changed_entry() {
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
async fn verification_finds_missing_entries_at_the_end() {
    let app = TestApp::new().await;
    app.site("default", "S", json!({})).await;
    app.tamper("DELETE FROM audit_entries WHERE operation = 'sites.create'").await;
    let broken = app.owner().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!(broken["chains"][0]["problem"], "entries are missing at the end", "{broken:#}");
}

#[tokio::test]
async fn verification_names_an_unreadable_entry() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.site("default", &format!("S{n}"), json!({})).await;
    }
    app.tamper("UPDATE audit_entries SET actor = 'kez:x' WHERE number = 3 AND operation = 'sites.create'")
        .await;
    let verified = app.owner().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!((&verified["intact"], &verified["chains"][0]["broken_at"]), (&json!(false), &json!(3)));
    assert!(verified["chains"][0]["problem"].as_str().unwrap().contains("cannot be read"));
}

#[tokio::test]
async fn verification_names_an_entry_hidden_from_the_target_index() {
    for change in [
        "DELETE FROM audit_targets WHERE number = 3 AND target LIKE 'site:%'",
        "UPDATE audit_targets SET target = 'site:other' WHERE number = 3 AND target LIKE 'site:%'",
        "INSERT INTO audit_targets (chain, target, number) \
         SELECT chain, 'site:other', number FROM audit_entries WHERE number = 3 AND operation = 'sites.create'",
    ] {
        let app = TestApp::new().await;
        for n in 0..5 {
            app.site("default", &format!("S{n}"), json!({})).await;
        }
        assert_eq!(app.owner().get("/v1/audit/verify").await.expect(200).body["intact"], true);
        app.tamper(change).await;
        let verified = app.owner().get("/v1/audit/verify").await.expect(200).body;
        assert_eq!((&verified["intact"], &verified["chains"][0]["broken_at"]), (&json!(false), &json!(3)));
        assert!(verified["chains"][0]["problem"].as_str().unwrap().contains("index of targets"), "{change}");
    }
}

#[tokio::test]
async fn a_trail_cut_without_audit_cut_is_reported_as_broken() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.site("default", &format!("S{n}"), json!({})).await;
    }
    app.tamper(
        "UPDATE audit_chains SET cut_number = 3, cut_hash = \
         (SELECT hash FROM audit_entries e WHERE e.chain = audit_chains.chain AND e.number = 3) \
         WHERE (SELECT count(*) FROM audit_entries e WHERE e.chain = audit_chains.chain) > 3",
    )
    .await;
    app.tamper("DELETE FROM audit_entries WHERE number <= 3 AND chain IN (SELECT chain FROM audit_chains WHERE cut_number = 3)")
        .await;
    let verified = app.owner().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!((&verified["intact"], &verified["chains"][0]["broken_at"]), (&json!(false), &json!(4)));
    assert!(verified["chains"][0]["problem"].as_str().unwrap().contains("no entry of audit.cut"));
}

#[tokio::test]
async fn an_exported_trail_is_cut_at_the_entry_with_the_given_hash() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.site("default", &format!("S{n}"), json!({})).await;
    }
    let export =
        async |query: &str| app.owner().get(&format!("/v1/audit/export{query}")).await.expect(200).body;
    let first = export("?limit=4").await;
    let second = export(&format!("?limit=4&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!((&first["count"], &second["count"]), (&json!(4), &json!(2)));
    assert!(second["next_cursor"].is_null());
    let lines = format!("{}{}", first["data"].as_str().unwrap(), second["data"].as_str().unwrap());
    let entries: Vec<Entry> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The chain can be checked by what was exported alone.
    let (mut number, mut hash) = (0, EntryHash::NONE);
    for entry in &entries {
        assert!(entry.follows(number, hash), "{entry:?}");
        (number, hash) = (entry.number, entry.hash);
    }
    let csv = app.owner().header("accept", "text/csv").get("/v1/audit/export").await.expect(200).body;
    assert_eq!(csv.as_str().unwrap().lines().count(), 7);

    let cut = async |number: i64, hash: EntryHash| {
        app.owner().post("/v1/audit/cut", json!({ "number": number, "hash": hash })).await
    };
    let other = cut(4, entries[4].hash).await.problem(400, "invalid");
    assert!(other.field("hash").contains("hash of the entry"));
    cut(99, hash).await.problem(400, "invalid");
    // Only who reaches the whole organization, and has the scope.
    let (reader, _) = app.key(&["audit:read"], json!({})).await;
    let body = json!({ "number": 4, "hash": entries[3].hash });
    app.with_key(&reader).post("/v1/audit/cut", body).await.problem(403, "scope_missing");
    assert_eq!(app.owner().get("/v1/audit?sort=number").await.items("number")[0], 1);

    let done = cut(4, entries[3].hash).await.expect(200).body;
    assert_eq!(done["deleted"], 4, "{done:#}");
    cut(4, entries[3].hash).await.problem(400, "invalid");
    let left = app.owner().get("/v1/audit?sort=number").await.expect(200);
    // The refusal of the reader may come among them.
    assert_eq!(left.items("number")[..3], [json!(5), json!(6), json!(7)]);
    let note = left.body["items"].as_array().unwrap().iter().find(|entry| entry["operation"] == "audit.cut");
    assert!(note.unwrap()["reason"].as_str().unwrap().contains(&entries[3].hash.to_string()), "{note:#?}");
    let verified = app.owner().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!(verified["intact"], true, "{verified:#}");
    assert_eq!(verified["chains"][0]["cut"], 4);
    assert_eq!(verified["chains"][0]["cut_hash"], json!(entries[3].hash));
    // What comes after is still held to it.
    app.tamper("UPDATE audit_entries SET operation = 'sites.get' WHERE number = 5").await;
    let broken = app.owner().get("/v1/audit/verify").await.expect(200).body;
    assert_eq!(broken["chains"][0]["broken_at"], 5, "{broken:#}");
}

#[tokio::test]
async fn expired_keys_are_deleted_after_the_retention() {
    let app = TestApp::new().await;
    let (_, expires) = app.key(&["sites:read"], json!({ "ttl_seconds": 60 })).await;
    let (_, stays) = app.key(&["sites:read"], json!({})).await;
    app.control.forget_keys_after(30);
    let there = async |id: &str| app.owner().get(&format!("/v1/keys/{id}")).await.status.as_u16() == 200;
    let held = app.control.keyring().len();
    app.advance(29 * 86_400);
    app.control.forget_keys().await.unwrap();
    assert!(there(&expires).await);
    app.advance(2 * 86_400);
    app.control.forget_keys().await.unwrap();
    assert!(!there(&expires).await && there(&stays).await);
    assert_eq!(app.control.keyring().len(), held - 1);
    let noted = app.owner().get("/v1/audit?operation=keys.forget").await.expect(200);
    assert_eq!(noted.items("targets"), [json!([{ "noun": "key", "id": expires }])]);
}
