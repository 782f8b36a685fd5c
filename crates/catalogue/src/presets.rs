//! Scopes for usual purposes of keys, from which people choose.

use serde::Serialize;

/// A purpose of a key, and the scopes for it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Preset {
    /// A name for programs.
    pub id: &'static str,
    /// A name for people.
    pub title: &'static str,
    /// What such a key is for.
    pub summary: &'static str,
    /// The scopes.
    pub scopes: &'static [&'static str],
}

/// The purposes, in the order in which they are shown.
pub static PRESETS: [Preset; 10] = [
    Preset {
        id: "read_everything",
        title: "Read everything",
        summary: "Look at everything in its reach, and change nothing",
        scopes: &["*:read"],
    },
    Preset {
        id: "inventory_read",
        title: "Inventory: read",
        summary: "Look at sites, nodes, services and agents",
        scopes: &["sites:read", "nodes:read", "services:read", "agents:read"],
    },
    Preset {
        id: "inventory_change",
        title: "Inventory: read and change",
        summary: "Keep sites, nodes, services and agents up to date, as a program does that has its own list of them",
        scopes: &["sites:*", "nodes:*", "services:*", "agents:*"],
    },
    Preset {
        id: "run_commands",
        title: "Run commands",
        summary: "Run commands on nodes, and read their output",
        scopes: &["nodes:read", "commands:read", "commands.create", "commands.cancel"],
    },
    Preset {
        id: "run_scripts",
        title: "Run saved scripts",
        summary: "Run scripts that somebody else saved, and read their output",
        scopes: &["nodes:read", "scripts:read", "scripts.run", "commands:read"],
    },
    Preset {
        id: "updates",
        title: "Install updates",
        summary: "See which updates nodes lack, and install them",
        scopes: &["nodes:read", "updates:*", "commands:read"],
    },
    Preset {
        id: "reporting",
        title: "Report on production",
        summary: "Read machine data and reports: a closed list, to which nothing is added later",
        scopes: &["reporting"],
    },
    Preset {
        id: "send_observations",
        title: "Send machine data",
        summary: "Send observations of machines, and read nothing",
        scopes: &["observations.create"],
    },
    Preset {
        id: "erp",
        title: "Start and stop jobs",
        summary: "Start and stop jobs on machines, as programs for enterprise resource planning do",
        scopes: &["erp"],
    },
    Preset {
        id: "audit_read",
        title: "Read the audit trail",
        summary: "Read who did what, as a program does that collects logs",
        scopes: &["audit:read"],
    },
];

#[cfg(test)]
mod tests {
    use bailiwick_domain::scope::Scope;

    use super::*;
    use crate::catalogue;

    #[test]
    fn every_scope_of_a_preset_opens_an_operation() {
        for preset in &PRESETS {
            for scope in preset.scopes {
                let parsed: Scope = scope.parse().unwrap();
                let opens = |spec: &bailiwick_engine::shape::spec::Spec| parsed.permits(spec.subject());
                assert!(catalogue().operations().iter().any(|operation| opens(operation.spec)), "{scope}");
            }
        }
    }
}
