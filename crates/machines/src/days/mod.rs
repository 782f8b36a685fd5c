//! The sums of production days of nodes: worked out from observations, stored, and kept up to date.

pub(crate) mod calendars;
mod load;
mod stored;
pub(crate) mod summed;
