//! Nodes: create, list, get, update, delete.

use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn a_node_is_created_shown_changed_and_deleted() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let site = app.site("default", "Berlin", json!({})).await;
    let body = json!({
        "type": "generic", "name": "db-1", "address": "db-1.example.net", "site": "Berlin",
        "distro": "Debian 13", "description": "The first", "labels": { "env": "prod" },
    });
    let mut made = owner.post("/v1/nodes", body).await.expect(201);
    // What was created with it: nothing.
    for parts in ["agents", "services"] {
        assert_eq!(made.body.as_object_mut().unwrap().remove(parts), Some(json!([])));
    }
    assert_eq!((&made.body["type"], &made.body["site_id"]), (&json!("generic"), &json!(site)));
    assert_eq!(made.body["container_id"], json!(null));
    let id = made.body["id"].as_str().unwrap();
    for path in [format!("/v1/nodes/{id}"), "/v1/nodes/db-1".into()] {
        let shown = owner.get(&path).await.expect(200);
        assert_eq!((&shown.body, &shown.headers["etag"]), (&made.body, &made.headers["etag"]));
    }
    app.advance(1);
    let change = json!({ "name": "db-2", "distro": null, "site": null, "labels": {} });
    let changed = owner.patch("/v1/nodes/db-1", change).await.expect(200).body;
    let mut expected = made.body.clone();
    for (field, value) in [
        ("name", json!("db-2")),
        ("distro", json!(null)),
        ("site_id", json!(null)),
        ("labels", json!({})),
        ("revision", json!(2)),
    ] {
        expected[field] = value;
    }
    expected["updated_at"] = changed["updated_at"].clone();
    assert_eq!(changed, expected);
    assert_ne!(changed["updated_at"], made.body["updated_at"]);
    owner.get("/v1/nodes/db-1").await.problem(404, "not_found");
    for body in [json!({ "name": null }), json!({ "labels": null }), json!({ "type": "container" })] {
        owner.patch("/v1/nodes/db-2", body).await.problem(400, "invalid");
    }
    let would = owner.delete("/v1/nodes/db-2?dry_run=true").await.expect(200);
    let items = json!([{ "id": id, "name": "db-2" }]);
    let removed = json!([{ "noun": "nodes", "effect": "deleted", "count": 1, "items": items }]);
    assert_eq!(would.body, json!({ "dry_run": true, "removed": removed }));
    owner.get("/v1/nodes/db-2").await.expect(200);
    let gone = owner.delete("/v1/nodes/db-2").await.expect(200);
    assert_eq!(gone.body, json!({ "dry_run": false, "removed": removed }));
    owner.get("/v1/nodes/db-2").await.problem(404, "not_found");
    owner.delete("/v1/nodes/db-2").await.problem(404, "not_found");
}

#[tokio::test]
async fn each_node_type_accepts_only_its_own_fields() {
    let app = TestApp::new().await;
    let owner = app.owner();
    for (n, body) in [
        json!({ "type": "generic", "address": "h", "machine_id": "m", "distro": "d", "serial_number": "s" }),
        json!({ "type": "container", "address": "h", "container_id": "c", "container_name": "redis" }),
        json!({ "type": "remote", "address": "h", "model": "m", "region": "eu", "az": "eu-1" }),
        json!({ "type": "remote_rds", "address": "rds-1", "region": "eu", "instance_id": "i" }),
        json!({ "type": "remote_azure_database", "address": "a.example", "region": "eu" }),
        json!({ "type": "machine_tool", "manufacturer": "Acme", "serial_number": "1" }),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = body;
        body["name"] = json!(format!("n{n}"));
        let made = owner.post("/v1/nodes", body.clone()).await.expect(201).body;
        for (field, value) in body.as_object().unwrap() {
            assert_eq!(&made[field], value);
        }
    }
    let body = json!({ "type": "remote_rds", "name": "x", "address": "a.b", "distro": "d", "host": "none" });
    let refused = owner.post("/v1/nodes", body).await.problem(400, "invalid");
    assert_eq!(refused.field("distro"), "expected no `distro`: nodes of type remote_rds have none");
    assert_eq!(refused.field("region"), "expected a value: nodes of type remote_rds need one");
    assert_eq!(refused.field("address"), "expected the name of the instance, which has no dots");
    assert_eq!(refused.field("host"), "there is no node none");
    let refused = owner.patch("/v1/nodes/n3", json!({ "region": null, "distro": "d" })).await;
    let refused = refused.problem(400, "invalid");
    refused.field("region");
    refused.field("distro");
}

