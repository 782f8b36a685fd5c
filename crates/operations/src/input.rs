//! How what a client sent becomes an operation's struct, or an error that names the field.

use bailiwick_domain::hidden::hidden;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, FieldError, Result};

/// The most fields of one input that are named as wrong.
pub const ERRORS_MAX: usize = 20;

/// The field of labels: of those that an object has, or of a selector.
const LABELS: &str = "labels";

/// What a client sent, before it is an operation's struct.
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

    /// Refuses every field that is not one of `known` or stands twice, all at once.
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
                errors.push(FieldError::new(name, "expected it once"));
            }
            seen.push(name);
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }

    /// The operation's struct.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T> {
        match self {
            Self::Text(fields) => {
                // Left to serde it would be as if it were absent, and everything would be chosen.
                if fields.iter().any(|(name, text)| name == LABELS && text.trim().is_empty()) {
                    let detail =
                        "expected a requirement such as env=prod; leave it out for whatever the labels";
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

/// Refuses labels with characters that are not seen. What is in the database may have some from before,
/// so the type of a label's value does not refuse them.
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

/// The error for a field that there is not, with the known one nearest to it.
fn unknown_field(name: &str, known: &[String]) -> String {
    let nearest = nearest(name, known.iter().map(String::as_str));
    match (nearest, known.is_empty()) {
        (Some(near), _) => format!("there is no such field; did you mean `{near}`?"),
        (None, true) => "there is no such field; this operation takes none".into(),
        (None, false) => format!("there is no such field; expected one of {}", known.join(", ")),
    }
}

/// The known word that is most like `word`, if one is like it.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // The words compared are short; what a client sent may not be.
    let word: String = word.chars().take(64).collect();
    known
        .map(|k| (strsim::damerau_levenshtein(&word, k), k))
        .filter(|(distance, k)| *distance <= 1 + k.len() / 4)
        .min()
        .map(|(_, k)| k)
}

/// The field and what was expected, from serde's error.
fn bad_field<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> Error {
    let path = error.path().to_string();
    let detail = error.inner().to_string();
    // What is missing is named only in serde's text: "missing field `name`".
    if let Some(name) = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return Error::Invalid(vec![FieldError::new(field, "expected a value; the field is required")]);
    }
    let field = if path == "." { String::new() } else { path };
    Error::Invalid(vec![FieldError::new(field, detail)])
}
