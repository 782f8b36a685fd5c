//! GraphQL and REST give the same answer: generated over all lists, members, filters and orders.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::merge::on_both;

/// A type of objects of the schema: its scalar fields with their types, and its relations with whether they are lists.
pub struct ObjectType {
    pub scalars: BTreeMap<String, String>,
    pub relations: BTreeMap<String, (String, bool)>,
}

/// The schema, as it describes itself.
pub struct Schema {
    pub objects: BTreeMap<String, ObjectType>,
    /// The root fields of lists that need no arguments, with the type of their objects.
    pub roots: BTreeMap<String, String>,
}

/// The name of a type without what wraps it, its kind, and whether it is a list.
fn unwrapped(kind: &Value) -> (String, String, bool) {
    let (mut kind, mut is_list) = (kind, false);
    while !kind["ofType"].is_null() {
        is_list |= kind["kind"] == "LIST";
        kind = &kind["ofType"];
    }
    (kind["name"].as_str().unwrap().to_owned(), kind["kind"].as_str().unwrap().to_owned(), is_list)
}

impl Schema {
    pub async fn of(app: &TestApp) -> Self {
        let kind = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let query = format!(
            "{{ __schema {{ types {{ kind name fields {{ name args {{ name type {{ {kind} }} }} type {{ {kind} }} }} }} }} }}"
        );
        let reply = app.owner().post("/graphql", json!({ "query": query })).await.expect(200);
        let types = reply.body["data"]["__schema"]["types"].as_array().unwrap().clone();
        let (mut objects, mut roots) = (BTreeMap::new(), BTreeMap::new());
        for object in types.iter().filter(|object| object["kind"] == "OBJECT") {
            let name = object["name"].as_str().unwrap();
            let (mut scalars, mut relations) = (BTreeMap::new(), BTreeMap::new());
            for field in object["fields"].as_array().unwrap() {
                let field_name = field["name"].as_str().unwrap();
                let (of, kind, is_list) = unwrapped(&field["type"]);
                if name == "query_root" {
                    let needs = |arg: &Value| arg["type"]["kind"] == "NON_NULL";
                    if is_list && !field["args"].as_array().unwrap().iter().any(needs) {
                        roots.insert(field_name.to_owned(), of);
                    }
                } else if kind == "SCALAR" {
                    scalars.insert(field_name.to_owned(), of);
                } else if !field_name.ends_with("_aggregate") {
                    relations.insert(field_name.to_owned(), (of, is_list));
                }
            }
            objects.insert(name.to_owned(), ObjectType { scalars, relations });
        }
        Self { objects, roots }
    }

    /// A selection of all scalar fields of a type.
    pub fn scalars(&self, object: &str) -> String {
        let names: Vec<&str> = self.objects[object].scalars.keys().map(String::as_str).collect();
        names.join(" ")
    }
}

/// What REST's lists are called in GraphQL, if not by the noun in camel case.
const ROOTS: [(&str, &str); 4] = [
    ("/v1/job_runs", "jobRuns"),
    ("/v1/operator_runs", "operatorRunRecords"),
    ("/v1/rejects", "rejectRecords"),
    ("/v1/annotations", "annotationRecords"),
];

/// Lists of which REST's answer has all that GraphQL's has.
const LISTS: [&str; 13] = [
    "/v1/nodes",
    "/v1/services",
    "/v1/agents",
    "/v1/sites",
    "/v1/annotations",
    "/v1/downtime_reasons",
    "/v1/job_operations",
    "/v1/job_runs",
    "/v1/operators",
    "/v1/operator_runs",
    "/v1/rejects",
    "/v1/part_corrections",
    "/v1/keys",
];

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

