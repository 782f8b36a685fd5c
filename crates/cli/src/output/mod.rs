//! Output: tables for people, JSON for programs, and errors that say what to do next.

mod table;

use std::io::Write as _;

use bailiwick_domain::hidden::is_hidden;
pub(crate) use bailiwick_logs::terminal::{clean, print_error as error};
use serde_json::{Map, Value};

pub(crate) use self::table::{table, table_of};

/// Prints a line to standard output, without control characters. A closed pipe is no error.
pub(crate) fn line(text: &str) {
    stream_line(text);
}

/// [`line`] for output that goes on until it is stopped. Returns whether anybody still reads it.
pub(crate) fn stream_line(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", clean(text)).and_then(|()| out.flush()).is_ok()
}

/// Writes bytes to standard output. A closed pipe is no error.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Prints a line to standard error, without control characters. A closed pipe is no error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", clean(text));
}

/// Prints JSON to standard output, with control characters escaped.
pub(crate) fn json(value: &Value) {
    line(&escaped(&serde_json::to_string_pretty(value).unwrap_or_default()));
}

/// JSON in which control characters and invisible characters are escaped. They occur only in strings.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if (c.is_control() && c != '\n') || is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A time without fractions of a second; any other text is unchanged.
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
        Value::String(text) => in_seconds(&clean(text)),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            match (text("kind").or_else(|| text("noun")), text("id"), text("at")) {
                // The actor or the object of an event.
                (Some(kind), Some(id), _) => clean(&format!("{kind}:{id}")),
                (Some(kind), None, _) => clean(kind),
                // Where and why a command failed.
                _ if members.contains_key("node_name") => failure(members),
                // The time of use.
                (_, _, Some(at)) => in_seconds(&clean(at)),
                _ => members
                    .iter()
                    .map(|(k, v)| format!("{}={}", clean(k), cell(v)))
                    .collect::<Vec<_>>()
                    .join(","),
            }
        }
        other => other.to_string(),
    }
}

/// The node on which a command failed, and why.
fn failure(members: &Map<String, Value>) -> String {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(clean);
    let exit_code = members.get("exit_code").and_then(Value::as_i64).map(|code| format!("exit code {code}"));
    let why = text("error").or(exit_code).or_else(|| text("state")).unwrap_or_default();
    format!("{}: {why}", text("node_name").unwrap_or_default())
}

/// A reach in a few words. An empty list in it reaches nothing, and an empty object everything.
pub(crate) fn reach(reach: &Value) -> String {
    let lists = [("organizations", "organization"), ("sites", "site"), ("nodes", "node")];
    let is_empty = |name: &str| reach[name].as_array().is_some_and(Vec::is_empty);
    if lists.iter().any(|(many, _)| is_empty(many)) {
        return "nothing".to_owned();
    }
    let count = |(many, one): (&str, &str)| match reach[many].as_array().map(Vec::len)? {
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let labels = reach["labels"].as_str().map(|labels| format!("labels={}", clean(labels)));
    let parts: Vec<String> = lists.into_iter().filter_map(count).chain(labels).collect();
    if parts.is_empty() { "all".to_owned() } else { parts.join(", ") }
}

/// Prints an object as lines of name and value. Objects within it are flattened, and empty values left out.
pub(crate) fn object(value: &Value) {
    let mut rows = Vec::new();
    spread("", value, &mut rows);
    rows.retain(|(_, value)| !value.is_empty());
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        line(clean(&format!("{name:width$}  {value}")).trim_end());
    }
}

fn spread(above: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let never = Value::from("never");
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                if name == "reach" && value.is_object() {
                    let name = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                    rows.push((name, reach(value)));
                }
                let value = if name == "expires_at" && value.is_null() { &never } else { value };
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reach_of_nothing_differs_from_a_reach_of_everything() {
        let key = |reach: Value| {
            let mut rows = Vec::new();
            spread("", &json!({ "key": { "reach": reach, "expires_at": null } }), &mut rows);
            rows.retain(|(_, value)| !value.is_empty());
            rows
        };
        let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let never = row("key.expires_at", "never");
        assert_eq!(key(json!({})), [never.clone(), row("key.reach", "all")]);
        assert_eq!(key(json!({ "sites": [] })), [never.clone(), row("key.reach", "nothing")]);
        assert_eq!(
            key(json!({ "sites": ["1"], "labels": "env=prod" })),
            [
                never,
                row("key.reach", "1 site, labels=env=prod"),
                row("key.reach.labels", "env=prod"),
                row("key.reach.sites", "1"),
            ]
        );
        assert_eq!(reach(&json!({ "organizations": ["1"], "nodes": ["1", "2"] })), "1 organization, 2 nodes");
    }

    #[test]
    fn a_failure_is_a_node_and_a_reason() {
        let failure = |exit_code: Value, error: Value| {
            cell(
                &json!({ "node_id": "1", "node_name": "db-1", "state": "failed", "exit_code": exit_code, "error": error }),
            )
        };
        assert_eq!(failure(json!(3), Value::Null), "db-1: exit code 3");
        assert_eq!(failure(Value::Null, json!("no such user")), "db-1: no such user");
        assert_eq!(failure(Value::Null, Value::Null), "db-1: failed");
    }

    #[test]
    fn terminal_control_characters_are_removed_from_output() {
        let hostile = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{7f}\r x";
        let shown = cell(&json!([hostile, { "a\u{1b}": hostile }, { "kind": hostile, "id": hostile }]));
        assert!(!shown.chars().any(|c| c.is_control() || is_hidden(c)), "{shown:?}");
        assert_eq!(clean("a\tb\nc"), "a\tb\nc");
        let value = json!({ hostile: hostile });
        let text = escaped(&value.to_string());
        assert!(!text.chars().any(|c| c.is_control() || is_hidden(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
