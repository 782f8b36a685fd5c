//! The data directory: what is in it, and who may read it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bailiwick_domain::key::Peppers;
use bailiwick_domain::outside::Entropy;
use bailiwick_operations::first_run::FirstRun;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What is wrong with the data directory.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or directory cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another server uses the directory.
    #[error("{}: another Bailiwick uses this data directory; stop it, or choose another with --data", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Others may read or write what is the server's, and the server cannot change that.
    #[error("{}: other users of this machine may {what} it (its mode is {mode:03o}), and it belongs to somebody else: make this server's user its owner, or take the permission away with `chmod o-rwx`", path.display())]
    Loose {
        /// The file or directory.
        path: PathBuf,
        /// What others may do.
        what: &'static str,
        /// Its mode.
        mode: u32,
    },
    /// A file does not hold what it should.
    #[error("{}: {detail}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> DataError + '_ {
    move |error| DataError::Io { path: path.to_owned(), error }
}

/// Makes a directory that only its owner may enter, if it is not there.
pub fn make_directory(path: &Path) -> Result<(), DataError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io_error(path))
}

/// Takes from others what they may not do with a file or directory of the server's: all with a file, changing
/// with a directory. What is not there needs nothing.
#[cfg(unix)]
pub fn make_private(path: &Path) -> Result<(), DataError> {
    use std::os::unix::fs::PermissionsExt as _;

    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(io_error(path))?,
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let (loose, what) =
        if metadata.is_dir() { (mode & 0o022, "change what is in") } else { (mode & 0o077, "read or write") };
    if loose == 0 {
        return Ok(());
    }
    let shown = path.display();
    match std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & !loose)) {
        Ok(()) => {
            tracing::warn!(
                "{shown}: other users of this machine could {what} it until now (mode {mode:03o})"
            );
            Ok(())
        }
        Err(_) if loose & 0o007 != 0 => Err(DataError::Loose { path: path.to_owned(), what, mode }),
        // A volume that is lent to a group belongs to somebody else, and the group is the server's.
        Err(error) => {
            tracing::warn!(
                "{shown}: its group may {what} it (mode {mode:03o}), which cannot be changed: {error}"
            );
            Ok(())
        }
    }
}

/// Does nothing: here a file has no mode.
#[cfg(not(unix))]
pub fn make_private(_path: &Path) -> Result<(), DataError> {
    Ok(())
}

/// Opens a file that only its owner may read, made if it is not there.
fn open_private(path: &Path) -> Result<File, DataError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(io_error(path))
}

/// Makes the file of a SQLite database if it is not there. Only its owner may read it, and what SQLite puts
/// beside it has the same mode.
pub fn make_database(path: &Path) -> Result<(), DataError> {
    open_private(path)?;
    for suffix in ["", "-wal", "-shm", "-reserve"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        make_private(Path::new(&beside))?;
    }
    Ok(())
}

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(io_error(path))
}

/// Writes a file that only its owner may read: whole or not at all, and on the disk when this
/// returns.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let new = path.with_extension("new");
    let write = || -> io::Result<()> {
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        if let Some(directory) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(io_error(path))
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), DataError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

