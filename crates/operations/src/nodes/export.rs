//! Export nodes as text.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::SiteId;
use bailiwick_domain::node::{Node, NodeRef, NodeType};
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::{ExportRequest, Exported};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::NodeLine;
use super::read::NodeSort;
use super::{TAG, ids};
use crate::references::NodeNames;
use crate::targets::resolve;

/// Export the nodes of an organization as text, sorted by name.
///
/// With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header
/// `Link` names the next page. The text can be imported again: it refers to sites and hosts by name. In
/// CSV, an apostrophe is put before a cell that a spreadsheet would take for a formula; an import
/// removes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportNodes {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
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
    /// The most nodes in one answer.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the previous export.
    cursor: Option<Cursor>,
}

impl Operation for ExportNodes {
    const SPEC: Spec = Spec::read(ids::NODES_EXPORT, "/v1/nodes/export").tag(TAG).answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
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
        let (filter, reach) = (&filter, &reach);
        let count = async { Ok(Some(cx.store().nodes(reach).count(filter).await?)) };
        let page = |list| async move {
            let page = cx.store().nodes(reach).list(filter, list).await?;
            Ok((named(cx, reach, page.items).await?, page.next_cursor))
        };
        let asked = ExportRequest { format: self.format, limit: self.limit, cursor: self.cursor };
        asked.export(NodeSort::Name, count, page).await
    }
}

/// Nodes with the names of their sites and hosts; with the id if the caller does not reach them.
async fn named(cx: &Cx, reach: &OrganizationReach, nodes: Vec<Node>) -> Result<Vec<NodeLine>> {
    let sites: BTreeSet<SiteId> = nodes.iter().filter_map(|node| node.site_id).collect();
    let sites: Vec<SiteId> = sites.into_iter().collect();
    let sites = cx.store().sites(reach).all_of(&sites, &[]).await?;
    let sites: HashMap<_, _> = sites.into_iter().map(|site| (site.id, site.name)).collect();
    let hosts = NodeNames::read(cx, reach, nodes.iter().filter_map(|node| node.host_id)).await?;
    let named = nodes.into_iter().map(|node| {
        let site = node.site_id.map(|id| match sites.get(&id) {
            // A name that looks like an id would be read as one.
            Some(name) if name.as_str().parse::<SiteId>().is_err() => SiteRef::Name(name.clone()),
            _ => SiteRef::Id(id),
        });
        let host = node.host_id.map(|id| hosts.of(id));
        NodeLine { site, host, ..NodeLine::of(node) }
    });
    Ok(named.collect())
}
