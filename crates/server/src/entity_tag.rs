//! Entity tags of documents that are the same for everybody (RFC 9110, section 8.8.3).

use http::HeaderMap;
use http::header::IF_NONE_MATCH;
use sha2::{Digest as _, Sha256};

/// How many bytes of the digest tell the versions of a document apart.
const BYTES: usize = 16;

/// A digest of a document, in hexadecimal digits.
pub(crate) fn digest(document: &[u8]) -> String {
    Sha256::digest(document).iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether `If-None-Match` names one of these tags (RFC 9110, section 13.1.2): the client has the document.
pub(crate) fn is_known(headers: &HeaderMap, tags: &[&str]) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut named = values.flat_map(|value| value.split(',')).map(str::trim);
    named.any(|name| name == "*" || tags.contains(&name.strip_prefix("W/").unwrap_or(name)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list() {
        for (named, expected) in
            [("\"a\"", true), ("\"x\", W/\"b\"", true), ("*", true), ("\"ab\"", false), ("a", false)]
        {
            let headers = [(IF_NONE_MATCH, HeaderValue::from_static(named))].into_iter().collect();
            assert_eq!(is_known(&headers, &["\"a\"", "\"b\""]), expected, "{named}");
        }
        assert!(!is_known(&HeaderMap::new(), &["\"a\""]));
    }

    #[test]
    fn documents_that_differ_have_different_digests() {
        assert_eq!(digest(b"abc").len(), 2 * BYTES);
        assert_ne!(digest(b"abc"), digest(b"abd"));
    }
}
