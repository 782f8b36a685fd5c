//! The document as it is served: with an entity tag, so that clients fetch it only if it has changed, and compressed for
//! those who take that.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::response::Response;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::id::RequestId;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

use super::compact;
use crate::preferences::quality;
use crate::{entity_tag, respond};

/// The documents, plain and compressed. Each is made at the first request for it.
static OPENAPI: LazyLock<Served> = LazyLock::new(|| Served::new(super::text(catalogue())));
static COMPACT: LazyLock<Served> = LazyLock::new(|| Served::new(compact::text(catalogue())));

/// A document that is served.
pub(crate) struct Served {
    plain: Bytes,
    /// With gzip; empty if it cannot be compressed.
    compressed: Bytes,
    digest: String,
}

impl Served {
    fn new(plain: Vec<u8>) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let compressed = encoder.write_all(&plain).and_then(|()| encoder.finish()).unwrap_or_default();
        let digest = entity_tag::digest(&plain);
        Self { plain: plain.into(), compressed: compressed.into(), digest }
    }

    /// Answers a request for the OpenAPI document.
    pub(crate) fn openapi(headers: &HeaderMap, request_id: RequestId) -> Response {
        OPENAPI.answer(headers, request_id)
    }

    /// Answers a request for the compact catalogue.
    pub(crate) fn catalogue(headers: &HeaderMap, request_id: RequestId) -> Response {
        COMPACT.answer(headers, request_id)
    }

    fn answer(&self, headers: &HeaderMap, request_id: RequestId) -> Response {
        let is_compressed = !self.compressed.is_empty() && accepts_gzip(headers);
        // The compressed form has a tag of its own (RFC 9110, section 8.8.3.3).
        let (plain, compressed) = (format!("\"{}\"", self.digest), format!("\"{}-gzip\"", self.digest));
        let is_known = entity_tag::is_known(headers, &[&plain, &compressed]);
        let (tag, body) = if is_compressed { (compressed, &self.compressed) } else { (plain, &self.plain) };
        let body = (!is_known).then(|| body.clone());
        respond::document(body, &tag, is_compressed, request_id)
    }
}

/// Whether a client takes gzip (RFC 9110, section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    quality(headers, ACCEPT_ENCODING, &["gzip", "x-gzip", "*"]).unwrap_or_default() > 0
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_used_only_if_the_client_takes_it() {
        for (accepted, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip;q=0, *", false),
            ("br", false),
            ("", false),
        ] {
            let headers = [(ACCEPT_ENCODING, HeaderValue::from_static(accepted))].into_iter().collect();
            assert_eq!(accepts_gzip(&headers), expected, "{accepted}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_compressed_document_is_the_document() {
        let served = Served::new(b"abc".repeat(1_000));
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*served.compressed), &mut plain)
            .unwrap();
        assert_eq!(plain, served.plain);
    }
}
