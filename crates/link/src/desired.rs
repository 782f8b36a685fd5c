//! Desired state: the programs that an agent should keep running, sent as its OpAMP remote
//! configuration.

use std::collections::BTreeMap;

use bailiwick_domain::agent::{AgentType, SettingValue};
use bailiwick_domain::id::AgentId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::opamp::{AgentConfigFile, AgentConfigMap, AgentRemoteConfig};

/// The name of the only file in the configuration.
pub const FILE: &str = "bailiwick.json";
/// The media type of the file.
pub const CONTENT_TYPE: &str = "application/json";

/// The programs that an agent should keep running.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// The programs, by the id of their agent record.
    pub programs: BTreeMap<AgentId, Program>,
    /// How it should serve their metrics; absent if it should not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front: Option<Front>,
}

/// How an agent should serve the metrics of its programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Front {
    /// The HTTPS port on which it should listen.
    pub port: u16,
    /// Identifies the certificate authority and the names of the agent's certificate. An agent whose certificate has
    /// another label asks for a new one.
    pub label: String,
}

/// One program.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The agent type of the program.
    #[serde(rename = "type")]
    pub kind: AgentType,
    /// Its settings, by name.
    pub settings: BTreeMap<String, SettingValue>,
    /// Its secrets, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// Why its secrets are withheld. The agent then does not start the program, and reports this text
    /// as its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
    /// The port on which it should listen; if absent, the agent chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen_port: Option<u16>,
    /// The service that it observes; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ObservedService>,
    /// The nodes that it observes from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<WatchedNode>,
}

impl std::fmt::Debug for Program {
    /// Leaves out the values of the secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, settings, secrets, withheld, listen_port, service, nodes } = self;
        let secrets: Vec<&String> = secrets.keys().collect();
        f.debug_struct("Program")
            .field("kind", kind)
            .field("settings", settings)
            .field("secrets", &secrets)
            .field("withheld", withheld)
            .field("listen_port", listen_port)
            .field("service", service)
            .field("nodes", nodes)
            .finish()
    }
}

/// A service that a program observes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedService {
    /// Its name.
    pub name: String,
    /// The host name or IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The TCP port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path of the Unix domain socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// The database to connect to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// A node that a program observes from elsewhere: a cloud database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedNode {
    /// Its name.
    pub name: String,
    /// Its address; for a cloud database, the instance's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its cloud region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The file [`FILE`] is missing.
    #[error("expected a file {FILE}")]
    NoFile,
    /// The file is not valid JSON of this form.
    #[error("{FILE} cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl Desired {
    /// The OpAMP remote configuration. Its hash is the SHA-256 of the file.
    pub fn to_remote_config(&self) -> Result<AgentRemoteConfig, serde_json::Error> {
        let body = serde_json::to_vec(self)?;
        let config_hash = Sha256::digest(&body).to_vec();
        let file = AgentConfigFile { body, content_type: CONTENT_TYPE.into() };
        let config = AgentConfigMap { config_map: [(FILE.to_owned(), file)].into() };
        Ok(AgentRemoteConfig { config: Some(config), config_hash })
    }

    /// The desired state without secrets: an agent reports it as the configuration that is in effect.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        for program in self.programs.values_mut() {
            program.secrets.clear();
        }
        self
    }

    /// Reads the desired state from an OpAMP remote configuration.
    pub fn from_remote_config(config: &AgentRemoteConfig) -> Result<Self, BadConfig> {
        let files = config.config.as_ref().ok_or(BadConfig::NoFile)?;
        let file = files.config_map.get(FILE).ok_or(BadConfig::NoFile)?;
        Ok(serde_json::from_slice(&file.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desired_state_is_sent_and_read_and_hides_secrets() {
        let id: AgentId = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let program = Program {
            kind: AgentType::PostgresExporter,
            settings: BTreeMap::new(),
            secrets: [("password".into(), "hunter2".into())].into(),
            withheld: None,
            listen_port: None,
            service: None,
            nodes: Vec::new(),
        };
        let desired = Desired { programs: [(id, program)].into(), front: None };
        let config = desired.to_remote_config().unwrap();
        assert_eq!(config.config_hash.len(), 32);
        assert_eq!(Desired::from_remote_config(&config).unwrap(), desired);
        assert!(!format!("{desired:?}").contains("hunter2"));
        let told = serde_json::to_string(&desired.clone().without_secrets()).unwrap();
        assert!(told.contains("postgres_exporter") && !told.contains("hunter2"));
        let other = Desired::default().to_remote_config().unwrap();
        assert_ne!(other.config_hash, config.config_hash);
        let empty = AgentRemoteConfig { config: None, config_hash: Vec::new() };
        assert!(matches!(Desired::from_remote_config(&empty), Err(BadConfig::NoFile)));
    }
}
