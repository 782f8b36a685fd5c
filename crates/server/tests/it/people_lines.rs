//! Roles and users brought in and taken out as text.

use bailiwick_domain::role::BuiltInRole;
use serde_json::{Value, json};

use crate::app::{Actor, PASSWORD, Reply, TestApp};
use crate::people::ADA;

async fn import(actor: &Actor<'_>, path: &str, format: &str, data: &str, more: Value) -> Reply {
    let mut body = json!({ "format": format, "data": data });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    actor.post(path, body).await
}

const ROLES: &str = "/v1/roles/import";
const USERS: &str = "/v1/users/import";

fn update() -> Value {
    json!({ "existing": "update" })
}

fn counts(reply: &Reply) -> [u64; 3] {
    ["created", "updated", "unchanged"].map(|name| reply.body[name].as_u64().unwrap())
}

async fn export(actor: &Actor<'_>, path: &str) -> String {
    actor.get(path).await.expect(200).body["data"].as_str().unwrap().to_owned()
}

async fn role(app: &TestApp, body: Value) -> String {
    app.owner().post("/v1/roles", body).await.expect(201).body["id"].as_str().unwrap().to_owned()
}

/// A user who may manage users and roles and read sites: less than an editor.
async fn bob(app: &TestApp) -> Actor<'_> {
    let scopes = json!(["users:*", "roles:*", "sites:read", "organizations:read"]);
    let role = role(app, json!({ "name": "People", "scopes": scopes })).await;
    app.user("default", "bob@example.com", &role).await;
    app.log_in("bob@example.com", PASSWORD).await
}

#[tokio::test]
async fn exported_roles_are_imported_unchanged() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    for body in [
        json!({ "name": "=1+1", "scopes": ["sites:read", "nodes:*"], "reach": { "labels": "env in (a,b),!c" } }),
        json!({ "name": "One, \"two\"", "description": "'three\nlines", "scopes": ["*:read"] }),
        json!({ "name": "Nothing", "scopes": [], "reach": { "sites": [], "nodes": [] } }),
    ] {
        role(&app, body).await;
    }
    let (owner, root) = (app.owner(), app.root());
    for format in ["jsonl", "csv"] {
        let before = owner.get("/v1/roles").await.expect(200).body;
        let out = owner.get(&format!("/v1/roles/export?format={format}")).await.expect(200);
        let numbers = (&out.body["count"], &out.body["total"], &out.body["next_cursor"]);
        assert_eq!(numbers, (&json!(3), &json!(3), &Value::Null), "built-in roles are not exported");
        let data = out.body["data"].as_str().unwrap();
        let again = import(&owner, ROLES, format, data, update()).await.expect(200);
        assert_eq!(counts(&again), [0, 0, 3]);
        assert_eq!(owner.get("/v1/roles").await.body, before, "the import changed roles");
        let refused = import(&owner, ROLES, format, data, json!({})).await.problem(400, "invalid");
        assert!(refused.field("line 2: name").contains("another role has it"), "{:#}", refused.body);
        app.organization(format).await;
        let there = format!("?organization={format}");
        let made = import(&root, &format!("{ROLES}{there}"), format, data, json!({})).await.expect(200);
        assert_eq!(counts(&made), [3, 0, 0]);
        assert_eq!(export(&root, &format!("/v1/roles/export{there}&format={format}")).await, data);
    }
    // A site that a role reaches is another organization's matter.
    role(&app, json!({ "name": "Local", "scopes": ["nodes:*"], "reach": { "sites": [site] } })).await;
    let data = export(&owner, "/v1/roles/export").await;
    let elsewhere = format!("{ROLES}?organization=csv");
    let refused = import(&root, &elsewhere, "jsonl", &data, update()).await.problem(400, "invalid");
    assert_eq!(refused.field("line 2: reach.sites[0]"), format!("there is no site {site}"));
    let text = app.owner().header("accept", "text/csv").get("/v1/roles/export").await.expect(200);
    assert!(text.body.as_str().unwrap().starts_with("name,description,scopes,reach\n"), "{}", text.body);
}

