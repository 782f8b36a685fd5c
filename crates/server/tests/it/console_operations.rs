//! What the console asks besides the operations on objects: the compact catalogue, what keys may do and have used, what a
//! reach covers, results in groups, and preferences.

use bailiwick_domain::command::ResultState;
use serde_json::{Value, json};

use crate::app::{Actor, PASSWORD, TestApp};
use crate::fake_agent::ending;

async fn explained(actor: &Actor<'_>, body: Value) -> Value {
    actor.post("/v1/keys/explain", body).await.expect(200).body
}

fn texts<'a>(explanation: &'a Value, kind: &str) -> Vec<&'a str> {
    let sentences = explanation["sentences"].as_array().unwrap();
    let of_kind = sentences.iter().filter(|sentence| sentence["kind"] == kind);
    of_kind.map(|sentence| sentence["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_key_is_explained_in_sentences() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.node(json!({ "name": "db-1", "labels": { "env": "prod" } })).await;
    app.node(json!({ "name": "db-2", "labels": { "env": "test" } })).await;

    let found = explained(
        &owner,
        json!({
            "scopes": ["sites:read", "nodes:*", "commands.create"],
            "reach": { "labels": "env=prod" },
            "ttl_seconds": 172_800,
            "allowed_ips": ["10.0.0.0/8", "192.0.2.7"],
            "command_limits": { "most_targets": 10, "shells": ["sh"] },
        }),
    )
    .await;
    assert_eq!(
        texts(&found, "may"),
        ["May read and change nodes.", "May read sites.", "May issue a command to a selection of nodes."]
    );
    assert_eq!(
        texts(&found, "may_not"),
        ["May not make keys or give rights to people or read the audit trail."]
    );
    assert_eq!(texts(&found, "reach"), ["Reaches only what is whose labels match `env=prod`: 1 node now."]);
    let limits = texts(&found, "limit");
    assert!(
        limits[0].starts_with("Stops working at 20") && limits[0].ends_with(" UTC, in 2 days."),
        "{limits:?}"
    );
    assert_eq!(limits[1], "Works only from 10.0.0.0/8 and 192.0.2.7/32.");
    assert_eq!(limits[2..], ["One command goes to at most 10 machines.", "Runs text only in sh."]);
    assert_eq!(
        texts(&found, "warning"),
        ["`sites:read` and `nodes:*` also open operations that later versions add."]
    );
    assert_eq!(found["nodes"], 1);

    let everything = explained(&owner, json!({ "scopes": ["*:*"] })).await;
    assert_eq!(texts(&everything, "may"), ["May do everything in its reach."]);
    assert_eq!(texts(&everything, "warning").len(), 4, "{everything:#}");
}

#[tokio::test]
async fn an_explanation_takes_the_role_and_the_user_into_account() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.user("default", "ada@example.com", "viewer").await;
    let of_role = explained(&owner, json!({ "scopes": ["*:*"], "role": "viewer" })).await;
    let of_user = explained(&owner, json!({ "scopes": ["*:*"], "user": "ada@example.com" })).await;
    assert_eq!(of_role["operations"], of_user["operations"]);
    assert!(texts(&of_role, "may_not")[0].contains("run anything on machines"), "{of_role:#}");
    let limits = texts(&of_user, "limit").join(" ");
    assert!(limits.contains("Acts for ada@example.com"), "{limits}");
    owner.post("/v1/keys/explain", json!({ "scopes": ["nodes.fly"] })).await.expect(400);
    owner.post("/v1/keys/explain", json!({ "scopes": [], "role": "nobody" })).await.expect(400);
}

#[tokio::test]
async fn an_explanation_takes_the_reach_of_the_role_and_of_the_user_into_account() {
    let app = TestApp::new().await;
    let owner = app.owner();
    for (name, env) in [("db-1", "prod"), ("db-2", "prod"), ("db-3", "test")] {
        app.node(json!({ "name": name, "labels": { "env": env } })).await;
    }
    let role = |name: &str, reach: Value| json!({ "name": name, "scopes": ["nodes:read"], "reach": reach });
    owner.post("/v1/roles", role("Production", json!({ "labels": "env=prod" }))).await.expect(201);
    owner.post("/v1/roles", role("Second", json!({ "nodes": ["db-2"] }))).await.expect(201);
    let user = json!({ "email": "ada@example.com", "name": "Ada", "role": "Second" });
    owner.post("/v1/users", user).await.expect(201);

    let found = explained(&owner, json!({ "scopes": ["*:*"], "role": "Production" })).await;
    assert_eq!(found["nodes"], 2);
    assert_eq!(texts(&found, "reach"), ["Reaches only what is whose labels match `env=prod`: 2 nodes now."]);
    let both = json!({ "scopes": ["*:*"], "role": "Production", "user": "ada@example.com" });
    assert_eq!(explained(&owner, both).await["nodes"], 1);
    let none = json!({
        "scopes": ["*:*"], "role": "Production", "user": "ada@example.com", "reach": { "nodes": ["db-1"] },
    });
    assert_eq!(explained(&owner, none).await["nodes"], 0);
}

