//! `contracts/`: what clients rely on. `cargo xtask generate` writes the files; here they are
//! compared with the code, and the OpenAPI document is held to its own rules.

use std::path::PathBuf;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::role::BuiltInRole;
use bailiwick_domain::scope::Class;
use bailiwick_domain::scope_set::SCOPE_SETS;
use bailiwick_engine::shape::spec::Access;
use bailiwick_graphql::GraphQl;
use bailiwick_server::{config, openapi};
use serde_json::Value;

/// The path of a generated file of this repository.
fn generated(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Compares a generated file with what the code makes of it, or writes it.
#[track_caller]
fn compare(name: &str, text: &str) {
    let path = generated(name);
    if std::env::var_os("BAILIWICK_GENERATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "{name} is not what the code makes: run `cargo xtask generate` and look at the difference"
    );
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn the_checked_in_openapi_document_is_current() {
    compare("contracts/openapi.json", &pretty(&openapi::document(catalogue())));
}

#[test]
fn the_checked_in_configuration_schema_is_current() {
    compare("contracts/config.schema.json", &pretty(&config::schema()));
}

#[test]
fn the_checked_in_graphql_schema_is_current() {
    compare("contracts/schema.graphql", &GraphQl::new(true).sdl().unwrap());
}

#[test]
fn the_checked_in_permissions_are_current() {
    let mut lines = vec!["# operation, method, path, class, who may".to_owned()];
    for operation in catalogue().operations() {
        let spec = operation.spec;
        let who = match spec.access {
            Access::Open => "anybody",
            Access::ByProof => "by proof",
            Access::AnyKey => "any key",
            Access::Person => "person",
            Access::Scoped => "scope",
            Access::Root => "root and scope",
        };
        let (id, method, path, class) = (spec.id, spec.method.as_str(), spec.path, spec.class.as_str());
        lines.push(format!("{id:<24} {method:<6} {path:<40} {class:<5} {who}"));
    }
    compare("contracts/permissions.txt", &(lines.join("\n") + "\n"));
}

#[test]
fn the_checked_in_table_of_roles_is_current() {
    let mut lines =
        vec!["# The operations that need a scope, and the built-in roles that open each.".to_owned()];
    for operation in catalogue().operations() {
        let spec = operation.spec;
        if spec.access != Access::Scoped {
            continue;
        }
        let opens = |role: &BuiltInRole| role.scopes().iter().any(|scope| scope.permits(spec.subject()));
        let roles: Vec<&str> =
            BuiltInRole::ALL.iter().map(|role| if opens(role) { role.as_str() } else { "-" }).collect();
        lines.push(format!("{:<30} {:<7} {:<11} {:<7} {}", spec.id, roles[0], roles[1], roles[2], roles[3]));
    }
    compare("contracts/roles.txt", &(lines.join("\n") + "\n"));
}

#[test]
fn the_checked_in_scope_sets_are_current() {
    let mut lines = vec!["# A named set of scopes, and each operation in it.".to_owned()];
    for set in &SCOPE_SETS {
        lines.push(format!("{}: {}", set.name, set.summary));
        lines.extend(set.operations.iter().map(|(noun, verb)| format!("    {noun}.{verb}")));
    }
    compare("contracts/scope_sets.txt", &(lines.join("\n") + "\n"));
}

#[test]
fn scope_sets_contain_only_what_they_are_for() {
    /// Nouns that are no business of reports.
    const WITHHELD: [&str; 10] = [
        "users",
        "keys",
        "sessions",
        "roles",
        "audit",
        "commands",
        "scripts",
        "schedules",
        "organizations",
        "me",
    ];
    for set in &SCOPE_SETS {
        for (noun, verb) in set.operations {
            let id = format!("{noun}.{verb}");
            let operation =
                catalogue().operations().iter().find(|operation| operation.spec.id == id.as_str());
            let operation = operation.unwrap_or_else(|| panic!("{}: there is no operation {id}", set.name));
            assert_eq!(operation.spec.access, Access::Scoped, "{id}");
            if set.name == "reporting" {
                assert_eq!(operation.spec.class, Class::Read, "{id}");
                assert!(!WITHHELD.contains(noun), "{id}");
            }
        }
    }
}

/// The page that lists the internal operations.
const AUDIT_PAGE: &str = "docs/audit.md";
/// The heading of the table of internal operations, which ends with the next empty line.
const INTERNAL_OPERATIONS: &str = "| internal operation | who runs it | what it does |\n|---|---|---|\n";

#[test]
fn the_documented_internal_operations_are_current() {
    let mut table = INTERNAL_OPERATIONS.to_owned();
    for operation in catalogue().internal() {
        table.push_str(&format!(
            "| `{}` | {} | {} |\n",
            operation.id,
            operation.runner.as_str(),
            operation.summary
        ));
    }
    let page = std::fs::read_to_string(generated(AUDIT_PAGE)).unwrap();
    let (before, rest) = page.split_once(INTERNAL_OPERATIONS).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    compare(AUDIT_PAGE, &format!("{before}{table}\n{after}"));
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    all.collect()
}

#[test]
fn every_operation_has_a_complete_description() {
    let document = openapi::document(catalogue());
    // The routes of adapters are tested with the adapters.
    let described: Vec<_> = operations(&document)
        .into_iter()
        .filter(|(_, operation)| catalogue().get(operation["operationId"].as_str().unwrap()).is_some())
        .collect();
    assert_eq!(described.len(), catalogue().operations().len());
    for (name, operation) in described {
        let id = operation["operationId"].as_str().unwrap();
        let spec = catalogue().get(id).unwrap().spec;
        for member in ["summary", "description"] {
            assert!(!operation[member].as_str().unwrap().is_empty(), "{name}: {member}");
        }
        let summary = operation["summary"].as_str().unwrap();
        assert!(summary.len() < 80 && !summary.ends_with('.'), "{name}: {summary}");
        let tag = &operation["tags"][0];
        assert!(
            document["tags"].as_array().unwrap().iter().any(|t| t["name"] == *tag && t["description"] != ""),
            "{name}"
        );
        let security = operation["security"].as_array().unwrap();
        match spec.access {
            Access::Open | Access::ByProof => assert!(security.is_empty(), "{name}"),
            Access::Person => assert_eq!(operation["security"], serde_json::json!([{ "session": [] }])),
            Access::AnyKey => assert!(
                security.iter().all(|s| s.as_object().unwrap().values().all(|v| v == &Value::Array(vec![])))
            ),
            Access::Scoped | Access::Root => {
                assert_eq!(security.len(), 4, "{name}");
                assert!(
                    security.iter().all(|s| s.as_object().unwrap().values().all(|scopes| scopes[0] == id)),
                    "{name}"
                );
                assert!(operation["description"].as_str().unwrap().contains(&format!("`{id}`")), "{name}");
            }
        }
        let responses = operation["responses"].as_object().unwrap();
        let media = if spec.answers_events { "text/event-stream" } else { "application/json" };
        let success = &responses[&spec.status.to_string()]["content"][media]["schema"];
        assert!(success.is_object() && success.get("$ref").is_some(), "{name}: the answer has no named type");
        for status in ["400", "500", "503"] {
            assert!(responses.contains_key(status), "{name}: {status}");
        }
        // A proof may be wrong, too.
        assert_eq!(responses.contains_key("401"), spec.access != Access::Open, "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(!parameter["description"].as_str().unwrap().is_empty(), "{name}: {parameter}");
        }
    }
}

/// Calls `see` with each schema in a value and where it stands.
fn schemas<'a>(value: &'a Value, at: &str, see: &mut dyn FnMut(&str, &'a Value)) {
    match value {
        Value::Object(members) => {
            if members.contains_key("properties") {
                see(at, value);
            }
            for (name, member) in members {
                schemas(member, &format!("{at}/{name}"), see);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                schemas(item, &format!("{at}/{n}"), see);
            }
        }
        _ => {}
    }
}

#[test]
fn every_property_has_a_description() {
    let document = openapi::document(catalogue());
    let mut seen = 0;
    schemas(&document, "", &mut |at, schema| {
        for (name, property) in schema["properties"].as_object().unwrap() {
            seen += 1;
            // What tells variants apart is described by the variant.
            let tag = property.get("const").is_some();
            let described = property["description"].as_str().is_some_and(|d| !d.is_empty());
            assert!(described || tag, "{at}/{name} has no description");
        }
    });
    assert!(seen > 100);
}

#[test]
fn every_schema_is_valid_and_every_reference_resolves() {
    let document = openapi::document(catalogue());
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::meta::is_valid(schema), "{name} is not a valid JSON Schema 2020-12");
    }
    fn references(value: &Value, document: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
                }
                members.values().for_each(|member| references(member, document));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, document)),
            _ => {}
        }
    }
    references(&document, &document);
}

#[test]
fn the_configuration_schema_describes_every_setting() {
    let schema = config::schema();
    assert!(jsonschema::meta::is_valid(&schema));
    schemas(&schema, "", &mut |at, schema| {
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].as_str().is_some_and(|d| !d.is_empty()), "{at}/{name}");
        }
    });
}

/// Objects without a name: all others are found by theirs.
const NAMELESS: [&str; 8] =
    ["annotation", "command", "goal", "job_run", "operator_run", "part_correction", "reject", "session"];

#[test]
fn every_object_with_a_name_is_found_by_it() {
    let document = openapi::document(catalogue());
    let is_id = |parameter: &Value| parameter["in"] == "path" && parameter["schema"]["format"] == "uuid";
    for (path, methods) in document["paths"].as_object().unwrap() {
        for parameter in
            methods.as_object().unwrap().values().filter_map(|one| one["parameters"].as_array()).flatten()
        {
            let name = parameter["name"].as_str().unwrap_or_default();
            let is_ours = path.starts_with("/v1/") && is_id(parameter);
            assert!(!is_ours || NAMELESS.contains(&name), "{path}: `{name}` takes only an id");
        }
    }
}
