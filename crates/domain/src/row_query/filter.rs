//! What rows must meet.

use std::cmp::Ordering;

use crate::row_query::{Pattern, Scalar};

/// What a row must meet. As in SQL, a comparison with a missing value is neither met nor not met, so that neither it
/// nor its negation finds the row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowFilter {
    /// All of these; any row meets none of them.
    All(Vec<Self>),
    /// At least one of these; no row meets none of them.
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
    In(Vec<Scalar>),
    /// It is none of these.
    NotIn(Vec<Scalar>),
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
            Self::In(others) => among(value, others),
            Self::NotIn(others) => among(value, others).map(|is| !is),
            Self::IsNull(is_null) => Some((*value == Scalar::Null) == *is_null),
            Self::Like(pattern) => match value {
                Scalar::Text(text) => Some(pattern.matches(text)),
                _ => None,
            },
        }
    }
}

/// Whether a value is one of others. No value is among none, not even a missing one.
fn among(value: &Scalar, others: &[Scalar]) -> Option<bool> {
    joined(others.iter().map(|other| value.compare(other).map(Ordering::is_eq)), true)
}
