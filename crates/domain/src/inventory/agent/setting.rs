//! Agent settings: values by name, checked against one table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

use super::AgentType;
use super::AgentType::{
    AzureDatabaseExporter, ExternalExporter, MongodbExporter, MtconnectAdapter, MysqldExporter, NodeExporter,
    PostgresExporter, ProxysqlExporter, RdsExporter, ValkeyExporter,
};
use super::{Misfit, SecretName};

/// The most characters of a setting's text, unless its kind has another limit.
pub const SETTING_MAX: usize = 255;
/// The most characters of one or more certificates in PEM.
pub(super) const PEM_MAX: usize = 16_384;
/// The most texts in a list or map.
pub(super) const ENTRIES_MAX: usize = 100;

/// The kind of values that a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// True or false.
    Flag,
    /// A whole number within bounds.
    Integer {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A text of one line.
    Text,
    /// Certificates in PEM (RFC 7468), which have several lines.
    Pem,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A duration in seconds, followed by `s`, as in `1.5s`.
    Duration,
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
    /// A path that begins with `/`.
    Path,
    /// A list of texts of one line each.
    Texts,
    /// Texts of one line each, under names that the client chooses.
    Map,
    /// Durations under some of these names.
    Durations(&'static [&'static str]),
}

use SettingKind::{Choice, Duration, Durations, Flag, Integer, Map, Path, Pem, Text, Texts, Url};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// The kind of values that it takes.
    pub kind: SettingKind,
    /// Whether it must be given.
    pub required: bool,
    /// Its value if the client gives none.
    pub default: Option<&'static str>,
    /// The types of agents that have it.
    agents: &'static [AgentType],
}

const fn optional(name: &'static str, kind: SettingKind, agents: &'static [AgentType]) -> Setting {
    Setting { name, kind, required: false, default: None, agents }
}

const fn required(name: &'static str, kind: SettingKind, agents: &'static [AgentType]) -> Setting {
    Setting { required: true, ..optional(name, kind, agents) }
}

const fn defaulted(
    name: &'static str,
    kind: SettingKind,
    default: &'static str,
    agents: &'static [AgentType],
) -> Setting {
    Setting { default: Some(default), ..optional(name, kind, agents) }
}

/// The types of agents that query a database.
pub(super) const DATABASES: &[AgentType] =
    &[MysqldExporter, MongodbExporter, PostgresExporter, ProxysqlExporter, ValkeyExporter];
/// The exporters that Bailiwick's agent starts on a node, and from which metrics are fetched.
const EXPORTERS: &[AgentType] = &[
    NodeExporter,
    MysqldExporter,
    MongodbExporter,
    PostgresExporter,
    ProxysqlExporter,
    ValkeyExporter,
    RdsExporter,
    AzureDatabaseExporter,
];
/// The upper bound where a setting has none of its own: the largest signed number of 32 bits.
const COUNT_MAX: i64 = i32::MAX as i64;

