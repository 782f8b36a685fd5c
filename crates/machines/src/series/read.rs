//! List series.

use bailiwick_domain::cursor::{BadCursor, Cursor, Mark};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::{Metric, MetricKey, MetricText};
use bailiwick_domain::observations::series::{Latest, Series, SeriesId};
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::SeriesFilter;
use schemars::JsonSchema;
use serde::Serialize;

use crate::chosen::of_chosen_nodes;
use crate::metric_keys::MetricKeys;
use crate::{TAG, ids};

/// The name of the order of series: by number.
const ORDER: &str = "id";

/// A series, and its latest observation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Series")]
pub(crate) struct SeriesView {
    /// Its number.
    id: SeriesId,
    /// The node.
    node_id: NodeId,
    /// The key of the metric.
    metric: MetricKey,
    /// The kind of its values.
    kind: Kind,
    /// The metric's type in the words of the source, such as `PART_COUNT`.
    r#type: Option<MetricText>,
    /// The metric's subtype in the words of the source, such as `ALL`.
    subtype: Option<MetricText>,
    /// The unit of its values.
    unit: Option<MetricText>,
    /// When its first observation arrived.
    created_at: Timestamp,
    /// The time of its latest observation.
    latest_at: Option<Timestamp>,
    /// The value of its latest observation.
    latest_value: Option<Value>,
}

impl SeriesView {
    fn of(series: Series, latest: Option<Latest>) -> Self {
        let Series { id, node: node_id, metric, created_at } = series;
        let Metric { key: metric, kind, metric_type: r#type, subtype, unit } = metric;
        let (latest_at, latest_value) = latest.map(|latest| (latest.at, latest.value)).unzip();
        Self { id, node_id, metric, kind, r#type, subtype, unit, created_at, latest_at, latest_value }
    }
}

of_chosen_nodes! {
    /// List series: what is observed of nodes.
    ///
    /// Each is shown with its latest observation.
    pub(crate) struct ListSeries {
        /// Only those with these metric keys, separated by commas.
        metrics: Option<MetricKeys>,
        /// Only those of this kind.
        kind: Option<Kind>,
        /// The most series on a page.
        limit: Option<PageLimit>,
        /// Where the page begins: the `next_cursor` of the page before.
        cursor: Option<Cursor>,
    }
}

fn after(cursor: &Cursor) -> Result<SeriesId> {
    match cursor.mark() {
        Mark::Number(id) if cursor.sort() == ORDER => Ok(SeriesId::new(*id)),
        _ => Err(Error::invalid("cursor", BadCursor.to_string())),
    }
}

impl Operation for ListSeries {
    const SPEC: Spec = Spec::read(ids::SERIES_LIST, "/v1/series").tag(TAG).columns(&[
        "id",
        "node_id",
        "metric",
        "kind",
        "unit",
        "latest_at",
        "latest_value",
    ]);
    type Output = Page<SeriesView>;

    async fn run(self, cx: &Cx) -> Result<Page<SeriesView>> {
        let reach = cx.organization_reach()?;
        let filter = SeriesFilter {
            nodes: self.nodes().ids(cx, &reach).await?,
            metrics: self.metrics.map(|metrics| metrics.0),
            kind: self.kind,
        };
        let after = self.cursor.as_ref().map(after).transpose()?;
        let most = self.limit.unwrap_or_default().get();
        let observations = cx.observations();
        let mut series =
            observations.series(reach.organization, &filter, after, most.saturating_add(1)).await?;
        let has_more = series.len() > most as usize;
        series.truncate(most as usize);
        let last = series.last().filter(|_| has_more).map(|last| last.id.get());
        let mut latest = observations.latest(&series).await?.into_iter().peekable();
        let view = |series: Series| {
            let latest = latest.next_if(|latest| latest.series.id == series.id);
            SeriesView::of(series, latest)
        };
        let items = series.into_iter().map(view).collect();
        let next_cursor = last.map(|id| Cursor::after(ORDER, Mark::Number(id), ""));
        Ok(Page::new(items, next_cursor))
    }
}
