//! The sums of production days of nodes: worked out from observations, stored, and kept up to date.

pub(crate) mod calendars;
pub(crate) mod changes;
pub(crate) mod load;
mod stored;
pub(crate) mod summed;
