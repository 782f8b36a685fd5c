//! The report on downtime.

use bailiwick_domain::sums::Sum;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::asked::AskedReport;
use super::build::{Subject, build};
use super::dimension::Dimension;
use super::report::Report;
use crate::{TAG, ids};

/// What the report is about.
const SUBJECT: Subject = Subject {
    metrics: &["downtime_ms", "planned_downtime_ms", "unplanned_downtime_ms", "uncategorized_downtime_ms"],
    group_by: &[Dimension::Reason],
    with: Some(Sum::Downtime),
};

/// Report on downtime.
///
/// Downtime is scheduled time with data in which a machine was not in cycle. The report says how long it was, and
/// why: annotations give the reasons, and the group with the key null has none yet. Without `metrics`, it shows
/// downtime_ms, and how much of it is planned, unplanned and uncategorized; without `group_by`, it is grouped by
/// reason. Groups without downtime are left out. With `Accept: text/csv` or `application/x-ndjson`, the answer is
/// only the rows.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("examples" = [{ "last_days": 7, "group_by": ["reason", "node"] }]))]
pub(crate) struct ReportDowntime(AskedReport);

impl Operation for ReportDowntime {
    const SPEC: Spec =
        Spec::ask(ids::REPORTS_DOWNTIME, "/v1/reports/downtime").tag(TAG).answers_text().computes();
    const TEXT: fn(&Report) -> Option<Text> = Report::as_text;
    type Output = Report;

    async fn run(self, cx: &Cx) -> Result<Report> {
        build(cx, self.0, &SUBJECT).await
    }
}
