//! The holes that reading Tactical RMM showed, by their letters in the notes on it: each test shows
//! that there is no such hole here, over our API and over its own paths. Some of their subjects
//! (policies) are not here; of those the test shows the mechanism that will
//! hold them, and says so.

use std::collections::BTreeSet;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::scope::Class;
use bailiwick_engine::shape::spec::{Access, Method, Tenancy};
use bailiwick_server::compat::{self, ADAPTERS};
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::client::{Client, Machine};
use crate::compat_tactical::{machine, node};

async fn hostnames(actor: &Actor<'_>) -> Vec<Value> {
    let agents = actor.get("/agents/?detail=false").await.expect(200).body;
    agents.as_array().unwrap().iter().map(|agent| agent["hostname"].clone()).collect()
}

/// a: an empty list of objects that a user may see lets them see everything, and the last entry is
/// deleted with the object that it names. Here an empty list reaches nothing, and a list stays when what it
/// names is gone.
#[tokio::test]
async fn hole_a_an_empty_list_reaches_nothing() {
    let app = TestApp::new().await;
    let site = app.site("default", "One", json!({})).await;
    machine(&app, "default", "a", json!({})).await;
    for reach in [json!({ "sites": [] }), json!({ "nodes": [] })] {
        let (key, _) = app.key(&["*:read"], json!({ "reach": reach })).await;
        let actor = app.with_key(&key);
        assert_eq!(hostnames(&actor).await, [""; 0]);
        assert_eq!(actor.get("/v1/nodes").await.expect(200).body["items"], json!([]));
        assert_eq!(actor.get("/clients/sites/").await.expect(200).body, json!([]));
    }
    let (key, id) = app.key(&["*:read"], json!({ "reach": { "sites": [site] } })).await;
    app.owner().delete(&format!("/v1/sites/{site}?force=true")).await.expect(200);
    let actor = app.with_key(&key);
    assert_eq!(hostnames(&actor).await, [""; 0]);
    assert_eq!(actor.get("/v1/nodes").await.expect(200).body["items"], json!([]));
    let kept = app.owner().get(&format!("/v1/keys/{id}")).await.expect(200).body["reach"].clone();
    assert_eq!(kept, json!({ "sites": [] }));
}

/// b: who is held to some sites may do anything to every client. Here whatever concerns an
/// organization as a whole is closed to a key that reaches a part of it, and another organization
/// is not there for it.
#[tokio::test]
async fn hole_b_a_key_for_one_site_cannot_change_the_organization() {
    let app = TestApp::new().await;
    let (one, two) =
        (app.site("default", "One", json!({})).await, app.site("default", "Two", json!({})).await);
    app.organization("other").await;
    app.site("other", "Three", json!({})).await;
    machine(&app, "default", "a", json!({ "site": one })).await;
    machine(&app, "default", "b", json!({ "site": two })).await;
    let (key, _) = app.key(&["*:*"], json!({ "reach": { "sites": [one] } })).await;
    let actor = app.with_key(&key);
    let clients = actor.get("/clients/").await.expect(200).body;
    assert_eq!(clients.as_array().unwrap().len(), 1);
    assert_eq!((&clients[0]["agent_count"], &clients[0]["sites"][0]["name"]), (&json!(1), &json!("One")));
    assert_eq!(clients[0]["sites"].as_array().unwrap().len(), 1);
    let rename = json!({ "name": "Mine" });
    actor.patch("/v1/organizations/default", rename.clone()).await.problem(403, "reach_too_narrow");
    actor.patch("/v1/organizations/other", rename.clone()).await.problem(403, "reach_too_narrow");
    app.owner().patch("/v1/organizations/other", rename.clone()).await.problem(404, "not_found");
    actor.patch(&format!("/v1/sites/{two}"), rename).await.problem(404, "not_found");
    actor.delete(&format!("/v1/sites/{two}?force=true")).await.problem(404, "not_found");
    assert_eq!(app.root().get("/v1/organizations/default").await.expect(200).body["name"], "Default");
}

