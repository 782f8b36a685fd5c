//! Calendars in answers.

use bailiwick_domain::calendar::{Calendar as Checked, LocalDate};
use bailiwick_domain::meaning::calendar::SavedCalendar;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;

/// A calendar, and its production day of today.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Calendar {
    #[serde(flatten)]
    pub(super) record: SavedCalendar,
    /// The production day of the present.
    today: Option<Today>,
}

/// A production day of a calendar.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Today {
    /// Its date: the local date on which it begins.
    date: LocalDate,
    /// When it begins.
    start_at: Timestamp,
    /// When it ends.
    end_at: Timestamp,
}

impl Calendar {
    /// A calendar as it is at a time.
    pub(super) fn at(record: SavedCalendar, now: Timestamp) -> Result<Self> {
        let day = Checked::new(&record.rules).map_err(Error::internal)?.day_of(now);
        let today =
            day.map(|day| Today { date: day.date, start_at: day.span.start(), end_at: day.span.end() });
        Ok(Self { record, today })
    }
}
