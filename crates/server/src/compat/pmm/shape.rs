//! PMM's format of objects: in a group for their type, with fields that are never null.

use bailiwick_engine::error::Error;
use serde_json::{Map, Value, json};

use crate::compat::fields::Fields;
use crate::compat::members::{Member, honoured, refused};
use crate::problem::HttpError;

/// The most objects in one list, which has no pages.
pub(super) const ITEMS_MAX: usize = 10_000;

/// The version of PMM's API. They differ in paths, and in how ids and empty fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `POST /v1/inventory/Nodes/List`; ids are written as `/node_id/…`, and empty fields are left out.
    V2,
    /// `GET /v1/inventory/nodes`; ids are written plainly, and so are empty fields.
    V3,
}

/// Why members that PMM only returns are refused in a request.
pub(super) const ONLY_ANSWERED: &str = "this field is read-only";

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text; empty if absent.
    Text,
    /// A number; 0 if absent.
    Number,
    /// Texts by name; empty if absent.
    Map,
    /// An id; version 2 writes it with this prefix.
    Id(&'static str),
}

/// A field: PMM's name, our name, and its type.
pub(super) type Field = (&'static str, &'static str, Shape);

/// A type of objects in PMM.
#[derive(Debug)]
pub(super) struct PmmType {
    /// The member of lists and bodies that contains objects of this type.
    pub(super) bucket: &'static str,
    /// Our type; `None` if there is no equivalent.
    pub(super) ours: Option<&'static str>,
    /// The name and the number of the type in PMM's enumeration.
    pub(super) name: &'static str,
    pub(super) number: u64,
    /// The fields that may be set when an object is added.
    pub(super) fields: &'static [Field],
    /// The fields that are only returned.
    pub(super) answered: &'static [Field],
}

/// An id without PMM's prefix.
pub(super) fn plain_id(id: &str) -> &str {
    let Some((prefix, id)) = id.strip_prefix('/').and_then(|rest| rest.split_once('/')) else { return id };
    if prefix.ends_with("_id") { id } else { "" }
}

/// An id as a version of PMM writes it.
pub(super) fn written_id(id: &str, prefix: &str, version: Version) -> String {
    match version {
        Version::V2 if !id.is_empty() => format!("/{prefix}/{id}"),
        _ => id.to_owned(),
    }
}

impl Shape {
    /// The value of an absent field.
    fn empty(self) -> Value {
        match self {
            Self::Text | Self::Id(_) => json!(""),
            Self::Number => json!(0),
            Self::Map => json!({}),
        }
    }

    /// Converts a value that was sent for our operations; `None` if it is absent.
    fn read(self, value: Value) -> Option<Value> {
        if value.is_null() {
            return None;
        }
        let value = match (self, value) {
            (Self::Id(_), Value::String(id)) => plain_id(&id).into(),
            // Protocol buffers' JSON allows numbers in quotes.
            (Self::Number, Value::String(text)) => {
                text.parse::<i64>().map_or(Value::String(text), Value::from)
            }
            (_, value) => value,
        };
        (value != self.empty()).then_some(value)
    }
}

impl PmmType {
    /// One of our objects as PMM writes it.
    pub(super) fn show(&self, ours: &Fields, version: Version) -> Value {
        let mut theirs = Map::new();
        for (name, our_name, shape) in self.answered.iter().chain(self.fields) {
            let value = ours.get(*our_name).filter(|value| !value.is_null()).cloned();
            let value = match (shape, value.unwrap_or_else(|| shape.empty())) {
                (Shape::Id(prefix), Value::String(id)) => written_id(&id, prefix, version).into(),
                (_, value) => value,
            };
            if version == Version::V3 || value != shape.empty() {
                theirs.insert((*name).to_owned(), value);
            }
        }
        Value::Object(theirs)
    }

    /// Converts an object that was sent for our operations.
    pub(super) fn read(&self, mut theirs: Fields) -> Result<Fields, HttpError> {
        let ours = self.require_ours()?;
        let mut fields = read(self.fields, &mut theirs);
        fields.insert("type".into(), ours.into());
        Ok(fields)
    }

    /// Our type; an error if there is no equivalent.
    pub(super) fn require_ours(&self) -> Result<&'static str, HttpError> {
        let none = "Bailiwick does not have this type, so it cannot be added";
        Ok(self.ours.ok_or_else(|| Error::invalid(self.bucket, none))?)
    }

    /// Whether a path of version 2 names this type: `MySQL`, `AddRemoteRDS`, `HAProxyService`.
    pub(super) fn is_named(&self, path: &str) -> bool {
        let name = path.strip_suffix("Service").unwrap_or(path).to_ascii_lowercase();
        let bucket = self.bucket.replace('_', "");
        bucket == name
    }

    /// What happens with the members of an object that is added: those that are only returned are refused.
    pub(super) fn added(&self) -> Vec<Member> {
        let honoured = self.fields.iter().map(|(name, ..)| honoured(name));
        let answered = self.answered.iter().map(|(name, ..)| refused(name, ONLY_ANSWERED));
        honoured.chain(answered).collect()
    }

    /// The name of the type as a version of PMM writes it.
    pub(super) fn written(&self, version: Version) -> &'static str {
        match version {
            Version::V2 => self.name.splitn(3, '_').nth(2).unwrap_or(self.name),
            Version::V3 => self.name,
        }
    }
}

