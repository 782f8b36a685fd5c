//! The directory with the files of programs. It also records which processes run, so that an agent can
//! end those that its predecessor left behind because it was killed.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bailiwick_domain::id::AgentId;

use super::recipe::File;
use crate::private_file;
use crate::runner::group::Group;

/// How long to wait for a killed process to end, and how often to check.
const GONE_WITHIN: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(10);

/// The file that records a program's process.
const NOTE: &str = "process";

/// The directory with the files of all programs.
pub(super) struct Home {
    directory: PathBuf,
}

impl Home {
    /// Opens the directory, and ends the processes that an earlier agent left running.
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        private_file::make_directory(&directory)?;
        for entry in fs::read_dir(&directory)? {
            let place = entry?.path();
            if let Ok(note) = fs::read_to_string(place.join(NOTE))
                && let Some(id) = note.split(' ').next().and_then(|id| id.parse().ok())
                && identity(id).as_ref() == Some(&note)
            {
                tracing::warn!(
                    process = id,
                    "a program that this agent started before it was killed is still running; it is ended now"
                );
                if let Some(group) = Group::of(id) {
                    group.kill();
                }
                // The old process holds the port of its successor until it has ended.
                let given_up = Instant::now() + GONE_WITHIN;
                while runs(id, &note) && Instant::now() < given_up {
                    std::thread::sleep(LOOK);
                }
            }
            // All directories in here were created by this code.
            if place.is_dir() {
                fs::remove_dir_all(&place)?;
            }
        }
        Ok(Self { directory })
    }

    /// The directory of one program.
    pub(super) fn of(&self, program: AgentId) -> PathBuf {
        self.directory.join(program.to_string())
    }

    /// Creates the directory of a program anew, with its files.
    pub(super) fn furnish(&self, program: AgentId, files: &[File]) -> io::Result<()> {
        let place = self.of(program);
        self.clear(program)?;
        private_file::make_directory(&place)?;
        for file in files {
            new_file(&place.join(file.name))?.write_all(file.body.as_bytes())?;
        }
        Ok(())
    }

    /// Records the process of a program.
    pub(super) fn note(&self, program: AgentId, process: u32) -> io::Result<()> {
        match identity(process) {
            Some(identity) => new_file(&self.of(program).join(NOTE))?.write_all(identity.as_bytes()),
            None => Ok(()),
        }
    }

    /// Removes the directory of a program.
    pub(super) fn clear(&self, program: AgentId) -> io::Result<()> {
        match fs::remove_dir_all(self.of(program)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether the process that a note records still runs. A zombie counts as ended.
fn runs(process: u32, note: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let is_zombie = stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with('Z'));
    !is_zombie && identity(process).as_deref() == Some(note)
}

/// A text that identifies a process uniquely: its id, its start time and the id of the machine's boot.
/// `None` on systems that do not provide these.
fn identity(process: u32) -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in parentheses that may contain anything; the start time is the 22nd
    // field.
    let started = stat.rsplit_once(") ")?.1.split(' ').nth(19)?;
    Some(format!("{process} {started} {}", boot.trim()))
}

/// Creates a file that only its owner may read.
fn new_file(path: &Path) -> io::Result<fs::File> {
    private_file::options().write(true).create_new(true).open(path)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    use std::process::Command;

    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn only_programs_left_by_an_earlier_agent_are_ended() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().join("programs");
        let home = Home::open(at.clone()).unwrap();
        let id = |n: u8| format!("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e{n:02x}").parse::<AgentId>().unwrap();
        let sleeper = || Command::new("sleep").arg("600").process_group(0).spawn().unwrap();
        let (mut ours, mut other) = (sleeper(), sleeper());
        home.furnish(id(1), &[]).unwrap();
        home.note(id(1), ours.id()).unwrap();
        // The same process id, but another process.
        home.furnish(id(2), &[]).unwrap();
        fs::write(home.of(id(2)).join(NOTE), format!("{} 1 boot", other.id())).unwrap();

        Home::open(at.clone()).unwrap();
        assert_eq!(ours.wait().unwrap().signal(), Some(9));
        assert!(other.try_wait().unwrap().is_none());
        assert_eq!(fs::read_dir(&at).unwrap().count(), 0);
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn files_of_programs_are_readable_only_by_their_owner() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::open(directory.path().join("programs")).unwrap();
        let id: AgentId = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let file = |body: &str| File { name: "my.cnf", body: Zeroizing::new(body.to_owned()) };
        home.furnish(id, &[file("old")]).unwrap();
        home.furnish(id, &[file("new")]).unwrap();
        let path = home.of(id).join("my.cnf");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&home.of(id))), (0o600, 0o700));
        home.clear(id).unwrap();
        home.clear(id).unwrap();
        assert!(!home.of(id).exists());
    }
}
