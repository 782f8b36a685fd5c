//! Reads the body of a request: JSON, or text if the operation takes it, with limits on size, time and
//! memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bailiwick_domain::key::redact;
use bailiwick_domain::party::Parties;
use bailiwick_engine::error::Error;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::json::{self, BadJson, JsonBounds};
use futures::FutureExt as _;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use crate::gzip;
use crate::places::{Place, Places};
use crate::problem::HttpError;

/// The unit in which memory is counted, in bytes: a KiB.
const UNIT: usize = 1_024;
/// How many times as much memory as the limit for its text the values of a JSON body may take.
const VALUES_RATIO: usize = 8;
/// Bodies that are larger than this, in bytes, or compressed, are decoded by a separate thread.
const LARGE: usize = 64 << 10;
/// How many times as large as its compressed form a body may be.
const RATIO_MAX: usize = 200;
/// The size in bytes up to which that ratio is not checked.
const RATIO_FREE: usize = 64 << 10;

/// The memory that a request takes while its refusal is delayed, in bytes: its connection and its head.
const DELAYED_BYTES: usize = 16 << 10;

/// The limits for a body.
pub(crate) struct BodyBounds<'a> {
    /// The largest size in bytes, both as sent and decompressed.
    pub(crate) limit: usize,
    /// How long the body may take to arrive.
    pub(crate) patience: Duration,
    /// Bytes that must arrive for each second beyond `patience`; `None` if the time is never extended.
    pub(crate) least_rate: Option<usize>,
    /// The places for requests whose body is on its way.
    pub(crate) arriving: &'a Arc<Places>,
    /// The memory for bodies, in KiB.
    pub(crate) memory: &'a Arc<Places>,
    /// The caller, and the organization it belongs to.
    pub(crate) parties: Parties,
    /// The most values in JSON, at all levels together.
    pub(crate) values: usize,
}

/// The text format of a body, by its `Content-Type`; `None` if it is not text.
pub(crate) fn text_format(headers: &HeaderMap) -> Option<Format> {
    Format::of_media_type(headers.get(CONTENT_TYPE)?.to_str().ok()?)
}

/// The text in a body, and the memory that is reserved for it.
pub(crate) async fn read_text(
    headers: &HeaderMap,
    body: Body,
    bounds: BodyBounds<'_>,
) -> Result<(String, Place), HttpError> {
    let received = receive(headers, body, bounds).await?;
    received
        .apart(|bytes, memory| {
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| Error::invalid("data", "expected text in UTF-8"))?;
            Ok((text, memory))
        })
        .await
}

/// The JSON object in a body, and the memory that is reserved for it. An absent body is an empty object.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    bounds: BodyBounds<'_>,
    takes_text: bool,
) -> Result<(Map<String, Value>, Place), HttpError> {
    let values = bounds.values;
    let received = receive(headers, body, bounds).await?;
    if received.bytes.is_empty() {
        return Ok((Map::new(), received.memory));
    }
    require_json(headers, takes_text)?;
    // What a caller can never get is refused for good, and not as if it could be had later.
    let share = received.memory.most().saturating_mul(UNIT).saturating_sub(received.bytes.len());
    let most = JsonBounds { values, memory: received.limit.saturating_mul(VALUES_RATIO).min(share) };
    received
        .apart(move |bytes, mut memory| {
            let mut reserve = |values: usize| memory.grow_to((bytes.len() + values).div_ceil(UNIT));
            let value = json::read(&bytes, most, &mut reserve).map_err(|error| match error {
                BadJson::Malformed(error) => HttpError::MalformedJson(error.to_string()),
                BadJson::Twice(member) => Error::invalid(member, "expected this field only once").into(),
                error @ (BadJson::TooMany { .. } | BadJson::TooLarge) => {
                    Error::invalid("", error.to_string()).into()
                }
                BadJson::NoMemory => HttpError::Overloaded,
            })?;
            match value {
                Value::Object(fields) => Ok((fields, memory)),
                _ => Err(Error::invalid("", "expected a JSON object").into()),
            }
        })
        .await
}

/// A body that has arrived, not decompressed yet.
struct Received {
    bytes: Vec<u8>,
    memory: Place,
    encoding: Encoding,
    limit: usize,
}

