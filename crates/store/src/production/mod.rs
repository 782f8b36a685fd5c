//! What is said about machines: calendars, reasons of downtime, jobs, operators, parts and goals.

mod merge;
mod retention;

pub mod calendars;
pub mod downtime;
pub mod goals;
pub mod jobs;
pub mod meaning;
pub mod of_nodes;
pub mod operators;
pub mod parts;
