//! Machine data and what follows from them: the status of a machine, calendars, and the sums of a
//! production day.

pub mod aggregate;
pub mod calendar;
pub mod coverage;
pub mod history;
pub mod metrics;
pub mod quantity;
pub mod signals;
pub mod slices;
pub mod span;
pub mod status;
pub mod sums;
pub mod timeline;
pub mod words;
