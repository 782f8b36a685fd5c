//! Objects as text, one per line, for imports and exports.
//!
//! In JSON (`jsonl`), each line is an object; blank lines are skipped.
//!
//! In CSV (RFC 4180), the first line names the fields, in any case; an empty cell means that the field
//! is absent. The reader takes what spreadsheets write: cells separated by commas, semicolons or tabs
//! (detected from the first line, or given by Excel's `sep=;` before it), separators at the ends of
//! lines, empty rows, and space around cells. Labels are in one column, `labels`, as
//! `env=prod,note="two words"`, or each in a column of its own, `label.env`. Numbers, objects and lists
//! of several texts are written as in JSON.
//!
//! An apostrophe is put before a cell that a spreadsheet would take for a formula (it begins with `=`,
//! `+`, `-`, `@`, one of these in full width, a tab or a carriage return), that begins with an apostrophe, or that begins or ends
//! with space. Reading removes it again.

use std::borrow::Cow;
use std::collections::HashSet;

use bailiwick_domain::label::Labels;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, FieldError, Result};
use crate::shape::format::Format;
use crate::shape::input::Input;
use crate::shape::json::{self, BadJson};

/// The most lines in one import.
pub const LINES_MAX: usize = 100_000;
/// The most bytes of text in one import.
pub const TEXT_MAX: usize = 64 << 20;
/// How many different errors are listed.
const ERRORS_MAX: usize = 100;
/// Up to how many lines with the same error are listed one by one.
const ALIKE_MAX: usize = 5;
/// The possible separators of CSV cells. If the first line does not show which, the first one.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// What an import does with an object that exists already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Existing {
    /// The line is an error.
    #[default]
    Refuse,
    /// The object is updated with the line's fields; absent fields stay as they are.
    Update,
}

/// The result of an import.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Imported {
    /// How many objects were created.
    pub created: usize,
    /// How many objects were changed.
    pub updated: usize,
    /// How many objects already were as their lines say.
    pub unchanged: usize,
    /// True if nothing was changed because the request was a dry run.
    pub dry_run: bool,
}

/// The content of the cells in a CSV column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    /// Texts.
    Text,
    /// Values other than text, as JSON: numbers, true and false, objects.
    Json,
    /// Lists of texts: a single text as it is, several as a JSON array.
    List,
    /// All labels of an object, in one cell.
    Labels,
}

/// An object as it is written in a line: flat except for its labels.
pub trait Record: Serialize + DeserializeOwned + Send + 'static {
    /// Its fields, in the order of their columns.
    const COLUMNS: &'static [(&'static str, Cells)];
    /// The most lines in one import.
    const LINES_MAX: usize = LINES_MAX;
}

/// A record, with the number of the line in which it begins, counted from 1.
#[derive(Debug)]
pub struct Line<T> {
    /// The number of the line.
    pub number: u64,
    /// The record.
    pub record: T,
}

/// Errors in lines. The same error in many lines is reported once.
#[derive(Debug, Default)]
pub struct LineErrors {
    groups: Vec<Group>,
    /// How many errors were dropped because there were too many different ones.
    more: usize,
    /// Whether a line would grant more than the caller has.
    exceeds: bool,
}

/// An error in a field, and the lines in which it occurs.
#[derive(Debug)]
struct Group {
    field: String,
    detail: String,
    /// The first lines, at most [`ALIKE_MAX`].
    lines: Vec<u64>,
    /// In how many lines it occurs.
    count: usize,
}

impl LineErrors {
    /// Adds an error in a field of a line; an empty field stands for the whole line.
    pub fn push(&mut self, line: u64, field: &str, detail: impl AsRef<str>) {
        let detail = detail.as_ref();
        if let Some(group) = self.groups.iter_mut().find(|g| g.detail == detail && g.field == field) {
            group.count += 1;
            if group.lines.len() < ALIKE_MAX {
                group.lines.push(line);
            }
        } else if self.groups.len() == ERRORS_MAX {
            self.more += 1;
        } else {
            let (field, detail) = (field.to_owned(), detail.to_owned());
            self.groups.push(Group { field, detail, lines: vec![line], count: 1 });
        }
    }

    /// Adds an error because a field of a line would grant more than the caller has.
    pub fn push_beyond(&mut self, line: u64, field: &str, detail: impl AsRef<str>) {
        self.exceeds = true;
        self.push(line, field, detail);
    }

    /// Refuses the import if there are errors.
    pub fn check(self) -> Result<()> {
        let exceeds = self.exceeds;
        let errors = self.into_errors();
        if errors.is_empty() {
            return Ok(());
        }
        Err(if exceeds { Error::GrantExceedsOwn(errors) } else { Error::Invalid(errors) })
    }

