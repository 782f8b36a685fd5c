//! Reports on the supervised programs, as OpAMP messages.

use std::collections::HashMap;

use bailiwick_link::desired::{CONTENT_TYPE, Desired, FILE};
use bailiwick_link::health;
use bailiwick_link::opamp::{
    AgentConfigFile, AgentConfigMap, AgentRemoteConfig, Applied, ComponentHealth, EffectiveConfig,
    RemoteConfigStatus,
};

use super::Supervisor;

impl Supervisor {
    /// Applies a remote configuration, and returns whether that succeeded.
    pub fn apply_remote_config(&self, config: &AgentRemoteConfig) -> RemoteConfigStatus {
        let applied = Desired::from_remote_config(config)
            .map_err(|error| error.to_string())
            .and_then(|desired| self.apply(desired).map_err(|error| error.to_string()));
        let (status, error_message) = match applied {
            Ok(()) => (Applied::Applied, String::new()),
            Err(error) => (Applied::Failed, error),
        };
        RemoteConfigStatus {
            last_remote_config_hash: config.config_hash.clone(),
            status: status.into(),
            error_message,
        }
    }

    /// The configuration that is in effect, without secrets.
    pub fn effective_config(&self) -> EffectiveConfig {
        let desired = self.state.lock().desired.clone().without_secrets();
        let body = serde_json::to_vec(&desired).unwrap_or_default();
        let file = AgentConfigFile { body, content_type: CONTENT_TYPE.to_owned() };
        EffectiveConfig { config_map: Some(AgentConfigMap { config_map: [(FILE.to_owned(), file)].into() }) }
    }

    /// The health of the programs, as components of the agent's own health.
    pub fn component_health(&self) -> HashMap<String, ComponentHealth> {
        let programs = self.health().into_iter();
        programs.map(|(id, program)| (id.to_string(), health::component(program))).collect()
    }
}
