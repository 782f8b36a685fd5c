//! Scripts written for Pangolin's integration API.

use serde_json::{Value, json};

use crate::app::{Actor, Reply, TestApp};

/// What stands in a good envelope.
#[track_caller]
fn data(reply: Reply, status: u16) -> Value {
    let reply = reply.expect(status);
    let envelope = reply.body.as_object().unwrap();
    let members: Vec<&str> = envelope.keys().map(String::as_str).collect();
    assert_eq!(members, ["data", "error", "message", "status", "success"]);
    assert_eq!((&reply.body["success"], &reply.body["error"]), (&json!(true), &json!(false)));
    assert_eq!(reply.body["status"], status);
    assert!(!reply.body["message"].as_str().unwrap().is_empty());
    reply.body["data"].clone()
}

/// An envelope of an error; its message.
#[track_caller]
fn refused(reply: Reply, status: u16, code: &str) -> String {
    let reply = reply.expect(status);
    for (member, value) in [
        ("data", json!(null)),
        ("success", json!(false)),
        ("error", json!(true)),
        ("status", json!(status)),
        ("stack", json!(null)),
        ("code", json!(code)),
        ("request_id", json!(reply.headers["x-request-id"].to_str().unwrap())),
    ] {
        assert_eq!(reply.body[member], value, "{member}: {:#}", reply.body);
    }
    reply.body["message"].as_str().unwrap().to_owned()
}

async fn put(actor: &Actor<'_>, path: &str, body: Value) -> Reply {
    actor.send("PUT", path, Some(body)).await
}

#[tokio::test]
async fn the_health_check_is_open() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().get("/v1/").await.expect(200).body, json!({ "message": "Healthy" }));
}

#[tokio::test]
async fn an_organization_is_created_shown_changed_and_deleted() {
    let app = TestApp::new().await;
    let root = app.root();
    // As the dashboard's documentation shows it: the tunnel's subnet means nothing here.
    let body = json!({ "orgId": "acme", "name": "Acme", "subnet": "100.90.128.0/24" });
    let made = data(put(&root, "/v1/org", body.clone()).await, 201);
    let acme = json!({
        "orgId": "acme", "name": "Acme", "subnet": null, "utilitySubnet": null,
        "createdAt": "2030-01-01T00:00:00Z",
    });
    assert_eq!(made, acme);
    assert!(refused(put(&root, "/v1/org", body).await, 409, "taken").contains("orgId: "));
    assert_eq!(data(root.get("/v1/org/acme").await, 200), json!({ "org": acme }));
    let id = root.get("/v1/organizations/acme").await.expect(200).body["id"].clone();
    let by_id = format!("/v1/org/{}", id.as_str().unwrap());
    assert_eq!(
        data(root.get(&by_id).await, 200),
        json!({ "org": acme }),
        "the organization is not found by its id"
    );
    let changed = data(root.post("/v1/org/acme", json!({ "name": "Acme Ltd" })).await, 200);
    assert_eq!(changed["name"], "Acme Ltd");
    // There, what an organization has goes with it.
    app.site("acme", "Berlin", json!({})).await;
    assert_eq!(data(root.delete("/v1/org/acme").await, 200), json!(null));
    refused(root.get("/v1/org/acme").await, 404, "not_found");
    refused(root.delete("/v1/org/acme").await, 404, "not_found");
}

#[tokio::test]
async fn an_invalid_field_is_named_with_the_name_of_pangolin() {
    let app = TestApp::new().await;
    let root = app.root();
    for (path, body, expected) in [
        ("/v1/org", json!({}), "name: expected a value"),
        ("/v1/org", json!({ "orgId": "A b", "name": "x" }), "orgId: expected lower-case"),
        ("/v1/org", json!({ "orgId": "a", "name": 7 }), "name: "),
        ("/v1/org", json!({ "orgId": "a", "name": "x", "slug": "b" }), "slug: there is no such field"),
        ("/v1/org/default/api-key", json!({}), "name: expected a value"),
        ("/v1/org/default/api-key", json!({ "name": "x", "actionIds": ["sites.raed"] }), "actionIds[0]: "),
        ("/v1/org/default/api-key", json!({ "name": "x", "actionIds": ["createOrg"] }), "root keys only"),
        ("/v1/org/No%20slug/api-key", json!({ "name": "x" }), "orgId: expected an organization"),
    ] {
        let message = refused(put(&root, path, body.clone()).await, 400, "invalid");
        assert!(message.contains(expected), "{body}: {message}");
    }
    let set = root.post("/v1/org/default/api-key/000000000000/actions", json!({})).await;
    assert!(refused(set, 400, "invalid").contains("actionIds: expected a value"));
    let unknown = root.get("/v1/org/default/api-key/short/actions").await;
    assert!(refused(unknown, 404, "not_found").contains("there is no key short"));
    let unknown = root.get("/v1/org/default/api-key/%20/actions").await;
    assert!(refused(unknown, 400, "invalid").contains("apiKeyId: expected a key's id or name"));
    for query in ["limit=x", "limit=-1", "limit=10001", "offset=1.5", "page=2", "limit=1&limit=2"] {
        refused(root.get(&format!("/v1/orgs?{query}")).await, 400, "invalid");
    }
    let orgs = data(root.get("/v1/orgs").await, 200);
    assert_eq!(orgs["pagination"]["total"], 1, "a refused request created an organization");
}

