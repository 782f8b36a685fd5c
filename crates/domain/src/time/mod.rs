//! Time: timestamps, calendar rules, and the clock that the caller passes in.

mod timestamp;

pub mod cron;
pub mod outside;

pub use timestamp::{NotATime, Timestamp};
