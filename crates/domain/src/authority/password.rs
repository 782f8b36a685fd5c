//! Passwords that people choose.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// The fewest characters of a password. (NIST SP 800-63B-4, section 3.1.1.2, requires 15 if it is the
/// only factor and 8 with another one; people choose a password before they set up a second factor.)
pub const PASSWORD_MIN: usize = 12;
/// The most characters of a password.
pub const PASSWORD_MAX: usize = 256;

/// A new password: 12 to 256 characters of any kind. It is never shown.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// The error for a text that is not allowed as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {PASSWORD_MIN} to {PASSWORD_MAX} characters")]
pub struct BadPassword;

impl Password {
    /// The password, for hashing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Password {
    type Err = BadPassword;

    fn from_str(text: &str) -> Result<Self, BadPassword> {
        if (PASSWORD_MIN..=PASSWORD_MAX).contains(&text.chars().count()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(BadPassword)
        }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Password".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "password",
            "writeOnly": true,
            "minLength": PASSWORD_MIN,
            "maxLength": PASSWORD_MAX,
            "examples": ["correct horse battery staple"],
        })
    }
}

/// A password that a person enters to log in: at most 256 characters, for comparison. It is never
/// shown.
#[derive(Clone)]
pub struct PresentedPassword(Zeroizing<String>);

impl PresentedPassword {
    /// The password, for comparison.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PresentedPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for PresentedPassword {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(from)?);
        if text.chars().count() > PASSWORD_MAX {
            return Err(serde::de::Error::custom(format!("expected at most {PASSWORD_MAX} characters")));
        }
        Ok(Self(text))
    }
}

impl JsonSchema for PresentedPassword {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PresentedPassword".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "password",
            "writeOnly": true,
            "maxLength": PASSWORD_MAX,
            "examples": ["correct horse battery staple"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_a_bounded_length_and_are_hidden() {
        assert!("elevenchars".parse::<Password>().is_err());
        assert!("twelve chars".parse::<Password>().is_ok());
        assert!("ü".repeat(256).parse::<Password>().is_ok());
        assert!("x".repeat(257).parse::<Password>().is_err());
        let error = serde_json::from_str::<Password>("\"hunter2\"").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert_eq!(format!("{:?}", "correct horse battery".parse::<Password>().unwrap()), "[secret]");
    }
}
