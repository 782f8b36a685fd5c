//! What runs on nodes and when: commands, scripts, schedules, updates and maintenance windows.

pub mod command;
pub mod maintenance_window;
pub mod schedule;
pub mod script;
pub mod selection;
pub mod update;
