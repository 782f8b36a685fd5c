//! SQL statements that work on both databases: text with `$1`, `$2`, … and the values for these
//! placeholders.

use std::borrow::Cow;
use std::fmt::Write as _;

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{Encode, Type};
use uuid::Uuid;

/// The value of a placeholder.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Bool(Option<bool>),
    Text(Option<String>),
    Uuid(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
    Json(Option<serde_json::Value>),
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value.into()))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )*};
}

from!(bool => Bool, i64 => Int, u32 => Int, String => Text, &str => Text, Uuid => Uuid, Vec<u8> => Bytes);

impl Value {
    /// `value` as JSON: a text on SQLite, JSONB on PostgreSQL.
    pub(crate) fn json(value: &impl serde::Serialize) -> Self {
        Self::Json(Some(serde_json::to_value(value).unwrap_or_default()))
    }

    /// `value` as JSON, or null.
    pub(crate) fn json_or_null(value: Option<&impl serde::Serialize>) -> Self {
        value.map_or(Self::Json(None), Self::json)
    }
}

/// SQL text and the values of its placeholders.
#[derive(Clone, Debug)]
pub struct Statement {
    sql: Cow<'static, str>,
    values: Vec<Value>,
}

impl Statement {
    /// Begins a statement with a table `v` of values, whose columns have these names: `WITH v (…) AS (VALUES
    /// (…), (…)) `.
    pub(crate) fn with<V: Into<Value>>(
        names: &'static str,
        rows: impl IntoIterator<Item = impl IntoIterator<Item = V>>,
    ) -> Self {
        let mut statement = Self::new("WITH v (");
        statement.push(names).push(") AS (VALUES ").push_rows(rows).push(") ");
        statement
    }

    /// A statement with the placeholders `$1`, `$2`, …, whose values are bound next.
    pub(crate) fn new(sql: &'static str) -> Self {
        Self { sql: sql.into(), values: Vec::new() }
    }

    /// Binds the value of the next placeholder.
    #[must_use]
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends SQL text, which must be a literal of this program. Input from clients is bound as a value.
    pub(crate) fn push(&mut self, sql: &'static str) -> &mut Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// Appends a placeholder and its value.
    pub(crate) fn push_value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        let number = self.values.len();
        let _ = write!(self.sql.to_mut(), "${number}");
        self
    }

    /// Appends a number to the SQL text itself, for limits: if a limit is bound, SQLite, and sometimes
    /// PostgreSQL, plans the statement again on every execution.
    pub(crate) fn push_number(&mut self, number: impl Into<i64>) -> &mut Self {
        let _ = write!(self.sql.to_mut(), "{}", number.into());
        self
    }

    /// Appends placeholders in parentheses and their values. An empty list becomes `(NULL)`, which matches
    /// nothing.
    pub(crate) fn push_values(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        self.push("(");
        let mut empty = true;
        for value in values {
            if !empty {
                self.push(",");
            }
            empty = false;
            self.push_value(value);
        }
        if empty {
            self.push("NULL");
        }
        self.push(")")
    }

    /// Appends rows of placeholders and their values: `(…), (…)`.
    pub(crate) fn push_rows<V: Into<Value>>(
        &mut self,
        rows: impl IntoIterator<Item = impl IntoIterator<Item = V>>,
    ) -> &mut Self {
        for (n, row) in rows.into_iter().enumerate() {
            self.push(if n > 0 { ", " } else { "" }).push_values(row);
        }
        self
    }

    /// The statement without the beginning of its text, which must have no values.
    pub(crate) fn after(&self, at: usize) -> Self {
        Self { sql: self.sql.get(at..).unwrap_or_default().to_owned().into(), values: self.values.clone() }
    }

    /// Appends another statement and its values, with its placeholders renumbered.
    pub(crate) fn push_statement(&mut self, inner: &Self) -> &mut Self {
        let before = self.values.len();
        let sql = self.sql.to_mut();
        for (n, part) in inner.sql.split('$').enumerate() {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (number, rest) = if n == 0 { ("", part) } else { part.split_at(end) };
            if let Ok(number) = number.parse::<usize>() {
                let _ = write!(sql, "${}", before + number);
            }
            sql.push_str(rest);
        }
        self.values.extend(inner.values.iter().cloned());
        self
    }