#[tokio::test]
async fn an_invalid_field_of_a_node_is_named() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let long = "x".repeat(256);
    for (field, value, expected) in [
        ("type", json!("vm"), "expected one of `generic`"),
        ("type", json!(null), "expected"),
        ("name", json!("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"), "does not look like an id"),
        ("name", json!(""), "1 to 255 characters, found 0"),
        ("name", json!(long), "1 to 255 characters, found 256"),
        ("address", json!(""), "expected a host name or an IP address"),
        ("address", json!("a b"), "expected a host name or an IP address"),
        ("distro", json!(""), "1 to 255 characters, found 0"),
        ("model", json!("a\nb"), "no control characters"),
        ("site", json!("Atlantis"), "there is no site Atlantis"),
        ("site", json!("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"), "there is no site 0193"),
        ("site", json!(7), "expected a string"),
        ("labels", json!({ "a": 1 }), ""),
        ("serial_numbr", json!("1"), "did you mean `serial_number`?"),
    ] {
        let mut body = json!({ "type": "generic", "name": "x", "address": "h" });
        body[field] = value;
        let refused = owner.post("/v1/nodes", body.clone()).await.problem(400, "invalid");
        let field = if field == "labels" { "labels.a" } else { field };
        assert!(refused.field(field).contains(expected), "{body}: {:#}", refused.body);
    }
    for (query, field, expected) in [
        ("site=Atlantis", "site", "there is no site"),
        ("host=none", "host", "there is no node"),
        ("type=vm", "type", "expected one of"),
        ("search=", "search", "expected 1 to 8 words"),
        ("search=a%00b", "search", "control characters"),
        ("search=a+b+c+d+e+f+g+h+i", "search", "expected 1 to 8 words"),
        ("sort=address", "sort", "expected one of"),
        ("kind=generic", "kind", "no such field"),
    ] {
        let refused = owner.get(&format!("/v1/nodes?{query}")).await.problem(400, "invalid");
        assert!(refused.field(field).contains(expected), "{query}: {:#}", refused.body);
    }
    assert_eq!(owner.get("/v1/nodes").await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn a_duplicate_unique_field_is_refused_and_names_the_other_node() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let body =
        json!({ "type": "container", "name": "a", "address": "h", "region": "eu", "container_id": "c" });
    let first = owner.post("/v1/nodes", body).await.expect(201).body["id"].clone();
    for (field, body) in [
        ("name", json!({ "type": "machine_tool", "name": "a" })),
        ("container_id", json!({ "type": "container", "name": "b", "address": "i", "container_id": "c" })),
        ("address", json!({ "type": "remote", "name": "b", "address": "h", "region": "eu" })),
    ] {
        let taken = owner.post("/v1/nodes", body).await.problem(409, "taken");
        taken.field(field);
        assert!(taken.body["detail"].as_str().unwrap().contains(first.as_str().unwrap()), "{:#}", taken.body);
    }
    app.node(json!({ "name": "b", "address": "h" })).await;
    owner.patch("/v1/nodes/b", json!({ "region": "eu" })).await.problem(409, "taken").field("address");
    owner.patch("/v1/nodes/b", json!({ "name": "a" })).await.problem(409, "taken").field("name");
    // In another organization all of it is free.
    app.organization("other").await;
    let body =
        json!({ "type": "container", "name": "a", "address": "h", "region": "eu", "container_id": "c" });
    app.root().post("/v1/nodes?organization=other", body).await.expect(201);
}

#[tokio::test]
async fn a_cycle_of_hosts_is_refused() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.node(json!({ "name": "n0" })).await;
    for n in 1..=16 {
        app.node(json!({ "name": format!("n{n}"), "host": format!("n{}", n - 1) })).await;
    }
    let body = json!({ "type": "generic", "name": "n17", "address": "h", "host": "n16" });
    let refused = owner.post("/v1/nodes", body).await.problem(400, "invalid");
    assert!(refused.field("host").contains("at most 16"), "{:#}", refused.body);
    for (node, host) in [("n0", "n0"), ("n0", "n1"), ("n0", "n15"), ("n5", "n9")] {
        let path = format!("/v1/nodes/{node}");
        let refused = owner.patch(&path, json!({ "host": host })).await.problem(400, "invalid");
        assert!(refused.field("host").contains("does not itself run on this node"), "{:#}", refused.body);
    }
    owner.patch("/v1/nodes/n5", json!({ "host": "n3" })).await.expect(200);
    assert_eq!(owner.get("/v1/nodes?host=n3").await.expect(200).items("name"), ["n4", "n5"]);
    owner.patch("/v1/nodes/n5", json!({ "host": null })).await.expect(200);
    owner.patch("/v1/nodes/n0", json!({ "host": "n5" })).await.expect(200);
}

