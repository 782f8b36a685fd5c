//! What a simulated machine reports about itself.

use bailiwick_agent::session::Machine;
use bailiwick_domain::facts::{Disk, Facts};
use bailiwick_link::description::describe;
use bailiwick_link::opamp::{
    AgentDescription, Applied, ComponentHealth, ConnectionSettingsStatus, EffectiveConfig, RemoteConfigStatus,
};

/// A simulated machine.
pub(crate) struct SimulatedMachine<'a> {
    pub(crate) number: u32,
    pub(crate) prefix: &'a str,
    pub(crate) machine_id: &'a str,
    pub(crate) instance: String,
    pub(crate) config_hash: Vec<u8>,
}

impl Machine for SimulatedMachine<'_> {
    fn description(&self) -> AgentDescription {
        let [_, b, c, d] = self.number.to_be_bytes();
        let facts = Facts {
            hostname: Some(format!("{}-{:05}", self.prefix, self.number)),
            os: Some("linux".into()),
            os_description: Some("Simulated GNU/Linux 1".into()),
            kernel: Some("6.12.0".into()),
            architecture: Some("amd64".into()),
            cpu_model: Some("Simulated".into()),
            cpu_cores: Some(2),
            memory_bytes: Some(4 << 30),
            disks: vec![Disk {
                device: "/dev/vda1".into(),
                mount_point: "/".into(),
                file_system: "ext4".into(),
                total_bytes: 64 << 30,
            }],
            // From the range of addresses for benchmarks (RFC 2544).
            addresses: vec![[198, 18 + (b & 1), c, d].into()],
            agent_version: Some(env!("CARGO_PKG_VERSION").into()),
            shells: vec!["sh".into()],
            ..Facts::default()
        };
        describe(&facts, self.machine_id, &self.instance)
    }

    fn health(&self) -> ComponentHealth {
        ComponentHealth { healthy: true, status: "running".into(), ..ComponentHealth::default() }
    }

    fn effective_config(&self) -> Option<EffectiveConfig> {
        None
    }

    fn remote_config_status(&self) -> Option<RemoteConfigStatus> {
        (!self.config_hash.is_empty()).then(|| RemoteConfigStatus {
            last_remote_config_hash: self.config_hash.clone(),
            status: Applied::Applied.into(),
            error_message: String::new(),
        })
    }

    fn connection_settings_status(&self) -> Option<ConnectionSettingsStatus> {
        None
    }
}
