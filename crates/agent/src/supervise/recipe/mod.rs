//! Recipes: how to start programs of each type. A recipe has arguments, environment variables and
//! files, made from the program's settings, secrets and service. Secrets go only into the environment
//! and into files that only the agent's user can read, never into arguments, which every user of the
//! machine can see.

mod mongodb;
mod mysqld;
mod node;
mod postgres;
mod proxysql;
mod rds;
mod valkey;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use bailiwick_domain::agent::{AgentType, SettingValue};
use bailiwick_link::desired::{ObservedService, Program};
use zeroize::Zeroizing;

/// The user name for fetching a program's own metrics, as in Percona PMM.
pub(super) const METRICS_USER: &str = "pmm";
/// The bcrypt cost of passwords in the files of exporters. It is low, since such a file stays on this
/// machine and each fetch of metrics pays the cost.
const BCRYPT_COST: u32 = 8;
/// The file with the password that an exporter demands for its metrics.
const WEB_FILE: &str = "web.yml";

/// A file that a program reads.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) body: Zeroizing<String>,
}

/// How a program is started.
#[derive(Default)]
pub(super) struct Recipe {
    pub(super) arguments: Vec<String>,
    /// Its environment variables, in addition to those that every program has.
    pub(super) environment: BTreeMap<String, Zeroizing<String>>,
    /// Its files, in a directory of its own.
    pub(super) files: Vec<File>,
    /// Settings for which the program has no option.
    pub(super) not_applied: Vec<&'static str>,
}

/// Why a program cannot be started with its settings.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CannotStart {
    /// The agent does not support the type.
    #[error("this version of the agent does not start programs of type {0}")]
    Type(AgentType),
    /// The agent observes no service or node of the kind that the program needs.
    #[error("the program cannot start: the agent observes {0}")]
    NothingToWatch(&'static str),
    /// The service has no usable address.
    #[error("the service {0} has neither an address and a port nor a socket")]
    NoAddress(String),
    /// A value contains a character that the program's own format cannot express.
    #[error("{0} contains a character that this program does not support")]
    Unwritable(&'static str),
    /// The password for its metrics cannot be hashed.
    #[error("the agent_password cannot be used: {0}")]
    MetricsPassword(String),
}

/// The URL path of a program's metrics.
pub(super) const fn metrics_path(kind: AgentType) -> &'static str {
    match kind {
        AgentType::RdsExporter => "/basic",
        _ => "/metrics",
    }
}

/// The inputs of a recipe.
pub(super) struct Ingredients<'a> {
    pub(super) program: &'a Program,
    /// The address on which it should listen.
    pub(super) listen: SocketAddr,
    /// The directory for its files.
    pub(super) directory: &'a Path,
    /// The salt for the hash of its metrics password.
    pub(super) salt: [u8; 16],
}

impl Recipe {
    /// The recipe for a program.
    pub(super) fn of(from: &Ingredients<'_>) -> Result<Self, CannotStart> {
        match from.program.kind {
            AgentType::NodeExporter => node::recipe(from),
            AgentType::MysqldExporter => mysqld::recipe(from),
            AgentType::MongodbExporter => mongodb::recipe(from),
            AgentType::PostgresExporter => postgres::recipe(from),
            AgentType::ProxysqlExporter => proxysql::recipe(from),
            AgentType::ValkeyExporter => valkey::recipe(from),
            AgentType::RdsExporter => rds::recipe(from),
            kind => Err(CannotStart::Type(kind)),
        }
    }

    fn argument(&mut self, argument: impl Into<String>) {
        self.arguments.push(argument.into());
    }

    fn variable(&mut self, name: &str, value: impl Into<String>) {
        self.environment.insert(name.to_owned(), Zeroizing::new(value.into()));
    }

    /// Adds a file, and returns its path.
    fn file(&mut self, from: &Ingredients<'_>, name: &'static str, body: impl Into<String>) -> PathBuf {
        self.files.push(File { name, body: Zeroizing::new(body.into()) });
        from.directory.join(name)
    }

    /// Adds the file of a PEM certificate or key, if there is one, and returns its path.
    fn pem(&mut self, from: &Ingredients<'_>, name: &'static str, body: Option<&str>) -> Option<String> {
        body.map(|body| self.file(from, name, body).display().to_string())
    }

    /// Adds the arguments that exporters of the Prometheus project have in common. `collector` precedes
    /// the name of a collector in the options that disable collectors.
    fn prometheus(&mut self, from: &Ingredients<'_>, collector: &str) -> Result<(), CannotStart> {
        self.argument(format!("--web.listen-address={}", from.listen));
        self.argument(format!("--log.level={}", from.log_level()));
        for name in from.list("disabled_collectors") {
            self.argument(format!("--no-{collector}{name}"));
        }
        if let Some(password) = from.secret("agent_password") {
            let web = web_file(password, from.salt)?;
            let path = self.file(from, WEB_FILE, web);
            self.argument(format!("--web.config.file={}", path.display()));
        }
        Ok(())
    }

