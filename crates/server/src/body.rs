//! The body of a request: JSON, bounded in size and time.

use bailiwick_domain::key::redact;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use crate::problem::HttpError;
use bailiwick_operations::error::Error;

/// The JSON object in a body. No body at all is an empty object.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: axum::body::Body,
    limit: usize,
) -> Result<Map<String, Value>, HttpError> {
    let bytes = collect(body, limit).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    require_json(headers)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| HttpError::MalformedJson(e.to_string()))?;
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::invalid("", "expected a JSON object").into()),
    }
}

async fn collect(body: axum::body::Body, limit: usize) -> Result<Bytes, HttpError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(HttpError::BodyTooLarge { limit }),
        Err(_) => Err(HttpError::BodyBroken),
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), HttpError> {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = found.and_then(|value| value.split(';').next()).map(str::trim).unwrap_or_default();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 5
            && essence.is_char_boundary(essence.len() - 5)
            && essence[essence.len() - 5..].eq_ignore_ascii_case("+json"));
    if is_json {
        Ok(())
    } else {
        Err(HttpError::UnsupportedMediaType { found: found.map(|f| redact(f).chars().take(100).collect()) })
    }
}
