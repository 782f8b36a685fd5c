//! The state of Bailiwick's agent, as it reports it.

use std::sync::Arc;

use bailiwick_domain::facts::Facts;
use bailiwick_domain::time::Timestamp;
use bailiwick_link::description;
use bailiwick_link::opamp::{
    AgentDescription, Applied, ComponentHealth, ConnectionSettingsStatus, EffectiveConfig,
    RemoteConfigStatus, unix_nanos,
};

use crate::session::Machine;
use crate::supervise::Supervisor;

/// The state of Bailiwick's agent and its machine.
pub(super) struct Own {
    pub(super) facts: Facts,
    pub(super) machine_id: String,
    pub(super) instance_uid: uuid::Uuid,
    pub(super) started_at: Timestamp,
    pub(super) programs: Arc<Supervisor>,
    /// Whether the last configuration was applied.
    pub(super) configuration: Option<RemoteConfigStatus>,
    pub(super) settings: Option<ConnectionSettingsStatus>,
}

impl Own {
    /// Notes whether the connection settings with this hash were applied.
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
            component_health_map: self.programs.component_health(),
            ..ComponentHealth::default()
        }
    }

    fn effective_config(&self) -> Option<EffectiveConfig> {
        self.configuration.as_ref().map(|_| self.programs.effective_config())
    }

    fn remote_config_status(&self) -> Option<RemoteConfigStatus> {
        self.configuration.clone()
    }

    fn connection_settings_status(&self) -> Option<ConnectionSettingsStatus> {
        self.settings.clone()
    }
}
