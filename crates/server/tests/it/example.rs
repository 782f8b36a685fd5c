//! Valid inputs, made from the catalogue: for tests that go over every operation.

use bailiwick_catalogue::catalogue;
use bailiwick_engine::catalogue::{Described, ORGANIZATION};
use bailiwick_engine::shape::spec::{Access, Tenancy};
use bailiwick_fleet::Connection;
use serde_json::{Map, Value, json};

use crate::app::TestApp;

/// A request to an operation, valid in every respect but, perhaps, the caller's rights.
pub struct Example {
    pub method: &'static str,
    pub path: String,
    pub body: Option<Value>,
}

impl Example {
    /// The path with a query parameter more.
    pub fn path_with(&self, name: &str, value: &str) -> String {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        format!("{}{separator}{name}={value}", self.path)
    }

    /// The same for a root key, which must name the organization.
    pub fn by_root(self, operation: &Described) -> Self {
        if operation.spec.tenancy != Tenancy::None {
            return Self { path: self.path_with("organization", "default"), ..self };
        }
        self
    }
}

/// Operations of whose fields either these or those are needed.
const SAID_IN_WAYS: [&str; 4] =
    ["commands.create", "job_dispatches.start", "maintenance_windows.create", "scripts.run"];

/// Operations on nodes that an agent carries out.
const NEEDS_AGENT: [&str; 1] = ["commands.reboot"];

/// Nouns of objects that belong to a node.
const OF_NODES: [&str; 6] =
    ["annotations", "job_dispatches", "job_runs", "operator_runs", "part_corrections", "rejects"];

/// What the examples of commands go to: a machine of every organization.
async fn machines(app: &TestApp) {
    let organizations = app.root().get("/v1/organizations").await.expect(200).items("slug");
    for organization in organizations.iter().filter_map(Value::as_str) {
        let found = app.root().get(&format!("/v1/nodes?organization={organization}&labels=env=prod")).await;
        if found.expect(200).items("id").is_empty() {
            app.machine(organization, "machine", json!({ "env": "prod" })).await;
        }
    }
}

/// What examples name of what is said about nodes: a node, and a reason of downtime, in every organization.
async fn named(app: &TestApp, noun: &str) {
    let organizations = app.root().get("/v1/organizations").await.expect(200).items("slug");
    for organization in organizations.iter().filter_map(Value::as_str) {
        let node = json!({ "type": "generic", "name": "db-1", "address": "db-1" });
        // It may be there already.
        app.root().post(&format!("/v1/nodes?organization={organization}"), node).await;
        if noun == "annotations" {
            let path = format!("/v1/downtime_reasons?organization={organization}");
            app.root().post(&path, json!({ "reason": "Setup|Tool change" })).await;
        }
    }
}

/// A value for a field: none for a list, otherwise the example of its documentation.
fn value(operation: &Described, field: &str) -> Value {
    let schema = operation.field(field).unwrap();
    if schema["type"] == "array" {
        return json!([]);
    }
    let named = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    let named = named.and_then(|name| catalogue().definitions().get(name));
    let mut examples = [Some(schema), named].into_iter().flatten();
    let example = examples.find_map(|schema| schema["examples"].as_array()?.first());
    example
        .unwrap_or_else(|| panic!("{}: the required field {field} has no example", operation.spec.id))
        .clone()
}

fn required(operation: &Described) -> Map<String, Value> {
    let in_path: Vec<&str> = operation.spec.path_fields().collect();
    let fields =
        operation.fields.iter().filter(|f| operation.is_required(f) && !in_path.contains(&f.as_str()));
    let mut required: Map<String, Value> =
        fields.map(|field| (field.clone(), value(operation, field))).collect();
    // What only one type of objects needs stands in the example of such an object.
    let example = operation.input.get("examples").and_then(|examples| examples[0].as_object());
    if let (Some(example), Some(kind)) = (example, required.get("type"))
        && example.get("type") == Some(kind)
    {
        required.extend(example.clone());
    }
    if operation.spec.id == "keys.create" {
        // Only one kind of keys has none.
        required.insert("scopes".into(), json!([]));
    }
    // What may be said in one of several ways stands in the example of one.
    if let (Some(example), true) = (example, SAID_IN_WAYS.contains(&operation.spec.id.as_str())) {
        required.extend(example.clone());
    }
    required
}

/// An agent of ours that is connected; its id.
async fn connected_agent(app: &TestApp, organization: &str) -> String {
    let node = create(app, "/v1/nodes", "node", organization).await;
    let agent = json!({ "type": "bailiwick_agent", "runs_on": node });
    let path = format!("/v1/agents?organization={organization}");
    let agent = app.root().post(&path, agent).await.expect(201).body;
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let (owner, agent) = (id(&agent["organization_id"]), id(&agent["id"]));
    let (connection, _) = Connection::new(
        agent.parse().unwrap(),
        node.parse().unwrap(),
        owner.parse().unwrap(),
        "0123456789ab".parse().unwrap(),
    );
    app.fleet.connections().insert(connection);
    agent
}

/// Starts the job that examples stop and show; how the other system names it.
async fn started_job(app: &TestApp, organization: &str) -> String {
    let start = catalogue().operations().iter().find(|o| o.spec.id == "job_dispatches.start").unwrap();
    let path = format!("{}?organization={organization}", start.spec.path);
    let mut fields = required(start);
    // It ends later.
    fields.insert("start_at".into(), json!("2029-12-31T00:00:00Z"));
    let body = app.root().post(&path, fields.into()).await.expect(200).body;
    body["run"]["external_id"].as_str().unwrap().to_owned()
}

