//! Errors as RFC 9457 problem details, always of type `application/problem+json`.

use bailiwick_domain::id::RequestId;
use bailiwick_domain::key::redact;
use bailiwick_engine::error::{Dependants, Error, FieldError, OutdatedSelection};
use bailiwick_engine::hint::Hint;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::hints::HintText;

/// An error, as problem details (RFC 9457) with additional members.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Problem {
    /// A URI of the kind of error that never changes: `urn:bailiwick:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The name of the HTTP status, such as `Not Found`.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The kind of error, for programs; `docs/errors.md` lists them.
    #[schemars(example = &"scope_missing")]
    code: &'static str,
    /// What went wrong, for people.
    detail: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<HintText>,
    /// The fields that are not valid, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The scope that the key lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"sites.create")]
    missing_scope: Option<String>,
    /// The named sets of scopes that contain it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = &["reporting"])]
    scope_sets: Vec<&'static str>,
    /// Why the server is not ready: `database_away`, `database_read_only`, `database_rights`, `disk_full`,
    /// `clocks_differ` or `stopping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"disk_full")]
    reason: Option<&'static str>,
    /// The objects that still depend on the object that was to be deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependants: Vec<Dependants>,
    /// How many nodes were selected, how many more match by now, and how many of these are tolerated.
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<OutdatedSelection>,
    /// The current state of the object, which was changed by another request in the meantime.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<serde_json::Value>,
    /// The id of the request, as in the header `X-Request-Id`. Quote it when you ask about this error.
    request_id: RequestId,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, detail: String, request_id: RequestId) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
        Self {
            kind: format!("urn:bailiwick:problem:{code}"),
            title,
            status,
            code,
            // It may quote what a client sent, which may contain a key.
            detail: redact(&detail).into_owned(),
            hints: Vec::new(),
            errors: Vec::new(),
            missing_scope: None,
            scope_sets: Vec::new(),
            reason: None,
            dependants: Vec::new(),
            selection: None,
            current: None,
            request_id,
        }
    }

    pub(crate) fn from_error(error: &Error, request_id: RequestId) -> Self {
        let mut problem = Self::new(error.status(), error.code(), error.to_string(), request_id);
        problem.hints = error.hints().into_iter().map(HintText::from).collect();
        problem.errors = error.field_errors();
        match error {
            Error::ScopeMissing(scope) => {
                problem.missing_scope = Some(scope.to_string());
                problem.scope_sets = scope.sets();
            }
            Error::NotReady(trouble) => problem.reason = Some(trouble.as_str()),
            Error::InUse(dependants) => problem.dependants.clone_from(dependants),
            Error::SelectionOutdated(selection) => problem.selection = Some(*selection),
            Error::Changed { current, .. } => problem.current.clone_from(current),
            _ => {}
        }
        problem
    }
}

