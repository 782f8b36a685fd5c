//! List the updates of a node and of all nodes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::update::{LastScan, NodeUpdate, Severity, Update, UpdateName, UpdateSummary};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::updates::{UpdatesBy, UpdatesOfNodeBy};
use bailiwick_store::{List, Order, UpdateFilter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TAG, ids, noun};

/// List the available updates of a node.
///
/// These are the updates that its last scan found. A node that was never scanned has none, and its
/// `last_scan` is null.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListNodeUpdates {
    /// The node, by id or name.
    node: NodeRef,
    /// Only security updates, or with `false` only other updates.
    security: Option<bool>,
    /// Only updates of at least this severity, according to their source.
    severity: Option<Severity>,
    /// The most updates on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

/// The available updates of a node.
#[derive(Serialize, JsonSchema)]
pub(crate) struct UpdatesOfNode {
    /// The node.
    node_id: NodeId,
    /// The scan that found them; null if the node was never scanned.
    last_scan: Option<LastScan>,
    /// The updates, by name.
    #[serde(flatten)]
    page: Page<Update>,
}

impl Operation for ListNodeUpdates {
    const SPEC: Spec = Spec::read(ids::NODES_UPDATES, "/v1/nodes/{node}/updates").tag(TAG).columns(&[
        "name",
        "installed_version",
        "available_version",
        "architecture",
        "security",
        "severity",
        "origin",
    ]);
    type Output = UpdatesOfNode;

    async fn run(self, cx: &Cx) -> Result<UpdatesOfNode> {
        let reach = cx.organization_reach()?;
        let node = cx.store().nodes(&reach).find(&self.node).await?;
        let node = noun::NODE.found(node, self.node)?;
        let filter = UpdateFilter { name: None, security: self.security, severity: self.severity };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: Order::ascending(UpdatesOfNodeBy::Number),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().updates(&reach).of_node(node.id, &filter, list).await?;
        let last_scan = cx.store().updates(&reach).last_scan(node.id).await?;
        Ok(UpdatesOfNode { node_id: node.id, last_scan, page })
    }
}

/// The filter for nodes with these labels and at this site.
async fn nodes_at(
    cx: &Cx,
    reach: &OrganizationReach,
    labels: Option<Selector>,
    site: Option<SiteRef>,
) -> Result<NodeFilter> {
    let mut nodes = NodeFilter { labels: labels.unwrap_or_default(), ..NodeFilter::default() };
    if let Some(named) = site {
        let found = cx.store().sites(reach).find(&named).await?;
        let found = found.ok_or_else(|| Error::invalid("site", format!("there is no site {named}")))?;
        nodes.site = Some(found.id);
    }
    Ok(nodes)
}

/// List the available updates of an organization's nodes.
///
/// Each update is listed once for each node, as the node's last scan found it. Updates of the same name
/// stand together.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListUpdates {
    /// Only updates of this name.
    name: Option<UpdateName>,
    /// Only security updates, or with `false` only other updates.
    security: Option<bool>,
    /// Only updates of at least this severity, according to their source.
    severity: Option<Severity>,
    /// Only updates of nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only updates of nodes at this site, by id or name.
    site: Option<SiteRef>,
    /// The most updates on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListUpdates {
    const SPEC: Spec = Spec::read(ids::UPDATES_LIST, "/v1/updates").tag(TAG).columns(&[
        "node_name",
        "name",
        "installed_version",
        "available_version",
        "security",
        "severity",
        "scanned_at",
    ]);
    type Output = Page<NodeUpdate>;

    async fn run(self, cx: &Cx) -> Result<Page<NodeUpdate>> {
        let reach = cx.organization_reach()?;
        let nodes = nodes_at(cx, &reach, self.labels, self.site).await?;
        let filter = UpdateFilter { name: self.name, security: self.security, severity: self.severity };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: Order::ascending(UpdatesBy::Name),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().updates(&reach).list(&filter, &nodes, list).await?)
    }
}

/// Count the nodes that need updates.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SummarizeUpdates {
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at this site, by id or name.
    site: Option<SiteRef>,
}

impl Operation for SummarizeUpdates {
    const SPEC: Spec = Spec::read(ids::UPDATES_SUMMARY, "/v1/updates/summary").tag(TAG);
    type Output = UpdateSummary;

    async fn run(self, cx: &Cx) -> Result<UpdateSummary> {
        let reach = cx.organization_reach()?;
        let nodes = nodes_at(cx, &reach, self.labels, self.site).await?;
        Ok(cx.store().updates(&reach).summary(&nodes).await?)
    }
}
