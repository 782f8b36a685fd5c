//! Export services as text.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::ExportLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::{Service, ServiceType};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::export::{ExportRequest, Exported};
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::ServiceFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::ServiceLine;
use super::read::ServiceSort;
use super::{TAG, ids};
use crate::references::{NodeNames, find_node};

/// Export the services of an organization as text, sorted by name.
///
/// With `Accept: text/csv` or `application/x-ndjson`, the answer is only the text, and the header
/// `Link` names the next page. The text can be imported again: it refers to nodes by name. In CSV, an
/// apostrophe is put before a cell that a spreadsheet would take for a formula; an import removes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportServices {
    /// The format. If absent, the one in `Accept`, otherwise `jsonl`.
    format: Option<Format>,
    /// Only services whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only services that run on this node, by id or name.
    node: Option<NodeRef>,
    /// Only services of this type.
    r#type: Option<ServiceType>,
    /// Only services of this environment.
    environment: Option<Detail>,
    /// Only services of this cluster.
    cluster: Option<Detail>,
    /// Only services of this group.
    group: Option<Detail>,
    /// Only services whose name or address contains all of these words.
    search: Option<Search>,
    /// The most services in one answer.
    limit: Option<ExportLimit>,
    /// Where it begins: the `next_cursor` of the previous export.
    cursor: Option<Cursor>,
}

impl Operation for ExportServices {
    const SPEC: Spec = Spec::read(ids::SERVICES_EXPORT, "/v1/services/export").tag(TAG).answers_text();
    const TEXT: fn(&Exported) -> Option<Text> = |output| Some(output.as_text());
    type Output = Exported;

    async fn run(self, cx: &Cx) -> Result<Exported> {
        let reach = cx.organization_reach()?;
        let filter = ServiceFilter {
            labels: self.labels.unwrap_or_default(),
            kind: self.r#type,
            node: find_node(cx, &reach, "node", self.node.as_ref()).await?,
            environment: self.environment,
            cluster: self.cluster,
            group: self.group,
            search: self.search,
        };
        let (filter, reach) = (&filter, &reach);
        let count = async { Ok(Some(cx.store().services(reach).count(filter).await?)) };
        let page = |list| async move {
            let page = cx.store().services(reach).list(filter, list).await?;
            Ok((named(cx, reach, page.items).await?, page.next_cursor))
        };
        let asked = ExportRequest { format: self.format, limit: self.limit, cursor: self.cursor };
        asked.export(ServiceSort::Name, count, page).await
    }
}

/// Services with the names of their nodes, sorted by name, so that the same services give the same text
/// on another server.
async fn named(cx: &Cx, reach: &OrganizationReach, services: Vec<Service>) -> Result<Vec<ServiceLine>> {
    let on = services.iter().flat_map(|service| service.nodes.iter().copied());
    let nodes = NodeNames::read(cx, reach, on).await?;
    let lines = services.into_iter().map(|service| {
        let nodes = nodes.of_all(&service.nodes);
        ServiceLine::of(service, nodes)
    });
    Ok(lines.collect())
}
