//! What runs on nodes: commands, scripts, schedules, selections and updates.

pub mod commands;
pub mod maintenance_windows;
pub mod schedules;
pub mod scripts;
pub mod selections;
pub mod updates;
