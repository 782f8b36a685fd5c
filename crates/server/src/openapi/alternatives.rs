//! Alternatives that are told apart by their types, in the form that client generators understand: `oneOf`, each
//! with a title. From `anyOf`, some make an object with the members of all.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Writes each alternative once, and as `oneOf` if no value can be two of them.
pub(super) fn simplify(schema: &mut Map<String, Value>) {
    let Some(Value::Array(any)) = schema.get_mut("anyOf") else { return };
    let mut each: Vec<Value> = Vec::new();
    for one in std::mem::take(any) {
        if !each.contains(&one) {
            each.push(one);
        }
    }
    // A whole number is a number, too.
    if each.iter().any(|one| one["type"] == "number") {
        each.retain(|one| one["type"] != "integer");
    }
    let types: Vec<&str> = each.iter().map(type_of).collect();
    let differ = types.iter().collect::<BTreeSet<_>>().len() == types.len();
    if !differ || types.contains(&"null") {
        *any = each;
        return;
    }
    for one in &mut each {
        let title = match type_of(one) {
            "string" => "Text",
            "number" => "Number",
            "integer" => "Whole",
            "boolean" => "Flag",
            "array" => "List",
            _ => continue,
        };
        one["title"] = title.into();
    }
    schema.remove("anyOf");
    schema.insert("oneOf".into(), each.into());
}

/// The type of an alternative; those with a name are objects.
fn type_of(schema: &Value) -> &str {
    schema["type"].as_str().unwrap_or("object")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn simplified(any: Value) -> Value {
        let mut schema = Map::from_iter([("anyOf".to_owned(), any)]);
        simplify(&mut schema);
        schema.into()
    }

    #[test]
    fn alternatives_of_different_types_exclude_each_other() {
        let object = json!({ "$ref": "#/components/schemas/Alarm" });
        let any = json!([{ "type": "string" }, { "type": "integer" }, { "type": "number" }, object]);
        let expected =
            json!([{ "type": "string", "title": "Text" }, { "type": "number", "title": "Number" }, object]);
        assert_eq!(simplified(any), json!({ "oneOf": expected }));
    }

    #[test]
    fn other_alternatives_are_listed_once() {
        let (id, nothing) = (json!({ "type": "string", "format": "uuid" }), json!({ "type": "null" }));
        assert_eq!(simplified(json!([id, id, nothing])), json!({ "anyOf": [id, nothing] }));
        let objects = json!([{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/B" }]);
        assert_eq!(simplified(objects.clone()), json!({ "anyOf": objects }));
    }
}
