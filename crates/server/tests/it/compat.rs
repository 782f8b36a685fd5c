//! The adapters for other systems' scripts: their tables of routes, and what all of them have in
//! common. What each answers is tested beside.

use bailiwick_catalogue::catalogue;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_engine::shape::spec::Access;
use bailiwick_server::compat::{ADAPTERS, Adapter, Route};
use serde_json::json;

use crate::app::{Reply, TestApp};
use crate::example;

/// Every route that is not for anybody, and its adapter.
fn keyed() -> Vec<(&'static Adapter, &'static Route)> {
    let all = ADAPTERS.iter().flat_map(|adapter| adapter.routes.iter().map(move |route| (adapter, route)));
    let found: Vec<_> = all
        .filter(|(_, route)| {
            route.operations.iter().any(|id| catalogue().get(id).unwrap().spec.access != Access::Open)
        })
        .collect();
    assert!(!found.is_empty());
    found
}

/// A path of a route. Its objects need not be there.
fn path(route: &Route) -> String {
    route.path.replace("{orgId}", "default").replace(['{', '}'], "")
}

/// An error in the shape of another system: our status and code, and not our form.
#[track_caller]
fn refused(reply: Reply, status: u16, code: &str) -> Reply {
    // PMM has a number for a code.
    let member = if reply.body["code"].is_number() { "reason" } else { "code" };
    assert_eq!((reply.status.as_u16(), &reply.body[member]), (status, &json!(code)), "{:#}", reply.body);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert!(reply.body.get("type").is_none(), "{:#}", reply.body);
    assert!(reply.headers.contains_key("x-request-id"));
    reply
}

#[test]
fn every_route_is_unique_and_names_existing_operations() {
    let mut seen: Vec<(&str, &str)> =
        catalogue().operations().iter().map(|o| (o.spec.method.as_str(), o.spec.path)).collect();
    for route in ADAPTERS.iter().flat_map(|adapter| adapter.routes) {
        assert!(!route.operations.is_empty(), "{}", route.path);
        for id in route.operations {
            assert!(catalogue().get(id).is_some(), "{}: there is no operation {id}", route.path);
        }
        let name = (route.method.as_str(), route.path);
        assert!(!seen.contains(&name), "{name:?} is defined twice");
        seen.push(name);
    }
}

#[test]
fn every_route_is_listed_in_its_guide() {
    for adapter in ADAPTERS {
        let guide = format!("{}/../../docs/guides/compat-{}.md", env!("CARGO_MANIFEST_DIR"), adapter.name);
        let guide = std::fs::read_to_string(guide).unwrap();
        for route in adapter.routes {
            let name = format!("`{} {}`", route.method.as_str(), route.path);
            let line = guide.lines().find(|line| line.starts_with('|') && line.contains(&name));
            let line = line.unwrap_or_else(|| panic!("{name} is not in the guide"));
            for id in route.operations {
                assert!(line.contains(&format!("`{id}`")), "{name}: {id} is not in the guide");
            }
        }
    }
}

#[tokio::test]
async fn every_route_requires_a_key() {
    let app = TestApp::new().await;
    for (_, route) in keyed() {
        let (method, path) = (route.method.as_str(), path(route));
        let missing = refused(app.anonymous().send(method, &path, None).await, 401, "credential_missing");
        assert!(missing.headers.contains_key("www-authenticate"));
        let garbage = app.with_key("garbage").send(method, &path, None).await;
        refused(garbage, 401, "credential_malformed");
        let foreign = app.with_key(&example::foreign_key()).send(method, &path, None).await;
        refused(foreign, 401, "credential_unknown");
        let both = app.owner().header("x-api-key", &example::foreign_key());
        refused(both.send(method, &path, None).await, 400, "several_credentials");
        let in_query = format!("{path}?key={}", app.owner_key());
        refused(app.anonymous().send(method, &in_query, None).await, 400, "key_in_query");
    }
}

