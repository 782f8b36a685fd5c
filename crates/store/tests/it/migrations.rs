use std::collections::BTreeSet;

use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::selector::Selector;
use bailiwick_store::{AgentFilter, Engine, Error, SchemaState, ServiceFilter};

use crate::database::{Database, on};
use crate::list::all;
use crate::samples::{
    add_agents, add_nodes, add_organizations, add_services, add_sites, agent, agent_id, node, node_id,
    organization_id, service, service_id, site, site_id, whole,
};

on_both!(
    empty: migrating_a_second_time_changes_nothing,
    a_schema_of_a_later_version_is_refused,
    a_migration_puts_old_labels_in_list_order,
    a_migration_folds_old_names_and_keeps_duplicates,
    a_migration_pins_scripts_to_their_versions,
);
on_postgres!(empty: two_servers_can_migrate_at_once);

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
    let numbers: Vec<_> = files("sqlite").iter().map(|file| file[..4].parse::<u32>().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

#[test]
fn both_databases_have_the_same_columns() {
    let columns = |engine| on(engine, true, async |db: &Database| db.store.columns().await.unwrap());
    let sqlite = columns(Engine::Sqlite).unwrap();
    assert!(sqlite.contains(&("audit_entries".into(), "previous_hash".into())));
    if let Some(mut postgres) = columns(Engine::Postgres) {
        // Only there several servers add to a chain at once, and what they add waits for its place.
        postgres.retain(|(table, _)| table != "audit_pending");
        assert_eq!(sqlite, postgres);
    }
}

async fn migrating_a_second_time_changes_nothing(db: &Database) {
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

async fn two_servers_can_migrate_at_once(db: &Database) {
    let other = db.another_store().await;
    let (one, two) = tokio::join!(db.store.migrate(), other.migrate());
    one.unwrap();
    two.unwrap();
    assert_eq!(other.schema_state().await.unwrap(), SchemaState::Current);
    other.close().await;
}

async fn a_schema_of_a_later_version_is_refused(db: &Database) {
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

async fn a_migration_puts_old_labels_in_list_order(db: &Database) {
    for file in
        ["0001_control_plane.sql", "0002_people.sql", "0003_nodes.sql", "0004_services_and_agents.sql"]
    {
        run_file(db, file).await;
    }
    // As this version makes them, which needs a column of later, but their labels as an earlier one did.
    run_file(db, "0011_secret_destinations.sql").await;
    db.execute("ALTER TABLE organizations ADD COLUMN time_zone TEXT").await.unwrap();
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 2), site(1, 1)]).await;
    // What is written today has columns of later.
    for column in ["origin", "folded_name", "unique_name"] {
        db.execute(&format!("ALTER TABLE nodes ADD COLUMN {column} TEXT")).await.unwrap();
    }
    run_file(db, "0018_node_numbers.sql").await;
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
    // What is read today has columns of later.
    run_file(db, "0006_fleet.sql").await;
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

async fn a_migration_folds_old_names_and_keeps_duplicates(db: &Database) {
    for file in [
        "0001_control_plane.sql",
        "0002_people.sql",
        "0003_nodes.sql",
        "0004_services_and_agents.sql",
        "0005_labels_in_order.sql",
        "0006_fleet.sql",
        "0007_clones.sql",
    ] {
        run_file(db, file).await;
    }
    // What is written today has a column and a table of later.
    db.execute("ALTER TABLE organizations ADD COLUMN time_zone TEXT").await.unwrap();
    db.execute(
        "CREATE TABLE production_changes (organization_id UUID, site_id UUID, node_id UUID, first_at BIGINT, \
         last_at BIGINT)",
    )
    .await
    .unwrap();
    add_organizations(&db.store, &[1]).await;
    let is_sqlite = db.store.engine() == Engine::Sqlite;
    let uuid = |id: uuid::Uuid| {
        if is_sqlite { format!("X'{}'", id.simple()) } else { format!("'{id}'") }
    };
    let organization = uuid(organization_id(1).as_uuid());
    for (n, name) in ["WEB-1", "web-1", "db.", ".", "Plain"].into_iter().enumerate() {
        let id = uuid(node_id(u32::try_from(n + 1).unwrap()).as_uuid());
        db.execute(&format!(
            "INSERT INTO nodes (id, organization_id, type, name, address, search, labels, created_at, updated_at, \
             revision) VALUES ({id}, {organization}, 'generic', '{name}', '10.0.0.1', '', '{{}}', 0, 0, 1)"
        ))
        .await
        .unwrap();
    }
    run_file(db, "0008_machines.sql").await;
    let reach = whole(1);
    let mut nodes = db.store.nodes(&reach);
    for (name, n) in [("web-1", 2), ("WEB-1", 1), ("DB", 3), ("db.", 3), (".", 4), ("plain.", 5)] {
        let found = nodes.named(&name.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(found.id, node_id(n), "{name}");
    }
    let several = nodes.named(&"Web-1".parse().unwrap()).await.unwrap_err();
    assert!(matches!(&several, Error::Ambiguous(names) if *names == ["WEB-1", "web-1"]), "{several}");
    // A third is refused, and each of the pair can be edited.
    let mut third = node(1, 6);
    third.name = "wEB-1".parse().unwrap();
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.nodes(&reach).create(&third).await, Err(Error::Taken)));
    drop(tx);
    for n in [1, 2] {
        let mut edited = nodes.get(node_id(n)).await.unwrap().unwrap();
        let from = edited.revision;
        edited.revision = from.next();
        edited.description = Some("edited".parse().unwrap());
        let mut tx = db.store.begin().await.unwrap();
        tx.nodes(&reach).update(&edited, from).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn a_migration_pins_scripts_to_their_versions(db: &Database) {
    for file in [
        "0001_control_plane.sql",
        "0002_people.sql",
        "0003_nodes.sql",
        "0004_services_and_agents.sql",
        "0005_labels_in_order.sql",
        "0006_fleet.sql",
        "0007_clones.sql",
    ] {
        run_file(db, file).await;
    }
    let text = |n: u32| format!("01932f4e-7b5a-7c3d-8e9f-0000000000{n:02}");
    let (is_sqlite, digest) = match db.store.engine() {
        Engine::Sqlite => (true, "X'00'"),
        Engine::Postgres => (false, "'\\x00'"),
    };
    let uuid = |n: u32| {
        if is_sqlite { format!("X'{}'", text(n).replace('-', "")) } else { format!("'{}'", text(n)) }
    };
    let yes = if is_sqlite { "1" } else { "true" };
    let execute = async |sql: String| db.execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    // The same script names in two organizations.
    for (organization, script, version) in [(1, 11, 3), (2, 12, 5)] {
        let id = uuid(organization);
        execute(format!(
            "INSERT INTO organizations (id, name, slug, created_at, updated_at, revision) \
             VALUES ({id}, 'o', 'o-{organization}', 0, 0, 1)"
        ))
        .await;
        execute(format!(
            "INSERT INTO scripts (id, organization_id, name, version, created_at, updated_at, revision) \
             VALUES ({}, {id}, 'clean', {version}, 0, 0, 1)",
            uuid(script)
        ))
        .await;
    }
    let works = [
        (1, r#"{"kind":"script","script":"clean"}"#.to_owned(), 60),
        (1, format!(r#"{{"kind":"script","script":"{}","parameters":{{"a":"b"}}}}"#, text(11)), 60),
        (1, r#"{"kind":"script","script":"clean","version":2}"#.to_owned(), 60),
        (2, r#"{"kind":"script","script":"clean"}"#.to_owned(), 60),
        (1, r#"{"kind":"script","script":"gone"}"#.to_owned(), 60),
        (1, r#"{"kind":"scan_updates"}"#.to_owned(), 60),
        (1, r#"{"kind":"scan_updates"}"#.to_owned(), 90),
    ];
    for (n, (organization, work, timeout)) in (21..).zip(works) {
        execute(format!(
            "INSERT INTO schedules (id, organization_id, name, enabled, cron, time_zone, instruction, targets, \
             timeout_seconds, ttl_seconds, output_limit_bytes, owner, created_at, updated_at, revision) \
             VALUES ({}, {}, 's{n}', {yes}, '* * * * *', 'UTC', '{work}', '{{}}', {timeout}, 60, 1024, \
             'system', 0, 0, 1)",
            uuid(n),
            uuid(organization)
        ))
        .await;
    }
    let listed = format!(r#"{{"scripts":["{}","{}","{}"],"most_targets":4}}"#, text(11), text(12), text(19));
    for (id, limits) in [("a", listed.as_str()), ("b", r#"{"shells":["sh"]}"#), ("c", r#"{"scripts":[]}"#)] {
        execute(format!(
            "INSERT INTO keys (id, kind, organization_id, name, scopes, reach, allowed_ips, denied_ips, created_at, \
             created_by, updated_at, revision, pepper_version, digest, command_limits) \
             VALUES ('{id}', 'org', {}, 'k', '[]', '{{}}', '[]', '[]', 0, 'system', 0, 1, 1, {digest}, '{limits}')",
            uuid(1)
        ))
        .await;
    }

    execute(format!(
        "INSERT INTO sites (id, organization_id, name, labels, created_at, updated_at, revision) \
         VALUES ({}, {}, 'Berlin', '{{}}', 0, 0, 1)",
        uuid(31),
        uuid(1)
    ))
    .await;
    execute(format!(
        "INSERT INTO nodes (id, organization_id, type, name, address, search, labels, created_at, updated_at, revision) \
         VALUES ({}, {}, 'generic', 'db-1', 'x', '', '{{}}', 0, 0, 1)",
        uuid(32),
        uuid(1)
    ))
    .await;
    execute(r#"UPDATE schedules SET targets = '{"site":"Berlin"}' WHERE name = 's21'"#.into()).await;
    execute(r#"UPDATE schedules SET targets = '{"nodes":["db-1","gone"]}' WHERE name = 's22'"#.into()).await;
    execute(r#"UPDATE schedules SET targets = '{"site":"Berlin"}' WHERE name = 's24'"#.into()).await;

    run_file(db, "0009_pinned_scripts.sql").await;
    let is_so = async |table: &str, condition: String| {
        let changed = execute(format!("UPDATE {table} SET revision = revision WHERE {condition}")).await;
        assert_eq!(changed, 1, "{condition}");
    };
    let works = [
        (21, Some(11), Some(3)),
        (22, Some(11), Some(3)),
        (23, Some(11), Some(2)),
        (24, Some(12), Some(5)),
        (25, None, None),
    ];
    for (schedule, script, version) in works {
        let script = script.map_or("gone".to_owned(), text);
        let version = version.map_or("IS NULL".to_owned(), |n: u32| format!("= '{n}'"));
        is_so(
            "schedules",
            format!(
                "name = 's{schedule}' AND instruction ->> 'script' = '{script}' \
                 AND CAST(instruction ->> 'version' AS TEXT) {version}"
            ),
        )
        .await;
    }
    is_so("schedules", "name = 's22' AND CAST(instruction AS TEXT) LIKE '%\"b\"%'".into()).await;
    is_so("schedules", format!("name = 's21' AND targets ->> 'site' = '{}'", text(31))).await;
    is_so("schedules", "name = 's24' AND targets ->> 'site' = 'Berlin'".into()).await;
    let nodes = format!("name = 's22' AND CAST(targets AS TEXT) LIKE '%{}%\"gone\"%'", text(32));
    is_so("schedules", nodes).await;
    is_so("schedules", "name = 's26' AND timeout_seconds = 600".into()).await;
    is_so("schedules", "name = 's27' AND timeout_seconds = 90".into()).await;
    for pin in [format!("{}@3", text(11)), format!("{}@5", text(12)), format!("{}@1", text(19))] {
        is_so("keys", format!("id = 'a' AND CAST(command_limits AS TEXT) LIKE '%\"{pin}\"%'")).await;
    }
    is_so("keys", "id = 'a' AND CAST(command_limits ->> 'most_targets' AS TEXT) = '4'".into()).await;
    is_so("keys", "id = 'b' AND command_limits ->> 'scripts' IS NULL".into()).await;
    is_so("keys", "id = 'c' AND command_limits ->> 'scripts' = '[]'".into()).await;
}
