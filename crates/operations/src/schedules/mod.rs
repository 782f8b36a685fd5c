//! Schedules: commands that are issued repeatedly.

mod delete;
mod draft;
mod due;
mod forward;
mod pin;
mod read;
mod run;
mod timekeeper;
mod work;
mod write;

use bailiwick_engine::operation::{Erased, erase};

const TAG: &str = "Commands";
const NOUN: &str = "schedule";

pub use due::Scheduler;

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListSchedules>(),
    erase::<write::CreateSchedule>(),
    erase::<read::GetSchedule>(),
    erase::<write::UpdateSchedule>(),
    erase::<delete::DeleteSchedule>(),
    erase::<run::RunSchedule>(),
];
