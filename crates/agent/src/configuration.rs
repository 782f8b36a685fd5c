//! The desired state that the server sends as remote configuration, and what became of it.

use bailiwick_link::desired::Desired;
use bailiwick_link::opamp::{AgentRemoteConfig, Applied, EffectiveConfig, RemoteConfigStatus};

/// What became of the last configuration.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    status: Option<RemoteConfigStatus>,
    effective: Option<EffectiveConfig>,
}

impl Configuration {
    /// Applies a configuration.
    pub(crate) fn apply(&mut self, config: &AgentRemoteConfig) {
        let applied = match Desired::from_remote_config(config) {
            Ok(desired) if desired.programs.is_empty() => {
                desired.to_remote_config().map_err(|e| e.to_string())
            }
            Ok(_) => Err("this version of the agent keeps no programs running".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let (status, error_message) = match applied {
            Ok(applied) => {
                self.effective = Some(EffectiveConfig { config_map: applied.config });
                (Applied::Applied, String::new())
            }
            Err(error) => (Applied::Failed, error),
        };
        let last_remote_config_hash = config.config_hash.clone();
        self.status =
            Some(RemoteConfigStatus { last_remote_config_hash, status: status.into(), error_message });
    }

    /// What became of the last one.
    pub(crate) fn status(&self) -> Option<RemoteConfigStatus> {
        self.status.clone()
    }

    /// What holds.
    pub(crate) fn effective(&self) -> Option<EffectiveConfig> {
        self.effective.clone()
    }
}
