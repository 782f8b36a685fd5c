//! The passphrase with which a backup is encrypted.

use std::path::PathBuf;

use age::secrecy::SecretString;
use anyhow::{Context as _, ensure};
use clap::Args;

use crate::sources::Sources;

/// The base-2 logarithm of the work to make the key from the passphrase: 128 MiB of memory, and a part of a second.
pub(crate) const WORK: u8 = 17;
/// The most work that is done for a passphrase. An archive that asks for more is refused, because it could ask for any
/// amount of memory.
pub(crate) const WORK_MAX: u8 = 20;

/// Where the passphrase of an archive comes from.
#[derive(Args, Clone, Debug)]
pub(crate) struct PassphraseArgs {
    /// A file that contains the passphrase; - for standard input [default: the command asks for it]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// Whether a file is named.
    pub(crate) const fn is_given(&self) -> bool {
        self.passphrase_file.is_some()
    }

    /// The passphrase of an archive that is encrypted.
    pub(crate) fn read(&self) -> anyhow::Result<SecretString> {
        self.passphrase(false)
    }

    /// The passphrase for a new archive. It is asked for twice.
    pub(crate) fn choose(&self) -> anyhow::Result<SecretString> {
        self.passphrase(true)
    }

    fn passphrase(&self, is_new: bool) -> anyhow::Result<SecretString> {
        let mut sources = Sources::default();
        let text = match &self.passphrase_file {
            Some(file) => sources.file(file).context("--passphrase-file")?,
            None => {
                let text = sources.ask("passphrase of the archive")?.context(
                    "the archive is encrypted, and there is no terminal to ask for the passphrase: name a file with --passphrase-file, or - for standard input",
                )?;
                if is_new {
                    let again = sources.ask("passphrase again")?;
                    ensure!(again.as_ref() == Some(&text), "the two entries differ; try again");
                }
                text
            }
        };
        ensure!(!text.is_empty(), "the passphrase is empty");
        Ok(SecretString::from(text.as_str()))
    }
}
