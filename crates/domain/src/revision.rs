//! Revisions: version numbers by which an edit names the state that it is based on.

use serde::{Deserialize, Serialize};

/// How many times an object was written, from 1. In HTTP it is the strong entity tag `"N"` (RFC 9110,
/// section 8.8.3).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Revision(#[schemars(range(min = 1), example = 1)] i64);

impl Revision {
    /// The revision of a new object.
    pub const FIRST: Self = Self(1);

    /// The revision with this number, as read from the database.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The revision after the next write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The entity tag `"N"`.
    pub fn etag(self) -> String {
        format!("\"{}\"", self.0)
    }

    /// Reads an entity tag. Weak ones (`W/"3"`) are accepted too, since proxies weaken tags when they
    /// compress.
    pub fn from_etag(tag: &str) -> Option<Self> {
        let tag = tag.trim();
        tag.strip_prefix("W/")
            .unwrap_or(tag)
            .strip_prefix('"')?
            .strip_suffix('"')?
            .parse()
            .ok()
            .filter(|n| *n >= 1)
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_parsed_from_its_etag() {
        let third = Revision::FIRST.next().next();
        assert_eq!(third.etag(), "\"3\"");
        assert_eq!(Revision::from_etag("\"3\""), Some(third));
        assert_eq!(Revision::from_etag(" W/\"3\" "), Some(third));
        for tag in ["3", "\"\"", "\"0\"", "\"-1\"", "\"x\"", "*"] {
            assert_eq!(Revision::from_etag(tag), None, "{tag}");
        }
    }
}
