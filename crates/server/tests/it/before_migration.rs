//! The copy of SQLite databases before they are migrated.

use std::path::{Path, PathBuf};
use std::process::Command;

use bailiwick_engine::build::Build;
use bailiwick_server::config::Config;
use bailiwick_server::data::remove_database;
use bailiwick_server::ground::{Ground, Opening};
use sqlx::Connection as _;

/// The data directory of a server of version 0.1.0.
const OLD: &[u8] = include_bytes!("../../../cli/tests/it/acceptance/packages/data-0.1.0.tar.gz");

/// A data directory.
struct Place {
    directory: tempfile::TempDir,
    config: Config,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.data.directory = directory.path().join("data");
        Self { directory, config }
    }

    /// Puts the data of the old version in the place of what there is.
    fn unpack_old(&self) {
        std::fs::create_dir_all(self.data()).unwrap();
        for name in ["bailiwick.db", "observations.db"] {
            remove_database(&self.data().join(name)).unwrap();
        }
        let archive = self.directory.path().join("old.tar.gz");
        std::fs::write(&archive, OLD).unwrap();
        let mut tar = Command::new("tar");
        tar.args(["--extract", "--no-same-owner", "--file"]).arg(archive).arg("--directory").arg(self.data());
        assert!(tar.status().unwrap().success());
    }

    /// Does what `bailiwick migrate` does.
    async fn migrate(&self) {
        let ground = Ground::open(&self.config, Opening::Make { anew: false }).await.unwrap();
        let build = Build {
            version: "0.0.0",
            full_version: "0.0.0+test".into(),
            timestamp: "2030-01-01T00:00:00Z".parse().unwrap(),
        };
        ground.prepare("https://127.0.0.1:8443", build).await.unwrap();
        ground.databases.close().await;
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The only copy, if there is one.
    fn copy(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().path());
        let is_copy = |path: &PathBuf| path.to_str().unwrap().contains("/before-migration-");
        let copies: Vec<PathBuf> = entries.filter(is_copy).collect();
        assert!(copies.len() < 2, "{copies:?}");
        copies.into_iter().next()
    }

    /// Has the next start believe that the migrations after the copy did not end.
    fn interrupt(&self) {
        std::fs::rename(self.copy().unwrap(), self.data().join("before-migration-unfinished")).unwrap();
    }
}

async fn connection(directory: &Path) -> sqlx::SqliteConnection {
    let path = directory.join("bailiwick.db");
    sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

async fn execute(directory: &Path, statement: &'static str) {
    let mut connection = connection(directory).await;
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn number(directory: &Path, query: &'static str) -> i64 {
    let mut connection = connection(directory).await;
    let number = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    number
}

/// The number of the last migration of the database in a directory.
async fn version(directory: &Path) -> i64 {
    number(directory, "SELECT max(version) FROM _sqlx_migrations").await
}

#[tokio::test]
async fn an_sqlite_database_is_copied_before_it_is_migrated() {
    let place = Place::new();
    place.unpack_old();
    let old = version(&place.data()).await;
    place.migrate().await;
    let copy = place.copy().unwrap();
    assert!(copy.to_str().unwrap().ends_with('Z'), "{copy:?}");
    assert!(copy.join("observations.db").exists());
    assert_eq!(version(&copy).await, old);
    assert!(version(&place.data()).await > old);
    assert_eq!(number(&copy, "SELECT count(*) FROM sites").await, 1);
    #[cfg(unix)]
    for (path, mode) in [(copy.clone(), 0o700), (copy.join("bailiwick.db"), 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
    }
    // Nothing to migrate: the copy stays.
    place.migrate().await;
    assert_eq!(place.copy(), Some(copy.clone()));
    // With the next migration, it is replaced.
    execute(&copy, "DELETE FROM sites").await;
    place.unpack_old();
    place.migrate().await;
    assert_eq!(number(&place.copy().unwrap(), "SELECT count(*) FROM sites").await, 1);
}

#[tokio::test]
async fn a_start_that_goes_on_with_migrations_keeps_the_copy_from_before_them() {
    let place = Place::new();
    place.unpack_old();
    place.migrate().await;
    // The database has a migration that the copy does not have, but not all.
    place.interrupt();
    let copy = place.copy().unwrap();
    execute(
        &copy,
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
    )
    .await;
    let before = version(&copy).await;
    place.unpack_old();
    place.migrate().await;
    let copy = place.copy().unwrap();
    assert!(copy.to_str().unwrap().ends_with('Z'), "{copy:?}");
    assert_eq!(version(&copy).await, before);
}

#[tokio::test]
async fn a_copy_is_made_anew_if_nothing_was_migrated_since() {
    let place = Place::new();
    place.unpack_old();
    place.migrate().await;
    place.interrupt();
    place.unpack_old();
    // The earlier version wrote this after the copy.
    execute(&place.data(), "INSERT INTO settings (name, value) VALUES ('later', '1')").await;
    place.migrate().await;
    let query = "SELECT count(*) FROM settings WHERE name = 'later'";
    assert_eq!(number(&place.copy().unwrap(), query).await, 1);
}

#[tokio::test]
async fn a_copy_whose_migrations_have_ended_gets_its_name_at_the_next_start() {
    let place = Place::new();
    place.unpack_old();
    place.migrate().await;
    place.interrupt();
    place.migrate().await;
    let copy = place.copy().unwrap();
    assert!(copy.to_str().unwrap().ends_with('Z'), "{copy:?}");
}

#[tokio::test]
async fn a_new_database_is_not_copied_nor_one_whose_configuration_says_so() {
    let mut place = Place::new();
    place.migrate().await;
    assert_eq!(place.copy(), None);
    place.config.database.copy_before_migrating = false;
    place.unpack_old();
    place.migrate().await;
    assert_eq!(place.copy(), None);
}
