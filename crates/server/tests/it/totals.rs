//! Totals and facets of lists.

use bailiwick_catalogue::catalogue;
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};

async fn total(actor: &Actor<'_>, path: &str) -> Value {
    actor.get(path).await.expect(200).body["total"].clone()
}

fn exactly(count: u32) -> Value {
    json!({ "count": count, "exact": true })
}

/// Nodes with labels, at two sites; `out` is another organization's.
async fn fleet(app: &TestApp) {
    app.site("default", "Berlin", json!({})).await;
    app.site("default", "Bonn", json!({})).await;
    for n in 0..6 {
        let (env, site) = (["prod", "test"][n % 2], ["Berlin", "Bonn"][n / 4]);
        let kind = ["generic", "generic", "container"][n % 3];
        let node = json!({ "name": format!("n-{n}"), "type": kind, "labels": { "env": env, "tier": "db" }, "site": site });
        app.node(node).await;
    }
    app.node(json!({ "name": "alone" })).await;
    app.organization("other").await;
    app.machine("other", "foreign", json!({ "env": "prod" })).await;
}

#[tokio::test]
async fn a_total_counts_all_pages_under_the_same_filter() {
    let app = TestApp::new().await;
    fleet(&app).await;
    let owner = app.owner();
    for (filter, count) in [
        ("", 7),
        ("&labels=env%3Dprod", 3),
        ("&labels=env%3Dprod,tier%3Ddb&sort=-created_at", 3),
        ("&labels=env%3Dprod&sort=-name", 3),
        ("&labels=!env", 1),
        ("&labels=env&site=Berlin", 4),
        ("&site=Berlin", 4),
        ("&search=n-1", 1),
        ("&type=container&labels=tier", 2),
        ("&status=unknown", 7),
        ("&status=online", 0),
    ] {
        let path = format!("/v1/nodes?limit=2{filter}");
        assert_eq!(total(&owner, &format!("{path}&total=true")).await, exactly(count), "{filter}");
        let first = owner.get(&path).await.expect(200).body;
        assert!(first.get("total").is_none(), "{filter}");
        // It is that of all pages, on every page.
        if let Some(next) = first["next_cursor"].as_str() {
            assert_eq!(
                total(&owner, &format!("{path}&total=true&cursor={next}")).await,
                exactly(count),
                "{filter}"
            );
        }
    }
    let (narrow, _) = app.key(&["nodes:read"], json!({ "reach": { "labels": "env=prod" } })).await;
    assert_eq!(total(&app.with_key(&narrow), "/v1/nodes?total=true").await, exactly(3));
}

#[tokio::test]
async fn a_total_is_exact_up_to_ten_thousand() {
    let app = TestApp::new().await;
    let owner = app.owner();
    app.site("default", "Berlin", json!({})).await;
    let insert = async |from: u32, to: u32| {
        let sql: &'static str = Box::leak(
            format!(
                "WITH RECURSIVE n (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM n WHERE n < {to}) \
                 INSERT INTO sites (id, organization_id, name, labels, created_at, updated_at, revision) \
                 SELECT randomblob(16), organization_id, 'site ' || n, '{{}}', 0, 0, 1 FROM n, sites WHERE sites.name = 'Berlin'"
            )
            .into_boxed_str(),
        );
        app.execute(sql).await;
    };
    insert(2, 10_000).await;
    assert_eq!(total(&owner, "/v1/sites?total=true&limit=1").await, exactly(10_000));
    insert(10_001, 10_001).await;
    assert_eq!(
        total(&owner, "/v1/sites?total=true&limit=1").await,
        json!({ "count": 10_000, "exact": false })
    );
}

#[tokio::test]
async fn every_list_with_pages_and_an_order_has_a_total() {
    let app = TestApp::new().await;
    let without = |id: &str| {
        // What is read from the log of machine data has no order of a table, and is not counted.
        [
            "observations.",
            "series.",
            "state_intervals.",
            "alarm_intervals.",
            "aggregated_quantities.",
            "positions.",
            "machines.",
        ]
        .iter()
        .any(|noun| id.starts_with(noun))
    };
    let mut counted = 0;
    for operation in catalogue().operations() {
        let id = operation.spec.id.as_str();
        let is_list = operation.fields.iter().any(|field| field == "cursor") && !operation.spec.answers_text;
        if !is_list || !id.ends_with(".list") || without(id) || operation.spec.path.contains('{') {
            continue;
        }
        assert!(operation.fields.iter().any(|field| field == "total"), "{id}");
        let path = format!("{}?total=true&organization=default", operation.spec.path);
        let path = if id == "organizations.list" { "/v1/organizations?total=true".to_owned() } else { path };
        let answer = app.root().get(&path).await.expect(200).body;
        let items = answer["items"].as_array().unwrap().len();
        assert_eq!(answer["total"], json!({ "count": items, "exact": true }), "{id}");
        counted += 1;
    }
    assert!(counted >= 20, "only {counted} lists were counted");
}

