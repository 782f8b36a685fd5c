//! List and show nodes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::nodes::NodesBy;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::Node;
use super::{NOUN, TAG, ids};
use crate::targets::resolve;

sort_orders! {
    /// A sort order of nodes.
    pub(crate) NodeSort of NodesBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
    UpdatedAt / UpdatedAtReverse: "updated_at" / "-updated_at",
}

/// List the nodes of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListNodes {
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at this site, by id or name.
    site: Option<SiteRef>,
    /// Only nodes of this type.
    #[serde(rename = "type")]
    kind: Option<NodeType>,
    /// Only nodes that run on this one, by id or name.
    host: Option<NodeRef>,
    /// Only nodes whose name, address, container name or serial number contains all of these words, in
    /// any case.
    search: Option<Search>,
    /// Only nodes with this status.
    status: Option<NodeStatus>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<NodeSort>,
    /// The most nodes on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

impl Operation for ListNodes {
    const SPEC: Spec = Spec::read(ids::NODES_LIST, "/v1/nodes").tag(TAG).columns(&[
        "name",
        "id",
        "type",
        "status",
        "address",
        "labels",
        "site_id",
        "created_at",
    ]);
    type Output = Page<Node>;

    async fn run(self, cx: &Cx) -> Result<Page<Node>> {
        let reach = cx.organization_reach()?;
        let asked = Targets {
            labels: self.labels,
            site: self.site,
            kind: self.kind,
            host: self.host,
            search: self.search,
            status: self.status,
            ..Targets::default()
        };
        let filter = resolve(cx.store(), &reach, &asked, "", cx.now()).await?.filter;
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
        };
        let page = cx.store().nodes(&reach).list_seen(&filter, list).await?;
        Ok(page.map(|seen| Node::at(seen, cx.now())))
    }
}

/// Show one node.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetNode {
    /// Its id or name.
    node: NodeRef,
}

impl Operation for GetNode {
    const SPEC: Spec = Spec::read(ids::NODES_GET, "/v1/nodes/{node}").tag(TAG).versioned();
    const REVISION: fn(&Node) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Node;

    async fn run(self, cx: &Cx) -> Result<Node> {
        let found = cx.store().nodes(&cx.organization_reach()?).find_seen(&self.node).await?;
        let seen = NOUN.found(found, self.node)?;
        Ok(Node::at(seen, cx.now()))
    }
}