    /// The SQL text, without the values.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// PostgreSQL's types of the values.
    pub(crate) fn types(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|value| match value {
            Value::Int(_) => "bigint",
            Value::Bool(_) => "boolean",
            Value::Text(_) => "text",
            Value::Uuid(_) => "uuid",
            Value::Bytes(_) => "bytea",
            Value::Json(_) => "jsonb",
        })
    }

    fn arguments<'q, A>(values: Vec<Value>) -> Result<A, sqlx::error::BoxDynError>
    where
        A: sqlx::Arguments,
        Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
        Option<String>: Encode<'q, A::Database> + Type<A::Database>,
        Option<Uuid>: Encode<'q, A::Database> + Type<A::Database>,
        Option<Vec<u8>>: Encode<'q, A::Database> + Type<A::Database>,
        Option<bool>: Encode<'q, A::Database> + Type<A::Database>,
        Option<serde_json::Value>: Encode<'q, A::Database> + Type<A::Database>,
    {
        let mut arguments = A::default();
        for value in values {
            match value {
                Value::Int(value) => arguments.add(value)?,
                Value::Bool(value) => arguments.add(value)?,
                Value::Text(value) => arguments.add(value)?,
                Value::Uuid(value) => arguments.add(value)?,
                Value::Bytes(value) => arguments.add(value)?,
                Value::Json(value) => arguments.add(value)?,
            }
        }
        Ok(arguments)
    }

    pub(crate) fn for_sqlite(self) -> sqlx::Result<(String, SqliteArguments)> {
        let sql = match unnumbered(&self.sql, self.values.len()) {
            Some(sql) => sql,
            None => self.sql.into_owned(),
        };
        let arguments = Self::arguments::<SqliteArguments>(self.values).map_err(sqlx::Error::Encode)?;
        Ok((sql, arguments))
    }

    pub(crate) fn for_postgres(self) -> sqlx::Result<(String, PgArguments)> {
        let arguments = Self::arguments::<PgArguments>(self.values).map_err(sqlx::Error::Encode)?;
        Ok((self.sql.into_owned(), arguments))
    }
}

/// The same SQL with `?` for each placeholder, if there are at least 32 and each occurs once, in order. For
/// numbered placeholders, SQLite searches its list of their names from the start for every value; with ten
/// thousand values, this is most of a statement's cost.
fn unnumbered(sql: &str, values: usize) -> Option<String> {
    const MANY: usize = 32;
    if values < MANY {
        return None;
    }
    let mut plain = String::with_capacity(sql.len());
    let mut number = 0;
    for (n, part) in sql.split('$').enumerate() {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        match (n, part.split_at(end)) {
            (0, _) => plain.push_str(part),
            (_, ("", rest)) => {
                plain.push('$');
                plain.push_str(rest);
            }
            (_, (digits, rest)) => {
                number += 1;
                if digits.parse() != Ok(number) {
                    return None;
                }
                plain.push('?');
                plain.push_str(rest);
            }
        }
    }
    (number == values).then_some(plain)
}

/// A row that can be read from both databases.
pub trait Row:
    for<'r> sqlx::FromRow<'r, <Sqlite as sqlx::Database>::Row>
    + for<'r> sqlx::FromRow<'r, <Postgres as sqlx::Database>::Row>
    + Send
    + Unpin
{
}

impl<T> Row for T where
    T: for<'r> sqlx::FromRow<'r, <Sqlite as sqlx::Database>::Row>
        + for<'r> sqlx::FromRow<'r, <Postgres as sqlx::Database>::Row>
        + Send
        + Unpin
{
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_in_order_are_written_without_numbers() {
        let numbered = |numbers: &[usize]| {
            let all: Vec<_> = numbers.iter().map(|number| format!("${number}")).collect();
            format!("SELECT '$.a' IN ({})", all.join(","))
        };
        let in_order: Vec<usize> = (1..=40).collect();
        let plain = format!("SELECT '$.a' IN ({})", ["?"; 40].join(","));
        assert_eq!(unnumbered(&numbered(&in_order), 40), Some(plain));
        assert_eq!(
            unnumbered(&numbered(&in_order[..31]), 31),
            None,
            "a statement with few placeholders must stay unchanged"
        );
        let twice = [in_order.clone(), vec![1]].concat();
        assert_eq!(unnumbered(&numbered(&twice), 40), None);
        let swapped = [vec![2, 1], in_order[2..].to_vec()].concat();
        assert_eq!(unnumbered(&numbered(&swapped), 40), None);
        assert_eq!(unnumbered(&numbered(&in_order), 41), None);
    }
}
