//! List observations.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;

use super::reading;
use super::view::Observation;
use crate::chosen::{self, of_chosen_nodes};
use crate::metric_keys::MetricKeys;
use crate::{TAG, ids};

of_chosen_nodes! {
    /// List raw observations.
    ///
    /// One series comes after the other, each in the order of time.
    pub(crate) struct ListObservations {
        /// Only those with these metric keys, separated by commas.
        metrics: Option<MetricKeys>,
        /// Only those from this time on; by default, of the last day.
        from: Option<Timestamp>,
        /// Only those before this time.
        until: Option<Timestamp>,
        /// The most observations on a page.
        limit: Option<PageLimit>,
        /// Where the page begins: the `next_cursor` of the page before.
        cursor: Option<Cursor>,
    }
}

impl Operation for ListObservations {
    const SPEC: Spec = Spec::read(ids::OBSERVATIONS_LIST, "/v1/observations")
        .tag(TAG)
        .columns(&["at", "node_id", "metric", "value", "kind"]);
    type Output = Page<Observation>;

    async fn run(self, cx: &Cx) -> Result<Page<Observation>> {
        let reach = cx.organization_reach()?;
        let window = chosen::window(cx, self.from, self.until)?;
        let nodes = self.nodes().ids(cx, &reach).await?;
        let observations = cx.observations();
        let series = chosen::series(&observations, &reach, nodes, self.metrics).await?;
        let most = self.limit.unwrap_or_default().get() as usize;
        let mut items = Vec::new();
        let next_cursor = reading::read(&observations, series, window, self.cursor.as_ref(), |observed| {
            if items.len() == most {
                return Ok(false);
            }
            items.push(Observation::of(&observed));
            Ok(true)
        })
        .await?;
        Ok(Page::new(items, next_cursor))
    }
}
