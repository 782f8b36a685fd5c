//! The OpenAPI document as it is served, and what it says of answers.

use bailiwick_catalogue::catalogue;
use bailiwick_engine::shape::spec::{Access, Tenancy};
use serde_json::json;

use crate::app::TestApp;
use crate::example;

const DOCUMENT: &str = "/v1/openapi.json";

#[tokio::test]
async fn the_document_is_sent_again_only_if_it_has_changed() {
    let app = TestApp::new().await;
    let reply = app.anonymous().get(DOCUMENT).await.expect(200);
    assert_eq!(reply.headers["cache-control"], "no-cache");
    let tag = reply.headers["etag"].to_str().unwrap();
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let reply = app.anonymous().header("if-none-match", &known).get(DOCUMENT).await.expect(304);
        assert!(reply.body.is_null() && !reply.headers.contains_key("content-type"), "{known}");
        assert_eq!(reply.headers["etag"], tag);
    }
    app.anonymous().header("if-none-match", "\"other\"").get(DOCUMENT).await.expect(200);
}

#[tokio::test]
async fn the_document_is_compressed_for_who_takes_it() {
    let app = TestApp::new().await;
    let plain = app.anonymous().send("HEAD", DOCUMENT, None).await.expect(200);
    let folded =
        app.anonymous().header("accept-encoding", "gzip").send("HEAD", DOCUMENT, None).await.expect(200);
    let length =
        |headers: &http::HeaderMap| headers["content-length"].to_str().unwrap().parse::<usize>().unwrap();
    assert!(length(&folded.headers) * 4 < length(&plain.headers));
    assert_eq!(folded.headers["content-encoding"], "gzip");
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(
        (&plain.headers["vary"], &folded.headers["vary"]),
        (&"accept-encoding".parse().unwrap(), &"accept-encoding".parse().unwrap())
    );
    assert_ne!(plain.headers["etag"], folded.headers["etag"]);
    // Either tag is known, whatever the client takes now.
    let tag = folded.headers["etag"].to_str().unwrap();
    app.anonymous().header("if-none-match", tag).get(DOCUMENT).await.expect(304);
}

#[tokio::test]
async fn a_new_object_is_read_where_location_says() {
    let (mut seen, mut unread) = (0, Vec::new());
    for operation in catalogue().operations().iter().filter(|operation| operation.spec.status == 201) {
        // A login needs a person.
        if operation.spec.access == Access::ByProof {
            continue;
        }
        // A server for each: names of examples are the same.
        let app = TestApp::new().await;
        let (id, method) = (operation.spec.id, operation.spec.method.as_str());
        let example = example::of(&app, operation, "default").await.by_root(operation);
        let created = app.root().send(method, &example.path, example.body).await.expect(201);
        let Some(location) = created.headers.get("location") else {
            unread.push(id.as_str());
            continue;
        };
        let location = location.to_str().unwrap();
        assert_eq!(
            location.contains("?organization="),
            operation.spec.tenancy != Tenancy::None,
            "{id}: {location}"
        );
        let found = app.root().get(location).await.expect(200).body;
        let noun = operation.spec.path.trim_end_matches('s').rsplit('/').next().unwrap();
        let new = [&created.body["id"], &created.body[noun]["id"]];
        assert!(new.contains(&&found["id"]), "{id}: {location} is another object");
        seen += 1;
    }
    assert!(seen > 15);
    // A selection is only used.
    assert_eq!(unread, ["selections.create"]);
}

#[tokio::test]
async fn a_login_says_where_the_session_is() {
    let app = TestApp::new().await;
    let login = json!({ "email": "admin@localhost", "password": app.administrator_password() });
    let created = app.anonymous().post("/v1/sessions", login).await.expect(201);
    let session = created.body["session"]["id"].as_str().unwrap();
    assert_eq!(created.headers["location"], format!("/v1/sessions/{session}"));
}

#[tokio::test]
async fn a_repeated_creation_says_again_where_the_object_is() {
    let app = TestApp::new().await;
    let create = async || {
        let owner = app.owner().header("idempotency-key", "once");
        owner.post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201).headers["location"].clone()
    };
    assert_eq!(create().await, create().await);
}

#[tokio::test]
async fn who_has_no_credential_learns_of_bearer_and_basic() {
    let app = TestApp::new().await;
    let refused = app.anonymous().get("/v1/sites").await.problem(401, "credential_missing");
    let schemes = refused.headers.get_all("www-authenticate").iter();
    let schemes: Vec<_> = schemes.filter_map(|value| value.to_str().ok()?.split(' ').next()).collect();
    assert_eq!(schemes, ["Bearer", "Basic"]);
}
