//! Cells: sums of many nodes together.

use bailiwick_domain::sums::Sum;
use bailiwick_store::{
    BLOCK_NODES, CellSum, Column, NodeCells, Observations, Resolution, Settling, StoredDay,
};

use crate::database::Database;
use crate::observations::NOW;
use crate::samples::{node_id, organization_id};

on_both!(
    cells_are_those_of_the_stored_sums,
    half_hours_of_zones_are_beside_each_other,
    a_block_is_full_at_some_time,
    the_cells_of_a_deleted_node_are_gone,
    servers_bring_cells_up_to_date_at_once,
);

const RESOLUTIONS: [Resolution; 2] = [Resolution::Day, Resolution::HalfHour];

/// Stores a day of a node whose only sum is this number.
async fn settle(observations: &Observations, days: &[(u32, i64, u8)]) {
    let day = |(node, day, byte): &(u32, i64, u8)| StoredDay {
        node: node_id(*node),
        day: *day,
        known_until: NOW,
        body: vec![*byte],
    };
    let numbers: Vec<_> = days.iter().map(|(node, day, _)| (node_id(*node), *day)).collect();
    let days = days.iter().map(day).collect();
    let before: Vec<StoredDay> = observations.some_days(organization_id(1), &numbers).await.unwrap();
    let settling =
        Settling { organization: organization_id(1), days, before: &before, ranges: &[], part: (0, 0) };
    observations.settle_days(settling, NOW).await.unwrap();
}

/// The cells of a stored day: the sum as it is, and three half hours from its number on.
fn cells(day: &StoredDay, resolution: Resolution) -> Option<NodeCells> {
    let byte = i64::from(*day.body.first()?);
    let sums = match resolution {
        Resolution::Day => vec![(CellSum::Of(Sum::InCycle), vec![byte])],
        Resolution::HalfHour => vec![(CellSum::Of(Sum::InCycle), vec![byte, 0, -byte])],
    };
    Some(match resolution {
        Resolution::Day => NodeCells { first: 0, pieces: 1, sums },
        Resolution::HalfHour => NodeCells { first: byte, pieces: 3, sums },
    })
}

/// Brings all changed cells up to date. Returns how many there were.
async fn fold(observations: &Observations, resolution: Resolution) -> usize {
    let organization = organization_id(1);
    let changed = observations.cell_changes(organization, resolution, (0, 99)).await.unwrap();
    let of = |day: &StoredDay| cells(day, resolution);
    observations.fold_cells(organization, resolution, &changed, of).await.unwrap();
    changed.len()
}

async fn column(observations: &Observations, resolution: Resolution, sum: CellSum, day: i64) -> Vec<Column> {
    let found = observations.cells(organization_id(1), resolution, sum, (day, day)).await.unwrap();
    found.into_iter().map(|(_, _, column)| column).collect()
}

/// The place of a node in the first block.
async fn place(observations: &Observations, node: u32) -> usize {
    let blocks = observations.blocks(organization_id(1)).await.unwrap();
    blocks[0].nodes.iter().position(|one| *one == Some(node_id(node))).unwrap()
}

const IN_CYCLE: CellSum = CellSum::Of(Sum::InCycle);

async fn cells_are_those_of_the_stored_sums(db: &Database) {
    let observations = db.observations().await;
    settle(&observations, &[(1, 4, 10), (2, 4, 20), (1, 5, 30)]).await;
    let day = Resolution::Day;
    let changed = observations.cell_changes(organization_id(1), day, (0, 4)).await.unwrap();
    assert_eq!(changed, [(node_id(1), 4), (node_id(2), 4)]);
    assert_eq!(fold(&observations, day).await, 3);
    assert_eq!(fold(&observations, day).await, 0);
    let (one, two) = (place(&observations, 1).await, place(&observations, 2).await);
    let found = column(&observations, day, IN_CYCLE, 4).await;
    assert_eq!((found[0].of(one), found[0].of(two)), ([10].as_slice(), [20].as_slice()));
    let stored = column(&observations, day, CellSum::Stored, 5).await;
    assert_eq!((stored[0].of(one), stored[0].of(two).first().unwrap_or(&0)), ([1].as_slice(), &0));
    assert_eq!(column(&observations, day, CellSum::Of(Sum::Alarm), 4).await, []);

    // Another sum; one without a sum; and a node that comes later.
    settle(&observations, &[(1, 4, 11), (2, 4, 0), (3, 4, 7)]).await;
    assert_eq!(fold(&observations, day).await, 3);
    let three = place(&observations, 3).await;
    assert_eq!((place(&observations, 1).await, place(&observations, 2).await), (one, two));
    let found = column(&observations, day, IN_CYCLE, 4).await;
    assert_eq!([one, two, three].map(|place| found[0].of(place)[0]), [11, 0, 7]);
    let stored = column(&observations, day, CellSum::Stored, 4).await;
    assert_eq!([one, two, three].map(|place| stored[0].of(place)[0]), [1, 1, 1]);
    // The other resolution is brought up to date for itself, and nothing is of another organization.
    assert_eq!(fold(&observations, Resolution::HalfHour).await, 4);
    assert_eq!(observations.blocks(organization_id(2)).await.unwrap(), []);
    observations.close().await;
}

