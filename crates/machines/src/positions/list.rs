//! List positions.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Serialize;

use super::points::{Point, Points};
use crate::chosen::{self, of_chosen_nodes};
use crate::metric_keys::MetricKeys;
use crate::series::pages::page;
use crate::{TAG, ids};

of_chosen_nodes! {
    /// List positions: the values of `KEY.x`, `KEY.y` and `KEY.z` at each time.
    ///
    /// A node has the position `KEY` if it has at least two of these metrics, of kind `quantity`. One position comes after the
    /// other, each in the order of time.
    pub(crate) struct ListPositions {
        /// Only these positions, by their keys without `.x`, `.y` and `.z`, separated by commas.
        metrics: Option<MetricKeys>,
        /// Only those from this time on; by default, of the last day.
        from: Option<Timestamp>,
        /// Only those before this time.
        until: Option<Timestamp>,
        /// The most positions on a page.
        limit: Option<PageLimit>,
        /// Where the page begins: the `next_cursor` of the page before.
        cursor: Option<Cursor>,
    }
}

/// A position at a time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Position {
    /// The node.
    node_id: NodeId,
    /// The key that the three metrics have in common: `KEY` of `KEY.x`.
    metric: MetricKey,
    /// When it was observed.
    at: Timestamp,
    /// The value of `KEY.x` at this time, if there is one.
    x: Option<f64>,
    /// The value of `KEY.y` at this time, if there is one.
    y: Option<f64>,
    /// The value of `KEY.z` at this time, if there is one.
    z: Option<f64>,
}

impl Position {
    fn of(point: Point) -> Self {
        let Point { node_id, metric, at, axes: [x, y, z] } = point;
        Self { node_id, metric, at, x, y, z }
    }
}

impl Operation for ListPositions {
    const SPEC: Spec = Spec::read(ids::POSITIONS_LIST, "/v1/positions")
        .tag(TAG)
        .computes()
        .columns(&["at", "node_id", "metric", "x", "y", "z"]);
    type Output = Page<Position>;

    async fn run(self, cx: &Cx) -> Result<Page<Position>> {
        let reach = cx.organization_reach()?;
        let window = chosen::window(cx, self.from, self.until)?;
        let observations = cx.observations();
        let nodes = self.nodes().ids(cx, &reach).await?;
        let mut points = Points::new(&observations, &reach, window, nodes, self.metrics).await?;
        let positions = points.as_series();
        Ok(page(positions, self.cursor.as_ref(), self.limit, &mut points).await?.map(Position::of))
    }
}
