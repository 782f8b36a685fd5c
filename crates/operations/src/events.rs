//! Answers that go on: events, told as they happen.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use futures::stream::{Stream, StreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::operation::{Answer, Erased, SessionChange};
use crate::spec::Spec;

/// The field in which a client says after which event it goes on, as a header of its own says it.
pub const AFTER: &str = "after";

/// An operation that answers with events as they happen, until nothing is to come any more, the caller
/// may not any more, or the client goes.
///
/// As for any [operation](crate::operation::Operation), the struct is the input, and its documentation
/// the operation's. It has a field [`AFTER`].
pub(crate) trait Watch: DeserializeOwned + JsonSchema + Send + 'static {
    /// What the outside must know of it; it [answers events](Spec::answers_events).
    const SPEC: Spec;

    /// What each event tells.
    type Event: Told;

    /// Begins to watch. The [`Cx`] goes with the events: it is the proof that the caller may, and is
    /// asked [again](Cx::still_holds) and again whether that is still so.
    fn watch(
        self,
        cx: Cx,
    ) -> impl Future<Output = Result<impl Stream<Item = Event<Self::Event>> + Send + 'static>> + Send;
}

/// What an event tells.
pub(crate) trait Told: Serialize + JsonSchema + Send {
    /// What kind of event it is.
    fn name(&self) -> &'static str;
}

/// Something that happened.
#[derive(Debug)]
pub(crate) struct Event<T> {
    /// What a client goes on after that has heard of it and all before.
    pub(crate) id: Option<String>,
    /// What it tells.
    pub(crate) told: T,
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
    /// The next one; `None` if there is none to come.
    pub async fn next(&mut self) -> Option<EventText> {
        self.0.next().await
    }
}

/// Takes the type off an operation that is watched, for the catalogue.
pub(crate) const fn erase_watch<W: Watch>() -> Erased {
    assert!(W::SPEC.answers_events, "the specification says that it answers events");
    Erased {
        spec: &W::SPEC,
        input: |generator| W::json_schema(generator),
        output: |generator| generator.subschema_for::<W::Event>(),
        run: |input, cx| {
            Box::pin(async move {
                let watch: W = input.read()?;
                let events = watch.watch(cx).await?;
                let texts = events.map(|event| EventText {
                    id: event.id,
                    name: event.told.name(),
                    data: serde_json::to_string(&event.told).unwrap_or_default(),
                });
                Ok::<_, Error>(Answer {
                    body: Vec::new(),
                    text: None,
                    events: Some(Events(Box::pin(texts))),
                    revision: None,
                    replayed: false,
                    session: SessionChange::None,
                })
            })
        },
    }
}
