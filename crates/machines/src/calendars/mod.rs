//! Calendars: when work is scheduled.

mod delete;
mod read;
mod view;
mod write;

use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::erase;

use crate::noun;

const NOUN: Noun = noun::CALENDAR;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<read::ListCalendars>().answers_rows(&bailiwick_store::calendars::ROWS),
        erase::<write::CreateCalendar>(),
        erase::<read::GetCalendar>(),
        erase::<write::UpdateCalendar>(),
        erase::<delete::DeleteCalendar>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().calendars(&reach).find(&named).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::Reads);
