//! Objects as text, one a line: to bring many in at once, and to take them out.
//!
//! As JSON (`jsonl`) a line is an object; blank lines are skipped. As CSV (RFC 4180) the first line
//! names the fields; an empty cell is a field that is absent. Labels stand in one column,
//! `labels`, as `env=prod,note="two words"`, or each in a column of its own, `label.env`. Numbers,
//! objects and lists of several texts stand there as they do in JSON. A cell
//! that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a
//! carriage return), or that begins with an apostrophe, is written with an apostrophe before it;
//! reading takes that off again.

use std::borrow::Cow;

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::label::Labels;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::Text;
use crate::error::{Error, FieldError, Result};
use crate::format::Format;
use crate::input::Input;

/// The most lines that are taken in at once.
pub const LINES_MAX: usize = 100_000;
/// The most bytes of text that are taken in at once.
pub const TEXT_MAX: usize = 64 << 20;
/// How many errors of lines are named one by one.
const ERRORS_MAX: usize = 100;

/// What an import does with what is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum Existing {
    /// It is an error.
    #[default]
    Refuse,
    /// The object becomes what the line says; what the line does not name stays.
    Update,
}

/// What an import did.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Imported {
    /// How many objects were created.
    pub(crate) created: usize,
    /// How many were changed.
    pub(crate) updated: usize,
    /// How many were already as their lines say.
    pub(crate) unchanged: usize,
    /// True if nothing was done, only found out.
    pub(crate) dry_run: bool,
}

/// Objects as text.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Exported {
    /// How they are written.
    pub(crate) format: Format,
    /// The text.
    pub(crate) data: String,
    /// How many objects are in it.
    pub(crate) count: usize,
    /// How many there are to be taken out in all; null behind the first page.
    pub(crate) total: Option<i64>,
    /// Give this as `cursor` for the next ones; null on the last.
    pub(crate) next_cursor: Option<Cursor>,
}

impl Exported {
    /// The text alone, and where it goes on.
    pub(crate) fn as_text(&self) -> Text {
        let next = self.next_cursor.as_ref().map(ToString::to_string);
        Text { format: self.format, text: self.data.clone(), next }
    }
}

/// What stands in the cells of a column of CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cells {
    /// Texts.
    Text,
    /// What is no text, as JSON: numbers, true and false, objects.
    Json,
    /// Lists of texts: one by itself, several as JSON.
    List,
    /// Labels, all of an object's in one cell.
    Labels,
}

/// An object as it is written in a line: flat, but for its labels.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + 'static {
    /// Its fields, in the order of their columns.
    const COLUMNS: &'static [(&'static str, Cells)];
    /// The most lines that are taken in at once.
    const LINES_MAX: usize = LINES_MAX;
}

/// A record and the line that it began in, counted from 1.
#[derive(Debug)]
pub(crate) struct Line<T> {
    pub(crate) number: u64,
    pub(crate) record: T,
}

/// What is wrong with lines: the first hundred one by one, then how many more.
#[derive(Debug, Default)]
pub(crate) struct LineErrors {
    errors: Vec<FieldError>,
    more: usize,
    /// Whether a line would give more than the caller has.
    exceeds: bool,
}

impl LineErrors {
    /// Something is wrong with a field of a line; with the line as a whole if it is empty.
    pub(crate) fn push(&mut self, line: u64, field: &str, detail: impl AsRef<str>) {
        if self.errors.len() == ERRORS_MAX {
            self.more += 1;
            return;
        }
        let field = if field.is_empty() { format!("line {line}") } else { format!("line {line}: {field}") };
        self.errors.push(FieldError::new(field, detail));
    }

    /// A field of a line would give more than the caller has.
    pub(crate) fn push_beyond(&mut self, line: u64, field: &str, detail: impl AsRef<str>) {
        self.exceeds = true;
        self.push(line, field, detail);
    }