/// An error in a request: one in its HTTP, or one of its operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// An error of the operation.
    #[error(transparent)]
    Operation(#[from] Error),
    /// The query string contains a key.
    #[error(
        "a key must not be in the address, because logs and histories keep addresses; send the key as `Authorization: Bearer KEY` or `X-API-KEY: KEY`, and rotate this one"
    )]
    KeyInQuery,
    /// Several credentials that differ.
    #[error("the request has several different credentials; send only one")]
    SeveralCredentials,
    /// The request does not say which host it is for.
    #[error("expected exactly one Host header, as HTTP/1.1 requires (RFC 9112, section 3.2)")]
    HostMissing,
    /// A request to the address for metrics names a host that is not this machine.
    #[error(
        "this address is only for programs on this machine: name it by `localhost` or a loopback address, or read `/metrics` with a key at the address of the API"
    )]
    HostNotLocal,
    /// `Sec-WebSocket-Key` is not valid.
    #[error("expected Sec-WebSocket-Key to be 16 bytes in base64 (RFC 6455, section 4.1)")]
    WebSocketKey,
    /// A page of another site sent a login, or a change with the cookie of a session.
    #[error(
        "this request was sent by a page of another site: log in, and make changes, on a page of this server"
    )]
    CrossSite,
    /// There is nothing at this path.
    #[error("there is no operation at {0}; `GET /v1/openapi.json` lists all operations")]
    UnknownPath(String),
    /// A path for people, such as that of the login, at the integration port.
    #[error(
        "this is the server's integration port, which takes only keys: people log in, and open the console, at the server's own port (the setting server.port), or at the proxy's address for people"
    )]
    ForPeople,
    /// The path exists, but does not take this method.
    #[error("this path accepts only {allow}")]
    MethodNotAllowed {
        /// The methods that the path takes, as in the header `Allow`.
        allow: String,
    },
    /// The body is not valid JSON.
    #[error("the body is not valid JSON: {0}")]
    MalformedJson(String),
    /// The body is neither JSON nor, where that is possible, text.
    #[error("expected a body of type application/json{}{}", if *takes_text { ", text/csv or application/x-ndjson" } else { "" }, found.as_ref().map(|f| format!(", found {f}")).unwrap_or_default())]
    UnsupportedMediaType {
        /// The body's content type, if it has one.
        found: Option<String>,
        /// Whether the operation takes text, too.
        takes_text: bool,
    },
    /// The body of an OpAMP request is not of type `application/x-protobuf`.
    #[error("expected a body of type application/x-protobuf, with gzip or unencoded{}", found.as_ref().map(|f| format!(", found {f}")).unwrap_or_default())]
    NotProtobuf {
        /// The body's content type, if it has one.
        found: Option<String>,
    },
    /// The body is not a valid OpAMP message.
    #[error("the body is not an OpAMP message: {0}")]
    NotAMessage(String),
    /// A request to the path of agents that is neither a WebSocket handshake nor an OpAMP message.
    #[error("this path is for agents: expected a WebSocket (RFC 6455), or a POST of application/x-protobuf")]
    NotAWebSocket,
    /// A request to upgrade `/graphql` is no WebSocket with the protocol of subscriptions.
    #[error("subscriptions need a WebSocket (RFC 6455) with the protocol graphql-transport-ws")]
    NotASubscriber,
    /// The body is too large.
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The connection broke while the body was on its way.
    #[error("the body ended before it was complete; send the request again")]
    BodyBroken,
    /// The body did not arrive in time.
    #[error("the body did not arrive within {seconds} s; send it faster")]
    BodyTooSlow {
        /// The time limit in seconds.
        seconds: u64,
    },
    /// The body is not valid gzip, although `Content-Encoding` says so.
    #[error("the body is not gzip, although Content-Encoding says that it is")]
    BodyNotGzip,
    /// The body has an encoding that the server does not support.
    #[error("expected the body with gzip or unencoded (Content-Encoding: gzip or identity), found {found}")]
    UnsupportedEncoding {
        /// The value of `Content-Encoding`.
        found: String,
    },
    /// Another import of the same key or organization is in progress.
    #[error(
        "another import of this key or organization is under way; send this one again when the other has ended"
    )]
    ImportUnderWay,
    /// The operation took too long.
    #[error("the request took longer than {seconds} s; try again")]
    Timeout {
        /// The time limit in seconds.
        seconds: u64,
    },
    /// The request was sent in plain HTTP to an HTTPS port.
    #[error("this port expects HTTPS, but the request came as plain HTTP: write https:// in the address")]
    HttpsOnly,
    /// A key, a password or the cookie of a session was sent in plain HTTP.
    #[error(
        "this key was sent unencrypted, so others on the network may have read it: rotate it, and write https:// in the address"
    )]
    SentInClear,
    /// A request that changes something, or has a body, was sent in plain HTTP.
    #[error(
        "this request was sent unencrypted, so others on the network may have read it: if it contains a password or another secret, change that secret, and write https:// in the address"
    )]
    BodyInClear,
    /// The client has not read earlier large answers yet.
    #[error(
        "this caller has not read large answers to earlier requests yet; read them, then send this request again, or ask for smaller pages with `limit`"
    )]
    AnswersUnread,
    /// Too many requests at once.
    #[error("the server is busy; try again shortly")]
    Overloaded,
}