#[tokio::test]
async fn lists_have_limit_offset_and_total() {
    let app = TestApp::new().await;
    for n in 0..4 {
        app.advance(1);
        app.organization(&format!("o{n}")).await;
    }
    for (query, ids, limit, offset) in [
        ("", vec!["default", "o0", "o1", "o2", "o3"], 1000, 0),
        ("?limit=2", vec!["default", "o0"], 2, 0),
        ("?limit=2&offset=3", vec!["o2", "o3"], 2, 3),
        ("?limit=2&offset=4", vec!["o3"], 2, 4),
        ("?offset=5", vec![], 1000, 5),
        ("?limit=0", vec![], 0, 0),
    ] {
        let found = data(app.root().get(&format!("/v1/orgs{query}")).await, 200);
        let orgs = found["orgs"].as_array().unwrap();
        assert_eq!(orgs.iter().map(|o| &o["orgId"]).collect::<Vec<_>>(), ids, "{query}");
        let pagination = json!({ "total": 5, "limit": limit, "offset": offset });
        assert_eq!(found["pagination"], pagination, "{query}");
    }
    // An organization key sees its own.
    let own = data(app.owner().get("/v1/orgs").await, 200);
    assert_eq!((&own["orgs"][0]["orgId"], &own["pagination"]["total"]), (&json!("default"), &json!(1)));
    for n in 0..3 {
        app.advance(1);
        app.key(&[], json!({ "name": format!("K{n}") })).await;
    }
    let keys = data(app.root().get("/v1/org/default/api-keys?limit=2&offset=1").await, 200);
    assert_eq!(keys["pagination"], json!({ "total": 4, "limit": 2, "offset": 1 }));
    let names: Vec<&Value> = keys["apiKeys"].as_array().unwrap().iter().map(|k| &k["name"]).collect();
    assert_eq!(names, ["K0", "K1"]);
}

#[tokio::test]
async fn totals_count_more_than_one_internal_page() {
    let app = TestApp::new().await;
    // More than one of our pages: 1,000 more organizations, put there as the database holds them.
    app.tamper(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
         INSERT INTO organizations (id, name, slug, created_at, updated_at, revision) SELECT CAST(printf('%016d', i) AS BLOB), 'O' || i, 'o' || i, i, i, 1 FROM n",
    )
    .await;
    let found = data(app.root().get("/v1/orgs?limit=1&offset=999").await, 200);
    assert_eq!(found["pagination"]["total"], 1001);
    assert_eq!(found["orgs"][0]["orgId"], "o1000");
    let body = json!({
        "name": "Slow", "kind": "root", "scopes": ["organizations:read"],
        "rate_limit": { "per_minute": 1, "burst": 1 },
    });
    let made = app.root().post("/v1/keys", body).await.expect(201);
    let key = made.body["secret"].as_str().unwrap();
    refused(app.with_key(key).get("/v1/orgs").await, 429, "rate_limited");
}

#[tokio::test]
async fn a_key_is_created_given_actions_used_and_deleted() {
    let app = TestApp::new().await;
    let root = app.root();
    let made = data(put(&root, "/v1/org/default/api-key", json!({ "name": "Script" })).await, 201);
    let (id, key) = (made["apiKeyId"].as_str().unwrap(), made["apiKey"].as_str().unwrap());
    assert_eq!(key.split('_').nth(2), Some(id));
    assert_eq!(made["lastChars"], key[key.len() - 4..]);
    assert_eq!((&made["name"], &made["createdAt"]), (&json!("Script"), &json!("2030-01-01T00:00:00Z")));

    // Scripts there join the two with a dot.
    for presented in [key.to_owned(), format!("{id}.{key}")] {
        refused(app.with_key(&presented).get("/v1/orgs").await, 403, "scope_missing");
    }
    let actions = format!("/v1/org/default/api-key/{id}/actions");
    let none = data(root.get(&actions).await, 200);
    assert_eq!(none, json!({ "actions": [], "pagination": { "total": 0, "limit": 1000, "offset": 0 } }));
    let body = json!({ "actionIds": ["listOrgs", "sites:read", "keys.get"] });
    assert_eq!(data(root.post(&actions, body).await, 200), json!({}));
    let some = data(root.get(&format!("{actions}?limit=2")).await, 200);
    let first = json!([{ "actionId": "keys.get" }, { "actionId": "organizations.list" }]);
    assert_eq!(some, json!({ "actions": first, "pagination": { "total": 3, "limit": 2, "offset": 0 } }));
    for presented in [key.to_owned(), format!("{id}.{key}")] {
        data(app.with_key(&presented).get("/v1/orgs").await, 200);
    }

    let listed = data(root.get("/v1/org/default/api-keys").await, 200);
    let listed = listed["apiKeys"].as_array().unwrap().iter().find(|k| k["apiKeyId"] == id).unwrap();
    let shown = json!({
        "apiKeyId": id, "orgId": "default", "lastChars": "", "createdAt": "2030-01-01T00:00:00Z",
        "name": "Script",
    });
    assert_eq!(listed, &shown);
    let path = format!("/v1/org/default/api-key/{id}");
    assert_eq!(data(root.delete(&path).await, 200), json!(null));
    refused(app.with_key(key).get("/v1/orgs").await, 401, "credential_unknown");
    refused(root.delete(&path).await, 404, "not_found");
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::new().await;
    let root = app.root().header("idempotency-key", "one");
    let body = json!({ "orgId": "acme", "name": "Acme" });
    let first = data(put(&root, "/v1/org", body.clone()).await, 201);
    assert_eq!(data(put(&root, "/v1/org", body).await, 201), first);
    let other = json!({ "orgId": "other", "name": "Other" });
    refused(put(&root, "/v1/org", other).await, 422, "idempotency_key_reused");
    let root = app.root().header("idempotency-key", "two");
    data(put(&root, "/v1/org/acme/api-key", json!({ "name": "K" })).await, 201);
    let again = put(&root, "/v1/org/acme/api-key", json!({ "name": "K" })).await;
    refused(again, 409, "answer_shown_once");
}
