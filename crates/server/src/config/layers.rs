//! The layers of settings, and the origin of each value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use bailiwick_files::{Given, NotOwn};
use serde_json::{Map, Value};

use super::{Config, schema};

/// The prefix of environment variables that are settings.
const PREFIX: &str = "BAILIWICK_";
/// Environment variables with this prefix that are options of the command line instead.
const NOT_SETTINGS: &[&str] = &[
    "BAILIWICK_URL",
    "BAILIWICK_KEY",
    "BAILIWICK_KEY_FILE",
    "BAILIWICK_SESSION",
    "BAILIWICK_CA",
    "BAILIWICK_CONFIG",
    "BAILIWICK_ENROL_KEY",
];
/// Settings whose values are never shown.
const SECRET: &[&str] = &["database.url", "keys.peppers"];

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The default.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Why the configuration is not valid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read, or another user may have written it.
    #[error(transparent)]
    File(#[from] NotOwn),
    /// A file is not YAML, or not a mapping.
    #[error("{}: {detail}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// The cause.
        detail: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting {setting}{hint}")]
    Unknown {
        /// The name that was used.
        setting: String,
        /// Where it was set.
        origin: Origin,
        /// A suggestion of the name that was meant; may be empty.
        hint: String,
    },
    /// A value is not valid.
    #[error("{origin}: {setting}: {detail}")]
    Value {
        /// The setting.
        setting: String,
        /// The origin of its value.
        origin: Origin,
        /// What was expected.
        detail: String,
    },
}

/// The effective value of a setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The name, such as `server.port`.
    pub name: String,
    /// The value; secrets are masked.
    pub value: Value,
    /// The origin of the value.
    pub origin: Origin,
}

/// The effective configuration, with the origin of each value.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The configuration.
    pub config: Config,
    /// All settings, by name.
    pub settings: Vec<Setting>,
}

/// Layers of settings. A later value replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    values: BTreeMap<String, (Value, Origin)>,
}

