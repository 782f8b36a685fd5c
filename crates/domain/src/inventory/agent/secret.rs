//! Agent secrets: write-only values by name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::AgentType;
use super::AgentType::{
    AzureDatabaseExporter, ExternalExporter, MongodbExporter, MysqldExporter, PostgresExporter,
    ProxysqlExporter, RdsExporter, ValkeyExporter,
};
use super::setting::DATABASES;
use crate::id::AgentId;

/// The most characters of a secret; a private key of 4,096 bits has some 3,300.
pub const SECRET_MAX: usize = 16_384;

/// The secret that holds the password for the exporter's own metrics.
const AGENT_PASSWORD: &str = "agent_password";

/// Each secret: its name, its description and the types of agents that have it. The names are those of
/// Percona PMM's inventory API.
const TABLE: &[(&str, &str, &[AgentType])] = &[
    (AGENT_PASSWORD, "The password with which the agent's own metrics are fetched.", DATABASES),
    ("aws_secret_key", "The secret that belongs to the setting `aws_access_key`.", &[RdsExporter]),
    (
        "azure_client_secret",
        "The secret that belongs to the setting `azure_client_id`.",
        &[AzureDatabaseExporter],
    ),
    (
        "password",
        "The password that belongs to the setting `username`.",
        &[
            MysqldExporter,
            MongodbExporter,
            PostgresExporter,
            ProxysqlExporter,
            ValkeyExporter,
            ExternalExporter,
        ],
    ),
    ("tls_certificate_key", "The client's certificate and private key, in PEM.", &[MongodbExporter]),
    (
        "tls_certificate_key_file_password",
        "The password of the private key in `tls_certificate_key`.",
        &[MongodbExporter],
    ),
    (
        "tls_key",
        "The client's private key, in PEM, that belongs to the setting `tls_cert`.",
        &[MysqldExporter, PostgresExporter, ValkeyExporter],
    ),
];

/// The name of a secret that agents of some type have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SecretName(&'static str);

/// Why a secret is refused. The error never contains the secret's value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Agents of that type have no such secret.
    #[error("there is no such secret; {}", known(*agent))]
    Unknown {
        /// The agent's type.
        agent: AgentType,
    },
    /// The value is not a text of an allowed length.
    #[error("expected a text of 1 to {SECRET_MAX} characters without NUL")]
    Text,
}

fn known(agent: AgentType) -> String {
    let names: Vec<_> = SecretName::all(agent).map(|name| name.0).collect();
    if names.is_empty() {
        format!("agents of type {agent} have none")
    } else {
        format!("agents of type {agent} have {}", names.join(", "))
    }
}

impl SecretName {
    /// The secrets that agents of a type have.
    pub fn all(agent: AgentType) -> impl Iterator<Item = Self> {
        TABLE.iter().filter(move |(_, _, agents)| agents.contains(&agent)).map(|(name, _, _)| Self(name))
    }

    /// The secret with this name that agents of a type have.
    pub fn of(agent: AgentType, name: &str) -> Result<Self, BadSecret> {
        Self::all(agent).find(|known| known.0 == name).ok_or(BadSecret::Unknown { agent })
    }

    /// The secret that a text from the database names.
    pub fn parse(name: &str) -> Option<Self> {
        TABLE.iter().find(|(known, _, _)| *known == name).map(|(known, _, _)| Self(known))
    }

    /// The name as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether the secret never leaves the node that its agent runs on.
    pub fn stays_on_its_node(self) -> bool {
        self.0 == AGENT_PASSWORD
    }

    /// The text for which an agent's secret is [sealed](crate::authority::key::Peppers::seal), so that it can
    /// be decrypted only for this agent, name and destination. In secrets that are older than destinations,
    /// it names no destination.
    pub fn place(self, agent: AgentId, destination: Option<&str>) -> String {
        let place = format!("agent/{agent}/{}", self.0);
        match destination {
            Some(destination) => format!("{place}/{destination}"),
            None => place,
        }
    }
}

impl JsonSchema for SecretName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "SecretName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<_> = TABLE.iter().map(|(name, _, _)| *name).collect();
        json_schema!({ "type": "string", "enum": names })
    }
}

