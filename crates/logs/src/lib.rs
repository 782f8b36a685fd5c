//! The log: structured, on standard error, written by a thread of its own so that no request waits for it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod terminal;

use std::io::{self, BufWriter, Write};
use std::sync::OnceLock;

use bailiwick_domain::hidden::is_hidden;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How many lines may wait to be written. If a terminal or a pipe blocks, further lines are dropped, so
/// that requests go on.
const LINES_WAITING: usize = 64_000;
/// The size in bytes of the buffer for one write.
const BYTES_AT_ONCE: usize = 64 << 10;

/// Counts the lines that were dropped, once the log was started.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// How many lines were dropped since the start, because too many waited to be written.
pub fn dropped() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Why the log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is not valid.
    #[error("{0}")]
    Level(String),
    /// The log was started before.
    #[error("the log was started twice")]
    Twice,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object per line, for programs.
    Json,
}

/// The filter that a level stands for: a level such as `info`, or rules by target, such as
/// `info,bailiwick_store=debug`. The error says what was expected.
pub fn filter(level: &str) -> Result<EnvFilter, String> {
    // Without this check, a misspelled level would count as the name of a target and silence all
    // others.
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_rule = |part: &str| part.contains(['=', '[', ':']);
    let mut parts = level.split(',').map(str::trim);
    if let Some(word) = parts.find(|p| !is_rule(p) && !LEVELS.contains(&p.to_lowercase().as_str())) {
        return Err(format!(
            "expected one of {}, or rules such as info,bailiwick_store=debug, found {word}",
            LEVELS.join(", ")
        ));
    }
    EnvFilter::builder().parse(level).map_err(|error| {
        format!("expected a level such as info, or rules such as info,bailiwick_store=debug ({error})")
    })
}

/// Starts the log. Lines that wait are written when the guard is dropped.
pub fn start(format: LogFormat, level: &str) -> Result<WorkerGuard, LogError> {
    let filter = filter(level).map_err(LogError::Level)?;
    // The writing thread flushes when no line waits, so under load one write contains many lines.
    let stderr = BufWriter::with_capacity(BYTES_AT_ONCE, std::io::stderr());
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING).finish(stderr);
    let _ = DROPPED.set(writer.error_counter());
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let form = match format {
        LogFormat::Json => Form::Json,
        LogFormat::Text => Form::Text { colour },
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Seen { to: writer.clone(), form });
    match form {
        Form::Json => builder.json().flatten_event(true).with_span_list(false).finish().try_init(),
        Form::Text { colour } => builder.with_ansi(colour).finish().try_init(),
    }
    .map_err(|_| LogError::Twice)?;
    Ok(guard)
}

/// The format of lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Text {
        /// Whether lines contain colours, for a terminal.
        colour: bool,
    },
}

/// The escape sequences for the colours of the log.
const COLOURS: [&str; 10] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[3m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[34m",
    "\u{1b}[35m",
    "\u{1b}[36m",
];

/// Writes lines, and escapes characters that control a terminal, are invisible or reverse a text: names and
/// messages of machines appear in the log, too. One message stays on one line.
struct Seen<W> {
    to: W,
    form: Form,
}

impl<W: Write> Write for Seen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Each call writes one whole line.
        let line = String::from_utf8_lossy(bytes);
        let text = line.strip_suffix('\n').unwrap_or(&line);
        if text.chars().any(does_something) {
            let mut seen = seen(text, self.form);
            seen.push_str(&line[text.len()..]);
            self.to.write_all(seen.as_bytes())?;
        } else {
            self.to.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn does_something(c: char) -> bool {
    c.is_control() && c != '\t' || is_hidden(c)
}

/// A line in which such characters are escaped by their numbers.
fn seen(text: &str, form: Form) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = COLOURS.iter().find(|colour| rest.starts_with(**colour));
        let length = match (colour, form) {
            (Some(colour), Form::Text { colour: true }) => {
                seen.push_str(colour);
                colour.len()
            }
            _ if !does_something(c) => {
                seen.push(c);
                c.len_utf8()
            }
            (_, Form::Json) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    seen.push_str(&format!("\\u{unit:04x}"));
                }
                c.len_utf8()
            }
            (_, Form::Text { .. }) => {
                seen.extend(c.escape_default());
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_in_the_log() {
        let written = |text: &str, form| {
            let mut lines = Seen { to: Vec::new(), form };
            lines.write_all(text.as_bytes()).unwrap();
            String::from_utf8(lines.to).unwrap()
        };
        let (plain, colour) = (Form::Text { colour: false }, Form::Text { colour: true });
        assert_eq!(written("name=a\u{202e}b ü\n", plain), "name=a\\u{202e}b ü\n");
        assert_eq!(written("a\nb\t\u{1b}[2m\n", plain), "a\\nb\t\\u{1b}[2m\n");
        // Only the log's own colours are kept; other escape sequences are escaped.
        let line = "\u{1b}[2mtime\u{1b}[0m \u{1b}[2J\u{1b}[8m\n";
        assert_eq!(written(line, colour), "\u{1b}[2mtime\u{1b}[0m \\u{1b}[2J\\u{1b}[8m\n");
        let json = serde_json::to_string("a\u{202e}b\u{e0001}").unwrap();
        assert_eq!(
            serde_json::from_str::<String>(&written(&json, Form::Json)).unwrap(),
            "a\u{202e}b\u{e0001}"
        );
        assert!(!written(&json, Form::Json).chars().any(is_hidden));
        assert_eq!(written("plain\n", Form::Json), "plain\n");
    }

    #[test]
    fn terminal_control_characters_are_escaped_in_the_log() {
        use std::sync::{Arc, Mutex};

        #[derive(Clone, Default)]
        struct Kept(Arc<Mutex<Vec<u8>>>);
        impl Write for Kept {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Kept::default();
        let to = kept.clone();
        let lines = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || Seen { to: to.clone(), form: Form::Text { colour: false } })
            .finish();
        let hostile = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}";
        tracing::subscriber::with_default(lines, || {
            tracing::info!(debug = ?hostile, shown = hostile, display = %hostile, "message {hostile}");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("message"), "{text:?}");
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || is_hidden(c)), "{text:?}");
    }
}
