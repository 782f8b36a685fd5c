//! The stream of changes of objects.

use std::collections::BTreeSet;

use bailiwick_catalogue::catalogue;
use bailiwick_store::object_changes::NOUNS;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::example;
use crate::heard::Heard;

/// The next event as `kind noun id revision`, and its id.
async fn next(heard: &mut Heard) -> (Value, Option<String>) {
    let (_, id, data) = heard.next().await.expect("another event");
    (data, id)
}

fn changed(noun: &str, id: &str, revision: i64) -> Value {
    json!({ "event": "changed", "noun": noun, "id": id, "revision": revision })
}

fn gone(noun: &str, id: &str) -> Value {
    json!({ "event": "gone", "noun": noun, "id": id })
}

/// All events after an id, without waiting for more.
async fn since(app: &TestApp, key: &str, after: &str, more: &str) -> Vec<Value> {
    let path = format!("/v1/events?follow=false&after={after}{more}");
    let mut heard = Heard::at(app, key, &path, None).await;
    let mut all = Vec::new();
    while let Some((_, _, data)) = heard.next().await {
        all.push(data);
    }
    all
}

#[tokio::test]
async fn changes_are_told_as_they_happen_and_can_be_resumed() {
    let app = TestApp::new().await;
    let _background = app.start();
    let mut heard = Heard::at(&app, app.owner_key(), "/v1/events", None).await;
    let (first, began) = next(&mut heard).await;
    assert_eq!(first, json!({ "event": "began" }));
    let began = began.unwrap();
    let site = app.site("default", "Berlin", json!({})).await;
    assert_eq!(next(&mut heard).await.0, changed("site", &site, 1));
    let node = app.node(json!({ "name": "db-1", "site": site })).await;
    let (event, middle) = next(&mut heard).await;
    assert_eq!(event, changed("node", &node, 1));
    app.owner().patch(&format!("/v1/nodes/{node}"), json!({ "labels": { "env": "prod" } })).await.expect(200);
    assert_eq!(next(&mut heard).await.0, changed("node", &node, 2));
    app.owner().delete(&format!("/v1/nodes/{node}")).await.expect(200);
    assert_eq!(next(&mut heard).await.0, gone("node", &node));
    // Another organization's changes are not told, and a key's are, whose id is no UUID.
    let other = app.organization("other").await;
    app.site("other", "Paris", json!({})).await;
    let (_, key) = app.key(&["sites:read"], json!({})).await;
    assert_eq!(next(&mut heard).await.0, changed("key", &key, 1));
    // From the beginning: how it is now, each object once.
    let all = since(&app, app.owner_key(), &began, "").await;
    assert_eq!(all, [changed("site", &site, 1), gone("node", &node), changed("key", &key, 1)]);
    let rest = since(&app, app.owner_key(), &middle.unwrap(), "&nouns=node").await;
    assert_eq!(rest, [gone("node", &node)]);
    let of_other =
        since(&app, &app.root_key(&["*:*".into()], json!({})).await, &began, "&organization=other").await;
    assert!(of_other.iter().all(|event| event["id"] != json!(site)) && !of_other.is_empty(), "{of_other:?}");
    assert_eq!(other.len(), 36);
}

#[tokio::test]
async fn an_unknown_position_is_told_and_wrong_parameters_are_refused() {
    let app = TestApp::new().await;
    // A position of a database that was replaced by an older copy.
    assert_eq!(since(&app, app.owner_key(), "0-999999", "").await, [json!({ "event": "missed" })]);
    assert_eq!(since(&app, app.owner_key(), "0-0", "").await, [json!({ "event": "missed" })]);
    app.owner().get("/v1/events?after=x").await.problem(400, "invalid").field("after");
    let refused = app.owner().get("/v1/events?nouns=site,nodes").await.problem(400, "invalid");
    assert!(refused.field("nouns").contains("did you mean `node`"), "{:#}", refused.body);
}

