//! Every operation × every kind of caller: made from the catalogue, so that a new operation is
//! covered without writing a test.

use std::collections::BTreeSet;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::key::{Actor as DomainActor, KeyText};
use bailiwick_domain::role::BuiltInRole;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::scope_set::SCOPE_SETS;
use bailiwick_domain::session::Token;
use bailiwick_engine::admission::{By, Credential, Request};
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::cx::internal::KeyCheck;
use bailiwick_engine::internal::{self, Runner};
use bailiwick_engine::shape::spec::{Access, Bulk, Tenancy};
use bailiwick_server::openapi;
use bailiwick_store::holds::Holds;
use serde_json::{Value, json};

use crate::app::{Actor, PASSWORD, Reply, TestApp};
use crate::client::Machine;
use crate::example::{self, Example};

async fn call(actor: &Actor<'_>, example: &Example) -> Reply {
    actor.send(example.method, &example.path, example.body.clone()).await
}

fn operations(filter: impl Fn(&Described) -> bool) -> Vec<&'static Described> {
    let found: Vec<_> = catalogue().operations().iter().filter(|o| filter(o)).collect();
    assert!(!found.is_empty());
    found
}

fn keyed() -> Vec<&'static Described> {
    operations(|o| !matches!(o.spec.access, Access::Open | Access::ByProof | Access::Person))
}

/// The scopes of every operation but one, named one by one.
fn all_but(operation: &Described, root: bool) -> Vec<String> {
    let others = catalogue().operations().iter().filter(|o| o.spec.id != operation.spec.id);
    let grantable = others.filter(|o| root || o.spec.access != Access::Root);
    grantable.map(|o| o.spec.id.to_string()).collect()
}

/// The one scope that an operation requires; none if any key may call it. A caller who gives a role must
/// have the permissions of that role, a caller who creates a schedule must be allowed to do its work, and a caller
/// who merges nodes must be allowed to change and delete them.
fn only(operation: &Described) -> Vec<String> {
    let mut scopes = match operation.spec.access {
        Access::AnyKey => vec![],
        _ => vec![operation.spec.id.to_string()],
    };
    let hands_on = ["users.create", "users.import", "users.invite", "users.reset_second_factor"];
    if hands_on.contains(&operation.spec.id.as_str()) {
        scopes.extend(BuiltInRole::Viewer.scopes().iter().map(ToString::to_string));
    }
    if operation.spec.id == "nodes.merge" {
        scopes.extend(["nodes.update".to_owned(), "nodes.delete".to_owned()]);
    }
    // What is saved is a text that is run on machines.
    let runs = ["schedules.create", "schedules.update", "schedules.run", "scripts.create", "scripts.update"];
    if runs.contains(&operation.spec.id.as_str()) {
        scopes.push("commands.create".to_owned());
    }
    scopes
}

fn texts(scopes: &[String]) -> Vec<&str> {
    scopes.iter().map(String::as_str).collect()
}

/// A key of the kind that may do the operation, with these scopes.
async fn key_for(app: &TestApp, operation: &Described, scopes: &[String]) -> String {
    if operation.spec.access == Access::Root {
        app.root_key(scopes, json!({})).await
    } else {
        app.key(&texts(scopes), json!({})).await.0
    }
}

#[tokio::test]
async fn open_operations_require_no_key() {
    for operation in operations(|o| o.spec.access == Access::Open) {
        let app = TestApp::new().await;
        let example = example::of(&app, operation, "default").await;
        call(&app.anonymous(), &example).await.expect(operation.spec.status);
        call(&app.with_key("garbage"), &example).await.expect(operation.spec.status);
    }
}

#[tokio::test]
async fn operations_without_a_valid_key_are_refused() {
    let app = TestApp::new().await;
    let (mistyped, _) = app.key(&["*:*"], json!({})).await;
    let last = if mistyped.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &mistyped[..mistyped.len() - 1]);
    for operation in keyed() {
        // Objects need not be there: who is nobody is not told whether they are.
        let path = operation.spec.path.replace(['{', '}'], "");
        let example = Example { method: operation.spec.method.as_str(), path, body: None };
        call(&app.anonymous(), &example).await.problem(401, "credential_missing");
        call(&app.with_key("garbage"), &example).await.problem(401, "credential_malformed");
        call(&app.with_key(&mistyped), &example).await.problem(401, "credential_mistyped");
        call(&app.with_key(&example::foreign_key()), &example).await.problem(401, "credential_unknown");
    }
}

