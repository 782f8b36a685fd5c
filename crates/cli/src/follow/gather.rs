//! Groups equal results, so that they are shown once.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::output::clean;

/// The most nodes that a heading lists.
const NAMED_MAX: usize = 20;
/// The exit codes for a result that timed out, and for one without an exit code.
const TIMED_OUT: u8 = 124;
const UNKNOWN: u8 = 125;

/// Nodes with equal results.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gathered {
    nodes: Vec<String>,
    /// How the command ended, in a few words; empty if it succeeded.
    ending: String,
    stdout: Written,
    stderr: Written,
}

/// The output of a program on one stream.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Written {
    /// The output as text, for a terminal.
    text: String,
    /// The output as bytes, if it is not all UTF-8.
    bytes: Option<Vec<u8>>,
    /// Whether the middle is missing because the output was longer than what is kept.
    is_cut: bool,
}

impl Written {
    fn of(stream: &Value) -> Self {
        Self {
            text: text(&stream["text"]),
            bytes: stream["base64"].as_str().and_then(|base64| STANDARD.decode(base64).ok()),
            is_cut: stream["omitted_bytes"].as_u64().is_some_and(|omitted| omitted > 0),
        }
    }

    /// The output as the program wrote it.
    fn raw(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or(self.text.as_bytes())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// How a result ended, in a few words; empty if it succeeded.
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
    /// Groups equal results. The largest group comes last, where it is seen first.
    pub(super) fn of(results: &[Value]) -> Vec<Self> {
        let mut groups: BTreeMap<(String, Written, Written), Vec<String>> = BTreeMap::new();
        for result in results {
            let key = (ending(result), Written::of(&result["stdout"]), Written::of(&result["stderr"]));
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

    /// The heading: the nodes, and how many they are.
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

    /// Shows the group's output on the streams on which it was written. The heading goes to standard error
    /// if standard output is not a terminal.
    fn show(&self, is_last: bool) {
        let heading = format!("--- {}\n", clean(&self.heading()));
        if std::io::stdout().is_terminal() {
            show(&mut std::io::stdout(), &heading);
            show(&mut std::io::stdout(), &clean(&self.stdout.text));
        } else {
            let heading = if std::io::stderr().is_terminal() { clean(&heading) } else { heading };
            show(&mut std::io::stderr(), &heading);
            hand_on(&mut std::io::stdout(), self.stdout.raw(), is_last);
        }
        if std::io::stderr().is_terminal() {
            show(&mut std::io::stderr(), &clean(&self.stderr.text));
        } else {
            hand_on(&mut std::io::stderr(), self.stderr.raw(), true);
        }
        for (name, written) in [("standard output", &self.stdout), ("standard error", &self.stderr)] {
            if written.is_cut && written.bytes.is_some() {
                let note =
                    format!("--- the middle of {name} is missing, because it was longer than the limit\n");
                show(&mut std::io::stderr(), &note);
            }
        }
    }
}

/// How many lines of a failed command's output are shown below its results.
const TAIL_LINES: usize = 10;

/// The node of a result that is not a success, how it ended, and the last lines that it wrote: to standard error, or else to
/// standard output. Nothing for a success, and for a node that has not ended.
pub(crate) fn tail_of_failure(result: &Value) -> Vec<String> {
    let state = text(&result["state"]);
    if matches!(state.as_str(), "succeeded" | "pending" | "sent" | "running" | "left_out") {
        return Vec::new();
    }
    let streams = ["stderr", "stdout"].map(|stream| text(&result[stream]["text"]));
    let Some(written) = streams.iter().find(|written| !written.trim().is_empty()) else { return Vec::new() };
    let lines: Vec<&str> = written.trim_end().lines().collect();
    let first = lines.len().saturating_sub(TAIL_LINES);
    let heading = format!("--- {}: {}", text(&result["node_name"]), ending(result));
    let cut = (first > 0).then(|| format!("  … {first} lines before"));
    let shown = lines.iter().skip(first).map(|line| format!("  {}", clean(line)));
    std::iter::once(clean(&heading)).chain(cut).chain(shown).collect()
}

/// Shows results, with equal ones grouped.
pub(crate) fn show_all(results: &[Value]) {
    let groups = Gathered::of(results);
    for (n, group) in groups.iter().enumerate() {
        group.show(n + 1 == groups.len());
    }
}

/// The lines of an output, each with the name of its node before it.
fn prefixed(name: &str, written: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in written.split_inclusive(|byte| *byte == b'\n') {
        lines.extend(name.as_bytes());
        lines.extend(b": ");
        lines.extend(line);
    }
    if lines.last().is_some_and(|last| *last != b'\n') {
        lines.push(b'\n');
    }
    lines
}

/// Shows the results of one node after the other, sorted by name, each line with the name of its node. How a
/// command ended without success is shown on standard error.
pub(super) fn show_prefixed(results: &[Value]) {
    let mut results: Vec<&Value> = results.iter().collect();
    results.sort_by_key(|result| text(&result["node_name"]));
    for result in results {
        let name = clean(&text(&result["node_name"]));
        let (out, err) = (Written::of(&result["stdout"]), Written::of(&result["stderr"]));
        let put = |to: &mut dyn std::io::Write, is_terminal: bool, written: &Written| {
            let bytes = if is_terminal { clean(&written.text).into_bytes() } else { written.raw().to_vec() };
            hand_on(to, &prefixed(&name, &bytes), true);
        };
        put(&mut std::io::stdout(), std::io::stdout().is_terminal(), &out);
        put(&mut std::io::stderr(), std::io::stderr().is_terminal(), &err);
        let ending = ending(result);
        if !ending.is_empty() {
            show(&mut std::io::stderr(), &format!("{name}: --- {}", clean(&ending)));
        }
    }
}

/// Writes a text and ends its last line. A closed pipe is no error.
fn show(to: &mut dyn std::io::Write, text: &str) {
    if text.is_empty() {
        return;
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = write!(to, "{text}{end}");
    let _ = to.flush();
}

/// Writes a program's output to a file or a pipe, byte by byte. Its last line is ended only if the output
/// of other nodes follows.
fn hand_on(to: &mut dyn std::io::Write, bytes: &[u8], is_last: bool) {
    let needs_end = !is_last && bytes.last().is_some_and(|last| *last != b'\n');
    let _ = to.write_all(bytes).and_then(|()| if needs_end { to.write_all(b"\n") } else { Ok(()) });
    let _ = to.flush();
}

/// The exit code: the highest of all results.
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
    fn equal_results_are_grouped_and_the_worst_exit_code_wins() {
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
    fn binary_output_is_passed_on_unchanged() {
        let binary = b"\x1f\x8b\x08binary\xff\xfe";
        let of = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let base64 = std::str::from_utf8(bytes).is_err().then(|| STANDARD.encode(bytes));
            Written::of(&json!({ "text": text, "base64": base64, "omitted_bytes": 0 }))
        };
        let handed_on = |written: &Written, is_last| {
            let mut to = Vec::new();
            hand_on(&mut to, written.raw(), is_last);
            to
        };
        assert_eq!(handed_on(&of(binary), true), binary);
        assert_eq!(handed_on(&of(b"no end"), true), b"no end");
        assert_eq!(handed_on(&of(b"no end"), false), b"no end\n");
        assert_eq!(handed_on(&of(b"an end\n"), false), b"an end\n");
        assert_eq!(handed_on(&of(b""), false), b"");
        // Outputs may look equal as text although their bytes differ.
        let stream = |bytes: &[u8]| json!({ "text": "\u{fffd}", "base64": STANDARD.encode(bytes) });
        let with = |node: &str, bytes: &[u8]| {
            let mut result = result(node, "succeeded", Some(0), "");
            result["stdout"] = stream(bytes);
            result
        };
        assert_eq!(Gathered::of(&[with("a", b"\xff"), with("b", b"\xfe"), with("c", b"\xff")]).len(), 2);
    }

    #[test]
    fn each_line_has_the_name_of_its_node_before_it() {
        assert_eq!(prefixed("a", b"x\ny"), b"a: x\na: y\n");
        assert_eq!(prefixed("a", b"\n\xff\n"), b"a: \na: \xff\n");
        assert_eq!(prefixed("a", b""), b"");
    }

    #[test]
    fn terminal_control_characters_of_a_node_are_replaced() {
        assert_eq!(clean("a\u{1b}]0;x\u{7}\tb\n"), "a\u{fffd}]0;x\u{fffd}\tb\n");
    }
}
