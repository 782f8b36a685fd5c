//! Finds the shells and other programs of the machine.

use std::path::{Path, PathBuf};

use bailiwick_domain::command::Shell;
use bailiwick_domain::facts::LISTED_MAX;

/// Where to look for programs in addition to the agent's own `PATH`.
const USUAL: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The name of the program for a named shell; `None` for a path.
const fn name(shell: &Shell) -> Option<&'static str> {
    match shell {
        Shell::Bash => Some("bash"),
        Shell::Sh => Some("sh"),
        Shell::PowerShell => Some("powershell"),
        Shell::Pwsh => Some("pwsh"),
        Shell::Cmd => Some("cmd"),
        Shell::Python if cfg!(windows) => Some("python"),
        Shell::Python => Some("python3"),
        Shell::Path(_) => None,
    }
}

/// The directories in which to look for programs.
fn directories() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    if cfg!(unix) {
        directories.extend(USUAL.iter().map(PathBuf::from));
    }
    // A relative directory would depend on where the agent was started.
    directories.retain(|directory| directory.is_absolute());
    directories
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    #[cfg(unix)]
    let is_executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let is_executable = true;
    metadata.is_file() && is_executable
}

/// The path of a shell's program on this machine, if it exists.
pub fn find(shell: &Shell) -> Option<PathBuf> {
    if let Shell::Path(path) = shell {
        return Some(PathBuf::from(path)).filter(|path| is_program(path));
    }
    program(name(shell)?)
}

/// The path of a program on this machine, by its name, if it exists.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    directories().into_iter().map(|directory| directory.join(&file)).find(|path| is_program(path))
}

/// The shells of this machine: the named ones, then others that `/etc/shells` lists.
pub fn present() -> Vec<String> {
    let mut shells: Vec<String> = Shell::NAMED
        .iter()
        .filter(|shell| find(shell).is_some())
        .map(|shell| shell.as_str().into())
        .collect();
    let listed = std::fs::read_to_string("/etc/shells").unwrap_or_default();
    for line in listed.lines().map(str::trim).filter(|line| line.starts_with('/')) {
        let name = line.rsplit('/').next().unwrap_or_default();
        let is_known = shells.iter().any(|shell| shell == name || shell.rsplit('/').next() == Some(name));
        // `/etc/shells` also lists login programs that are not shells.
        if !is_known && name.ends_with("sh") && is_program(Path::new(line)) {
            shells.push(line.to_owned());
        }
    }
    shells.truncate(LISTED_MAX);
    shells
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_executable_shells_on_this_machine_are_found() {
        assert!(find(&Shell::Sh).unwrap().is_absolute());
        assert!(present().contains(&"sh".to_owned()));
        assert!(!present().contains(&"cmd".to_owned()));
        assert_eq!(find(&Shell::Path("/bin/sh".into())), Some("/bin/sh".into()));
        assert_eq!(find(&Shell::Path("/nowhere/sh".into())), None);
        // The file exists, but is not executable.
        assert_eq!(find(&Shell::Path("/etc/passwd".into())), None);
        assert_eq!(find(&Shell::Path("/tmp".into())), None);
    }
}
