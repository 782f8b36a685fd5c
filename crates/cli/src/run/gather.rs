//! Results that are equal, shown as one.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use serde_json::Value;

/// The most nodes that a heading names.
const NAMED_MAX: usize = 20;
/// The exit codes of what ran too long, and of what has none of its own.
const TIMED_OUT: u8 = 124;
const UNKNOWN: u8 = 125;

/// Nodes with one and the same result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gathered {
    nodes: Vec<String>,
    /// How it ended, in a few words; empty where all is well.
    ending: String,
    stdout: String,
    stderr: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// How a result ended, in a few words; empty where all is well.
fn ending(result: &Value) -> String {
    let state = text(&result["state"]);
    let why = match (&result["exit_code"], &result["signal"], &result["error"]) {
        (_, _, Value::String(error)) => format!(": {error}"),
        (_, Value::Number(signal), _) => format!(": signal {signal}"),
        (Value::Number(code), _, _) => format!(": exit code {code}"),
        _ => String::new(),
    };
    match state.as_str() {
        "succeeded" => String::new(),
        state => format!("{}{why}", state.replace('_', " ")),
    }
}

impl Gathered {
    /// Results, equal ones together: those of most nodes last, where they are seen.
    pub(super) fn of(results: &[Value]) -> Vec<Self> {
        let mut groups: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
        for result in results {
            let key = (ending(result), text(&result["stdout"]["text"]), text(&result["stderr"]["text"]));
            groups.entry(key).or_default().push(text(&result["node_name"]));
        }
        let mut gathered: Vec<Self> = groups
            .into_iter()
            .map(|((ending, stdout, stderr), mut nodes)| {
                nodes.sort();
                Self { nodes, ending, stdout, stderr }
            })
            .collect();
        gathered.sort_by(|a, b| (a.nodes.len(), &a.nodes).cmp(&(b.nodes.len(), &b.nodes)));
        gathered
    }

    /// Its nodes, and how many.
    fn heading(&self) -> String {
        let count = self.nodes.len();
        let mut names = self.nodes.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        if count > NAMED_MAX {
            names.push_str(&format!(" and {} more", count - NAMED_MAX));
        }
        let count = if count > 1 { format!(" ({count})") } else { String::new() };
        let ending = if self.ending.is_empty() { String::new() } else { format!(": {}", self.ending) };
        format!("{names}{count}{ending}")
    }

    /// Shows it: whose it is on standard error if that is another place, what was written where it was
    /// written to.
    pub(super) fn show(&self) {
        let heading = format!("--- {}\n", clean(&self.heading()));
        if std::io::stdout().is_terminal() {
            show(&mut std::io::stdout(), &heading, true);
            show(&mut std::io::stdout(), &self.stdout, true);
        } else {
            show(&mut std::io::stderr(), &heading, std::io::stderr().is_terminal());
            show(&mut std::io::stdout(), &self.stdout, false);
        }
        show(&mut std::io::stderr(), &self.stderr, std::io::stderr().is_terminal());
    }
}

/// A text that does nothing to a terminal but stand there.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Writes a text and ends its line. That nobody reads it is no error.
fn show(to: &mut dyn std::io::Write, text: &str, is_terminal: bool) {
    if text.is_empty() {
        return;
    }
    let text = if is_terminal { clean(text) } else { text.to_owned() };
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = write!(to, "{text}{end}");
    let _ = to.flush();
}

/// The worst of all results.
pub(super) fn exit_code(results: &[Value]) -> ExitCode {
    let worst = results.iter().map(code).max().unwrap_or(UNKNOWN);
    ExitCode::from(worst)
}

fn code(result: &Value) -> u8 {
    match (result["state"].as_str(), result["exit_code"].as_i64()) {
        (Some("succeeded"), _) => 0,
        (Some("failed"), Some(code)) => u8::try_from(code).ok().filter(|code| *code > 0).unwrap_or(u8::MAX),
        (Some("timed_out"), _) => TIMED_OUT,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(node: &str, state: &str, exit_code: Option<i64>, stdout: &str) -> Value {
        json!({
            "node_name": node, "state": state, "exit_code": exit_code, "signal": null, "error": null,
            "stdout": { "text": stdout }, "stderr": { "text": "" },
        })
    }

    #[test]
    fn equal_results_are_one_and_the_worst_decides() {
        let mut results = vec![
            result("b", "succeeded", Some(0), "x\n"),
            result("c", "failed", Some(3), ""),
            result("a", "succeeded", Some(0), "x\n"),
            result("d", "timed_out", None, ""),
        ];
        let gathered = Gathered::of(&results);
        let headings: Vec<String> = gathered.iter().map(Gathered::heading).collect();
        assert_eq!(headings, ["c: failed: exit code 3", "d: timed out", "a, b (2)"]);
        assert_eq!(code(&results[1]), 3);
        assert_eq!(results.iter().map(code).max(), Some(124));
        results.push(result("e", "lost", None, ""));
        assert_eq!(results.iter().map(code).max(), Some(125));
        assert_eq!(code(&result("f", "failed", Some(-1), "")), 255);
    }

    #[test]
    fn what_a_node_wrote_does_nothing_to_a_terminal() {
        assert_eq!(clean("a\u{1b}]0;x\u{7}\tb\n"), "a\u{fffd}]0;x\u{fffd}\tb\n");
    }
}
