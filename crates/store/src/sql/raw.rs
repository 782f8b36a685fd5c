//! Rows whose columns are known only at run time.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, FromRow, Postgres, Row as _, Sqlite, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

/// A value as the database sent it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    Null,
    Int(i64),
    Bool(bool),
    Text(String),
    Uuid(Uuid),
    Json(serde_json::Value),
}

/// The values of a row, in the order of its columns.
pub(crate) struct RawRow(pub(crate) Vec<Raw>);

fn unknown(name: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a row query cannot read the type {name}").into())
}

impl FromRow<'_, SqliteRow> for RawRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let value = |column| {
            let value = row.try_get_raw(column)?;
            if value.is_null() {
                return Ok(Raw::Null);
            }
            let decoded = match value.type_info().name() {
                "INTEGER" | "BOOLEAN" => <i64 as Decode<Sqlite>>::decode(value).map(Raw::Int),
                "TEXT" => <String as Decode<Sqlite>>::decode(value).map(Raw::Text),
                "BLOB" => <Uuid as Decode<Sqlite>>::decode(value).map(Raw::Uuid),
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
                return Ok(Raw::Null);
            }
            let decoded = match value.type_info().name() {
                "INT8" => <i64 as Decode<Postgres>>::decode(value).map(Raw::Int),
                "INT4" => <i32 as Decode<Postgres>>::decode(value).map(|number| Raw::Int(number.into())),
                "BOOL" => <bool as Decode<Postgres>>::decode(value).map(Raw::Bool),
                "TEXT" | "VARCHAR" => <String as Decode<Postgres>>::decode(value).map(Raw::Text),
                "UUID" => <Uuid as Decode<Postgres>>::decode(value).map(Raw::Uuid),
                "JSONB" | "JSON" => <serde_json::Value as Decode<Postgres>>::decode(value).map(Raw::Json),
                name => return Err(unknown(name)),
            };
            decoded.map_err(sqlx::Error::Decode)
        };
        (0..row.len()).map(value).collect::<sqlx::Result<_>>().map(Self)
    }
}