    /// Refuses what has errors.
    pub(crate) fn check(mut self) -> Result<()> {
        if self.errors.is_empty() {
            return Ok(());
        }
        if self.more > 0 {
            self.errors.push(FieldError::new("", format!("and {} more", self.more)));
        }
        Err(if self.exceeds { Error::GrantExceedsOwn(self.errors) } else { Error::Invalid(self.errors) })
    }
}

/// Reads a text, without holding up others meanwhile: it may be large.
pub(crate) async fn read<T: Record>(format: Format, text: String) -> Result<(Vec<Line<T>>, LineErrors)> {
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
    Error::invalid("data", format!("expected at most {} lines; send the others apart", T::LINES_MAX))
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
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(fields)) => {
                let input = Input::Json(fields);
                let read = input.check_names(&known).and_then(|()| input.read());
                take(&mut lines, number, read, errors)?;
            }
            Ok(_) => errors.push(number, "", "expected a JSON object"),
            Err(error) => {
                let column = error.column();
                errors.push(number, "", format!("expected a JSON object; it goes wrong at column {column}"));
            }
        }
    }
    Ok(lines)
}

/// Takes a record in, or what is wrong with it.
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

/// A column of a text of CSV.
enum Header {
    Field(&'static str, Cells),
    Label(String),
}

fn headers<T: Record>(names: &csv::StringRecord) -> Result<Vec<Header>> {
    let mut headers = Vec::new();
    let mut errors = LineErrors::default();
    let mut seen: Vec<&str> = Vec::new();
    for name in names.iter().map(str::trim) {
        if seen.contains(&name) {
            errors.push(1, name, "expected each column once");
        }
        seen.push(name);
        match (T::COLUMNS.iter().find(|(column, _)| *column == name), name.strip_prefix("label.")) {
            (Some((column, cells)), _) => headers.push(Header::Field(column, *cells)),
            (None, Some(label)) => headers.push(Header::Label(label.to_owned())),
            (None, None) => {
                let columns: Vec<&str> = T::COLUMNS.iter().map(|(column, _)| *column).collect();
                let columns = columns.join(", ");
                errors.push(
                    1,
                    name,
                    format!("there is no such column; expected label.NAME or one of {columns}"),
                );
            }
        }
    }
    errors.check()?;
    Ok(headers)
}

fn read_csv<T: Record>(text: &str, errors: &mut LineErrors) -> Result<Vec<Line<T>>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let bad = |error: csv::Error| Error::invalid("data", format!("expected CSV: {error}"));
    let headers = headers::<T>(reader.headers().map_err(bad)?)?;
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    let (mut count, mut place) = (0, Place { at: 0, line: 1 });
    while reader.read_record(&mut record).map_err(bad)? {
        count += 1;
        if count > T::LINES_MAX {
            return Err(too_many::<T>());
        }
        let began = record.position().map_or(0, csv::Position::byte);
        let number = place.line_of(text, usize::try_from(began).unwrap_or(usize::MAX));
        if record.len() != headers.len() {
            let (expected, found) = (headers.len(), record.len());
            errors.push(
                number,
                "",
                format!("expected {expected} cells, as the first line has, found {found}"),
            );
            continue;
        }
        let read = fields(&headers, &record).and_then(|fields| Input::Json(fields).read());
        take(&mut lines, number, read, errors)?;
    }
    Ok(lines)
}

/// How far a text was looked through for the ends of lines.
struct Place {
    at: usize,
    line: u64,
}

