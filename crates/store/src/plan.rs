//! The plans of slow statements: how the database would find the rows. Plans are made without the values of a
//! statement, so that they contain none.

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::database::store::{Pool, Store};
use crate::sql::planned::Planned;

/// The longest plan that is logged, in bytes. What follows is cut off.
const PLAN_MAX: usize = 4_096;

impl Store {
    /// Waits until a statement was slow whose plan is to be logged, and logs it.
    pub async fn log_next_plan(&self) {
        let Some(planned) = self.log().plans.lock().await.recv().await else { return };
        let statement = planned.name.as_str();
        match self.plan(&planned).await {
            Ok(lines) => {
                let plan = joined(&lines);
                planned.of.in_scope(|| {
                    tracing::warn!(target: "bailiwick::statement", statement, plan, "the plan of a slow statement");
                });
            }
            Err(error) => planned.of.in_scope(|| {
                let error = crate::error::said(&error);
                tracing::warn!(target: "bailiwick::statement", statement, error, "the plan of a slow statement could not be read");
            }),
        }
    }

    async fn plan(&self, planned: &Planned) -> sqlx::Result<Vec<String>> {
        match self.pool() {
            Pool::Sqlite { readers, .. } => of_sqlite(readers, &planned.sql).await,
            Pool::Postgres(pool) => of_postgres(pool, planned).await,
        }
    }
}

/// The plan's steps, each after the steps that it is part of, indented. Placeholders without a value are null,
/// which does not change the plan.
pub(crate) async fn of_sqlite(readers: &SqlitePool, sql: &str) -> sqlx::Result<Vec<String>> {
    let mut connection = readers.acquire().await?;
    // `AssertSqlSafe` holds: this is a statement of this crate, without its values.
    let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::raw_sql(sql).fetch_all(&mut *connection).await?;
    let mut depths = std::collections::HashMap::from([(0_i64, 0_usize)]);
    rows.iter()
        .map(|row| {
            let (id, parent): (i64, i64) = (row.try_get("id")?, row.try_get("parent")?);
            let depth = depths.get(&parent).copied().unwrap_or_default();
            depths.insert(id, depth + 1);
            Ok(format!("{}{}", "  ".repeat(depth), row.try_get::<&str, _>("detail")?))
        })
        .collect()
}

/// The plan for any values (a generic plan), in which placeholders stay placeholders.
async fn of_postgres(pool: &PgPool, planned: &Planned) -> sqlx::Result<Vec<String>> {
    let mut connection = pool.acquire().await?;
    let Planned { sql, types, .. } = planned;
    let (types, nulls) = if types.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("({})", types.join(", ")), format!("({})", vec!["NULL"; types.len()].join(", ")))
    };
    let mut transaction = connection.begin().await?;
    // `AssertSqlSafe` holds: this is a statement of this crate, without its values.
    let explain = AssertSqlSafe(format!(
        "SET LOCAL plan_cache_mode = force_generic_plan; \
         PREPARE bailiwick_plan {types} AS {sql}; \
         EXPLAIN EXECUTE bailiwick_plan {nulls}; \
         DEALLOCATE bailiwick_plan"
    ));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut *transaction).await;
    match rows {
        Ok(rows) => {
            transaction.rollback().await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        }
        Err(error) => {
            drop(transaction);
            // The prepared statement may still exist: it belongs to the connection, not to the transaction.
            connection.close().await?;
            Err(error)
        }
    }
}

/// The lines of a plan as one line of the log, cut off if it is too long.
fn joined(lines: &[String]) -> String {
    let mut plan = lines.join("; ");
    if plan.len() > PLAN_MAX {
        plan.truncate(plan.floor_char_boundary(PLAN_MAX));
        plan.push('…');
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_plan_is_cut_off() {
        assert_eq!(joined(&["a".into(), "  b".into()]), "a;   b");
        let long = joined(&["ü".repeat(PLAN_MAX)]);
        assert!(long.len() <= PLAN_MAX + '…'.len_utf8() && long.ends_with("ü…"));
    }
}
