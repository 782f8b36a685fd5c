//! Writes an archive: a tar file, compressed by gzip and, with a passphrase, encrypted by age.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::Path;

use age::scrypt::Recipient;
use age::secrecy::SecretString;
use age::stream::StreamWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::manifest::{self, MANIFEST, Manifest};
use super::passphrase::WORK;

/// How many bytes are read at once.
pub(crate) const CHUNK: usize = 256 << 10;

/// Where compressed bytes go.
enum Sink {
    Plain(BufWriter<File>),
    Sealed(Box<StreamWriter<BufWriter<File>>>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Sealed(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Sealed(to) => to.flush(),
        }
    }
}

impl Sink {
    fn new(to: File, passphrase: Option<SecretString>) -> io::Result<Self> {
        let to = BufWriter::with_capacity(CHUNK, to);
        let Some(passphrase) = passphrase else { return Ok(Self::Plain(to)) };
        let mut recipient = Recipient::new(passphrase);
        recipient.set_work_factor(WORK);
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
            .map_err(io::Error::other)?;
        Ok(Self::Sealed(Box::new(encryptor.wrap_output(to)?)))
    }

    fn finish(self) -> io::Result<File> {
        let buffered = match self {
            Self::Plain(to) => to,
            Self::Sealed(to) => to.finish()?,
        };
        buffered.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// The size and the SHA-256 of a file.
pub(crate) fn measure(path: &Path, name: &str) -> io::Result<manifest::File> {
    let (mut file, mut hash, mut size) = (File::open(path)?, Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = file.read(&mut chunk)?;
        let Some(bytes) = chunk.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
        size += count as u64;
    }
    Ok(manifest::File { name: name.to_owned(), size, sha256: hex(&hash.finalize()) })
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes an archive of the files of a manifest, which are in `directory`. It is synced to the disk when this returns.
pub(crate) fn write(
    manifest: &Manifest,
    directory: &Path,
    passphrase: Option<SecretString>,
    to: File,
) -> io::Result<()> {
    // Most of it is compressed already, or compresses well even with little effort.
    let gzip = GzEncoder::new(Sink::new(to, passphrase)?, Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    let header = |size: u64| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(manifest.made_at.as_micros() / 1_000_000).unwrap_or_default());
        header.set_size(size);
        header
    };
    let text = serde_json::to_vec_pretty(manifest)?;
    tar.append_data(&mut header(text.len() as u64), MANIFEST, text.as_slice())?;
    for file in &manifest.files {
        let content = File::open(directory.join(&file.name))?;
        tar.append_data(&mut header(file.size), &file.name, content.take(file.size))?;
    }
    tar.into_inner()?.finish()?.finish()?.sync_all()
}
