//! What rows must meet.

use std::cmp::Ordering;

use crate::row_query::{Pattern, Scalar};

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
#[derive(Clone, Debug, PartialEq)]
pub enum RowFilter {
    /// All of these. Without any, every row meets it.
    All(Vec<Self>),
    /// At least one of these. Without any, no row meets it.
    Any(Vec<Self>),
    /// Not this one.
    Not(Box<Self>),
    /// A comparison with a member's value.
    Member {
        /// The name of the member.
        member: String,
        /// The comparison.
        comparison: Comparison,
    },
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
}

impl Default for RowFilter {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl RowFilter {
    /// This filter and another one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut all) => {
                all.push(other);
                Self::All(all)
            }
            one => Self::All(vec![one, other]),
        }
    }

    /// The names of the members that it reads; a name may occur twice.
    pub fn reads(&self) -> Vec<&str> {
        match self {
            Self::All(each) | Self::Any(each) => each.iter().flat_map(Self::reads).collect(),
            Self::Not(one) => one.reads(),
            Self::Member { member, .. } => vec![member],
        }
    }

    /// Whether a row meets it. `value` finds the row's value of a member.
    pub fn is_met<'r>(&self, value: &impl Fn(&str) -> Option<&'r Scalar>) -> bool {
        self.truth(value) == Some(true)
    }

    /// True, false or unknown (`None`), in the three-valued logic of SQL (ISO/IEC 9075-2, boolean value expression).
    fn truth<'r>(&self, value: &impl Fn(&str) -> Option<&'r Scalar>) -> Option<bool> {
        match self {
            Self::All(each) => joined(each.iter().map(|one| one.truth(value)), false),
            Self::Any(each) => joined(each.iter().map(|one| one.truth(value)), true),
            Self::Not(one) => one.truth(value).map(|is| !is),
            Self::Member { member, comparison } => comparison.truth(value(member).unwrap_or(&Scalar::Null)),
        }
    }
}

/// `deciding` if one of the truths is; otherwise unknown if one of them is; otherwise the opposite.
fn joined(truths: impl Iterator<Item = Option<bool>>, deciding: bool) -> Option<bool> {
    let mut all = Some(!deciding);
    for truth in truths {
        match truth {
            Some(is) if is == deciding => return Some(deciding),
            Some(_) => {}
            None => all = None,
        }
    }
    all
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
        }
    }
}
