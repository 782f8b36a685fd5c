//! Whatever refers to something keeps it from being deleted, is named, and is released by force. Made from the
//! list of what can refer to what: a new one does not compile here until it is made below.

use bailiwick_catalogue::catalogue;
use bailiwick_operations::noun::Noun;
use bailiwick_operations::uses::Referrer;
use serde_json::{Value, json};

use crate::app::TestApp;

/// What nothing refers to in a way that keeps it: commands remember the schedule that gave them, and the key
/// of an agent goes with it.
const NOT_REFERRED_TO: [&str; 10] = [
    "agents",
    "annotations",
    "calendars",
    "maintenance_windows",
    "schedules",
    "job_runs",
    "operator_runs",
    "part_corrections",
    "rejects",
    "goals",
];
/// What takes nothing along when it is deleted.
const DELETED_ALONE: [&str; 9] = [
    "annotations",
    "calendars",
    "maintenance_windows",
    "schedules",
    "job_runs",
    "operator_runs",
    "part_corrections",
    "rejects",
    "goals",
];
/// What cannot be deleted, also not by force, while something refers to it. Their own tests show it.
const NEVER_FORCED: [&str; 3] = ["downtime_reasons", "job_operations", "operators"];

/// Something that is referred to.
struct Case {
    /// The path of the object.
    object: String,
    /// Its id.
    id: String,
    /// What refers to it: what it is among the dependants, and where it is found.
    noun: &'static str,
    referrer: String,
    /// What force does to that.
    effect: &'static str,
}

fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}

async fn made(app: &TestApp, path: &str, body: Value) -> String {
    let separator = if path.contains('?') { "" } else { "?organization=default" };
    let made = app.root().post(&format!("{path}{separator}"), body).await.expect(201).body;
    let inner = ["key", "user"].into_iter().map(|noun| &made[noun]).find(|inner| inner["id"].is_string());
    id(inner.unwrap_or(&made))
}

async fn object(app: &TestApp, noun: &str) -> (String, String) {
    let id = match noun {
        "organizations" => app.organization("other").await,
        "sites" => made(app, "/v1/sites", json!({ "name": "Berlin" })).await,
        "nodes" => app.machine("default", "db-1", json!({})).await.0,
        "scripts" => made(app, "/v1/scripts", json!({ "name": "s", "shell": "sh", "body": "true" })).await,
        "users" => app.user("default", "person@example.com", "admin").await,
        "roles" => made(app, "/v1/roles", json!({ "name": "Operators", "scopes": ["nodes:read"] })).await,
        "keys" => {
            made(app, "/v1/keys", json!({ "name": "k", "scopes": ["schedules:*", "commands:*"] })).await
        }
        "services" => {
            let body = json!({ "type": "mysql", "name": "db", "address": "db.example", "port": 3306 });
            made(app, "/v1/services", body).await
        }
        other => panic!("say here how to create one of {other}"),
    };
    (format!("/v1/{noun}/{id}"), id)
}

