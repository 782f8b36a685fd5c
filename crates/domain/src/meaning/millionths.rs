//! Numbers with six decimals, which are stored exactly.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MICROS_PER_UNIT: f64 = 1e6;

/// A number from 0 to `MOST` with six decimals. `MOST` is at most 10⁹, so that each is exact as an `f64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths<const MOST: u32>(i64);

/// The error for a number out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 0 to {0}")]
pub struct OutOfBounds(u32);

impl<const MOST: u32> Millionths<MOST> {
    /// The number rounded to six decimals.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] if it is not from 0 to `MOST`.
    pub fn from_f64(value: f64) -> Result<Self, OutOfBounds> {
        if !(0.0..=f64::from(MOST)).contains(&value) {
            return Err(OutOfBounds(MOST));
        }
        // At most 10¹⁵, so the conversion cuts nothing off.
        Ok(Self((value * MICROS_PER_UNIT).round() as i64))
    }

    /// The number that is stored as so many millionths; `None` if it is out of bounds.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (0..=i64::from(MOST) * 1_000_000).contains(&micros).then_some(Self(micros))
    }

    /// The number.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_UNIT
    }

    /// The number in millionths.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl<const MOST: u32> Serialize for Millionths<MOST> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.as_f64())
    }
}

impl<'de, const MOST: u32> Deserialize<'de> for Millionths<MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_f64(f64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

impl<const MOST: u32> JsonSchema for Millionths<MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("NumberUpTo{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": MOST, "examples": [0.85] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_decimals_and_are_written_as_they_were() {
        let read = |text: &str| serde_json::from_str::<Millionths<10>>(text);
        for text in ["0.0", "0.85", "1e-6", "1.0", "9.999999", "10.0"] {
            let number = read(text).unwrap();
            assert_eq!(serde_json::to_string(&number).unwrap(), text);
            assert_eq!(Millionths::from_micros(number.micros()), Some(number));
        }
        assert_eq!(read("0.0000004").unwrap().micros(), 0);
        assert_eq!(read("-0.0").unwrap().micros(), 0);
        for text in ["-0.1", "10.1", "1e400", "\"1\"", "null"] {
            assert!(read(text).is_err(), "{text}");
        }
        for value in [f64::NAN, f64::INFINITY, -1.0, 11.0] {
            assert_eq!(Millionths::<10>::from_f64(value), Err(OutOfBounds(10)));
        }
        assert_eq!(Millionths::<10>::from_micros(10_000_001), None);
        assert_eq!(Millionths::<10>::from_micros(-1), None);
    }
}
