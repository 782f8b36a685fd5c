//! Finds the executables of the programs that the agent runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bailiwick_domain::agent::AgentType;

/// The directories to search after those of `PATH`.
const USUAL: &[&str] = &["/usr/local/bin", "/usr/bin", "/usr/sbin", "/opt/bailiwick/bin", "/opt/exporters"];

/// Where to find the executables of the programs that the agent runs.
#[derive(Clone, Debug)]
pub struct Executables {
    /// The executables that the agent's configuration names.
    pub configured: BTreeMap<AgentType, PathBuf>,
    /// The directories to search for the others, in this order.
    pub directories: Vec<PathBuf>,
}

/// Why no executable was found.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFound {
    /// The configured file does not exist or is not executable.
    #[error("the configured program {} does not exist or cannot be executed", .0.display())]
    Configured(PathBuf),
    /// None of these names is in the directories.
    #[error("the program {} was not found: install it, or name it in the agent's configuration", .0.join(" or "))]
    Anywhere(&'static [&'static str]),
}

/// The names of the executables for a type: those of their authors, then those in Debian.
pub(super) const fn names(kind: AgentType) -> &'static [&'static str] {
    match kind {
        AgentType::NodeExporter => &["node_exporter", "prometheus-node-exporter"],
        AgentType::MysqldExporter => &["mysqld_exporter", "prometheus-mysqld-exporter"],
        AgentType::MongodbExporter => &["mongodb_exporter", "prometheus-mongodb-exporter"],
        AgentType::PostgresExporter => &["postgres_exporter", "prometheus-postgres-exporter"],
        AgentType::ProxysqlExporter => &["proxysql_exporter", "prometheus-proxysql-exporter"],
        AgentType::ValkeyExporter => {
            &["valkey_exporter", "redis_exporter", "prometheus-valkey-exporter", "prometheus-redis-exporter"]
        }
        AgentType::RdsExporter => &["rds_exporter", "prometheus-rds-exporter"],
        AgentType::BailiwickAgent
        | AgentType::AzureDatabaseExporter
        | AgentType::MtconnectAdapter
        | AgentType::Opamp
        | AgentType::ExternalExporter => &[],
    }
}

impl Executables {
    /// The executables of this machine: the `configured` ones, others in `PATH` and the usual
    /// directories.
    pub fn of_this_machine(configured: BTreeMap<AgentType, PathBuf>) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // A relative directory would depend on where the agent was started.
        let directories = std::env::split_paths(&path).filter(|directory| directory.is_absolute());
        Self { configured, directories: directories.chain(USUAL.iter().map(PathBuf::from)).collect() }
    }

    /// The executable for agents of a type.
    pub(super) fn find(&self, kind: AgentType) -> Result<PathBuf, NotFound> {
        if let Some(path) = self.configured.get(&kind) {
            return if is_executable(path) {
                Ok(path.clone())
            } else {
                Err(NotFound::Configured(path.clone()))
            };
        }
        let names = names(kind);
        let mut places = self.directories.iter().flat_map(|place| names.iter().map(|name| place.join(name)));
        places.find(|path| is_executable(path)).ok_or(NotFound::Anywhere(names))
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_configured_program_has_priority_over_the_default_names() {
        let home = tempfile::tempdir().unwrap();
        let make = |name: &str, mode| {
            let path = home.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let mut executables =
            Executables { configured: BTreeMap::new(), directories: vec![home.path().into()] };
        let said = executables.find(AgentType::NodeExporter).unwrap_err().to_string();
        assert!(said.contains("node_exporter or prometheus-node-exporter"), "{said}");
        make("node_exporter", 0o644);
        let debian = make("prometheus-node-exporter", 0o755);
        assert_eq!(executables.find(AgentType::NodeExporter).unwrap(), debian);
        let own = make("mine", 0o755);
        executables.configured.insert(AgentType::NodeExporter, own.clone());
        assert_eq!(executables.find(AgentType::NodeExporter).unwrap(), own);
        std::fs::remove_file(&own).unwrap();
        assert!(
            matches!(executables.find(AgentType::NodeExporter), Err(NotFound::Configured(path)) if path == own)
        );
    }

    #[test]
    fn every_supervised_type_has_program_names() {
        for kind in AgentType::ALL {
            let started = kind.is_supervised() && kind != AgentType::AzureDatabaseExporter;
            assert_eq!(!names(kind).is_empty(), started, "{kind}");
        }
    }
}
