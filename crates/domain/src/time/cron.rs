//! Recurring times: the five fields of POSIX's `crontab`, in a time zone.
//!
//! The fields are minute, hour, day of the month, month and day of the week. Each is `*`, a number, a
//! range `a-b`, `*` or a range with a step `/n`, or a list of those with commas. Months and days of the
//! week may be named by their first three letters; Sunday is 0 and 7. If both the day of the month and
//! the day of the week are restricted, a day needs to match only one of them.
//!
//! Around changes of daylight saving time, this behaves like cron(8). If the hour field is `*`, or `*`
//! with a step, wall-clock time applies: an hour that occurs twice counts twice, and a skipped hour
//! does not count. If the hours are fixed, a time that occurs twice counts once, the first time, and a
//! skipped time is moved later by the length of the gap.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::text::text_type::text_type;
use crate::time::Timestamp;

/// The most characters of a cron expression.
const TEXT_MAX: usize = 200;
/// How many days are searched for the next time: a leap day falls on the same day of the week at most
/// forty years later, across a century without a leap year.
const DAYS_MAX: usize = 40 * 366 + 1;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A recurring time: a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
}

/// A set of numbers below 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    bits: u64,
    /// Whether the field begins with `*`, with or without a step.
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

/// Why a text is not a cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCron {
    /// It does not have five fields.
    #[error("expected five fields: minute, hour, day of the month, month, day of the week")]
    Fields,
    /// A field is malformed.
    #[error("{field}: expected {least} to {most}, as in `*`, `5`, `1-4`, `*/2`, `1,3`")]
    Field {
        /// The name of the field.
        field: &'static str,
        /// The smallest number allowed in the field.
        least: u8,
        /// The largest number allowed in the field.
        most: u8,
    },
    /// It never occurs.
    #[error("expected a time that occurs: no month has such a day")]
    Never,
}

