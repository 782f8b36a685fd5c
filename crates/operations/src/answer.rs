//! What operations answer.

use std::fmt;
use std::pin::Pin;

use bailiwick_domain::revision::Revision;
use bailiwick_domain::session::Token;
use futures::stream::{Stream, StreamExt as _};

use crate::format::Format;

/// What becomes of the session of whoever asked.
#[derive(Clone, Debug, Default)]
pub enum SessionChange {
    /// Nothing.
    #[default]
    None,
    /// It begins; the token is for the client to keep, and is shown to nobody.
    Begin {
        /// What proves it.
        token: Token,
        /// How long it lasts, in seconds.
        seconds: i64,
    },
    /// It has ended.
    End,
}

/// An answer as text, for whom that is easier to read than JSON.
#[derive(Clone, Debug)]
pub struct Text {
    /// How it is written.
    pub format: Format,
    /// The text.
    pub text: String,
    /// The cursor of what comes next.
    pub next: Option<String>,
}

/// What an operation answered.
#[derive(Debug)]
pub struct Answer {
    /// The output as JSON.
    pub body: Vec<u8>,
    /// The same as text, if the operation answers so.
    pub text: Option<Text>,
    /// Events that go on, instead, if the operation answers so.
    pub events: Option<Events>,
    /// The revision of what is answered.
    pub revision: Option<Revision>,
    /// Whether this is the answer of an earlier request with the same idempotency key.
    pub replayed: bool,
    /// What becomes of the caller's session.
    pub session: SessionChange,
}

/// An event, ready to be sent.
#[derive(Debug)]
pub struct EventText {
    /// What a client goes on after that has heard of it and all before.
    pub id: Option<String>,
    /// What kind of event it is.
    pub name: &'static str,
    /// What it tells: JSON on one line.
    pub data: String,
}

/// Events as they happen. Nothing is done for them between two that are asked for, so that a slow
/// reader holds up nobody and fills no memory.
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

    /// The next one; `None` if there is none to come.
    pub async fn next(&mut self) -> Option<EventText> {
        self.0.next().await
    }
}
