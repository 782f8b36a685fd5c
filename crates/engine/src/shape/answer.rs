//! Answers of operations.

use std::fmt;
use std::pin::Pin;

use bailiwick_domain::revision::Revision;
use bailiwick_domain::session::Token;
use futures::stream::{Stream, StreamExt as _};

use crate::shape::body::Body;
use crate::shape::format::Format;

/// Whether an operation begins or ends the caller's session.
#[derive(Clone, Debug, Default)]
pub enum SessionChange {
    /// Neither.
    #[default]
    None,
    /// A session begins. The client keeps the token; no response body shows it.
    Begin {
        /// The token that proves the session.
        token: Token,
        /// How long the session lasts, in seconds.
        seconds: i64,
    },
    /// The session has ended.
    End,
}

/// An answer as text, for clients that read text more easily than JSON.
#[derive(Clone, Debug)]
pub struct Text {
    /// The format of the text.
    pub format: Format,
    /// The text.
    pub text: String,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<String>,
}

/// The answer of an operation.
#[derive(Debug)]
pub struct Answer {
    /// The output as JSON.
    pub body: Body,
    /// The same as text, if the operation answers text.
    pub text: Option<Text>,
    /// Events to send instead of the body, if the operation answers events.
    pub events: Option<Events>,
    /// The revision of the object in the answer.
    pub revision: Option<Revision>,
    /// Whether this is the answer of an earlier request with the same idempotency key.
    pub replayed: bool,
    /// Whether the caller's session begins or ends.
    pub session: SessionChange,
}

/// An event, serialized.
#[derive(Debug)]
pub struct EventText {
    /// The id from which a client can continue, if it has seen this event and all before it.
    pub id: Option<String>,
    /// The kind of event.
    pub name: &'static str,
    /// The content: JSON on one line.
    pub data: String,
}

/// A stream of events. The next one is only produced when it is asked for, so that a slow reader delays
/// nobody and fills no memory.
pub struct Events(Pin<Box<dyn Stream<Item = EventText> + Send>>);

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events(…)")
    }
}

impl Events {
    pub(crate) fn new(events: impl Stream<Item = EventText> + Send + 'static) -> Self {
        Self(Box::pin(events))
    }

    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<EventText> {
        self.0.next().await
    }
}
