//! The named schemas that inputs and outputs refer to. A name has one meaning: where an input takes something else
//! than an output answers, such as members with a default that need not be sent, the input's schema has a name of
//! its own.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What begins a reference to a named schema.
pub(crate) const DEFINITIONS: &str = "/components/schemas";
/// What is added to the name of an input's schema if an output's schema has the name.
const INPUT: &str = "Input";

/// Schemas by name.
pub(crate) type Definitions = Map<String, Value>;

/// Joins the schemas of inputs and outputs. Also returns the names of those that differ.
pub(crate) fn join(inputs: Definitions, outputs: Definitions) -> (Definitions, BTreeSet<String>) {
    let mut differ: BTreeSet<String> = BTreeSet::new();
    // What refers to a schema that differs also differs.
    loop {
        let found: Vec<_> = inputs
            .iter()
            .filter(|(name, schema)| {
                !differ.contains(*name) && outputs.contains_key(*name) && {
                    outputs.get(*name) != Some(schema) || differ.iter().any(|other| refers(schema, other))
                }
            })
            .map(|(name, _)| name.clone())
            .collect();
        if found.is_empty() {
            break;
        }
        differ.extend(found);
    }
    let mut joined = outputs;
    for (name, mut schema) in inputs {
        rename(&mut schema, &differ);
        let name = if differ.contains(&name) { name + INPUT } else { name };
        joined.entry(name).or_insert(schema);
    }
    (joined, differ)
}

/// Makes the references of an input's schema name what an input takes.
pub(crate) fn rename(schema: &mut Value, differ: &BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && target(reference).is_some_and(|name| differ.contains(name))
            {
                reference.push_str(INPUT);
            }
            members.values_mut().for_each(|member| rename(member, differ));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, differ)),
        _ => {}
    }
}

fn refers(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(members) => {
            members.get("$ref").and_then(Value::as_str).and_then(target) == Some(name)
                || members.values().any(|member| refers(member, name))
        }
        Value::Array(items) => items.iter().any(|item| refers(item, name)),
        _ => false,
    }
}

fn target(reference: &str) -> Option<&str> {
    reference.strip_prefix('#')?.strip_prefix(DEFINITIONS)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_input_that_differs_from_the_output_has_a_name_of_its_own() {
        let object = |value: Value| value.as_object().cloned().unwrap_or_default();
        let refers_to = |name: &str| json!({ "items": { "$ref": format!("#/components/schemas/{name}") } });
        let inputs = object(json!({
            "Same": { "type": "string" },
            "Rules": { "type": "object" },
            "List": refers_to("Rules"),
            "Only": refers_to("List"),
        }));
        let outputs = object(json!({
            "Same": { "type": "string" },
            "Rules": { "type": "object", "required": ["a"] },
            "List": refers_to("Rules"),
        }));
        let (joined, differ) = join(inputs, outputs);
        assert_eq!(differ.iter().map(String::as_str).collect::<Vec<_>>(), ["List", "Rules"]);
        assert_eq!(joined["Rules"]["required"], json!(["a"]));
        assert_eq!(joined["RulesInput"], json!({ "type": "object" }));
        assert_eq!(joined["List"], refers_to("Rules"));
        assert_eq!(joined["ListInput"], refers_to("RulesInput"));
        assert_eq!(joined["Only"], refers_to("ListInput"));
        assert_eq!(joined.len(), 6);
    }
}
