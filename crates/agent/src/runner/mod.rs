//! Runs jobs as processes: each in a process group of its own, with limits on its time and output.

mod capture;
#[cfg(unix)]
mod descriptors;
pub(crate) mod group;
mod job;
mod user;

use std::fs::File;
use std::io::{self, Read as _};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_link::commands::{End, Stream};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use capture::Capture;
#[cfg(unix)]
pub use descriptors::pass_no_files_on;
pub use job::Job;
pub use user::Becoming;
#[cfg(unix)]
pub use user::become_user;

use group::Group;

/// The size of the buffer for reading a stream.
const READ: usize = 64 << 10;
/// How often to read what a process has written to a file.
const FOLLOW: Duration = Duration::from_millis(100);
/// How often to check whether a process group has ended.
const LOOK: Duration = Duration::from_millis(20);

/// How long the runner waits for processes.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a process group may take to end after SIGTERM, before it gets SIGKILL.
    pub end: Duration,
    /// How long to go on reading pipes that another process holds open after the command has ended.
    pub pipes: Duration,
    /// How long to wait for a job that must not be killed, after it should have ended.
    pub finish: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            end: Duration::from_secs(5),
            pipes: Duration::from_secs(1),
            finish: Duration::from_secs(3_600),
        }
    }
}

/// The captured output of a job.
#[derive(Debug)]
pub struct Captures {
    /// Standard output.
    pub stdout: Mutex<Capture>,
    /// Standard error.
    pub stderr: Mutex<Capture>,
}

impl Captures {
    /// Empty captures that keep `limit` bytes of each stream.
    pub fn new(limit: u32) -> Arc<Self> {
        Arc::new(Self {
            stdout: Mutex::new(Capture::new(Stream::Stdout, limit)),
            stderr: Mutex::new(Capture::new(Stream::Stderr, limit)),
        })
    }

    const fn of(&self, stream: Stream) -> &Mutex<Capture> {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }
}

/// The reasons to end a job early.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// The server cancelled the command.
    pub cancelled: CancellationToken,
    /// The agent is being stopped.
    pub leaving: CancellationToken,
}

impl Stop {
    /// The outcome of a job that must not start, because it is to be stopped or has no time `left`;
    /// `None` if it may start.
    pub fn already(&self, left: Duration) -> Option<JobOutcome> {
        let (end, error) = if self.cancelled.is_cancelled() {
            (End::Cancelled, "the command was cancelled")
        } else if self.leaving.is_cancelled() {
            (End::Failed, "the command was ended because the agent was stopped")
        } else if left.is_zero() {
            (End::TimedOut, "the command ran too long")
        } else {
            return None;
        };
        Some(JobOutcome { duration: Some(Duration::ZERO), ..JobOutcome::not_begun(end, error) })
    }
}

/// The outcome of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobOutcome {
    /// How it ended.
    pub end: End,
    /// The exit code, if it exited by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// What went wrong, for people; empty if nothing did.
    pub error: String,
    /// How long it ran; `None` if it was not started.
    pub duration: Option<Duration>,
}

impl JobOutcome {
    /// The outcome of a job that was not started.
    pub fn not_begun(end: End, error: impl Into<String>) -> Self {
        Self { end, exit_code: None, signal: None, error: error.into(), duration: None }
    }
}

/// Runs a job to its end. Its output goes to `captures` while it runs.
pub async fn run(
    job: Job,
    timeout: Duration,
    patience: Patience,
    captures: &Arc<Captures>,
    stop: &Stop,
) -> JobOutcome {
    let began = Instant::now();
    let mut child = match job.command().spawn() {
        Ok(child) => child,
        Err(error) => return JobOutcome::not_begun(End::Failed, why_not(&error)),
    };
    let group = child.id().and_then(Group::of);
    let readers = [
        child.stdout.take().map(|pipe| read(pipe, Arc::clone(captures), Stream::Stdout)),
        child.stderr.take().map(|pipe| read(pipe, Arc::clone(captures), Stream::Stderr)),
    ];
    let (end, error) = tokio::select! {
        // `biased`: a job that has already ended counts as ended in time.
        biased;
        status = child.wait() => (ended_by_itself(&status), String::new()),
        () = stop.cancelled.cancelled() => (End::Cancelled, "the command was cancelled".to_owned()),
        () = stop.leaving.cancelled() => (End::Failed, "the command was ended because the agent was stopped".to_owned()),
        () = tokio::time::sleep(timeout) => {
            (End::TimedOut, format!("the command was ended because it ran longer than {} s", timeout.as_secs()))
        }
    };
    if !error.is_empty() {
        end_group(&mut child, group, patience.end).await;
    }
    // The process has ended; this returns its status.
    let status = child.wait().await;
    let duration = began.elapsed();
    drain(readers, patience.pipes).await;
    let (exit_code, signal, wait_error) = match &status {
        Ok(status) => (status.code(), signal_of(*status), None),
        Err(error) => {
            (None, None, Some(format!("the exit status of the command could not be read: {error}")))
        }
    };
    let error = wait_error.unwrap_or(error);
    JobOutcome { end, exit_code, signal, error, duration: Some(duration) }
}

