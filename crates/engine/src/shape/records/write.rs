//! Writing records as CSV and JSON lines.

use std::borrow::Cow;

use bailiwick_domain::label::Labels;
use serde::Deserialize;
use serde_json::Value;

use super::{Cells, Record};
use crate::error::{Error, Result};
use crate::shape::format::Format;

/// The text before the records: in CSV the names of the fields, in JSON nothing.
pub(crate) fn write_header<T: Record>(format: Format) -> Result<String> {
    match format {
        Format::Jsonl => Ok(String::new()),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(T::COLUMNS.iter().map(|(name, _)| name)).map_err(Error::internal)?;
            csv_text(writer)
        }
    }
}

/// Writes records in the form that [`read`](super::read::read) reads, without the header.
pub(crate) fn write_records<T: Record>(format: Format, records: &[T]) -> Result<String> {
    match format {
        Format::Jsonl => {
            let mut bytes = Vec::new();
            for record in records {
                serde_json::to_writer(&mut bytes, record).map_err(Error::internal)?;
                bytes.push(b'\n');
            }
            String::from_utf8(bytes).map_err(Error::internal)
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for record in records {
                let fields = serde_json::to_value(record).map_err(Error::internal)?;
                let cells = T::COLUMNS.iter().map(|(name, cells)| cell(&fields[*name], *cells));
                let cells = cells.collect::<Result<Vec<_>>>()?;
                writer.write_record(cells).map_err(Error::internal)?;
            }
            csv_text(writer)
        }
    }
}

fn csv_text(writer: csv::Writer<Vec<u8>>) -> Result<String> {
    let bytes = writer.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(Error::internal)
}

fn cell(value: &Value, cells: Cells) -> Result<String> {
    Ok(match (cells, value) {
        (_, Value::Null) => String::new(),
        (Cells::Labels, labels) => {
            let labels = Labels::deserialize(labels).map_err(Error::internal)?;
            labels.to_text()
        }
        (Cells::Text, Value::String(text)) => to_cell(text).into_owned(),
        (Cells::List, Value::Array(list)) => match list.as_slice() {
            // An empty list is written as `[]`, because an empty cell means that the field is absent.
            [Value::String(only)] if !only.is_empty() && !only.starts_with('[') => to_cell(only).into_owned(),
            _ => value.to_string(),
        },
        (Cells::Text | Cells::Json | Cells::List, other) => other.to_string(),
    })
}

/// Characters at the beginning of a cell that need an apostrophe before them.
const MARKED: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\'', '＝', '＋', '－', '＠'];

/// A text as a cell of CSV, which no spreadsheet takes for a formula.
pub fn to_cell(text: &str) -> Cow<'_, str> {
    let is_marked = text.starts_with(MARKED) || text.trim() != text;
    if is_marked { format!("'{text}").into() } else { text.into() }
}

/// A cell without the space around it. If an apostrophe protects the cell, only the apostrophe is
/// removed.
pub(super) fn from_cell(cell: &str) -> &str {
    let marked = cell.trim_start().strip_prefix('\'');
    let marked = marked.filter(|rest| rest.starts_with(MARKED) || rest.trim() != *rest);
    marked.unwrap_or_else(|| cell.trim())
}
