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
            to_cell(&labels.to_text()).into_owned()
        }
        (Cells::Text, Value::String(text)) => to_cell(text).into_owned(),
        (Cells::List, Value::Array(list)) => match list.as_slice() {
            // An empty list is written as `[]`, because an empty cell means that the field is absent.
            [Value::String(only)] if !only.is_empty() && !only.starts_with('[') => to_cell(only).into_owned(),
            _ => json_to_cell(value),
        },
        (Cells::Text | Cells::Json | Cells::List, other) => json_to_cell(other),
    })
}

/// Characters with which a formula begins.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// Other characters at the beginning of a cell that need an apostrophe before them.
const MARKED: [char; 3] = ['\t', '\r', '\''];
/// Characters after which some spreadsheets begin a new cell or row inside of a text. Where the decimal sign is a
/// comma, as in Germany, Excel separates the cells of a CSV file by semicolons. Quotes do not hold the text
/// together then: in `a,"b;c"` such a reader finds the cells `a,"b` and `c"`.
const SEPARATORS: [char; 4] = [';', '\t', '\n', '\r'];

fn is_marked(text: &str) -> bool {
    text.starts_with(FORMULA) || text.starts_with(MARKED) || text.trim() != text
}

/// The number of apostrophes at the beginning of a text that are followed by a formula; `None` if no formula
/// follows. Quotes and space before the formula do not make it a text in every spreadsheet.
fn marks_before_formula(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches('\'');
    let skipped = |c: char| c == '"' || (c.is_whitespace() && !SEPARATORS.contains(&c));
    rest.trim_start_matches(skipped).starts_with(FORMULA).then(|| text.len() - rest.len())
}

/// The positions after separators in a text that a formula follows, with the number of apostrophes between.
fn inner_formulas(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.match_indices(SEPARATORS).filter_map(|(at, separator)| {
        let begin = at + separator.len();
        Some((begin, marks_before_formula(text.get(begin..)?)?))
    })
}

/// A text as a cell of CSV, which no spreadsheet takes for a formula, even if it begins a new cell at a separator
/// inside of the text. An apostrophe is put before what would be a formula; if that is inside of the text,
/// another one is put before the whole text, as a sign for the reader.
pub fn to_cell(text: &str) -> Cow<'_, str> {
    let inner: Vec<usize> = inner_formulas(text).map(|(begin, _)| begin).collect();
    if inner.is_empty() {
        return if is_marked(text) { format!("'{text}").into() } else { text.into() };
    }
    let mut cell = String::from("'");
    let mut from = 0;
    for begin in inner {
        cell.push_str(text.get(from..begin).unwrap_or_default());
        cell.push('\'');
        from = begin;
    }
    cell.push_str(text.get(from..).unwrap_or_default());
    cell.into()
}

/// JSON as a cell. In JSON, a semicolon can only be in a text, where it can also be written as `\u003b`.
fn json_to_cell(value: &Value) -> String {
    let json = value.to_string();
    if inner_formulas(&json).next().is_some() { json.replace(';', "\\u003b") } else { json }
}

/// A cell without the space around it. If apostrophes protect the cell, only these are removed.
pub(super) fn from_cell(cell: &str) -> Cow<'_, str> {
    let Some(marked) = cell.trim_start().strip_prefix('\'') else { return cell.trim().into() };
    let inner: Vec<usize> =
        inner_formulas(marked).filter(|(_, marks)| *marks > 0).map(|(begin, _)| begin).collect();
    if inner.is_empty() {
        return if is_marked(marked) { marked.into() } else { cell.trim().into() };
    }
    let mut text = String::new();
    let mut from = 0;
    for begin in inner {
        text.push_str(marked.get(from..begin).unwrap_or_default());
        from = begin + 1;
    }
    text.push_str(marked.get(from..).unwrap_or_default());
    text.into()
}
