//! The reasons why there is no connection.

use std::time::Duration;

use bailiwick_domain::hidden::is_hidden;
use bailiwick_domain::key::redact;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

/// The most characters that are shown of a server's reason.
const REASON_MAX: usize = 300;

/// Why there is no connection to the server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoConnection {
    /// The server cannot be reached, or the connection broke.
    #[error("{0}")]
    Broken(String),
    /// The server closed the connection because it stops, or because it cannot serve for some time.
    #[error("the server closed the connection and will accept a new one later: {0}")]
    Stops(String),
    /// The server's certificate is not trusted.
    #[error("the server's certificate is not trusted: {0}")]
    NotTrusted(String),
    /// The server refused the key.
    #[error("the server refused the key: {0}")]
    Refused(String),
    /// A proxy on the way does not reach the server, which may be down. It says nothing about WebSockets.
    #[error("a proxy on the way does not reach the server: {0}")]
    Unreached(String),
    /// The server asks to wait, because it is overloaded or because the key asks too often.
    #[error("the server asks the agent to wait: {why}")]
    Busy {
        /// Why, for people.
        why: String,
        /// How long to wait before the next attempt.
        retry_after: Option<Duration>,
    },
    /// The other side does not support WebSocket at this address.
    #[error("the server does not accept a WebSocket at this address: {0}")]
    NoUpgrade(String),
    /// The other side is not a Bailiwick server.
    #[error("the server at this address is not a Bailiwick server: {0}")]
    Stranger(String),
}

/// The members of a problem document (RFC 9457) that are shown.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    title: String,
}

/// The reason in an error response, shortened and without anything that looks like a key.
fn reason(status: StatusCode, body: &[u8]) -> String {
    let problem: Option<Problem> = serde_json::from_slice(body).ok();
    let text = problem.map_or_else(String::new, |problem| {
        let Problem { code, detail, title } = problem;
        let said = if detail.is_empty() { title } else { detail };
        if code.is_empty() { said } else { format!("{said} ({code})") }
    });
    shown(&if text.is_empty() { status.to_string() } else { text })
}

/// A text from the server, made safe to show: without keys, control and hidden characters, and
/// shortened.
pub(super) fn shown(text: &str) -> String {
    redact(text).chars().filter(|c| !c.is_control() && !is_hidden(*c)).take(REASON_MAX).collect()
}

impl NoConnection {
    /// Why there is no connection, from an unexpected HTTP response.
    pub(super) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8], is_upgrade: bool) -> Self {
        let why = reason(status, body);
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Refused(why),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Self::busy(why, headers),
            // The server will know more later.
            StatusCode::CONFLICT if headers.contains_key(header::RETRY_AFTER) => Self::busy(why, headers),
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Self::Unreached(why),
            _ if is_upgrade => Self::NoUpgrade(why),
            status if status.is_server_error() => Self::Broken(why),
            _ => Self::Stranger(why),
        }
    }

    fn busy(why: String, headers: &HeaderMap) -> Self {
        let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Self::Busy { why, retry_after: seconds.map(Duration::from_secs) }
    }

    /// Why there is no connection, from an I/O error.
    pub(super) fn of_io(error: &std::io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(why)) => Self::NotTrusted(crate::trust::explain(why)),
            Some(rustls::Error::InvalidMessage(_)) => {
                Self::Stranger("it does not use TLS; if it expects plain HTTP, write http:// instead of https:// in the address".to_owned())
            }
            _ if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::Broken("the connection ended unexpectedly".to_owned())
            }
            _ => Self::Broken(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_of_the_server_gives_its_error() {
        let body = br#"{"code":"key_used_up","detail":"the key has enrolled 3 of 3 machines","status":401}"#;
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, http::HeaderValue::from_static("30"))]);
        let answer = |status, is_upgrade| NoConnection::of_answer(status, &headers, body, is_upgrade);
        let refused = answer(StatusCode::UNAUTHORIZED, true);
        let text = "the server refused the key: the key has enrolled 3 of 3 machines (key_used_up)";
        assert_eq!(refused.to_string(), text);
        let busy = answer(StatusCode::SERVICE_UNAVAILABLE, true);
        let NoConnection::Busy { retry_after, .. } = busy else { panic!("{busy:?}") };
        assert_eq!(retry_after, Some(Duration::from_secs(30)));
        assert!(matches!(answer(StatusCode::BAD_REQUEST, true), NoConnection::NoUpgrade(_)));
        assert!(matches!(answer(StatusCode::NOT_FOUND, false), NoConnection::Stranger(_)));
        assert!(matches!(answer(StatusCode::INTERNAL_SERVER_ERROR, false), NoConnection::Broken(_)));
        // That the server is asked for too often is not that it is overloaded.
        let waits = answer(StatusCode::TOO_MANY_REQUESTS, true).to_string();
        assert!(waits.starts_with("the server asks the agent to wait: "), "{waits}");
        // A proxy whose server is down says nothing about WebSockets.
        for status in [StatusCode::BAD_GATEWAY, StatusCode::GATEWAY_TIMEOUT] {
            for is_upgrade in [true, false] {
                assert!(matches!(answer(status, is_upgrade), NoConnection::Unreached(_)), "{status}");
            }
        }
        assert_eq!(reason(StatusCode::NOT_FOUND, b"<html>"), "404 Not Found");
        let key = format!("blw_agent_{}_{}", "a".repeat(12), "b".repeat(49));
        assert_eq!(shown(&format!("no {key}\n\u{202e}!")), "no [key]!");
    }
}
