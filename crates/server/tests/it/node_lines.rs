//! Nodes brought in and taken out as text.

use serde_json::{Value, json};

use crate::app::{Reply, TestApp};

async fn import(app: &TestApp, format: &str, data: &str, more: Value) -> Reply {
    let mut body = json!({ "format": format, "data": data });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.owner().post("/v1/nodes/import", body).await
}

fn counts(reply: &Reply) -> [u64; 3] {
    ["created", "updated", "unchanged"].map(|name| reply.body[name].as_u64().unwrap())
}

/// Creates a site whose name looks like an id. Earlier versions accepted such names.
async fn site_like_an_id(app: &TestApp, organization: &str) {
    app.site(organization, "Like an id", json!({})).await;
    app.execute("UPDATE sites SET name = '01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f' WHERE name = 'Like an id'")
        .await;
}

/// Nodes of all types, with all that is hard to write.
async fn various(app: &TestApp) {
    site_like_an_id(app, "default").await;
    let odd = app.site("default", "Werk \"Süd\", Halle 3", json!({})).await;
    app.node(json!({ "name": "host", "description": "two\nlines, \"quoted\"" })).await;
    app.node(json!({ "name": "=1+1", "site": odd, "host": "host", "model": "'x", "labels": { "a": "", "b": "x, \"y\"" } }))
        .await;
    let like = app.owner().get("/v1/sites").await.body["items"][0]["id"].clone();
    app.node(json!({ "name": "at-id", "site": like })).await;
    for body in [
        json!({ "type": "container", "name": "-c", "address": "h", "container_id": "c", "host": "host" }),
        json!({ "type": "remote_rds", "name": "rds", "address": "i", "region": "eu", "az": "eu-1" }),
        json!({ "type": "machine_tool", "name": "@mill", "serial_number": "+42", "manufacturer": "Acme" }),
    ] {
        app.owner().post("/v1/nodes", body).await.expect(201);
    }
}

#[tokio::test]
async fn exported_nodes_are_imported_unchanged() {
    let app = TestApp::new().await;
    various(&app).await;
    let before = app.owner().get("/v1/nodes").await.expect(200).body;
    for format in ["jsonl", "csv"] {
        let out = app.owner().get(&format!("/v1/nodes/export?format={format}")).await.expect(200);
        assert_eq!((&out.body["count"], &out.body["next_cursor"]), (&json!(6), &json!(null)));
        let data = out.body["data"].as_str().unwrap();
        if format == "csv" {
            let formulas = ["\n=", "\n+", "\n-", "\n@", ",=", ",+", ",-", ",@"];
            assert!(formulas.iter().all(|formula| !data.contains(formula)), "{data}");
        }
        let again = import(&app, format, data, json!({ "existing": "update" })).await.expect(200);
        assert_eq!(counts(&again), [0, 0, 6]);
        assert_eq!(app.owner().get("/v1/nodes").await.body, before, "the import changed nodes");
        let first = if format == "csv" { 2 } else { 1 };
        let refused = import(&app, format, data, json!({})).await.problem(400, "invalid");
        refused.field(&format!("line {first} and 5 more: name"));
        // And in another organization, where only the sites are.
        app.organization(format).await;
        site_like_an_id(&app, format).await;
        app.site(format, "Werk \"Süd\", Halle 3", json!({})).await;
        // The site whose name looks like an id is named by its own id, and that one is not there.
        let path = format!("/v1/nodes/import?organization={format}");
        let body = json!({ "format": format, "data": data });
        let refused = app.root().post(&path, body).await.problem(400, "invalid");
        let errors = refused.body["errors"].as_array().unwrap();
        assert!(
            errors.iter().any(|error| error["field"].as_str().unwrap().ends_with(": site")),
            "{errors:?}"
        );
    }
}

