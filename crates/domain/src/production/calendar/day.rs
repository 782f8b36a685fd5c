//! Production days: their bounds, their shifts and their scheduled time.

use jiff::civil::Date;

use super::{Calendar, LocalDate};
use crate::production::span::Span;
use crate::text::name::Name;
use crate::time::Timestamp;

/// A production day of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductionDay {
    /// Its date: the local date of its beginning.
    pub date: LocalDate,
    /// When it begins and ends. It is empty if the clock skips the whole day.
    pub span: Span,
    /// Its shifts, in the order of time. They do not overlap, and are within `span`.
    pub shifts: Vec<ShiftSpan>,
    /// Its scheduled time, in the order of time, without overlaps: that of its shifts, or all of it if the
    /// calendar has no shifts.
    pub scheduled: Vec<Span>,
}

/// One shift of a production day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftSpan {
    /// The name of the shift.
    pub name: Name,
    /// When it starts and ends.
    pub span: Span,
}

/// The date some days later; the last or first one of the calendar instead of a date beyond it.
fn plus(date: Date, days: i64) -> Date {
    date.saturating_add(jiff::SignedDuration::from_hours(24 * days))
}

impl Calendar {
    /// The production day of a date.
    pub fn day(&self, date: LocalDate) -> ProductionDay {
        let civil = date.civil();
        let around = self.shifts_between(plus(civil, -2), plus(civil, 3));
        let span = Span::new(self.beginning(civil, &around), self.beginning(plus(civil, 1), &around));
        let shifts: Vec<ShiftSpan> =
            around.into_iter().filter(|shift| span.contains(shift.span.start())).collect();
        let is_all_scheduled = self.is_without_shifts() && !self.dates.contains_key(&date);
        let scheduled =
            if is_all_scheduled { vec![span] } else { shifts.iter().map(|shift| shift.span).collect() };
        ProductionDay { date, span, shifts, scheduled }
    }

    /// The production days from one date up to and including another. Each is computed when it is asked for.
    pub fn days(&self, first: LocalDate, last: LocalDate) -> impl Iterator<Item = ProductionDay> {
        let dates = std::iter::successors(Some(first), |date| date.plus_days(1));
        dates.take_while(move |date| *date <= last).map(|date| self.day(date))
    }

    /// The date of the production day that a time belongs to. `None` if it lies before the first or after
    /// the last one: production days have dates from 1970-01-01 to 9998-12-31.
    pub fn date_of(&self, at: Timestamp) -> Option<LocalDate> {
        let at_jiff = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
        let local = self.zone.rules().to_datetime(at_jiff).date();
        // A shift of the day before may still run, and the clock may have been put back across midnight.
        let dates = [0, -1, -2, 1].into_iter().filter_map(|days| LocalDate::from_civil(plus(local, days)));
        dates.into_iter().find(|date| self.span(*date, *date).contains(at))
    }

    /// The production day that a time belongs to. `None` as with [`Calendar::date_of`].
    pub fn day_of(&self, at: Timestamp) -> Option<ProductionDay> {
        self.date_of(at).map(|date| self.day(date))
    }

    /// From the beginning of the production day of one date to the end of that of another.
    pub fn span(&self, first: LocalDate, last: LocalDate) -> Span {
        let of = |date: Date| self.beginning(date, &self.shifts_between(plus(date, -2), plus(date, 2)));
        Span::new(of(first.civil()), of(plus(last.civil(), 1)))
    }

    /// When the production day of a date begins: at `day_starts_at`, or, if one of these shifts runs at that
    /// time, when that shift ends.
    fn beginning(&self, date: Date, shifts: &[ShiftSpan]) -> Timestamp {
        let starts = self.instant(date, self.day_starts_at);
        let running = shifts.iter().find(|shift| shift.span.start() < starts && starts < shift.span.end());
        running.map_or(starts, |shift| shift.span.end())
    }

    /// The shifts that start on the dates from `first` to `last`, in the order of time.
    ///
    /// By the clock, they do not overlap. Where the clock skips time, local times in the gap are moved later,
    /// and so could pass the start of a later shift. So a shift ends at the latest when a later one starts,
    /// and one of which nothing is left does not take place.
    fn shifts_between(&self, first: Date, last: Date) -> Vec<ShiftSpan> {
        let mut shifts = Vec::new();
        let mut date = first;
        while date <= last {
            let next = plus(date, 1);
            for shift in self.starting_on(date) {
                let end_date = if shift.ends_at > shift.starts_at { date } else { next };
                let span =
                    Span::new(self.instant(date, shift.starts_at), self.instant(end_date, shift.ends_at));
                shifts.push(ShiftSpan { name: shift.name.clone(), span });
            }
            if next == date {
                break;
            }
            date = next;
        }
        let mut later = Timestamp::from_micros(i64::MAX);
        for shift in shifts.iter_mut().rev() {
            let start = shift.span.start();
            shift.span = Span::new(start, shift.span.end().min(later));
            later = later.min(start);
        }
        shifts.retain(|shift| !shift.span.is_empty());
        shifts
    }
}
