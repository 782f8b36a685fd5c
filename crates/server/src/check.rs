//! Checks a configuration for what keeps a server from starting, or its clients from reaching it. The check
//! makes and changes nothing.

use std::fs::OpenOptions;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use bailiwick_domain::key::Peppers;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::readiness::CLOCK_REFUSES_MICROS;
use bailiwick_store::{DatabaseUrl, Databases, SchemaState, Store, settings};
use zeroize::Zeroizing;

use crate::config::{Config, Tls};
use crate::data;
use crate::serve::plain_http;
use crate::serve_error::ServeError;
use crate::tls::{CertificateFiles, TlsError};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ports below this one need a right of their own.
const PRIVILEGED: u16 = 1024;
/// `TimeoutStopSec` of the packaged unit, in seconds.
const UNIT_STOP_SECONDS: u64 = 90;
/// How long the server may take to write what is in memory and to close the database, after its open requests
/// have ended, in seconds.
const STOP_REST_SECONDS: u64 = 15;

/// A problem or a note that the check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The setting that it is about.
    pub setting: &'static str,
    /// Whether the server cannot start, or cannot be used. Otherwise it is only information.
    pub is_fault: bool,
    /// What was found, and how to fix it.
    pub text: String,
}

fn fault(setting: &'static str, text: impl ToString) -> Finding {
    Finding { setting, is_fault: true, text: text.to_string() }
}

fn note(setting: &'static str, text: impl ToString) -> Finding {
    Finding { setting, is_fault: false, text: text.to_string() }
}

/// Checks everything that a server needs to start.
pub async fn look(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(directory(&config.data.directory));
    found.extend(
        is_locked(&config.data.directory)
            .then(|| note("data.directory", "a server is running with this data directory")),
    );
    found.extend(certificate(config, clock.now()));
    found.extend(closed_addresses(config).iter().map(ClosedAddress::finding));
    found.extend(settings(config));
    found.extend(database(config, clock).await);
    found
}

/// Checks what settings mean, without a look at anything else.
pub fn settings(config: &Config) -> Vec<Finding> {
    let open = plain_http(config).into_iter().map(|(setting, warning)| note(setting, warning));
    open.chain(slow_stop(config)).collect()
}

