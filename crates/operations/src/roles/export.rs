//! Take roles out as text.

use schemars::JsonSchema;
use serde::Deserialize;

use super::TAG;
use super::line::RoleLine;
use crate::answer::Text;
use crate::cx::Cx;
use crate::error::Result;
use crate::export::Exported;
use crate::format::Format;
use crate::operation::Operation;
use crate::spec::Spec;

/// Take an organization's own roles out as text, by name.
///
/// All of them at once; not those that every organization has. With `Accept: text/csv` or
/// `application/x-ndjson` the answer is the text alone. What is taken out can be brought in again by
/// an import: a reach names its sites and nodes by id, which another organization does not have. In
/// CSV, a cell that a spreadsheet would take for a formula has an apostrophe before it, which an
/// import takes off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportRoles {
    /// How they are written; as `Accept` says if absent, otherwise `jsonl`.
    format: Option<Format>,
}

impl Operation for ExportRoles {
    const SPEC: Spec =
        Spec::read("roles.export", "/v1/roles/export").tag(TAG).whole_organization().answers_text();
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let roles = cx.store().roles(&cx.organization_reach()?).all().await?;
        let lines: Vec<RoleLine> = roles.into_iter().map(RoleLine::of).collect();
        Exported::whole(self.format, &lines)
    }

    fn text(output: &Exported) -> Option<Text> {
        Some(output.as_text())
    }
}
