use bailiwick_domain::cursor::Mark;
use bailiwick_domain::maintenance_window::MaintenanceWindow;
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::targets::TargetNode;
use bailiwick_store::nodes::NodePlace;
use bailiwick_store::{Error, MaintenanceWindowFilter, Store};

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{
    add_nodes, add_organizations, add_sites, at, labels, maintenance_window, maintenance_window_id, node,
    node_id, site, site_id, whole,
};

on_both!(
    every_field_of_a_window_is_stored,
    a_duplicate_window_name_in_an_organization_is_refused,
    a_window_edit_requires_the_current_revision,
    windows_are_filtered_and_listed_in_order,
    a_window_keeps_its_site,
    a_window_of_another_organization_is_out_of_reach,
    the_places_of_nodes_are_those_in_reach,
    what_targets_look_at_in_nodes_is_read,
);

fn full(organization: u32, n: u32) -> MaintenanceWindow {
    MaintenanceWindow {
        description: Some("Hall 3,\nit's \"new\"".parse().unwrap()),
        enabled: false,
        selector: "env=prod,tier in (db,\"it's\"),!legacy".parse().unwrap(),
        site_id: Some(site_id(1)),
        others: serde_json::from_value(serde_json::json!({ "type": "generic" })).unwrap(),
        cron: "*/30 22-23 * * mon-fri".parse().unwrap(),
        ..maintenance_window(organization, n)
    }
}