/// All items of a REST list, with the names that their members have in GraphQL.
async fn items(actor: &Actor<'_>, path: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = actor.get(&format!("{path}?limit=3{cursor}")).await.expect(200).body;
        for item in page["items"].as_array().unwrap() {
            let members = item.as_object().unwrap().iter().map(|(name, value)| (camel(name), value.clone()));
            all.push(Value::Object(members.collect()));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn rows(actor: &Actor<'_>, root: &str, arguments: &str, fields: &str) -> Vec<Value> {
    let query = format!("{{ {root}{arguments} {{ {fields} }} }}");
    let reply = actor.post("/graphql", json!({ "query": query })).await.expect(200);
    assert_eq!(reply.body.get("errors"), None, "{query}: {:#}", reply.body);
    reply.body["data"][root].as_array().unwrap().clone()
}

/// The order of two values of one member, as the database sorts them.
fn compared(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            // Times have fractions of any length.
            let time = |text: &str| text.parse::<bailiwick_domain::time::Timestamp>().ok();
            match (time(one), time(other)) {
                (Some(one), Some(other)) => one.cmp(&other),
                _ => one.as_bytes().cmp(other.as_bytes()),
            }
        }
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => one.as_f64().unwrap().total_cmp(&other.as_f64().unwrap()),
    }
}

/// A value in a document.
fn literal(value: &Value) -> String {
    value.to_string()
}

/// The ids of objects that meet a comparison, in REST's order.
fn those(items: &[Value], field: &str, meets: impl Fn(&Value) -> bool) -> Vec<Value> {
    items.iter().filter(|item| meets(&item[field])).map(|item| item["id"].clone()).collect()
}

async fn made(app: &TestApp, noun: &str, body: Value) -> String {
    let reply = app.owner().post(&format!("/v1/{noun}"), body).await.expect(201);
    reply.body["id"].as_str().unwrap().to_owned()
}

/// Several objects of each noun, of which some have what others lack.
async fn plant(app: &TestApp) {
    for (n, name) in ["Berlin", "bonn", "Ämter"].into_iter().enumerate() {
        app.advance(1);
        let labels = if n == 0 { json!({}) } else { json!({ "zone": name.to_lowercase() }) };
        let description = (n == 1).then_some("Two halls, 50% of _all");
        let body = json!({ "name": name, "description": description, "labels": { } });
        let site = made(app, "sites", body).await;
        let mut nodes = Vec::new();
        for (at, kind) in [("a", "generic"), ("B", "remote"), ("c", "machine_tool")] {
            let mut body = json!({ "type": kind, "name": format!("{at}{n}"), "labels": labels });
            if kind == "machine_tool" {
                body["manufacturer"] = json!(["Acme", "acme", "Zeiss"][n]);
            } else {
                body["address"] = json!(format!("{at}{n}.example"));
            }
            if at == "a" {
                body["site"] = json!(site);
            }
            if at == "B" && n > 0 {
                body["host"] = json!(format!("a{n}"));
            }
            nodes.push(made(app, "nodes", body).await);
        }
        let body = json!({
            "type": "mysql", "name": format!("{name}-db"), "nodes": nodes, "address": "db.example", "port": 3306 + n,
            "environment": (n == 2).then_some("prod"),
        });
        let service = made(app, "services", body).await;
        let body = json!({
            "type": "mysqld_exporter", "runs_on": nodes[0], "observes": { "services": [service] },
            "settings": { "username": "monitor" }, "enabled": n != 1,
        });
        made(app, "agents", body).await;
        let reason = json!({ "reason": format!("{name}|Repair"), "planned": n == 1 });
        made(app, "downtime_reasons", reason).await;
        let body = json!({
            "node": nodes[0], "reason": format!("{name}|Repair"), "start_at": "2029-12-31T00:00:00.5Z",
            "end_at": (n == 1).then_some("2029-12-31T01:00:00Z"), "note": (n == 2).then_some("Belt"),
        });
        made(app, "annotations", body).await;
        let body = json!({
            "job": format!("J{}", n % 2), "name": name, "part": (n > 0).then_some("P1"), "part_value": n as f64 + 0.125,
            "ideal_part_ms": (n > 0).then_some(1_000 * n),
        });
        let operation = made(app, "job_operations", body).await;
        let body = json!({ "node": nodes[2], "job_operation": operation, "in_setup": n == 0 });
        made(app, "job_runs", body).await;
        let operator =
            made(app, "operators", json!({ "name": name, "number": (n > 0).then_some("7".repeat(n)) })).await;
        made(app, "operator_runs", json!({ "node": nodes[0], "operator": operator })).await;
        let kind = if n == 1 { "nonconforming" } else { "scrap" };
        made(app, "rejects", json!({ "node": nodes[0], "kind": kind, "parts": 10 - n })).await;
        made(app, "part_corrections", json!({ "node": nodes[0], "parts": 2 * n as i64 - 1 })).await;
        app.key(&["sites:read"], json!({ "description": (n == 1).then_some("For reports") })).await;
    }
}

