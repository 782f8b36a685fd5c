//! The time that a report is about.

use bailiwick_domain::calendar::{Calendar, LocalDate};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, FieldError, Result};
use schemars::JsonSchema;
use serde::Serialize;

use crate::days::plan::{Part, dates, dates_of};

/// The most days of a report.
const DAYS_MAX: i32 = 1_100;
/// How many days a report is about if nothing is said.
const DAYS_DEFAULT: i32 = 7;

/// The time that a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Period {
    /// Production days, both included, each in the calendar of its node.
    Days {
        /// The first.
        first_day: LocalDate,
        /// The last.
        last_day: LocalDate,
    },
    /// From one time up to, but without, another.
    Times {
        /// The beginning.
        from: Timestamp,
        /// The end.
        until: Timestamp,
    },
}

/// The members of a [`Period`] within another object, for its schema: client generators cannot read
/// alternatives beside other members.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) struct PeriodMembers {
    /// The first production day, if the report is about days.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_day: Option<LocalDate>,
    /// The last production day, if the report is about days.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_day: Option<LocalDate>,
    /// The beginning, if the report is about times.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// The end, which does not belong to the time, if the report is about times.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// The members of a request that say the time.
pub(super) struct Asked {
    pub(super) first_day: Option<LocalDate>,
    pub(super) last_day: Option<LocalDate>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) last_days: Option<u32>,
}

impl Period {
    /// The time that is asked for. `today` is the date in the organization's calendar.
    pub(super) fn of(asked: &Asked, today: LocalDate, now: Timestamp) -> Result<Self> {
        let Asked { first_day, last_day, from, until, last_days } = asked;
        let said = [first_day.or(*last_day).is_some(), from.or(*until).is_some(), last_days.is_some()];
        if said.into_iter().filter(|said| *said).count() > 1 {
            let detail =
                "expected one way to say the time: first_day and last_day, from and until, or last_days";
            return Err(Error::invalid("first_day", detail));
        }
        if let Some(from) = from {
            let until = until.unwrap_or(now);
            if *from >= until {
                let detail = format!("expected a time after {from}, found {until}");
                return Err(Error::invalid("until", detail));
            }
            let days = until.as_micros().saturating_sub(from.as_micros()) / 86_400_000_000;
            check_length(i32::try_from(days).unwrap_or(i32::MAX), "from")?;
            return Ok(Self::Times { from: *from, until });
        }
        if until.is_some() {
            return Err(Error::Invalid(vec![FieldError::new("from", "expected a time: `until` needs it")]));
        }
        let days = last_days.map_or(DAYS_DEFAULT, |days| i32::try_from(days).unwrap_or(i32::MAX));
        if days == 0 {
            return Err(Error::invalid("last_days", "expected at least 1"));
        }
        check_length(days, "last_days")?;
        let last = last_day.unwrap_or(today);
        let first = first_day.or_else(|| last.plus_days(1 - days)).unwrap_or(last);
        if first > last {
            let detail = format!("expected a date not before {first}, found {last}");
            return Err(Error::invalid("last_day", detail));
        }
        check_length(last.days_since_epoch() - first.days_since_epoch(), "first_day")?;
        Ok(Self::Days { first_day: first, last_day: last })
    }

    /// The production days of a calendar, with what is asked of each.
    pub(super) fn dates(self, calendar: &Calendar) -> Vec<(LocalDate, Part)> {
        match self {
            Self::Days { first_day, last_day } => {
                dates(first_day, last_day).map(|date| (date, Part::Whole)).collect()
            }
            Self::Times { from, until } => dates_of(calendar, from, until),
        }
    }
}

fn check_length(days: i32, field: &str) -> Result<()> {
    if days <= DAYS_MAX {
        return Ok(());
    }
    let detail = format!("expected at most {DAYS_MAX} days, found {days}: ask for a shorter time");
    Err(Error::invalid(field, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Asked = Asked { first_day: None, last_day: None, from: None, until: None, last_days: None };

    fn date(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_said_in_one_of_three_ways() {
        let (today, now) = (date("2030-01-31"), at("2030-01-31T12:00:00Z"));
        let of = |asked: &Asked| Period::of(asked, today, now);
        let days = |first, last| Period::Days { first_day: date(first), last_day: date(last) };
        assert_eq!(of(&NONE).unwrap(), days("2030-01-25", "2030-01-31"));
        assert_eq!(of(&Asked { last_days: Some(1), ..NONE }).unwrap(), days("2030-01-31", "2030-01-31"));
        let first_day = Some(date("2030-01-30"));
        assert_eq!(of(&Asked { first_day, ..NONE }).unwrap(), days("2030-01-30", "2030-01-31"));
        let from = Some(at("2030-01-31T00:00:00Z"));
        let times = Period::Times { from: at("2030-01-31T00:00:00Z"), until: now };
        assert_eq!(of(&Asked { from, ..NONE }).unwrap(), times);
        for (asked, field) in [
            (Asked { from, first_day, ..NONE }, "first_day"),
            (Asked { from, until: from, ..NONE }, "until"),
            (Asked { until: from, ..NONE }, "from"),
            (Asked { first_day, last_day: Some(date("2030-01-29")), ..NONE }, "last_day"),
            (Asked { last_days: Some(0), ..NONE }, "last_days"),
            (Asked { last_days: Some(2_000), ..NONE }, "last_days"),
            (Asked { first_day: Some(date("2000-01-01")), ..NONE }, "first_day"),
        ] {
            let Error::Invalid(errors) = of(&asked).unwrap_err() else { panic!("expected an invalid input") };
            assert_eq!(errors[0].field, field);
        }
    }

    #[test]
    fn a_window_has_parts_of_days_at_its_ends() {
        let calendar = Calendar::without_shifts("Asia/Kathmandu".parse().unwrap());
        let period = Period::Times { from: at("2030-01-01T18:15:00Z"), until: at("2030-01-04T00:00:00Z") };
        let dates = period.dates(&calendar);
        let whole: Vec<(String, bool)> =
            dates.iter().map(|(date, part)| (date.to_string(), matches!(part, Part::Whole))).collect();
        let expected = [("2030-01-02", true), ("2030-01-03", true), ("2030-01-04", false)];
        assert_eq!(whole, expected.map(|(date, whole)| (date.to_owned(), whole)));
    }
}
