//! The last log lines of a program, without its secrets.

use std::collections::VecDeque;

use bailiwick_domain::agent::{LOG_LINE_BYTES_MAX, LOG_LINES_MAX};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::recipe::percent_encoded;

/// The replacement for a secret.
const HIDDEN: &str = "***";
/// The shortest line of a secret with several lines that is hidden by itself, in bytes. Shorter ones are too common as texts,
/// and tell little of a secret.
const PART_MIN: usize = 4;

/// The secrets of a program, in all forms in which a program may write them.
#[derive(Default)]
pub(super) struct Redaction {
    /// Longest first, so that a form that is part of another one does not hide just that part.
    forms: Vec<Zeroizing<String>>,
}

impl Redaction {
    pub(super) fn of<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            // Log lines have no control characters, so the secrets are searched without them.
            forms.push(plain(secret));
            forms.extend(written_forms(secret).into_iter().map(Zeroizing::new));
            let parts = secret.lines().map(str::trim).filter(|part| part.len() >= PART_MIN);
            forms.extend(parts.map(|part| Zeroizing::new(part.to_owned())));
        }
        forms.retain(|form| !form.is_empty());
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// The text with all secrets replaced.
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

/// A text without control characters, except tabs.
fn plain(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| !c.is_control() || *c == '\t').collect())
}

/// The forms in which programs may write a text: quoted, encoded for URLs, JSON, HTML and in Base64,
/// and as hexadecimal bytes.
fn written_forms(secret: &str) -> Vec<String> {
    let quoted = format!("{secret:?}");
    let single = secret.replace('\\', "\\\\").replace('\'', "\\'");
    let mut forms = vec![quoted[1..quoted.len() - 1].to_owned(), single, percent_encoded(secret)];
    let each = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    forms.extend([each(|byte| format!("{byte:02x}")), each(|byte| format!("{byte:02X}"))]);
    forms.extend([each(|byte| format!("%{byte:02x}")), each(|byte| format!("%{byte:02X}"))]);
    forms.push(each(|byte| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    }));
    for escape in [|unit| format!("\\u{unit:04x}"), |unit: u16| format!("\\u{unit:04X}")] {
        forms.push(secret.encode_utf16().map(|unit| ascii_escaped(unit, escape)).collect());
    }
    for apostrophe in ["&#39;", "&#x27;", "&apos;"] {
        let page = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let page = page.replace('\'', apostrophe);
        forms.extend([page.replace('"', "&quot;"), page.replace('"', "&#34;")]);
    }
    forms.extend(base64_forms(secret.as_bytes()));
    forms
}

/// A UTF-16 code unit as ASCII-only JSON writes it (RFC 8259, section 7).
fn ascii_escaped(unit: u16, escape: fn(u16) -> String) -> String {
    match u8::try_from(unit) {
        Ok(byte @ (b'"' | b'\\')) => format!("\\{}", char::from(byte)),
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => escape(unit),
    }
}

/// The characters that every Base64 encoding (RFC 4648, sections 4 and 5) of a text containing these
/// bytes has in common: one form for each of the three possible offsets, without the characters that
/// also depend on neighbouring bytes.
fn base64_forms(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for (before, skipped) in [(0, 0), (1, 2), (2, 3)] {
        let padded = Zeroizing::new([&[0; 2][..before], bytes].concat());
        let whole = padded.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = Zeroizing::new(engine.encode(&*padded));
            if whole >= skipped + PART_MIN {
                forms.push(encoded[skipped..whole].to_owned());
            }
        }
    }
    forms
}

/// The last log lines of one program.
pub(super) struct Log {
    lines: Mutex<VecDeque<String>>,
    redaction: Redaction,
    /// Notified of each line.
    written: watch::Sender<u64>,
}

impl Log {
    pub(super) fn new(redaction: Redaction, written: watch::Sender<u64>) -> Self {
        Self { lines: Mutex::new(VecDeque::new()), redaction, written }
    }

    pub(super) const fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Adds a line without control characters. They are removed first, since a secret with control
    /// characters in it would not be found, and would appear once they are removed.
    pub(super) fn push(&self, line: &str) {
        let mut line = self.redaction.hide(&plain(line));
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

    /// Reads a program's output until it ends. Only the beginning of a long line is kept, but enough of
    /// it that no secret is cut before it is hidden.
    pub(super) async fn take(&self, from: impl AsyncRead + Unpin) {
        // Twice the length, since control characters may be in the secret.
        let most = LOG_LINE_BYTES_MAX + 2 * self.redaction.longest();
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
    async fn log_lines_are_bounded_and_the_newest_are_kept() {
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
    async fn the_lines_of_a_secret_are_masked_from_four_characters_on() {
        let log = log(&["first-line-long\nsecond-line-long-secret\r\n ABCDEFG \nwxyz\nab"]);
        for line in ["first-line-long", "second-line-long-secret", "it is ABCDEFG.", "wxyz", "ab"] {
            log.push(line);
        }
        assert_eq!(log.lines(), ["***", "***", "it is ***.", "***", "ab"]);
    }

    #[tokio::test]
    async fn every_encoded_form_of_a_secret_is_masked_in_the_log() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----\n";
        let log = log(&["p@ss\"word", "p@ss", key]);
        for line in ["dsn p@ss\"word", "uri p%40ss%22word@", "json \"p@ss\\\"word\"", "MIIEvQIBADANBgkq"] {
            log.push(line);
        }
        assert_eq!(log.lines(), ["dsn ***", "uri ***@", "json \"***\"", "***"]);
        let with_control = super::tests::log(&["one\u{1}two-three"]);
        with_control.push("it is one\u{1}two-three, or onetwo-three");
        assert_eq!(with_control.last().unwrap(), "it is ***, or ***");
        let log = super::tests::log(&["Blue&Ho\u{e4}rse'77\"x"]);
        for (written, kept) in [
            ("ctl Blue&Ho\u{1}\u{e4}rse\r'77\"x", "ctl ***"),
            ("html Blue&amp;Ho\u{e4}rse&#39;77&quot;x", "html ***"),
            ("json Blue&Ho\\u00e4rse'77\\\"x", "json ***"),
            ("repr Blue&Ho\u{e4}rse\\'77\"x", "repr ***"),
            ("url Blue%26Ho%c3%a4rse%2777%22x", "url ***"),
            ("hex 426c756526486fc3a47273652737372278", "hex ***"),
        ] {
            log.push(written);
            assert_eq!(log.last().unwrap(), kept);
        }
        for before in ["", "m", "mo", "mon:"] {
            for after in ["", "!", "!!"] {
                let text = format!("{before}Blue&Ho\u{e4}rse'77\"x{after}");
                for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                    log.push(&format!("basic {}", engine.encode(&text)));
                    assert!(log.last().unwrap().contains(HIDDEN), "{before} {after}");
                }
            }
        }
        // A secret at the position where a kept line is cut.
        let secret = "hunter2".repeat(300);
        let log = Log::new(Redaction::of([secret.as_str()].into_iter()), watch::Sender::new(0));
        let text = format!("{}{secret} and more", "x".repeat(LOG_LINE_BYTES_MAX - 5));
        log.take(text.as_bytes()).await;
        assert!(!log.lines()[0].contains("hunt"), "{}", log.lines()[0]);
    }
}
