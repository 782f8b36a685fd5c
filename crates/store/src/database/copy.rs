//! Copies an SQLite file while others read and write it.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::{Error, Result};

/// How long the copy waits for somebody who has locked the whole file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Copies a database as it is at one moment into a file that is empty or does not exist. Nobody else has to wait.
/// The copy is whole by itself: it has no write-ahead log.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
    let to = to.to_str().ok_or(Error::Url)?;
    let options = SqliteConnectOptions::new()
        .filename(from)
        .create_if_missing(false)
        .busy_timeout(PATIENCE)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    // Unlike SQLite's online backup, it does not begin again whenever another process has written.
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::store::{DatabaseUrl, Store};

    #[tokio::test]
    async fn a_copy_is_made_while_a_writer_has_not_committed() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("a.db"), directory.path().join("b.db"));
        let store = Store::connect(&DatabaseUrl::Sqlite(from.clone()), 1).await.unwrap();
        store.migrate().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.set_once("committed", "yes").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.set_once("open", "yes").await.unwrap();
        copy_sqlite(&from, &to).await.unwrap();
        drop(tx);
        let copy = Store::connect(&DatabaseUrl::Sqlite(to.clone()), 1).await.unwrap();
        assert_eq!(copy.setting("committed").await.unwrap().as_deref(), Some("yes"));
        assert_eq!(copy.setting("open").await.unwrap(), None);
        // Nothing is overwritten.
        assert!(copy_sqlite(&from, &to).await.is_err());
        assert!(
            copy_sqlite(&directory.path().join("missing.db"), &directory.path().join("c.db")).await.is_err()
        );
    }
}
