use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::operator::{Operator, SavedOperatorRun};
use bailiwick_domain::revision::Revision;
use bailiwick_store::of_nodes::{OfNodeFilter, Users};
use bailiwick_store::production_changes::Outdated;
use bailiwick_store::{Error, Store};

use crate::database::Database;
use crate::list::{all, walk};
use crate::production_changes::noted;
use crate::samples::{
    add_nodes, add_organizations, at, node, node_id, operator, operator_id, operator_run, operator_run_id,
    whole,
};

on_both!(operators_are_stored_and_listed, a_number_is_there_once, operator_runs_are_stored_and_noted);

async fn add(store: &Store, operators: &[Operator]) {
    let mut tx = store.begin().await.unwrap();
    for operator in operators {
        tx.operators(&whole(1)).create(operator).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn numbered(n: u32) -> Operator {
    Operator { number: Some(format!("it's {n}").parse().unwrap()), ..operator(1, n) }
}

async fn operators_are_stored_and_listed(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add(&db.store, &[numbered(1), operator(1, 2), numbered(3)]).await;
    let reach = whole(1);
    let mut operators = db.store.operators(&reach);
    assert_eq!(operators.get(operator_id(1)).await.unwrap(), Some(numbered(1)));
    assert_eq!(db.store.operators(&whole(2)).get(operator_id(1)).await.unwrap(), None);
    assert_eq!(operators.count().await.unwrap(), 3);
    let number = numbered(3).number.unwrap();
    assert_eq!(operators.numbered(&number).await.unwrap(), Some(numbered(3)));
    assert_eq!(operators.list(Some(&number), all("name")).await.unwrap().items, [numbered(3)]);
    let every = [numbered(1), operator(1, 2), numbered(3)];
    let page = async |list| db.store.operators(&reach).list(None, list).await;
    assert_eq!(walk("name", 2, page).await, every);
    let reversed: Vec<_> = every.iter().rev().cloned().collect();
    assert_eq!(walk("-created_at", 1, page).await, reversed);
    let changed = Operator { number: None, revision: Revision::new(2), ..numbered(1) };
    let mut tx = db.store.begin().await.unwrap();
    tx.operators(&reach).update(&changed, Revision::FIRST).await.unwrap();
    assert!(matches!(tx.operators(&reach).update(&changed, Revision::FIRST).await, Err(Error::Changed)));
    assert!(matches!(
        tx.operators(&whole(2)).delete(changed.id, changed.revision).await,
        Err(Error::Changed)
    ));
    tx.operators(&reach).delete(operator_id(2), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(walk("name", 2, page).await, [changed, numbered(3)]);
}

async fn a_number_is_there_once(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add(&db.store, &[numbered(1), operator(1, 2), operator(1, 3)]).await;
    let same = Operator { number: numbered(1).number, ..operator(1, 4) };
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.operators(&whole(1)).create(&same).await, Err(Error::Taken)));
}

async fn operator_runs_are_stored_and_noted(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    add(&db.store, &[operator(1, 1), operator(1, 2)]).await;
    let reach = whole(1);
    let runs = [operator_run(1, 5, 1), operator_run(1, 9, 1)];
    let mut tx = db.store.begin().await.unwrap();
    for run in &runs {
        tx.of_nodes(&reach).create(run).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ended = SavedOperatorRun { end_at: Some(at(8)), revision: Revision::new(2), ..runs[0].clone() };
    let mut tx = db.store.begin().await.unwrap();
    tx.of_nodes(&reach).update(&ended, &runs[0]).await.unwrap();
    tx.commit().await.unwrap();
    let from = |start| Outdated::between(at(start), None);
    let times = [from(5), from(9), from(5), Outdated::between(at(5), Some(at(8)))];
    assert_eq!(noted(&db.store).await, times.map(|outdated| (Area::Node(node_id(1)), outdated)));
    let page = async |list| db.store.of_nodes(&reach).list(&OfNodeFilter::default(), list).await;
    assert_eq!(walk::<_, SavedOperatorRun>("start_at", 1, page).await, [ended.clone(), runs[1].clone()]);
    let of_second = OfNodeFilter { subject: Some(operator_id(2)), ..OfNodeFilter::default() };
    let found = db.store.of_nodes::<SavedOperatorRun>(&reach).list(&of_second, all("start_at")).await;
    assert_eq!(found.unwrap().items, []);
    let users = db.store.operators(&reach).runs(operator_id(1), 1).await.unwrap();
    assert_eq!(users, Users { count: 2, first: vec![(operator_run_id(5).as_uuid(), at(5))] });
    let mut tx = db.store.begin().await.unwrap();
    let deleted = match tx.operators(&reach).delete(operator_id(1), Revision::FIRST).await {
        Ok(()) => tx.commit().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(matches!(deleted, Err(Error::InUse)), "{deleted:?}");
}
