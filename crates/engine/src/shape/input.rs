//! Conversion of a request's fields to an operation's struct, or to an error that names the field.

use bailiwick_domain::hidden::hidden;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, FieldError, Result};

/// The most fields of one input that an error lists.
pub const ERRORS_MAX: usize = 20;

/// The name of fields with labels: an object's labels or a selector.
const LABELS: &str = "labels";

/// The fields that a client sent, before they are converted to an operation's struct.
#[derive(Clone, Debug)]
pub enum Input {
    /// Fields as text, from the path and the query.
    Text(Vec<(String, String)>),
    /// Fields as JSON, from the body (and, as strings, from the path).
    Json(Map<String, Value>),
}

impl Input {
    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let (text, json) = match self {
            Self::Text(fields) => (Some(fields), None),
            Self::Json(fields) => (None, Some(fields)),
        };
        text.into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .chain(json.into_iter().flat_map(|fields| fields.keys().map(String::as_str)))
    }

    /// Refuses all fields that are unknown or occur twice, in one error.
    pub fn check_names(&self, known: &[String]) -> Result<()> {
        let mut errors: Vec<FieldError> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for name in self.names() {
            let is_known = known.iter().any(|k| k == name);
            if errors.len() == ERRORS_MAX || errors.iter().any(|e| e.field == name) {
                continue;
            }
            if !is_known {
                errors.push(FieldError::new(name, unknown_field(name, known)));
            } else if seen.contains(&name) {
                errors.push(FieldError::new(name, "expected this parameter only once"));
            }
            seen.push(name);
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }

    /// Converts the fields to the operation's struct.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T> {
        match self {
            Self::Text(fields) => {
                // Serde would treat an empty selector as absent, and the request would select
                // everything.
                if fields.iter().any(|(name, text)| name == LABELS && text.trim().is_empty()) {
                    let detail =
                        "expected a requirement such as env=prod; leave the field out to match any labels";
                    return Err(Error::invalid(LABELS, detail));
                }
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(fields);
                let query = query.finish();
                let from = serde_html_form::Deserializer::from_bytes(query.as_bytes());
                serde_path_to_error::deserialize(from).map_err(|error| bad_field(&error))
            }
            Self::Json(fields) => {
                check_labels(&fields, "")?;
                serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| bad_field(&error))
            }
        }
    }
}

/// Refuses labels that contain invisible characters. The type of label values cannot refuse them,
/// because the database may contain older ones.
fn check_labels(fields: &Map<String, Value>, path: &str) -> Result<()> {
    for (name, value) in fields {
        let Value::Object(members) = value else { continue };
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if name != LABELS {
            check_labels(members, &path)?;
            continue;
        }
        for (label, value) in members {
            if let Some(hidden) = value.as_str().and_then(hidden) {
                return Err(Error::invalid(format!("{path}.{label}"), hidden.to_string()));
            }
        }
    }
    Ok(())
}

/// The error for an unknown field, with the most similar known field.
fn unknown_field(name: &str, known: &[String]) -> String {
    let nearest = nearest(name, known.iter().map(String::as_str));
    match (nearest, known.is_empty()) {
        (Some(near), _) => format!("there is no such field; did you mean `{near}`?"),
        (None, true) => "there is no such field; this operation takes none".into(),
        (None, false) => format!("there is no such field; expected one of {}", known.join(", ")),
    }
}

/// The known word that is most similar to `word`, if any is similar enough.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Known words are short; a client's word may be long.
    let word: String = word.chars().take(64).collect();
    known
        .map(|k| (strsim::damerau_levenshtein(&word, k), k))
        .filter(|(distance, k)| *distance <= 1 + k.len() / 4)
        .min()
        .map(|(_, k)| k)
}

/// Serde's names for the types of a program, and what a client sends for them.
const TYPES: [(&str, &str); 7] = [
    ("struct variant ", "an object"),
    ("internally tagged enum ", "an object"),
    ("adjacently tagged enum ", "an object"),
    ("tuple struct ", "a list"),
    ("tuple variant ", "a list"),
    ("unit struct ", "null"),
    ("struct ", "an object"),
];

/// Serde's text of an error, without the names of types of this program, which mean nothing to a client.
pub fn without_types(text: &str) -> String {
    if text.starts_with("data did not match any variant of untagged enum") {
        return "the value has none of the expected forms".into();
    }
    // A variant is serde's word for one of several words or forms.
    let variant = text.strip_prefix("unknown variant ").map(|rest| format!("unknown value {rest}"));
    let text = variant.as_deref().unwrap_or(text);
    let Some((found, expected)) = text.rsplit_once(", expected ") else { return text.to_owned() };
    let plain = TYPES.iter().find(|(kind, _)| expected.starts_with(kind)).map(|(_, plain)| *plain);
    format!("{found}, expected {}", plain.unwrap_or(expected))
}

/// Converts serde's error to a field and what was expected.
fn bad_field<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> Error {
    let path = error.path().to_string();
    let detail = error.inner().to_string();
    // Only serde's text names a missing field: "missing field `name`".
    if let Some(name) = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return Error::Invalid(vec![FieldError::new(field, "expected a value; the field is required")]);
    }
    let field = if path == "." { String::new() } else { path };
    Error::Invalid(vec![FieldError::new(field, without_types(&detail))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_names_a_type_of_this_program() {
        for (text, plain) in [
            (
                "invalid type: integer `3`, expected struct CommandLimits",
                "invalid type: integer `3`, expected an object",
            ),
            (
                "invalid length 0, expected struct Reach with 3 elements",
                "invalid length 0, expected an object",
            ),
            (
                "invalid type: string \"a, expected b\", expected internally tagged enum Run",
                "invalid type: string \"a, expected b\", expected an object",
            ),
            (
                "data did not match any variant of untagged enum Setting",
                "the value has none of the expected forms",
            ),
            ("invalid type: integer `3`, expected a string", "invalid type: integer `3`, expected a string"),
            ("unknown variant `x`, expected `a` or `b`", "unknown value `x`, expected `a` or `b`"),
            ("expected an id", "expected an id"),
        ] {
            assert_eq!(without_types(text), plain);
        }
    }
}
