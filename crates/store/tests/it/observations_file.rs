//! The database of observations: its file and its schema.

use std::collections::BTreeSet;

use bailiwick_domain::observations::value::Value;
use bailiwick_store::{Engine, SchemaState};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::database::{Database, on};
use crate::observations::{EVER, NOW, append, read};

on_both!(
    observations_have_migrations_of_their_own,
    a_burst_of_observations_does_not_delay_other_writes,
    an_append_that_is_given_up_is_stored_completely_or_not_at_all,
);

#[test]
fn both_databases_have_the_same_migrations_of_observations() {
    let files = |engine: &str| -> BTreeSet<String> {
        let directory = format!("{}/migrations/observations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(directory).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(files("sqlite"), files("postgres"));
}

#[test]
fn both_databases_have_the_same_columns_of_observations() {
    let columns = |engine| {
        on(engine, true, async |db: &Database| {
            let before: BTreeSet<_> = db.store.columns().await.unwrap().into_iter().collect();
            let observations = db.observations().await;
            let mut columns: BTreeSet<_> = observations.columns().await.unwrap().into_iter().collect();
            columns.retain(|column| !before.contains(column) && !column.0.starts_with("_sqlx"));
            observations.close().await;
            columns
        })
    };
    let sqlite = columns(Engine::Sqlite).unwrap();
    assert!(sqlite.contains(&("observation_chunks".into(), "body".into())));
    if let Some(postgres) = columns(Engine::Postgres) {
        assert_eq!(sqlite, postgres);
    }
}

async fn observations_have_migrations_of_their_own(db: &Database) {
    let observations = db.store.observations().await.unwrap();
    let state = observations.schema_state().await.unwrap();
    assert!(matches!(state, SchemaState::Behind(1..)), "{state:?}");
    assert_eq!(db.store.schema_state().await.unwrap(), SchemaState::Current);
    observations.migrate().await.unwrap();
    observations.migrate().await.unwrap();
    assert_eq!(observations.schema_state().await.unwrap(), SchemaState::Current);
    assert_eq!(db.store.schema_state().await.unwrap(), SchemaState::Current);
    observations.examine().await.unwrap();
    observations.close().await;
    // The control plane's connections are still open.
    assert_eq!(db.store.setting("name").await.unwrap(), None);
}

async fn a_burst_of_observations_does_not_delay_other_writes(db: &Database) {
    let observations = db.observations().await;
    // A transaction of the control plane holds its only writer on SQLite.
    let mut tx = db.store.begin().await.unwrap();
    tx.set_once("name", "value").await.unwrap();
    assert_eq!(append(&observations, [(1, "a", 0, Value::Count(1), None)]).await.stored, 1);
    assert_eq!(observations.seal(NOW).await.unwrap().samples, 1);
    tx.commit().await.unwrap();
    observations.close().await;
}

async fn an_append_that_is_given_up_is_stored_completely_or_not_at_all(db: &Database) {
    let observations = db.observations().await;
    let rows = |from: i64| (from..from + 50).map(|n| (1, "a", n, Value::Count(n), None));
    for round in 0..20_u32 {
        let from = i64::from(round) * 50;
        let mut given_up = Box::pin(append(&observations, rows(from)));
        // Polled more often in each round, so that it is given up at different points.
        for _ in 0..round {
            if futures::poll!(&mut given_up).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(given_up);
    }
    // Whatever was stored, sending all again completes it.
    for round in 0..20 {
        let answer = append(&observations, rows(round * 50)).await;
        assert!(matches!((answer.stored, answer.known), (50, 0) | (0, 50)), "{answer:?}");
    }
    assert_eq!(read(&observations, 1, "a", EVER).await.len(), 1_000);
    observations.close().await;
}

#[test]
fn the_file_has_large_pages_and_syncs_each_commit() {
    on(Engine::Sqlite, true, async |db: &Database| {
        let observations = db.observations().await;
        append(&observations, [(1, "a", 0, Value::Count(1), None)]).await;
        let options = SqliteConnectOptions::new().filename(db.url().observations_file().unwrap());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut connection).await.unwrap();
        assert_eq!(size, 16 << 10);
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.unwrap();
        assert_eq!(mode, "wal");
        connection.close().await.unwrap();
        observations.close().await;
    });
}
