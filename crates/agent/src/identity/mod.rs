//! The agent's identity: its data directory, instance UID, machine id and credential.

mod credential;
mod glance;
mod machine;

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use bailiwick_domain::id::AgentId;
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_files::{Kind, NotOwn};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use credential::{Credential, Credentials, is_sendable};
pub use glance::Glance;

use crate::private_file;

/// The directory for the programs that the agent keeps running, within its data directory.
const PROGRAMS: &str = "programs";
/// The file with the private key and the certificate of the front, within the data directory.
const FRONT: &str = "front.json";
/// The directory for the host's metrics until the server has stored them, within the data directory.
const METRICS: &str = "metrics";

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file or directory cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The path of the file or directory.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// Another user may have written the directory or a file in it.
    #[error(transparent)]
    NotOwn(#[from] NotOwn),
    /// Another agent uses the directory.
    #[error("{}: another agent uses this data directory; stop that agent, or choose another directory with --data", path.display())]
    InUse {
        /// The path of the directory.
        path: PathBuf,
    },
    /// A file is malformed.
    #[error("{}: {detail}; remove the file to start over", path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> IdentityError + '_ {
    move |error| IdentityError::Io { path: path.to_owned(), error }
}

/// Removes other users' rights on a file or directory, or refuses it if they may have changed it.
/// Rights that were too wide are logged.
fn make_own(path: &Path, kind: Kind) -> Result<(), NotOwn> {
    if let Some(loose) = bailiwick_files::make_own(path, kind)? {
        tracing::warn!("{}: {loose}", path.display());
    }
    Ok(())
}

/// Visits the data directory and the agent's files in it, until a visit fails.
fn visit(
    directory: &Path,
    mut visit: impl FnMut(&Path, Kind) -> Result<(), NotOwn>,
) -> Result<(), IdentityError> {
    visit(directory, Kind::Directory)?;
    for file in ["lock", "identity.json", "credential.json", "journal", "journal.compacted", FRONT] {
        visit(&directory.join(file), Kind::Secret)?;
    }
    let metrics = directory.join(METRICS);
    visit(&metrics, Kind::Directory)?;
    for file in entries(&metrics)? {
        visit(&file, Kind::Secret)?;
    }
    let programs = directory.join(PROGRAMS);
    visit(&programs, Kind::Directory)?;
    visit(&programs.join("ports.json"), Kind::Secret)?;
    for program in entries(&programs)? {
        if program.is_dir() {
            visit(&program, Kind::Directory)?;
            // The agent ends the process that this file names, so the file must be trusted.
            visit(&program.join("process"), Kind::Secret)?;
        }
    }
    Ok(())
}

/// The paths of what is in a directory; none if it does not exist.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, IdentityError> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_error(directory))?,
    };
    entries.map(|entry| Ok(entry.map_err(io_error(directory))?.path())).collect()
}

/// Reads a JSON file; `None` if it does not exist.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, IdentityError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => zeroize::Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path)(error)),
    };
    let malformed = |error: serde_json::Error| IdentityError::Malformed {
        path: path.to_owned(),
        // Only the position of the error: the text itself may be a secret.
        detail: format!(
            "expected JSON, but there is an error in line {}, column {}",
            error.line(),
            error.column()
        ),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(malformed)
}

/// Writes a JSON file that only its owner may read.
fn write(path: &Path, value: &impl Serialize) -> Result<(), IdentityError> {
    let bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| IdentityError::Malformed { path: path.to_owned(), detail: error.to_string() })?;
    private_file::write(path, &zeroize::Zeroizing::new(bytes)).map_err(io_error(path))
}

/// The default data directory.
pub fn default_directory() -> PathBuf {
    const NAME: &str = "bailiwick-agent";
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("ProgramData").unwrap_or_else(std::env::temp_dir).join(NAME);
    }
    #[cfg(unix)]
    if nix::unistd::geteuid().is_root() {
        return Path::new("/var/lib").join(NAME);
    }
    let home = || {
        let home = variable("HOME").unwrap_or_else(std::env::temp_dir);
        let library = "Library/Application Support";
        home.join(if cfg!(target_os = "macos") { library } else { ".local/share" })
    };
    variable("XDG_DATA_HOME").unwrap_or_else(home).join(NAME)
}

/// The contents of the file `identity.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    instance_uid: Uuid,
    /// A random machine id, if the operating system provides none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    machine_id: Option<String>,
}

/// A data directory that this process has locked for as long as it lives.
#[derive(Debug)]
pub struct Identity {
    directory: PathBuf,
    kept: Kept,
    machine_id: String,
    _lock: File,
}

