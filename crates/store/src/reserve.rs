//! Room on the disk of a SQLite database that is kept for taking something away: a leaked key can be revoked
//! although somebody has filled the disk.
//!
//! A file beside the database takes the room. It is deleted when a write that takes something away finds the
//! disk full; until it can be made again, nothing else is written.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// How much is kept.
pub(crate) const RESERVE: usize = 4 << 20;
/// How much more must be free before it is kept again, so that it is not given up at once.
const MARGIN: usize = 1 << 20;
/// How much a write that takes something away needs at the most, usually.
const NEEDED: usize = 256 << 10;

/// Room that is kept on a disk.
#[derive(Debug)]
pub(crate) struct Reserve {
    /// The file that takes the room.
    path: PathBuf,
    /// Whether it is there. Whoever changes that holds this.
    is_kept: Mutex<bool>,
}

impl Reserve {
    /// For a database. Nothing is kept before [`Reserve::keep`].
    pub(crate) fn beside(database: &Path) -> Self {
        Self { path: beside(database, "-reserve"), is_kept: Mutex::new(false) }
    }

    pub(crate) fn is_kept(&self) -> bool {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.is_kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes the room, if it is free. An error is of a full disk, or of one that cannot be written.
    pub(crate) fn keep(&self) -> io::Result<()> {
        let mut is_kept = self.lock();
        // It may be there from the server's last run.
        let is_there = |file: std::fs::Metadata| file.is_file() && file.len() >= RESERVE as u64;
        if *is_kept || std::fs::symlink_metadata(&self.path).is_ok_and(is_there) {
            *is_kept = true;
            return Ok(());
        }
        let new = beside(&self.path, ".new");
        let taken = take(&new, RESERVE + MARGIN)
            .and_then(|file| file.set_len(RESERVE as u64))
            .and_then(|()| std::fs::rename(&new, &self.path));
        if taken.is_err() {
            // Not kept, so that it does not take what room there is.
            remove(&new)?;
        }
        taken?;
        *is_kept = true;
        Ok(())
    }

    /// Gives the room up.
    pub(crate) fn give_up(&self) -> io::Result<()> {
        let mut is_kept = self.lock();
        remove(&self.path)?;
        *is_kept = false;
        Ok(())
    }

    /// Whether there is room for a write beside what is kept.
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

/// Writes a file of bytes that no file system can make smaller.
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
            // Xorshift: bytes without a pattern, not secret ones.
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

/// Whether an error is of a full disk, a quota included.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