/// Runs a job that must not be killed half-way, such as a package manager. If it is cancelled or times
/// out, the runner waits for it instead; if the agent stops, it goes on without the agent. Its output
/// goes to files, so that it never blocks on a full pipe, and from there to `captures`.
pub async fn run_to_its_end(
    job: Job,
    timeout: Duration,
    patience: Patience,
    captures: &Arc<Captures>,
    stop: &Stop,
) -> JobOutcome {
    let began = Instant::now();
    let mut command = job.command();
    let followed = || -> io::Result<_> {
        let (stdout, follow_stdout) = Followed::new(Stream::Stdout)?;
        let (stderr, follow_stderr) = Followed::new(Stream::Stderr)?;
        Ok(((stdout, stderr), [follow_stdout, follow_stderr]))
    };
    let ((stdout, stderr), mut streams) = match followed() {
        Ok(followed) => followed,
        Err(error) => {
            let why = format!("there is no space for the output of the command: {error}");
            return JobOutcome::not_begun(End::Failed, why);
        }
    };
    let mut child = match command.stdout(stdout).stderr(stderr).spawn() {
        Ok(child) => child,
        Err(error) => return JobOutcome::not_begun(End::Failed, why_not(&error)),
    };
    // Otherwise the command would hold the files open.
    drop(command);
    let mut until = tokio::time::Instant::now() + timeout;
    let mut to_end: Option<End> = None;
    let mut has_left = false;
    let status = loop {
        tokio::select! {
            biased;
            status = child.wait() => break Some(status),
            () = stop.leaving.cancelled() => {
                has_left = true;
                break None;
            }
            () = stop.cancelled.cancelled(), if to_end.is_none() => {
                to_end = Some(End::Cancelled);
                until = tokio::time::Instant::now() + patience.finish;
            }
            () = tokio::time::sleep_until(until) => match to_end {
                None => {
                    to_end = Some(End::TimedOut);
                    until = tokio::time::Instant::now() + patience.finish;
                }
                Some(_) => break None,
            },
            () = tokio::time::sleep(FOLLOW) => {}
        }
        for stream in &mut streams {
            stream.follow(captures);
        }
    };
    for stream in &mut streams {
        stream.follow(captures);
    }
    let duration = Some(began.elapsed());
    let Some(status) = status else {
        let (end, error) = if has_left {
            (
                End::Lost,
                "the agent was stopped while the command was running; it continues on its own".to_owned(),
            )
        } else {
            let why = format!(
                "the command was still running {} s after it should have ended",
                patience.finish.as_secs()
            );
            (to_end.unwrap_or(End::Lost), format!("{why}; it continues on its own"))
        };
        return JobOutcome { end, exit_code: None, signal: None, error, duration };
    };
    let (exit_code, signal, how) = match &status {
        Ok(status) => (status.code(), signal_of(*status), status.to_string()),
        Err(error) => (None, None, format!("the exit status of the command could not be read: {error}")),
    };
    let let_finish = format!("the running program was allowed to finish ({how})");
    let (end, error) = match to_end {
        None => (ended_by_itself(&status), if status.is_err() { how } else { String::new() }),
        Some(End::Cancelled) => (End::Cancelled, format!("the command was cancelled; {let_finish}")),
        Some(end) => (end, let_finish),
    };
    JobOutcome { end, exit_code, signal, error, duration }
}

/// A file that a process writes its output to, and that the runner reads.
struct Followed {
    file: File,
    stream: Stream,
}

impl Followed {
    /// A temporary file, opened once for writing and once for reading. It is already unlinked, so
    /// nothing is left behind.
    fn new(stream: Stream) -> io::Result<(File, Self)> {
        let named = tempfile::NamedTempFile::new()?;
        let file = named.reopen()?;
        Ok((named.into_file(), Self { file, stream }))
    }

    /// Reads what was written since the last call.
    fn follow(&mut self, captures: &Captures) {
        let mut bytes = vec![0; READ];
        while let Ok(length @ 1..) = self.file.read(&mut bytes) {
            captures.of(self.stream).lock().take(&bytes[..length]);
        }
    }
}

fn ended_by_itself(status: &io::Result<ExitStatus>) -> End {
    match status {
        Ok(status) if status.success() => End::Succeeded,
        Ok(_) => End::Failed,
        Err(_) => End::Lost,
    }
}

/// Ends a process group: with SIGTERM, and with SIGKILL if it still runs after `patience`.
async fn end_group(child: &mut Child, group: Option<Group>, patience: Duration) {
    let Some(group) = group else {
        // Its group is unknown, so only the process itself can be ended.
        let _ = child.start_kill();
        return;
    };
    group.terminate();
    let gone = async {
        // The number of a group is not reused while one of its processes exists, and this child exists
        // until it is waited for.
        let _ = child.wait().await;
        while group.is_alive() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(patience, gone).await.is_err() {
        group.kill();
    }
}

#[allow(clippy::disallowed_methods, reason = "it ends with the command: `drain` waits for it, or aborts it")]
fn read(
    mut pipe: impl AsyncRead + Unpin + Send + 'static,
    captures: Arc<Captures>,
    stream: Stream,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut bytes = vec![0; READ];
        // A pipe that cannot be read counts as closed.
        while let Ok(length @ 1..) = pipe.read(&mut bytes).await {
            captures.of(stream).lock().take(&bytes[..length]);
        }
    })
}

/// Reads the rest of the pipes. A process that outlives the command may hold them open; that is not
/// waited for.
async fn drain(readers: [Option<JoinHandle<()>>; 2], patience: Duration) {
    let end = tokio::time::Instant::now() + patience;
    for mut reader in readers.into_iter().flatten() {
        if tokio::time::timeout_at(end, &mut reader).await.is_err() {
            reader.abort();
        }
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
const fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

fn why_not(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::ArgumentListTooLong {
        return "the command could not be started: its text, arguments and environment are longer than \
                this system allows (Linux: 131,071 bytes each, 2 MiB together)"
            .to_owned();
    }
    format!("the command could not be started: {error}")
}

#[cfg(all(test, unix))]
mod tests;
