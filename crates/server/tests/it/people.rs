//! People: roles, second factors, sessions, invitations, and keys that act for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::app::{PASSWORD, Reply, TestApp};

pub const ADA: &str = "ada@example.com";

/// The code of an authenticator at the time of the tests.
pub fn code(app: &TestApp, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name(ADA).build().unwrap();
    totp.generate(app.seconds()).to_string()
}

async fn attempt(app: &TestApp, body: Value) -> Reply {
    app.anonymous().post("/v1/sessions", body).await
}

/// Turns the second factor on; its secret and its recovery codes.
pub async fn second_factor(app: &TestApp, email: &str) -> (String, Vec<String>) {
    let person = app.log_in(email, PASSWORD).await;
    let begun = person.post("/v1/me/second_factor", json!({ "password": PASSWORD })).await.expect(200);
    let secret = begun.body["secret"].as_str().unwrap().to_owned();
    let uri = begun.body["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Bailiwick") && uri.contains(&secret), "{uri}");
    let body = json!({ "code": code(app, &secret) });
    let confirmed = person.post("/v1/me/second_factor/confirm", body).await.expect(200);
    let codes = confirmed.body["recovery_codes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    app.advance(30);
    (secret, codes)
}

#[tokio::test]
async fn a_key_has_at_most_the_permissions_of_its_user() {
    let app = TestApp::new().await;
    let user = app.user("default", ADA, "viewer").await;
    let (key, id) = app.key(&["*:*"], json!({ "user": user })).await;
    let actor = app.with_key(&key);
    let site = json!({ "name": "Berlin" });
    let refused = actor.post("/v1/sites", site.clone()).await.problem(403, "scope_missing");
    assert_eq!(refused.body["missing_scope"], "sites.create");
    actor.get("/v1/sites").await.expect(200);
    actor.get("/v1/keys").await.problem(403, "scope_missing");

    let path = format!("/v1/users/{user}");
    app.owner().patch(&path, json!({ "role": "editor" })).await.expect(200);
    actor.post("/v1/sites", site).await.expect(201);
    actor.get("/v1/keys").await.problem(403, "scope_missing");

    let (secret, _) = second_factor(&app, ADA).await;
    let body = json!({ "email": ADA, "password": PASSWORD });
    attempt(&app, body.clone()).await.problem(401, "second_factor_required");
    actor.get("/v1/sites").await.expect(200);
    let mut with_code = body;
    with_code["code"] = code(&app, &secret).into();
    attempt(&app, with_code).await.expect(201);

    let whoami = actor.get("/v1/whoami").await.expect(200);
    assert_eq!(whoami.body["user"]["email"], ADA);
    assert!(whoami.body["scopes"].as_array().unwrap().contains(&json!("sites.create")));
    assert!(!whoami.body["scopes"].as_array().unwrap().contains(&json!("keys.list")));

    app.owner().delete(&path).await.problem(409, "in_use");
    app.owner().delete(&format!("{path}?force=true")).await.expect(200);
    actor.get("/v1/sites").await.problem(401, "credential_unknown");
    app.owner().get(&format!("/v1/keys/{id}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_key_stops_working_when_its_user_loses_access() {
    let app = TestApp::new().await;
    let user = app.user("default", ADA, "admin").await;
    let (key, _) = app.key(&["sites:read"], json!({ "user": user })).await;
    let path = format!("/v1/users/{user}");
    app.with_key(&key).get("/v1/sites").await.expect(200);
    app.root().patch(&path, json!({ "disabled": true })).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(401, "access_over");
    app.root().patch(&path, json!({ "disabled": false })).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.expect(200);
    let in_use = app.root().delete(&path).await.problem(409, "in_use");
    assert_eq!(in_use.body["dependants"][0]["noun"], "keys");
    app.root().delete(&format!("{path}?force=true")).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(401, "credential_unknown");
}

#[tokio::test]
async fn a_second_factor_or_recovery_code_works_once() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    let (secret, recovery) = second_factor(&app, ADA).await;
    let with = |code: &str| json!({ "email": ADA, "password": PASSWORD, "code": code });
    let now = code(&app, &secret);
    attempt(&app, with(&now)).await.expect(201);
    attempt(&app, with(&now)).await.problem(401, "login_failed");
    app.advance(30);
    attempt(&app, with(&now)).await.problem(401, "login_failed");
    attempt(&app, with(&code(&app, &secret))).await.expect(201);

    assert_eq!(recovery.len(), 10);
    attempt(&app, with(&recovery[0].to_uppercase())).await.expect(201);
    attempt(&app, with(&recovery[0])).await.problem(401, "login_failed");
    attempt(&app, with(&recovery[1])).await.expect(201);
    attempt(&app, with("000000")).await.problem(401, "login_failed");
}

#[tokio::test]
async fn only_its_owner_can_change_a_second_factor() {
    let app = TestApp::new().await;
    let user = app.user("default", ADA, "viewer").await;
    let (secret, recovery) = second_factor(&app, ADA).await;
    let body = json!({ "email": ADA, "password": PASSWORD, "code": code(&app, &secret) });
    let reply = attempt(&app, body).await.expect(201);
    let person = app.anonymous().header("cookie", &reply.cookie());
    let wrong = json!({ "password": "not the password", "code": recovery[0] });
    let refused = person.post("/v1/me/second_factor/recovery_codes", wrong).await.problem(400, "invalid");
    assert!(refused.field("password").contains("current password"));
    let again = json!({ "password": PASSWORD });
    person.post("/v1/me/second_factor", again).await.problem(400, "invalid").field("");
    let both = json!({ "password": PASSWORD, "code": recovery[0] });
    let renewed = person.post("/v1/me/second_factor/recovery_codes", both).await.expect(200);
    let new = renewed.body["recovery_codes"][0].as_str().unwrap().to_owned();
    let old = json!({ "password": PASSWORD, "code": recovery[1] });
    person.post("/v1/me/second_factor/end", old).await.problem(400, "invalid").field("code");
    let both = json!({ "password": PASSWORD, "code": new });
    person.post("/v1/me/second_factor/end", both).await.expect(200);
    attempt(&app, json!({ "email": ADA, "password": PASSWORD })).await.expect(201);

    second_factor(&app, ADA).await;
    attempt(&app, json!({ "email": ADA, "password": PASSWORD })).await.problem(401, "second_factor_required");
    app.root().delete(&format!("/v1/users/{user}/second_factor")).await.expect(200);
    person.get("/v1/sessions").await.problem(401, "session_ended");
    attempt(&app, json!({ "email": ADA, "password": PASSWORD })).await.expect(201);
}

#[tokio::test]
async fn a_session_has_a_cookie_and_is_listed_and_ended() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    let body = json!({ "email": "ADA@example.com", "password": PASSWORD });
    let reply =
        app.anonymous().header("user-agent", "Browser/1.0").post("/v1/sessions", body).await.expect(201);
    let cookie = reply.headers["set-cookie"].to_str().unwrap();
    for part in ["__Host-bailiwick_session=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = reply.cookie().split('=').nth(1).unwrap().to_owned();
    assert!(token.len() == 64 && !reply.body.to_string().contains(&token));
    let first = app.anonymous().header("cookie", &reply.cookie());
    app.advance(1);
    let second = app.log_in(ADA, PASSWORD).await;
    let listed = first.get("/v1/sessions").await.expect(200);
    assert_eq!(listed.items("user_agent"), [json!(null), json!("Browser/1.0")]);
    assert!(!listed.body.to_string().contains(&token));
    let id = reply.body["session"]["id"].as_str().unwrap();
    second.delete(&format!("/v1/sessions/{id}")).await.expect(200);
    first.get("/v1/whoami").await.problem(401, "session_ended");
    second.delete(&format!("/v1/sessions/{id}")).await.problem(404, "not_found");

    let out = second.delete("/v1/whoami").await.expect(200);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    second.get("/v1/whoami").await.problem(401, "session_ended");

    let third = app.log_in(ADA, PASSWORD).await;
    app.advance(86_400);
    third.get("/v1/whoami").await.problem(401, "session_ended");
}

#[tokio::test]
async fn a_user_cannot_see_or_end_the_session_of_another() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    app.user("default", "bob@example.com", "admin").await;
    let ada = app.log_in(ADA, PASSWORD).await;
    let bob = app.log_in("bob@example.com", PASSWORD).await;
    let id = ada.get("/v1/sessions").await.expect(200).items("id")[0].as_str().unwrap().to_owned();
    bob.delete(&format!("/v1/sessions/{id}")).await.problem(404, "not_found");
    assert!(!bob.get("/v1/sessions").await.body.to_string().contains(&id));
    ada.get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn a_cross_site_request_with_a_typed_key_is_refused() {
    let app = TestApp::new().await;
    let (_, id) = app.key(&["nodes:read"], json!({})).await;
    let path = format!("/v1/keys/{id}/disable");
    let basic = format!("Basic {}", STANDARD.encode(format!("api_key:{}", app.owner_key())));
    let typed = || app.anonymous().header("authorization", &basic).header("host", "bailiwick.example");
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        typed().header(name, value).post(&path, json!({})).await.problem(403, "cross_site");
        // Other credentials are not sent by browsers by themselves.
        let key = app.owner().header("host", "bailiwick.example").header(name, value);
        key.get("/v1/whoami").await.expect(200);
        typed().header(name, value).get("/v1/whoami").await.expect(200);
    }
    // The calls of adapters, too.
    let adapter = typed().header("origin", "https://evil.example");
    let node = json!({ "generic": { "node_name": "n1", "address": "n1.example.com" } });
    adapter.post("/v1/inventory/nodes", node).await.expect(403);
    let program = app.owner().header("host", "bailiwick.example").header("origin", "https://evil.example");
    program.post(&path, json!({})).await.expect(200);
    app.owner().post(&format!("/v1/keys/{id}/enable"), json!({})).await.expect(200);
    typed().header("origin", "https://bailiwick.example").post(&path, json!({})).await.expect(200);
}

