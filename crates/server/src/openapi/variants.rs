//! Alternatives that are objects, in the form that client generators understand: each is a schema with a name, and
//! a discriminator says which member tells them apart.

use serde_json::{Map, Value, json};

use super::SCHEMAS;

/// Names the alternatives of every schema in the components.
pub(super) fn name_all(schemas: &mut Map<String, Value>) {
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in names {
        let Some(mut each) =
            schemas.get_mut(&name).and_then(|schema| schema.get_mut("oneOf")).map(Value::take)
        else {
            continue;
        };
        let (mut tag, mut mapping) = (None, Map::new());
        for one in each.as_array_mut().into_iter().flatten() {
            flatten(one, schemas);
            let Some(variant) = Variant::of(one) else { continue };
            let own = format!("{name}{}", pascal_case(&variant.value));
            let reference = format!("{SCHEMAS}{own}");
            if let Some(found) = variant.tag {
                leave_to_union(one, &found, &variant.value);
                mapping.insert(variant.value, reference.clone().into());
                tag = Some(found);
            }
            schemas.insert(own, std::mem::replace(one, json!({ "$ref": reference })));
        }
        let Some(Value::Object(schema)) = schemas.get_mut(&name) else { continue };
        schema.insert("oneOf".into(), each);
        if let Some(tag) = tag {
            schema.insert("required".into(), json!([tag]));
            schema.insert("discriminator".into(), json!({ "propertyName": tag, "mapping": mapping }));
        }
    }
}

/// Leaves it to the schema of all alternatives to require the tag. OpenAPI Generator's clients in Rust read the tag
/// before they read the alternative, and then do not find it there; and with a default, other clients add it.
fn leave_to_union(one: &mut Value, tag: &str, value: &str) {
    one["properties"][tag]["default"] = value.into();
    let Value::Object(schema) = one else { return };
    if let Some(Value::Array(names)) = schema.get_mut("required") {
        names.retain(|name| name != tag);
        if names.is_empty() {
            schema.remove("required");
        }
    }
}

/// What tells an alternative from others.
struct Variant {
    /// The member that all of them have, with another value in each; none if each has a member of its own.
    tag: Option<String>,
    /// The value of that member, or the name of its own member.
    value: String,
}

impl Variant {
    fn of(schema: &Value) -> Option<Self> {
        let members = schema.get("properties")?.as_object()?;
        let tagged = members.iter().find_map(|(name, member)| Some((name, member.get("const")?.as_str()?)));
        if let Some((name, value)) = tagged {
            return Some(Self { tag: Some(name.clone()), value: value.to_owned() });
        }
        let own = members.keys().next()?;
        (members.len() == 1).then(|| Self { tag: None, value: own.clone() })
    }
}

/// Writes the members of the schema that an alternative refers to into the alternative, if it adds others to them.
fn flatten(one: &mut Value, schemas: &Map<String, Value>) {
    let Value::Object(own) = one else { return };
    if !own.contains_key("properties") {
        return;
    }
    let Some(Value::String(reference)) = own.remove("$ref") else { return };
    let Some(base) = reference.strip_prefix(SCHEMAS).and_then(|name| schemas.get(name)) else { return };
    let mut whole = base.as_object().cloned().unwrap_or_default();
    for (key, value) in std::mem::take(own) {
        match (whole.get_mut(&key), value) {
            (Some(Value::Object(members)), Value::Object(more)) => members.extend(more),
            (Some(Value::Array(names)), Value::Array(more)) => names.extend(more),
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
    *own = whole;
}

/// A name such as `scan_updates` or `nodes.list` as `ScanUpdates` or `NodesList`.
pub(super) fn pascal_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let capitalized = words.filter_map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    capitalized.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(schemas: Value) -> Value {
        let mut schemas = schemas.as_object().cloned().unwrap_or_default();
        name_all(&mut schemas);
        schemas.into()
    }

    #[test]
    fn tagged_alternatives_get_names_and_a_discriminator() {
        let script = json!({
            "type": "object",
            "properties": { "command": { "type": "string" } },
            "required": ["command"],
        });
        let kind = |word: &str| json!({ "kind": { "type": "string", "const": word } });
        let schemas = named(json!({ "Script": script, "Order": { "oneOf": [
            { "$ref": "#/components/schemas/Script", "type": "object", "properties": kind("run_it"), "required": ["kind"] },
            { "type": "object", "properties": kind("stop"), "required": ["kind"] },
        ] } }));
        let (run, stop) = ("#/components/schemas/OrderRunIt", "#/components/schemas/OrderStop");
        assert_eq!(schemas["Order"]["oneOf"], json!([{ "$ref": run }, { "$ref": stop }]));
        let mapping = json!({ "run_it": run, "stop": stop });
        assert_eq!(schemas["Order"]["discriminator"], json!({ "propertyName": "kind", "mapping": mapping }));
        // The tag is required of both together.
        assert_eq!(schemas["Order"]["required"], json!(["kind"]));
        assert_eq!(schemas["OrderRunIt"]["required"], json!(["command"]));
        assert!(schemas["OrderStop"].get("required").is_none());
        let members = schemas["OrderRunIt"]["properties"].as_object().map(|members| members.keys().len());
        assert_eq!((members, schemas["OrderRunIt"].get("$ref")), (Some(2), None));
        let stopping = json!({ "kind": { "type": "string", "const": "stop", "default": "stop" } });
        assert_eq!(schemas["OrderStop"]["properties"], stopping);
    }

    #[test]
    fn alternatives_without_a_tag_are_named_after_their_member() {
        let of =
            |member: &str| json!({ "type": "object", "properties": { member: {} }, "required": [member] });
        let words = json!({ "type": "string", "enum": ["all"] });
        let schemas = named(json!({ "Choice": { "oneOf": [words, of("names"), of("labels")] } }));
        let references =
            ["ChoiceNames", "ChoiceLabels"].map(|name| json!({ "$ref": format!("{SCHEMAS}{name}") }));
        assert_eq!(schemas["Choice"]["oneOf"], json!([words, references[0], references[1]]));
        assert!(schemas["Choice"].get("discriminator").is_none());
        assert_eq!(schemas["ChoiceLabels"], of("labels"));
    }

    #[test]
    fn names_are_written_in_pascal_case() {
        for (name, written) in [("nodes.list", "NodesList"), ("scan_updates", "ScanUpdates"), ("sh", "Sh")] {
            assert_eq!(pascal_case(name), written);
        }
    }
}
