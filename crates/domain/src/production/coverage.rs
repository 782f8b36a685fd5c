//! Coverage: when there was data of a node.

use super::span::Span;
use crate::time::Timestamp;

/// What a source with a heartbeat reported about itself for a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageReport {
    /// The time that it is about.
    pub span: Span,
    /// Whether the source was connected to the machine.
    pub is_connected: bool,
}

/// How long a source may be silent if it never said so, in microseconds: a minute.
pub const STALE_AFTER_MICROS: i64 = 60_000_000;

/// When there was data of a node: spans in the order of time, which do not touch each other.
///
/// Where a source reported, the report decides; of several sources, one that was connected is enough.
/// Elsewhere, silence decides: from one contact to the next there was data if that took at most
/// `stale_after_micros`, and otherwise none, from the first of the two on. A contact is the time of an
/// observation (`heard`, in any order; descriptions of assets are not observations) or the beginning or end
/// of a span in which a source was connected. Silence after the last contact is measured up to `until`, and
/// nothing is covered after that.
pub fn covered(
    reports: &[CoverageReport],
    heard: impl IntoIterator<Item = Timestamp>,
    stale_after_micros: i64,
    until: Timestamp,
) -> Vec<Span> {
    let connected = || reports.iter().filter(|report| report.is_connected).map(|report| report.span);
    let ends = connected().flat_map(|span| [span.start(), span.end()]);
    let mut contacts: Vec<Timestamp> = heard.into_iter().chain(ends).filter(|at| *at < until).collect();
    contacts.sort_unstable();
    contacts.push(until);
    let pairs = contacts.iter().zip(contacts.iter().skip(1)).map(|(from, to)| Span::new(*from, *to));
    let mut by_silence: Vec<Span> = Vec::new();
    for span in pairs.filter(|span| !span.is_empty() && span.micros() <= stale_after_micros) {
        match by_silence.last_mut().filter(|last| last.end() == span.start()) {
            Some(last) => *last = Span::new(last.start(), span.end()),
            None => by_silence.push(span),
        }
    }
    if reports.is_empty() {
        return by_silence;
    }
    let reported = merged(reports.iter().map(|report| report.span).collect());
    let mut all = without(&by_silence, &reported);
    all.extend(connected().map(|span| Span::new(span.start(), span.end().min(until))));
    merged(all)
}

/// The same time as spans in order, which neither overlap nor touch.
pub fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let is_joined = next.start() <= kept.end();
        if is_joined {
            *kept = Span::new(kept.start(), kept.end().max(next.end()));
        }
        is_joined
    });
    spans
}

/// What is left of some spans without others. Both lists must be merged.
fn without(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut others = others.iter().peekable();
    for span in spans {
        let mut start = span.start();
        while let Some(other) = others.peek().filter(|other| other.start() < span.end()) {
            left.push(Span::new(start, other.start()));
            start = start.max(other.end());
            if other.end() > span.end() {
                // It may reach into the next span.
                break;
            }
            others.next();
        }
        left.push(Span::new(start, span.end()));
    }
    left.retain(|span| !span.is_empty());
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn span(from: i64, to: i64) -> Span {
        Span::new(at(from), at(to))
    }

    fn report(from: i64, to: i64, is_connected: bool) -> CoverageReport {
        CoverageReport { span: span(from, to), is_connected }
    }

    #[test]
    fn silence_counts_from_the_last_observation_on() {
        let heard = |times: &[i64], until| covered(&[], times.iter().copied().map(at), 60, at(until));
        assert_eq!(heard(&[0, 60, 121, 150], 200), [span(0, 60), span(121, 200)]);
        assert_eq!(heard(&[150, 121, 60, 0], 211), [span(0, 60), span(121, 150)]);
        // An observation alone covers nothing, and what lies after `until` does not count.
        assert_eq!(heard(&[0, 100, 300], 200), []);
        assert_eq!(heard(&[], 200), []);
        assert_eq!(heard(&[190, 230], 200), [span(190, 200)]);
    }

    #[test]
    fn a_report_decides_over_silence() {
        let heard = [0, 50, 100, 150, 400, 450].map(at);
        // Disconnected for a shorter time than the silence that is allowed.
        let all = covered(&[report(60, 90, false)], heard, 60, at(450));
        assert_eq!(all, [span(0, 60), span(90, 150), span(400, 450)]);
        // Connected without an observation, and the end of that is a contact.
        let all = covered(&[report(150, 380, true)], heard, 60, at(450));
        assert_eq!(all, [span(0, 450)]);
        let all = covered(&[report(120, 300, false), report(200, 250, true)], heard, 60, at(450));
        assert_eq!(all, [span(0, 120), span(200, 250), span(400, 450)]);
        assert_eq!(covered(&[report(0, 900, true)], [], 60, at(450)), [span(0, 450)]);
    }

    proptest! {
        #[test]
        fn each_microsecond_is_covered_as_the_rule_says(
            reports in prop::collection::vec((0_i64..100, 0_i64..30, any::<bool>()), 0..5),
            heard in prop::collection::vec(0_i64..100, 0..20),
            stale_after in 0_i64..15,
            until in 0_i64..110,
        ) {
            let reports: Vec<_> =
                reports.into_iter().map(|(from, length, on)| report(from, from + length, on)).collect();
            let found = covered(&reports, heard.iter().copied().map(at), stale_after, at(until));
            let connected = |micro| reports.iter().any(|r| r.is_connected && r.span.contains(at(micro)));
            let mut contacts = heard;
            for report in reports.iter().filter(|report| report.is_connected) {
                contacts.extend([report.span.start().as_micros(), report.span.end().as_micros()]);
            }
            for micro in 0..150 {
                let before = contacts.iter().filter(|contact| **contact <= micro).max();
                let after = contacts.iter().copied().filter(|contact| *contact > micro).min();
                let after = after.unwrap_or(until).min(until);
                let is_heard = before.is_some_and(|before| after - before <= stale_after);
                let is_reported = reports.iter().any(|report| report.span.contains(at(micro)));
                let expected = micro < until && (connected(micro) || !is_reported && is_heard);
                prop_assert_eq!(found.iter().any(|span| span.contains(at(micro))), expected, "{}", micro);
            }
            for pair in found.windows(2) {
                prop_assert!(pair[0].end() < pair[1].start());
            }
        }
    }
}
