//! When something is done again and again: the five fields of POSIX's `crontab`, in a time zone.
//!
//! Minute, hour, day of the month, month, day of the week: each `*`, a number, a range `a-b`, with a
//! step `/n` behind either, or a list of those with commas. Months and days of the week may be named
//! by their first three letters; Sunday is 0 and 7. If both the day of the month and the day of the
//! week are restricted, a day needs to match only one of them.
//!
//! Where clocks are put forward, a time that is left out is taken to be so much later as they are put
//! forward; where they are put back, a time that comes twice counts once, the first time.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::text::text_type;
use crate::time::Timestamp;

/// The most characters of a text.
const TEXT_MAX: usize = 200;
/// How many days are looked at for the next time: a leap day comes on the same day of the week at most
/// forty years later, over a century that has none.
const DAYS_MAX: usize = 40 * 366 + 1;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something is done again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// Numbers below 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    /// Whether it is `*`, or every so many of it.
    is_star: bool,
}

impl Set {
    const fn has(self, number: u8) -> bool {
        self.bits >> number & 1 == 1
    }

    fn iter(self) -> impl Iterator<Item = i8> {
        (0..60_i8).filter(move |number| self.has(number.unsigned_abs()))
    }
}

/// Why a text is no such time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCron {
    /// It has not five fields.
    #[error("expected five fields: minute, hour, day of the month, month, day of the week")]
    Fields,
    /// A field is not understood.
    #[error("{field}: expected {least} to {most}, as in `*`, `5`, `1-4`, `*/2`, `1,3`")]
    Field {
        /// Which.
        field: &'static str,
        /// The least number of it.
        least: u8,
        /// The greatest.
        most: u8,
    },
    /// It never comes.
    #[error("expected a time that comes: no month has such a day")]
    Never,
}

/// One field: what it is called, and what stands in it.
struct Field {
    name: &'static str,
    least: u8,
    most: u8,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, names: &[] },
    Field { name: "hour", least: 0, most: 23, names: &[] },
    Field { name: "day of the month", least: 1, most: 31, names: &[] },
    Field { name: "month", least: 1, most: 12, names: &MONTHS },
    Field { name: "day of the week", least: 0, most: 7, names: &WEEKDAYS },
];

impl Field {
    fn number(&self, text: &str) -> Option<u8> {
        let named = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(place) => u8::try_from(place).ok()? + self.least,
            // Nothing but digits: `parse` takes a sign too.
            None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (self.least..=self.most).contains(&number).then_some(number)
    }

    fn part(&self, text: &str) -> Option<u64> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.most),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            // A step needs something to go over.
            None if step.is_some() => return None,
            None => (self.number(range)?, self.number(range)?),
        };
        let step = match step {
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse::<u8>().ok()?,
            Some(_) => return None,
            None => 1,
        };
        if first > last || step == 0 {
            return None;
        }
        Some((first..=last).step_by(step.into()).fold(0, |bits, number| bits | 1 << number))
    }

    fn read(&self, text: &str) -> Result<Set, BadCron> {
        let bits = text.split(',').map(|part| self.part(part)).try_fold(0, |all, bits| Some(all | bits?));
        let bad = BadCron::Field { field: self.name, least: self.least, most: self.most };
        bits.map(|bits| Set { bits, is_star: text.starts_with('*') }).ok_or(bad)
    }
}

impl FromStr for Cron {
    type Err = BadCron;

    fn from_str(text: &str) -> Result<Self, BadCron> {
        if text.len() > TEXT_MAX {
            return Err(BadCron::Fields);
        }
        let parts: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = parts.as_slice() else {
            return Err(BadCron::Fields);
        };
        let [minute, hour, day, month, weekday] = &FIELDS;
        let mut weekdays = weekday.read(weekdays)?;
        if weekdays.has(7) {
            weekdays.bits |= 1;
        }
        let cron = Self {
            text: parts.join(" "),
            minutes: minute.read(minutes)?,
            hours: hour.read(hours)?,
            days: day.read(days)?,
            months: month.read(months)?,
            weekdays,
        };
        let longest = |month: u8| {
            if month == 2 {
                29
            } else if matches!(month, 4 | 6 | 9 | 11) {
                30
            } else {
                31
            }
        };
        let comes = (1..=12)
            .filter(|month| cron.months.has(*month))
            .any(|month| !cron.weekdays.is_star || (1..=longest(month)).any(|day| cron.days.has(day)));
        if comes { Ok(cron) } else { Err(BadCron::Never) }
    }
}

