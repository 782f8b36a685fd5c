//! Copies what a backup consists of into a directory, while the server runs.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemClock;
use bailiwick_files::{Given, Kind as Own};
use bailiwick_server::config::Config;
use bailiwick_server::data::{self, DataDirectory, DataError};
use bailiwick_server::ground::require_peppers;
use bailiwick_store::{DatabaseUrl, Databases, SchemaState, copy_sqlite, settings};

use super::dump;
use super::manifest::{CONFIGURATION, DATABASE, DUMP, Database, Kind, OBSERVATIONS, OF_DATA, PEPPERS};
use super::progress::Progress;
use super::room::require_room;
use super::unpack::private;

/// How often all is copied again because the peppers changed meanwhile.
const TRIES: u32 = 3;
/// How often it is looked whether a copy has begun.
const BEGUN_EVERY: Duration = Duration::from_millis(1);
/// How many connections are made to each database.
const CONNECTIONS: u32 = 2;

/// The address of the database of a configuration.
pub(crate) fn database_url(config: &Config) -> anyhow::Result<DatabaseUrl> {
    Ok(match &config.database.url {
        Some(url) => url.parse()?,
        None => DatabaseUrl::Sqlite(config.data.directory.join(DATABASE)),
    })
}

/// The peppers of a server.
pub(crate) fn peppers_of(config: &Config) -> anyhow::Result<Peppers> {
    if let Some(peppers) = &config.keys.peppers {
        return peppers.parse().context("keys.peppers");
    }
    data::peppers_in(&config.data.directory)?.with_context(|| {
        format!(
            "{} has no file `peppers`, so this is not the data directory of a server: name it with --data",
            config.data.directory.display()
        )
    })
}

/// Copies everything into `scratch`. Returns what is said of the database; the files are found there.
pub(crate) async fn copy(
    config: &Config,
    configuration: Option<&Path>,
    scratch: &Path,
    progress: &Progress,
) -> anyhow::Result<Database> {
    if let Some(fault) = data::look(&config.data.directory).into_iter().next() {
        return Err(fault.into());
    }
    let url = database_url(config)?;
    let before = peppers_of(config)?;
    let databases = open_live(config, &url).await?;
    let is_current = match databases.schema_state().await? {
        SchemaState::Current => true,
        SchemaState::Behind(_) => false,
        SchemaState::Ahead => bail!(
            "the database was migrated by a later version of Bailiwick: make the backup with that version"
        ),
    };
    // Only an earlier version can run on such a database, and this one does not know what it writes.
    let _lock = match is_current {
        true => None,
        false => Some(lock(config)?),
    };
    for _ in 0..TRIES {
        let (database, copies) = match &url {
            DatabaseUrl::Sqlite(path) => copy_files(&databases, path, scratch, is_current, progress).await?,
            DatabaseUrl::Postgres(_) => {
                (copy_postgres(config, &databases, scratch, progress).await?, databases.clone())
            }
        };
        // `bailiwick peppers` may have added or dropped one since `before` was read.
        let joined = before.joined_with(&peppers_of(config)?);
        let fits = match (&joined, is_current) {
            (Ok(peppers), true) => require_peppers(&copies, peppers, &SystemClock).await.map(drop),
            (Ok(_), false) => Ok(()),
            (Err(version), _) => Err(bailiwick_server::serve_error::ServeError::OtherPepper(*version)),
        };
        if matches!(url, DatabaseUrl::Sqlite(_)) {
            copies.close().await;
        }
        match (fits, joined) {
            (Ok(()), Ok(peppers)) => {
                databases.close().await;
                write(scratch, PEPPERS, peppers.reveal().as_bytes())?;
                copy_rest(config, configuration, scratch)?;
                return Ok(database);
            }
            (Err(error), _) if before_fits_now(config, &before)? => {
                databases.close().await;
                return Err(error.into());
            }
            _ => {}
        }
        remove(scratch, [DATABASE, OBSERVATIONS, DUMP])?;
    }
    databases.close().await;
    bail!("the peppers changed {TRIES} times while the database was copied: try again later")
}

/// Whether the peppers are as they were, so that trying again changes nothing.
fn before_fits_now(config: &Config, before: &Peppers) -> anyhow::Result<bool> {
    Ok(*peppers_of(config)?.reveal() == *before.reveal())
}

fn lock(config: &Config) -> anyhow::Result<DataDirectory> {
    match DataDirectory::open(&config.data.directory) {
        Err(DataError::InUse { path }) => bail!(
            "{}: a server of an earlier version runs with this data directory: make the backup with that version, or stop the server first",
            path.display()
        ),
        other => Ok(other?),
    }
}

