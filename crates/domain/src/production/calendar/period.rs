//! The hours, weeks and months of a calendar.

use super::{Calendar, LocalDate};
use crate::production::span::Span;
use crate::time::Timestamp;

/// An hour in microseconds.
const HOUR_MICROS: i64 = 3_600_000_000;

impl Calendar {
    /// The hours of a span of time by the local clock, in order: they add up to the span.
    ///
    /// An hour begins at each full hour of the local clock, and when the clock changes. So all of an hour has
    /// the same local hour and the same distance from UTC. The first and the last one may be shorter, as may
    /// those around a change of the clock by half an hour. In zones that are 45 minutes apart from UTC, hours
    /// begin at a quarter past or before an hour of UTC.
    pub fn hours(&self, span: Span) -> Vec<Span> {
        let mut hours = Vec::new();
        let mut start = span.start();
        while start < span.end() {
            let end = self.hour_end(start).min(span.end());
            hours.push(Span::new(start, end));
            start = end;
        }
        hours
    }

    /// When the local hour of a time ends.
    fn hour_end(&self, at: Timestamp) -> Timestamp {
        let micros = at.as_micros();
        let Ok(instant) = jiff::Timestamp::from_microsecond(micros) else {
            return Timestamp::from_micros(i64::MAX);
        };
        let rules = self.zone.rules();
        let offset = i64::from(rules.to_offset(instant).seconds()) * 1_000_000;
        let passed = (micros + offset).rem_euclid(HOUR_MICROS);
        let full = micros + HOUR_MICROS - passed;
        let change = rules.following(instant).next().map(|change| change.timestamp().as_microsecond());
        Timestamp::from_micros(change.map_or(full, |change| full.min(change)))
    }

    /// The first and the last date of the week of a date.
    pub fn week(&self, date: LocalDate) -> (LocalDate, LocalDate) {
        let passed = date.civil().weekday().since(self.week_starts_on.civil());
        let first = date.plus_days(-i32::from(passed)).unwrap_or(date);
        // The last week of the calendar is cut off.
        let last = (0..=6).rev().find_map(|days| first.plus_days(days));
        (first, last.unwrap_or(date))
    }

    /// The first and the last date of the month of a date.
    pub fn month(&self, date: LocalDate) -> (LocalDate, LocalDate) {
        let bounds = [date.civil().first_of_month(), date.civil().last_of_month()];
        let [first, last] = bounds.map(|bound| LocalDate::from_civil(bound).unwrap_or(date));
        (first, last)
    }
}
