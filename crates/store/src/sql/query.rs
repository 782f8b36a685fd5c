//! Queries made of parts that fit together. Each part is complete: SQL text is followed by its values in the
//! same expression, so that no part has a placeholder without a value or a value without a placeholder.
//!
//! A [`Field`] is a column and the type of its values. Comparing it to values makes a [`Condition`]. A
//! [`Select`] takes conditions, and [`Ids`] are a query of one kind of ids.

use std::marker::PhantomData;

use bailiwick_domain::filter_tree::FilterTree;
use bailiwick_domain::search::Search;

use crate::sql::column::Column;
use crate::sql::statement::{Statement, Value};

/// A condition without values. The compiler refuses, in a constant, text that has a placeholder, that ends
/// where a value is missing, or whose parentheses do not match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed(&'static str);

impl Fixed {
    /// Every row meets it.
    pub(crate) const ANY: Self = Self::new("1 = 1");
    /// No row meets it.
    pub(crate) const NONE: Self = Self::new("1 = 0");

    pub(crate) const fn new(sql: &'static str) -> Self {
        let bytes = sql.as_bytes();
        let (mut n, mut open, mut last) = (0, 0_usize, b' ');
        while n < bytes.len() {
            last = bytes[n];
            assert!(last != b'$', "a condition without values has no placeholder");
            if last == b'(' {
                open += 1;
            }
            if last == b')' {
                assert!(open > 0, "a parenthesis was not opened");
                open -= 1;
            }
            n += 1;
        }
        assert!(open == 0, "a parenthesis is not closed");
        assert!(!matches!(last, b' ' | b'=' | b'<' | b'>' | b',' | b'('), "a value is missing at the end");
        Self(sql)
    }
}

/// Something that a row must meet, with its values.
#[derive(Clone, Debug)]
pub(crate) struct Condition(Statement);

impl From<Fixed> for Condition {
    fn from(fixed: Fixed) -> Self {
        Self(Statement::new(fixed.0))
    }
}

impl Condition {
    /// A condition in parentheses. `statement` must be complete.
    pub(crate) fn from_statement(statement: &Statement) -> Self {
        Self::around("(", statement, ")")
    }

    /// That a query finds a row.
    pub(crate) fn exists(query: impl Into<Statement>) -> Self {
        Self::around("EXISTS (", &query.into(), ")")
    }

    /// That a query finds no row.
    pub(crate) fn exists_not(query: impl Into<Statement>) -> Self {
        Self::around("NOT EXISTS (", &query.into(), ")")
    }

    /// That the row meets all of some conditions.
    pub(crate) fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let mut statement = Statement::new("");
        for (n, condition) in conditions.into_iter().enumerate() {
            statement.push(if n == 0 { "" } else { " AND " }).push_statement(&condition.0);
        }
        Self(statement)
    }

    /// That the row does not meet all of some conditions.
    pub(crate) fn not_all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::around("NOT (", &Self::all(conditions).0, ")")
    }

    /// That the row meets each of some conditions; any row does if there are none.
    pub(crate) fn every(conditions: Vec<Self>) -> Self {
        if conditions.is_empty() {
            Self(Statement::new("TRUE"))
        } else {
            Self::around("(", &Self::all(conditions).0, ")")
        }
    }

    /// That the row meets at least one of some conditions; no row does if there are none.
    pub(crate) fn some(conditions: Vec<Self>) -> Self {
        if conditions.is_empty() {
            return Self(Statement::new("FALSE"));
        }
        let mut statement = Statement::new("(");
        for (n, condition) in conditions.iter().enumerate() {
            statement.push(if n == 0 { "" } else { " OR " }).push_statement(&condition.0);
        }
        statement.push(")");
        Self(statement)
    }

    /// This condition, which is not met if a value that it compares is missing.
    pub(crate) fn or_false(&self) -> Self {
        Self::around("coalesce(", &self.0, ", FALSE)")
    }

    /// That the row meets a combined filter. `single` is the condition of a single one; it is told whether that is negated,
    /// or a part of what is.
    ///
    /// # Errors
    ///
    /// Those of `single`.
    pub(crate) fn of_tree<C, E>(
        tree: &FilterTree<C>,
        single: &impl Fn(&C, bool) -> Result<Self, E>,
    ) -> Result<Self, E> {
        Self::of_part(tree, single, false)
    }

    fn of_part<C, E>(
        tree: &FilterTree<C>,
        single: &impl Fn(&C, bool) -> Result<Self, E>,
        is_negated: bool,
    ) -> Result<Self, E> {
        let each = |parts: &[FilterTree<C>]| -> Result<Vec<Self>, E> {
            parts.iter().map(|part| Self::of_part(part, single, is_negated)).collect()
        };
        Ok(match tree {
            FilterTree::Is(one) => single(one, is_negated)?,
            FilterTree::All(all) => Self::every(each(all)?),
            FilterTree::Any(any) => Self::some(each(any)?),
            FilterTree::Not(one) => Self::not_all([Self::of_part(one, single, true)?]),
        })
    }

    /// That the row meets this condition or another.
    pub(crate) fn or(self, other: &Self) -> Self {
        let mut statement = Statement::new("(");
        statement.push_statement(&self.0).push(" OR ").push_statement(&other.0).push(")");
        Self(statement)
    }

    /// That the values of some columns, compared one after the other, come after (or, if `descending`,
    /// before) other values.
    pub(crate) fn comes_after(places: Vec<(&'static str, Value)>, is_descending: bool) -> Self {
        let several = places.len() > 1;
        let (open, close) = if several { ("(", ")") } else { ("", "") };
        let mut statement = Statement::new(open);
        for (n, (column, _)) in places.iter().enumerate() {
            statement.push(if n == 0 { "" } else { ", " }).push(column);
        }
        statement.push(close).push(if is_descending { " < " } else { " > " }).push(open);
        for (n, (_, value)) in places.into_iter().enumerate() {
            statement.push(if n == 0 { "" } else { ", " }).push_value(value);
        }
        statement.push(close);
        Self(statement)
    }

    fn around(before: &'static str, inner: &Statement, after: &'static str) -> Self {
        let mut statement = Statement::new(before);
        statement.push_statement(inner).push(after);
        Self(statement)
    }
}