/// The settings, by name. Those of exporters are named as in Percona PMM's inventory API, so that its
/// configurations can be taken over.
pub(super) const TABLE: &[Setting] = &[
    optional("authentication_database", Text, &[MongodbExporter]),
    optional("authentication_mechanism", Text, &[MongodbExporter]),
    optional("auto_discovery_limit", Integer { least: -1, most: COUNT_MAX }, &[PostgresExporter]),
    optional("aws_access_key", Text, &[RdsExporter]),
    optional("aws_role_arn", Text, &[RdsExporter]),
    optional("azure_client_id", Text, &[AzureDatabaseExporter]),
    optional("azure_resource_group", Text, &[AzureDatabaseExporter]),
    required("azure_resource_type", Text, &[AzureDatabaseExporter]),
    optional("azure_subscription_id", Text, &[AzureDatabaseExporter]),
    optional("azure_tenant_id", Text, &[AzureDatabaseExporter]),
    optional("basic_metrics_disabled", Flag, &[RdsExporter]),
    optional("collections_limit", Integer { least: -1, most: COUNT_MAX }, &[MongodbExporter]),
    optional("connection_timeout", Duration, &[MysqldExporter]),
    optional("device", Text, &[MtconnectAdapter]),
    optional("disabled_collectors", Texts, EXPORTERS),
    optional("enable_all_collectors", Flag, &[MongodbExporter]),
    optional("enhanced_metrics_disabled", Flag, &[RdsExporter]),
    optional("environment_variable_names", Texts, &[MongodbExporter]),
    optional("expose_exporter", Flag, EXPORTERS),
    optional("extra_dsn_params", Map, &[MysqldExporter]),
    optional(
        "log_level",
        Choice(&["fatal", "error", "warn", "info", "debug"]),
        &[
            NodeExporter,
            MysqldExporter,
            MongodbExporter,
            PostgresExporter,
            ProxysqlExporter,
            ValkeyExporter,
            RdsExporter,
            AzureDatabaseExporter,
            MtconnectAdapter,
        ],
    ),
    optional("max_exporter_connections", Integer { least: 1, most: COUNT_MAX }, &[PostgresExporter]),
    defaulted("metrics_path", Path, "/metrics", &[ExternalExporter]),
    optional("metrics_resolutions", Durations(&["hr", "mr", "lr"]), EXPORTERS),
    optional(
        "push_metrics",
        Flag,
        &[
            NodeExporter,
            MysqldExporter,
            MongodbExporter,
            PostgresExporter,
            ProxysqlExporter,
            ValkeyExporter,
            RdsExporter,
            AzureDatabaseExporter,
            ExternalExporter,
        ],
    ),
    defaulted("scheme", Choice(&["http", "https"]), "http", &[ExternalExporter]),
    optional("stats_collections", Texts, &[MongodbExporter]),
    optional("tablestats_group_table_limit", Integer { least: -1, most: COUNT_MAX }, &[MysqldExporter]),
    optional("tls", Flag, DATABASES),
    optional("tls_ca", Pem, &[MysqldExporter, MongodbExporter, PostgresExporter, ValkeyExporter]),
    optional("tls_cert", Pem, &[MysqldExporter, PostgresExporter, ValkeyExporter]),
    optional(
        "tls_skip_verify",
        Flag,
        &[
            MysqldExporter,
            MongodbExporter,
            PostgresExporter,
            ProxysqlExporter,
            ValkeyExporter,
            ExternalExporter,
        ],
    ),
    // HTTP for MTConnect (ANSI/MTC1.4), SHDR for the older protocol of adapters.
    required("url", Url(&["http", "https", "shdr"]), &[MtconnectAdapter]),
    required("username", Text, &[MysqldExporter, PostgresExporter]),
    optional("username", Text, &[MongodbExporter, ProxysqlExporter, ValkeyExporter, ExternalExporter]),
];

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// Texts by name.
    Map(BTreeMap<String, String>),
}

/// Why a setting is refused. The error does not contain the value, which may be a secret in the wrong
/// field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// Agents of that type have no such setting.
    #[error("there is no such setting; {}", known(*agent))]
    Unknown {
        /// The agent's type.
        agent: AgentType,
    },
    /// It is a secret, not a setting.
    #[error("this is a secret: give it in `secrets`, where it is never shown again")]
    Secret,
    /// The agent's type requires it, and it is absent.
    #[error("expected a value: agents of type {agent} need one")]
    Missing {
        /// The agent's type.
        agent: AgentType,
    },
    /// Its value is not one that it takes.
    #[error("{}", expected(*kind))]
    Value {
        /// The kind of values that it takes.
        kind: SettingKind,
    },
    /// Its value is a URL that contains a user name or a password.
    #[error("expected a URL without a user name and password before the host: every caller who may read the agent sees its settings. {}", belongs(*agent))]
    Userinfo {
        /// The agent's type.
        agent: AgentType,
    },
    /// The value has a JSON type that no setting takes.
    #[error("expected a text, a whole number, true or false, a list of texts or an object of texts")]
    Shape,
}

/// Says where a password for a URL belongs.
fn belongs(agent: AgentType) -> String {
    match SecretName::of(agent, "password") {
        Ok(_) => "A password belongs in `secrets`, as `password`".to_owned(),
        Err(_) => format!(
            "Agents of type {agent} cannot store a password: allow the agent by its address, or put a proxy in front that adds the password"
        ),
    }
}

/// Whether a URL has a user name or a password before its host.
fn has_userinfo(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    // Some clients treat a backslash as a slash.
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.contains('@')
}

fn known(agent: AgentType) -> String {
    let names: Vec<_> = Setting::all(agent).map(|setting| setting.name).collect();
    if names.is_empty() {
        format!("agents of type {agent} have none")
    } else {
        format!("agents of type {agent} have {}", names.join(", "))
    }
}

