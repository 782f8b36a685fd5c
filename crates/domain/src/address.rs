//! Addresses: where a machine or a service is reached.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type;

/// The most characters of an address; a DNS name has at most 253 (RFC 1035, section 2.3.4).
pub const ADDRESS_MAX: usize = 255;

/// A host name or an IP address, as whoever entered it wrote it: 1 to 255 characters, no space and
/// no control characters. Nobody has looked it up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a host name or an IP address: 1 to {ADDRESS_MAX} characters, no space")]
pub struct BadAddress;

impl Address {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bounded = !text.is_empty() && text.chars().count() <= ADDRESS_MAX;
        if bounded && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadAddress)
        }
    }
}

text_type!(
    Address,
    "minLength": 1,
    "maxLength": ADDRESS_MAX,
    "pattern": "^\\S+$",
    "examples": ["db-1.example.net"],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_bounded_and_of_one_word() {
        for text in ["db-1", "10.0.0.5", "fe80::1%eth0", "rds_instance", &"x".repeat(255)] {
            assert!(text.parse::<Address>().is_ok(), "{text}");
        }
        for text in ["", " ", "a b", "a\n", "a\0", "\u{a0}a", &"x".repeat(256)] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress), "{text:?}");
        }
    }
}