    /// The errors in the order of their lines: at most a hundred, then the number of the others.
    fn into_errors(self) -> Vec<FieldError> {
        let mut named: Vec<(u64, usize, FieldError)> = Vec::new();
        for Group { field, detail, lines, count } in self.groups {
            let field = if field.is_empty() { field } else { format!(": {field}") };
            if count > ALIKE_MAX {
                let Some(first) = lines.first() else { continue };
                let place = format!("line {first} and {} more{field}", count - 1);
                named.push((*first, count, FieldError::new(place, detail)));
            } else {
                let each = |line| (line, 1, FieldError::new(format!("line {line}{field}"), &detail));
                named.extend(lines.into_iter().map(each));
            }
        }
        named.sort_by_key(|(line, ..)| *line);
        let left_out = named.iter().skip(ERRORS_MAX).map(|(_, count, _)| count).sum::<usize>() + self.more;
        let mut errors: Vec<_> = named.into_iter().take(ERRORS_MAX).map(|(_, _, error)| error).collect();
        if left_out > 0 {
            errors.push(FieldError::new("", format!("and {left_out} more")));
        }
        errors
    }
}

/// Reads records from a text, on a blocking thread because the text may be large.
pub async fn read<T: Record>(format: Format, text: String) -> Result<(Vec<Line<T>>, LineErrors)> {
    let read = tokio::task::spawn_blocking(move || {
        let mut errors = LineErrors::default();
        read_now(format, &text, &mut errors).map(|lines| (lines, errors))
    });
    read.await.map_err(Error::internal)?
}