impl Cron {
    fn as_text(&self) -> Cow<'_, str> {
        self.text.as_str().into()
    }

    fn has_day(&self, date: Date) -> bool {
        let day = self.days.has(date.day().unsigned_abs());
        let weekday = self.weekdays.has(date.weekday().to_sunday_zero_offset().unsigned_abs());
        let is_day = match (self.days.is_star, self.weekdays.is_star) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        self.months.has(date.month().unsigned_abs()) && is_day
    }

    /// The first time after another, in a time zone; `None` if none comes within the years that can be
    /// written.
    pub fn next_after(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let after = jiff::Timestamp::from_microsecond(after.as_micros()).ok()?;
        let mut date = after.to_zoned_datetime(zone.zone.clone()).date();
        for _ in 0..DAYS_MAX {
            if self.has_day(date) {
                let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |m| (hour, m)));
                let moments = times.filter_map(|(hour, minute)| {
                    let zoned = date.at(hour, minute, 0, 0).to_zoned_datetime(zone.zone.clone()).ok()?;
                    Some(zoned.timestamp())
                });
                // Where clocks are put forward, moments are not in the order of their times.
                if let Some(first) = moments.filter(|moment| *moment > after).min() {
                    return Some(Timestamp::from_micros(first.as_microsecond()));
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}

text_type!(Cron, "minLength": 9, "maxLength": TEXT_MAX, "examples": ["30 2 * * mon-fri"]);

/// A time zone by its name in the IANA database: `Europe/Berlin`, `UTC`.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

/// Why a text is no time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time zone of the IANA database, such as Europe/Berlin or UTC")]
pub struct NotAZone;

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }
}

impl FromStr for Zone {
    type Err = NotAZone;

    fn from_str(text: &str) -> Result<Self, NotAZone> {
        if text == "UTC" {
            return Ok(Self::utc());
        }
        if text.len() > 64 {
            return Err(NotAZone);
        }
        let zone = TimeZone::get(text).map_err(|_| NotAZone)?;
        let name = zone.iana_name().ok_or(NotAZone)?.to_owned();
        Ok(Self { name, zone })
    }
}

