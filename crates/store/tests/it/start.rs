//! How a store is opened on PostgreSQL, and what it says where it cannot be.
#![allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]

use std::net::IpAddr;
use std::time::Duration;

use bailiwick_domain::outside::Clock;
use bailiwick_domain::party::{Parties, Party};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::change::Change;
use bailiwick_store::holds::Holds;
use bailiwick_store::{DatabaseUrl, Error, SchemaState, Store};
use sqlx::postgres::PgConnectOptions;

use crate::database::Database;
use crate::samples::organization_id;
use crate::transactions::{WAITING, until};

on_postgres!(empty: several_servers_can_migrate_an_empty_database_at_once);
on_postgres!(
    serving_requires_no_right_to_create_tables,
    a_read_only_database_is_refused_with_the_reason,
    too_many_connections_are_reported_as_unavailable,
    a_statement_timeout_is_a_temporary_error,
    the_host_that_accepts_writes_is_found,
    a_missing_table_privilege_is_named,
    a_caller_with_many_writes_leaves_connections_to_others,
    waiting_revocations_leave_connections_to_others,
    the_clock_of_the_database_is_compared,
);

fn url(options: PgConnectOptions) -> DatabaseUrl {
    DatabaseUrl::Postgres(Box::new(options.into()))
}

async fn several_servers_can_migrate_an_empty_database_at_once(db: &Database) {
    for _ in 0..5 {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let store = db.another_store().await;
            tasks.spawn(async move {
                store.schema_state().await?;
                store.migrate().await?;
                let state = store.schema_state().await;
                store.close().await;
                state
            });
        }
        for state in tasks.join_all().await {
            assert_eq!(state.unwrap(), SchemaState::Current);
        }
        db.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
    }
}

/// Makes a role for a test, that may read and write rows and nothing else.
async fn role(db: &Database, name: &str, limit: i32) -> (String, PgConnectOptions) {
    let name = format!("bailiwick_{name}_{}", std::process::id());
    db.execute(&format!(
        "CREATE ROLE {name} LOGIN CONNECTION LIMIT {limit};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
    ))
    .await
    .unwrap();
    let options = db.options().username(&name);
    (name, options)
}

async fn drop_role(db: &Database, name: &str) {
    db.execute(&format!("DROP OWNED BY {name}; DROP ROLE {name}")).await.unwrap();
}

async fn serving_requires_no_right_to_create_tables(db: &Database) {
    let (name, options) = role(db, "server", -1).await;
    let store = Store::connect(&url(options), 2).await.unwrap();
    assert_eq!(store.schema_state().await.unwrap(), SchemaState::Current);
    let mut tx = store.begin().await.unwrap();
    tx.set_once("name", "value").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.setting("name").await.unwrap().as_deref(), Some("value"));
    store.close().await;
    drop_role(db, &name).await;
}

async fn a_missing_table_privilege_is_named(db: &Database) {
    let (name, options) = role(db, "robbed", -1).await;
    let store = Store::connect(&url(options), 2).await.unwrap();
    store.examine(&Now(0)).await.unwrap();
    db.execute(&format!("REVOKE UPDATE ON keys FROM {name}")).await.unwrap();
    let found = store.examine(&Now(0)).await.unwrap_err();
    assert!(matches!(found, Error::Rights(_)) && found.to_string().contains("the table keys"), "{found}");
    db.execute(&format!("REVOKE INSERT ON settings FROM {name}")).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let refused = tx.set_once("name", "value").await.unwrap_err();
    assert!(matches!(refused, Error::Rights(_)), "{refused}");
    drop(tx);
    store.close().await;
    drop_role(db, &name).await;
}

async fn a_caller_with_many_writes_leaves_connections_to_others(db: &Database) {
    let of =
        |n: u8| Parties { caller: Party::Network(IpAddr::from([192, 0, 2, n]).into()), organization: None };
    let store = Store::connect(&url(db.options()), 6).await.unwrap();
    let first = [of(1), of(1)].map(|parties| store.for_request(parties));
    let (a, b) = (first[0].begin().await.unwrap(), first[1].begin().await.unwrap());
    let third = store.for_request(of(1));
    let mut waiting = tokio::spawn(async move { third.begin().await.map(drop) });
    // Others read and write, rights can be taken away, and the database is known to answer.
    let other = store.for_request(of(2));
    other.begin().await.unwrap();
    assert_eq!(other.setting("name").await.unwrap(), None);
    store.for_request(of(1)).begin_taking_away(&Holds::default()).await.unwrap();
    store.examine(&Now(0)).await.unwrap();
    assert!(futures::poll!(&mut waiting).is_pending());
    // A request has its turn until it has ended.
    drop(a);
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(first);
    waiting.await.unwrap().unwrap();
    drop(b);
    store.close().await;
}

