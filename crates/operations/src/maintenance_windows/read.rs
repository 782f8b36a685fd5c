//! List and show maintenance windows.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::maintenance_window::MaintenanceWindowRef;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::TargetNode;
use bailiwick_engine::computing::Pace;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::sort_orders;
use bailiwick_store::maintenance_windows::MaintenanceWindowsBy;
use bailiwick_store::{List, MaintenanceWindowFilter};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{MaintenanceWindow, WindowInclude, include};
use super::{NOUN, TAG, ids};

sort_orders! {
    /// A sort order of maintenance windows.
    pub(crate) MaintenanceWindowSort of MaintenanceWindowsBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the maintenance windows of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListMaintenanceWindows {
    /// Only windows that cover this node, by id or name.
    node: Option<NodeRef>,
    /// Only windows for this site, by id or name.
    site: Option<SiteRef>,
    /// Only windows that are switched on, or with `false` only those that are switched off.
    enabled: Option<bool>,
    /// Only windows that are open now, or with `false` only those that are not.
    open: Option<bool>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<MaintenanceWindowSort>,
    /// The most windows on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<WindowInclude>>,
}

impl ListMaintenanceWindows {
    /// The filter. A query cannot tell which windows cover a node and which are open, so their ids are found here.
    async fn filter(&self, cx: &Cx) -> Result<MaintenanceWindowFilter> {
        let reach = cx.organization_reach()?;
        let mut filter = MaintenanceWindowFilter { is_enabled: self.enabled, ..Default::default() };
        if let Some(named) = &self.site {
            let site = cx.store().sites(&reach).find(named).await?;
            let missing = || Error::invalid("site", format!("there is no site {named}"));
            filter.site = Some(site.ok_or_else(missing)?.id);
        }
        let mut node = None;
        if let Some(named) = &self.node {
            let found = cx.store().nodes(&reach).find(named).await?;
            let missing = || Error::invalid("node", format!("there is no node {named}"));
            node = Some(TargetNode::from(&found.ok_or_else(missing)?));
        }
        if node.is_none() && self.open.is_none() {
            return Ok(filter);
        }
        let mut windows = cx.store().maintenance_windows(&reach).all(&filter).await?;
        let now = cx.now();
        windows.retain(|window| node.as_ref().is_none_or(|node| window.covers(node)));
        let (mut ids, mut pace) = (Vec::new(), Pace::default());
        for window in windows {
            if self.open.is_none_or(|open| window.opening(now).open == open) {
                ids.push(window.id);
            }
            pace.step().await;
        }
        filter.ids = Some(ids);
        Ok(filter)
    }
}

impl Operation for ListMaintenanceWindows {
    const SPEC: Spec = Spec::read(ids::MAINTENANCE_WINDOWS_LIST, "/v1/maintenance_windows")
        .tag(TAG)
        .whole_organization()
        .computes()
        .columns(&["name", "id", "enabled", "open", "opens_at", "closes_at", "selector", "site_name"]);
    type Output = Page<MaintenanceWindow>;

    async fn run(self, cx: &Cx) -> Result<Page<MaintenanceWindow>> {
        let filter = self.filter(cx).await?;
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let reach = cx.organization_reach()?;
        let page = cx.store().maintenance_windows(&reach).list(&filter, list).await?;
        let (windows, page) = page.taken();
        let (mut shown, mut pace) = (Vec::with_capacity(windows.len()), Pace::default());
        for window in windows {
            shown.push(MaintenanceWindow::at(window, cx.now()));
            pace.step().await;
        }
        let mut page = page.with(shown);
        include(cx, &reach, &mut page.items, &self.include.unwrap_or_default()).await?;
        Ok(page)
    }
}

/// Show one maintenance window.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetMaintenanceWindow {
    /// Its id or name.
    maintenance_window: MaintenanceWindowRef,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<WindowInclude>>,
}

impl Operation for GetMaintenanceWindow {
    const SPEC: Spec =
        Spec::read(ids::MAINTENANCE_WINDOWS_GET, "/v1/maintenance_windows/{maintenance_window}")
            .tag(TAG)
            .whole_organization()
            .versioned();
    const REVISION: fn(&MaintenanceWindow) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = MaintenanceWindow;

    async fn run(self, cx: &Cx) -> Result<MaintenanceWindow> {
        let named = &self.maintenance_window;
        let reach = cx.organization_reach()?;
        let found = cx.store().maintenance_windows(&reach).find(named).await?;
        let mut window = MaintenanceWindow::at(NOUN.found(found, named)?, cx.now());
        let asked = self.include.unwrap_or_default();
        include(cx, &reach, std::slice::from_mut(&mut window), &asked).await?;
        Ok(window)
    }
}
