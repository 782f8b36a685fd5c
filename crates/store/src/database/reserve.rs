//! Disk space reserved beside a SQLite database for writes that take something away, so that a leaked key
//! can be revoked even if the disk is full.
//!
//! A file next to the database occupies the space. It is deleted when such a write finds the disk full.
//! Until the file can be created again, no other writes are accepted.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The size of the control plane's reserve in bytes.
const RESERVE: usize = 4 << 20;
/// The size of the reserve of observations in bytes. It is given up when the disk is full, and observations are then
/// refused, so that the control plane still has this much room.
const RESERVE_OF_OBSERVATIONS: usize = 16 << 20;
/// How many more bytes must be free before the reserve is created again, so that it is not given up at once.
const MARGIN: usize = 1 << 20;
/// How many bytes a write that takes something away usually needs at most.
const NEEDED: usize = 256 << 10;

/// How many bytes are free on the disk of a file, which need not exist.
fn free(file: &Path) -> io::Result<u64> {
    let directory = file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(directory)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Disk space that is reserved by a file.
#[derive(Debug)]
pub(crate) struct Reserve {
    /// The file that occupies the space.
    path: PathBuf,
    /// The size of the file in bytes.
    bytes: usize,
    /// What the space is for, for the log.
    purpose: &'static str,
    /// Whether the file exists. The lock is held while it is created or deleted.
    is_kept: Mutex<bool>,
}

impl Reserve {
    /// The reserve of a database. Nothing is reserved until [`Reserve::keep`] is called.
    pub(crate) fn beside(database: &Path) -> Self {
        let purpose = "the space reserved for revocations and deletions is in use";
        Self { path: beside(database, "-reserve"), bytes: RESERVE, purpose, is_kept: Mutex::new(false) }
    }

    /// The reserve of the file of observations.
    pub(crate) fn of_observations(file: &Path) -> Self {
        let purpose =
            "observations are refused, and the space reserved beside them is left to the control plane";
        Self { bytes: RESERVE_OF_OBSERVATIONS, purpose, ..Self::beside(file) }
    }

    pub(crate) const fn purpose(&self) -> &'static str {
        self.purpose
    }

    pub(crate) fn is_kept(&self) -> bool {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.is_kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Reserves the space if it is free. Fails if the disk is full or cannot be written.
    pub(crate) fn keep(&self) -> io::Result<()> {
        let mut is_kept = self.lock();
        // The file may exist from the server's last run.
        let is_there = |file: std::fs::Metadata| file.is_file() && file.len() >= self.bytes as u64;
        if *is_kept || std::fs::symlink_metadata(&self.path).is_ok_and(is_there) {
            *is_kept = true;
            return Ok(());
        }
        // Otherwise the attempt would fill the disk for a moment, and other writes would fail.
        if free(&self.path)? < (self.bytes + MARGIN) as u64 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let new = beside(&self.path, ".new");
        let taken = take(&new, self.bytes + MARGIN)
            .and_then(|file| file.set_len(self.bytes as u64))
            .and_then(|()| std::fs::rename(&new, &self.path));
        if taken.is_err() {
            // Removed, so that the incomplete file does not occupy the little room that is left.
            remove(&new)?;
        }
        taken?;
        *is_kept = true;
        Ok(())
    }

    /// Deletes the file, which frees the space.
    pub(crate) fn give_up(&self) -> io::Result<()> {
        let mut is_kept = self.lock();
        remove(&self.path)?;
        *is_kept = false;
        Ok(())
    }

    /// Fails if there is no room for a write in addition to the reserve.
    pub(crate) fn probe(&self) -> io::Result<()> {
        let probe = beside(&self.path, ".probe");
        let taken = take(&probe, NEEDED);
        remove(&probe)?;
        taken.map(drop)
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Creates a file of incompressible bytes, so that it occupies its full size on any file system.
fn take(path: &Path, bytes: usize) -> io::Result<File> {
    remove(path)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = Vec::with_capacity(64 << 10);
    let mut left = bytes;
    while left > 0 {
        block.clear();
        while block.len() < (64 << 10) {
            // Xorshift: bytes without a pattern, but not secret.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block.extend_from_slice(&state.to_le_bytes());
        }
        let part = block.get(..left.min(block.len())).unwrap_or(&block);
        file.write_all(part)?;
        left -= part.len();
    }
    Ok(file)
}

/// Whether an error means that the disk is full or a quota is used up.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
