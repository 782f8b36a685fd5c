//! Asks the databases for the plans of recorded statements.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Row as _};

use super::databases::Database;
use super::file::{File, Plans};
use crate::database::store::Pool;
use crate::plan;

/// Settings on which PostgreSQL's plans depend: its defaults, which a server may have changed.
const SETTINGS: &str = "SET jit = off; SET max_parallel_workers_per_gather = 0; SET random_page_cost = 4; \
    SET seq_page_cost = 1; SET cpu_tuple_cost = 0.01; SET cpu_index_tuple_cost = 0.005; \
    SET cpu_operator_cost = 0.0025; SET effective_cache_size = '4GB'; SET work_mem = '4MB'; \
    SET hash_mem_multiplier = 2; SET default_statistics_target = 100; SET plan_cache_mode = auto; \
    SET TimeZone = 'UTC'";

/// Turns off autovacuum for all tables, so that only `ANALYZE` makes statistics.
pub(super) async fn without_autovacuum(db: &Database) {
    db.execute(
        "DO $$ DECLARE name text; BEGIN \
         FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP \
         EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name); END LOOP; END $$",
    )
    .await
    .unwrap();
}

async fn connect(db: &Database) -> PgConnection {
    PgConnection::connect_with(&db.options()).await.unwrap()
}

/// PostgreSQL's major version.
pub(super) async fn postgres_version(db: &Database) -> u32 {
    let mut connection = connect(db).await;
    let number: String =
        sqlx::query_scalar("SHOW server_version_num").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    number.parse::<u32>().unwrap() / 10_000
}

/// Adds SQLite's plans, without and with statistics.
pub(super) async fn on_sqlite(db: &Database, files: &mut [File]) {
    for is_analysed in [false, true] {
        if is_analysed {
            db.execute("ANALYZE").await.unwrap();
        }
        // A connection reads statistics when it is opened.
        let store = db.another_store().await;
        let Pool::Sqlite { readers, .. } = store.pool() else { panic!("expected SQLite") };
        let entries = files.iter_mut().flat_map(|file| &mut file.entries);
        for recorded in entries.flat_map(|entry| &mut entry.statements) {
            let plan = plan::of_sqlite(readers, recorded.statement.sql()).await.unwrap();
            if is_analysed { recorded.analysed = plan } else { recorded.sqlite = plan }
        }
        store.close().await;
    }
}

/// PostgreSQL's plans, with statistics and for the values of the statements.
pub(super) async fn on_postgres(db: &Database, version: u32, files: &[File]) -> Plans {
    let mut connection = connect(db).await;
    sqlx::raw_sql(SETTINGS).execute(&mut connection).await.unwrap();
    sqlx::raw_sql("ANALYZE").execute(&mut connection).await.unwrap();
    let mut plans = Plans::of(version);
    for file in files {
        for entry in &file.entries {
            for (n, recorded) in entry.statements.iter().enumerate() {
                let (sql, values) = recorded.statement.clone().for_postgres().unwrap();
                let explain = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {sql}"));
                let rows = sqlx::query_with::<Postgres, _>(explain, values);
                let rows = rows.persistent(false).fetch_all(&mut connection).await.unwrap();
                plans.add(file, entry, n, rows.iter().map(|row| row.get(0)).collect());
            }
        }
    }
    connection.close().await.unwrap();
    plans
}
