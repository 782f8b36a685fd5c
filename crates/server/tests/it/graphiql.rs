//! GraphiQL: who gets the page, and its headers.

use std::io::Read as _;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use bailiwick_server::config::Config;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::app::TestApp;

/// What browsers send when somebody goes to an address.
const CHROMIUM: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

/// Asks without a key; the status, the headers and the bytes of the body.
async fn ask(
    app: &TestApp,
    method: &str,
    path: &str,
    headers: &[(&'static str, &str)],
) -> (u16, HeaderMap, Bytes) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
    let response = app.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes())
}

async fn is_page(app: &TestApp, method: &str, path: &str, accept: &str) -> bool {
    let (status, headers, _) = ask(app, method, path, &[("accept", accept)]).await;
    let is_html = headers["content-type"] == "text/html; charset=utf-8";
    assert_eq!(status, if is_html { 200 } else { 401 }, "{method} {path} {accept}");
    is_html
}

/// The addresses of the files that the page names.
fn files(page: &[u8]) -> Vec<String> {
    let page = str::from_utf8(page).unwrap();
    let names = page.split('"').filter(|text| text.starts_with("graphql/"));
    names.map(|name| format!("/{name}")).collect()
}

#[tokio::test]
async fn browsers_that_go_to_the_address_get_the_page_and_no_other_request() {
    let app = TestApp::new().await;
    for accept in [
        CHROMIUM,
        "text/html",
        "text/html, application/xhtml+xml, */*;q=0.9",
        "application/json;q=0.5, text/html",
        "TEXT/HTML;q=0.2, application/json;q=0.1",
    ] {
        assert!(is_page(&app, "GET", "/graphql", accept).await, "{accept}");
        assert!(is_page(&app, "HEAD", "/graphql", accept).await, "{accept}");
        assert!(is_page(&app, "GET", "/graphql?organization=default", accept).await, "{accept}");
        assert!(!is_page(&app, "POST", "/graphql", accept).await, "{accept}");
        assert!(!is_page(&app, "GET", "/graphql?query=%7Bnodes%7Bname%7D%7D", accept).await, "{accept}");
        assert!(!is_page(&app, "GET", "/graphql?extensions=%7B%7D", accept).await, "{accept}");
    }
    for accept in [
        "*/*",
        "application/json",
        "application/graphql-response+json, application/json;q=0.9",
        "application/json, text/html",
        "text/html;q=0.9, application/json",
        "text/html, */*",
        "text/html;q=0",
        "text/html;q=wrong",
        "text/*",
        "",
    ] {
        assert!(!is_page(&app, "GET", "/graphql", accept).await, "{accept}");
    }
    // Without any preference, as before.
    assert_eq!(ask(&app, "GET", "/graphql", &[]).await.0, 401);
    let key = app.owner_key();
    let in_address = format!("/graphql?key={key}");
    let (status, _, body) = ask(&app, "GET", &in_address, &[("accept", CHROMIUM)]).await;
    assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));
}

#[tokio::test]
async fn the_page_is_revalidated_and_lets_the_browser_ask_nobody_else() {
    let app = TestApp::new().await;
    let (_, headers, page) = ask(&app, "GET", "/graphql", &[("accept", CHROMIUM)]).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["cache-control"], "no-cache");
    assert_eq!(headers["vary"], "accept");
    assert_eq!(files(&page).len(), 2, "{page:?}");
    let etag = headers["etag"].to_str().unwrap();
    for known in [etag, &format!("W/{etag}"), &format!("\"other\", {etag}")] {
        let (status, headers, body) =
            ask(&app, "GET", "/graphql", &[("accept", CHROMIUM), ("if-none-match", known)]).await;
        assert_eq!((status, body.len(), headers["etag"].to_str().unwrap()), (304, 0, etag), "{known}");
    }
    let other = [("accept", CHROMIUM), ("if-none-match", "\"other\"")];
    assert_eq!(ask(&app, "GET", "/graphql", &other).await.0, 200);
}

#[tokio::test]
async fn files_are_cached_for_good_and_sent_in_the_encoding_that_the_client_takes() {
    let app = TestApp::new().await;
    let (_, _, page) = ask(&app, "GET", "/graphql", &[("accept", CHROMIUM)]).await;
    let files = files(&page);
    assert_eq!(files.len(), 2, "{files:?}");
    for path in &files {
        let (status, headers, plain) = ask(&app, "GET", path, &[]).await;
        assert_eq!((status, headers.get("content-encoding")), (200, None), "{path}");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let mut sizes = vec![plain.len()];
        for (accepted, encoding) in [
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.1", "gzip"),
            ("gzip, deflate, br, zstd", "br"),
            ("gzip;q=1, br;q=0.1", "br"),
        ] {
            let (_, headers, bytes) = ask(&app, "GET", path, &[("accept-encoding", accepted)]).await;
            assert_eq!(headers["content-encoding"], encoding, "{accepted}");
            assert_eq!(headers["vary"], "accept-encoding");
            if encoding == "gzip" {
                let mut text = Vec::new();
                GzDecoder::new(&*bytes).read_to_end(&mut text).unwrap();
                assert_eq!(text, plain, "{path}");
            }
            sizes.push(bytes.len());
        }
        assert!(sizes[0] > sizes[1] && sizes[1] > sizes[4], "{sizes:?}");
        for identity in ["identity", "br;q=0", "*;q=0"] {
            let (_, headers, bytes) = ask(&app, "GET", path, &[("accept-encoding", identity)]).await;
            assert_eq!((headers.get("content-encoding"), bytes.len()), (None, plain.len()), "{identity}");
        }
    }
    for unknown in ["/graphql/app.js", "/graphql/app-0000000000000000.js", "/graphql/index.html"] {
        app.anonymous().get(unknown).await.problem(404, "unknown_path");
    }
    app.anonymous().delete(&files[0]).await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn the_page_can_be_switched_off_and_is_not_at_the_port_for_keys() {
    let mut config = Config::default();
    config.graphql.graphiql = false;
    let off = TestApp::with_config(&config).await;
    let mut keys_only = TestApp::new().await;
    let (_, _, page) = ask(&keys_only, "GET", "/graphql", &[("accept", CHROMIUM)]).await;
    keys_only.keys_only();
    for app in [&off, &keys_only] {
        assert!(!is_page(app, "GET", "/graphql", CHROMIUM).await);
        for path in files(&page) {
            app.anonymous().get(&path).await.problem(404, "unknown_path");
        }
        let answer = app.owner().header("accept", CHROMIUM).get("/graphql?query=%7B__typename%7D").await;
        assert_eq!(answer.expect(200).body["data"]["__typename"], "query_root");
    }
}

#[tokio::test]
async fn the_page_knows_whether_there_is_a_schema() {
    let says = async |introspection: bool| {
        let mut config = Config::default();
        config.graphql.introspection = introspection;
        let app = TestApp::with_config(&config).await;
        let (_, headers, page) = ask(&app, "GET", "/graphql", &[("accept", CHROMIUM)]).await;
        let page = String::from_utf8(page.into()).unwrap();
        assert!(page.contains(&format!("data-introspection=\"{introspection}\"")), "{page}");
        headers["etag"].clone()
    };
    assert_ne!(says(true).await, says(false).await);
}
