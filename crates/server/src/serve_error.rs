//! Why the server cannot start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use bailiwick_domain::key::PepperVersion;
use bailiwick_engine::error::Error as OperationError;

use crate::data::DataError;
use crate::tls::TlsError;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The peppers in the configuration are malformed.
    #[error("keys.peppers: {0}")]
    Peppers(#[from] bailiwick_domain::key::PeppersError),
    /// A pepper is not the one that the keys were made with.
    #[error(
        "pepper {0} differs from the one that the keys of this database were made with, so no key would work: restore `peppers` in the data directory (or BAILIWICK_KEYS__PEPPERS) from your backup"
    )]
    OtherPepper(PepperVersion),
    /// A pepper that keys need is missing.
    #[error(
        "{keys} keys need pepper {version}, which is missing: restore `peppers` in the data directory (or BAILIWICK_KEYS__PEPPERS) from your backup"
    )]
    PepperMissing {
        /// The version of the pepper.
        version: PepperVersion,
        /// How many keys need it.
        keys: i64,
    },
    /// A pepper that secrets of agents or second factors need is missing.
    #[error(
        "{secrets} secrets of agents and second factors need pepper {version}, which is missing: restore `peppers` in the data directory (or BAILIWICK_KEYS__PEPPERS) from your backup"
    )]
    PepperOfSecretsMissing {
        /// The version of the pepper.
        version: PepperVersion,
        /// How many secrets need it.
        secrets: i64,
    },
    /// The database has keys, but there are no peppers.
    #[error(
        "the file {} is missing, and the keys in the database do not work without it: restore the file from your backup, or set BAILIWICK_KEYS__PEPPERS; nothing was written", .0.display()
    )]
    NoPeppers(PathBuf),
    /// The database is empty, although a server has run with this data directory.
    #[error(
        "the database {database} is empty, but the file {} shows that a server has run with this data directory. Check that the disk is mounted and that this is the right database, or restore the database from your backup. To start over with new keys, run `bailiwick up --new` or `bailiwick migrate --new`", trace.display()
    )]
    DatabaseLost {
        /// The URL of the database.
        database: String,
        /// The file that proves that a server has run.
        trace: PathBuf,
    },
    /// Observations were stored before, but their file is missing.
    #[error(
        "the file {} of observations is missing or empty, although observations were stored: restore it from your backup. If it is lost, make an empty database in its place with `sqlite3 {} VACUUM`, and machine data begins anew", .0.display(), .0.display()
    )]
    ObservationsLost(PathBuf),
    /// `--new` was given, but the database is not empty.
    #[error("--new: the database is not empty; start without --new")]
    NotNew,
    /// The clocks of this machine and of the database differ.
    #[error(
        "the clock of this machine is {} s {} the clock of the database, so the times of keys, schedules and agents would be wrong: synchronize both clocks with the same time servers (NTP)", off_micros.unsigned_abs() / 1_000_000, if *off_micros > 0 { "ahead of" } else { "behind" }
    )]
    ClocksDiffer {
        /// By how many microseconds this machine's clock is ahead.
        off_micros: i64,
    },
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Database(#[from] bailiwick_store::Error),
    /// The database's schema is of an earlier version.
    #[error("the database needs {0} migrations: make a backup, then run `bailiwick migrate`")]
    SchemaBehind(usize),
    /// The database's schema is of a later version.
    #[error(
        "the database was migrated by a later version of Bailiwick: start that version, or restore a backup"
    )]
    SchemaAhead,
    /// The database is empty, and must not be initialized by this command.
    #[error("the database is empty: run `bailiwick migrate`, which creates the first keys")]
    NotInitialized,
    /// There is no room for the copy that is made before migrations.
    #[error(
        "the database needs migrations and is copied before, but the disk of {} has {} MB free, and about {} MB are needed: make room there; or make a backup elsewhere, and set database.copy_before_migrating to false", directory.display(), free.div_ceil(1_000_000), needed.div_ceil(1_000_000)
    )]
    NoRoomForCopy {
        /// The data directory.
        directory: PathBuf,
        /// How many bytes are free.
        free: u64,
        /// How many bytes the copy may need.
        needed: u64,
    },
    /// The copy that is made before migrations failed.
    #[error("the database could not be copied to {} before its migration, so it was not migrated: {error}", path.display())]
    NotCopied {
        /// The directory of the copy.
        path: PathBuf,
        /// The cause.
        error: bailiwick_store::Error,
    },
    /// The control plane cannot start.
    #[error("the control plane cannot start: {0}")]
    Control(#[from] OperationError),
    /// A port cannot be bound.
    #[error("cannot listen on {address}: {error}{}", if error.kind() == io::ErrorKind::AddrInUse { format!("; stop the process that uses this address, or choose another one with {setting}") } else { String::new() })]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The setting that chooses the address.
        setting: &'static str,
        /// The cause.
        error: io::Error,
    },
    /// A port failed while the server was running.
    #[error("the server can no longer accept connections: {0}")]
    Listener(io::Error),
}

impl ServeError {
    /// Whether a start will fail for this reason until a person has changed something: the settings, or a file
    /// that they name. A service manager need not try again.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Data(error) => error.is_lasting(),
            // What the server keeps itself may be a matter of a disk that is full for some time.
            Self::Tls(TlsError::Data(error)) => error.is_lasting(),
            Self::Tls(_)
            | Self::Peppers(_)
            | Self::OtherPepper(_)
            | Self::PepperMissing { .. }
            | Self::PepperOfSecretsMissing { .. }
            | Self::NoPeppers(_)
            | Self::NotNew
            | Self::SchemaAhead => true,
            Self::Listen { error, .. } => error.kind() == io::ErrorKind::PermissionDenied,
            // A disk that is mounted late, a database that starts later, a clock that is set later.
            Self::DatabaseLost { .. }
            | Self::ObservationsLost(_)
            | Self::ClocksDiffer { .. }
            | Self::Database(_)
            | Self::SchemaBehind(_)
            | Self::NotInitialized
            | Self::Control(_)
            | Self::NoRoomForCopy { .. }
            | Self::NotCopied { .. }
            | Self::Listener(_) => false,
        }
    }
}