/// A valid request to an operation on objects of an organization, which are made for it.
pub async fn of(app: &TestApp, operation: &Described, organization: &str) -> Example {
    if matches!(operation.spec.subject().noun, "commands" | "updates") || operation.spec.id == "scripts.run" {
        machines(app).await;
    }
    if OF_NODES.contains(&operation.spec.subject().noun) {
        named(app, operation.spec.subject().noun).await;
    }
    let mut path = operation.spec.path.to_owned();
    if operation.spec.id == "agents.rotate" {
        path = path.replace("{agent}", &connected_agent(app, organization).await);
        return Example { method: operation.spec.method.as_str(), path, body: Some(json!({})) };
    }
    if ["job_dispatches.stop", "job_dispatches.get"].contains(&operation.spec.id.as_str()) {
        let id = started_job(app, organization).await;
        let body = operation.spec.method.has_body().then(|| json!({}));
        path = path.replace("{job_dispatch}", &id);
        return Example { method: operation.spec.method.as_str(), path, body };
    }
    if operation.spec.access == Access::Person {
        // What is one's own, no other makes: the tests of people have real ones.
        for field in operation.spec.path_fields() {
            path = path.replace(&format!("{{{field}}}"), "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f");
        }
    }
    for field in operation.spec.path_fields().filter(|_| operation.spec.access != Access::Person) {
        let placeholder = format!("{{{field}}}");
        // What is above organizations is done to one of its own; all else to the caller's.
        let id = if field == ORGANIZATION && operation.spec.access != Access::Root {
            organization.to_owned()
        } else {
            create(
                app,
                operation.spec.path.split(&format!("/{placeholder}")).next().unwrap(),
                field,
                organization,
            )
            .await
        };
        if NEEDS_AGENT.contains(&operation.spec.id.as_str()) {
            app.enrolled(organization, &id, json!({})).await;
        }
        if operation.spec.answers_events {
            // Of what is over, the events end.
            let cancel =
                format!("{}/{id}/cancel?organization={organization}", path.split("/{").next().unwrap());
            app.root().post(&cancel, json!({})).await.expect(200);
        }
        path = path.replace(&placeholder, &id);
    }
    if operation.spec.id == "events.stream" {
        // Otherwise it does not end.
        path.push_str("?follow=false");
    }
    let mut fields = required(operation);
    with_named_by_id(app, operation, organization, &mut fields).await;
    if operation.spec.id == "nodes.merge" {
        // It must be another node of the same type.
        let mut other =
            required(catalogue().operations().iter().find(|o| o.spec.id == "nodes.create").unwrap());
        other.insert("name".into(), fields["from"].clone());
        let path = format!("/v1/nodes?organization={organization}");
        app.root().post(&path, other.into()).await.expect(201);
    }
    if operation.spec.id == "audit.cut" {
        // It must be an entry that is there.
        let first = format!("/v1/audit?organization={organization}&sort=number&limit=1");
        let first = app.root().get(&first).await.expect(200);
        for field in ["number", "hash"] {
            if let [value] = first.items(field).as_slice() {
                fields.insert(field.into(), value.clone());
            }
        }
    }
    let body = operation.spec.method.has_body().then(|| Value::Object(fields.clone()));
    if body.is_none() {
        for (n, (name, value)) in fields.iter().enumerate() {
            path = format!("{path}{}{name}={}", if n == 0 { '?' } else { '&' }, value.as_str().unwrap());
        }
    }
    Example { method: operation.spec.method.as_str(), path, body }
}

/// What fields name by ids, and the collections of these objects.
const NAMED_BY_ID: [(&str, &str, &str); 2] = [
    ("job_runs.create", "job_operation", "/v1/job_operations"),
    ("operator_runs.create", "operator", "/v1/operators"),
];

/// Makes what the fields of an operation name by ids.
async fn with_named_by_id(
    app: &TestApp,
    operation: &Described,
    organization: &str,
    fields: &mut Map<String, Value>,
) {
    for (id, field, collection) in NAMED_BY_ID {
        if operation.spec.id == id {
            let made = Box::pin(create(app, collection, field, organization)).await;
            fields.insert(field.to_owned(), made.into());
        }
    }
}

/// Makes an object of a collection, by the operation that creates there; its id.
async fn create(app: &TestApp, collection: &str, noun: &str, organization: &str) -> String {
    let create = catalogue()
        .operations()
        .iter()
        .find(|o| o.spec.path == collection && [201, 202].contains(&o.spec.status));
    let create = create.unwrap_or_else(|| panic!("no operation creates objects in {collection}"));
    let path = if create.spec.tenancy != Tenancy::None {
        format!("{collection}?organization={organization}")
    } else {
        collection.to_owned()
    };
    let mut fields = required(create);
    with_named_by_id(app, create, organization, &mut fields).await;
    let reply = app.root().post(&path, fields.into()).await.expect(create.spec.status);
    let id = [&reply.body["id"], &reply.body[noun]["id"]].into_iter().find_map(Value::as_str);
    id.unwrap_or_else(|| panic!("{} answers no id", create.spec.id)).to_owned()
}

/// A well-formed key that no server knows.
pub fn foreign_key() -> String {
    use bailiwick_domain::key::{KeyKind, KeyText};
    use bailiwick_engine::outside::SystemEntropy;
    KeyText::mint(KeyKind::Org, &SystemEntropy).reveal().to_string()
}
