//! Commands in answers.

use bailiwick_domain::command::{Command as CommandRecord, CommandOutcome, CommandSummary, Progress};
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
use crate::names::name_of_actor;

/// A command and its progress.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Command {
    #[serde(flatten)]
    pub(crate) record: CommandRecord,
    /// The e-mail address of the user, or the name of the key, that gave it; null if they were deleted, or if you could
    /// not find them in the list of users or keys.
    pub(crate) created_by_name: Option<String>,
    /// How it went on all of its nodes in the caller's reach together.
    pub(crate) outcome: CommandOutcome,
    /// How many of its results are in each state; only those in the caller's reach.
    pub(crate) progress: Progress,
}

/// A command in short, as lists show it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CommandInList")]
pub(crate) struct ListedCommand {
    #[serde(flatten)]
    summary: CommandSummary,
    /// The e-mail address of the user, or the name of the key, that gave it; null if they were deleted, or if you could
    /// not find them in the list of users or keys.
    created_by_name: Option<String>,
}

impl ListedCommand {
    /// A command in a list, with the name of who gave it.
    pub(crate) fn of(cx: &Cx, summary: CommandSummary) -> Self {
        Self { created_by_name: name_of_actor(cx, &summary.created_by), summary }
    }
}

impl Command {
    /// A command and its progress, limited to the nodes in a reach.
    pub(crate) async fn seen(cx: &Cx, reach: &OrganizationReach, mut record: CommandRecord) -> Result<Self> {
        let progress = cx.store().commands(reach).progress(record.id).await?;
        if reach.is_partial() {
            record.target_count = progress.total();
            record.targets = visible(cx.store(), reach, record.targets).await?;
        }
        Ok(Self::of(cx, record, progress))
    }

    /// A command with its progress.
    pub(crate) fn of(cx: &Cx, record: CommandRecord, progress: Progress) -> Self {
        let created_by_name = name_of_actor(cx, &record.created_by);
        Self { record, created_by_name, outcome: progress.outcome(), progress }
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