#[tokio::test]
async fn nodes_on_a_deleted_host_are_detached_and_kept() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.node(json!({ "name": "host" })).await;
    let guest = app.node(json!({ "name": "guest", "host": "host", "labels": { "env": "prod" } })).await;
    let items = json!([{ "id": guest, "name": "guest" }]);
    let nodes = json!({ "noun": "nodes", "effect": "detached", "count": 1, "items": items });
    let refused = owner.delete("/v1/nodes/host").await.problem(409, "in_use");
    assert_eq!(refused.body["dependants"], json!([nodes]));
    let id = owner.get("/v1/nodes/host").await.body["id"].clone();
    let (one, _) = app.key(&["nodes:*"], json!({ "reach": { "nodes": [id] } })).await;
    let refused = app.with_key(&one).delete("/v1/nodes/host?force=true").await;
    assert!(!refused.problem(403, "reach_too_narrow").body.to_string().contains("guest"));
    let gone = owner.delete("/v1/nodes/host?force=true").await.expect(200);
    assert_eq!(gone.body["removed"][1], nodes);
    let left = owner.get("/v1/nodes/guest").await.expect(200).body;
    assert_eq!((&left["host_id"], &left["revision"]), (&json!(null), &json!(2)));
}

#[tokio::test]
async fn nodes_are_searched_filtered_and_paged() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.site("default", "Berlin", json!({})).await;
    for n in 0..7 {
        let site = if n % 2 == 0 { json!("Berlin") } else { Value::Null };
        let labels = json!({ "parity": if n % 2 == 0 { "even" } else { "odd" } });
        app.node(json!({ "name": format!("DB-{n}"), "address": format!("10.0.0.{n}"), "site": site, "labels": labels }))
            .await;
        app.advance(1);
    }
    let body = json!({ "type": "machine_tool", "name": "100% mill", "serial_number": "SN_42" });
    owner.post("/v1/nodes", body).await.expect(201);
    for (query, expected) in [
        ("search=db", vec!["DB-0", "DB-1", "DB-2", "DB-3", "DB-4", "DB-5", "DB-6"]),
        ("search=DB+0.0.3", vec!["DB-3"]),
        ("search=100%25", vec!["100% mill"]),
        ("search=sn_42", vec!["100% mill"]),
        ("search=sn%2542", vec![]),
        ("type=machine_tool", vec!["100% mill"]),
        ("site=Berlin", vec!["DB-0", "DB-2", "DB-4", "DB-6"]),
        ("site=Berlin&search=6", vec!["DB-6"]),
        ("labels=parity%3Dodd&sort=-name", vec!["DB-5", "DB-3", "DB-1"]),
        ("labels=!parity", vec!["100% mill"]),
    ] {
        assert_eq!(
            owner.get(&format!("/v1/nodes?{query}")).await.expect(200).items("name"),
            expected,
            "{query}"
        );
    }
    app.advance(1);
    owner.patch("/v1/nodes/DB-2", json!({ "model": "X" })).await.expect(200);
    for (sort, first, last) in [
        ("name", "100% mill", "DB-6"),
        ("-name", "DB-6", "100% mill"),
        ("created_at", "DB-0", "100% mill"),
        ("-updated_at", "DB-2", "DB-0"),
    ] {
        let mut seen = Vec::new();
        let mut path = format!("/v1/nodes?limit=3&sort={sort}");
        loop {
            let page = owner.get(&path).await.expect(200);
            seen.extend(page.items("name"));
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("/v1/nodes?limit=3&sort={sort}&cursor={cursor}");
        }
        assert_eq!(seen[0], first, "{sort}");
        assert_eq!((seen.len(), seen.last().unwrap()), (8, &json!(last)), "{sort}");
    }
}

