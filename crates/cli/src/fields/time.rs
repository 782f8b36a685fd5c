//! Times as people write them: dates, days of the week, and durations, all in UTC.

use anyhow::anyhow;
use bailiwick_domain::time::Timestamp;

use super::duration;

const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;
/// The days of the week, from the first of January 1970.
const WEEKDAYS: [&str; 7] = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The part of a day that a date without a time means in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// The day's first moment.
    Begins,
    /// The day's last second, for what ends.
    LastSecond,
    /// The first moment of the next day, for what is compared as earlier than it.
    NextDay,
}

impl Edge {
    fn of(name: &str) -> Self {
        match name {
            "until" => Self::NextDay,
            _ if name == "expires_at" || name.ends_with("_until") || name.ends_with("ends_at") => {
                Self::LastSecond
            }
            _ => Self::Begins,
        }
    }

    const fn seconds(self) -> i64 {
        match self {
            Self::Begins => 0,
            Self::LastSecond => DAY - 1,
            Self::NextDay => DAY,
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Begins => "its beginning",
            Self::LastSecond | Self::NextDay => "its end",
        }
    }
}

/// A time as it was understood, and what to say about it if it was not written in full.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Understood {
    pub(super) text: String,
    pub(super) note: Option<String>,
}

/// The time that a text means in a field. `is_past` is whether durations count back.
pub(super) fn understood(
    name: &str,
    text: &str,
    now: Timestamp,
    is_past: bool,
) -> anyhow::Result<Understood> {
    let text = text.trim();
    let edge = Edge::of(name);
    if text.parse::<Timestamp>().is_ok() {
        return Ok(Understood { text: text.to_owned(), note: None });
    }
    let today = now.as_micros().div_euclid(MICROS).div_euclid(DAY);
    // A bare number could be a year.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let at = match duration::seconds(text) {
        Ok(seconds) if is_past => now.plus_seconds(-seconds),
        Ok(seconds) if !is_number => now.plus_seconds(seconds),
        _ => match day(text, today, is_past) {
            Some(day) => moment(day * DAY + edge.seconds()),
            None => clock(text).ok_or_else(|| anyhow!("{}", expected(edge)))?,
        },
    };
    let verb = if name == "expires_at" { "expires " } else { "" };
    let option = name.replace('_', "-");
    let note = (edge != Edge::Begins).then(|| format!("--{option}: {verb}{}", in_words(at, now)));
    Ok(Understood { text: at.to_string(), note })
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds.saturating_mul(MICROS))
}

fn expected(edge: Edge) -> String {
    format!(
        "expected a time such as 2030-01-31T08:00:00Z or \"2030-01-31 08:00\" (UTC), a date such as 2030-01-31 \
         ({} in UTC), a day such as friday, or a duration such as 12h or 3d",
        edge.in_words()
    )
}

/// The day since 1970 that a date or the name of a day means: a name means the next such day, or the last one.
fn day(text: &str, today: i64, is_past: bool) -> Option<i64> {
    let word = text.to_lowercase();
    match word.as_str() {
        "today" => return Some(today),
        "tomorrow" => return Some(today + 1),
        "yesterday" => return Some(today - 1),
        _ => {}
    }
    let is_name = |name: &&&str| word == **name || word.len() >= 3 && word == name[..3];
    if let Some(wanted) = WEEKDAYS.iter().position(|name| is_name(&name)) {
        let wanted = i64::try_from(wanted).ok()?;
        let ahead = (wanted - today).rem_euclid(7);
        return Some(if is_past && ahead > 0 { today + ahead - 7 } else { today + ahead });
    }
    if text.len() != 10 {
        return None;
    }
    let begins: Timestamp = format!("{text}T00:00:00Z").parse().ok()?;
    Some(begins.as_micros().div_euclid(MICROS).div_euclid(DAY))
}

/// A time without a zone, or without seconds: it is in UTC.
fn clock(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let full = match time.len() {
        5 => format!("{date}T{time}:00Z"),
        8 => format!("{date}T{time}Z"),
        _ => return None,
    };
    full.parse().ok()
}

