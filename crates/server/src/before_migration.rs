//! The copy of SQLite databases that is made before they are migrated, because migrations cannot be undone.
//!
//! Until the migrations have ended, the copy is in `before-migration-unfinished`: a start that continues interrupted
//! migrations keeps it. Then it is called `before-migration-TIME`, and earlier copies are removed.

use std::fs::File;
use std::path::{Path, PathBuf};

use bailiwick_domain::time::Timestamp;
use bailiwick_store::{DatabaseUrl, Databases, copy_sqlite};

use crate::data::{self, DataError, make_database, make_directory, put_in_place, remove_directory};
use crate::serve_error::ServeError;

/// What the names of all copies begin with.
const PREFIX: &str = "before-migration-";
/// The copy before migrations that have not ended.
const UNFINISHED: &str = "before-migration-unfinished";
/// A copy that is not complete.
const INCOMPLETE: &str = "before-migration-incomplete";
/// How much more must be free than the databases have, for the migrations.
#[cfg(unix)]
const MARGIN: u64 = 64 << 20;

/// Copies the database in the file `database` and that of its observations into the data directory, unless an
/// earlier start has done so and its migrations were interrupted.
pub(crate) async fn copy(directory: &Path, database: &Path, databases: &Databases) -> Result<(), ServeError> {
    let place = directory.join(UNFINISHED);
    let copied = DatabaseUrl::Sqlite(place.join("bailiwick.db"));
    if is_of_interrupted(&copied, databases).await {
        tracing::info!(copy = %place.display(), "the migrations go on; the database is as it was before them in the copy");
        return Ok(());
    }
    let new = directory.join(INCOMPLETE);
    for old in [&place, &new] {
        remove_directory(old)?;
    }
    let files = files(database);
    #[cfg(unix)]
    require_room(directory, files.iter().map(|file| length(file)).sum())?;
    make_directory(&new)?;
    tracing::info!(copy = %place.display(), "the database is copied before it is migrated");
    for (from, name) in files.iter().zip(["bailiwick.db", "observations.db"]) {
        let to = new.join(name);
        make_database(&to)?;
        if let Err(error) = copy_sqlite(from, &to).await {
            remove_directory(&new)?;
            return Err(ServeError::NotCopied { path: place, error });
        }
        let synced = File::open(&to).and_then(|file| file.sync_all());
        synced.map_err(|error| DataError::Io { path: to, error })?;
    }
    Ok(put_in_place(&new, &place)?)
}

/// Names the copy after the time at which the migrations ended, and removes earlier copies. To be called whenever the
/// databases have no migration to come, because an earlier start may have been interrupted before it did so.
pub(crate) fn keep_last(directory: &Path, now: Timestamp) -> Result<(), ServeError> {
    let unfinished = directory.join(UNFINISHED);
    if !unfinished.exists() {
        return Ok(());
    }
    let time: String = now.to_string().chars().take(19).filter(|c| *c != ':').collect();
    let place = directory.join(format!("{PREFIX}{time}Z"));
    remove_directory(&place)?;
    put_in_place(&unfinished, &place)?;
    tracing::info!(
        copy = %place.display(),
        "the database was migrated; a copy from before is kept until the next migration, or until you delete it"
    );
    for other in copies(directory)?.into_iter().filter(|other| *other != place) {
        remove_directory(&other)?;
    }
    Ok(())
}

/// The copies in a data directory.
fn copies(directory: &Path) -> Result<Vec<PathBuf>, DataError> {
    let error = |error| DataError::Io { path: directory.to_owned(), error };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(error)? {
        let entry = entry.map_err(error)?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX)) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// The files of the database and of its observations.
fn files(database: &Path) -> [PathBuf; 2] {
    let observations = DatabaseUrl::Sqlite(database.to_owned()).observations_file();
    [database.to_owned(), observations.unwrap_or_default()]
}

/// Whether the databases have migrations that a complete copy does not have. If they are as the copy is, nothing was
/// migrated since, and there may be newer data.
async fn is_of_interrupted(copied: &DatabaseUrl, databases: &Databases) -> bool {
    let DatabaseUrl::Sqlite(path) = copied else { return false };
    if !files(path).iter().all(|file| file.exists()) {
        return false;
    }
    let Ok(copies) = Databases::connect(copied, 1).await else { return false };
    let both = (copies.migrations().await, databases.migrations().await);
    copies.close().await;
    matches!(both, (Ok(before), Ok(now)) if before != now)
}

/// The bytes of a SQLite file and its write-ahead log.
#[cfg(unix)]
fn length(path: &Path) -> u64 {
    data::database_files(path)
        .iter()
        .filter_map(|file| std::fs::metadata(file).ok())
        .map(|file| file.len())
        .sum()
}

#[cfg(unix)]
fn require_room(directory: &Path, bytes: u64) -> Result<(), ServeError> {
    let disk = rustix::fs::statvfs(directory)
        .map_err(|error| DataError::Io { path: directory.to_owned(), error: error.into() })?;
    let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), bytes.saturating_add(MARGIN));
    if free < needed {
        return Err(ServeError::NoRoomForCopy { directory: directory.to_owned(), free, needed });
    }
    Ok(())
}
