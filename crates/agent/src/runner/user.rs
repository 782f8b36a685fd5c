//! Running commands as another user.

use std::ffi::OsString;
use std::path::PathBuf;

/// The prefix of an order's variables while the helper process changes to the user. That process is
/// root at first, so variables that affect the dynamic loader must have no effect on it.
pub(super) const HANDED_ON: &str = "BAILIWICK_FOR_COMMAND_";

/// The user that a command runs as, if not the agent's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) home: PathBuf,
    pub(super) shell: PathBuf,
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;

    use bailiwick_files::accounts::Account;
    use nix::unistd::{self, Gid, Uid};

    use super::{HANDED_ON, OsString, User};

    fn lookup(name: &str) -> Result<Account, String> {
        match Account::by_name(name) {
            Ok(Some(user)) => Ok(user),
            Ok(None) => Err(format!("this machine has no user {name}")),
            Err(error) => Err(format!("the user {name} could not be looked up: {error}")),
        }
    }

    /// The user to run as; `None` if the agent already runs as that user.
    pub(in super::super) fn become_whom(name: &str) -> Result<Option<User>, String> {
        let user = lookup(name)?;
        let own = unistd::geteuid();
        if user.uid == own.as_raw() {
            return Ok(None);
        }
        if !own.is_root() {
            let who = own_account().map_or_else(|| own.to_string(), |account| account.name);
            return Err(format!(
                "not permitted: the agent runs as {who}, and only an agent that runs as root can run commands as {name}"
            ));
        }
        Ok(Some(User { name: user.name, home: user.home, shell: user.shell }))
    }

    fn own_account() -> Option<Account> {
        Account::by_uid(unistd::geteuid().as_raw()).ok().flatten()
    }

    /// The home directory of the user that the agent runs as.
    pub(in super::super) fn own_home() -> Option<std::path::PathBuf> {
        own_account().map(|account| account.home)
    }

    /// Changes to a user with all its groups, enters a directory, and executes a program in place of
    /// this process. Returns an error message only if that fails.
    pub fn become_user(name: &str, directory: &Path, program: &OsString, arguments: &[OsString]) -> String {
        let attempt = || -> Result<io::Error, String> {
            let user = lookup(name)?;
            let say = |what: &str| {
                let what = what.to_owned();
                move |error: nix::Error| format!("{what} {name}: {error}")
            };
            #[cfg(not(target_vendor = "apple"))]
            {
                let groups = user.groups().map_err(|error| format!("the groups of {name}: {error}"))?;
                let groups: Vec<Gid> = groups.into_iter().map(Gid::from_raw).collect();
                unistd::setgroups(&groups).map_err(say("cannot switch to the groups of"))?;
            }
            unistd::setgid(Gid::from_raw(user.gid)).map_err(say("cannot switch to the group of"))?;
            unistd::setuid(Uid::from_raw(user.uid)).map_err(say("cannot switch to the user"))?;
            // The directory is entered as the user, so a command cannot run in a directory that its
            // user may not enter.
            std::env::set_current_dir(directory)
                .map_err(|error| format!("{}: {error}", directory.display()))?;
            let mut command = Command::new(program);
            command.args(arguments);
            for (name, value) in std::env::vars_os() {
                if let Some(own) = name.to_str().and_then(|name| name.strip_prefix(HANDED_ON)) {
                    command.env(own, value).env_remove(&name);
                }
            }
            Ok(command.exec())
        };
        match attempt() {
            Ok(error) => format!("{}: {error}", program.to_string_lossy()),
            Err(error) => error,
        }
    }
}

#[cfg(unix)]
pub use unix::become_user;
#[cfg(unix)]
pub(super) use unix::{become_whom, own_home};

#[cfg(not(unix))]
pub(super) fn become_whom(name: &str) -> Result<Option<User>, String> {
    Err(format!(
        "this agent cannot run commands as {name}: on Windows, commands run as the user of the agent"
    ))
}

#[cfg(not(unix))]
pub(super) fn own_home() -> Option<PathBuf> {
    std::env::var_os("USERPROFILE").map(PathBuf::from)
}

/// The helper that changes to another user before it executes a command: the agent's own program,
/// called in a special way. The standard library does not set supplementary groups, so a helper is
/// needed.
#[derive(Clone, Debug, Default)]
pub struct Becoming {
    /// The program and its first arguments; the user, the directory, the program to execute and its
    /// arguments follow. Empty if there is no helper.
    pub command: Vec<OsString>,
}