async fn waiting_revocations_leave_connections_to_others(db: &Database) {
    let of =
        |n: u8| Parties { caller: Party::Network(IpAddr::from([192, 0, 2, n]).into()), organization: None };
    let store = Store::connect(&url(db.options()), 6).await.unwrap();
    let right = || [Change::Organization(organization_id(1))];
    let holder = store.begin_holding(&Holds::default().using(right())).await.unwrap();
    let revocations: Vec<_> = (0..8)
        .map(|_| {
            let store = store.for_request(of(1));
            let holds = Holds::default().changing(right());
            tokio::spawn(async move { store.begin_taking_away(&holds).await.map(drop) })
        })
        .collect();
    until(db, WAITING, 1).await;
    for n in 2..6 {
        let other = store.for_request(of(n));
        other.begin().await.unwrap();
        other.begin_taking_away(&Holds::default()).await.unwrap();
    }
    until(db, WAITING, 1).await;
    holder.commit().await.unwrap();
    for revocation in revocations {
        revocation.await.unwrap().unwrap();
    }
    store.close().await;
}

async fn a_read_only_database_is_refused_with_the_reason(db: &Database) {
    let options = db.options().options([("default_transaction_read_only", "on")]);
    let refused = Store::connect(&url(options), 2).await.unwrap_err();
    assert!(matches!(refused, Error::ReadOnly(_)), "{refused}");
    assert!(refused.to_string().contains("is read-only"), "{refused}");
}

async fn too_many_connections_are_reported_as_unavailable(db: &Database) {
    for limit in [0, 1] {
        let (name, options) = role(db, "limited", limit).await;
        let refused = Store::connect(&url(options), 2).await.unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
        assert!(refused.to_string().contains("too many connections for role"), "{refused}");
        drop_role(db, &name).await;
    }
}

async fn a_statement_timeout_is_a_temporary_error(db: &Database) {
    for timeout in ["statement_timeout", "lock_timeout"] {
        let hurried = Store::connect(&url(db.options().options([(timeout, "200")])), 2).await.unwrap();
        let mut first = db.store.begin().await.unwrap();
        first.set_once(timeout, "first").await.unwrap();
        let mut second = hurried.begin().await.unwrap();
        let ended = second.set_once(timeout, "second").await.unwrap_err();
        assert!(matches!(ended, Error::Unavailable(_)), "{ended:?}");
        assert!(!ended.to_string().contains("at line"), "{ended}");
        drop((first, second));
        hurried.close().await;
    }
}

async fn the_host_that_accepts_writes_is_found(db: &Database) {
    let (options, nowhere) = (db.options(), "127.0.0.1:1");
    let place = match options.get_socket() {
        Some(socket) => form_urlencoded(&format!("{}", socket.display())),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let database = options.get_database().unwrap();
    let user = options.get_username();
    let several = format!("postgres://{user}@{nowhere},{place}/{database}?target_session_attrs=read-write");
    let store = Store::connect(&several.parse().unwrap(), 2).await.unwrap();
    assert_eq!(store.examine(&Now(0)).await.unwrap().clock_ahead_micros, 0);
    // Nowhere but at hosts that do not answer.
    let none = format!("postgres://{user}@{nowhere},127.0.0.1:2/{database}?connect_timeout=1");
    let refused = Store::connect(&none.parse().unwrap(), 2).await.unwrap_err().to_string();
    assert!(refused.contains("127.0.0.1:1: ") && refused.contains("; 127.0.0.1:2: "), "{refused}");
    store.close().await;
}

fn form_urlencoded(text: &str) -> String {
    text.replace('%', "%25").replace('/', "%2F")
}

/// The system's time and so many microseconds more.
struct Now(i64);

impl Clock for Now {
    fn now(&self) -> Timestamp {
        #[allow(clippy::disallowed_methods, reason = "it is compared with the clock of the database")]
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap() + self.0)
    }
}

async fn the_clock_of_the_database_is_compared(db: &Database) {
    let slack = i64::try_from(Duration::from_secs(2).as_micros()).unwrap();
    assert_eq!(db.store.examine(&Now(0)).await.unwrap().clock_ahead_micros, 0);
    for ahead in [-600_000_000, -5_000_000, 5_000_000, 600_000_000] {
        let found = db.store.clock_ahead_micros(&Now(ahead)).await.unwrap();
        // What the question took is taken off, never added.
        assert!(found.abs() <= ahead.abs() && (found - ahead).abs() < slack, "{found} for {ahead}");
    }
}