pub(super) fn expected(kind: SettingKind) -> Cow<'static, str> {
    match kind {
        Flag => "expected true or false".into(),
        Integer { least, most } => format!("expected a whole number from {least} to {most}").into(),
        Text => format!("expected a text of 1 to {SETTING_MAX} characters on one line").into(),
        Pem => format!("expected certificates in PEM, at most {PEM_MAX} characters").into(),
        Choice(words) => format!("expected one of {}", words.join(", ")).into(),
        Duration => "expected a duration in seconds, such as 5s or 0.5s".into(),
        Url(schemes) => {
            let schemes: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
            format!("expected a URL that begins with one of {}", schemes.join(", ")).into()
        }
        Path => "expected a path that begins with /, without a query".into(),
        Texts => format!(
            "expected a list of at most {ENTRIES_MAX} texts of 1 to {SETTING_MAX} characters on one line"
        )
        .into(),
        Map => {
            format!("expected an object of at most {ENTRIES_MAX} texts of at most {SETTING_MAX} characters")
                .into()
        }
        Durations(names) => {
            format!("expected an object of durations such as 5s, with the names {}", names.join(", ")).into()
        }
    }
}

fn is_line(text: &str) -> bool {
    (1..=SETTING_MAX).contains(&text.chars().take(SETTING_MAX + 1).count())
        && !text.chars().any(char::is_control)
}

fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix('s') else { return false };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole, 6) && digits(part, 9)
}

impl SettingKind {
    /// Whether a setting of this kind takes a value.
    pub fn takes(self, value: &SettingValue) -> bool {
        match (self, value) {
            (Flag, SettingValue::Flag(_)) => true,
            (Integer { least, most }, SettingValue::Integer(number)) => (least..=most).contains(number),
            (Text, SettingValue::Text(text)) => is_line(text),
            (Pem, SettingValue::Text(text)) => {
                text.chars().take(PEM_MAX + 1).count() <= PEM_MAX
                    && text.contains("-----BEGIN ")
                    && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r'))
            }
            (Choice(words), SettingValue::Text(text)) => words.contains(&text.as_str()),
            (Duration, SettingValue::Text(text)) => is_duration(text),
            (Url(schemes), SettingValue::Text(text)) => {
                is_line(text)
                    && !text.contains(char::is_whitespace)
                    && text
                        .split_once("://")
                        .is_some_and(|(scheme, rest)| schemes.contains(&scheme) && !rest.is_empty())
            }
            // With a query some exporters would send their passwords elsewhere.
            (Path, SettingValue::Text(text)) => {
                is_line(text) && text.starts_with('/') && !text.contains(['?', '#'])
            }
            (Texts, SettingValue::Texts(texts)) => {
                texts.len() <= ENTRIES_MAX && texts.iter().all(|text| is_line(text))
            }
            (Map, SettingValue::Map(texts)) => {
                texts.len() <= ENTRIES_MAX
                    && texts.iter().all(|(name, text)| is_line(name) && (text.is_empty() || is_line(text)))
            }
            (Durations(names), SettingValue::Map(texts)) => {
                texts.iter().all(|(name, text)| names.contains(&name.as_str()) && is_duration(text))
            }
            _ => false,
        }
    }
}

impl Setting {
    /// The settings that agents of a type have.
    pub fn all(agent: AgentType) -> impl Iterator<Item = &'static Self> {
        TABLE.iter().filter(move |setting| setting.agents.contains(&agent))
    }
}

impl TryFrom<Value> for SettingValue {
    type Error = BadSetting;

    fn try_from(value: Value) -> Result<Self, BadSetting> {
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(BadSetting::Shape),
        };
        match value {
            Value::Bool(flag) => Ok(Self::Flag(flag)),
            Value::Number(number) => number.as_i64().map(Self::Integer).ok_or(BadSetting::Shape),
            Value::String(text) => Ok(Self::Text(text)),
            Value::Array(values) => values.into_iter().map(text).collect::<Result<_, _>>().map(Self::Texts),
            Value::Object(members) => {
                let texts = members.into_iter().map(|(name, value)| Ok((name, text(value)?)));
                texts.collect::<Result<_, _>>().map(Self::Map)
            }
            Value::Null => Err(BadSetting::Shape),
        }
    }
}

