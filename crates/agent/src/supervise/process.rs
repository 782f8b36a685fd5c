//! One process of a program, in a group of its own.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::log::Log;
use super::recipe::Recipe;

/// Variables of the agent's environment that every program gets; all others stay here, as there may
/// be secrets of others among them.
const INHERITED: &[&str] = &["PATH", "TZ", "SYSTEMROOT"];
/// How long what a process wrote is waited for after it ended: another may hold its pipes open.
const PIPES_PATIENCE: Duration = Duration::from_secs(1);

/// A process that was started.
pub(super) struct Process {
    child: Child,
    /// Its id, which is that of its group too.
    pub(super) id: u32,
    readers: JoinSet<()>,
}

impl Process {
    /// Starts a program.
    pub(super) fn start(
        executable: &Path,
        recipe: &Recipe,
        directory: &Path,
        log: &Arc<Log>,
    ) -> std::io::Result<Self> {
        let mut command = Command::new(executable);
        command.args(&recipe.arguments).env_clear().env("LANG", "C.UTF-8");
        for name in INHERITED {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs(recipe.environment.iter().map(|(name, value)| (name, value.as_str())));
        command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // The last resort, should nobody wait for it any more.
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let id = child.id().ok_or_else(|| std::io::Error::other("it has ended already"))?;
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            let log = Arc::clone(log);
            readers.spawn(async move { log.take(stdout).await });
        }
        if let Some(stderr) = child.stderr.take() {
            let log = Arc::clone(log);
            readers.spawn(async move { log.take(stderr).await });
        }
        Ok(Self { child, id, readers })
    }

    /// How it ended, once it has. What it left running in its group is ended too.
    pub(super) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        signal(self.id, Signal::Kill);
        let all = async { while self.readers.join_next().await.is_some() {} };
        if tokio::time::timeout(PIPES_PATIENCE, all).await.is_err() {
            self.readers.abort_all();
        }
        status
    }

    /// Asks it to end, and ends it if it has not after `patience`.
    pub(super) async fn stop(mut self, patience: Duration) {
        signal(self.id, Signal::Terminate);
        if tokio::time::timeout(patience, self.child.wait()).await.is_err() {
            signal(self.id, Signal::Kill);
            // Where there are no signals.
            let _ = self.child.start_kill();
        }
        let _ = self.ended().await;
    }
}

/// What the processes of a group are told.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    Terminate,
    Kill,
}

/// Tells all processes of a group.
#[cfg(unix)]
pub(super) fn signal(group: u32, signal: Signal) {
    let signal = match signal {
        Signal::Terminate => nix::sys::signal::Signal::SIGTERM,
        Signal::Kill => nix::sys::signal::Signal::SIGKILL,
    };
    // 0 and 1 would mean others than the group.
    if let Ok(group) = i32::try_from(group)
        && group > 1
    {
        // That it has ended already is as well.
        let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal);
    }
}

/// There are no groups that could be told.
#[cfg(not(unix))]
pub(super) fn signal(_group: u32, _signal: Signal) {}

/// How a process ended, for people.
pub(super) fn told(status: &std::io::Result<ExitStatus>) -> String {
    let status = match status {
        Ok(status) => status,
        Err(error) => return format!("nobody knows how it ended: {error}"),
    };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status) {
        return format!("ended by signal {signal}");
    }
    status.code().map_or_else(|| "ended".to_owned(), |code| format!("exited with code {code}"))
}
