//! The installed systemd units, compared to those of this version.

use std::path::Path;

use super::finding::Finding;

/// A unit of this version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    name: &'static str,
    text: &'static str,
}

/// The unit of the server.
pub(super) const SERVER: Unit =
    Unit { name: "bailiwick.service", text: include_str!("../../../../packaging/bailiwick.service") };
/// The unit of the agent.
pub(super) const AGENT: Unit = Unit {
    name: "bailiwick-agent.service",
    text: include_str!("../../../../packaging/bailiwick-agent.service"),
};

/// The settings of a unit, without comments.
fn settings(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with('['))
}

impl Unit {
    /// Compares the unit in a directory with this one. Nothing is said if none is installed. Only lines of this
    /// version's unit are shown: others may contain secrets.
    pub(super) fn check(self, check: &'static str, directory: &Path) -> Option<Finding> {
        let path = directory.join(self.name);
        let installed = match std::fs::read_to_string(&path) {
            Ok(installed) => installed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => {
                let next = format!("run doctor as a user who may read {}", path.display());
                return Some(Finding::skipped(check, format!("{}: {error}", path.display()), next));
            }
        };
        // The script that installs an agent puts the program into another directory than the package.
        let installed = installed.replace("/usr/local/bin/", "/usr/bin/");
        let missing: Vec<_> =
            settings(self.text).filter(|line| !settings(&installed).any(|other| other == *line)).collect();
        let Some(first) = missing.first() else {
            return Some(Finding::ok(check, format!("{} has the settings of this version", path.display())));
        };
        let more = match missing.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Some(Finding::warning(
            check,
            format!("{} lacks settings of this version's unit: `{first}`{more}", path.display()),
            format!(
                "install packaging/{} of this version, with your own settings in a drop-in (`systemctl edit {}`); then run `systemctl daemon-reload`",
                self.name, self.name
            ),
        ))
    }
}
