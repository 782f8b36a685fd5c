//! What runs on nodes: commands, scripts, schedules and updates.

pub mod command;
pub mod schedule;
pub mod script;
pub mod update;
