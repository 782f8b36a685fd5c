//! How rows are sorted by one member.

use std::cmp::Ordering;

use crate::row_query::Scalar;

/// Where rows without a value come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all others.
    First,
    /// After all others.
    Last,
}

/// How rows are sorted by one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOrder {
    /// The name of the member.
    pub member: String,
    /// Whether the greatest value comes first.
    pub is_descending: bool,
    /// Where rows without a value come.
    pub nulls: Nulls,
}

impl RowOrder {
    /// The order of two values.
    pub fn compare(&self, one: &Scalar, other: &Scalar) -> Ordering {
        let null = |value: &Scalar| *value == Scalar::Null;
        match (null(one), null(other), self.nulls) {
            (true, true, _) => Ordering::Equal,
            (true, false, Nulls::First) | (false, true, Nulls::Last) => Ordering::Less,
            (true, false, Nulls::Last) | (false, true, Nulls::First) => Ordering::Greater,
            (false, false, _) => {
                let order = one.compare(other).unwrap_or(Ordering::Equal);
                if self.is_descending { order.reverse() } else { order }
            }
        }
    }
}
