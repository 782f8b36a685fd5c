//! Serves the API: opens the database, binds the ports, answers until it is told to stop, then shuts
//! down.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::key::{PepperVersion, Peppers};
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_engine::build::Build;
use bailiwick_engine::control::readiness::CLOCK_REFUSES_MICROS;
use bailiwick_engine::control::{Control, Outside};
use bailiwick_engine::error::Error as OperationError;
use bailiwick_engine::first_run::{self, FirstRun};
use bailiwick_engine::outside::{SystemClock, SystemEntropy};
use bailiwick_engine::spans::spawn_task;
use bailiwick_fleet::Fleet;
use bailiwick_operations::schedules::Scheduler;
use bailiwick_operations::start;
use bailiwick_store::{DatabaseUrl, Databases, SchemaState, settings};
use hyper_util::rt::TokioTimer;
use socket2::{Domain, Socket, Type};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use crate::app::App;
use crate::callers::Callers;
use crate::config::{Config, Tls};
use crate::data::{DataDirectory, DataError, make_database, remove_database};
use crate::heads::{HEAD_MAX, Heads};
#[cfg(unix)]
use crate::local_socket::LocalSocket;
use crate::plain::{self, TlsOrAnswer};
use crate::probe::Prober;
use crate::router;
use crate::tls::{CertificateFiles, TlsError};
use crate::unread::ReadersOnly;

pub use crate::console::first_run_page;

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
            | Self::Listener(_) => false,
        }
    }
}

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
    outside: Outside,
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
        Ok(Self { directory, databases, peppers, made_peppers, outside })
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
        if self.databases.schema_state().await? == SchemaState::Ahead {
            return Err(ServeError::SchemaAhead);
        }
        self.check_clock().await?;
        self.databases.migrate().await?;
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
        for (version, keys) in self.databases.store.keys_by_pepper(self.clock().now()).await? {
            if keys > 0 && self.peppers.fingerprint(version).is_none() {
                return Err(ServeError::PepperMissing { version, keys });
            }
        }
        for (version, secrets) in self.databases.store.secrets_by_pepper().await? {
            if self.peppers.fingerprint(version).is_none() {
                return Err(ServeError::PepperOfSecretsMissing { version, secrets });
            }
        }
        for version in self.peppers.versions() {
            let name = format!("pepper_{version}");
            let fingerprint = self.peppers.fingerprint(version).unwrap_or_default();
            match self.databases.store.setting(&name).await? {
                Some(known) if known == fingerprint => {}
                Some(_) => return Err(ServeError::OtherPepper(version)),
                None => {
                    let mut tx = self.databases.store.begin().await?;
                    match tx.set_once(&name, &fingerprint).await {
                        // Another server stored its fingerprint first; the next start compares with that.
                        Err(bailiwick_store::Error::Taken) => {}
                        other => {
                            other?;
                            tx.commit().await?;
                        }
                    }
                }
            }
        }
        Ok(())
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
            SchemaState::Current => {}
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

/// Ports that are bound, but do not answer yet.
pub struct Sockets {
    main: TcpListener,
    integration: Option<TcpListener>,
    http: Option<TcpListener>,
    /// The address of the main port.
    pub address: SocketAddr,
    /// The address of the integration port, if it is enabled.
    pub integration_address: Option<SocketAddr>,
    /// The address of the port that redirects to HTTPS, if there is one.
    pub http_address: Option<SocketAddr>,
}

/// How many new connections wait to be accepted. The standard library allows 128: a client that is one too many connects
/// only a second later, when it tries again. Linux caps this at `net.core.somaxconn`, 4,096 by default.
const BACKLOG: i32 = 4_096;

/// Binds an address. `setting` is the setting to name in errors.
fn bind(address: SocketAddr, setting: &'static str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let attempt = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // So that the port can be bound again while closed connections linger, as the standard library does.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from(socket);
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    attempt().map_err(|error| ServeError::Listen { address, setting, error })
}

impl Sockets {
    /// Binds the addresses in the configuration. Port 0 stands for any free port.
    pub fn bind(config: &Config) -> Result<Self, ServeError> {
        let server = &config.server;
        let (main, address) = bind(SocketAddr::new(server.address, server.port), "--listen")?;
        let integration = if config.flags.enable_integration_api {
            let at = server.integration_address.unwrap_or(server.address);
            Some(bind(SocketAddr::new(at, server.integration_port), "server.integration_port")?)
        } else {
            None
        };
        let (integration, integration_address) = integration.unzip();
        let http =
            server.http_port.map(|port| bind(SocketAddr::new(server.address, port), "server.http_port"));
        let (http, http_address) = http.transpose()?.unzip();
        Ok(Self { main, integration, http, address, integration_address, http_address })
    }
}

