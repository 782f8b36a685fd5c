//! Warnings in the log about what agents send: cut to size, and few of each kind, so that an agent cannot
//! fill the disk of the log.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_domain::excerpt::excerpt;
use bailiwick_domain::id::AgentId;
use dashmap::DashMap;

/// How many characters of a client's text one warning contains.
const SHOWN_MAX: usize = 300;
/// How long after a warning the next one of its kind is logged.
const PAUSE: Duration = Duration::from_secs(60);

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The result of a scan that cannot be decoded.
    Scan,
    /// A custom message that cannot be decoded.
    Content,
    /// Readings of the host's own metrics that are not valid.
    Readings,
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

/// The warnings about agents. They are counted by agent: one that connects again may not warn again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings(Arc<DashMap<AgentId, [Last; 6]>>);

/// A warning that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// How many of its kind were left out before it, if any were.
    pub(crate) left_out: Option<u64>,
}

impl Warnings {
    /// Whether a warning about an agent is logged now. If not, it is counted.
    pub(crate) fn due(&self, agent: AgentId, about: About, now: Instant) -> Option<Due> {
        let mut kinds = self.0.entry(agent).or_default();
        let last = kinds.get_mut(about as usize)?;
        if last.at.is_some_and(|at| now.saturating_duration_since(at) < PAUSE) {
            last.left_out += 1;
            return None;
        }
        let left_out = std::mem::take(&mut last.left_out);
        last.at = Some(now);
        Some(Due { left_out: (left_out > 0).then_some(left_out) })
    }

    /// Forgets the agents about which nothing was logged lately. Returns how many warnings about each were
    /// left out since, if any were.
    pub(crate) fn forget_old(&self, now: Instant) -> Vec<(AgentId, u64)> {
        let mut left_out = Vec::new();
        self.0.retain(|agent, kinds| {
            let is_recent = |at: Instant| now.saturating_duration_since(at) < PAUSE;
            if kinds.iter().any(|kind| kind.at.is_some_and(is_recent)) {
                return true;
            }
            let count: u64 = kinds.iter().map(|kind| kind.left_out).sum();
            if count > 0 {
                left_out.push((*agent, count));
            }
            false
        });
        left_out
    }
}

/// A client's text for the log.
pub(crate) fn said(text: &str) -> String {
    excerpt(text, SHOWN_MAX)
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
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_warning_of_a_kind_is_logged_in_a_minute() {
        let warnings = Warnings::default();
        let (agent, other) = (AgentId::from_uuid(Uuid::now_v7()), AgentId::from_uuid(Uuid::now_v7()));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let due = |about, seconds| warnings.due(agent, about, at(seconds)).map(|due| due.left_out);
        assert_eq!(due(About::Scan, 0), Some(None));
        for _ in 0..4_000 {
            assert_eq!(due(About::Scan, 59), None);
        }
        assert_eq!(warnings.due(other, About::Scan, at(59)), Some(Due { left_out: None }));
        assert_eq!(due(About::Content, 59), Some(None));
        assert_eq!(due(About::Scan, 60), Some(Some(4_000)));
        assert_eq!(due(About::Configuration, 60), Some(None));
        assert_eq!(due(About::Configuration, 61), None);
        assert_eq!(due(About::Scan, 120), Some(None));
        // What is over is told once more and forgotten.
        assert_eq!(warnings.forget_old(at(179)), []);
        assert_eq!(warnings.forget_old(at(180)), [(agent, 1)]);
        assert!(warnings.0.is_empty());
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
