use std::collections::BTreeSet;

use bailiwick_store::{Engine, SchemaState};

use crate::database::{Database, on};

on_both!(empty: the_schema_is_brought_to_this_version_once, a_later_schema_is_noticed);
on_postgres!(empty: two_servers_migrate_at_once);

#[test]
fn both_databases_have_the_same_migrations() {
    let files = |engine: &str| -> BTreeSet<String> {
        let directory = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(directory)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(files("sqlite"), files("postgres"));
    for (n, file) in files("sqlite").iter().enumerate() {
        assert!(file.starts_with(&format!("{:04}_", n + 1)), "{file}");
    }
}

#[test]
fn both_databases_have_the_same_columns() {
    let columns = |engine| on(engine, true, async |db: &Database| db.store.columns().await.unwrap());
    let sqlite = columns(Engine::Sqlite).unwrap();
    assert!(sqlite.contains(&("audit_entries".into(), "previous_hash".into())));
    if let Some(postgres) = columns(Engine::Postgres) {
        assert_eq!(sqlite, postgres);
    }
}

async fn the_schema_is_brought_to_this_version_once(db: &Database) {
    let SchemaState::Behind(behind) = db.store.schema_state().await.unwrap() else {
        panic!("an empty database needs migrations");
    };
    let files = std::fs::read_dir(format!("{}/migrations/sqlite", env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert_eq!(behind, files.count());
    db.store.migrate().await.unwrap();
    assert_eq!(db.store.schema_state().await.unwrap(), SchemaState::Current);
    let columns = db.store.columns().await.unwrap();

    db.store.migrate().await.unwrap();
    assert_eq!(db.store.schema_state().await.unwrap(), SchemaState::Current);
    assert_eq!(db.store.columns().await.unwrap(), columns);
    db.store.ping().await.unwrap();
}

async fn two_servers_migrate_at_once(db: &Database) {
    let other = db.another_store().await;
    let (one, two) = tokio::join!(db.store.migrate(), other.migrate());
    one.unwrap();
    two.unwrap();
    assert_eq!(other.schema_state().await.unwrap(), SchemaState::Current);
    other.close().await;
}

async fn a_later_schema_is_noticed(db: &Database) {
    db.store.migrate().await.unwrap();
    db.execute("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await.unwrap();
    assert_eq!(db.store.schema_state().await.unwrap(), SchemaState::Ahead);
    assert!(db.store.migrate().await.is_err());
}