impl Received {
    /// Decompresses the body and passes it to `make`. If that may take long, a separate thread does it, so
    /// that other requests do not have to wait.
    async fn apart<T: Send + 'static>(
        self,
        make: impl FnOnce(Vec<u8>, Place) -> Result<T, HttpError> + Send + 'static,
    ) -> Result<T, HttpError> {
        let is_large = self.encoding == Encoding::Gzip || self.bytes.len() > LARGE;
        let all = move || {
            let Self { bytes, mut memory, encoding, limit } = self;
            let bytes = match encoding {
                Encoding::Identity => bytes,
                Encoding::Gzip => unfold(&bytes, limit, &mut memory)?,
            };
            memory.shrink_to(bytes.len().div_ceil(UNIT).max(1));
            make(bytes, memory)
        };
        if is_large {
            tokio::task::spawn_blocking(all).await.map_err(|_| Error::internal("panicked"))?
        } else {
            all()
        }
    }
}

/// The encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, HttpError> {
    let mut found = Encoding::Identity;
    for value in headers.get_all(CONTENT_ENCODING) {
        let text = value.to_str().unwrap_or("-");
        for coding in text.split(',').map(str::trim).filter(|coding| !coding.is_empty()) {
            let is_gzip = coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip");
            if is_gzip && found == Encoding::Identity {
                found = Encoding::Gzip;
            } else if is_gzip || !coding.eq_ignore_ascii_case("identity") {
                return Err(HttpError::UnsupportedEncoding {
                    found: redact(text).chars().take(100).collect(),
                });
            }
        }
    }
    Ok(found)
}

/// Receives a body. A slow client takes a place among the requests whose body is on its way, but none among
/// those that are answered, and memory only for what has arrived.
async fn receive(headers: &HeaderMap, mut body: Body, bounds: BodyBounds<'_>) -> Result<Received, HttpError> {
    let BodyBounds { limit, patience, least_rate, arriving, memory, parties, .. } = bounds;
    let encoding = encoding(headers)?;
    let too_large = || HttpError::BodyTooLarge { limit };
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let began = Instant::now();
    let mut memory = memory.take(parties, 1).ok_or(HttpError::Overloaded)?;
    let mut bytes = Vec::new();
    let mut place = None;
    while !body.is_end_stream() {
        let next = match body.frame().now_or_never() {
            Some(next) => next,
            None => {
                if place.is_none() {
                    place = arriving.take(parties, 1);
                }
                if place.is_none() {
                    if memory.grow_to(DELAYED_BYTES.div_ceil(UNIT)) {
                        arriving.delay_refusal().await;
                    }
                    return Err(HttpError::Overloaded);
                }
                let more = least_rate.map_or(0, |rate| bytes.len() / rate.max(1));
                let patience = patience + Duration::from_secs(u64::try_from(more).unwrap_or(u64::MAX));
                let next = timeout_at(began + patience, body.frame()).await;
                next.map_err(|_| HttpError::BodyTooSlow { seconds: patience.as_secs() })?
            }
        };
        let Some(frame) = next else { break };
        let Ok(data) = frame.map_err(|_| HttpError::BodyBroken)?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(too_large());
        }
        if !memory.grow_to((bytes.len() + data.len()).div_ceil(UNIT)) {
            return Err(HttpError::Overloaded);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Received { bytes, memory, encoding, limit })
}

/// Decompresses a body and checks its size, its ratio and its memory as it grows.
fn unfold(bytes: &[u8], limit: usize, memory: &mut Place) -> Result<Vec<u8>, HttpError> {
    let by_ratio = bytes.len().saturating_mul(RATIO_MAX).max(RATIO_FREE);
    let mut unfolded = Vec::new();
    gzip::unfold(bytes, |piece| {
        let size = unfolded.len() + piece.len();
        if size > limit {
            return Err(HttpError::BodyTooLarge { limit });
        }
        if size > by_ratio {
            let detail = format!(
                "the decompressed body is more than {RATIO_MAX} times as large; send it without gzip"
            );
            return Err(Error::invalid("Content-Encoding", detail).into());
        }
        if !memory.grow_to((bytes.len() + size).div_ceil(UNIT)) {
            return Err(HttpError::Overloaded);
        }
        unfolded.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(unfolded)
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
