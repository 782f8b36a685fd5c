//! What a check found, and what to do about it.

use bailiwick_server::check;
use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    /// Everything is as it should be.
    Ok,
    /// It works, but not for long, or not as it was meant.
    Warning,
    /// Something does not work, or is not safe.
    Fault,
    /// The check could not be made.
    Skipped,
}

impl Mark {
    /// The mark in front of a line.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "FAULT",
            Self::Skipped => "skipped",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    /// The name of the check, which is stable.
    pub(super) check: &'static str,
    /// How it ended.
    pub(super) mark: Mark,
    /// What was found; for a skipped check, why.
    pub(super) finding: String,
    /// What to do about it; null if there is nothing to do.
    pub(super) next: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, finding: impl Into<String>) -> Self {
        Self { check, mark: Mark::Ok, finding: finding.into(), next: None }
    }

    pub(super) fn warning(check: &'static str, finding: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, mark: Mark::Warning, finding: finding.into(), next: Some(next.into()) }
    }

    pub(super) fn fault(check: &'static str, finding: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, mark: Mark::Fault, finding: finding.into(), next: Some(next.into()) }
    }

    pub(super) fn skipped(check: &'static str, finding: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, mark: Mark::Skipped, finding: finding.into(), next: Some(next.into()) }
    }

    /// A fault that an error tells. `next` is what to do if the error does not say it.
    pub(super) fn of_error(check: &'static str, error: impl ToString, next: &str) -> Self {
        let (finding, own) = parted(&error.to_string());
        Self::fault(check, finding, own.unwrap_or_else(|| next.to_owned()))
    }

    /// What the check of the configuration found. `next` is what to do if it does not say it.
    pub(super) fn of_setting(check: &'static str, found: &check::Finding, next: &str) -> Self {
        let text = format!("{}: {}", found.setting, found.text);
        let mark = if found.is_fault { Mark::Fault } else { Mark::Warning };
        Self { mark, ..Self::of_error(check, text, next) }
    }
}

/// The words with which an error's advice begins.
const ADVICE: [&str; 24] = [
    "add",
    "append",
    "check",
    "choose",
    "correct",
    "create",
    "grant",
    "if",
    "install",
    "make",
    "move",
    "name",
    "remove",
    "renew",
    "replace",
    "restore",
    "run",
    "set",
    "start",
    "stop",
    "synchronize",
    "use",
    "wait",
    "write",
];
/// The word with which an error says what should be there, which is advice if there is no other.
const EXPECTED: [&str; 1] = ["expected"];

/// The two parts of an error's text: what is wrong, and what to do, which begins after a `: `, `; ` or `. `.
pub(super) fn parted(text: &str) -> (String, Option<String>) {
    let at = place(text, &ADVICE).or_else(|| place(text, &EXPECTED));
    match at.and_then(|at| text.split_at_checked(at)) {
        Some((finding, rest)) => (finding.to_owned(), rest.get(2..).map(str::to_owned)),
        None => (text.to_owned(), None),
    }
}

/// Where one of these words follows the end of a part.
fn place(text: &str, words: &[&str]) -> Option<usize> {
    let ends = text.match_indices([':', ';', '.']);
    let mut ends = ends.filter(|(at, _)| {
        let rest = text.get(at + 1..).and_then(|rest| rest.strip_prefix(' ')).unwrap_or_default();
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        words.contains(&word.to_ascii_lowercase().as_str())
    });
    ends.next().map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use bailiwick_files::NotOwn;
    use bailiwick_server::serve_error::ServeError;
    use bailiwick_server::tls::TlsError;

    use super::*;

    #[test]
    fn errors_are_parted_where_their_advice_begins() {
        let path = || PathBuf::from("/data/peppers");
        for (error, advice) in [
            (
                NotOwn::Writable { path: path(), mode: 0o666 }.to_string(),
                "If you trust the contents, run `chmod",
            ),
            (NotOwn::Readable { path: path(), mode: 0o644, owner: 0 }.to_string(), "run `chmod o-rwx"),
            (NotOwn::Link { path: path() }.to_string(), "replace it with the file itself"),
            (NotOwn::Other { path: path(), expected: "a file", found: "a directory" }.to_string(), "move it"),
            (NotOwn::Owner { path: path(), owner: 65_534, me: 1 }.to_string(), "Run this program as"),
            (ServeError::NoPeppers(path()).to_string(), "restore the file"),
            (ServeError::ObservationsLost(path()).to_string(), "restore it from your backup"),
            (ServeError::ClocksDiffer { off_micros: 20_000_000 }.to_string(), "synchronize both clocks"),
            (
                TlsError::OtherKey { certificate: path(), private_key: path() }.to_string(),
                "use the private key that",
            ),
        ] {
            let (finding, next) = parted(&error);
            let next = next.unwrap_or_else(|| panic!("no advice in: {error}"));
            assert!(next.starts_with(advice), "{finding} | {next}");
        }
        assert_eq!(parted("it is broken: os error 5"), ("it is broken: os error 5".to_owned(), None));
    }
}
