//! Names for people, details, descriptions, and slugs for URLs.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type::text_type;

/// The most characters of a name.
pub const NAME_MAX: usize = 255;

/// The most characters of a slug, as in a DNS label (RFC 1035, section 2.3.4).
pub const SLUG_MAX: usize = 63;

/// The most characters of a detail.
pub const DETAIL_MAX: usize = 255;

/// The most characters of a code.
pub const CODE_MAX: usize = 100;

/// The most characters of a description.
pub const DESCRIPTION_MAX: usize = 2_000;

/// A name for people: 1 to 255 characters, no control characters, no space at the beginning or end. From a client
/// it has no hidden characters and does not look like an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is not a name, slug, detail or description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Its length is out of bounds.
    #[error("expected 1 to {most} characters, found {found}")]
    Length {
        /// The most characters allowed.
        most: usize,
        /// The number of characters found.
        found: usize,
    },
    /// It has a control character, or a space at the beginning or end.
    #[error("expected no control characters and no space at the beginning or end")]
    Characters,
    /// It does not have the form of a slug.
    #[error("expected lower-case letters, digits and hyphens, beginning and ending with a letter or digit")]
    Slug,
    /// It looks like an id.
    #[error("expected a text that does not look like an id")]
    LooksLikeAnId,
}

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// Whether a text looks like an id, that is, a UUID with hyphens.
pub(crate) fn looks_like_an_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Refuses a name that looks like an id: it would be found in place of the object with this id, once that one is deleted.
pub fn refuse_id(text: &str) -> Result<(), BadName> {
    if looks_like_an_id(text) { Err(BadName::LooksLikeAnId) } else { Ok(()) }
}

fn checked(text: &str, most: usize, control: impl Fn(char) -> bool) -> Result<String, BadName> {
    let found = text.chars().count();
    if found == 0 || found > most {
        return Err(BadName::Length { most, found });
    }
    if text.chars().any(control) || text.trim() != text {
        return Err(BadName::Characters);
    }
    Ok(text.to_owned())
}

impl FromStr for Name {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        checked(text, NAME_MAX, char::is_control).map(Self)
    }
}

text_type!(found_by Name, "minLength": 1, "maxLength": NAME_MAX, "examples": ["Berlin plant"]);

/// A short fact about an object: a region, a model, a serial number. 1 to 255 characters, no control
/// characters, no space at the beginning or end. An unknown detail is absent, never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Detail(String);

impl Detail {
    /// The detail as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Detail {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        checked(text, DETAIL_MAX, char::is_control).map(Self)
    }
}

text_type!(seen Detail, "minLength": 1, "maxLength": DETAIL_MAX);

/// A text by which people and other systems name something, such as a job or a part: 1 to 100 characters, no control
/// characters, no space at the beginning or end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

impl Code {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Code {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        checked(text, CODE_MAX, char::is_control).map(Self)
    }
}

text_type!(seen Code, "minLength": 1, "maxLength": CODE_MAX, "examples": ["J-1024"]);

/// A description in a few sentences: at most 2,000 characters, line breaks allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// The description as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Description {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        checked(text, DESCRIPTION_MAX, |c| c.is_control() && c != '\n' && c != '\t').map(Self)
    }
}

text_type!(Description, "minLength": 1, "maxLength": DESCRIPTION_MAX, "examples": ["Nightly inventory report"]);

/// A short name for URLs: 1 to 63 characters out of `a-z`, `0-9` and `-`, as in a DNS label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Slug {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let found = text.chars().count();
        if found == 0 || found > SLUG_MAX {
            return Err(BadName::Length { most: SLUG_MAX, found });
        }
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !text.bytes().all(inner) || text.starts_with('-') || text.ends_with('-') {
            return Err(BadName::Slug);
        }
        refuse_id(text)?;
        Ok(Self(text.to_owned()))
    }
}

text_type!(
    Slug,
    "minLength": 1,
    "maxLength": SLUG_MAX,
    "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
    "examples": ["acme"],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_printable() {
        assert!("Werk Süd, Halle 3".parse::<Name>().is_ok());
        assert!("x".repeat(255).parse::<Name>().is_ok());
        assert_eq!("x".repeat(256).parse::<Name>(), Err(BadName::Length { most: 255, found: 256 }));
        assert_eq!("".parse::<Name>(), Err(BadName::Length { most: 255, found: 0 }));
        for text in [" a", "a ", "a\nb", "a\0"] {
            assert_eq!(text.parse::<Name>(), Err(BadName::Characters), "{text:?}");
        }
        assert_eq!("".parse::<Detail>(), Err(BadName::Length { most: 255, found: 0 }));
        assert!("two\nlines".parse::<Description>().is_ok());
    }

    #[test]
    fn invisible_characters_are_refused_from_clients_only() {
        for hidden in [
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2028}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            let text = format!("a{hidden}b");
            assert!(text.parse::<Name>().is_ok(), "a name that was stored earlier cannot be read");
            let error = serde_json::from_value::<Name>(text.clone().into()).unwrap_err().to_string();
            assert!(error.contains(&format!("U+{:04X}", u32::from(hidden))), "{error}");
            assert!(serde_json::from_value::<Detail>(text.into()).is_err());
        }
        for text in ["Werk Süd", "工場", "מפעל", "مصنع", "ⅷ–½ €", "a\u{a0}b", "🏭"] {
            assert!(serde_json::from_value::<Name>(text.into()).is_ok(), "{text}");
        }
    }

    #[test]
    fn names_that_look_like_ids_are_refused_from_clients_only() {
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        assert!(id.parse::<Name>().is_ok(), "a name that was stored earlier cannot be read");
        for text in [id.to_owned(), id.to_uppercase()] {
            let error = serde_json::from_value::<Name>(text.into()).unwrap_err().to_string();
            assert_eq!(error, BadName::LooksLikeAnId.to_string());
        }
        assert!(serde_json::from_value::<Detail>(id.into()).is_ok(), "a serial number may look like one");
    }

    #[test]
    fn slugs_are_dns_labels_and_never_ids() {
        for text in ["a", "acme", "acme-2", "0"] {
            assert!(text.parse::<Slug>().is_ok(), "{text}");
        }
        for text in ["", "-a", "a-", "Acme", "a_b", "ä", "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"] {
            assert!(text.parse::<Slug>().is_err(), "{text}");
        }
    }
}