/// One field: its name, its range and the names that may stand for its numbers.
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
            // Only digits, since `parse` accepts a sign too.
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
            // A step needs a range or `*`.
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

    /// The times on a date, in no particular order.
    fn moments<'a>(
        &'a self,
        date: Date,
        zone: &'a TimeZone,
    ) -> impl Iterator<Item = jiff::Timestamp> + use<'a> {
        let hours = if self.has_day(date) { Some(self.hours) } else { None };
        let times = hours.into_iter().flat_map(move |hours| {
            hours.iter().flat_map(move |hour| self.minutes.iter().map(move |minute| (hour, minute)))
        });
        times.flat_map(move |(hour, minute)| {
            let ambiguous = zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
            let (earlier, later) = match (ambiguous.offset(), self.hours.is_star) {
                (AmbiguousOffset::Fold { .. }, true) => (ambiguous.earlier().ok(), ambiguous.later().ok()),
                (AmbiguousOffset::Gap { .. }, true) => (None, None),
                _ => (ambiguous.compatible().ok(), None),
            };
            earlier.into_iter().chain(later)
        })
    }

    /// How many times it has on a day on which it has any, apart from days on which clocks are changed.
    pub const fn times_a_day(&self) -> u32 {
        self.minutes.bits.count_ones() * self.hours.bits.count_ones()
    }

    /// The first time after `after` in a time zone; `None` if there is none within the range of dates
    /// that are searched.
    pub fn next_after(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let after = jiff::Timestamp::from_microsecond(after.as_micros()).ok()?;
        let first = |date: Date| self.moments(date, &zone.zone).filter(|moment| *moment > after).min();
        let today = after.to_zoned_datetime(zone.zone.clone()).date();
        // If clocks are put back at midnight, a date begins twice.
        let mut date = today.yesterday().unwrap_or(today);
        for _ in 0..DAYS_MAX {
            let tomorrow = date.tomorrow().ok();
            if let Some(found) = first(date) {
                let found = tomorrow.and_then(first).map_or(found, |other| other.min(found));
                return Some(Timestamp::from_micros(found.as_microsecond()));
            }
            date = tomorrow?;
        }
        None
    }

    /// The last time up to and including `until` in a time zone; `None` if there is none within the
    /// range of dates that are searched.
    pub fn last_until(&self, until: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let until = jiff::Timestamp::from_microsecond(until.as_micros()).ok()?;
        let last = |date: Date| self.moments(date, &zone.zone).filter(|moment| *moment <= until).max();
        let today = until.to_zoned_datetime(zone.zone.clone()).date();
        let mut date = today.tomorrow().unwrap_or(today);
        for _ in 0..DAYS_MAX {
            let yesterday = date.yesterday().ok();
            if let Some(found) = last(date) {
                let found = yesterday.and_then(last).map_or(found, |other| other.max(found));
                return Some(Timestamp::from_micros(found.as_microsecond()));
            }
            date = yesterday?;
        }
        None
    }

    /// The last time of a series that begins with the time `from`: each comes at most `seconds` after the one
    /// before it. `None` if the series reaches `until`.
    pub fn last_of_series(
        &self,
        from: Timestamp,
        seconds: i64,
        until: Timestamp,
        zone: &Zone,
    ) -> Option<Timestamp> {
        let (mut last, mut waiting) = (from, Vec::new());
        let first = jiff::Timestamp::from_microsecond(from.as_micros()).ok()?;
        let mut date = first.to_zoned_datetime(zone.zone.clone()).date();
        // If clocks are put back at midnight, a date begins twice.
        date = date.yesterday().unwrap_or(date);
        while last < until {
            let tomorrow = date.tomorrow().ok()?;
            let moments = self.moments(date, &zone.zone);
            waiting.extend(moments.map(|moment| Timestamp::from_micros(moment.as_microsecond())));
            waiting.sort_unstable();
            // All times of later dates come after this.
            let midnight = zone.zone.to_ambiguous_timestamp(tomorrow.at(0, 0, 0, 0));
            let end = Timestamp::from_micros(midnight.compatible().ok()?.as_microsecond());
            let later = waiting.split_off(waiting.partition_point(|moment| *moment < end));
            for moment in std::mem::replace(&mut waiting, later) {
                if moment > last.plus_seconds(seconds) {
                    return Some(last);
                }
                last = last.max(moment);
            }
            if end > last.plus_seconds(seconds) {
                return Some(last);
            }
            date = tomorrow;
        }
        None
    }
}

text_type!(Cron, "minLength": 9, "maxLength": TEXT_MAX, "examples": ["30 2 * * mon-fri"]);

/// A time zone, by its name in the IANA database: `Europe/Berlin`, `UTC`.
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

