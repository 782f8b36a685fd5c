//! The routes for scripts of other systems. Their shapes are those systems', which document them; here stand the
//! scopes that each needs, and the members that it takes.

use std::collections::BTreeSet;

use bailiwick_engine::catalogue::{Catalogue, Described};
use bailiwick_engine::shape::spec::Access;
use serde_json::{Map, Value, json};

use super::SCHEMAS;
use super::errors::ERRORS;
use super::operation::{ORGANIZATION_DESCRIPTION, can_answer, ways_to_send_key};
use super::variants::pascal_case;
use crate::compat::{ADAPTERS, Adapter, Member, Route, Treatment};

/// A route, and what it takes its description from.
struct Documented<'a> {
    adapter: &'static Adapter,
    route: &'static Route,
    operations: Vec<&'a Described>,
}

/// Adds the routes of all adapters to a document's tags, paths and schemas.
pub(super) fn add(
    catalogue: &Catalogue,
    tags: &mut Vec<Value>,
    paths: &mut Map<String, Value>,
    schemas: &mut Map<String, Value>,
) {
    for adapter in ADAPTERS {
        tags.push(json!({
            "name": tag(adapter),
            "description": format!(
                "Calls of scripts that were written for {0}. {0} documents their shapes; `docs/guides/compat-{1}.md` says what differs.",
                adapter.title, adapter.name,
            ),
        }));
        schemas.insert(
            error_name(adapter),
            json!({
                "type": "object",
                "description": format!("An error as {} writes it, with `request_id` added.", adapter.title),
                "properties": { "request_id": { "type": "string", "description": "The id of the request." } },
                "additionalProperties": true,
            }),
        );
        for route in adapter.routes {
            let operations = route.operations.iter().filter_map(|id| catalogue.get(id)).collect();
            let documented = Documented { adapter, route, operations };
            schemas.extend(documented.body_schema());
            let item = paths.entry(route.path).or_insert_with(|| json!({}));
            item[route.method.as_str().to_lowercase()] = documented.describe();
        }
    }
}

/// The tag under which an adapter's routes are grouped.
fn tag(adapter: &Adapter) -> String {
    format!("For scripts of {}", adapter.title)
}

fn error_name(adapter: &Adapter) -> String {
    format!("{}Error", pascal_case(adapter.name))
}

impl Documented<'_> {
    /// Its id, made from its method and path.
    fn id(&self) -> String {
        let words =
            self.route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<_> = words.collect();
        if words.is_empty() {
            words.push("root");
        }
        format!("{}.{}_{}", self.adapter.name, self.route.method.as_str().to_lowercase(), words.join("_"))
    }

    fn describe(&self) -> Value {
        let Self { adapter, route, operations } = self;
        let scoped = operations.iter().filter(|operation| operation.spec.access != Access::Open);
        let scopes: Vec<&str> = scoped.map(|operation| operation.spec.id.as_str()).collect();
        let runs: Vec<_> = operations.iter().map(|o| o.listing.summary.to_lowercase()).collect();
        let needs = match scopes.as_slice() {
            [] => "Needs no key.".to_owned(),
            [one] => format!("Scope: `{one}`."),
            several => format!("Scopes, as far as the request needs them: `{}`.", several.join("`, `")),
        };
        let mut described = json!({
            "operationId": self.id(),
            "summary": format!("{} {}", route.method.as_str(), route.path),
            "description": format!("As {} documents it. It runs: {}.\n\n{needs}", adapter.title, runs.join("; ")),
            "tags": [tag(adapter)],
            // They take keys only, no sessions.
            "security": if scopes.is_empty() { Vec::new() } else { ways_to_send_key(&json!(scopes)) },
            "parameters": self.parameters(),
            "responses": self.responses(),
        });
        if let Some((name, _)) = self.body_schema() {
            let schema = json!({ "schema": { "$ref": format!("{SCHEMAS}{name}") } });
            described["requestBody"] = json!({ "content": { "application/json": schema } });
        }
        described
    }

    fn parameters(&self) -> Vec<Value> {
        let Self { adapter, route, .. } = self;
        let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut parameters: Vec<Value> = in_path
            .map(|name| {
                json!({
                    "name": name, "in": "path", "required": true, "schema": { "type": "string" },
                    "description": format!("As {} documents it.", adapter.title),
                })
            })
            .collect();
        let ours = adapter.everywhere.iter().map(|name| (*name, ORGANIZATION_DESCRIPTION.to_owned()));
        let taken = if route.method.has_query() { self.taken() } else { Vec::new() };
        let theirs = taken.iter().map(|(name, description)| (name.as_str(), description.clone()));
        parameters.extend(ours.chain(theirs).map(|(name, description)| {
            json!({
                "name": name, "in": "query", "required": false, "schema": { "type": "string" },
                "description": description,
            })
        }));
        parameters
    }

    /// The members that it takes, each with a description.
    fn taken(&self) -> Vec<(String, String)> {
        let members: Vec<Member> = (self.adapter.members)(self.route);
        let mut seen = BTreeSet::new();
        let taken = members.into_iter().filter_map(|member| {
            let description = match member.treatment {
                Treatment::Honoured => format!("As {} documents it.", self.adapter.title),
                Treatment::AsItIs { why, .. } => format!("Changes nothing: {why}."),
                Treatment::Refused(_) => return None,
            };
            let outer = member.name.split('.').next().unwrap_or_default().to_owned();
            seen.insert(outer.clone()).then_some((outer, description))
        });
        taken.collect()
    }

    fn body_schema(&self) -> Option<(String, Value)> {
        if self.route.method.has_query() {
            return None;
        }
        let properties = self.taken().into_iter();
        let properties: Map<String, Value> =
            properties.map(|(name, description)| (name, json!({ "description": description }))).collect();
        let schema = json!({
            "type": "object",
            "description": format!("The body of `{} {}`.", self.route.method.as_str(), self.route.path),
            "properties": properties,
        });
        Some((format!("{}Body", pascal_case(&self.id())), schema))
    }

    fn responses(&self) -> Value {
        let headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" } });
        let done = json!({
            "description": format!("As {} documents it.", self.adapter.title),
            "headers": headers,
            "content": { "application/json": { "schema": {} } },
        });
        let mut responses = Map::from_iter([(self.route.status.to_string(), done)]);
        let error = json!({ "schema": { "$ref": format!("{SCHEMAS}{}", error_name(self.adapter)) } });
        for (status, _, meaning) in ERRORS {
            let of_body = [413, 415].contains(status) && !self.route.method.has_query();
            if of_body || self.operations.iter().any(|operation| can_answer(operation, *status)) {
                let response = json!({
                    "description": meaning, "headers": headers, "content": { "application/json": error },
                });
                responses.insert(status.to_string(), response);
            }
        }
        Value::Object(responses)
    }
}
