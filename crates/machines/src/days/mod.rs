//! The sums of production days of nodes: worked out from observations, stored, and kept up to date.

mod apart;
pub(crate) mod calendars;
pub(crate) mod cells;
pub(crate) mod changes;
pub(crate) mod coverage;
pub(crate) mod load;
pub(crate) mod pieces;
pub(crate) mod plan;
mod stored;
pub(crate) mod summed;
pub(crate) mod takes;