/// SQL that has one value in each row.
pub(crate) trait Expression: Sized {
    /// The type of the value.
    type Of: Column;

    /// The SQL.
    fn sql(self) -> Statement;

    /// That the value equals another.
    fn is(self, value: &Self::Of) -> Condition {
        compared(self, " = ", value)
    }

    /// That the value equals another, written so that no index serves it.
    fn same_as(self, value: &Self::Of) -> Condition {
        compared(self, " IS NOT DISTINCT FROM ", value)
    }

    fn above(self, value: &Self::Of) -> Condition {
        compared(self, " > ", value)
    }

    fn at_least(self, value: &Self::Of) -> Condition {
        compared(self, " >= ", value)
    }

    fn below(self, value: &Self::Of) -> Condition {
        compared(self, " < ", value)
    }

    fn at_most(self, value: &Self::Of) -> Condition {
        compared(self, " <= ", value)
    }

    /// That the value is not null.
    fn present(self) -> Condition {
        let mut statement = self.sql();
        statement.push(" IS NOT NULL");
        Condition(statement)
    }

    /// That the value is null.
    fn missing(self) -> Condition {
        let mut statement = self.sql();
        statement.push(" IS NULL");
        Condition(statement)
    }

    /// That the value is one of some values.
    fn one_of<'v>(self, values: impl IntoIterator<Item = &'v Self::Of>) -> Condition
    where
        Self::Of: 'v,
    {
        let mut statement = self.sql();
        statement.push(" IN ").push_values(values.into_iter().map(Column::value));
        Condition(statement)
    }

    /// That the value is null or none of some values.
    fn none_of<'v>(self, values: impl IntoIterator<Item = &'v Self::Of>) -> Condition
    where
        Self::Of: 'v,
    {
        let mut statement = Statement::new("coalesce(");
        statement.push_statement(&self.sql()).push(" NOT IN ");
        statement.push_values(values.into_iter().map(Column::value)).push(", TRUE)");
        Condition(statement)
    }

    /// That the value is one of the ids that a query finds.
    fn among(self, ids: &Ids<Self::Of>) -> Condition {
        let mut statement = self.sql();
        statement.push(" IN (").push_statement(&ids.statement).push(")");
        Condition(statement)
    }

    /// That the value is none of the ids that a query finds.
    fn not_among(self, ids: &Ids<Self::Of>) -> Condition {
        let mut statement = self.sql();
        statement.push(" NOT IN (").push_statement(&ids.statement).push(")");
        Condition(statement)
    }
}

fn compared<E: Expression>(left: E, operator: &'static str, value: &E::Of) -> Condition {
    let mut statement = left.sql();
    statement.push(operator).push_value(value.value());
    Condition(statement)
}

/// A column of a query's tables, whose values have the type `T`.
#[derive(Debug)]
pub(crate) struct Field<T> {
    column: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Field<T> {}

impl<T> Field<T> {
    pub(crate) const fn new(column: &'static str) -> Self {
        Self { column, of: PhantomData }
    }
}

impl<T: Column> Expression for Field<T> {
    type Of = T;

