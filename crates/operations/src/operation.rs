//! The one idea: an operation is a type.
//!
//! Its struct is the input, its [`Spec`] what the outside must know, `Output` the answer, `run`
//! what it does. Nothing else declares it: routes, documentation, permissions and tests are made
//! from the [catalogue](crate::catalogue).

use std::future::Future;
use std::pin::Pin;

use bailiwick_domain::revision::Revision;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{Answer, SessionChange, Text};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::spec::Spec;

/// One thing that the control plane can do.
///
/// The struct's documentation is the operation's: its first paragraph the summary, the rest the
/// description. It must refuse unknown fields (`#[serde(deny_unknown_fields)]`), and each field
/// must be documented; tests see to both.
pub trait Operation: DeserializeOwned + JsonSchema + Send + 'static {
    /// What the outside must know of it.
    const SPEC: Spec;

    /// What it answers.
    type Output: Serialize + JsonSchema + Send;

    /// Does it. The [`Cx`] is the proof that the caller may.
    fn run(self, cx: &Cx) -> impl Future<Output = Result<Self::Output>> + Send;

    /// What is answered as text, if the operation [answers so](Spec::answers_text).
    fn text(_: &Self::Output) -> Option<Text> {
        None
    }

    /// The revision of what is answered, if the operation is [versioned](Spec::versioned).
    fn revision(_: &Self::Output) -> Option<Revision> {
        None
    }

    /// What becomes of the caller's session.
    fn session(_: &Self::Output) -> SessionChange {
        SessionChange::None
    }
}

/// An operation being run.
pub type Running = Pin<Box<dyn Future<Output = Result<Answer>> + Send>>;

/// An operation without its type.
#[derive(Clone, Copy)]
pub struct Erased {
    /// What the outside must know of it.
    pub(crate) spec: &'static Spec,
    pub(crate) input: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) output: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) run: fn(Input, Cx) -> Running,
}

/// Takes the type off an operation, for the catalogue.
pub(crate) const fn erase<O: Operation>() -> Erased {
    Erased {
        spec: &O::SPEC,
        // Inputs are written out where they stand, so that query parameters can be read off them.
        input: |generator| O::json_schema(generator),
        output: |generator| generator.subschema_for::<O::Output>(),
        run: |input, cx| {
            Box::pin(async move {
                let operation: O = input.read()?;
                match operation.run(&cx).await {
                    Ok(output) => Ok(Answer {
                        body: cx.write_out(|| serde_json::to_vec(&output)).map_err(Error::internal)?,
                        text: O::text(&output),
                        events: None,
                        revision: O::revision(&output),
                        replayed: false,
                        session: O::session(&output),
                    }),
                    Err(Error::Replay(answer)) => Ok(Answer {
                        body: answer.into_bytes(),
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
