//! The body of a request: JSON, or text where an operation takes that, bounded in size and time.

use bailiwick_domain::key::redact;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use crate::problem::HttpError;
use bailiwick_operations::error::Error;
use bailiwick_operations::format::Format;

/// The format of a body that is text.
pub(crate) fn text_format(headers: &HeaderMap) -> Option<Format> {
    Format::of_media_type(headers.get(CONTENT_TYPE)?.to_str().ok()?)
}

/// The text in a body.
pub(crate) async fn read_text(body: axum::body::Body, limit: usize) -> Result<String, HttpError> {
    let bytes = collect(body, limit).await?;
    String::from_utf8(bytes.into()).map_err(|_| Error::invalid("data", "expected text in UTF-8").into())
}

/// The JSON object in a body. No body at all is an empty object.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: axum::body::Body,
    limit: usize,
    takes_text: bool,
) -> Result<Map<String, Value>, HttpError> {
    let bytes = collect(body, limit).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    require_json(headers, takes_text)?;
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

fn require_json(headers: &HeaderMap, takes_text: bool) -> Result<(), HttpError> {
    let found = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = found.and_then(|value| value.split(';').next()).map(str::trim).unwrap_or_default();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 5
            && essence.is_char_boundary(essence.len() - 5)
            && essence[essence.len() - 5..].eq_ignore_ascii_case("+json"));
    if is_json {
        Ok(())
    } else {
        let found = found.map(|f| redact(f).chars().take(100).collect());
        Err(HttpError::UnsupportedMediaType { found, takes_text })
    }
}