#[tokio::test]
async fn every_bad_line_of_roles_is_named_and_nothing_is_imported() {
    let app = TestApp::new().await;
    role(&app, json!({ "name": "There", "scopes": [] })).await;
    let data = [
        r#"{"name":"Fine","scopes":["sites:read"]}"#,
        r#"{"name":"Fine","scopes":[]}"#,
        r#"{"name":"viewer","scopes":[]}"#,
        r#"{"name":"a"}"#,
        r#"{"name":"b","scopes":["nodes.lst","sites:read"]}"#,
        r#"{"name":"c","scopes":[],"reach":{"labels":"","planets":[]}}"#,
        r#"{"name":"d","scopes":[],"reach":{"nodes":["01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"]}}"#,
        r#"{"name":"e","scopes":["organizations.delete"]}"#,
        r#"{"name":"There","scopes":["sites:read"]}"#,
        r#"{"name":"f","scopes":[],"built_in":true}"#,
    ]
    .join("\n");
    let refused = import(&app.owner(), ROLES, "jsonl", &data, json!({})).await.problem(400, "invalid");
    for (field, expected) in [
        ("line 2: name", "line 1 has it"),
        ("line 3: name", "a built-in role has this name"),
        ("line 4: scopes", "expected the scopes"),
        ("line 5: scopes[0]", "did you mean `nodes.list`"),
        ("line 6: reach.planets", "unknown field"),
        ("line 7: reach.nodes[0]", "there is no node"),
        ("line 8: scopes[0]", "root keys only"),
        ("line 9: name", "another role has it"),
        ("line 10: built_in", "no such field"),
    ] {
        assert!(refused.field(field).contains(expected), "{field}: {:#}", refused.body);
    }
    assert_eq!(export(&app.owner(), "/v1/roles/export").await.lines().count(), 1);
}

#[tokio::test]
async fn an_imported_role_applies_to_its_holders_at_once() {
    let app = TestApp::new().await;
    let site = app.site("default", "Berlin", json!({})).await;
    let body = json!({ "name": "Looker", "description": "d", "scopes": ["nodes:read"], "reach": { "sites": [site] } });
    let id = role(&app, body).await;
    app.user("default", ADA, &id).await;
    let ada = app.log_in(ADA, PASSWORD).await;
    ada.get("/v1/sites").await.problem(403, "scope_missing");
    let csv = "name,scopes\nLooker,sites:read\n";
    let dry = json!({ "existing": "update", "dry_run": true });
    let would = import(&app.owner(), ROLES, "csv", csv, dry).await.expect(200);
    assert_eq!((counts(&would), &would.body["dry_run"]), ([0, 1, 0], &json!(true)));
    ada.get("/v1/sites").await.problem(403, "scope_missing");
    import(&app.owner(), ROLES, "csv", csv, update()).await.expect(200);
    assert_eq!(ada.get("/v1/sites").await.expect(200).items("name"), ["Berlin"]);
    let shown = app.owner().get(&format!("/v1/roles/{id}")).await.expect(200).body;
    assert_eq!(
        (&shown["description"], &shown["revision"], &shown["reach"]),
        (&json!("d"), &json!(2), &json!({ "sites": [site] }))
    );
    app.owner().delete(&format!("/v1/sites/{site}?force=true")).await.expect(200);
    // With what it reached it loses its reach to there, and a line of before names what is gone.
    let line = json!({ "name": "Looker", "description": "e", "reach": shown["reach"] }).to_string();
    import(&app.owner(), ROLES, "jsonl", &line, update()).await.problem(400, "invalid");
    let shown = app.owner().get(&format!("/v1/roles/{id}")).await.expect(200).body;
    assert_eq!(shown["reach"], json!({ "sites": [] }));
    let line = json!({ "name": "Looker", "description": "e", "reach": shown["reach"] }).to_string();
    assert_eq!(counts(&import(&app.owner(), ROLES, "jsonl", &line, update()).await.expect(200)), [0, 1, 0]);
    let found = app.owner().get("/v1/audit?operation=roles.import").await.expect(200);
    assert_eq!(found.items("reason"), ["0 created, 1 updated"; 2]);
    assert_eq!(found.body["items"][0]["targets"], json!([{ "noun": "role", "id": id }]));
}

