//! Shells: the programs that run a command's text.

use std::borrow::Cow;
use std::str::FromStr;

use crate::text::text_type::text_type;

/// The most characters in the path of a shell.
const PATH_MAX: usize = 1_000;

/// The program that runs a command's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shell {
    /// `bash -c`.
    Bash,
    /// `sh -c`, the POSIX shell.
    Sh,
    /// Windows PowerShell: `powershell -NoProfile -NonInteractive -Command`.
    PowerShell,
    /// PowerShell 7: `pwsh -NoProfile -NonInteractive -Command`.
    Pwsh,
    /// `cmd /d /s /c`, on Windows.
    Cmd,
    /// `python3 -c`.
    Python,
    /// A program by its absolute path, called with `-c` and the text.
    Path(String),
}

/// The error for a text that names no shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected bash, sh, powershell, pwsh, cmd, python or the absolute path of a program")]
pub struct NotAShell;

impl Shell {
    /// The shells that have a name of their own.
    pub const NAMED: [Self; 6] =
        [Self::Bash, Self::Sh, Self::PowerShell, Self::Pwsh, Self::Cmd, Self::Python];

    /// The shell as text: its name or its path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Bash => "bash",
            Self::Sh => "sh",
            Self::PowerShell => "powershell",
            Self::Pwsh => "pwsh",
            Self::Cmd => "cmd",
            Self::Python => "python",
            Self::Path(path) => path,
        }
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl FromStr for Shell {
    type Err = NotAShell;

    fn from_str(text: &str) -> Result<Self, NotAShell> {
        if let Some(named) = Self::NAMED.into_iter().find(|shell| shell.as_str() == text) {
            return Ok(named);
        }
        let drive = text.as_bytes().first_chunk::<3>();
        let is_windows = drive.is_some_and(|[letter, colon, slash]| {
            letter.is_ascii_alphabetic() && *colon == b':' && matches!(slash, b'\\' | b'/')
        });
        let is_absolute = text.len() > 1 && text.starts_with('/') || text.len() > 3 && is_windows;
        if is_absolute && text.chars().count() <= PATH_MAX && !text.contains(char::is_control) {
            return Ok(Self::Path(text.to_owned()));
        }
        Err(NotAShell)
    }
}

text_type!(Shell, "minLength": 2, "maxLength": PATH_MAX, "examples": ["bash", "/usr/bin/zsh"]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_a_name_or_an_absolute_path() {
        for shell in Shell::NAMED {
            assert_eq!(shell.as_str().parse(), Ok(shell));
        }
        for path in ["/bin/zsh", r"C:\Tools\sh.exe", "d:/sh"] {
            assert_eq!(path.parse::<Shell>().unwrap().as_str(), path);
        }
        for text in ["", "/", "zsh", "./sh", "C:", r"C:\", "Bash", "/bin/\nsh"] {
            assert_eq!(text.parse::<Shell>(), Err(NotAShell), "{text:?}");
        }
    }
}
