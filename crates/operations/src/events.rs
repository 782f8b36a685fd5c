//! Answers that go on: events, told as they happen.

use std::future::Future;

use futures::stream::{Stream, StreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{Answer, EventText, Events, SessionChange};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::operation::Erased;
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
                    events: Some(Events::new(texts)),
                    revision: None,
                    replayed: false,
                    session: SessionChange::None,
                })
            })
        },
    }
}
