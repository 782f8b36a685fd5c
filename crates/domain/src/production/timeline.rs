//! Intervals: the times in which something had one value, and there was data.

use super::span::Span;
use crate::time::Timestamp;

/// Makes intervals from the changes of one value, in the order of time.
///
/// A value holds until the next one, as far as there was data: a time without data ends an interval, and another one
/// begins after it. The same value again changes nothing.
#[derive(Clone, Debug)]
pub struct Timeline<'a, T> {
    /// When there was data: spans in the order of time, which do not touch each other.
    covered: &'a [Span],
    /// The present value, and since when it holds.
    held: Option<(Timestamp, T)>,
    /// The last interval, which may go on.
    last: Option<(Span, T)>,
}

impl<'a, T: Clone + PartialEq> Timeline<'a, T> {
    /// Nothing has a value yet.
    pub const fn new(covered: &'a [Span]) -> Self {
        Self { covered, held: None, last: None }
    }

    /// Sets the value from a time on, which must not be before that of the last call; `None` if there is no value.
    /// Intervals that have ended go to `ended`.
    pub fn set(&mut self, at: Timestamp, value: Option<T>, ended: impl FnMut(Span, T)) {
        if self.held.as_ref().map(|(_, held)| held) != value.as_ref() {
            self.hold(at, ended);
            self.held = value.map(|value| (at, value));
        }
    }

    /// Ends at a time. The intervals that are left go to `ended`.
    pub fn finish(mut self, at: Timestamp, mut ended: impl FnMut(Span, T)) {
        self.hold(at, &mut ended);
        if let Some((span, value)) = self.last {
            ended(span, value);
        }
    }

    /// Adds the time for which the present value held.
    fn hold(&mut self, until: Timestamp, mut ended: impl FnMut(Span, T)) {
        let Some((since, value)) = self.held.take() else { return };
        let held = Span::new(since, until);
        let first = self.covered.partition_point(|span| span.end() <= since);
        for span in self.covered.iter().skip(first).take_while(|span| span.start() < until) {
            let span = span.overlap(held);
            match &mut self.last {
                _ if span.is_empty() => {}
                Some((last, of)) if last.end() == span.start() && *of == value => {
                    *last = Span::new(last.start(), span.end());
                }
                last => {
                    if let Some((span, value)) = last.replace((span, value.clone())) {
                        ended(span, value);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::coverage::merged;
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span::new(Timestamp::from_micros(from), Timestamp::from_micros(to))
    }

    /// The intervals of changes until a time, in microseconds.
    fn intervals(changes: &[(i64, Option<char>)], covered: &[Span], until: i64) -> Vec<(Span, char)> {
        let (mut timeline, mut all) = (Timeline::new(covered), Vec::new());
        for (at, value) in changes {
            timeline.set(Timestamp::from_micros(*at), *value, |span, value| all.push((span, value)));
        }
        timeline.finish(Timestamp::from_micros(until), |span, value| all.push((span, value)));
        all
    }

    #[test]
    fn equal_values_are_one_interval_and_silence_ends_it() {
        let changes =
            [(0, Some('a')), (5, Some('a')), (9, Some('b')), (9, Some('a')), (20, None), (30, Some('b'))];
        assert_eq!(intervals(&changes, &[span(0, 40)], 40), [(span(0, 20), 'a'), (span(30, 40), 'b')]);
        let covered = [span(2, 4), span(6, 8), span(12, 50)];
        assert_eq!(
            intervals(&changes, &covered, 40),
            [(span(2, 4), 'a'), (span(6, 8), 'a'), (span(12, 20), 'a'), (span(30, 40), 'b')]
        );
        // Of several values of one time, the last one holds.
        assert_eq!(intervals(&[(3, Some('a')), (3, Some('b'))], &[span(0, 9)], 5), [(span(3, 5), 'b')]);
        assert_eq!(intervals(&changes, &[], 40), []);
    }

    proptest! {
        #[test]
        fn each_microsecond_is_in_the_interval_of_its_value(
            mut changes in prop::collection::vec((0_i64..60, prop::option::of(prop::char::range('a', 'c'))), 0..20),
            covered in prop::collection::vec((0_i64..60, 0_i64..20), 0..6),
            until in 0_i64..80,
        ) {
            changes.sort_by_key(|(at, _)| *at);
            changes.retain(|(at, _)| *at < until);
            let covered = merged(covered.into_iter().map(|(from, length)| span(from, from + length)).collect());
            let value = |micro: i64| {
                let at = Timestamp::from_micros(micro);
                let is_covered = micro < until && covered.iter().any(|span| span.contains(at));
                let last = changes.iter().rev().find(|(changed, _)| *changed <= micro);
                last.filter(|_| is_covered).and_then(|(_, value)| *value)
            };
            let mut expected: Vec<(Span, char)> = Vec::new();
            for micro in 0..100 {
                let Some(now) = value(micro) else { continue };
                match expected.last_mut() {
                    Some((last, value)) if *value == now && last.end().as_micros() == micro => {
                        *last = Span::new(last.start(), Timestamp::from_micros(micro + 1));
                    }
                    _ => expected.push((span(micro, micro + 1), now)),
                }
            }
            prop_assert_eq!(intervals(&changes, &covered, until), expected);
        }
    }
}
