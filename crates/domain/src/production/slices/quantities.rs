//! The sums of quantities.

use super::bucket::Buckets;
use crate::production::history::{History, QuantityReading};
use crate::production::quantity::{Fixed, QuantitySums};
use crate::production::span::Span;
use crate::time::Timestamp;

/// The sums of each quantity: one list for each, with the sums of each bucket.
pub(super) fn sums(buckets: &Buckets<'_>, history: &History) -> Vec<Vec<QuantitySums>> {
    if history.quantities.is_empty() {
        return Vec::new();
    }
    let pieces = covered_pieces(buckets, history);
    history.quantities.iter().map(|readings| sums_of(readings, buckets, &pieces)).collect()
}

fn sums_of(
    readings: &[QuantityReading],
    buckets: &Buckets<'_>,
    pieces: &[(Span, usize)],
) -> Vec<QuantitySums> {
    let mut all = vec![QuantitySums::default(); buckets.iter().len()];
    let mut inside = readings.iter().peekable();
    for (bucket, sums) in buckets.iter().zip(&mut all) {
        while inside.next_if(|reading| reading.at < bucket.span.start()).is_some() {}
        while let Some(reading) = inside.next_if(|reading| reading.at < bucket.span.end()) {
            if let Some(value) = reading.value {
                sums.read(reading.at, value);
            }
        }
    }
    let mut readings = readings.iter().peekable();
    let mut held: Option<Fixed> = None;
    for (span, place) in pieces {
        let mut now = span.start();
        while now < span.end() {
            while let Some(QuantityReading { value, .. }) = readings.next_if(|next| next.at <= now) {
                held = *value;
            }
            let next: Timestamp = readings.peek().map_or(span.end(), |next| next.at.min(span.end()));
            if let Some((value, sums)) = held.zip(all.get_mut(*place)) {
                sums.hold(value, Span::new(now, next).micros());
            }
            now = next;
        }
    }
    all
}

/// The time of the buckets in which there was data, with the place of the bucket.
fn covered_pieces(buckets: &Buckets<'_>, history: &History) -> Vec<(Span, usize)> {
    let mut pieces = Vec::new();
    let mut covered = history.covered.iter().peekable();
    for (place, bucket) in buckets.iter().enumerate() {
        while covered.next_if(|span| span.end() <= bucket.span.start()).is_some() {}
        // The last of them may reach into the next bucket.
        let inside = covered.clone().take_while(|span| span.start() < bucket.span.end());
        pieces.extend(inside.map(|span| (span.overlap(bucket.span), place)));
    }
    pieces
}