#[tokio::test]
async fn a_stale_edit_is_refused_with_the_current_state() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "db-1" })).await;
    let path = "/v1/nodes/db-1";
    let etag = app.owner().get(path).await.headers["etag"].to_str().unwrap().to_owned();
    let first = app.owner().header("if-match", &etag).patch(path, json!({ "model": "X" })).await.expect(200);
    let second = app.owner().header("if-match", &etag).patch(path, json!({ "model": "Y" })).await;
    let second = second.problem(412, "changed");
    assert_eq!(second.body["current"], first.body);
    app.owner().header("if-match", &etag).delete(path).await.problem(412, "changed");
    app.owner().header("if-match", "*").delete(path).await.expect(200);
}

#[tokio::test]
async fn node_names_are_compared_without_case_and_final_dot() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let id = app.node(json!({ "name": "MB-MBP" })).await;
    let umlaut = app.node(json!({ "name": "M\u{dc}NCHEN-STRASSE" })).await;
    for (name, id) in
        [("mb-mbp", &id), ("Mb-Mbp.", &id), ("MB-MBP", &id), ("m%C3%BCnchen-stra%C3%9Fe", &umlaut)]
    {
        assert_eq!(owner.get(&format!("/v1/nodes/{name}")).await.expect(200).body["id"], json!(id), "{name}");
    }
    let other = |name: &str| json!({ "type": "generic", "name": name, "address": "10.0.0.2" });
    for name in ["mb-mbp", "MB-MBP.", "Mb-mbp"] {
        let refused = owner.post("/v1/nodes", other(name)).await.problem(409, "taken");
        assert!(refused.body["detail"].to_string().contains(&id), "{refused:?}");
        refused.field("name");
        let line = json!({ "format": "jsonl", "data": other(name).to_string() });
        let refused = owner.post("/v1/nodes/import", line).await.problem(400, "invalid");
        assert!(refused.body.to_string().contains("another node has it"), "{refused:?}");
    }
    let two = format!("{}\n{}", other("Two"), other("two."));
    let refused = owner.post("/v1/nodes/import", json!({ "format": "jsonl", "data": two })).await;
    assert!(refused.problem(400, "invalid").body.to_string().contains("line 1 has it"));
    // A line of another case is that node; which keeps its name.
    let line = json!({ "format": "jsonl", "data": other("mb-mbp").to_string(), "existing": "update" });
    assert_eq!(owner.post("/v1/nodes/import", line).await.expect(200).body["updated"], 1);
    assert_eq!(owner.get("/v1/nodes/mb-mbp").await.expect(200).body["name"], "MB-MBP");
    // A node may take another form of its own name, and not that of another.
    owner.patch("/v1/nodes/mb-mbp", json!({ "name": "mb-mbp." })).await.expect(200);
    let web = app.node(json!({ "name": "web-1" })).await;
    owner.patch("/v1/nodes/web-1", json!({ "name": "MB-mbp" })).await.problem(409, "taken").field("name");
    // Services and commands name nodes so, too.
    let service = json!({
        "type": "mysql", "name": "m", "nodes": ["WEB-1."], "address": "10.0.0.3", "port": 3306,
    });
    assert_eq!(owner.post("/v1/services", service).await.expect(201).body["nodes"], json!([web]));

    // A pair of before stays; which of them is meant must be said.
    let twin = app.node(json!({ "name": "web-2" })).await;
    app.tamper(
        "UPDATE nodes SET name = 'WEB-1', folded_name = 'web-1', unique_name = NULL WHERE name = 'web-2'",
    )
    .await;
    let refused = owner.get("/v1/nodes/Web-1").await.problem(409, "ambiguous_name");
    assert!(refused.body["detail"].to_string().contains("WEB-1, web-1"), "{refused:?}");
    for (name, id) in [("web-1", &web), ("WEB-1", &twin)] {
        assert_eq!(owner.get(&format!("/v1/nodes/{name}")).await.expect(200).body["id"], json!(id));
        owner.patch(&format!("/v1/nodes/{name}"), json!({ "description": "still here" })).await.expect(200);
    }
    let targets = json!({ "targets": { "nodes": ["Web-1"] }, "shell": "sh", "command": "true" });
    let refused = owner.post("/v1/commands", targets).await.problem(400, "invalid");
    assert!(refused.body.to_string().contains("matches several nodes"), "{refused:?}");
}
