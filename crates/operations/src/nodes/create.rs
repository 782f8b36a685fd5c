//! Create a node.

use bailiwick_domain::address::Address;
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{Node, NodeName, NodeRef, NodeType};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::checks::{check_host, check_machine_id, find_host, find_site, misfits, require_reach, taken};
use super::{NOUN, TAG, ids, view};

/// Create a node.
///
/// The type decides which fields it may have: `host` all but cloud databases and machine tools;
/// `machine_id` generic nodes and containers; `distro` generic nodes; `container_id` and
/// `container_name` containers; `instance_id` RDS; `manufacturer` and `serial_number` generic nodes and
/// machine tools. All but machine tools need an `address`, and cloud databases a `region`.
///
/// A key with a limited reach can only create nodes within it: with certain labels, at certain sites. A
/// key limited to certain nodes cannot create any.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "type": "generic", "name": "db-1", "address": "db-1.example.net", "distro": "Debian 13",
    "labels": { "env": "prod" },
}]))]
pub(crate) struct CreateNode {
    /// The type of node. It never changes.
    #[serde(rename = "type")]
    #[schemars(example = &"machine_tool")]
    pub(super) kind: NodeType,
    /// Its name, unique in its organization. Names that differ only in case or in a dot at the end are
    /// the same.
    pub(super) name: NodeName,
    /// The host name or IP address at which it is reached; for RDS the name of the instance, without
    /// dots. Within a region, an address belongs to one node only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<Address>,
    /// The site that it is at, by id or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) site: Option<SiteRef>,
    /// The node that it runs on, by id or name: the machine of a container or virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<NodeRef>,
    /// A description in a few sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Description>,
    /// The operating system's machine id. Only a caller that reaches the whole organization may set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_id: Option<Detail>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) distro: Option<Detail>,
    /// The container's id, unique in its organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_id: Option<Detail>,
    /// The container's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_name: Option<Detail>,
    /// The model of the machine or of the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<Detail>,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<Detail>,
    /// The availability zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) az: Option<Detail>,
    /// The cloud's id of the instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance_id: Option<Detail>,
    /// The manufacturer of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) manufacturer: Option<Detail>,
    /// The manufacturer's serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serial_number: Option<Detail>,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Named::is_absent")]
    pub(super) labels: Named<Labels>,
}

impl CreateNode {
    /// The node that the request describes, with its site and host already looked up.
    pub(super) fn node(
        self,
        cx: &Cx,
        reach: &OrganizationReach,
        site_id: Option<SiteId>,
        host_id: Option<NodeId>,
    ) -> Node {
        let id = NodeId::new(cx.clock(), cx.entropy());
        let node = Node::new(id, reach.organization, self.kind, self.name.clone(), cx.now());
        let mut node = Node { site_id, host_id, ..node };
        self.apply(&mut node);
        node
    }
}

impl Operation for CreateNode {
    const SPEC: Spec = Spec::create(ids::NODES_CREATE, "/v1/nodes").tag(TAG).versioned();
    const REVISION: fn(&view::Node) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = view::Node;

    async fn run(self, cx: &Cx) -> Result<view::Node> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let mut errors = Vec::new();
        let site = find_site(write.tx(), &reach, self.site.as_ref(), &mut errors).await?;
        let host = find_host(write.tx(), &reach, self.host.as_ref(), &mut errors).await?;
        let node = self.node(cx, &reach, site, host);
        if let Some(host) = host {
            check_host(write.tx(), &reach, node.id, host, &mut errors).await?;
        }
        check_machine_id(&reach, None, node.machine_id.as_ref(), &mut errors);
        errors.extend(misfits(&node));
        require_valid(errors)?;
        require_reach(&reach, &node)?;
        let written = write.tx().nodes(&reach).create(&node).await;
        let write = write.unless_taken(written, taken(cx, &reach, &node)).await?;
        write.commit(vec![NOUN.target(node.id)], view::Node::unseen(node)).await
    }
}
