//! What a deletion answers.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Dependants;

/// What was deleted, or would be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Removal {
    /// True if nothing was deleted, only found out.
    pub dry_run: bool,
    /// What was deleted, by noun; with `dry_run`, what would be.
    pub removed: Vec<Removed>,
}

/// How many objects of one noun.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Removed {
    /// What they are.
    #[schemars(example = &"sites")]
    pub noun: &'static str,
    /// How many.
    pub count: i64,
}

impl Removal {
    /// One object and what depended on it.
    pub(crate) fn of(noun: &'static str, dependants: &[Dependants], dry_run: bool) -> Self {
        let mut removed = vec![Removed { noun, count: 1 }];
        removed.extend(
            dependants.iter().filter(|d| d.count > 0).map(|d| Removed { noun: d.noun, count: d.count }),
        );
        Self { dry_run, removed }
    }
}
