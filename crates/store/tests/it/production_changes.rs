use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::node::Node;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::organization::Organization;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_store::Store;
use bailiwick_store::production_changes::{Outdated, ProductionChange};

use crate::database::Database;
use crate::samples::{
    add_nodes, add_organizations, add_sites, at, node, node_id, organization, organization_id, site, site_id,
    whole,
};

on_both!(
    changes_are_kept_until_they_are_forgotten,
    changes_go_with_their_organization,
    nodes_that_move_to_another_site_are_noted,
    a_new_time_zone_of_an_organization_is_noted,
);

/// The changes of organization 1, without their numbers.
pub async fn noted(store: &Store) -> Vec<(Area, Outdated)> {
    let changes = store.production_changes(organization_id(1), 1_000).await.unwrap();
    assert!(changes.is_sorted_by_key(|change| change.id));
    store.forget_production_changes(&changes).await.unwrap();
    changes.into_iter().map(|change| (change.area, change.outdated)).collect()
}

async fn changes_are_kept_until_they_are_forgotten(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let times = [
        (Area::Organization, Outdated::ALWAYS),
        (Area::Site(site_id(7)), Outdated::at(at(5))),
        (Area::Node(node_id(8)), Outdated::between(at(5), Some(at(9)))),
        (Area::Node(node_id(8)), Outdated::between(at(5), None)),
    ];
    assert_eq!(times[2].1, Outdated { first_at: at(5).as_micros(), last_at: at(8).as_micros() });
    let mut tx = db.store.begin().await.unwrap();
    for (area, outdated) in times {
        tx.production_changed(organization_id(1), area, outdated).await.unwrap();
    }
    tx.production_changed(organization_id(2), Area::Organization, Outdated::ALWAYS).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.store.production_changes(organization_id(1), 10).await.unwrap();
    let plain: Vec<_> = found.iter().map(|change| (change.area, change.outdated)).collect();
    assert_eq!(plain, times);
    let first = db.store.production_changes(organization_id(1), 2).await.unwrap();
    assert_eq!(first, found[..2]);
    db.store.forget_production_changes(&first).await.unwrap();
    assert_eq!(db.store.production_changes(organization_id(1), 10).await.unwrap(), found[2..]);
    assert_eq!(db.store.production_changes(organization_id(2), 10).await.unwrap().len(), 1);
    // A change that was never committed is not there.
    let mut tx = db.store.begin().await.unwrap();
    tx.production_changed(organization_id(1), Area::Organization, Outdated::ALWAYS).await.unwrap();
    drop(tx);
    assert_eq!(db.store.production_changes(organization_id(1), 10).await.unwrap(), found[2..]);
    // Numbers are not used again.
    db.store.forget_production_changes(&found).await.unwrap();
    let mut tx = db.store.begin().await.unwrap();
    tx.production_changed(organization_id(1), Area::Organization, Outdated::ALWAYS).await.unwrap();
    tx.commit().await.unwrap();
    let later: Vec<ProductionChange> = db.store.production_changes(organization_id(1), 10).await.unwrap();
    assert!(later[0].id > found[3].id);
}

async fn changes_go_with_their_organization(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.production_changed(organization_id(1), Area::Organization, Outdated::ALWAYS).await.unwrap();
    tx.organizations(&Reach::EVERYTHING).delete_with_owned(organization_id(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&db.store).await, []);
}

async fn nodes_that_move_to_another_site_are_noted(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let there = Node { site_id: Some(site_id(1)), ..node(1, 1) };
    add_nodes(&db.store, &[there.clone(), node(1, 2), node(1, 3)]).await;
    assert_eq!(noted(&db.store).await, []);
    let reach = whole(1);
    let moved = Node { site_id: Some(site_id(2)), revision: Revision::new(2), ..there };
    let came = Node { site_id: Some(site_id(2)), revision: Revision::new(2), ..node(1, 2) };
    let stayed = Node { description: Some("x".parse().unwrap()), revision: Revision::new(2), ..node(1, 3) };
    let mut tx = db.store.begin().await.unwrap();
    let all = [(&moved, Revision::FIRST), (&came, Revision::FIRST), (&stayed, Revision::FIRST)];
    tx.nodes(&reach).update_many(&all).await.unwrap();
    tx.commit().await.unwrap();
    let mut changes = noted(&db.store).await;
    changes.sort_by_key(|(area, _)| area.node());
    let both = [1, 2].map(|n| (Area::Node(node_id(n)), Outdated::ALWAYS));
    assert_eq!(changes, both);
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&reach).leave_site(&NodeFilter::at(site_id(2)), at(9)).await.unwrap();
    tx.commit().await.unwrap();
    let mut changes = noted(&db.store).await;
    changes.sort_by_key(|(area, _)| area.node());
    assert_eq!(changes, both);
}

async fn a_new_time_zone_of_an_organization_is_noted(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let named = Organization { name: "x".parse().unwrap(), revision: Revision::new(2), ..organization(1) };
    let moved = Organization {
        time_zone: "Asia/Tokyo".parse().unwrap(),
        revision: Revision::new(3),
        ..named.clone()
    };
    for (to, changes) in [(named, vec![]), (moved, vec![(Area::Organization, Outdated::ALWAYS)])] {
        let mut tx = db.store.begin().await.unwrap();
        let from = Revision::new(to.revision.number() - 1);
        tx.organizations(&Reach::EVERYTHING).update(&to, from).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(noted(&db.store).await, changes);
    }
}
