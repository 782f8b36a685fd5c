//! Reads the credential of a request: a key in one of the headers in which
//! [it may be presented](bailiwick_domain::key::in_authorization), or a session.

use bailiwick_domain::key::{BadKey, in_authorization, presented};
use bailiwick_domain::session::Token;
use bailiwick_engine::admission::Credential;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::problem::HttpError;

/// The name of the session cookie. The prefix binds it to this host, to TLS and to all paths (RFC 6265bis,
/// section 4.1.3.2).
pub const SESSION_COOKIE: &str = "__Host-bailiwick_session";

/// How the value of a Basic credential begins.
const BASIC: &[u8] = b"basic";

/// The credential of a request: a key, or if there is no key and sessions are allowed, a session cookie.
pub(crate) fn from_request(headers: &HeaderMap, takes_sessions: bool) -> Result<Credential, HttpError> {
    match from_headers(headers)? {
        Credential::None if takes_sessions => Ok(from_cookies(headers)),
        credential => Ok(credential),
    }
}

fn from_cookies(headers: &HeaderMap) -> Credential {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let found = values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE);
    // A cookie of another server on this host, or of an earlier version, is ignored.
    found.and_then(|(_, token)| Token::parse(token).ok()).map_or(Credential::None, Credential::Session)
}

/// Whether a request has a Basic credential. A browser remembers one that a person typed, and sends it by itself, as it
/// does a cookie. It sends no other credential by itself.
pub(crate) fn is_basic(headers: &HeaderMap) -> bool {
    headers.get_all(AUTHORIZATION).iter().any(is_basic_value)
}

fn is_basic_value(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().trim_ascii_start().get(..BASIC.len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(BASIC))
}

/// Removes the credentials that a browser adds to a request by itself, so that a page of another site cannot use them.
pub(crate) fn remove_what_browsers_add(headers: &mut HeaderMap) {
    headers.remove(COOKIE);
    let kept: Vec<HeaderValue> =
        headers.get_all(AUTHORIZATION).iter().filter(|value| !is_basic_value(value)).cloned().collect();
    headers.remove(AUTHORIZATION);
    for value in kept {
        headers.append(AUTHORIZATION, value);
    }
}

/// Whether a request comes from a page of another site, according to the browser. Browsers may send the
/// cookie and a Basic credential with such a request, too.
pub(crate) fn is_cross_site(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("-"));
    let site = text("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return true;
    }
    // Over HTTP/2 the host is in the URI.
    match (text("origin"), text("host").or(authority)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, from)| from != host),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The key of a request.