#[tokio::test]
async fn an_import_creates_and_updates_nodes() {
    let app = TestApp::new().await;
    app.site("default", "Berlin", json!({})).await;
    let csv = "type,name,address,site,host,label.env,labels\n\
               generic,a,10.0.0.1,Berlin,,prod,\n\
               container,b,10.0.0.1,,a,,\"tier=web,note=\"\"x, y\"\"\"\n\
               machine_tool,c,,,,,\n";
    let would = import(&app, "csv", csv, json!({ "dry_run": true })).await.expect(200);
    assert_eq!(would.body, json!({ "created": 3, "updated": 0, "unchanged": 0, "dry_run": true }));
    assert_eq!(app.owner().get("/v1/nodes").await.body["items"], json!([]));
    let done = import(&app, "csv", csv, json!({})).await.expect(200);
    assert_eq!(counts(&done), [3, 0, 0]);
    let b = app.owner().get("/v1/nodes/b").await.expect(200).body;
    assert_eq!(b["host_id"], app.owner().get("/v1/nodes/a").await.body["id"]);
    assert_eq!(b["labels"], json!({ "tier": "web", "note": "x, y" }));
    let found = app.owner().get("/v1/nodes?labels=env%3Dprod&search=10.0").await.expect(200);
    assert_eq!(found.items("name"), ["a"]);
    // What a line does not name stays; labels are replaced as a whole.
    let jsonl = "{\"type\":\"generic\",\"name\":\"a\",\"model\":\"X\"}\n\n\
                 {\"type\":\"machine_tool\",\"name\":\"c\"}\n\
                 {\"type\":\"container\",\"name\":\"b\",\"labels\":{}}\n\
                 {\"type\":\"generic\",\"name\":\"d\",\"address\":\"h\",\"host\":\"a\"}\n";
    let done = import(&app, "jsonl", jsonl, json!({ "existing": "update" })).await.expect(200);
    assert_eq!(counts(&done), [1, 2, 1]);
    let a = app.owner().get("/v1/nodes/a").await.expect(200).body;
    assert_eq!((&a["model"], &a["address"], &a["revision"]), (&json!("X"), &json!("10.0.0.1"), &json!(2)));
    assert_eq!(a["labels"], json!({ "env": "prod" }));
    assert_eq!(app.owner().get("/v1/nodes/b").await.body["labels"], json!({}));
    let entries = app.owner().get("/v1/audit?operation=nodes.import").await.expect(200).body["items"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2, "a dry run changed something");
    let last = entries.as_array().unwrap().iter().find(|e| e["reason"] == "1 created, 2 updated").unwrap();
    let mut written = Vec::new();
    for name in ["a", "b", "d"] {
        let node = app.owner().get(&format!("/v1/nodes/{name}")).await.expect(200).body;
        written.push(json!({ "noun": "node", "id": node["id"] }));
    }
    assert_eq!(last["targets"], json!(written), "in the order of the lines, created or changed");
}

#[tokio::test]
async fn every_bad_line_of_nodes_is_named_and_nothing_is_imported() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "old" })).await;
    let body =
        json!({ "type": "container", "name": "box", "address": "h", "region": "eu", "container_id": "c" });
    let held = app.owner().post("/v1/nodes", body).await.expect(201).body["id"].clone();
    let csv = "type,name,address,region,container_id,site,host,distro\n\
               generic,good,h,,,,,\n\
               generic,,h,,,,,\n\
               vm,x1,h,,,,,\n\
               generic,good,h,,,,,\n\
               remote,x2,h,,,,,Debian\n\
               generic,x3,a b,,,,,\n\
               generic,x4,h,,,Atlantis,,\n\
               generic,x5,h,,,,later,\n\
               generic,later,h,,,,,\n\
               container,x6,h,,c,,,\n\
               container,x7,h,,d,,,\n\
               container,x8,h,,d,,,\n\
               remote,x9,h,eu,,,,\n\
               remote,x10,i,eu,,,,\n\
               remote,x11,i,eu,,,,\n\
               generic,old,h,,,,,\n\
               generic,x12,h\n\
               generic,x13,h,,,,x13,\n";
    let refused = import(&app, "csv", csv, json!({})).await.problem(400, "invalid");
    for (field, detail) in [
        ("line 3: name", "required"),
        ("line 4: type", "expected one of `generic`"),
        ("line 5: name", "expected another name: line 2 has it"),
        ("line 6: distro", "nodes of type remote have none"),
        ("line 7: address", "expected a host name or an IP address"),
        ("line 8: site", "there is no site Atlantis"),
        ("line 9: host", "there is no node later, and no earlier line creates it"),
        ("line 11: container_id", held.as_str().unwrap()),
        ("line 13: container_id", "line 12 has it"),
        ("line 14: address", held.as_str().unwrap()),
        ("line 16: address", "line 15 has it in this region"),
        ("line 17: name", "not taken"),
        ("line 18", "expected 8 cells, as the first line has, found 3"),
        ("line 19: host", "there is no node x13"),
    ] {
        assert!(refused.field(field).contains(detail), "{field}: {:#}", refused.body);
    }
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 14, "{:#}", refused.body);
    assert_eq!(app.owner().get("/v1/nodes").await.expect(200).items("name"), ["box", "old"]);

    let many = "{}\n".repeat(150);
    let refused = import(&app, "jsonl", &many, json!({})).await.problem(400, "invalid");
    let errors = refused.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{:#}", refused.body);
    assert!(errors[0]["field"].as_str().unwrap().starts_with("line 1 and 149 more"), "{:#}", refused.body);
    let refused = import(&app, "csv", "type,name,size\n", json!({})).await.problem(400, "invalid");
    assert!(refused.field("line 1: size").contains("there is no such column"));
    let line = "{\"type\":\"container\",\"name\":\"old\",\"address\":\"h\"}";
    let refused = import(&app, "jsonl", line, json!({ "existing": "update" })).await.problem(400, "invalid");
    assert!(refused.field("line 1: type").contains("expected generic"));
    for body in [json!({ "format": "xml", "data": "" }), json!({ "format": "csv" }), json!({ "data": "" })] {
        app.owner().post("/v1/nodes/import", body).await.problem(400, "invalid");
    }
}

