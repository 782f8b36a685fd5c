//! Calls of programs.

use std::path::Path;

use super::Failure;

/// What happens to a program that runs when its command is cancelled or runs too long, or the agent
/// is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenStopped {
    /// It is ended.
    End,
    /// It is not begun any more; if it runs it is let finish, since whatever ends it leaves packages
    /// half installed. The command then ends as cancelled or timed out.
    Finish,
    /// It is begun and let finish all the same: it puts in order what was done before it.
    Ignore,
}

/// The call of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The program's name: it is looked for where the system's own programs are, and nowhere else.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables of its environment, beside the few that every program gets.
    pub environment: Vec<(&'static str, String)>,
    /// Whether what it writes is output of the command, for people, and not to be read here.
    pub is_shown: bool,
    /// What happens to it when its command is to end.
    pub when_stopped: WhenStopped,
}

impl Call {
    /// Of a program that is asked something: what it writes is read here.
    pub fn ask(program: &'static str, arguments: &[&str]) -> Self {
        Self::new(program, arguments, false)
    }

    /// Of a program that does something: what it writes is shown.
    pub fn act(program: &'static str, arguments: &[&str]) -> Self {
        Self::new(program, arguments, true)
    }

    fn new(program: &'static str, arguments: &[&str], is_shown: bool) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let when_stopped = WhenStopped::End;
        Self { program, arguments, environment: Vec::new(), is_shown, when_stopped }
    }

    /// The same, but let finish once it has begun.
    #[must_use]
    pub const fn to_its_end(mut self) -> Self {
        self.when_stopped = WhenStopped::Finish;
        self
    }

    /// The same, but begun and let finish whatever happens.
    #[must_use]
    pub const fn in_any_case(mut self) -> Self {
        self.when_stopped = WhenStopped::Ignore;
        self
    }

    /// The same with more arguments.
    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// The same with a variable of its environment.
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
    /// What it wrote to standard output, if that is not shown.
    pub stdout: String,
    /// The last that it wrote to standard error, if that is not shown.
    pub stderr: String,
}

impl CallEnd {
    /// What it wrote, if it ended with one of these codes.
    pub fn ended(self, program: &'static str, codes: &[i32]) -> Result<String, Failure> {
        if self.code.is_some_and(|code| codes.contains(&code)) {
            return Ok(self.stdout);
        }
        let end = self.code.map_or_else(|| "a signal".into(), |code| format!("exit code {code}"));
        Err(Failure::Ended { program, end, said: self.stderr.trim().to_owned() })
    }
}

/// What runs programs and shows what they write.
pub trait Run: Send {
    /// Runs a program to its end.
    fn run(&mut self, call: Call) -> impl Future<Output = Result<CallEnd, Failure>> + Send;

    /// Adds a line to what is shown.
    fn note(&mut self, line: &str) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Whether there is such a program.
    fn has(&self, program: &str) -> bool;

    /// Whether there is such a file.
    fn exists(&self, path: &Path) -> bool;
}

/// Asks a program something.
pub(super) async fn ask(run: &mut impl Run, call: Call, codes: &[i32]) -> Result<String, Failure> {
    let program = call.program;
    run.run(call).await?.ended(program, codes)
}
