//! Secrets as arguments of a command. Other users of the machine can see arguments, so secrets come from
//! standard input, from a file, or from a prompt on the terminal.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, bail, ensure};
use zeroize::Zeroizing;

/// The largest size in bytes of a secret, or of an object with secrets.
const MAX: u64 = 1 << 20;

/// The help text for a field that is a secret.
pub(crate) const HELP: &str = "`-` reads it from standard input, `@FILE` from a file";

/// Reads secrets from where arguments say.
#[derive(Default)]
pub(crate) struct Sources {
    is_input_read: bool,
}

impl Sources {
    /// The value of an argument: the text itself, or what is in the file or input that it names.
    pub(crate) fn read(&mut self, text: &str) -> anyhow::Result<Zeroizing<String>> {
        match text.strip_prefix('@') {
            _ if text == "-" => {
                ensure!(!self.is_input_read, "only one secret can be read from standard input");
                self.is_input_read = true;
                read(std::io::stdin().lock()).context("standard input")
            }
            Some(path) => {
                std::fs::File::open(path).map_err(Into::into).and_then(read).with_context(|| path.to_owned())
            }
            None => Ok(Zeroizing::new(text.to_owned())),
        }
    }

    /// Asks the user at the terminal. A new secret is asked for twice, since the input is not shown.
    pub(crate) fn ask(&self, name: &str, is_new: bool) -> anyhow::Result<Zeroizing<String>> {
        let is_interactive = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if !is_interactive || self.is_input_read {
            bail!("--{name} is missing: {HELP}");
        }
        let ask = |prompt: String| -> anyhow::Result<_> {
            Ok(Zeroizing::new(rpassword::prompt_password(prompt).context("the terminal cannot be read")?))
        };
        let secret = ask(format!("{name}: "))?;
        if is_new {
            ensure!(ask(format!("{name} again: "))? == secret, "the two entries differ; try again");
        }
        Ok(secret)
    }
}

/// Reads a text, without the line break at its end.
fn read(from: impl std::io::Read) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    from.take(MAX + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= MAX, "expected at most {MAX} bytes");
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_removed_from_a_secret() {
        for (text, expected) in
            [("hunter2\n", "hunter2"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("", "")]
        {
            assert_eq!(*read(text.as_bytes()).unwrap(), expected);
        }
        assert!(read(&b"\xff"[..]).is_err());
        assert!(read(std::io::repeat(b'x')).is_err());
    }

    #[test]
    fn a_secret_is_read_from_a_file_or_the_argument() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        std::fs::write(&file, "hunter2\n").unwrap();
        let mut sources = Sources::default();
        assert_eq!(*sources.read(&format!("@{}", file.display())).unwrap(), "hunter2");
        assert_eq!(*sources.read("plain").unwrap(), "plain");
        let error = format!("{:#}", sources.read("@/nowhere/secret").unwrap_err());
        assert!(error.starts_with("/nowhere/secret: "), "{error}");
    }
}