#[tokio::test]
async fn a_narrow_key_is_told_of_what_it_may_read_and_reaches() {
    let app = TestApp::new().await;
    let (berlin, paris) =
        (app.site("default", "Berlin", json!({})).await, app.site("default", "Paris", json!({})).await);
    let whole = app.key(&["events:read", "sites:read"], json!({})).await.0;
    let narrow = app
        .key(&["events:read", "nodes:read", "services:read"], json!({ "reach": { "sites": [berlin] } }))
        .await
        .0;
    let began = {
        let mut heard = Heard::at(&app, app.owner_key(), "/v1/events?follow=false", None).await;
        next(&mut heard).await.1.unwrap()
    };
    let here = app.node(json!({ "name": "here", "site": berlin })).await;
    let there = app.node(json!({ "name": "there", "site": paris })).await;
    let service = |name: &str, node: &str| json!({ "type": "external", "name": name, "nodes": [node] });
    let mine = app.owner().post("/v1/services", service("mine", &here)).await.expect(201).body["id"].clone();
    app.owner().post("/v1/services", service("theirs", &there)).await.expect(201);
    app.site("default", "Rome", json!({})).await;
    let seen = since(&app, &narrow, &began, "").await;
    assert_eq!(seen, [changed("node", &here, 1), changed("service", mine.as_str().unwrap(), 1)]);
    let seen = since(&app, &whole, &began, "").await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["noun"], "site");
    // A node that leaves the reach is gone, and one that comes into it is there.
    let move_to = async |node: &str, site: &str| {
        app.owner().patch(&format!("/v1/nodes/{node}"), json!({ "site": site })).await.expect(200);
    };
    move_to(&here, &paris).await;
    move_to(&there, &berlin).await;
    let seen = since(&app, &narrow, &began, "&nouns=node").await;
    assert_eq!(seen, [gone("node", &here), changed("node", &there, 2)]);
    app.owner().delete(&format!("/v1/nodes/{there}?force=true")).await.expect(200);
    assert_eq!(
        since(&app, &narrow, &began, "&nouns=node").await,
        [gone("node", &here), gone("node", &there)]
    );
    // Without its scope there is nothing.
    app.with_key(&app.key(&["nodes:read"], json!({})).await.0)
        .get("/v1/events")
        .await
        .problem(403, "scope_missing");
}

#[tokio::test]
async fn a_stream_ends_when_its_key_loses_the_right_to_it() {
    let app = TestApp::new().await;
    let _background = app.start();
    for change in [json!({ "scopes": ["nodes:read"] }), json!({ "disabled": true })] {
        let (key, id) = app.key(&["events:read", "nodes:read"], json!({})).await;
        let mut heard = Heard::at(&app, &key, "/v1/events", None).await;
        next(&mut heard).await;
        if change.get("disabled").is_some() {
            app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await.expect(200);
        } else {
            app.owner().patch(&format!("/v1/keys/{id}"), change).await.expect(200);
        }
        assert_eq!(heard.next().await, None);
    }
}

/// Objects that are not told of: those above organizations, those whose changes are told with another object, and what
/// is no stored object.
const NOT_TOLD: [&str; 5] = ["organizations", "observations", "sessions", "updates", "retention"];

#[tokio::test]
async fn the_creation_of_every_kind_of_object_is_told() {
    let mut kinds = BTreeSet::new();
    for operation in catalogue().operations() {
        let subject = operation.spec.subject();
        if subject.verb != "create" || NOT_TOLD.contains(&subject.noun) {
            continue;
        }
        // A server for each: names of examples are the same.
        let app = TestApp::new().await;
        let began = {
            let mut heard = Heard::at(&app, app.owner_key(), "/v1/events?follow=false", None).await;
            next(&mut heard).await.1.unwrap()
        };
        let example = example::of(&app, operation, "default").await;
        let made = app.owner().send(example.method, &example.path, example.body).await;
        assert!(made.status.is_success(), "{}: {:#}", operation.spec.id, made.body);
        let noun = bailiwick_catalogue::nouns().find(|spec| spec.noun.many == subject.noun).unwrap().noun.one;
        let told = since(&app, app.owner_key(), &began, &format!("&nouns={noun}")).await;
        if told.iter().any(|event| event["event"] == "changed") {
            kinds.insert(noun);
        }
    }
    // Subscriptions rely on these, and look for changes of all others in another way.
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), NOUNS);
}
