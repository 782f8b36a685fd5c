//! Calls of the programs that manage updates.

use std::path::Path;

use super::Failure;

/// What happens to a running program when its command is cancelled, times out, or the agent is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenStopped {
    /// It is ended.
    End,
    /// It is not started any more; if it runs already, it may finish, since ending it could leave
    /// packages half installed. The command then counts as cancelled or timed out.
    Finish,
    /// It is started and may finish in any case, because it cleans up after an earlier call.
    Ignore,
}

/// The call of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The program's name. It is searched only in the system's own directories.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment variables, in addition to the few that every program gets.
    pub environment: Vec<(&'static str, String)>,
    /// Whether its output is shown as the command's output, instead of being parsed here.
    pub is_shown: bool,
    /// What happens to it when its command must end.
    pub when_stopped: WhenStopped,
}

impl Call {
    /// A call that asks a program something: its output is parsed here.
    pub fn ask(program: &'static str, arguments: &[&str]) -> Self {
        Self::new(program, arguments, false)
    }

    /// A call that lets a program do something: its output is shown.
    pub fn act(program: &'static str, arguments: &[&str]) -> Self {
        Self::new(program, arguments, true)
    }

    fn new(program: &'static str, arguments: &[&str], is_shown: bool) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let when_stopped = WhenStopped::End;
        Self { program, arguments, environment: Vec::new(), is_shown, when_stopped }
    }

    /// The same call, but once started it may finish.
    #[must_use]
    pub const fn to_its_end(mut self) -> Self {
        self.when_stopped = WhenStopped::Finish;
        self
    }

    /// The same call, but it is started and may finish in any case.
    #[must_use]
    pub const fn in_any_case(mut self) -> Self {
        self.when_stopped = WhenStopped::Ignore;
        self
    }

    /// The same call with more arguments.
    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// The same call with an environment variable.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallEnd {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output, if that is not shown.
    pub stdout: String,
    /// The end of its standard error, if that is not shown.
    pub stderr: String,
}

impl CallEnd {
    /// Its standard output, if it exited with one of these codes; an error otherwise.
    pub fn ended(self, program: &'static str, codes: &[i32]) -> Result<String, Failure> {
        if self.code.is_some_and(|code| codes.contains(&code)) {
            return Ok(self.stdout);
        }
        let end = self.code.map_or_else(|| "a signal".into(), |code| format!("exit code {code}"));
        Err(Failure::Ended { program, end, said: self.stderr.trim().to_owned() })
    }
}

/// Runs programs and shows their output: for real, or from a recording in tests.
pub trait Run: Send {
    /// Runs a program to its end.
    fn run(&mut self, call: Call) -> impl Future<Output = Result<CallEnd, Failure>> + Send;

    /// Adds a line to the shown output.
    fn note(&mut self, line: &str) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Whether the program exists.
    fn has(&self, program: &str) -> bool;

    /// Whether the file exists.
    fn exists(&self, path: &Path) -> bool;
}

/// Runs a program that must exit with one of these codes, and returns its standard output.
pub(super) async fn ask(run: &mut impl Run, call: Call, codes: &[i32]) -> Result<String, Failure> {
    let program = call.program;
    run.run(call).await?.ended(program, codes)
}
