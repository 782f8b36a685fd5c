//! The rights of GraphQL: each root field × each kind of key.

use std::collections::BTreeMap;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::scope_set::ScopeSet;
use bailiwick_engine::shape::spec::Access;
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::graphql_rows::Schema;

/// Operations that any key may run.
fn is_for_any_key(operation: &str) -> bool {
    catalogue().get(operation).is_some_and(|operation| operation.spec.access == Access::AnyKey)
}

/// For each root field that needs no arguments, its operation.
fn roots(schema: &Schema) -> BTreeMap<&'static str, &'static str> {
    let all: BTreeMap<_, _> = bailiwick_graphql::roots().map(|(root, id)| (root, id.as_str())).collect();
    all.into_iter().filter(|(root, _)| schema.roots.contains_key(*root)).collect()
}

async fn ask(actor: &Actor<'_>, query: &str) -> Value {
    actor.post("/graphql", json!({ "query": query })).await.expect(200).body
}

/// A query of one root field, beside one that any key may ask.
fn query(root: &str) -> String {
    format!("{{ {root} {{ __typename }} __typename }}")
}

#[tokio::test]
async fn a_missing_scope_is_named_and_the_rest_is_answered() {
    let app = TestApp::new().await;
    let schema = Schema::of(&app).await;
    for (root, operation) in roots(&schema) {
        let listing = catalogue().get(operation).unwrap().spec;
        if !matches!(listing.access, Access::Scoped) {
            continue;
        }
        let (with, _) = app.key(&[operation], json!({})).await;
        let answer = ask(&app.with_key(&with), &query(root)).await;
        assert!(answer["data"][root].is_array(), "{operation} is enough for {root}: {answer:#}");
        // Every other operation of the catalogue that a key can have.
        let others: Vec<String> = catalogue()
            .operations()
            .iter()
            .filter(|other| {
                matches!(other.spec.access, Access::Scoped) && other.spec.id.as_str() != operation
            })
            .map(|other| other.spec.id.to_string())
            .collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let (without, _) = app.key(&others, json!({})).await;
        let answer = ask(&app.with_key(&without), &query(root)).await;
        assert_eq!(answer["data"], json!({ root: null, "__typename": "query_root" }), "{root}");
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "scope_missing", "{root}: {answer:#}");
        assert_eq!((&error["extensions"]["scope"], &error["path"]), (&json!(operation), &json!([root])));
    }
}

#[tokio::test]
async fn the_set_reporting_opens_exactly_its_list() {
    let app = TestApp::new().await;
    let schema = Schema::of(&app).await;
    let set = ScopeSet::named("reporting").unwrap();
    let (key, _) = app.key(&["reporting"], json!({})).await;
    let mut opened = 0;
    for (root, operation) in roots(&schema) {
        let (noun, verb) = operation.split_once('.').unwrap();
        let answer = ask(&app.with_key(&key), &query(root)).await;
        let is_open = set.contains(noun, verb) || is_for_any_key(operation);
        assert_eq!(answer["data"][root].is_array(), is_open, "{root}: {answer:#}");
        opened += usize::from(is_open);
    }
    assert!(opened >= 20, "only {opened} root fields are open");
    for root in ["users", "keys", "roles", "auditEntries", "commands", "scripts", "schedules"] {
        let answer = ask(&app.with_key(&key), &query(root)).await;
        assert_eq!(answer["data"][root], Value::Null, "{root}");
    }
}

#[tokio::test]
async fn a_relation_without_its_scope_is_null_in_each_object() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    app.node(json!({ "name": "db-1", "site": site })).await;
    let (key, _) = app.key(&["nodes.list"], json!({})).await;
    let answer = ask(&app.with_key(&key), "{ nodes { name site { name } services { name } } }").await;
    assert_eq!(answer["data"], json!({ "nodes": [{ "name": "db-1", "site": null, "services": null }] }));
    let scopes: Vec<&Value> =
        answer["errors"].as_array().unwrap().iter().map(|error| &error["extensions"]["scope"]).collect();
    assert_eq!(scopes, [&json!("sites.list"), &json!("services.list")]);
    // A condition on what the key may not read is refused: it would tell what is there.
    let answer =
        ask(&app.with_key(&key), "{ nodes(where: {site: {name: {_eq: \"Berlin\"}}}) { name } }").await;
    assert_eq!(answer["data"], json!({ "nodes": null }));
    assert_eq!(answer["errors"][0]["extensions"]["scope"], "sites.list");
}

#[tokio::test]
async fn each_list_costs_what_its_operation_costs() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "db-1" })).await;
    let limit = json!({ "rate_limit": { "per_minute": 60, "burst": 10 } });
    let (key, _) = app.key(&["*:read"], limit).await;
    let actor = app.with_key(&key);
    // The request itself, the nodes, their sites: none is asked for, as no node has one. Then the services.
    ask(&actor, "{ nodes { name services { name } } }").await;
    let reply = actor.get("/v1/whoami").await.expect(200);
    let left = reply.headers["ratelimit"].to_str().unwrap().to_owned();
    assert!(left.contains("r=6;"), "{left}");
    let many = (0..8).map(|n| format!("a{n}: sites {{ name }}")).collect::<Vec<_>>().join(" ");
    let refused = actor.post("/graphql", json!({ "query": format!("{{ {many} }}") })).await;
    refused.problem(429, "rate_limited");
}