#[tokio::test]
async fn an_import_of_a_role_cannot_exceed_the_permissions_of_the_caller() {
    let app = TestApp::new().await;
    let strong = role(&app, json!({ "name": "Strong", "scopes": ["keys:*"] })).await;
    let bob = bob(&app).await;
    for line in [
        r#"{"name":"Mine","scopes":["keys:*"]}"#,
        r#"{"name":"People","scopes":["*:*"]}"#,
        r#"{"name":"Strong","scopes":["keys:*","sites:read"]}"#,
    ] {
        let refused = import(&bob, ROLES, "jsonl", line, update()).await.problem(403, "grant_exceeds_own");
        assert!(refused.field("line 1: scopes[0]").contains("does not have"), "{:#}", refused.body);
    }
    // Nor is one that is stronger made weaker; as it is, it may be in the file.
    let weaker = r#"{"name":"Strong","scopes":["sites:read"]}"#;
    let refused = import(&bob, ROLES, "jsonl", weaker, update()).await.problem(403, "grant_exceeds_own");
    assert!(
        refused.field("line 1: name").contains("the role already grants permissions"),
        "{:#}",
        refused.body
    );
    let data = export(&bob, "/v1/roles/export").await + r#"{"name":"Weak","scopes":["sites:read"]}"#;
    assert_eq!(counts(&import(&bob, ROLES, "jsonl", &data, update()).await.expect(200)), [1, 0, 2]);
    let shown = app.owner().get(&format!("/v1/roles/{strong}")).await.expect(200);
    assert_eq!(shown.body["revision"], 1);
    let (narrow, _) = app.key(&["*:*"], json!({ "reach": { "labels": "env=prod" } })).await;
    import(&app.with_key(&narrow), ROLES, "jsonl", weaker, update()).await.problem(403, "reach_too_narrow");
}

#[tokio::test]
async fn an_import_respects_the_limit_of_roles() {
    let app = TestApp::new().await;
    let lines = |names: std::ops::Range<u32>| -> String {
        names.map(|n| format!("{{\"name\":\"r{n}\",\"scopes\":[]}}\n")).collect()
    };
    let refused = import(&app.owner(), ROLES, "jsonl", &lines(0..201), json!({})).await;
    assert!(refused.problem(400, "invalid").field("data").contains("at most 200 lines"));
    import(&app.owner(), ROLES, "jsonl", &lines(0..150), json!({})).await.expect(200);
    let refused = import(&app.owner(), ROLES, "jsonl", &lines(150..201), json!({})).await;
    assert!(refused.problem(400, "invalid").field("data").contains("there are 150"));
    import(&app.owner(), ROLES, "jsonl", &lines(100..200), update()).await.expect(200);
}

