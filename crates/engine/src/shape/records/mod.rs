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
//! with space. If a text has such a formula behind a semicolon, a tab or the end of a line, an apostrophe is put
//! before that, too, because some spreadsheets begin a new cell there; the cell then begins with an apostrophe,
//! whatever its first character is. Reading removes them again. JSON in a cell has `\u003b` for semicolons then.

mod errors;
mod read;
mod write;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use self::errors::LineErrors;
pub use self::read::read;
pub use self::write::to_cell;
pub(crate) use self::write::{write_header, write_records};

/// The most lines in one import.
pub const LINES_MAX: usize = 100_000;
/// The most bytes of text in one import.
pub const TEXT_MAX: usize = 64 << 20;

/// What an import does with an object that exists already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ExistingObjects")]
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

#[cfg(test)]
mod tests {
    use bailiwick_domain::hidden::hidden;
    use bailiwick_domain::label::Labels;
    use proptest::prelude::*;

    use super::read::{SEPARATORS, read_now};
    use super::write::from_cell;
    use super::*;
    use crate::shape::format::Format;

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
    fn lines_with_too_many_cells_or_too_much_memory_are_refused() {
        let refused = |format, text: &str| {
            let error = read_now::<Thing>(format, text, &mut LineErrors::default()).unwrap_err();
            let crate::error::Error::Invalid(errors) = error else { panic!("expected an invalid input") };
            errors[0].detail.clone()
        };
        let commas = |count| ",".repeat(count);
        for text in [
            format!("name{}\n", commas(1_000)),
            format!("name;note{}\n", ";".repeat(1_000_000)),
            format!("name,note\na,b\nc,d{}\n", commas(999)),
            format!("name,note\n{}", "\"\n\",".repeat(1_001)),
        ] {
            assert!(refused(Format::Csv, &text).starts_with("expected at most 1000 cells in a line"));
        }
        let wide = format!("name,note{}\na,b{}\n", commas(998), commas(998));
        assert_eq!(read_now::<Thing>(Format::Csv, &wide, &mut LineErrors::default()).unwrap().len(), 1);
        let line = format!("{{\"name\":\"a\",\"labels\":{{{}}}}}\n", {
            let labels: Vec<String> = (0..200).map(|n| format!("\"l{n}\":\"\"")).collect();
            labels.join(",")
        });
        assert!(refused(Format::Jsonl, &line.repeat(20_000)).contains("need too much memory"));
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
    fn formulas_behind_separators_are_written_as_text_and_read_again() {
        for (text, cell) in [
            ("x;=1+1;y", "'x;'=1+1;y"),
            ("x;y", "x;y"),
            ("x;'=1", "'x;''=1"),
            ("x\t\"-1\n@a", "'x\t'\"-1\n'@a"),
            ("'x;y", "''x;y"),
        ] {
            assert_eq!(to_cell(text), cell);
            assert_eq!(from_cell(cell), text);
        }
        // What a person writes without an apostrophe at its beginning stays as it is.
        assert_eq!(from_cell("x;'=1"), "x;'=1");
        let things = [
            Thing { parts: Some(vec!["a;=1".into(), "b".into()]), ..thing("a", None, Some("env=\"x;=1\"")) },
            Thing { size: Some(-1), ..thing("b", None, None) },
        ];
        let written =
            write_header::<Thing>(Format::Csv).unwrap() + &write_records(Format::Csv, &things).unwrap();
        assert!(
            written.contains(r"a\u003b=1") && written.contains(";'=1") && written.contains(",-1"),
            "{written}"
        );
        let (lines, errors) = read_all(Format::Csv, &written);
        assert_eq!(errors, []);
        assert_eq!(lines.into_iter().map(|(_, thing)| thing).collect::<Vec<_>>(), things);
    }

    #[test]
    fn a_duplicate_json_member_in_a_cell_is_refused() {
        let text =
            "name,parts,size\na,,\"{\"\"n\"\":1,\"\"n\"\":2}\"\nb,\"[{\"\"c\"\":1,\"\"c\"\":1}]\",\nc,,3\n";
        let (lines, errors) = read_all(Format::Csv, text);
        assert_eq!(lines, [(4, Thing { size: Some(3), ..thing("c", None, None) })]);
        let expected = [
            ("line 2: size.n", "expected this field only once"),
            ("line 3: parts[0].c", "expected this field only once"),
        ];
        assert_eq!(errors, expected.map(|(field, detail)| (field.to_owned(), detail.to_owned())));
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
        fn no_csv_cell_contains_a_formula_for_another_separator(text in "[=;a'\" \t\n\r＝,-]{1,8}") {
            let cell = to_cell(&text);
            prop_assert_eq!(from_cell(&cell), text.as_str());
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["x", &*cell, "y"]).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            for piece in line.split([';', '\t', '\n', '\r']) {
                let piece = piece.trim_start_matches(['"', ' ']);
                prop_assert!(!piece.starts_with(['=', '-', '＝']), "{line:?}");
            }
        }

        #[test]
        fn reading_any_text_never_panics(text in "[name,\"'\n\r{}:=]{0,40}") {
            for format in Format::ALL {
                let _ = read_now::<Thing>(format, &text, &mut LineErrors::default());
            }
        }
    }
}