    /// Notes the settings for which the program has no option, if they are set.
    fn cannot_tell(&mut self, from: &Ingredients<'_>, settings: &[&'static str]) {
        self.not_applied.extend(settings.iter().filter(|name| from.program.settings.contains_key(**name)));
    }
}

/// The file that makes an exporter of the Prometheus project demand a password.
fn web_file(password: &str, salt: [u8; 16]) -> Result<String, CannotStart> {
    let digest = bcrypt::non_truncating_hash_with_salt(password, BCRYPT_COST, salt)
        .map_err(|error| CannotStart::MetricsPassword(error.to_string()))?;
    Ok(format!("basic_auth_users:\n  {METRICS_USER}: '{digest}'\n"))
}

impl Ingredients<'_> {
    fn setting(&self, name: &str) -> Option<&SettingValue> {
        self.program.settings.get(name)
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.setting(name), Some(SettingValue::Flag(true)))
    }

    fn number(&self, name: &str) -> Option<i64> {
        match self.setting(name) {
            Some(SettingValue::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.setting(name) {
            Some(SettingValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> &[String] {
        match self.setting(name) {
            Some(SettingValue::Texts(texts)) => texts,
            _ => &[],
        }
    }

    fn secret(&self, name: &str) -> Option<&str> {
        self.program.secrets.get(name).map(String::as_str)
    }

    /// The log level for exporters of the Prometheus project, which have no `fatal`.
    fn log_level(&self) -> &str {
        match self.text("log_level") {
            None => "info",
            Some("fatal") => "error",
            Some(level) => level,
        }
    }

    fn service(&self) -> Result<&ObservedService, CannotStart> {
        self.program.service.as_ref().ok_or(CannotStart::NothingToWatch("no service"))
    }
}

/// `host:port`, with brackets around an IPv6 address, as in URLs.
fn host_and_port(service: &ObservedService, default: u16) -> Result<String, CannotStart> {
    let address = service.address.as_deref().ok_or_else(|| CannotStart::NoAddress(service.name.clone()))?;
    let port = service.port.unwrap_or(default);
    Ok(if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") })
}

/// Percent-encoding of everything but letters, digits and `-._~` (RFC 3986, section 2.3).
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A recipe as text, one part a line, for tests to compare.
    pub(in crate::supervise) fn written(program: Value) -> Result<Vec<String>, CannotStart> {
        let program: Program = serde_json::from_value(program).unwrap();
        let listen = "127.0.0.1:9999".parse().unwrap();
        let directory = Path::new("/d");
        let recipe = Recipe::of(&Ingredients { program: &program, listen, directory, salt: [7; 16] })?;
        for argument in &recipe.arguments {
            for secret in program.secrets.values() {
                assert!(!argument.contains(secret.as_str()), "a secret is in {argument}");
            }
        }
        let mut written = recipe.arguments;
        written.extend(recipe.environment.iter().map(|(name, value)| format!("{name}={}", value.as_str())));
        written.extend(recipe.files.iter().map(|file| format!("{}: {}", file.name, file.body.as_str())));
        written.extend(recipe.not_applied.iter().map(|name| format!("not applied: {name}")));
        Ok(written)
    }

    #[test]
    fn a_program_that_cannot_start_gives_the_reason() {
        for kind in ["azure_database_exporter", "mtconnect_adapter", "external_exporter"] {
            let error = written(json!({ "type": kind, "settings": {} })).unwrap_err();
            assert!(matches!(error, CannotStart::Type(_)), "{error}");
        }
        let error = written(json!({ "type": "postgres_exporter", "settings": {} })).unwrap_err();
        assert_eq!(error, CannotStart::NothingToWatch("no service"));
        let nowhere = json!({ "type": "mysqld_exporter", "settings": {}, "service": { "name": "orders" } });
        assert_eq!(written(nowhere).unwrap_err(), CannotStart::NoAddress("orders".into()));
    }

    #[test]
    fn the_password_for_metrics_is_written_only_as_a_hash() {
        let program = json!({
            "type": "postgres_exporter", "settings": { "username": "m" },
            "secrets": { "agent_password": "hunter2" }, "service": { "name": "a", "address": "::1" },
        });
        let written = written(program).unwrap();
        assert!(written.contains(&"--web.config.file=/d/web.yml".to_owned()), "{written:?}");
        let file = written.iter().find(|line| line.starts_with("web.yml")).unwrap();
        let digest = file.split('\'').nth(1).unwrap();
        assert!(!file.contains("hunter2") && bcrypt::verify("hunter2", digest).unwrap());
    }
}
