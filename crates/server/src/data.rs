//! The data directory: its files, and who may access them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bailiwick_domain::key::Peppers;
use bailiwick_domain::outside::Entropy;
use bailiwick_engine::first_run::FirstRun;
use bailiwick_files::{Kind, Loose, NotOwn};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or directory cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// Another server uses the directory.
    #[error("{}: another Bailiwick server uses this data directory; stop that server, or choose another directory with --data", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The directory or a file in it may have been changed by another user, or others may read it.
    #[error(transparent)]
    NotOwn(#[from] NotOwn),
    /// A file has no valid content.
    #[error("{}: {detail}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

impl DataError {
    /// Whether it stays so until a person changes the owner, the mode or the place of a file.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self, Self::NotOwn(error) if !matches!(error, NotOwn::Io { .. }))
    }
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> DataError + '_ {
    move |error| DataError::Io { path: path.to_owned(), error }
}

/// Makes a directory that only its owner may enter, if it does not exist.
pub fn make_directory(path: &Path) -> Result<(), DataError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io_error(path))
}

/// Removes the rights of other users to a file or directory of the server. It is an error if others may
/// have changed it. A path that does not exist is left alone.
fn make_own(path: &Path, kind: Kind) -> Result<(), DataError> {
    if let Some(loose) = bailiwick_files::make_own(path, kind)? {
        tracing::warn!("{}: {loose}", path.display());
    }
    Ok(())
}

/// The files and directories of the data directory whose content the server trusts.
fn own_files(directory: &Path) -> Vec<(PathBuf, Kind)> {
    let mut files = vec![(directory.to_owned(), Kind::Directory)];
    let secrets = ["lock", "peppers", "first-run.json", "first-start", "server.json", "agent-enrolment"];
    files.extend(secrets.map(|file| (directory.join(file), Kind::Secret)));
    for database in ["bailiwick.db", "observations.db"] {
        files.extend(database_files(&directory.join(database)).map(|file| (file, Kind::Secret)));
    }
    files.push((directory.join("tls"), Kind::Directory));
    files.push((directory.join("tls/private-key.pem"), Kind::Secret));
    files.push((directory.join("tls/certificate.pem"), Kind::Public));
    files
}

/// The file of a SQLite database, and the files beside it.
pub(crate) fn database_files(path: &Path) -> [PathBuf; 4] {
    ["", "-wal", "-shm", "-reserve"].map(|suffix| {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        file.into()
    })
}

/// Reasons for the server to refuse the data directory, one for each file. Changes nothing.
pub fn look(directory: &Path) -> Vec<NotOwn> {
    let files = own_files(directory).into_iter();
    files.filter_map(|(path, kind)| bailiwick_files::look(&path, kind).err()).collect()
}

/// The files and directories that give other users more rights than they need, although only the owner can have
/// changed them. Changes nothing: the next start of the server removes these rights.
pub fn too_open(directory: &Path) -> Vec<(PathBuf, Loose)> {
    let files = own_files(directory).into_iter();
    files
        .filter_map(|(path, kind)| Some((path.clone(), bailiwick_files::too_open(&path, kind).ok()??)))
        .collect()
}

/// Reasons for the server to refuse the files of a SQLite database. Changes nothing.
pub fn look_at_database(path: &Path) -> Vec<NotOwn> {
    let files = database_files(path).into_iter();
    files.filter_map(|path| bailiwick_files::look(&path, Kind::Secret).err()).collect()
}

/// Opens a file that only its owner may read, and makes it if it does not exist.
fn open_private(path: &Path) -> Result<File, DataError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(io_error(path))
}

/// Makes the file of a SQLite database if it does not exist. Only its owner may read it, and SQLite gives
/// the files beside it the same mode.
pub fn make_database(path: &Path) -> Result<(), DataError> {
    for file in database_files(path) {
        make_own(&file, Kind::Secret)?;
    }
    open_private(path).map(drop)
}

