//! The scalar types of GraphQL, named as in Hasura.

use bailiwick_domain::row_query::MemberKind;
use serde_json::Value;

/// A scalar type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ScalarType {
    Uuid,
    String,
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits, written as a number.
    Bigint,
    Float,
    Boolean,
    Timestamptz,
    Jsonb,
    /// The labels of an object: JSON that is compared with a selector.
    Labels,
}

impl ScalarType {
    pub(crate) const ALL: [Self; 9] = [
        Self::Uuid,
        Self::String,
        Self::Int,
        Self::Bigint,
        Self::Float,
        Self::Boolean,
        Self::Timestamptz,
        Self::Jsonb,
        Self::Labels,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::String => "String",
            Self::Int => "Int",
            Self::Bigint => "bigint",
            Self::Float => "Float",
            Self::Boolean => "Boolean",
            Self::Timestamptz => "timestamptz",
            Self::Jsonb | Self::Labels => "jsonb",
        }
    }

    /// What it is, if it is not a scalar type of GraphQL itself.
    pub(crate) const fn description(self) -> Option<&'static str> {
        match self {
            Self::Uuid => Some("A UUID (RFC 9562) in lower case with hyphens."),
            Self::Bigint => Some("An integer of 64 bits, written as a number."),
            Self::Timestamptz => Some("A point in time (RFC 3339), in UTC in answers."),
            Self::Jsonb => Some("Any JSON value."),
            Self::String | Self::Int | Self::Float | Self::Boolean | Self::Labels => None,
        }
    }

    pub(crate) const fn kind(self) -> MemberKind {
        match self {
            Self::Uuid => MemberKind::Id,
            Self::String => MemberKind::Text,
            Self::Int | Self::Bigint => MemberKind::Integer,
            Self::Float => MemberKind::Number,
            Self::Boolean => MemberKind::Boolean,
            Self::Timestamptz => MemberKind::Time,
            Self::Jsonb | Self::Labels => MemberKind::Json,
        }
    }

    /// The name of the type of comparisons with its values.
    pub(crate) fn comparison(self) -> String {
        let name = if self == Self::Labels { "labels" } else { self.name() };
        format!("{name}_comparison_exp")
    }

    /// The type with the values of a JSON Schema. `definitions` has the schemas that it refers to.
    pub(crate) fn of_schema(schema: &Value, definitions: &serde_json::Map<String, Value>) -> Self {
        let named = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        if let Some(definition) = named.and_then(|name| definitions.get(name)) {
            return Self::of_schema(definition, definitions);
        }
        if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
            let mut others = any.iter().filter(|one| one.get("type").and_then(Value::as_str) != Some("null"));
            return match (others.next(), others.next()) {
                (Some(one), None) => Self::of_schema(one, definitions),
                _ => Self::Jsonb,
            };
        }
        if let Some(one_of) = schema.get("oneOf").and_then(Value::as_array) {
            let are_texts = one_of.iter().all(|one| one.get("const").is_some_and(Value::is_string));
            return if are_texts { Self::String } else { Self::Jsonb };
        }
        let kinds = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind.as_str()],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let mut kinds = kinds.into_iter().filter(|kind| *kind != "null");
        let (Some(kind), None) = (kinds.next(), kinds.next()) else { return Self::Jsonb };
        match (kind, schema.get("format").and_then(Value::as_str)) {
            ("string", Some("uuid")) => Self::Uuid,
            ("string", Some("date-time")) => Self::Timestamptz,
            ("string", _) => Self::String,
            ("integer", Some("int64" | "uint64")) => Self::Bigint,
            ("integer", _) => Self::Int,
            ("number", _) => Self::Float,
            ("boolean", _) => Self::Boolean,
            _ => Self::Jsonb,
        }
    }
}

/// Whether the values of a JSON Schema may be null.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    let is_null = |one: &Value| one.get("type").and_then(Value::as_str) == Some("null");
    schema.get("type").and_then(Value::as_array).is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
        || schema.get("anyOf").and_then(Value::as_array).is_some_and(|any| any.iter().any(is_null))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_follow_the_schema() {
        let definitions = json!({ "Status": { "oneOf": [{ "const": "a", "type": "string" }] } });
        let definitions = definitions.as_object().unwrap();
        let of = |schema: Value| (ScalarType::of_schema(&schema, definitions), is_nullable(&schema));
        assert_eq!(of(json!({ "type": "string", "format": "uuid" })), (ScalarType::Uuid, false));
        assert_eq!(of(json!({ "type": ["string", "null"] })), (ScalarType::String, true));
        assert_eq!(
            of(json!({ "anyOf": [{ "$ref": "#/components/schemas/Status" }, { "type": "null" }] })),
            (ScalarType::String, true)
        );
        assert_eq!(of(json!({ "type": "integer", "format": "int64" })), (ScalarType::Bigint, false));
        assert_eq!(of(json!({ "type": "array", "items": { "type": "string" } })), (ScalarType::Jsonb, false));
        assert_eq!(of(json!({ "oneOf": [{ "type": "object" }] })), (ScalarType::Jsonb, false));
    }
}
