//! Local dates and times of day, as a calendar names them.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::text_type::text_type;

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

/// A local time of day, in whole minutes: `06:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(u16);

/// The error for a text that is not a local time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time of day from 00:00 to 23:59, such as 06:00")]
pub struct NotALocalTime;

impl LocalTime {
    /// The beginning of a date.
    pub const MIDNIGHT: Self = Self(0);

    /// Minutes since midnight by the clock: 0 to 1,439.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// The time as jiff has it.
    pub(super) fn civil(self) -> jiff::civil::Time {
        let part = |number: u16| i8::try_from(number).unwrap_or_default();
        jiff::civil::Time::new(part(self.0 / 60), part(self.0 % 60), 0, 0).unwrap_or_default()
    }

    fn as_text(&self) -> Cow<'_, str> {
        format!("{:02}:{:02}", self.0 / 60, self.0 % 60).into()
    }
}

impl FromStr for LocalTime {
    type Err = NotALocalTime;

    fn from_str(text: &str) -> Result<Self, NotALocalTime> {
        let number = |text: &str, most: u16| {
            let is_plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            is_plain.then(|| text.parse::<u16>().ok()).flatten().filter(|number| *number <= most)
        };
        let (hour, minute) = text.split_once(':').ok_or(NotALocalTime)?;
        let (hour, minute) = number(hour, 23).zip(number(minute, 59)).ok_or(NotALocalTime)?;
        Ok(Self(hour * 60 + minute))
    }
}

text_type!(LocalTime, "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["06:00"]);

/// A date of a local calendar: `2030-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

/// The error for a text that is not a local date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a date from 1970-01-01 to 9998-12-31, such as 2030-01-31")]
pub struct NotALocalDate;

impl LocalDate {
    /// The date that jiff has; `None` outside of the years 1970 to 9998.
    pub(super) fn from_civil(date: Date) -> Option<Self> {
        (1970..=9998).contains(&date.year()).then_some(Self(date))
    }

    /// The date as jiff has it.
    pub(super) const fn civil(self) -> Date {
        self.0
    }

    /// The date some days later, or earlier if negative; `None` outside of the years 1970 to 9998.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Option<Self> {
        self.0
            .checked_add(jiff::SignedDuration::from_hours(24 * i64::from(days)))
            .ok()
            .and_then(Self::from_civil)
    }

    /// Days since 1970-01-01.
    pub fn days_since_epoch(self) -> i32 {
        let days = self.0.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        i32::try_from(days).unwrap_or_default()
    }

    /// The date some days after 1970-01-01; `None` outside of the years 1970 to 9998.
    pub fn from_days_since_epoch(days: i32) -> Option<Self> {
        Self(Date::constant(1970, 1, 1)).plus_days(days)
    }

    /// Its day of the week.
    pub fn weekday(self) -> Weekday {
        Weekday::of(self.0)
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.to_string().into()
    }
}

impl FromStr for LocalDate {
    type Err = NotALocalDate;

    fn from_str(text: &str) -> Result<Self, NotALocalDate> {
        // Only this form: jiff also reads times, zones and other ways to write a date.
        let is_plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date = is_plain.then(|| text.parse().ok()).flatten();
        date.and_then(Self::from_civil).ok_or(NotALocalDate)
    }
}

text_type!(LocalDate, "format": "date", "examples": ["2030-01-31"]);

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// Every day, from Monday to Sunday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The weekday as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    pub(super) const fn civil(self) -> jiff::civil::Weekday {
        match self {
            Self::Monday => jiff::civil::Weekday::Monday,
            Self::Tuesday => jiff::civil::Weekday::Tuesday,
            Self::Wednesday => jiff::civil::Weekday::Wednesday,
            Self::Thursday => jiff::civil::Weekday::Thursday,
            Self::Friday => jiff::civil::Weekday::Friday,
            Self::Saturday => jiff::civil::Weekday::Saturday,
            Self::Sunday => jiff::civil::Weekday::Sunday,
        }
    }

    pub(super) fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_have_one_spelling() {
        for text in ["00:00", "06:30", "23:59"] {
            assert_eq!(text.parse::<LocalTime>().unwrap().to_string(), text);
        }
        assert_eq!("06:30".parse::<LocalTime>().unwrap().civil(), jiff::civil::time(6, 30, 0, 0));
        for text in ["", "6:00", "06:0", "24:00", "23:60", "06:00:00", "-6:00", "+6:00", "0600", "06:00Z"] {
            assert_eq!(text.parse::<LocalTime>(), Err(NotALocalTime), "{text}");
        }
    }

    #[test]
    fn local_dates_have_one_spelling() {
        for (text, days) in [("1970-01-01", 0), ("1970-01-02", 1), ("2024-02-29", 19_782)] {
            let date: LocalDate = text.parse().unwrap();
            assert_eq!((date.to_string().as_str(), date.days_since_epoch()), (text, days));
            assert_eq!(LocalDate::from_days_since_epoch(days), Some(date));
        }
        for text in
            ["", "1969-12-31", "9999-01-01", "2030-02-29", "20300131", "2030-1-31", "2030-01-31T00:00"]
        {
            assert_eq!(text.parse::<LocalDate>(), Err(NotALocalDate), "{text}");
        }
        let last: LocalDate = "9998-12-31".parse().unwrap();
        assert_eq!(last.plus_days(1), None);
        assert_eq!(last.plus_days(-1).unwrap().to_string(), "9998-12-30");
        assert_eq!(last.weekday(), Weekday::Thursday);
        for weekday in Weekday::ALL {
            assert_eq!(serde_json::to_value(weekday).unwrap(), weekday.as_str());
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_local_dates_and_times_never_panics(text in "[0-9:\\-TZW+é]{0,12}") {
            let _ = (text.parse::<LocalDate>(), text.parse::<LocalTime>());
        }
    }
}