/// Takes fields out of an object that was sent, and converts them for our operations.
pub(super) fn read(fields: &[Field], theirs: &mut Fields) -> Fields {
    let each = fields.iter().filter_map(|(name, our_name, shape)| {
        let value = shape.read(theirs.remove(*name)?)?;
        Some(((*our_name).to_owned(), value))
    });
    each.collect()
}

/// PMM's type of one of our objects.
pub(super) fn kind_of(kinds: &'static [PmmType], ours: &Fields) -> Option<&'static PmmType> {
    let name = ours.get("type")?.as_str()?;
    kinds.iter().find(|kind| kind.ours == Some(name))
}

/// The type that a filter names, by its name or number; `None` for all types.
pub(super) fn wanted(
    kinds: &'static [PmmType],
    asked: &Fields,
    field: &'static str,
) -> Result<Option<&'static PmmType>, HttpError> {
    let text = match asked.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let is_named = |end| text.ends_with(end);
    if text.is_empty() || text == "0" || is_named("_UNSPECIFIED") || is_named("_INVALID") {
        return Ok(None);
    }
    let is_it = |kind: &&PmmType| {
        text == kind.name || text == kind.written(Version::V2) || text.parse() == Ok(kind.number)
    };
    let found = kinds.iter().find(is_it);
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let wrong = || Error::invalid(field, format!("expected one of {}", names.join(", "))).into();
    found.map(Some).ok_or_else(wrong)
}

/// The body of a list: a group for each type, in version 2 without empty ones.
pub(super) fn buckets(
    kinds: &'static [PmmType],
    items: impl IntoIterator<Item = (&'static PmmType, Value)>,
    version: Version,
) -> Value {
    let mut buckets = Map::new();
    if version == Version::V3 {
        buckets.extend(kinds.iter().map(|kind| (kind.bucket.to_owned(), json!([]))));
    }
    for (kind, value) in items {
        if let Value::Array(items) = buckets.entry(kind.bucket).or_insert_with(|| json!([])) {
            items.push(value);
        }
    }
    Value::Object(buckets)
}

/// The type and the fields of the object in a body, which is in a member named after its type.
pub(super) fn one_of(
    kinds: &'static [PmmType],
    mut body: Fields,
) -> Result<(&'static PmmType, Fields), HttpError> {
    let mut found = kinds.iter().filter_map(|kind| Some((kind, body.remove(kind.bucket)?)));
    let names: Vec<&str> = kinds.iter().filter(|kind| kind.ours.is_some()).map(|kind| kind.bucket).collect();
    match (found.next(), found.next()) {
        (Some((kind, Value::Object(fields))), None) => Ok((kind, fields)),
        (Some((kind, _)), None) => Err(Error::invalid(kind.bucket, "expected a JSON object").into()),
        _ => Err(Error::invalid("", format!("expected exactly one of {}", names.join(", "))).into()),
    }
}

/// Whether a flag in a query or a body is true.
pub(super) fn flag(asked: &Fields, name: &'static str) -> Result<bool, HttpError> {
    match asked.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(text)) if ["true", "1", ""].contains(&text.as_str()) => Ok(!text.is_empty()),
        Some(Value::String(text)) if ["false", "0"].contains(&text.as_str()) => Ok(false),
        Some(_) => Err(Error::invalid(name, "expected `true` or `false`").into()),
    }
}

/// The id in a field, without PMM's prefix; `None` if it is empty.
pub(super) fn id(asked: &Fields, name: &'static str) -> Option<String> {
    let id = plain_id(asked.get(name)?.as_str()?);
    (!id.is_empty()).then(|| id.to_owned())
}

/// The id in a field that must have one.
pub(super) fn required_id(asked: &Fields, name: &'static str) -> Result<String, HttpError> {
    id(asked, name).ok_or_else(|| {
        Error::invalid(name, "expected an id, such as 01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f").into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_with_and_without_the_prefix_of_version_2() {
        for (text, id) in [
            ("0193", "0193"),
            ("/node_id/0193", "0193"),
            ("/agent_id/0193", "0193"),
            ("/node/0193", ""),
            ("/0193", "/0193"),
            ("", ""),
        ] {
            assert_eq!(plain_id(text), id, "{text}");
        }
        assert_eq!(written_id("0193", "node_id", Version::V2), "/node_id/0193");
        assert_eq!(written_id("0193", "node_id", Version::V3), "0193");
        assert_eq!(written_id("", "node_id", Version::V2), "");
    }

    #[test]
    fn empty_values_of_pmm_are_read_as_absent() {
        assert_eq!(Shape::Text.read(json!("")), None);
        assert_eq!(Shape::Number.read(json!(0)), None);
        assert_eq!(Shape::Number.read(json!("3306")), Some(json!(3306)));
        assert_eq!(
            Shape::Number.read(json!("many")),
            Some(json!("many")),
            "an invalid number is passed on, and the operation refuses it"
        );
        assert_eq!(Shape::Map.read(Value::Null), None);
    }
}
