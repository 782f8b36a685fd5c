//! Errors of a query, and of one of its fields.

use std::cmp::Ordering;

use async_graphql::{PathSegment, Pos, ServerError};
use bailiwick_domain::key::redact;
use bailiwick_engine::error::Error;
use serde_json::{Map, Value, json};

/// The longest message, in characters.
const MESSAGE_MAX: usize = 1_000;

/// An error in an answer (GraphQL, October 2021, section 7.1.2).
#[derive(Clone, Debug, PartialEq)]
pub struct QueryError {
    /// What was wrong and what to do.
    pub message: String,
    /// A word for programs, as in problems of REST.
    pub code: String,
    /// Line and column in the document; none if it has no place.
    pub location: Option<(usize, usize)>,
    /// The response keys that lead to the field.
    pub path: Vec<String>,
    /// More for programs, such as the scope that is missing.
    pub details: Map<String, Value>,
}

impl QueryError {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: code.to_owned(),
            location: None,
            path: Vec::new(),
            details: Map::new(),
        }
    }

    #[must_use]
    pub(crate) fn at(self, pos: Pos) -> Self {
        Self { location: Some((pos.line, pos.column)), ..self }
    }

    #[must_use]
    pub(crate) fn on(self, path: &[String]) -> Self {
        Self { path: path.to_vec(), ..self }
    }

    /// The order of errors: that of their fields in the document.
    pub(crate) fn in_document(&self, other: &Self) -> Ordering {
        self.location.cmp(&other.location).then_with(|| self.path.cmp(&other.path))
    }

    /// An error of the parser, of validation, or of introspection.
    pub(crate) fn of_server(error: &ServerError) -> Self {
        let path = error.path.iter().map(|segment| match segment {
            PathSegment::Field(name) => name.clone(),
            PathSegment::Index(index) => index.to_string(),
        });
        Self {
            location: error.locations.first().map(|pos| (pos.line, pos.column)),
            path: path.collect(),
            ..Self::new("invalid_query", error.message.trim())
        }
    }

    /// Leaves out the name of a similar field, which would reveal a part of the schema.
    pub(crate) fn without_suggestion(&mut self) {
        if let Some(at) = self.message.find(" Did you mean") {
            self.message.truncate(at);
        }
    }

    /// The error as JSON. Keys that a client put into a wrong place are removed from it, and a long message is cut: the
    /// parser repeats the line of an error.
    pub fn as_json(&self) -> Value {
        let mut extensions = self.details.clone();
        extensions.insert("code".into(), self.code.clone().into());
        let mut message = redact(&self.message).into_owned();
        if let Some((end, _)) = message.char_indices().nth(MESSAGE_MAX) {
            message.truncate(end);
            message.push('…');
        }
        let mut error = json!({ "message": message, "extensions": extensions });
        if let (Some((line, column)), Some(object)) = (self.location, error.as_object_mut()) {
            object.insert("locations".into(), json!([{ "line": line, "column": column }]));
        }
        if let (false, Some(object)) = (self.path.is_empty(), error.as_object_mut()) {
            let path: Vec<_> = self.path.iter().map(|key| redact(key)).collect();
            object.insert("path".into(), json!(path));
        }
        error
    }
}

/// Why a list could not be read.
#[derive(Debug)]
pub enum Refusal {
    /// The caller may not read it, or asked for it wrongly: the field is null, and the rest is answered.
    Field(QueryError),
    /// The whole request fails, with this error.
    Request(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match (&error, error.status()) {
            (Error::ScopeMissing(scope), _) => {
                let mut refused = QueryError::new(error.code(), error.to_string());
                refused.details.insert("scope".into(), scope.to_string().into());
                Self::Field(refused)
            }
            (Error::Invalid(fields), _) => {
                let each = fields.iter().map(|field| format!("{}: {}", field.field, field.detail));
                let message = format!("{error}: {}", each.collect::<Vec<_>>().join("; "));
                let mut refused = QueryError::new(error.code(), message);
                refused.details.insert("fields".into(), json!(fields));
                Self::Field(refused)
            }
            (_, 400 | 403 | 404 | 409 | 422) => Self::Field(QueryError::new(error.code(), error.to_string())),
            _ => Self::Request(error),
        }
    }
}
