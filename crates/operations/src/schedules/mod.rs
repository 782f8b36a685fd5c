//! Schedules: commands that are given repeatedly.

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

use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, Noun, NounSpec, asked};

const TAG: &str = "Commands";
const NOUN: Noun = noun::SCHEDULE;

pub(crate) use draft::runs;
pub use due::Scheduler;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListSchedules>(),
        erase::<write::CreateSchedule>(),
        erase::<read::GetSchedule>(),
        erase::<write::UpdateSchedule>(),
        erase::<delete::DeleteSchedule>(),
        erase::<run::RunSchedule>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().schedules(&reach).find(&named).await?.is_some())
    })
})
.owned();