#[tokio::test]
async fn every_route_requires_a_scope_and_names_it() {
    let app = TestApp::new().await;
    // What any key may do needs none.
    let is_scoped = |id: &OperationId| catalogue().get(id).unwrap().spec.access != Access::AnyKey;
    for (_, route) in keyed().into_iter().filter(|(_, route)| route.operations.iter().any(is_scoped)) {
        let root = route.operations.iter().any(|id| catalogue().get(id).unwrap().spec.access == Access::Root);
        let key = if root { app.root_key(&[], json!({})).await } else { app.key(&[], json!({})).await.0 };
        let reply = app.with_key(&key).send(route.method.as_str(), &path(route), None).await;
        let reply = refused(reply, 403, "scope_missing");
        let challenge = reply.headers["www-authenticate"].to_str().unwrap();
        assert!(route.operations.iter().any(|id| challenge.contains(&format!("\"{id}\""))), "{challenge}");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_support_is_405() {
    let app = TestApp::new().await;
    for (adapter, route) in keyed() {
        let of_path = adapter.routes.iter().filter(|r| r.path == route.path);
        let allowed: Vec<_> = of_path.map(|r| r.method.as_str()).collect();
        let reply = app.owner().send("PROPFIND", &path(route), None).await;
        let reply = refused(reply, 405, "method_not_allowed");
        let allow = reply.headers["allow"].to_str().unwrap();
        for method in allowed {
            assert!(allow.split(", ").any(|m| m == method), "{}: {allow}", route.path);
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_answered_with_our_404() {
    let app = TestApp::new().await;
    for path in ["/v1/org", "/v1/org/default/sites", "/v1/orgs/", "/v1/org/%ff"] {
        let reply = app.owner().get(path).await;
        assert!(matches!(reply.code(), "unknown_path" | "method_not_allowed"), "{path}: {:#}", reply.body);
    }
}

#[tokio::test]
async fn every_route_is_in_the_openapi_document_with_its_scopes() {
    let app = TestApp::new().await;
    let document = app.anonymous().get("/v1/openapi.json").await.expect(200).body;
    let paths = document["paths"].as_object().unwrap();
    for route in ADAPTERS.iter().flat_map(|adapter| adapter.routes) {
        let known = &paths[route.path][route.method.as_str().to_lowercase()];
        let described = known["description"].as_str().unwrap();
        let scoped = |id: &&OperationId| catalogue().get(id).unwrap().spec.access != Access::Open;
        for id in route.operations.iter().filter(scoped) {
            assert!(described.contains(&format!("`{id}`")), "{}: {described}", route.path);
            let security = known["security"].as_array().unwrap();
            let ways = security.iter().flat_map(|way| way.as_object().unwrap().values());
            assert!(ways.into_iter().all(|scopes| scopes.as_array().unwrap().contains(&json!(id.as_str()))));
        }
        let tag = known["tags"][0].as_str().unwrap();
        assert!(document["tags"].as_array().unwrap().iter().any(|known| known["name"] == tag), "{tag}");
    }
}

#[tokio::test]
async fn a_body_is_bounded_and_read_only_after_authorization() {
    let mut config = bailiwick_server::config::Config::default();
    config.server.body_limit_bytes = 100;
    let app = TestApp::with_config(&config).await;
    let body = json!({ "orgId": "acme", "name": "x".repeat(200) });
    refused(app.anonymous().send("PUT", "/v1/org", Some(body.clone())).await, 401, "credential_missing");
    refused(app.root().send("PUT", "/v1/org", Some(body)).await, 413, "body_too_large");
    let text = app.root().raw("PUT", "/v1/org", Some("text/plain"), b"orgId=acme".to_vec()).await;
    refused(text, 415, "unsupported_media_type");
    let broken = app.root().raw("PUT", "/v1/org", Some("application/json"), b"{".to_vec()).await;
    refused(broken, 400, "malformed_json");
    refused(app.root().get("/v1/org/acme").await, 404, "not_found");
}

#[tokio::test]
async fn an_overloaded_server_answers_503_and_still_answers_probes() {
    let mut config = bailiwick_server::config::Config::default();
    config.server.max_concurrent_requests = 0;
    let app = TestApp::with_config(&config).await;
    for (_, route) in keyed() {
        let reply = app.owner().send(route.method.as_str(), &path(route), None).await;
        assert_eq!(refused(reply, 503, "overloaded").headers["retry-after"], "1");
    }
    app.anonymous().get("/v1/").await.expect(200);
}

#[tokio::test]
async fn the_rate_limit_of_a_key_counts_each_operation() {
    let app = TestApp::new().await;
    let (key, _) = app.key(&["*:*"], json!({ "rate_limit": { "per_minute": 1, "burst": 2 } })).await;
    let first = app.with_key(&key).get("/v1/orgs").await.expect(200);
    assert_eq!(first.headers["ratelimit"], "\"key\";r=1;t=60");
    app.with_key(&key).get("/v1/orgs").await.expect(200);
    let third = refused(app.with_key(&key).get("/v1/orgs").await, 429, "rate_limited");
    let native = app.with_key(&key).get("/v1/organizations").await.problem(429, "rate_limited");
    for header in ["retry-after", "ratelimit", "ratelimit-policy"] {
        assert_eq!(third.headers[header], native.headers[header]);
    }
}

#[tokio::test]
async fn a_change_completes_after_its_client_disconnects() {
    let app = TestApp::new().await;
    {
        let root = app.root();
        let request = root.send("PUT", "/v1/org", Some(json!({ "orgId": "acme", "name": "Acme" })));
        tokio::pin!(request);
        assert!(futures::poll!(request.as_mut()).is_pending());
    }
    let mut found = app.root().get("/v1/org/acme").await;
    for _ in 0..100_000 {
        if found.status == 200 {
            break;
        }
        tokio::task::yield_now().await;
        found = app.root().get("/v1/org/acme").await;
    }
    found.expect(200);
}
