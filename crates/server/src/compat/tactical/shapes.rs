//! Tactical RMM's formats of clients, sites and agents, and how they are made from our objects.

use std::collections::HashMap;

use bailiwick_domain::facts::Facts;
use bailiwick_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The label of a node with the type that Tactical RMM has for each agent: `server` or `workstation`.
pub(super) const MONITORING_TYPE: &str = "monitoring_type";

/// The number that stands for an id: the first 53 bits of the SHA-256 of its text, as much as every JSON
/// library can represent. Among 10,000 ids, the probability that two share a number is 1 in 180 million.
pub(super) fn number(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (first >> 11).max(1)
}

/// An organization, as our operations return it.
#[derive(Deserialize)]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) name: String,
}

/// A site, as our operations return it.
#[derive(Clone, Deserialize)]
pub(super) struct OurSite {
    pub(super) id: String,
    pub(super) name: String,
}

/// A `bailiwick_agent`, as our operations return it.
#[derive(Deserialize)]
pub(super) struct OurAgent {
    pub(super) runs_on: Option<String>,
}

/// A node, as our operations return it.
#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) site_id: Option<String>,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) distro: Option<String>,
    pub(super) model: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) serial_number: Option<String>,
    pub(super) labels: HashMap<String, String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) last_seen_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) facts: Option<Facts>,
}

/// How long an agent may be silent before Tactical RMM calls it offline, and overdue, in minutes.
const OFFLINE_MINUTES: u32 = 4;
const OVERDUE_MINUTES: u32 = 30;

const GIBIBYTE: u64 = 1 << 30;

impl Node {
    /// Tactical RMM's status of the node at a time.
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        let silent_for = |minutes: u32| {
            self.last_seen_at.is_some_and(|seen| seen.plus_seconds(i64::from(minutes) * 60) <= now)
        };
        match self.last_seen_at {
            Some(_) if silent_for(OVERDUE_MINUTES) => "overdue",
            Some(_) if silent_for(OFFLINE_MINUTES) => "offline",
            // An agent that has said goodbye is offline at once.
            Some(_) if self.status != "offline" => "online",
            Some(_) | None => "offline",
        }
    }

    fn told(&self) -> Facts {
        self.facts.clone().unwrap_or_default()
    }

    /// The time of the machine's last start, in seconds since 1970.
    fn boot_time(&self) -> Option<f64> {
        let booted = self.facts.as_ref()?.booted_at?;
        Some((booted.as_micros() / 1_000_000) as f64)
    }

    fn cpu_model(&self) -> Vec<String> {
        self.told().cpu_model.into_iter().collect()
    }

    fn local_ips(&self) -> String {
        let addresses = self.told().addresses;
        addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    fn physical_disks(&self) -> Vec<String> {
        let disks = self.told().disks;
        disks.iter().map(|disk| format!("{} {}GB", disk.device, disk.total_bytes / GIBIBYTE)).collect()
    }

    fn disks(&self) -> Vec<Value> {
        let each = self.told().disks.into_iter();
        each.map(|disk| {
            let total = format!("{:.1} GB", disk.total_bytes as f64 / GIBIBYTE as f64);
            json!({ "device": disk.device, "fstype": disk.file_system, "total": total })
        })
        .collect()
    }

    /// The operating system, as the agent reports it, or else as a person entered it.
    fn operating_system(&self) -> Option<String> {
        self.told().os_description.or_else(|| self.distro.clone())
    }

    /// The manufacturer and the model.
    pub(super) fn make_model(&self) -> String {
        let parts: Vec<&str> =
            [&self.manufacturer, &self.model].into_iter().flatten().map(String::as_str).collect();
        parts.join(" ")
    }

    /// The value of the label, if Tactical RMM has such a type; otherwise empty.
    pub(super) fn monitoring_type(&self) -> String {
        let label = self.labels.get(MONITORING_TYPE);
        label.filter(|kind| matches!(kind.as_str(), "server" | "workstation")).cloned().unwrap_or_default()
    }
}

/// Whether checks fail; none do, because Bailiwick has no checks.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct FailingChecks {
    pub(super) error: bool,
    pub(super) warning: bool,
}

/// A client, as Tactical RMM writes it.
#[derive(Serialize)]
pub(super) struct Client {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) server_policy: Option<u64>,
    pub(super) workstation_policy: Option<u64>,
    pub(super) alert_template: Option<u64>,
    pub(super) block_policy_inheritance: bool,
    pub(super) sites: Vec<Site>,
    pub(super) custom_fields: [Value; 0],
    pub(super) agent_count: usize,
    pub(super) maintenance_mode: bool,
    pub(super) failing_checks: FailingChecks,
}