/// The URL at which programs on this machine reach a server that listens on `address`.
pub fn url(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.server.tls == Tls::On { "https" } else { "http" };
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// Tells a server to end.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// The server will stop soon: its readiness check fails from now on.
    pub announced: CancellationToken,
    /// The server stops.
    pub stop: CancellationToken,
    /// The server has begun to serve. Before that, no load balancer sends it requests, so nothing is gained by
    /// waiting before it stops.
    pub serving: CancellationToken,
}

/// Serves until it is told to stop. Then waits for requests in progress, writes the state in memory to the
/// database, and returns. `started` is called when clients can connect.
pub async fn serve(
    config: &Config,
    ground: Ground,
    sockets: Sockets,
    build: Build,
    ending: Shutdown,
    started: impl FnOnce(&Arc<Fleet>),
) -> Result<(), ServeError> {
    let Shutdown { announced, stop, serving } = ending;
    let Ground { directory, databases, peppers, outside, .. } = ground;
    let clock = Arc::clone(&outside.clock);
    let control = start::open(databases, peppers, outside, build, catalogue()).await?;
    let fleet = Fleet::open(Arc::clone(&control));
    fleet.keep_commands(config.commands.keep_days);
    control.compare_clocks();
    control.forget_keys_after(config.keys.forget_days);
    let app = App::new(Arc::clone(&fleet), config);
    let api = router::require_host(&app, router::api(&app, Callers::All));
    let integration_api = router::require_host(&app, router::api(&app, Callers::Keys));
    let background = TaskTracker::new();
    let stop_background = CancellationToken::new();
    control.start_background(&background, &stop_background);
    start::start_background(&Scheduler::new(Arc::clone(&control)), &background, &stop_background);
    bailiwick_machines::background::start(&control, &background, &stop_background);
    fleet.start_background(&background, &stop_background);
    #[cfg(unix)]
    match LocalSocket::bind(&directory.local_socket()) {
        Ok(socket) => {
            let answering =
                socket.serve(Arc::clone(&control), url(config, sockets.address), stop_background.clone());
            spawn_task(&background, "admin_socket", answering);
        }
        // The path of a socket has at most 107 bytes on Linux (unix(7)).
        Err(error) => tracing::warn!(
            %error, path = %directory.local_socket().display(),
            "there is no socket for `bailiwick admin`, which works only while the server is stopped"
        ),
    }
    if config.probes.enabled {
        match Prober::new(&config.probes) {
            Ok(prober) => {
                spawn_task(&background, "probe", prober.run(Arc::clone(&fleet), stop_background.clone()));
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "external exporters cannot be probed");
            }
        }
    }
    {
        let (app, stop) = (Arc::clone(&app), stop_background.clone());
        spawn_task(&background, "watch_pollers", async move { app.links.watch_pollers(stop).await });
    }
    {
        let (control, ended) = (Arc::clone(&control), stop_background.clone());
        background.spawn(async move {
            if ended.run_until_cancelled(announced.cancelled()).await.is_some() {
                control.announce_stop();
            }
        });
    }
    #[allow(clippy::disallowed_methods, reason = "it is awaited below, before the background tasks end")]
    let links = {
        // While requests in progress end, event streams and connections of agents are closed.
        let (app, stop) = (Arc::clone(&app), stop.clone());
        tokio::spawn(async move {
            stop.cancelled().await;
            app.stop();
            app.end_links().await;
        })
    };

    let tls = match config.server.tls {
        Tls::Off => None,
        Tls::On => {
            let files = match CertificateFiles::configured(config) {
                Some(files) => files,
                None => CertificateFiles::self_signed(&directory.tls(), &config.server, &*clock)?,
            };
            let tls = files.load()?;
            files.warn(clock.now());
            if let Some(warning) = files.warning_of_names(&config.server)? {
                tracing::warn!("{warning}");
            }
            let watch = files.watch(tls.clone(), Arc::clone(&clock), stop_background.clone());
            spawn_task(&background, "watch_certificate", watch);
            Some(tls)
        }
    };

    let patience = Duration::from_secs(config.server.shutdown_timeout_seconds);
    let header_timeout = Duration::from_secs(config.server.header_timeout_seconds);
    let Sockets { main, integration, http, address, integration_address, http_address: _ } = sockets;
    let heads = Heads::new();
    let http_listener = plain::serve_http(http, plain::router(&app, address.port()), &heads, stop.clone());
    let tls = tls.map(|tls| TlsOrAnswer::new(&app, tls, &heads));
    let limits = Limits { heads: heads.clone(), header_timeout, patience };
    let main_listener = listen(main, tls, api, limits.clone(), stop.clone());
    let integration_listener = async {
        match integration {
            Some(socket) => listen(socket, None, integration_api, limits.clone(), stop.clone()).await,
            None => Ok(()),
        }
    };
    started(&fleet);
    warn_of_plain_http(config);
    serving.cancel();
    tracing::info!(%address, integration = integration_address.map(tracing::field::display), keys = control.keyring().len(), "serving");
    // If one port fails, the others stop, too.
    let ended = tokio::try_join!(
        async { stop_on_error(main_listener.await, &stop) },
        async { stop_on_error(integration_listener.await, &stop) },
        async { stop_on_error(http_listener.await, &stop) }
    );
    stop.cancel();
    if links.await.is_err() {
        tracing::error!("the agents could not be notified that the server stops");
    }
    app.finish_changes().await;
    stop_background.cancel();
    background.close();
    background.wait().await;
    control.observations().close().await;
    control.store().close().await;
    tracing::info!("stopped");
    drop(directory);
    ended.map(|_| ())
}

