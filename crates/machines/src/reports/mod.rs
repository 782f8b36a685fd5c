//! Reports: sums of machine data, grouped and divided.

mod answer;
mod asked;
mod build;
mod cell_groups;
mod chosen;
mod dimension;
mod downtime;
mod goals;
mod grouping;
mod groups;
mod metrics;
mod names;
mod order;
mod parts;
mod period;
mod production;
mod query;
mod report;
mod rows;
mod shape;
#[cfg(test)]
mod tests;
mod written;

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