#[tokio::test]
async fn an_import_cannot_make_a_cycle_of_hosts() {
    let app = TestApp::new().await;
    app.node(json!({ "name": "a" })).await;
    app.node(json!({ "name": "b", "host": "a" })).await;
    app.node(json!({ "name": "c", "host": "b" })).await;
    let update = json!({ "existing": "update" });
    let line = |name: &str, host: &str| {
        format!("{{\"type\":\"generic\",\"name\":\"{name}\",\"host\":\"{host}\"}}\n")
    };
    let refused = import(&app, "jsonl", &line("a", "c"), update.clone()).await.problem(400, "invalid");
    assert!(refused.field("line 1: host").contains("does not itself run on this node"));
    // Two that are right one by one are not together.
    app.node(json!({ "name": "x" })).await;
    app.node(json!({ "name": "y" })).await;
    let both = line("x", "y") + &line("y", "x");
    let refused = import(&app, "jsonl", &both, update.clone()).await.problem(400, "invalid");
    refused.field("line 1: host");
    refused.field("line 2: host");
    let mut chain = String::new();
    for n in 0..18 {
        let host = if n == 0 { "c".to_owned() } else { format!("n{}", n - 1) };
        chain +=
            &format!("{{\"type\":\"generic\",\"name\":\"n{n}\",\"address\":\"h\",\"host\":\"{host}\"}}\n");
    }
    let refused = import(&app, "jsonl", &chain, json!({})).await.problem(400, "invalid");
    assert!(refused.field("line 15: host").contains("at most 16"), "{:#}", refused.body);
}

#[tokio::test]
async fn the_reach_of_a_key_is_checked_for_every_line() {
    let app = TestApp::new().await;
    let berlin = app.site("default", "Berlin", json!({})).await;
    app.site("default", "Bonn", json!({})).await;
    app.node(json!({ "name": "hidden", "site": "Bonn" })).await;
    app.node(json!({ "name": "seen", "site": "Berlin", "host": "hidden" })).await;
    let (key, _) = app.key(&["nodes:*"], json!({ "reach": { "sites": [berlin] } })).await;
    let actor = app.with_key(&key);
    let csv = "type,name,address,site,host\n\
               generic,a,h,Berlin,\n\
               generic,b,h,Bonn,\n\
               generic,c,h,,\n\
               generic,d,h,Berlin,hidden\n\
               generic,hidden,h,Berlin,\n";
    let body = json!({ "format": "csv", "data": csv, "existing": "update" });
    let refused = actor.post("/v1/nodes/import", body).await.problem(400, "invalid");
    assert_eq!(refused.field("line 3: site"), "there is no site Bonn");
    assert!(refused.field("line 4").contains("outside of the key's reach"));
    assert!(refused.field("line 5: host").contains("there is no node hidden"));
    assert!(refused.field("line 6: name").ends_with("another node has it"), "the error names the other node");
    // What it does reach goes out and in, also with a host that it does not reach.
    let out = actor.get("/v1/nodes/export").await.expect(200);
    assert_eq!(out.body["count"], 1);
    let body = json!({ "format": "jsonl", "data": out.body["data"], "existing": "update" });
    assert_eq!(counts(&actor.post("/v1/nodes/import", body).await.expect(200)), [0, 0, 1]);
}

