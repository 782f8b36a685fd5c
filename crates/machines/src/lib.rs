//! Operations on machine data: observations, what they mean, and reports.
//!
//! It builds on the inventory in the crate `operations`, which does not know it.

pub mod background;
pub mod ids;
pub mod noun;

mod aggregated;
mod calendars;
mod chosen;
mod days;
mod downtime;
mod goals;
mod intervals;
mod jobs;
mod merged_nodes;
mod metric_keys;
mod observations;
mod of_nodes;
mod operators;
mod parts;
mod places;
mod positions;
mod reports;
mod retention;
mod series;
mod status;

use bailiwick_engine::noun::NounSpec;

/// The nouns of this crate, in the order of the documentation.
pub static NOUNS: [NounSpec; 20] = [
    observations::SPEC,
    series::SPEC,
    intervals::STATES,
    intervals::ALARMS,
    aggregated::SPEC,
    positions::SPEC,
    retention::SPEC,
    calendars::SPEC,
    downtime::REASONS,
    downtime::ANNOTATIONS,
    jobs::OPERATIONS,
    jobs::RUNS,
    jobs::DISPATCHES,
    operators::OPERATORS,
    operators::RUNS,
    parts::REJECTS,
    parts::CORRECTIONS,
    goals::SPEC,
    status::SPEC,
    reports::SPEC,
];

/// The heading under which the documentation lists operations on machine data.
const TAG: &str = "Machine data";

/// The heading under which the documentation lists operations on what people and other systems say about machines.
const PRODUCTION: &str = "Production";