#[tokio::test]
async fn a_cross_site_request_is_refused() {
    let app = TestApp::new().await;
    let mallory = |cookie: &str| {
        app.anonymous()
            .header("cookie", cookie)
            .header("host", "bailiwick.example")
            .header("origin", "https://evil.example")
    };
    let body = json!({ "email": "admin@localhost", "password": app.administrator_password() });
    // It logs nobody in either.
    app.anonymous()
        .header("host", "bailiwick.example")
        .header("origin", "https://evil.example")
        .post("/v1/sessions", body.clone())
        .await
        .problem(403, "cross_site");
    let cookie = attempt(&app, body).await.expect(201).cookie();
    let body = json!({ "name": "Berlin" });
    mallory(&cookie).post("/v1/sites?organization=default", body.clone()).await.problem(403, "cross_site");
    mallory(&cookie).get("/v1/sites?organization=default").await.expect(200);
    let own = app
        .anonymous()
        .header("cookie", &cookie)
        .header("host", "bailiwick.example")
        .header("origin", "https://bailiwick.example");
    own.post("/v1/sites?organization=default", body).await.expect(201);
}

#[tokio::test]
async fn a_listener_for_keys_only_has_no_login_and_no_sessions() {
    let mut app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    let cookie = attempt(&app, json!({ "email": ADA, "password": PASSWORD })).await.expect(201).cookie();
    app.keys_only();
    let body = json!({ "email": ADA, "password": PASSWORD });
    attempt(&app, body).await.problem(404, "unknown_path");
    let with_cookie = app.anonymous().header("cookie", &cookie);
    with_cookie.get("/v1/whoami").await.problem(401, "credential_missing");
    with_cookie.get("/v1/sessions").await.problem(404, "unknown_path");
    app.owner().get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn password_guessing_is_slowed_without_locking_the_owner_out() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    app.log_in(ADA, PASSWORD).await;
    let guess = json!({ "email": ADA, "password": "a wrong password" });
    let mut refused = 0;
    for n in 0..30 {
        let reply =
            app.anonymous().from(&format!("198.51.100.{n}")).post("/v1/sessions", guess.clone()).await;
        match reply.code() {
            "login_failed" => {}
            "too_many_attempts" => {
                refused += 1;
                assert!(reply.headers.contains_key("retry-after"));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(refused, 25, "guesses, each from another address");
    let right = json!({ "email": ADA, "password": PASSWORD });
    let from_elsewhere = app.anonymous().from("203.0.113.7");
    from_elsewhere.post("/v1/sessions", right.clone()).await.problem(429, "too_many_attempts");
    attempt(&app, right.clone()).await.expect(201);
    app.advance(60);
    from_elsewhere.post("/v1/sessions", right).await.expect(201);

    // An unknown user gets the same answer, after the same time.
    let nobody = json!({ "email": "nobody@example.com", "password": "a wrong password" });
    let codes: Vec<String> = {
        let mut codes = Vec::new();
        for _ in 0..6 {
            codes.push(attempt(&app, nobody.clone()).await.code().to_owned());
        }
        codes
    };
    assert_eq!(codes[..5], vec!["login_failed"; 5]);
    assert_eq!(codes[5], "too_many_attempts");
}

#[tokio::test]
async fn an_invitation_is_accepted_once() {
    let app = TestApp::new().await;
    let body = json!({ "email": ADA, "name": "Ada", "role": "editor" });
    let made = app.owner().post("/v1/users", body).await.expect(201);
    let user = made.body["user"]["id"].as_str().unwrap();
    assert_eq!(made.body["user"]["has_password"], false);
    let token = made.body["invitation"]["token"].as_str().unwrap();
    attempt(&app, json!({ "email": ADA, "password": PASSWORD })).await.problem(401, "login_failed");
    let accept = |token: &str, password: &str| json!({ "token": token, "password": password });
    let at = "/v1/invitations/accept";
    let short = app.anonymous().post(at, accept(token, "short")).await.problem(400, "invalid");
    assert!(short.field("password").contains("12 to 256"));
    app.anonymous().post(at, accept(&"0".repeat(64), PASSWORD)).await.problem(403, "invitation_unknown");
    let again = app.owner().post(&format!("/v1/users/{user}/invite"), json!({})).await.expect(200);
    app.anonymous().post(at, accept(token, PASSWORD)).await.problem(403, "invitation_unknown");
    let token = again.body["token"].as_str().unwrap();
    let accepted = app.anonymous().post(at, accept(token, PASSWORD)).await.expect(200);
    assert_eq!(accepted.body["email"], ADA);
    app.anonymous().post(at, accept(token, PASSWORD)).await.problem(403, "invitation_unknown");
    app.log_in(ADA, PASSWORD).await.post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201);
    // An admin of the organization gets nobody's password by inviting them again.
    app.owner().post(&format!("/v1/users/{user}/invite"), json!({})).await.problem(403, "root_only");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    let (here, there) = (app.log_in(ADA, PASSWORD).await, app.log_in(ADA, PASSWORD).await);
    let change = |current: &str| json!({ "name": "Ada King", "password": { "current": current, "new": "another long one" } });
    let refused = here.patch("/v1/me", change("wrong")).await.problem(400, "invalid");
    refused.field("password.current");
    let changed = here.patch("/v1/me", change(PASSWORD)).await.expect(200);
    assert_eq!(changed.body["name"], "Ada King");
    here.get("/v1/whoami").await.expect(200);
    there.get("/v1/whoami").await.problem(401, "session_ended");
    attempt(&app, json!({ "email": ADA, "password": PASSWORD })).await.problem(401, "login_failed");
    app.log_in(ADA, "another long one").await;
}

#[tokio::test]
async fn a_user_cannot_give_a_role_with_more_permissions_than_theirs() {
    let app = TestApp::new().await;
    app.user("default", ADA, "editor").await;
    let body =
        json!({ "name": "People", "scopes": ["users:*", "roles:*", "sites:read", "organizations:read"] });
    let role = app.owner().post("/v1/roles", body).await.expect(201);
    let role = role.body["id"].as_str().unwrap().to_owned();
    app.user("default", "bob@example.com", &role).await;
    let bob = app.log_in("bob@example.com", PASSWORD).await;
    let user = |role: &str| json!({ "email": "eve@example.com", "name": "Eve", "role": role });
    bob.post("/v1/users", user("admin")).await.problem(403, "grant_exceeds_own").field("role");
    bob.post("/v1/users", user("editor")).await.problem(403, "grant_exceeds_own");
    let own = bob.get("/v1/users?email=bob@example.com").await.expect(200).items("id")[0].clone();
    let own = format!("/v1/users/{}", own.as_str().unwrap());
    bob.patch(&own, json!({ "role": "admin" })).await.problem(403, "grant_exceeds_own");
    bob.patch(&own, json!({ "server_administrator": true })).await.problem(403, "root_only");
    let at = format!("/v1/roles/{role}");
    bob.patch(&at, json!({ "scopes": ["*:*"] })).await.problem(403, "grant_exceeds_own").field("scopes[0]");
    let new = json!({ "name": "Mine", "scopes": ["keys:*"] });
    bob.post("/v1/roles", new).await.problem(403, "grant_exceeds_own");
    let ada = bob.get(&format!("/v1/users?email={ADA}")).await.expect(200).items("id")[0].clone();
    let ada = format!("/v1/users/{}", ada.as_str().unwrap());
    bob.patch(&ada, json!({ "role": role })).await.problem(403, "grant_exceeds_own");
    let narrower = json!({ "email": "eve@example.com", "name": "Eve", "role": role });
    bob.post("/v1/users", narrower).await.expect(201);

    // A root key that may only manage users cannot create a server administrator either.
    let users_only = app.root_key(&["users:*".into()], json!({})).await;
    let admin = json!({ "email": "root@example.com", "name": "Root", "server_administrator": true });
    let refused = app.with_key(&users_only).post("/v1/users", admin).await.problem(403, "scope_missing");
    assert_eq!(refused.body["missing_scope"], "*:*");
}

#[tokio::test]
async fn a_user_with_more_permissions_is_neither_enabled_nor_given_another_address() {
    let app = TestApp::new().await;
    let other = app.organization("other").await;
    let role = json!({ "name": "Looker", "scopes": ["sites:read"] });
    let role = app.owner().post("/v1/roles", role).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let boss = app.user("default", "boss@example.com", "admin").await;
    // Both are lookers, but one of them is an administrator elsewhere.
    let (looker, both) =
        (app.user("default", ADA, &role).await, app.user("other", "both@example.com", "admin").await);
    let join = json!({ "email": "both@example.com", "name": "x", "role": role, "join_existing": true });
    app.root().post("/v1/users?organization=default", join).await.expect(201);
    let scopes = ["users.update", "sites:read"].map(str::to_owned);
    let narrow = app.root_key(&scopes, json!({})).await;
    let narrow = app.with_key(&narrow);
    let one_organization = app.root_key(&["*:*".to_owned()], json!({ "organizations": [other] })).await;
    for user in [&boss, &both] {
        for within in ["", "?organization=default"] {
            // What the user has in another organization counts everywhere.
            let path = format!("/v1/users/{user}{within}");
            narrow.patch(&path, json!({ "disabled": true, "name": "Still there" })).await.expect(200);
            for body in [json!({ "disabled": false }), json!({ "email": "junk@example.com" })] {
                let refused = narrow.patch(&path, body.clone()).await.problem(403, "grant_exceeds_own");
                assert_eq!(
                    refused.field("user"),
                    "the user has permissions that the caller does not have",
                    "{body}"
                );
                let refused = app.with_key(&one_organization).patch(&path, body).await;
                assert!(matches!(refused.status.as_u16(), 403 | 404), "{:#}", refused.body);
            }
        }
    }
    attempt(&app, json!({ "email": "boss@example.com", "password": PASSWORD })).await.expect(401);
    let path = format!("/v1/users/{looker}");
    narrow.patch(&path, json!({ "disabled": true })).await.expect(200);
    narrow.patch(&path, json!({ "disabled": false, "email": "lovelace@example.com" })).await.expect(200);
    app.root().patch(&format!("/v1/users/{boss}"), json!({ "disabled": false })).await.expect(200);
    attempt(&app, json!({ "email": "boss@example.com", "password": PASSWORD })).await.expect(201);
}

#[tokio::test]
async fn a_reach_that_was_emptied_reaches_nothing() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let body = json!({ "name": "Berlin", "scopes": ["sites:*"], "reach": { "sites": [site] } });
    let role = app.owner().post("/v1/roles", body).await.expect(201);
    let role = role.body["id"].as_str().unwrap().to_owned();
    app.user("default", ADA, &role).await;
    let ada = app.log_in(ADA, PASSWORD).await;
    let (key, _) = app.key(&["sites:*"], json!({ "role": role })).await;
    for actor in [&ada, &app.with_key(&key)] {
        assert_eq!(actor.get("/v1/sites").await.expect(200).items("name"), ["Berlin"]);
    }
    let empty = json!({ "reach": { "sites": [] } });
    app.owner().patch(&format!("/v1/roles/{role}"), empty).await.expect(200);
    app.site("default", "Bonn", json!({})).await;
    for actor in [&ada, &app.with_key(&key)] {
        assert_eq!(actor.get("/v1/sites").await.expect(200).body["items"], json!([]));
        actor.get(&format!("/v1/sites/{site}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_role_is_created_and_deleted_and_not_deleted_while_held() {
    let app = TestApp::new().await;
    let body = json!({ "name": "Looker", "scopes": ["sites:read"] });
    let made = app.owner().post("/v1/roles", body.clone()).await.expect(201);
    let id = made.body["id"].as_str().unwrap();
    let at = format!("/v1/roles/{id}");
    let taken = app.owner().post("/v1/roles", body).await.problem(409, "taken");
    assert!(taken.body["detail"].as_str().unwrap().contains(id));
    for (body, field) in [
        (json!({ "name": "viewer", "scopes": [] }), "name"),
        (json!({ "name": "x", "scopes": ["sites.fly"] }), "scopes[0]"),
        (json!({ "name": "x", "scopes": ["organizations.create"] }), "scopes[0]"),
        (json!({ "name": "x", "scopes": [], "reach": { "labels": "" } }), "reach.labels"),
    ] {
        app.owner().post("/v1/roles", body).await.problem(400, "invalid").field(field);
    }
    let names = app.owner().get("/v1/roles").await.expect(200).items("name");
    assert_eq!(names, ["viewer", "technician", "editor", "admin", "Looker"]);
    app.owner().get("/v1/roles/viewer").await.expect(200);
    app.owner()
        .patch("/v1/roles/viewer", json!({ "scopes": [] }))
        .await
        .problem(400, "invalid")
        .field("role");
    let old = made.headers["etag"].to_str().unwrap().to_owned();
    app.owner().patch(&at, json!({ "description": "Looks" })).await.expect(200);
    let stale = app.owner().header("if-match", &old).patch(&at, json!({ "name": "x" })).await;
    assert_eq!(stale.problem(412, "changed").body["current"]["description"], "Looks");

    let user = app.user("default", ADA, id).await;
    let (key, _) = app.key(&["sites:read"], json!({ "role": id })).await;
    let held = app.owner().delete(&at).await.problem(409, "in_use");
    let nouns: Vec<_> =
        held.body["dependants"].as_array().unwrap().iter().map(|d| d["noun"].clone()).collect();
    assert_eq!(nouns, ["memberships", "keys"]);
    app.owner().delete(&format!("{at}?force=true&dry_run=true")).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.expect(200);
    app.owner().delete(&format!("{at}?force=true")).await.expect(200);
    app.with_key(&key).get("/v1/sites").await.problem(401, "credential_unknown");
    app.owner().get(&format!("/v1/users/{user}")).await.problem(404, "not_found");
    app.owner().get(&at).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_user_can_have_a_role_in_each_of_several_organizations() {
    let app = TestApp::new().await;
    let other = app.organization("other").await;
    let user = app.user("default", ADA, "admin").await;
    let mut again = json!({ "email": ADA, "name": "Somebody else", "role": "viewer" });
    // The operators of the first organization may have set the password themselves.
    let refused = app.root().post("/v1/users?organization=other", again.clone()).await;
    assert!(refused.problem(400, "invalid").field("email").contains("join_existing"));
    again["join_existing"] = json!(true);
    let joined = app.root().post("/v1/users?organization=other", again.clone()).await.expect(201);
    assert_eq!((&joined.body["user"]["id"], &joined.body["user"]["name"]), (&json!(user), &json!(ADA)));
    assert_eq!(joined.body["user"]["memberships"], json!([{ "organization_id": other, "role": "viewer" }]));
    app.root().post("/v1/users?organization=other", again).await.problem(409, "taken");
    let ada = app.log_in(ADA, PASSWORD).await;
    ada.get("/v1/sites").await.problem(400, "organization_required");
    let site = json!({ "name": "Berlin" });
    ada.post("/v1/sites?organization=default", site.clone()).await.expect(201);
    ada.post("/v1/sites?organization=other", site).await.problem(403, "scope_missing");
    assert_eq!(ada.get("/v1/organizations").await.expect(200).items("slug"), ["default", "other"]);
    ada.patch("/v1/organizations/other", json!({ "name": "Mine" })).await.problem(404, "not_found");
    ada.patch("/v1/organizations/default", json!({ "name": "Ours" })).await.expect(200);
    ada.get("/v1/sites?organization=third").await.problem(404, "not_found");
    // Keys of either organization see only the role there.
    let (key, _) = app.key_in("other", &["users:read"], json!({})).await;
    let shown = app.with_key(&key).get(&format!("/v1/users/{user}")).await.expect(200);
    assert_eq!(shown.body["memberships"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_key_policy_of_an_organization_is_enforced() {
    let app = TestApp::new().await;
    let (old, old_id) = app.key(&["sites:*", "organizations:write"], json!({})).await;
    let policy = json!({ "key_policy": { "withheld_scopes": ["organizations:write"], "longest_life_seconds": 86400 } });
    let path = "/v1/organizations/default";
    app.owner().patch(path, policy.clone()).await.problem(403, "person_only");
    app.root().patch(path, policy).await.expect(200);
    // Not `scope_missing`: the key has the scope, and another one with it would be refused, too.
    let refused = app.with_key(&old).patch(path, json!({ "name": "x" })).await.problem(403, "policy_forbids");
    assert_eq!(
        refused.body["detail"],
        "the organization's policy withholds the scope organizations.update from its keys"
    );
    assert!(refused.body.get("missing_scope").is_none() && refused.body.get("scope_sets").is_none());
    assert!(!refused.headers.contains_key("www-authenticate"));
    let (without, _) = app.key(&["sites:read"], json!({})).await;
    app.with_key(&without).patch(path, json!({ "name": "x" })).await.problem(403, "policy_forbids");
    app.with_key(&without).get("/v1/nodes").await.problem(403, "scope_missing");
    let can = async |operation: &str| {
        let asked = app.with_key(&old).post("/v1/whoami/can", json!({ "operation": operation })).await;
        asked.expect(200).body["missing"].clone()
    };
    assert_eq!(can("organizations.update").await, "policy");
    assert_eq!(can("nodes.list").await, "nodes.list");
    let create = |more: Value| {
        let mut body = json!({ "name": "x", "scopes": ["sites:read"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let at = "/v1/keys?organization=default";
    let made = app.root().post(at, create(json!({}))).await.expect(201);
    assert_eq!(
        made.body["key"]["expires_at"], "2030-01-02T00:00:00Z",
        "the longest life that the policy allows"
    );
    for (more, field) in [
        (json!({ "ttl_seconds": 86401 }), "expires_at"),
        (json!({ "scopes": ["organizations.update"] }), "scopes[0]"),
    ] {
        app.root().post(at, create(more)).await.problem(400, "invalid").field(field);
    }
    app.advance(86_400);
    app.with_key(&old).get("/v1/sites").await.problem(401, "key_expired");

    let policy = json!({ "key_policy": { "require_allowed_ips": true, "disable_unused_days": 2 } });
    app.root().patch(path, policy).await.expect(200);
    app.with_key(&old).get("/v1/sites").await.problem(403, "policy_forbids");
    app.root().post(at, create(json!({}))).await.problem(400, "invalid").field("allowed_ips");
    let (used, id) = app.key(&["sites:read"], json!({ "allowed_ips": ["192.0.2.0/24"] })).await;
    app.with_key(&used).get("/v1/sites").await.expect(200);
    app.advance(2 * 86_400 - 1);
    app.with_key(&used).get("/v1/sites").await.expect(200);
    app.advance(2 * 86_400);
    app.with_key(&used).get("/v1/sites").await.problem(401, "key_unused");
    let at_key = format!("/v1/keys/{id}?organization=default");
    assert_eq!(app.root().get(&at_key).await.expect(200).body["status"], "unused");
    app.root().patch(path, json!({ "key_policy": {} })).await.expect(200);
    app.with_key(&old).get("/v1/sites").await.expect(200);
    let shown = app.owner().get(&format!("/v1/keys/{old_id}")).await.expect(200);
    assert_eq!(shown.body["status"], "active");
}

#[tokio::test]
async fn a_key_creates_only_keys_that_act_for_the_same_user() {
    let app = TestApp::new().await;
    let user = app.user("default", ADA, "admin").await;
    let bob = app.user("default", "bob@example.com", "admin").await;
    let (key, _) = app.key(&["*:*"], json!({ "user": user })).await;
    let actor = app.with_key(&key);
    let made = actor.post("/v1/keys", json!({ "name": "x", "scopes": ["sites:read"] })).await.expect(201);
    assert_eq!(made.body["key"]["user"], user);
    let other = json!({ "name": "x", "scopes": [], "user": bob });
    actor.post("/v1/keys", other).await.problem(403, "grant_exceeds_own").field("user");
    let id = made.body["key"]["id"].as_str().unwrap();
    let at = format!("/v1/keys/{id}");
    actor.patch(&at, json!({ "user": null })).await.problem(403, "grant_exceeds_own").field("user");
    for (body, field) in [
        (json!({ "user": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f" }), "user"),
        (json!({ "role": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f" }), "role"),
    ] {
        app.owner().patch(&at, body).await.problem(400, "invalid").field(field);
    }
}

#[tokio::test]
async fn a_request_fails_if_its_role_changed_meanwhile() {
    let app = TestApp::new().await;
    let user = app.user("default", ADA, "editor").await;
    let (key, _) = app.key(&["sites:*"], json!({ "user": user })).await;
    // What another server wrote, and this one has not heard of yet.
    app.tamper("UPDATE users SET revision = revision + 1 WHERE email = 'ada@example.com'").await;
    app.with_key(&key).post("/v1/sites", json!({ "name": "x" })).await.problem(409, "key_changed");
    let ada = app.log_in(ADA, PASSWORD).await;
    ada.post("/v1/sites", json!({ "name": "x" })).await.problem(409, "role_changed");
    assert_eq!(app.owner().get("/v1/sites").await.body["items"], json!([]));
}

#[tokio::test]
async fn only_root_can_add_an_account_of_another_organization() {
    let app = TestApp::new().await;
    app.organization("other").await;
    let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
    let body = json!({ "email": ADA, "name": "Ada", "role": "viewer" });
    let mut with_password = body.clone();
    with_password["password"] = PASSWORD.into();
    app.with_key(&other).post("/v1/users", with_password).await.problem(403, "root_only");
    let made = app.with_key(&other).post("/v1/users", body.clone()).await.expect(201);
    let token = made.body["invitation"]["token"].as_str().unwrap().to_owned();
    let taken = app.owner().post("/v1/users", body.clone()).await.problem(409, "taken");
    assert!(!taken.body.to_string().contains(made.body["user"]["id"].as_str().unwrap()));
    app.owner()
        .post("/v1/users", json!({ "email": "admin@localhost", "name": "x" }))
        .await
        .problem(409, "taken");
    // Who is made a member by root is invited anew: the other organization holds the old invitation.
    let joined = app.root().post("/v1/users?organization=default", body).await.expect(201);
    let accept = |token: &str| json!({ "token": token, "password": PASSWORD });
    let at = "/v1/invitations/accept";
    app.anonymous().post(at, accept(&token)).await.problem(403, "invitation_unknown");
    let token = joined.body["invitation"]["token"].as_str().unwrap();
    app.anonymous().post(at, accept(token)).await.expect(200);
}

#[tokio::test]
async fn a_server_administrator_with_a_role_can_still_write() {
    let app = TestApp::new().await;
    let role = json!({ "name": "Looker", "scopes": ["sites:read"] });
    let role = app.owner().post("/v1/roles", role).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let body = json!({ "email": "admin@localhost", "name": "x", "role": role, "join_existing": true });
    app.root().post("/v1/users?organization=default", body).await.expect(201);
    let administrator = app.administrator().await;
    administrator.post("/v1/sites?organization=default", json!({ "name": "Berlin" })).await.expect(201);
}

#[tokio::test]
async fn password_spraying_from_one_network_is_slowed() {
    let app = TestApp::new().await;
    let mut codes = Vec::new();
    for n in 0..32 {
        let body = json!({ "email": format!("user{n}@example.com"), "password": "a wrong password" });
        codes.push(attempt(&app, body).await.code().to_owned());
    }
    assert_eq!(codes[..30], vec!["login_failed"; 30]);
    assert_eq!(codes[30..], vec!["too_many_attempts"; 2]);
}

#[tokio::test]
async fn an_edit_of_ones_own_account_checks_if_match() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    let ada = app.log_in(ADA, PASSWORD).await.header("if-match", "\"999\"");
    ada.patch("/v1/me", json!({ "name": "x" })).await.problem(412, "changed");
}

#[tokio::test]
async fn whoami_can_works_for_a_member_of_several_organizations() {
    let app = TestApp::new().await;
    app.organization("other").await;
    app.user("default", ADA, "admin").await;
    let again = json!({ "email": ADA, "name": "x", "role": "viewer", "join_existing": true });
    app.root().post("/v1/users?organization=other", again).await.expect(201);
    let ada = app.log_in(ADA, PASSWORD).await;
    let verdict = ada.post("/v1/whoami/can", json!({ "operation": "users.list" })).await.expect(200);
    assert_eq!(verdict.body["allowed"], true);
    ada.get("/v1/users").await.expect(200);
}

#[tokio::test]
async fn a_pending_invitation_ends_when_the_permissions_change() {
    let app = TestApp::new().await;
    let body = json!({ "name": "Watchers", "scopes": ["nodes:read"] });
    let role = app.owner().post("/v1/roles", body).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let lines = |data: String| json!({ "format": "jsonl", "data": data, "existing": "update" });
    let raise_role = json!({ "scopes": ["*:*"] });
    let role_line = lines(r#"{"name":"Watchers","scopes":["*:read"]}"#.to_owned());
    let reach = json!({ "reach": { "labels": "a=b" } });
    for (n, raise) in ["user", "user_import", "role_import", "role", "reach", "server_administrator"]
        .into_iter()
        .enumerate()
    {
        let email = format!("late{n}@example.com");
        let body = json!({ "email": email, "name": "Late", "role": role });
        let made = app.owner().post("/v1/users", body).await.expect(201).body;
        let id = made["user"]["id"].as_str().unwrap();
        // An edit that gives nothing leaves the invitation as it is.
        app.owner().patch(&format!("/v1/users/{id}"), json!({ "role": role })).await.expect(200);
        app.owner().patch(&format!("/v1/roles/{role}"), json!({ "description": email })).await.expect(200);
        let holds = app.root().get(&format!("/v1/users/{id}")).await.expect(200);
        assert_eq!(holds.body["has_password"], false);
        match raise {
            "user" => app.owner().patch(&format!("/v1/users/{id}"), json!({ "role": "admin" })).await,
            "user_import" => {
                let line = format!(r#"{{"email":"{email}","role":"admin"}}"#);
                app.owner().post("/v1/users/import", lines(line)).await
            }
            "role" => app.owner().patch(&format!("/v1/roles/{role}"), raise_role.clone()).await,
            "reach" => app.owner().patch(&format!("/v1/roles/{role}"), reach.clone()).await,
            "role_import" => app.owner().post("/v1/roles/import", role_line.clone()).await,
            _ => {
                let path = format!("/v1/users/{id}");
                app.root().patch(&path, json!({ "server_administrator": true })).await
            }
        }
        .expect(200);
        let accept = json!({ "token": made["invitation"]["token"], "password": PASSWORD });
        let at = "/v1/invitations/accept";
        app.anonymous().post(at, accept).await.problem(403, "invitation_unknown");
        // A new one is good.
        if raise != "server_administrator" {
            let new = app.owner().post(&format!("/v1/users/{id}/invite"), json!({})).await.expect(200);
            let accept = json!({ "token": new.body["token"], "password": PASSWORD });
            app.anonymous().post(at, accept).await.expect(200);
        }
    }
    // One that nothing happened to is good too.
    let body = json!({ "email": "same@example.com", "name": "Same", "role": role });
    let made = app.owner().post("/v1/users", body).await.expect(201).body;
    app.owner().patch(&format!("/v1/roles/{role}"), json!({ "description": "x" })).await.expect(200);
    let accept = json!({ "token": made["invitation"]["token"], "password": PASSWORD });
    app.anonymous().post("/v1/invitations/accept", accept).await.expect(200);
}
