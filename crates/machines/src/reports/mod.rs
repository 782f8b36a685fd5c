//! Reports: sums of machine data, grouped and divided.

mod answer;
mod groups;
mod metrics;
mod period;
mod production;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(noun::REPORT, &[erase::<production::ReportProduction>()]).built_in(BuiltIn::Reads);
