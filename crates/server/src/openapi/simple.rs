//! Writes the schemas of a document in plain forms. JSON Schema has many ways to say the same thing, and client
//! generators understand few of them: they then make clients that do not compile, or refuse valid answers.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{SCHEMAS, alternatives, enumerations, variants};

/// Members of a schema that hold values and no schemas.
const VALUES: [&str; 5] = ["example", "examples", "enum", "const", "default"];

/// Writes all schemas of a document in plain forms.
pub(super) fn simplify(document: &mut Value) {
    each_schema(document, &mut simplify_one);
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        variants::name_all(schemas);
    }
    prune(document);
}

fn each_schema(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            change(members);
            for (name, member) in members {
                match member {
                    // A member of an object may have any name, such as `default`.
                    Value::Object(properties) if name == "properties" => {
                        properties.values_mut().for_each(|property| each_schema(property, change));
                    }
                    _ if VALUES.contains(&name.as_str()) => {}
                    other => each_schema(other, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_schema(item, change)),
        _ => {}
    }
}

fn simplify_one(schema: &mut Map<String, Value>) {
    enumerations::simplify(schema);
    // Absent is not null: in a change it means to keep the value. Generators would send the null.
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    open_names(schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().filter_map(Value::as_object_mut).for_each(say_default);
    }
    alternatives::simplify(schema);
}

/// Says the default of a member in its description. openapi-typescript takes a member with a default for one that is
/// always there, and its clients then require it. That a list is empty by default, or that something is not so, goes
/// without saying.
fn say_default(property: &mut Map<String, Value>) {
    let Some(default) = property.remove("default") else { return };
    let text = match &default {
        Value::Bool(true) | Value::Number(_) => default.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(false) | Value::Array(_) | Value::Object(_) => return,
    };
    let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{description} The default is `{text}`.");
    property.insert("description".into(), description.trim_start().into());
}

/// Writes an object whose members have names of one pattern as an object with any members, and the pattern as that
/// of its names. Generators do not read `patternProperties`, and their clients would leave the members out.
fn open_names(schema: &mut Map<String, Value>) {
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) || schema.contains_key("properties") {
        return;
    }
    let Some(Value::Object(patterns)) = schema.get("patternProperties") else { return };
    let mut each = patterns.iter();
    let (Some((pattern, values)), None) = (each.next(), each.next()) else { return };
    let (names, values) = (json!({ "pattern": pattern }), values.clone());
    schema.remove("patternProperties");
    schema.insert("propertyNames".into(), names);
    schema.insert("additionalProperties".into(), values);
}

/// Removes named schemas to which nothing refers.
fn prune(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
        let before = schemas.len();
        schemas.retain(|name, _| used.contains(name));
        if schemas.len() == before {
            return;
        }
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                used.extend(reference.strip_prefix(SCHEMAS).map(str::to_owned));
            }
            members.values().for_each(|member| references(member, used));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, used)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_simplified_wherever_they_are_and_values_are_left_alone() {
        let mut document = json!({
            "paths": { "/": { "get": {
                "schema": { "items": { "$ref": "#/components/schemas/Used" } },
                "example": { "default": null },
            } } },
            "components": { "schemas": {
                "Used": { "properties": { "a": { "type": "string", "default": null } } },
                "Unused": { "properties": { "a": { "$ref": "#/components/schemas/OnlyThere" } } },
                "OnlyThere": { "type": "string" },
            } },
        });
        simplify(&mut document);
        let used = json!({ "Used": { "properties": { "a": { "type": "string" } } } });
        assert_eq!(document["components"]["schemas"], used);
        assert_eq!(document["paths"]["/"]["get"]["example"], json!({ "default": null }));
    }

    #[test]
    fn defaults_of_members_are_said_and_those_of_parameters_stay() {
        let mut schema = json!({
            "default": 50,
            "properties": {
                "some": { "description": "How many.", "default": 60 },
                "none": { "description": "Which.", "default": [] },
                "default": { "type": "string" },
            },
        });
        each_schema(&mut schema, &mut simplify_one);
        let expected = json!({
            "default": 50,
            "properties": {
                "some": { "description": "How many. The default is `60`." },
                "none": { "description": "Which." },
                "default": { "type": "string" },
            },
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn members_whose_names_have_a_pattern_are_read_by_generators() {
        let text = json!({ "type": "string" });
        let mut schema = json!({ "patternProperties": { "^a": text }, "additionalProperties": false });
        each_schema(&mut schema, &mut simplify_one);
        let expected = json!({ "propertyNames": { "pattern": "^a" }, "additionalProperties": text });
        assert_eq!(schema, expected);
    }
}
