//! Keys: made, edited, rotated, and never more than their maker has.

use bailiwick_catalogue::catalogue;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_key_is_created_shown_edited_and_deleted() {
    let app = TestApp::new().await;
    let body = json!({
        "name": "Report", "kind": "org", "description": "Nightly", "scopes": ["sites:read", "keys.list"],
        "reach": { "labels": "env=prod" }, "ttl_seconds": 3600, "allowed_ips": ["10.0.0.0/8", "2001:db8::/32"],
        "denied_ips": ["10.1.0.0/16"], "rate_limit": { "per_minute": 60, "burst": 10 },
    });
    let made = app.owner().post("/v1/keys", body).await.expect(201);
    let (key, secret) = (&made.body["key"], made.body["secret"].as_str().unwrap());
    let id = key["id"].as_str().unwrap();
    assert!(secret.starts_with(&format!("blw_org_{id}_")));
    assert_eq!(key["scopes"], json!(["keys.list", "sites:read"]));
    assert_eq!(key["expires_at"], "2030-01-01T01:00:00Z");
    assert_eq!((&key["status"], &key["revision"]), (&json!("active"), &json!(1)));
    assert_eq!(key["created_by"]["kind"], "key");
    assert_eq!(made.headers["etag"], "\"1\"");

    let path = format!("/v1/keys/{id}");
    let shown = app.owner().get(&path).await.expect(200);
    assert_eq!(&shown.body, key);
    let listed = app.owner().get("/v1/keys?sort=-created_at").await.expect(200);
    assert!(listed.items("id").contains(&json!(id)));
    for later in [&shown, &listed] {
        assert!(!later.body.to_string().contains(&secret[22..]), "a later answer contains the secret");
    }

    let change = json!({ "name": "Weekly report", "description": null, "reach": {}, "expires_at": null });
    let changed = app.owner().patch(&path, change).await.expect(200);
    assert_eq!(changed.body["name"], "Weekly report");
    assert_eq!(changed.body["description"], json!(null));
    assert_eq!(changed.body["reach"], json!({}));
    assert_eq!(changed.body["expires_at"], json!(null));
    assert_eq!(changed.body["allowed_ips"], key["allowed_ips"], "a field that was not sent changed");
    assert_eq!(changed.headers["etag"], "\"2\"");

    app.owner().delete(&path).await.expect(200);
    app.owner().get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_key_cannot_grant_more_than_it_has() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let limited = json!({
        "ttl_seconds": 3600, "allowed_ips": ["192.0.2.0/24"], "denied_ips": ["192.0.2.128/25"],
    });
    let (key, id) = app.key(&["keys:*", "sites:read"], limited).await;
    let actor = app.with_key(&key);
    for (body, field) in [
        (json!({ "scopes": ["sites:write"] }), "scopes[0]"),
        (json!({ "scopes": ["sites.list", "sites.create"] }), "scopes[0]"),
        (json!({ "scopes": ["*:read"] }), "scopes[0]"),
        (json!({ "scopes": ["*:*"] }), "scopes[0]"),
        (json!({ "scopes": [], "kind": "root" }), "kind"),
        (json!({ "scopes": [], "ttl_seconds": 3601 }), "expires_at"),
        (json!({ "scopes": [], "allowed_ips": ["192.0.0.0/16"] }), "allowed_ips"),
    ] {
        let mut body = body;
        body["name"] = json!("More");
        let refused = actor.post("/v1/keys", body.clone()).await.problem(403, "grant_exceeds_own");
        refused.field(field);
    }
    let lent = actor.post("/v1/keys", json!({ "name": "Less", "scopes": ["sites.get"] })).await.expect(201);
    assert_eq!(
        lent.body["key"]["expires_at"], "2030-01-01T01:00:00Z",
        "a new key must expire with the key that created it"
    );
    assert_eq!(lent.body["key"]["allowed_ips"], json!(["192.0.2.0/24"]));
    assert_eq!(lent.body["key"]["denied_ips"], json!(["192.0.2.128/25"]));

    // Nor by editing: another key, or itself.
    let child = format!("/v1/keys/{}", lent.body["key"]["id"].as_str().unwrap());
    let own = format!("/v1/keys/{id}");
    for path in [&child, &own] {
        actor.patch(path, json!({ "scopes": ["*:*"] })).await.problem(403, "grant_exceeds_own");
        actor.patch(path, json!({ "expires_at": null })).await.problem(403, "grant_exceeds_own");
        actor.patch(path, json!({ "allowed_ips": [] })).await.problem(403, "grant_exceeds_own");
        actor.patch(path, json!({ "denied_ips": [] })).await.problem(403, "grant_exceeds_own");
    }
    actor.patch(&own, json!({ "reach": { "sites": [site] } })).await.expect(200);
    actor.patch(&own, json!({ "reach": {} })).await.problem(403, "reach_too_narrow");
}

