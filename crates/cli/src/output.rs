//! What is shown: tables for people, JSON for programs, errors that say what to do next.

use std::io::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// A line on standard output. That nobody reads it is no error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
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
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|name| name.replace('_', " ").to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    line(table.to_string().trim_end());
}

/// A value in one cell of a table.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            match (text("kind").or_else(|| text("noun")), text("id"), text("at")) {
                // Who did it, what was touched.
                (Some(kind), Some(id), _) => format!("{kind}:{id}"),
                (Some(kind), None, _) => kind.to_owned(),
                // When it was used.
                (_, _, Some(at)) => at.to_owned(),
                _ => members.iter().map(|(k, v)| format!("{k}={}", cell(v))).collect::<Vec<_>>().join(","),
            }
        }
        other => other.to_string(),
    }
}

/// One object as lines of name and value; objects within it are spread out.
pub(crate) fn object(value: &Value) {
    let mut rows = Vec::new();
    spread("", value, &mut rows);
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
