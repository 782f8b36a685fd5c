//! List quantities, put together in buckets of time.

use bailiwick_domain::aggregate::Aggregate;
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Serialize;

use super::buckets::{Bucket, Buckets};
use crate::chosen::{self, of_chosen_nodes};
use crate::metric_keys::MetricKeys;
use crate::series::pages::page;
use crate::{TAG, ids};

/// The length of a bucket if the request names none.
const HOUR_SECONDS: u32 = 3_600;

of_chosen_nodes! {
    /// List the readings of metrics, put together in buckets of time.
    ///
    /// Each bucket has the number of readings, and the smallest, largest, mean, first and last one. The metrics are those of
    /// kind `quantity`, and those of kind `count`, whose readings are taken as numbers. Buckets are of equal length, and one
    /// of them begins at 1970-01-01T00:00:00Z. Those without a reading are left out. One metric comes after the other, each
    /// in the order of time.
    pub(crate) struct ListAggregatedQuantities {
        /// Only those with these metric keys, separated by commas.
        metrics: Option<MetricKeys>,
        /// Only readings from this time on; by default, of the last day.
        from: Option<Timestamp>,
        /// Only readings before this time.
        until: Option<Timestamp>,
        /// The length of a bucket; an hour if absent. There may be at most 10,000 buckets between `from` and `until`.
        #[schemars(range(min = 1))]
        every_seconds: Option<u32>,
        /// The most buckets on a page.
        limit: Option<PageLimit>,
        /// Where the page begins: the `next_cursor` of the page before, of the same `from`, `until` and `every_seconds`.
        cursor: Option<Cursor>,
    }
}

/// The readings of a metric in a bucket of time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AggregatedQuantity {
    /// The node.
    node_id: NodeId,
    /// The key of the metric.
    metric: MetricKey,
    /// When the bucket begins; `from` for a bucket that begins before it.
    start_at: Timestamp,
    /// When the bucket ends, which is not part of it; `until` for a bucket that ends after it.
    end_at: Timestamp,
    /// How many readings there are.
    count: u64,
    /// The smallest reading.
    min: f64,
    /// The largest reading.
    max: f64,
    /// The mean of the readings. Each counts the same, however long it held.
    mean: f64,
    /// The earliest reading.
    first: f64,
    /// The latest reading.
    last: f64,
}

impl AggregatedQuantity {
    fn of(bucket: Bucket) -> Self {
        let Bucket { node_id, metric, span, readings } = bucket;
        let Aggregate { count, min, max, first, last, .. } = readings;
        let (start_at, end_at, mean) = (span.start(), span.end(), readings.mean());
        Self { node_id, metric, start_at, end_at, count, min, max, mean, first, last }
    }
}

impl Operation for ListAggregatedQuantities {
    const SPEC: Spec = Spec::read(ids::AGGREGATED_QUANTITIES_LIST, "/v1/aggregated_quantities")
        .tag(TAG)
        .computes()
        .columns(&["start_at", "node_id", "metric", "count", "min", "max", "mean"]);
    type Output = Page<AggregatedQuantity>;

    async fn run(self, cx: &Cx) -> Result<Page<AggregatedQuantity>> {
        let reach = cx.organization_reach()?;
        let window = chosen::window(cx, self.from, self.until)?;
        let observations = cx.observations();
        let mut buckets = Buckets::new(&observations, window, self.every_seconds.unwrap_or(HOUR_SECONDS))?;
        let nodes = self.nodes().ids(cx, &reach).await?;
        let kinds = [Kind::Quantity, Kind::Count];
        let series = chosen::series_of_kinds(&observations, &reach, nodes, self.metrics, &kinds).await?;
        let found = page(series, self.cursor.as_ref(), self.limit, &mut buckets).await?;
        Ok(found.map(AggregatedQuantity::of))
    }
}