impl HttpError {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Operation(error) => error.status(),
            Self::KeyInQuery
            | Self::SeveralCredentials
            | Self::HostMissing
            | Self::WebSocketKey
            | Self::MalformedJson(_)
            | Self::NotAMessage(_)
            | Self::HttpsOnly
            | Self::BodyInClear
            | Self::BodyNotGzip
            | Self::BodyBroken => 400,
            Self::CrossSite | Self::SentInClear => 403,
            Self::UnknownPath(_) | Self::ForPeople => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::UnsupportedMediaType { .. }
            | Self::UnsupportedEncoding { .. }
            | Self::NotProtobuf { .. } => 415,
            Self::NotAWebSocket | Self::NotASubscriber => 426,
            Self::BodyTooLarge { .. } => 413,
            Self::HostNotLocal => 421,
            Self::BodyTooSlow { .. }
            | Self::Timeout { .. }
            | Self::ImportUnderWay
            | Self::AnswersUnread
            | Self::Overloaded => 503,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Operation(error) => error.code(),
            Self::KeyInQuery => "key_in_query",
            Self::SeveralCredentials => "several_credentials",
            Self::HostMissing => "host_missing",
            Self::HostNotLocal => "host_not_local",
            Self::WebSocketKey => "websocket_key",
            Self::CrossSite => "cross_site",
            Self::HttpsOnly => "https_only",
            Self::SentInClear => "sent_in_clear",
            Self::BodyInClear => "body_in_clear",
            Self::UnknownPath(_) | Self::ForPeople => "unknown_path",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::MalformedJson(_) => "malformed_json",
            Self::UnsupportedMediaType { .. } | Self::NotProtobuf { .. } => "unsupported_media_type",
            Self::NotAMessage(_) => "malformed_message",
            Self::NotAWebSocket | Self::NotASubscriber => "upgrade_required",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyBroken => "body_broken",
            Self::BodyTooSlow { .. } => "body_too_slow",
            Self::BodyNotGzip => "body_not_gzip",
            Self::UnsupportedEncoding { .. } => "unsupported_encoding",
            Self::ImportUnderWay => "import_under_way",
            Self::Timeout { .. } => "timeout",
            Self::AnswersUnread | Self::Overloaded => "overloaded",
        }
    }

    /// The cause of an internal error: for the log, not for the caller.
    pub(crate) fn failure(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Operation(Error::Internal(inner)) => Some(&**inner),
            _ => None,
        }
    }

    /// What the caller can do about the error.
    pub(crate) fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Operation(error) => error.hints(),
            _ => Vec::new(),
        }
    }

    /// The fields that are not valid, and why.
    pub(crate) fn field_errors(&self) -> Vec<FieldError> {
        match self {
            Self::Operation(error) => error.field_errors(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn problem(&self, request_id: RequestId) -> Problem {
        match self {
            Self::Operation(error) => Problem::from_error(error, request_id),
            other => Problem::new(other.status(), other.code(), other.to_string(), request_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::outside::{Clock, Entropy};
    use bailiwick_engine::outside::{SystemClock, SystemEntropy};

    use super::*;

    fn problem(error: &Error) -> serde_json::Value {
        let id = RequestId::new(&SystemClock as &dyn Clock, &SystemEntropy as &dyn Entropy);
        serde_json::to_value(Problem::from_error(error, id)).unwrap()
    }

    #[test]
    fn an_error_says_what_was_wrong_and_its_hints_what_to_do() {
        let problem_of = problem(&Error::OrganizationRequired);
        assert_eq!(problem_of["detail"], "the request does not name an organization");
        assert_eq!(
            problem_of["hints"],
            serde_json::json!([{
                "hint": "name_organization",
                "text": "add `?organization=` with its id or slug; `GET /v1/organizations` lists them",
            }])
        );
        let wrong = |field: &str| FieldError::new(field, "there is no scope x").with_hint(Hint::ListScopes);
        let problem_of = problem(&Error::Invalid(vec![wrong("scopes[0]"), wrong("scopes[1]")]));
        assert_eq!(problem_of["errors"][1]["hint"], "list_scopes");
        assert_eq!(problem_of["hints"].as_array().unwrap().len(), 1, "a hint is said once");
        assert_eq!(problem(&Error::Conflict).get("hints"), None);
    }
}
