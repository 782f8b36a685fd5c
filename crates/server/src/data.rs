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
        let lock_path = path.join("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(&lock_path).map_err(io_error(&lock_path))?;
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

    /// The SQLite database: a file that only its owner may read, made if it is not there. What
    /// SQLite puts beside it has the same mode.
    pub fn database(&self) -> Result<PathBuf, DataError> {
        let path = self.path.join("bailiwick.db");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(io_error(&path))?;
        Ok(path)
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

    /// The peppers in the directory, made if there are none.
    pub fn peppers(&self, entropy: &dyn Entropy) -> Result<Peppers, DataError> {
        let path = self.peppers_file();
        if !path.try_exists().map_err(io_error(&path))? {
            let peppers = Peppers::generate(entropy);
            self.write_peppers(&peppers)?;
            return Ok(peppers);
        }
        let text = Zeroizing::new(read(&path)?);
        let malformed = |detail: String| DataError::Malformed { path: path.clone(), detail };
        let text = str::from_utf8(&text).map_err(|e| malformed(e.to_string()))?;
        text.parse().map_err(|error: bailiwick_domain::key::PeppersError| malformed(error.to_string()))
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
        let peppers = directory.peppers(&SystemEntropy).unwrap();
        assert_eq!(directory.peppers(&SystemEntropy).unwrap().reveal(), peppers.reveal());
        #[cfg(unix)]
        assert_eq!((mode(&path), mode(&path.join("peppers"))), (0o700, 0o600));
        drop(directory);
        let directory = DataDirectory::open(&path).unwrap();
        std::fs::write(path.join("peppers"), "1:short").unwrap();
        assert!(matches!(directory.peppers(&SystemEntropy), Err(DataError::Malformed { .. })));
    }
}