/// Opens the databases, which are not made if they do not exist.
async fn open_live(config: &Config, url: &DatabaseUrl) -> anyhow::Result<Databases> {
    if let (DatabaseUrl::Sqlite(path), Some(observations)) = (url, url.observations_file()) {
        for path in [path, &observations] {
            let is_there = std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
            ensure!(is_there, "{} is missing or empty, so there is nothing to back up", path.display());
            if let Some(fault) = data::look_at_database(path).into_iter().next() {
                return Err(fault.into());
            }
        }
    }
    let databases = Databases::connect(url, CONNECTIONS.min(config.database.max_connections)).await?;
    let is_initialized = databases.store.is_initialized().await?
        && databases.store.setting(settings::OBSERVATIONS_MADE_AT).await?.is_some();
    ensure!(is_initialized, "the database is empty: no server has run with it");
    Ok(databases)
}

/// Copies both SQLite files. Returns the open copies too.
async fn copy_files(
    live: &Databases,
    path: &Path,
    scratch: &Path,
    is_current: bool,
    progress: &Progress,
) -> anyhow::Result<(Database, Databases)> {
    let observations = DatabaseUrl::Sqlite(path.to_owned()).observations_file().unwrap_or_default();
    // The copies, and the archive, which is at most as large.
    require_room(scratch, 2 * (length(path) + length(&observations)))?;
    progress.say("copying the database");
    let to = [DATABASE, OBSERVATIONS].map(|name| scratch.join(name));
    for file in &to {
        private(file).with_context(|| file.display().to_string())?;
    }
    let noted = match is_current {
        true => Some(live.store.production_changes_noted().await?),
        false => None,
    };
    // What is said of nodes is copied after their observations, so that the copy knows all nodes that have some.
    let control_plane = async {
        while length(&to[1]) == 0 {
            tokio::time::sleep(BEGUN_EVERY).await;
        }
        copy_sqlite(path, &to[0]).await
    };
    tokio::try_join!(copy_sqlite(&observations, &to[1]), control_plane)?;
    let copies = Databases::connect(&DatabaseUrl::Sqlite(to[0].clone()), CONNECTIONS).await?;
    // Changes of production between the two moments may be missing in the sums.
    if let Some(noted) = noted
        && copies.store.production_changes_noted().await? != noted
    {
        copies.store.outdate_all_sums().await?;
    }
    let heads = copies.store.audit_heads(None).await?;
    Ok((Database::new(Kind::Sqlite, copies.migrations().await?, &heads), copies))
}

/// The bytes of a SQLite file and its write-ahead log; 0 if there is none.
fn length(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    [path, Path::new(&log)]
        .iter()
        .filter_map(|path| std::fs::metadata(path).ok())
        .map(|file| file.len())
        .sum()
}

async fn copy_postgres(
    config: &Config,
    live: &Databases,
    scratch: &Path,
    progress: &Progress,
) -> anyhow::Result<Database> {
    let (url, address) =
        dump::postgres(config.database.url.as_deref())?.context("database.url names no PostgreSQL")?;
    progress.say("dumping the database");
    let to = scratch.join(DUMP);
    private(&to).with_context(|| to.display().to_string())?;
    let heads = live.store.audit_heads(None).await?;
    let migrations = live.migrations().await?;
    dump::dump(dump::reaching(&url, &address)?, &to).await?;
    Ok(Database::new(Kind::Postgresql, migrations, &heads))
}

/// Copies the other files, as far as they exist.
fn copy_rest(config: &Config, configuration: Option<&Path>, scratch: &Path) -> anyhow::Result<()> {
    for name in OF_DATA {
        let path = config.data.directory.join(name);
        bailiwick_files::look(&path, Own::Secret)?;
        match std::fs::read(&path) {
            Ok(bytes) => write(scratch, name, &zeroize::Zeroizing::new(bytes))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    let server = &config.server;
    let named = [configuration, server.certificate.as_deref(), server.private_key.as_deref()];
    for (name, path) in CONFIGURATION.iter().zip(named) {
        if let Some(path) = path {
            let content = bailiwick_files::read_given(path, Given::File)?;
            write(scratch, name, &zeroize::Zeroizing::new(content.bytes))?;
        }
    }
    Ok(())
}

fn write(scratch: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = scratch.join(name);
    if let Some(parent) = path.parent() {
        data::make_directory(parent)?;
    }
    Ok(data::write_private(&path, bytes)?)
}

fn remove(scratch: &Path, names: impl IntoIterator<Item = &'static str>) -> anyhow::Result<()> {
    for name in names {
        data::remove_database(&scratch.join(name))?;
    }
    Ok(())
}
