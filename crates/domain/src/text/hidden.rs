//! Hidden characters: those that are invisible, or that change how the rest of a text is displayed.

/// A hidden character: two names that differ only in it look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden(char);

impl std::fmt::Display for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = u32::from(self.0);
        write!(
            f,
            "expected no invisible characters and no characters that change the direction of the text, found U+{code:04X}"
        )
    }
}

/// The first hidden character of a text: format characters (Unicode's category Cf), characters that are
/// not displayed (Default_Ignorable_Code_Point), line and paragraph separators, and blank letters.
pub fn hidden(text: &str) -> Option<Hidden> {
    text.chars().find(|c| is_hidden(*c)).map(Hidden)
}

/// Whether a character is one of those that [`hidden`] finds.
pub const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Refuses a text with hidden characters that a client sends. Texts that are in the database already
/// stay valid.
pub(crate) fn refuse_hidden(text: &str) -> Result<(), Hidden> {
    hidden(text).map_or(Ok(()), Err)
}