/// A site, as Tactical RMM writes it. The list of sites contains fewer members than the list of clients.
#[derive(Clone, Serialize)]
pub(super) struct Site {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) server_policy: Option<u64>,
    pub(super) workstation_policy: Option<u64>,
    pub(super) alert_template: Option<u64>,
    pub(super) client_name: String,
    pub(super) client: u64,
    pub(super) custom_fields: [Value; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent_count: Option<usize>,
    pub(super) block_policy_inheritance: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maintenance_mode: Option<bool>,
    pub(super) failing_checks: FailingChecks,
}

impl Site {
    pub(super) fn of(site: OurSite, organization: &Organization, agent_count: Option<usize>) -> Self {
        Self {
            id: number(&site.id),
            name: site.name,
            server_policy: None,
            workstation_policy: None,
            alert_template: None,
            client_name: organization.name.clone(),
            client: number(&organization.id),
            custom_fields: [],
            agent_count,
            block_policy_inheritance: false,
            maintenance_mode: agent_count.map(|_| false),
            failing_checks: FailingChecks::default(),
        }
    }
}

/// The results of checks, which are always empty.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Checks {
    pub(super) total: u32,
    pub(super) passing: u32,
    pub(super) failing: u32,
    pub(super) warning: u32,
    pub(super) info: u32,
    pub(super) has_failing_checks: bool,
}

/// An agent in short, as Tactical RMM writes it.
#[derive(Serialize)]
pub(super) struct ShortAgent {
    pub(super) id: u64,
    pub(super) hostname: String,
    pub(super) agent_id: String,
    pub(super) client: String,
    pub(super) site: String,
}

/// An agent in a list. Tactical RMM leaves out `policy` for agents without one, so it is never here.
#[derive(Serialize)]
pub(super) struct TableAgent {
    pub(super) agent_id: String,
    pub(super) alert_template: Option<Value>,
    pub(super) hostname: String,
    pub(super) site_name: String,
    pub(super) client_name: String,
    pub(super) monitoring_type: String,
    pub(super) description: Option<String>,
    pub(super) needs_reboot: Option<bool>,
    pub(super) pending_actions_count: u32,
    pub(super) status: &'static str,
    pub(super) overdue_text_alert: bool,
    pub(super) overdue_email_alert: bool,
    pub(super) overdue_dashboard_alert: bool,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) boot_time: Option<f64>,
    pub(super) checks: Checks,
    pub(super) maintenance_mode: bool,
    pub(super) logged_username: String,
    pub(super) italic: bool,
    pub(super) block_policy_inheritance: bool,
    pub(super) plat: String,
    pub(super) goarch: String,
    pub(super) has_patches_pending: Option<bool>,
    pub(super) version: String,
    pub(super) operating_system: Option<String>,
    pub(super) public_ip: Option<String>,
    pub(super) cpu_model: Vec<String>,
    pub(super) graphics: String,
    pub(super) local_ips: String,
    pub(super) make_model: String,
    pub(super) physical_disks: Vec<String>,
    pub(super) custom_fields: [Value; 0],
    pub(super) serial_number: String,
}

impl TableAgent {
    pub(super) fn of(node: Node, client: &str, site: &str, now: Timestamp) -> Self {
        let facts = node.told();
        Self {
            alert_template: None,
            site_name: site.to_owned(),
            client_name: client.to_owned(),
            monitoring_type: node.monitoring_type(),
            needs_reboot: facts.reboot_required,
            pending_actions_count: 0,
            status: node.status(now),
            overdue_text_alert: false,
            overdue_email_alert: false,
            overdue_dashboard_alert: false,
            last_seen: node.last_seen_at,
            boot_time: node.boot_time(),
            checks: Checks::default(),
            maintenance_mode: false,
            logged_username: String::new(),
            italic: false,
            block_policy_inheritance: false,
            has_patches_pending: None,
            public_ip: None,
            cpu_model: node.cpu_model(),
            graphics: String::new(),
            local_ips: node.local_ips(),
            make_model: node.make_model(),
            physical_disks: node.physical_disks(),
            custom_fields: [],
            operating_system: node.operating_system(),
            plat: facts.os.unwrap_or_default(),
            goarch: facts.architecture.unwrap_or_default(),
            version: facts.agent_version.unwrap_or_default(),
            agent_id: node.id,
            hostname: node.name,
            description: node.description,
            serial_number: node.serial_number.unwrap_or_default(),
        }
    }
}

