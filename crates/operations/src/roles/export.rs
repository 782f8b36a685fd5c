//! Export roles as text.

use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::Exported;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::RoleLine;
use super::{TAG, ids};

/// Export the custom roles of an organization as text, sorted by name.
///
/// All of them in one answer, without the built-in roles. With `Accept: text/csv` or
/// `application/x-ndjson`, the answer is only the text. The text can be imported again; but a reach
/// names sites and nodes by id, which do not exist in another organization. In CSV, an apostrophe is
/// put before a cell that a spreadsheet would take for a formula; an import removes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportRoles {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
}

impl Operation for ExportRoles {
    const SPEC: Spec =
        Spec::read(ids::ROLES_EXPORT, "/v1/roles/export").tag(TAG).whole_organization().answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let roles = cx.store().roles(&cx.organization_reach()?).all().await?;
        let lines: Vec<RoleLine> = roles.into_iter().map(RoleLine::of).collect();
        Exported::whole(self.format, &lines)
    }
}