/// Warns of ports that speak plain HTTP to the network.
fn warn_of_plain_http(config: &Config) {
    for (setting, warning) in plain_http(config) {
        tracing::warn!(setting, "{warning}");
    }
}

/// The ports that accept keys over plain HTTP at an address that others than this machine can reach, with the
/// setting and a warning for each. A container or a private network may be meant, so it is no error.
pub(crate) fn plain_http(config: &Config) -> Vec<(&'static str, String)> {
    let Config { server, flags, .. } = config;
    let is_open = |address: IpAddr| !address.to_canonical().is_loopback();
    let mut found = Vec::new();
    if server.tls == Tls::Off && is_open(server.address) {
        let at = SocketAddr::new(server.address, server.port);
        found.push((
            "server.tls",
            format!(
                "the server speaks plain HTTP on {at}, so others on the network can read the keys and passwords that are sent there: turn server.tls on, or set server.address to 127.0.0.1 and put a proxy with HTTPS in front; this is as intended if only such a proxy can reach the address"
            ),
        ));
    }
    let address = server.integration_address.unwrap_or(server.address);
    if flags.enable_integration_api && is_open(address) {
        let at = SocketAddr::new(address, server.integration_port);
        found.push((
            "server.integration_port",
            format!(
                "the integration port speaks plain HTTP on {at}, so others on the network can read the keys that are sent there: set server.integration_address to 127.0.0.1, or to the address at which only the proxy reaches it; this is as intended if a firewall or a private network lets only the proxy through"
            ),
        ));
    }
    found
}

fn stop_on_error(result: io::Result<()>, stop: &CancellationToken) -> Result<(), ServeError> {
    if result.is_err() {
        stop.cancel();
    }
    result.map_err(ServeError::Listener)
}

/// The limits of connections.
#[derive(Clone)]
struct Limits {
    /// The memory for heads that are not complete.
    heads: Heads,
    /// How long the head of a request may take to arrive.
    header_timeout: Duration,
    /// How long requests in progress may take when the server stops.
    patience: Duration,
}

async fn listen(
    socket: TcpListener,
    tls: Option<TlsOrAnswer>,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) -> io::Result<()> {
    let Limits { heads, header_timeout, patience } = limits;
    let handle = Handle::new();
    #[allow(clippy::disallowed_methods, reason = "it is aborted below, when the port is closed")]
    let stopper = {
        let handle = handle.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            handle.graceful_shutdown(Some(patience));
        })
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    macro_rules! serve {
        ($server:expr) => {{
            // The timeout also holds for a connection that sends nothing at all.
            let mut server = $server.handle(handle).first_request_timeout(header_timeout);
            let http = server.http_builder();
            let mut http1 = http.http1();
            http1.timer(TokioTimer::new()).header_read_timeout(header_timeout).max_buf_size(HEAD_MAX);
            http.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
            server.serve(service).await
        }};
    }
    let served = match tls {
        Some(tls) => serve!(axum_server::from_tcp(socket)?.acceptor(tls)),
        None => serve!(axum_server::from_tcp(socket)?.acceptor(ReadersOnly::new(&heads))),
    };
    stopper.abort();
    served
}
