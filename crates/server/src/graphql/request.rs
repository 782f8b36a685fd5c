//! A query as a client sends it: in a JSON body, or in the query string.

use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::shape::json::{self, BadJson, JsonBounds, VALUES_MAX};
use bailiwick_graphql::Query;
use serde_json::{Map, Value};

use crate::problem::HttpError;

/// The most memory that the values of one parameter may take, in bytes. A head of a request is bounded, and with
/// it the parameter.
const PARAMETER_MEMORY_MAX: usize = 4 << 20;

/// A query, or the hash of one that the server may know.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) query: Query,
    /// The SHA-256 of the document in hexadecimal digits, of a persisted query.
    pub(super) hash: Option<String>,
}

fn expected(field: &str, detail: &str) -> HttpError {
    Error::Invalid(vec![FieldError::new(field, detail)]).into()
}

/// The value of a parameter that is JSON, under the rules of a body.
fn of_text(name: &str, text: &str) -> Result<Value, HttpError> {
    let most = JsonBounds { values: VALUES_MAX, memory: PARAMETER_MEMORY_MAX };
    json::read(text.as_bytes(), most, &mut |_| true).map_err(|error| match error {
        BadJson::Twice(member) => expected(&format!("{name}.{member}"), "expected this field only once"),
        BadJson::Malformed(_) => expected(name, "expected an object in JSON"),
        error @ (BadJson::TooMany { .. } | BadJson::TooLarge | BadJson::NoMemory) => {
            expected(name, &error.to_string())
        }
    })
}

impl Asked {
    /// A query in the members of a JSON body. Members that GraphQL does not define are ignored, as its specification
    /// asks for.
    pub(super) fn of_body(mut fields: Map<String, Value>) -> Result<Self, HttpError> {
        let mut text = |name: &str| match fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(expected(name, "expected a text")),
        };
        let (document, operation_name) = (text("query")?, text("operationName")?);
        let mut object = |name: &str| match fields.remove(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(expected(name, "expected an object")),
        };
        let (variables, extensions) = (object("variables")?, object("extensions")?);
        Self::of(document, operation_name, variables, &extensions)
    }

    /// A query in the parameters of a query string, where variables and extensions are JSON.
    pub(super) fn of_query(pairs: Vec<(String, String)>) -> Result<Self, HttpError> {
        let mut fields = Map::new();
        for (name, value) in pairs {
            let value = match name.as_str() {
                "query" | "operationName" => Value::String(value),
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => of_text(&name, &value)?,
                _ => {
                    let detail = "this query parameter is unknown; expected query, operationName, variables, \
                                  extensions or organization";
                    return Err(expected(&name, detail));
                }
            };
            if fields.insert(name.clone(), value).is_some() {
                return Err(expected(&name, "expected this parameter only once"));
            }
        }
        Self::of_body(fields)
    }

    fn of(
        document: Option<String>,
        operation_name: Option<String>,
        variables: Map<String, Value>,
        extensions: &Map<String, Value>,
    ) -> Result<Self, HttpError> {
        let hash = match extensions.get("persistedQuery") {
            None | Some(Value::Null) => None,
            Some(persisted) => {
                let version = persisted.get("version").and_then(Value::as_u64);
                let hash = persisted.get("sha256Hash").and_then(Value::as_str);
                match (version, hash) {
                    (Some(1), Some(hash)) => Some(hash.to_ascii_lowercase()),
                    _ => {
                        let detail = "expected version 1 and sha256Hash";
                        return Err(expected("extensions.persistedQuery", detail));
                    }
                }
            }
        };
        if document.is_none() && hash.is_none() {
            return Err(expected(
                "query",
                "expected a GraphQL document, as in {\"query\": \"{ nodes { name } }\"}",
            ));
        }
        let document = document.unwrap_or_default();
        // Some clients send an empty name for none.
        let operation_name = operation_name.filter(|name| !name.is_empty());
        Ok(Self { query: Query { document, operation_name, variables }, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_holds_variables_as_json() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let asked = Asked::of_query(vec![pair("query", "{ a }"), pair("variables", "{\"n\":1}")]).unwrap();
        assert_eq!((asked.query.document.as_str(), asked.query.variables["n"].as_i64()), ("{ a }", Some(1)));
        for wrong in [
            vec![],
            vec![pair("query", "{ a }"), pair("variables", "1")],
            vec![pair("query", "{ a }"), pair("query", "{ b }")],
            vec![pair("query", "{ a }"), pair("variables", "{\"n\":1,\"n\":2}")],
            vec![pair("query", "{ a }"), pair("sort", "name")],
            vec![pair("extensions", "{\"persistedQuery\":{\"version\":2,\"sha256Hash\":\"\"}}")],
        ] {
            assert_eq!(Asked::of_query(wrong).unwrap_err().status(), 400);
        }
    }
}