    fn sql(self) -> Statement {
        Statement::new(self.column)
    }
}

impl Field<String> {
    /// For each word, that the text contains it.
    pub(crate) fn contains(self, search: &Search) -> Vec<Condition> {
        let contains = |word: String| {
            let mut statement = self.sql();
            statement.push(" LIKE ").push_value(containing(&word)).push(" ESCAPE '!'");
            Condition(statement)
        };
        search.words().map(contains).collect()
    }
}

/// The `LIKE` pattern that matches texts containing a word.
fn containing(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The value that a query finds; null if it finds no row.
pub(crate) struct Found<T> {
    select: Select,
    of: PhantomData<fn() -> T>,
}

impl<T> Found<T> {
    /// `select` must select a column with values of this type, and find at most one row.
    pub(crate) const fn by(select: Select) -> Self {
        Self { select, of: PhantomData }
    }
}

impl<T: Column> Expression for Found<T> {
    type Of = T;

    fn sql(self) -> Statement {
        Condition::around("(", &self.select.statement, ")").0
    }
}

/// A query that ends inside its `WHERE` clause. It always has a condition, so that it never reads a whole
/// table because one was forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Select {
    statement: Statement,
    /// Where the tables begin in the text; `None` if what is before has values of its own.
    from: Option<usize>,
}

impl Select {
    /// `SELECT columns FROM tables WHERE condition`.
    pub(crate) fn new(columns: &'static str, tables: &'static str, first: impl Into<Condition>) -> Self {
        Self::of(&[columns], tables, first)
    }

