//! The tables of what is done with the members that other systems document: each member is sent, and
//! what the table says happens; the guides say the same.

use std::collections::BTreeMap;

use bailiwick_catalogue::catalogue;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_engine::shape::spec::Access;
use bailiwick_server::compat::{ADAPTERS, Adapter, Member, Method, Route, Treatment};
use serde_json::{Map, Value, json};

use crate::app::{Actor, Reply, TestApp};

/// A value that is not empty and that no table takes for granted.
const SURPRISE: &str = "surprise";

/// A server with a machine that is online.
async fn with_machine() -> (TestApp, String) {
    let app = TestApp::new().await;
    let (node, _) = app.machine("default", "pc-1", json!({})).await;
    app.all_online().await;
    (app, node)
}

/// A path of a route. Of what it names only the organization and the machine are there.
fn path(route: &Route, node: &str) -> String {
    let of = |part| match part {
        "{orgId}" => "default",
        "{agent_id}" if !route.path.starts_with("/v1/") => node,
        "{client_id}" | "{script_id}" => "1",
        part if part.starts_with('{') => "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f",
        part => part,
    };
    route.path.split('/').map(of).collect::<Vec<_>>().join("/")
}

/// A body with one member, which may be within another.
fn body(name: &str, value: Value) -> Value {
    let nested = name.rsplit('.').fold(value, |inner, name| json!({ name: inner }));
    assert!(nested.is_object());
    nested
}

async fn send((app, node): &(TestApp, String), route: &Route, name: &str, value: &Value) -> Reply {
    let owner = app.root().header("x-organization", "default");
    let method = route.method.as_str();
    if route.method.has_query() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, &text).finish();
        return owner.send(method, &format!("{}?{query}", path(route, node)), None).await;
    }
    owner.send(method, &path(route, node), Some(body(name, value.clone()))).await
}

/// What is said of a member in a refusal.
fn said_of(reply: &Reply, name: &str) -> Option<String> {
    let errors = reply.body.get("errors")?.as_array()?;
    let error = errors.iter().find(|error| error["field"] == name)?;
    // MachineMetrics calls it a message.
    let said = error["detail"].as_str().or_else(|| error["message"].as_str());
    Some(said.unwrap().to_owned())
}