#[tokio::test]
async fn an_explanation_says_that_limited_keys_give_people_no_access() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let create = "May create a user with a role in the organization.";
    let free = explained(&owner, json!({ "scopes": ["users.create"] })).await;
    assert_eq!((texts(&free, "may"), &free["operations"]), (vec![create], &json!(1)));
    for limit in [
        json!({ "ttl_seconds": 60 }),
        json!({ "rate_limit": { "per_minute": 10 } }),
        json!({ "allowed_ips": ["10.0.0.0/8"] }),
        json!({ "role": "admin" }),
    ] {
        let mut body = json!({ "scopes": ["users.create"] });
        body.as_object_mut().unwrap().extend(limit.as_object().unwrap().clone());
        let found = explained(&owner, body).await;
        assert_eq!(
            (texts(&found, "may"), &found["operations"]),
            (vec!["May only ask who it is."], &json!(0))
        );
        assert!(texts(&found, "may_not").concat().contains("Gives no people access"), "{found:#}");
    }
}

#[tokio::test]
async fn an_explanation_says_of_every_way_to_run_something_on_machines() {
    let app = TestApp::new().await;
    let runs = "run anything on machines";
    for scope in ["updates.install", "updates.scan", "scripts.run", "commands.create", "schedules.create"] {
        let found = explained(&app.owner(), json!({ "scopes": [scope] })).await;
        assert!(!texts(&found, "may_not").concat().contains(runs), "{scope}: {found:#}");
    }
    let found = explained(&app.owner(), json!({ "scopes": ["updates.list"] })).await;
    assert!(texts(&found, "may_not").concat().contains(runs), "{found:#}");
}

#[tokio::test]
async fn a_key_shows_which_operations_it_has_used() {
    let app = TestApp::new().await;
    let (secret, id) = app.key(&["sites:read", "nodes.list"], json!({})).await;
    let key = app.with_key(&secret);
    key.get("/v1/sites").await.expect(200);
    key.get("/v1/sites").await.expect(200);
    key.get("/v1/keys").await.expect(403);
    app.control.write_down_now().await;
    app.advance(60);
    key.get("/v1/sites").await.expect(200);
    app.control.write_down_now().await;

    let usage = app.owner().get(&format!("/v1/keys/{id}/usage")).await.expect(200).body;
    let used = usage["used"].as_array().unwrap();
    assert_eq!(used.len(), 1, "{usage:#}");
    assert_eq!(used[0]["operation"], "sites.list");
    assert!(used[0]["first_used_at"].as_str() < used[0]["last_used_at"].as_str());
    assert_eq!(usage["unused"], json!(["sites.get", "sites.export", "nodes.list"]));
    key.get(&format!("/v1/keys/{id}/usage")).await.problem(403, "scope_missing");
    let narrow = json!({ "reach": { "nodes": [] } });
    let (narrow, _) = app.key(&["keys.usage"], narrow).await;
    let refused = app.with_key(&narrow).get(&format!("/v1/keys/{id}/usage")).await;
    refused.problem(403, "reach_too_narrow");
}

#[tokio::test]
async fn a_reach_is_previewed_within_the_callers_own() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    for (name, site) in [("db-1", Some(&site)), ("db-2", Some(&site)), ("web-1", None)] {
        app.node(json!({ "name": name, "site": site })).await;
    }
    let covered = async |actor: &Actor<'_>, reach: Value| {
        let reply = actor.post("/v1/reach/preview", json!({ "reach": reach })).await.expect(200);
        (reply.body["sites"].clone(), reply.body["nodes"].clone())
    };
    let owner = app.owner();
    assert_eq!(covered(&owner, json!({})).await, (json!(1), json!(3)));
    assert_eq!(covered(&owner, json!({ "sites": ["Berlin"] })).await, (json!(1), json!(2)));
    let (secret, _) = app.key(&["reach.preview"], json!({ "reach": { "nodes": ["db-1", "web-1"] } })).await;
    let narrow = app.with_key(&secret);
    assert_eq!(covered(&narrow, json!({})).await, (json!(0), json!(2)));
    let reply = narrow.post("/v1/reach/preview", json!({ "reach": { "nodes": ["db-2"] } })).await;
    reply.expect(400);
}

#[tokio::test]
async fn equal_results_of_a_command_are_one_group() {
    let app = TestApp::new().await;
    let _background = app.start();
    let mut agents = Vec::new();
    for name in ["db-1", "db-2", "db-3"] {
        let (node, agent) = app.machine("default", name, json!({ "env": "prod" })).await;
        agents.push(app.connect(&node, &agent).await);
    }
    let body = json!({ "targets": { "labels": "env=prod" }, "shell": "sh", "command": "uname -r" });
    let id = app.owner().post("/v1/commands", body).await.expect(202).body["id"].as_str().unwrap().to_owned();
    for (agent, output) in agents.iter_mut().zip(["6.1\n", "6.1\n", "5.10\n"]) {
        let command = agent.ordered().await.id;
        agent.finish(command, ending(ResultState::Succeeded, Some(0), output)).await;
    }
    let found = app.owner().get(&format!("/v1/commands/{id}/groups")).await.expect(200).body;
    let groups: Vec<_> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["count"].as_u64().unwrap(), group["stdout"].as_str().unwrap()))
        .collect();
    assert_eq!(groups, [(2, "6.1\n"), (1, "5.10\n")]);
    assert_eq!((&found["compared"], &found["is_complete"]), (&json!(3), &json!(true)));
    let failed = app.owner().get(&format!("/v1/commands/{id}/groups?state=failed")).await.expect(200).body;
    assert_eq!(failed["items"], json!([]));
}

