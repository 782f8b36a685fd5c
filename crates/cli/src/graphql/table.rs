//! The answer of a query as tables.

use serde_json::Value;

use crate::output;

/// The columns of rows: the path of each member that is no object, in the order of the first row that has it.
fn columns(rows: &[Value]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for row in rows {
        add_columns(row, "", &mut columns);
    }
    // A column of missing objects is only a name that others begin with.
    let has_members = |column: &String| columns.iter().any(|other| other.starts_with(&format!("{column}.")));
    columns.iter().filter(|column| !has_members(column)).cloned().collect()
}

fn add_columns(value: &Value, above: &str, columns: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                add_columns(value, &path, columns);
            }
        }
        _ if !columns.iter().any(|column| column == above) => columns.push(above.to_owned()),
        _ => {}
    }
}

/// The value at a path.
fn at<'v>(row: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(row, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// A value in one cell. Objects with one member are that member, so that a list of names is the names.
fn cell(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) if members.len() == 1 => members.values().map(cell).collect(),
        value => output::cell(value),
    }
}

/// Shows the lists of an answer as tables and everything else as lines, then its errors.
pub(crate) fn show(answer: &Value) {
    let data = answer.get("data").and_then(Value::as_object);
    let count = data.map_or(0, serde_json::Map::len);
    for (n, (name, value)) in data.into_iter().flatten().enumerate() {
        if count > 1 {
            output::line(&format!("{}{name}", if n > 0 { "\n" } else { "" }));
        }
        match value {
            Value::Array(rows) if rows.is_empty() => output::line("(none)"),
            Value::Array(rows) => {
                let columns = columns(rows);
                let names: Vec<&str> = columns.iter().map(String::as_str).collect();
                let cells = |row: &Value| names.iter().map(|path| cell(at(row, path))).collect();
                output::table(&names, rows.iter().map(cells));
            }
            Value::Object(_) => output::object(value),
            Value::Null => output::line("(null)"),
            value => output::line(&output::cell(value)),
        }
    }
    for error in answer.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let message = output::cell(&error["message"]);
        let place = match (error.get("path"), error["locations"][0].as_object()) {
            (Some(path), _) => format!("{}: ", cell(path).replace(", ", ".")),
            (None, Some(place)) => {
                format!("line {}, column {}: ", output::cell(&place["line"]), output::cell(&place["column"]))
            }
            (None, None) => String::new(),
        };
        output::note(&format!("error: {place}{message}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_columns_and_lists_are_cells() {
        let rows = [
            json!({ "name": "db-1", "site": null, "services": [] }),
            json!({ "name": "db-2", "site": { "name": "Berlin" }, "services": [{ "name": "a" }, { "name": "b" }] }),
        ];
        let columns = columns(&rows);
        assert_eq!(columns, ["name", "services", "site.name"]);
        let cells: Vec<String> = columns.iter().map(|path| cell(at(&rows[1], path))).collect();
        assert_eq!(cells, ["db-2", "a, b", "Berlin"]);
        assert_eq!(cell(at(&rows[0], "site.name")), "");
    }
}
