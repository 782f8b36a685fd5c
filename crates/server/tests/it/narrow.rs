//! Every list and every single look × keys and people of narrow reach: nothing outside comes back. Made
//! from the catalogue, so that a new noun is covered without writing a test.

use bailiwick_catalogue::catalogue;
use bailiwick_domain::scope::Class;
use bailiwick_engine::catalogue::Described;
use bailiwick_engine::shape::spec::{Access, Extent, Method, Tenancy};
use serde_json::{Value, json};

use crate::app::{Actor, PASSWORD, TestApp};
use crate::example;
use crate::graphql_rows::Schema;

/// Two plants of one organization, alike but for what a narrow reach goes by, and another organization.
pub struct World {
    /// Ids of what each narrow reach touches.
    inside: Vec<String>,
    /// Ids of what none of them does.
    outside: Vec<String>,
    /// The narrow reaches.
    reaches: Vec<Value>,
}

async fn made(app: &TestApp, path: &str, body: Value) -> String {
    let reply = app.root().post(path, body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

/// A site with nodes, a service on them and agents, all with the same label.
async fn plant(app: &TestApp, organization: &str, name: &str, zone: &str) -> Vec<String> {
    let at = |noun: &str| format!("/v1/{noun}?organization={organization}");
    let labels = json!({ "zone": zone });
    let site = made(app, &at("sites"), json!({ "name": name, "labels": labels })).await;
    let mut nodes = Vec::new();
    for n in 0..2 {
        let body = json!({
            "type": "generic", "name": format!("{name}-{n}"), "address": format!("{name}-{n}.example"),
            "site": site, "labels": labels,
        });
        nodes.push(made(app, &at("nodes"), body).await);
    }
    let service = json!({
        "type": "mysql", "name": format!("{name}-db"), "nodes": nodes, "address": "db.example", "port": 3306,
        "labels": labels,
    });
    let service = made(app, &at("services"), service).await;
    let exporter = json!({
        "type": "mysqld_exporter", "runs_on": nodes[0], "observes": { "services": [service] },
        "settings": { "username": "monitor" }, "labels": labels,
    });
    let exporter = made(app, &at("agents"), exporter).await;
    let own = app.enrolled(organization, &nodes[1], labels).await;
    let command = json!({ "targets": { "nodes": [nodes[1]] }, "shell": "sh", "command": "true" });
    let command = app.root().post(&at("commands"), command).await.expect(202);
    let command = command.body["id"].as_str().unwrap().to_owned();
    made(app, &at("downtime_reasons"), json!({ "reason": name })).await;
    let annotation = json!({ "node": nodes[0], "reason": name, "start_at": "2030-01-01T00:00:00Z" });
    let annotation = made(app, &at("annotations"), annotation).await;
    let operation = made(app, &at("job_operations"), json!({ "job": name, "name": name })).await;
    let run = made(app, &at("job_runs"), json!({ "node": nodes[0], "job_operation": operation })).await;
    let operator = made(app, &at("operators"), json!({ "name": name })).await;
    let shift = made(app, &at("operator_runs"), json!({ "node": nodes[0], "operator": operator })).await;
    let reject = json!({ "node": nodes[0], "kind": "scrap", "parts": 1 });
    let reject = made(app, &at("rejects"), reject).await;
    let correction = made(app, &at("part_corrections"), json!({ "node": nodes[0], "parts": 1 })).await;
    let said = vec![annotation, run, shift, reject, correction];
    [vec![site], nodes, vec![service, exporter, own, command], said].concat()
}

impl World {
    pub async fn new(app: &TestApp) -> Self {
        app.organization("other").await;
        let inside = plant(app, "default", "berlin", "inner").await;
        let mut outside = plant(app, "default", "bonn", "outer").await;
        outside.extend(plant(app, "other", "berlin", "inner").await);
        // What spans both plants is more than either.
        let body = json!({
            "type": "mysql", "name": "both", "nodes": [inside[1], outside[1]], "address": "x", "port": 1,
        });
        outside.push(made(app, "/v1/services?organization=default", body).await);
        let (site, nodes) = (&inside[0], &inside[1..3]);
        let reaches = vec![
            json!({ "sites": [site] }),
            json!({ "labels": "zone=inner" }),
            json!({ "labels": "zone in (inner,middle),zone!=outer" }),
            json!({ "sites": [site], "labels": "zone=inner" }),
            json!({ "sites": [site], "labels": "zone,zone!=outer", "nodes": nodes }),
        ];
        Self { inside, outside, reaches }
    }
}

/// Operations that look, and that a narrow reach does not shut altogether.
fn looks() -> Vec<&'static Described> {
    let all = catalogue().operations().iter().filter(|o| {
        let spec = o.spec;
        spec.class == Class::Read
            && spec.method == Method::Get
            && spec.access == Access::Scoped
            && spec.extent == Extent::Any
            && spec.tenancy == Tenancy::Required
            // Events of all objects do not end. Their reach has tests of its own.
            && (!spec.answers_events || spec.path.contains('{'))
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() >= 8, "expected list and get of sites, nodes, services and agents");
    all
}

fn lists() -> impl Iterator<Item = &'static Described> {
    looks().into_iter().filter(|o| o.spec.path_fields().next().is_none())
}

/// Every page of a list, as text.
async fn pages(actor: &Actor<'_>, operation: &Described) -> String {
    let mut found = String::new();
    let is_paged = operation.fields.iter().any(|field| field == "limit");
    let mut cursor = String::new();
    loop {
        let query = if is_paged { format!("?limit=2{cursor}") } else { String::new() };
        let page = actor.get(&format!("{}{query}", operation.spec.path)).await.expect(200);
        found.push_str(&page.body.to_string());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// A key and a person of a reach.
async fn actors<'a>(app: &'a TestApp, reach: &Value, n: usize) -> [Actor<'a>; 2] {
    let (key, _) = app.key(&["*:*"], json!({ "reach": reach })).await;
    let role = json!({ "name": format!("Narrow {n}"), "scopes": ["*:*"], "reach": reach });
    let role = made(app, "/v1/roles?organization=default", role).await;
    let email = format!("person{n}@example.com");
    app.user("default", &email, &role).await;
    [app.with_key(&key), app.log_in(&email, PASSWORD).await]
}

#[tokio::test]
async fn a_list_contains_no_object_outside_the_reach() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    for (n, reach) in world.reaches.iter().enumerate() {
        for actor in actors(&app, reach, n).await {
            let mut all = String::new();
            for operation in lists() {
                let found = pages(&actor, operation).await;
                for id in &world.outside {
                    assert!(!found.contains(id.as_str()), "{} {reach}: {found}", operation.spec.id);
                }
                all.push_str(&found);
            }
            // A list of single nodes has no site: a site is more than its nodes.
            let sites = usize::from(reach.get("nodes").is_some());
            for id in &world.inside[sites..] {
                assert!(all.contains(id.as_str()), "{reach}: {id} is missing");
            }
        }
    }
}

#[tokio::test]
async fn reads_and_writes_find_no_object_outside_the_reach() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    let singles: Vec<_> = catalogue()
        .operations()
        .iter()
        .filter(|o| {
            let fields: Vec<_> = o.spec.path_fields().collect();
            o.spec.tenancy == Tenancy::Required
                && o.spec.extent == Extent::Any
                && fields.len() == 1
                && o.spec.path.ends_with('}')
        })
        .collect();
    assert!(singles.len() >= 12, "expected get, update and delete of four nouns");
    for (n, reach) in world.reaches.iter().enumerate() {
        for actor in actors(&app, reach, n).await {
            for operation in &singles {
                let collection = operation.spec.path.split("/{").next().unwrap();
                for id in &world.outside {
                    let body = operation.spec.method.has_body().then(|| json!({}));
                    let path = format!("{collection}/{id}");
                    let reply = actor.send(operation.spec.method.as_str(), &path, body).await;
                    reply.problem(404, "not_found");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_object_without_site_or_labels_is_outside_a_narrow_reach() {
    for operation in looks().into_iter().filter(|o| o.spec.path_fields().next().is_some()) {
        let app = TestApp::new().await;
        let world = World::new(&app).await;
        let plain = example::of(&app, operation, "default").await;
        app.owner().get(&plain.path).await.expect(200);
        let place = operation.spec.path.split('/').position(|part| part.starts_with('{')).unwrap();
        let id = plain.path.split('/').nth(place).unwrap();
        for reach in &world.reaches {
            let (key, _) = app.key(&["*:*"], json!({ "reach": reach })).await;
            let actor = app.with_key(&key);
            actor.get(&plain.path).await.problem(404, "not_found");
            for list in lists() {
                assert!(!pages(&actor, list).await.contains(id), "{} {reach}", list.spec.id);
            }
        }
    }
}

#[tokio::test]
async fn a_query_contains_no_object_outside_the_reach() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    let schema = Schema::of(&app).await;
    for (n, reach) in world.reaches.iter().enumerate() {
        for actor in actors(&app, reach, n).await {
            let mut all = String::new();
            for (root, object) in &schema.roots {
                let relations = schema.objects[object].relations.iter();
                let related: Vec<String> = relations
                    .map(|(field, (of, _))| format!("{field} {{ {} }}", schema.scalars(of)))
                    .collect();
                let query = format!("{{ {root} {{ {} {} }} }}", schema.scalars(object), related.join(" "));
                let reply = actor.post("/graphql", json!({ "query": query })).await.expect(200);
                let found = reply.body.to_string();
                for id in &world.outside {
                    assert!(!found.contains(id.as_str()), "{root} {reach}: {id} in {:#}", reply.body);
                }
                all.push_str(&found);
            }
            let sites = usize::from(reach.get("nodes").is_some());
            for id in &world.inside[sites..] {
                assert!(all.contains(id.as_str()), "{reach}: {id} is missing");
            }
            // What is outside is not found by a condition on it either.
            let node = &world.outside[1];
            let query = format!("{{ sites(where: {{nodes: {{id: {{_eq: \"{node}\"}}}}}}) {{ id }} }}");
            let reply = actor.post("/graphql", json!({ "query": query })).await.expect(200);
            assert_eq!(reply.body["data"]["sites"], json!([]), "{reach}");
        }
    }
}
