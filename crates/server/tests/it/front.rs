//! Whether agents serve the metrics of exporters, and who may fetch them.

use std::net::IpAddr;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_operations::front::{CertificateRequest, Issued, Question, issue, may_scrape};
use bailiwick_operations::reseal::reseal;
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::replicas::database;

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

/// A request for a certificate, as an agent makes it.
fn request() -> CertificateRequest {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let public_key = key.der_bytes().to_vec();
    CertificateRequest { signature: key.sign(&public_key).unwrap(), public_key }
}

/// An organization with fronts, for asking for certificates.
struct Authority {
    app: TestApp,
    organization: OrganizationId,
}

impl Authority {
    async fn new(app: TestApp) -> Self {
        let on = app.owner().patch("/v1/front", json!({ "enabled": true })).await.expect(200);
        assert!(on.body["authority"].is_object());
        let node = app.node(json!({ "name": "any" })).await;
        let node = app.owner().get(&format!("/v1/nodes/{node}")).await.expect(200).body;
        let organization = node["organization_id"].as_str().unwrap().parse().unwrap();
        app.owner().delete("/v1/nodes/any").await.expect(200);
        Self { app, organization }
    }

    async fn node(&self, name: &str, address: Option<&str>) -> NodeId {
        let own = format!("own-{name}.example");
        let address = address.unwrap_or(&own);
        self.app.node(json!({ "name": name, "address": address })).await.parse().unwrap()
    }

    async fn address(&self, node: NodeId, address: &str) {
        let path = format!("/v1/nodes/{node}");
        self.app.owner().patch(&path, json!({ "address": address })).await.expect(200);
    }

    async fn issue(&self, node: NodeId) -> Issued {
        issue(&self.app.control, self.organization, node, request()).await.unwrap()
    }

    /// Whether a node gets a certificate with this name or address.
    async fn gets(&self, node: NodeId, name: &str) -> bool {
        let issued = self.issue(node).await;
        let name = match name.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => [&[0x87, 4][..], &address.octets()].concat(),
            Ok(IpAddr::V6(address)) => [&[0x87, 16][..], &address.octets()].concat(),
            Err(_) => [&[0x82, u8::try_from(name.len()).unwrap()][..], name.as_bytes()].concat(),
        };
        let has = issued.certificate.windows(name.len()).any(|part| part == name.as_slice());
        // A certificate without a name is short, so that the agent asks again soon.
        let days = (issued.expires_at.as_micros() - self.app.control.now().as_micros()) / 86_400_000_000;
        assert_eq!((days, issued.note.is_none()), if has { (30, true) } else { (3, false) }, "{issued:?}");
        has
    }
}

/// The names of the certificates of two nodes that want the same.
async fn a_name_is_given_to_one_node_only(app: TestApp) {
    let fronts = Authority::new(app).await;
    for (n, (theirs, claimed)) in [
        ("10.20.30.40", "10.20.30.40"),
        ("::ffff:10.20.30.41", "10.20.30.41"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("db.example.", "DB.example"),
    ]
    .into_iter()
    .enumerate()
    {
        let named = claimed.to_ascii_lowercase();
        let (first, second) = (format!("first-{n}"), format!("second-{n}"));
        let holder = fronts.node(&first, Some(theirs)).await;
        // The node that has a certificate keeps the name, whatever others do.
        assert!(fronts.gets(holder, &named).await);
        let other = fronts.node(&second, Some(claimed)).await;
        assert!(!fronts.gets(other, &named).await, "{claimed}");
        assert!(fronts.gets(holder, &named).await, "{claimed}");
        let note = fronts.issue(other).await.note.unwrap();
        assert!(note.contains(&named) && note.contains("another node has a certificate"), "{note}");
        assert!(!note.contains(&first), "the other node may be out of reach: {note}");
        // Also after the holder got another address, until its certificates expire.
        fronts.address(holder, &format!("moved-{n}.example")).await;
        assert!(fronts.gets(holder, &format!("moved-{n}.example")).await);
        assert!(!fronts.gets(other, &named).await, "{claimed}");
        fronts.app.advance(31 * 86_400);
        assert!(fronts.gets(other, &named).await, "{claimed}");
    }

    // If nobody has a certificate, none of two gets one; a node that is deleted leaves its names.
    let (one, two) = (fronts.node("one", Some("10.0.0.9")).await, fronts.node("10.0.0.9", None).await);
    assert!(!fronts.gets(one, "10.0.0.9").await && !fronts.gets(two, "10.0.0.9").await);
    let note = fronts.issue(one).await.note.unwrap();
    assert!(note.contains("as its name or address too"), "{note}");
    fronts.app.owner().delete(&format!("/v1/nodes/{two}")).await.expect(200);
    assert!(fronts.gets(one, "10.0.0.9").await);

    // A node that runs on another one does not keep the address of its host from the host.
    let host = fronts.node("host", Some("10.0.0.10")).await;
    let guest =
        json!({ "name": "guest", "type": "container", "host": host.to_string(), "address": "10.0.0.10" });
    let guest: NodeId = fronts.app.node(guest).await.parse().unwrap();
    assert!(!fronts.gets(guest, "10.0.0.10").await);
    assert!(fronts.gets(host, "10.0.0.10").await);

    // The id of another node is not a name.
    let spy = fronts.node("spy", Some(&host.to_string())).await;
    let issued = fronts.issue(spy).await;
    let id = host.to_string();
    assert!(!issued.certificate.windows(id.len()).any(|part| part == id.as_bytes()));

    // Of two that ask at the same time, one gets a name at most.
    let (a, b) = (fronts.node("a", Some("10.0.0.11")).await, fronts.node("b", None).await);
    fronts.address(b, "10.0.0.12").await;
    assert!(fronts.gets(a, "10.0.0.11").await);
    fronts.address(b, "10.0.0.11").await;
    let (first, second) = tokio::join!(fronts.gets(a, "10.0.0.11"), fronts.gets(b, "10.0.0.11"));
    assert!(first && !second);
    // Another organization's addresses are its own.
    fronts.app.organization("other").await;
    let elsewhere = json!({ "type": "generic", "name": "x", "address": "10.0.0.13" });
    fronts.app.root().post("/v1/nodes?organization=other", elsewhere).await.expect(201);
    let own = fronts.node("own", Some("10.0.0.13")).await;
    assert!(fronts.gets(own, "10.0.0.13").await);
}

#[tokio::test]
async fn the_certificate_of_another_node_is_not_to_be_had() {
    a_name_is_given_to_one_node_only(TestApp::new().await).await;
}

#[tokio::test]
async fn the_certificate_of_another_node_is_not_to_be_had_on_postgresql() {
    let Some(url) = database("front_names").await else { return };
    let store = Store::connect(&url.parse().unwrap(), 8).await.unwrap();
    let app = TestApp::on(store, Peppers::generate(&SystemEntropy), &Config::default()).await;
    a_name_is_given_to_one_node_only(app).await;
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