impl Layers {
    /// Adds the settings of a YAML file. Another user must not have been able to write it: settings decide
    /// where the server sends keys and which certificate it uses.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let content = bailiwick_files::read_given(path, Given::Trusted)?;
        let text = String::from_utf8(content.bytes)
            .map_err(|error| ConfigError::Yaml { path: path.to_owned(), detail: error.to_string() })?;
        self.add_yaml(path, &text)
    }

    fn add_yaml(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let yaml_error = |detail: String| ConfigError::Yaml { path: path.to_owned(), detail };
        // The lines around an error may have passwords.
        let options = serde_saphyr::options! { with_snippet: false };
        let value: Value =
            serde_saphyr::from_str_with_options(text, options).map_err(|e| yaml_error(e.to_string()))?;
        let origin = Origin::File(path.to_owned());
        match value {
            Value::Null => Ok(()),
            Value::Object(map) => self.add_map("", map, &origin),
            _ => Err(yaml_error("expected settings such as `server:`".into())),
        }
    }

    fn add_map(&mut self, above: &str, map: Map<String, Value>, origin: &Origin) -> Result<(), ConfigError> {
        for (key, value) in map {
            let name = if above.is_empty() { key } else { format!("{above}.{key}") };
            match (kind_of(&name), value) {
                (MemberKind::Section, Value::Object(map)) => self.add_map(&name, map, origin)?,
                // The file names the section, but leaves it empty.
                (MemberKind::Section, Value::Null) => {}
                (MemberKind::Section, _) => {
                    return Err(ConfigError::Value {
                        setting: name,
                        origin: origin.clone(),
                        detail: "expected settings within this section".into(),
                    });
                }
                (MemberKind::Setting(_), value) => {
                    self.values.insert(name, (value, origin.clone()));
                }
                (MemberKind::Unknown, _) => return Err(unknown(name, origin.clone())),
            }
        }
        Ok(())
    }

    /// Adds the settings of environment variables: `BAILIWICK_SERVER__PORT` is `server.port`.
    pub fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (variable, text) in variables {
            let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
            if NOT_SETTINGS.contains(&variable.as_str()) || rest.starts_with("TEST_") {
                continue;
            }
            let name = rest.to_lowercase().replace("__", ".");
            let origin = Origin::Environment(variable);
            let MemberKind::Setting(schema) = kind_of(&name) else {
                return Err(unknown(name, origin));
            };
            let value = from_text(&text, &schema);
            self.values.insert(name, (value, origin));
        }
        Ok(())
    }

    /// Adds a setting that a flag of the command line gives.
    pub fn add_flag(&mut self, flag: &'static str, setting: &str, value: impl Into<Value>) {
        self.values.insert(setting.to_owned(), (value.into(), Origin::Flag(flag)));
    }

    /// Merges the layers and checks the result.
    pub fn finish(self) -> Result<Effective, ConfigError> {
        let mut tree = serde_json::to_value(Config::default()).unwrap_or_default();
        for (name, (value, _)) in &self.values {
            let pointer = format!("/{}", name.replace('.', "/"));
            match tree.pointer_mut(&pointer) {
                Some(place) => *place = value.clone(),
                None => return Err(unknown(name.clone(), self.origin(name))),
            }
        }
        let config: Config = serde_path_to_error::deserialize(tree).map_err(|error| {
            let setting = error.path().to_string();
            ConfigError::Value { origin: self.origin(&setting), detail: error.inner().to_string(), setting }
        })?;
        config.check().map_err(|(setting, detail)| ConfigError::Value {
            setting: setting.to_owned(),
            origin: self.origin(setting),
            detail,
        })?;
        let mut settings = Vec::new();
        flatten("", &serde_json::to_value(&config).unwrap_or_default(), &mut |name, value| {
            let secret = SECRET.contains(&name) && !value.is_null();
            settings.push(Setting {
                value: if secret { "[secret]".into() } else { value.clone() },
                origin: self.origin(name),
                name: name.to_owned(),
            });
        });
        Ok(Effective { config, settings })
    }

    /// The origin of a setting's value; for an element `a.b[0]`, that of `a.b`.
    fn origin(&self, setting: &str) -> Origin {
        let setting = setting.split('[').next().unwrap_or(setting);
        self.values.get(setting).map_or(Origin::Default, |(_, origin)| origin.clone())
    }
}

enum MemberKind {
    Section,
    Setting(Value),
    Unknown,
}

/// The kind of a name (section, setting or unknown), by the JSON Schema of the configuration.
fn kind_of(name: &str) -> MemberKind {
    let root = schema();
    let mut at = &root;
    for part in name.split('.') {
        at = resolve(&root, at);
        match at.get("properties").and_then(|p| p.get(part)) {
            Some(next) => at = next,
            None => return MemberKind::Unknown,
        }
    }
    let at = resolve(&root, at);
    if at.get("properties").is_some() { MemberKind::Section } else { MemberKind::Setting(at.clone()) }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target =
        schema.get("$ref").and_then(Value::as_str).and_then(|r| root.pointer(r.trim_start_matches('#')));
    target.unwrap_or(schema)
}

/// Parses a text to the type that a setting's schema asks for.
fn from_text(text: &str, schema: &Value) -> Value {
    let wants = |name: &str| match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(many)) => many.iter().any(|t| t == name),
        _ => false,
    };
    if wants("array") {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        return parts.map(Value::from).collect();
    }
    if wants("integer")
        && let Ok(number) = text.trim().parse::<i64>()
    {
        return number.into();
    }
    if wants("boolean")
        && let Ok(truth) = text.trim().parse::<bool>()
    {
        return truth.into();
    }
    text.into()
}

fn unknown(setting: String, origin: Origin) -> ConfigError {
    let mut known = Vec::new();
    flatten("", &serde_json::to_value(Config::default()).unwrap_or_default(), &mut |name, _| {
        known.push(name.to_owned());
    });
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&setting, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min()
        .map(|(_, name)| name);
    let hint = nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    ConfigError::Unknown { setting, origin, hint }
}