#[tokio::test]
async fn a_key_cannot_rotate_or_enable_a_stronger_key() {
    let app = TestApp::new().await;
    let (_, strong) = app.key(&["*:*"], json!({})).await;
    let (key, _) = app.key(&["keys:*"], json!({})).await;
    let actor = app.with_key(&key);
    let path = format!("/v1/keys/{strong}");
    actor.post(&format!("{path}/rotate"), json!({})).await.problem(403, "grant_exceeds_own");
    actor.patch(&path, json!({ "name": "Mine" })).await.problem(403, "grant_exceeds_own");
    // To switch it off takes nothing from anybody else; to switch it on again would.
    actor.post(&format!("{path}/disable"), json!({ "reason": "Leaked" })).await.expect(200);
    actor.post(&format!("{path}/enable"), json!({})).await.problem(403, "grant_exceeds_own");
    let sooner = json!({ "until": "2030-01-01T00:00:01Z" });
    actor.post(&format!("{path}/disable"), sooner).await.problem(403, "grant_exceeds_own");
    actor.delete(&path).await.expect(200);
}

#[tokio::test]
async fn an_organization_key_cannot_see_or_create_root_keys() {
    let app = TestApp::new().await;
    app.root_key(&[], json!({})).await;
    let roots = app.root().get("/v1/keys?kind=root").await.expect(200);
    assert_eq!(roots.body["items"].as_array().unwrap().len(), 2);
    for id in roots.items("id") {
        let path = format!("/v1/keys/{}", id.as_str().unwrap());
        app.owner().get(&path).await.problem(404, "not_found");
        app.owner().delete(&path).await.problem(404, "not_found");
    }
    assert_eq!(app.owner().get("/v1/keys?kind=root").await.expect(200).body["items"], json!([]));
    let body = json!({ "name": "x", "kind": "root", "scopes": [] });
    app.owner().post("/v1/keys", body).await.problem(403, "grant_exceeds_own").field("kind");
}

#[tokio::test]
async fn the_old_secret_works_until_the_overlap_of_a_rotation_ends() {
    let app = TestApp::new().await;
    let (old, id) = app.key(&[], json!({})).await;
    let path = format!("/v1/keys/{id}/rotate");
    let rotated = app.owner().post(&path, json!({ "overlap_seconds": 60 })).await.expect(200);
    let new = rotated.body["secret"].as_str().unwrap();
    assert_eq!(rotated.body["key"]["previous_secret_until"], "2030-01-01T00:01:00Z");
    assert_ne!(new, old);
    app.with_key(&old).get("/v1/whoami").await.expect(200);
    app.with_key(new).get("/v1/whoami").await.expect(200);
    app.advance(60);
    app.with_key(&old).get("/v1/whoami").await.problem(401, "credential_unknown");
    app.with_key(new).get("/v1/whoami").await.expect(200);

    let again = app.owner().post(&path, json!({})).await.expect(200);
    app.with_key(new).get("/v1/whoami").await.problem(401, "credential_unknown");
    app.with_key(again.body["secret"].as_str().unwrap()).get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn a_disabled_key_shows_who_and_why_and_works_again_at_its_time() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&[], json!({})).await;
    let body = json!({ "reason": "Laptop stolen", "until": "2030-01-01T00:10:00Z" });
    let disabled = app.owner().post(&format!("/v1/keys/{id}/disable"), body).await.expect(200);
    assert_eq!(disabled.body["status"], "disabled");
    assert_eq!(disabled.body["disabled"]["reason"], "Laptop stolen");
    assert_eq!(disabled.body["disabled"]["by"]["kind"], "key");
    app.with_key(&key).get("/v1/whoami").await.problem(401, "key_disabled");
    app.advance(600);
    app.with_key(&key).get("/v1/whoami").await.expect(200);
}