#[tokio::test]
async fn the_import_body_and_export_answer_can_be_plain_text() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let csv = b"type,name\nmachine_tool,a\nmachine_tool,b\nmachine_tool,c\n".to_vec();
    let path = "/v1/nodes/import?dry_run=true&existing=update";
    let would = owner.raw("POST", path, Some("text/csv; charset=utf-8"), csv.clone()).await.expect(200);
    assert_eq!((counts(&would), &would.body["dry_run"]), ([3, 0, 0], &json!(true)));
    owner.raw("POST", "/v1/nodes/import", Some("Text/CSV"), csv.clone()).await.expect(200);
    let line = b"{\"type\":\"machine_tool\",\"name\":\"d\"}".to_vec();
    owner.raw("POST", "/v1/nodes/import", Some("application/x-ndjson"), line).await.expect(200);
    for (query, field) in
        [("format=csv", "format"), ("data=x", "data"), ("dry_run=maybe", "dry_run"), ("x=1", "x")]
    {
        let path = format!("/v1/nodes/import?{query}");
        owner.raw("POST", &path, Some("text/csv"), csv.clone()).await.problem(400, "invalid").field(field);
    }
    let refused = owner.post("/v1/nodes/import?dry_run=true", json!({})).await.problem(400, "invalid");
    refused.field("dry_run");
    let refused = owner.raw("POST", "/v1/nodes/import", Some("text/csv"), vec![b'a', 0xff]).await;
    refused.problem(400, "invalid").field("data");
    let refused = owner.raw("POST", "/v1/nodes/import", Some("text/plain"), csv.clone()).await;
    let refused = refused.problem(415, "unsupported_media_type");
    assert!(refused.body["detail"].as_str().unwrap().contains("text/csv"));
    owner.raw("POST", "/v1/nodes", Some("text/csv"), csv).await.problem(415, "unsupported_media_type");
    // More than other bodies may be.
    let large =
        format!("{{\"type\":\"machine_tool\",\"name\":\"e\"}}\n{}", " \n".repeat(1 << 20)).into_bytes();
    owner.raw("POST", "/v1/nodes/import", Some("application/x-ndjson"), large).await.expect(200);

    let page =
        app.owner().header("accept", "text/csv").get("/v1/nodes/export?limit=2&type=machine_tool").await;
    let page = page.expect(200);
    assert_eq!(page.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(page.headers["vary"], "accept");
    assert_eq!(page.body.as_str().unwrap().lines().count(), 3);
    let link = page.headers["link"].to_str().unwrap();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    let rest =
        app.owner().header("accept", "text/csv, application/json").get(&format!("{next}&limit=10")).await;
    rest.problem(400, "invalid").field("limit");
    let rest = app.owner().header("accept", "application/x-ndjson").get(&next).await.expect(200);
    assert_eq!(rest.headers["content-type"], "application/x-ndjson");
    let names: Vec<Value> = rest
        .body
        .as_str()
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["name"].clone())
        .collect();
    assert_eq!(names, ["c", "d"]);
    assert!(rest.headers.contains_key("link"), "the node e is missing and there is no link to the next page");
    let json =
        app.owner().header("accept", "application/json, text/csv").get("/v1/nodes/export").await.expect(200);
    assert_eq!((&json.body["format"], &json.body["count"]), (&json!("jsonl"), &json!(5)));
    let wrong = app.owner().header("accept", "text/csv").get("/v1/nodes/export?limit=10001").await;
    wrong.problem(400, "invalid").field("limit");
}

#[tokio::test]
async fn a_line_that_changes_a_node_needs_only_its_name_and_what_changes() {
    let app = TestApp::new().await;
    app.site("default", "South", json!({})).await;
    app.node(json!({ "name": "web-1", "labels": { "env": "prod" }, "description": "first" })).await;
    let csv = "name,site\nweb-1,South\n";
    let refused = import(&app, "csv", csv, json!({})).await.problem(400, "invalid");
    assert!(refused.field("line 2: name").contains("--existing update"), "{:#}", refused.body);
    let done = import(&app, "csv", csv, json!({ "existing": "update" })).await.expect(200);
    assert_eq!(counts(&done), [0, 1, 0]);
    let node = app.owner().get("/v1/nodes/web-1?include=site").await.expect(200).body;
    assert_eq!(
        (&node["site_name"], &node["labels"], &node["description"]),
        (&json!("South"), &json!({ "env": "prod" }), &json!("first"))
    );
    let new = "name,site\nweb-2,South\n";
    let refused = import(&app, "csv", new, json!({ "existing": "update" })).await.problem(400, "invalid");
    assert!(refused.field("line 2: type").contains("such as generic"), "{:#}", refused.body);
    // Equal errors of several lines are one.
    for name in ["web-3", "web-4", "web-5", "web-6", "web-7"] {
        app.node(json!({ "name": name })).await;
    }
    let many: String = [1, 3, 4, 5, 6, 7].map(|n| format!("generic,web-{n}\n")).concat();
    let many = format!("type,name\n{many}");
    let refused = import(&app, "csv", &many, json!({})).await.problem(400, "invalid");
    refused.field("line 2 and 5 more: name");
}
