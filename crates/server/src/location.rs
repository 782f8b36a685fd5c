//! `Location`: the path of a new object (RFC 9110, section 10.2.2).

use bailiwick_catalogue::catalogue;
use bailiwick_engine::catalogue::{Described, ORGANIZATION};
use bailiwick_engine::shape::body::Body;
use http::StatusCode;
use serde::Deserialize;

/// An object in an answer.
#[derive(Deserialize)]
struct Object {
    id: String,
}

/// The answer of an operation that creates an object: the object itself, or the object beside what is shown once.
#[derive(Deserialize)]
#[serde(untagged)]
enum Created {
    Itself(Object),
    Key { key: Object },
    User { user: Object },
    Session { session: Object },
}

/// Whether the objects that an operation creates have paths of their own, at which they can be read or deleted.
pub(crate) fn has_path(operation: &Described) -> bool {
    operation.spec.status == StatusCode::CREATED
        && catalogue().operations().iter().any(|other| {
            let rest = other.spec.path.strip_prefix(operation.spec.path);
            let rest = rest.and_then(|rest| rest.strip_prefix("/{"));
            rest.is_some_and(|rest| rest.find('}') == Some(rest.len() - 1))
        })
}

/// The path of the object that an operation created. A caller that named the organization names it again.
pub(crate) fn of(operation: &Described, answer: &Body, query: Option<&str>) -> Option<String> {
    let Body::Whole(answer) = answer else { return None };
    if !has_path(operation) {
        return None;
    }
    let (Created::Itself(object)
    | Created::Key { key: object }
    | Created::User { user: object }
    | Created::Session { session: object }) = serde_json::from_slice(answer).ok()?;
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let organization = pairs.find(|(name, _)| name == ORGANIZATION).map(|(_, organization)| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("?{}", query.append_pair(ORGANIZATION, &organization).finish())
    });
    Some(format!("{}/{}{}", operation.spec.path, object.id, organization.unwrap_or_default()))
}
