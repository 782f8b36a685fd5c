//! Export sites as text.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::selector::Selector;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::{ExportRequest, Exported};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::SiteLine;
use super::{SiteSort, TAG, ids};

/// Export the sites of an organization as text, sorted by name.
///
/// With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header
/// `Link` names the next page. The text can be imported again. In CSV, an apostrophe is put before a
/// cell that a spreadsheet would take for a formula; an import removes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportSites {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
    /// Only sites whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// The most sites in one answer.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the previous export.
    cursor: Option<Cursor>,
}

impl Operation for ExportSites {
    const SPEC: Spec = Spec::read(ids::SITES_EXPORT, "/v1/sites/export").tag(TAG).answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let reach = &cx.organization_reach()?;
        let selector = &self.labels.unwrap_or_default();
        let count = async { Ok(Some(cx.store().sites(reach).count_of(selector).await?)) };
        let page = |list| async move {
            let page = cx.store().sites(reach).list(selector, list).await?;
            Ok((page.items.into_iter().map(SiteLine::of).collect(), page.next_cursor))
        };
        let asked = ExportRequest { format: self.format, limit: self.limit, cursor: self.cursor };
        asked.export(SiteSort::Name, count, page).await
    }
}
