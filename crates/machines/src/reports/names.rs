//! The names of what a report mentions by its id.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::id::{JobOperationId, NodeId, OperatorId, SiteId};
use bailiwick_domain::name::Name;
use bailiwick_domain::node::NodeName;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use schemars::JsonSchema;
use serde::Serialize;

use super::dimension::GroupKey;
use crate::ids;

/// The names of what a report mentions by its id.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct ReportNames {
    /// Of nodes.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    nodes: HashMap<NodeId, NodeName>,
    /// Of sites.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    sites: HashMap<SiteId, Name>,
    /// Of job operations: the job, and the name of the operation.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    job_operations: HashMap<JobOperationId, String>,
    /// Of operators.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    operators: HashMap<OperatorId, Name>,
}

impl ReportNames {
    /// The name of what has one.
    pub(super) fn get(&self, key: &GroupKey) -> Option<&str> {
        match key {
            GroupKey::Node(id) => self.nodes.get(id).map(NodeName::as_str),
            GroupKey::Site(Some(id)) => self.sites.get(id).map(Name::as_str),
            GroupKey::JobOperation(Some(id)) => self.job_operations.get(id).map(String::as_str),
            GroupKey::Operator(Some(id)) => self.operators.get(id).map(Name::as_str),
            _ => None,
        }
    }
}

/// The ids that groups mention.
#[derive(Default)]
struct Mentioned {
    nodes: BTreeSet<NodeId>,
    sites: BTreeSet<SiteId>,
    job_operations: BTreeSet<JobOperationId>,
    operators: BTreeSet<OperatorId>,
}

impl Mentioned {
    fn of<'k>(keys: impl Iterator<Item = &'k GroupKey>) -> Self {
        let mut mentioned = Self::default();
        for key in keys {
            match key {
                GroupKey::Node(id) => drop(mentioned.nodes.insert(*id)),
                GroupKey::Site(Some(id)) => drop(mentioned.sites.insert(*id)),
                GroupKey::JobOperation(Some(id)) => drop(mentioned.job_operations.insert(*id)),
                GroupKey::Operator(Some(id)) => drop(mentioned.operators.insert(*id)),
                _ => {}
            }
        }
        mentioned
    }
}

/// The names of what the groups of a report mention.
pub(super) async fn of<'k>(
    cx: &Cx,
    reach: &OrganizationReach,
    keys: impl Iterator<Item = &'k GroupKey> + Send,
) -> Result<ReportNames> {
    let mentioned = Mentioned::of(keys);
    let mut names = ReportNames::default();
    let store = cx.store();
    if !mentioned.nodes.is_empty() {
        let ids: Vec<NodeId> = mentioned.nodes.into_iter().collect();
        names.nodes =
            store.nodes(reach).names_of(&ids).await?.into_iter().map(|node| (node.id, node.name)).collect();
    }
    if !mentioned.sites.is_empty() {
        let ids: Vec<SiteId> = mentioned.sites.into_iter().collect();
        let sites = store.sites(reach).all_of(&ids, &[]).await?;
        names.sites = sites.into_iter().map(|site| (site.id, site.name)).collect();
    }
    if !mentioned.job_operations.is_empty() {
        let ids: Vec<JobOperationId> = mentioned.job_operations.into_iter().collect();
        let operations = store.job_operations(reach).all_of(&ids).await?;
        let name = |operation: bailiwick_domain::meaning::job::JobOperation| {
            (operation.id, format!("{} / {}", operation.job, operation.name))
        };
        names.job_operations = operations.into_iter().map(name).collect();
    }
    // Operators are people: a caller who may not list them reads their ids.
    if !mentioned.operators.is_empty() && cx.require_operation(ids::OPERATORS_LIST).is_ok() {
        let ids: Vec<OperatorId> = mentioned.operators.into_iter().collect();
        let operators = store.operators(reach).all_of(&ids).await?;
        names.operators = operators.into_iter().map(|operator| (operator.id, operator.name)).collect();
    }
    Ok(names)
}
