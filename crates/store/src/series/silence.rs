//! How long sources of nodes may be silent before there is no data.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::BatchSource;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::Tx;
use crate::error::Result;
use crate::inventory::node_merges::NodeMerge;
use crate::series::dirty::{self, DirtyRange};
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many nodes one statement writes.
const NODES_AT_ONCE: usize = 1_000;

/// The longest time for which sources of nodes may be silent, in microseconds. Nodes of which no source said anything
/// are left out.
pub(crate) async fn longest(run: &mut impl Run, nodes: &BTreeSet<NodeId>) -> Result<HashMap<NodeId, i64>> {
    let statement = Statement::new("SELECT node_id, stale_after FROM source_silence WHERE TRUE");
    let ids = nodes.iter().map(|node| node.as_uuid());
    let rows: Vec<(Uuid, i64)> =
        statement.among(StatementName::SilenceLongest, run, " AND node_id IN ", ids).await?;
    let mut longest = HashMap::new();
    for (node, micros) in rows {
        let known = longest.entry(NodeId::from_uuid(node)).or_insert(micros);
        *known = micros.max(*known);
    }
    Ok(longest)
}

/// Copies how long sources may be silent from a merged node to the node that stays. What the node that stays has for a
/// source is kept. If anything is copied, all of its time is outdated.
pub(crate) async fn follow(tx: &mut Tx, merge: &NodeMerge, now: Timestamp) -> Result<()> {
    let statement = Statement::new(
        "INSERT INTO source_silence (organization_id, node_id, source, stale_after) \
         SELECT organization_id, $2, source, stale_after FROM source_silence WHERE organization_id = $3 AND node_id = $1 \
         ON CONFLICT (node_id, source) DO NOTHING",
    )
    .bind(merge.from.as_uuid())
    .bind(merge.into.as_uuid())
    .bind(merge.organization.as_uuid());
    if tx.execute(StatementName::SilenceMove, statement).await? > 0 {
        let range = DirtyRange::always(merge.organization, merge.into);
        dirty::mark(tx, &[range], now).await?;
    }
    Ok(())
}

impl Observations {
    /// Sets how long a source of nodes may be silent, in microseconds. Where that changes, all time of the node is
    /// outdated.
    pub async fn set_silence(
        &self,
        organization: OrganizationId,
        nodes: &[NodeId],
        source: &BatchSource,
        micros: i64,
        now: Timestamp,
    ) -> Result<()> {
        let mut sorted = nodes.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut tx = self.begin().await?;
        for nodes in sorted.chunks(NODES_AT_ONCE) {
            let rows = nodes.iter().map(|node| -> [Value; 4] {
                [organization.as_uuid().into(), node.as_uuid().into(), source.as_str().into(), micros.into()]
            });
            let mut statement = Statement::new(
                "INSERT INTO source_silence (organization_id, node_id, source, stale_after) VALUES ",
            );
            statement.push_rows(rows).push(
                " ON CONFLICT (node_id, source) DO UPDATE SET stale_after = excluded.stale_after \
                 WHERE source_silence.stale_after <> excluded.stale_after RETURNING node_id",
            );
            let changed: Vec<(Uuid,)> = tx.rows(StatementName::SilenceSet, statement).await?;
            let range = |(node,): (Uuid,)| DirtyRange::always(organization, NodeId::from_uuid(node));
            let ranges: Vec<DirtyRange> = changed.into_iter().map(range).collect();
            dirty::mark(&mut tx, &ranges, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The longest time for which sources of nodes may be silent, in microseconds. Nodes of which no source said
    /// anything are left out.
    pub async fn silence(&self, nodes: &BTreeSet<NodeId>) -> Result<HashMap<NodeId, i64>> {
        longest(&mut &self.store, nodes).await
    }
}
