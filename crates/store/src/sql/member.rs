//! The members of rows, and how their values are stored.

use bailiwick_domain::row_query::{MemberKind, Scalar};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::sql::statement::{Statement, Value};

const MILLION: f64 = 1e6;

/// How the values of a column are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredAs {
    /// As a UUID.
    Uuid,
    /// As a text.
    Text,
    /// As an integer.
    Int,
    /// As a boolean.
    Bool,
    /// As JSON.
    Json,
    /// As microseconds since 1970.
    Time,
    /// As an integer number of millionths.
    Millionths,
}

/// Where the value of a member comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A column, or another expression without values.
    Sql(&'static str),
    /// An expression that depends on the time.
    AtTime(fn(Timestamp) -> Statement),
}

/// A member of a list's rows.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    name: &'static str,
    source: Source,
    stored: StoredAs,
}

impl Member {
    /// A member whose value is that of a column or of another expression without values.
    pub(crate) const fn new(name: &'static str, sql: &'static str, stored: StoredAs) -> Self {
        Self { name, source: Source::Sql(sql), stored }
    }

    /// A member whose value depends on the time.
    pub(crate) const fn at_time(
        name: &'static str,
        expression: fn(Timestamp) -> Statement,
        stored: StoredAs,
    ) -> Self {
        Self { name, source: Source::AtTime(expression), stored }
    }

    /// The member that a field of the domain type with this column is in answers.
    pub(crate) const fn of_column(
        field: &'static str,
        column: &'static str,
        sql: &'static str,
        stored: StoredAs,
    ) -> Self {
        // Answers call a kind `type` if the column does.
        let name = match column.as_bytes() {
            b"type" => column,
            _ => field,
        };
        Self::new(name, sql, stored)
    }

    /// Its name, as in REST answers.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What its values are.
    pub const fn kind(&self) -> MemberKind {
        match self.stored {
            StoredAs::Uuid => MemberKind::Id,
            StoredAs::Text => MemberKind::Text,
            StoredAs::Int => MemberKind::Integer,
            StoredAs::Bool => MemberKind::Boolean,
            StoredAs::Json => MemberKind::Json,
            StoredAs::Time => MemberKind::Time,
            StoredAs::Millionths => MemberKind::Number,
        }
    }

    pub(crate) const fn stored(&self) -> StoredAs {
        self.stored
    }

    /// Appends its SQL.
    pub(crate) fn push(&self, statement: &mut Statement, now: Timestamp) {
        match self.source {
            Source::Sql(sql) => statement.push(sql),
            Source::AtTime(expression) => statement.push_statement(&expression(now)),
        };
    }

    /// Turns the value that a [database sent](crate::sql::raw::RawRow) into that of the member.
    pub(crate) fn read(&self, value: &mut Scalar) -> Result<()> {
        let read = match (self.stored, &*value) {
            (_, Scalar::Null)
            | (StoredAs::Uuid, Scalar::Id(_))
            | (StoredAs::Text, Scalar::Text(_))
            | (StoredAs::Int, Scalar::Integer(_))
            | (StoredAs::Bool, Scalar::Boolean(_))
            | (StoredAs::Json, Scalar::Json(_)) => return Ok(()),
            (StoredAs::Bool, Scalar::Integer(number)) => Scalar::Boolean(*number != 0),
            (StoredAs::Json, Scalar::Text(text)) => {
                Scalar::Json(serde_json::from_str(text).map_err(|_| self.corrupt())?)
            }
            (StoredAs::Time, Scalar::Integer(micros)) => Scalar::Time(Timestamp::from_micros(*micros)),
            (StoredAs::Millionths, Scalar::Integer(number)) => Scalar::Number(*number as f64 / MILLION),
            _ => return Err(self.corrupt()),
        };
        *value = read;
        Ok(())
    }

    fn corrupt(&self) -> Error {
        Error::Corrupt { table: "a list", what: self.name }
    }
}

/// A value to compare a column with, and the place of the true value relative to it: the column only holds some
/// values, and the true value may lie between two of them.
pub(crate) enum Bound {
    /// The column can hold the value.
    Exact(Value),
    /// The value lies between two that the column can hold: this one and the next.
    Above(Value),
    /// The column cannot hold anything like it.
    Never,
}

impl StoredAs {
    /// The value to compare a column with.
    pub(crate) fn bound(self, value: &Scalar) -> Bound {
        match (self, value) {
            (Self::Uuid, Scalar::Id(id)) => Bound::Exact((*id).into()),
            (Self::Text, Scalar::Id(id)) => Bound::Exact(id.hyphenated().to_string().into()),
            (Self::Uuid, Scalar::Text(text)) => {
                Uuid::parse_str(text).map_or(Bound::Never, |id| Bound::Exact(id.into()))
            }
            // PostgreSQL has no text with a NUL character.
            (Self::Text, Scalar::Text(text)) if text.contains('\0') => Bound::Never,
            (Self::Text, Scalar::Text(text)) => Bound::Exact(text.as_str().into()),
            (Self::Int, Scalar::Integer(number)) => Bound::Exact((*number).into()),
            (Self::Bool, Scalar::Boolean(is)) => Bound::Exact((*is).into()),
            (Self::Time, Scalar::Time(time)) => Bound::Exact(time.as_micros().into()),
            (Self::Millionths, Scalar::Number(number)) => millionths(*number),
            _ => Bound::Never,
        }
    }
}

/// A number in millionths. A number too large or too small becomes the largest or the smallest, which no column has.
fn millionths(number: f64) -> Bound {
    let rounded = (number * MILLION).round();
    if rounded / MILLION == number {
        Bound::Exact((rounded as i64).into())
    } else {
        Bound::Above(((number * MILLION).floor() as i64).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_between_two_millionths_are_bounded_by_the_lower_one() {
        assert!(matches!(millionths(0.85), Bound::Exact(Value::Int(Some(850_000)))));
        assert!(matches!(millionths(0.850_000_1), Bound::Above(Value::Int(Some(850_000)))));
        assert!(matches!(millionths(-0.000_000_5), Bound::Above(Value::Int(Some(-1)))));
        assert!(matches!(millionths(f64::INFINITY), Bound::Exact(Value::Int(Some(i64::MAX)))));
    }

    #[test]
    fn a_kind_is_named_as_its_column_is() {
        assert_eq!(Member::of_column("kind", "type", "t.type", StoredAs::Text).name(), "type");
        assert_eq!(Member::of_column("kind", "kind", "t.kind", StoredAs::Text).name(), "kind");
        assert_eq!(Member::of_column("group", "group_name", "t.group_name", StoredAs::Text).name(), "group");
    }
}
