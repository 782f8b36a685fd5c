//! Reading records from CSV and JSON lines.

use std::collections::HashSet;

use bailiwick_domain::label::Labels;
use csv_core::ReadRecordResult;
use serde_json::{Map, Value};

use super::write::from_cell;
use super::{Cells, Line, LineErrors, Record};
use crate::error::{Error, Result};
use crate::shape::format::Format;
use crate::shape::input::Input;
use crate::shape::json::{self, BadJson, JsonBounds, VALUES_MAX};

/// The most memory that the values of one line may take, in bytes.
const LINE_MEMORY_MAX: usize = 4 << 20;
/// The most memory that the values of all lines together may take, in bytes.
const MEMORY_MAX: usize = 256 << 20;
/// The memory of a cell beside its text, in bytes.
const CELL_BYTES: usize = 64;
/// The most cells of one line, empty ones included.
const CELLS_MAX: usize = 1_000;
/// The possible separators of CSV cells. If the first line does not show which, the first one.
pub(super) const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// Reads records from a text, on a blocking thread because the text may be large.
pub async fn read<T: Record>(format: Format, text: String) -> Result<(Vec<Line<T>>, LineErrors)> {
    let read = tokio::task::spawn_blocking(move || {
        let mut errors = LineErrors::default();
        read_now(format, &text, &mut errors).map(|lines| (lines, errors))
    });
    read.await.map_err(Error::internal)?
}

pub(super) fn read_now<T: Record>(
    format: Format,
    text: &str,
    errors: &mut LineErrors,
) -> Result<Vec<Line<T>>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Jsonl => read_jsonl(text, errors),
        Format::Csv => read_csv(text, errors),
    }
}

fn too_many<T: Record>() -> Error {
    Error::invalid(
        "data",
        format!("expected at most {} lines; send the rest in another request", T::LINES_MAX),
    )
}

fn too_heavy() -> Error {
    let detail = "the lines together need too much memory; send fewer of them in one request";
    Error::invalid("data", detail)
}

fn read_jsonl<T: Record>(text: &str, errors: &mut LineErrors) -> Result<Vec<Line<T>>> {
    let known: Vec<String> = T::COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut lines = Vec::new();
    let (mut count, mut memory) = (0, 0_usize);
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        count += 1;
        if count > T::LINES_MAX {
            return Err(too_many::<T>());
        }
        let most = JsonBounds { values: VALUES_MAX, memory: LINE_MEMORY_MAX };
        match json::read(line.as_bytes(), most, &mut |_| true) {
            Ok(Value::Object(fields)) => {
                // The record takes about as much as the fields from which it is made.
                memory = memory.saturating_add(json::weight(&fields));
                if memory > MEMORY_MAX {
                    return Err(too_heavy());
                }
                let input = Input::Json(fields);
                let read = input.check_names(&known).and_then(|()| input.read());
                take(&mut lines, number, read, errors)?;
            }
            Ok(_) => errors.push(number, "", "expected a JSON object"),
            Err(BadJson::Malformed(error)) => {
                let column = error.column();
                errors.push(number, "", format!("expected a JSON object; the error is at column {column}"));
            }
            Err(BadJson::Twice(member)) => errors.push(number, &member, "expected this field only once"),
            Err(error @ (BadJson::TooMany { .. } | BadJson::TooLarge | BadJson::NoMemory)) => {
                errors.push(number, "", error.to_string())
            }
        }
    }
    Ok(lines)
}

