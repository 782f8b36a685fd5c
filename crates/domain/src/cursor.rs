//! Cursors: where the next page of a list begins.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::text::text_type;

/// The most characters of a cursor as text.
pub const CURSOR_MAX: usize = 4_096;

/// The last row of a page, opaque to clients: base64url of a small JSON array.
///
/// It grants nothing: a list is held to its caller's reach whatever the cursor says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position(String, Mark, String);

/// The value by which a list is sorted, in the last row of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mark {
    /// A number or a time in microseconds.
    Number(i64),
    /// A text.
    Text(String),
}

/// Where the next page of a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(Position);

impl Cursor {
    /// After the row whose value of `sort` is `mark` and whose id is `id`.
    pub fn after(sort: &str, mark: Mark, id: impl Into<String>) -> Self {
        Self(Position(sort.to_owned(), mark, id.into()))
    }

    /// The order of the list that it was made for.
    pub fn sort(&self) -> &str {
        &self.0.0
    }

    /// The last row's value of what the list is sorted by.
    pub fn mark(&self) -> &Mark {
        &self.0.1
    }

    /// The last row's id.
    pub fn id(&self) -> &str {
        &self.0.2
    }

    fn as_text(&self) -> Cow<'_, str> {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).unwrap_or_default()).into()
    }
}

/// Why a text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a `next_cursor` of the same list in the same order")]
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
        fn never_panics(text in any::<String>()) {
            let _ = text.parse::<Cursor>();
        }

        #[test]
        fn reads_what_it_writes(sort in "-?[a-z_]{1,12}", number in any::<Option<i64>>(), text in any::<String>()) {
            let mark = number.map_or_else(|| Mark::Text(text.clone()), Mark::Number);
            let cursor = Cursor::after(&sort, mark, text.clone());
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }
}
