//! Batches: observations that are sent together.

use std::borrow::Cow;
use std::str::FromStr;

use crate::id::OrganizationId;
use crate::observations::column::Column;
use crate::observations::refusal::Refusal;
use crate::text::text_type::text_type;

/// The most bytes of a batch's id or of a source.
pub const BATCH_TEXT_MAX: usize = 128;

/// The error for a text that is not the id of a batch, and not a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {BATCH_TEXT_MAX} printable ASCII characters without spaces")]
pub struct BadBatchText;

fn checked(text: &str) -> Result<Box<str>, BadBatchText> {
    let fits = (1..=BATCH_TEXT_MAX).contains(&text.len());
    if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(text.into()) } else { Err(BadBatchText) }
}

macro_rules! batch_text {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Box<str>);

        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn as_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = BadBatchText;

            fn from_str(text: &str) -> Result<Self, BadBatchText> {
                checked(text).map(Self)
            }
        }

        text_type!($type, "minLength": 1, "maxLength": BATCH_TEXT_MAX, "pattern": "^[!-~]+$");
    };
}

batch_text!(
    /// The id that a source gives a batch, so that sending it again has no effect. A source uses an id once in
    /// seven days.
    BatchId
);
batch_text!(
    /// What sends batches: an agent, or a key. Ids of batches are its own.
    BatchSource
);

/// What happens to a batch of which some observations are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRefusal {
    /// The others are stored.
    StoreOthers,
    /// Nothing is stored.
    StoreNothing,
}

/// Observations that are sent together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The organization that owns the nodes.
    pub organization: OrganizationId,
    /// Who sends it.
    pub source: BatchSource,
    /// The source's id for it, if the source gives one.
    pub id: Option<BatchId>,
    /// What happens if some observations are refused.
    pub on_refusal: OnRefusal,
    /// The observations.
    pub columns: Vec<Column>,
}

impl BatchSource {
    /// All agents together, which send the metrics of their hosts.
    pub fn agents() -> Self {
        Self("agents".into())
    }

    /// The server itself, which moves observations of nodes that were merged.
    pub fn merges() -> Self {
        Self("merges".into())
    }

    /// Whether it is counted for the audit trail how much the source sends.
    pub fn is_counted(&self) -> bool {
        *self != Self::agents() && *self != Self::merges()
    }
}

impl Batch {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.columns.iter().map(|column| column.times.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchAnswer {
    /// How many values were stored.
    pub stored: u64,
    /// How many values were stored before, and so had no effect.
    pub known: u64,
    /// How many values were refused.
    pub refused: u64,
    /// Whether the batch had been sent before. The numbers are those of the first time, and the refusals are not
    /// repeated.
    pub is_repeated: bool,
    /// The values that were refused, with reasons, in the order of their lines: the first
    /// [`REFUSALS_MAX`](crate::observations::refusal::REFUSALS_MAX).
    pub refusals: Vec<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_batch_is_visible_ascii() {
        for text in ["7", "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f", "agent:12/34"] {
            assert!(text.parse::<BatchId>().is_ok(), "{text}");
        }
        for text in ["", "a b", "ä", "a\n", &"x".repeat(129)] {
            assert_eq!(text.parse::<BatchId>(), Err(BadBatchText), "{text:?}");
        }
    }
}
