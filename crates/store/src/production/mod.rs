//! What is said about machines: calendars, reasons of downtime, jobs, operators, parts and goals.

pub mod calendars;