/// Adds a record to the lines, or its errors to the errors.
fn take<T>(lines: &mut Vec<Line<T>>, number: u64, read: Result<T>, errors: &mut LineErrors) -> Result<()> {
    match read {
        Ok(record) => lines.push(Line { number, record }),
        Err(Error::Invalid(wrong)) => {
            for error in wrong {
                errors.push(number, &error.field, error.detail);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A column of a CSV text.
enum Header {
    Field(&'static str, Cells),
    Label(String),
}

/// The column that a name in the first line stands for. Case matters only in names of labels.
fn header<T: Record>(name: &str) -> Option<Header> {
    let is_it = |(column, _): &&(&'static str, Cells)| column.eq_ignore_ascii_case(name);
    if let Some((column, cells)) = T::COLUMNS.iter().find(is_it) {
        return Some(Header::Field(column, *cells));
    }
    let (prefix, label) = name.split_once('.')?;
    prefix.eq_ignore_ascii_case("label").then(|| Header::Label(label.to_owned()))
}

fn headers<T: Record>(names: &csv::StringRecord) -> Result<Vec<Header>> {
    let mut headers = Vec::new();
    let mut errors = LineErrors::default();
    let mut seen: HashSet<String> = HashSet::new();
    let names: Vec<&str> = names.iter().map(str::trim).collect();
    // Spreadsheets write separators for empty columns at the end.
    let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    for (n, name) in names.into_iter().take(width).enumerate() {
        let Some(header) = header::<T>(name) else {
            let columns: Vec<&str> = T::COLUMNS.iter().map(|(column, _)| *column).collect();
            let columns = columns.join(", ");
            if name.is_empty() {
                let detail = format!(
                    "column {} has no name: remove it, or name it label.NAME or one of {columns}",
                    n + 1
                );
                errors.push(1, "", detail);
            } else if width == 1 && name.contains(['|', ':', ' ']) {
                let detail = format!(
                    "expected columns that are separated by commas, semicolons or tabs: label.NAME or any of {columns}"
                );
                errors.push(1, name, detail);
            } else {
                let detail = format!("there is no such column; expected label.NAME or one of {columns}");
                errors.push(1, name, detail);
            }
            continue;
        };
        let meant = match &header {
            Header::Field(column, _) => (*column).to_owned(),
            Header::Label(label) => format!("label.{label}"),
        };
        if !seen.insert(meant) {
            errors.push(1, name, "expected each column once");
        }
        headers.push(header);
    }
    errors.check()?;
    Ok(headers)
}

/// Finds the separator of a CSV text, and returns the text without Excel's line `sep=;`. If there is no
/// such line, the separator is the one with which the first line has the most known columns.
fn separator<T: Record>(text: &str) -> (char, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said = first.trim_end_matches('\r').trim_matches('"').strip_prefix("sep=");
    if let Some(said) = said {
        let mut characters = said.chars();
        if let (Some(separator), None) = (characters.next(), characters.next())
            && separator.is_ascii()
            && !separator.is_ascii_alphanumeric()
        {
            return (separator, rest);
        }
    }
    let columns = |separator: char| {
        let mut reader = reader(text, separator);
        let names = reader
            .headers()
            .map(|names| names.iter().map(str::trim).filter(|name| header::<T>(name).is_some()).count());
        names.unwrap_or_default()
    };
    let mut best = (SEPARATORS[0], columns(SEPARATORS[0]));
    for separator in SEPARATORS.into_iter().skip(1) {
        let found = columns(separator);
        if found > best.1 {
            best = (separator, found);
        }
    }
    (best.0, text)
}

fn reader(text: &str, separator: char) -> csv::Reader<&[u8]> {
    let separator = u8::try_from(separator).unwrap_or(b',');
    csv::ReaderBuilder::new().flexible(true).delimiter(separator).from_reader(text.as_bytes())
}

/// Which lines of a CSV text are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    First,
    All,
}

/// Refuses a text with more cells in a line than any record has, before memory is taken for the cells.
fn check_cells(text: &str, separator: char, lines: Lines) -> Result<()> {
    let separator = u8::try_from(separator).unwrap_or(b',');
    let mut reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
    let (mut rest, mut cells, mut line) = (text.as_bytes(), 0_usize, 1_u64);
    let mut ignored = [0; 4 << 10];
    let mut ends = [0; CELLS_MAX + 1];
    loop {
        let (result, read, _, ended) = reader.read_record(rest, &mut ignored, &mut ends);
        rest = rest.get(read..).unwrap_or_default();
        cells = cells.saturating_add(ended);
        if cells > CELLS_MAX {
            let detail = format!("expected at most {CELLS_MAX} cells in a line, found more in line {line}");
            return Err(Error::invalid("data", detail));
        }
        match result {
            // With no more input, the reader ends the last record.
            ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => {}
            ReadRecordResult::OutputEndsFull => {
                let detail =
                    format!("expected at most {CELLS_MAX} cells in a line, found more in line {line}");
                return Err(Error::invalid("data", detail));
            }
            ReadRecordResult::Record if lines == Lines::First => return Ok(()),
            ReadRecordResult::Record => {
                cells = 0;
                line = reader.line();
            }
            ReadRecordResult::End => return Ok(()),
        }
    }
}

fn read_csv<T: Record>(text: &str, errors: &mut LineErrors) -> Result<Vec<Line<T>>> {
    for separator in SEPARATORS {
        check_cells(text, separator, Lines::First)?;
    }
    let (separator, rest) = separator::<T>(text);
    check_cells(rest, separator, Lines::All)?;
    // Line numbers include the line `sep=;`.
    let first = if rest.len() < text.len() { 2 } else { 1 };
    let text = rest;
    let mut reader = reader(text, separator);
    let bad = |error: csv::Error| Error::invalid("data", format!("expected CSV: {error}"));
    let headers = headers::<T>(reader.headers().map_err(bad)?)?;
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    let (mut count, mut memory, mut place) = (0, 0_usize, LinePosition { at: 0, line: first });
    while reader.read_record(&mut record).map_err(bad)? {
        // Spreadsheets write rows without cells as separators only.
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        count += 1;
        if count > T::LINES_MAX {
            return Err(too_many::<T>());
        }
        let cells = record.iter().filter(|cell| !cell.is_empty());
        memory = cells.fold(memory, |sum, cell| sum.saturating_add(cell.len()).saturating_add(CELL_BYTES));
        if memory > MEMORY_MAX {
            return Err(too_heavy());
        }
        let began = record.position().map_or(0, csv::Position::byte);
        let number = place.line_of(text, usize::try_from(began).unwrap_or(usize::MAX));
        let is_longer = record.iter().skip(headers.len()).any(|cell| !cell.trim().is_empty());
        if is_longer || record.len() < headers.len() {
            let (expected, found) = (headers.len(), record.len());
            let detail = format!(
                "expected {expected} cells, as the first line has, found {found}; a cell that contains the separator {separator:?} must be in double quotes"
            );
            errors.push(number, "", detail);
            continue;
        }
        let read = fields(&headers, &record).and_then(|fields| Input::Json(fields).read());
        take(&mut lines, number, read, errors)?;
    }
    Ok(lines)
}

/// How far a text has been searched for line ends.
struct LinePosition {
    at: usize,
    line: u64,
}

impl LinePosition {
    /// The number of the line in which a record begins. The reader's position is before the line ends
    /// there.
    fn line_of(&mut self, text: &str, byte: usize) -> u64 {
        let bytes = text.as_bytes();
        let ends = bytes.get(byte..).unwrap_or_default().iter();
        let begin = byte + ends.take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let passed = bytes.get(self.at..begin).unwrap_or_default();
        self.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.at = begin;
        self.line
    }
}

/// The value in a cell that may contain JSON; `None` if it contains something else. JSON that is refused in a
/// body and in a JSON line is refused here, too.
fn json_cell(column: &str, cell: &str) -> Result<Option<Value>> {
    let most = JsonBounds { values: VALUES_MAX, memory: LINE_MEMORY_MAX };
    match json::read(cell.as_bytes(), most, &mut |_| true) {
        Ok(value) => Ok(Some(value)),
        Err(BadJson::Malformed(_)) => Ok(None),
        Err(BadJson::Twice(member)) => {
            let between = if member.starts_with('[') { "" } else { "." };
            Err(Error::invalid(format!("{column}{between}{member}"), "expected this field only once"))
        }
        Err(error @ (BadJson::TooMany { .. } | BadJson::TooLarge | BadJson::NoMemory)) => {
            Err(Error::invalid(column, error.to_string()))
        }
    }
}

/// The fields of a CSV record, as they would be in JSON.
fn fields(headers: &[Header], record: &csv::StringRecord) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    let mut labels: Option<Map<String, Value>> = None;
    for (header, cell) in headers.iter().zip(record) {
        let cell = from_cell(cell);
        let cell = &*cell;
        if cell.is_empty() {
            continue;
        }
        let more = match header {
            Header::Field(name, Cells::Text) => {
                fields.insert((*name).to_owned(), cell.into());
                continue;
            }
            Header::Field(name, Cells::Json) => {
                // A cell that is not JSON is passed on as text; the field refuses it and says what it
                // expects.
                let value = json_cell(name, cell)?.unwrap_or_else(|| cell.into());
                fields.insert((*name).to_owned(), value);
                continue;
            }
            Header::Field(name, Cells::List) => {
                let list = json_cell(name, cell)?.filter(Value::is_array);
                fields.insert((*name).to_owned(), list.unwrap_or_else(|| vec![cell].into()));
                continue;
            }
            Header::Field(name, Cells::Labels) => {
                let read = Labels::from_text(cell).map_err(|e| Error::invalid(name, e.to_string()))?;
                read.iter().map(|(name, value)| (name.to_string(), value.as_str().into())).collect()
            }
            Header::Label(name) => vec![(name.clone(), Value::from(cell))],
        };
        let labels = labels.get_or_insert_default();
        for (name, value) in more {
            if labels.insert(name.clone(), value).is_some() {
                return Err(Error::invalid(format!("labels.{name}"), "expected each label once"));
            }
        }
    }
    if let Some(labels) = labels {
        fields.insert("labels".into(), labels.into());
    }
    Ok(fields)
}
