//! Every attribute that narrows a key × every operation that writes: whatever a narrow key does with the
//! operation, it and all that it got by it can do no more than before. Made from the list of attributes and
//! from the catalogue, so that a new one of either is covered without writing a test.

use std::collections::BTreeSet;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::key::Narrowing;
use bailiwick_domain::scope::Class;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::shape::spec::Access;
use serde_json::{Map, Value, json};

use crate::app::{Actor, PASSWORD, Reply, TestApp};
use crate::example::{self, Example};

/// What no key that is held to scripts may have run, and nobody after their time.
const MARKER: &str = "echo ESCAPED";
/// Where a key that is held to networks may not be used from.
const ELSEWHERE: &str = "198.51.100.7";
/// The cells are shared out among so many tests, which run at once.
const SHARDS: usize = 8;

/// What an attacker with a narrow key finds, and what they have beside it.
struct World<'a> {
    app: &'a TestApp,
    key: String,
    key_id: String,
    /// Keys of which the attacker knows the secret: one that may nothing, and one that is switched off.
    held: Vec<String>,
    /// Ids of keys: that one, the one that is switched off, and one whose secret nobody told.
    keys: Vec<String>,
    /// An accomplice who has a password, and another who has an invitation: their ids.
    people: Vec<String>,
    invitation: String,
    /// The role of both, which opens next to nothing.
    crew: String,
    /// A person with all rights, and a role with all: the key acts for and in them, if so narrowed.
    admin: String,
    role: String,
    script: String,
    schedule: String,
    machine: String,
    outside: String,
}

fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}

impl<'a> World<'a> {
    async fn new(app: &'a TestApp, narrowing: Narrowing, is_root: bool) -> Self {
        let owner = app.owner();
        let (machine, _) = app.machine("default", "target", json!({ "zone": "inner" })).await;
        let outside = app.node(json!({ "name": "outside", "labels": { "zone": "outer" } })).await;
        let body = json!({ "name": "clean-up", "shell": "sh", "body": "true" });
        let script = id(&owner.post("/v1/scripts", body).await.expect(201).body);
        let body = json!({
            "name": "Of the owner", "cron": "* * * * *", "run": { "kind": "script", "script": script },
            "targets": { "nodes": [machine] },
        });
        let schedule = id(&owner.post("/v1/schedules", body).await.expect(201).body);
        let body = |name: &str, scopes: Value| json!({ "name": name, "scopes": scopes });
        let crew = body("Crew", json!(["organizations:read"]));
        let crew = id(&owner.post("/v1/roles", crew).await.expect(201).body);
        let role = id(&owner.post("/v1/roles", body("Everything", json!(["*:*"]))).await.expect(201).body);
        let accomplice = app.user("default", "accomplice@example.com", &crew).await;
        let body = json!({ "email": "admin@example.com", "name": "Admin", "role": role });
        let admin = id(&owner.post("/v1/users", body).await.expect(201).body["user"]);
        let body = json!({ "email": "invited@example.com", "name": "Invited", "role": crew });
        let invited = owner.post("/v1/users", body).await.expect(201).body;
        let (weak, weak_id) = app.key(&[], json!({})).await;
        let (off, off_id) = app.key(&["*:*"], json!({})).await;
        owner.post(&format!("/v1/keys/{off_id}/disable"), json!({})).await.expect(200);
        let (_, strong_id) = app.key(&["*:*"], json!({})).await;

        let mut scopes = json!(["*:*"]);
        let mut body = json!({ "name": "Narrow" });
        match narrowing {
            Narrowing::Scopes => {
                let all = catalogue().operations().iter().filter(|o| o.spec.id != "sites.create");
                let all =
                    all.filter(|o| is_root || o.spec.access != Access::Root).map(|o| o.spec.id.as_str());
                scopes = json!(all.collect::<Vec<_>>());
            }
            Narrowing::Reach => body["reach"] = json!({ "labels": "zone=inner" }),
            Narrowing::User => body["user"] = json!(admin),
            Narrowing::Role => body["role"] = json!(role),
            Narrowing::NotBefore => body["not_before"] = json!("2031-01-01T00:00:00Z"),
            Narrowing::ExpiresAt => body["ttl_seconds"] = json!(36_000),
            Narrowing::AllowedIps => body["allowed_ips"] = json!(["192.0.2.0/24"]),
            Narrowing::DeniedIps => body["denied_ips"] = json!(["198.51.100.0/24"]),
            Narrowing::RateLimit => body["rate_limit"] = json!({ "per_minute": 60, "burst": 20 }),
            Narrowing::CommandLimits => {
                body["command_limits"] = json!({ "shells": ["sh"], "most_targets": 1, "scripts": [script] });
            }
            Narrowing::KeyPolicy => {
                let policy = json!({ "key_policy": { "withheld_scopes": ["sites.create"] } });
                app.root().patch("/v1/organizations/default", policy).await.expect(200);
            }
        }
        body["scopes"] = scopes;
        let at = if is_root {
            body["kind"] = json!("root");
            "/v1/keys"
        } else {
            "/v1/keys?organization=default"
        };
        let made = app.root().post(at, body).await.expect(201).body;
        Self {
            app,
            key: made["secret"].as_str().unwrap().to_owned(),
            key_id: id(&made["key"]),
            held: vec![weak, off],
            keys: vec![weak_id, off_id, strong_id],
            people: vec![accomplice, id(&invited["user"])],
            invitation: invited["invitation"]["token"].as_str().unwrap().to_owned(),
            crew,
            admin,
            role,
            script,
            schedule,
            machine,
            outside,
        }
    }

