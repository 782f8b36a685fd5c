//! What is shown: tables for people, JSON for programs, errors that say what to do next.

use std::io::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// A line on standard output. That nobody reads it is no error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Bytes on standard output. That nobody reads them is no error.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// A line on standard error. That nobody reads it is no error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// JSON on standard output.
pub(crate) fn json(value: &Value) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// An error and its causes on standard error.
pub(crate) fn error(error: &anyhow::Error) {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because {cause}"));
        }
    }
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A table.
pub(crate) fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // An id that is cut in two cannot be copied; a terminal folds what is too long.
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().map(|name| name.replace('_', " ").to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    line(table.to_string().trim_end());
}

/// A time without its fraction of a second; any other text as it is.
fn in_seconds(text: &str) -> String {
    let shape = |(n, c): (usize, char)| match n {
        4 | 7 => c == '-',
        10 => c == 'T',
        13 | 16 => c == ':',
        19 => c == '.',
        _ => c.is_ascii_digit(),
    };
    let is_time = text.len() > 21 && text.ends_with('Z') && text[..text.len() - 1].char_indices().all(shape);
    if is_time { format!("{}Z", &text[..19]) } else { text.to_owned() }
}

/// A value in one cell of a table.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => in_seconds(text),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            match (text("kind").or_else(|| text("noun")), text("id"), text("at")) {
                // Who did it, what was touched.
                (Some(kind), Some(id), _) => format!("{kind}:{id}"),
                (Some(kind), None, _) => kind.to_owned(),
                // When it was used.
                (_, _, Some(at)) => in_seconds(at),
                _ => members.iter().map(|(k, v)| format!("{k}={}", cell(v))).collect::<Vec<_>>().join(","),
            }
        }
        other => other.to_string(),
    }
}

/// One object as lines of name and value; objects within it are spread out, and what is empty is
/// left out.
pub(crate) fn object(value: &Value) {
    let mut rows = Vec::new();
    spread("", value, &mut rows);
    rows.retain(|(_, value)| !value.is_empty());
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        line(format!("{name:width$}  {value}").trim_end());
    }
}

fn spread(above: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let name = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                spread(&name, value, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (n, item) in items.iter().enumerate() {
                spread(&format!("{above}[{n}]"), item, rows);
            }
        }
        Value::Object(_) => rows.push((above.to_owned(), String::new())),
        value => rows.push((above.to_owned(), cell(value))),
    }
}
