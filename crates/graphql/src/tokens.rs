//! Counts the tokens of a document before it is parsed, which takes longer than to count them (GraphQL, October 2021,
//! section 2.1).

/// What a document consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The number of its tokens.
    pub(crate) tokens: usize,
    /// The bytes of its longest name or number.
    pub(crate) longest_name: usize,
}

/// Counts the tokens of a document, but not more than `most + 1`: what follows is not looked at. Strings that do not end
/// and characters that no token has are left to the parser.
pub(crate) fn count_tokens(document: &str, most: usize) -> Counted {
    let mut rest = document.as_bytes();
    let mut counted = Counted::default();
    while let Some(first) = rest.first() {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = match first {
            b'#' => {
                let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            b'"' => string(rest),
            byte if is_name(byte) => {
                let length = rest.iter().take_while(|byte| is_name(byte)).count();
                counted.longest_name = counted.longest_name.max(length);
                length
            }
            _ => 1,
        };
        counted.tokens += 1;
        if counted.tokens > most {
            break;
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    counted
}

/// The length of the string that a text begins with, or of the text if the string does not end.
fn string(text: &[u8]) -> usize {
    let quotes: &[u8] = if text.starts_with(b"\"\"\"") { b"\"\"\"" } else { b"\"" };
    if quotes.len() == 1 && text.starts_with(b"\"\"") {
        return 2;
    }
    let mut at = quotes.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quotes) {
            return at + quotes.len();
        }
        at += if rest.starts_with(b"\\") { 2 } else { 1 };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_without_what_separates_them() {
        for (document, tokens) in [
            ("", 0),
            ("{ a }", 3),
            ("{a,b c}", 5),
            ("# nothing { } here\n{ a } # end", 3),
            (r#"{ a(b: "c d { \" e", f: "") }"#, 11),
            (r#"{ a(b: """c " d""", e: $f) }"#, 12),
            (r#"{ a(b: "no end }"#, 6),
            ("query Q($a: [Int!]! = [1, -2]) { b }", 21),
        ] {
            assert_eq!(count_tokens(document, 100).tokens, tokens, "{document}");
        }
        assert_eq!(count_tokens(&"a ".repeat(1_000), 10).tokens, 11);
        assert_eq!(count_tokens("\"\\", 10).tokens, 1);
        let counted = count_tokens(r#"{ abc(a: "longer than names") 12 }"#, 100);
        assert_eq!(counted, Counted { tokens: 9, longest_name: 3 });
    }
}
