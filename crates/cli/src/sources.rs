//! Where the value of an argument comes from: the argument itself, a file (`@FILE`), standard input (`-`), or
//! for secrets a prompt on the terminal. Other users of the machine can see arguments, so a secret is never
//! taken from one.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use zeroize::Zeroizing;

use crate::output;

/// The largest size in bytes of a value from a file or standard input.
const MAX: u64 = 16 << 20;

/// How often a new secret is asked for, if the two entries differ.
const TRIES: usize = 3;

/// The help text for a field that is a secret.
pub(crate) const SECRET_HELP: &str = "`-` reads it from standard input, `@FILE` from a file";

/// Reads the values of arguments from where they say.
#[derive(Default)]
pub(crate) struct Sources {
    is_input_read: bool,
}

impl Sources {
    /// The value of an argument: what is in the file or input that it names, or the text itself. A text that
    /// begins with `@` is written with `@@`.
    pub(crate) fn value(&mut self, text: &str) -> anyhow::Result<Zeroizing<String>> {
        Ok(match self.elsewhere(text)? {
            Some(value) => value,
            None => Zeroizing::new(text.strip_prefix('@').unwrap_or(text).to_owned()),
        })
    }

    /// The secret in the file or input that an argument names.
    pub(crate) fn secret(&mut self, text: &str) -> anyhow::Result<Zeroizing<String>> {
        match self.elsewhere(text)? {
            Some(secret) => Ok(secret),
            None => bail!(
                "a secret is not taken from an argument, because other users of this machine can see it: {SECRET_HELP}"
            ),
        }
    }

    /// What is in the file or input that an argument names; `None` if it names neither.
    pub(crate) fn elsewhere(&mut self, text: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
        match text.strip_prefix('@') {
            _ if text == "-" => self.input().map(Some),
            Some(path) if !path.starts_with('@') => self.file(Path::new(path)).map(Some).with_context(
                || "a value that begins with @ names a file: write @@ for a text that begins with @",
            ),
            _ => Ok(None),
        }
    }

    /// The text in a file, or in standard input if the file is `-`, without the line break at its end.
    pub(crate) fn file(&mut self, path: &Path) -> anyhow::Result<Zeroizing<String>> {
        if path.as_os_str() == "-" {
            return self.input();
        }
        let opened = std::fs::File::open(path).map_err(Into::into);
        opened.and_then(read).with_context(|| format!("{} cannot be read", path.display()))
    }

    fn input(&mut self) -> anyhow::Result<Zeroizing<String>> {
        ensure!(!self.is_input_read, "only one value can be read from standard input");
        self.is_input_read = true;
        read(std::io::stdin().lock()).context("standard input cannot be read")
    }

    /// Whether a person can be asked at the terminal.
    pub(crate) fn is_interactive(&self) -> bool {
        !self.is_input_read && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks the user at the terminal for a secret; `None` if there is no terminal. The input is not shown.
    pub(crate) fn ask(&self, prompt: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
        if !self.is_interactive() {
            return Ok(None);
        }
        let secret =
            rpassword::prompt_password(format!("{prompt}: ")).context("the terminal cannot be read")?;
        Ok(Some(Zeroizing::new(secret)))
    }

    /// Asks for the secret of an option. A new secret is asked for twice, since the input is not shown.
    pub(crate) fn ask_for_option(&self, name: &str, is_new: bool) -> anyhow::Result<Zeroizing<String>> {
        for _ in 0..TRIES {
            let Some(secret) = self.ask(name)? else { bail!("--{name} is missing: {SECRET_HELP}") };
            if !is_new || self.ask(&format!("{name} again"))?.as_ref() == Some(&secret) {
                return Ok(secret);
            }
            output::note("The two entries differ. Once more, from the beginning:");
        }
        bail!("the two entries differed {TRIES} times")
    }
}

/// Reads a text, without the line break at its end.
fn read(from: impl std::io::Read) -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(MAX + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= MAX, "expected at most {MAX} bytes");
    let text = std::str::from_utf8(&bytes).ok().context("expected text in UTF-8")?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_removed_from_a_value() {
        for (text, expected) in
            [("hunter2\n", "hunter2"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("", "")]
        {
            assert_eq!(*read(text.as_bytes()).unwrap(), expected);
        }
        assert!(read(&b"\xff"[..]).unwrap_err().to_string().contains("UTF-8"));
        assert!(read(std::io::repeat(b'x')).is_err());
    }

    #[test]
    fn a_value_is_the_argument_or_read_from_a_file_and_a_secret_only_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        std::fs::write(&file, "hunter2\n").unwrap();
        let named = format!("@{}", file.display());
        let mut sources = Sources::default();
        assert_eq!(*sources.value(&named).unwrap(), "hunter2");
        assert_eq!(*sources.secret(&named).unwrap(), "hunter2");
        assert_eq!(*sources.value("plain").unwrap(), "plain");
        assert_eq!(*sources.value("@@daily").unwrap(), "@daily");
        for text in ["plain", "@@daily", ""] {
            let error = sources.secret(text).unwrap_err().to_string();
            assert!(error.contains("not taken from an argument") && !error.contains("plain"), "{error}");
        }
        let error = format!("{:#}", sources.value("@/nowhere/secret").unwrap_err());
        assert!(error.contains("write @@") && error.contains("/nowhere/secret cannot be read"), "{error}");
    }
}
