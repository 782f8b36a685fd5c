//! TCP ports.

use std::borrow::Cow;
use std::num::NonZeroU16;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// A TCP port: 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Port(NonZeroU16);

/// The error for a number that is not a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a port from 1 to 65535, found {0}")]
pub struct NotAPort(i64);

impl Port {
    /// The port as a number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl TryFrom<i64> for Port {
    type Error = NotAPort;

    fn try_from(number: i64) -> Result<Self, NotAPort> {
        let port = u16::try_from(number).ok().and_then(NonZeroU16::new);
        port.map(Self).ok_or(NotAPort(number))
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        i64::deserialize(from)?.try_into().map_err(D::Error::custom)
    }
}

impl JsonSchema for Port {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": u16::MAX, "examples": [3306] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_have_sixteen_bits_and_are_not_zero() {
        for number in [1, 3306, 65_535] {
            assert_eq!(Port::try_from(number).map(|port| i64::from(port.get())), Ok(number));
        }
        for number in [0, -1, 65_536, i64::MAX] {
            assert_eq!(Port::try_from(number), Err(NotAPort(number)));
        }
        let error = serde_json::from_str::<Port>("70000").unwrap_err();
        assert!(error.to_string().starts_with("expected a port from 1 to 65535, found 70000"), "{error}");
    }
}
