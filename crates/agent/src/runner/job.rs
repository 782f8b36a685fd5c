//! Jobs: the processes to start for commands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bailiwick_domain::command::Shell;
use bailiwick_link::commands::ShellOrder;
use tokio::process::Command;

use super::user::{self, Becoming, HANDED_ON, User};
use crate::shells;

/// The prefix of the agent's own settings in its environment. They may be secret, so commands do not
/// inherit them.
const OWN_VARIABLES: &str = "BAILIWICK_";
/// Variables that a service manager sets for the agent only. Commands do not inherit them.
const OF_THE_AGENT: [&str; 5] =
    ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "CREDENTIALS_DIRECTORY"];

/// The variables that a command inherits from the agent if it runs as another user.
const FOR_OTHERS: [&str; 5] = ["PATH", "LANG", "LC_ALL", "TZ", "TERM"];

/// A process to start.
pub struct Job {
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The last argument on Windows, unquoted, since `cmd` parses it by rules of its own.
    raw: Option<String>,
    env: Vec<(String, String)>,
    directory: PathBuf,
    user: Option<User>,
    becoming: Becoming,
    /// Whether the environment contains only `env`, and nothing inherited.
    is_clean: bool,
}

impl std::fmt::Debug for Job {
    /// Leaves out the arguments and the environment, which may contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("program", &self.program)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Job {
    /// The job for an order; the error says why this machine cannot run it.
    pub fn of(order: ShellOrder, becoming: &Becoming) -> Result<Self, String> {
        let ShellOrder { shell, command, arguments, env, run_as, working_directory } = order;
        let shell: Shell = shell.parse().map_err(|error| format!("{shell:?} is not a shell: {error}"))?;
        let Some(program) = shells::find(&shell) else {
            let present = shells::present().join(", ");
            return Err(format!("this machine has no {shell}; it has: {present}"));
        };
        let is_bad = |name: &String, value: &String| {
            name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
        };
        if let Some((name, _)) = env.iter().find(|(name, value)| is_bad(name, value)) {
            return Err(format!(
                "the variable {name:?} cannot be set: a name must not be empty or contain =, and neither a name nor a value may contain NUL"
            ));
        }
        if command.contains('\0') || arguments.iter().any(|argument| argument.contains('\0')) {
            return Err("a command and its arguments must not contain NUL".to_owned());
        }
        let user = if run_as.is_empty() { None } else { user::become_whom(&run_as)? };
        let home = user.as_ref().map(|user| user.home.clone()).or_else(user::own_home);
        let directory = if working_directory.is_empty() {
            home.filter(|home| home.is_dir()).unwrap_or_else(|| Path::new("/").to_owned())
        } else {
            PathBuf::from(&working_directory)
        };
        if !directory.is_absolute() || !directory.is_dir() {
            return Err(format!("the working directory {} does not exist", directory.display()));
        }
        if user.is_some() && becoming.command.is_empty() {
            return Err(format!("this agent cannot run commands as another user, such as {run_as}"));
        }
        let mut raw = None;
        let mut called: Vec<OsString> = match &shell {
            // The first argument after the text is `$0`, the name in error messages.
            Shell::Bash | Shell::Sh => vec!["-c".into(), command.into(), shell.as_str().into()],
            Shell::Path(path) => vec!["-c".into(), command.into(), path.into()],
            // The text reads them from `sys.argv[1]` on; `sys.argv[0]` is `-c`.
            Shell::Python => vec!["-c".into(), command.into()],
            Shell::PowerShell | Shell::Pwsh => {
                let text = power_shell(&command, &arguments);
                ["-NoProfile", "-NonInteractive", "-Command", &text].map(OsString::from).into()
            }
            Shell::Cmd if arguments.is_empty() => {
                raw = Some(format!("\"{command}\""));
                ["/d", "/s", "/c"].map(OsString::from).into()
            }
            Shell::Cmd => return Err("a command for cmd does not take arguments".to_owned()),
        };
        if !matches!(shell, Shell::PowerShell | Shell::Pwsh) {
            called.extend(arguments.into_iter().map(OsString::from));
        }
        let becoming = becoming.clone();
        let env = env.into_iter().collect();
        Ok(Self { program, arguments: called, raw, env, directory, user, becoming, is_clean: false })
    }

    /// A job that runs a program directly, in an environment that contains only `env`.
    pub fn program(
        program: PathBuf,
        arguments: impl IntoIterator<Item = String>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().map(OsString::from).collect(),
            raw: None,
            env: env.into_iter().collect(),
            directory: PathBuf::from("/"),
            user: None,
            becoming: Becoming::default(),
            is_clean: true,
        }
    }

    /// The process to start, in a process group of its own.
    pub(super) fn command(self) -> Command {
        let Self { program, arguments, raw, env, directory, user, becoming, is_clean } = self;
        let mut command = match (&user, becoming.command.split_first()) {
            (Some(user), Some((first, rest))) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&user.name).arg(&directory).arg(&program);
                command.current_dir("/");
                command
            }
            _ => {
                let mut command = Command::new(&program);
                command.current_dir(&directory);
                command
            }
        };
        command.args(arguments);
        #[cfg(windows)]
        if let Some(raw) = raw {
            command.raw_arg(raw);
        }
        #[cfg(not(windows))]
        command.args(raw);
        for (name, _) in std::env::vars_os() {
            let is_own = name.to_str().is_some_and(|name| name.starts_with(OWN_VARIABLES));
            if is_own || OF_THE_AGENT.iter().any(|own| name == *own) {
                command.env_remove(name);
            }
        }
        if is_clean {
            command.env_clear();
        }
        if let Some(user) = &user {
            // Other users must not see the environment that the agent was started with.
            command.env_clear();
            command.envs(FOR_OTHERS.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
            command.env("HOME", &user.home).env("USER", &user.name).env("LOGNAME", &user.name);
            command.env("SHELL", &user.shell);
            command.envs(env.into_iter().map(|(name, value)| (format!("{HANDED_ON}{name}"), value)));
        } else {
            command.envs(env);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// A script for PowerShell, which takes no arguments besides the text. They are appended to it in
/// quotes, escaped so that nothing in them ends the quotes, and the text reads them as `$args[0]` and
/// so on.
fn power_shell(text: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return text.to_owned();
    }
    let mut whole = format!("& {{\n{text}\n}}");
    for argument in arguments {
        whole.push_str(" '");
        for character in argument.chars() {
            // PowerShell treats typographic quotes as quotes, too. A doubled quote stands for itself.
            if matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
                whole.push(character);
            }
            whole.push(character);
        }
        whole.push('\'');
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_for_power_shell_are_quoted() {
        assert_eq!(power_shell("Get-Date", &[]), "Get-Date");
        let arguments = ["it's".to_owned(), "x\u{2019}; Remove-Item".to_owned()];
        let expected = "& {\n$args[0]\n} 'it''s' 'x\u{2019}\u{2019}; Remove-Item'";
        assert_eq!(power_shell("$args[0]", &arguments), expected);
    }
}
