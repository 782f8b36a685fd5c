//! What a deletion answers.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Dependant, Dependants, Effect};

/// How many of those that depend on something are named one by one.
pub(crate) const ITEMS_MAX: u32 = 20;
/// How many of them the audit trail names.
pub(crate) const TARGETS_MAX: usize = 100;

/// What was deleted, or would be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Removal {
    /// True if nothing was deleted, only found out.
    pub dry_run: bool,
    /// What was deleted and what else became of it, by noun; with `dry_run`, what would.
    pub removed: Vec<Removed>,
}

/// What became of the objects of one noun.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Removed {
    /// What they are.
    #[schemars(example = &"sites")]
    pub noun: &'static str,
    /// What became of them.
    pub effect: Effect,
    /// How many there are.
    pub count: i64,
    /// The first of them, at most 20.
    pub items: Vec<Dependant>,
}

impl Removal {
    /// One object and what depended on it.
    pub(crate) fn of(
        noun: &'static str,
        object: Dependant,
        dependants: Vec<Dependants>,
        dry_run: bool,
    ) -> Self {
        let mut removed = vec![Removed { noun, effect: Effect::Deleted, count: 1, items: vec![object] }];
        removed.extend(dependants.into_iter().filter(|d| d.count > 0).map(|dependants| {
            let Dependants { noun, effect, count, items } = dependants;
            Removed { noun, effect, count, items }
        }));
        Self { dry_run, removed }
    }
}