async fn rest_and_graphql_agree(app: &TestApp) {
    plant(app).await;
    let (schema, owner) = (Schema::of(app).await, app.owner());
    let mut checked = 0;
    for path in LISTS {
        let known = ROOTS.iter().find(|(list, _)| *list == path).map(|(_, root)| (*root).to_owned());
        let root = known.unwrap_or_else(|| camel(path.trim_start_matches("/v1/")));
        let object = &schema.objects[&schema.roots[&root]];
        let items = items(&owner, path).await;
        assert!(!items.is_empty(), "the plant has no {root}");
        let found = rows(&owner, &root, "", &schema.scalars(&schema.roots[&root])).await;
        let members = |item: &Value| -> Value {
            let known =
                item.as_object().unwrap().iter().filter(|(name, _)| object.scalars.contains_key(*name));
            Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect())
        };
        let expected: Vec<Value> = items.iter().map(members).collect();
        assert_eq!(json!(found), json!(expected), "{root}");
        let ids =
            |rows: Vec<Value>| -> Vec<Value> { rows.into_iter().map(|row| row["id"].clone()).collect() };
        for (field, scalar) in object.scalars.iter().filter(|(_, scalar)| *scalar != "jsonb") {
            // The orders: equal objects are sorted by id.
            for order in ["asc", "desc", "asc_nulls_first", "desc_nulls_last"] {
                let is_descending = order.starts_with("desc");
                let nulls_first = order == "desc" || order == "asc_nulls_first";
                let mut sorted = items.clone();
                sorted.sort_by(|one, other| {
                    let (one_value, other_value) = (&one[field], &other[field]);
                    let by_value = match (one_value.is_null(), other_value.is_null()) {
                        (true, true) => Ordering::Equal,
                        (true, false) if nulls_first => Ordering::Less,
                        (true, false) => Ordering::Greater,
                        (false, true) if nulls_first => Ordering::Greater,
                        (false, true) => Ordering::Less,
                        (false, false) if is_descending => compared(other_value, one_value),
                        (false, false) => compared(one_value, other_value),
                    };
                    by_value.then_with(|| compared(&one["id"], &other["id"]))
                });
                let arguments = format!("(order_by: {{{field}: {order}}})");
                let found = rows(&owner, &root, &arguments, &format!("id {field}")).await;
                // Lists that only their pages answer keep REST's order among equal ones.
                let values =
                    |rows: &[Value]| -> Vec<Value> { rows.iter().map(|row| row[field].clone()).collect() };
                assert_eq!(values(&found), values(&sorted), "{root}{arguments}");
                if root != "keys" {
                    assert_eq!(ids(found), ids(sorted), "{root}{arguments}");
                }
                checked += 1;
            }
            let mut conditions = vec![("_is_null", json!(true)), ("_is_null", json!(false))];
            let pivots: Vec<Value> =
                items.iter().map(|item| item[field].clone()).filter(|v| !v.is_null()).take(2).collect();
            for value in &pivots {
                for comparison in ["_eq", "_neq", "_gt", "_gte", "_lt", "_lte"] {
                    conditions.push((comparison, value.clone()));
                }
            }
            conditions.push(("_in", json!(pivots)));
            conditions.push(("_nin", json!(pivots)));
            if scalar == "String"
                && let Some(Value::String(text)) = pivots.first()
            {
                let first: String = text.chars().take(1).collect();
                conditions.push(("_like", json!(format!("{first}%"))));
                conditions.push(("_nlike", json!(format!("{first}%"))));
                conditions.push(("_ilike", json!(format!("{}%", first.to_uppercase()))));
            }
            for (comparison, value) in conditions {
                let meets = |found: &Value| {
                    if comparison == "_is_null" {
                        return found.is_null() == (value == json!(true));
                    }
                    if found.is_null() {
                        return comparison == "_nin" && value == json!([]);
                    }
                    let begins = |is_any_case: bool| {
                        let (text, first) =
                            (found.as_str().unwrap(), value.as_str().unwrap().trim_end_matches('%'));
                        if is_any_case {
                            text.to_lowercase().starts_with(&first.to_lowercase())
                        } else {
                            text.starts_with(first)
                        }
                    };
                    let among = || value.as_array().unwrap().iter().any(|one| compared(found, one).is_eq());
                    match comparison {
                        "_eq" => compared(found, &value).is_eq(),
                        "_neq" => compared(found, &value).is_ne(),
                        "_gt" => compared(found, &value).is_gt(),
                        "_gte" => compared(found, &value).is_ge(),
                        "_lt" => compared(found, &value).is_lt(),
                        "_lte" => compared(found, &value).is_le(),
                        "_in" => among(),
                        "_nin" => !among(),
                        "_like" => begins(false),
                        "_nlike" => !begins(false),
                        _ => begins(true),
                    }
                };
                let condition = format!("{{{field}: {{{comparison}: {}}}}}", literal(&value));
                let found = ids(rows(&owner, &root, &format!("(where: {condition})"), "id").await);
                assert_eq!(found, those(&items, field, meets), "{root} where {condition}");
                // What is neither met nor not met is in neither answer.
                let negated = format!("(where: {{_not: {condition}}})");
                let found = ids(rows(&owner, &root, &negated, "id").await);
                // No value is one of none, not even a missing one.
                let is_known = comparison == "_is_null" || value == json!([]);
                let not = |value: &Value| !meets(value) && (is_known || !value.is_null());
                assert_eq!(found, those(&items, field, not), "{root} where not {condition}");
                checked += 2;
            }
        }
    }
    assert!(checked > 1_000, "only {checked} questions were asked");
}

