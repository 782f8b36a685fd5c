//! The core abstraction: an operation is a type.
//!
//! The struct is the input, [`Spec`] its interface, `Output` the answer and `run` the implementation.
//! Nothing else declares an operation: routes, documentation, permissions and tests are generated from
//! the [catalogue](crate::catalogue).

use std::future::Future;
use std::pin::Pin;

use bailiwick_domain::revision::Revision;
use bailiwick_store::RowTable;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::shape::answer::{Answer, SessionChange, Text};
use crate::shape::body::Body;
use crate::shape::input::Input;
use crate::shape::spec::Spec;

/// One thing that the control plane can do.
///
/// The struct's doc comment documents the operation: its first paragraph is the summary, the rest the
/// description. The struct must refuse unknown fields (`#[serde(deny_unknown_fields)]`), and every
/// field must be documented; tests check both.
pub trait Operation: DeserializeOwned + JsonSchema + Send + 'static {
    /// The operation's interface: its id, path, access and further properties.
    const SPEC: Spec;

    /// The revision of the object in an answer, if the operation is [versioned](Spec::versioned).
    const REVISION: fn(&Self::Output) -> Option<Revision> = |_| None;

    /// An answer as text, if the operation [answers text](Spec::answers_text).
    const TEXT: fn(&Self::Output) -> Option<Text> = |_| None;

    /// The answer.
    type Output: Output;

    /// Runs the operation. The [`Cx`] proves that the caller may.
    fn run(self, cx: &Cx) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Whether the caller's session begins or ends.
    fn session(_: &Self::Output) -> SessionChange {
        SessionChange::None
    }
}

/// What an operation answers. Everything that can be serialized is written as a whole.
pub trait Output: JsonSchema + Send {
    /// The answer as JSON.
    fn into_body(self) -> serde_json::Result<Body>;
}

impl<T: Serialize + JsonSchema + Send> Output for T {
    fn into_body(self) -> serde_json::Result<Body> {
        serde_json::to_vec(&self).map(Body::Whole)
    }
}

/// The future of a running operation.
pub type Running = Pin<Box<dyn Future<Output = Result<Answer>> + Send>>;

/// An operation with its type erased.
#[derive(Clone, Copy)]
pub struct Erased {
    /// The operation's interface.
    pub(crate) spec: &'static Spec,
    pub(crate) input: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) output: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) run: fn(Input, Cx) -> Running,
    /// What answers row queries about the list.
    pub(crate) rows: Option<&'static RowTable>,
}

impl Erased {
    /// A list that also answers row queries, from this table.
    #[must_use]
    pub const fn answers_rows(self, table: &'static RowTable) -> Self {
        Self { rows: Some(table), ..self }
    }
}

/// Erases an operation's type, for the catalogue.
pub const fn erase<O: Operation>() -> Erased {
    Erased {
        spec: &O::SPEC,
        // Inputs are inlined, so that query parameters can be derived from them.
        input: |generator| O::json_schema(generator),
        output: |generator| generator.subschema_for::<O::Output>(),
        rows: None,
        run: |input, cx| {
            Box::pin(async move {
                let operation: O = input.read()?;
                let ran = match O::SPEC.computes {
                    true => cx.control().computing.run(operation.run(&cx)).await,
                    false => operation.run(&cx).await,
                };
                match ran {
                    Ok(output) => Ok(Answer {
                        text: (O::TEXT)(&output),
                        events: None,
                        revision: (O::REVISION)(&output),
                        replayed: false,
                        session: O::session(&output),
                        body: cx.write_out(|| output.into_body()).map_err(Error::internal)?,
                    }),
                    Err(Error::Replay(answer)) => Ok(Answer {
                        body: Body::Whole(answer.into_bytes()),
                        text: None,
                        events: None,
                        revision: None,
                        replayed: true,
                        session: SessionChange::None,
                    }),
                    Err(error) => Err(error),
                }
            })
        },
    }
}
