//! The query string of a request.

use bailiwick_domain::key::contains_key;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_engine::catalogue::{Described, ORGANIZATION};
use bailiwick_engine::error::Error;
use bailiwick_engine::shape::spec::Tenancy;

use serde_json::{Map, Value};

use crate::problem::HttpError;

/// The decoded parameters of a query string. It is an error if one contains a key.
pub(crate) fn parse(query: Option<&str>) -> Result<Vec<(String, String)>, HttpError> {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if pairs.iter().any(|(name, value)| contains_key(name) || contains_key(value)) {
        return Err(HttpError::KeyInQuery);
    }
    for pair in query.split('&') {
        if !is_encoded(pair) {
            let name = pair.split('=').next().unwrap_or_default();
            let name: String = form_urlencoded::parse(name.as_bytes()).map(|(name, _)| name).collect();
            let detail = "expected text in UTF-8, percent-encoded (RFC 3986): `%` and two hexadecimal digits";
            return Err(Error::invalid(name, detail).into());
        }
    }
    Ok(pairs)
}

/// Whether each `%` of a text is followed by two hexadecimal digits, and the decoded text is UTF-8.
fn is_encoded(text: &str) -> bool {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else { return false };
        decoded.push((high * 16 + low) as u8);
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// Removes the organization from the parameters and returns it, if the operation belongs to an
/// organization.
pub(crate) fn take_organization(
    operation: &Described,
    pairs: &mut Vec<(String, String)>,
) -> Result<Option<OrganizationRef>, HttpError> {
    if operation.spec.tenancy == Tenancy::None {
        return Ok(None);
    }
    organization(pairs)
}

/// Removes the organization from the parameters and returns it.
pub(crate) fn organization(pairs: &mut Vec<(String, String)>) -> Result<Option<OrganizationRef>, HttpError> {
    let mut found = None;
    for (_, value) in pairs.extract_if(.., |(name, _)| name == ORGANIZATION) {
        if found.is_some() {
            return Err(Error::invalid(ORGANIZATION, "expected this parameter only once").into());
        }
        let name =
            value.parse::<OrganizationRef>().map_err(|e| Error::invalid(ORGANIZATION, e.to_string()))?;
        found = Some(name);
    }
    Ok(found)
}

/// Query parameters as JSON values, for a request whose body is text: integers and booleans become such if
/// the operation's schema says so.
pub(crate) fn typed(
    operation: &Described,
    pairs: Vec<(String, String)>,
) -> Result<Map<String, Value>, HttpError> {
    let mut fields = Map::new();
    for (name, text) in pairs {
        let wants = |kind: &str| {
            let schema = operation.field(&name).and_then(|field| field.get("type"));
            schema
                .is_some_and(|t| t == kind || t.as_array().is_some_and(|many| many.iter().any(|t| t == kind)))
        };
        let value = match text.as_str() {
            "true" if wants("boolean") => Value::Bool(true),
            "false" if wants("boolean") => Value::Bool(false),
            _ => match text.parse::<i64>() {
                Ok(number) if wants("integer") => number.into(),
                _ => Value::String(text),
            },
        };
        if fields.insert(name.clone(), value).is_some() {
            return Err(Error::invalid(name, "expected this parameter only once").into());
        }
    }
    Ok(fields)
}
