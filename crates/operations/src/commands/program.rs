//! Shell commands as sent by a client: a text of its own, or a saved script.

use std::collections::BTreeMap;

use bailiwick_domain::command::{ARGUMENTS_MAX, COMMAND_MAX, Script, ScriptUse, SecretEnv, Shell};
use bailiwick_domain::script::{ScriptRef, arguments};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};

/// The most bytes of an argument.
const ARGUMENT_MAX: usize = 32_768;
/// The most characters of a user name, and of a directory.
pub(crate) const USER_MAX: usize = 256;
pub(crate) const DIRECTORY_MAX: usize = 4_096;

/// A saved script, and the values of its parameters.
pub(crate) struct Saved {
    pub(crate) script: ScriptRef,
    /// The version. If absent, the latest that the caller's command limits list, or the latest of all
    /// if they list none of this script.
    pub(crate) version: Option<u32>,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// The source of a text.
pub(crate) enum Source {
    /// The request contains it.
    Text { shell: Option<Shell>, command: Option<String> },
    /// A saved script contains it.
    Saved(Saved),
}

/// A text for a shell, and how to run it.
pub(crate) struct Program {
    pub(crate) source: Source,
    pub(crate) arguments: Vec<String>,
    pub(crate) run_as: Option<String>,
    pub(crate) working_directory: Option<String>,
}

fn is_plain(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().take(most + 1).count()) && !text.contains(char::is_control)
}

/// Errors in a text that the request contains.
fn faults(shell: Option<&Shell>, command: Option<&String>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, detail: String| errors.push(FieldError::new(field, detail));
    match command {
        Some(text) if text.len() > COMMAND_MAX => {
            wrong("command", format!("expected at most {COMMAND_MAX} bytes, found {}", text.len()));
        }
        Some(text) if text.trim().is_empty() => wrong("command", "expected a text".into()),
        Some(text) if text.contains('\0') => wrong("command", "expected a text without NUL".into()),
        Some(_) => {}
        None => wrong(
            "command",
            "expected the text of a command, or `script` instead of `shell` and `command`".into(),
        ),
    }
    if shell.is_none() {
        wrong("shell", "expected the shell that runs the command".into());
    }
    errors
}

impl Program {
    /// Errors in how it is to be run.
    fn faults(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, detail: String| errors.push(FieldError::new(field, detail));
        if self.arguments.len() > ARGUMENTS_MAX {
            wrong("arguments", format!("expected at most {ARGUMENTS_MAX} arguments"));
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
        errors
    }

    /// The script to run. It contains only the names of the environment's variables, not their values.
    pub(crate) async fn script(self, cx: &Cx, env: &SecretEnv) -> Result<Script> {
        let mut errors = self.faults();
        let Self { source, arguments, run_as, working_directory } = self;
        let (shell, command, arguments, script) = match source {
            Source::Text { shell, command } => {
                errors.extend(faults(shell.as_ref(), command.as_ref()));
                match (shell, command) {
                    (Some(shell), Some(command)) if errors.is_empty() => (shell, command, arguments, None),
                    _ => return Err(Error::Invalid(errors)),
                }
            }
            Source::Saved(saved) => {
                if !arguments.is_empty() {
                    errors.push(FieldError::new(
                        "arguments",
                        "a script takes `parameters` instead of `arguments`",
                    ));
                }
                require_valid(errors)?;
                let (shell, body, arguments, script) = saved.read(cx).await?;
                (shell, body, arguments, Some(script))
            }
        };
        let env = env.0.keys().cloned().collect();
        Ok(Script { shell, command, arguments, env, run_as, working_directory, script })
    }
}

impl Saved {
    /// Reads the text, and the values of its parameters in their order. A caller that may give
    /// commands may run any script of the organization, unless the key's command limits exclude it.
    async fn read(self, cx: &Cx) -> Result<(Shell, String, Vec<String>, ScriptUse)> {
        let reach = cx.organization_reach()?;
        let mut scripts = cx.store().scripts(&reach);
        let found = scripts.find(&self.script).await?;
        let missing = || Error::invalid("script", format!("there is no script {}", self.script));
        let script = found.ok_or_else(missing)?;
        let allowed = cx.command_limits().and_then(|limits| limits.version_of(script.id));
        let number = self.version.or(allowed).unwrap_or(script.version);
        let version = scripts.version(script.id, number).await?;
        let version = version.ok_or_else(|| {
            Error::invalid(
                "script_version",
                format!("expected a version from 1 to {}, found {number}", script.version),
            )
        })?;
        let values = arguments(&version.parameters, &self.parameters).map_err(|errors| {
            let wrong = |(name, detail)| FieldError::new(format!("parameters.{name}"), detail);
            Error::Invalid(errors.into_iter().map(wrong).collect())
        })?;
        Ok((version.shell, version.body, values, ScriptUse { id: script.id, version: number }))
    }
}
