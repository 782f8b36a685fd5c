//! The OpenAPI 3.1 document, made from the catalogue.

mod adapters;
mod alternatives;
mod compact;
mod enumerations;
mod errors;
mod operation;
mod served;
mod simple;
mod variants;

use bailiwick_engine::catalogue::Catalogue;
use schemars::generate::SchemaSettings;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::credential::SESSION_COOKIE;
use crate::problem::Problem;

pub(crate) use served::Served;

/// What begins a reference to a named schema.
const SCHEMAS: &str = "#/components/schemas/";

/// The tags under which operations are grouped, with their descriptions.
const TAGS: &[(&str, &str)] = &[
    ("Organizations", "Tenants: each owns its sites, its keys and everything else."),
    ("Inventory", "The sites, nodes, services and agents of an organization."),
    ("Discovery", "The inventory in the formats in which Prometheus and Ansible discover machines."),
    ("Commands", "Commands for nodes and their results, with scripts, schedules and maintenance windows."),
    ("Updates", "The updates that nodes can install, and how to install them."),
    ("Machine data", "What machines say: observations of metrics, in series, and reports of them."),
    (
        "Production",
        "What people and other systems say about machines: calendars, downtime, jobs, operators and parts.",
    ),
    ("Keys", "Credentials for programs, and what they may do."),
    ("People", "Users, the roles they hold, and how they log in."),
    ("Who am I", "The identity and the permissions of the caller."),
    ("Audit", "Who did what, and whether the record was changed afterwards."),
    ("Events", "The changes of objects as they happen."),
    ("Server", "The server itself."),
];

const INTRODUCTION: &str = "\
Everything that the control plane can do. Each operation needs a key with a scope that covers it. The \
operation's security and description name this scope; the scopes of a key name operations \
(`sites.create`), nouns and classes (`sites:read`) or wildcards (`*:read`).\n\n\
Send a key as `Authorization: Bearer KEY`, as `X-API-KEY: KEY`, or with Basic authentication, as the password of the \
user `api_key` or `service_token` or as the user without a password; never in the address. Times are RFC 3339 in UTC. Lists have `items` and `next_cursor`. Errors are RFC 9457 problem \
details with a stable `code`.";

/// The OpenAPI document of a catalogue.
pub fn document(catalogue: &Catalogue) -> Value {
    let mut schemas = catalogue.definitions().clone();
    for (name, schema) in problem_schemas() {
        schemas.entry(name).or_insert(schema);
    }
    let mut paths: Map<String, Value> = Map::new();
    for operation in catalogue.operations() {
        let item = paths.entry(operation.spec.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            let described = operation::describe(operation, catalogue);
            item.insert(operation.spec.method.as_str().to_lowercase(), described);
        }
        schemas.extend(operation::named_body(operation));
    }
    let mut tags: Vec<Value> = Vec::new();
    for operation in catalogue.operations() {
        let name = operation.spec.tag;
        if tags.iter().any(|tag| tag["name"] == name) {
            continue;
        }
        let description =
            TAGS.iter().find(|(tag, _)| *tag == name).map_or("", |(_, description)| description);
        tags.push(json!({ "name": name, "description": description }));
    }
    adapters::add(catalogue, &mut tags, &mut paths, &mut schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bailiwick",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The control plane for fleets of machines.",
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": errors::responses(),
            "headers": errors::headers(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "blw_<kind>_<id>_<secret>",
                    "description": "The whole key, as it was shown when it was created. One of these methods is enough.",
                },
                "api_key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-KEY",
                    "description": "The whole key, as it was shown when it was created. One of these methods is enough.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": "The cookie that `POST /v1/sessions` sets in a browser. Programs send a key.",
                },
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "User name `api_key` or `service_token`, and the whole key as the password; or the whole key as the user name, without a password. One of these methods is enough.",
                },
            },
        },
    });
    simple::simplify(&mut document);
    document
}

/// Names that come before all others of an object; the rest are in alphabetical order. Swagger UI shows
/// operations and the fields of examples in the order of the document. It puts the cursor into the last way
/// to send a key, which is `bearer` in that order; the cookie, which nobody types, therefore comes second.
const FIRST: &[&str] = &["get", "post", "patch", "delete", "id", "name", "api_key", "session"];

struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(name, _)| {
                    FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len())
                });
                serializer.collect_map(entries.into_iter().map(|(name, value)| (name, Ordered(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            other => other.serialize(serializer),
        }
    }
}

/// The document as it is served, in JSON.
pub fn text(catalogue: &Catalogue) -> Vec<u8> {
    serde_json::to_vec(&Ordered(&document(catalogue))).unwrap_or_default()
}

/// The schema of errors, and those that it refers to.
fn problem_schemas() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.for_serialize().into_generator();
    let _ = generator.subschema_for::<Problem>();
    generator.take_definitions(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use bailiwick_catalogue::catalogue;

    use super::*;

    #[test]
    fn every_body_has_an_example_that_is_valid_under_its_schema() {
        let document = document(catalogue());
        let items = document["paths"].as_object().unwrap().values();
        let mut seen = 0;
        for operation in items.flat_map(|item| item.as_object().unwrap().values()) {
            let Some(content) = operation.pointer("/requestBody/content/application~1json") else { continue };
            // Those of other systems' scripts are documented by those systems.
            if operation["operationId"].as_str().is_none_or(|id| catalogue().get(id).is_none()) {
                continue;
            }
            let mut schema = content["schema"].clone();
            // The schema is in the components.
            assert!(schema["$ref"].is_string(), "{}: its body has no name", operation["operationId"]);
            schema["components"] = document["components"].clone();
            let name = &operation["operationId"];
            let example = content.get("example").unwrap_or_else(|| panic!("{name} has no example"));
            let validator = jsonschema::validator_for(&schema).unwrap();
            validator.validate(example).unwrap_or_else(|error| panic!("{name}: {error}"));
            seen += 1;
        }
        assert!(seen > 0);
    }

    #[test]
    fn the_served_document_lists_methods_in_reading_order() {
        let text = text(catalogue());
        let read: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(read, document(catalogue()));
        let text = str::from_utf8(&text).unwrap();
        let item = text.split_once("\"/v1/sites/{site}\":").unwrap().1;
        let place = |method: &str| item.find(&format!("\"{method}\":{{")).unwrap();
        assert!(place("get") < place("patch") && place("patch") < place("delete"));
    }

    #[test]
    fn a_parameter_with_few_values_lists_them() {
        let document = document(catalogue());
        let parameters = document.pointer("/paths/~1v1~1audit/get/parameters").unwrap().as_array().unwrap();
        let outcome = parameters.iter().find(|parameter| parameter["name"] == "outcome").unwrap();
        let name = outcome["schema"]["$ref"].as_str().unwrap();
        let schema = document.pointer(name.strip_prefix('#').unwrap()).unwrap();
        assert_eq!((&schema["type"], &schema["enum"]), (&json!("string"), &json!(["allowed", "denied"])));
        assert!(outcome["description"].as_str().unwrap().ends_with("\n- `denied`: It was refused."));
    }

    #[test]
    fn a_schema_name_has_one_meaning_and_ends_in_no_digit() {
        let definitions = catalogue().definitions();
        for (name, schema) in problem_schemas() {
            assert!(definitions.get(&name).is_none_or(|other| *other == schema), "{name} has two meanings");
        }
        let document = document(catalogue());
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
            assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name}: another schema has its name");
        }
    }

    #[test]
    fn no_schema_has_a_member_of_its_own_name() {
        // openapi-python-client names the new object after the schema, and so overwrites the member's value.
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let document = document(catalogue());
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            for member in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
                assert_ne!(plain(member), plain(name), "{name} has the member {member}");
            }
        }
    }

    #[test]
    fn schemas_are_written_as_client_generators_understand_them() {
        fn check(value: &Value, at: &str, faults: &mut Vec<String>) {
            let Value::Object(members) = value else {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(item, &format!("{at}/{n}"), faults);
                }
                return;
            };
            let mut fault = |what: &str| faults.push(format!("{at}: {what}"));
            for keyword in ["oneOf", "anyOf"] {
                let each: Vec<_> =
                    members.get(keyword).and_then(Value::as_array).into_iter().flatten().collect();
                if each.iter().any(|one| one.get("const").is_some()) {
                    fault("words are not an `enum`");
                }
                if each.iter().any(|one| one.get("properties").is_some()) {
                    fault("an alternative that is an object has no name");
                }
                if !each.is_empty() && members.contains_key("properties") {
                    fault("alternatives beside members");
                }
            }
            if members.get("default") == Some(&Value::Null) {
                fault("absent is not null");
            }
            if members
                .get("type")
                .and_then(Value::as_array)
                .is_some_and(|types| types.iter().filter(|kind| *kind != "null").count() != 1)
            {
                fault("several types");
            }
            if members.contains_key("$ref") && members.contains_key("properties") {
                fault("members beside a reference");
            }
            for (name, member) in members {
                if !name.starts_with("example") {
                    check(member, &format!("{at}/{name}"), faults);
                }
            }
        }
        let mut faults = Vec::new();
        check(&document(catalogue()), "", &mut faults);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
