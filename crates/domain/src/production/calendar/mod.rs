//! Calendars: which production day a time belongs to, and when work is scheduled.

mod check;
mod day;
mod local;
mod period;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::text::name::Name;
use crate::time::Timestamp;
use crate::time::cron::Zone;

pub use day::{ProductionDay, ShiftSpan};
pub use local::{LocalDate, LocalTime, NotALocalDate, NotALocalTime, Weekday};
pub use rules::{
    BadCalendar, CalendarRules, Day, EXCEPTION_SHIFTS_MAX, EXCEPTIONS_MAX, Exception, HOLIDAYS_MAX, Holiday,
    SHIFTS_MAX, Shift, ShiftTimes,
};

/// A calendar: rules that were checked, in a form that is quick to use.
///
/// A production day begins at `day_starts_at`, and is named by the local date of its beginning. If a shift
/// runs at that time, the day begins when that shift ends: the whole shift belongs to the day on which it
/// starts. So every time is in exactly one production day.
///
/// Local times become instants as in RFC 5545 and as jiff's `compatible` does: a time that the clock skips is
/// moved later by the length of the gap; of a time that comes twice, the first counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    day_starts_at: LocalTime,
    week_starts_on: Weekday,
    /// The shifts that start on each day of the week, from Monday on, in the order of their starts.
    week: [Vec<ShiftTimes>; 7],
    /// The shifts that start on a holiday (none) or on a date with an exception.
    dates: BTreeMap<LocalDate, Vec<ShiftTimes>>,
}

impl Calendar {
    /// The calendar with these rules.
    ///
    /// # Errors
    ///
    /// [`BadCalendar`] if a list is too long, shifts overlap, a shift starts on no day, or a date has two
    /// rules.
    pub fn new(rules: &CalendarRules) -> Result<Self, BadCalendar> {
        let (week, dates) = check::checked(rules)?;
        Ok(Self {
            zone: rules.time_zone.clone(),
            day_starts_at: rules.day_starts_at,
            week_starts_on: rules.week_starts_on,
            week,
            dates,
        })
    }

    /// The calendar of an organization without one: days begin at midnight, weeks on Monday, and all time is
    /// scheduled.
    pub fn without_shifts(zone: Zone) -> Self {
        Self {
            zone,
            day_starts_at: LocalTime::MIDNIGHT,
            week_starts_on: Weekday::Monday,
            week: Default::default(),
            dates: BTreeMap::new(),
        }
    }

    /// Its time zone.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The names of its shifts, each once, in alphabetical order.
    pub fn shift_names(&self) -> Vec<&Name> {
        let all = self.week.iter().chain(self.dates.values()).flatten();
        let mut names: Vec<&Name> = all.map(|shift| &shift.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether all time is scheduled, apart from holidays and exceptions.
    fn is_without_shifts(&self) -> bool {
        self.week.iter().all(Vec::is_empty)
    }

    /// The shifts that start on a date, in the order of their starts.
    fn starting_on(&self, date: Date) -> &[ShiftTimes] {
        if let Some(shifts) = LocalDate::from_civil(date).and_then(|date| self.dates.get(&date)) {
            return shifts;
        }
        let [mon, tue, wed, thu, fri, sat, sun] = &self.week;
        match Weekday::of(date) {
            Weekday::Monday => mon,
            Weekday::Tuesday => tue,
            Weekday::Wednesday => wed,
            Weekday::Thursday => thu,
            Weekday::Friday => fri,
            Weekday::Saturday => sat,
            Weekday::Sunday => sun,
        }
    }

    /// The instant of a local time.
    fn instant(&self, date: Date, time: LocalTime) -> Timestamp {
        let instant = self.zone.rules().to_ambiguous_timestamp(date.to_datetime(time.civil())).compatible();
        // Outside of jiff's range, which is that of `LocalDate` and more.
        let beyond = if date.year() > 1970 { i64::MAX } else { 0 };
        Timestamp::from_micros(instant.map_or(beyond, jiff::Timestamp::as_microsecond))
    }
}
