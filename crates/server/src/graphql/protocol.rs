//! The messages of the protocol `graphql-transport-ws` (GraphQL over WebSocket Protocol, of the project graphql-ws).

use bailiwick_engine::shape::json::{self, JsonBounds, VALUES_MAX};
use serde_json::{Map, Value, json};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closing(pub(super) u16, pub(super) &'static str);

impl Closing {
    pub(super) const INVALID: Self = Self(4400, "Invalid message");
    pub(super) const UNAUTHORIZED: Self = Self(4401, "Unauthorized");
    pub(super) const FORBIDDEN: Self = Self(4403, "Forbidden");
    pub(super) const INIT_TIMEOUT: Self = Self(4408, "Connection initialisation timeout");
    pub(super) const ID_IN_USE: Self = Self(4409, "Subscriber already exists");
    pub(super) const SECOND_INIT: Self = Self(4429, "Too many initialisation requests");
    /// RFC 6455, section 7.4.1, and IANA's registry.
    pub(super) const PROTOCOL: Self = Self(1002, "broken frame");
    pub(super) const NOT_UTF8: Self = Self(1007, "expected UTF-8");
    pub(super) const TOO_BIG: Self = Self(1009, "the message is too large");
    pub(super) const UNSUPPORTED: Self = Self(1003, "expected text");
    pub(super) const TOO_SLOW: Self = Self(1008, "no answer to a ping");
    pub(super) const RESTART: Self = Self(1012, "the server stops");
    pub(super) const TRY_LATER: Self = Self(1013, "too many connections");
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
    fn an_id_is_written_as_json() {
        assert_eq!(next("a\"b", b"{\"data\":{}}"), r#"{"id":"a\"b","type":"next","payload":{"data":{}}}"#);
    }
}
