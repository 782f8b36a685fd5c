//! Layers: what applies at each time, where spans may overlap.

use crate::production::span::Span;
use crate::time::Timestamp;

/// What applies at each time: pieces in the order of time, without overlaps. Where spans overlap, the one
/// that started last applies, and when it ends, an earlier one that still goes on applies again.
///
/// The spans must be in the order of their starts. There are at most twice as many pieces as spans.
pub(super) fn topmost<T: Copy>(spans: impl Iterator<Item = (Span, T)>, within: Span) -> Vec<(Span, T)> {
    let mut pieces: Vec<(Span, T)> = Vec::new();
    // The spans that go on, in the order of their starts; the last one applies.
    let mut open: Vec<(Span, T)> = Vec::new();
    let mut now = within.start();
    for (span, value) in spans {
        let span = span.overlap(within);
        if span.is_empty() {
            continue;
        }
        now = close(&mut open, &mut pieces, Span::new(now, span.start()));
        open.push((span, value));
    }
    close(&mut open, &mut pieces, Span::new(now, within.end()));
    pieces
}

/// Adds the pieces of some time in which nothing starts, and returns the end of that time.
fn close<T: Copy>(open: &mut Vec<(Span, T)>, pieces: &mut Vec<(Span, T)>, time: Span) -> Timestamp {
    let mut now = time.start();
    while let Some((span, value)) = open.last().copied() {
        let piece = Span::new(now, span.end().min(time.end()));
        if !piece.is_empty() {
            pieces.push((piece, value));
            now = piece.end();
        }
        if span.end() > time.end() {
            break;
        }
        open.pop();
    }
    time.end()
}

/// What applies at increasing times.
pub(super) struct Cursor<'a, T> {
    pieces: std::iter::Peekable<std::slice::Iter<'a, (Span, T)>>,
}

impl<'a, T: Copy> Cursor<'a, T> {
    pub(super) fn new(pieces: &'a [(Span, T)]) -> Self {
        Self { pieces: pieces.iter().peekable() }
    }

    /// What applies at a time, which must not be before that of the last call.
    pub(super) fn at(&mut self, at: Timestamp) -> Option<T> {
        while self.pieces.next_if(|(span, _)| span.end() <= at).is_some() {}
        self.pieces.peek().filter(|(span, _)| span.start() <= at).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_span_that_started_last_applies(
            mut spans in prop::collection::vec((0_i64..50, 0_i64..30), 0..12),
        ) {
            spans.sort_unstable();
            let span = |from, to| Span::new(Timestamp::from_micros(from), Timestamp::from_micros(to));
            let spans: Vec<(Span, usize)> =
                spans.into_iter().enumerate().map(|(n, (from, length))| (span(from, from + length), n)).collect();
            let pieces = topmost(spans.iter().copied(), span(10, 60));
            prop_assert!(pieces.len() <= 2 * spans.len());
            let mut cursor = Cursor::new(&pieces);
            for micro in 0..90 {
                let at = Timestamp::from_micros(micro);
                let last = spans.iter().rev().find(|(span, _)| span.contains(at)).map(|(_, n)| *n);
                let expected = last.filter(|_| (10..60).contains(&micro));
                prop_assert_eq!(cursor.at(at), expected);
                prop_assert!(pieces.iter().filter(|(span, _)| span.contains(at)).count() <= 1);
            }
        }
    }
}
