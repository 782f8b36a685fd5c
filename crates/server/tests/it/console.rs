//! The console: who is directed to it, its headers and files, and where it is not.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use bailiwick_server::config::Config;
use bytes::Bytes;
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

/// The addresses of the scripts and styles that the page names.
fn files(page: &[u8]) -> Vec<String> {
    let page = str::from_utf8(page).unwrap();
    page.split('"').filter(|text| text.starts_with("/console/assets/")).map(str::to_owned).collect()
}

async fn without_console() -> TestApp {
    let mut config = Config::default();
    config.console.enabled = false;
    TestApp::with_config(&config).await
}

#[tokio::test]
async fn only_browsers_are_directed_from_the_root_to_the_console() {
    let app = TestApp::new().await;
    let (status, headers, _) = ask(&app, "GET", "/", &[("accept", CHROMIUM)]).await;
    assert_eq!((status, &headers["location"]), (302, &"/console/".parse().unwrap()));
    let (status, headers, _) = ask(&app, "GET", "/console", &[]).await;
    assert_eq!((status, &headers["location"]), (302, &"/console/".parse().unwrap()));

    // Everybody else gets what there is without a console.
    let without = without_console().await;
    let cases: [(&str, &[(&str, &str)]); 6] = [
        ("GET", &[]),
        ("GET", &[("accept", "*/*")]),
        ("GET", &[("accept", "application/json, text/html;q=0.9")]),
        ("GET", &[("accept", "application/json"), ("x-api-key", "wrong")]),
        ("POST", &[("accept", CHROMIUM)]),
        ("OPTIONS", &[]),
    ];
    for (method, headers) in cases {
        let with = ask(&app, method, "/", headers).await;
        let other = ask(&without, method, "/", headers).await;
        assert_eq!(with.0, other.0, "{method} {headers:?}");
        assert_eq!(with.1.get("content-type"), other.1.get("content-type"), "{method} {headers:?}");
        assert!(!with.1.contains_key("location"), "{method} {headers:?}");
    }
}

#[tokio::test]
async fn every_address_below_the_console_is_its_page() {
    let app = TestApp::new().await;
    let (status, headers, page) = ask(&app, "GET", "/console/", &[("accept", CHROMIUM)]).await;
    assert_eq!((status, &headers["content-type"]), (200, &"text/html; charset=utf-8".parse().unwrap()));
    let policy = headers["content-security-policy"].to_str().unwrap();
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(headers[name], value);
    }
    let etag = headers["etag"].to_str().unwrap();
    for deep in ["/console/nodes/01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f?tab=services", "/console/no/such/page"]
    {
        let (status, headers, same) = ask(&app, "GET", deep, &[]).await;
        assert_eq!((status, headers["etag"].to_str().unwrap(), &same), (200, etag, &page), "{deep}");
    }
    let (status, _, body) = ask(&app, "GET", "/console/", &[("if-none-match", etag)]).await;
    assert_eq!((status, body.len()), (304, 0));
    assert_eq!(ask(&app, "POST", "/console/", &[]).await.0, 405);
}

#[tokio::test]
async fn files_of_the_console_are_cached_for_good_and_compressed() {
    let app = TestApp::new().await;
    let (_, _, page) = ask(&app, "GET", "/console/", &[]).await;
    let files = files(&page);
    assert!(files.len() > 1, "{files:?}");
    for path in files {
        let (status, headers, plain) = ask(&app, "GET", &path, &[]).await;
        assert_eq!((status, headers.get("content-encoding")), (200, None), "{path}");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        for encoding in ["br", "gzip"] {
            let (_, headers, bytes) = ask(&app, "GET", &path, &[("accept-encoding", encoding)]).await;
            assert_eq!(headers["content-encoding"], encoding);
            assert!(bytes.len() < plain.len(), "{path} {encoding}");
        }
    }
    for missing in ["/console/assets/none.js", "/console/assets/../index.html", "/console/assets/"] {
        assert_eq!(ask(&app, "GET", missing, &[]).await.0, 404, "{missing}");
    }
}

#[tokio::test]
async fn the_console_can_be_switched_off_and_is_not_on_the_port_for_keys() {
    let without = without_console().await;
    let mut keys_only = TestApp::new().await;
    keys_only.keys_only();
    for app in [&without, &keys_only] {
        for path in ["/console", "/console/", "/console/nodes"] {
            assert_eq!(ask(app, "GET", path, &[("accept", CHROMIUM)]).await.0, 404, "{path}");
        }
        assert_ne!(ask(app, "GET", "/", &[("accept", CHROMIUM)]).await.0, 302);
    }
}
