//! The configuration, from defaults, `bailiwick.yml`, environment variables and flags; later ones win.

mod layers;
mod loopback;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use bailiwick_domain::network::Network;
use bailiwick_engine::control::FORGET_KEYS_DAYS;
use bailiwick_logs::LogFormat;
use bailiwick_store::SlowStatements;
use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use layers::{ConfigError, Effective, Layers, Origin, Setting};
pub use loopback::{LoopbackAddress, NotLoopback};

/// The most days for which commands are kept: a hundred years.
const KEEP_DAYS_MAX: u32 = 36_500;
/// The greatest duration from which on a statement is slow, in milliseconds: one hour.
const SLOW_STATEMENT_MAX: u64 = 3_600_000;

/// The configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How clients reach the server.
    pub server: Server,
    /// Optional features.
    pub flags: Flags,
    /// The API documentation that the server shows.
    pub docs: Docs,
    /// The console.
    pub console: ConsoleSettings,
    /// GraphQL.
    pub graphql: GraphQl,
    /// The database.
    pub database: Database,
    /// The directory of the database, the peppers and the certificate.
    pub data: Data,
    /// How long commands are kept.
    pub commands: Commands,
    /// How the secrets of keys are stored, and how long unusable keys are kept.
    pub keys: Keys,
    /// Agents: the one that `bailiwick up` starts for its own machine, and the programs for other machines.
    pub agent: Agent,
    /// Health checks of exporters that are started by something else than an agent of Bailiwick.
    pub probes: Probes,
    /// The log.
    pub log: Log,
}

/// How clients reach the server.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// The address to listen on; `0.0.0.0` or `::` stands for all addresses.
    pub address: IpAddr,
    /// The port to listen on.
    pub port: u16,
    /// `on`: HTTPS, with `certificate` and `private_key` if they are set, otherwise with a self-signed
    /// certificate. `off`: plain HTTP.
    pub tls: Tls,
    /// A PEM file with the certificate chain, the server's own certificate first. It is reloaded when it
    /// changes.
    pub certificate: Option<PathBuf>,
    /// A PEM file with the private key of the certificate.
    pub private_key: Option<PathBuf>,
    /// Names and addresses by which clients reach the server, such as `bailiwick.example.com`. They are
    /// added to the self-signed certificate when it is made, which already has `localhost`, the machine's
    /// name, and `address`.
    pub certificate_names: Vec<String>,
    /// A port for plain HTTP, on the same address, that redirects to HTTPS (308). A request with a
    /// credential is refused (403), and so is one that has a body or may change something (400). If absent,
    /// there is no such port.
    pub http_port: Option<u16>,
    /// The integration port: the API and its documentation in plain HTTP, to be used behind a reverse
    /// proxy. It is used if `flags.enable_integration_api` is true.
    pub integration_port: u16,
    /// The address of the integration port; `server.address` if absent.
    pub integration_address: Option<IpAddr>,
    /// A loopback address and a port, such as `127.0.0.1:9464`, that answers only `GET /metrics`, in plain HTTP
    /// and without a key: what the server measures of itself. If absent, there is no such port.
    pub metrics_address: Option<LoopbackAddress>,
    /// The networks of reverse proxies whose header `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// The largest request body, in bytes.
    #[schemars(range(min = 1))]
    pub body_limit_bytes: usize,
    /// How long the headers of a request may take to arrive, in seconds.
    #[schemars(range(min = 1))]
    pub header_timeout_seconds: u64,
    /// How long a request may take, including the arrival of its body, in seconds.
    #[schemars(range(min = 1))]
    pub request_timeout_seconds: u64,
    /// How many requests may be in progress at once; any further one is answered with 503.
    #[schemars(range(min = 1))]
    pub max_concurrent_requests: usize,
    /// How long the server continues to answer requests after SIGTERM, in seconds, while `/v1/readyz`
    /// answers 503 so that load balancers stop sending requests. After Ctrl-C (SIGINT) there is no such
    /// delay.
    pub shutdown_delay_seconds: u64,
    /// How long requests in progress may take to end when the server stops, in seconds.
    pub shutdown_timeout_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            port: 8443,
            tls: Tls::On,
            certificate: None,
            private_key: None,
            certificate_names: Vec::new(),
            http_port: None,
            integration_port: 3003,
            integration_address: None,
            metrics_address: None,
            trusted_proxies: Vec::new(),
            body_limit_bytes: 1 << 20,
            header_timeout_seconds: 10,
            request_timeout_seconds: 30,
            max_concurrent_requests: 1_024,
            shutdown_delay_seconds: 0,
            shutdown_timeout_seconds: 30,
        }
    }
}

/// Whether the server speaks HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Tls {
    /// HTTPS.
    On,
    /// Plain HTTP.
    Off,
}

impl<'de> Deserialize<'de> for Tls {
    /// Accepts `true` and `false`, too: YAML 1.1 reads `on` and `off` as these.
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Bool(bool),
            Text(String),
        }
        match Either::deserialize(from)? {
            Either::Bool(true) => Ok(Self::On),
            Either::Bool(false) => Ok(Self::Off),
            Either::Text(text) => match text.as_str() {
                "on" => Ok(Self::On),
                "off" => Ok(Self::Off),
                _ => Err(serde::de::Error::custom("expected `on` or `off`")),
            },
        }
    }
}