#[tokio::test]
async fn whoami_can_names_the_missing_permission() {
    let app = TestApp::new().await;
    let (in_reach, outside) =
        (app.site("default", "A", json!({})).await, app.site("default", "B", json!({})).await);
    let (key, _) = app.key(&["sites:read"], json!({ "reach": { "sites": [in_reach] } })).await;
    let actor = app.with_key(&key);
    for (body, allowed, missing) in [
        (json!({ "operation": "sites.get" }), true, json!(null)),
        (json!({ "operation": "sites.get", "target": in_reach }), true, json!(null)),
        (json!({ "operation": "sites.get", "target": outside }), false, json!("reach")),
        (json!({ "operation": "sites.get", "target": "nonsense" }), false, json!("reach")),
        (json!({ "operation": "sites.create" }), false, json!("sites.create")),
        (json!({ "operation": "organizations.create" }), false, json!("root")),
        (json!({ "operation": "whoami.get" }), true, json!(null)),
        (json!({ "operation": "keys.list" }), false, json!("keys.list")),
    ] {
        let verdict = actor.post("/v1/whoami/can", body).await.expect(200);
        assert_eq!(verdict.body, json!({ "allowed": allowed, "missing": missing }));
    }
    let body = json!({ "operation": "sites.list" });
    assert_eq!(app.root().post("/v1/whoami/can", body).await.body["missing"], "organization");
    let typo =
        actor.post("/v1/whoami/can", json!({ "operation": "site.list" })).await.problem(400, "invalid");
    assert!(typo.field("operation").contains("did you mean `sites.list`?"));
}

#[tokio::test]
async fn permissions_show_the_catalogue_and_what_is_granted() {
    let app = TestApp::new().await;
    let (key, _) = app.key(&["sites:read"], json!({})).await;
    let shown = app.with_key(&key).get("/v1/permissions").await.expect(200);
    let groups = shown.body["groups"].as_array().unwrap();
    let shown: usize = groups.iter().map(|group| group["operations"].as_array().unwrap().len()).sum();
    assert_eq!(shown, catalogue().operations().len());
    let sites = groups.iter().find(|group| group["noun"] == "sites").unwrap();
    assert_eq!(sites["scopes"], json!(["sites:read", "sites:write", "sites:*"]));
    let find =
        |id: &str| sites["operations"].as_array().unwrap().iter().find(|o| o["operation"] == id).unwrap();
    assert_eq!(find("sites.list")["granted"], true);
    assert_eq!(find("sites.create")["granted"], false);
    assert_eq!(find("sites.create")["class"], "write");
}

#[tokio::test]
async fn a_refused_grant_is_audited() {
    let app = TestApp::new().await;
    let (key, id) = app.key(&["keys:*"], json!({})).await;
    let body = json!({ "name": "More", "scopes": ["*:*"] });
    app.with_key(&key).post("/v1/keys", body).await.problem(403, "grant_exceeds_own");
    crate::audit::write_refusals(&app).await;
    let denied = app.owner().get(&format!("/v1/audit?outcome=denied&key={id}")).await.expect(200);
    assert_eq!(denied.items("reason"), ["grant_exceeds_own"]);
    assert_eq!(denied.items("operation"), ["keys.create"]);
}

#[tokio::test]
async fn a_rate_limit_that_is_too_high_is_refused() {
    let app = TestApp::new().await;
    for (limit, field) in [
        (json!({ "per_minute": 1, "burst": 4_294_967_295_u32 }), "rate_limit.burst"),
        (json!({ "per_minute": 4_294_967_295_u32 }), "rate_limit.per_minute"),
    ] {
        let body = json!({ "name": "x", "scopes": [], "rate_limit": limit });
        app.owner().post("/v1/keys", body).await.problem(400, "invalid").field(field);
    }
}

#[tokio::test]
async fn a_root_key_belongs_to_no_organization() {
    let app = TestApp::new().await;
    let body = json!({ "name": "x", "kind": "root", "scopes": [] });
    let refused = app.root().post("/v1/keys?organization=default", body).await.problem(400, "invalid");
    assert!(refused.field("kind").contains("does not belong to an organization"));
    assert_eq!(refused.body["hints"][0]["text"], "leave `?organization=` out");
}