text_type!(Zone, "minLength": 1, "maxLength": 64, "examples": ["Europe/Berlin"]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next(cron: &str, zone: &str, after: &str) -> String {
        let (cron, zone): (Cron, Zone) = (cron.parse().unwrap(), zone.parse().unwrap());
        cron.next_after(after.parse().unwrap(), &zone).unwrap().to_string()
    }

    #[test]
    fn times_come_as_crontab_says() {
        for (cron, after, expected) in [
            ("* * * * *", "2030-01-01T00:00:00Z", "2030-01-01T00:01:00Z"),
            ("*/15 * * * *", "2030-01-01T00:15:00Z", "2030-01-01T00:30:00Z"),
            ("30 2 * * *", "2030-01-01T02:30:00Z", "2030-01-02T02:30:00Z"),
            ("30 2 * * *", "2030-01-01T02:29:59.999Z", "2030-01-01T02:30:00Z"),
            ("0 0 1 * *", "2030-01-31T12:00:00Z", "2030-02-01T00:00:00Z"),
            ("0 0 29 2 *", "2030-01-01T00:00:00Z", "2032-02-29T00:00:00Z"),
            ("0 0 * * mon-fri", "2030-01-04T00:00:00Z", "2030-01-07T00:00:00Z"),
            ("0 0 * * 7", "2030-01-04T00:00:00Z", "2030-01-06T00:00:00Z"),
            ("0 0 * * 0", "2030-01-04T00:00:00Z", "2030-01-06T00:00:00Z"),
            // Either of both.
            ("0 0 13 * FRI", "2030-01-05T00:00:00Z", "2030-01-11T00:00:00Z"),
            ("0 0 13 * FRI", "2030-01-11T00:00:00Z", "2030-01-13T00:00:00Z"),
            // Both, as one is a star with a step.
            ("0 0 */2 * FRI", "2030-01-01T00:00:00Z", "2030-01-11T00:00:00Z"),
            ("0 0 22 11 */7", "2026-11-22T12:00:00Z", "2037-11-22T00:00:00Z"),
            ("0 0 29 2 */7", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z"),
            ("5,10-12 9-17/4 * jan,mar *", "2030-01-31T17:12:00Z", "2030-03-01T09:05:00Z"),
        ] {
            assert_eq!(next(cron, "UTC", after), expected, "{cron}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward_and_back_leave_no_day_out() {
        // 02:00 to 03:00 is left out on 31 March 2030, and comes twice on 27 October.
        let berlin = |after| next("30 2 * * *", "Europe/Berlin", after);
        assert_eq!(berlin("2030-03-30T12:00:00Z"), "2030-03-31T01:30:00Z");
        assert_eq!(berlin("2030-03-31T01:30:00Z"), "2030-04-01T00:30:00Z");
        assert_eq!(berlin("2030-10-26T12:00:00Z"), "2030-10-27T00:30:00Z");
        assert_eq!(berlin("2030-10-27T00:30:00Z"), "2030-10-28T01:30:00Z");
        // One that is taken to be later is none before the one at that time.
        let hourly = |after| next("30 * * * *", "Europe/Berlin", after);
        assert_eq!(hourly("2030-03-31T00:30:00Z"), "2030-03-31T01:30:00Z");
        assert_eq!(hourly("2030-03-31T01:30:00Z"), "2030-03-31T02:30:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "5/2 * * * *",
            "+5 * * * *",
            "a * * * *",
            "1,,2 * * * *",
            "* * * mon *",
            "@daily",
            "-1 * * * *",
            "*/999 * * * *",
        ] {
            assert!(text.parse::<Cron>().is_err(), "{text}");
        }
        assert_eq!("0 0 30 feb *".parse::<Cron>(), Err(BadCron::Never));
        assert_eq!("0 0 31 4,6 *".parse::<Cron>(), Err(BadCron::Never));
        assert!("0 0 30 feb mon".parse::<Cron>().is_ok());
        for text in ["", "Berlin", "Europe/Nowhere", "../etc/passwd", "+01:00"] {
            assert_eq!(text.parse::<Zone>(), Err(NotAZone), "{text}");
        }
        assert_eq!("Europe/Berlin".parse::<Zone>().unwrap().to_string(), "Europe/Berlin");
    }

    fn field(least: u8, most: u8) -> impl Strategy<Value = String> {
        prop_oneof![
            Just("*".to_owned()),
            (1_u8..20).prop_map(|step| format!("*/{step}")),
            (least..=most).prop_map(|n| n.to_string()),
            (least..=most, least..=most).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            prop::collection::vec(least..=most, 1..4).prop_map(|list| list
                .iter()
                .map(u8::to_string)
                .collect::<Vec<_>>()
                .join(",")),
        ]
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = text.parse::<Cron>();
        }

        #[test]
        fn the_next_time_is_one_and_the_first(
            fields in (field(0, 59), field(0, 23), field(1, 29), field(1, 12), field(0, 7)),
            after in 1_700_000_000_i64..1_900_000_000,
        ) {
            let (minute, hour, day, month, weekday) = fields;
            let cron: Cron = format!("{minute} {hour} {day} {month} {weekday}").parse().unwrap();
            prop_assert_eq!(cron.to_string().parse(), Ok(cron.clone()));
            let (zone, after) = (Zone::utc(), Timestamp::from_micros(after * 1_000_000));
            let next = cron.next_after(after, &zone).unwrap();
            prop_assert!(next > after);
            let is_time = |at: Timestamp| {
                let zoned = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned_datetime(TimeZone::UTC);
                cron.has_day(zoned.date())
                    && cron.hours.has(zoned.hour().unsigned_abs())
                    && cron.minutes.has(zoned.minute().unsigned_abs())
                    && zoned.second() == 0
            };
            prop_assert!(is_time(next));
            // No minute before it is one, as far as it is worth looking.
            let minutes = ((next.as_micros() - after.as_micros()) / 60_000_000).min(3_000);
            for n in 1..minutes {
                prop_assert!(!is_time(next.plus_seconds(-60 * n)));
            }
        }
    }
}
