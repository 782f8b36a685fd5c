//! List services and show one.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::{Service, ServiceRef, ServiceType};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::services::ServicesBy;
use bailiwick_store::{List, ServiceFilter};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids};
use crate::references::find_node;

sort_orders! {
    /// A sort order of services.
    pub(crate) ServiceSort of ServicesBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
    UpdatedAt / UpdatedAtReverse: "updated_at" / "-updated_at",
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
}

impl Operation for ListServices {
    const SPEC: Spec = Spec::read(ids::SERVICES_LIST, "/v1/services").tag(TAG).columns(&[
        "name",
        "id",
        "type",
        "address",
        "port",
        "environment",
        "cluster",
        "labels",
    ]);
    type Output = Page<Service>;

    async fn run(self, cx: &Cx) -> Result<Page<Service>> {
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
        };
        Ok(cx.store().services(&reach).list(&filter, list).await?)
    }
}

/// Show one service.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetService {
    /// Its id or name.
    service: ServiceRef,
}

impl Operation for GetService {
    const SPEC: Spec = Spec::read(ids::SERVICES_GET, "/v1/services/{service}").tag(TAG).versioned();
    const REVISION: fn(&Service) -> Option<Revision> = |output| Some(output.revision);
    type Output = Service;

    async fn run(self, cx: &Cx) -> Result<Service> {
        NOUN.found(cx.store().services(&cx.organization_reach()?).get(&self.service).await?, self.service)
    }
}