impl<'de> Deserialize<'de> for SettingValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from)?.try_into().map_err(D::Error::custom)
    }
}

/// The settings of one agent, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, SettingValue>);

impl<'de> Deserialize<'de> for Settings {
    /// Implemented by hand, since serde's own errors would repeat the value, which may be a secret.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Value::Object(members) = Value::deserialize(from)? else {
            return Err(D::Error::custom("expected an object that maps the names of settings to values"));
        };
        let settings = members.into_iter().map(|(name, value)| match SettingValue::try_from(value) {
            Ok(value) => Ok((name, value)),
            Err(error) => Err(D::Error::custom(format!("{name}: {error}"))),
        });
        settings.collect::<Result<_, _>>().map(Self)
    }
}

impl Settings {
    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&SettingValue> {
        self.0.get(name)
    }

    /// Each setting, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SettingValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Sets a setting; `None` removes it.
    pub fn set(&mut self, name: String, value: Option<SettingValue>) {
        match value {
            Some(value) => self.0.insert(name, value),
            None => self.0.remove(&name),
        };
    }

    /// Adds the default values of the agent's type where a setting is absent.
    pub(super) fn complete(&mut self, agent: AgentType) {
        for setting in Setting::all(agent) {
            if let Some(default) = setting.default
                && !self.0.contains_key(setting.name)
            {
                self.0.insert(setting.name.to_owned(), SettingValue::Text(default.to_owned()));
            }
        }
    }

