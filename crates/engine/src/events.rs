//! Long-lived responses: operations that send events as they happen.

use std::future::Future;

use futures::stream::{Stream, StreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::operation::Erased;
use crate::shape::answer::{Answer, EventText, Events, SessionChange};
use crate::shape::body::Body;
use crate::shape::spec::Spec;

/// The input field with the id of the last event that a client has seen. The `Last-Event-ID` header
/// sets it too.
pub const AFTER: &str = "after";

/// An operation that sends events as they happen, until no more can come, the caller loses the right to
/// them, or the client disconnects.
///
/// As for any [operation](crate::operation::Operation), the struct is the input, and its doc comment
/// documents the operation. It has a field named [`AFTER`].
pub trait Watch: DeserializeOwned + JsonSchema + Send + 'static {
    /// The operation's interface; it [answers events](Spec::answers_events).
    const SPEC: Spec;

    /// The content of each event.
    type Event: StreamEvent;

    /// Begins to watch. The stream keeps the [`Cx`], which proves that the caller may run the
    /// operation, and checks [repeatedly](Cx::still_holds) that this still holds.
    fn watch(
        self,
        cx: Cx,
    ) -> impl Future<Output = Result<impl Stream<Item = Event<Self::Event>> + Send + 'static>> + Send;
}

/// The content of an event.
pub trait StreamEvent: Serialize + JsonSchema + Send {
    /// The kind of event.
    fn name(&self) -> &'static str;
}

/// An event.
#[derive(Debug)]
pub struct Event<T> {
    /// The id from which a client can continue, if it has seen this event and all before it.
    pub id: Option<String>,
    /// The content.
    pub told: T,
}

/// Erases the type of an operation that sends events, for the catalogue.
pub const fn erase_watch<W: Watch>() -> Erased {
    assert!(W::SPEC.answers_events, "the specification says that it answers events");
    Erased {
        rows: None,
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
                    body: Body::Whole(Vec::new()),
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