fn read_now<T: Record>(format: Format, text: &str, errors: &mut LineErrors) -> Result<Vec<Line<T>>> {
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

fn read_jsonl<T: Record>(text: &str, errors: &mut LineErrors) -> Result<Vec<Line<T>>> {
    let known: Vec<String> = T::COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut lines = Vec::new();
    let mut count = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        count += 1;
        if count > T::LINES_MAX {
            return Err(too_many::<T>());
        }
        match json::read(line.as_bytes()).map(|read| read.value) {
            Ok(Value::Object(fields)) => {
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
            Err(error @ BadJson::TooMany) => errors.push(number, "", error.to_string()),
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

fn read_csv<T: Record>(text: &str, errors: &mut LineErrors) -> Result<Vec<Line<T>>> {
    let (separator, rest) = separator::<T>(text);
    // Line numbers include the line `sep=;`.
    let first = if rest.len() < text.len() { 2 } else { 1 };
    let text = rest;
    let mut reader = reader(text, separator);
    let bad = |error: csv::Error| Error::invalid("data", format!("expected CSV: {error}"));
    let headers = headers::<T>(reader.headers().map_err(bad)?)?;
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    let (mut count, mut place) = (0, Place { at: 0, line: first });
    while reader.read_record(&mut record).map_err(bad)? {
        // Spreadsheets write rows without cells as separators only.
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        count += 1;
        if count > T::LINES_MAX {
            return Err(too_many::<T>());
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
struct Place {
    at: usize,
    line: u64,
}

impl Place {
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

/// The fields of a CSV record, as they would be in JSON.
fn fields(headers: &[Header], record: &csv::StringRecord) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    let mut labels: Option<Map<String, Value>> = None;
    for (header, cell) in headers.iter().zip(record) {
        let cell = from_cell(cell);
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
                let value = serde_json::from_str(cell).unwrap_or_else(|_| cell.into());
                fields.insert((*name).to_owned(), value);
                continue;
            }
            Header::Field(name, Cells::List) => {
                let list = serde_json::from_str(cell).ok().filter(Value::is_array);
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

/// Writes records in the form that [`read`] reads, without the header.
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

fn to_cell(text: &str) -> Cow<'_, str> {
    let is_marked = text.starts_with(MARKED) || text.trim() != text;
    if is_marked { format!("'{text}").into() } else { text.into() }
}

/// A cell without the space around it. If an apostrophe protects the cell, only the apostrophe is
/// removed.
fn from_cell(cell: &str) -> &str {
    let marked = cell.trim_start().strip_prefix('\'');
    let marked = marked.filter(|rest| rest.starts_with(MARKED) || rest.trim() != *rest);
    marked.unwrap_or_else(|| cell.trim())
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::hidden::hidden;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        labels: Option<Labels>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parts: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<i64>,
    }

    impl Record for Thing {
        const COLUMNS: &'static [(&'static str, Cells)] = &[
            ("name", Cells::Text),
            ("note", Cells::Text),
            ("labels", Cells::Labels),
            ("parts", Cells::List),
            ("size", Cells::Json),
        ];
    }

    type Said = Vec<(String, String)>;

    fn read_all(format: Format, text: &str) -> (Vec<(u64, Thing)>, Said) {
        let mut errors = LineErrors::default();
        let lines = read_now::<Thing>(format, text, &mut errors).unwrap();
        let said = errors.into_errors().into_iter().map(|e| (e.field, e.detail)).collect();
        (lines.into_iter().map(|line| (line.number, line.record)).collect(), said)
    }

    fn thing(name: &str, note: Option<&str>, labels: Option<&str>) -> Thing {
        let labels = labels.map(|text| Labels::from_text(text).unwrap());
        Thing { name: name.into(), note: note.map(Into::into), labels, parts: None, size: None }
    }

    #[test]
    fn csv_is_read_by_column_name() {
        let text = "\u{feff}note, name ,label.env,label.tier\r\n'=1+1,a,prod,\n\"two\nlines\",\"b, \"\"c\"\"\",,\n\n'x,'',,\n";
        let (lines, errors) = read_all(Format::Csv, text);
        assert_eq!(errors, []);
        let expected = [
            (2, thing("a", Some("=1+1"), Some("env=prod"))),
            (3, thing("b, \"c\"", Some("two\nlines"), None)),
            (6, thing("'", Some("'x"), None)),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn every_invalid_line_is_named() {
        let text = "name,note,labels\na,b\n,x,\nb,,env\nc,,\"a=1,a=2\"\nd,,\n";
        let (lines, errors) = read_all(Format::Csv, text);
        assert_eq!(lines, [(6, thing("d", None, None))]);
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["line 2", "line 3: name", "line 4: labels", "line 5: labels"]);
        let text = "{\"name\":\"a\"}\n\n[]\n{\"name\":\n{\"nmae\":\"b\"}\n{\"name\":1}\n{\"name\":\"c\",\"labels\":{\"9\":\"\"}}";
        let (lines, errors) = read_all(Format::Jsonl, text);
        assert_eq!(lines, [(1, thing("a", None, None))]);
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["line 3", "line 4", "line 5: nmae", "line 6: name", "line 7: labels.9"]);
        for (text, field) in [("name,sise\n", "line 1: sise"), ("name,name\n", "line 1: name")] {
            let error = read_now::<Thing>(Format::Csv, text, &mut LineErrors::default()).unwrap_err();
            assert_eq!(error.field_errors()[0].field, field);
        }
    }

    #[test]
    fn the_number_of_lines_and_errors_is_bounded() {
        let (_, errors) = read_all(Format::Jsonl, &"1\n".repeat(150));
        assert_eq!(errors, [("line 1 and 149 more".into(), "expected a JSON object".into())]);
        let mut errors = LineErrors::default();
        for line in 0..150 {
            errors.push(line, "name", format!("x{line}"));
            errors.push(line, "", "alike");
        }
        let said = errors.check().unwrap_err().field_errors();
        assert_eq!((said.len(), said[100].detail.as_str()), (101, "and 51 more"));
        assert_eq!(said[1].field, "line 0 and 149 more");
        let mut errors = LineErrors::default();
        for line in [7, 3, 5] {
            errors.push(line, "name", "alike");
        }
        let said = errors.check().unwrap_err().field_errors();
        let fields: Vec<&str> = said.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["line 3: name", "line 5: name", "line 7: name"]);
        for (format, text) in
            [(Format::Jsonl, "{}\n".repeat(LINES_MAX + 1)), (Format::Csv, "name\n".repeat(LINES_MAX + 2))]
        {
            let refused = read_now::<Thing>(format, &text, &mut LineErrors::default()).unwrap_err();
            assert_eq!(refused.field_errors()[0].field, "data");
        }
    }

    #[test]
    fn csv_written_by_spreadsheets_is_read() {
        let prod = || vec![(2, thing("a", Some("x"), Some("env=prod")))];
        for text in [
            "name,note,labels\na,x,env=prod\n",
            "name;note;labels\na;x;env=prod\n",
            "name\tnote\tlabels\r\na\tx\tenv=prod\r\n",
            "Name,NOTE,Labels\na,x,env=prod\n",
            "\u{feff}name;note;LABEL.env\r\na;x;prod\r\n",
            "name,note,labels,,\na,x,env=prod,,\n,,,,\n ,,,,\n",
            "name , note,labels\n a ,\u{a0}x ,  env=prod \n",
            "\"name\";\"note\";\"labels\"\n\"a\";\"x\";\"env=prod\"\n",
        ] {
            assert_eq!(read_all(Format::Csv, text), (prod(), vec![]), "{text}");
        }
        for text in ["sep=;\nname;note\na;x,y\n", "\"sep=|\"\r\nname|note\r\na|x,y\r\n"] {
            assert_eq!(read_all(Format::Csv, text), (vec![(3, thing("a", Some("x,y"), None))], vec![]));
        }
        for (text, field, detail) in [
            ("name|note\na|x\n", "line 1: name|note", "commas, semicolons or tabs"),
            ("name,,note\na,,x\n", "line 1", "column 2 has no name"),
            ("name,NAME\na,b\n", "line 1: NAME", "each column once"),
        ] {
            let refused = read_now::<Thing>(Format::Csv, text, &mut LineErrors::default()).unwrap_err();
            let refused = refused.field_errors();
            assert_eq!(refused[0].field, field);
            assert!(refused[0].detail.contains(detail), "{}", refused[0].detail);
        }
        let (_, errors) = read_all(Format::Csv, "name;note\na;b;c\n");
        assert!(errors[0].1.contains("separator ';'"), "{errors:?}");
    }

    fn any_thing() -> impl Strategy<Value = Thing> {
        // Characters that are special in CSV and spreadsheets, and any other text.
        let text = || prop_oneof!["[=+@'\"a,;\\-\t\r\n \\\\]{1,6}", "\\PC{1,12}"];
        let visible =
            "\\PC{0,6}".prop_filter("imports take no hidden characters", |text| hidden(text).is_none());
        let labels = prop::collection::btree_map("[a-z_]{1,3}", visible, 1..4);
        let labels =
            prop::option::of(labels.prop_map(|map| serde_json::from_value(serde_json::json!(map)).ok()));
        let parts = prop::option::of(prop::collection::vec(prop_oneof![text(), "[\\[\\]\",a]{0,4}"], 0..3));
        let rest = (parts, prop::option::of(any::<i64>()));
        (text(), prop::option::of(text()), labels, rest).prop_map(|(name, note, labels, (parts, size))| {
            Thing { parts, size, name, note, labels: labels.flatten() }
        })
    }

    proptest! {
        #[test]
        fn written_records_are_read_unchanged(things in prop::collection::vec(any_thing(), 0..6)) {
            for format in Format::ALL {
                let text = write_header::<Thing>(format).unwrap() + &write_records(format, &things).unwrap();
                let (lines, errors) = read_all(format, &text);
                prop_assert_eq!(errors, []);
                let read: Vec<_> = lines.into_iter().map(|(_, thing)| thing).collect();
                prop_assert_eq!(&read, &things);
            }
        }

        #[test]
        fn records_saved_by_a_spreadsheet_are_read_unchanged(
            things in prop::collection::vec(any_thing(), 0..6),
            separator in prop::sample::select(&SEPARATORS[..]),
            capitals in any::<u64>(),
            trailing in 0..3_usize,
            empty_rows in 0..3_usize,
            (says_so, line_end, space) in (any::<bool>(), any::<bool>(), any::<bool>()),
        ) {
            let written = write_header::<Thing>(Format::Csv).unwrap() + &write_records(Format::Csv, &things).unwrap();
            let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let mut text = String::new();
            let end = if line_end { "\r\n" } else { "\n" };
            if says_so {
                text.push_str(&format!("sep={separator}{end}"));
            }
            for (n, row) in rows.records().enumerate() {
                let mut cells: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
                if n == 0 {
                    for (at, cell) in cells.iter_mut().enumerate() {
                        if capitals >> at & 1 == 1 {
                            *cell = cell.to_ascii_uppercase();
                        }
                    }
                }
                let cells: Vec<String> = cells
                    .iter()
                    .map(|cell| {
                        // Space after a protecting apostrophe belongs to the cell.
                        let around = if space && !cell.starts_with('\'') { " " } else { "" };
                        format!("\"{around}{}{around}\"", cell.replace('"', "\"\""))
                    })
                    .chain(std::iter::repeat_n(String::new(), trailing))
                    .collect();
                text.push_str(&cells.join(&separator.to_string()));
                text.push_str(end);
                for _ in 0..empty_rows {
                    text.push_str(&separator.to_string().repeat(cells.len() - 1));
                    text.push_str(end);
                }
            }
            let (lines, errors) = read_all(Format::Csv, &text);
            prop_assert_eq!(errors, []);
            let read: Vec<_> = lines.into_iter().map(|(_, thing)| thing).collect();
            prop_assert_eq!(&read, &things);
        }

        #[test]
        fn no_csv_cell_begins_like_a_formula(text in "[=+@'a\\-\t\r＝＋－＠]{1,4}") {
            let cell = to_cell(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']));
            prop_assert_eq!(from_cell(&cell), text.as_str());
        }

        #[test]
        fn reading_any_text_never_panics(text in "[name,\"'\n\r{}:=]{0,40}") {
            for format in Format::ALL {
                let _ = read_now::<Thing>(format, &text, &mut LineErrors::default());
            }
        }
    }
}