#[tokio::test]
async fn an_expired_disabled_or_misplaced_key_is_refused() {
    let app = TestApp::new().await;
    let (expired, _) = app.key(&["*:*"], json!({ "ttl_seconds": 10 })).await;
    let (early, _) = app.key(&["*:*"], json!({ "not_before": "2030-01-02T00:00:00Z" })).await;
    let (disabled, id) = app.key(&["*:*"], json!({})).await;
    app.root().post(&format!("/v1/keys/{id}/disable"), json!({ "reason": "Lost" })).await.expect(200);
    let (elsewhere, _) = app.key(&["*:*"], json!({ "allowed_ips": ["198.51.100.0/24"] })).await;
    let (denied, _) = app.key(&["*:*"], json!({ "denied_ips": ["192.0.2.0/24"] })).await;
    app.advance(10);
    for operation in keyed() {
        let path = operation.spec.path.replace(['{', '}'], "");
        let example = Example { method: operation.spec.method.as_str(), path, body: None };
        call(&app.with_key(&expired), &example).await.problem(401, "key_expired");
        call(&app.with_key(&early), &example).await.problem(401, "key_not_yet_valid");
        call(&app.with_key(&disabled), &example).await.problem(401, "key_disabled");
        call(&app.with_key(&elsewhere), &example).await.problem(403, "address_not_allowed");
        call(&app.with_key(&denied), &example).await.problem(403, "address_not_allowed");
    }
}

/// Expects the answer to a caller who names an object of another organization.
#[track_caller]
fn expect_nothing_of_another(operation: &Described, reply: Reply) {
    match operation.spec.access {
        Access::Root => drop(reply.problem(403, "root_only")),
        _ if operation.spec.path.contains('{') => drop(reply.problem(404, "not_found")),
        // What is named by its id is not there for another organization.
        _ if ["job_runs.create", "operator_runs.create"].contains(&operation.spec.id.as_str()) => {
            drop(reply.problem(400, "invalid"));
        }
        // No entry of their own has the hash of another organization's.
        _ if operation.spec.id == "audit.cut" => drop(reply.problem(400, "invalid")),
        _ => drop(reply.expect(operation.spec.status)),
    }
}

