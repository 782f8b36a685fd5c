//! Points in time.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use jiff::fmt::temporal::Pieces;

use crate::text::text_type::text_type;

/// 1970-01-01T00:00:00.
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// A point in time: microseconds since 1970-01-01T00:00:00Z. As text it is RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999999Z, the last time that RFC 3339 can express.
const LAST: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// The time that is `micros` microseconds after the Unix epoch, clamped to the years 1970 to 9999.
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
        match EPOCH.checked_add(SignedDuration::from_micros(self.0)) {
            Ok(time) => format!("{time}Z").into(),
            Err(_) => self.0.to_string().into(),
        }
    }
}

/// The error for a text that is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time from 1970 to 9999, such as 2030-01-31T08:00:00Z")]
pub struct NotATime;

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        // jiff's own `Timestamp` is not used here, since its range ends a day before the last time of
        // RFC 3339.
        let pieces = Pieces::parse(text).map_err(|_| NotATime)?;
        let (Some(time), Some(offset), None) =
            (pieces.time(), pieces.to_numeric_offset(), pieces.time_zone_annotation())
        else {
            return Err(NotATime);
        };
        let since_epoch = pieces.date().to_datetime(time).duration_since(EPOCH);
        let since_epoch = since_epoch.checked_sub(SignedDuration::from_secs(i64::from(offset.seconds())));
        let micros = i64::try_from(since_epoch.ok_or(NotATime)?.as_micros()).map_err(|_| NotATime)?;
        (0..=LAST).contains(&micros).then_some(Self(micros)).ok_or(NotATime)
    }
}

text_type!(Timestamp, "format": "date-time", "examples": ["2030-01-31T08:00:00Z"]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_read_and_written_as_rfc_3339() {
        let time: Timestamp = "2026-11-23T14:00:00+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-23T13:00:00Z");
        assert_eq!(time.to_string().parse(), Ok(time));
        for (text, ours) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
            ("9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("1969-12-31T23:30:00-00:30", "1970-01-01T00:00:00Z"),
            ("2026-11-23T14:00:00.5Z", "2026-11-23T14:00:00.5Z"),
            ("2024-02-29T12:00:00.25-11:30", "2024-02-29T23:30:00.25Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().map(|time| time.to_string()).as_deref(), Ok(ours), "{text}");
        }
        assert_eq!(time.plus_seconds(-3600).to_string(), "2026-11-23T12:00:00Z");
    }

    #[test]
    fn an_invalid_timestamp_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-11-23",
            "2026-11-23T14:00:00",
            "1969-12-31T23:59:59Z",
            "9999-12-31T23:59:59-00:01",
            "2026-02-29T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATime), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_timestamp_is_written_and_parsed_as_jiff_does(micros in 0..=LAST) {
            let time = Timestamp::from_micros(micros);
            proptest::prop_assert_eq!(time.to_string().parse(), Ok(time));
            if let Ok(theirs) = jiff::Timestamp::from_microsecond(micros) {
                proptest::prop_assert_eq!(time.to_string(), theirs.to_string());
            }
        }

        #[test]
        fn parsing_a_timestamp_never_panics(text in "[0-9TZ:.+\\-]{0,30}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