/// Removes the files of a SQLite database.
pub fn remove_database(path: &Path) -> Result<(), DataError> {
    for file in database_files(path) {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(&file)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(io_error(path))
}

/// Writes a file that only its owner may read, atomically. It is synced to the disk when this returns.
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

/// The socket for `bailiwick admin` in a data directory.
pub fn local_socket(directory: &Path) -> PathBuf {
    directory.join("admin.socket")
}

/// Removes a directory with all its content, if it exists.
pub fn remove_directory(path: &Path) -> Result<(), DataError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

/// Renames a directory to `place`, which must not exist or be empty. The rename is synced to the disk when
/// this returns.
pub fn put_in_place(new: &Path, place: &Path) -> Result<(), DataError> {
    std::fs::rename(new, place).map_err(io_error(place))?;
    if let Some(parent) = place.parent().filter(|p| !p.as_os_str().is_empty()) {
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(io_error(parent))?;
    }
    Ok(())
}

fn peppers_file(directory: &Path) -> PathBuf {
    directory.join("peppers")
}

/// The peppers in a data directory, if there are any.
pub fn peppers_in(directory: &Path) -> Result<Option<Peppers>, DataError> {
    let path = peppers_file(directory);
    if !path.try_exists().map_err(io_error(&path))? {
        return Ok(None);
    }
    let text = Zeroizing::new(read(&path)?);
    let malformed = |detail: String| DataError::Malformed { path: path.clone(), detail };
    let text = str::from_utf8(&text).map_err(|e| malformed(e.to_string()))?;
    let peppers =
        text.parse().map_err(|error: bailiwick_domain::key::PeppersError| malformed(error.to_string()))?;
    Ok(Some(peppers))
}

/// Removes a file, if it exists.
fn remove(path: &Path) -> Result<(), DataError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

/// A data directory that this process has locked for as long as it lives.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if it does not exist, and locks it.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        make_directory(path)?;
        for (file, kind) in own_files(path) {
            make_own(&file, kind)?;
        }
        let lock_path = path.join("lock");
        let lock = open_private(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(io_error(&lock_path)(error)),
        }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the SQLite database.
    pub fn database(&self) -> PathBuf {
        self.path.join("bailiwick.db")
    }

    /// A file that exists during the first start. It tells an interrupted first start from a database that
    /// was lost.
    fn first_start(&self) -> PathBuf {
        self.path.join("first-start")
    }

    /// Notes that the first start has begun.
    pub fn begin_first_start(&self) -> Result<(), DataError> {
        if self.is_in_first_start()? {
            return Ok(());
        }
        write_private(&self.first_start(), b"The first start is under way.\n")
    }

    /// Whether the first start is in progress, or was interrupted.
    pub fn is_in_first_start(&self) -> Result<bool, DataError> {
        let path = self.first_start();
        path.try_exists().map_err(io_error(&path))
    }

    /// Notes that the first start is over.
    pub fn end_first_start(&self) -> Result<(), DataError> {
        remove(&self.first_start())
    }

    /// A file that proves that a server has run with this data directory, if there is one.
    pub fn trace(&self) -> Result<Option<PathBuf>, DataError> {
        for path in [self.peppers_file(), self.first_run(), self.path.join("server.json")] {
            if path.try_exists().map_err(io_error(&path))? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Writes the server's current URL to `server.json`, for programs on this machine, and the file of its
    /// certificate if it is not the self-signed one. Neither is secret.
    pub fn write_address(&self, url: &str, certificate: Option<&Path>) -> Result<(), DataError> {
        let certificate = certificate.and_then(|path| std::path::absolute(path).ok());
        let mut address = serde_json::json!({ "url": url });
        if let Some(path) = certificate.as_deref().and_then(Path::to_str) {
            address["certificate"] = path.into();
        }
        write_private(&self.path.join("server.json"), format!("{address}\n").as_bytes())
    }

    /// The directory of the self-signed certificate.
    pub fn tls(&self) -> PathBuf {
        self.path.join("tls")
    }

    /// The file with the password and keys that the first start made, to be read once and deleted.
    pub fn first_run(&self) -> PathBuf {
        self.path.join("first-run.json")
    }

    /// The socket for `bailiwick admin`.
    pub fn local_socket(&self) -> PathBuf {
        local_socket(&self.path)
    }

    fn peppers_file(&self) -> PathBuf {
        peppers_file(&self.path)
    }

    /// Makes new peppers and writes them to the directory, which must have none.
    pub fn make_peppers(&self, entropy: &dyn Entropy) -> Result<Peppers, DataError> {
        let peppers = Peppers::generate(entropy);
        self.write_peppers(&peppers)?;
        Ok(peppers)
    }

    /// Removes peppers that no key or secret was made with.
    pub fn remove_peppers(&self) -> Result<(), DataError> {
        remove(&self.peppers_file())
    }

    /// The peppers in the directory, if there are any.
    pub fn peppers(&self) -> Result<Option<Peppers>, DataError> {
        peppers_in(&self.path)
    }

    /// Writes the peppers.
    pub fn write_peppers(&self, peppers: &Peppers) -> Result<(), DataError> {
        write_private(&self.peppers_file(), peppers.reveal().as_bytes())
    }

    /// Writes the password and keys that the first start made to `first-run.json`.
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

/// The content of the file `first-run.json`.
#[derive(Serialize, Deserialize)]
pub struct FirstRunFile {
    /// The URL of the server.
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
    use bailiwick_engine::outside::SystemEntropy;

    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
    }

    #[test]
    fn one_process_locks_the_data_directory_and_secrets_are_private() {
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
    fn readable_files_are_made_private_and_writable_files_are_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let directory = DataDirectory::open(&path).unwrap();
        directory.make_peppers(&SystemEntropy).unwrap();
        make_database(&directory.database()).unwrap();
        make_directory(&directory.tls()).unwrap();
        write_private(&directory.tls().join("private-key.pem"), b"x").unwrap();
        drop(directory);
        let set = |at: &Path, mode| {
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let files = ["lock", "peppers", "bailiwick.db", "tls/private-key.pem"];
        for file in files {
            set(&path.join(file), 0o644);
        }
        set(&path, 0o755);
        assert!(look(&path).is_empty());
        let directory = DataDirectory::open(&path).unwrap();
        make_database(&directory.database()).unwrap();
        assert_eq!(mode(&path), 0o755);
        for file in files {
            assert_eq!(mode(&path.join(file)), 0o600, "{file}");
        }
        drop(directory);
        let refused = |expected: &str| {
            let error = DataDirectory::open(&path).unwrap_err();
            assert!(matches!(error, DataError::NotOwn(_)), "{error}");
            assert!(error.to_string().contains(expected), "{error}");
            let found = look(&path);
            assert_eq!((found.len(), found[0].to_string()), (1, error.to_string()));
        };
        for (file, right) in files.map(|file| (file, 0o600)).into_iter().chain([("", 0o700), ("tls", 0o700)])
        {
            let at = path.join(file);
            set(&at, right | 0o002);
            refused("may change it");
            assert_eq!(
                mode(&at),
                right | 0o002,
                "the server changed the mode of a file that others can write"
            );
            set(&at, right);
            // Only root can give a file to another user.
            if std::os::unix::fs::chown(&at, Some(65_534), None).is_ok() {
                refused("it belongs to user 65534");
                std::os::unix::fs::chown(&at, Some(0), None).unwrap();
            }
        }
        let elsewhere = parent.path().join("elsewhere");
        for file in files {
            std::fs::rename(path.join(file), &elsewhere).unwrap();
            std::os::unix::fs::symlink(&elsewhere, path.join(file)).unwrap();
            refused("it is a symbolic link");
            std::fs::rename(&elsewhere, path.join(file)).unwrap();
        }
        DataDirectory::open(&path).unwrap();
    }
}
