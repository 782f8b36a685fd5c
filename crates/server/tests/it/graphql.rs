//! GraphQL: documents, answers, and what is refused.

use serde_json::{Value, json};

use crate::app::{Actor, Reply, TestApp};

/// Asks and expects an answer without errors.
async fn ask(actor: &Actor<'_>, query: &str) -> Value {
    let reply = actor.post("/graphql", json!({ "query": query })).await.expect(200);
    assert_eq!(reply.body.get("errors"), None, "{query}: {:#}", reply.body);
    reply.body["data"].clone()
}

/// Asks and expects errors; their messages.
fn messages(reply: &Reply) -> Vec<String> {
    let errors = reply.body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {:#}", reply.body));
    errors.iter().map(|error| error["message"].as_str().unwrap().to_owned()).collect()
}

/// An organization with two sites, three nodes and two services.
async fn plant(app: &TestApp) {
    let berlin = app.site("default", "Berlin", json!({})).await;
    let bonn = app.site("default", "Bonn", json!({})).await;
    for (name, site, manufacturer, kind) in [
        ("mill-1", Some(&berlin), Some("Acme"), "machine_tool"),
        ("mill-2", Some(&berlin), Some("acme"), "machine_tool"),
        ("lathe", None, None, "machine_tool"),
        ("db-1", Some(&bonn), None, "generic"),
    ] {
        let mut body = json!({ "type": kind, "name": name, "site": site });
        if kind == "generic" {
            body["address"] = json!("10.0.0.1");
        } else {
            body["manufacturer"] = json!(manufacturer);
        }
        app.owner().post("/v1/nodes", body).await.expect(201);
    }
    for (name, nodes) in [("orders", vec!["db-1"]), ("stock", vec!["db-1", "mill-1"])] {
        let body = json!({ "type": "postgresql", "name": name, "address": "10.0.0.1", "port": 5432, "nodes": nodes });
        app.owner().post("/v1/services", body).await.expect(201);
    }
}

#[tokio::test]
async fn the_published_call_answers_the_names_of_the_machines() {
    let app = TestApp::new().await;
    plant(&app).await;
    let (key, _) = app.key(&["reporting"], json!({})).await;
    // The body of the third call of the page on authentication, as published.
    let body = r#"{"operationName":null,"variables":{},"query":"{\n machines {\n name\n }\n}"}"#;
    let reply =
        app.with_key(&key).raw("POST", "/graphql", Some("application/json"), body.into()).await.expect(200);
    let names = json!([{ "name": "db-1" }, { "name": "lathe" }, { "name": "mill-1" }, { "name": "mill-2" }]);
    assert_eq!(reply.body, json!({ "data": { "machines": names } }));
    assert_eq!(reply.headers["content-type"], "application/json");
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_cut_as_in_hasura() {
    let app = TestApp::new().await;
    plant(&app).await;
    let owner = app.owner();
    for (arguments, expected) in [
        ("", vec!["db-1", "lathe", "mill-1", "mill-2"]),
        ("(order_by: {name: desc})", vec!["mill-2", "mill-1", "lathe", "db-1"]),
        ("(order_by: {make: asc, name: asc})", vec!["mill-1", "mill-2", "db-1", "lathe"]),
        ("(order_by: [{make: desc_nulls_last}, {name: desc}])", vec!["mill-2", "mill-1", "lathe", "db-1"]),
        ("(order_by: {make: desc, name: asc})", vec!["db-1", "lathe", "mill-2", "mill-1"]),
        ("(limit: 2, offset: 1)", vec!["lathe", "mill-1"]),
        ("(where: {name: {_eq: \"lathe\"}})", vec!["lathe"]),
        ("(where: {name: {_like: \"mill-_\"}})", vec!["mill-1", "mill-2"]),
        ("(where: {make: {_like: \"Ac%\"}})", vec!["mill-1"]),
        ("(where: {make: {_ilike: \"AC%\"}})", vec!["mill-1", "mill-2"]),
        ("(where: {make: {_nlike: \"Ac%\"}})", vec!["mill-2"]),
        ("(where: {make: {_is_null: true}})", vec!["db-1", "lathe"]),
        ("(where: {make: {_neq: \"Acme\"}})", vec!["mill-2"]),
        ("(where: {_not: {make: {_eq: \"Acme\"}}})", vec!["mill-2"]),
        (
            "(where: {_or: [{name: {_eq: \"db-1\"}}, {make: {_in: [\"acme\", \"x\"]}}]})",
            vec!["db-1", "mill-2"],
        ),
        ("(where: {name: {_nin: [\"db-1\", \"lathe\"]}})", vec!["mill-1", "mill-2"]),
        ("(where: {_and: [{name: {_gt: \"lathe\"}}, {name: {_lt: \"mill-2\"}}]})", vec!["mill-1"]),
        ("(where: {_or: []})", vec![]),
        ("(where: {_not: {site: {name: {_eq: \"Berlin\"}}}})", vec!["db-1", "lathe"]),
        ("(where: {_not: {site: {}}})", vec!["lathe"]),
        ("(where: {machineRef: {_gte: 3}})", vec!["db-1", "lathe"]),
        ("(where: {decommissionedAt: {_is_null: true}})", vec!["db-1", "lathe", "mill-1", "mill-2"]),
        ("(where: {site: {name: {_eq: \"Berlin\"}}})", vec!["mill-1", "mill-2"]),
        ("(where: {_not: {site: {name: {_eq: \"Berlin\"}}}, site: {}})", vec!["db-1"]),
        ("(where: {node: {services: {name: {_eq: \"stock\"}}}})", vec!["db-1", "mill-1"]),
        ("(distinct_on: [make], order_by: {make: asc, name: desc})", vec!["mill-1", "mill-2", "lathe"]),
    ] {
        let data = ask(&owner, &format!("{{ machines{arguments} {{ name }} }}")).await;
        let names: Vec<&str> =
            data["machines"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{arguments}");
    }
}

#[tokio::test]
async fn relations_are_nested_and_have_arguments_of_their_own() {
    let app = TestApp::new().await;
    plant(&app).await;
    let query = r#"{
        sites(order_by: {name: desc}) {
            name
            nodes(order_by: {name: desc}, limit: 1) { name type site { name } host { name } }
            all: nodes_aggregate { aggregate { count max { name } } nodes { name } }
        }
        services(where: {name: {_eq: "stock"}}) { __typename name port nodes(order_by: {name: asc}) { name } }
        nodes_aggregate(where: {type: {_eq: "machine_tool"}}) { aggregate { count } }
    }"#;
    let data = ask(&app.owner(), query).await;
    assert_eq!(
        data,
        json!({
            "sites": [
                {
                    "name": "Bonn",
                    "nodes": [{ "name": "db-1", "type": "generic", "site": { "name": "Bonn" }, "host": null }],
                    "all": { "aggregate": { "count": 1, "max": { "name": "db-1" } }, "nodes": [{ "name": "db-1" }] },
                },
                {
                    "name": "Berlin",
                    "nodes": [{ "name": "mill-2", "type": "machine_tool", "site": { "name": "Berlin" }, "host": null }],
                    "all": {
                        "aggregate": { "count": 2, "max": { "name": "mill-2" } },
                        "nodes": [{ "name": "mill-1" }, { "name": "mill-2" }],
                    },
                },
            ],
            "services": [
                { "__typename": "Service", "name": "stock", "port": 5432, "nodes": [{ "name": "db-1" }, { "name": "mill-1" }] },
            ],
            "nodes_aggregate": { "aggregate": { "count": 3 } },
        })
    );
}

#[tokio::test]
async fn fragments_aliases_directives_and_variables_work() {
    let app = TestApp::new().await;
    plant(&app).await;
    let query = "query Q($name: String!, $all: Boolean = false) {
        one: machines(where: {name: {_eq: $name}}) { ...a ...a make @skip(if: true) }
        two: machines(limit: 1) @include(if: $all) { name }
    }
    fragment a on MachineTP { label: name ... on MachineTP { machineRef } }";
    let body = json!({ "query": query, "variables": { "name": "lathe" } });
    let reply = app.owner().post("/graphql", body).await.expect(200);
    assert_eq!(reply.body, json!({ "data": { "one": [{ "label": "lathe", "machineRef": 3 }] } }));
}

#[tokio::test]
async fn invalid_documents_are_refused_with_the_reason() {
    let app = TestApp::new().await;
    plant(&app).await;
    for (body, expected) in [
        (json!({ "query": "{ machines { nam } }" }), "name"),
        (json!({ "query": "{ machine { name } }" }), "machines"),
        (json!({ "query": "{ machines" }), "expected"),
        (json!({ "query": "mutation { deleteNode }" }), "through the REST API"),
        (json!({ "query": "{ machines(limit: \"x\") { name } }" }), "Int"),
        (json!({ "query": "{ machines(where: {nam: {_eq: \"x\"}}) { name } }" }), "nam"),
        (json!({ "query": "{ machines(where: {machineId: {_eq: \"x\"}}) { name } }" }), "uuid"),
        (json!({ "query": "query Q($n: Int!) { machines(limit: $n) { name } }" }), "$n needs a value"),
        (
            json!({ "query": "query Q($n: Int) { machines(limit: $n) { name } }", "variables": { "n": "x" } }),
            "Int",
        ),
        (json!({ "query": "query A { __typename } query B { __typename }" }), "peration"),
        (json!({ "query": "{ machines { ...x } } fragment x on MachineTP { ...x }" }), "contains itself"),
        (json!({ "query": "{ machines }" }), "machines"),
        (
            json!({ "query": "{ sites { ...a ...b } } fragment a on Site { nodes { site { n: name } } }
                fragment b on Site { nodes { site { n: id } } }" }),
            "n is selected twice",
        ),
        (json!({ "query": "{ sites { ...a } } fragment a on Site { ...none ...none }" }), "none"),
    ] {
        let plain = app.owner().post("/graphql", body.clone()).await.expect(200);
        let newer = app.owner().header("accept", "application/graphql-response+json");
        let reply = newer.post("/graphql", body.clone()).await.expect(400);
        assert_eq!(plain.body, reply.body);
        assert_eq!(reply.headers["content-type"], "application/graphql-response+json; charset=utf-8");
        assert!(
            messages(&reply).iter().any(|message| message.contains(expected)),
            "{body}: {:#}",
            reply.body
        );
        assert_eq!(reply.body.get("data"), None);
    }
    // Conditions whose value is missing would find more than was meant.
    let refused = |query: &'static str, expected: &'static str| {
        let app = &app;
        async move {
            let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
            assert_eq!(reply.body["data"], json!({ "machines": null }), "{query}");
            assert!(messages(&reply)[0].contains(expected), "{query}: {:#}", reply.body);
            assert_eq!(reply.body["errors"][0]["path"], json!(["machines"]));
        }
    };
    refused("query($n: String) { machines(where: {name: {_eq: $n}}) { name } }", "$n has no value").await;
    refused("{ machines(where: {name: {_eq: null}}) { name } }", "_is_null").await;
    refused("{ machines(where: {name: null}) { name } }", "leave it out").await;
    refused("{ machines(limit: -1) { name } }", "from 0 to").await;
    refused("{ machines(limit: 50001) { name } }", "at most 50000").await;
    app.owner().post("/graphql", json!({})).await.problem(400, "invalid");
    app.owner().post("/graphql", json!([{ "query": "{ machines { name } }" }])).await.problem(400, "invalid");
    app.anonymous()
        .post("/graphql", json!({ "query": "{ __typename }" }))
        .await
        .problem(401, "credential_missing");
    app.owner().delete("/graphql").await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn queries_are_read_from_the_query_string_and_by_their_hash() {
    let app = TestApp::new().await;
    plant(&app).await;
    let reply = app.owner().get("/graphql?query=%7Bsites%7Bname%7D%7D").await.expect(200);
    let sites = json!({ "data": { "sites": [{ "name": "Berlin" }, { "name": "Bonn" }] } });
    assert_eq!(reply.body, sites);
    // printf '{sites{name}}' | sha256sum
    let hash = "2878b7c2f65120c44cdd5c429afc55d32f7a7157d298aa73b387fc391e678c8d";
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let body = json!({ "extensions": persisted });
    let unknown = app.owner().post("/graphql", body).await.expect(200);
    assert_eq!(messages(&unknown), ["PersistedQueryNotFound"]);
    assert_eq!(unknown.body["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    let other = json!({ "query": "{sites{id}}", "extensions": persisted });
    app.owner().post("/graphql", other).await.problem(400, "invalid");
    let both = json!({ "query": "{sites{name}}", "extensions": persisted });
    assert_eq!(app.owner().post("/graphql", both).await.expect(200).body, sites);
    assert_eq!(
        app.owner().post("/graphql", json!({ "extensions": persisted })).await.expect(200).body,
        sites
    );
    app.owner().get("/graphql?query=%7Bsites%7Bname%7D%7D&sort=x").await.problem(400, "invalid");
}

#[tokio::test]
async fn the_schema_answers_questions_about_itself() {
    let app = TestApp::new().await;
    let query = "{ __typename __schema { queryType { name } mutationType { name } } __type(name: \"MachineTP\") { name } }";
    let expected = json!({
        "__typename": "query_root",
        "__schema": { "queryType": { "name": "query_root" }, "mutationType": null },
        "__type": { "name": "MachineTP" },
    });
    assert_eq!(ask(&app.owner(), query).await, expected);
    let mut config = bailiwick_server::config::Config::default();
    config.graphql.introspection = false;
    let app = TestApp::with_config(&config).await;
    let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
    assert_eq!(reply.body["data"]["__schema"], Value::Null, "{:#}", reply.body);
}

/// How many statements row queries have run.
fn statements(app: &TestApp) -> u64 {
    let statements = app.control.store().measures().statements;
    let of_rows = statements.into_iter().find(|statement| statement.name == "row_queries.rows");
    of_rows.map_or(0, |measures| measures.durations.count())
}

#[tokio::test]
async fn each_relation_is_one_statement_however_many_objects_there_are() {
    let app = TestApp::new().await;
    plant(&app).await;
    for n in 0..40 {
        let body = json!({ "type": "machine_tool", "name": format!("tool-{n}"), "site": "Berlin" });
        app.owner().post("/v1/nodes", body).await.expect(201);
    }
    let body = json!({ "type": "generic", "name": "guest", "address": "10.0.0.2", "host": "db-1" });
    app.owner().post("/v1/nodes", body).await.expect(201);
    // Nodes; then sites, services, agents and hosts of all of them; then nodes of all sites and of all services.
    let query = "{ nodes { name site { name nodes { name } } services { name nodes { name } } agents { type } host { name } } }";
    let before = statements(&app);
    let data = ask(&app.owner(), query).await;
    assert_eq!(data["nodes"].as_array().unwrap().len(), 45);
    assert_eq!(statements(&app) - before, 7);
}

/// The queries in the code blocks of the documentation.
fn documented() -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/graphql.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```graphql").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().trim().to_owned()).collect()
}

#[tokio::test]
async fn the_queries_of_the_documentation_are_answered() {
    let app = TestApp::new().await;
    plant(&app).await;
    let queries = documented();
    assert!(queries.len() >= 11, "found only {} queries", queries.len());
    for query in queries {
        // A subscription has the fields of a query.
        let query = query.replacen("subscription", "query", 1);
        let body = json!({ "query": query, "variables": { "since": "2030-01-01T00:00:00Z" } });
        let body = if query.contains("$since") { body } else { json!({ "query": query }) };
        let reply = app.owner().post("/graphql", body).await.expect(200);
        assert_eq!(reply.body.get("errors"), None, "{query}: {:#}", reply.body);
    }
}

#[tokio::test]
async fn figures_and_nodes_are_answered_under_every_alias() {
    let app = TestApp::new().await;
    plant(&app).await;
    let query = "{ sites_aggregate { __typename aggregate { __typename count } }
        nodes_aggregate { one: nodes(x: 1) { name } } }";
    let refused = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
    assert!(messages(&refused)[0].contains("x"), "{:#}", refused.body);
    let query = "{ sites_aggregate { __typename aggregate { __typename count } }
        services_aggregate(order_by: {name: asc}) { one: nodes { name } two: nodes { port nodes { name } } n: aggregate { count } } }";
    let data = ask(&app.owner(), query).await;
    let figures = json!({ "__typename": "Site_aggregate_fields", "count": 2 });
    assert_eq!(data["sites_aggregate"], json!({ "__typename": "Site_aggregate", "aggregate": figures }));
    let two = json!([
        { "port": 5432, "nodes": [{ "name": "db-1" }] },
        { "port": 5432, "nodes": [{ "name": "db-1" }, { "name": "mill-1" }] },
    ]);
    let one = json!([{ "name": "orders" }, { "name": "stock" }]);
    assert_eq!(data["services_aggregate"], json!({ "one": one, "two": two, "n": { "count": 2 } }));
}

#[tokio::test]
async fn large_conditions_and_long_answers_are_refused() {
    let app = TestApp::new().await;
    plant(&app).await;
    let refused = |query: String, expected: &'static str| {
        let app = &app;
        async move {
            let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
            assert!(messages(&reply)[0].contains(expected), "{:#}", reply.body);
        }
    };
    let many = vec!["{}"; 501].join(", ");
    refused(format!("{{ nodes(where: {{_or: [{many}]}}) {{ name }} }}"), "more than 500 conditions").await;
    let related = vec!["{site: {name: {_eq: \"a\"}}}"; 21].join(", ");
    refused(format!("{{ nodes(where: {{_or: [{related}]}}) {{ name }} }}"), "on related objects").await;
    let deep = format!("{}{{}}{}", "{_not: ".repeat(21), "}".repeat(21));
    refused(format!("{{ nodes(where: {deep}) {{ name }} }}"), "20 levels").await;
    let long = "a".repeat(201);
    refused(format!("{{ nodes(where: {{name: {{_like: \"{long}\"}}}}) {{ name }} }}"), "at most 200 bytes")
        .await;
    let patterns = vec!["{name: {_like: \"%a\"}}"; 21].join(", ");
    refused(format!("{{ nodes(where: {{_or: [{patterns}]}}) {{ name }} }}"), "more than 20 patterns").await;
    // As many conditions as are allowed are answered.
    let most = vec!["{name: {_eq: \"db-1\"}}"; 249].join(", ");
    let data = ask(&app.owner(), &format!("{{ nodes(where: {{_or: [{most}]}}) {{ name }} }}")).await;
    assert_eq!(data["nodes"], json!([{ "name": "db-1" }]));
    let levels = format!("{}{{}}{}", "{_not: ".repeat(19), "}".repeat(19));
    assert_eq!(
        ask(&app.owner(), &format!("{{ nodes(where: {levels}) {{ name }} }}")).await["nodes"],
        json!([])
    );
    // Few rows, each written for every object that it belongs to: 120 nodes, their site's nodes, and those again.
    for n in 0..120 {
        let body = json!({ "type": "machine_tool", "name": format!("tool-{n}"), "site": "Berlin" });
        app.owner().post("/v1/nodes", body).await.expect(201);
    }
    let query = "{ nodes { site { nodes { name site { nodes { name createdAt } } } } } }";
    refused(query.into(), "longer than 16 MiB").await;
    // The limit is one of all root fields together: each of these has 7 MiB.
    let fields = "nodes { site { nodes { name site { nodes(limit: 8) { name createdAt } } } } }";
    let query = format!("{{ one: {fields} two: {fields} three: {fields} four: sites {{ name }} }}");
    let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
    assert!(messages(&reply)[0].starts_with("with nodes, the answer is longer than 16 MiB"), "{reply:?}");
    // What follows is not read.
    for (n, missing) in ["three", "four"].into_iter().enumerate() {
        assert_eq!(reply.body["errors"][n]["path"], json!([missing]));
        assert!(reply.body["data"][missing].is_null());
    }
    for there in ["one", "two"] {
        assert!(reply.body["data"][there].is_array(), "{there}");
    }
}

#[tokio::test]
async fn figures_of_many_values_are_refused() {
    let app = TestApp::new().await;
    let lines: String = (0..2_200).map(|n| format!("machine_tool,tool-{n}\n")).collect();
    let body = json!({ "format": "csv", "data": format!("type,name\n{lines}") });
    app.owner().post("/v1/nodes/import", body).await.expect(200);
    let figures = |number: usize| -> String {
        (0..number).map(|n| format!("f{n}: count(columns: [name], distinct: true) ")).collect()
    };
    let few = figures(3);
    let data = ask(&app.owner(), &format!("{{ nodes_aggregate {{ aggregate {{ {few} }} }} }}")).await;
    assert_eq!(data["nodes_aggregate"]["aggregate"], json!({ "f0": 2_200, "f1": 2_200, "f2": 2_200 }));
    let many: String = (0..19).map(|n| format!("a{n}: aggregate {{ ...figures }} ")).collect();
    let each: String = (0..100).map(|n| format!("f{n}: count(columns: [name]) ")).collect();
    let query = format!(
        "{{ nodes_aggregate {{ {many} }} sites {{ name }} }} \
         fragment figures on Node_aggregate_fields {{ {each} }}"
    );
    let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
    assert!(messages(&reply)[0].contains("more than 4000000 values"), "{:#}", reply.body["errors"]);
    assert_eq!(reply.body["data"], json!({ "nodes_aggregate": null, "sites": [] }));
}

#[tokio::test]
async fn the_status_of_an_agent_is_that_of_rest() {
    let app = TestApp::new().await;
    app.machine("default", "db-1", json!({})).await;
    // It ran when it was heard of last, long ago.
    app.execute("UPDATE agents SET status = 'running'").await;
    let shown = app.owner().get("/v1/agents").await.expect(200).body["items"][0].clone();
    assert_eq!(shown["status"], "unknown");
    let data = ask(&app.owner(), "{ agents { status statusSince } nodes { agents { status } } }").await;
    let agent = json!({ "status": "unknown", "statusSince": shown["status_since"] });
    assert_eq!(data, json!({ "agents": [agent], "nodes": [{ "agents": [{ "status": "unknown" }] }] }));
    let running = "{ agents(where: {status: {_eq: \"running\"}}) { id } }";
    assert_eq!(ask(&app.owner(), running).await["agents"], json!([]));
}

#[tokio::test]
async fn many_orders_are_refused_and_invalid_fields_are_named() {
    let app = TestApp::new().await;
    plant(&app).await;
    for (argument, terms) in [("order_by", "{name: asc}"), ("distinct_on", "name")] {
        for list in ["nodes", "sites { nodes"] {
            let end = if list == "nodes" { "" } else { " }" };
            let many = vec![terms; 900].join(", ");
            let query = format!("{{ {list}({argument}: [{many}]) {{ name }}{end} }}");
            let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
            assert!(messages(&reply)[0].contains("at most 50"), "{:#}", reply.body["errors"]);
        }
    }
    let query = "{ stateIntervals(args: {machineRef: 1, metricKey: \"no such\", windowStartAt: \"2029-12-31T00:00:00Z\", \
                 windowEndAt: \"2029-12-30T00:00:00Z\"}) { value } }";
    let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
    let error = &reply.body["errors"][0];
    assert!(error["extensions"]["fields"][0]["detail"].is_string(), "{error:#}");
}

#[tokio::test]
async fn a_key_in_a_wrong_place_is_removed_from_errors() {
    let app = TestApp::new().await;
    let key = app.owner_key();
    for body in [
        json!({ "query": format!("{{ {key} }}") }),
        json!({ "query": format!("{{ nodes {{ {key} }} }}") }),
        json!({ "query": format!("{{ ...{key} }}") }),
        json!({ "query": format!("query(${key}: Int) {{ nodes {{ name }} }}") }),
        json!({ "query": format!("{{ nodes(where: {{name: {{_eq: \"{key}\"}}}}) {{ name ") }),
        json!({ "query": "{ nodes { name } }", "operationName": key }),
        json!({ "query": format!("{{ {key}: nodes(limit: -1) {{ name }} }}") }),
    ] {
        let reply = app.owner().post("/graphql", body.clone()).await;
        assert!(!reply.body["errors"].to_string().contains(key), "{body}: {:#}", reply.body);
    }
}

#[tokio::test]
async fn relations_of_all_objects_and_of_some_are_the_same() {
    // More than a thousand, from which on the whole list of related objects is read.
    const NODES: usize = 1_050;
    let app = TestApp::new().await;
    let owner = app.owner();
    app.site("default", "Berlin", json!({})).await;
    let lines: String = (0..NODES)
        .map(|n| format!("machine_tool,tool-{n:04},{},{}\n", ["Berlin", ""][n % 2], ["prod", "test"][n % 2]))
        .collect();
    let body = json!({ "format": "csv", "data": format!("type,name,site,label.env\n{lines}") });
    owner.post("/v1/nodes/import", body).await.expect(200);
    let lines: String = (0..NODES)
        .map(|n| format!("s-{n:04},external,tool-{n:04},env={}\n", ["prod", "test"][n % 2]))
        .collect();
    let body = json!({ "format": "csv", "data": format!("name,type,nodes,labels\n{lines}") });
    owner.post("/v1/services/import", body).await.expect(200);

    let related = |of: &str| {
        format!(
            "{{ nodes(order_by: {{name: asc}}{of}) {{ name site {{ name }} services {{ name }} \
             some: services(where: {{name: {{_like: \"%7\"}}}}, limit: 1) {{ name }} \
             services_aggregate {{ aggregate {{ count }} }} }} }}"
        )
    };
    let expected = |n: usize| {
        let service = json!({ "name": format!("s-{n:04}") });
        json!({
            "name": format!("tool-{n:04}"),
            "site": if n.is_multiple_of(2) { json!({ "name": "Berlin" }) } else { Value::Null },
            "services": [service],
            "some": if n % 10 == 7 { json!([service]) } else { json!([]) },
            "services_aggregate": { "aggregate": { "count": 1 } },
        })
    };
    let all: Vec<Value> = (0..NODES).map(expected).collect();
    assert_eq!(ask(&owner, &related("")).await["nodes"], json!(all));
    let some = related(", where: {name: {_gte: \"tool-0020\"}}");
    assert_eq!(ask(&owner, &some).await["nodes"], json!(all[20..]));
    let some = related(", limit: 3");
    assert_eq!(ask(&owner, &some).await["nodes"], json!(all[..3]));

    let (narrow, _) = app
        .key(&["nodes.list", "services.list", "sites.list"], json!({ "reach": { "labels": "env=test" } }))
        .await;
    let within: Vec<Value> = all.iter().skip(1).step_by(2).cloned().collect();
    assert_eq!(ask(&app.with_key(&narrow), &related("")).await["nodes"], json!(within));
}

/// A name that the schema does not have is compared with all that it has.
#[tokio::test]
async fn long_names_are_refused() {
    let app = TestApp::new().await;
    let query = |length: usize| json!({ "query": format!("{{ nodes {{ {} }} }}", "x".repeat(length)) });
    let refused = app.owner().post("/graphql", query(256)).await.expect(200);
    assert_eq!(messages(&refused), ["the document has a name of 256 characters; at most 255 are allowed"]);
    let refused = app.owner().post("/graphql", query(255)).await.expect(200);
    assert!(messages(&refused)[0].contains("Unknown field"), "{:#}", refused.body);
}
