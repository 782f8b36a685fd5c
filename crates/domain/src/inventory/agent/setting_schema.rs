//! The JSON Schemas of agent settings: each setting has the type of its kind.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::AgentType;
use super::setting::{ENTRIES_MAX, PEM_MAX, SETTING_MAX, Setting, SettingKind, Settings, TABLE, expected};

/// The durations that [`SettingKind::Duration`] takes.
const DURATION: &str = r"^[0-9]{1,6}(\.[0-9]{1,9})?s$";

/// The schema of the values that a kind takes. With `or_null`, null is one of them.
fn values(kind: SettingKind, or_null: bool) -> Value {
    let of = |name: &str| if or_null { json!([name, "null"]) } else { json!(name) };
    let line = || json!({ "type": "string", "minLength": 1, "maxLength": SETTING_MAX });
    match kind {
        SettingKind::Flag => json!({ "type": of("boolean") }),
        SettingKind::Integer { least, most } => {
            json!({ "type": of("integer"), "format": "int32", "minimum": least, "maximum": most })
        }
        SettingKind::Text | SettingKind::Url(_) => {
            json!({ "type": of("string"), "minLength": 1, "maxLength": SETTING_MAX })
        }
        SettingKind::Pem => json!({ "type": of("string"), "maxLength": PEM_MAX }),
        SettingKind::Choice(words) => {
            let null = or_null.then_some(Value::Null);
            let words: Vec<Value> = words.iter().map(|word| json!(word)).chain(null).collect();
            json!({ "type": of("string"), "enum": words })
        }
        SettingKind::Duration => json!({ "type": of("string"), "pattern": DURATION }),
        SettingKind::Path => {
            json!({ "type": of("string"), "pattern": "^/[^?#]*$", "maxLength": SETTING_MAX })
        }
        SettingKind::Texts => json!({ "type": of("array"), "items": line(), "maxItems": ENTRIES_MAX }),
        SettingKind::Map => json!({
            "type": of("object"),
            "additionalProperties": { "type": "string", "maxLength": SETTING_MAX },
            "maxProperties": ENTRIES_MAX,
        }),
        SettingKind::Durations(names) => {
            let members: Map<String, Value> = names
                .iter()
                .map(|name| {
                    let description = format!("The duration `{name}`, such as 5s.");
                    let value = json!({ "type": "string", "pattern": DURATION, "description": description });
                    ((*name).to_owned(), value)
                })
                .collect();
            json!({ "type": of("object"), "properties": members, "additionalProperties": false })
        }
    }
}

/// The schema of an object of settings. With `or_null`, each of them may be null.
fn object(or_null: bool, example: &Value) -> Schema {
    let mut properties = Map::new();
    for setting in TABLE {
        let has = |agent: &AgentType| Setting::all(*agent).any(|other| other.name == setting.name);
        let agents: Vec<_> = AgentType::ALL.into_iter().filter(has).map(AgentType::as_str).collect();
        let mut schema = values(setting.kind, or_null);
        schema["description"] = format!("For {}: {}.", agents.join(", "), expected(setting.kind)).into();
        properties.insert(setting.name.to_owned(), schema);
    }
    json_schema!({
        "type": "object", "properties": properties, "additionalProperties": false, "examples": [example],
    })
}

impl JsonSchema for Settings {
    fn schema_name() -> Cow<'static, str> {
        "AgentSettings".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        object(false, &json!({ "username": "monitor", "tls": true }))
    }
}

/// Stands for changes of settings in schemas: null removes a setting.
#[derive(Debug)]
pub struct SettingChanges;

impl JsonSchema for SettingChanges {
    fn schema_name() -> Cow<'static, str> {
        "AgentSettingChanges".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        object(true, &json!({ "username": "monitor", "tls_ca": null }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::setting::SettingValue;
    use super::*;

    #[test]
    fn settings_with_the_same_name_have_the_same_kind() {
        for setting in TABLE {
            let others = TABLE.iter().filter(|other| other.name == setting.name);
            assert!(others.into_iter().all(|other| other.kind == setting.kind), "{}", setting.name);
        }
    }

    #[test]
    fn each_setting_has_the_type_of_its_kind() {
        let schema = Settings::json_schema(&mut SchemaGenerator::default()).to_value();
        let changes = SettingChanges::json_schema(&mut SchemaGenerator::default()).to_value();
        for setting in TABLE {
            let value = match setting.kind {
                SettingKind::Flag => SettingValue::Flag(true),
                SettingKind::Integer { most, .. } => SettingValue::Integer(most),
                SettingKind::Texts => SettingValue::Texts(vec!["a".into()]),
                SettingKind::Map | SettingKind::Durations(_) => SettingValue::Map([].into()),
                SettingKind::Text => SettingValue::Text("a".into()),
                SettingKind::Pem => SettingValue::Text("-----BEGIN CERTIFICATE-----".into()),
                SettingKind::Choice(words) => SettingValue::Text(words[0].into()),
                SettingKind::Duration => SettingValue::Text("1.5s".into()),
                SettingKind::Url(schemes) => SettingValue::Text(format!("{}://a", schemes[0])),
                SettingKind::Path => SettingValue::Text("/a".into()),
            };
            assert!(setting.kind.takes(&value), "{}", setting.name);
            let value = serde_json::to_value(&value).unwrap();
            let is = |value: &Value| match value {
                Value::Bool(_) => "boolean",
                Value::Number(_) => "integer",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
                Value::Null => "null",
            };
            assert_eq!(schema["properties"][setting.name]["type"], is(&value), "{}", setting.name);
            assert_eq!(changes["properties"][setting.name]["type"], json!([is(&value), "null"]));
        }
    }
}
