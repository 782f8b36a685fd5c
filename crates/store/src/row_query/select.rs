//! The SQL of row queries.

use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::row_query::{
    Comparison, MemberCondition, Nulls, Pattern, RowFilter, RowQuery, Rows, Scalar, Values,
};
use bailiwick_domain::time::Timestamp;

use crate::database::run::Run as _;
use crate::database::store::{Engine, Store};
use crate::error::{OrCorrupt as _, Result};
use crate::row_query::table::RowTable;
use crate::sql::member::{Bound, Member, StoredAs};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Select};
use crate::sql::raw::RawRow;
use crate::sql::statement::{Statement, Value};

/// The most bytes of rows that one query reads.
const BYTES_MAX: usize = 64 << 20;
/// The upper case letters of ASCII, and the lower case ones, for PostgreSQL's `translate`.
const LETTERS: &str = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'";

/// After a column: false, and unknown if the column is null, like a comparison that no value meets.
const NO_ROW: &str = " IS NULL AND NULL";
/// After a column: true, and unknown if the column is null, like a comparison that every value meets.
const EVERY_ROW: &str = " IS NOT NULL OR NULL";

/// The places of names in SQL: which table, which database and which time.
struct Names<'a> {
    table: &'a RowTable,
    engine: Engine,
    now: Timestamp,
}

impl Store {
    /// Answers a row query from a list's rows in reach, at most `most` of them. Times that members depend on are
    /// computed at `now`. [`Error::Corrupt`] if the query names a member that the list does not have.
    pub async fn query_rows(
        &self,
        table: &RowTable,
        reach: &OrganizationReach,
        query: &RowQuery,
        most: u32,
        now: Timestamp,
    ) -> Result<Rows> {
        let names = Names { table, engine: self.engine(), now };
        let members = query.members.iter().map(|name| names.member(name)).collect::<Result<Vec<_>>>()?;
        let limit = query.limit.map_or(most, |limit| limit.min(most));
        let mut statement = names.begin(&members, query, reach)?;
        names.push_order(&mut statement, query)?;
        // One more, which shows whether the limit of the answer cut something off.
        let asked_for = if query.limit.is_some_and(|limit| limit <= most) { limit } else { limit + 1 };
        statement.push(" LIMIT ").push_number(asked_for);
        if query.offset > 0 {
            statement.push(" OFFSET ").push_number(query.offset);
        }
        let mut run = self;
        let found = run.rows_within::<RawRow>(StatementName::RowQueriesRows, statement, BYTES_MAX).await?;
        let is_cut = found.is_cut || found.rows.len() > limit as usize;
        let read = |RawRow(mut row): RawRow| {
            row.iter_mut().zip(&members).try_for_each(|(value, member)| member.read(value))?;
            Ok(row)
        };
        let rows = found.rows.into_iter().take(limit as usize).map(read).collect::<Result<_>>()?;
        Ok(Rows { rows, is_cut })
    }

    /// How many of a list's rows in reach meet a filter.
    pub async fn count_rows(
        &self,
        table: &RowTable,
        reach: &OrganizationReach,
        filter: &RowFilter,
        now: Timestamp,
    ) -> Result<i64> {
        let names = Names { table, engine: self.engine(), now };
        let query = RowQuery { filter: filter.clone(), ..RowQuery::default() };
        let statement = names.begin(&[], &query, reach)?;
        let mut run = self;
        let (count,) =
            run.row::<(i64,)>(StatementName::RowQueriesCount, statement).await?.unwrap_or_default();
        Ok(count)
    }
}

