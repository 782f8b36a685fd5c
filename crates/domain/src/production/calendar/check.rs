//! Checks the rules of a calendar, and sorts its shifts.

use std::collections::{BTreeMap, BTreeSet};

use super::local::DAY_MINUTES;
use super::rules::Day;
use super::{
    BadCalendar, CalendarRules, EXCEPTION_SHIFTS_MAX, EXCEPTIONS_MAX, HOLIDAYS_MAX, LocalDate, SHIFTS_MAX,
    ShiftTimes, Weekday,
};

type Week = [Vec<ShiftTimes>; 7];
type Dates = BTreeMap<LocalDate, Vec<ShiftTimes>>;

/// The shifts of each day of the week, and of the dates with rules of their own, each list in the order of
/// the shifts' starts.
pub(super) fn checked(rules: &CalendarRules) -> Result<(Week, Dates), BadCalendar> {
    let bound = |field, found, most| {
        if found > most { Err(BadCalendar::TooMany { field, most, found }) } else { Ok(()) }
    };
    bound("shifts", rules.shifts.len(), SHIFTS_MAX)?;
    bound("holidays", rules.holidays.len(), HOLIDAYS_MAX)?;
    bound("exceptions", rules.exceptions.len(), EXCEPTIONS_MAX)?;
    let week = week(rules)?;
    check_week(&week)?;
    let dates = dates(rules)?;
    for exception in &rules.exceptions {
        check_date(exception.date, &week, &dates)?;
    }
    Ok((week, dates))
}

fn week(rules: &CalendarRules) -> Result<Week, BadCalendar> {
    for shift in &rules.shifts {
        let days: BTreeSet<Weekday> = shift.weekdays.iter().copied().collect();
        if days.is_empty() || days.len() != shift.weekdays.len() {
            return Err(BadCalendar::Weekdays { name: shift.name.clone() });
        }
    }
    Ok(Weekday::ALL.map(|weekday| {
        let on_day = rules.shifts.iter().filter(|shift| shift.weekdays.contains(&weekday));
        let times = on_day.map(|shift| ShiftTimes {
            name: shift.name.clone(),
            starts_at: shift.starts_at,
            ends_at: shift.ends_at,
        });
        sorted(times.collect())
    }))
}

fn dates(rules: &CalendarRules) -> Result<Dates, BadCalendar> {
    let mut dates = Dates::new();
    for holiday in &rules.holidays {
        if dates.insert(holiday.date, Vec::new()).is_some() {
            return Err(BadCalendar::Twice { date: holiday.date });
        }
    }
    for exception in &rules.exceptions {
        let date = exception.date;
        if exception.shifts.is_empty() {
            return Err(BadCalendar::NoShifts { date });
        }
        let found = exception.shifts.len();
        if found > EXCEPTION_SHIFTS_MAX {
            return Err(BadCalendar::TooMany {
                field: "exceptions.shifts",
                most: EXCEPTION_SHIFTS_MAX,
                found,
            });
        }
        if dates.insert(date, sorted(exception.shifts.clone())).is_some() {
            return Err(BadCalendar::Twice { date });
        }
    }
    Ok(dates)
}

fn sorted(mut shifts: Vec<ShiftTimes>) -> Vec<ShiftTimes> {
    shifts.sort_by_key(|shift| shift.starts_at);
    shifts
}

/// A shift as minutes by the clock, counted from the beginning of the first of some days.
struct Minutes<'a> {
    start: u32,
    end: u32,
    shift: &'a ShiftTimes,
    day: Day,
}

fn minutes(day: Day, number: u32, shifts: &[ShiftTimes]) -> impl Iterator<Item = Minutes<'_>> {
    shifts.iter().map(move |shift| {
        let start = number * u32::from(DAY_MINUTES) + u32::from(shift.starts_at.minutes());
        let length = (shift.ends_at.minutes() + DAY_MINUTES - shift.starts_at.minutes()) % DAY_MINUTES;
        let length = if length == 0 { DAY_MINUTES } else { length };
        Minutes { start, end: start + u32::from(length), shift, day }
    })
}

/// Refuses shifts that overlap. They must be in the order of their starts: then, if a shift overlaps any
/// later one, it overlaps the next.
fn check_order<'a>(shifts: impl Iterator<Item = Minutes<'a>>) -> Result<(), BadCalendar> {
    let mut before: Option<Minutes<'_>> = None;
    for shift in shifts {
        if let Some(before) = before.filter(|before| before.end > shift.start) {
            return Err(BadCalendar::Overlap {
                first: before.shift.name.clone(),
                second: shift.shift.name.clone(),
                on: shift.day,
            });
        }
        before = Some(shift);
    }
    Ok(())
}

/// Checks a whole week, and the Monday after it.
fn check_week(week: &Week) -> Result<(), BadCalendar> {
    let days = Weekday::ALL.into_iter().zip(week).cycle().take(8);
    check_order(
        (0..).zip(days).flat_map(|(number, (day, shifts))| minutes(Day::Weekday(day), number, shifts)),
    )
}

/// Checks a date together with the dates before and after it.
fn check_date(date: LocalDate, week: &Week, dates: &Dates) -> Result<(), BadCalendar> {
    let days = [-1, 0, 1].into_iter().filter_map(|days| date.plus_days(days));
    let shifts = |date: LocalDate| {
        let of_week = || Weekday::ALL.into_iter().zip(week).find(|(weekday, _)| *weekday == date.weekday());
        dates.get(&date).or_else(|| of_week().map(|(_, shifts)| shifts)).map_or(&[][..], Vec::as_slice)
    };
    check_order((0..).zip(days).flat_map(|(number, date)| minutes(Day::Date(date), number, shifts(date))))
}
