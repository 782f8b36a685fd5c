//! Services in answers.

use bailiwick_domain::node::NodeName;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::service::Service as ServiceRecord;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::words;
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::names_of_nodes;

/// A service, with the names of its nodes if they were asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Service {
    #[serde(flatten)]
    pub(super) record: ServiceRecord,
    /// The names of the nodes in `nodes`, in the same order. Only with `include=nodes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "nodes"))]
    node_names: Option<Vec<Option<NodeName>>>,
}

impl From<ServiceRecord> for Service {
    fn from(record: ServiceRecord) -> Self {
        Self { record, node_names: None }
    }
}

words! {
    /// What a service refers to.
    pub(crate) ServiceInclude { Nodes = "nodes" }
}

/// Adds names to services.
pub(super) async fn include(
    cx: &Cx,
    reach: &OrganizationReach,
    services: &mut [Service],
    asked: &Words<ServiceInclude>,
) -> Result<()> {
    if asked.has(ServiceInclude::Nodes) {
        let ids = services.iter().flat_map(|service| service.record.nodes.iter().copied());
        let names = names_of_nodes(cx, reach, ids).await?;
        for service in services {
            service.node_names = Some(service.record.nodes.iter().map(|id| names.of(id)).collect());
        }
    }
    Ok(())
}
