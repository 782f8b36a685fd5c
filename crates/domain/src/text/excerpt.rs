//! Excerpts: the beginnings of texts that others have written, for the log and for messages.

/// At most `most` characters of a text. The last one is `…` if something is missing. The log makes hidden
/// characters visible itself.
pub fn excerpt(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_has_at_most_so_many_characters() {
        assert_eq!(excerpt("", 3), "");
        assert_eq!(excerpt("äöü", 3), "äöü");
        assert_eq!(excerpt("äöüß", 3), "äö…");
        assert_eq!(excerpt(&"A".repeat(900_000), 300).chars().count(), 300);
    }
}
