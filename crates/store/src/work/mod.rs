//! What runs on nodes: commands, scripts, schedules and updates.

pub mod commands;
pub mod maintenance_windows;
pub mod schedules;
pub mod scripts;
pub mod updates;
