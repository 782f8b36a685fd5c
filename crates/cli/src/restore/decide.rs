//! Whether the keys of a backup are disabled when it is restored.

use std::io::{IsTerminal as _, Write as _};

use anyhow::{Context as _, ensure};
use clap::Args;

/// What is done with the keys of the backup.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct KeyArgs {
    /// Disable all keys of the backup, except those of agents
    #[arg(long, conflicts_with = "keep_keys")]
    disable_keys: bool,
    /// Let the keys of the backup work, also those that were disabled or deleted since
    #[arg(long)]
    keep_keys: bool,
}

/// What is done with the keys of the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// They work as before.
    Keep,
    /// They are disabled.
    Disable,
}

impl KeyArgs {
    /// The decision, if it was given.
    const fn given(self) -> Option<Keys> {
        match (self.disable_keys, self.keep_keys) {
            (true, _) => Some(Keys::Disable),
            (false, true) => Some(Keys::Keep),
            (false, false) => None,
        }
    }

    /// Fails if the decision was not given, and nobody can be asked.
    pub(crate) fn require_decision(self) -> anyhow::Result<()> {
        let is_interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        ensure!(
            self.given().is_some() || is_interactive,
            "keys that were disabled or deleted since the backup work again after a restore: choose --disable-keys, which disables all keys of the backup except those of agents, or --keep-keys"
        );
        Ok(())
    }

    /// The decision, which is asked for if it was not given. `count` is the number of keys, if it is known.
    pub(crate) fn decide(self, count: Option<usize>) -> anyhow::Result<Keys> {
        if let Some(keys) = self.given() {
            return Ok(keys);
        }
        let which = count.map_or_else(|| "all keys".to_owned(), |count| format!("all {count} keys"));
        let mut error = std::io::stderr();
        let _ = write!(error, "Disable {which} of the backup, except those of agents? [y/n] ");
        let _ = error.flush();
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).context("the terminal cannot be read")?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(Keys::Disable),
            "n" | "N" | "no" => Ok(Keys::Keep),
            _ => anyhow::bail!("expected y or n; nothing was changed"),
        }
    }
}
