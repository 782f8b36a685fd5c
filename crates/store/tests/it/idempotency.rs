#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::sync::Arc;

use bailiwick_domain::key::Actor;
use bailiwick_store::Store;
use bailiwick_store::idempotency::{Claim, Request};
use tokio::sync::Barrier;

use crate::database::Database;
use crate::samples::{at, key_id};

on_both!(
    a_repeated_request_gets_the_stored_answer,
    an_idempotency_key_belongs_to_one_request_of_one_caller,
    of_two_concurrent_identical_requests_one_is_new,
    a_second_identical_request_waits_for_the_first,
    a_request_that_was_rolled_back_is_new_again,
    old_idempotency_records_are_deleted,
);

fn request(key: &str) -> Request {
    Request {
        actor: Actor::Key { id: key_id(1) },
        idempotency_key: key.into(),
        operation: "sites.create",
        fingerprint: "abc".into(),
    }
}

/// Claims a request, answers it if it is new, and commits.
async fn claim(store: &Store, request: &Request, answer: Option<&str>) -> Claim {
    let mut tx = store.begin().await.unwrap();
    let known = tx.claim(request, at(0)).await.unwrap();
    if known == Claim::New {
        tx.keep_answer(request, answer.map(Into::into)).await.unwrap();
    }
    tx.commit().await.unwrap();
    known
}

async fn a_repeated_request_gets_the_stored_answer(db: &Database) {
    assert_eq!(claim(&db.store, &request("a"), Some("{\"n\":1}")).await, Claim::New);
    for _ in 0..2 {
        let known = claim(&db.store, &request("a"), Some("other")).await;
        assert_eq!(known, Claim::Done(Some("{\"n\":1}".into())));
    }
    assert_eq!(claim(&db.store, &request("secret"), None).await, Claim::New);
    assert_eq!(claim(&db.store, &request("secret"), None).await, Claim::Done(None));
}

async fn an_idempotency_key_belongs_to_one_request_of_one_caller(db: &Database) {
    assert_eq!(claim(&db.store, &request("a"), Some("1")).await, Claim::New);
    let other_input = Request { fingerprint: "def".into(), ..request("a") };
    assert_eq!(claim(&db.store, &other_input, None).await, Claim::Other);
    let other_operation = Request { operation: "sites.update", ..request("a") };
    assert_eq!(claim(&db.store, &other_operation, None).await, Claim::Other);
    let other_caller = Request { actor: Actor::Key { id: key_id(2) }, ..request("a") };
    assert_eq!(claim(&db.store, &other_caller, None).await, Claim::New);
    assert_eq!(claim(&db.store, &request("A"), None).await, Claim::New);
    assert_eq!(claim(&db.store, &request("a"), None).await, Claim::Done(Some("1".into())));
}

async fn of_two_concurrent_identical_requests_one_is_new(db: &Database) {
    let other = db.another_store().await;
    for n in 0..10 {
        let start = Arc::new(Barrier::new(2));
        let tasks = [db.store.clone(), other.clone()].map(|store| {
            let start = start.clone();
            tokio::spawn(async move {
                start.wait().await;
                claim(&store, &request(&n.to_string()), Some("answer")).await
            })
        });
        let mut known = Vec::new();
        for task in tasks {
            known.push(task.await.unwrap());
        }
        known.sort_by_key(|known| *known != Claim::New);
        assert_eq!(known, [Claim::New, Claim::Done(Some("answer".into()))]);
    }
    other.close().await;
}

async fn a_second_identical_request_waits_for_the_first(db: &Database) {
    let first = request("a");
    let mut tx = db.store.begin().await.unwrap();
    assert_eq!(tx.claim(&first, at(0)).await.unwrap(), Claim::New);
    let other = db.another_store().await;
    let (second, ()) = tokio::join!(claim(&other, &first, None), async {
        tx.keep_answer(&first, Some("answer".into())).await.unwrap();
        tx.commit().await.unwrap();
    });
    assert_eq!(second, Claim::Done(Some("answer".into())));
    other.close().await;
}

async fn a_request_that_was_rolled_back_is_new_again(db: &Database) {
    let first = request("a");
    let mut tx = db.store.begin().await.unwrap();
    assert_eq!(tx.claim(&first, at(0)).await.unwrap(), Claim::New);
    // One identical request is waiting already, and another comes later.
    let other = db.another_store().await;
    let (second, ()) = tokio::join!(claim(&other, &first, Some("answer")), async { drop(tx) });
    assert_eq!(second, Claim::New);
    assert_eq!(claim(&db.store, &first, None).await, Claim::Done(Some("answer".into())));
    other.close().await;
}

async fn old_idempotency_records_are_deleted(db: &Database) {
    let mut tx = db.store.begin().await.unwrap();
    for n in 0..5 {
        tx.claim(&request(&n.to_string()), at(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(db.store.forget_requests(at(3)).await.unwrap(), 3);
    assert_eq!(db.store.forget_requests(at(3)).await.unwrap(), 0);
    assert_eq!(claim(&db.store, &request("2"), None).await, Claim::New);
    assert_eq!(claim(&db.store, &request("3"), None).await, Claim::Done(None));
}
