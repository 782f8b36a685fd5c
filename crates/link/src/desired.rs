//! Desired state: the programs that an agent is to keep running, as its remote configuration.

use std::collections::BTreeMap;

use bailiwick_domain::agent::{AgentType, SettingValue};
use bailiwick_domain::id::AgentId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::opamp::{AgentConfigFile, AgentConfigMap, AgentRemoteConfig};

/// The name of the configuration's one file.
pub const FILE: &str = "bailiwick.json";
/// Its media type.
pub const CONTENT_TYPE: &str = "application/json";

/// The programs that an agent is to keep running.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// The programs, by the id of their agent row.
    pub programs: BTreeMap<AgentId, Program>,
}

/// One program.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What kind of agent it is.
    #[serde(rename = "type")]
    pub kind: AgentType,
    /// How it is set up.
    pub settings: BTreeMap<String, SettingValue>,
    /// Its secrets, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// Why its secrets are withheld. It is not started then, and this is told as the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
    /// The port that it is to listen at; if there is none, the agent chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen_port: Option<u16>,
    /// The service that it watches, if it watches one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Watched>,
    /// The other machines that it watches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<WatchedNode>,
}

impl std::fmt::Debug for Program {
    /// Without the secrets.
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

/// A service that a program watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its name.
    pub name: String,
    /// The host where it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The port where it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The socket where it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// The database to ask in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// A machine that a program watches from elsewhere: one of a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedNode {
    /// Its name.
    pub name: String,
    /// Its address; of a database in a cloud, the instance's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The region of its cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Why a configuration is none of ours.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// The file is not there.
    #[error("expected a file {FILE}")]
    NoFile,
    /// It cannot be read.
    #[error("{FILE} cannot be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl Desired {
    /// As OpAMP carries it. The hash is SHA-256 of the file.
    pub fn to_remote_config(&self) -> Result<AgentRemoteConfig, serde_json::Error> {
        let body = serde_json::to_vec(self)?;
        let config_hash = Sha256::digest(&body).to_vec();
        let file = AgentConfigFile { body, content_type: CONTENT_TYPE.into() };
        let config = AgentConfigMap { config_map: [(FILE.to_owned(), file)].into() };
        Ok(AgentRemoteConfig { config: Some(config), config_hash })
    }

    /// The same without its secrets: what an agent tells of the configuration that holds.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        for program in self.programs.values_mut() {
            program.secrets.clear();
        }
        self
    }

    /// From what OpAMP carries.
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
    fn desired_state_travels_and_hides_its_secrets() {
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
        let desired = Desired { programs: [(id, program)].into() };
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