/// The values of a facet with their counts.
fn counts(answer: &Value, facet: &str) -> Vec<(Value, u64)> {
    let values = answer["facets"][facet].as_array().unwrap().iter();
    values
        .map(|value| {
            assert_eq!(value["exact"], true);
            (value["value"].clone(), value["count"].as_u64().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn facets_count_the_values_under_the_filter_without_their_own_member() {
    let app = TestApp::new().await;
    fleet(&app).await;
    app.execute(
        "INSERT INTO node_presence (node_id, organization_id, last_seen_at, online_since) \
         SELECT id, organization_id, 2000000000000000, 0 FROM nodes WHERE name = 'n-0'",
    )
    .await;
    let owner = app.owner();
    let path = "/v1/nodes?facets=site,type,status&site=Berlin&limit=1";
    let answer = owner.get(path).await.expect(200).body;
    let sites = answer["facets"]["site"].as_array().unwrap();
    let named: Vec<_> = sites.iter().map(|site| (site["name"].clone(), site["count"].clone())).collect();
    assert_eq!(named, [(json!("Berlin"), json!(4)), (json!("Bonn"), json!(2)), (Value::Null, json!(1))]);
    assert_eq!(sites[2]["value"], Value::Null);
    assert_eq!(counts(&answer, "type"), [(json!("generic"), 3), (json!("container"), 1)]);
    assert_eq!(counts(&answer, "status"), [(json!("unknown"), 3), (json!("online"), 1)]);
    let answer = owner.get("/v1/nodes?facets=status&status=online&labels=env%3Dprod").await.expect(200).body;
    assert_eq!(counts(&answer, "status"), [(json!("unknown"), 2), (json!("online"), 1)]);
    assert!(answer["facets"].get("site").is_none());
    assert!(owner.get("/v1/nodes").await.expect(200).body.get("facets").is_none());
    let refused = owner.get("/v1/nodes?facets=site,colour").await.problem(400, "invalid");
    assert!(refused.field("facets").contains("expected some of site, type, status"), "{:#}", refused.body);
    // A caller that may not read sites sees their ids only.
    let (blind, _) = app.key(&["nodes:read"], json!({})).await;
    let answer = app.with_key(&blind).get("/v1/nodes?facets=site").await.expect(200).body;
    assert!(
        answer["facets"]["site"][0]["value"].is_string() && answer["facets"]["site"][0]["name"].is_null()
    );
    // A narrow reach counts only what is in it.
    let (narrow, _) = app.key(&["nodes:read"], json!({ "reach": { "labels": "env=test" } })).await;
    let answer = app.with_key(&narrow).get("/v1/nodes?facets=type").await.expect(200).body;
    assert_eq!(counts(&answer, "type"), [(json!("generic"), 2), (json!("container"), 1)]);
}

#[tokio::test]
async fn services_and_agents_have_facets() {
    let app = TestApp::new().await;
    let owner = app.owner();
    let node = app.node(json!({ "name": "db-1" })).await;
    for (n, environment) in ["prod", "prod", "test"].iter().enumerate() {
        let kind = if n == 0 { "postgresql" } else { "mysql" };
        let body = json!({
            "type": kind, "name": format!("s-{n}"), "address": "db", "port": n + 1, "environment": environment,
            "nodes": [node],
        });
        owner.post("/v1/services", body).await.expect(201);
    }
    let answer =
        owner.get("/v1/services?facets=type,environment,cluster&environment=prod").await.expect(200).body;
    assert_eq!(counts(&answer, "type"), [(json!("mysql"), 1), (json!("postgresql"), 1)]);
    assert_eq!(counts(&answer, "environment"), [(json!("prod"), 2), (json!("test"), 1)]);
    assert_eq!(counts(&answer, "cluster"), [(Value::Null, 2)]);
    let body = json!({ "type": "node_exporter", "runs_on": node, "enabled": false });
    owner.post("/v1/agents", body).await.expect(201);
    app.enrolled("default", &node, json!({})).await;
    let answer = owner.get("/v1/agents?facets=type,enabled&type=node_exporter").await.expect(200).body;
    assert_eq!(counts(&answer, "type"), [(json!("bailiwick_agent"), 1), (json!("node_exporter"), 1)]);
    assert_eq!(counts(&answer, "enabled"), [(json!("false"), 1)]);
}