#[tokio::test]
async fn people_have_preferences_of_their_own() {
    let app = TestApp::new().await;
    app.user("default", "ada@example.com", "viewer").await;
    app.user("default", "bob@example.com", "viewer").await;
    let ada = app.log_in("ada@example.com", PASSWORD).await;
    let set = async |preferences: Value| {
        ada.patch("/v1/me/preferences", json!({ "preferences": preferences })).await
    };
    set(json!({ "theme": "dark", "columns": { "nodes": ["name"] } })).await.expect(200);
    let reply = set(json!({ "theme": "light", "columns": null })).await.expect(200);
    assert_eq!(reply.body["preferences"], json!({ "theme": "light" }));
    assert_eq!(ada.get("/v1/me/preferences").await.expect(200).body, reply.body);
    set(json!({ "long": "x".repeat(20_000) })).await.expect(400);
    // PostgreSQL cannot store it.
    for nul in [json!({ "a\0": 1 }), json!({ "a": "\0" }), json!({ "a": [{ "b": { "\0": "c" } }] })] {
        set(nul).await.problem(400, "invalid");
    }
    assert_eq!(ada.get("/v1/me/preferences").await.expect(200).body, reply.body);

    let bob = app.log_in("bob@example.com", PASSWORD).await;
    assert_eq!(bob.get("/v1/me/preferences").await.expect(200).body["preferences"], json!({}));
    app.owner().get("/v1/me/preferences").await.expect(403);

    // They leave no entry in the audit trail of the server; the log-ins do.
    let trail = app.root().get("/v1/audit?limit=1000").await.expect(200).items("operation");
    assert!(!trail.contains(&json!("me.set_preferences")), "{trail:?}");
    assert!(trail.contains(&json!("sessions.create")), "{trail:?}");
}

#[tokio::test]
async fn the_compact_catalogue_has_every_operation_and_an_entity_tag() {
    let app = TestApp::new().await;
    let reply = app.anonymous().get("/v1/catalogue").await.expect(200);
    let operations = reply.body["operations"].as_array().unwrap();
    assert_eq!(operations.len(), bailiwick_catalogue::catalogue().operations().len());
    let list = operations.iter().find(|operation| operation["id"] == "nodes.list").unwrap();
    assert_eq!((&list["method"], &list["path"]), (&json!("GET"), &json!("/v1/nodes")));
    assert_eq!(
        (&list["class"], &list["scope"], &list["callers"]),
        (&json!("read"), &json!("nodes.list"), &json!("scope"))
    );
    assert!(list["columns"].as_array().unwrap().contains(&json!("name")));
    let get = operations.iter().find(|operation| operation["id"] == "nodes.get").unwrap();
    assert_eq!(get["path_fields"], json!(["node"]));
    let fields = get["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({ "name": "node", "in": "path", "required": true })), "{fields:?}");
    assert!(reply.body["presets"].as_array().unwrap().len() > 5);
    let etag = reply.headers["etag"].to_str().unwrap().to_owned();
    app.anonymous().header("if-none-match", &etag).get("/v1/catalogue").await.expect(304);
}

#[tokio::test]
async fn the_scopes_of_a_script_are_found_also_of_scripts_for_other_systems() {
    let app = TestApp::new().await;
    let text = "curl -H \"X-API-KEY: $KEY\" https://b.example.com/v1/sites\n\
                requests.get(f\"{api}/agents/\")\n\
                curl https://b.example.com/v1/unicorns\n";
    let reply = app.owner().post("/v1/scopes/match", json!({ "text": text })).await.expect(200);
    let scopes = reply.body["scopes"].as_array().unwrap();
    assert!(
        scopes.contains(&json!("sites.list")) && scopes.contains(&json!("nodes.list")),
        "{:#}",
        reply.body
    );
    assert_eq!(reply.body["unknown"], json!([{ "line": 3, "text": "/v1/unicorns" }]));
    let matches = reply.body["matches"].as_array().unwrap();
    assert!(matches.iter().any(|one| one["path"] == "/agents/" && one["line"] == 2), "{matches:?}");

    let lines = |count: usize| json!({ "text": "\n".repeat(count) });
    app.owner().post("/v1/scopes/match", lines(10_000)).await.expect(200);
    let refused = app.owner().post("/v1/scopes/match", lines(10_001)).await.problem(400, "invalid");
    assert_eq!(refused.field("text"), "expected at most 10000 lines");
}