#[tokio::test]
async fn objects_of_another_organization_are_not_found() {
    for operation in keyed() {
        let app = TestApp::new().await;
        app.organization("other").await;
        let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
        let example = example::of(&app, operation, "default").await;
        let reply = call(&app.with_key(&other), &example).await;
        expect_nothing_of_another(operation, reply);
        if operation.spec.tenancy == Tenancy::None {
            continue;
        }
        // A new key: whoami.revoke took the one before.
        let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
        let named = Example { path: example.path_with("organization", "default"), ..example };
        call(&app.with_key(&other), &named).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    for operation in operations(|o| matches!(o.spec.access, Access::Scoped | Access::Root)) {
        let app = TestApp::new().await;
        let root = operation.spec.access == Access::Root;
        let key = key_for(&app, operation, &all_but(operation, root)).await;
        let example = example::of(&app, operation, "default").await;
        let refused = call(&app.with_key(&key), &example).await.problem(403, "scope_missing");
        assert_eq!(refused.body["missing_scope"], operation.spec.id.as_str());
    }
}

#[tokio::test]
async fn the_one_scope_of_an_operation_is_enough() {
    for operation in keyed() {
        let app = TestApp::new().await;
        let key = key_for(&app, operation, &only(operation)).await;
        let example = example::of(&app, operation, "default").await;
        call(&app.with_key(&key), &example).await.expect(operation.spec.status);
    }
}

#[tokio::test]
async fn a_named_set_of_scopes_permits_exactly_its_operations() {
    for set in &SCOPE_SETS {
        let refusing = TestApp::new().await;
        let (key, _) = refusing.key(&[set.name], json!({})).await;
        for operation in keyed() {
            if operation.spec.access == Access::AnyKey {
                continue;
            }
            if !Scope::Set(set).permits(operation.spec.subject()) {
                // Objects need not be there: who may not do it is not told whether they are.
                let path = operation.spec.path.replace(['{', '}'], "");
                let example = Example { method: operation.spec.method.as_str(), path, body: None };
                assert!(
                    !verdict(call(&refusing.with_key(&key), &example).await, operation),
                    "{}",
                    operation.spec.id
                );
                continue;
            }
            let app = TestApp::new().await;
            let (key, _) = app.key(&[set.name], json!({})).await;
            let example = example::of(&app, operation, "default").await;
            assert!(verdict(call(&app.with_key(&key), &example).await, operation), "{}", operation.spec.id);
        }
    }
}

#[tokio::test]
async fn who_lacks_an_operation_of_a_named_set_cannot_grant_the_set() {
    let app = TestApp::new().await;
    for set in &SCOPE_SETS {
        let mut scopes: Vec<String> =
            set.operations.iter().map(|(noun, verb)| format!("{noun}.{verb}")).collect();
        scopes.push("keys.create".into());
        let grant = async |scopes: &[String], status: u16| {
            let (key, _) = app.key(&texts(scopes), json!({})).await;
            let body = json!({ "name": format!("{} {}", set.name, scopes.len()), "scopes": [set.name] });
            app.with_key(&key).post("/v1/keys", body).await.expect(status)
        };
        grant(&scopes, 201).await;
        grant(&[set.name.to_owned(), "keys.create".to_owned()], 201).await;
        scopes.remove(0);
        let refused = grant(&scopes, 403).await.problem(403, "grant_exceeds_own");
        assert!(refused.field("scopes[0]").contains(set.name), "{:#}", refused.body);
    }
}

#[tokio::test]
async fn a_refusal_names_the_set_that_would_do() {
    let app = TestApp::new().await;
    let (key, _) = app.key(&["keys:read"], json!({})).await;
    let refused = app.with_key(&key).get("/v1/series").await.problem(403, "scope_missing");
    assert_eq!(refused.body["scope_sets"], json!(["reporting"]));
    let detail = refused.body["detail"].as_str().unwrap();
    assert_eq!(detail, "the caller lacks the scope series.list, which is also in the named set reporting");
    let sets = app.with_key(&key).get("/v1/permissions").await.expect(200).body["sets"].clone();
    assert_eq!((&sets[1]["scope"], &sets[1]["granted"]), (&json!("reporting"), &json!(false)));
    let body = json!({ "name": "x", "scopes": ["reportin"] });
    let refused = app.owner().post("/v1/keys", body).await.problem(400, "invalid");
    assert!(refused.field("scopes[0]").contains("expected a scope"), "{:#}", refused.body);
}

#[tokio::test]
async fn root_only_operations_refuse_organization_keys() {
    for operation in operations(|o| o.spec.access == Access::Root) {
        let app = TestApp::new().await;
        let (key, _) = app.key(&["*:*"], json!({})).await;
        let example = example::of(&app, operation, "default").await;
        call(&app.with_key(&key), &example).await.problem(403, "root_only");
        // Nor is the scope given to one.
        let body = json!({ "name": "x", "scopes": [operation.spec.id] });
        let refused = app.owner().post("/v1/keys", body).await.problem(400, "invalid");
        assert!(refused.field("scopes[0]").contains("root keys only"));
    }
}

#[tokio::test]
async fn a_root_key_with_all_scopes_calls_every_operation() {
    for operation in keyed() {
        let app = TestApp::new().await;
        let example = example::of(&app, operation, "default").await;
        call(&app.root(), &example.by_root(operation)).await.expect(operation.spec.status);
    }
}

#[tokio::test]
async fn a_root_key_must_name_the_required_organization() {
    for operation in operations(|o| o.spec.tenancy == Tenancy::Required) {
        let app = TestApp::new().await;
        let example = example::of(&app, operation, "default").await;
        call(&app.root(), &example).await.problem(400, "organization_required");
    }
}

#[tokio::test]
async fn every_write_and_every_refused_write_is_audited() {
    use bailiwick_domain::scope::Class;
    // They are audited once an hour, together.
    let is_at_once = |o: &&Described| o.spec.bulk != Bulk::Data;
    for operation in keyed().into_iter().filter(|o| o.spec.class == Class::Write).filter(is_at_once) {
        let app = TestApp::new().await;
        let key = key_for(&app, operation, &only(operation)).await;
        let example = example::of(&app, operation, "default").await;
        let reply = call(&app.with_key(&key), &example).await.expect(operation.spec.status);
        let mut found = Vec::new();
        for path in ["/v1/audit", "/v1/audit?organization=default"] {
            let separator = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{separator}operation={}&outcome=allowed", operation.spec.id);
            found.extend(app.root().get(&path).await.expect(200).body["items"].as_array().unwrap().clone());
        }
        let id = key.split('_').nth(2).unwrap();
        let request = reply.headers["x-request-id"].to_str().unwrap();
        let entry = found.iter().find(|e| e["request_id"] == request);
        let entry = entry.unwrap_or_else(|| panic!("{} left no audit entry", operation.spec.id));
        assert_eq!(entry["actor"], json!({ "kind": "key", "id": id }));
        assert_eq!(entry["address"], "192.0.2.1");
        assert!(!entry["targets"].as_array().unwrap().is_empty(), "{entry:#}");
    }
}

#[tokio::test]
async fn every_operation_refuses_an_unknown_field() {
    for operation in catalogue().operations() {
        assert_eq!(operation.input["additionalProperties"], false, "{}", operation.spec.id);
        let app = TestApp::new().await;
        let mut example = example::of(&app, operation, "default").await.by_root(operation);
        let caller = match operation.spec.access {
            Access::Person => app.administrator().await,
            _ => app.root(),
        };
        match &mut example.body {
            Some(body) => body["surprise"] = json!(1),
            None => example.path = example.path_with("surprise", "1"),
        }
        let refused = call(&caller, &example).await.problem(400, "invalid");
        assert!(refused.field("surprise").contains("no such field"), "{:#}", refused.body);
    }
}

#[tokio::test]
async fn whoami_can_checks_the_reach_of_every_kind_of_object() {
    for operation in operations(|o| o.spec.id.ends_with(".get") && o.spec.path.contains('{')) {
        let app = TestApp::new().await;
        app.organization("other").await;
        let (own, _) = app.key(&["*:*"], json!({})).await;
        let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
        let example = example::of(&app, operation, "default").await;
        let target = example.path.rsplit('/').next().unwrap();
        let ask = json!({ "operation": operation.spec.id, "target": target });
        for (key, verdict) in [
            (own, json!({ "allowed": true, "missing": null })),
            (other, json!({ "allowed": false, "missing": "reach" })),
        ] {
            let answer = app.with_key(&key).post("/v1/whoami/can", ask.clone()).await.expect(200);
            assert_eq!(answer.body, verdict, "{}", operation.spec.id);
        }
    }
}

/// The status of an operation, or that its scope is missing.
fn verdict(reply: Reply, operation: &Described) -> bool {
    if reply.status.as_u16() == operation.spec.status {
        return true;
    }
    let refused =
        reply.problem(403, if operation.spec.access == Access::Root { "root_only" } else { "scope_missing" });
    if operation.spec.access != Access::Root {
        assert_eq!(refused.body["missing_scope"], operation.spec.id.as_str());
    }
    false
}

#[tokio::test]
async fn a_role_permits_exactly_what_its_scopes_permit() {
    for operation in keyed() {
        for role in BuiltInRole::ALL {
            let app = TestApp::new().await;
            app.user("default", "person@example.com", role.as_str()).await;
            let person = app.log_in("person@example.com", PASSWORD).await;
            let example = example::of(&app, operation, "default").await;
            let permits = match operation.spec.access {
                Access::AnyKey => true,
                Access::Root => false,
                _ => role.scopes().iter().any(|scope| scope.permits(operation.spec.subject())),
            };
            let may = verdict(call(&person, &example).await, operation);
            assert_eq!(may, permits, "{} by {}", operation.spec.id, role.as_str());
        }
    }
}

#[tokio::test]
async fn a_member_has_no_access_to_another_organization() {
    for operation in keyed() {
        let app = TestApp::new().await;
        app.organization("other").await;
        app.user("other", "person@example.com", "admin").await;
        let person = app.log_in("person@example.com", PASSWORD).await;
        let example = example::of(&app, operation, "default").await;
        let reply = call(&person, &example).await;
        expect_nothing_of_another(operation, reply);
        if operation.spec.tenancy != Tenancy::None {
            let person = app.log_in("person@example.com", PASSWORD).await;
            let named = Example { path: example.path_with("organization", "default"), ..example };
            call(&person, &named).await.problem(404, "not_found");
        }
    }
}

#[tokio::test]
async fn a_server_administrator_calls_every_operation() {
    for operation in keyed() {
        let app = TestApp::new().await;
        let example = example::of(&app, operation, "default").await;
        let administrator = app.administrator().await;
        call(&administrator, &example.by_root(operation)).await.expect(operation.spec.status);
    }
}

#[tokio::test]
async fn person_only_operations_refuse_keys() {
    let app = TestApp::new().await;
    let user = app.user("default", "person@example.com", "admin").await;
    let (key, _) = app.key(&["*:*"], json!({ "user": user })).await;
    for operation in operations(|o| o.spec.access == Access::Person) {
        let example = example::of(&app, operation, "default").await;
        call(&app.root(), &example).await.problem(403, "person_only");
        call(&app.with_key(&key), &example).await.problem(403, "person_only");
        call(&app.anonymous(), &example).await.problem(401, "credential_missing");
        let stale = format!("__Host-bailiwick_session={}", "0".repeat(64));
        call(&app.anonymous().header("cookie", &stale), &example).await.problem(401, "session_ended");
    }
}

#[tokio::test]
async fn enrolment_and_agent_keys_call_no_operation() {
    let app = TestApp::new().await;
    let served = app.serve().await;
    let (enrols, _) = app.enrolment_key(json!({ "uses": 2 })).await;
    let machine = app.enrol(&served, &enrols, Machine::named("db-1")).await;
    let acts = machine.key.unwrap();
    assert!(enrols.starts_with("blw_enrol_") && acts.starts_with("blw_agent_"));
    for operation in operations(|o| !matches!(o.spec.access, Access::Open | Access::ByProof)) {
        let path = operation.spec.path.replace(['{', '}'], "");
        let example = Example { method: operation.spec.method.as_str(), path, body: None };
        for key in [&enrols, &acts] {
            call(&app.with_key(key), &example).await.problem(403, "agents_only");
        }
    }
    // Nor what is called by the paths of others.
    for path in ["/agents/", "/v1/orgs", "/v1/inventory/nodes", "/clients/"] {
        for key in [&enrols, &acts] {
            assert_eq!(app.with_key(key).get(path).await.status, 403, "{path}");
        }
    }
    // A key that was altered to be of another kind is mistyped.
    let other = acts.replacen("blw_agent_", "blw_org_", 1);
    app.with_key(&other).get("/v1/nodes").await.problem(401, "credential_mistyped");
}

/// The request of a caller who names organization `default`.
fn request(app: &TestApp, credential: Credential) -> Request {
    Request {
        id: app.control.new_request_id(),
        address: [192, 0, 2, 1].into(),
        credential,
        organization: Some("default".parse().unwrap()),
        if_match: None,
        user_agent: None,
    }
}

#[tokio::test]
async fn no_request_runs_an_internal_operation() {
    let app = TestApp::new().await;
    let root: KeyText = app.root_key(&["*:*".to_owned()], json!({})).await.parse().unwrap();
    let agent: KeyText = app.enrolment_key(json!({})).await.0.parse().unwrap();
    let login = json!({ "email": "admin@localhost", "password": app.administrator_password() });
    let cookie = app.anonymous().post("/v1/sessions", login).await.expect(201).cookie();
    let session = || Credential::Session(Token::parse(cookie.split_once('=').unwrap().1).unwrap());
    let id = "whoami.get";
    let whoami = &catalogue().get(id).unwrap().listing;
    for (credential, name) in [(Credential::Key(root.clone()), "key"), (session(), "session")] {
        let control = &app.control;
        assert!(control.authorize(By::Request(request(&app, credential)), whoami).is_ok(), "{name}: {id}");
    }
    let document = openapi::document(catalogue());
    let paths = document["paths"].as_object().unwrap();
    let served: Vec<&Value> = paths.values().flat_map(|path| path.as_object().unwrap().values()).collect();
    assert!(served.iter().any(|operation| operation["operationId"] == id));
    let ids: BTreeSet<&str> = catalogue().internal().iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(ids.len(), catalogue().internal().len());
    for operation in catalogue().internal() {
        let (id, control) = (operation.id.as_str(), &app.control);
        // Nothing from which routes, permissions and commands are made knows it.
        assert!(catalogue().get(id).is_none() && catalogue().listings().get(id).is_none(), "{id}");
        assert!(served.iter().all(|operation| operation["operationId"] != id), "{id} has a path");
        let credentials =
            [Credential::None, Credential::Key(root.clone()), Credential::Key(agent.clone()), session()];
        for credential in credentials {
            let refused = control.authorize(By::Request(request(&app, credential)), *operation);
            assert!(refused.is_err(), "{id} for a request");
        }
        let owner = DomainActor::Key { id: root.id() };
        let organization = control.directory().get(&"default".parse().unwrap()).unwrap().id;
        let by = By::Owner { actor: &owner, organization };
        assert!(control.authorize(by, *operation).is_err(), "{id} for a schedule");
        // The server does not do what is for agents, and agents do not do what is for the server.
        let is_servers = operation.runner == Runner::Server;
        let address = [192, 0, 2, 1].into();
        let by = By::Agent { key: &agent, address, request_id: control.new_request_id() };
        assert_eq!(control.authorize(by, *operation).is_err(), is_servers, "{id} for an agent");
        assert_eq!(control.authorize(By::Server, *operation).is_ok(), is_servers, "{id} for the server");
        let body = json!({ "name": "A key", "scopes": [id] });
        let reply = app.root().post("/v1/keys?organization=default", body).await;
        reply.problem(400, "invalid").field("scopes[0]");
    }
    // Nor do agents and the server run operations of the API.
    for operation in catalogue().operations() {
        let (address, request_id) = ([192, 0, 2, 1].into(), app.control.new_request_id());
        let by = By::Agent { key: &agent, address, request_id };
        assert!(app.control.authorize(by, &operation.listing).is_err(), "{}", operation.spec.id);
        assert!(app.control.authorize(By::Server, &operation.listing).is_err(), "{}", operation.spec.id);
    }
}

#[tokio::test]
async fn internal_operations_and_those_of_the_api_write_by_their_own_transactions() {
    let app = TestApp::new().await;
    let root: KeyText = app.root_key(&["*:*".to_owned()], json!({})).await.parse().unwrap();
    let create = &catalogue().get("sites.create").unwrap().listing;
    let by = By::Request(request(&app, Credential::Key(root)));
    let public = app.control.authorize(by, create).unwrap();
    // Such a transaction could be committed without an audit entry.
    assert!(public.write_internal().await.is_err());
    assert!(public.write_with_key(&Holds::default(), KeyCheck::Exists).await.is_err());
    assert!(public.write().await.is_ok());
    let internal = app.control.authorize(By::Server, &internal::FORGET_KEYS).unwrap();
    assert!(internal.write().await.is_err());
    // The server has no key that could be checked.
    assert!(internal.write_with_key(&Holds::default(), KeyCheck::Exists).await.is_err());
    assert!(internal.write_internal().await.is_ok());
}