async fn add(store: &Store, windows: &[MaintenanceWindow]) {
    let mut tx = store.begin().await.unwrap();
    for window in windows {
        let reach = OrganizationReach::whole(window.organization_id);
        tx.maintenance_windows(&reach).create(window).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn every_field_of_a_window_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    let anywhere = MaintenanceWindow { selector: Selector::default(), ..maintenance_window(1, 2) };
    add(&db.store, &[full(1, 1), anywhere.clone()]).await;
    let reach = whole(1);
    let mut windows = db.store.maintenance_windows(&reach);
    assert_eq!(windows.get(maintenance_window_id(1)).await.unwrap(), Some(full(1, 1)));
    assert_eq!(windows.get(maintenance_window_id(2)).await.unwrap(), Some(anywhere.clone()));
    assert_eq!(windows.get(maintenance_window_id(3)).await.unwrap(), None);
    assert_eq!(windows.named(&anywhere.name).await.unwrap(), Some(anywhere));
    assert_eq!(windows.count().await.unwrap(), 2);
}

async fn a_duplicate_window_name_in_an_organization_is_refused(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let same = |organization, n| MaintenanceWindow {
        name: "Window 1".parse().unwrap(),
        ..maintenance_window(organization, n)
    };
    add(&db.store, &[maintenance_window(1, 1), maintenance_window(1, 2), same(2, 3)]).await;
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.maintenance_windows(&whole(1)).create(&same(1, 4)).await, Err(Error::Taken)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.maintenance_windows(&whole(1)).update(&same(1, 2), Revision::FIRST).await;
    assert!(matches!(updated, Err(Error::Taken)));
}

async fn a_window_edit_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    add(&db.store, &[full(1, 1)]).await;
    let changed = MaintenanceWindow {
        name: "Another".parse().unwrap(),
        updated_at: at(99),
        revision: Revision::new(2),
        id: maintenance_window_id(1),
        ..maintenance_window(1, 2)
    };
    let changed = MaintenanceWindow { created_at: full(1, 1).created_at, ..changed };
    let mut tx = db.store.begin().await.unwrap();
    tx.maintenance_windows(&whole(1)).update(&changed, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    for from in [Revision::FIRST, Revision::new(3)] {
        let mut tx = db.store.begin().await.unwrap();
        let updated = tx.maintenance_windows(&whole(1)).update(&full(1, 1), from).await;
        assert!(matches!(updated, Err(Error::Changed)));
        let deleted = tx.maintenance_windows(&whole(1)).delete(changed.id, from).await;
        assert!(matches!(deleted, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let found = db.store.maintenance_windows(&whole(1)).get(changed.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&changed));
    let mut tx = db.store.begin().await.unwrap();
    tx.maintenance_windows(&whole(1)).delete(changed.id, changed.revision).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.maintenance_windows(&whole(1)).get(changed.id).await.unwrap(), None);
}

async fn windows_are_filtered_and_listed_in_order(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), site(1, 2)]).await;
    let mut expected: Vec<_> = (0..11)
        .map(|n: u32| MaintenanceWindow {
            name: format!("Name {}", (n * 7) % 11).parse().unwrap(),
            created_at: at(i64::from((n * 5) % 4)),
            enabled: !n.is_multiple_of(3),
            site_id: (n % 2 == 1).then(|| site_id(1 + n % 4 / 2)),
            ..maintenance_window(1, n)
        })
        .collect();
    add(&db.store, &expected).await;
    add(&db.store, &[maintenance_window(2, 20)]).await;
    let reach = whole(1);
    let every = MaintenanceWindowFilter::default();
    for (ascending, descending) in [("name", "-name"), ("created_at", "-created_at")] {
        match ascending {
            "name" => expected.sort_by_key(|w| (w.name.clone(), w.id)),
            _ => expected.sort_by_key(|w| (w.created_at, w.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 3, 11, 12] {
            let page = async |list| db.store.maintenance_windows(&reach).list(&every, list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
    expected.sort_by_key(|w| (w.name.clone(), w.id));
    let some = || vec![maintenance_window_id(3), maintenance_window_id(4), maintenance_window_id(20)];
    for filter in [
        MaintenanceWindowFilter { ids: Some(some()), ..every.clone() },
        MaintenanceWindowFilter { ids: Some(Vec::new()), ..every.clone() },
        MaintenanceWindowFilter { site: Some(site_id(2)), ..every.clone() },
        MaintenanceWindowFilter { is_enabled: Some(false), ..every.clone() },
        MaintenanceWindowFilter { ids: Some(some()), site: Some(site_id(2)), is_enabled: Some(false) },
    ] {
        let matching = expected.iter().filter(|window| {
            filter.ids.as_ref().is_none_or(|ids| ids.contains(&window.id))
                && filter.site.is_none_or(|site| window.site_id == Some(site))
                && filter.is_enabled.is_none_or(|is_enabled| window.enabled == is_enabled)
        });
        let matching: Vec<_> = matching.cloned().collect();
        let mut windows = db.store.maintenance_windows(&reach);
        assert_eq!(windows.list(&filter, all("name")).await.unwrap().items, matching, "{filter:?}");
        assert_eq!(windows.all(&filter).await.unwrap(), matching, "{filter:?}");
    }
    let id = maintenance_window_id(1).to_string();
    let (text, number) = (Mark::Text("x".into()), Mark::Number(1));
    let page = async |list| db.store.maintenance_windows(&reach).list(&every, list).await;
    refuses_bad_cursors("name", text.clone(), number.clone(), &id, page).await;
    refuses_bad_cursors("created_at", number, text, &id, page).await;
}

async fn a_window_keeps_its_site(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    add(&db.store, &[full(1, 1)]).await;
    let mut tx = db.store.begin().await.unwrap();
    let deleted = tx.sites(&whole(1)).delete(site_id(1), Revision::FIRST).await;
    // SQLite notices at the commit at the latest.
    let deleted = match deleted {
        Ok(()) => tx.commit().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(matches!(deleted, Err(Error::InUse)), "{deleted:?}");
}

async fn a_window_of_another_organization_is_out_of_reach(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let theirs = maintenance_window(2, 2);
    add(&db.store, &[maintenance_window(1, 1), theirs.clone()]).await;
    let reach = whole(1);
    let mut windows = db.store.maintenance_windows(&reach);
    assert_eq!(windows.get(theirs.id).await.unwrap(), None);
    assert_eq!(windows.named(&theirs.name).await.unwrap(), None);
    assert_eq!(windows.all(&MaintenanceWindowFilter::default()).await.unwrap(), [maintenance_window(1, 1)]);
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.maintenance_windows(&reach).update(&theirs, theirs.revision).await;
    assert!(matches!(updated, Err(Error::Changed)));
    let deleted = tx.maintenance_windows(&reach).delete(theirs.id, theirs.revision).await;
    assert!(matches!(deleted, Err(Error::Changed)));
    tx.commit().await.unwrap();
    let left = db.store.maintenance_windows(&whole(2)).get(theirs.id).await.unwrap();
    assert_eq!(left, Some(theirs));
}

async fn the_places_of_nodes_are_those_in_reach(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    let prod = labels(&[("env", "prod")]);
    let at_site = Node { site_id: Some(site_id(1)), labels: prod.clone(), ..node(1, 1) };
    add_nodes(&db.store, &[at_site, node(1, 2), node(1, 3), node(2, 4)]).await;
    let ids = [1, 2, 4, 9].map(node_id);
    let mut places = db.store.nodes(&whole(1)).places_of(&ids).await.unwrap();
    places.sort_by_key(|place| place.id);
    let first = NodePlace { id: node_id(1), site_id: Some(site_id(1)), labels: prod };
    let second = NodePlace { id: node_id(2), site_id: None, labels: labels(&[]) };
    assert_eq!(places, [first.clone(), second]);
    let reach = OrganizationReach { sites: Some([site_id(1)].into()), ..whole(1) };
    assert_eq!(db.store.nodes(&reach).places_of(&ids).await.unwrap(), [first]);
}

async fn what_targets_look_at_in_nodes_is_read(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    let guest = Node {
        site_id: Some(site_id(1)),
        host_id: Some(node_id(1)),
        labels: labels(&[("env", "prod")]),
        ..node(1, 2)
    };
    add_nodes(&db.store, &[node(1, 1), guest.clone(), node(1, 3)]).await;
    let reach = whole(1);
    let mut nodes = db.store.nodes(&reach);
    let mut read = nodes.target_nodes_of(&[node_id(1), node_id(2), node_id(9)]).await.unwrap();
    read.sort_by_key(|node| node.id);
    assert_eq!(read, [TargetNode::from(&node(1, 1)), TargetNode::from(&guest)]);
}