#[tokio::test]
async fn a_key_cannot_change_or_remove_its_role() {
    let app = TestApp::new().await;
    let body = json!({ "name": "Operators", "scopes": ["keys:*", "nodes:*"] });
    let role = app.owner().post("/v1/roles", body).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let (key, id) = app.key(&["keys:*", "nodes:*"], json!({ "role": role })).await;
    let actor = app.with_key(&key);
    let own = format!("/v1/keys/{id}");
    let made = actor.post("/v1/keys", json!({ "name": "x", "scopes": ["nodes:*"] })).await.expect(201);
    assert_eq!(made.body["key"]["role"], json!(role), "a created key must have the role of its creator");
    let child = format!("/v1/keys/{}", made.body["key"]["id"].as_str().unwrap());
    for path in [&own, &child] {
        for other in [json!(null), json!("admin"), json!("editor")] {
            let refused = actor.patch(path, json!({ "role": other })).await;
            refused.problem(403, "grant_exceeds_own").field("role");
        }
        actor.patch(path, json!({ "description": "x", "role": role })).await.expect(200);
    }
    let body = json!({ "name": "x", "scopes": ["nodes:*"], "role": "admin" });
    actor.post("/v1/keys", body).await.problem(403, "grant_exceeds_own").field("role");
    // Nor does it get the secret of a key that acts in none.
    let (_, free) = app.key(&["nodes:*"], json!({})).await;
    let path = format!("/v1/keys/{free}");
    actor.post(&format!("{path}/rotate"), json!({})).await.problem(403, "grant_exceeds_own").field("role");
    // What narrows the role narrows the key.
    app.owner().patch(&format!("/v1/roles/{role}"), json!({ "scopes": ["nodes:read"] })).await.expect(200);
    let node = json!({ "type": "generic", "name": "n", "address": "10.0.0.1" });
    actor.post("/v1/nodes", node).await.problem(403, "scope_missing");
}

#[tokio::test]
async fn a_key_with_a_rate_limit_cannot_create_keys() {
    let app = TestApp::new().await;
    let limit = json!({ "rate_limit": { "per_minute": 600 } });
    let (key, id) = app.key(&["keys:*", "nodes.create", "agents.create"], limit).await;
    let (_, other) = app.key(&[], json!({ "rate_limit": { "per_minute": 1 } })).await;
    let actor = app.with_key(&key);
    for body in [
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": [], "rate_limit": { "per_minute": 1 } }),
        json!({ "name": "x", "kind": "enrol" }),
    ] {
        let refused = actor.post("/v1/keys", body).await.problem(403, "grant_exceeds_own");
        assert!(refused.field("rate_limit").contains("a rate of its own"), "{:#}", refused.body);
    }
    let path = format!("/v1/keys/{other}");
    actor.post(&format!("{path}/rotate"), json!({})).await.problem(403, "grant_exceeds_own");
    actor.patch(&path, json!({ "name": "y" })).await.problem(403, "grant_exceeds_own");
    actor.post(&format!("{path}/disable"), json!({})).await.expect(200);
    actor.post(&format!("{path}/enable"), json!({})).await.problem(403, "grant_exceeds_own");
    // Itself it may edit and rotate, within its limit.
    let own = format!("/v1/keys/{id}");
    for more in [json!(null), json!({ "per_minute": 601 })] {
        actor.patch(&own, json!({ "rate_limit": more })).await.problem(403, "grant_exceeds_own");
    }
    actor.patch(&own, json!({ "rate_limit": { "per_minute": 500 } })).await.expect(200);
    actor.post(&format!("{own}/rotate"), json!({})).await.expect(200);
}

