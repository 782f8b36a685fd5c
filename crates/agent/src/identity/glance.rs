//! A look at the data directory of an agent from outside, while the agent runs or not.

use std::fs::{OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use bailiwick_files::{Loose, NotOwn};

use super::{Credentials, IdentityError, Kept, read, visit};

/// What is in the data directory of an agent. To look at it changes nothing.
#[derive(Debug)]
pub struct Glance {
    /// Whether an agent runs with this directory.
    pub is_in_use: bool,
    /// Whether the agent was ever started here.
    pub has_identity: bool,
    /// The credentials.
    pub credentials: Credentials,
    /// The files and directories that give other users more rights than they need.
    pub too_open: Vec<(PathBuf, Loose)>,
}

impl Glance {
    /// Looks at a directory. The error is the one with which an agent would refuse it.
    pub fn at(directory: &Path) -> Result<Self, IdentityError> {
        let mut too_open = Vec::new();
        visit(directory, |path, kind| {
            let loose: Option<Loose> = bailiwick_files::too_open(path, kind)?;
            too_open.extend(loose.map(|loose| (path.to_owned(), loose)));
            Ok::<(), NotOwn>(())
        })?;
        let identity: Option<Kept> = read(&directory.join("identity.json"))?;
        let lock = OpenOptions::new().write(true).open(directory.join("lock"));
        Ok(Self {
            is_in_use: lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock))),
            has_identity: identity.is_some(),
            credentials: Credentials::glance(directory)?,
            too_open,
        })
    }
}
