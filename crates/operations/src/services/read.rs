//! List services and show one.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::{ServiceRef, ServiceType};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::{sort_orders, words};
use bailiwick_store::services::ServicesBy;
use bailiwick_store::{List, ServiceFilter};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Service, ServiceInclude, include};
use super::{NOUN, TAG, ids};
use crate::facets::{FacetedPage, Facets, values};
use crate::references::find_node;

sort_orders! {
    /// A sort order of services.
    pub(crate) ServiceSort of ServicesBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
    UpdatedAt / UpdatedAtReverse: "updated_at" / "-updated_at",
}

words! {
    /// A property of services whose values are counted.
    pub(crate) ServiceFacet { Type = "type", Environment = "environment", Cluster = "cluster" }
}

/// List the services of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListServices {
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
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<ServiceSort>,
    /// The most services on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
    /// Which facets to answer: properties for each of whose values the matching items are counted.
    facets: Option<Words<ServiceFacet>>,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<ServiceInclude>>,
}

impl Operation for ListServices {
    const SPEC: Spec = Spec::read(ids::SERVICES_LIST, "/v1/services").tag(TAG).columns(&[
        "name",
        "id",
        "type",
        "address",
        "port",
        "node_names",
        "environment",
        "cluster",
        "labels",
    ]);
    type Output = FacetedPage<Service>;

    async fn run(self, cx: &Cx) -> Result<FacetedPage<Service>> {
        let reach = cx.organization_reach()?;
        let node = find_node(cx, &reach, "node", self.node.as_ref()).await?;
        let filter = ServiceFilter {
            labels: self.labels.unwrap_or_default(),
            kind: self.r#type,
            node,
            environment: self.environment,
            cluster: self.cluster,
            group: self.group,
            search: self.search,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let page = cx.store().services(&reach).list(&filter, list).await?;
        let facets = facets(cx, &reach, &filter, self.facets.unwrap_or_default()).await?;
        let mut page = page.map(Service::from);
        include(cx, &reach, &mut page.items, &self.include.unwrap_or_default()).await?;
        Ok(FacetedPage::new(page, facets))
    }
}

/// The facets of the services that match a filter. Each leaves out the filter on its own property.
async fn facets(
    cx: &Cx,
    reach: &OrganizationReach,
    filter: &ServiceFilter,
    asked: Words<ServiceFacet>,
) -> Result<Facets> {
    let mut facets = Facets::new();
    for facet in asked.0 {
        let mut services = cx.store().services(reach);
        let (name, counted) = match facet {
            ServiceFacet::Type => {
                let filter = ServiceFilter { kind: None, ..filter.clone() };
                ("type", values(services.facet_of_types(&filter).await?, ToString::to_string, |_| None)?)
            }
            ServiceFacet::Environment => {
                let filter = ServiceFilter { environment: None, ..filter.clone() };
                let facet = services.facet_of_environments(&filter).await?;
                ("environment", values(facet, Clone::clone, |_| None)?)
            }
            ServiceFacet::Cluster => {
                let filter = ServiceFilter { cluster: None, ..filter.clone() };
                ("cluster", values(services.facet_of_clusters(&filter).await?, Clone::clone, |_| None)?)
            }
        };
        facets.insert(name, counted);
    }
    Ok(facets)
}

/// Show one service.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetService {
    /// Its id or name.
    service: ServiceRef,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<ServiceInclude>>,
}

impl Operation for GetService {
    const SPEC: Spec = Spec::read(ids::SERVICES_GET, "/v1/services/{service}").tag(TAG).versioned();
    const REVISION: fn(&Service) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Service;

    async fn run(self, cx: &Cx) -> Result<Service> {
        let reach = cx.organization_reach()?;
        let found = cx.store().services(&reach).get(&self.service).await?;
        let mut service = Service::from(NOUN.found(found, self.service)?);
        let asked = self.include.unwrap_or_default();
        include(cx, &reach, std::slice::from_mut(&mut service), &asked).await?;
        Ok(service)
    }
}
