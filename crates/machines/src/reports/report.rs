//! A report before it is written.

use bailiwick_engine::shape::format::Format;

use super::metrics::Shown;
use super::names::ReportNames;
use super::query::{Layout, ReportQuery};
use super::rows::Rows;

/// A report.
#[derive(Debug)]
pub(crate) struct Report {
    /// The query as it was understood.
    pub(super) query: ReportQuery,
    /// How many days of nodes are outdated.
    pub(super) outdated: u64,
    pub(super) shown: Shown,
    pub(super) rows: Rows,
    pub(super) layout: Layout,
    /// The names of what is mentioned by its id.
    pub(super) names: ReportNames,
    /// The rows as text, if `format` asks for it.
    pub(super) data: Option<String>,
    /// The format of the text.
    pub(super) format: Option<Format>,
}