    /// All errors in the settings: those that agents of the type do not have or take, and those that
    /// are missing.
    pub(super) fn misfits(&self, agent: AgentType) -> Vec<Misfit> {
        let misfit = |name: &str, error| Misfit::Setting { name: name.to_owned(), error };
        let mut misfits = Vec::new();
        for (name, value) in self.iter() {
            match Setting::all(agent).find(|setting| setting.name == name) {
                None if SecretName::parse(name).is_some() => misfits.push(misfit(name, BadSetting::Secret)),
                None => misfits.push(misfit(name, BadSetting::Unknown { agent })),
                Some(Setting { kind: Url(_), .. }) if matches!(value, SettingValue::Text(url) if has_userinfo(url)) =>
                {
                    misfits.push(misfit(name, BadSetting::Userinfo { agent }));
                }
                Some(setting) if !setting.kind.takes(value) => {
                    misfits.push(misfit(name, BadSetting::Value { kind: setting.kind }));
                }
                Some(_) => {}
            }
        }
        for setting in Setting::all(agent).filter(|s| s.required && !self.0.contains_key(s.name)) {
            misfits.push(misfit(setting.name, BadSetting::Missing { agent }));
        }
        misfits
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(agent: AgentType, settings: Value) -> Vec<String> {
        let mut settings: Settings = serde_json::from_value(settings).unwrap();
        settings.complete(agent);
        settings.misfits(agent).iter().map(|misfit| format!("{}: {misfit}", misfit.field())).collect()
    }

    #[test]
    fn the_table_of_settings_is_sorted_and_has_no_duplicates() {
        assert!(TABLE.is_sorted_by_key(|setting| setting.name));
        for agent in AgentType::ALL {
            let names: Vec<_> = Setting::all(agent).map(|setting| setting.name).collect();
            assert!(names.is_sorted_by(|a, b| a < b), "{agent}: {names:?}");
            for secret in SecretName::all(agent) {
                assert!(!names.contains(&secret.as_str()), "{agent}: {secret:?}");
            }
        }
        for setting in TABLE {
            let default = setting.default.map(|text| SettingValue::Text(text.to_owned()));
            assert!(default.is_none_or(|value| setting.kind.takes(&value)), "{}", setting.name);
        }
    }

    #[test]
    fn settings_that_do_not_fit_the_agent_type_are_refused() {
        assert_eq!(said(MysqldExporter, json!({ "username": "monitor", "tls": true })), [""; 0]);
        assert_eq!(
            said(MysqldExporter, json!({})),
            ["settings.username: expected a value: agents of type mysqld_exporter need one"]
        );
        assert_eq!(
            said(MtconnectAdapter, json!({ "url": "ftp://cell-7", "usrname": "x", "password": "hunter2" })),
            [
                "settings.password: this is a secret: give it in `secrets`, where it is never shown again",
                "settings.url: expected a URL that begins with one of http://, https://, shdr://",
                "settings.usrname: there is no such setting; agents of type mtconnect_adapter have device, log_level, url",
            ]
        );
        assert_eq!(
            said(AgentType::Opamp, json!({ "tls": true })),
            ["settings.tls: there is no such setting; agents of type opamp have none"]
        );
    }

    #[test]
    fn missing_settings_get_their_defaults() {
        let mut settings: Settings = serde_json::from_value(json!({ "scheme": "https" })).unwrap();
        settings.complete(ExternalExporter);
        assert_eq!(
            serde_json::to_value(&settings).unwrap(),
            json!({ "metrics_path": "/metrics", "scheme": "https" })
        );
        settings.set("scheme".to_owned(), None);
        settings.complete(ExternalExporter);
        assert_eq!(settings.get("scheme"), Some(&SettingValue::Text("http".to_owned())));
    }

    #[test]
    fn setting_values_must_fit_their_kind() {
        let long = "x".repeat(256);
        for (kind, good, bad) in [
            (Flag, json!([true, false]), json!([1, "true"])),
            (Integer { least: -1, most: 9 }, json!([-1, 0, 9]), json!([-2, 10, "1", true])),
            (Text, json!(["monitor", "ü"]), json!(["", "a\nb", long, 1])),
            (
                Pem,
                json!(["-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"]),
                json!(["MII=", "", "-----BEGIN \u{0}"]),
            ),
            (Choice(&["http", "https"]), json!(["http"]), json!(["HTTP", "", 1])),
            (
                Duration,
                json!(["5s", "0.5s", "3600s"]),
                json!(["5", "s", "-1s", "5m", "1.s", "1e3s", "12345678s"]),
            ),
            (Url(&["http"]), json!(["http://a/b"]), json!(["http://", "https://a", "http://a b", "a"])),
            (Path, json!(["/metrics"]), json!(["metrics", "", "/scrape?target=x", "/a#b"])),
            (Texts, json!([[], ["a", "b"]]), json!([[""], [long], vec!["a"; 101], "a"])),
            (Map, json!([{}, {"a": "b", "c": ""}]), json!([{"": "a"}, {"a": long}, ["a"]])),
            (Durations(&["hr"]), json!([{}, {"hr": "5s"}]), json!([{"xr": "5s"}, {"hr": "5"}])),
        ] {
            for value in good.as_array().unwrap() {
                let value = SettingValue::try_from(value.clone()).unwrap();
                assert!(kind.takes(&value), "{kind:?}: {value:?}");
            }
            for value in bad.as_array().unwrap() {
                let value = SettingValue::try_from(value.clone()).unwrap();
                assert!(!kind.takes(&value), "{kind:?}: {value:?}");
                let said = BadSetting::Value { kind }.to_string();
                assert!(said.starts_with("expected "), "{said}");
            }
        }
        for shapeless in [json!(null), json!(1.5), json!([1]), json!({ "a": {} })] {
            assert_eq!(SettingValue::try_from(shapeless), Err(BadSetting::Shape));
        }
    }

    #[test]
    fn a_url_with_a_password_is_refused() {
        for url in ["http://u:hunter2@cell-7", "shdr://hunter2@cell-7:7878", "https://u:p@[::1]/x?y"] {
            let settings = Settings::deserialize(json!({ "url": url })).unwrap();
            let said: Vec<_> = settings.misfits(MtconnectAdapter).iter().map(ToString::to_string).collect();
            let [said] = said.as_slice() else { panic!("{url}: {said:?}") };
            assert!(said.contains("without a user name and password"), "{said}");
            assert!(said.contains("cannot store a password"), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
        for url in ["http://cell-7/probe?from=a@b", "http://cell-7/@x", "http://cell-7#a@b"] {
            assert!(!has_userinfo(url), "{url}");
        }
    }

    #[test]
    fn a_wrong_value_is_not_repeated_in_the_error() {
        for wrong in [json!({ "username": 1.25 }), json!({ "tls_ca": ["hunter2", 125] }), json!("hunter2")] {
            let error = serde_json::from_value::<Settings>(wrong).unwrap_err().to_string();
            assert!(!error.contains("1.25") && !error.contains("hunter2"), "{error}");
        }
    }
}
