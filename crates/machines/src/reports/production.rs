//! The report on production.

use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::asked::AskedReport;
use super::build::{Subject, build};
use super::report::Report;
use crate::{TAG, ids};

/// What the report is about.
const SUBJECT: Subject = Subject {
    metrics: &["utilization", "in_cycle_ms", "recorded_ms", "no_data_ms", "parts_total"],
    group_by: &[],
    with: None,
};

/// Report on production.
///
/// It says what machines did, how long, and how many parts they made. Without `metrics`, it shows utilization,
/// in_cycle_ms, recorded_ms, no_data_ms and parts_total; without `group_by`, one total.
/// Sums are added first and divided last, at every level. Time without data is part of no ratio, and is always
/// reported as `no_data_ms`. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the rows.
#[derive(Deserialize, JsonSchema)]
#[schemars(extend("examples" = [{ "last_days": 7, "metrics": ["utilization"], "group_by": ["node", "day"] }]))]
pub(crate) struct ReportProduction(AskedReport);

impl Operation for ReportProduction {
    const SPEC: Spec =
        Spec::ask(ids::REPORTS_PRODUCTION, "/v1/reports/production").tag(TAG).answers_text().computes();
    const TEXT: fn(&Report) -> Option<Text> = Report::as_text;
    type Output = Report;

    async fn run(self, cx: &Cx) -> Result<Report> {
        build(cx, self.0, &SUBJECT).await
    }
}
