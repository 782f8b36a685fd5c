//! What a server starts from: its data directory, databases and peppers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bailiwick_catalogue::catalogue;
use bailiwick_domain::key::{PepperVersion, Peppers};
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_engine::build::Build;
use bailiwick_engine::control::readiness::CLOCK_REFUSES_MICROS;
use bailiwick_engine::control::{Control, Outside};
use bailiwick_engine::first_run::{self, FirstRun};
use bailiwick_engine::outside::{SystemClock, SystemEntropy};
use bailiwick_operations::start;
use bailiwick_store::{DatabaseUrl, Databases, SchemaState, settings};
use zeroize::Zeroizing;

use crate::before_migration;
use crate::config::{Config, Tls};
use crate::data::{DataDirectory, make_database, remove_database};
use crate::serve_error::ServeError;
use crate::tls::CertificateFiles;

/// An open database and data directory, from which a server can be started.
pub struct Ground {
    /// The data directory.
    pub directory: DataDirectory,
    /// The databases.
    pub databases: Databases,
    /// The peppers.
    pub peppers: Peppers,
    /// Whether this start made the peppers.
    made_peppers: bool,
    /// The file of the SQLite database, if it is copied before it is migrated.
    copied: Option<PathBuf>,
    pub(crate) outside: Outside,
}

/// Whether a file does not exist, or is empty.
fn is_missing(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
}

/// Whether an empty database may be initialized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// No: it is an error if the database is empty.
    Existing,
    /// Yes.
    Make {
        /// Even if a server has run with this data directory before.
        anew: bool,
    },
}

/// Whether this start is the first with its database.
pub enum Start {
    /// This is the first start. It made the first organization and keys.
    First {
        /// The secret with which the administrator may choose another password.
        link: Zeroizing<String>,
    },
    /// The database was initialized before.
    Again,
}

impl Ground {
    /// Opens the data directory and the database that the configuration names. If that fails, nothing was
    /// made but the directory.
    pub async fn open(config: &Config, opening: Opening) -> Result<Self, ServeError> {
        let outside = Outside { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
        let directory = DataDirectory::open(&config.data.directory)?;
        let configured: Option<Peppers> = config.keys.peppers.as_deref().map(str::parse).transpose()?;
        let url = match &config.database.url {
            Some(url) => url.parse()?,
            None => DatabaseUrl::Sqlite(directory.database()),
        };
        if let DatabaseUrl::Sqlite(path) = &url {
            if is_missing(path) {
                Self::allow_first_start(&directory, &url, opening)?;
            }
            make_database(path)?;
        }
        let observations = url.observations_file();
        let lost = observations.as_deref().filter(|path| is_missing(path)).map(Path::to_owned);
        if let Some(path) = &observations {
            make_database(path)?;
        }
        let databases = Databases::connect(&url, config.database.max_connections).await?;
        let store = &databases.store;
        store.log_slow_statements(config.log.slow_statements());
        let is_initialized = store.is_initialized().await?;
        if !is_initialized {
            Self::allow_first_start(&directory, &url, opening)?;
        } else if opening == (Opening::Make { anew: true }) {
            return Err(ServeError::NotNew);
        }
        if let Some(path) = lost
            && is_initialized
            && store.setting(settings::OBSERVATIONS_MADE_AT).await?.is_some()
        {
            // The next start must find out as well.
            remove_database(&path)?;
            return Err(ServeError::ObservationsLost(path));
        }
        let mut made_peppers = false;
        let peppers = match (configured, directory.peppers()?) {
            (Some(peppers), _) | (None, Some(peppers)) => peppers,
            (None, None) if is_initialized => {
                return Err(ServeError::NoPeppers(directory.path().join("peppers")));
            }
            (None, None) => {
                made_peppers = true;
                directory.make_peppers(&*outside.entropy)?
            }
        };
        let databases = databases.keep_reserve().await?;
        let copied = match url {
            DatabaseUrl::Sqlite(path) if config.database.copy_before_migrating => Some(path),
            _ => None,
        };
        Ok(Self { directory, databases, peppers, made_peppers, copied, outside })
    }

    /// Refuses an empty database if it must not be initialized, or if a server has run with this data
    /// directory before. Otherwise notes that the first start has begun.
    fn allow_first_start(
        directory: &DataDirectory,
        url: &DatabaseUrl,
        opening: Opening,
    ) -> Result<(), ServeError> {
        if !directory.is_in_first_start()?
            && opening != (Opening::Make { anew: true })
            && let Some(trace) = directory.trace()?
        {
            return Err(ServeError::DatabaseLost { database: format!("{url:?}"), trace });
        }
        match opening {
            Opening::Existing => Err(ServeError::NotInitialized),
            Opening::Make { .. } => Ok(directory.begin_first_start()?),
        }
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.outside.clock
    }

    /// The source of randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.outside.entropy
    }

