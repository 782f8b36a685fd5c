//! The names by which a client chooses updates to install.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type::text_type;

/// The most characters of an update's name.
pub const NAME_MAX: usize = 200;

/// The name of an update to install, as a scan reported it, or one of its references: `openssl`,
/// `KB5034441`, `RHSA-2026:1234`. It cannot be mistaken for a command-line option.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpdateName(String);

/// The error for a text that is not the name of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected 1 to {NAME_MAX} letters, digits and `._+~:^@{{}}-`, beginning with a letter, digit, `_` or `{{`"
)]
pub struct BadUpdateName;

impl UpdateName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for UpdateName {
    type Err = BadUpdateName;

    fn from_str(text: &str) -> Result<Self, BadUpdateName> {
        let begins = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'{');
        let follows = |byte: u8| begins(byte) || b".+~:^@}-".contains(&byte);
        let fits = text.len() <= NAME_MAX && text.bytes().next().is_some_and(begins);
        if fits && text.bytes().all(follows) { Ok(Self(text.to_owned())) } else { Err(BadUpdateName) }
    }
}

text_type!(
    UpdateName,
    "pattern": r"^[0-9A-Za-z_{][0-9A-Za-z_{}.+~:^@-]*$",
    "minLength": 1,
    "maxLength": NAME_MAX,
    "examples": ["openssl"],
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_update_name_is_never_a_command_line_option() {
        for name in ["g++", "libc6:i386", "KB5034441", "RHSA-2026:1234", "patch:SUSE-2026-1", "_x", "{1-a}"] {
            assert_eq!(name.parse::<UpdateName>().unwrap().as_str(), name);
        }
        for name in ["", "-y", "--root=/", "a b", "a;b", "*", "a/stable", "a=1", "a\n", "ä", "+x", "@group"]
        {
            assert_eq!(name.parse::<UpdateName>(), Err(BadUpdateName), "{name:?}");
        }
        assert!(
            "a".repeat(200).parse::<UpdateName>().is_ok() && "a".repeat(201).parse::<UpdateName>().is_err()
        );
    }

    proptest! {
        #[test]
        fn an_update_name_has_only_allowed_characters(text in any::<String>()) {
            if let Ok(name) = text.parse::<UpdateName>() {
                prop_assert!(!name.as_str().starts_with(['-', '+', '@', '.', '/']));
                prop_assert!(!name.as_str().contains(|c: char| c.is_control() || c.is_whitespace()));
            }
        }
    }
}
