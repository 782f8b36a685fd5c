#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::reach::Reach;
use bailiwick_store::change::Change;
use bailiwick_store::holds::Holds;
use bailiwick_store::{DatabaseUrl, Error, StillHolds, Store};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::database::Database;
use crate::samples::{add_organizations, organization, organization_id};

on_both!(
    a_dropped_transaction_is_rolled_back,
    a_reader_does_not_wait_for_a_writer,
    a_long_transaction_ends_once_its_caller_has_lost_its_rights
);
on_postgres!(
    a_connection_whose_begin_failed_is_usable_again,
    a_begin_that_was_given_up_holds_no_lock,
    a_begin_that_loses_a_deadlock_is_tried_again,
    a_long_transaction_does_not_delay_a_change_of_its_rights,
    a_long_transaction_gives_up_while_its_rights_are_changed
);

async fn a_dropped_transaction_is_rolled_back(db: &Database) {
    let one = OrganizationRef::Id(organization_id(1));
    let mut tx = db.store.begin().await.unwrap();
    tx.organizations(&Reach::EVERYTHING).create(&organization(1)).await.unwrap();
    tx.set_once("name", "value").await.unwrap();
    assert!(tx.organizations(&Reach::EVERYTHING).get(&one).await.unwrap().is_some());
    drop(tx);

    assert_eq!(db.store.organizations(&Reach::EVERYTHING).get(&one).await.unwrap(), None);
    assert_eq!(db.store.setting("name").await.unwrap(), None);
    // The writer is free again, and so is what the transaction had taken.
    add_organizations(&db.store, &[1]).await;
    assert!(db.store.organizations(&Reach::EVERYTHING).get(&one).await.unwrap().is_some());
}

async fn a_reader_does_not_wait_for_a_writer(db: &Database) {
    let mut tx = db.store.begin().await.unwrap();
    tx.organizations(&Reach::EVERYTHING).create(&organization(1)).await.unwrap();
    assert_eq!(db.store.organizations(&Reach::EVERYTHING).all().await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(db.store.organizations(&Reach::EVERYTHING).all().await.unwrap(), [organization(1)]);
}

/// Waits until a query of numbers answers the expected one.
pub async fn until(db: &Database, sql: &'static str, expected: i64) {
    let mut connection = PgConnection::connect_with(&db.options()).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection).await.unwrap() != expected {
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("timed out waiting until {expected}: {sql}"));
}

/// How many transactions wait for an advisory lock in this database.
pub const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock' AND wait_event = 'advisory'";
/// How many advisory locks are held in this database.
const HELD: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted \
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
/// How many connections are inside of a transaction and do nothing.
const IDLE_INSIDE: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                           AND state LIKE 'idle in transaction%'";

fn changing() -> Holds {
    Holds::default().changing([Change::Organization(organization_id(1))])
}

fn using() -> Holds {
    Holds::default().using([Change::Organization(organization_id(1))])
}

async fn a_connection_whose_begin_failed_is_usable_again(db: &Database) {
    let holder = db.store.begin_holding(&changing()).await.unwrap();
    let store = db.another_store().await;
    let waiting = tokio::spawn(async move { (store.begin_holding(&using()).await.map(drop), store) });
    until(db, WAITING, 1).await;
    // The locks are refused after `BEGIN` took effect.
    let cancelled = db.execute(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
         AND wait_event = 'advisory'",
    );
    cancelled.await.unwrap();
    let (refused, store) = waiting.await.unwrap();
    refused.unwrap_err();
    holder.commit().await.unwrap();
    until(db, IDLE_INSIDE, 0).await;
    for n in 0..8 {
        let mut tx = store.begin_holding(&using()).await.unwrap();
        tx.set_once(&format!("name {n}"), "value").await.unwrap();
        tx.commit().await.unwrap();
    }
    until(db, HELD, 0).await;
}

async fn a_begin_that_was_given_up_holds_no_lock(db: &Database) {
    let holder = db.store.begin_holding(&changing()).await.unwrap();
    let store = db.another_store().await;
    let holds = using();
    tokio::select! {
        () = until(db, WAITING, 1) => {}
        begun = store.begin_holding(&holds) => panic!("the lock is held by another transaction: {begun:?}"),
    }
    holder.commit().await.unwrap();
    until(db, HELD, 0).await;
    until(db, IDLE_INSIDE, 0).await;
    store.begin_holding(&changing()).await.unwrap().commit().await.unwrap();
}

