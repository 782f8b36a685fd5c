//! List and show schedules.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::schedule::ScheduleRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::schedules::SchedulesBy;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids};

sort_orders! {
    /// A sort order of schedules.
    pub(crate) ScheduleSort of SchedulesBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the schedules of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListSchedules {
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<ScheduleSort>,
    /// The most schedules on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListSchedules {
    const SPEC: Spec = Spec::read(ids::SCHEDULES_LIST, "/v1/schedules")
        .tag(TAG)
        .whole_organization()
        .columns(&["name", "id", "enabled", "cron", "time_zone", "next_run_at", "last_error"]);
    type Output = Page<Schedule>;

    async fn run(self, cx: &Cx) -> Result<Page<Schedule>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().schedules(&cx.organization_reach()?).list(list).await?)
    }
}

/// Show one schedule.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetSchedule {
    /// Its id or name.
    schedule: ScheduleRef,
}

impl Operation for GetSchedule {
    const SPEC: Spec =
        Spec::read(ids::SCHEDULES_GET, "/v1/schedules/{schedule}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Schedule) -> Option<Revision> = |output| Some(output.revision);
    type Output = Schedule;

    async fn run(self, cx: &Cx) -> Result<Schedule> {
        NOUN.found(
            cx.store().schedules(&cx.organization_reach()?).find(&self.schedule).await?,
            &self.schedule,
        )
    }
}