impl Identity {
    /// Creates the data directory if it does not exist, locks it, and reads or creates the agent's
    /// identity.
    pub fn open(directory: &Path, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Self, IdentityError> {
        // Programs that the agent keeps running get paths of files in it, and have another working
        // directory.
        let directory = &std::path::absolute(directory).map_err(io_error(directory))?;
        private_file::make_directory(directory).map_err(io_error(directory))?;
        // The agent acts on these files as its own user, who may be root.
        visit(directory, make_own)?;
        let path = directory.join("lock");
        let lock = private_file::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(IdentityError::InUse { path: directory.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(io_error(&path)(error)),
        }
        let path = directory.join("identity.json");
        let found: Option<Kept> = read(&path)?;
        let own = machine::id();
        let is_new = found.is_none();
        let mut kept = found.unwrap_or_else(|| Kept {
            instance_uid: AgentId::new(clock, entropy).as_uuid(),
            machine_id: None,
        });
        let is_made = own.is_none() && kept.machine_id.is_none();
        if is_made {
            let mut random = [0; 16];
            entropy.fill(&mut random);
            kept.machine_id = Some(machine::hex(&random));
        }
        if is_new || is_made {
            write(&path, &kept)?;
        }
        let machine_id = own.or_else(|| kept.machine_id.clone()).unwrap_or_default();
        Ok(Self { directory: directory.to_owned(), kept, machine_id, _lock: lock })
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The agent's instance UID.
    pub const fn instance_uid(&self) -> Uuid {
        self.kept.instance_uid
    }

    /// The machine id. It is derived from the operating system's id, which is never sent itself.
    pub fn machine_id(&self) -> &str {
        &self.machine_id
    }

    /// Stores a new instance UID, which the server assigned.
    pub fn set_instance_uid(&mut self, uid: Uuid) -> Result<(), IdentityError> {
        self.kept.instance_uid = uid;
        write(&self.directory.join("identity.json"), &self.kept)
    }

    /// Reads the credentials in the directory.
    pub fn credentials(&self) -> Result<Credentials, IdentityError> {
        Credentials::open(&self.directory)
    }

    /// The path of the journal.
    pub fn journal(&self) -> PathBuf {
        self.directory.join("journal")
    }

    /// The directory for the host's metrics until the server has stored them.
    pub fn metrics(&self) -> PathBuf {
        self.directory.join(METRICS)
    }

    /// The file with the private key and the certificate of the front.
    pub fn front(&self) -> PathBuf {
        self.directory.join(FRONT)
    }

    /// The directory for the files of programs that the agent keeps running.
    pub fn programs(&self) -> PathBuf {
        self.directory.join(PROGRAMS)
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::time::Timestamp;

    use super::*;
    use crate::testing::{HandClock, Seeded};

    #[test]
    fn one_process_locks_the_directory_and_keeps_its_identity() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let clock = HandClock::at(Timestamp::from_micros(1_700_000_000_000_000));
        let entropy = Seeded::new(1);
        let identity = Identity::open(&path, &clock, &entropy).unwrap();
        let uid = identity.instance_uid();
        assert_eq!(uid.get_version_num(), 7);
        let again = Identity::open(&path, &clock, &entropy);
        assert!(matches!(again, Err(IdentityError::InUse { .. })));
        let machine = identity.machine_id().to_owned();
        assert!(machine.len() == 32 && machine.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Ok(raw) = std::fs::read_to_string("/etc/machine-id") {
            assert_ne!(raw.trim(), machine);
        }
        drop(identity);
        let mut identity = Identity::open(&path, &clock, &entropy).unwrap();
        assert_eq!((identity.instance_uid(), identity.machine_id()), (uid, machine.as_str()));
        identity.set_instance_uid(Uuid::from_u128(5)).unwrap();
        drop(identity);
        assert_eq!(Identity::open(&path, &clock, &entropy).unwrap().instance_uid(), Uuid::from_u128(5));
        std::fs::write(path.join("identity.json"), "{").unwrap();
        let broken = Identity::open(&path, &clock, &entropy);
        assert!(matches!(broken, Err(IdentityError::Malformed { .. })));
    }

    #[test]
    fn a_relative_data_directory_is_made_absolute() {
        let parent = tempfile::tempdir().unwrap();
        let up = "../".repeat(std::env::current_dir().unwrap().components().count() - 1);
        let relative = Path::new(&up).join(parent.path().strip_prefix("/").unwrap()).join("data");
        assert!(relative.is_relative());
        let clock = HandClock::at(Timestamp::from_micros(1_700_000_000_000_000));
        let identity = Identity::open(&relative, &clock, &Seeded::new(1)).unwrap();
        for path in [identity.directory(), &identity.programs(), &identity.journal()] {
            assert!(path.is_absolute(), "{}", path.display());
        }
        assert!(parent.path().join("data/identity.json").exists());
    }

    #[cfg(unix)]
    #[test]
    fn identity_files_that_others_can_write_are_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let clock = HandClock::at(Timestamp::from_micros(1_700_000_000_000_000));
        let open = || Identity::open(&path, &clock, &Seeded::new(1));
        let refused = |expected: &str| {
            let error = open().unwrap_err();
            assert!(matches!(error, IdentityError::NotOwn(_)), "{error}");
            assert!(error.to_string().contains(expected), "{error}");
        };
        let set = |at: &Path, mode| {
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        drop(open().unwrap());
        set(&path, 0o777);
        refused(&format!("run `chmod go-w {}`", path.display()));
        set(&path, 0o755);
        let elsewhere = parent.path().join("elsewhere");
        for file in [
            "lock",
            "identity.json",
            "credential.json",
            "journal",
            "front.json",
            "metrics/1.segment",
            "programs/ports.json",
        ] {
            let file = path.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            let _ = std::fs::remove_file(&file);
            std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
            refused("it is a symbolic link");
            assert!(!elsewhere.exists(), "{}", file.display());
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, "").unwrap();
            set(&file, 0o622);
            refused("may change it (its mode is 622)");
            // Only root can give a file to another user.
            if nix::unistd::geteuid().is_root() {
                set(&file, 0o600);
                std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
                refused("it belongs to user 65534");
            }
            std::fs::remove_file(&file).unwrap();
        }
        drop(open().unwrap());
    }
}
