//! The rules of a calendar, as a client writes them, and what is wrong with rules that are refused.

use std::fmt::{Display, Formatter};
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::local::{LocalDate, LocalTime, Weekday};
use crate::text::name::Name;
use crate::time::cron::Zone;

/// The most shifts of a calendar.
pub const SHIFTS_MAX: usize = 100;
/// The most holidays of a calendar.
pub const HOLIDAYS_MAX: usize = 1_000;
/// The most exceptions of a calendar.
pub const EXCEPTIONS_MAX: usize = 1_000;
/// The most shifts of one exception.
pub const EXCEPTION_SHIFTS_MAX: usize = 24;

/// The rules of a calendar: when a production day begins, and when work is scheduled.
///
/// Without any shifts, all time is scheduled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "time_zone": "Europe/Berlin",
    "day_starts_at": "06:00",
    "week_starts_on": "monday",
    "shifts": [
        { "name": "Early", "starts_at": "06:00", "ends_at": "14:00", "weekdays": ["monday", "tuesday"] },
        { "name": "Night", "starts_at": "22:00", "ends_at": "06:00", "weekdays": ["monday", "tuesday"] },
    ],
    "holidays": [{ "date": "2030-12-25", "name": "Christmas" }],
    "exceptions": [{
        "date": "2030-12-24",
        "shifts": [{ "name": "Early", "starts_at": "06:00", "ends_at": "12:00" }],
    }],
}]))]
pub struct CalendarRules {
    /// The time zone of all its dates and times.
    pub time_zone: Zone,
    /// The local time at which a production day begins. The day is named by the date on which it begins.
    #[serde(default)]
    pub day_starts_at: LocalTime,
    /// The day on which a week begins.
    #[serde(default = "monday")]
    pub week_starts_on: Weekday,
    /// The shifts of each week. They may not overlap.
    #[serde(default, deserialize_with = "at_most::<_, _, SHIFTS_MAX>")]
    #[schemars(length(max = SHIFTS_MAX))]
    pub shifts: Vec<Shift>,
    /// Dates on which no shift starts. A shift that started the day before goes on until its end.
    #[serde(default, deserialize_with = "at_most::<_, _, HOLIDAYS_MAX>")]
    #[schemars(length(max = HOLIDAYS_MAX))]
    pub holidays: Vec<Holiday>,
    /// Dates on which other shifts start than those of the week.
    #[serde(default, deserialize_with = "at_most::<_, _, EXCEPTIONS_MAX>")]
    #[schemars(length(max = EXCEPTIONS_MAX))]
    pub exceptions: Vec<Exception>,
}

const fn monday() -> Weekday {
    Weekday::Monday
}

/// A shift of each week. Shifts with the same name are the same shift in reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Its name.
    pub name: Name,
    /// The local time at which it starts. A time that the clock skips is moved later by the length of the
    /// gap; of a time that comes twice, the first counts.
    pub starts_at: LocalTime,
    /// The local time at which it ends, on the next date if that is not after `starts_at`. Around a change of
    /// the clock, the same holds as for `starts_at`, and a shift ends at the latest when the next one starts.
    pub ends_at: LocalTime,
    /// The days of the week on which it starts.
    #[serde(deserialize_with = "at_most::<_, _, 7>")]
    #[schemars(length(min = 1, max = 7))]
    pub weekdays: Vec<Weekday>,
}

/// A date on which no shift starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The date.
    pub date: LocalDate,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

/// A date on which other shifts start than those of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The date.
    pub date: LocalDate,
    /// The shifts that start on it instead.
    #[serde(deserialize_with = "at_most::<_, _, EXCEPTION_SHIFTS_MAX>")]
    #[schemars(length(min = 1, max = EXCEPTION_SHIFTS_MAX))]
    pub shifts: Vec<ShiftTimes>,
}

/// A shift that starts on one date only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftTimes {
    /// Its name.
    pub name: Name,
    /// The local time at which it starts, as in a shift of each week.
    pub starts_at: LocalTime,
    /// The local time at which it ends, as in a shift of each week.
    pub ends_at: LocalTime,
}

/// Why the rules of a calendar are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCalendar {
    /// A list is too long.
    #[error("{field}: expected at most {most}, found {found}")]
    TooMany {
        /// The list.
        field: &'static str,
        /// The most that are allowed.
        most: usize,
        /// The number found.
        found: usize,
    },
    /// A shift starts on no day of the week, or twice on the same.
    #[error("shifts: expected 1 to 7 different weekdays for the shift {name}")]
    Weekdays {
        /// The name of the shift.
        name: Name,
    },
    /// An exception has no shifts.
    #[error("exceptions: expected at least one shift on {date}; a date without shifts is a holiday")]
    NoShifts {
        /// The date.
        date: LocalDate,
    },
    /// Two shifts overlap.
    #[error(
        "the shift {first} still runs {on} when the shift {second} starts; let it end earlier, or change the other"
    )]
    Overlap {
        /// The shift that starts first.
        first: Name,
        /// The shift that starts before the first one ends.
        second: Name,
        /// When the second one starts.
        on: Day,
    },
    /// A date occurs twice among the holidays and exceptions.
    #[error("expected each date once among holidays and exceptions, found {date} twice")]
    Twice {
        /// The date.
        date: LocalDate,
    },
}

/// A day of the week or a date, as an error names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// Each of these days.
    Weekday(Weekday),
    /// One date.
    Date(LocalDate),
}

impl Display for Day {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Weekday(weekday) => write!(f, "on {}", weekday.as_str()),
            Self::Date(date) => write!(f, "on {date}"),
        }
    }
}

/// Reads a list, and stops at the first element that is too many.
fn at_most<'de, T, D, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    from.deserialize_seq(AtMost::<T, MOST>(PhantomData))
}

struct AtMost<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for AtMost<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "a list of at most {MOST}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(one) = from.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            list.push(one);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_with_defaults_and_written_as_they_were() {
        let least: CalendarRules = serde_json::from_str(r#"{"time_zone":"UTC"}"#).unwrap();
        assert_eq!(least.day_starts_at, LocalTime::MIDNIGHT);
        assert_eq!(least.week_starts_on, Weekday::Monday);
        assert!(least.shifts.is_empty());
        let text = r#"{"time_zone":"Europe/Berlin","day_starts_at":"06:00","week_starts_on":"sunday",
            "shifts":[{"name":"Night","starts_at":"22:00","ends_at":"06:00","weekdays":["friday"]}],
            "holidays":[{"date":"2030-12-25"}],
            "exceptions":[{"date":"2030-12-24","shifts":[{"name":"Early","starts_at":"06:00","ends_at":"12:00"}]}]}"#;
        let rules: CalendarRules = serde_json::from_str(text).unwrap();
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&rules).unwrap(), value);
        assert_eq!(serde_json::from_value::<CalendarRules>(value).unwrap(), rules);
    }

    #[test]
    fn the_reader_of_a_list_stops_at_its_bound() {
        let shift = r#"{"name":"Night","starts_at":"22:00","ends_at":"06:00","weekdays":["friday"]},"#;
        // What follows the 101st shift is not even JSON.
        let text = format!(r#"{{"time_zone":"UTC","shifts":[{}!"#, shift.repeat(SHIFTS_MAX + 1));
        let error = serde_json::from_str::<CalendarRules>(&text).unwrap_err().to_string();
        assert!(error.starts_with("invalid length 101, expected a list of at most 100"), "{error}");
        let schema = serde_json::to_value(schemars::schema_for!(CalendarRules)).unwrap();
        assert_eq!(schema["properties"]["shifts"]["maxItems"], 100);
    }
}