#[tokio::test]
async fn a_narrowed_key_cannot_give_access_to_people() {
    let app = TestApp::new().await;
    let person = app.user("default", "person@example.com", "viewer").await;
    let invited = json!({ "email": "new@example.com", "name": "New", "role": "viewer" });
    let invited = app.owner().post("/v1/users", invited).await.expect(201);
    let invited = invited.body["user"]["id"].as_str().unwrap().to_owned();
    let role = json!({ "name": "Operators", "scopes": ["nodes:read"] });
    let role = app.owner().post("/v1/roles", role).await.expect(201).body["id"].as_str().unwrap().to_owned();
    let admin = app.user("default", "admin@example.com", "admin").await;
    let narrowings = [
        ("expires_at", json!({ "ttl_seconds": 3600 })),
        ("allowed_ips", json!({ "allowed_ips": ["192.0.2.0/24"] })),
        ("denied_ips", json!({ "denied_ips": ["198.51.100.0/24"] })),
        ("rate_limit", json!({ "rate_limit": { "per_minute": 6000 } })),
        ("command_limits", json!({ "command_limits": { "most_targets": 1 } })),
        ("user", json!({ "user": admin })),
        ("role", json!({ "role": "admin" })),
    ];
    for (name, narrowing) in narrowings {
        let (key, _) = app.key(&["*:*"], narrowing).await;
        let actor = app.with_key(&key);
        let lines = |data: &str| json!({ "format": "jsonl", "data": data, "existing": "update" });
        let line = r#"{"email":"person@example.com","role":"editor"}"#;
        let newcomer = r#"{"email":"other@example.com","name":"Other"}"#;
        let role_line = r#"{"name":"Operators","scopes":["nodes:*"]}"#;
        for (method, path, body) in [
            ("POST", "/v1/users".to_owned(), json!({ "email": "x@example.com", "name": "X" })),
            ("POST", "/v1/users/import".to_owned(), lines(newcomer)),
            ("POST", "/v1/users/import".to_owned(), lines(line)),
            ("POST", format!("/v1/users/{invited}/invite"), json!({})),
            ("PATCH", format!("/v1/users/{person}"), json!({ "role": "editor" })),
            ("POST", "/v1/roles".to_owned(), json!({ "name": "More", "scopes": ["nodes:*"] })),
            ("PATCH", format!("/v1/roles/{role}"), json!({ "scopes": ["nodes:*"] })),
            ("PATCH", format!("/v1/roles/{role}"), json!({ "reach": { "labels": "a=b" } })),
            ("POST", "/v1/roles/import".to_owned(), lines(role_line)),
        ] {
            let refused = actor.send(method, &path, Some(body)).await.problem(403, "grant_exceeds_own");
            assert!(refused.field(name).contains("would not apply to a user"), "{:#}", refused.body);
        }
        // What gives nothing is allowed.
        actor.patch(&format!("/v1/roles/{role}"), json!({ "description": name })).await.expect(200);
        actor.patch(&format!("/v1/users/{person}"), json!({ "role": "viewer" })).await.expect(200);
        let same = r#"{"email":"person@example.com","role":"viewer"}"#;
        actor.post("/v1/users/import", lines(same)).await.expect(200);
    }
    // So is a key whose organization lets keys live for a while only.
    let (key, _) = app.key(&["*:*"], json!({})).await;
    let policy = json!({ "key_policy": { "disable_unused_days": 30 } });
    app.root().patch("/v1/organizations/default", policy).await.expect(200);
    let refused =
        app.with_key(&key).post("/v1/users", json!({ "email": "x@example.com", "name": "X" })).await;
    refused.problem(403, "grant_exceeds_own").field("key_policy");
    // A root key too.
    let body = json!({ "name": "x", "kind": "root", "scopes": ["*:*"], "ttl_seconds": 60 });
    let root =
        app.root().post("/v1/keys", body).await.expect(201).body["secret"].as_str().unwrap().to_owned();
    let root = app.with_key(&root);
    let body = json!({ "email": "x@example.com", "name": "X", "server_administrator": true });
    root.post("/v1/users", body).await.problem(403, "grant_exceeds_own").field("expires_at");
    let email = json!({ "email": "other@example.com" });
    for body in [json!({ "server_administrator": true }), json!({ "disabled": false }), email] {
        root.patch(&format!("/v1/users/{person}"), body).await.problem(403, "grant_exceeds_own");
    }
    let second = format!("/v1/users/{person}/second_factor");
    root.delete(&second).await.problem(403, "grant_exceeds_own");
    let looser = json!({ "key_policy": {} });
    root.patch("/v1/organizations/default", looser).await.problem(403, "grant_exceeds_own");
    root.patch(&format!("/v1/users/{person}"), json!({ "disabled": true })).await.expect(200);
}
