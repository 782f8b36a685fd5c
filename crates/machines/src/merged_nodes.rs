//! Moves observations that were stored for a node after it was merged into another.
//!
//! A request that found the node before the merge may store observations after it. On SQLite the server may also have
//! stopped between the merge, which is in one file, and the move of the observations, which are in the other.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::{AppendError, MergeError, NodeMerge, Observations, ReadError, Store};

/// How long after a merge observations of the node can arrive that does not exist any more, in seconds: a day. A
/// request takes much less.
const FOLLOWED_SECONDS: i64 = 86_400;

/// Moves the observations of nodes that were merged, of one organization or of all. Returns the merges.
pub(crate) async fn move_observations(
    store: &Store,
    observations: &Observations,
    organization: Option<OrganizationId>,
    now: Timestamp,
) -> Result<Vec<NodeMerge>> {
    let merges = store.node_merges(organization).await?;
    if !merges.is_empty() {
        for merge in observations.unfinished_merges(&merges).await? {
            observations.merge_nodes(&merge, now).await.map_err(failed)?;
        }
    }
    Ok(merges)
}

/// Moves the observations of all nodes that were merged, and forgets the merges after which no more can arrive.
pub(crate) async fn follow(store: &Store, observations: &Observations, now: Timestamp) -> Result<()> {
    let mut merges = move_observations(store, observations, None, now).await?;
    merges.retain(|merge| merge.merged_at.plus_seconds(FOLLOWED_SECONDS) <= now);
    Ok(store.forget_node_merges(&merges).await?)
}

fn failed(error: MergeError) -> Error {
    match error {
        MergeError::Store(error)
        | MergeError::Read(ReadError::Store(error))
        | MergeError::Append(AppendError::Store(error)) => error.into(),
        MergeError::Read(_) | MergeError::Append(_) => {
            Error::internal("observations of a merged node could not be moved")
        }
    }
}