/// Whether a file can be made in a directory.
fn writable(directory: &Path) -> io::Result<()> {
    let probe = directory.join(format!(".bailiwick-check-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&probe)?;
    std::fs::remove_file(&probe)
}

/// Checks the data directory and the files in it.
pub fn directory(path: &Path) -> Vec<Finding> {
    let files = data::look(path).into_iter().map(|error| fault("data.directory", error));
    files.chain(not_writable(path)).collect()
}

fn not_writable(path: &Path) -> Option<Finding> {
    const SETTING: &str = "data.directory";
    // A directory that does not exist is made in the nearest ancestor that does.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let nearest = absolute.ancestors().find(|ancestor| ancestor.exists())?;
    if !nearest.is_dir() {
        return Some(fault(SETTING, format!("{} is not a directory", nearest.display())));
    }
    if let Err(error) = writable(nearest) {
        let text = format!(
            "cannot write to the directory {}: {error}; choose another directory with --data",
            nearest.display()
        );
        return Some(fault(SETTING, text));
    }
    None
}

/// Whether a process holds the lock of a data directory, as a server does while it runs.
pub fn is_locked(directory: &Path) -> bool {
    let lock = OpenOptions::new().write(true).open(directory.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

/// The files of the certificate: those that the configuration names, or those of the self-signed one, if it was made.
/// `None` without TLS, too.
pub fn certificate_files(config: &Config) -> Result<Option<CertificateFiles>, TlsError> {
    match CertificateFiles::configured(config) {
        _ if config.server.tls == Tls::Off => Ok(None),
        Some(configured) => Ok(Some(configured)),
        None => CertificateFiles::made(&config.data.directory.join("tls")),
    }
}

/// Checks the certificate and its private key.
pub fn certificate(config: &Config, now: Timestamp) -> Vec<Finding> {
    const SETTING: &str = "server.certificate";
    let found = certificate_files(config).and_then(|files| match files {
        Some(files) => files.load().and_then(|_| {
            Ok((files.problems(now)?, files.open_key()?, files.warning_of_names(&config.server)?))
        }),
        None => Ok((Vec::new(), None, None)),
    });
    match found {
        Ok((problems, open_key, names)) => problems
            .into_iter()
            .map(|problem| Finding {
                setting: SETTING,
                is_fault: problem.is_fault(),
                text: problem.to_string(),
            })
            .chain(open_key.map(|warning| note("server.private_key", warning)))
            .chain(names.map(|warning| note("server.certificate_names", warning)))
            .collect(),
        Err(error) => {
            let setting = if error.is_of_key() { "server.private_key" } else { SETTING };
            // The finding names the setting already.
            let text = error.to_string();
            let text = text.strip_prefix(&format!("{setting}: ")).unwrap_or(&text);
            vec![fault(setting, text)]
        }
    }
}

/// An address on which this process cannot listen.
#[derive(Debug)]
pub struct ClosedAddress {
    /// The setting that names it.
    pub setting: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// Why not.
    pub error: io::Error,
}

impl ClosedAddress {
    /// Whether another process listens there.
    pub fn is_in_use(&self) -> bool {
        self.error.kind() == io::ErrorKind::AddrInUse
    }

    /// What it means for a server.
    pub fn finding(&self) -> Finding {
        not_bound(self.setting, self.address, &self.error, is_root())
    }
}

/// The addresses on which a server listens with this configuration, each with the setting that names it.
pub fn addresses(config: &Config) -> Vec<(&'static str, SocketAddr)> {
    let server = &config.server;
    let integration = config.flags.enable_integration_api.then(|| {
        let address = server.integration_address.unwrap_or(server.address);
        ("server.integration_port", SocketAddr::new(address, server.integration_port))
    });
    let http = server.http_port.map(|port| ("server.http_port", SocketAddr::new(server.address, port)));
    let main = ("server.port", SocketAddr::new(server.address, server.port));
    let metrics = server.metrics_address.map(|address| ("server.metrics_address", address.get()));
    std::iter::once(main).chain(integration).chain(http).chain(metrics).collect()
}

/// The addresses of the configuration on which this process cannot listen.
pub fn closed_addresses(config: &Config) -> Vec<ClosedAddress> {
    let of = |(setting, address): (&'static str, SocketAddr)| {
        let error = TcpListener::bind(address).err()?;
        Some(ClosedAddress { setting, address, error })
    };
    addresses(config).into_iter().filter_map(of).collect()
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// What it means that this process cannot listen on an address.
fn not_bound(setting: &'static str, address: SocketAddr, error: &io::Error, is_root: bool) -> Finding {
    match error.kind() {
        io::ErrorKind::AddrInUse => note(
            setting,
            format!(
                "another process already listens on {address}; this is expected if that process is this server"
            ),
        ),
        // The service may have a right that the user who runs the check does not have.
        io::ErrorKind::PermissionDenied if address.port() < PRIVILEGED && !is_root => note(
            setting,
            format!(
                "this user may not listen on {address}, because the port is below {PRIVILEGED}; the server can if it has the capability CAP_NET_BIND_SERVICE, which the packaged unit gives it"
            ),
        ),
        _ => fault(setting, format!("cannot listen on {address}: {error}")),
    }
}

/// A note if stopping may take longer than the packaged unit allows.
fn slow_stop(config: &Config) -> Option<Finding> {
    let server = &config.server;
    let seconds = server.shutdown_delay_seconds.saturating_add(server.shutdown_timeout_seconds);
    (seconds.saturating_add(STOP_REST_SECONDS) > UNIT_STOP_SECONDS).then(|| {
        note(
            "server.shutdown_delay_seconds",
            format!(
                "stopping may take {seconds} s (with server.shutdown_timeout_seconds), but systemd ends the packaged unit after {UNIT_STOP_SECONDS} s: if you use the unit, add a drop-in with TimeoutStopSec={}s",
                seconds.saturating_add(STOP_REST_SECONDS)
            ),
        )
    })
}

/// The address of the database.
pub fn database_url(config: &Config) -> Result<DatabaseUrl, bailiwick_store::Error> {
    match &config.database.url {
        Some(url) => url.parse(),
        None => Ok(DatabaseUrl::Sqlite(config.data.directory.join("bailiwick.db"))),
    }
}

/// Checks the database, and whether the peppers fit it.
pub async fn database(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    const SETTING: &str = "database.url";
    let peppers = match peppers(config) {
        Ok(peppers) => peppers,
        Err(finding) => return vec![finding],
    };
    let url = match database_url(config) {
        Ok(url) => url,
        Err(error) => return vec![fault(SETTING, error)],
    };
    if let DatabaseUrl::Sqlite(path) = &url
        && config.database.url.is_some()
    {
        // The database in the data directory was checked together with that directory.
        let found: Vec<_> = data::look_at_database(path).into_iter().map(|e| fault(SETTING, e)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    if let DatabaseUrl::Sqlite(path) = &url
        && std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0)
    {
        if let Some(lost) = lost(config, &url) {
            return vec![lost];
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let own = config.database.url.is_none();
        // A missing data directory is made; any other directory must exist.
        return match parent.filter(|parent| !own && !parent.is_dir()) {
            Some(parent) => vec![fault(
                SETTING,
                format!("the directory {} does not exist; create it first", parent.display()),
            )],
            None => vec![note(
                SETTING,
                "the database does not exist yet; `bailiwick up` or `bailiwick migrate` creates it",
            )],
        };
    }
    let looked = tokio::time::timeout(PATIENCE, in_database(config, &url, peppers.as_ref(), clock)).await;
    match looked {
        Ok(Ok(findings)) => findings,
        Ok(Err(error)) => vec![fault(SETTING, format!("the database cannot be opened: {error}"))],
        Err(_) => {
            vec![fault(
                SETTING,
                format!(
                    "the database did not answer within {} s; check that it is running and that this machine can reach it",
                    PATIENCE.as_secs()
                ),
            )]
        }
    }
}

/// The peppers that a server would use; `None` if it would make new ones.
fn peppers(config: &Config) -> Result<Option<Peppers>, Finding> {
    if let Some(text) = &config.keys.peppers {
        return text.parse().map(Some).map_err(|error| fault("keys.peppers", error));
    }
    let path = config.data.directory.join("peppers");
    if !path.exists() {
        return Ok(None);
    }
    let wrong = |error: String| fault("keys.peppers", format!("{}: {error}", path.display()));
    let bytes = Zeroizing::new(data::read(&path).map_err(|error| fault("keys.peppers", error))?);
    let text = str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
    text.parse().map(Some).map_err(|error: bailiwick_domain::key::PeppersError| wrong(error.to_string()))
}

/// An empty database where a server has run before: either the database was lost, or this is the wrong one.
fn lost(config: &Config, url: &DatabaseUrl) -> Option<Finding> {
    let directory = &config.data.directory;
    if directory.join("first-start").exists() {
        return None;
    }
    let traces = ["peppers", "first-run.json", "server.json"].map(|file| directory.join(file));
    let trace = traces.into_iter().find(|trace| trace.exists())?;
    let error = ServeError::DatabaseLost { database: format!("{url:?}"), trace };
    Some(fault("database.url", error))
}

async fn in_database(
    config: &Config,
    url: &DatabaseUrl,
    peppers: Option<&Peppers>,
    clock: &dyn Clock,
) -> Result<Vec<Finding>, bailiwick_store::Error> {
    const SETTING: &str = "database.url";
    let store = Store::connect(url, 1).await?;
    let mut found = Vec::new();
    if !store.is_initialized().await? {
        let empty = "the database is empty; `bailiwick up` or `bailiwick migrate` creates the first keys";
        found.push(lost(config, url).unwrap_or_else(|| note(SETTING, empty)));
        store.close().await;
        return Ok(found);
    }
    let is_there = url.observations_file().is_none_or(|path| path.exists());
    if !is_there && store.setting(settings::OBSERVATIONS_MADE_AT).await?.is_some() {
        let path = url.observations_file().unwrap_or_default();
        found.push(fault(SETTING, ServeError::ObservationsLost(path)));
        store.close().await;
        return Ok(found);
    }
    // Opening the file would make it.
    let state = match is_there {
        true => Databases::of(store.clone()).await?.schema_state().await?,
        false => store.schema_state().await?,
    };
    match state {
        SchemaState::Current => {}
        SchemaState::Behind(count) => {
            let text = format!(
                "the database needs {count} migrations: make a backup, then run `bailiwick up` or `bailiwick migrate`; `bailiwick serve` does not start until then"
            );
            found.push(note(SETTING, text));
            store.close().await;
            return Ok(found);
        }
        SchemaState::Ahead => {
            let text = "the database was migrated by a later version of Bailiwick: start that version, or restore a backup";
            found.push(fault(SETTING, text));
            store.close().await;
            return Ok(found);
        }
    }
    let off_micros = store.clock_ahead_micros(clock).await?;
    if off_micros.unsigned_abs() >= CLOCK_REFUSES_MICROS {
        found.push(fault(SETTING, ServeError::ClocksDiffer { off_micros }));
    }
    if peppers.is_none() {
        found.push(fault("keys.peppers", ServeError::NoPeppers(config.data.directory.join("peppers"))));
        store.close().await;
        return Ok(found);
    }
    let mut missing = Vec::new();
    let has = |version| peppers.is_some_and(|peppers| peppers.fingerprint(version).is_some());
    for (version, keys) in store.keys_by_pepper(clock.now()).await? {
        if keys > 0 && !has(version) {
            missing.push((version, format!("{keys} keys")));
        }
    }
    for (version, secrets) in store.secrets_by_pepper().await? {
        if !has(version) {
            missing.push((version, format!("{secrets} secrets of agents and second factors")));
        }
    }
    for (version, what) in missing {
        let text = format!(
            "{what} need pepper {version}, which is missing: restore `peppers` in the data directory (or BAILIWICK_KEYS__PEPPERS) from your backup"
        );
        found.push(fault("keys.peppers", text));
    }
    for version in peppers.into_iter().flat_map(Peppers::versions) {
        let fingerprint = peppers.and_then(|peppers| peppers.fingerprint(version));
        let known = store.setting(&format!("pepper_{version}")).await?;
        if known.is_some() && known != fingerprint {
            let text = format!(
                "pepper {version} differs from the one that the keys of this database were made with: restore `peppers` in the data directory (or BAILIWICK_KEYS__PEPPERS) from your backup"
            );
            found.push(fault("keys.peppers", text));
        }
    }
    store.close().await;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bailiwick_engine::outside::SystemClock;

    use super::*;
    use crate::config::{Server, schema};

    /// Makes a configuration unusable in this directory.
    type Change = fn(&mut Config, &Path);

    /// Every setting, with a change of its value that has the right type but keeps a server from starting;
    /// `None` if there is no such value.
    fn changes(directory: &Path) -> BTreeMap<&'static str, Option<Change>> {
        std::fs::write(directory.join("file"), "x").unwrap();
        let nothing: Option<Change> = None;
        BTreeMap::from([
            ("server.address", Some((|c, _| c.server.address = [192, 0, 2, 1].into()) as Change)),
            (
                "server.port",
                Some(|c, _| {
                    c.server.address = [192, 0, 2, 1].into();
                    c.server.port = 9;
                }),
            ),
            ("server.tls", nothing),
            (
                "server.certificate",
                Some(|c, d| {
                    c.server.certificate = Some(d.join("nope.pem"));
                    c.server.private_key = Some(d.join("file"));
                }),
            ),
            (
                "server.private_key",
                Some(|c, d| {
                    let files =
                        CertificateFiles::self_signed(&d.join("tls"), &Server::default(), &SystemClock);
                    c.server.certificate = Some(files.unwrap().certificate);
                    c.server.private_key = Some(d.join("nope.pem"));
                }),
            ),
            (
                "server.http_port",
                Some(|c, _| {
                    c.server.address = [192, 0, 2, 1].into();
                    c.server.http_port = Some(9);
                }),
            ),
            (
                "server.integration_port",
                Some(|c, _| {
                    c.flags.enable_integration_api = true;
                    c.server.integration_address = Some([192, 0, 2, 1].into());
                }),
            ),
            (
                "server.integration_address",
                Some(|c, _| {
                    c.flags.enable_integration_api = true;
                    c.server.integration_address = Some([192, 0, 2, 1].into());
                }),
            ),
            // Each machine has the loopback addresses.
            ("server.metrics_address", nothing),
            ("server.certificate_names", nothing),
            ("server.trusted_proxies", nothing),
            ("server.body_limit_bytes", nothing),
            ("server.header_timeout_seconds", nothing),
            ("server.request_timeout_seconds", nothing),
            ("server.max_concurrent_requests", nothing),
            ("server.shutdown_timeout_seconds", nothing),
            ("server.shutdown_delay_seconds", nothing),
            ("flags.enable_integration_api", nothing),
            ("docs.swagger", nothing),
            ("console.enabled", nothing),
            ("graphql.introspection", nothing),
            ("graphql.graphiql", nothing),
            (
                "database.url",
                Some(|c, d| {
                    c.database.url = Some(format!("sqlite://{}/nowhere/b.db", d.display()));
                }),
            ),
            ("database.max_connections", nothing),
            ("database.copy_before_migrating", nothing),
            ("data.directory", Some(|c, d| c.data.directory = d.join("file/data"))),
            ("commands.keep_days", nothing),
            ("keys.forget_days", nothing),
            (
                "keys.peppers",
                Some(|c, d| {
                    c.data.directory = d.join("with-peppers");
                    std::fs::create_dir_all(&c.data.directory).unwrap();
                    std::fs::write(c.data.directory.join("peppers"), "nonsense").unwrap();
                }),
            ),
            ("agent.host_metrics", nothing),
            ("agent.programs", nothing),
            ("probes.enabled", nothing),
            ("probes.interval_seconds", nothing),
            ("probes.allow_loopback", nothing),
            ("log.format", nothing),
            ("log.level", nothing),
            ("log.slow_statement_milliseconds", nothing),
            ("log.slow_statement_plans", nothing),
        ])
    }

    /// The names of all settings, from the schema.
    fn settings() -> Vec<String> {
        let schema = schema();
        let mut names = Vec::new();
        for (section, at) in schema["properties"].as_object().unwrap() {
            let at =
                at["$ref"].as_str().and_then(|r| schema.pointer(r.trim_start_matches('#'))).unwrap_or(at);
            names
                .extend(at["properties"].as_object().unwrap().keys().map(|name| format!("{section}.{name}")));
        }
        names
    }

    fn fresh(directory: &Path) -> Config {
        let mut config = Config::default();
        config.data.directory = directory.join("data");
        config.server.port = 0;
        config
    }

    #[tokio::test]
    async fn the_check_finds_every_setting_that_prevents_a_start() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let is_well = |found: &[Finding]| found.iter().all(|finding| !finding.is_fault);
        let found = look(&fresh(path), &SystemClock).await;
        assert!(is_well(&found), "{found:?}");
        assert!(!path.join("data").exists(), "the check created the data directory");
        let changes = changes(path);
        for setting in settings() {
            let change = changes.get(setting.as_str()).unwrap_or_else(|| panic!("{setting} is in no test"));
            let Some(change) = change else { continue };
            let mut config = fresh(path);
            change(&mut config, path);
            let found = look(&config, &SystemClock).await;
            assert!(!is_well(&found), "{setting}: {found:?}");
        }
    }

    fn notes(found: &[Finding], setting: &str) -> Vec<String> {
        let of = |finding: &&Finding| finding.setting == setting && !finding.is_fault;
        found.iter().filter(of).map(|finding| finding.text.clone()).collect()
    }

    #[test]
    fn keys_in_plain_http_on_the_network_are_noted() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = fresh(directory.path());
        config.server.address = [0, 0, 0, 0].into();
        assert_eq!(plain_http(&config), [], "HTTPS only");
        config.flags.enable_integration_api = true;
        let [("server.integration_port", text)] = &plain_http(&config)[..] else { panic!("no warning") };
        assert!(
            text.contains("plain HTTP on 0.0.0.0:3003") && text.contains("integration_address"),
            "{text}"
        );
        for (address, is_open) in [
            ("127.0.0.1", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::", true),
            ("192.0.2.1", true),
        ] {
            config.server.integration_address = Some(address.parse().unwrap());
            assert_eq!(!plain_http(&config).is_empty(), is_open, "{address}");
        }
        // The server's own port, without TLS.
        config = fresh(directory.path());
        config.server.tls = Tls::Off;
        assert_eq!(plain_http(&config), []);
        config.server.address = [0, 0, 0, 0].into();
        assert!(matches!(plain_http(&config)[..], [("server.tls", _)]));
    }

    #[tokio::test]
    async fn the_check_notes_plain_http_and_slow_stops() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = fresh(directory.path());
        config.flags.enable_integration_api = true;
        config.server.integration_port = 0;
        config.server.integration_address = Some([0, 0, 0, 0].into());
        config.server.shutdown_delay_seconds = 46;
        let found = look(&config, &SystemClock).await;
        assert_eq!(notes(&found, "server.integration_port").len(), 1, "{found:?}");
        let slow = notes(&found, "server.shutdown_delay_seconds");
        assert!(slow[0].contains("TimeoutStopSec=91s"), "{slow:?}");
        config.server.shutdown_delay_seconds = 45;
        let found = look(&config, &SystemClock).await;
        assert_eq!(notes(&found, "server.shutdown_delay_seconds"), [""; 0]);
    }

    #[test]
    fn a_low_port_is_no_fault_for_a_user_whose_service_may_use_it() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let finding = |port, is_root| not_bound("server.port", ([0, 0, 0, 0], port).into(), &denied, is_root);
        let low = finding(443, false);
        assert!(!low.is_fault && low.text.contains("CAP_NET_BIND_SERVICE"), "{low:?}");
        assert!(finding(443, true).is_fault && finding(1024, false).is_fault);
    }

    /// The packaged unit, without its comments.
    fn unit() -> String {
        let text = include_str!("../../../packaging/bailiwick.service");
        text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
    }

    #[test]
    fn the_unit_waits_for_the_server_to_stop() {
        assert!(unit().contains(&format!("\nTimeoutStopSec={UNIT_STOP_SECONDS}s\n")));
        assert!(slow_stop(&Config::default()).is_none());
    }

    #[test]
    fn the_unit_lets_the_server_lower_its_threads_priority() {
        // The last rule about a system call wins, and `@resources` contains this one.
        let text = unit();
        let rules: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")).collect();
        assert_eq!(rules.last(), Some(&"setpriority"), "{rules:?}");
    }

    #[tokio::test]
    async fn the_check_finds_a_missing_private_key() {
        let directory = tempfile::tempdir().unwrap();
        let config = fresh(directory.path());
        let tls = config.data.directory.join("tls");
        std::fs::create_dir(&config.data.directory).unwrap();
        let files = CertificateFiles::self_signed(&tls, &Server::default(), &SystemClock).unwrap();
        assert!(look(&config, &SystemClock).await.iter().all(|finding| !finding.is_fault));
        std::fs::remove_file(files.private_key).unwrap();
        let found = look(&config, &SystemClock).await;
        let fault = found.iter().find(|finding| finding.is_fault).unwrap();
        assert_eq!(fault.setting, "server.private_key");
        assert!(fault.text.contains("private-key.pem is missing"), "{fault:?}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_check_finds_files_that_others_can_write() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let mut config = fresh(directory.path());
        let data = config.data.directory.clone();
        std::fs::create_dir(&data).unwrap();
        let open = |path: &Path| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
        };
        let faults = async |config: &Config| -> Vec<(&'static str, String)> {
            let found = look(config, &SystemClock).await;
            found.into_iter().filter(|f| f.is_fault).map(|f| (f.setting, f.text)).collect()
        };
        open(&data);
        let found = faults(&config).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == "data.directory" && found[0].1.contains("run `chmod go-w "), "{found:?}");
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink("/nowhere", data.join("first-run.json")).unwrap();
        let found = faults(&config).await;
        assert!(found[0].0 == "data.directory" && found[0].1.contains("is a symbolic link"), "{found:?}");
        std::fs::remove_file(data.join("first-run.json")).unwrap();
        let elsewhere = directory.path().join("elsewhere.db");
        std::fs::write(&elsewhere, "").unwrap();
        open(&elsewhere);
        config.database.url = Some(format!("sqlite://{}", elsewhere.display()));
        let found = faults(&config).await;
        assert!(found.len() == 1 && found[0].0 == "database.url", "{found:?}");
    }
}
