//! The messages of the protocol `graphql-transport-ws` (GraphQL over WebSocket Protocol, of the project graphql-ws).

use std::borrow::Cow;

use bailiwick_domain::id::RequestId;
use bailiwick_engine::shape::json::{self, JsonBounds, VALUES_MAX};
use serde_json::{Map, Value, json};

use crate::problem::HttpError;

/// The name of the protocol in the handshake.
pub(super) const NAME: &str = "graphql-transport-ws";
/// The longest id of a subscription, in bytes.
const ID_MAX: usize = 200;
/// The most memory that the values of one message may take, in bytes.
const MEMORY_MAX: usize = 4 << 20;

/// A message of a client.
#[derive(Debug, PartialEq)]
pub(super) enum Received {
    /// Begins, with credentials if the client cannot send headers.
    Init(Map<String, Value>),
    Ping(Option<Value>),
    Pong,
    /// Asks a query, or makes a subscription.
    Subscribe {
        id: String,
        fields: Map<String, Value>,
    },
    /// Ends a subscription.
    Complete(String),
}

/// Why the server closes a connection: the code and the reason of the close frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) code: u16,
    pub(super) reason: Cow<'static, str>,
}

/// The longest reason, in bytes: a control frame has 125, and the code takes 2 (RFC 6455, section 5.5).
const REASON_MAX: usize = 123;
/// The code for a caller who may not connect (any more). Clients do not try again.
const FORBIDDEN: u16 = 4403;
/// The code for a server that is busy. Clients try again later.
const TRY_AGAIN_LATER: u16 = 1013;

impl Closing {
    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// Because a caller was not admitted. The reason says why.
    pub(super) fn refused(error: &HttpError, request_id: RequestId) -> Self {
        let refusal = refusal(error, request_id);
        let message = refusal["message"].as_str().unwrap_or_default();
        let reason = message[..message.floor_char_boundary(REASON_MAX)].to_owned();
        Self { code: if is_for_now(error) { TRY_AGAIN_LATER } else { FORBIDDEN }, reason: reason.into() }
    }

    pub(super) const INVALID: Self = Self::new(4400, "Invalid message");
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    pub(super) const ID_IN_USE: Self = Self::new(4409, "Subscriber already exists");
    pub(super) const SECOND_INIT: Self = Self::new(4429, "Too many initialisation requests");
    /// RFC 6455, section 7.4.1, and IANA's registry.
    pub(super) const PROTOCOL: Self = Self::new(1002, "broken frame");
    pub(super) const NOT_UTF8: Self = Self::new(1007, "expected UTF-8");
    pub(super) const TOO_BIG: Self = Self::new(1009, "the message is too large");
    pub(super) const UNSUPPORTED: Self = Self::new(1003, "expected text");
    pub(super) const TOO_SLOW: Self = Self::new(1008, "no answer to a ping");
    pub(super) const RESTART: Self = Self::new(1012, "the server stops");
}

/// Whether a request may succeed later, unchanged: the server is busy, or the caller's rate limit is used up.
pub(super) fn is_for_now(error: &HttpError) -> bool {
    match error {
        // The next attempt would take as long.
        HttpError::Timeout { .. } => false,
        other => matches!(other.status(), 429 | 503),
    }
}

/// The error of a request as an error of GraphQL: the text and the members of the problem that REST answers.
pub(super) fn refusal(error: &HttpError, request_id: RequestId) -> Value {
    let mut problem = serde_json::to_value(error.problem(request_id)).unwrap_or_default();
    let message = problem.get_mut("detail").map(Value::take).unwrap_or_default();
    if let Some(members) = problem.as_object_mut() {
        for of_http in ["type", "title", "status", "detail"] {
            members.remove(of_http);
        }
    }
    json!({ "message": message, "extensions": problem })
}

/// Reads a message; `None` if it is none of the protocol.
pub(super) fn read(text: &str) -> Option<Received> {
    let bounds = JsonBounds { values: VALUES_MAX, memory: MEMORY_MAX };
    let Value::Object(mut fields) = json::read(text.as_bytes(), bounds, &mut |_| true).ok()? else {
        return None;
    };
    let payload = match fields.remove("payload") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(payload)) => payload,
        Some(_) => return None,
    };
    let id = |fields: &Map<String, Value>| {
        let id = fields.get("id")?.as_str()?;
        (!id.is_empty() && id.len() <= ID_MAX).then(|| id.to_owned())
    };
    match fields.get("type")?.as_str()? {
        "connection_init" => Some(Received::Init(payload)),
        "ping" => Some(Received::Ping((!payload.is_empty()).then_some(Value::Object(payload)))),
        "pong" => Some(Received::Pong),
        "subscribe" => Some(Received::Subscribe { id: id(&fields)?, fields: payload }),
        "complete" => Some(Received::Complete(id(&fields)?)),
        _ => None,
    }
}

/// The answer to `connection_init`.
pub(super) fn acknowledge() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// The answer to a ping.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// An answer of a subscription or a query. `answer` is JSON.
pub(super) fn next(id: &str, answer: &[u8]) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{}}}"#, Value::from(id), String::from_utf8_lossy(answer))
}

/// The errors because of which a subscription ends.
pub(super) fn error(id: &str, errors: &[Value]) -> String {
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

/// A subscription or a query has ended.
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

#[cfg(test)]
mod tests {
    use bailiwick_engine::error::Error;

    use super::*;

    #[test]
    fn messages_of_the_protocol_are_read_and_no_others() {
        let subscribe = r#"{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}"#;
        let Some(Received::Subscribe { id, fields }) = read(subscribe) else { panic!("{subscribe}") };
        assert_eq!((id.as_str(), &fields["query"]), ("1", &json!("{ a }")));
        assert_eq!(read(r#"{"type":"connection_init"}"#), Some(Received::Init(Map::new())));
        assert_eq!(read(r#"{"type":"ping","payload":null}"#), Some(Received::Ping(None)));
        assert_eq!(read(r#"{"type":"complete","id":"x"}"#), Some(Received::Complete("x".into())));
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"type":"start"}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"id":"","type":"complete"}"#,
            r#"{"id":7,"type":"complete"}"#,
            r#"{"type":"connection_init","payload":7}"#,
            r#"{"type":"ping","type":"pong"}"#,
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_refusal_says_why_and_contains_no_key() {
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let key = "blw_org_w993Ql120cg2_5d25iiG8tFSuVx9xSBnSpwx66Bj54ma7fDIbOSQTplm0zavmt";
        let wrong = Error::invalid("nouns", format!("there is no noun {key}")).into();
        let refused = refusal(&wrong, id);
        assert_eq!(refused["extensions"]["code"], "invalid");
        assert_eq!(refused["extensions"]["errors"][0]["field"], "nouns");
        assert!(!refused.to_string().contains(key), "{refused}");
        let closing = Closing::refused(&Error::CredentialMissing.into(), id);
        assert_eq!(closing, Closing::new(FORBIDDEN, "this request needs a key, or a user who is logged in"));
        assert_eq!(Closing::refused(&HttpError::Overloaded, id).code, TRY_AGAIN_LATER);
        let long = Error::invalid("x", "ä".repeat(200)).into();
        assert!(Closing::refused(&long, id).reason.len() <= REASON_MAX);
    }

    #[test]
    fn an_id_is_written_as_json() {
        assert_eq!(next("a\"b", b"{\"data\":{}}"), r#"{"id":"a\"b","type":"next","payload":{"data":{}}}"#);
    }
}
