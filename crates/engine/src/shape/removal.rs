//! Answers of deletions.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Dependant, Dependants, Effect};

/// How many dependent objects the answer lists for each noun.
pub const ITEMS_MAX: u32 = 20;
/// How many of them the audit entry lists.
pub const AUDIT_TARGETS_MAX: usize = 100;

/// What was deleted, or would be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Removal {
    /// True if nothing was deleted because the request was a dry run.
    pub dry_run: bool,
    /// What was deleted or changed, by noun; with `dry_run`, what would be.
    pub removed: Vec<Removed>,
}

/// The effect on the objects of one noun.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Removed {
    /// The noun of the objects.
    #[schemars(example = &"sites")]
    pub noun: &'static str,
    /// What happened to them.
    pub effect: Effect,
    /// How many there are.
    pub count: i64,
    /// The first of them, at most 20; none if the caller may not read them.
    pub items: Vec<Dependant>,
}

impl Removal {
    /// The object itself, and the objects that depend on it.
    pub fn of(noun: &'static str, object: Dependant, dependants: Vec<Dependants>, dry_run: bool) -> Self {
        let mut removed = vec![Removed { noun, effect: Effect::Deleted, count: 1, items: vec![object] }];
        removed.extend(dependants.into_iter().filter(|d| d.count > 0).map(|dependants| {
            let Dependants { noun, effect, count, items } = dependants;
            Removed { noun, effect, count, items }
        }));
        Self { dry_run, removed }
    }
}