async fn half_hours_of_zones_are_beside_each_other(db: &Database) {
    let observations = db.observations().await;
    let half_hour = Resolution::HalfHour;
    settle(&observations, &[(1, 4, 40)]).await;
    fold(&observations, half_hour).await;
    settle(&observations, &[(2, 4, 37)]).await;
    fold(&observations, half_hour).await;
    let (one, two) = (place(&observations, 1).await, place(&observations, 2).await);
    let found = column(&observations, half_hour, IN_CYCLE, 4).await;
    assert_eq!((found[0].first, found[0].pieces), (37, 6));
    assert_eq!(found[0].of(one), [0, 0, 0, 40, 0, -40]);
    assert_eq!(found[0].of(two), [37, 0, -37, 0, 0, 0]);
    let stored = column(&observations, half_hour, CellSum::Stored, 4).await;
    assert_eq!((stored[0].of(one), stored[0].of(two)), ([1].as_slice(), [1].as_slice()));
    observations.close().await;
}

async fn a_block_is_full_at_some_time(db: &Database) {
    let observations = db.observations().await;
    let many = u32::try_from(BLOCK_NODES).unwrap() + 3;
    let days: Vec<(u32, i64, u8)> = (0..many).map(|node| (node, 4, 9)).collect();
    settle(&observations, &days).await;
    fold(&observations, Resolution::Day).await;
    let blocks = observations.blocks(organization_id(1)).await.unwrap();
    let sizes: Vec<(i64, usize)> = blocks.iter().map(|block| (block.number, block.nodes.len())).collect();
    assert_eq!(sizes, [(0, BLOCK_NODES), (1, 3)]);
    let sum: i64 = column(&observations, Resolution::Day, IN_CYCLE, 4)
        .await
        .iter()
        .flat_map(|column| column.values.clone())
        .sum();
    assert_eq!(sum, 9 * i64::from(many));
    observations.close().await;
}

async fn the_cells_of_a_deleted_node_are_gone(db: &Database) {
    let observations = db.observations().await;
    settle(&observations, &[(1, 4, 10), (2, 4, 20)]).await;
    for resolution in RESOLUTIONS {
        fold(&observations, resolution).await;
    }
    let one = place(&observations, 1).await;
    settle(&observations, &[(1, 4, 11)]).await;
    observations.delete_node(organization_id(1), node_id(1)).await.unwrap();
    assert_eq!(fold(&observations, Resolution::Day).await, 0);
    let blocks = observations.blocks(organization_id(1)).await.unwrap();
    assert_eq!(blocks[0].nodes[one], None);
    // They are removed when the block is written, and another node does not get the place.
    settle(&observations, &[(3, 4, 30)]).await;
    fold(&observations, Resolution::Day).await;
    assert_eq!(place(&observations, 3).await, 2);
    let found = column(&observations, Resolution::Day, IN_CYCLE, 4).await;
    assert_eq!(found[0].values.iter().sum::<i64>(), 50);
    // With the last node, the block has no cells.
    for node in [2, 3] {
        observations.delete_node(organization_id(1), node_id(node)).await.unwrap();
    }
    for resolution in RESOLUTIONS {
        assert_eq!(column(&observations, resolution, IN_CYCLE, 4).await, []);
    }
    settle(&observations, &[(4, 4, 40)]).await;
    fold(&observations, Resolution::Day).await;
    assert_eq!(place(&observations, 4).await, 0);
    observations.close().await;
}

async fn servers_bring_cells_up_to_date_at_once(db: &Database) {
    let observations = db.observations().await;
    let other = db.observations().await;
    for round in 1..20_u8 {
        let days: Vec<(u32, i64, u8)> = (0..40).map(|node| (node, i64::from(node % 3), round)).collect();
        settle(&observations, &days).await;
        let later: Vec<(u32, i64, u8)> =
            days.iter().map(|(node, day, _)| (*node, *day, 100 + round)).collect();
        let (_, _, ()) = tokio::join!(
            fold(&observations, Resolution::Day),
            fold(&other, Resolution::Day),
            settle(&other, &later),
        );
        fold(&other, Resolution::Day).await;
        let mut sum = 0;
        for day in 0..3 {
            let found = column(&observations, Resolution::Day, IN_CYCLE, day).await;
            sum += found.iter().flat_map(|column| column.values.clone()).sum::<i64>();
        }
        assert_eq!(sum, 40 * (100 + i64::from(round)));
    }
    other.close().await;
    observations.close().await;
}
