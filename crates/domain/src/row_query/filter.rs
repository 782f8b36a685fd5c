//! What rows must meet.

use std::cmp::Ordering;

use serde::Deserialize as _;

use crate::filter_tree::FilterTree;
use crate::label::Labels;
use crate::row_query::{Pattern, Scalar};
use crate::selector::Selector;

/// Values to compare with, sorted, so that one of many is found soon.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    sorted: Vec<Scalar>,
    /// Whether one of the values is missing: then no value is certain to be none of them.
    has_null: bool,
}

impl Values {
    /// Some values of one kind, in any order.
    pub fn new(mut values: Vec<Scalar>) -> Self {
        let before = values.len();
        values.retain(|value| *value != Scalar::Null);
        let has_null = values.len() < before;
        values.sort_by(|one, other| one.compare(other).unwrap_or(Ordering::Equal));
        values.dedup();
        Self { sorted: values, has_null }
    }

    /// The values, sorted, without those that are missing.
    pub fn sorted(&self) -> &[Scalar] {
        &self.sorted
    }

    /// Whether one of the values is missing.
    pub const fn has_null(&self) -> bool {
        self.has_null
    }

    /// Whether a value is one of these. No value is among none, not even a missing one.
    fn contain(&self, value: &Scalar) -> Option<bool> {
        if self.sorted.is_empty() && !self.has_null {
            return Some(false);
        }
        if *value == Scalar::Null {
            return None;
        }
        let order = |other: &Scalar| other.compare(value).unwrap_or(Ordering::Less);
        match self.sorted.binary_search_by(order) {
            Ok(_) => Some(true),
            Err(_) if self.has_null => None,
            Err(_) => Some(false),
        }
    }
}

/// What a row must meet. As in SQL, a comparison with a missing value is neither met nor not met, so that neither it
/// nor its negation finds the row.
pub type RowFilter = FilterTree<MemberCondition>;

/// A comparison with the value of one of a row's members.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberCondition {
    /// The name of the member.
    pub member: String,
    /// The comparison.
    pub comparison: Comparison,
}

/// A comparison with the value of a member. The values have the member's kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// It equals this one.
    Equal(Scalar),
    /// It is another than this one.
    NotEqual(Scalar),
    /// It is greater than this one.
    GreaterThan(Scalar),
    /// It is greater than this one, or equal.
    AtLeast(Scalar),
    /// It is less than this one.
    LessThan(Scalar),
    /// It is less than this one, or equal.
    AtMost(Scalar),
    /// It is one of these.
    In(Values),
    /// It is none of these.
    NotIn(Values),
    /// It is missing; with `false`, it is there.
    IsNull(bool),
    /// The text matches a pattern.
    Like(Pattern),
    /// The labels match a selector.
    Matches(Selector),
}

impl RowFilter {
    /// A comparison with a member.
    pub fn member(member: impl Into<String>, comparison: Comparison) -> Self {
        Self::Is(MemberCondition { member: member.into(), comparison })
    }

    /// The names of the members that it reads; a name may occur twice.
    pub fn reads(&self) -> Vec<&str> {
        self.conditions().into_iter().map(|condition| condition.member.as_str()).collect()
    }

    /// Whether a row meets it. `value` finds the row's value of a member.
    pub fn is_met<'r>(&self, value: &impl Fn(&str) -> Option<&'r Scalar>) -> bool {
        let met = |MemberCondition { member, comparison }: &MemberCondition| {
            comparison.truth(value(member).unwrap_or(&Scalar::Null))
        };
        self.truth(&met) == Some(true)
    }
}

impl Comparison {
    fn truth(&self, value: &Scalar) -> Option<bool> {
        let order = |other: &Scalar| value.compare(other);
        match self {
            Self::Equal(other) => order(other).map(Ordering::is_eq),
            Self::NotEqual(other) => order(other).map(Ordering::is_ne),
            Self::GreaterThan(other) => order(other).map(Ordering::is_gt),
            Self::AtLeast(other) => order(other).map(Ordering::is_ge),
            Self::LessThan(other) => order(other).map(Ordering::is_lt),
            Self::AtMost(other) => order(other).map(Ordering::is_le),
            Self::In(others) => others.contain(value),
            Self::NotIn(others) => others.contain(value).map(|is| !is),
            Self::IsNull(is_null) => Some((*value == Scalar::Null) == *is_null),
            Self::Like(pattern) => match value {
                Scalar::Text(text) => Some(pattern.matches(text)),
                _ => None,
            },
            Self::Matches(selector) => match value {
                Scalar::Json(value) => {
                    Labels::deserialize(value).ok().map(|labels| selector.matches(&labels))
                }
                _ => None,
            },
        }
    }
}
