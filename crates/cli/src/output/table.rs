//! Tables. On a terminal, long cells are cut so that each row has one line.

use std::io::IsTerminal as _;

use comfy_table::{ContentArrangement, Table, presets};
use console::{Term, measure_text_width, truncate_str};

use super::{line, note};

/// The smallest width in characters to which a column is cut.
const LEAST: usize = 10;
/// The width in characters of the space around a cell.
const AROUND: usize = 2;
/// The heading of ids, and those of what names an object without its id.
const ID_HEADING: &str = "ID";
const NAMES: [&str; 3] = ["NAME", "NODE NAME", "SLUG"];
/// The length in characters of an id, and of a time: neither is of any use if it is cut.
const ID: usize = 36;
const TIME: usize = 20;

/// Prints a table. On a terminal it is as wide as that at most, if its columns can be cut so far; a file or a
/// pipe gets all of it.
pub(crate) fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    line(&text(in_capitals(header), rows.collect(), width()));
}

/// [`table`], but on a terminal without empty columns, without ids for which there is no room (unless they are asked for),
/// and never wider than the terminal.
pub(crate) fn table_of(columns: &[&str], rows: impl Iterator<Item = Vec<String>>, with_ids: bool) {
    let (mut header, mut rows, width) = (in_capitals(columns), rows.collect::<Vec<_>>(), width());
    let left_out = match width {
        Some(width) => fit(&mut header, &mut rows, width, with_ids),
        None => Vec::new(),
    };
    line(&text(header, rows, width));
    if !left_out.is_empty() {
        note(&format!(
            "There is no room for: {}. A wider window, --ids or --json shows them.",
            left_out.join(", ")
        ));
    }
}

fn in_capitals(header: &[&str]) -> Vec<String> {
    header.iter().map(|name| name.replace('_', " ").to_uppercase()).collect()
}

/// The width of the terminal; `None` for a file or a pipe.
fn width() -> Option<usize> {
    let size = if std::io::stdout().is_terminal() { Term::stdout().size_checked() } else { None };
    size.map(|(_, columns)| usize::from(columns))
}

/// Removes columns until the table can be cut to a width: empty ones, then ids of objects that have a name, then the last
/// ones. Returns the headings of those that were not empty.
fn fit(header: &mut Vec<String>, rows: &mut [Vec<String>], width: usize, with_ids: bool) -> Vec<String> {
    let is_empty =
        |n: usize, rows: &[Vec<String>]| rows.iter().all(|row| row.get(n).is_none_or(String::is_empty));
    for n in (0..header.len()).rev().filter(|n| is_empty(*n, rows)).collect::<Vec<_>>() {
        remove(n, header, rows);
    }
    let mut left_out = Vec::new();
    let is_wide = |header: &[String], rows: &[Vec<String>], most: fn(&Column) -> usize| {
        let columns = (0..header.len()).map(|n| most(&Column::of(n, header, rows)));
        columns.sum::<usize>() + AROUND * header.len() > width
    };
    let has_name = header.iter().any(|name| NAMES.contains(&name.as_str()));
    let id = header.iter().position(|name| name == ID_HEADING);
    if let Some(n) = id.filter(|_| has_name && !with_ids && is_wide(header, rows, |column| column.needed)) {
        left_out.push(remove(n, header, rows));
    }
    while header.len() > 2 && !with_ids && is_wide(header, rows, |column| column.least) {
        left_out.push(remove(header.len() - 1, header, rows));
    }
    left_out
}

fn remove(n: usize, header: &mut Vec<String>, rows: &mut [Vec<String>]) -> String {
    rows.iter_mut().filter(|row| n < row.len()).for_each(|row| drop(row.remove(n)));
    header.remove(n)
}

