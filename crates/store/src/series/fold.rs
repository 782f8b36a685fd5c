//! Brings cells up to date with the stored sums of days.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::id::{NodeId, OrganizationId};
use uuid::Uuid;

use crate::database::long_work::long_work;
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::series::blocks::{self, Block};
use crate::series::cells::{CellSum, Resolution};
use crate::series::column::{BLOCK_NODES, Column, PIECES_MAX};
use crate::series::days::{self, StoredDay};
use crate::series::observations::Observations;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many changes one statement takes.
const TAKEN_AT_ONCE: usize = 2_000;

/// The cells of a day of a node. Sums that are not there are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeCells {
    /// The number of the first piece: half hours since 1970, or 0 for the whole day.
    pub first: i64,
    /// How many pieces there are.
    pub pieces: usize,
    /// Of each sum, its pieces.
    pub sums: Vec<(CellSum, Vec<i64>)>,
}

impl Observations {
    /// Brings the cells of days of nodes up to date, as far as they are still older than the stored sums. `cells` makes the
    /// cells of stored sums; without them, there is nothing of that day in its block.
    pub async fn fold_cells(
        &self,
        organization: OrganizationId,
        resolution: Resolution,
        changed: &[(NodeId, i64)],
        cells: impl Fn(&StoredDay) -> Option<NodeCells> + Send + Sync,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        blocks::begin(&mut tx, organization).await?;
        let mut blocks = blocks::locked(&mut tx, organization).await?;
        // What is stored is read after its change was taken. Whatever is stored later notes another change.
        let taken = take(&mut tx, organization, resolution, changed).await?;
        let stored = days::some(&mut tx, organization, &taken).await?;
        let mut places = places(&blocks);
        let is_new = |node: &NodeId| !places.contains_key(node);
        let new: BTreeSet<NodeId> = stored.iter().map(|day| day.node).filter(is_new).collect();
        if !new.is_empty() {
            let new: Vec<NodeId> = new.into_iter().collect();
            blocks::place(&mut tx, organization, &mut blocks, &new).await?;
            places = self::places(&blocks);
        }
        let mut by_block: BTreeMap<(i64, i64), Vec<(usize, NodeCells)>> = BTreeMap::new();
        let known: HashMap<(NodeId, i64), &StoredDay> =
            stored.iter().map(|day| ((day.node, day.day), day)).collect();
        long_work(|| {
            for (node, day) in &taken {
                let Some((block, place)) = places.get(node) else { continue };
                let made = known.get(&(*node, *day)).and_then(|stored| cells(stored)).unwrap_or_default();
                by_block.entry((*day, *block)).or_default().push((*place, made));
            }
        });
        for ((day, number), entries) in by_block {
            let Some(block) = blocks.iter().find(|block| block.number == number) else { continue };
            let key = Key { organization, resolution, day, block };
            write(&mut tx, &key, entries).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The number of the block of each node, and its place there.
fn places(blocks: &[Block]) -> HashMap<NodeId, (i64, usize)> {
    let of_block = |block: &Block| {
        let number = block.number;
        let place = move |(place, node): (usize, &Option<NodeId>)| Some(((*node)?, (number, place)));
        block.nodes.iter().enumerate().filter_map(place).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(of_block).collect()
}

/// Takes those of these changes that are still there.
async fn take(
    tx: &mut Tx,
    organization: OrganizationId,
    resolution: Resolution,
    changed: &[(NodeId, i64)],
) -> Result<Vec<(NodeId, i64)>> {
    let mut taken = Vec::new();
    for changed in changed.chunks(TAKEN_AT_ONCE) {
        let rows = |days: &[(NodeId, i64)]| {
            days.iter().map(|(node, day)| [Value::from(node.as_uuid()), (*day).into()]).collect::<Vec<_>>()
        };
        let which = |statement: &mut Statement| {
            statement.push("cell_changes WHERE organization_id = ").push_value(organization.as_uuid());
            statement.push(" AND resolution = ").push_value(resolution.number());
            statement.push(" AND (day, node_id) IN (SELECT day, node_id FROM v)");
        };
        // In one order, so that no two transactions wait for each other.
        let mut lock = Statement::with("node_id, day", rows(changed));
        which(lock.push("SELECT node_id, day FROM "));
        lock.push(" ORDER BY node_id, day");
        tx.lock_rows(&mut lock);
        let found: Vec<(Uuid, i64)> = tx.rows(StatementName::CellChangesLock, lock).await?;
        let found: Vec<(NodeId, i64)> =
            found.into_iter().map(|(node, day)| (NodeId::from_uuid(node), day)).collect();
        if found.is_empty() {
            continue;
        }
        let mut forget = Statement::with("node_id, day", rows(&found));
        which(forget.push("DELETE FROM "));
        tx.execute(StatementName::CellChangesForget, forget).await?;
        taken.extend(found);
    }
    Ok(taken)
}

/// A day of a block.
struct Key<'a> {
    organization: OrganizationId,
    resolution: Resolution,
    day: i64,
    block: &'a Block,
}

/// Puts the cells of nodes, at their places, into the columns of a day of their block.
async fn write(tx: &mut Tx, key: &Key<'_>, entries: Vec<(usize, NodeCells)>) -> Result<()> {
    let Key { organization, resolution, day, block } = *key;
    let mut statement = Statement::new("SELECT sum, body FROM cells WHERE organization_id = ");
    statement.push_value(organization.as_uuid());
    statement.push(" AND resolution = ").push_value(resolution.number());
    statement.push(" AND sum IN ").push_values(CellSum::all().map(CellSum::number));
    statement.push(" AND day = ").push_value(day).push(" AND block = ").push_value(block.number);
    let rows: Vec<(i64, Vec<u8>)> = tx.rows(StatementName::CellsOfBlock, statement).await?;
    let mut stored = HashMap::new();
    for (sum, body) in rows {
        stored.insert(sum, Column::decode(&body).or_corrupt("cells", "body")?);
    }
    let written = long_work(|| columns(block, &stored, &entries));
    let (mut puts, mut gone) = (Vec::new(), Vec::new());
    for (sum, bytes) in written {
        match bytes {
            Some(bytes) => puts.push([
                Value::from(organization.as_uuid()),
                resolution.number().into(),
                sum.number().into(),
                day.into(),
                block.number.into(),
                bytes.into(),
            ]),
            None if stored.contains_key(&sum.number()) => gone.push(sum.number()),
            None => {}
        }
    }
    if !puts.is_empty() {
        let mut statement =
            Statement::new("INSERT INTO cells (organization_id, resolution, sum, day, block, body) VALUES ");
        statement.push_rows(puts).push(
            " ON CONFLICT (organization_id, resolution, sum, day, block) DO UPDATE SET body = excluded.body",
        );
        tx.execute(StatementName::CellsPut, statement).await?;
    }
    if !gone.is_empty() {
        let mut statement = Statement::new("DELETE FROM cells WHERE organization_id = ");
        statement.push_value(organization.as_uuid());
        statement.push(" AND resolution = ").push_value(resolution.number());
        statement.push(" AND sum IN ").push_values(gone);
        statement.push(" AND day = ").push_value(day).push(" AND block = ").push_value(block.number);
        tx.execute(StatementName::CellsDeleteEmpty, statement).await?;
    }
    Ok(())
}

/// The columns of a day of a block as bytes, with entries in place of what was stored; `None` for those in which all are
/// zero.
fn columns(
    block: &Block,
    stored: &HashMap<i64, Column>,
    entries: &[(usize, NodeCells)],
) -> Vec<(CellSum, Option<Vec<u8>>)> {
    let with_pieces = entries.iter().map(|(_, cells)| (cells.first, cells.pieces)).filter(|(_, n)| *n > 0);
    let of_stored = stored.iter().filter(|(sum, _)| **sum != CellSum::Stored.number());
    let ranges: Vec<(i64, usize)> =
        of_stored.map(|(_, column)| (column.first, column.pieces)).chain(with_pieces).collect();
    let end = |(first, pieces): &(i64, usize)| first.saturating_add_unsigned(*pieces as u64);
    let first = ranges.iter().map(|(first, _)| *first).min().unwrap_or_default();
    let last = ranges.iter().map(end).max().unwrap_or_default();
    let pieces = usize::try_from(last.saturating_sub(first)).unwrap_or(PIECES_MAX).min(PIECES_MAX);
    let one = |sum: CellSum| {
        let old = stored.get(&sum.number());
        let is_there = |(_, cells): &&(usize, NodeCells)| cells.pieces > 0;
        if sum == CellSum::Stored {
            let mut column = Column { first: 0, pieces: 1, values: vec![0; BLOCK_NODES] };
            old.into_iter().for_each(|old| copy(old, &mut column, block));
            entries.iter().for_each(|(place, _)| set(&mut column, *place, 0, &[0]));
            entries.iter().filter(is_there).for_each(|(place, _)| set(&mut column, *place, 0, &[1]));
            return Some((sum, column.encode()));
        }
        let is_new = |(_, cells): &(usize, NodeCells)| cells.sums.iter().any(|(other, _)| *other == sum);
        if old.is_none() && !entries.iter().any(is_new) {
            return None;
        }
        let mut column = Column { first, pieces, values: vec![0; BLOCK_NODES.saturating_mul(pieces)] };
        old.into_iter().for_each(|old| copy(old, &mut column, block));
        let zeros = vec![0; pieces];
        for (place, cells) in entries {
            set(&mut column, *place, first, &zeros);
            for (_, values) in cells.sums.iter().filter(|(other, _)| *other == sum) {
                set(&mut column, *place, cells.first, values);
            }
        }
        Some((sum, column.encode()))
    };
    CellSum::all().filter_map(one).collect()
}

/// Copies the pieces of the nodes of a block that still have their places.
fn copy(from: &Column, into: &mut Column, block: &Block) {
    for (place, _) in block.nodes.iter().enumerate().filter(|(_, node)| node.is_some()) {
        set(into, place, from.first, from.of(place));
    }
}

/// Sets pieces of a node, of which the first has the number `first`.
fn set(column: &mut Column, place: usize, first: i64, pieces: &[i64]) {
    let Ok(skipped) = usize::try_from(first.saturating_sub(column.first)) else { return };
    let from = place.saturating_mul(column.pieces).saturating_add(skipped);
    let room = column.pieces.saturating_sub(skipped);
    let places = column.values.get_mut(from..).unwrap_or_default();
    for (into, value) in places.iter_mut().zip(pieces.iter().take(room)) {
        *into = *value;
    }
}