/// A schedule of the owner.
fn schedule(more: Value) -> Value {
    let mut body = json!({
        "name": "Nightly", "cron": "30 2 * * *", "targets": { "labels": "env=prod" },
        "run": { "kind": "command", "shell": "sh", "command": "true" },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn window(more: Value) -> Value {
    let mut body = json!({ "name": "w", "cron": "0 2 * * *", "duration_seconds": 3600 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn case(app: &TestApp, referrer: Referrer, noun: &'static str) -> Case {
    let (path, id) = object(app, noun).await;
    let key = |more: Value| {
        let mut body = json!({ "name": "Refers", "scopes": [] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let (by, effect, referrer) = match (referrer, noun) {
        (Referrer::KeyReach, "organizations") => {
            let body = key(json!({ "kind": "root", "reach": { "organizations": [id] } }));
            ("keys", "detached", id_of_root_key(app, body).await)
        }
        (Referrer::KeyReach, noun) => {
            let body = key(json!({ "reach": { noun: [id] } }));
            ("keys", "detached", made(app, "/v1/keys", body).await)
        }
        (Referrer::KeyEnrolment, _) => {
            let body = json!({ "name": "Enrols", "kind": "enrol", "enrolment": { "site": id } });
            ("keys", "deleted", made(app, "/v1/keys", body).await)
        }
        (Referrer::KeyCommandLimits, _) => {
            let body = key(json!({ "command_limits": { "scripts": [id] } }));
            ("keys", "detached", made(app, "/v1/keys", body).await)
        }
        (Referrer::KeyUser, _) => {
            ("keys", "deleted", made(app, "/v1/keys", key(json!({ "user": id }))).await)
        }
        (Referrer::KeyRole, _) => {
            ("keys", "deleted", made(app, "/v1/keys", key(json!({ "role": id }))).await)
        }
        (Referrer::MembershipRole, _) => {
            ("memberships", "deleted", app.user("default", "holder@example.com", &id).await)
        }
        (Referrer::RoleReach, noun) => {
            let body = json!({ "name": "Narrow", "scopes": ["nodes:read"], "reach": { noun: [id] } });
            ("roles", "detached", made(app, "/v1/roles", body).await)
        }
        (Referrer::ScheduleTargets, "nodes") => {
            let (other, _) = app.machine("default", "db-2", json!({})).await;
            let body = schedule(json!({ "targets": { "nodes": [id, other] } }));
            ("schedules", "detached", made(app, "/v1/schedules", body).await)
        }
        (Referrer::ScheduleTargets, _) => {
            let body = schedule(json!({ "targets": { "site": id } }));
            ("schedules", "deleted", made(app, "/v1/schedules", body).await)
        }
        (Referrer::ScheduleScript, _) => {
            let body = schedule(json!({ "run": { "kind": "script", "script": id } }));
            ("schedules", "deleted", made(app, "/v1/schedules", body).await)
        }
        (Referrer::ScheduleOwner, "users") => {
            let person = app.log_in("person@example.com", crate::app::PASSWORD).await;
            let made = person.post("/v1/schedules", schedule(json!({}))).await.expect(201);
            ("schedules", "deleted", self::id(&made.body))
        }
        (Referrer::ScheduleOwner, _) => {
            let rotate = format!("/v1/keys/{id}/rotate");
            let secret = app.owner().post(&rotate, json!({})).await.expect(200).body["secret"].clone();
            let actor = app.with_key(secret.as_str().unwrap());
            let made = actor.post("/v1/schedules", schedule(json!({}))).await.expect(201);
            ("schedules", "deleted", self::id(&made.body))
        }
        (Referrer::WindowTargets, "nodes") => {
            let other = app.node(json!({ "name": "n", "address": "n" })).await;
            let body = window(json!({ "targets": { "nodes": [id, other] } }));
            ("maintenance_windows", "detached", made(app, "/v1/maintenance_windows", body).await)
        }
        (Referrer::WindowTargets, _) => {
            let body = window(json!({ "selector": "", "site": id }));
            ("maintenance_windows", "deleted", made(app, "/v1/maintenance_windows", body).await)
        }
        (Referrer::NodeSite, _) => {
            ("nodes", "detached", app.node(json!({ "name": "n", "address": "n", "site": id })).await)
        }
        (Referrer::NodeHost, _) => {
            let body = json!({ "name": "c", "type": "container", "address": "c", "host": id });
            ("nodes", "detached", made(app, "/v1/nodes", body).await)
        }
        (Referrer::ServiceNodes, _) => {
            let body =
                json!({ "type": "mysql", "name": "db", "address": "db.example", "port": 1, "nodes": [id] });
            ("services", "deleted", made(app, "/v1/services", body).await)
        }
        (Referrer::AgentNode, _) => {
            let body = json!({ "type": "node_exporter", "runs_on": id });
            ("agents", "deleted", made(app, "/v1/agents", body).await)
        }
        (Referrer::AgentObserves, "services") => {
            let other = app.node(json!({ "name": "n", "address": "n" })).await;
            let body = json!({
                "type": "mysqld_exporter", "runs_on": other, "observes": { "services": [id] },
                "settings": { "username": "monitor" },
            });
            ("agents", "deleted", made(app, "/v1/agents", body).await)
        }
        (Referrer::AgentObserves, _) => {
            let body = json!({
                "type": "external_exporter", "listen_port": 9100, "observes": { "nodes": [id] },
            });
            ("agents", "deleted", made(app, "/v1/agents", body).await)
        }
    };
    let collection = if by == "memberships" { "users" } else { by };
    let referrer = format!("/v1/{collection}/{referrer}");
    Case { object: path, id, noun: by, referrer, effect }
}

async fn id_of_root_key(app: &TestApp, body: Value) -> String {
    id(&app.root().post("/v1/keys", body).await.expect(201).body["key"])
}

/// The paths of a deletion: of a user, from an organization and altogether.
fn deletions(noun: &str, object: &str) -> Vec<String> {
    match noun {
        "organizations" => vec![format!("{object}?")],
        "users" => vec![format!("{object}?organization=default&"), format!("{object}?")],
        _ => vec![format!("{object}?organization=default&")],
    }
}

#[tokio::test]
async fn deleting_a_referenced_object_is_refused_without_force() {
    let mut pairs = 0;
    for referrer in Referrer::ALL {
        for Noun { many: noun, .. } in referrer.nouns() {
            for n in 0..deletions(noun, "").len() {
                let app = TestApp::new().await;
                let case = case(&app, referrer, noun).await;
                let what = format!("{referrer:?} of {noun}");
                let path = &deletions(noun, &case.object)[n];
                let named = |answer: &Value, list: &str| {
                    let all = answer[list].as_array().unwrap().iter();
                    let mut found = all.filter(|d| d["noun"] == case.noun && d["effect"] == case.effect);
                    assert!(
                        found.any(|d| d["items"]
                            .as_array()
                            .unwrap()
                            .iter()
                            .any(|item| { case.referrer.ends_with(item["id"].as_str().unwrap()) })),
                        "{what}: {answer:#}"
                    );
                };
                let shown = app.root().delete(&format!("{path}dry_run=true")).await.expect(200);
                named(&shown.body, "removed");
                let refused = app.root().delete(path.trim_end_matches(['?', '&'])).await;
                named(&refused.problem(409, "in_use").body, "dependants");
                let referrer = format!("{}?organization=default", case.referrer);
                let referrer = if case.noun == "keys" { case.referrer.clone() } else { referrer };
                let before = app.root().get(&referrer).await.expect(200);
                assert!(
                    noun == &"users" || noun == &"keys" || before.body.to_string().contains(&case.id),
                    "{what}"
                );

                let forced = app.root().delete(&format!("{path}force=true")).await;
                named(&forced.expect(200).body, "removed");
                let after = app.root().get(&referrer).await;
                if case.effect == "detached" {
                    let after = after.expect(200).body;
                    assert!(!after.to_string().contains(&case.id), "{what}: {after:#}");
                } else {
                    after.expect(404);
                }
                let object = app.root().get(path.trim_end_matches(['?', '&'])).await;
                object.problem(404, "not_found");
                pairs += 1;
            }
        }
    }
    assert!(pairs >= 15, "only {pairs} pairs of an object and its referrer were tried");
}

#[tokio::test]
async fn every_deletable_noun_is_checked_for_references() {
    let referred: Vec<_> =
        Referrer::ALL.into_iter().flat_map(Referrer::nouns).map(|noun| noun.many).collect();
    let deletions = catalogue().operations().iter().filter(|o| o.spec.id.ends_with(".delete"));
    for deletion in deletions {
        let noun = deletion.spec.subject().noun;
        let is_never_forced = NEVER_FORCED.contains(&noun);
        assert_ne!(referred.contains(&noun), NOT_REFERRED_TO.contains(&noun) || is_never_forced, "{noun}");
        let can = |field: &str| deletion.fields.iter().any(|known| known == field);
        assert!(can("dry_run"), "{noun}");
        assert_eq!(can("force"), !DELETED_ALONE.contains(&noun) && !is_never_forced, "{noun}");
    }
}

#[tokio::test]
async fn a_forced_deletion_requires_permission_for_the_dependants() {
    let app = TestApp::new().await;
    for (referrer, noun, scope) in [
        (Referrer::KeyReach, "sites", "keys.update"),
        (Referrer::KeyEnrolment, "sites", "keys.delete"),
        (Referrer::ScheduleScript, "scripts", "schedules.delete"),
        (Referrer::WindowTargets, "sites", "maintenance_windows.delete"),
        (Referrer::WindowTargets, "nodes", "maintenance_windows.update"),
        (Referrer::RoleReach, "nodes", "roles.update"),
        (Referrer::ScheduleTargets, "nodes", "schedules.update"),
    ] {
        let app = TestApp::new().await;
        let case = case(&app, referrer, noun).await;
        let (key, _) =
            app.key(&["sites:*", "nodes:*", "scripts:*", "agents:*", "services:*"], json!({})).await;
        let refused = app.with_key(&key).delete(&format!("{}?force=true", case.object)).await;
        assert_eq!(refused.problem(403, "scope_missing").body["missing_scope"], scope);
    }
    // A caller who reaches only a part of the organization is refused too: keys belong to the whole.
    let case = case(&app, Referrer::KeyReach, "sites").await;
    let (key, _) = app.key(&["*:*"], json!({ "reach": { "sites": [case.id] } })).await;
    for query in ["", "?force=true", "?dry_run=true"] {
        let refused = app.with_key(&key).delete(&format!("{}{query}", case.object)).await;
        refused.problem(403, "reach_too_narrow");
    }
}

/// A caller that may delete an object, but not read what refers to it, is told how many there are, not which.
#[tokio::test]
async fn dependants_are_named_only_to_callers_who_may_read_them() {
    for referrer in Referrer::ALL {
        for Noun { many: noun, .. } in referrer.nouns().iter().filter(|noun| noun.many != "organizations") {
            let app = TestApp::new().await;
            let case = case(&app, referrer, noun).await;
            let what = format!("{referrer:?} of {noun}");
            let reads =
                if case.noun == "memberships" { "users.list".into() } else { format!("{}.list", case.noun) };
            let deletes = format!("{noun}.delete");
            let (blind, _) = app.key(&[&deletes], json!({})).await;
            let (seeing, _) = app.key(&[&deletes, &reads], json!({})).await;
            let items = |answer: &Value, list: &str| {
                let all = answer[list].as_array().unwrap().iter();
                let found = all.filter(|d| d["noun"] == case.noun && d["effect"] == case.effect);
                let found: Vec<&Value> = found.collect();
                assert!(found.iter().all(|d| d["count"].as_i64() > Some(0)) && !found.is_empty(), "{what}");
                found.iter().map(|d| d["items"].as_array().unwrap().len()).sum::<usize>()
            };
            let deletion = |key: &str, query: &str| {
                let path = format!("{}{query}", case.object);
                let app = &app;
                let key = key.to_owned();
                async move { app.with_key(&key).delete(&path).await }
            };
            let shown = deletion(&blind, "?dry_run=true").await.expect(200);
            assert_eq!(items(&shown.body, "removed"), 0, "{what}");
            let refused = deletion(&blind, "").await.problem(409, "in_use");
            assert_eq!(items(&refused.body, "dependants"), 0, "{what}");
            let refused = deletion(&seeing, "").await.problem(409, "in_use");
            assert!(items(&refused.body, "dependants") > 0, "{what}");
        }
    }
}

#[tokio::test]
async fn deleting_a_role_deletes_the_schedules_of_its_keys() {
    let app = TestApp::new().await;
    let body = json!({ "name": "Operators", "scopes": ["commands:*", "schedules:*"] });
    let role = made(&app, "/v1/roles", body).await;
    let (key, _) = app.key(&["commands:*", "schedules:*"], json!({ "role": role })).await;
    let made = app.with_key(&key).post("/v1/schedules", schedule(json!({}))).await.expect(201);
    let path = format!("/v1/roles/{role}");
    let refused = app.owner().delete(&path).await.problem(409, "in_use");
    assert!(refused.body["dependants"].to_string().contains(&id(&made.body)), "{:#}", refused.body);
    app.owner().delete(&format!("{path}?force=true")).await.expect(200);
    app.owner().get(&format!("/v1/schedules/{}", id(&made.body))).await.expect(404);
}

#[tokio::test]
async fn only_a_root_key_is_shown_root_keys_as_dependants() {
    let app = TestApp::new().await;
    for noun in ["sites", "nodes", "scripts"] {
        let (object, object_id) = object(&app, noun).await;
        let body = match noun {
            "scripts" => json!({ "command_limits": { "scripts": [object_id] } }),
            noun => json!({ "reach": { noun: [object_id] } }),
        };
        let mut key = json!({ "name": "Above all", "kind": "root", "scopes": [] });
        key.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let key = id_of_root_key(&app, key).await;
        let seen =
            app.root().delete(&format!("{object}?organization=default&dry_run=true")).await.expect(200);
        assert!(seen.body.to_string().contains(&key), "{noun}: {:#}", seen.body);
        let force = if noun == "nodes" { "?force=true" } else { "" };
        let gone = app.owner().delete(&format!("{object}{force}")).await.expect(200);
        assert!(!gone.body.to_string().contains(&key), "{noun}: {:#}", gone.body);
    }
}
