//! The OpenAPI document as it is served.

use crate::app::TestApp;

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
async fn who_has_no_credential_learns_of_bearer_and_basic() {
    let app = TestApp::new().await;
    let refused = app.anonymous().get("/v1/sites").await.problem(401, "credential_missing");
    let schemes = refused.headers.get_all("www-authenticate").iter();
    let schemes: Vec<_> = schemes.filter_map(|value| value.to_str().ok()?.split(' ').next()).collect();
    assert_eq!(schemes, ["Bearer", "Basic"]);
}
