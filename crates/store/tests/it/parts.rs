use bailiwick_domain::history::RejectKind;
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::part::{SavedPartCorrection, SavedReject};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_store::of_nodes::OfNodeFilter;
use bailiwick_store::production_changes::Outdated;

use crate::database::Database;
use crate::list::{all, walk};
use crate::production_changes::noted;
use crate::samples::{
    add_nodes, add_organizations, at, node, node_id, part_correction, reject, reject_id, whole,
};

on_both!(rejects_are_stored_noted_and_filtered, part_corrections_are_stored_and_noted);

async fn rejects_are_stored_noted_and_filtered(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let reach = whole(1);
    let other = SavedReject {
        kind: RejectKind::Nonconforming,
        parts: 1_000_000,
        note: Some("it's \"odd\"".parse().unwrap()),
        ..reject(1, 9, 2)
    };
    let every = [reject(1, 5, 1), other.clone()];
    let mut tx = db.store.begin().await.unwrap();
    for reject in &every {
        tx.of_nodes(&reach).create(reject).await.unwrap();
    }
    tx.commit().await.unwrap();
    let places =
        [(Area::Node(node_id(1)), Outdated::at(at(5))), (Area::Node(node_id(2)), Outdated::at(at(9)))];
    assert_eq!(noted(&db.store).await, places);
    let page = async |list| db.store.of_nodes(&reach).list(&OfNodeFilter::default(), list).await;
    assert_eq!(walk::<_, SavedReject>("at", 1, page).await, every);
    let moved = SavedReject { at: at(7), revision: Revision::new(2), ..reject(1, 5, 1) };
    let mut tx = db.store.begin().await.unwrap();
    tx.of_nodes(&reach).update(&moved, &every[0]).await.unwrap();
    tx.commit().await.unwrap();
    let times = [5, 7].map(|n| (Area::Node(node_id(1)), Outdated::at(at(n))));
    assert_eq!(noted(&db.store).await, times);
    let every_one = OfNodeFilter::default();
    for (filter, found) in [
        (OfNodeFilter { subject: Some(RejectKind::Scrap), ..every_one.clone() }, vec![5]),
        (OfNodeFilter { node: Some(node_id(2)), ..every_one.clone() }, vec![9]),
        (OfNodeFilter { from: Some(at(7)), ..every_one.clone() }, vec![5, 9]),
        (OfNodeFilter { from: Some(at(8)), ..every_one.clone() }, vec![9]),
        (OfNodeFilter { until: Some(at(7)), ..every_one.clone() }, vec![]),
        (OfNodeFilter { until: Some(at(8)), ..every_one.clone() }, vec![5]),
    ] {
        let items = db.store.of_nodes::<SavedReject>(&reach).list(&filter, all("at")).await.unwrap().items;
        let expected: Vec<_> = found.into_iter().map(reject_id).collect();
        assert_eq!(items.iter().map(|reject| reject.id).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let one = OrganizationReach { nodes: Some([node_id(2)].into()), ..whole(1) };
    assert_eq!(db.store.of_nodes::<SavedReject>(&one).get(reject_id(5)).await.unwrap(), None);
    let found = db.store.of_nodes::<SavedReject>(&one).list(&every_one, all("at")).await.unwrap().items;
    assert_eq!(found, [other]);
}

async fn part_corrections_are_stored_and_noted(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    let reach = whole(1);
    let more = SavedPartCorrection { parts: 3, note: Some("x".parse().unwrap()), ..part_correction(1, 6, 1) };
    let every = [part_correction(1, 5, 1), more.clone()];
    let mut tx = db.store.begin().await.unwrap();
    for correction in &every {
        tx.of_nodes(&reach).create(correction).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = async |list| db.store.of_nodes(&reach).list(&OfNodeFilter::default(), list).await;
    assert_eq!(walk::<_, SavedPartCorrection>("at", 1, page).await, every);
    let mut tx = db.store.begin().await.unwrap();
    tx.of_nodes(&reach).delete(&more).await.unwrap();
    tx.commit().await.unwrap();
    let times = [5, 6, 6].map(|n| (Area::Node(node_id(1)), Outdated::at(at(n))));
    assert_eq!(noted(&db.store).await, times);
    assert_eq!(walk::<_, SavedPartCorrection>("-created_at", 1, page).await, every[..1]);
}
