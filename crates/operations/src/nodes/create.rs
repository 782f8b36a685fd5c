//! Create a node.

use bailiwick_domain::address::Address;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{NodeName, NodeRef, NodeType};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::checks::{check_host, check_machine_id, find_host, find_site, misfits, require_reach, taken};
use super::delete::{delete_observations, remove};
use super::line::NodeLine;
use super::parts::{AGENTS_MAX, NodeAgent, NodeWithParts, Parts, SERVICES_MAX};
use super::{NOUN, TAG, ids, view};
use crate::services::CreateService;

/// Create a node.
///
/// The type decides which fields it may have: `host` all but cloud databases and machine tools;
/// `machine_id` generic nodes and containers; `distro` generic nodes; `container_id` and
/// `container_name` containers; `instance_id` RDS; `manufacturer` and `serial_number` generic nodes and
/// machine tools. All but machine tools need an `address`, and cloud databases a `region`.
///
/// A key with a limited reach can only create nodes within it: with certain labels, at certain sites. A
/// key limited to certain nodes cannot create any.
///
/// With `agents` and `services`, for which the scopes `agents.create` and `services.create` are needed, what runs on
/// the node is created with it. With `replace`, for which `nodes.delete` is needed, the node that has the name is
/// deleted first. Either all of this is done or nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "type": "generic", "name": "db-1", "address": "db-1.example.net", "distro": "Debian 13",
    "labels": { "env": "prod" },
}]))]
pub(crate) struct CreateNode {
    /// The type of node. It never changes.
    #[serde(rename = "type")]
    #[schemars(example = &"machine_tool")]
    kind: NodeType,
    /// Its name, unique in its organization. Names that differ only in case or in a dot at the end are
    /// the same.
    name: NodeName,
    /// The host name or IP address at which it is reached; for RDS the name of the instance, without
    /// dots. Within a region, an address belongs to one node only.
    address: Option<Address>,
    /// The site that it is at, by id or name.
    site: Option<SiteRef>,
    /// The node that it runs on, by id or name: the machine of a container or virtual machine.
    host: Option<NodeRef>,
    /// A description in a few sentences.
    description: Option<Description>,
    /// The operating system's machine id. Only a caller that reaches the whole organization may set it.
    machine_id: Option<Detail>,
    /// The operating system.
    distro: Option<Detail>,
    /// The container's id, unique in its organization.
    container_id: Option<Detail>,
    /// The container's name.
    container_name: Option<Detail>,
    /// The model of the machine or of the instance.
    model: Option<Detail>,
    /// The region.
    region: Option<Detail>,
    /// The availability zone.
    az: Option<Detail>,
    /// The cloud's id of the instance.
    instance_id: Option<Detail>,
    /// The manufacturer of the machine.
    manufacturer: Option<Detail>,
    /// The manufacturer's serial number.
    serial_number: Option<Detail>,
    /// Its labels.
    #[serde(default)]
    labels: Named<Labels>,
    /// Agents that run on it, to be created with it.
    #[serde(default)]
    #[schemars(length(max = AGENTS_MAX))]
    agents: Vec<NodeAgent>,
    /// Services that run on it, to be created with it. `nodes` of each lists only other nodes that it runs on.
    #[serde(default)]
    #[schemars(length(max = SERVICES_MAX))]
    services: Vec<CreateService>,
    /// Whether the node that has this name, if there is one, is deleted first, with everything that depends on it, as
    /// `nodes.delete` does with `force`.
    replace: Option<bool>,
}

impl CreateNode {
    /// The fields of the node itself, and what is created with it.
    fn split(self) -> (NodeLine, Parts) {
        let line = NodeLine {
            kind: Some(self.kind),
            name: self.name,
            address: self.address,
            site: self.site,
            host: self.host,
            description: self.description,
            machine_id: self.machine_id,
            distro: self.distro,
            container_id: self.container_id,
            container_name: self.container_name,
            model: self.model,
            region: self.region,
            az: self.az,
            instance_id: self.instance_id,
            manufacturer: self.manufacturer,
            serial_number: self.serial_number,
            labels: self.labels,
        };
        (line, Parts { agents: self.agents, services: self.services })
    }
}

impl Operation for CreateNode {
    const SPEC: Spec = Spec::create(ids::NODES_CREATE, "/v1/nodes").tag(TAG).versioned();
    const REVISION: fn(&NodeWithParts) -> Option<Revision> = |output| Some(output.node.record.revision);
    type Output = NodeWithParts;

    async fn run(self, cx: &Cx) -> Result<NodeWithParts> {
        let reach = cx.organization_reach()?;
        let replace = self.replace.unwrap_or_default();
        if replace {
            cx.require_operation(ids::NODES_DELETE)?;
        }
        let kind = self.kind;
        let (line, parts) = self.split();
        parts.require_scopes(cx)?;
        let mut write = cx.write().await?;
        let mut targets = Vec::new();
        let mut old = None;
        if replace {
            old = write.tx().nodes(&reach).find(&NodeRef::Name(line.name.clone())).await?;
        }
        if let Some(old) = &old {
            targets = remove(cx, write.tx(), &reach, old, Some(true)).await?.0;
        }
        let mut errors = Vec::new();
        let site = find_site(write.tx(), &reach, line.site.as_ref(), &mut errors).await?;
        let host = find_host(write.tx(), &reach, line.host.as_ref(), &mut errors).await?;
        let node = line.node(cx, kind, &reach, site, host);
        if let Some(host) = host {
            check_host(write.tx(), &reach, node.id, host, &mut errors).await?;
        }
        check_machine_id(&reach, None, node.machine_id.as_ref(), &mut errors);
        errors.extend(misfits(&node));
        let parts = parts.build(cx, write.tx(), &reach, &node, &mut errors).await?;
        require_valid(errors)?;
        require_reach(&reach, &node)?;
        let written = write.tx().nodes(&reach).create(&node).await;
        let write = write.unless_taken(written, taken(cx, &reach, &node)).await?;
        targets.push(NOUN.target(node.id));
        let (write, made) = parts.write(cx, write, &reach).await?;
        targets.extend(made.targets());
        let made = made.on(view::Node::unseen(node));
        let made = write.commit(targets, made).await?;
        if let Some(old) = &old {
            delete_observations(cx, &reach, old).await;
        }
        Ok(made)
    }
}
