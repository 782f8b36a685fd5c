//! Saved scripts.

mod delete;
mod may;
mod read;
mod run;
mod text;
mod write;

use bailiwick_domain::script::{Parameter, SavedScript, ScriptVersion};
use bailiwick_engine::operation::erase;
use schemars::JsonSchema;
use serde::Serialize;

use bailiwick_domain::command::Shell;
use bailiwick_domain::key::Actor;
use bailiwick_domain::time::Timestamp;

use crate::ids;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked};

const TAG: &str = "Commands";
const NOUN: Noun = noun::SCRIPT;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListScripts>(),
        erase::<write::CreateScript>(),
        erase::<read::GetScript>(),
        erase::<write::UpdateScript>(),
        erase::<delete::DeleteScript>(),
        erase::<run::RunScript>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((script, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().scripts(&reach).find(&script).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::TechnicianReads);

/// A saved script, with the text of one of its versions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ShownScript")]
pub(crate) struct Script {
    #[serde(flatten)]
    record: SavedScript,
    /// The number of the version that is shown.
    shown_version: u32,
    /// The shell that runs the text.
    shell: Shell,
    /// The text.
    body: String,
    /// Its parameters, in the order in which the text receives them as `$1`, `$2`, …
    parameters: Vec<Parameter>,
    /// When the version was created.
    version_created_at: Timestamp,
    /// The caller that created the version.
    version_created_by: Actor,
}

impl Script {
    fn of(record: SavedScript, version: ScriptVersion) -> Self {
        let ScriptVersion { version, shell, body, parameters, created_at, created_by } = version;
        Self {
            record,
            shown_version: version,
            shell,
            body,
            parameters,
            version_created_at: created_at,
            version_created_by: created_by,
        }
    }
}