async fn a_begin_that_loses_a_deadlock_is_tried_again(db: &Database) {
    let slow = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 3000', current_database()); END $$";
    db.execute(slow).await.unwrap();
    let store = db.another_store().await;
    // A transaction outside of the store that takes its locks in another order.
    let numbers = "SELECT objid::bigint | (classid::bigint << 32) FROM pg_locks WHERE locktype = 'advisory' \
                   AND mode = 'ShareLock' AND (objid, classid) <> (0, 0) \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut other = PgConnection::connect_with(&db.options()).await.unwrap();
    let holder = db.store.begin_holding(&using()).await.unwrap();
    let number: i64 = sqlx::query_scalar(numbers).fetch_one(&mut other).await.unwrap();
    holder.commit().await.unwrap();
    // It never looks for deadlocks itself, so that the store's transaction loses.
    let begin = format!("SET deadlock_timeout = '1h'; BEGIN; SELECT pg_advisory_xact_lock({number})");
    sqlx::raw_sql(sqlx::AssertSqlSafe(begin)).execute(&mut other).await.unwrap();
    let begun = tokio::spawn(async move { store.begin_holding(&using()).await.map(drop) });
    until(db, WAITING, 1).await;
    // The store's transaction holds the lock of everybody, and waits for the other one.
    let deadlock = sqlx::raw_sql("SELECT pg_advisory_xact_lock(0); COMMIT").execute(&mut other);
    deadlock.await.unwrap();
    begun.await.unwrap().unwrap();
}

fn forever() -> StillHolds {
    Arc::new(|| true)
}

async fn a_long_transaction_does_not_delay_a_change_of_its_rights(db: &Database) {
    let mut long = db.store.begin_long(&using(), forever()).await.unwrap();
    long.set_once("long", "value").await.unwrap();
    let store = db.another_store().await;
    store.begin_holding(&changing()).await.unwrap().commit().await.unwrap();
    assert!(long.lock_late().await.unwrap());
    assert!(!long.lock_late().await.unwrap(), "it has its locks now");
    // From here on a change waits for it.
    let changing = tokio::spawn(async move { store.begin_holding(&changing()).await.map(drop) });
    until(db, WAITING, 1).await;
    long.commit().await.unwrap();
    changing.await.unwrap().unwrap();
}

async fn a_long_transaction_gives_up_while_its_rights_are_changed(db: &Database) {
    let mut long = db.store.begin_long(&using(), forever()).await.unwrap();
    let store = db.another_store().await;
    let change = store.begin_holding(&changing()).await.unwrap();
    assert!(matches!(long.lock_late().await, Err(Error::RightsChange)));
    change.commit().await.unwrap();
    // A change that is done within a second is waited for.
    let mut long = db.store.begin_long(&using(), forever()).await.unwrap();
    let change = store.begin_holding(&changing()).await.unwrap();
    let (locked, committed) = tokio::join!(long.lock_late(), change.commit());
    committed.unwrap();
    assert!(locked.unwrap());
}

async fn a_long_transaction_ends_once_its_caller_has_lost_its_rights(db: &Database) {
    let holds = Arc::new(AtomicBool::new(true));
    let still_holds = Arc::clone(&holds);
    let still_holds: StillHolds = Arc::new(move || still_holds.load(Ordering::Relaxed));
    let mut long = db.store.begin_long(&using(), still_holds).await.unwrap();
    long.set_once("long", "value").await.unwrap();
    holds.store(false, Ordering::Relaxed);
    // It looks twice a second, whatever it does.
    let mut n = 0;
    let error = loop {
        n += 1;
        if let Err(error) = long.set_once(&format!("name {n}"), "value").await {
            break error;
        }
    };
    assert!(matches!(error, Error::RightsChange), "{error}");
}

#[tokio::test]
async fn a_long_transaction_leaves_the_writer_to_a_change_of_its_rights() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
    let store = Store::connect(&url, 1).await.unwrap();
    store.migrate().await.unwrap();
    let mut long = store.begin_long(&using(), forever()).await.unwrap();
    let change = tokio::spawn(async move { store.begin_holding(&changing()).await.map(drop) });
    let mut n = 0;
    while long.set_once(&format!("name {n}"), "value").await.is_ok() {
        n += 1;
    }
    drop(long);
    change.await.unwrap().unwrap();
}