    /// Whether the database's schema is that of this version, or an earlier or later one.
    pub async fn schema_state(&self) -> Result<SchemaState, ServeError> {
        Ok(self.databases.schema_state().await?)
    }

    /// Migrates the database to this version and, if it is empty, makes the first organization and keys.
    /// They are written to `first-run.json` before they are committed, so that they cannot be lost.
    pub async fn prepare(&self, url: &str, build: Build) -> Result<Start, ServeError> {
        let state = self.databases.schema_state().await?;
        if state == SchemaState::Ahead {
            return Err(ServeError::SchemaAhead);
        }
        self.check_clock().await?;
        self.migrate(state).await?;
        self.note_observations().await?;
        if let Err(error) = self.check_peppers().await {
            if self.made_peppers {
                // Another server initialized the database first, with its own peppers. The ones just made
                // are of no use.
                self.directory.remove_peppers()?;
                self.directory.end_first_start()?;
            }
            return Err(error);
        }
        let start = match self.run_first(url, build).await? {
            Some(first_run) => Start::First { link: first_run.link },
            None => Start::Again,
        };
        self.directory.end_first_start()?;
        Ok(start)
    }

    /// Migrates the databases, and copies those on SQLite before, because migrations cannot be undone.
    async fn migrate(&self, state: SchemaState) -> Result<(), ServeError> {
        let is_behind =
            matches!(state, SchemaState::Behind(_)) && self.databases.store.is_initialized().await?;
        if let Some(database) = self.copied.as_deref().filter(|_| is_behind) {
            before_migration::copy(self.directory.path(), database, &self.databases).await?;
        }
        self.databases.migrate().await?;
        before_migration::keep_last(self.directory.path(), self.clock().now())
    }

