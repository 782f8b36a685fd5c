//! The schema of a field, as far as arguments depend on it.

use bailiwick_engine::catalogue::Described;
use serde_json::{Map, Value};

use crate::sources;

/// The type of a field, as far as arguments depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldType {
    Text,
    Integer,
    Number,
    Boolean,
    Texts,
    Object,
    /// A list of objects.
    Objects,
}

/// The schema of a field.
pub(super) struct Field<'a> {
    pub(super) schema: &'a Value,
    pub(super) definitions: &'a Map<String, Value>,
}

impl<'a> Field<'a> {
    pub(super) fn of(
        operation: &'a Described,
        name: &str,
        definitions: &'a Map<String, Value>,
    ) -> Option<Self> {
        Some(Self { schema: operation.field(name)?, definitions })
    }

    /// The alternative schemas of the field: one, or several in `anyOf` or `oneOf`.
    fn choices(&self) -> Vec<&'a Value> {
        let any = self.schema.get("anyOf").and_then(Value::as_array);
        let all: Vec<&Value> = any.map_or_else(|| vec![self.schema], |any| any.iter().collect());
        let mut choices = Vec::new();
        for schema in all.into_iter().map(|schema| self.resolve(schema)) {
            choices.push(schema);
            let each = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
            choices.extend(each.map(|schema| self.resolve(schema)));
        }
        choices
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next());
        name.and_then(|name| self.definitions.get(name)).unwrap_or(schema)
    }

    pub(super) fn has_type(&self, name: &str) -> bool {
        self.choices().iter().any(|schema| match schema.get("type") {
            Some(Value::String(one)) => one == name,
            Some(Value::Array(many)) => many.iter().any(|t| t == name),
            _ => false,
        })
    }

    /// Whether the items of a list are objects and cannot be texts.
    fn lists_objects(&self) -> bool {
        let items = self.choices().into_iter().filter_map(|schema| schema.get("items"));
        let mut items = items.map(|schema| Field { schema, definitions: self.definitions });
        items.any(|item| item.has_type("object") && !item.has_type("string"))
    }

    /// Whether the field is an object with a member of this name; `None` if its members are not listed.
    pub(super) fn has_member(&self, name: &str) -> Option<bool> {
        let objects = self.choices().into_iter().filter_map(|schema| schema.get("properties")?.as_object());
        let objects: Vec<_> = objects.collect();
        (!objects.is_empty()).then(|| objects.iter().any(|members| members.contains_key(name)))
    }

    /// The names of the members of the object, if they are listed.
    pub(super) fn member_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for schema in self.choices() {
            let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            for (name, _) in members {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// Whether a member of the object may have a type.
    pub(super) fn member_has_type(&self, member: &str, name: &str) -> bool {
        let members = self.choices().into_iter().filter_map(|schema| schema.get("properties")?.get(member));
        members.into_iter().any(|schema| Field { schema, definitions: self.definitions }.has_type(name))
    }

    pub(super) fn kind(&self) -> FieldType {
        if self.has_type("array") && self.lists_objects() {
            FieldType::Objects
        } else if self.has_type("array") {
            FieldType::Texts
        } else if self.has_type("object") {
            FieldType::Object
        } else if self.has_type("integer") {
            FieldType::Integer
        } else if self.has_type("number") {
            FieldType::Number
        } else if self.has_type("boolean") {
            FieldType::Boolean
        } else {
            FieldType::Text
        }
    }

    /// The allowed values, if the schema lists them.
    pub(super) fn values(&self) -> Vec<String> {
        let mut values = Vec::new();
        for schema in self.choices() {
            for one in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
                values.extend(one.as_str().map(str::to_owned));
            }
            for one in schema.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
                values.extend(one.get("const").and_then(Value::as_str).map(str::to_owned));
            }
        }
        values
    }

    /// Whether the field is a time.
    pub(super) fn is_time(&self) -> bool {
        self.choices().iter().any(|schema| schema["format"] == "date-time")
    }

    pub(super) fn description(&self) -> String {
        let text = self.schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = text.replace('\n', " ").trim_end_matches('.').to_owned();
        if self.is_secret() {
            format!("{text}; {}", sources::SECRET_HELP)
        } else if self.holds_secrets(SECRETS_DEPTH) {
            format!("{text}; {}, as for each secret in it", sources::SECRET_HELP)
        } else {
            text
        }
    }

    /// Whether the field itself is a secret.
    pub(super) fn is_secret(&self) -> bool {
        self.choices().iter().any(|schema| schema.get("writeOnly") == Some(&Value::Bool(true)))
    }

    /// The schemas of a member of the object, or of all members if no name is given.
    pub(super) fn members_of(&self, name: Option<&str>) -> Vec<Self> {
        let of = |schema: &'a Value| {
            let named = schema.get("properties").and_then(Value::as_object);
            let named = named.into_iter().flatten().filter(move |(n, _)| name.is_none_or(|name| name == *n));
            let other = schema.get("additionalProperties").filter(|other| other.is_object());
            named.map(|(_, schema)| schema).chain(other)
        };
        let schemas = self.choices().into_iter().flat_map(of);
        schemas.map(|schema| Field { schema, definitions: self.definitions }).collect()
    }

    /// Whether a member of the object is a secret or contains one.
    pub(super) fn holds_secrets(&self, depth: usize) -> bool {
        depth > 0
            && self
                .members_of(None)
                .iter()
                .any(|member| member.is_secret() || member.holds_secrets(depth - 1))
    }

    /// Whether the field is a new secret rather than an existing one: only new ones have a least length.
    pub(super) fn is_chosen(&self) -> bool {
        self.choices().iter().any(|schema| schema["minLength"].as_u64().is_some_and(|least| least > 1))
    }
}

/// How many levels of an object are searched for secrets.
pub(super) const SECRETS_DEPTH: usize = 4;
