use std::collections::BTreeSet;

use bailiwick_domain::selector::Selector;
use bailiwick_store::{AgentFilter, Engine, NodeFilter, SchemaState, ServiceFilter};

use crate::database::{Database, on};
use crate::list::all;
use crate::samples::{
    add_agents, add_nodes, add_organizations, add_services, add_sites, agent, agent_id, node, node_id,
    service, service_id, site, site_id, whole,
};

on_both!(
    empty: the_schema_is_brought_to_this_version_once,
    a_later_schema_is_noticed,
    labels_of_before_are_put_in_order,
);
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

/// Runs a migration's file.
async fn run_file(db: &Database, file: &str) {
    let engine = match db.store.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let path = format!("{}/migrations/{engine}/{file}", env!("CARGO_MANIFEST_DIR"));
    db.execute(&std::fs::read_to_string(path).unwrap()).await.unwrap();
}

async fn labels_of_before_are_put_in_order(db: &Database) {
    for file in
        ["0001_control_plane.sql", "0002_people.sql", "0003_nodes.sql", "0004_services_and_agents.sql"]
    {
        run_file(db, file).await;
    }
    // As this version makes them, but their labels as an earlier one did.
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 2), site(1, 1)]).await;
    add_nodes(&db.store, &[node(1, 2), node(2, 3), node(1, 1)]).await;
    add_services(&db.store, &[service(1, 2), service(1, 1)]).await;
    add_agents(&db.store, &[agent(1, 2), agent(1, 1)]).await;
    for noun in ["site", "node", "service", "agent"] {
        db.execute(&format!(
            "INSERT INTO {noun}_labels (organization_id, {noun}_id, name, value) \
             SELECT organization_id, id, 'env', 'prod' FROM {noun}s"
        ))
        .await
        .unwrap();
    }
    run_file(db, "0005_labels_in_order.sql").await;
    let labels: Selector = "env=prod".parse().unwrap();
    let reach = whole(1);
    let sites = db.store.sites(&reach).list(&labels, all("name")).await.unwrap().items;
    assert_eq!(sites.iter().map(|s| s.id).collect::<Vec<_>>(), [site_id(1), site_id(2)]);
    let filter = NodeFilter { labels: labels.clone(), ..NodeFilter::default() };
    let nodes = db.store.nodes(&reach).list(&filter, all("name")).await.unwrap().items;
    assert_eq!(nodes.iter().map(|n| n.id).collect::<Vec<_>>(), [node_id(1), node_id(2)]);
    let filter = ServiceFilter { labels: labels.clone(), ..ServiceFilter::default() };
    let services = db.store.services(&reach).list(&filter, all("name")).await.unwrap().items;
    assert_eq!(services.iter().map(|s| s.id).collect::<Vec<_>>(), [service_id(1), service_id(2)]);
    let filter = AgentFilter { labels, ..AgentFilter::default() };
    let agents = db.store.agents(&reach).list(&filter, all("created_at")).await.unwrap().items;
    assert_eq!(agents.iter().map(|a| a.id).collect::<Vec<_>>(), [agent_id(1), agent_id(2)]);
    // Labels go with what they are of, as before.
    for statement in ["DELETE FROM agents", "DELETE FROM services", "DELETE FROM nodes", "DELETE FROM sites"]
    {
        db.execute(statement).await.unwrap();
    }
    assert_eq!(db.execute("DELETE FROM node_labels").await.unwrap(), 0);
}
