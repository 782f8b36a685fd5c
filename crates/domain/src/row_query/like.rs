//! Patterns of `LIKE`.

/// A pattern of `LIKE` (ISO/IEC 9075-2): `%` stands for any characters, `_` for one, and `\` makes the character
/// after it ordinary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
    /// Whether ASCII letters match in upper and lower case. Other letters match exactly.
    is_any_case: bool,
}

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
        Self { parts, is_any_case }
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

    /// Whether a text matches. Takes at most the product of the two lengths in steps.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let same = |one: char, other: char| {
            if self.is_any_case { one.eq_ignore_ascii_case(&other) } else { one == other }
        };
        let (mut at, mut part) = (0, 0);
        // After the last `%`: the part that follows it, and where in the text that part was tried.
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.parts.get(part) {
                Some(Part::Any) => {
                    retry = Some((part + 1, at));
                    part += 1;
                }
                Some(Part::One) => (at, part) = (at + 1, part + 1),
                Some(Part::This(character)) if same(*character, text[at]) => (at, part) = (at + 1, part + 1),
                _ => match retry {
                    Some((after, tried)) => {
                        (at, part) = (tried + 1, after);
                        retry = Some((after, tried + 1));
                    }
                    None => return false,
                },
            }
        }
        self.parts[part..].iter().all(|part| *part == Part::Any)
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
}