impl Names<'_> {
    fn member(&self, name: &str) -> Result<&'static Member> {
        self.table.member(name).or_corrupt(self.table.table, "a member of a row query")
    }

    /// `SELECT … FROM … WHERE …`; the number of rows if there are no members.
    fn begin(
        &self,
        members: &[&'static Member],
        query: &RowQuery,
        reach: &OrganizationReach,
    ) -> Result<Statement> {
        let mut statement = Statement::new("SELECT ");
        for (n, member) in members.iter().enumerate() {
            statement.push(if n == 0 { "" } else { ", " });
            member.push(&mut statement, self.now);
        }
        if members.is_empty() {
            statement.push("count(*)");
        }
        statement.push(" FROM ").push(self.table.table);
        let reads = query.reads();
        for link in self.table.links.iter().filter(|link| reads.contains(&link.member.name())) {
            statement.push(link.join);
        }
        let conditions = (self.table.in_part)(reach);
        let first = self.table.organization.is(&reach.organization);
        let select = Select::after(statement, first).and_all(conditions);
        Ok(select.and(self.condition(&query.filter)?).statement())
    }

    fn push_order(&self, statement: &mut Statement, query: &RowQuery) -> Result<()> {
        statement.push(" ORDER BY ");
        if query.order.is_empty() {
            statement.push(self.table.order).push(", ").push(self.table.id);
            if self.table.order.ends_with(" DESC") {
                statement.push(" DESC");
            }
            return Ok(());
        }
        for order in &query.order {
            self.member(&order.member)?.push(statement, self.now);
            statement.push(if order.is_descending { " DESC" } else { " ASC" });
            statement.push(match order.nulls {
                Nulls::First => " NULLS FIRST, ",
                Nulls::Last => " NULLS LAST, ",
            });
        }
        statement.push(self.table.id);
        Ok(())
    }

    fn condition(&self, filter: &RowFilter) -> Result<Condition> {
        Condition::of_tree(filter, &|MemberCondition { member, comparison }, is_negated| {
            if let Comparison::Matches(selector) = comparison {
                let labels = self.table.labels.or_corrupt(self.table.table, "labels of a row query")?;
                let met = Condition::every(labels(selector));
                // An object without a label does not match a value of it.
                return Ok(if is_negated { met.or_false() } else { met });
            }
            Ok(Condition::from_statement(&self.comparison(self.member(member)?, comparison)))
        })
    }

    fn comparison(&self, member: &Member, comparison: &Comparison) -> Statement {
        let mut sql = Statement::new("");
        member.push(&mut sql, self.now);
        let stored = member.stored();
        // For a value between two that the column can hold, the comparison with the lower one.
        let mut compared = |exact: &'static str, between: Option<&'static str>, value: &Scalar| {
            match (stored.bound(value), between) {
                (Bound::Exact(value), _) => sql.push(exact).push_value(value),
                (Bound::Above(value), Some(operator)) => sql.push(operator).push_value(value),
                (Bound::Above(_) | Bound::Never, _) => {
                    sql.push(if exact == " <> " { EVERY_ROW } else { NO_ROW })
                }
            };
        };
        match comparison {
            Comparison::Equal(value) => compared(" = ", None, value),
            Comparison::NotEqual(value) => compared(" <> ", None, value),
            Comparison::GreaterThan(value) => compared(" > ", Some(" > "), value),
            Comparison::AtLeast(value) => compared(" >= ", Some(" > "), value),
            Comparison::LessThan(value) => compared(" < ", Some(" <= "), value),
            Comparison::AtMost(value) => compared(" <= ", Some(" <= "), value),
            Comparison::IsNull(true) => drop(sql.push(" IS NULL")),
            Comparison::IsNull(false) => drop(sql.push(" IS NOT NULL")),
            Comparison::Like(pattern) => return self.like(&sql, stored, pattern),
            // The selector of a member that holds no labels.
            Comparison::Matches(_) => drop(sql.push(NO_ROW)),
            Comparison::In(values) => return self.among(&sql, stored, values, true),
            Comparison::NotIn(values) => return self.among(&sql, stored, values, false),
        }
        sql
    }

    /// That a column has one of some values, or none of them. The values are one parameter, however many there are.
    fn among(&self, column: &Statement, stored: StoredAs, values: &Values, is_in: bool) -> Statement {
        let bounds = values.sorted().iter().map(|value| stored.bound(value));
        let texts: Vec<serde_json::Value> = bounds.filter_map(as_json).collect();
        if values.sorted().is_empty() && !values.has_null() {
            return Statement::new(if is_in { "1 = 0" } else { "1 = 1" });
        }
        let mut sql = Statement::new("");
        if texts.is_empty() && values.has_null() {
            return Statement::new("NULL");
        }
        if texts.is_empty() {
            sql.push_statement(column).push(if is_in { NO_ROW } else { EVERY_ROW });
            return sql;
        }
        sql.push_statement(column).push(if is_in { " IN (SELECT " } else { " NOT IN (SELECT " });
        let value = match (self.engine, stored) {
            (Engine::Sqlite, StoredAs::Uuid) => "unhex(value, '-')",
            (Engine::Sqlite, _) => "value",
            (Engine::Postgres, StoredAs::Uuid) => "value::uuid",
            (Engine::Postgres, StoredAs::Text) => "value",
            (Engine::Postgres, StoredAs::Bool) => "value::boolean",
            (Engine::Postgres, _) => "value::bigint",
        };
        sql.push(value).push(match self.engine {
            Engine::Sqlite => " FROM json_each(",
            Engine::Postgres => " FROM jsonb_array_elements_text(",
        });
        sql.push_value(Value::Json(Some(texts.into())));
        sql.push(match self.engine {
            Engine::Sqlite => "))",
            Engine::Postgres => ") AS each (value))",
        });
        if values.has_null() {
            // Unknown instead of false: the missing one might have been equal.
            sql.push(if is_in { " OR NULL" } else { " AND NULL" });
        }
        sql
    }

    fn like(&self, column: &Statement, stored: StoredAs, pattern: &Pattern) -> Statement {
        let mut sql = Statement::new("");
        let text = pattern.for_like();
        if stored != StoredAs::Text || text.contains('\0') {
            sql.push_statement(column).push(NO_ROW);
            return sql;
        }
        match (self.engine, pattern.is_any_case()) {
            // SQLite's LIKE matches ASCII letters in any case, and no others.
            (Engine::Sqlite, true) => {
                sql.push_statement(column).push(" LIKE ").push_value(text).push(" ESCAPE '\\'")
            }
            (Engine::Sqlite, false) => {
                sql.push_statement(column).push(" GLOB ").push_value(pattern.for_glob())
            }
            (Engine::Postgres, true) => {
                sql.push("translate(").push_statement(column).push(", ").push(LETTERS);
                sql.push(") LIKE ").push_value(text).push(" ESCAPE '\\'")
            }
            (Engine::Postgres, false) => {
                sql.push_statement(column).push(" LIKE ").push_value(text).push(" ESCAPE '\\'")
            }
        };
        sql
    }
}

/// A value as an element of a JSON array; `None` if a column cannot hold it.
fn as_json(bound: Bound) -> Option<serde_json::Value> {
    let Bound::Exact(value) = bound else { return None };
    match value {
        Value::Int(value) => value.map(Into::into),
        Value::Bool(value) => value.map(Into::into),
        Value::Text(value) => value.map(Into::into),
        Value::Uuid(value) => value.map(|id| id.hyphenated().to_string().into()),
        Value::Bytes(_) | Value::Json(_) => None,
    }
}
