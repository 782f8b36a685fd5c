//! The objects by which people and other systems say what machines did: calendars, reasons of downtime and annotations,
//! jobs, operators, rejects, corrections and goals.
//!
//! How the time of a node is summed with them is in [`history`](crate::history).

pub mod area;
pub mod calendar;
pub mod downtime;
pub mod goal;
pub mod job;
pub mod millionths;
pub mod operator;
pub mod part;
