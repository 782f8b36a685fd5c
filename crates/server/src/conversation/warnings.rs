//! Warnings in the log about what one client sends: cut to size, and few of each kind, so that a client
//! cannot fill the disk of the log.

use std::error::Error;
use std::time::{Duration, Instant};

use bailiwick_domain::hidden::shown;

/// How many characters of a client's text one warning contains.
const SHOWN_MAX: usize = 300;
/// How long after a warning the next one of its kind is logged.
const PAUSE: Duration = Duration::from_secs(60);

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The result of a scan that cannot be decoded.
    Scan,
    /// Reports that cannot be decoded.
    Reports,
    /// Reports that could not be stored.
    Storing,
    /// A key that was not applied.
    Key,
    /// A configuration that was not applied.
    Configuration,
}

/// The warnings of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    at: Option<Instant>,
    left_out: u64,
}

/// The warnings about one client.
#[derive(Debug, Default)]
pub(crate) struct Warnings([Last; 5]);

/// A warning that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// How many of its kind were left out before it, if any were.
    pub(crate) left_out: Option<u64>,
}

impl Warnings {
    /// Whether a warning is logged now. If not, it is counted.
    pub(crate) fn due(&mut self, about: About, now: Instant) -> Option<Due> {
        let last = self.0.get_mut(about as usize)?;
        if last.at.is_some_and(|at| now.saturating_duration_since(at) < PAUSE) {
            last.left_out += 1;
            return None;
        }
        let left_out = std::mem::take(&mut last.left_out);
        last.at = Some(now);
        Some(Due { left_out: (left_out > 0).then_some(left_out) })
    }
}

/// A client's text for the log.
pub(crate) fn said(text: &str) -> String {
    shown(text, SHOWN_MAX)
}

/// An error that may quote a client, for the log, with its causes.
pub(crate) fn why(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    said(&text)
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::update::UpdateScan;

    use super::*;

    #[test]
    fn one_warning_of_a_kind_is_logged_in_a_minute() {
        let mut warnings = Warnings::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(warnings.due(About::Scan, at(0)), Some(Due { left_out: None }));
        for _ in 0..4_000 {
            assert_eq!(warnings.due(About::Scan, at(59)), None);
        }
        assert_eq!(warnings.due(About::Reports, at(59)), Some(Due { left_out: None }));
        assert_eq!(warnings.due(About::Scan, at(60)), Some(Due { left_out: Some(4_000) }));
        assert_eq!(warnings.due(About::Configuration, at(60)), Some(Due { left_out: None }));
        assert_eq!(warnings.due(About::Scan, at(120)), Some(Due { left_out: None }));
    }

    #[test]
    fn a_long_text_of_a_client_is_cut_for_the_log() {
        let scan = format!("{{\"source\":\"{}\"}}", "A".repeat(900_000));
        let error = serde_json::from_str::<UpdateScan>(&scan).unwrap_err();
        let text = why(&error);
        assert!(text.starts_with("unknown variant `AAAA"), "{text}");
        assert!(text.ends_with("A…"), "{text}");
        assert_eq!(text.chars().count(), SHOWN_MAX);
    }
}
