//! Change a service.

use std::collections::BTreeSet;

use bailiwick_domain::address::Address;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::port::Port;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::service::{SERVICE_NODES_MAX, Service, ServiceName, ServiceRef, SocketPath};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids, misfits, name_taken, node_ids, require_reach, view};
use crate::references::{KnownNodes, check_length};

/// Change a service.
///
/// Fields that are absent stay as they are; nodes and labels are replaced as a whole. Nodes out of the
/// caller's reach are not shown, and stay. A field with a default, such as the group of an external
/// service, returns to the default when it is cleared. The type never changes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "environment": "staging" }]))]
pub(crate) struct UpdateService {
    /// Its id or name.
    service: ServiceRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<ServiceName>,
    /// The nodes that it runs on now, each by id or name.
    #[serde(default)]
    #[schemars(length(max = SERVICE_NODES_MAX))]
    nodes: Named<Vec<NodeRef>>,
    /// A new address; null removes it.
    #[serde(default)]
    address: Patch<Address>,
    /// A new port; null removes it.
    #[serde(default)]
    port: Patch<Port>,
    /// A new socket; null removes it.
    #[serde(default)]
    socket: Patch<SocketPath>,
    /// A new environment; null removes it.
    #[serde(default)]
    environment: Patch<Detail>,
    /// A new cluster; null removes it.
    #[serde(default)]
    cluster: Patch<Detail>,
    /// A new replication set; null removes it.
    #[serde(default)]
    replication_set: Patch<Detail>,
    /// A new database; null for the default.
    #[serde(default)]
    database_name: Patch<Detail>,
    /// A new limit; null removes it.
    #[serde(default)]
    auto_discovery_limit: Patch<i32>,
    /// A new group; null for `external`.
    #[serde(default)]
    group: Patch<Detail>,
    /// New labels; they replace all old ones.
    #[serde(default)]
    labels: Named<Labels>,
}

impl Operation for UpdateService {
    const SPEC: Spec = Spec::update(ids::SERVICES_UPDATE, "/v1/services/{service}").tag(TAG).versioned();
    const REVISION: fn(&view::Service) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = view::Service;

    async fn run(self, cx: &Cx) -> Result<view::Service> {
        let reach = cx.organization_reach()?;
        let mut errors = Vec::new();
        let mut write = cx.write().await?;
        let found = write.tx().services(&reach).get_on_all_nodes(&self.service).await?;
        let mut service = NOUN.found(found, &self.service)?;
        let from = service.revision;
        let seen: BTreeSet<NodeId> =
            write.tx().nodes(&reach).existing(service.nodes.iter().copied()).await?.into_iter().collect();
        cx.require_match(&shown(service.clone(), &seen), from)?;

        let mut shown_nodes = seen.clone();
        if let Some(names) = self.nodes.0 {
            check_length("nodes", &names, SERVICE_NODES_MAX, &mut errors);
            let names = &names[..names.len().min(SERVICE_NODES_MAX)];
            let known = KnownNodes::find(write.tx().nodes(&reach), names).await?;
            shown_nodes = node_ids(known.list("nodes", names, &mut errors)).collect();
            service.nodes = &(&service.nodes - &seen) | &shown_nodes;
        }
        if let Some(name) = self.name.0 {
            service.name = name;
        }
        self.address.apply(&mut service.address);
        self.port.apply(&mut service.port);
        self.socket.apply(&mut service.socket);
        self.environment.apply(&mut service.environment);
        self.cluster.apply(&mut service.cluster);
        self.replication_set.apply(&mut service.replication_set);
        self.database_name.apply(&mut service.database_name);
        self.auto_discovery_limit.apply(&mut service.auto_discovery_limit);
        self.group.apply(&mut service.group);
        if let Some(labels) = self.labels.0 {
            service.labels = labels;
        }
        service.complete();
        errors.extend(misfits(&service));
        require_valid(errors)?;
        let whole = OrganizationReach::whole(reach.organization);
        let all: Vec<NodeId> = service.nodes.iter().copied().collect();
        let nodes = write.tx().nodes(&whole).all_of(&all, &[]).await?;
        require_reach(&reach, &service, nodes.iter().map(|node| (node.id, node.site_id)))?;

        cx.revise(from, &mut service.revision, &mut service.updated_at);
        let written = write.tx().services(&reach).update(&service, from).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &service.name, "name")).await?;
        write.commit(vec![NOUN.target(service.id)], shown(service, &shown_nodes).into()).await
    }
}

/// A service as shown to a caller that reaches these nodes.
fn shown(mut service: Service, nodes: &BTreeSet<NodeId>) -> Service {
    service.nodes.retain(|node| nodes.contains(node));
    service
}
