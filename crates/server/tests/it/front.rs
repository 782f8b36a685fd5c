//! Whether agents serve the metrics of exporters, and who may fetch them.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_operations::front::{Question, may_scrape};
use bailiwick_operations::reseal::reseal;
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn fronts_are_off_until_an_organization_switches_them_on() {
    let app = TestApp::new().await;
    app.organization("other").await;
    let off = app.owner().get("/v1/front").await.expect(200);
    let expected =
        json!({ "enabled": false, "port": 9443, "authority": null, "updated_at": null, "revision": 1 });
    assert_eq!(off.body, expected);
    assert_eq!(app.owner().get("/v1/front/authority").await.expect(200).body["certificate"], Value::Null);
    let on = app.owner().patch("/v1/front", json!({ "enabled": true })).await.expect(200).body;
    assert_eq!((&on["port"], &on["revision"]), (&json!(9443), &json!(2)));
    let authority = app.owner().get("/v1/front/authority").await.expect(200).body;
    assert!(authority["certificate"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert_eq!(authority["sha256"], on["authority"]["sha256"]);

    // The authority stays, until another one is wanted.
    let changed = app.owner().header("if-match", "\"2\"");
    let changed =
        changed.patch("/v1/front", json!({ "enabled": false, "port": 9500 })).await.expect(200).body;
    assert_eq!((&changed["port"], &changed["authority"]), (&json!(9500), &on["authority"]));
    let late = app.owner().header("if-match", "\"2\"");
    late.patch("/v1/front", json!({ "enabled": true })).await.expect(412);
    let renewed = app.owner().patch("/v1/front", json!({ "enabled": true, "renew_authority": true })).await;
    assert_ne!(renewed.expect(200).body["authority"], on["authority"]);
    for wrong in
        [json!({ "port": 0 }), json!({ "port": null }), json!({ "enabled": null }), json!({ "on": true })]
    {
        app.owner().patch("/v1/front", wrong).await.expect(400);
    }
    let other = app.root().get("/v1/front?organization=other").await.expect(200).body;
    assert_eq!(other, expected);
    // Keys with a narrow reach neither see nor change it; those who read the inventory may not fetch.
    let plant = app.site("default", "Plant", json!({})).await;
    let (narrow, _) = app.key(&["front:*"], json!({ "reach": { "sites": [plant] } })).await;
    app.with_key(&narrow)
        .patch("/v1/front", json!({ "enabled": false }))
        .await
        .problem(403, "reach_too_narrow");
    let (reader, _) = app.key(&["agents:read"], json!({})).await;
    app.with_key(&reader).get("/v1/front").await.problem(403, "scope_missing");
    // The setting goes with its organization.
    app.root().patch("/v1/front?organization=other", json!({ "enabled": true })).await.expect(200);
    app.root().delete("/v1/organizations/other").await.expect(200);
}

#[tokio::test]
async fn the_private_key_of_an_authority_moves_to_a_new_pepper() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let store = async || Store::connect(&url, 2).await.unwrap();
    let old = Peppers::generate(&SystemEntropy);
    let first = TestApp::on(store().await, old.clone(), &Config::default()).await;
    first.owner().patch("/v1/front", json!({ "enabled": true })).await.expect(200);
    let second = TestApp::on(store().await, old.with_new(&SystemEntropy), &Config::default()).await;
    assert_eq!(second.control.store().secrets_by_pepper().await.unwrap(), [(1, 1)]);
    reseal(&second.control).await.unwrap();
    assert_eq!(second.control.store().secrets_by_pepper().await.unwrap(), [(2, 1)]);
}

#[tokio::test]
async fn a_key_may_fetch_what_it_reaches_from_where_it_works() {
    let app = TestApp::new().await;
    app.organization("other").await;
    let at_plant = app.site("default", "Plant", json!({})).await;
    let at_office = app.site("default", "Office", json!({})).await;
    let node = app.node(json!({ "name": "db-1", "site": "Plant" })).await;
    app.node(json!({ "name": "db-2", "site": "Plant", "address": "10.0.0.2" })).await;
    let exporter = async |node: &str| {
        let body = json!({ "type": "node_exporter", "runs_on": node });
        app.owner().post("/v1/agents", body).await.expect(201).body["id"].as_str().unwrap().to_owned()
    };
    let (own, elsewhere) = (exporter("db-1").await, exporter("db-2").await);
    let node: NodeId = node.parse().unwrap();
    let organization = app.owner().get("/v1/nodes/db-1").await.expect(200).body["organization_id"].clone();
    let ask = async |key: &str, exporter: Option<&str>| {
        let question = Question {
            organization: organization.as_str().unwrap().parse().unwrap(),
            node,
            exporter: exporter.map(|id| id.parse().unwrap()),
            key: key.parse().unwrap(),
            address: "192.0.2.7".parse().unwrap(),
        };
        let verdict = may_scrape(&app.control, question).await;
        (verdict.status, verdict.reason)
    };
    let status = async |key: &str| ask(key, Some(&own)).await.0;
    let key = async |more: Value| app.key(&["front.scrape"], more).await;

    let (good, id) = key(json!({})).await;
    assert_eq!(ask(&good, Some(&own)).await, (200, String::new()));
    assert_eq!(ask(&good, Some(&elsewhere)).await.0, 404, "it runs on another node");
    assert_eq!(ask(&good, None).await.0, 404);
    let (plant, _) = key(json!({ "reach": { "sites": [at_plant] } })).await;
    assert_eq!(status(&plant).await, 200);
    let (office, _) = key(json!({ "reach": { "sites": [at_office] } })).await;
    assert_eq!(status(&office).await, 403);
    assert_eq!(ask(&office, None).await.0, 403, "it does not learn what the node has");
    let (reader, _) = app.key(&["agents:read", "nodes:read"], json!({})).await;
    let (refused, reason) = ask(&reader, Some(&own)).await;
    assert!(refused == 403 && reason.contains("front.scrape"), "{refused} {reason}");
    let (near, _) = key(json!({ "allowed_ips": ["192.0.2.0/24"] })).await;
    let (far, _) = key(json!({ "allowed_ips": ["198.51.100.0/24"] })).await;
    assert_eq!((status(&near).await, status(&far).await), (200, 403));
    let (stranger, _) = app.key_in("other", &["*:*"], json!({})).await;
    assert_eq!(status(&stranger).await, 403, "it is of another organization");
    let (short, _) = key(json!({ "ttl_seconds": 60 })).await;
    assert_eq!(status(&short).await, 200);
    app.advance(61);
    assert_eq!(status(&short).await, 401);
    let (slow, _) = key(json!({ "rate_limit": { "per_minute": 1 } })).await;
    assert_eq!((status(&slow).await, status(&slow).await), (200, 429));
    app.owner().post(&format!("/v1/keys/{id}/disable"), json!({})).await.expect(200);
    assert_eq!(status(&good).await, 401);
    let target = app.owner().get("/v1/agents/db-1%2Fnode_exporter/front").await.expect(200).body;
    assert_eq!((&target["agent_id"], &target["url"]), (&json!(own), &Value::Null));
}