/// Optional features.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Flags {
    /// Whether the integration port is enabled.
    pub enable_integration_api: bool,
}

/// The API documentation that the server shows.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Docs {
    /// Whether Swagger UI is served at `/v1/docs`, `/swagger/` and `/api/schema/swagger-ui/`.
    pub swagger: bool,
}

impl Default for Docs {
    fn default() -> Self {
        Self { swagger: true }
    }
}

/// The console.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSettings {
    /// Whether the console is at `/console/`: pages for people. It is never at `server.integration_port`.
    pub enabled: bool,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// GraphQL.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GraphQl {
    /// Whether clients may ask for the schema (introspection), as editors of queries do.
    pub introspection: bool,
    /// Whether browsers get GraphiQL at `/graphql`, a page for writing queries.
    pub graphiql: bool,
}

impl Default for GraphQl {
    fn default() -> Self {
        Self { introspection: true, graphiql: true }
    }
}

/// The database.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The database's URL: `sqlite:///path/to/file` or `postgres://user:password@host/name`. If absent, a
    /// SQLite file in the data directory.
    pub url: Option<String>,
    /// How many connections to the database may be open at once (for SQLite: how many for reading).
    #[schemars(range(min = 1))]
    pub max_connections: u32,
    /// Whether SQLite files are copied before they are migrated, to `before-migration-TIME` in the data directory.
    pub copy_before_migrating: bool,
}

impl std::fmt::Debug for Database {
    /// Omits the URL, which may contain a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("max_connections", &self.max_connections)
            .field("copy_before_migrating", &self.copy_before_migrating)
            .finish_non_exhaustive()
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, max_connections: 12, copy_before_migrating: true }
    }
}

/// How long commands are kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Commands {
    /// How many days commands are kept after they have ended, with their results and output.
    #[schemars(range(min = 1, max = KEEP_DAYS_MAX))]
    pub keep_days: u32,
}

impl Default for Commands {
    fn default() -> Self {
        Self { keep_days: 90 }
    }
}

/// The data directory.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The path of the directory.
    pub directory: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { directory: "bailiwick-data".into() }
    }
}

/// How the secrets of keys are stored, and how long unusable keys are kept.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// The peppers, as `VERSION:HEX`, separated by commas. If absent, they are read from the file `peppers`
    /// in the data directory. Preferably set by the environment variable `BAILIWICK_KEYS__PEPPERS`.
    pub peppers: Option<String>,
    /// How many days keys are kept after they have expired or have enrolled as many machines as they may.
    #[schemars(range(min = 1, max = KEEP_DAYS_MAX))]
    pub forget_days: u32,
}

impl Default for Keys {
    fn default() -> Self {
        Self { peppers: None, forget_days: FORGET_KEYS_DAYS }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys([secret])")
    }
}

/// Agents: the one that `bailiwick up` starts for its own machine, and the programs for other machines.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Agent {
    /// Whether it reports the metrics of the machine itself: processor, memory, file systems, load and network.
    pub host_metrics: bool,
    /// The directory with the programs of the agent that the server hands out to machines that are to be added, such as
    /// `bailiwick-agent-linux-x86_64`. It need not exist.
    pub programs: PathBuf,
}

impl Default for Agent {
    fn default() -> Self {
        Self { host_metrics: true, programs: "/usr/lib/bailiwick/agents".into() }
    }
}

/// Health checks of exporters that are started by something else than an agent of Bailiwick.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Probes {
    /// Whether the server checks such exporters.
    pub enabled: bool,
    /// How often each exporter is checked, in seconds.
    #[schemars(range(min = 1))]
    pub interval_seconds: u32,
    /// Whether exporters may have a loopback address, where other services of this machine listen, too.
    pub allow_loopback: bool,
}

impl Default for Probes {
    fn default() -> Self {
        Self { enabled: true, interval_seconds: 30, allow_loopback: false }
    }
}

/// The log.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The format of the log.
    pub format: LogFormat,
    /// The least level to log (`error`, `warn`, `info`, `debug` or `trace`), or rules by target, such as
    /// `info,bailiwick_store=debug`.
    pub level: String,
    /// From how many milliseconds on an SQL statement is slow. Slow statements are logged as warnings, with their
    /// names and without their values.
    #[schemars(range(min = 1, max = SLOW_STATEMENT_MAX))]
    pub slow_statement_milliseconds: u64,
    /// Whether the plan of a slow statement is logged, too: how the database finds its rows. At most once a minute
    /// for each statement; without values.
    pub slow_statement_plans: bool,
}

impl Default for Log {
    fn default() -> Self {
        let SlowStatements { after, with_plan } = SlowStatements::default();
        Self {
            format: LogFormat::Text,
            level: "info".into(),
            slow_statement_milliseconds: u64::try_from(after.as_millis()).unwrap_or(SLOW_STATEMENT_MAX),
            slow_statement_plans: with_plan,
        }
    }
}

