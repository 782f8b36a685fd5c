//! The nodes as an inventory of Ansible.
//!
//! The format is that of inventory scripts (docs.ansible.com, "Developing dynamic inventory", "Inventory script
//! conventions"), with `_meta`, so that Ansible asks once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::nodes::SeenNode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::TAG;
use super::ansible_member::{Kind, Member};
use super::ansible_written::Written;
use super::filter::{ANSWER_BYTES_MAX, DISCOVERED_MAX, Discovered, SiteNames, too_large, too_many};
use crate::ids;

/// Show the nodes as an inventory of Ansible.
///
/// Groups are made of sites (`site_berlin`), types (`type_generic`), statuses (`status_online`) and labels (`env_prod`).
/// Databases in clouds, on which nobody logs in, are left out unless `type` asks for them. Texts that people entered are
/// marked as unsafe, so that Ansible does not run templates in them. At most 20,000 nodes, and 30 MiB.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowInventory {
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at this site, by id or name.
    site: Option<SiteRef>,
    /// Only nodes of this type.
    #[serde(rename = "type")]
    kind: Option<NodeType>,
    /// Only nodes that run on this one, by id or name.
    host: Option<NodeRef>,
    /// Only nodes whose name, address, container name or serial number contains all of these words, in any case.
    search: Option<Search>,
    /// Only nodes with this status.
    status: Option<NodeStatus>,
}

/// An inventory of Ansible.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the schema of what `Written` writes")]
struct AnsibleInventory {
    /// The variables of all hosts.
    #[schemars(rename = "_meta")]
    meta: HostVariables,
    /// The group of all hosts.
    all: AnsibleGroup,
    /// The other groups, by name.
    #[schemars(flatten)]
    groups: BTreeMap<String, AnsibleGroup>,
}

impl JsonSchema for Written {
    fn schema_name() -> Cow<'static, str> {
        AnsibleInventory::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        AnsibleInventory::json_schema(generator)
    }
}

/// The variables of hosts.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the schema of what `Written` writes")]
struct HostVariables {
    /// The variables of each host.
    hostvars: BTreeMap<String, AnsibleHostVariables>,
}

/// A group of hosts.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the schema of what `Written` writes")]
struct AnsibleGroup {
    /// The names of its hosts.
    hosts: BTreeSet<String>,
}

/// A text that Ansible takes as it is: templates in it are not run.
#[derive(Debug, Serialize, JsonSchema)]
struct UnsafeText {
    /// The text.
    #[serde(rename = "__ansible_unsafe")]
    text: String,
}

impl UnsafeText {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }
}

/// The variables of a host.
#[derive(Debug, Serialize, JsonSchema)]
struct AnsibleHostVariables {
    /// The address to which Ansible connects. Absent if the node has none, and if `ssh` could read it as an option.
    #[serde(skip_serializing_if = "Option::is_none")]
    ansible_host: Option<UnsafeText>,
    /// The node's id.
    bailiwick_id: String,
    /// The node's name.
    bailiwick_name: UnsafeText,
    /// The node's type.
    bailiwick_type: NodeType,
    /// Whether its agent is there.
    bailiwick_status: NodeStatus,
    /// The name of its site.
    #[serde(skip_serializing_if = "Option::is_none")]
    bailiwick_site: Option<UnsafeText>,
    /// Its labels, by name.
    #[schemars(with = "BTreeMap<String, UnsafeText>")]
    bailiwick_labels: BTreeMap<Member, UnsafeText>,
    /// The operating system that its agent reports: `linux`, `windows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bailiwick_os: Option<UnsafeText>,
    /// The architecture that its agent reports: `amd64`, `arm64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bailiwick_architecture: Option<UnsafeText>,
}

impl Operation for ShowInventory {
    const SPEC: Spec = Spec::read(ids::ANSIBLE_INVENTORY, "/v1/ansible/inventory").tag(TAG).costs(20);
    type Output = Written;

    async fn run(self, cx: &Cx) -> Result<Written> {
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
        let mut discovered = Discovered::new(cx, &reach, &asked).await?;
        let mut sites = SiteNames::default();
        let mut inventory = Written::default();
        while let Some(nodes) = discovered.next().await? {
            sites.learn(cx, &reach, &nodes).await?;
            for seen in &nodes {
                if self.kind.is_some() || is_machine(seen.node.kind) {
                    let status = seen.presence.map(|presence| presence.status(cx.now()).0);
                    let site = sites.of(seen).map(|name| name.as_str());
                    add(&mut inventory, seen, site, status.unwrap_or(NodeStatus::Unknown))?;
                }
            }
            if inventory.count() > DISCOVERED_MAX {
                return Err(too_many("nodes"));
            }
            if inventory.held() > ANSWER_BYTES_MAX {
                return Err(too_large());
            }
        }
        Ok(inventory)
    }
}

/// Whether people log in on nodes of a type.
const fn is_machine(kind: NodeType) -> bool {
    !matches!(kind, NodeType::RemoteRds | NodeType::RemoteAzureDatabase)
}

/// Adds a node to an inventory.
fn add(inventory: &mut Written, seen: &SeenNode, site: Option<&str>, status: NodeStatus) -> Result<()> {
    let node = &seen.node;
    let host = Member::host(node.name.as_str(), node.id);
    let mut groups =
        vec![Member::group(Kind::Type, node.kind.as_str()), Member::group(Kind::Status, status.as_str())];
    groups.extend(site.map(|site| Member::group(Kind::Site, site)));
    groups.extend(node.labels.iter().map(|(name, value)| Member::group_of_label(name, value)));
    let labels = node.labels.iter();
    let fact = |fact: Option<&String>| fact.map(|fact| UnsafeText::new(fact));
    let variables = AnsibleHostVariables {
        ansible_host: node
            .address
            .as_ref()
            .filter(|address| is_no_option(address.as_str()))
            .map(|address| UnsafeText::new(address.as_str())),
        bailiwick_id: node.id.to_string(),
        bailiwick_name: UnsafeText::new(node.name.as_str()),
        bailiwick_type: node.kind,
        bailiwick_status: status,
        bailiwick_site: site.map(UnsafeText::new),
        bailiwick_labels: labels
            .map(|(name, value)| (Member::label(name), UnsafeText::new(value.as_str())))
            .collect(),
        bailiwick_os: fact(seen.facts.as_ref().and_then(|facts| facts.os.as_ref())),
        bailiwick_architecture: fact(seen.facts.as_ref().and_then(|facts| facts.architecture.as_ref())),
    };
    inventory.add(host, groups, &variables).map_err(Error::internal)
}

/// Whether `ssh` takes a text as a host, and not as an option.
fn is_no_option(text: &str) -> bool {
    !text.starts_with('-')
}