/// c: one list has no filter by what its caller may see. Here every operation within an organization
/// reads through the caller's reach: a caller who reaches nothing gets empty lists or a refusal from
/// every `GET` that names no object, and this includes scripts and commands.
#[tokio::test]
async fn hole_c_every_list_is_within_the_callers_reach() {
    let app = TestApp::new().await;
    let site = app.site("default", "Secretville", json!({})).await;
    machine(&app, "default", "secretmachine", json!({ "site": site })).await;
    app.machine("default", "other", json!({})).await;
    let command = json!({ "targets": { "nodes": ["other"] }, "shell": "sh", "command": "ls /secretmachine" });
    app.owner().post("/v1/commands", command).await.expect(202);
    let script = json!({ "name": "secretmachine", "shell": "sh", "body": "true" });
    app.owner().post("/v1/scripts", script).await.expect(201);
    app.organization("other").await;
    let (nothing, _) = app.key(&["*:*"], json!({ "reach": { "sites": [], "nodes": [] } })).await;
    let (foreign, _) = app.key_in("other", &["*:*"], json!({})).await;
    let mut seen = 0;
    for operation in catalogue().operations() {
        let spec = operation.spec;
        if spec.method != Method::Get || spec.path.contains('{') || spec.access != Access::Scoped {
            continue;
        }
        // Events do not end. Their reach has tests of its own.
        if spec.answers_events {
            continue;
        }
        seen += 1;
        let all = app.root().get(&format!("{}?organization=default", spec.path)).await;
        for key in [&nothing, &foreign] {
            let reply = app.with_key(key).get(spec.path).await;
            if reply.status == 403 {
                assert_eq!(reply.code(), "reach_too_narrow", "{}", spec.id);
                continue;
            }
            let text = reply.expect(200).body.to_string();
            assert!(!text.contains("ecretville") && !text.contains("secretmachine"), "{}: {text}", spec.id);
        }
        if matches!(spec.id.as_str(), "sites.list" | "nodes.list" | "commands.list" | "scripts.list") {
            assert!(all.body.to_string().contains("ecret"), "{}: the owner does not see the object", spec.id);
        }
    }
    assert!(seen >= 5);
}

/// d: a `GET` that changes something. Here the method follows from what an operation does, over the
/// whole catalogue, and a `GET` of another system runs reading operations only.
#[test]
fn hole_d_no_get_changes_anything() {
    for operation in catalogue().operations().iter().filter(|o| o.spec.method == Method::Get) {
        assert_eq!(operation.spec.class, Class::Read, "{}", operation.spec.id);
    }
    let gets = ADAPTERS.iter().flat_map(|a| a.routes).filter(|r| r.method == compat::Method::Get);
    let run: BTreeSet<&str> = gets.flat_map(|route| route.operations.iter().map(|id| id.as_str())).collect();
    assert!(run.len() > 5);
    for id in run {
        assert_eq!(catalogue().get(id).unwrap().spec.class, Class::Read, "{id}");
    }
}

/// e: an agent is moved into a client that its mover may not touch. Here a node's new site must be
/// in reach as the old one was, and one that is not is not there.
#[tokio::test]
async fn hole_e_an_object_cannot_be_moved_out_of_reach() {
    let app = TestApp::new().await;
    let (one, two) =
        (app.site("default", "One", json!({})).await, app.site("default", "Two", json!({})).await);
    app.organization("other").await;
    let foreign = app.site("other", "Three", json!({})).await;
    let mine = machine(&app, "default", "a", json!({ "site": one })).await;
    let (key, _) = app.key(&["*:*"], json!({ "reach": { "sites": [one] } })).await;
    let path = format!("/v1/nodes/{mine}");
    for site in [&two, &foreign, &"01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".to_owned()] {
        let refused = app.with_key(&key).patch(&path, json!({ "site": site })).await.problem(400, "invalid");
        assert!(refused.field("site").contains("there is no site"));
        let new = json!({ "type": "generic", "name": "new", "address": "new", "site": site });
        app.with_key(&key).post("/v1/nodes", new).await.problem(400, "invalid").field("site");
    }
    app.with_key(&key).patch(&path, json!({ "site": null })).await.problem(403, "reach_too_narrow");
    // A caller who reaches the whole organization is refused too.
    app.owner().patch(&path, json!({ "site": foreign })).await.problem(400, "invalid").field("site");
    let kept = app.owner().get(&path).await.expect(200).body;
    assert_eq!(kept["site_id"], json!(one));
}

