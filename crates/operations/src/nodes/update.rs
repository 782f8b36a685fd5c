//! Change a node.

use bailiwick_domain::address::Address;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Detail};
use bailiwick_domain::node::{Node, NodeName, NodeRef};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::nodes::SeenNode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::checks::{check_host, check_machine_id, find_host, find_site, misfits, require_reach, taken};
use super::{NOUN, TAG, ids, view};
use crate::maintenance_windows::cover::require_covered;

/// Change a node, or move it to another site or host.
///
/// Fields that are absent stay as they are; labels are replaced as a whole. The type never changes. The
/// node must be in the caller's reach, and stay in it. A caller that reaches only a part of the organization
/// cannot take a node out of a maintenance window.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "address": "10.0.0.5", "labels": { "env": "test" } }]))]
pub(crate) struct UpdateNode {
    /// Its id or name.
    node: NodeRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<NodeName>,
    /// A new address; null removes it.
    #[serde(default)]
    address: Patch<Address>,
    /// The site that it moves to, by id or name; null for none.
    #[serde(default)]
    site: Patch<SiteRef>,
    /// The node that it now runs on, by id or name; null for none.
    #[serde(default)]
    host: Patch<NodeRef>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// The operating system's machine id; null for none. Only a caller that reaches the whole
    /// organization may change it.
    #[serde(default)]
    machine_id: Patch<Detail>,
    /// The operating system; null for none.
    #[serde(default)]
    distro: Patch<Detail>,
    /// The container's id; null for none.
    #[serde(default)]
    container_id: Patch<Detail>,
    /// The container's name; null for none.
    #[serde(default)]
    container_name: Patch<Detail>,
    /// The model; null for none.
    #[serde(default)]
    model: Patch<Detail>,
    /// The region; null for none.
    #[serde(default)]
    region: Patch<Detail>,
    /// The availability zone; null for none.
    #[serde(default)]
    az: Patch<Detail>,
    /// The cloud's id of the instance; null for none.
    #[serde(default)]
    instance_id: Patch<Detail>,
    /// The manufacturer of the machine; null if unknown.
    #[serde(default)]
    manufacturer: Patch<Detail>,
    /// The manufacturer's serial number; null for none.
    #[serde(default)]
    serial_number: Patch<Detail>,
    /// New labels; they replace all old ones.
    #[serde(default)]
    labels: Named<Labels>,
}

impl UpdateNode {
    /// Applies the changes to a node, except for its site and host.
    fn apply(self, node: &mut Node) {
        if let Some(name) = self.name.0 {
            node.name = name;
        }
        if let Some(labels) = self.labels.0 {
            node.labels = labels;
        }
        self.address.apply(&mut node.address);
        self.description.apply(&mut node.description);
        self.machine_id.apply(&mut node.machine_id);
        self.distro.apply(&mut node.distro);
        self.container_id.apply(&mut node.container_id);
        self.container_name.apply(&mut node.container_name);
        self.model.apply(&mut node.model);
        self.region.apply(&mut node.region);
        self.az.apply(&mut node.az);
        self.instance_id.apply(&mut node.instance_id);
        self.manufacturer.apply(&mut node.manufacturer);
        self.serial_number.apply(&mut node.serial_number);
    }
}

impl Operation for UpdateNode {
    const SPEC: Spec = Spec::update(ids::NODES_UPDATE, "/v1/nodes/{node}").tag(TAG).versioned();
    const REVISION: fn(&view::Node) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = view::Node;

    async fn run(self, cx: &Cx) -> Result<view::Node> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        if matches!(self.host, Patch::Set(_)) {
            // Two concurrent changes could make two nodes run on each other.
            write.tx().lock_organization(reach.organization).await?;
        }
        let seen = NOUN.found(write.tx().nodes(&reach).find_seen(&self.node).await?, &self.node)?;
        let mut node = seen.node.clone();
        let from = node.revision;
        cx.require_match(&view::Node::at(seen.clone(), cx.now()), from)?;
        let mut errors = Vec::new();
        match &self.site {
            Patch::Leave => {}
            Patch::Clear => node.site_id = None,
            Patch::Set(site) => {
                node.site_id = find_site(write.tx(), &reach, Some(site), &mut errors).await?;
            }
        }
        match &self.host {
            Patch::Leave => {}
            Patch::Clear => node.host_id = None,
            Patch::Set(host) => {
                node.host_id = find_host(write.tx(), &reach, Some(host), &mut errors).await?;
                if let Some(host) = node.host_id {
                    check_host(write.tx(), &reach, node.id, host, &mut errors).await?;
                }
            }
        }
        self.apply(&mut node);
        check_machine_id(&reach, seen.node.machine_id.as_ref(), node.machine_id.as_ref(), &mut errors);
        errors.extend(misfits(&node));
        require_valid(errors)?;
        require_reach(&reach, &node)?;
        require_covered(write.tx(), &reach, &[(&seen.node, &node)]).await?;
        cx.revise(from, &mut node.revision, &mut node.updated_at);
        let written = write.tx().nodes(&reach).update(&node, from).await;
        let write = write.unless_taken(written, taken(cx, &reach, &node)).await?;
        let targets = vec![NOUN.target(node.id)];
        write.commit(targets, view::Node::at(SeenNode { node, ..seen }, cx.now())).await
    }
}
