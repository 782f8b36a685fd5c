//! Reads an archive, and checks every byte of it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write as _};
use std::path::Path;

use age::scrypt::Identity;
use age::{DecryptError, Decryptor};
use flate2::bufread::GzDecoder;
use sha2::{Digest as _, Sha256};

use super::archive::{CHUNK, hex};
use super::manifest::{self, MANIFEST, MANIFEST_MAX, Manifest, ManifestError};
use super::passphrase::{PassphraseArgs, WORK_MAX};
use super::room::require_room;

/// How an encrypted archive begins.
const SEALED: &[u8] = b"age-encryption.org/";
/// How a gzip file begins.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// The most bytes between the last file and the end of a tar file.
const PADDING_MAX: u64 = 64 << 10;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// It is no archive of this kind.
    #[error("it is not an archive of `bailiwick backup`")]
    Other,
    /// It ends too early.
    #[error("the archive is truncated: it was not copied or written to its end")]
    Truncated,
    /// Its bytes were changed.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// The passphrase is another one.
    #[error("the passphrase is wrong")]
    Passphrase,
    /// It is encrypted in another way.
    #[error("the archive is encrypted, but not with a passphrase: decrypt it with `age` first")]
    Recipient,
    /// It needs too much work to decrypt.
    #[error("the archive asks for too much memory to decrypt it, so `bailiwick backup` did not make it")]
    Work,
    /// A passphrase was given for an archive without one.
    #[error(
        "the archive is not encrypted, although a passphrase is given. Leave the passphrase out only if you know where the archive comes from: anybody could have made it"
    )]
    Clear,
    /// The manifest is refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It cannot be read, or its files cannot be written.
    #[error(transparent)]
    Io(io::Error),
}

impl ArchiveError {
    /// An error of reading the archive.
    fn reading(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Truncated,
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

/// Unpacks an archive into an empty directory. It is an error if anything is not as the manifest says.
pub(crate) fn unpack(from: impl Read, passphrase: &PassphraseArgs, into: &Path) -> anyhow::Result<Manifest> {
    let mut from = BufReader::with_capacity(CHUNK, from);
    let start = from.fill_buf().map_err(ArchiveError::reading)?;
    if start.is_empty() {
        return Err(ArchiveError::Truncated.into());
    }
    if start.starts_with(SEALED) {
        let decryptor = Decryptor::new_buffered(&mut from).map_err(of_age)?;
        if !decryptor.is_scrypt() {
            return Err(ArchiveError::Recipient.into());
        }
        let mut identity = Identity::new(passphrase.read()?);
        identity.set_max_work_factor(WORK_MAX);
        let clear = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(of_age)?;
        return unpack_gzip(BufReader::with_capacity(CHUNK, clear), into);
    }
    if !start.starts_with(GZIP) {
        return Err(ArchiveError::Other.into());
    }
    if passphrase.is_given() {
        return Err(ArchiveError::Clear.into());
    }
    unpack_gzip(from, into)
}

fn of_age(error: DecryptError) -> ArchiveError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            ArchiveError::Passphrase
        }
        DecryptError::ExcessiveWork { .. } => ArchiveError::Work,
        DecryptError::Io(error) => ArchiveError::reading(error),
        other => ArchiveError::Damaged(other.to_string()),
    }
}

fn unpack_gzip(from: impl BufRead, into: &Path) -> anyhow::Result<Manifest> {
    let mut tar = tar::Archive::new(GzDecoder::new(from));
    let mut entries = tar.entries().map_err(ArchiveError::reading)?;
    let mut next = |name: &str, size: Option<u64>| {
        let entry = entries.next().ok_or(ArchiveError::Truncated)?.map_err(ArchiveError::reading)?;
        let found = entry.path_bytes();
        if &*found != name.as_bytes() || !entry.header().entry_type().is_file() {
            let found = String::from_utf8_lossy(&found).into_owned();
            return Err(ArchiveError::Damaged(format!("expected the file {name}, found {found}")));
        }
        if size.is_some_and(|size| size != entry.size()) {
            return Err(ArchiveError::Damaged(format!("{name} has another size than the manifest says")));
        }
        Ok(entry)
    };
    let mut text = Vec::new();
    let entry = next(MANIFEST, None)?;
    if entry.size() > MANIFEST_MAX {
        return Err(ArchiveError::Damaged(format!("{MANIFEST} is too long")).into());
    }
    entry.take(MANIFEST_MAX).read_to_end(&mut text).map_err(ArchiveError::reading)?;
    let manifest = Manifest::parse(&text).map_err(ArchiveError::from)?;
    require_room(into, manifest.bytes())?;
    for file in &manifest.files {
        let entry = next(&file.name, Some(file.size))?;
        unpack_file(entry, file, into)?;
    }
    if entries.next().is_some() {
        return Err(ArchiveError::Damaged("it has files that the manifest does not name".to_owned()).into());
    }
    require_end(tar.into_inner())?;
    Ok(manifest)
}

fn unpack_file(mut from: impl Read, file: &manifest::File, into: &Path) -> Result<(), ArchiveError> {
    let path = into.join(&file.name);
    if let Some(parent) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(parent).map_err(ArchiveError::Io)?;
    }
    let mut to = private(&path).map_err(ArchiveError::Io)?;
    let (mut hash, mut size, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let count = from.read(&mut chunk).map_err(ArchiveError::reading)?;
        let Some(bytes) = chunk.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        size += count as u64;
        to.write_all(bytes).map_err(ArchiveError::Io)?;
    }
    if size != file.size {
        return Err(ArchiveError::Truncated);
    }
    if hex(&hash.finalize()) != file.sha256 {
        return Err(ArchiveError::Damaged(format!(
            "{} has another SHA-256 than the manifest says",
            file.name
        )));
    }
    to.sync_all().map_err(ArchiveError::Io)
}

/// Makes a file that only its owner may read.
pub(crate) fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reads to the end, where gzip and age have their last checksums.
fn require_end(mut gzip: GzDecoder<impl BufRead>) -> Result<(), ArchiveError> {
    let padding =
        io::copy(&mut (&mut gzip).take(PADDING_MAX), &mut io::sink()).map_err(ArchiveError::reading)?;
    let rest = gzip.into_inner().fill_buf().map_err(ArchiveError::reading)?.len();
    if padding == PADDING_MAX || rest > 0 {
        return Err(ArchiveError::Damaged("something follows its end".to_owned()));
    }
    Ok(())
}