    /// Notes that the storage of observations was made, so that its loss is noticed.
    async fn note_observations(&self) -> Result<(), ServeError> {
        let (store, name) = (&self.databases.store, settings::OBSERVATIONS_MADE_AT);
        if store.setting(name).await?.is_none() {
            let mut tx = store.begin().await?;
            match tx.set_once(name, &self.clock().now().to_string()).await {
                // Another server noted it first.
                Err(bailiwick_store::Error::Taken) => {}
                other => {
                    other?;
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }

    /// Runs the first start if it has not taken place.
    async fn run_first(&self, url: &str, build: Build) -> Result<Option<FirstRun>, ServeError> {
        if self.databases.store.is_initialized().await? {
            return Ok(None);
        }
        let control = self.control(build).await?;
        let save =
            |first_run: &FirstRun| Ok::<_, ServeError>(self.directory.write_first_run(first_run, url)?);
        first_run::run(&control, save).await
    }

    /// Opens the control plane without starting a server.
    pub async fn control(&self, build: Build) -> Result<Arc<Control>, ServeError> {
        let (databases, peppers, outside) =
            (self.databases.clone(), self.peppers.clone(), self.outside.clone());
        Ok(start::open(databases, peppers, outside, build, catalogue()).await?)
    }

    /// Opens the control plane on databases outside of a data directory, such as those of a backup.
    pub async fn control_of(
        databases: Databases,
        peppers: Peppers,
        build: Build,
    ) -> Result<Arc<Control>, ServeError> {
        let outside = Outside { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
        check_peppers(&databases, &peppers, &*outside.clock).await?;
        Ok(start::open(databases, peppers, outside, build, catalogue()).await?)
    }

    /// Refuses to start if this machine's clock and the database's differ too much.
    pub async fn check_clock(&self) -> Result<(), ServeError> {
        let off_micros = self.databases.store.clock_ahead_micros(self.clock()).await?;
        if off_micros.unsigned_abs() >= CLOCK_REFUSES_MICROS {
            return Err(ServeError::ClocksDiffer { off_micros });
        }
        Ok(())
    }

    /// Refuses peppers that do not match the database. The fingerprints of new peppers are stored in it.
    pub async fn check_peppers(&self) -> Result<(), ServeError> {
        check_peppers(&self.databases, &self.peppers, self.clock()).await
    }

    /// Refuses to start with a certificate that cannot be used, before anything is made.
    pub fn check_certificate(&self, config: &Config) -> Result<(), ServeError> {
        let files = match CertificateFiles::configured(config) {
            None if config.server.tls == Tls::On => CertificateFiles::made(&self.directory.tls())?,
            configured => configured,
        };
        if let Some(files) = files {
            files.load()?;
        }
        Ok(())
    }

    /// Refuses to serve a database that is not initialized or not of this version's schema.
    pub async fn require_ready(&self) -> Result<(), ServeError> {
        match self.databases.schema_state().await? {
            SchemaState::Current => before_migration::keep_last(self.directory.path(), self.clock().now())?,
            SchemaState::Behind(count) => return Err(ServeError::SchemaBehind(count)),
            SchemaState::Ahead => return Err(ServeError::SchemaAhead),
        }
        if self.databases.store.setting(settings::INITIALIZED_AT).await?.is_none() {
            return Err(ServeError::NotInitialized);
        }
        self.check_clock().await?;
        self.check_peppers().await?;
        Ok(self.directory.end_first_start()?)
    }
}

/// Refuses peppers that do not match the database. The fingerprints of new peppers are stored in it.
async fn check_peppers(
    databases: &Databases,
    peppers: &Peppers,
    clock: &dyn Clock,
) -> Result<(), ServeError> {
    let store = &databases.store;
    for version in require_peppers(databases, peppers, clock).await? {
        let mut tx = store.begin().await?;
        let fingerprint = peppers.fingerprint(version).unwrap_or_default();
        match tx.set_once(&fingerprint_name(version), &fingerprint).await {
            // Another server stored its fingerprint first; the next start compares with that.
            Err(bailiwick_store::Error::Taken) => {}
            other => {
                other?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

/// The setting with the fingerprint of a pepper.
fn fingerprint_name(version: PepperVersion) -> String {
    format!("pepper_{version}")
}

/// Refuses peppers that do not match the database. Returns those whose fingerprints it does not have. Changes nothing.
pub async fn require_peppers(
    databases: &Databases,
    peppers: &Peppers,
    clock: &dyn Clock,
) -> Result<Vec<PepperVersion>, ServeError> {
    let store = &databases.store;
    for (version, keys) in store.keys_by_pepper(clock.now()).await? {
        if keys > 0 && peppers.fingerprint(version).is_none() {
            return Err(ServeError::PepperMissing { version, keys });
        }
    }
    for (version, secrets) in store.secrets_by_pepper().await? {
        if peppers.fingerprint(version).is_none() {
            return Err(ServeError::PepperOfSecretsMissing { version, secrets });
        }
    }
    let mut new = Vec::new();
    for version in peppers.versions() {
        match store.setting(&fingerprint_name(version)).await? {
            Some(known) if Some(&known) == peppers.fingerprint(version).as_ref() => {}
            Some(_) => return Err(ServeError::OtherPepper(version)),
            None => new.push(version),
        }
    }
    Ok(new)
}
