//! The names of the nouns of this crate.
//!
//! They are apart from the nouns, because a noun is also named by code that it uses itself. This module imports
//! nothing of any noun. What else there is to say of a noun is its [`NounSpec`], in the noun's own module.

pub use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, Reaches};
pub(crate) use bailiwick_engine::noun::{asked, readable, require_unused};

/// `agents`.
pub const AGENT: Noun = Noun::new("agent", "agents");
/// `ansible`, the inventory in Ansible's format.
pub const ANSIBLE: Noun = Noun::new("ansible_inventory", "ansible");
/// `commands`.
pub const COMMAND: Noun = Noun::new("command", "commands");
/// `front`, of which an organization has one.
pub const FRONT: Noun = Noun::new("exporter_front", "front");
/// `keys`.
pub const KEY: Noun = Noun::new("key", "keys");
/// `maintenance_windows`.
pub const MAINTENANCE_WINDOW: Noun = Noun::new("maintenance_window", "maintenance_windows");
/// `memberships`.
pub const MEMBERSHIP: Noun = Noun::new("membership", "memberships");
/// `nodes`.
pub const NODE: Noun = Noun::new("node", "nodes");
/// `organizations`.
pub const ORGANIZATION: Noun = Noun::new("organization", "organizations");
/// `prometheus`, the exporters as targets of Prometheus.
pub const PROMETHEUS: Noun = Noun::new("prometheus_target", "prometheus");
/// `roles`.
pub const ROLE: Noun = Noun::new("role", "roles");
/// `schedules`.
pub const SCHEDULE: Noun = Noun::new("schedule", "schedules");
/// `scripts`.
pub const SCRIPT: Noun = Noun::new("script", "scripts");
/// `second_factors`.
pub const SECOND_FACTOR: Noun = Noun::new("second_factor", "second_factors");
/// `selections`.
pub const SELECTION: Noun = Noun::new("selection", "selections");
/// `services`.
pub const SERVICE: Noun = Noun::new("service", "services");
/// `sessions`.
pub const SESSION: Noun = Noun::new("session", "sessions");
/// `sites`.
pub const SITE: Noun = Noun::new("site", "sites");
/// `updates`.
pub const UPDATE: Noun = Noun::new("update", "updates");
/// `users`.
pub const USER: Noun = Noun::new("user", "users");
