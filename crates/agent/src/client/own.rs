//! What our agent tells of itself.

use bailiwick_domain::facts::Facts;
use bailiwick_domain::time::Timestamp;
use bailiwick_link::description;
use bailiwick_link::opamp::{
    AgentDescription, Applied, ComponentHealth, ConnectionSettingsStatus, EffectiveConfig,
    RemoteConfigStatus, unix_nanos,
};

use crate::configuration::Configuration;
use crate::session::Machine;

/// Our agent and its machine.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) facts: Facts,
    pub(super) machine_id: String,
    pub(super) instance_uid: uuid::Uuid,
    pub(super) started_at: Timestamp,
    pub(super) configuration: Configuration,
    pub(super) settings: Option<ConnectionSettingsStatus>,
}

impl Own {
    /// What became of the connection settings with this hash.
    pub(super) fn note_settings(&mut self, hash: &[u8], status: Applied, error_message: String) {
        let last_connection_settings_hash = hash.to_vec();
        self.settings = Some(ConnectionSettingsStatus {
            last_connection_settings_hash,
            status: status.into(),
            error_message,
        });
    }
}

impl Machine for Own {
    fn description(&self) -> AgentDescription {
        description::describe(&self.facts, &self.machine_id, &self.instance_uid.to_string())
    }

    fn health(&self) -> ComponentHealth {
        ComponentHealth {
            healthy: true,
            start_time_unix_nano: unix_nanos(self.started_at),
            status: "running".to_owned(),
            status_time_unix_nano: unix_nanos(self.started_at),
            ..ComponentHealth::default()
        }
    }

    fn effective_config(&self) -> Option<EffectiveConfig> {
        self.configuration.effective()
    }

    fn remote_config_status(&self) -> Option<RemoteConfigStatus> {
        self.configuration.status()
    }

    fn connection_settings_status(&self) -> Option<ConnectionSettingsStatus> {
        self.settings.clone()
    }
}