impl Place {
    /// The line of the record that a reader came to at a byte: it is behind the ends of lines there.
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

/// The fields of a record of CSV, as they would stand in JSON.
fn fields(headers: &[Header], record: &csv::StringRecord) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    let mut labels: Option<Map<String, Value>> = None;
    for (header, cell) in headers.iter().zip(record) {
        if cell.is_empty() {
            continue;
        }
        let cell = from_cell(cell);
        let more = match header {
            Header::Field(name, Cells::Text) => {
                fields.insert((*name).to_owned(), cell.into());
                continue;
            }
            Header::Field(name, Cells::Json) => {
                // What is no JSON is refused by the field itself, which knows what it expects.
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

/// Writes records, as [`read`] reads them.
pub(crate) fn write<T: Record>(format: Format, records: &[T]) -> Result<String> {
    let bytes = match format {
        Format::Jsonl => {
            let mut bytes = Vec::new();
            for record in records {
                serde_json::to_writer(&mut bytes, record).map_err(Error::internal)?;
                bytes.push(b'\n');
            }
            bytes
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(T::COLUMNS.iter().map(|(name, _)| name)).map_err(Error::internal)?;
            for record in records {
                let fields = serde_json::to_value(record).map_err(Error::internal)?;
                let cells = T::COLUMNS.iter().map(|(name, cells)| cell(&fields[*name], *cells));
                let cells = cells.collect::<Result<Vec<_>>>()?;
                writer.write_record(cells).map_err(Error::internal)?;
            }
            writer.into_inner().map_err(|error| Error::internal(error.to_string()))?
        }
    };
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
            // A list of nothing is not the same as none.
            [Value::String(only)] if !only.is_empty() && !only.starts_with('[') => to_cell(only).into_owned(),
            _ => value.to_string(),
        },
        (Cells::Text | Cells::Json | Cells::List, other) => other.to_string(),
    })
}

/// What a spreadsheet would take for a formula, and the mark against that.
const MARKED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

fn to_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(MARKED) { format!("'{text}").into() } else { text.into() }
}

fn from_cell(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(MARKED)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
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
        let said = errors.errors.into_iter().map(|e| (e.field, e.detail)).collect();
        (lines.into_iter().map(|line| (line.number, line.record)).collect(), said)
    }

    fn thing(name: &str, note: Option<&str>, labels: Option<&str>) -> Thing {
        let labels = labels.map(|text| Labels::from_text(text).unwrap());
        Thing { name: name.into(), note: note.map(Into::into), labels, parts: None, size: None }
    }

    #[test]
    fn csv_is_read_by_the_names_of_its_columns() {
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
    fn every_bad_line_is_named() {
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
    fn lines_and_errors_are_bounded() {
        let (_, errors) = read_all(Format::Jsonl, &"1\n".repeat(150));
        assert_eq!(errors.len(), ERRORS_MAX);
        let mut errors = LineErrors::default();
        for line in 0..150 {
            errors.push(line, "", "x");
        }
        let said = errors.check().unwrap_err().field_errors();
        assert_eq!((said.len(), said[100].detail.as_str()), (101, "and 50 more"));
        for (format, text) in
            [(Format::Jsonl, "{}\n".repeat(LINES_MAX + 1)), (Format::Csv, "name\n".repeat(LINES_MAX + 2))]
        {
            let refused = read_now::<Thing>(format, &text, &mut LineErrors::default()).unwrap_err();
            assert_eq!(refused.field_errors()[0].field, "data");
        }
    }

    fn any_thing() -> impl Strategy<Value = Thing> {
        // What is special to CSV and to spreadsheets, and any other text.
        let text = || prop_oneof!["[=+@'\"a,;\\-\t\r\n \\\\]{1,6}", "\\PC{1,12}"];
        let labels = prop::collection::btree_map("[a-z_]{1,3}", "\\PC{0,6}", 1..4);
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
        fn what_is_written_is_read_again(things in prop::collection::vec(any_thing(), 0..6)) {
            for format in Format::ALL {
                let text = write(format, &things).unwrap();
                let (lines, errors) = read_all(format, &text);
                prop_assert_eq!(errors, []);
                let read: Vec<_> = lines.into_iter().map(|(_, thing)| thing).collect();
                prop_assert_eq!(&read, &things);
            }
        }

        #[test]
        fn no_cell_begins_as_a_formula_does(text in "[=+@'a\\-\t\r]{1,4}") {
            let cell = to_cell(&text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(from_cell(&cell), text.as_str());
        }

        #[test]
        fn any_text_is_read_without_panic(text in "[name,\"'\n\r{}:=]{0,40}") {
            for format in Format::ALL {
                let _ = read_now::<Thing>(format, &text, &mut LineErrors::default());
            }
        }
    }
}
