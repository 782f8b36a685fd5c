//! Questions to a list: which of its rows, in which order, and which members of them.
//!
//! A row is one object of a list, as the members of its REST answer. The databases answer a [`RowQuery`] in SQL;
//! [`RowQuery::answer`] answers it from rows in memory. Both find the same rows; rows that are equal in the order of the
//! question may come in another order.

mod filter;
mod kind;
mod like;
mod order;
mod scalar;

pub use filter::{Comparison, MemberCondition, RowFilter, Values};
pub use kind::MemberKind;
pub use like::Pattern;
pub use order::{Nulls, RowOrder};
pub use scalar::{BadScalar, Scalar};

/// A question to a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowQuery {
    /// The members to read, in the order of the answer's columns.
    pub members: Vec<String>,
    /// What rows must meet.
    pub filter: RowFilter,
    /// The order: by the first, rows that are equal there by the second, and so on.
    pub order: Vec<RowOrder>,
    /// How many rows at the beginning are left out.
    pub offset: u32,
    /// The most rows to return; `None` for all.
    pub limit: Option<u32>,
}

impl RowQuery {
    /// The names of all members that the question reads, each once: those of the answer, then those of the filter and
    /// the order.
    pub fn reads(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let of_order = self.order.iter().map(|order| order.member.as_str());
        for name in self.members.iter().map(String::as_str).chain(self.filter.reads()).chain(of_order) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Answers the question from rows in memory, which have the members [`reads`](Self::reads) in that order. Rows that
    /// are equal in [`order`](Self::order) stay in the order in which they are given.
    pub fn answer(&self, rows: Vec<Vec<Scalar>>) -> Vec<Vec<Scalar>> {
        let names = self.reads();
        let at = |name: &str| names.iter().position(|known| *known == name);
        let mut rows = rows;
        rows.retain(|row| self.filter.is_met(&|name| at(name).and_then(|at| row.get(at))));
        let places: Vec<Option<usize>> = self.order.iter().map(|order| at(&order.member)).collect();
        rows.sort_by(|one, other| {
            let each = self.order.iter().zip(&places);
            each.fold(std::cmp::Ordering::Equal, |so_far, (order, place)| {
                so_far.then_with(|| {
                    place.map_or(std::cmp::Ordering::Equal, |at| order.compare(&one[at], &other[at]))
                })
            })
        });
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        let width = self.members.len();
        let wanted = rows.into_iter().skip(self.offset as usize).take(limit);
        wanted
            .map(|mut row| {
                row.truncate(width);
                row
            })
            .collect()
    }
}

/// The rows that answer a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// For each row, the values of the members that were asked for.
    pub rows: Vec<Vec<Scalar>>,
    /// Whether more rows match than may be answered at once. Then `rows` are not all of them.
    pub is_cut: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(filter: RowFilter, order: Vec<RowOrder>) -> Vec<i64> {
        let rows = vec![
            vec![Scalar::Integer(1), Scalar::Text("b".into())],
            vec![Scalar::Integer(2), Scalar::Null],
            vec![Scalar::Integer(3), Scalar::Text("a".into())],
            vec![Scalar::Integer(4), Scalar::Text("b".into())],
        ];
        let members = vec!["id".into(), "name".into()];
        let query = RowQuery { members, filter, order, ..RowQuery::default() };
        let number = |row: Vec<Scalar>| match row[0] {
            Scalar::Integer(number) => number,
            _ => 0,
        };
        query.answer(rows).into_iter().map(number).collect()
    }

    fn name(comparison: Comparison) -> RowFilter {
        RowFilter::member("name", comparison)
    }

    #[test]
    fn a_missing_value_meets_no_comparison_and_not_its_negation_either() {
        let is_b = || name(Comparison::Equal(Scalar::Text("b".into())));
        assert_eq!(ask(is_b(), vec![]), [1, 4]);
        assert_eq!(ask(RowFilter::Not(Box::new(is_b())), vec![]), [3]);
        assert_eq!(ask(name(Comparison::IsNull(true)), vec![]), [2]);
        let not_among = |values: Vec<Scalar>| name(Comparison::NotIn(Values::new(values)));
        assert_eq!(ask(not_among(vec![Scalar::Text("a".into())]), vec![]), [1, 4]);
        assert_eq!(ask(not_among(vec![]), vec![]), [1, 2, 3, 4]);
        assert_eq!(ask(not_among(vec![Scalar::Null]), vec![]), [] as [i64; 0]);
        assert_eq!(ask(RowFilter::Any(vec![]), vec![]), [] as [i64; 0]);
        assert_eq!(ask(RowFilter::All(vec![]), vec![]), [1, 2, 3, 4]);
    }

    #[test]
    fn nulls_are_last_unless_the_order_says_otherwise() {
        let by = |is_descending, nulls| RowOrder { member: "name".into(), is_descending, nulls };
        assert_eq!(ask(RowFilter::default(), vec![by(false, Nulls::Last)]), [3, 1, 4, 2]);
        assert_eq!(ask(RowFilter::default(), vec![by(false, Nulls::First)]), [2, 3, 1, 4]);
        assert_eq!(ask(RowFilter::default(), vec![by(true, Nulls::First)]), [2, 1, 4, 3]);
        assert_eq!(ask(RowFilter::default(), vec![by(true, Nulls::Last)]), [1, 4, 3, 2]);
    }

    #[test]
    fn members_that_only_the_filter_reads_are_not_in_the_answer() {
        let query = RowQuery {
            members: vec!["id".into()],
            filter: name(Comparison::GreaterThan(Scalar::Text("a".into()))),
            offset: 1,
            limit: Some(1),
            ..RowQuery::default()
        };
        assert_eq!(query.reads(), ["id", "name"]);
        let row = |id, name: &str| vec![Scalar::Integer(id), Scalar::Text(name.into())];
        assert_eq!(query.answer(vec![row(1, "b"), row(2, "c"), row(3, "d")]), [[Scalar::Integer(2)]]);
    }
}
