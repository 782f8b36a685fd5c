//! Selections of nodes.

use bailiwick_domain::id::SelectionId;
use bailiwick_domain::key::Actor;
use bailiwick_domain::selection::Selection;
use bailiwick_domain::targets::Targets;
use bailiwick_store::Store;
use bailiwick_store::selections::SelectionCounts;
use uuid::Uuid;

use crate::database::Database;
use crate::samples::{add_organizations, at, key_id, node_id, organization_id, whole};

on_both!(
    a_selection_is_read_by_its_owner_until_it_ends,
    selections_are_counted_and_deleted_when_they_have_ended,
    selections_go_with_their_organization,
);

fn selection(n: u128, expires_at: i64) -> Selection {
    Selection {
        id: SelectionId::from_uuid(Uuid::from_u128(n)),
        targets: Targets::labelled("env=prod".parse().unwrap()),
        nodes: (1..=300).map(node_id).collect(),
        expires_at: at(expires_at),
    }
}

fn owner(n: u32) -> Actor {
    Actor::Key { id: key_id(n) }
}

async fn add(store: &Store, organization: u32, owner: &Actor, selection: &Selection) {
    let mut tx = store.begin().await.unwrap();
    tx.create_selection(organization_id(organization), owner, selection).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_selection_is_read_by_its_owner_until_it_ends(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let made = selection(1, 100);
    add(&db.store, 1, &owner(1), &made).await;
    let read = async |organization, by, now| {
        db.store.selection(&whole(organization), &owner(by), made.id, at(now)).await.unwrap()
    };
    assert_eq!(read(1, 1, 99).await, Some(made.clone()));
    for (organization, by, now) in [(1, 1, 100), (1, 2, 99), (2, 1, 99)] {
        assert_eq!(read(organization, by, now).await, None, "{organization} {by} {now}");
    }
    let empty = Selection { nodes: Vec::new(), ..selection(2, 100) };
    add(&db.store, 1, &owner(1), &empty).await;
    assert_eq!(db.store.selection(&whole(1), &owner(1), empty.id, at(1)).await.unwrap(), Some(empty));
}

async fn selections_are_counted_and_deleted_when_they_have_ended(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    for (n, organization, by, end) in [(1, 1, 1, 50), (2, 1, 1, 100), (3, 1, 2, 100), (4, 2, 1, 50)] {
        add(&db.store, organization, &owner(by), &selection(n, end)).await;
    }
    let mut tx = db.store.begin().await.unwrap();
    let counts = tx.count_selections(organization_id(1), &owner(1), at(50)).await.unwrap();
    assert_eq!(counts, SelectionCounts { of_organization: 2, of_caller: 1 });
    let none = tx.count_selections(organization_id(1), &owner(9), at(100)).await.unwrap();
    assert_eq!(none, SelectionCounts::default());
    tx.commit().await.unwrap();
    assert_eq!(db.store.forget_selections(at(49)).await.unwrap(), 0);
    assert_eq!(db.store.forget_selections(at(50)).await.unwrap(), 1);
}

async fn selections_go_with_their_organization(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add(&db.store, 1, &owner(1), &selection(1, 100)).await;
    let mut tx = db.store.begin().await.unwrap();
    let reach = bailiwick_domain::reach::Reach::EVERYTHING;
    tx.organizations(&reach).delete_with_owned(organization_id(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.forget_selections(at(100)).await.unwrap(), 0);
}
