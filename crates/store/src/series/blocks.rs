//! The nodes of blocks: each has a place, which is that of its sums in every column.

use bailiwick_domain::id::{NodeId, OrganizationId};
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::series::column::BLOCK_NODES;
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The nodes of one block. A place whose node was deleted has none, and is not given to another as long as there may
/// be sums of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: i64,
    /// The node at each place.
    pub nodes: Vec<Option<NodeId>>,
}

impl Block {
    fn bytes(&self) -> Vec<u8> {
        let id = |node: &Option<NodeId>| node.map_or(Uuid::nil(), NodeId::as_uuid).into_bytes();
        self.nodes.iter().flat_map(id).collect()
    }

    fn is_empty(&self) -> bool {
        self.nodes.iter().all(Option::is_none)
    }
}

fn statement(organization: OrganizationId) -> Statement {
    let mut statement = Statement::new("SELECT block, nodes FROM cell_blocks WHERE organization_id = ");
    statement.push_value(organization.as_uuid()).push(" ORDER BY block");
    statement
}

async fn read(run: &mut impl Run, statement: Statement) -> Result<Vec<Block>> {
    let rows: Vec<(i64, Vec<u8>)> = run.rows(StatementName::CellBlocksGet, statement).await?;
    rows.into_iter()
        .map(|(number, bytes)| {
            let (ids, rest) = bytes.as_chunks::<16>();
            let is_whole = rest.is_empty() && ids.len() <= BLOCK_NODES;
            is_whole.then_some(()).or_corrupt("cell_blocks", "nodes")?;
            let ids = ids.iter().map(|id| Uuid::from_bytes(*id));
            Ok(Block { number, nodes: ids.map(|id| (!id.is_nil()).then(|| NodeId::from_uuid(id))).collect() })
        })
        .collect()
}

impl Observations {
    /// The blocks of an organization, in the order of their numbers.
    pub async fn blocks(&self, organization: OrganizationId) -> Result<Vec<Block>> {
        let mut run = &self.store;
        read(&mut run, statement(organization)).await
    }
}

/// Makes the first block of an organization, so that there is one to lock.
pub(crate) async fn begin(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    let statement = Statement::new(
        "INSERT INTO cell_blocks (organization_id, block, nodes) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
    );
    let statement = statement.bind(organization.as_uuid()).bind(Vec::new());
    tx.execute(StatementName::CellBlocksBegin, statement).await?;
    Ok(())
}

/// The blocks of an organization. Until the transaction ends, no other changes them or their sums.
pub(crate) async fn locked(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Block>> {
    let mut statement = statement(organization);
    tx.lock_rows(&mut statement);
    read(tx, statement).await
}

/// Gives places to nodes that have none.
pub(crate) async fn place(
    tx: &mut Tx,
    organization: OrganizationId,
    blocks: &mut Vec<Block>,
    nodes: &[NodeId],
) -> Result<()> {
    let mut changed = std::collections::BTreeSet::new();
    for node in nodes {
        // The sums of a block without nodes are deleted with its last node.
        let is_free = |block: &&mut Block| block.nodes.len() < BLOCK_NODES;
        let number = match blocks.iter_mut().find(is_free) {
            Some(block) => {
                block.nodes.push(Some(*node));
                block.number
            }
            None => {
                let number = blocks.last().map_or(0, |last| last.number.saturating_add(1));
                blocks.push(Block { number, nodes: vec![Some(*node)] });
                number
            }
        };
        changed.insert(number);
    }
    for block in blocks.iter().filter(|block| changed.contains(&block.number)) {
        put(tx, organization, block).await?;
    }
    Ok(())
}

async fn put(tx: &mut Tx, organization: OrganizationId, block: &Block) -> Result<()> {
    let statement = Statement::new(
        "INSERT INTO cell_blocks (organization_id, block, nodes) VALUES ($1, $2, $3) \
         ON CONFLICT (organization_id, block) DO UPDATE SET nodes = excluded.nodes",
    );
    let statement = statement.bind(organization.as_uuid()).bind(block.number).bind(block.bytes());
    tx.execute(StatementName::CellBlocksPut, statement).await?;
    Ok(())
}

/// Takes its place from a node that is deleted. Its sums are left out from now on; they are removed when their block
/// is written next, and with the last node of the block.
pub(crate) async fn vacate(tx: &mut Tx, organization: OrganizationId, node: NodeId) -> Result<()> {
    for mut block in locked(tx, organization).await? {
        let Some(place) = block.nodes.iter_mut().find(|place| **place == Some(node)) else { continue };
        *place = None;
        if block.is_empty() {
            block.nodes.clear();
            let statement = Statement::new("DELETE FROM cells WHERE organization_id = $1 AND block = $2");
            let statement = statement.bind(organization.as_uuid()).bind(block.number);
            tx.execute(StatementName::CellsDelete, statement).await?;
        }
        put(tx, organization, &block).await?;
    }
    Ok(())
}
