//! List and show calendars.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::meaning::calendar::CalendarRef;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::computing::Pace;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::calendars::CalendarsBy;
use bailiwick_store::{CalendarFilter, List};
use schemars::JsonSchema;
use serde::Deserialize;

use super::NOUN;
use super::view::Calendar;
use crate::places::{node_of, site_of};
use crate::{PRODUCTION as TAG, ids};

sort_orders! {
    /// A sort order of calendars.
    pub(crate) CalendarSort of CalendarsBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the calendars of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListCalendars {
    /// Only the calendar of this site, by id or name.
    site: Option<SiteRef>,
    /// Only the calendar of this node, by id or name.
    node: Option<NodeRef>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<CalendarSort>,
    /// The most calendars on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListCalendars {
    const SPEC: Spec = Spec::read(ids::CALENDARS_LIST, "/v1/calendars")
        .tag(TAG)
        .whole_organization()
        .computes()
        .columns(&["name", "id", "site_id", "node_id", "description", "created_at"]);
    type Output = Page<Calendar>;

    async fn run(self, cx: &Cx) -> Result<Page<Calendar>> {
        let reach = cx.organization_reach()?;
        let filter = CalendarFilter {
            site: site_of(cx.store(), &reach, self.site.as_ref()).await?,
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().calendars(&reach).list(&filter, list).await?;
        let (items, page) = page.taken();
        let (mut shown, mut pace) = (Vec::with_capacity(items.len()), Pace::default());
        for calendar in items {
            shown.push(Calendar::at(calendar, cx.now())?);
            pace.step().await;
        }
        Ok(page.with(shown))
    }
}

/// Show one calendar, and its production day of today.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetCalendar {
    /// Its id or name.
    calendar: CalendarRef,
}

impl Operation for GetCalendar {
    const SPEC: Spec =
        Spec::read(ids::CALENDARS_GET, "/v1/calendars/{calendar}").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Calendar) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Calendar;

    async fn run(self, cx: &Cx) -> Result<Calendar> {
        let found = cx.store().calendars(&cx.organization_reach()?).find(&self.calendar).await?;
        Calendar::at(NOUN.found(found, &self.calendar)?, cx.now())
    }
}
