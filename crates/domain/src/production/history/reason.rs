//! Reasons of downtime: a tree, and each reason as the path to it.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type::text_type;

/// The most levels of a reason.
pub const REASON_LEVELS_MAX: usize = 8;
/// The most characters of one level.
pub const REASON_LEVEL_MAX: usize = 100;

/// Why a machine was down: the levels of a tree from the top, separated by `|`, as in `Setup|Tool change`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(String);

/// Why a text is not a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReason {
    /// It has too many levels.
    #[error("expected 1 to {REASON_LEVELS_MAX} levels separated by |, such as Setup|Tool change")]
    Levels,
    /// A level is malformed.
    #[error(
        "expected 1 to {REASON_LEVEL_MAX} characters in each level, no control characters and no space at its beginning or end"
    )]
    Level,
}

impl Reason {
    /// The reason as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its levels, from the top of the tree.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.0.split('|')
    }

    /// The reason above it in the tree; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('|').map(|(parent, _)| Self(parent.to_owned()))
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Reason {
    type Err = BadReason;

    fn from_str(text: &str) -> Result<Self, BadReason> {
        if text.split('|').take(REASON_LEVELS_MAX + 1).count() > REASON_LEVELS_MAX {
            return Err(BadReason::Levels);
        }
        for level in text.split('|') {
            let length = level.chars().take(REASON_LEVEL_MAX + 1).count();
            let is_long = length == 0 || length > REASON_LEVEL_MAX;
            if is_long || level.trim() != level || level.contains(char::is_control) {
                return Err(BadReason::Level);
            }
        }
        Ok(Self(text.to_owned()))
    }
}

text_type!(
    found_by Reason,
    "minLength": 1,
    "maxLength": REASON_LEVELS_MAX * (REASON_LEVEL_MAX + 1) - 1,
    "examples": ["Setup|Tool change"],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_path_in_a_tree() {
        let reason: Reason = "Setup|Tool change".parse().unwrap();
        assert_eq!(reason.levels().collect::<Vec<_>>(), ["Setup", "Tool change"]);
        assert_eq!(reason.parent().unwrap().as_str(), "Setup");
        assert_eq!(reason.parent().unwrap().parent(), None);
        for (text, error) in [
            ("", BadReason::Level),
            ("Setup|", BadReason::Level),
            ("Setup| Tool", BadReason::Level),
            ("Set\nup", BadReason::Level),
            ("a|b|c|d|e|f|g|h|i", BadReason::Levels),
        ] {
            assert_eq!(text.parse::<Reason>(), Err(error), "{text:?}");
        }
        assert_eq!("x".repeat(101).parse::<Reason>(), Err(BadReason::Level));
        assert!("a|b|c|d|e|f|g|h".parse::<Reason>().is_ok());
    }
}
