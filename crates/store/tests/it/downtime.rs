use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::downtime::{DowntimeReason, DowntimeReasonRef, SavedAnnotation};
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_store::of_nodes::{OfNodeFilter, Users};
use bailiwick_store::production_changes::Outdated;
use bailiwick_store::{Error, Store};

use crate::database::Database;
use crate::list::{all, walk};
use crate::production_changes::noted;
use crate::samples::{
    add_nodes, add_organizations, add_sites, annotation, annotation_id, at, downtime_reason,
    downtime_reason_id, labels, node, node_id, site, site_id, whole,
};

on_both!(
    reasons_are_stored_and_listed,
    a_change_of_a_reason_outdates_the_times_of_its_annotations,
    a_reason_stays_while_annotations_give_it,
    every_field_of_an_annotation_is_stored_and_its_time_noted,
    annotations_are_filtered_and_listed_in_order,
    only_annotations_of_nodes_in_reach_are_found,
    an_overlapping_annotation_is_found,
    two_transactions_lock_a_node_one_after_the_other,
);

async fn add_reasons(store: &Store, reasons: &[DowntimeReason]) {
    let mut tx = store.begin().await.unwrap();
    for reason in reasons {
        let reach = OrganizationReach::whole(reason.organization_id);
        tx.downtime_reasons(&reach).create(reason).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn add(store: &Store, annotations: &[SavedAnnotation]) {
    let mut tx = store.begin().await.unwrap();
    for annotation in annotations {
        let reach = OrganizationReach::whole(annotation.organization_id);
        tx.of_nodes(&reach).create(annotation).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Two organizations with nodes 1 to 3 and 4, and a reason each.
async fn plant(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    let prod = labels(&[("env", "prod")]);
    let there = Node { site_id: Some(site_id(1)), labels: prod, ..node(1, 1) };
    add_nodes(&db.store, &[there, node(1, 2), node(1, 3), node(2, 4)]).await;
    add_reasons(&db.store, &[downtime_reason(1, 1), downtime_reason(1, 2), downtime_reason(2, 3)]).await;
}

/// Annotation `n` of a node, from a time to another.
fn of(n: u32, node: u32, start: i64, end: Option<i64>) -> SavedAnnotation {
    SavedAnnotation { start_at: at(start), end_at: end.map(at), ..annotation(1, n, node) }
}

async fn reasons_are_stored_and_listed(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let planned = DowntimeReason {
        planned: true,
        description: Some("it's \"new\"".parse().unwrap()),
        ..downtime_reason(1, 2)
    };
    add_reasons(&db.store, &[downtime_reason(1, 1), planned.clone(), downtime_reason(2, 3)]).await;
    let reach = whole(1);
    let mut reasons = db.store.downtime_reasons(&reach);
    for reason in [downtime_reason(1, 1), planned.clone()] {
        let (id, path) = (DowntimeReasonRef::Id(reason.id), DowntimeReasonRef::Reason(reason.reason.clone()));
        assert_eq!(reasons.find(&id).await.unwrap().as_ref(), Some(&reason));
        assert_eq!(reasons.find(&path).await.unwrap().as_ref(), Some(&reason));
        assert_eq!(db.store.downtime_reasons(&whole(2)).find(&id).await.unwrap(), None);
    }
    assert_eq!(reasons.count().await.unwrap(), 2);
    let found = reasons.some([1, 3].map(downtime_reason_id)).await.unwrap();
    assert_eq!(found, [downtime_reason(1, 1)]);
    let every = [downtime_reason(1, 1), planned.clone()];
    let page = async |list| db.store.downtime_reasons(&reach).list(None, list).await;
    assert_eq!(walk("reason", 1, page).await, every);
    let descending: Vec<_> = every.iter().rev().cloned().collect();
    assert_eq!(walk("-created_at", 1, page).await, descending);
    assert_eq!(reasons.list(Some(true), all("reason")).await.unwrap().items, every[1..]);
    let same = DowntimeReason { reason: planned.reason, ..downtime_reason(1, 9) };
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.downtime_reasons(&reach).create(&same).await, Err(Error::Taken)));
}

async fn a_change_of_a_reason_outdates_the_times_of_its_annotations(db: &Database) {
    plant(db).await;
    let times = [of(1, 1, 5, Some(9)), of(2, 1, 20, Some(30)), of(3, 2, 7, None)];
    let other = SavedAnnotation { reason_id: downtime_reason_id(2), ..of(4, 3, 1, Some(2)) };
    add(&db.store, &times).await;
    add(&db.store, &[other]).await;
    noted(&db.store).await;
    let described = DowntimeReason {
        description: Some("x".parse().unwrap()),
        revision: Revision::new(2),
        ..downtime_reason(1, 1)
    };
    let planned = DowntimeReason { planned: true, revision: Revision::new(3), ..described.clone() };
    let outdated = [
        (Area::Node(node_id(1)), Outdated::between(at(5), Some(at(30)))),
        (Area::Node(node_id(2)), Outdated::between(at(7), None)),
    ];
    let steps = [(downtime_reason(1, 1), described.clone(), vec![]), (described, planned, outdated.to_vec())];
    for (before, after, expected) in steps {
        let mut tx = db.store.begin().await.unwrap();
        tx.downtime_reasons(&whole(1)).update(&after, &before).await.unwrap();
        tx.commit().await.unwrap();
        let mut found = noted(&db.store).await;
        found.sort_by_key(|(area, _)| area.node());
        assert_eq!(found, expected);
    }
    let mut tx = db.store.begin().await.unwrap();
    let outdated =
        tx.downtime_reasons(&whole(1)).update(&downtime_reason(1, 1), &downtime_reason(1, 1)).await;
    assert!(matches!(outdated, Err(Error::Changed)));
}

async fn a_reason_stays_while_annotations_give_it(db: &Database) {
    plant(db).await;
    add(&db.store, &[of(1, 1, 5, Some(9)), of(2, 1, 1, Some(2))]).await;
    let users = db.store.downtime_reasons(&whole(1)).annotations(downtime_reason_id(1), 1).await.unwrap();
    assert_eq!(users, Users { count: 2, first: vec![(annotation_id(2).as_uuid(), at(1))] });
    let deleted = {
        let mut tx = db.store.begin().await.unwrap();
        match tx.downtime_reasons(&whole(1)).delete(&downtime_reason(1, 1)).await {
            Ok(()) => tx.commit().await.map(drop),
            Err(error) => Err(error),
        }
    };
    assert!(matches!(deleted, Err(Error::InUse)), "{deleted:?}");
    let mut tx = db.store.begin().await.unwrap();
    tx.downtime_reasons(&whole(1)).delete(&downtime_reason(1, 2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.downtime_reasons(&whole(1)).count().await.unwrap(), 1);
}

async fn every_field_of_an_annotation_is_stored_and_its_time_noted(db: &Database) {
    plant(db).await;
    let open = SavedAnnotation { note: Some("it's \"odd\"".parse().unwrap()), ..of(1, 1, 5, None) };
    add(&db.store, std::slice::from_ref(&open)).await;
    let node = Area::Node(node_id(1));
    assert_eq!(noted(&db.store).await, [(node, Outdated::between(at(5), None))]);
    let reach = whole(1);
    assert_eq!(db.store.of_nodes(&reach).get(open.id).await.unwrap().as_ref(), Some(&open));
    let elsewhere = db.store.of_nodes::<SavedAnnotation>(&whole(2)).get(open.id).await.unwrap();
    assert_eq!(elsewhere, None);
    let moved = SavedAnnotation {
        reason_id: downtime_reason_id(2),
        start_at: at(3),
        end_at: Some(at(4)),
        note: None,
        updated_at: at(99),
        revision: Revision::new(2),
        ..open.clone()
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.of_nodes(&reach).update(&moved, &open).await.unwrap();
    tx.commit().await.unwrap();
    let both = [Outdated::between(at(5), None), Outdated::at(at(3))];
    assert_eq!(noted(&db.store).await, both.map(|outdated| (node, outdated)));
    assert_eq!(db.store.of_nodes(&reach).get(open.id).await.unwrap().as_ref(), Some(&moved));
    for (organization, read) in [(1, &open), (2, &moved)] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.of_nodes(&whole(organization)).update(&moved, read).await, Err(Error::Changed)));
        assert!(matches!(tx.of_nodes(&whole(organization)).delete(read).await, Err(Error::Changed)));
    }
    assert_eq!(db.store.of_nodes::<SavedAnnotation>(&reach).count(node_id(1)).await.unwrap(), 1);
    let mut tx = db.store.begin().await.unwrap();
    tx.of_nodes(&reach).delete(&moved).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(noted(&db.store).await, [(node, Outdated::at(at(3)))]);
    assert_eq!(db.store.of_nodes::<SavedAnnotation>(&reach).get(moved.id).await.unwrap(), None);
    for wrong in [
        SavedAnnotation { node_id: node_id(4), ..of(7, 1, 1, None) },
        SavedAnnotation { reason_id: downtime_reason_id(3), ..of(7, 1, 1, None) },
    ] {
        let mut tx = db.store.begin().await.unwrap();
        let created = tx.of_nodes(&reach).create(&wrong).await;
        assert!(matches!(created, Err(Error::InUse)), "{created:?}");
    }
    // What is said of a node goes with it.
    add(&db.store, &[of(8, 3, 1, None)]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&reach).delete(node_id(3), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.of_nodes::<SavedAnnotation>(&reach).get(annotation_id(8)).await.unwrap(), None);
}

async fn annotations_are_filtered_and_listed_in_order(db: &Database) {
    plant(db).await;
    let mut expected: Vec<_> = (0..11)
        .map(|n: u32| {
            let start = i64::from((n * 7) % 11);
            SavedAnnotation {
                created_at: at(i64::from((n * 5) % 4)),
                reason_id: downtime_reason_id(1 + n % 2),
                ..of(n, 1 + n % 3, start, (!n.is_multiple_of(4)).then_some(start + 1 + i64::from(n % 5)))
            }
        })
        .collect();
    add(&db.store, &expected).await;
    let theirs = SavedAnnotation { reason_id: downtime_reason_id(3), ..annotation(2, 20, 4) };
    add(&db.store, &[theirs]).await;
    let reach = whole(1);
    let every = OfNodeFilter::default();
    for (ascending, descending) in [("start_at", "-start_at"), ("created_at", "-created_at")] {
        match ascending {
            "start_at" => expected.sort_by_key(|a| (a.start_at, a.id)),
            _ => expected.sort_by_key(|a| (a.created_at, a.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 3, 12] {
            let page = async |list| db.store.of_nodes::<SavedAnnotation>(&reach).list(&every, list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
    expected.sort_by_key(|a| (a.start_at, a.id));
    for filter in [
        OfNodeFilter { node: Some(node_id(2)), ..every.clone() },
        OfNodeFilter { subject: Some(downtime_reason_id(2)), ..every.clone() },
        OfNodeFilter { from: Some(at(5)), ..every.clone() },
        OfNodeFilter { until: Some(at(5)), ..every.clone() },
        OfNodeFilter { from: Some(at(3)), until: Some(at(6)), ..every.clone() },
        OfNodeFilter { is_open: Some(true), ..every.clone() },
        OfNodeFilter { is_open: Some(false), node: Some(node_id(3)), ..every.clone() },
    ] {
        let matching = expected.iter().filter(|a| {
            filter.node.is_none_or(|node| a.node_id == node)
                && filter.subject.is_none_or(|reason| a.reason_id == reason)
                && filter.from.is_none_or(|from| a.end_at.is_none_or(|end| end > from))
                && filter.until.is_none_or(|until| a.start_at < until)
                && filter.is_open.is_none_or(|is_open| a.end_at.is_none() == is_open)
        });
        let matching: Vec<_> = matching.cloned().collect();
        assert!(!matching.is_empty() && matching.len() < expected.len(), "{filter:?}");
        let found = db.store.of_nodes::<SavedAnnotation>(&reach).list(&filter, all("start_at")).await;
        assert_eq!(found.unwrap().items, matching, "{filter:?}");
    }
}

async fn only_annotations_of_nodes_in_reach_are_found(db: &Database) {
    plant(db).await;
    add(&db.store, &[of(1, 1, 5, Some(9)), of(2, 2, 5, Some(9))]).await;
    let one = || Some([node_id(1), node_id(4)].into());
    for (reach, found) in [
        (whole(1), vec![1, 2]),
        (OrganizationReach { sites: Some([site_id(1)].into()), ..whole(1) }, vec![1]),
        (OrganizationReach { sites: Some([].into()), ..whole(1) }, vec![]),
        (OrganizationReach { labels: Some("env=prod".parse().unwrap()), ..whole(1) }, vec![1]),
        (OrganizationReach { labels: Some("!env".parse().unwrap()), ..whole(1) }, vec![2]),
        (OrganizationReach { nodes: one(), ..whole(1) }, vec![1]),
        (OrganizationReach { nodes: one(), labels: Some("!env".parse().unwrap()), ..whole(1) }, vec![]),
    ] {
        let expected: Vec<_> = found.iter().copied().map(annotation_id).collect();
        let mut annotations = db.store.of_nodes::<SavedAnnotation>(&reach);
        for filter in [OfNodeFilter::default(), OfNodeFilter { from: Some(at(1)), ..Default::default() }] {
            let items = annotations.list(&filter, all("start_at")).await.unwrap().items;
            assert_eq!(items.iter().map(|a| a.id).collect::<Vec<_>>(), expected, "{reach:?}");
        }
        for n in [1, 2] {
            let is_there = annotations.get(annotation_id(n)).await.unwrap().is_some();
            assert_eq!(is_there, found.contains(&n), "{reach:?}");
            let filter = OfNodeFilter { node: Some(node_id(n)), ..Default::default() };
            let items = annotations.list(&filter, all("start_at")).await.unwrap().items;
            assert_eq!(!items.is_empty(), found.contains(&n), "{reach:?}");
        }
    }
}

async fn an_overlapping_annotation_is_found(db: &Database) {
    plant(db).await;
    add(&db.store, &[of(1, 1, 10, Some(20)), of(2, 1, 30, None), of(3, 2, 0, None)]).await;
    let reach = whole(1);
    for (start, end, other) in [
        (0, Some(10), None),
        (0, Some(11), Some(1)),
        (12, Some(13), Some(1)),
        (19, Some(30), Some(1)),
        (20, Some(30), None),
        (20, Some(31), Some(2)),
        (20, None, Some(2)),
        (0, None, Some(1)),
        (99, Some(100), Some(2)),
    ] {
        let new = of(9, 1, start, end);
        let found = db.store.of_nodes(&reach).overlapping(&new, new.start_at, new.end_at).await.unwrap();
        assert_eq!(found.map(|a| a.id), other.map(annotation_id), "{start} {end:?}");
    }
    // An object does not overlap with itself.
    let itself = of(1, 1, 10, Some(21));
    let found = db.store.of_nodes(&reach).overlapping(&itself, itself.start_at, itself.end_at).await;
    assert_eq!(found.unwrap(), None);
}

async fn two_transactions_lock_a_node_one_after_the_other(db: &Database) {
    plant(db).await;
    let (one, two) = tokio::join!(insert_if_free(db, 1), insert_if_free(db, 2));
    assert!(one != two, "exactly one of both finds the time free");
}

/// Adds annotation `n` if its time is free; whether it was.
async fn insert_if_free(db: &Database, n: u32) -> bool {
    let new = of(n, 1, 5, Some(9));
    let reach = whole(1);
    let mut tx = db.store.begin().await.unwrap();
    tx.lock_node(new.organization_id, new.node_id).await.unwrap();
    let other = tx.of_nodes(&reach).overlapping(&new, new.start_at, new.end_at).await.unwrap();
    if other.is_none() {
        tx.of_nodes(&reach).create(&new).await.unwrap();
    }
    tx.commit().await.unwrap();
    other.is_none()
}