/// A time as `Fri 4 Dec 2026 23:59:59 UTC, in 3 days`.
fn in_words(at: Timestamp, now: Timestamp) -> String {
    let text = at.to_string();
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<usize>().ok());
    let days = at.as_micros().div_euclid(MICROS).div_euclid(DAY);
    let weekday = usize::try_from(days.rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day)).copied();
    let weekday = weekday.and_then(|name| name.get(..3)).unwrap_or_default();
    let weekday: String =
        weekday.char_indices().map(|(n, c)| if n == 0 { c.to_ascii_uppercase() } else { c }).collect();
    let month = number(5..7).and_then(|month| MONTHS.get(month.wrapping_sub(1))).copied().unwrap_or_default();
    let (year, day) = (text.get(..4).unwrap_or_default(), number(8..10).unwrap_or_default());
    let time = text.get(11..19).unwrap_or_default();
    format!("{weekday} {day} {month} {year} {time} UTC, {}", distance(at, now))
}

/// How far away a time is.
fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = (at.as_micros() - now.as_micros()).div_euclid(MICROS);
    let (count, unit) = match seconds.abs() {
        seconds if seconds >= DAY => (seconds / DAY, "day"),
        seconds if seconds >= 3_600 => (seconds / 3_600, "hour"),
        seconds => (seconds / 60, "minute"),
    };
    let many = if count == 1 { "" } else { "s" };
    if seconds < 0 { format!("{count} {unit}{many} ago") } else { format!("in {count} {unit}{many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const NOW: &str = "2026-11-30T23:50:00Z";

    fn at(name: &str, text: &str, is_past: bool) -> String {
        understood(name, text, NOW.parse().unwrap(), is_past).unwrap().text
    }

    #[test]
    fn a_date_is_the_end_of_the_day_for_what_ends() {
        assert_eq!(at("expires_at", "2026-12-04", false), "2026-12-04T23:59:59Z");
        assert_eq!(at("until", "2026-12-04", true), "2026-12-05T00:00:00Z");
        assert_eq!(at("since", "2026-12-04", true), "2026-12-04T00:00:00Z");
        assert_eq!(at("expires_at", "2026-12-04T18:00:00Z", false), "2026-12-04T18:00:00Z");
    }

    #[test]
    fn days_of_the_week_times_without_a_zone_and_durations_are_understood() {
        for text in ["friday", "Fri", "FRIDAY"] {
            assert_eq!(at("expires_at", text, false), "2026-12-04T23:59:59Z", "{text}");
        }
        assert_eq!(at("expires_at", "monday", false), "2026-11-30T23:59:59Z");
        assert_eq!(at("since", "friday", true), "2026-11-27T00:00:00Z");
        assert_eq!(at("expires_at", "tomorrow", false), "2026-12-01T23:59:59Z");
        for text in ["2026-12-04T18:00", "2026-12-04 18:00", "2026-12-04 18:00:00"] {
            assert_eq!(at("expires_at", text, false), "2026-12-04T18:00:00Z", "{text}");
        }
        assert_eq!(at("expires_at", "3d", false), "2026-12-03T23:50:00Z");
        assert_eq!(at("since", "1d", true), "2026-11-29T23:50:00Z");
    }

    #[test]
    fn what_was_understood_is_said_and_an_error_names_the_forms() {
        let now = NOW.parse().unwrap();
        let note = understood("expires_at", "2026-12-04", now, false).unwrap().note.unwrap();
        assert_eq!(note, "--expires-at: expires Fri 4 Dec 2026 23:59:59 UTC, in 4 days");
        for text in ["", "someday", "2026-13-01", "fr", "18:00", "2026-12-04T18", "2026"] {
            let error = understood("expires_at", text, now, false).unwrap_err().to_string();
            assert!(error.contains("friday") && error.contains("its end in UTC"), "{text}: {error}");
        }
    }
}
