//! Background tasks of machine data: sealing observations, and deleting what is not kept.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::retention::{Kept, Retained};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::admission::By;
use bailiwick_engine::background::{FORGET_EVERY, log_background_error};
use bailiwick_engine::control::Control;
use bailiwick_engine::error::Result;
use bailiwick_engine::internal;
use bailiwick_engine::spans::spawn_task;
use bailiwick_operations::noun::{KEY, USER};
use bailiwick_store::Receipt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::merged_nodes;

/// How often observations that are due are sealed.
const SEAL_EVERY: Duration = Duration::from_secs(10);
/// How often observations of merged nodes are moved, if any arrived since the last time.
const FOLLOW_MERGES_EVERY: Duration = Duration::from_secs(60);
/// How many batches are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: u32 = 5_000;
/// How many receipts are read together.
const RECEIPTS_AT_ONCE: u32 = 1_000;
/// How many nodes are looked up together.
const NODES_AT_ONCE: u32 = 1_000;

/// Starts the background tasks. Cancelling `stop` ends them.
pub fn start(control: &Arc<Control>, tasks: &TaskTracker, stop: &CancellationToken) {
    spawn_task(tasks, "seal_observations", seal(Arc::clone(control), stop.clone()));
    spawn_task(tasks, "forget_observations", forget(Arc::clone(control), stop.clone()));
    spawn_task(tasks, "follow_merges", follow_merges(Arc::clone(control), stop.clone()));
}

async fn seal(control: Arc<Control>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SEAL_EVERY)).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(seal_all(&control)).await {
            log_background_error(&error, "observations could not be sealed; this is tried again");
        }
    }
}

/// Seals all that is due.
async fn seal_all(control: &Control) -> Result<()> {
    while control.observations().seal_due(control.clock().now()).await?.series > 0 {}
    Ok(())
}

async fn follow_merges(control: Arc<Control>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(FOLLOW_MERGES_EVERY)).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(follow_merges_now(&control)).await {
            log_background_error(
                &error,
                "observations of merged nodes could not be moved; this is tried again",
            );
        }
    }
}

async fn forget(control: Arc<Control>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY)).await.is_some() {
        if let Some(Err(error)) = stop.run_until_cancelled(audit_receipts(&control)).await {
            log_background_error(&error, "what was observed could not be noted in the audit trail");
        }
        if let Some(Err(error)) = stop.run_until_cancelled(forget_now(&control)).await {
            log_background_error(&error, "old observations could not be deleted; this is tried again");
        }
    }
}

/// Writes to the audit trail how many observations each key or user sent in each hour that is over.
pub async fn audit_receipts(control: &Arc<Control>) -> Result<()> {
    loop {
        let receipts = control.observations().receipts(control.clock().now(), RECEIPTS_AT_ONCE).await?;
        if receipts.is_empty() {
            return Ok(());
        }
        for receipt in receipts {
            // Of several servers, the one that takes it writes it.
            if !control.observations().take_receipt(&receipt).await? {
                continue;
            }
            let Receipt { organization, source, hour, batches, stored, known, refused } = receipt;
            let note = format!(
                "{source} in the hour from {hour}: {batches} requests with {stored} new observations, {known} known and {refused} refused"
            );
            let cx = control.authorize(By::Server, &internal::COUNT_OBSERVATIONS)?;
            let mut write = cx.write_internal().await?;
            let targets = source.split_once(':').map(|(kind, id)| match kind {
                "key" => KEY.target(id),
                _ => USER.target(id),
            });
            write.audit(Some(organization), targets.into_iter().collect(), Some(note)).await?;
            write.commit().await?;
        }
    }
}

/// Moves observations of nodes that were merged to the nodes that stay.
pub async fn follow_merges_now(control: &Control) -> Result<()> {
    merged_nodes::follow(control.store(), control.observations(), control.clock().now()).await
}

/// Deletes old batch ids, observations that are not kept any longer, and observations of nodes that were deleted.
pub async fn forget_now(control: &Control) -> Result<()> {
    let (observations, now) = (control.observations(), control.clock().now());
    while observations.forget_batches(now, FORGOTTEN_AT_ONCE).await? == u64::from(FORGOTTEN_AT_ONCE) {}
    for (organization, retention) in control.store().retentions().await? {
        for kept in Kept::ALL {
            let Some(days) = retention.days(Retained::Observations(kept)) else { continue };
            while observations.delete_expired(organization, kept, days, now).await? > 0 {}
        }
    }
    let mut after = None;
    loop {
        let found = observations.nodes_with_series(after, NODES_AT_ONCE).await?;
        let Some(last) = found.last().copied() else { return Ok(()) };
        for of_organization in found.chunk_by(|one, next| one.0 == next.0) {
            let Some((organization, _)) = of_organization.first().copied() else { continue };
            let ids: Vec<NodeId> = of_organization.iter().map(|(_, node)| *node).collect();
            let reach = OrganizationReach::whole(organization);
            let existing = control.store().nodes(&reach).existing(ids.iter().copied()).await?;
            let gone: Vec<NodeId> = ids.into_iter().filter(|node| !existing.contains(node)).collect();
            if gone.is_empty() {
                continue;
            }
            // The merges are read after the nodes. So a node that disappears between the two is among the merges.
            let merges = control.store().node_merges(Some(organization)).await?;
            let is_merged =
                |node: &NodeId| merges.iter().any(|merge| merge.from == *node || merge.staging == *node);
            for node in gone.into_iter().filter(|node| !is_merged(node)) {
                observations.delete_node(organization, node).await?;
            }
        }
        after = Some(last);
    }
}