/// The table as text, within a width in characters if one is given.
fn text(header: Vec<String>, mut rows: Vec<Vec<String>>, width: Option<usize>) -> String {
    if let Some(width) = width {
        let natural: Vec<Column> = (0..header.len()).map(|n| Column::of(n, &header, &rows)).collect();
        let widths = fitted(&natural, width.saturating_sub(AROUND * header.len()));
        for row in &mut rows {
            for (cell, most) in row.iter_mut().zip(&widths) {
                *cell = truncate_str(cell, *most, "…").into_owned();
            }
        }
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // An id that is broken across lines cannot be copied.
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// The widths of a column in characters: what it needs, and the least to which it may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    needed: usize,
    least: usize,
}

impl Column {
    fn of(n: usize, header: &[String], rows: &[Vec<String>]) -> Self {
        let cells = || rows.iter().filter_map(|row| row.get(n));
        let name = header.get(n).map_or(0, |name| measure_text_width(name));
        let needed = cells().map(|cell| measure_text_width(cell)).max().unwrap_or(0).max(name);
        let is_id = cells().any(|cell| is_id(cell));
        let is_time = cells().any(|cell| is_time(cell));
        let least = if is_id {
            ID
        } else if is_time {
            TIME
        } else {
            LEAST
        };
        Self { needed, least: least.max(name).min(needed) }
    }
}

fn is_id(cell: &str) -> bool {
    let hyphen = |n| matches!(n, 8 | 13 | 18 | 23);
    let fits = |(n, byte): (usize, u8)| if hyphen(n) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    cell.len() == ID && cell.bytes().enumerate().all(fits)
}

fn is_time(cell: &str) -> bool {
    cell.len() == TIME && cell.ends_with('Z') && cell.as_bytes().get(10) == Some(&b'T')
}

/// The widths of columns within a width: the widest is cut first.
fn fitted(columns: &[Column], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| column.needed).collect();
    let mut over = widths.iter().sum::<usize>().saturating_sub(width);
    while over > 0 {
        let can_be_cut = |n: &usize| widths[*n] > columns[*n].least;
        let Some(widest) = (0..widths.len()).filter(can_be_cut).max_by_key(|n| widths[*n]) else { break };
        widths[widest] -= 1;
        over -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "01a22ab2-7c68-7038-bba2-e32dc1d97cfc";

    fn rows() -> Vec<Vec<String>> {
        let row = ["db-1", UUID, &"label=value,".repeat(20), "2026-11-30T04:24:30Z"];
        vec![row.map(str::to_owned).to_vec(), vec![String::new(); 4]]
    }

    fn header() -> Vec<String> {
        ["NAME", "ID", "LABELS", "CREATED AT"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_table_fits_the_terminal_and_ids_and_times_stay_whole() {
        let shown = text(header(), rows(), Some(100));
        assert!(shown.lines().all(|line| measure_text_width(line) <= 100), "{shown}");
        assert!(shown.contains(UUID) && shown.contains("2026-11-30T04:24:30Z"), "{shown}");
        assert!(shown.contains("label=value,") && shown.contains('…'), "{shown}");
        // What cannot be cut so far stays as wide as it must be.
        let narrow = text(header(), rows(), Some(20));
        assert!(narrow.contains(UUID) && narrow.contains("2026-11-30T04:24:30Z"), "{narrow}");
    }

    #[test]
    fn without_room_empty_columns_ids_and_the_last_columns_are_left_out() {
        let fitted = |width: usize, with_ids: bool| {
            let mut header = [header(), vec!["EMPTY".to_owned()]].concat();
            let mut rows: Vec<Vec<String>> =
                rows().into_iter().map(|row| [row, vec![String::new()]].concat()).collect();
            let left_out = fit(&mut header, &mut rows, width, with_ids);
            let shown = text(header.clone(), rows, Some(width));
            let widest = shown.lines().map(measure_text_width).max().unwrap();
            (header.join(" "), left_out.join(" "), widest)
        };
        let (header, left_out, widest) = fitted(80, false);
        assert_eq!((header.as_str(), left_out.as_str()), ("NAME LABELS CREATED AT", "ID"));
        assert!(widest <= 80, "{widest}");
        let (header, left_out, widest) = fitted(30, false);
        assert_eq!((header.as_str(), left_out.as_str()), ("NAME LABELS", "ID CREATED AT"));
        assert!(widest <= 30, "{widest}");
        assert_eq!(fitted(80, true).0, "NAME ID LABELS CREATED AT");
        assert_eq!(fitted(400, false).0, "NAME ID LABELS CREATED AT");
    }

    #[test]
    fn nothing_is_cut_without_a_terminal() {
        let shown = text(header(), rows(), None);
        assert!(shown.contains(&"label=value,".repeat(20)) && !shown.contains('…'), "{shown}");
    }

    #[test]
    fn wide_characters_count_twice() {
        let rows = vec![vec!["漢字".repeat(30)]];
        let shown = text(vec!["NAME".to_owned()], rows, Some(40));
        assert!(shown.lines().all(|line| measure_text_width(line) <= 40), "{shown}");
    }
}