/// A data directory that this process has to itself for as long as it lives.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if it is not there, and takes it.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        make_directory(path)?;
        make_private(path)?;
        for file in ["lock", "peppers", "first-run.json", "tls/private-key.pem"] {
            make_private(&path.join(file))?;
        }
        let lock_path = path.join("lock");
        let lock = open_private(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(io_error(&lock_path)(error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SQLite database.
    pub fn database(&self) -> PathBuf {
        self.path.join("bailiwick.db")
    }

    /// A file that is there while the first start is under way, so that one that was interrupted is told from
    /// a database that was lost.
    fn first_start(&self) -> PathBuf {
        self.path.join("first-start")
    }

    /// Notes that the first start is under way.
    pub fn begin_first_start(&self) -> Result<(), DataError> {
        if self.is_in_first_start()? {
            return Ok(());
        }
        write_private(&self.first_start(), b"The first start is under way.\n")
    }

    /// Whether the first start is under way, or was interrupted.
    pub fn is_in_first_start(&self) -> Result<bool, DataError> {
        let path = self.first_start();
        path.try_exists().map_err(io_error(&path))
    }

    /// Notes that the first start is over.
    pub fn end_first_start(&self) -> Result<(), DataError> {
        remove(&self.first_start())
    }

    /// A file that only a server that has run here leaves, if there is one.
    pub fn trace(&self) -> Result<Option<PathBuf>, DataError> {
        for path in [self.peppers_file(), self.first_run(), self.path.join("server.json")] {
            if path.try_exists().map_err(io_error(&path))? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Where the server was last reached, for programs on this machine. No secret.
    pub fn write_address(&self, url: &str) -> Result<(), DataError> {
        write_private(&self.path.join("server.json"), format!("{{\"url\": \"{url}\"}}\n").as_bytes())
    }

    /// The self-signed certificate.
    pub fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    /// What the first start made, to be read once and deleted.
    pub fn first_run(&self) -> PathBuf {
        self.path.join("first-run.json")
    }

    fn peppers_file(&self) -> PathBuf {
        self.path.join("peppers")
    }

    /// Makes peppers in the directory, which has none.
    pub fn make_peppers(&self, entropy: &dyn Entropy) -> Result<Peppers, DataError> {
        let peppers = Peppers::generate(entropy);
        self.write_peppers(&peppers)?;
        Ok(peppers)
    }

    /// Removes peppers that nothing was made with.
    pub fn remove_peppers(&self) -> Result<(), DataError> {
        remove(&self.peppers_file())
    }

    /// The peppers in the directory, if there are any.
    pub fn peppers(&self) -> Result<Option<Peppers>, DataError> {
        let path = self.peppers_file();
        if !path.try_exists().map_err(io_error(&path))? {
            return Ok(None);
        }
        let text = Zeroizing::new(read(&path)?);
        let malformed = |detail: String| DataError::Malformed { path: path.clone(), detail };
        let text = str::from_utf8(&text).map_err(|e| malformed(e.to_string()))?;
        let peppers = text
            .parse()
            .map_err(|error: bailiwick_domain::key::PeppersError| malformed(error.to_string()))?;
        Ok(Some(peppers))
    }

    /// Writes the peppers.
    pub fn write_peppers(&self, peppers: &Peppers) -> Result<(), DataError> {
        write_private(&self.peppers_file(), peppers.reveal().as_bytes())
    }

    /// Writes down what the first start made.
    pub fn write_first_run(&self, first_run: &FirstRun, url: &str) -> Result<(), DataError> {
        let file = FirstRunFile {
            url: url.to_owned(),
            admin: Administrator { email: first_run.email.to_owned(), password: first_run.password.clone() },
            organization: first_run.organization.to_string(),
            root_key: first_run.root_key.reveal(),
            organization_key: first_run.organization_key.reveal(),
        };
        let path = self.first_run();
        let text = serde_json::to_string_pretty(&file)
            .map_err(|error| DataError::Malformed { path: path.clone(), detail: error.to_string() })?;
        write_private(&path, Zeroizing::new(text + "\n").as_bytes())
    }
}

/// The file `first-run.json`.
#[derive(Serialize, Deserialize)]
pub struct FirstRunFile {
    /// Where the server is.
    pub url: String,
    /// The server administrator.
    pub admin: Administrator,
    /// The slug of the first organization.
    pub organization: String,
    /// A root key with every scope.
    pub root_key: Zeroizing<String>,
    /// A key of the first organization with every scope.
    pub organization_key: Zeroizing<String>,
}

/// The server administrator.
#[derive(Serialize, Deserialize)]
pub struct Administrator {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: Zeroizing<String>,
}

#[cfg(test)]
mod tests {
    use bailiwick_operations::outside::SystemEntropy;

    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
    }

    #[test]
    fn one_process_has_it_and_secrets_are_its_owners() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let directory = DataDirectory::open(&path).unwrap();
        assert!(matches!(DataDirectory::open(&path), Err(DataError::InUse { .. })));
        assert!(directory.peppers().unwrap().is_none());
        let peppers = directory.make_peppers(&SystemEntropy).unwrap();
        assert_eq!(directory.peppers().unwrap().unwrap().reveal(), peppers.reveal());
        #[cfg(unix)]
        assert_eq!(
            (mode(&path), mode(&path.join("peppers")), mode(&path.join("lock"))),
            (0o700, 0o600, 0o600)
        );
        drop(directory);
        let directory = DataDirectory::open(&path).unwrap();
        std::fs::write(path.join("peppers"), "1:short").unwrap();
        assert!(matches!(directory.peppers(), Err(DataError::Malformed { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn loose_modes_are_mended() {
        use std::os::unix::fs::PermissionsExt as _;

        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let directory = DataDirectory::open(&path).unwrap();
        directory.make_peppers(&SystemEntropy).unwrap();
        make_database(&directory.database()).unwrap();
        drop(directory);
        let files = ["lock", "peppers", "bailiwick.db"];
        for file in files {
            std::fs::set_permissions(path.join(file), std::fs::Permissions::from_mode(0o666)).unwrap();
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let directory = DataDirectory::open(&path).unwrap();
        make_database(&directory.database()).unwrap();
        assert_eq!(mode(&path), 0o755);
        for file in files {
            assert_eq!(mode(&path.join(file)), 0o600, "{file}");
        }
    }
}
