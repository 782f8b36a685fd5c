//! Files of pages, which are compiled into the program in two compressed forms. A file's name contains its hash, so
//! that the file never changes.

use std::io::Read as _;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::entity_tag;
use crate::preferences::quality;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A page is asked for each time, so that it names the files of this version.
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// A file in two compressed forms.
pub(crate) struct StaticFile {
    /// Its `Content-Type`.
    pub(crate) content_type: HeaderValue,
    /// Its bytes, compressed with Brotli (RFC 7932).
    pub(crate) brotli: Bytes,
    /// Its bytes, compressed with gzip (RFC 1952).
    pub(crate) gzip: Bytes,
}

impl StaticFile {
    /// The file, in the encoding that the client prefers; `None` if the program's own copy is damaged.
    pub(crate) fn response(&self, headers: &HeaderMap) -> Option<Response> {
        let takes = |names: &[&str]| quality(headers, ACCEPT_ENCODING, names).unwrap_or_default() > 0;
        let (bytes, encoding) = if takes(&["br"]) {
            (self.brotli.clone(), Some("br"))
        } else if takes(&["gzip", "x-gzip"]) {
            (self.gzip.clone(), Some("gzip"))
        } else {
            // Hardly any client: it need not be quick, and the program need not contain the files once more.
            let mut bytes = Vec::new();
            GzDecoder::new(&*self.gzip).read_to_end(&mut bytes).ok()?;
            (bytes.into(), None)
        };
        let mut response = content(bytes, self.content_type.clone());
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, IMMUTABLE);
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(response)
    }
}

/// A page, or 304 if the client has it. `etag` is the page's `ETag`.
pub(crate) fn page(bytes: &Bytes, etag: &HeaderValue, headers: &HeaderMap) -> Response {
    if entity_tag::is_known(headers, &[etag.to_str().unwrap_or_default()]) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    content(bytes.clone(), HeaderValue::from_static("text/html; charset=utf-8"))
}

/// The `ETag` of a page.
pub(crate) fn etag(page: &[u8]) -> HeaderValue {
    let etag = format!("\"{}\"", entity_tag::digest(page));
    HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"page\""))
}

fn content(bytes: Bytes, content_type: HeaderValue) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_TYPE, content_type), (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))];
    response.headers_mut().extend(headers);
    response
}