/// The value of a secret. It is stored only in sealed form.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// A secret of 1 to 16,384 characters, none of them NUL.
    pub fn new(text: String) -> Result<Self, BadSecret> {
        let text = Zeroizing::new(text);
        let length = text.chars().take(SECRET_MAX + 1).count();
        if (1..=SECRET_MAX).contains(&length) && !text.contains('\0') {
            Ok(Self(text))
        } else {
            Err(BadSecret::Text)
        }
    }

    /// The value itself, for sealing.
    pub fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Secrets by name, as a client sends them; `None` removes a secret.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, Option<SecretText>>);

impl Secrets {
    /// Each secret by name. The names are not yet checked against the agent's type.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&SecretText>)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_ref()))
    }

    /// Adds a secret, as when a table's column holds it.
    pub fn insert(&mut self, name: String, text: SecretText) {
        self.0.insert(name, Some(text));
    }

    /// Whether there are no secrets.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Secrets {
    /// Implemented by hand, since serde's own errors would repeat the secret.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Value::Object(members) = Value::deserialize(from)? else {
            return Err(D::Error::custom("expected an object that maps the names of secrets to texts"));
        };
        let secrets = members.into_iter().map(|(name, value)| {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(SecretText::new(text)),
                _ => Some(Err(BadSecret::Text)),
            };
            match text.transpose() {
                Ok(text) => Ok((name, text)),
                Err(error) => Err(D::Error::custom(format!("{name}: {error}"))),
            }
        });
        secrets.collect::<Result<_, _>>().map(Self)
    }
}

/// The schema of secrets by name, each of this type.
fn by_name(kind: &Value) -> Schema {
    let properties = TABLE.iter().map(|(name, what, _)| {
        let text = json!({
            "description": what, "type": kind, "format": "password", "minLength": 1,
            "maxLength": SECRET_MAX, "writeOnly": true,
        });
        ((*name).to_owned(), text)
    });
    let properties: serde_json::Map<_, _> = properties.collect();
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

impl JsonSchema for Secrets {
    fn schema_name() -> Cow<'static, str> {
        "AgentSecrets".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        by_name(&json!("string"))
    }
}

/// Stands for changes of secrets in schemas: null removes a secret.
#[derive(Debug)]
pub struct SecretChanges;

impl JsonSchema for SecretChanges {
    fn schema_name() -> Cow<'static, str> {
        "AgentSecretChanges".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        by_name(&json!(["string", "null"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_type_has_its_own_secrets() {
        let of = |agent| SecretName::all(agent).map(SecretName::as_str).collect::<Vec<_>>();
        assert_eq!(of(MysqldExporter), ["agent_password", "password", "tls_key"]);
        assert_eq!(of(RdsExporter), ["aws_secret_key"]);
        assert_eq!(of(AgentType::NodeExporter), [""; 0]);
        assert!(TABLE.is_sorted_by_key(|(name, _, _)| *name));
        assert_eq!(SecretName::of(RdsExporter, "aws_secret_key"), Ok(SecretName("aws_secret_key")));
        let error = SecretName::of(RdsExporter, "password").unwrap_err().to_string();
        assert_eq!(error, "there is no such secret; agents of type rds_exporter have aws_secret_key");
    }

    #[test]
    fn a_secret_is_in_no_debug_output_or_error() {
        let secret = SecretText::new("hunter2".to_owned()).unwrap();
        assert!(!format!("{secret:?}").contains("hunter2"));
        let secrets: Secrets = serde_json::from_str(r#"{"password": "hunter2", "tls_key": null}"#).unwrap();
        assert!(!format!("{secrets:?}").contains("hunter2"));
        let names: Vec<_> = secrets.iter().map(|(name, text)| (name, text.is_some())).collect();
        assert_eq!(names, [("password", true), ("tls_key", false)]);
        for wrong in [
            r#""hunter2""#.to_owned(),
            r#"["hunter2"]"#.to_owned(),
            r#"{"password": 482910}"#.to_owned(),
            r#"{"password": ["hunter2"]}"#.to_owned(),
            r#"{"password": "hunter2\u0000"}"#.to_owned(),
            format!(r#"{{"password": "{}"}}"#, "hunter2".repeat(3_000)),
        ] {
            let error = serde_json::from_str::<Secrets>(&wrong).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && !error.contains("482910"), "{error}");
        }
    }
}