#[tokio::test]
async fn every_documented_member_is_treated_as_its_table_says() {
    let at = with_machine().await;
    let mut count = 0;
    for (adapter, route) in routes() {
        for Member { name, treatment } in (adapter.members)(route) {
            count += 1;
            let place = format!("{} {}: {name}", route.method.as_str(), route.path);
            match treatment {
                Treatment::Honoured => {
                    let reply = send(&at, route, &name, &json!(SURPRISE)).await;
                    let said = said_of(&reply, &name).unwrap_or_default();
                    assert!(!said.contains("no such field"), "{place}: {said}");
                }
                Treatment::AsItIs { values, why } => {
                    for value in values {
                        let value = serde_json::from_str(value).unwrap();
                        let reply = send(&at, route, &name, &value).await;
                        assert_eq!(said_of(&reply, &name), None, "{place}: {value}");
                    }
                    let reply = send(&at, route, &name, &json!(SURPRISE)).await;
                    let said = said_of(&reply, &name);
                    assert_eq!(said.is_none(), values.is_empty(), "{place}: {said:?}");
                    assert!(said.is_none_or(|said| said.contains(why)), "{place}");
                }
                Treatment::Refused(why) => {
                    let reply = send(&at, route, &name, &json!(SURPRISE)).await;
                    assert_eq!(reply.status.as_u16(), 400, "{place}");
                    assert_eq!(said_of(&reply, &name).as_deref(), Some(why), "{place}");
                }
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[tokio::test]
async fn a_member_that_is_not_documented_is_refused_by_name_on_every_route() {
    let (app, node) = with_machine().await;
    let node = node.as_str();
    for (_, route) in routes() {
        let place = format!("{} {}", route.method.as_str(), route.path);
        let owner = app.root().header("x-organization", "default");
        let method = route.method.as_str();
        let reply = owner.send(method, &format!("{}?surprise=1", path(route, node)), None).await;
        assert_eq!(reply.status.as_u16(), 400, "{place}: {:#}", reply.body);
        assert!(said_of(&reply, SURPRISE).is_some(), "{place}: {:#}", reply.body);
        if route.method != Method::Get {
            let reply = owner.send(method, &path(route, node), Some(json!({ SURPRISE: 1 }))).await;
            assert_eq!(reply.status.as_u16(), 400, "{place}: {:#}", reply.body);
            assert!(said_of(&reply, SURPRISE).is_some(), "{place}: {:#}", reply.body);
        }
    }
}

#[tokio::test]
async fn a_request_that_names_two_organizations_is_refused_on_every_route() {
    let (app, node) = with_machine().await;
    app.organization("acme").await;
    let node = node.as_str();
    for (adapter, route) in routes() {
        let place = format!("{} {}", route.method.as_str(), route.path);
        let method = route.method.as_str();
        let in_path = route.path.contains("{orgId}");
        if adapter.everywhere.is_empty() && !in_path {
            continue;
        }
        let path = path(route, node);
        let path = if in_path { path } else { format!("{path}?organization=default") };
        let send = async |actor: Actor<'_>| actor.send(method, &path, None).await;
        let reply = send(app.root().header("x-organization", "acme")).await;
        assert_eq!(reply.status.as_u16(), 400, "{place}: {:#}", reply.body);
        assert!(said_of(&reply, "x-organization").is_some(), "{place}: {:#}", reply.body);
        let twice = app.root().header("x-organization", "default").header("x-organization", "default");
        let reply = send(twice).await;
        assert!(said_of(&reply, "x-organization").is_some(), "{place}: {:#}", reply.body);
        // A caller who is not known learns nothing of it, unless there is nothing to learn.
        let is_open = |id: &OperationId| catalogue().get(id).unwrap().spec.access == Access::Open;
        let expected = if route.operations.iter().all(is_open) { 400 } else { 401 };
        let reply = send(app.anonymous().header("x-organization", "acme")).await;
        assert_eq!(reply.status.as_u16(), expected, "{place}: {:#}", reply.body);
        if method == "GET" {
            let reply = send(app.root().header("x-organization", "default")).await;
            assert!(said_of(&reply, "x-organization").is_none(), "{place}: {:#}", reply.body);
        }
    }
}

fn routes() -> Vec<(&'static Adapter, &'static Route)> {
    ADAPTERS.iter().flat_map(|adapter| adapter.routes.iter().map(move |route| (adapter, route))).collect()
}

/// What a guide says of a treatment.
fn in_words(treatment: Treatment) -> String {
    match treatment {
        Treatment::Honoured => "honoured".into(),
        Treatment::AsItIs { values: [], why } => format!("accepted: {why}"),
        Treatment::AsItIs { values, why } => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("accepted if {}: {why}", values.join(" or "))
        }
        Treatment::Refused(why) => format!("refused: {why}"),
    }
}

/// The table of an adapter, as it stands in its guide. Members of version 2 of PMM are those of
/// version 3.
fn table(adapter: &'static Adapter) -> String {
    let mut rows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for route in adapter.routes {
        let is_version_2 = route
            .path
            .strip_prefix("/v1/inventory/")
            .is_some_and(|p| p.starts_with(|c: char| c.is_ascii_uppercase()));
        if is_version_2 {
            continue;
        }
        for member in (adapter.members)(route) {
            let place = format!("`{} {}`", route.method.as_str(), route.path);
            let (place, name) = match member.name.split_once('.') {
                Some((bucket, name)) => (format!("{place} `{bucket}`"), name.to_owned()),
                None => (place, member.name.to_string()),
            };
            rows.entry((name, in_words(member.treatment))).or_default().push(place);
        }
    }
    let mut table = String::from("| member | what is done with it | of |\n|---|---|---|\n");
    for ((name, words), places) in rows {
        let mut by_route: Map<String, Value> = Map::new();
        for place in places {
            let (route, bucket) = place.split_once("` ").map_or((place.clone(), None), |(route, bucket)| {
                (format!("{route}`"), Some(bucket.to_owned()))
            });
            let buckets = by_route.entry(route).or_insert_with(|| json!([]));
            if let (Some(bucket), Value::Array(buckets)) = (bucket, buckets) {
                buckets.push(bucket.into());
            }
        }
        let places: Vec<String> = by_route
            .into_iter()
            .map(|(route, buckets)| match buckets.as_array().filter(|buckets| !buckets.is_empty()) {
                None => route,
                Some(buckets) => {
                    let buckets: Vec<&str> = buckets.iter().filter_map(Value::as_str).collect();
                    format!("{route} ({})", buckets.join(", "))
                }
            })
            .collect();
        table.push_str(&format!("| `{name}` | {words} | {} |\n", places.join("; ")));
    }
    table
}

/// What stands before a table in a guide, and after it.
const BEGIN: &str = "<!-- members: made by `cargo xtask generate` -->\n";
const END: &str = "<!-- end of members -->\n";

#[test]
fn the_tables_of_members_in_the_guides_are_current() {
    for adapter in ADAPTERS {
        let path = format!("{}/../../docs/guides/compat-{}.md", env!("CARGO_MANIFEST_DIR"), adapter.name);
        let guide = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = guide.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let expected = format!("{before}{BEGIN}{}{END}{after}", table(adapter));
        if std::env::var_os("BAILIWICK_GENERATE").is_some() {
            std::fs::write(&path, &expected).unwrap();
        } else {
            assert_eq!(guide, expected, "run `cargo xtask generate`");
        }
    }
}