    /// Like [`new`](Self::new), with columns in several pieces.
    pub(crate) fn of(columns: &[&'static str], tables: &'static str, first: impl Into<Condition>) -> Self {
        let (mut statement, from) = begin(columns);
        statement.push(tables);
        Self { from: Some(from), ..Self::after(statement, first) }
    }

    /// `… WHERE condition`, after a statement that ends with its tables.
    pub(crate) fn after(mut statement: Statement, first: impl Into<Condition>) -> Self {
        statement.push(" WHERE ").push_statement(&first.into().0);
        Self { statement, from: None }
    }

    /// A query that begins at ids, in the column `few_id` of `few`: `SELECT columns FROM (ids) AS few CROSS
    /// JOIN tables WHERE condition`. Both databases keep the order of such a join.
    pub(crate) fn at<T>(
        columns: &[&'static str],
        ids: &Ids<T>,
        tables: &'static str,
        first: impl Into<Condition>,
    ) -> Self {
        let (mut statement, from) = begin(columns);
        statement.push("(").push_statement(&ids.statement).push(") AS few CROSS JOIN ").push(tables);
        Self { from: Some(from), ..Self::after(statement, first) }
    }

    /// The query of how many rows there are, at most `most`.
    pub(crate) fn counted(&self, most: i64) -> Statement {
        let mut statement = Statement::new("SELECT count(*) FROM (");
        match self.from {
            // The columns are not needed, and some are queries of their own.
            Some(from) => statement.push("SELECT 1").push_statement(&self.statement.after(from)),
            None => statement.push_statement(&self.statement),
        };
        statement.push(" LIMIT ").push_number(most).push(") AS counted");
        statement
    }

    /// Adds a condition.
    #[must_use]
    pub(crate) fn and(mut self, condition: impl Into<Condition>) -> Self {
        self.statement.push(" AND ").push_statement(&condition.into().0);
        self
    }

    /// Makes PostgreSQL look the query up for each row of the query that it is part of. Without this, it would
    /// read both tables in full and join them.
    #[must_use]
    pub(crate) fn looked_up(mut self) -> Statement {
        self.statement.push(" LIMIT 1 OFFSET 0");
        self.statement
    }

    /// Adds conditions.
    #[must_use]
    pub(crate) fn and_all(self, conditions: impl IntoIterator<Item = Condition>) -> Self {
        conditions.into_iter().fold(self, Self::and)
    }
}

/// `SELECT columns FROM `, and how long the text is before ` FROM `.
fn begin(columns: &[&'static str]) -> (Statement, usize) {
    let mut statement = Statement::new("SELECT ");
    for columns in columns {
        statement.push(columns);
    }
    let from = statement.sql().len();
    statement.push(" FROM ");
    (statement, from)
}

impl Select {
    /// The query as a statement, which may be continued.
    pub(crate) fn statement(self) -> Statement {
        self.statement
    }
}

impl From<Select> for Statement {
    fn from(select: Select) -> Self {
        select.statement
    }
}

impl Statement {
    /// Adds conditions to a statement that ends inside its `WHERE` clause.
    pub(crate) fn and_all(&mut self, conditions: impl IntoIterator<Item = Condition>) -> &mut Self {
        for condition in conditions {
            self.push(" AND ").push_statement(&condition.0);
        }
        self
    }
}

/// A query of ids of type `T`, in the column `few_id`.
#[derive(Debug)]
pub(crate) struct Ids<T> {
    statement: Statement,
    of: PhantomData<fn() -> T>,
}

impl<T> Ids<T> {
    /// The ids in a column of some tables, in the rows that meet conditions. An id may occur twice.
    pub(crate) fn new(
        id: Field<T>,
        tables: &'static str,
        first: impl Into<Condition>,
        others: impl IntoIterator<Item = Condition>,
    ) -> Self {
        let select = Select::of(&[id.column, " AS few_id"], tables, first);
        Self::from_statement(select.and_all(others).into())
    }

    /// Like [`new`](Self::new), but each id occurs once.
    pub(crate) fn distinct(
        id: Field<T>,
        tables: &'static str,
        first: impl Into<Condition>,
        others: impl IntoIterator<Item = Condition>,
    ) -> Self {
        let select = Select::of(&["DISTINCT ", id.column, " AS few_id"], tables, first);
        Self::from_statement(select.and_all(others).into())
    }

    /// The ids that at least one of several queries finds, each once.
    pub(crate) fn union(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut statement = Statement::new("");
        for (n, part) in parts.into_iter().enumerate() {
            statement.push(if n == 0 { "" } else { " UNION " }).push_statement(&part.statement);
        }
        Self::from_statement(statement)
    }

    /// `statement` must select ids of this type as `few_id`.
    pub(crate) const fn from_statement(statement: Statement) -> Self {
        Self { statement, of: PhantomData }
    }

    pub(crate) const fn statement(&self) -> &Statement {
        &self.statement
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::NodeId;

    use super::*;

    const NODE: Field<NodeId> = Field::new("n.id");
    const PORT: Field<i64> = Field::new("n.port");
    const TEXT: Field<String> = Field::new("n.text");

    #[test]
    fn placeholders_are_numbered_in_the_order_of_their_values() {
        let node = NodeId::from_uuid(uuid::Uuid::from_u128(7));
        let ids = Ids::new(NODE, "nodes n", NODE.is(&node), [PORT.above(&1)]);
        let found = Found::<i64>::by(Select::new("n.port", "nodes n", PORT.below(&2)));
        let select = Select::at(&["a", ", b"], &ids, "t", Fixed::new("t.id = few_id"))
            .and(found.none_of(&[3, 4]))
            .and(Condition::not_all([PORT.at_least(&5), NODE.present()]))
            .and(PORT.missing().or(&PORT.at_most(&6)))
            .and_all(TEXT.contains(&"50% a_b!".parse().unwrap()))
            .and(Condition::comes_after(vec![("x", 7_i64.into()), ("y", 8_i64.into())], true));
        let statement = select.statement();
        assert_eq!(
            statement.sql(),
            "SELECT a, b FROM (SELECT n.id AS few_id FROM nodes n WHERE n.id = $1 AND n.port > $2) AS few \
             CROSS JOIN t WHERE t.id = few_id \
             AND coalesce((SELECT n.port FROM nodes n WHERE n.port < $3) NOT IN ($4,$5), TRUE) \
             AND NOT (n.port >= $6 AND n.id IS NOT NULL) AND (n.port IS NULL OR n.port <= $7) \
             AND n.text LIKE $8 ESCAPE '!' AND n.text LIKE $9 ESCAPE '!' AND (x, y) < ($10, $11)"
        );
        let types: Vec<_> = statement.types().collect();
        assert_eq!(types[..3], ["uuid", "bigint", "bigint"]);
        assert_eq!(types[7..], ["text", "text", "bigint", "bigint"]);
    }

    #[test]
    fn a_query_is_counted_without_its_columns() {
        let node = NodeId::from_uuid(uuid::Uuid::from_u128(7));
        let select = Select::new("n.id, (SELECT 1 FROM t)", "nodes n", NODE.is(&node)).and(PORT.above(&1));
        let counted = select.counted(5);
        assert_eq!(
            counted.sql(),
            "SELECT count(*) FROM (SELECT 1 FROM nodes n WHERE n.id = $1 AND n.port > $2 LIMIT 5) AS counted"
        );
        assert_eq!(counted.types().collect::<Vec<_>>(), ["uuid", "bigint"]);
        assert!(select.statement().sql().starts_with("SELECT n.id, (SELECT 1 FROM t) FROM nodes n WHERE "));
    }

    #[test]
    fn a_word_is_searched_for_literally() {
        assert_eq!(containing("50%_!"), "%50!%!_!!%");
    }

    #[test]
    fn text_that_lacks_a_value_is_no_condition() {
        for sql in ["a = ", "a = $1", "a IN (", "EXISTS (SELECT 1", "a = b)"] {
            assert!(std::panic::catch_unwind(|| Fixed::new(sql)).is_err(), "{sql}");
        }
        assert_eq!(Condition::from(Fixed::new("a = 'x' AND (b = c)")).0.sql(), "a = 'x' AND (b = c)");
    }
}