impl Log {
    /// Which statements are logged as slow.
    pub const fn slow_statements(&self) -> SlowStatements {
        SlowStatements {
            after: Duration::from_millis(self.slow_statement_milliseconds),
            with_plan: self.slow_statement_plans,
        }
    }
}

impl Config {
    /// Checks what the types of the settings cannot express.
    fn check(&self) -> Result<(), (&'static str, String)> {
        let Server { certificate, private_key, tls, .. } = &self.server;
        if certificate.is_some() != private_key.is_some() {
            // The error names the setting that was set, so that it can say where.
            let (set, missing) = if certificate.is_none() {
                ("server.private_key", "server.certificate")
            } else {
                ("server.certificate", "server.private_key")
            };
            return Err((
                set,
                format!("expected both a certificate and its private key, or neither: set {missing} too"),
            ));
        }
        if certificate.is_some() && *tls == Tls::Off {
            return Err(("server.tls", "expected `on`, because server.certificate is set".into()));
        }
        let names = &self.server.certificate_names;
        if !names.is_empty() && (certificate.is_some() || *tls == Tls::Off) {
            let detail = "expected no names, because the server makes no certificate: they are for the self-signed one, which it makes if server.tls is on and server.certificate is not set";
            return Err(("server.certificate_names", detail.into()));
        }
        if let Some(wrong) = names.iter().find(|name| ServerName::try_from(name.as_str()).is_err()) {
            let detail = format!(
                "expected names and addresses such as bailiwick.example.com or 192.0.2.7, without a scheme, a port or `*`, found {wrong}"
            );
            return Err(("server.certificate_names", detail));
        }
        for (setting, value) in [
            ("server.header_timeout_seconds", self.server.header_timeout_seconds),
            ("server.request_timeout_seconds", self.server.request_timeout_seconds),
            ("server.max_concurrent_requests", self.server.max_concurrent_requests as u64),
            ("server.body_limit_bytes", self.server.body_limit_bytes as u64),
            ("database.max_connections", u64::from(self.database.max_connections)),
            ("probes.interval_seconds", u64::from(self.probes.interval_seconds)),
        ] {
            if value == 0 {
                return Err((setting, "expected at least 1".into()));
            }
        }
        self.check_ports()?;
        if self.server.http_port.is_some() && *tls == Tls::Off {
            let detail =
                "expected no HTTP port when server.tls is off, because there is no HTTPS port to redirect to";
            return Err(("server.http_port", detail.into()));
        }
        if !(1..=KEEP_DAYS_MAX).contains(&self.commands.keep_days) {
            return Err(("commands.keep_days", format!("expected 1 to {KEEP_DAYS_MAX}")));
        }
        if !(1..=KEEP_DAYS_MAX).contains(&self.keys.forget_days) {
            return Err(("keys.forget_days", format!("expected 1 to {KEEP_DAYS_MAX}")));
        }
        if self.data.directory.as_os_str().is_empty() {
            return Err(("data.directory", "expected a directory".into()));
        }
        if let Some(url) = &self.database.url {
            url.parse::<bailiwick_store::DatabaseUrl>().map_err(|e| ("database.url", e.to_string()))?;
        }
        if let Some(peppers) = &self.keys.peppers {
            peppers.parse::<bailiwick_domain::key::Peppers>().map_err(|e| ("keys.peppers", e.to_string()))?;
        }
        if !(1..=SLOW_STATEMENT_MAX).contains(&self.log.slow_statement_milliseconds) {
            let detail = format!("expected 1 to {SLOW_STATEMENT_MAX}");
            return Err(("log.slow_statement_milliseconds", detail));
        }
        bailiwick_logs::filter(&self.log.level).map_err(|error| ("log.level", error))?;
        Ok(())
    }

    /// Checks that each port is set once. Port 0 stands for any free port.
    fn check_ports(&self) -> Result<(), (&'static str, String)> {
        let server = &self.server;
        let integration = self.flags.enable_integration_api.then_some(server.integration_port);
        let metrics = server.metrics_address.map(|address| address.get().port());
        let ports = [
            ("server.port", Some(server.port)),
            ("server.integration_port", integration),
            ("server.http_port", server.http_port),
            ("server.metrics_address", metrics),
        ];
        for (n, (set, port)) in ports.into_iter().enumerate() {
            let Some(port) = port.filter(|port| *port != 0) else { continue };
            let same = ports.into_iter().take(n).find(|(_, other)| *other == Some(port));
            let Some((other, _)) = same else { continue };
            // The error names the setting that was set, so that it can say where.
            let is_default = set == "server.integration_port" && port == Server::default().integration_port;
            let (set, other) = if is_default { (other, set) } else { (set, other) };
            return Err((set, format!("expected a port other than that of {other}")));
        }
        Ok(())
    }
}

/// The JSON Schema of the configuration, for editors.
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Config>();
    schema.insert("title".into(), "bailiwick.yml".into());
    schema.to_value()
}
