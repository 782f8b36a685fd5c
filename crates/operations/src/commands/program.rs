//! A text for a shell, as a client gives it.

use bailiwick_domain::command::{ARGUMENTS_MAX, COMMAND_MAX, Script, Shell};

use crate::error::{Error, FieldError, Result};
use crate::fleet::SecretEnv;

/// The most bytes of an argument.
const ARGUMENT_MAX: usize = 32_768;
/// The most characters of a user's name and of a directory.
pub(crate) const USER_MAX: usize = 256;
pub(crate) const DIRECTORY_MAX: usize = 4_096;

/// A text for a shell, and how it is to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) shell: Option<Shell>,
    pub(crate) command: Option<String>,
    pub(crate) arguments: Vec<String>,
    pub(crate) run_as: Option<String>,
    pub(crate) working_directory: Option<String>,
}

fn is_plain(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().take(most + 1).count()) && !text.contains(char::is_control)
}

impl Program {
    /// The text with the names of the variables that its environment has.
    pub(crate) fn script(self, env: &SecretEnv) -> Result<Script> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, detail: String| errors.push(FieldError::new(field, detail));
        if self.arguments.len() > ARGUMENTS_MAX {
            wrong("arguments", format!("expected at most {ARGUMENTS_MAX}"));
        }
        for (n, argument) in self.arguments.iter().enumerate().take(ARGUMENTS_MAX) {
            if argument.len() > ARGUMENT_MAX || argument.contains('\0') {
                let detail = format!("expected a text of at most {ARGUMENT_MAX} bytes without NUL");
                wrong(&format!("arguments[{n}]"), detail);
            }
        }
        if self.run_as.as_deref().is_some_and(|user| !is_plain(user, USER_MAX)) {
            wrong("run_as", "expected the name of a user".into());
        }
        if self.working_directory.as_deref().is_some_and(|directory| !is_plain(directory, DIRECTORY_MAX)) {
            wrong("working_directory", "expected the path of a directory".into());
        }
        match &self.command {
            Some(text) if text.len() > COMMAND_MAX => {
                wrong("command", format!("expected at most {COMMAND_MAX} bytes, found {}", text.len()));
            }
            Some(text) if text.trim().is_empty() => wrong("command", "expected a text".into()),
            Some(text) if text.contains('\0') => wrong("command", "expected a text without NUL".into()),
            Some(_) => {}
            None => wrong("command", "expected a text for the shell".into()),
        }
        if self.shell.is_none() {
            wrong("shell", "expected the shell that the text is for".into());
        }
        match (self.shell, self.command) {
            (Some(shell), Some(command)) if errors.is_empty() => Ok(Script {
                shell,
                command,
                arguments: self.arguments,
                env: env.0.keys().cloned().collect(),
                run_as: self.run_as,
                working_directory: self.working_directory,
                script: None,
            }),
            _ => Err(Error::Invalid(errors)),
        }
    }
}
