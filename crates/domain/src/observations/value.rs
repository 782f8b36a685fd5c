//! The values of observations.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observations::kind::Kind;
use crate::text::text_type::text_type;

/// The most bytes of a word.
pub const WORD_MAX: usize = 2_048;

/// A word: a state such as `ACTIVE`, or the code of an alarm. At most 2,048 bytes without control characters. It may
/// be empty, because sources send empty states.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Box<str>);

/// The error for a text that is not a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at most {WORD_MAX} bytes of text without control characters")]
pub struct BadWord;

impl Word {
    /// The word as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl FromStr for Word {
    type Err = BadWord;

    fn from_str(text: &str) -> Result<Self, BadWord> {
        if text.len() <= WORD_MAX && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(BadWord)
        }
    }
}

text_type!(Word, "maxLength": WORD_MAX, "examples": ["ACTIVE"]);

/// A finite number: not NaN, and not an infinity. The two zeros are one number.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Quantity(f64);

/// The error for NaN and the infinities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a finite number")]
pub struct NotFinite;

impl Quantity {
    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Quantity {
    type Error = NotFinite;

    fn try_from(number: f64) -> Result<Self, NotFinite> {
        // Adding zero turns -0.0 into 0.0.
        if number.is_finite() { Ok(Self(number + 0.0)) } else { Err(NotFinite) }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::try_from(f64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// How severe an alarm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlarmLevel {
    /// Nothing has to be done.
    Notice,
    /// Something may have to be done soon. The machine continues.
    Warning,
    /// Something has to be done. The machine may have stopped.
    Fault,
}

impl AlarmLevel {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Warning, Self::Fault];

    /// The level as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }

    /// The number by which the database stores the level: 1 to 3.
    pub const fn number(self) -> i64 {
        match self {
            Self::Notice => 1,
            Self::Warning => 2,
            Self::Fault => 3,
        }
    }

    /// The level with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

/// An alarm that begins or ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// The code by which the machine names it.
    pub code: Word,
    /// How severe it is.
    pub level: AlarmLevel,
    /// Whether it is on from this time, or off.
    pub on: bool,
}

/// The value of an observation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ObservationValue")]
pub enum Value {
    /// A state.
    State(Word),
    /// The reading of a counter.
    Count(i64),
    /// A number.
    Quantity(Quantity),
    /// An alarm.
    Alarm(Alarm),
}

impl Value {
    /// The kind of metric that has such values.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::State(_) => Kind::State,
            Self::Count(_) => Kind::Count,
            Self::Quantity(_) => Kind::Quantity,
            Self::Alarm(_) => Kind::Alarm,
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(word) => write!(f, "{word}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Quantity(quantity) => write!(f, "{}", quantity.0),
            Self::Alarm(Alarm { code, level, on }) => {
                write!(f, "{code} {} {}", level.as_str(), if *on { "on" } else { "off" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_finite_and_has_one_zero() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Quantity::try_from(number), Err(NotFinite));
        }
        let zero = Quantity::try_from(-0.0).unwrap().get();
        assert_eq!(zero.to_bits(), 0.0_f64.to_bits());
        assert_eq!(Quantity::try_from(f64::MIN_POSITIVE).unwrap().get(), f64::MIN_POSITIVE);
    }

    #[test]
    fn a_word_is_bounded_in_bytes() {
        assert!("".parse::<Word>().is_ok());
        assert!("ä".repeat(1_024).parse::<Word>().is_ok());
        assert_eq!("ä".repeat(1_025).parse::<Word>(), Err(BadWord));
        assert_eq!("a\0".parse::<Word>(), Err(BadWord));
    }

    #[test]
    fn levels_of_alarms_are_ordered_and_numbered() {
        assert!(AlarmLevel::ALL.is_sorted());
        for level in AlarmLevel::ALL {
            assert_eq!(AlarmLevel::from_number(level.number()), Some(level));
        }
        assert_eq!(AlarmLevel::from_number(0), None);
    }
}
