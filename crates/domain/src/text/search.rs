//! Free-text search: each word of the query must occur, in any case.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type::text_type;

/// The most characters in a query.
pub const SEARCH_MAX: usize = 200;
/// The most words in a query; each becomes a condition of a database query.
pub const SEARCH_WORDS_MAX: usize = 8;

/// A search query: 1 to 8 words, each of which must occur, in any order and any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(String);

/// The error for a text that is not a search query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected 1 to {SEARCH_WORDS_MAX} words, at most {SEARCH_MAX} characters, none of them control characters"
)]
pub struct BadSearch;

/// Folds case. It works letter by letter, so that a part of a text is folded in the same way as the
/// whole.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// The searchable text of an object, made of the values that people search for.
pub fn searchable<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut text = String::new();
    for part in parts.into_iter().flatten() {
        // The line break between two values keeps a word from matching across both.
        if !text.is_empty() {
            text.push('\n');
        }
        text.extend(fold(part));
    }
    text
}

impl Search {
    /// The words of the query, with case folded.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.0.split_whitespace().map(|word| fold(word).collect())
    }

    /// Whether every word occurs in a [searchable] text.
    pub fn matches(&self, searchable: &str) -> bool {
        self.words().all(|word| searchable.contains(&word))
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl FromStr for Search {
    type Err = BadSearch;

    fn from_str(text: &str) -> Result<Self, BadSearch> {
        let words = text.split_whitespace().count();
        if !(1..=SEARCH_WORDS_MAX).contains(&words)
            || text.chars().count() > SEARCH_MAX
            || text.chars().any(char::is_control)
        {
            return Err(BadSearch);
        }
        Ok(Self(text.to_owned()))
    }
}

text_type!(Search, "minLength": 1, "maxLength": SEARCH_MAX, "examples": ["db berlin"]);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(search: &str, parts: &[&str]) -> bool {
        search.parse::<Search>().unwrap().matches(&searchable(parts.iter().copied().map(Some)))
    }

    #[test]
    fn a_search_requires_every_word() {
        assert!(found("DB berlin", &["berlin-db-1", "10.0.0.5"]));
        assert!(found("0.5 SÜD", &["Werk Süd", "10.0.0.5"]));
        assert!(!found("db bonn", &["berlin-db-1", "10.0.0.5"]));
        assert!(!found("ab", &["a", "b"]));
    }

    #[test]
    fn an_empty_or_too_long_search_is_refused() {
        for text in ["", "  ", "a\0", "a b c d e f g h i", &"x".repeat(201)] {
            assert_eq!(text.parse::<Search>(), Err(BadSearch), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_search_finds_a_part_of_a_value(value in "\\PC{1,40}", from in 0_usize..40, length in 1_usize..8) {
            let part: String = value.chars().skip(from).take(length).collect();
            if let Ok(search) = part.parse::<Search>() {
                prop_assert!(search.matches(&searchable([Some("other"), None, Some(&value)])));
            }
        }
    }
}