#[tokio::test]
async fn exported_users_are_imported_unchanged() {
    let app = TestApp::new().await;
    let own = role(&app, json!({ "name": "@ops, \"night\"", "scopes": ["sites:read"] })).await;
    // An earlier version accepted names that look like ids.
    let like_an_id = role(&app, json!({ "name": "Like an id", "scopes": [] })).await;
    app.execute(
        "UPDATE roles SET name = (SELECT lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || \
         substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21)) FROM roles \
         WHERE name LIKE '@ops%') WHERE name = 'Like an id'",
    )
    .await;
    app.user("default", ADA, "admin").await;
    for (email, role) in [("bob@example.com", &own), ("+eve@example.com", &like_an_id)] {
        let body = json!({ "email": email, "name": "=Name", "role": role });
        app.owner().post("/v1/users", body).await.expect(201);
    }
    app.organization("other").await;
    app.user("other", "mallory@example.com", "viewer").await;
    let owner = app.owner();
    let before = owner.get("/v1/users").await.expect(200).body;
    for format in ["jsonl", "csv"] {
        let out = owner.get(&format!("/v1/users/export?format={format}")).await.expect(200);
        assert_eq!((&out.body["count"], &out.body["total"]), (&json!(3), &json!(3)));
        let data = out.body["data"].as_str().unwrap();
        let again = import(&owner, USERS, format, data, update()).await.expect(200);
        assert_eq!((counts(&again), &again.body["invitations"]), ([0, 0, 3], &json!([])));
        assert_eq!(owner.get("/v1/users").await.body, before, "the import changed users");
        let refused = import(&owner, USERS, format, data, json!({})).await.problem(400, "invalid");
        assert!(refused.field("line 2: email").contains("a member has it"), "{:#}", refused.body);
    }
    let lines = export(&owner, "/v1/users/export").await;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first, json!({ "email": "+eve@example.com", "name": "=Name", "role": like_an_id }));
    assert!(lines.contains(r#""role":"@ops, \"night\"""#) && !lines.contains("mallory"), "{lines}");
    let page = owner.get("/v1/users/export?limit=2").await.expect(200);
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let rest = owner.get(&format!("/v1/users/export?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((&rest.body["count"], &rest.body["total"]), (&json!(1), &Value::Null));
    let data = page.body["data"].as_str().unwrap().to_owned() + rest.body["data"].as_str().unwrap();
    assert_eq!(data, lines);
}

#[tokio::test]
async fn an_imported_user_gets_an_invitation_that_is_shown_once() {
    let app = TestApp::new().await;
    let own = role(&app, json!({ "name": "Night", "scopes": ["sites:*"] })).await;
    let csv = "email,name,role\nADA@example.com,Ada,Night\neve@example.com,Eve,\n";
    let would = import(&app.owner(), USERS, "csv", csv, json!({ "dry_run": true })).await.expect(200);
    assert_eq!((counts(&would), &would.body["invitations"]), ([2, 0, 0], &json!([])));
    assert_eq!(app.owner().get("/v1/users").await.expect(200).body["items"], json!([]));
    let owner = app.owner().header("idempotency-key", "people");
    let made = import(&owner, USERS, "csv", csv, json!({})).await.expect(200);
    assert_eq!(counts(&made), [2, 0, 0]);
    import(&owner, USERS, "csv", csv, json!({})).await.problem(409, "answer_shown_once");
    let users = app.owner().get("/v1/users?sort=email").await.expect(200);
    let roles: Vec<_> = users.items("memberships").iter().map(|m| m[0]["role"].clone()).collect();
    assert_eq!(roles, [json!(own), json!("viewer")]);
    let invitations = made.body["invitations"].as_array().unwrap();
    assert_eq!(invitations.len(), 2);
    for (invitation, user) in invitations.iter().zip(users.body["items"].as_array().unwrap()) {
        assert_eq!((&invitation["user"], &invitation["email"]), (&user["id"], &user["email"]));
        let body = json!({ "token": invitation["token"], "password": PASSWORD });
        let accepted = app.anonymous().post("/v1/invitations/accept", body).await.expect(200);
        assert_eq!(accepted.body["email"], invitation["email"]);
    }
    app.log_in(ADA, PASSWORD).await.post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201);
    let found = app.owner().get("/v1/audit?operation=users.import").await.expect(200);
    assert_eq!(found.items("reason"), ["2 created, 0 joined, 0 updated"]);
    assert_eq!(found.body["items"][0]["targets"].as_array().unwrap().len(), 2);
    // A file has no columns for properties that a user has in every organization.
    for column in ["password", "server_administrator", "disabled"] {
        let csv = format!("email,name,{column}\nx@example.com,X,x\n");
        import(&app.owner(), USERS, "csv", &csv, json!({})).await.problem(400, "invalid");
        let line = json!({ "email": "x@example.com", "name": "X", column: "hunter2" }).to_string();
        let at = format!("{USERS}?organization=default");
        let refused = import(&app.root(), &at, "jsonl", &line, json!({})).await.problem(400, "invalid");
        assert!(refused.field(&format!("line 1: {column}")).contains("no such field"));
        assert!(!refused.body.to_string().contains("hunter2"), "{:#}", refused.body);
    }
}

#[tokio::test]
async fn every_bad_line_of_users_is_named_and_nothing_is_imported() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    let own = role(&app, json!({ "name": "Night", "scopes": [] })).await;
    app.organization("other").await;
    let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
    let data = [
        json!({ "email": "fine@example.com", "name": "Fine", "role": "viewer" }),
        json!({ "email": "FINE@example.com", "name": "Fine" }),
        json!({ "email": "nobody" , "name": "x" }),
        json!({ "email": "a@example.com" }),
        json!({ "email": "b@example.com", "name": "b", "role": "night" }),
        json!({ "email": "c@example.com", "name": "c", "role": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f" }),
        json!({ "email": "d@example.com", "name": "", "role": own }),
        json!({ "email": ADA, "name": "Somebody else", "role": "editor" }),
    ]
    .map(|line| line.to_string())
    .join("\n");
    let refused = import(&app.owner(), USERS, "jsonl", &data, update()).await.problem(400, "invalid");
    for (field, expected) in [
        ("line 2: email", "line 1 has it"),
        ("line 3: email", "e-mail address"),
        ("line 4: name", "expected the name"),
        ("line 5: role", "there is no role night"),
        ("line 6: role", "there is no role 0193"),
        ("line 7: name", "1 to 255"),
        ("line 8: name", "the current name of the user"),
    ] {
        assert!(refused.field(field).contains(expected), "{field}: {:#}", refused.body);
    }
    assert_eq!(app.owner().get("/v1/users").await.expect(200).items("email"), [ADA]);
    // A role of another organization is none, by id or name.
    for role in [own.as_str(), "Night"] {
        let line = json!({ "email": "x@example.com", "name": "x", "role": role }).to_string();
        let refused = import(&app.with_key(&other), USERS, "jsonl", &line, json!({})).await;
        refused.problem(400, "invalid").field("line 1: role");
    }
    let many = "{\"email\":\"x\"}\n".repeat(2_001);
    let refused = import(&app.owner(), USERS, "jsonl", &many, json!({})).await.problem(400, "invalid");
    assert!(refused.field("data").contains("at most 2000 lines"), "{:#}", refused.body);
}

#[tokio::test]
async fn an_imported_role_of_a_member_is_checked_against_the_caller() {
    let app = TestApp::new().await;
    app.user("default", ADA, "viewer").await;
    app.user("default", "eve@example.com", "admin").await;
    let bob = bob(&app).await;
    let line = |email: &str, role: &str| json!({ "email": email, "name": "x", "role": role }).to_string();
    let member = |email: &str, role: &str| json!({ "email": email, "role": role }).to_string();
    for (line, expected) in [
        (line("new@example.com", "editor"), "the role editor grants permissions"),
        (member(ADA, "admin"), "the role admin grants permissions"),
        (member("bob@example.com", "admin"), "the role admin grants permissions"),
        (member("eve@example.com", "People"), "the user's current role grants permissions"),
    ] {
        let refused = import(&bob, USERS, "jsonl", &line, update()).await.problem(403, "grant_exceeds_own");
        assert!(refused.field("line 1: role").contains(expected), "{:#}", refused.body);
    }
    // What stays as it is, is not given.
    let data = export(&bob, "/v1/users/export").await + &line("new@example.com", "People");
    assert_eq!(counts(&import(&bob, USERS, "jsonl", &data, update()).await.expect(200)), [1, 0, 3]);
    let data = member(ADA, "editor") + "\n" + &json!({ "email": "eve@example.com" }).to_string();
    let done = import(&app.owner(), USERS, "jsonl", &data, update()).await.expect(200);
    assert_eq!((counts(&done), &done.body["invitations"]), ([0, 1, 1], &json!([])));
    app.log_in(ADA, PASSWORD).await.post("/v1/sites", json!({ "name": "Berlin" })).await.expect(201);
}

#[tokio::test]
async fn an_import_does_not_add_accounts_of_other_organizations() {
    let app = TestApp::new().await;
    app.organization("other").await;
    let (other, _) = app.key_in("other", &["*:*"], json!({})).await;
    let invited = json!({ "email": "eve@example.com", "name": "Eve", "role": "viewer" });
    let made = app.with_key(&other).post("/v1/users", invited).await.expect(201);
    let old = made.body["invitation"]["token"].as_str().unwrap().to_owned();
    app.user("other", ADA, "viewer").await;
    let lines = |names: bool| {
        let emails = ["new@example.com", "eve@example.com", ADA, "admin@localhost"];
        let line = |email: &str| match names {
            true => json!({ "email": email, "name": "Somebody" }),
            false => json!({ "email": email }),
        };
        emails.map(|email| line(email).to_string()).join("\n")
    };
    for existing in ["refuse", "update"] {
        let more = json!({ "existing": existing, "dry_run": true });
        let taken = import(&app.owner(), USERS, "jsonl", &lines(true), more).await.problem(400, "invalid");
        assert_eq!(taken.body["errors"].as_array().unwrap().len(), 1, "{:#}", taken.body);
        assert!(taken.field("line 2: email").contains("an account has this address"), "{:#}", taken.body);
        assert!(!taken.body.to_string().contains(made.body["user"]["id"].as_str().unwrap()));
    }
    // What else is wrong is said of all lines alike.
    let taken = import(&app.owner(), USERS, "jsonl", &lines(false), update()).await.problem(400, "invalid");
    for line in 1..=4 {
        assert_eq!(taken.field(&format!("line {line}: name")), "expected the name of the new user");
    }
    assert_eq!(app.owner().get("/v1/users").await.expect(200).body["items"], json!([]));

    // A root key makes them members, with the names they have; who has no password is invited anew.
    let root = app.root();
    let at = format!("{USERS}?organization=default");
    let refused = import(&root, &at, "jsonl", &lines(true), json!({})).await.problem(400, "invalid");
    assert!(refused.field("line 2: name").contains("expected Eve"), "{:#}", refused.body);
    let data = ["eve@example.com", ADA].map(|email| json!({ "email": email, "role": "editor" }).to_string());
    let refused = import(&root, &at, "jsonl", &data.join("\n"), json!({})).await.problem(400, "invalid");
    assert!(refused.field("line 2: email").contains("join_existing"), "{:#}", refused.body);
    let more = json!({ "join_existing": true });
    let joined = import(&root, &at, "jsonl", &data.join("\n"), more).await.expect(200);
    assert_eq!((counts(&joined), &joined.body["joined"]), ([0, 0, 0], &json!(2)));
    let invitations = joined.body["invitations"].as_array().unwrap();
    assert_eq!(invitations.len(), 1, "Ada has a password");
    let accept = |token: &Value| json!({ "token": token, "password": PASSWORD });
    let door = "/v1/invitations/accept";
    app.anonymous().post(door, accept(&json!(old))).await.problem(403, "invitation_unknown");
    app.anonymous().post(door, accept(&invitations[0]["token"])).await.expect(200);
    let users = app.root().get(&format!("/v1/users?email={ADA}")).await.expect(200);
    assert_eq!(users.body["items"][0]["memberships"].as_array().unwrap().len(), 2);
    // A root key of one organization is not above them all.
    let own = app.owner().get("/v1/organizations").await.expect(200).items("id")[0].clone();
    let narrow = app.root_key(&["*:*".into()], json!({ "organizations": [own] })).await;
    app.user("other", "carol@example.com", "viewer").await;
    let carol = json!({ "email": "carol@example.com", "name": "carol@example.com" }).to_string();
    let refused = import(&app.with_key(&narrow), &at, "jsonl", &carol, json!({})).await;
    assert!(refused.problem(400, "invalid").field("line 1: email").contains("an account has this address"));
}

#[tokio::test]
async fn an_import_cannot_invite_users_with_more_permissions() {
    let app = TestApp::new().await;
    app.organization("other").await;
    let strong = json!({ "email": ADA, "name": "Ada", "server_administrator": true });
    app.root().post("/v1/users", strong).await.expect(201);
    let strong = json!({ "email": "eve@example.com", "name": "Eve", "role": "admin" });
    app.root().post("/v1/users?organization=other", strong).await.expect(201);
    let mut scopes = vec!["users:*".to_owned()];
    scopes.extend(BuiltInRole::Viewer.scopes().iter().map(ToString::to_string));
    let key = app.root_key(&scopes, json!({})).await;
    let caller = app.with_key(&key);
    let at = format!("{USERS}?organization=default");
    for (email, code) in [(ADA, "scope_missing"), ("eve@example.com", "grant_exceeds_own")] {
        let body = json!({ "email": email, "name": "x" });
        caller.post("/v1/users?organization=default", body).await.problem(403, code);
        let line = json!({ "email": email }).to_string();
        let refused = import(&caller, &at, "jsonl", &line, json!({})).await.problem(403, "grant_exceeds_own");
        assert!(
            refused.field("line 1: email").contains("permissions that the caller does not have"),
            "{:#}",
            refused.body
        );
    }
    // Who has a password is invited by nobody, and may be made a member.
    app.user("other", "bob@example.com", "admin").await;
    let line = json!({ "email": "bob@example.com" }).to_string();
    let more = json!({ "join_existing": true });
    let joined = import(&caller, &at, "jsonl", &line, more).await.expect(200);
    assert_eq!((&joined.body["joined"], &joined.body["invitations"]), (&json!(1), &json!([])));
}
