//! Runs the programs of the machine for real.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_link::commands::End;

use super::call::{Call, CallEnd, Run, WhenStopped};
use super::failure::Failure;
use crate::runner::{self, Capture, Captures, Job, Patience, Stop};

/// The most bytes of output that are parsed.
const ANSWER_MAX: u32 = 32 << 20;
/// The most characters that are reported of a failed program's standard error.
const SAID_MAX: usize = 2_000;

/// Runs programs of the machine one after another, within one time limit. Shown output goes to the
/// output of their command.
pub struct Programs<'c> {
    captures: &'c Arc<Captures>,
    stop: &'c Stop,
    patience: Patience,
    timeout: Duration,
    began: Instant,
    environment: Vec<(String, String)>,
}

impl<'c> Programs<'c> {
    /// A runner for a command that may take `timeout` from now on.
    pub fn new(timeout: Duration, patience: Patience, captures: &'c Arc<Captures>, stop: &'c Stop) -> Self {
        let mut environment = vec![("LC_ALL".to_owned(), "C".to_owned())];
        environment.extend(system_environment());
        Self { captures, stop, patience, timeout, began: Instant::now(), environment }
    }

    /// Adds a variable to the environment of every program.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Run for Programs<'_> {
    async fn run(&mut self, call: Call) -> Result<CallEnd, Failure> {
        let Call { program, arguments, environment, is_shown, when_stopped } = call;
        let path = find(program).ok_or(Failure::Missing { program })?;
        let own = environment.into_iter().map(|(name, value)| (name.to_owned(), value));
        let job = Job::program(path, arguments, self.environment.iter().cloned().chain(own));
        let answer = if is_shown { Arc::clone(self.captures) } else { Captures::new(ANSWER_MAX) };
        let left = self.timeout.saturating_sub(self.began.elapsed());
        let mut outcome = match when_stopped {
            WhenStopped::End => runner::run(job, left, self.patience, &answer, self.stop).await,
            WhenStopped::Finish => {
                if let Some(outcome) = self.stop.already(left) {
                    return Err(Failure::Stopped(Box::new(outcome)));
                }
                runner::run_to_its_end(job, left, self.patience, &answer, self.stop).await
            }
            WhenStopped::Ignore => {
                let stop = Stop { leaving: self.stop.leaving.clone(), ..Stop::default() };
                runner::run_to_its_end(job, self.patience.finish, self.patience, &answer, &stop).await
            }
        };
        if !outcome.error.is_empty() {
            if outcome.duration.is_none() {
                return Err(Failure::NotRun { program, error: outcome.error });
            }
            if outcome.end == End::TimedOut {
                let how = if when_stopped == WhenStopped::End {
                    "the command was ended because it ran".to_owned()
                } else {
                    format!("{}; the command ran", outcome.error)
                };
                outcome.error = format!("{how} longer than {} s", self.timeout.as_secs());
            }
            return Err(Failure::Stopped(Box::new(outcome)));
        }
        if is_shown {
            return Ok(CallEnd { code: outcome.exit_code, ..CallEnd::default() });
        }
        if answer.stdout.lock().total() > ANSWER_MAX.into() {
            return Err(Failure::Unreadable {
                program,
                why: format!("it is longer than {ANSWER_MAX} bytes"),
            });
        }
        let stdout = kept(&answer.stdout.lock());
        let mut stderr = kept(&answer.stderr.lock());
        let last = stderr.char_indices().rev().nth(SAID_MAX).map_or(0, |(at, _)| at);
        stderr.drain(..last);
        Ok(CallEnd { code: outcome.exit_code, stdout, stderr })
    }

    async fn note(&mut self, line: &str) -> Result<(), Failure> {
        let mut stderr = self.captures.stderr.lock();
        stderr.take(line.as_bytes());
        stderr.take(b"\n");
        Ok(())
    }

    fn has(&self, program: &str) -> bool {
        find(program).is_some()
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// The captured output, as text.
fn kept(capture: &Capture) -> String {
    let bytes: Vec<u8> = capture.pieces().into_iter().flat_map(|piece| piece.bytes).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The path of one of the system's own programs.
fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    directories().into_iter().map(|directory| directory.join(&name)).find(|path| path.is_file())
}

/// The directories of the system's own programs.
#[cfg(unix)]
fn directories() -> Vec<PathBuf> {
    ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map(PathBuf::from).into()
}

/// The environment variables that every program gets.
#[cfg(unix)]
fn system_environment() -> Vec<(String, String)> {
    let pairs = [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/"), ("TERM", "dumb")];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The directory of Windows.
#[cfg(not(unix))]
fn system_root() -> PathBuf {
    std::env::var_os("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from)
}

/// The directories of the system's own programs.
#[cfg(not(unix))]
fn directories() -> Vec<PathBuf> {
    let system = system_root().join("System32");
    vec![system.join("WindowsPowerShell").join("v1.0"), system]
}

/// The environment variables that every program gets: those by which Windows finds its own files.
#[cfg(not(unix))]
fn system_environment() -> Vec<(String, String)> {
    let names =
        ["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATH", "PATHEXT", "TEMP", "TMP", "ProgramData"];
    let of = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
    names.into_iter().filter_map(of).collect()
}