/// f: policies, scripts and custom fields belong to nobody, and who may manage them reaches every
/// client. Here no operation that an organization's key may do works above organizations, but on its
/// own; what one organization makes does not show in another's lists. (There are no policies yet.)
#[tokio::test]
async fn hole_f_nothing_is_shared_between_organizations() {
    for operation in catalogue().operations() {
        let spec = operation.spec;
        if spec.access == Access::Scoped && spec.tenancy == Tenancy::None {
            assert!(spec.id.starts_with("organizations."), "{} works above organizations", spec.id);
        }
    }
    let app = TestApp::new().await;
    app.organization("other").await;
    let (key, _) = app.key_in("other", &["*:*"], json!({})).await;
    let actor = app.with_key(&key);
    let lists = ["/v1/sites", "/v1/nodes", "/v1/keys", "/v1/agents", "/v1/services", "/clients/", "/agents/"];
    let mut before = Vec::new();
    for path in lists {
        before.push(actor.get(path).await.expect(200).body);
    }
    let site = app.site("default", "One", json!({})).await;
    let id = machine(&app, "default", "a", json!({ "site": site })).await;
    let body = json!({ "type": "mysql", "name": "db", "nodes": [id], "socket": "/run/mysqld.sock" });
    app.owner().post("/v1/services", body).await.expect(201);
    app.key(&["*:*"], json!({})).await;
    for (path, before) in lists.into_iter().zip(before) {
        let mut after = actor.get(path).await.expect(200).body;
        let mut before = before;
        // A key's own last use is news, and its own.
        for body in [&mut before, &mut after] {
            let items = body.get_mut("items").and_then(Value::as_array_mut);
            for item in items.into_iter().flatten() {
                item.as_object_mut().unwrap().remove("last_used");
            }
        }
        assert_eq!(after, before, "{path}");
    }
}

/// g: a user can run a script that contains a secret which they may not read. Here no operation returns
/// a secret that was given to an agent, whatever scopes the caller has, and no secret can be inserted
/// into a script or a command.
#[tokio::test]
async fn hole_g_a_stored_secret_is_never_shown() {
    const SECRET: &str = "correct horse battery staple";
    let app = TestApp::new().await;
    let id = machine(&app, "default", "a", json!({})).await;
    let body = json!({ "type": "mysql", "name": "db", "nodes": [id], "socket": "/run/mysqld.sock" });
    let service = app.owner().post("/v1/services", body).await.expect(201).body["id"].clone();
    let body = json!({
        "type": "mysqld_exporter", "runs_on": id, "observes": { "services": [service] },
        "settings": { "username": "{{secrets.password}}" }, "secrets": { "password": SECRET },
    });
    let made = app.owner().post("/v1/agents", body).await.expect(201);
    assert_eq!(made.body["secrets"], json!(["password"]));
    assert!(!made.body.to_string().contains(SECRET));
    let agent = made.body["id"].as_str().unwrap().to_owned();
    let mut asked = 0;
    for operation in catalogue().operations().iter().filter(|o| o.spec.method == Method::Get) {
        let path = operation.spec.path.replace("{agent}", &agent).replace("{node}", &id);
        if !path.contains('{') && !operation.spec.answers_events {
            asked += 1;
            let separator = if path.contains('?') { '&' } else { '?' };
            for query in ["", "organization=default"] {
                let reply = app.root().get(&format!("{path}{separator}{query}")).await;
                assert!(!reply.body.to_string().contains(SECRET), "{path}");
            }
        }
    }
    for route in ADAPTERS.iter().flat_map(|a| a.routes).filter(|r| r.method == compat::Method::Get) {
        let path =
            route.path.replace("{agent_id}", if route.path.starts_with("/v1/") { &agent } else { &id });
        asked += 1;
        let reply = app.owner().get(&path).await;
        assert!(!reply.body.to_string().contains(SECRET), "{path}");
    }
    assert!(asked > 20);
}

/// h: any key enrols an agent into any site. Here no operation enrols at all yet, and no key is made
/// that could be an agent's or enrol one; when there is such an operation, this test asks its
/// author who may.
#[tokio::test]
async fn hole_h_no_operation_enrols_an_agent() {
    let enrols = catalogue().operations().iter().find(|o| o.spec.id.contains("enrol"));
    assert_eq!(enrols.map(|o| o.spec.id), None);
    let app = TestApp::new().await;
    // Nobody makes the key of an agent but an enrolment, and a key for that takes what it makes.
    let body = json!({ "name": "x", "kind": "agent", "scopes": [] });
    app.root().post("/v1/keys?organization=default", body).await.problem(400, "invalid").field("kind");
    let (key, _) = app.key(&["keys:*", "nodes:read", "agents:read"], json!({})).await;
    let body = json!({ "name": "x", "kind": "enrol" });
    app.with_key(&key).post("/v1/keys", body).await.problem(403, "grant_exceeds_own").field("kind");
    app.with_key(&key).get("/v1/opamp").await.problem(403, "scope_missing");
    // One that may create agents makes its client one, but none of ours, and is given no credential.
    let served = app.serve().await;
    let (key, _) = app.key(&["nodes.create", "agents.create"], json!({})).await;
    let mut client = Client::connect(&served, &key, Machine::named("b")).await;
    let reply = client.hello().await;
    let settings = reply.connection_settings.and_then(|offer| offer.opamp);
    assert_eq!(settings.and_then(|settings| settings.headers), None);
    let kinds = app.owner().get("/v1/agents").await.expect(200).items("type");
    assert_eq!(kinds, [json!("opamp")]);
    // An agent in the inventory is no credential: none comes back when it is made.
    let id = node(&app, "default", "a", json!({})).await;
    let body = json!({ "type": "bailiwick_agent", "runs_on": id });
    let made = app.owner().post("/v1/agents", body).await.expect(201).body.to_string();
    assert!(!made.contains("blw_"));
}