/// An agent in full.
#[derive(Serialize)]
pub(super) struct Agent {
    pub(super) version: String,
    pub(super) operating_system: Option<String>,
    pub(super) plat: String,
    pub(super) goarch: String,
    pub(super) hostname: String,
    pub(super) agent_id: String,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) services: [Value; 0],
    pub(super) public_ip: Option<String>,
    pub(super) total_ram: Option<u64>,
    pub(super) disks: Vec<Value>,
    pub(super) boot_time: Option<f64>,
    pub(super) logged_in_username: Option<String>,
    pub(super) last_logged_in_user: Option<String>,
    pub(super) monitoring_type: String,
    pub(super) description: Option<String>,
    pub(super) mesh_node_id: Option<String>,
    pub(super) overdue_email_alert: bool,
    pub(super) overdue_text_alert: bool,
    pub(super) overdue_dashboard_alert: bool,
    pub(super) offline_time: Option<u32>,
    pub(super) overdue_time: Option<u32>,
    pub(super) check_interval: Option<u32>,
    pub(super) needs_reboot: Option<bool>,
    pub(super) choco_installed: Option<bool>,
    pub(super) wmi_detail: Value,
    pub(super) patches_last_installed: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) maintenance_mode: bool,
    pub(super) block_policy_inheritance: bool,
    pub(super) alert_template: Option<Value>,
    pub(super) site: Option<u64>,
    pub(super) policy: Option<u64>,
    pub(super) default_shell: Option<String>,
    pub(super) default_shell_custom: Option<String>,
    pub(super) created_by: Option<String>,
    pub(super) created_time: String,
    pub(super) modified_by: Option<String>,
    pub(super) modified_time: String,
    pub(super) winupdatepolicy: [Value; 0],
    pub(super) status: &'static str,
    pub(super) cpu_model: Vec<String>,
    pub(super) local_ips: String,
    pub(super) make_model: String,
    pub(super) physical_disks: Vec<String>,
    pub(super) graphics: String,
    pub(super) checks: Checks,
    pub(super) timezone: Option<String>,
    pub(super) all_timezones: [String; 0],
    pub(super) client: String,
    pub(super) site_name: String,
    pub(super) custom_fields: [Value; 0],
    pub(super) applied_policies: AppliedPolicies,
    pub(super) effective_patch_policy: Option<Value>,
    pub(super) effective_default_shell: Option<String>,
}

/// The policies of an agent, which are always empty.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct AppliedPolicies {
    pub(super) agent_policy: Option<()>,
    pub(super) site_policy: Option<()>,
    pub(super) client_policy: Option<()>,
    pub(super) default_policy: Option<()>,
}

impl Agent {
    pub(super) fn of(node: Node, client: String, site: Option<OurSite>, now: Timestamp) -> Self {
        let facts = node.told();
        Self {
            last_seen: node.last_seen_at,
            services: [],
            public_ip: None,
            // In whole gibibytes, but at least one.
            total_ram: facts.memory_bytes.map(|bytes| ((bytes + GIBIBYTE / 2) / GIBIBYTE).max(1)),
            disks: node.disks(),
            boot_time: node.boot_time(),
            logged_in_username: None,
            last_logged_in_user: None,
            monitoring_type: node.monitoring_type(),
            mesh_node_id: None,
            overdue_email_alert: false,
            overdue_text_alert: false,
            overdue_dashboard_alert: false,
            offline_time: Some(OFFLINE_MINUTES),
            overdue_time: Some(OVERDUE_MINUTES),
            check_interval: None,
            needs_reboot: facts.reboot_required,
            choco_installed: None,
            wmi_detail: json!({}),
            patches_last_installed: None,
            time_zone: facts.time_zone.clone(),
            maintenance_mode: false,
            block_policy_inheritance: false,
            alert_template: None,
            site: site.as_ref().map(|site| number(&site.id)),
            policy: None,
            default_shell: None,
            default_shell_custom: None,
            created_by: None,
            modified_by: None,
            winupdatepolicy: [],
            status: node.status(now),
            cpu_model: node.cpu_model(),
            local_ips: node.local_ips(),
            make_model: node.make_model(),
            physical_disks: node.physical_disks(),
            graphics: String::new(),
            checks: Checks::default(),
            timezone: facts.time_zone,
            all_timezones: [],
            client,
            site_name: site.map(|site| site.name).unwrap_or_default(),
            custom_fields: [],
            applied_policies: AppliedPolicies::default(),
            effective_patch_policy: None,
            effective_default_shell: None,
            operating_system: node.operating_system(),
            version: facts.agent_version.unwrap_or_default(),
            plat: facts.os.unwrap_or_default(),
            goarch: facts.architecture.unwrap_or_default(),
            hostname: node.name,
            agent_id: node.id,
            description: node.description,
            created_time: node.created_at,
            modified_time: node.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts store these numbers, so they must never change.
    #[test]
    fn the_numbers_of_ids_never_change() {
        assert_eq!(number("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f"), 3_058_556_498_786_097);
        assert!(number("") < 1 << 53);
    }
}