/// A selector of labels finds the same objects as in REST, alone, negated and combined.
async fn selectors_agree(app: &TestApp) {
    plant(app).await;
    let owner = app.owner();
    for root in ["nodes", "services", "sites"] {
        let every = items(&owner, &format!("/v1/{root}")).await;
        let first = every[0]["name"].clone();
        let ids = |rows: &[Value]| -> Vec<Value> { rows.iter().map(|row| row["id"].clone()).collect() };
        for selector in ["zone", "!zone", "zone=bonn", "zone!=bonn", "zone in (bonn,berlin),!env"] {
            let page =
                owner.get(&format!("/v1/{root}?limit=100&labels={}", percent(selector))).await.expect(200);
            let matching = page.body["items"].as_array().unwrap().clone();
            let others = every.iter().filter(|item| !ids(&matching).contains(&item["id"]));
            let others: Vec<Value> = others.cloned().collect();
            let condition = format!("{{labels: {{_matches: {}}}}}", json!(selector));
            for (condition, expected) in [
                (condition.clone(), matching.clone()),
                (format!("{{_not: {condition}}}"), others.clone()),
                (
                    format!("{{_or: [{condition}, {{name: {{_eq: {first}}}}}]}}"),
                    every
                        .iter()
                        .filter(|item| ids(&matching).contains(&item["id"]) || item["name"] == first)
                        .cloned()
                        .collect(),
                ),
            ] {
                let found = rows(&owner, root, &format!("(where: {condition})"), "id").await;
                assert_eq!(ids(&found), ids(&expected), "{root} where {condition}");
            }
        }
    }
    let query = r#"{ sites { nodes(where: {labels: {_matches: "zone=bonn"}}) { name } } }"#;
    let reply = owner.post("/graphql", json!({ "query": query })).await.expect(200);
    let names = json!([{ "nodes": [] }, { "nodes": [{ "name": "a1" }] }, { "nodes": [] }]);
    assert_eq!(reply.body["data"]["sites"], names);
    for selector in ["zone in bonn", "", " "] {
        let query = format!("{{ nodes(where: {{labels: {{_matches: {}}}}}) {{ name }} }}", json!(selector));
        let reply = owner.post("/graphql", json!({ "query": query })).await;
        let message = reply.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("where.labels._matches: "), "{message}");
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn a_selector_of_labels_finds_the_same_objects_in_graphql_and_in_rest() {
    on_both("graphql_selectors", async |app: TestApp| selectors_agree(&app).await).await;
}

#[tokio::test]
async fn every_list_has_the_same_rows_in_graphql_and_in_rest() {
    on_both("graphql_rows", async |app: TestApp| rest_and_graphql_agree(&app).await).await;
}