/// i: the object that is checked is named in the query, the one that is changed in the path. Here
/// each field has one place, and it is the path's if it is in the path.
#[tokio::test]
async fn hole_i_the_object_that_is_checked_is_the_object_that_is_changed() {
    let app = TestApp::new().await;
    let (one, two) =
        (app.site("default", "One", json!({})).await, app.site("default", "Two", json!({})).await);
    let mine = machine(&app, "default", "a", json!({ "site": one })).await;
    let theirs = machine(&app, "default", "b", json!({ "site": two })).await;
    let (key, _) = app.key(&["*:*"], json!({ "reach": { "sites": [one] } })).await;
    let actor = app.with_key(&key);
    let change = json!({ "description": "Mine" });
    let path = format!("/v1/nodes/{theirs}");
    actor.patch(&path, change.clone()).await.problem(404, "not_found");
    for field in ["node", "id", "agent_id"] {
        let path = format!("{path}?{field}={mine}");
        actor.patch(&path, change.clone()).await.problem(400, "invalid").field(field);
        actor.get(&path).await.problem(400, "invalid").field(field);
    }
    let mut both = change;
    both["node"] = json!(mine);
    actor.patch(&path, both).await.problem(400, "invalid").field("node");
    actor.get(&format!("/agents/{theirs}/")).await.expect(404);
    actor.get(&format!("/agents/{theirs}/?agent_id={mine}")).await.expect(400);
    assert_eq!(app.owner().get(&path).await.expect(200).body["description"], json!(null));
}

/// j: a change is audited only after the request was answered. Here a change and its audit entry are one
/// transaction, which completes even if the client disconnects. The entry of a command is committed
/// before the command is sent to its agent.
#[tokio::test]
async fn hole_j_a_change_is_audited_after_its_client_disconnects() {
    let app = TestApp::new().await;
    {
        let owner = app.owner();
        let request = owner.post("/v1/sites", json!({ "name": "Berlin" }));
        tokio::pin!(request);
        assert!(
            futures::poll!(request.as_mut()).is_pending(),
            "the client must disconnect before the answer"
        );
    }
    let made = async || app.owner().get("/v1/sites").await.expect(200).items("id");
    let mut sites = made().await;
    for _ in 0..100_000 {
        if !sites.is_empty() {
            break;
        }
        tokio::task::yield_now().await;
        sites = made().await;
    }
    let trail = app.owner().get("/v1/audit?operation=sites.create").await.expect(200).body;
    let entries = trail["items"].as_array().unwrap();
    assert_eq!((sites.len(), entries.len()), (1, 1));
    assert_eq!(entries[0]["targets"][0]["id"], sites[0]);
    assert_eq!(entries[0]["outcome"], "allowed");
}

/// k: what belongs to no agent is shown to all. Here a node at no site is outside of every list of
/// sites.
#[tokio::test]
async fn hole_k_a_node_without_a_site_is_outside_of_every_site_reach() {
    let app = TestApp::new().await;
    let site = app.site("default", "One", json!({})).await;
    machine(&app, "default", "here", json!({ "site": site })).await;
    let nowhere = machine(&app, "default", "nowhere", json!({})).await;
    let (key, _) = app.key(&["*:*"], json!({ "reach": { "sites": [site] } })).await;
    let actor = app.with_key(&key);
    assert_eq!(actor.get("/v1/nodes").await.expect(200).items("name"), ["here"]);
    assert_eq!(hostnames(&actor).await, ["here"]);
    actor.get(&format!("/v1/nodes/{nowhere}")).await.problem(404, "not_found");
    actor.get(&format!("/agents/{nowhere}/")).await.expect(404);
    let agents = actor.get("/v1/agents").await.expect(200).body;
    assert!(!agents.to_string().contains(&nowhere), "{agents:#}");
}