fn from_headers(headers: &HeaderMap) -> Result<Credential, HttpError> {
    let mut found: Option<Zeroizing<String>> = None;
    let mut malformed = false;
    let mut take = |text: Option<Zeroizing<String>>| -> Result<(), HttpError> {
        match (&found, text) {
            (_, None) => malformed = true,
            (None, Some(text)) => found = Some(text),
            (Some(one), Some(other)) if **one == *other => {}
            (Some(_), Some(_)) => return Err(HttpError::SeveralCredentials),
        }
        Ok(())
    };
    for value in headers.get_all(AUTHORIZATION) {
        take(value.to_str().ok().and_then(in_authorization))?;
    }
    for value in headers.get_all("x-api-key") {
        take(value.to_str().ok().map(|text| Zeroizing::new(text.trim().to_owned())))?;
    }
    Ok(match found {
        Some(_) if malformed => return Err(HttpError::SeveralCredentials),
        None if malformed => Credential::Malformed(BadKey::Form),
        None => Credential::None,
        Some(text) => presented(&text).map_or_else(Credential::Malformed, Credential::Key),
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "blw_org_0123456789ab_0123456789012345678901234567890123456789012";

    /// A key with a valid checksum.
    fn key() -> String {
        let mut rest = crc32(KEY.as_bytes());
        let mut check = [0_u8; 6];
        for digit in check.iter_mut().rev() {
            *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(rest % 62) as usize];
            rest /= 62;
        }
        format!("{KEY}{}", str::from_utf8(&check).unwrap())
    }

    /// CRC-32 bit by bit (ISO 3309), independent of the library that the product uses.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
            )
        })
    }

    fn read(headers: &[(&'static str, &str)]) -> Result<Credential, HttpError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        from_headers(&map)
    }

    fn is_key(headers: &[(&'static str, &str)]) -> bool {
        matches!(read(headers), Ok(Credential::Key(found)) if *found.reveal() == key())
    }

    #[test]
    fn a_key_is_read_from_bearer_header_and_basic() {
        let key = key();
        let basic = format!("Basic {}", STANDARD.encode(format!("api_key:{key}")));
        assert!(is_key(&[("authorization", &format!("Bearer {key}"))]));
        assert!(is_key(&[("authorization", &format!("bearer  {key} "))]));
        assert!(is_key(&[("x-api-key", &key)]));
        assert!(is_key(&[("authorization", &basic)]));
        assert!(is_key(&[("authorization", &basic), ("x-api-key", &key)]));
        let service_token = format!("Basic {}", STANDARD.encode(format!("service_token:{key}")));
        assert!(is_key(&[("authorization", &service_token)]));
        assert!(is_key(&[("authorization", &service_token), ("x-api-key", &key)]));
        assert!(is_key(&[("authorization", &format!("Basic {}", STANDARD.encode(format!("{key}:"))))]));
        // What a client makes that sends the key in each way that the OpenAPI document lists.
        let basic = format!("Basic {}", STANDARD.encode(&key));
        assert!(is_key(&[("authorization", &basic), ("x-api-key", &key)]));
        assert!(is_key(&[("authorization", &key)]));
        let joined = format!("0123456789ab.{key}");
        assert!(is_key(&[("authorization", &format!("Bearer {joined}"))]));
    }

    #[test]
    fn a_session_cookie_is_used_only_without_a_key() {
        let token = "ab".repeat(32);
        let cookie = format!("theme=dark; {SESSION_COOKIE}={token}");
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(&cookie).unwrap());
        assert!(matches!(from_request(&headers, true), Ok(Credential::Session(_))));
        assert!(matches!(from_request(&headers, false), Ok(Credential::None)));
        headers.insert("x-api-key", HeaderValue::from_str(&key()).unwrap());
        assert!(matches!(from_request(&headers, true), Ok(Credential::Key(_))));
    }

    #[test]
    fn what_browsers_add_by_themselves_is_known_and_removed() {
        let mut headers = HeaderMap::new();
        for value in ["Bearer a", " bAsIc Yg==", "Basic"] {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        headers.insert(COOKIE, HeaderValue::from_static("a=b"));
        headers.insert("x-api-key", HeaderValue::from_static("c"));
        assert!(is_basic(&headers));
        remove_what_browsers_add(&mut headers);
        assert!(!is_basic(&headers) && !headers.contains_key(COOKIE) && headers.contains_key("x-api-key"));
        assert_eq!(headers.get_all(AUTHORIZATION).iter().collect::<Vec<_>>(), ["Bearer a"]);
    }

    #[test]
    fn cross_site_requests_are_detected() {
        let is_cross_site = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            super::is_cross_site(&headers, None)
        };
        let host = ("host", "bailiwick.example:8443");
        assert!(!is_cross_site(&[host]));
        assert!(!is_cross_site(&[host, ("origin", "https://bailiwick.example:8443")]));
        assert!(!is_cross_site(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(is_cross_site(&[host, ("origin", "https://evil.example")]));
        assert!(is_cross_site(&[host, ("origin", "https://bailiwick.example")]));
        assert!(is_cross_site(&[host, ("origin", "null")]));
        assert!(is_cross_site(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(is_cross_site(&[host, ("sec-fetch-site", "same-site")]));
        assert!(is_cross_site(&[("origin", "https://bailiwick.example:8443")]));
        let mut http2 = HeaderMap::new();
        http2.insert("origin", HeaderValue::from_static("https://bailiwick.example:8443"));
        assert!(!super::is_cross_site(&http2, Some("bailiwick.example:8443")));
        assert!(super::is_cross_site(&http2, Some("evil.example")));
    }

    #[test]
    fn missing_malformed_and_mistyped_keys_are_distinguished() {
        let key = key();
        assert!(matches!(read(&[]), Ok(Credential::None)));
        assert!(matches!(read(&[("x-api-key", "")]), Ok(Credential::Malformed(BadKey::Form))));
        assert!(matches!(read(&[("authorization", "Bearer x")]), Ok(Credential::Malformed(BadKey::Form))));
        assert!(matches!(read(&[("authorization", "Digest x")]), Ok(Credential::Malformed(BadKey::Form))));
        let mistyped = key.replace("blw_org_0", "blw_org_1");
        assert!(matches!(read(&[("x-api-key", &mistyped)]), Ok(Credential::Malformed(BadKey::Mistyped))));
        for not_its_own in ["", "0123456789aB", "0123456789ab.0123456789ab"] {
            let joined = format!("{not_its_own}.{key}");
            assert!(matches!(read(&[("x-api-key", &joined)]), Ok(Credential::Malformed(BadKey::Form))));
        }
        for wrong in [format!("{key}:{key}"), ":".to_owned(), "admin:".to_owned(), format!(":{key}")] {
            let basic = format!("Basic {}", STANDARD.encode(&wrong));
            assert!(matches!(read(&[("authorization", &basic)]), Ok(Credential::Malformed(_))), "{wrong}");
        }
        assert!(matches!(read(&[("authorization", "secret")]), Ok(Credential::Malformed(BadKey::Form))));
        let other_user = format!("Basic {}", STANDARD.encode(format!("admin:{key}")));
        assert!(matches!(read(&[("authorization", &other_user)]), Ok(Credential::Malformed(BadKey::Form))));
        assert!(matches!(
            read(&[("authorization", "Bearer x"), ("x-api-key", &key)]),
            Err(HttpError::SeveralCredentials)
        ));
    }

    proptest! {
        #[test]
        fn reading_a_credential_never_panics(text in "[ -~]{0,80}") {
            let _ = read(&[("authorization", &text), ("x-api-key", &text)]);
            let _ = read(&[("authorization", &format!("Basic {text}"))]);
            let _ = read(&[("authorization", &format!("Basic {}", STANDARD.encode(&text)))]);
        }
    }
}
