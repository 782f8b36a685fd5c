//! Rows whose columns are known only at run time.

use bailiwick_domain::row_query::Scalar;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, FromRow, Postgres, Row as _, Sqlite, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

/// The values of a row as the database sent them, in the order of its columns: times and booleans may be integers, and
/// JSON may be text.
pub(crate) struct RawRow(pub(crate) Vec<Scalar>);

fn unknown(name: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a row query cannot read the type {name}").into())
}

impl FromRow<'_, SqliteRow> for RawRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let value = |column| {
            let value = row.try_get_raw(column)?;
            if value.is_null() {
                return Ok(Scalar::Null);
            }
            let decoded = match value.type_info().name() {
                "INTEGER" | "BOOLEAN" => <i64 as Decode<Sqlite>>::decode(value).map(Scalar::Integer),
                "TEXT" => <String as Decode<Sqlite>>::decode(value).map(Scalar::Text),
                "BLOB" => <Uuid as Decode<Sqlite>>::decode(value).map(Scalar::Id),
                name => return Err(unknown(name)),
            };
            decoded.map_err(sqlx::Error::Decode)
        };
        (0..row.len()).map(value).collect::<sqlx::Result<_>>().map(Self)
    }
}

impl FromRow<'_, PgRow> for RawRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        let value = |column| {
            let value = row.try_get_raw(column)?;
            if value.is_null() {
                return Ok(Scalar::Null);
            }
            let decoded = match value.type_info().name() {
                "INT8" => <i64 as Decode<Postgres>>::decode(value).map(Scalar::Integer),
                "INT4" => {
                    <i32 as Decode<Postgres>>::decode(value).map(|number| Scalar::Integer(number.into()))
                }
                "BOOL" => <bool as Decode<Postgres>>::decode(value).map(Scalar::Boolean),
                "TEXT" | "VARCHAR" => <String as Decode<Postgres>>::decode(value).map(Scalar::Text),
                "UUID" => <Uuid as Decode<Postgres>>::decode(value).map(Scalar::Id),
                "JSONB" | "JSON" => <serde_json::Value as Decode<Postgres>>::decode(value).map(Scalar::Json),
                name => return Err(unknown(name)),
            };
            decoded.map_err(sqlx::Error::Decode)
        };
        (0..row.len()).map(value).collect::<sqlx::Result<_>>().map(Self)
    }
}
