//! Figures about lists.

use std::collections::HashSet;

use bailiwick_domain::row_query::Scalar;

use crate::groups::values_as_bytes;
use crate::scalars::ScalarType;

/// A figure of one field over all objects of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Least,
    Greatest,
    Sum,
    Average,
}

/// All of them.
pub(crate) const AGGREGATES: [Aggregate; 4] =
    [Aggregate::Least, Aggregate::Greatest, Aggregate::Sum, Aggregate::Average];

impl Aggregate {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Least => "min",
            Self::Greatest => "max",
            Self::Sum => "sum",
            Self::Average => "avg",
        }
    }

    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Least => "The smallest value of each field; null if there is none.",
            Self::Greatest => "The greatest value of each field; null if there is none.",
            Self::Sum => "The sum of each field; null if no object has a value.",
            Self::Average => "The mean of each field; null if no object has a value.",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        AGGREGATES.into_iter().find(|aggregate| aggregate.name() == name)
    }

    /// Whether fields of this type have it.
    pub(crate) const fn is_for(self, scalar: ScalarType) -> bool {
        match self {
            Self::Least | Self::Greatest => {
                matches!(
                    scalar,
                    ScalarType::String
                        | ScalarType::Int
                        | ScalarType::Bigint
                        | ScalarType::Float
                        | ScalarType::Timestamptz
                )
            }
            Self::Sum | Self::Average => {
                matches!(scalar, ScalarType::Int | ScalarType::Bigint | ScalarType::Float)
            }
        }
    }

    /// The figure of some values.
    pub(crate) fn of<'v>(self, values: impl Iterator<Item = &'v Scalar>) -> Scalar {
        let present = values.filter(|value| **value != Scalar::Null);
        let order = |one: &&Scalar, other: &&Scalar| one.compare(other).unwrap_or(std::cmp::Ordering::Equal);
        match self {
            Self::Least => present.min_by(order).cloned().unwrap_or_default(),
            Self::Greatest => present.max_by(order).cloned().unwrap_or_default(),
            Self::Sum => sum(present).map_or(Scalar::Null, |(sum, _)| sum),
            Self::Average => match sum(present) {
                Some((Scalar::Integer(sum), count)) => Scalar::Number(sum as f64 / count),
                Some((Scalar::Number(sum), count)) => Scalar::Number(sum / count),
                _ => Scalar::Null,
            },
        }
    }
}

/// The sum of some numbers, and how many there are; `None` if there are none. Integers that are too large together are
/// summed as numbers with decimals.
fn sum<'v>(values: impl Iterator<Item = &'v Scalar>) -> Option<(Scalar, f64)> {
    let (mut exact, mut rough, mut count, mut is_exact) = (0_i64, 0.0, 0.0, true);
    for value in values {
        match value {
            Scalar::Integer(number) => {
                match exact.checked_add(*number) {
                    Some(more) => exact = more,
                    None => is_exact = false,
                }
                rough += *number as f64;
            }
            Scalar::Number(number) => {
                is_exact = false;
                rough += number;
            }
            _ => continue,
        }
        count += 1.0;
    }
    (count > 0.0).then_some((if is_exact { Scalar::Integer(exact) } else { Scalar::Number(rough) }, count))
}

/// How many rows there are: with columns, those with a value in each of them; `distinct` counts equal ones once.
pub(crate) fn count<'v>(
    rows: impl Iterator<Item = &'v Vec<Scalar>>,
    columns: &[usize],
    is_distinct: bool,
) -> i64 {
    let has =
        |row: &Vec<Scalar>, column: &usize| row.get(*column).is_some_and(|value| *value != Scalar::Null);
    let counted = rows.filter(|row| columns.iter().all(|column| has(row, column)));
    let number = if is_distinct && !columns.is_empty() {
        counted.map(|row| values_as_bytes(row, columns)).collect::<HashSet<_>>().len()
    } else {
        counted.count()
    };
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_leave_out_missing_values() {
        let values = [Scalar::Integer(3), Scalar::Null, Scalar::Integer(4)];
        let of = |aggregate: Aggregate| aggregate.of(values.iter());
        assert_eq!(of(Aggregate::Least), Scalar::Integer(3));
        assert_eq!(of(Aggregate::Greatest), Scalar::Integer(4));
        assert_eq!(of(Aggregate::Sum), Scalar::Integer(7));
        assert_eq!(of(Aggregate::Average), Scalar::Number(3.5));
        assert_eq!(Aggregate::Sum.of([].iter()), Scalar::Null);
        let large = [Scalar::Integer(i64::MAX), Scalar::Integer(1)];
        assert_eq!(Aggregate::Sum.of(large.iter()), Scalar::Number(9_223_372_036_854_775_807.0));
    }

    #[test]
    fn rows_are_counted_by_their_values() {
        let rows = [vec![Scalar::Integer(1)], vec![Scalar::Null], vec![Scalar::Integer(1)]];
        assert_eq!(count(rows.iter(), &[], true), 3);
        assert_eq!(count(rows.iter(), &[0], false), 2);
        assert_eq!(count(rows.iter(), &[0], true), 1);
    }
}
