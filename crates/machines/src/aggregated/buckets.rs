//! Buckets: times of equal length, and the readings of series in them.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::aggregate::Aggregate;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::{Observations, Window};

use crate::series::columns::each;
use crate::series::pages::{Follows, Timed, Wanted};

/// The most buckets of a window.
const BUCKETS_MAX: i64 = 10_000;

/// Divides a window into buckets.
#[derive(Clone, Copy)]
pub(super) struct Buckets<'a> {
    observations: &'a Observations,
    window: Window,
    /// The length of a bucket.
    micros: i64,
}

/// The readings of a series in a bucket.
pub(super) struct Bucket {
    pub(super) node_id: NodeId,
    pub(super) metric: MetricKey,
    /// The time of the bucket, as far as it is in the window.
    pub(super) span: Span,
    pub(super) readings: Aggregate,
}

impl<'a> Buckets<'a> {
    pub(super) fn new(observations: &'a Observations, window: Window, every_seconds: u32) -> Result<Self> {
        let (seconds, window_micros) =
            (i64::from(every_seconds), Span::new(window.from, window.until).micros());
        let least = window_micros.saturating_sub(1) / (BUCKETS_MAX * 1_000_000) + 1;
        if seconds < least {
            let detail = format!(
                "expected at least {least}, found {seconds}: a window has at most {BUCKETS_MAX} buckets"
            );
            return Err(Error::invalid("every_seconds", detail));
        }
        Ok(Self { observations, window, micros: seconds.saturating_mul(1_000_000) })
    }

    /// The number of the bucket of a time. The first one begins at the Unix epoch.
    const fn number(self, at: Timestamp) -> i64 {
        at.as_micros() / self.micros
    }

    /// The time of a bucket, as far as it is in the window.
    fn span(self, number: i64) -> Span {
        let edge = |number: i64| Timestamp::from_micros(number.saturating_mul(self.micros));
        let window = Span::new(self.window.from, self.window.until);
        Span::new(edge(number), edge(number.saturating_add(1))).overlap(window)
    }
}

impl Follows for Buckets<'_> {
    type Item = Bucket;

    async fn items(&mut self, series: &[Series], wanted: Wanted) -> Result<Vec<Timed<Bucket>>> {
        let buckets = *self;
        let mut found: Vec<BTreeMap<i64, Aggregate>> = vec![BTreeMap::new(); series.len()];
        let places = series.iter().enumerate();
        let places: HashMap<(NodeId, &MetricKey), usize> =
            places.map(|(place, series)| ((series.node, &series.metric.key), place)).collect();
        each(buckets.observations, series, buckets.window, |column| {
            let place = places.get(&(column.node, &column.metric.key)).copied();
            let Some((place, of_series)) = place.and_then(|place| Some((place, found.get_mut(place)?)))
            else {
                return;
            };
            for (n, at) in column.times.iter().enumerate() {
                let value = match column.values.get(n) {
                    Some(Value::Quantity(quantity)) => quantity.get(),
                    Some(Value::Count(count)) => count as f64,
                    _ => continue,
                };
                let number = buckets.number(*at);
                if let Some(readings) = of_series.get_mut(&number) {
                    readings.add(value);
                } else if of_series.len() < wanted.most && wanted.has(place, buckets.span(number).start()) {
                    of_series.insert(number, Aggregate::of(value));
                }
            }
        })
        .await?;
        let of_series = |(series, found): (&Series, BTreeMap<i64, Aggregate>)| {
            let bucket = |(number, readings)| {
                let (span, metric) = (buckets.span(number), series.metric.key.clone());
                (span.start(), Bucket { node_id: series.node, metric, span, readings })
            };
            found.into_iter().map(bucket).collect()
        };
        Ok(series.iter().zip(found).map(of_series).collect())
    }
}