    /// What an object in a path can be, beside the one of the example.
    fn targets(&self, field: &str) -> Vec<String> {
        match field {
            "key" => [vec![self.key_id.clone()], self.keys.clone()].concat(),
            "user" => self.people.clone(),
            "role" => vec![self.crew.clone(), self.role.clone()],
            "script" => vec![self.script.clone()],
            "schedule" => vec![self.schedule.clone()],
            "node" => vec![self.machine.clone()],
            "organization" => vec!["default".to_owned()],
            _ => Vec::new(),
        }
    }

    /// What a field can say that would be more than the key has.
    fn more(&self, operation: &Described, field: &str) -> Vec<Value> {
        match field {
            "scopes" => vec![json!(["*:*"]), json!(["sites:*", "nodes:*", "commands:*"])],
            "reach" => vec![json!({})],
            "user" => vec![json!(null), json!(self.admin), json!(self.people[0])],
            "role" => vec![json!("admin"), json!(self.role), json!(null)],
            "not_before" => vec![json!(null), json!("2029-01-01T00:00:00Z")],
            "expires_at" => vec![json!(null), json!("2090-01-01T00:00:00Z")],
            "ttl_seconds" => vec![json!(1_000_000_000)],
            "allowed_ips" => vec![json!([]), json!(["198.51.100.0/24"])],
            "denied_ips" => vec![json!([])],
            // The same rate once more is more, too.
            "rate_limit" => {
                vec![json!(null), json!({ "per_minute": 100_000 }), json!({ "per_minute": 60, "burst": 20 })]
            }
            "command_limits" => vec![json!(null), json!({}), json!({ "shells": ["bash"] })],
            "kind" => vec![json!("enrol"), json!("root")],
            "enrolment" => vec![json!({ "uses": 10 })],
            "server_administrator" | "enabled" | "force" => vec![json!(true)],
            "disabled" => vec![json!(false)],
            "password" => vec![json!(PASSWORD)],
            "key_policy" => vec![json!({})],
            "email" => vec![json!("newcomer@example.com"), json!("accomplice@example.com")],
            "name" => vec![json!("Evil")],
            "shell" => vec![json!("bash")],
            "command" | "body" => vec![json!(MARKER)],
            "script" => vec![json!(self.script)],
            "run" => vec![
                json!({ "kind": "command", "shell": "bash", "command": MARKER }),
                json!({ "kind": "command", "shell": "sh", "command": MARKER }),
                json!({ "kind": "script", "script": self.script }),
                json!({ "kind": "script", "script": self.script, "version": 2 }),
            ],
            "targets" => vec![json!({ "nodes": [self.machine] })],
            "cron" => vec![json!("* * * * *")],
            "existing" => vec![json!("update")],
            "data" if operation.spec.id.starts_with("users.") => vec![
                json!("{\"email\":\"newcomer@example.com\",\"name\":\"New\",\"role\":\"admin\"}\n"),
                json!("{\"email\":\"accomplice@example.com\",\"role\":\"admin\"}\n"),
                json!("{\"email\":\"invited@example.com\",\"role\":\"Everything\"}\n"),
                json!("{\"email\":\"newcomer@example.com\",\"name\":\"New\",\"role\":\"Crew\"}\n"),
            ],
            "data" if operation.spec.id.starts_with("roles.") => {
                vec![
                    json!("{\"name\":\"Crew\",\"scopes\":[\"*:*\"]}\n"),
                    json!("{\"name\":\"More\",\"scopes\":[\"*:*\"]}\n"),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// The bodies to try: that of the example, one in which each field says more, all at once, and that
    /// without each of its members.
    fn bodies(&self, operation: &Described, example: &Example) -> Vec<Option<Value>> {
        let Some(base) = example.body.as_ref().and_then(Value::as_object) else { return vec![None] };
        let with = |changes: &[(&String, Value)]| {
            let mut body: Map<String, Value> = base.clone();
            body.extend(changes.iter().map(|(field, value)| ((*field).clone(), value.clone())));
            Some(Value::Object(body))
        };
        let in_path: Vec<&str> = operation.spec.path_fields().collect();
        let fields = operation.fields.iter().filter(|field| !in_path.contains(&field.as_str()));
        let more: Vec<_> = fields.map(|field| (field, self.more(operation, field))).collect();
        let mut bodies = vec![with(&[])];
        // What contradicts something else is tried alone.
        let alone = ["ttl_seconds", "script", "kind", "enrolment", "password", "server_administrator"];
        let together: Vec<_> = more
            .iter()
            .filter(|(field, _)| !alone.contains(&field.as_str()))
            .filter_map(|(field, values)| Some((*field, values.first()?.clone())))
            .collect();
        bodies.push(with(&together));
        for (field, values) in &more {
            let only = values.iter().map(|value| with(&[(field, value.clone())]));
            bodies.extend(only);
            // What is needed is said, and scopes so that there is something to have.
            let scopes = more.iter().find(|(field, _)| field.as_str() == "scopes");
            let update = more.iter().find(|(field, _)| field.as_str() == "existing");
            for (other, others) in scopes.into_iter().chain(update).filter(|(other, _)| other != field) {
                bodies.extend(
                    values.iter().map(|value| with(&[(field, value.clone()), (other, others[0].clone())])),
                );
            }
        }
        bodies
    }

    /// The paths to try.
    fn paths(&self, operation: &Described, example: &Example) -> Vec<String> {
        let mut paths = vec![example.path.clone()];
        for field in operation.spec.path_fields() {
            let place =
                operation.spec.path.split('/').position(|part| part == format!("{{{field}}}")).unwrap();
            for target in self.targets(field) {
                let mut parts: Vec<&str> = example.path.split('/').collect();
                parts[place] = &target;
                paths.push(parts.join("/"));
            }
        }
        paths
    }
}

/// Whether the actor can do something that a key narrowed in this way cannot.
async fn is_beyond(world: &World<'_>, narrowing: Narrowing, actor: Actor<'_>) -> bool {
    match narrowing {
        Narrowing::CommandLimits => {
            let body =
                json!({ "targets": { "nodes": [world.machine] }, "shell": "bash", "command": "probe" });
            actor.post("/v1/commands?organization=default", body).await.status == 202
        }
        Narrowing::Reach => {
            let path = format!("/v1/nodes/{}?organization=default", world.outside);
            actor.get(&path).await.status == 200
        }
        Narrowing::Scopes
        | Narrowing::User
        | Narrowing::Role
        | Narrowing::NotBefore
        | Narrowing::ExpiresAt
        | Narrowing::AllowedIps
        | Narrowing::DeniedIps
        | Narrowing::RateLimit
        | Narrowing::KeyPolicy => {
            let elsewhere = matches!(narrowing, Narrowing::AllowedIps | Narrowing::DeniedIps);
            let actor = if elsewhere { actor.from(ELSEWHERE) } else { actor };
            let made = actor.post("/v1/sites?organization=default", json!({ "name": "probe" })).await;
            if made.status == 201 {
                let path = format!("/v1/sites/{}?organization=default", id(&made.body));
                world.app.root().delete(&path).await.expect(200);
            }
            made.status == 201
        }
    }
}

/// Brings about what the attribute is there for. `secrets` are those that the attacker has.
async fn take_effect(world: &World<'_>, narrowing: Narrowing, secrets: &BTreeSet<String>) {
    let app = world.app;
    match narrowing {
        Narrowing::User => {
            let path = format!("/v1/users/{}?organization=default", world.admin);
            // They may have been deleted, and the key with them.
            app.root().patch(&path, json!({ "role": "viewer" })).await;
        }
        Narrowing::Role => {
            let path = format!("/v1/roles/{}?organization=default", world.role);
            // It may have been deleted, and the key with it.
            app.root().patch(&path, json!({ "scopes": ["organizations:read"] })).await;
        }
        Narrowing::ExpiresAt => app.advance(36_000),
        Narrowing::RateLimit => {
            // Its secret may be another by now.
            for secret in secrets.iter().filter(|secret| secret.contains(&world.key_id)) {
                for _ in 0..40 {
                    app.with_key(secret).get("/v1/whoami").await;
                }
            }
        }
        Narrowing::Scopes
        | Narrowing::Reach
        | Narrowing::NotBefore
        | Narrowing::AllowedIps
        | Narrowing::DeniedIps
        | Narrowing::CommandLimits
        | Narrowing::KeyPolicy => {}
    }
}

/// The texts of an answer, from quote to quote.
fn texts(body: &Value) -> Vec<String> {
    match body {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The people and the roles that there are, each in its state.
async fn people(app: &TestApp) -> Vec<Value> {
    let mut found = Vec::new();
    for list in ["users?limit=1000&", "roles?"] {
        let page = app.root().get(&format!("/v1/{list}organization=default")).await.expect(200);
        found.push(page.body["items"].clone());
    }
    found
}

/// The commands so far: their ids, what they say and who gave them.
async fn commands(app: &TestApp) -> Vec<(String, String, Value)> {
    let page = app.root().get("/v1/commands?organization=default&limit=1000").await.expect(200);
    let items = page.body["items"].as_array().unwrap().iter();
    items
        .map(|item| (id(item), item["title"].as_str().unwrap().to_owned(), item["created_by"].clone()))
        .collect()
}

/// How many requests were made, and how many were done.
#[derive(Default)]
struct Counts {
    attempts: usize,
    done: usize,
}

async fn cell(narrowing: Narrowing, operation: &Described, counts: &mut Counts, failures: &mut Vec<String>) {
    let app = TestApp::new().await;
    let example = example::of(&app, operation, "default").await;
    // Only root keys do some things; they have neither user nor role nor policy.
    let is_root = operation.spec.access == Access::Root
        && !matches!(narrowing, Narrowing::User | Narrowing::Role | Narrowing::KeyPolicy);
    let world = World::new(&app, narrowing, is_root).await;
    let what = format!("{} × {}", narrowing.as_str(), operation.spec.id);
    assert!(
        is_beyond(&world, narrowing, app.root()).await,
        "{what}: the check does not detect what a root key can do"
    );

    let mut secrets: BTreeSet<String> = world.held.iter().cloned().collect();
    secrets.insert(world.key.clone());
    let mut tokens: BTreeSet<String> = [world.invitation.clone()].into();
    let people_before = people(&app).await;
    let actor = app.with_key(&world.key);
    for path in world.paths(operation, &example) {
        for body in world.bodies(operation, &example) {
            if narrowing == Narrowing::RateLimit {
                app.advance(1);
            }
            let path = if is_root && !path.contains("organization") {
                Example { method: example.method, path: path.clone(), body: None }.by_root(operation).path
            } else {
                path.clone()
            };
            let reply = actor.send(example.method, &path, body).await;
            assert!(!reply.status.is_server_error(), "{what}: {path}: {:#}", reply.body);
            counts.attempts += 1;
            if reply.status.is_success() {
                counts.done += 1;
                for text in texts(&reply.body) {
                    if text.starts_with("blw_") {
                        secrets.insert(text);
                    } else if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
                        tokens.insert(text);
                    }
                }
            }
        }
    }

    let people_are_the_same = people(&app).await == people_before;
    take_effect(&world, narrowing, &secrets).await;
    let before: BTreeSet<String> = commands(&app).await.into_iter().map(|(id, ..)| id).collect();
    for secret in &secrets {
        if is_beyond(&world, narrowing, app.with_key(secret)).await {
            failures.push(format!("{what}: a key got more"));
        }
    }
    // Users whose permissions did not change are not tried: logins take time, because passwords are hashed.
    if !people_are_the_same {
        let mut emails = vec!["accomplice@example.com".to_owned()];
        for token in &tokens {
            let accept = json!({ "token": token, "password": PASSWORD });
            let accepted = app.anonymous().post("/v1/invitations/accept", accept).await;
            emails.extend(accepted.body["email"].as_str().map(ToOwned::to_owned));
        }
        for email in emails {
            let login = json!({ "email": email, "password": PASSWORD });
            let session = app.anonymous().post("/v1/sessions", login).await;
            if session.status != 201 {
                continue;
            }
            let person = app.anonymous().header("cookie", &session.cookie());
            if is_beyond(&world, narrowing, person).await {
                failures.push(format!("{what}: {email} got more"));
            }
        }
    }

    // What runs by itself now: the schedules of others, and those that the attacker wrote.
    app.advance(61);
    app.scheduler.run_due_schedules().await.unwrap();
    let owner = app.owner_key().split('_').nth(2).unwrap();
    let is_over = matches!(narrowing, Narrowing::ExpiresAt | Narrowing::User | Narrowing::Role);
    for (id, title, by) in commands(&app).await.into_iter().filter(|(_, title, _)| title.contains("ESCAPED"))
    {
        if by["id"] == owner {
            failures.push(format!("{what}: a schedule of another ran {title}"));
        }
        if narrowing == Narrowing::CommandLimits {
            failures.push(format!("{what}: {title} was run"));
        }
        if is_over && !before.contains(&id) {
            failures.push(format!("{what}: {title} was run when the key might no more"));
        }
    }
}

async fn shard(n: usize) {
    let writes = || catalogue().operations().iter().filter(|o| o.spec.class == Class::Write);
    let cells = Narrowing::ALL.into_iter().flat_map(|narrowing| writes().map(move |o| (narrowing, o)));
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    let (mut run, all) = (0, Narrowing::ALL.len() * writes().count());
    for (narrowing, operation) in cells.skip(n).step_by(SHARDS) {
        cell(narrowing, operation, &mut counts, &mut failures).await;
        run += 1;
    }
    let Counts { attempts, done } = counts;
    #[allow(clippy::print_stdout, reason = "the figures of the matrix")]
    {
        println!("{run} of {all} cells were run: {attempts} attempts, of which {done} were done");
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(run >= all / SHARDS && done > 0);
}

macro_rules! shards {
    ($($name:ident: $n:literal),*) => {
        $(
            #[tokio::test]
            async fn $name() {
                shard($n).await;
            }
        )*

        #[test]
        fn every_cell_is_in_a_shard() {
            assert_eq!([$($n),*], std::array::from_fn::<usize, SHARDS, _>(|n| n));
        }
    };
}

shards!(
    no_narrowed_key_gains_access_0: 0,
    no_narrowed_key_gains_access_1: 1,
    no_narrowed_key_gains_access_2: 2,
    no_narrowed_key_gains_access_3: 3,
    no_narrowed_key_gains_access_4: 4,
    no_narrowed_key_gains_access_5: 5,
    no_narrowed_key_gains_access_6: 6,
    no_narrowed_key_gains_access_7: 7
);

/// An answer that differs for an organization that exists and one that does not tells which there are.
#[tokio::test]
async fn a_key_does_not_learn_which_organizations_there_are() {
    let app = TestApp::new().await;
    app.organization("other").await;
    let reach = |organization: &str| json!({ "organizations": [organization] });
    let own = app.root_key(&["keys.explain".to_owned(), "keys.create".to_owned()], reach("default")).await;
    for actor in [app.owner(), app.with_key(&own)] {
        for (path, name) in [("/v1/keys/explain", None), ("/v1/keys", Some("x"))] {
            let ask = |organization: &str| {
                let mut body =
                    json!({ "kind": "root", "scopes": ["sites:read"], "reach": reach(organization) });
                if let Some(name) = name {
                    body["name"] = name.into();
                }
                actor.post(path, body)
            };
            let [there, missing] = [ask("other").await, ask("nowhere").await];
            let text = |reply: &Reply| {
                let mut body = reply.body.clone();
                body.as_object_mut().unwrap().remove("request_id");
                body.to_string().replace("other", "…").replace("nowhere", "…")
            };
            assert_eq!((there.status, text(&there)), (missing.status, text(&missing)), "{path}");
        }
    }
}