/// The error for a text that names no time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time zone of the IANA database, such as Europe/Berlin or UTC")]
pub struct NotAZone;

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// Its rules.
    pub(crate) const fn rules(&self) -> &TimeZone {
        &self.zone
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
    fn the_next_time_follows_the_crontab_rules() {
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
            // One of the two must match.
            ("0 0 13 * FRI", "2030-01-05T00:00:00Z", "2030-01-11T00:00:00Z"),
            ("0 0 13 * FRI", "2030-01-11T00:00:00Z", "2030-01-13T00:00:00Z"),
            // Both must match, since one is a star with a step.
            ("0 0 */2 * FRI", "2030-01-01T00:00:00Z", "2030-01-11T00:00:00Z"),
            ("0 0 22 11 */7", "2026-11-22T12:00:00Z", "2037-11-22T00:00:00Z"),
            ("0 0 29 2 */7", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z"),
            ("5,10-12 9-17/4 * jan,mar *", "2030-01-31T17:12:00Z", "2030-03-01T09:05:00Z"),
        ] {
            assert_eq!(next(cron, "UTC", after), expected, "{cron}");
        }
    }

    #[test]
    fn a_clock_change_skips_no_daily_run() {
        // In Berlin, 02:00 to 03:00 is skipped on 31 March 2030 and occurs twice on 27 October.
        let berlin = |after| next("30 2 * * *", "Europe/Berlin", after);
        assert_eq!(berlin("2030-03-30T12:00:00Z"), "2030-03-31T01:30:00Z");
        assert_eq!(berlin("2030-03-31T01:30:00Z"), "2030-04-01T00:30:00Z");
        assert_eq!(berlin("2030-10-26T12:00:00Z"), "2030-10-27T00:30:00Z");
        assert_eq!(berlin("2030-10-27T00:30:00Z"), "2030-10-28T01:30:00Z");
        // A skipped time that is moved later does not come before the regular one at that time.
        let hourly = |after| next("30 * * * *", "Europe/Berlin", after);
        assert_eq!(hourly("2030-03-31T00:30:00Z"), "2030-03-31T01:30:00Z");
        assert_eq!(hourly("2030-03-31T01:30:00Z"), "2030-03-31T02:30:00Z");
    }

    #[test]
    fn frequent_times_follow_local_time_through_a_clock_change() {
        // At 01:00Z on 31 October 2027 it is 02:00 in Berlin for the second time.
        for cron in ["* * * * *", "*/5 * * * *", "0 * * * *", "0 */1 * * *"] {
            assert_eq!(next(cron, "Europe/Berlin", "2027-10-31T00:59:30Z"), "2027-10-31T01:00:00Z", "{cron}");
        }
        let times = |cron, mut after: String, count: usize| {
            let mut found = Vec::new();
            for _ in 0..count {
                after = next(cron, "Europe/Berlin", &after);
                found.push(after[11..16].to_owned());
            }
            found
        };
        let eve = || "2027-10-30T23:10:00Z".to_owned();
        assert_eq!(times("0 * * * *", eve(), 4), ["00:00", "01:00", "02:00", "03:00"]);
        assert_eq!(times("30 2,3 * * *", eve(), 3), ["00:30", "02:30", "01:30"]);
        assert_eq!(times("0 */2 * * *", eve(), 3), ["00:00", "01:00", "03:00"]);
        // 02:00 to 03:00 is skipped on 28 March 2027: with wall-clock time, nothing runs for that hour.
        let spring = || "2027-03-28T00:10:00Z".to_owned();
        assert_eq!(times("30 * * * *", spring(), 3), ["00:30", "01:30", "02:30"]);
        assert_eq!(times("0 */2 * * *", spring(), 2), ["02:00", "04:00"]);
        assert_eq!(times("30 2 * * *", spring(), 2), ["01:30", "00:30"]);
        // In Cuba, clocks are put back at one o'clock, so that the day begins twice.
        assert_eq!(next("0 * * * *", "America/Havana", "2027-11-07T04:30:00Z"), "2027-11-07T05:00:00Z");
        assert_eq!(next("0 0 * * *", "America/Havana", "2027-11-07T04:00:00Z"), "2027-11-08T05:00:00Z");
        // In the Azores, the first hour of the day occurs twice.
        assert_eq!(next("30 * * * *", "Atlantic/Azores", "2027-10-31T00:40:00Z"), "2027-10-31T01:30:00Z");
    }

    #[test]
    fn the_last_time_before_a_given_time_is_found() {
        let last = |cron: &str, zone: &str, until: &str| {
            let (cron, zone): (Cron, Zone) = (cron.parse().unwrap(), zone.parse().unwrap());
            cron.last_until(until.parse().unwrap(), &zone).unwrap().to_string()
        };
        assert_eq!(last("0 5 * * *", "UTC", "2030-01-01T13:52:00Z"), "2030-01-01T05:00:00Z");
        assert_eq!(last("0 5 * * *", "UTC", "2030-01-01T05:00:00Z"), "2030-01-01T05:00:00Z");
        assert_eq!(last("0 5 * * *", "UTC", "2030-01-01T04:59:59Z"), "2029-12-31T05:00:00Z");
        assert_eq!(last("0 0 29 2 *", "UTC", "2030-01-01T00:00:00Z"), "2028-02-29T00:00:00Z");
        assert_eq!(last("0 * * * *", "Europe/Berlin", "2027-10-31T01:30:00Z"), "2027-10-31T01:00:00Z");
        assert_eq!(last("30 2 * * *", "Europe/Berlin", "2027-10-31T01:45:00Z"), "2027-10-31T00:30:00Z");
    }

    #[test]
    fn an_invalid_crontab_or_time_zone_is_refused() {
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

    /// Zones with offsets of whole and half hours, in both hemispheres, with changes at midnight and at
    /// three.
    const ZONES: [&str; 8] = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "America/Havana",
        "Atlantic/Azores",
        "Africa/Cairo",
        "UTC",
    ];

    /// Whether a moment matches a cron expression, computed from the wall-clock time of that moment
    /// alone.
    fn is_moment(cron: &Cron, at: Timestamp, zone: &Zone) -> bool {
        let moment = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap();
        let zoned = moment.to_zoned_datetime(zone.zone.clone());
        let (hour, minute) = (zoned.hour().unsigned_abs(), zoned.minute().unsigned_abs());
        cron.has_day(zoned.date()) && cron.hours.has(hour) && cron.minutes.has(minute) && zoned.second() == 0
    }

    proptest! {
        #[test]
        fn times_with_any_hour_are_exactly_the_local_times(
            minute in field(0, 59),
            hour in prop_oneof![Just("*".to_owned()), (1_u8..6).prop_map(|step| format!("*/{step}"))],
            zone in prop::sample::select(&ZONES[..]),
            // Around the clock changes of 2026 to 2030.
            after in 1_770_000_000_i64..1_900_000_000,
        ) {
            let cron: Cron = format!("{minute} {hour} * * *").parse().unwrap();
            let zone: Zone = zone.parse().unwrap();
            let after = Timestamp::from_micros(after / 60 * 60_000_000);
            let next = cron.next_after(after, &zone).unwrap();
            prop_assert!(is_moment(&cron, next, &zone));
            let minutes = (next.as_micros() - after.as_micros()) / 60_000_000;
            for n in 1..minutes {
                prop_assert!(!is_moment(&cron, after.plus_seconds(60 * n), &zone));
            }
            prop_assert_eq!(cron.last_until(next, &zone), Some(next));
            prop_assert!(cron.last_until(next.plus_seconds(-1), &zone).unwrap() <= after);
        }

        #[test]
        fn a_fixed_time_comes_once_a_day_in_every_time_zone(
            minute in 0_u8..60,
            hour in 0_u8..24,
            zone in prop::sample::select(&ZONES[..]),
            after in 1_770_000_000_i64..1_900_000_000,
        ) {
            let cron: Cron = format!("{minute} {hour} * * *").parse().unwrap();
            let zone: Zone = zone.parse().unwrap();
            let mut at = Timestamp::from_micros(after * 1_000_000);
            let mut days = Vec::new();
            for _ in 0..5 {
                let next = cron.next_after(at, &zone).unwrap();
                prop_assert!(next > at);
                prop_assert_eq!(cron.last_until(next, &zone), Some(next));
                let moment = jiff::Timestamp::from_microsecond(next.as_micros()).unwrap();
                days.push(moment.to_zoned_datetime(zone.zone.clone()).date());
                at = next;
            }
            for pair in days.windows(2) {
                prop_assert_eq!(pair[0].tomorrow().unwrap(), pair[1]);
            }
        }

        #[test]
        fn parsing_a_crontab_never_panics(text in any::<String>()) {
            let _ = text.parse::<Cron>();
        }

        #[test]
        fn the_next_time_matches_and_is_the_first_to_match(
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
            // No minute before it matches, as far as it is worth searching.
            let minutes = ((next.as_micros() - after.as_micros()) / 60_000_000).min(3_000);
            for n in 1..minutes {
                prop_assert!(!is_time(next.plus_seconds(-60 * n)));
            }
        }
    }
}
