//! Points in time.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999999Z, the last time that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// From microseconds since the Unix epoch, held to the years 1970 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < 0 {
            0
        } else if micros > LAST {
            LAST
        } else {
            micros
        })
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        (self.0 / 1_000) as u64
    }

    /// The time `seconds` later; earlier if negative.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    fn as_text(&self) -> Cow<'_, str> {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => time.to_string().into(),
            Err(_) => self.0.to_string().into(),
        }
    }
}

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time from 1970 to 9999, such as 2030-01-31T08:00:00Z")]
pub struct NotATime;

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let time: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        let micros = time.as_microsecond();
        (0..=LAST).contains(&micros).then_some(Self(micros)).ok_or(NotATime)
    }
}

text_type!(Timestamp, "format": "date-time", "examples": ["2030-01-31T08:00:00Z"]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc_3339() {
        let time: Timestamp = "2026-11-23T14:00:00+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-23T13:00:00Z");
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!(time.plus_seconds(-3600).to_string(), "2026-11-23T12:00:00Z");
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2026-11-23", "2026-11-23T14:00:00", "1969-12-31T23:59:59Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATime), "{text}");
        }
    }
}