fn flatten(above: &str, value: &Value, leaf: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
                flatten(&name, value, leaf);
            }
        }
        value => leaf(above, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(yaml: &str, environment: &[(&str, &str)]) -> Result<Effective, ConfigError> {
        let mut layers = Layers::default();
        layers.add_yaml(Path::new("bailiwick.yml"), yaml)?;
        layers.add_environment(environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))?;
        layers.finish()
    }

    fn error(yaml: &str, environment: &[(&str, &str)]) -> String {
        from(yaml, environment).unwrap_err().to_string()
    }

    #[test]
    fn the_configuration_form_of_pangolin_is_accepted() {
        let yaml = "server:\n  integration_port: 3003\n\nflags:\n  enable_integration_api: true\n";
        let config = from(yaml, &[]).unwrap().config;
        assert_eq!(config.server.integration_port, 3003);
        assert!(config.flags.enable_integration_api);
    }

    #[test]
    fn slow_statements_are_set_by_file_and_environment() {
        let default = from("", &[]).unwrap().config.log.slow_statements();
        assert_eq!((default.after.as_millis(), default.with_plan), (250, false));
        let plans = [("BAILIWICK_LOG__SLOW_STATEMENT_PLANS", "true")];
        let set =
            from("log: {slow_statement_milliseconds: 25}", &plans).unwrap().config.log.slow_statements();
        assert_eq!((set.after.as_millis(), set.with_plan), (25, true));
    }

    #[test]
    fn a_syntax_error_shows_no_values() {
        for text in [
            "database:\n  url: postgres://u:Geheim@h/db\n  url: x\n",
            "keys:\n  peppers: 1:Geheim\n bad: \"x\n",
        ] {
            let error = Layers::default().add_yaml(Path::new("b.yml"), text).unwrap_err().to_string();
            assert!(
                error.contains("b.yml") && error.contains("line") && !error.contains("Geheim"),
                "{error}"
            );
        }
    }

    #[test]
    fn later_layers_take_precedence_and_origins_are_recorded() {
        let mut layers = Layers::default();
        layers.add_yaml(Path::new("b.yml"), "server: {port: 1, tls: 'on'}\nlog: {level: debug}").unwrap();
        let environment = [
            ("BAILIWICK_SERVER__PORT", "2"),
            ("BAILIWICK_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("BAILIWICK_SERVER__CERTIFICATE_NAMES", "a.example.com, 192.0.2.7"),
            ("BAILIWICK_DATABASE__URL", "postgres://u:hunter2@h/d"),
            ("BAILIWICK_KEY", "not a setting"),
            ("PATH", "/bin"),
        ];
        layers.add_environment(environment.map(|(n, v)| (n.into(), v.into()))).unwrap();
        layers.add_flag("--port", "server.port", 3);
        let Effective { config, settings } = layers.finish().unwrap();
        assert_eq!((config.server.port, config.server.tls), (3, super::super::Tls::On));
        assert_eq!(config.server.certificate_names, ["a.example.com", "192.0.2.7"]);
        assert_eq!(config.server.trusted_proxies.len(), 2);
        let find = |name: &str| settings.iter().find(|s| s.name == name).unwrap();
        assert_eq!(find("server.port").origin, Origin::Flag("--port"));
        assert_eq!(find("log.level").origin, Origin::File("b.yml".into()));
        assert_eq!(find("docs.swagger").origin, Origin::Default);
        assert_eq!(find("database.url").value, "[secret]");
    }

    #[cfg(unix)]
    #[test]
    fn a_configuration_file_that_others_could_write_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bailiwick.yml");
        let read = |mode| {
            std::fs::write(&path, "server: {port: 19141}").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let mut layers = Layers::default();
            layers.add_file(&path).map_err(|error| error.to_string())?;
            Ok::<_, String>(layers.finish().unwrap().config.server.port)
        };
        assert_eq!(read(0o644).unwrap(), 19141);
        let error = read(0o666).unwrap_err();
        let command = format!("`chmod go-w {}`", path.display());
        assert!(
            error.contains("other users of this machine may change it") && error.contains(&command),
            "{error}"
        );
        // Only root can give a file to another user.
        if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            let error = Layers::default().add_file(&path).unwrap_err().to_string();
            assert!(error.contains("it belongs to user 65534"), "{error}");
            assert!(error.contains("Run this program as user 65534"), "{error}");
        }
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (yaml, environment, expected) in [
            (
                "server:\n  prot: 1",
                &[][..],
                "bailiwick.yml: there is no setting server.prot; did you mean server.port?",
            ),
            (
                "",
                &[("BAILIWICK_SERVER__PROT", "1")][..],
                "there is no setting server.prot; did you mean server.port?",
            ),
            ("server:\n  port: many", &[], "bailiwick.yml: server.port: invalid type: string \"many\""),
            (
                "",
                &[("BAILIWICK_SERVER__PORT", "70000")],
                "environment BAILIWICK_SERVER__PORT: server.port: invalid value",
            ),
            ("server: 3", &[], "bailiwick.yml: server: expected settings within this section"),
            (
                "log: {slow_statement_milliseconds: 0}",
                &[],
                "bailiwick.yml: log.slow_statement_milliseconds: expected 1 to 3600000",
            ),
            ("- a", &[], "bailiwick.yml: expected settings"),
            (
                "server: {certificate_names: [a.example.com, 'https://b']}",
                &[],
                "bailiwick.yml: server.certificate_names: expected names and addresses such as",
            ),
            (
                "{server: {certificate_names: ['*.example.com']}}",
                &[],
                "bailiwick.yml: server.certificate_names: expected names and addresses such as",
            ),
            (
                "{server: {certificate_names: [a.example.com], tls: off}}",
                &[],
                "bailiwick.yml: server.certificate_names: expected no names",
            ),
            ("server: {tls: maybe}", &[], "bailiwick.yml: server.tls: expected `on` or `off`"),
            ("server: {certificate: a.pem}", &[], "bailiwick.yml: server.certificate: expected both"),
            ("server: {private_key: a.pem}", &[], "bailiwick.yml: server.private_key: expected both"),
            (
                "{server: {port: 3003}, flags: {enable_integration_api: true}}",
                &[],
                "bailiwick.yml: server.port: expected a port other than that of server.integration_port",
            ),
            ("server: {http_port: 8443}", &[], "bailiwick.yml: server.http_port: expected a port other than"),
            (
                "server: {http_port: 80, tls: off}",
                &[],
                "bailiwick.yml: server.http_port: expected no HTTP port",
            ),
            (
                "server: {metrics_address: '0.0.0.0:9464'}",
                &[],
                "bailiwick.yml: server.metrics_address: expected a loopback address, such as 127.0.0.1:9464, found 0.0.0.0",
            ),
            (
                "",
                &[("BAILIWICK_SERVER__METRICS_ADDRESS", "9464")],
                "server.metrics_address: expected a loopback address and a port, such as 127.0.0.1:9464",
            ),
            (
                "server: {metrics_address: '127.0.0.1:8443'}",
                &[],
                "bailiwick.yml: server.metrics_address: expected a port other than that of server.port",
            ),
            (
                "server: {http_port: 9464, metrics_address: '127.0.0.1:9464'}",
                &[],
                "bailiwick.yml: server.metrics_address: expected a port other than that of server.http_port",
            ),
            ("server: {trusted_proxies: [10.0.0.1/8]}", &[], "did you mean 10.0.0.0/8?"),
            ("database: {url: mysql://x}", &[], "database.url: expected a database address"),
            ("log: {level: 'loud=='}", &[], "bailiwick.yml: log.level"),
            ("log: {level: loud}", &[], "log.level: expected one of off, error, warn"),
            ("data: {directory: ''}", &[], "data.directory: expected a directory"),
            (
                "server: {max_concurrent_requests: 0}",
                &[],
                "server.max_concurrent_requests: expected at least 1",
            ),
        ] {
            let error = error(yaml, environment);
            assert!(error.contains(expected), "{yaml:?}: {error}");
        }
    }

    #[test]
    fn the_value_of_a_secret_setting_is_in_no_error() {
        let error = error("keys: {peppers: '1:hunter2'}", &[]);
        assert!(error.contains("keys.peppers") && !error.contains("hunter2"), "{error}");
    }
}
