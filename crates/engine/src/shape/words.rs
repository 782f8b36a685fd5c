//! Parameters that are some of a few words, separated by commas.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// One of the words of a parameter. Implemented by [`words!`](crate::words).
pub trait Word: Copy + PartialEq + 'static {
    /// Every word, with its text.
    const ALL: &'static [(&'static str, Self)];
}

/// Some of the words, each once, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words<W>(pub Vec<W>);

impl<W> Default for Words<W> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<W: Word> Words<W> {
    /// Whether a word is among them.
    pub fn has(&self, word: W) -> bool {
        self.0.contains(&word)
    }
}

/// The error for a text that is not some of the words.
#[derive(Debug, thiserror::Error)]
#[error("expected some of {expected}, separated by commas; found {found}")]
pub struct NotTheWords {
    expected: String,
    found: String,
}

/// The most characters of a word that an error shows.
const SHOWN: usize = 40;

fn texts<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|(text, _)| *text).collect()
}

impl<W: Word> FromStr for Words<W> {
    type Err = NotTheWords;

    fn from_str(text: &str) -> Result<Self, NotTheWords> {
        let mut words = Vec::new();
        for found in text.split(',').map(str::trim) {
            let Some((_, word)) = W::ALL.iter().find(|(text, _)| *text == found) else {
                let found =
                    if found.is_empty() { "nothing".into() } else { found.chars().take(SHOWN).collect() };
                return Err(NotTheWords { expected: texts::<W>().join(", "), found });
            };
            if !words.contains(word) {
                words.push(*word);
            }
        }
        Ok(Self(words))
    }
}

impl<'de, W: Word> Deserialize<'de> for Words<W> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<W: Word> JsonSchema for Words<W> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (each, all) = (texts::<W>().join("|"), texts::<W>().join(","));
        json_schema!({
            "type": "string",
            "pattern": format!("^({each})(,({each}))*$"),
            "examples": [all],
        })
    }
}

/// Makes an enum of the words of a parameter.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $vis:vis $type:ident { $($word:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $type {
            $($word),+
        }

        impl $crate::shape::words::Word for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$word)),+];
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        /// Colours.
        Colour { Red = "red", Blue = "blue" }
    }

    #[test]
    fn words_are_separated_by_commas_and_count_once() {
        let words = |text: &str| text.parse::<Words<Colour>>().map(|words| words.0);
        assert_eq!(words("blue, red,blue").unwrap(), [Colour::Blue, Colour::Red]);
        for (text, found) in [("red,green", "green"), ("", "nothing"), ("red,", "nothing"), ("Red", "Red")] {
            let expected = format!("expected some of red, blue, separated by commas; found {found}");
            assert_eq!(words(text).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
