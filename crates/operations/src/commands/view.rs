//! Commands in answers.

use bailiwick_domain::command::{Command as CommandRecord, Progress};
use bailiwick_domain::id::CommandId;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::targets::Targets;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_store::Store;
use schemars::JsonSchema;
use serde::Serialize;

use super::NOUN;

/// A command and its progress.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Command {
    #[serde(flatten)]
    pub(crate) record: CommandRecord,
    /// How many of its results are in each state; only those in the caller's reach.
    pub(crate) progress: Progress,
}

impl Command {
    /// A command and its progress, limited to the nodes in a reach.
    pub(crate) async fn seen(
        store: &Store,
        reach: &OrganizationReach,
        mut record: CommandRecord,
    ) -> Result<Self> {
        let progress = store.commands(reach).progress(record.id).await?;
        if reach.is_partial() {
            record.target_count = progress.total();
            record.targets = visible(store, reach, record.targets).await?;
        }
        Ok(Self { record, progress })
    }
}

/// The targets without what is out of reach. Where the site or the host is, no node is shown.
async fn visible(store: &Store, reach: &OrganizationReach, mut targets: Targets) -> Result<Targets> {
    if let Some(named) = targets.nodes.take() {
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for name in &named {
            match name {
                NodeRef::Id(id) => ids.push(*id),
                NodeRef::Name(name) => names.push(name),
            }
        }
        let found = store.nodes(reach).all_of(&ids, &names).await?;
        let is_seen = |name: &NodeRef| match name {
            NodeRef::Id(id) => found.iter().any(|node| node.id == *id),
            NodeRef::Name(name) => found.iter().any(|node| node.name.folded() == name.folded()),
        };
        targets.nodes = Some(named.into_iter().filter(is_seen).collect());
    }
    let is_site_hidden = match &targets.site {
        Some(site) => store.sites(reach).find(site).await?.is_none(),
        None => false,
    };
    let is_host_hidden = match &targets.host {
        Some(host) => store.nodes(reach).find(host).await?.is_none(),
        None => false,
    };
    if is_site_hidden || is_host_hidden {
        return Ok(Targets::of_nodes(Vec::new()));
    }
    Ok(targets)
}

/// The command with an id, if it is in the caller's reach.
pub(crate) async fn find(cx: &Cx, reach: &OrganizationReach, id: CommandId) -> Result<CommandRecord> {
    NOUN.found(cx.store().commands(reach).get(id).await?, id)
}
