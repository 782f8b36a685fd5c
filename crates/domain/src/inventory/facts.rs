//! Facts: what an agent reports about the machine that it runs on.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::front::FrontState;
use crate::text::hidden::is_hidden;
use crate::time::Timestamp;

/// The most disks, addresses and shells that are kept for one machine.
pub const LISTED_MAX: usize = 64;
/// The most characters of one fact.
pub const FACT_MAX: usize = 255;

/// A mounted disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Disk")]
pub struct Disk {
    /// The device, as the operating system names it.
    pub device: String,
    /// The path where it is mounted.
    pub mount_point: String,
    /// The file system: `ext4`, `ntfs`.
    pub file_system: String,
    /// Its size in bytes.
    pub total_bytes: u64,
}

/// What an agent reports about the machine that it runs on. Facts that it could not determine are
/// absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Facts {
    /// The host name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The operating system: `linux`, `windows`, `darwin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The operating system's name and version for people: `Debian GNU/Linux 13 (trixie)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_description: Option<String>,
    /// The version of the operating system: `13`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// The version of the kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The architecture, as OpenTelemetry writes it: `amd64`, `arm64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The processor's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// The number of logical processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_cores: Option<u32>,
    /// The memory in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The mounted disks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disks: Vec<Disk>,
    /// The IP addresses, without loopback addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// When the machine was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booted_at: Option<Timestamp>,
    /// The kind of virtual machine or container: `kvm`, `docker`; `none` for a physical machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtualization: Option<String>,
    /// The time zone: `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The version of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    /// How the agent reaches the server: `websocket`, or `http` if it polls because a proxy on the way does not
    /// let WebSockets through, or because it was told to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// The available shells, by name or path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shells: Vec<String>,
    /// Whether the machine must be restarted, as after an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reboot_required: Option<bool>,
    /// The port on which the agent serves the metrics of exporters; absent if it should not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front: Option<FrontState>,
}

impl Facts {
    /// Cuts all facts to their bounds and removes control and hidden characters, since what an agent
    /// reports is not trusted.
    pub fn bound(&mut self) {
        let texts = [
            &mut self.hostname,
            &mut self.os,
            &mut self.os_description,
            &mut self.os_version,
            &mut self.kernel,
            &mut self.architecture,
            &mut self.cpu_model,
            &mut self.virtualization,
            &mut self.time_zone,
            &mut self.agent_version,
            &mut self.transport,
        ];
        for text in texts {
            *text = text.take().map(|text| bounded(&text)).filter(|text| !text.is_empty());
        }
        self.disks.truncate(LISTED_MAX);
        for disk in &mut self.disks {
            for text in [&mut disk.device, &mut disk.mount_point, &mut disk.file_system] {
                *text = bounded(text);
            }
        }
        self.addresses.truncate(LISTED_MAX);
        self.shells.truncate(LISTED_MAX);
        for shell in &mut self.shells {
            *shell = bounded(shell);
        }
        if let Some(front) = &mut self.front {
            front.bound();
        }
    }
}

fn bounded(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !is_hidden(*c))
        .take(FACT_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reported_facts_are_cleaned_and_cut_to_length() {
        let mut facts = Facts {
            hostname: Some(format!(" db\u{200b}-1\n\u{1b}\u{202e}[31m{}", "x".repeat(400))),
            kernel: Some("\n".into()),
            shells: vec!["sh".into(); 200],
            ..Facts::default()
        };
        facts.bound();
        let hostname = facts.hostname.unwrap();
        assert!(hostname.starts_with("db-1[31mx") && hostname.chars().count() <= FACT_MAX);
        assert_eq!(facts.kernel, None);
        assert_eq!(facts.shells.len(), LISTED_MAX);
    }

    #[test]
    fn unknown_facts_are_omitted() {
        let facts = Facts { cpu_cores: Some(2), ..Facts::default() };
        assert_eq!(serde_json::to_string(&facts).unwrap(), r#"{"cpu_cores":2}"#);
        assert_eq!(serde_json::from_str::<Facts>("{}").unwrap(), Facts::default());
    }
}
