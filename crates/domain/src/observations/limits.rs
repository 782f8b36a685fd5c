//! The limits of observations.

/// The most values in one batch, and so in one request.
pub const BATCH_VALUES_MAX: usize = 100_000;
/// The most words of one series: different states, or different alarms.
pub const WORDS_PER_SERIES_MAX: u32 = 10_000;
/// The most series of one node.
pub const SERIES_PER_NODE_MAX: u32 = 5_000;
/// The most series of one organization.
pub const SERIES_PER_ORGANIZATION_MAX: u32 = 1_000_000;
/// How far in the future the time of an observation may be, in seconds: clocks of machines are not exact.
pub const FUTURE_SECONDS_MAX: i64 = 3_600;
/// How long the id of a batch is remembered, in seconds: seven days.
pub const BATCH_REMEMBERED_SECONDS: i64 = 7 * 86_400;
