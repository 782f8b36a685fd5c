//! List the intervals of alarms.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::value::{Alarm, AlarmLevel, Value, Word};
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
    /// List the intervals in which alarms were on.
    ///
    /// An interval begins with an observation that an alarm is on, and lasts until the alarm is off or has another level, as
    /// far as there was data: a time without data ends an interval, and if the alarm is still on afterwards, another one
    /// begins. This is the time without data of reports. An alarm that is on and was not reported again for 90 days is
    /// forgotten. Metrics of hosts are left out.
    ///
    /// The intervals that have a part in the window are listed with all of their time, up to 24 hours beyond the window.
    /// One metric comes after the other, each in the order of time.
    pub(crate) struct ListAlarmIntervals {
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

/// An interval in which an alarm was on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AlarmInterval {
    /// The node.
    node_id: NodeId,
    /// The key of the metric.
    metric: MetricKey,
    /// The code by which the machine names the alarm.
    code: Word,
    /// How severe it is.
    level: AlarmLevel,
    /// When it began: the time of the observation that the alarm is on, with this level, or of the first one of the node
    /// after a time without data. At the earliest 24 hours before the window.
    start_at: Timestamp,
    /// When it ended: the time of the observation that the alarm is off, or has another level, or of the last one of the
    /// node before a time without data. At the latest 24 hours after the window. Null if it still lasts.
    end_at: Option<Timestamp>,
    /// Whether it may have lasted even longer: it reached to 24 hours before or after the window.
    longer: bool,
}

impl AlarmInterval {
    fn of(interval: Interval<(Word, AlarmLevel)>) -> Self {
        let Interval { node_id, metric, value: (code, level), start_at, end_at, longer } = interval;
        Self { node_id, metric, code, level, start_at, end_at, longer }
    }
}

fn said(value: Value) -> Option<Said<(Word, AlarmLevel)>> {
    match value {
        Value::Alarm(Alarm { code, level, on }) => Some((code.clone(), on.then_some((code, level)))),
        _ => None,
    }
}

impl Operation for ListAlarmIntervals {
    const SPEC: Spec = Spec::read(ids::ALARM_INTERVALS_LIST, "/v1/alarm_intervals")
        .tag(TAG)
        .computes()
        .columns(&["start_at", "end_at", "node_id", "metric", "code", "level"]);
    type Output = Page<AlarmInterval>;

    async fn run(self, cx: &Cx) -> Result<Page<AlarmInterval>> {
        let reach = cx.organization_reach()?;
        let window = chosen::window(cx, self.from, self.until)?;
        let nodes = self.nodes().ids(cx, &reach).await?;
        let observations = cx.observations();
        let series =
            chosen::series_of_kinds(&observations, &reach, nodes, self.metrics, &[Kind::Alarm]).await?;
        let mut following = Following::new(cx, &observations, window, Kind::Alarm, said)?;
        let found = page(of_machines(series), self.cursor.as_ref(), self.limit, &mut following).await?;
        Ok(found.map(AlarmInterval::of))
    }
}
