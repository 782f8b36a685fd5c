//! The document as it is served: with a tag, so that clients fetch it only if it has changed, and compressed for
//! those who want that.

use std::io::Write as _;
use std::sync::LazyLock;

use axum::response::Response;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::id::RequestId;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use sha2::{Digest as _, Sha256};

use crate::respond;

/// The number of bytes of the digest that tells versions of the document apart.
const TAG_BYTES: usize = 16;

/// The document as text, as it is and compressed. It is made when somebody first asks for it.
static SERVED: LazyLock<Served> = LazyLock::new(|| Served::new(super::text(catalogue())));

/// A document that is served.
pub(crate) struct Served {
    plain: Bytes,
    /// With gzip; empty if it cannot be compressed.
    folded: Bytes,
    digest: String,
}

impl Served {
    fn new(plain: Vec<u8>) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let folded = encoder.write_all(&plain).and_then(|()| encoder.finish()).unwrap_or_default();
        let digest =
            Sha256::digest(&plain).iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Self { plain: plain.into(), folded: folded.into(), digest }
    }

    /// Answers a request for the OpenAPI document.
    pub(crate) fn openapi(headers: &HeaderMap, request_id: RequestId) -> Response {
        let served = &*SERVED;
        let is_folded = !served.folded.is_empty() && accepts_gzip(headers);
        // What is compressed has a tag of its own (RFC 9110, section 8.8.3.3).
        let (plain, folded) = (format!("\"{}\"", served.digest), format!("\"{}-gzip\"", served.digest));
        let is_known = has_tag(headers, &[&plain, &folded]);
        let (tag, body) = if is_folded { (folded, &served.folded) } else { (plain, &served.plain) };
        let body = (!is_known).then(|| body.clone());
        respond::document(body, &tag, is_folded, request_id)
    }
}

/// Whether `If-None-Match` names one of these tags (RFC 9110, section 13.1.2).
fn has_tag(headers: &HeaderMap, tags: &[&str]) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut named = values.flat_map(|value| value.split(',')).map(str::trim);
    named.any(|name| name == "*" || tags.contains(&name.strip_prefix("W/").unwrap_or(name)))
}

/// Whether a client takes gzip (RFC 9110, section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let weights = values.flat_map(|value| value.split(',')).filter_map(|one| {
        let (name, rest) = one.split_once(';').unwrap_or((one, ""));
        let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())?;
        Some((name.trim().to_ascii_lowercase(), weight))
    });
    let weights: Vec<_> = weights.collect();
    let of = |wanted: &str| weights.iter().find(|(name, _)| name == wanted).map(|(_, weight)| *weight);
    of("gzip").or_else(|| of("*")).is_some_and(|weight| weight > 0.0)
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
        let mut unfolded = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*served.folded), &mut unfolded)
            .unwrap();
        assert_eq!(unfolded, served.plain);
        assert_ne!(served.digest, Served::new(b"abc".to_vec()).digest);
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        for (named, expected) in
            [("\"a\"", true), ("\"x\", W/\"b\"", true), ("*", true), ("\"ab\"", false), ("a", false)]
        {
            let headers = [(IF_NONE_MATCH, HeaderValue::from_static(named))].into_iter().collect();
            assert_eq!(has_tag(&headers, &["\"a\"", "\"b\""]), expected, "{named}");
        }
    }
}
