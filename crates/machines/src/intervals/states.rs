//! List the intervals of states.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::value::{Value, Word};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Serialize;

use super::follow::{Following, Interval, Said, of_machines};
use crate::chosen::{self, of_chosen_nodes};
use crate::metric_keys::MetricKeys;
use crate::series::pages::page;
use crate::{TAG, ids};

of_chosen_nodes! {
    /// List the intervals in which metrics of kind `state` had one value.
    ///
    /// An interval begins with an observation of its value, and lasts until one of another value, as far as there was data:
    /// a time without data ends an interval, and if the value still holds afterwards, another one begins. This is the time
    /// without data of reports. A value is in no interval if there was no data after it. Metrics of hosts are left out.
    ///
    /// The intervals that have a part in the window are listed with all of their time, up to 24 hours beyond the window.
    /// One metric comes after the other, each in the order of time.
    pub(crate) struct ListStateIntervals {
        /// Only those with these metric keys, separated by commas.
        metrics: Option<MetricKeys>,
        /// Only those that last beyond this time; by default, those of the last day.
        from: Option<Timestamp>,
        /// Only those that begin before this time.
        until: Option<Timestamp>,
        /// The most intervals on a page.
        limit: Option<PageLimit>,
        /// Where the page begins: the `next_cursor` of the page before, of the same `from` and `until`.
        cursor: Option<Cursor>,
    }
}

/// An interval in which a metric had one value.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StateInterval {
    /// The node.
    node_id: NodeId,
    /// The key of the metric.
    metric: MetricKey,
    /// The value.
    value: Word,
    /// When it began: the time of the first observation of the value, or of the first one of the node after a time
    /// without data. At the earliest 24 hours before the window.
    start_at: Timestamp,
    /// When it ended: the time of the first observation of another value, or of the last one of the node before a time
    /// without data. At the latest 24 hours after the window. Null if it still lasts.
    end_at: Option<Timestamp>,
    /// Whether it may have lasted even longer: it reached to 24 hours before or after the window.
    longer: bool,
}

impl StateInterval {
    fn of(interval: Interval<Word>) -> Self {
        let Interval { node_id, metric, value, start_at, end_at, longer } = interval;
        Self { node_id, metric, value, start_at, end_at, longer }
    }
}

fn said(value: Value) -> Option<Said<Word>> {
    match value {
        Value::State(word) => Some((Word::default(), Some(word))),
        _ => None,
    }
}

impl Operation for ListStateIntervals {
    const SPEC: Spec = Spec::read(ids::STATE_INTERVALS_LIST, "/v1/state_intervals")
        .tag(TAG)
        .computes()
        .columns(&["start_at", "end_at", "node_id", "metric", "value"]);
    type Output = Page<StateInterval>;

    async fn run(self, cx: &Cx) -> Result<Page<StateInterval>> {
        let reach = cx.organization_reach()?;
        let window = chosen::window(cx, self.from, self.until)?;
        let nodes = self.nodes().ids(cx, &reach).await?;
        let observations = cx.observations();
        let series =
            chosen::series_of_kinds(&observations, &reach, nodes, self.metrics, &[Kind::State]).await?;
        let mut following = Following::new(cx, &observations, window, Kind::State, said)?;
        let found = page(of_machines(series), self.cursor.as_ref(), self.limit, &mut following).await?;
        Ok(found.map(StateInterval::of))
    }
}
