//! Cursors: positions in a list at which the next page begins.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::text::text_type::text_type;

/// The most characters of a cursor as text.
pub const CURSOR_MAX: usize = 4_096;

/// The sort order, and the sort value and id of the last row of a page. Opaque to clients: base64url of
/// a JSON array.
///
/// A cursor grants nothing: a list is limited to its caller's reach, whatever the cursor says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position(String, Mark, String);

/// The sort value of the last row of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mark {
    /// A number or a time in microseconds.
    Number(i64),
    /// A text.
    Text(String),
}

/// The position at which the next page of a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Position);

impl Cursor {
    /// The position after the row whose value of `sort` is `mark` and whose id is `id`.
    pub fn after(sort: &str, mark: Mark, id: impl Into<String>) -> Self {
        Self(Position(sort.to_owned(), mark, id.into()))
    }

    /// The sort order of the list that the cursor belongs to.
    pub fn sort(&self) -> &str {
        &self.0.0
    }

    /// The sort value of the last row.
    pub fn mark(&self) -> &Mark {
        &self.0.1
    }

    /// The id of the last row.
    pub fn id(&self) -> &str {
        &self.0.2
    }

    fn as_text(&self) -> Cow<'_, str> {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).unwrap_or_default()).into()
    }
}

/// The error for a text that is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a `next_cursor` from the same list in the same order")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        if text.len() > CURSOR_MAX {
            return Err(BadCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| BadCursor)
    }
}

text_type!(Cursor, "maxLength": CURSOR_MAX);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parsing_a_cursor_never_panics(text in any::<String>()) {
            let _ = text.parse::<Cursor>();
        }

        #[test]
        fn a_cursor_is_parsed_from_its_text(sort in "-?[a-z_]{1,12}", number in any::<Option<i64>>(), text in any::<String>()) {
            let mark = number.map_or_else(|| Mark::Text(text.clone()), Mark::Number);
            let cursor = Cursor::after(&sort, mark, text.clone());
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }
}
