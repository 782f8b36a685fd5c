//! The last lines that a program wrote, without its secrets.

use std::collections::VecDeque;

use bailiwick_domain::agent::{LOG_LINE_BYTES_MAX, LOG_LINES_MAX};
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::recipe::percent_encoded;

/// What stands where a secret was.
const HIDDEN: &str = "***";
/// A line of a secret of several lines that is shorter is too common a text to be hidden alone.
const PART_MIN: usize = 8;

/// The secrets of a program, in every form in which they may be written.
#[derive(Default)]
pub(super) struct Redaction {
    /// Longest first, so that none hides only a part of another.
    forms: Vec<Zeroizing<String>>,
}

impl Redaction {
    pub(super) fn of<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            let quoted = format!("{secret:?}");
            for form in [secret, &percent_encoded(secret), &quoted[1..quoted.len() - 1]] {
                forms.push(Zeroizing::new(form.to_owned()));
            }
            let parts = secret.lines().map(str::trim).filter(|part| part.len() >= PART_MIN);
            forms.extend(parts.map(|part| Zeroizing::new(part.to_owned())));
        }
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// The text without them.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in &self.forms {
            if text.contains(form.as_str()) {
                text = text.replace(form.as_str(), HIDDEN);
            }
        }
        text
    }

    fn longest(&self) -> usize {
        self.forms.first().map_or(0, |form| form.len())
    }
}

/// The last lines of one program.
pub(super) struct Log {
    lines: Mutex<VecDeque<String>>,
    redaction: Redaction,
    /// Told of each line.
    written: watch::Sender<u64>,
}

impl Log {
    pub(super) fn new(redaction: Redaction, written: watch::Sender<u64>) -> Self {
        Self { lines: Mutex::new(VecDeque::new()), redaction, written }
    }

    pub(super) const fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Adds a line.
    pub(super) fn push(&self, line: &str) {
        let mut line = self.redaction.hide(line);
        if line.len() > LOG_LINE_BYTES_MAX {
            line.truncate(line.floor_char_boundary(LOG_LINE_BYTES_MAX));
        }
        let mut lines = self.lines.lock();
        if lines.len() == LOG_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
        drop(lines);
        self.written.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The lines, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().iter().cloned().collect()
    }

    /// The newest line.
    pub(super) fn last(&self) -> Option<String> {
        self.lines.lock().back().cloned()
    }

    /// Takes in what a program writes until it writes no more. Of a long line only the beginning is
    /// read, but enough of it that no secret is cut in two before it is hidden.
    pub(super) async fn take(&self, from: impl AsyncRead + Unpin) {
        let most = LOG_LINE_BYTES_MAX + self.redaction.longest();
        let mut from = BufReader::new(from);
        let mut line: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::new());
        while let Ok(read) = from.fill_buf().await {
            if read.is_empty() {
                break;
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let piece = &read[..end.unwrap_or(read.len())];
            let room = most - line.len();
            line.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = end.map_or(read.len(), |end| end + 1);
            from.consume(used);
            if end.is_some() {
                self.push(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
        }
        if !line.is_empty() {
            self.push(&String::from_utf8_lossy(&line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(secrets: &[&str]) -> Log {
        Log::new(Redaction::of(secrets.iter().copied()), watch::Sender::new(0))
    }

    #[tokio::test]
    async fn lines_are_bounded_and_the_newest_stay() {
        let log = log(&[]);
        let text: String = (0..LOG_LINES_MAX + 5).map(|n| format!("line {n}\r\n")).collect();
        log.take(text.as_bytes()).await;
        assert_eq!((log.lines().len(), log.lines()[0].as_str()), (LOG_LINES_MAX, "line 5"));
        log.take(&[&b"x".repeat(100_000)[..], b"\nlast"].concat()[..]).await;
        let lines = log.lines();
        assert_eq!(lines[lines.len() - 2].len(), LOG_LINE_BYTES_MAX);
        assert_eq!(log.last().unwrap(), "last");
    }

    #[tokio::test]
    async fn no_form_of_a_secret_is_kept() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----\n";
        let log = log(&["p@ss\"word", "p@ss", key]);
        for line in ["dsn p@ss\"word", "uri p%40ss%22word@", "json \"p@ss\\\"word\"", "MIIEvQIBADANBgkq"] {
            log.push(line);
        }
        assert_eq!(log.lines(), ["dsn ***", "uri ***@", "json \"***\"", "***"]);
        // A secret where the kept part of a line ends.
        let secret = "hunter2".repeat(300);
        let log = Log::new(Redaction::of([secret.as_str()].into_iter()), watch::Sender::new(0));
        let text = format!("{}{secret} and more", "x".repeat(LOG_LINE_BYTES_MAX - 5));
        log.take(text.as_bytes()).await;
        assert!(!log.lines()[0].contains("hunt"), "{}", log.lines()[0]);
    }
}
