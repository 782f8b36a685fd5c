//! Reports: sums of machine data, grouped and divided.

mod answer;
mod asked;
mod build;
mod chosen;
mod downtime;
mod goals;
mod groups;
mod metrics;
mod names;
mod period;
mod production;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    noun::REPORT,
    &[erase::<production::ReportProduction>(), erase::<downtime::ReportDowntime>()],
)
.built_in(BuiltIn::Reads);

/// The most nodes, sites, shifts, job operations or operators that a report is limited to.
const FILTERED_MAX: usize = 1_000;
