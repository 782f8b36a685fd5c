//! Patterns of `LIKE`.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// A pattern of `LIKE` (ISO/IEC 9075-2): `%` stands for any characters, `_` for one, and `\` makes the character
/// after it ordinary.
#[derive(Clone, Debug)]
pub struct Pattern {
    parts: Vec<Part>,
    /// Whether ASCII letters match in upper and lower case. Other letters match exactly.
    is_any_case: bool,
    /// The pattern, compiled at its first match: regular expressions are matched in linear time. `None` if it is too
    /// large to compile; it matches nothing then.
    regex: OnceLock<Option<Regex>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts && self.is_any_case == other.is_any_case
    }
}

impl Eq for Pattern {}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    This(char),
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str, is_any_case: bool) -> Self {
        let (mut parts, mut characters) = (Vec::new(), text.chars());
        while let Some(character) = characters.next() {
            let part = match character {
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::This(characters.next().unwrap_or('\\')),
                other => Part::This(other),
            };
            // Several `%` in a row are one.
            if !(part == Part::Any && parts.last() == Some(&Part::Any)) {
                parts.push(part);
            }
        }
        Self { parts, is_any_case, regex: OnceLock::new() }
    }

    /// Whether ASCII letters match in upper and lower case.
    pub const fn is_any_case(&self) -> bool {
        self.is_any_case
    }

    /// The pattern as an operand of `LIKE … ESCAPE '\'`; in lower case if it [matches in any case](Self::is_any_case).
    pub fn for_like(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Any => text.push('%'),
                Part::One => text.push('_'),
                Part::This(character) => {
                    if matches!(character, '%' | '_' | '\\') {
                        text.push('\\');
                    }
                    let lower = if self.is_any_case { character.to_ascii_lowercase() } else { *character };
                    text.push(lower);
                }
            }
        }
        text
    }

    /// The pattern as an operand of SQLite's `GLOB`, which distinguishes upper and lower case.
    pub fn for_glob(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Any => text.push('*'),
                Part::One => text.push('?'),
                Part::This(character @ ('*' | '?' | '[')) => text.extend(['[', *character, ']']),
                Part::This(character) => text.push(*character),
            }
        }
        text
    }

    /// Whether a text matches. Takes as many steps as the text is long.
    pub fn matches(&self, text: &str) -> bool {
        let regex = self
            .regex
            .get_or_init(|| RegexBuilder::new(&self.for_regex()).dot_matches_new_line(true).build().ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// The pattern as a regular expression.
    fn for_regex(&self) -> String {
        let mut text = String::from(r"\A");
        for part in &self.parts {
            match part {
                Part::Any => text.push_str(".*"),
                Part::One => text.push('.'),
                Part::This(letter) if self.is_any_case && letter.is_ascii_alphabetic() => {
                    text.extend(['[', letter.to_ascii_lowercase(), letter.to_ascii_uppercase(), ']']);
                }
                Part::This(character) => text.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
            }
        }
        text.push_str(r"\z");
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, tried in every way.
    fn naive(parts: &[Part], text: &[char]) -> bool {
        match (parts.first(), text.first()) {
            (None, None) => true,
            (Some(Part::Any), _) => {
                naive(&parts[1..], text) || (!text.is_empty() && naive(parts, &text[1..]))
            }
            (Some(Part::One), Some(_)) => naive(&parts[1..], &text[1..]),
            (Some(Part::This(one)), Some(other)) => one == other && naive(&parts[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[ab%_]{0,8}", text in "[ab]{0,10}") {
            let text_chars: Vec<char> = text.chars().collect();
            let pattern = Pattern::new(&pattern, false);
            prop_assert_eq!(pattern.matches(&text), naive(&pattern.parts, &text_chars));
        }

        #[test]
        fn a_pattern_is_written_as_it_is_read(text in r"[a-c%_\\*?\[]{0,10}") {
            let pattern = Pattern::new(&text, false);
            prop_assert_eq!(Pattern::new(&pattern.for_like(), false), pattern);
        }
    }

    #[test]
    fn escaped_signs_are_ordinary_characters() {
        let pattern = Pattern::new(r"50\%\_[a]%", true);
        assert!(pattern.matches("50%_[A] of it"));
        assert!(!pattern.matches("50 _[A]"));
        assert_eq!(pattern.for_glob(), "50%_[[]a]*");
        assert!(!Pattern::new("A%", false).matches("ab"));
    }

    #[test]
    fn matching_takes_linear_time() {
        // With steps for the product of the lengths, this takes minutes.
        let text = "a".repeat(1_000_000);
        for pattern in
            [format!("%{}b%", "a".repeat(180)), format!("%{}b%", "a_".repeat(90)), "%a%a%a%a%b".to_owned()]
        {
            assert!(!Pattern::new(&pattern, false).matches(&text));
            assert!(!Pattern::new(&pattern, true).matches(&text));
        }
    }
}
