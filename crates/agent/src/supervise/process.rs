//! One process of a program, in a process group of its own.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::log::Log;
use super::recipe::Recipe;
use crate::runner::group::Group;

/// The variables that every program inherits from the agent. All others are withheld, since they may
/// contain secrets of others.
const INHERITED: &[&str] = &["PATH", "TZ", "SYSTEMROOT"];
/// How long to read the output of a process after it has ended, if another process holds its pipes
/// open.
const PIPES_PATIENCE: Duration = Duration::from_secs(1);

/// A started process.
pub(super) struct Process {
    child: Child,
    /// The process id, which is also the id of its group.
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
        // A last resort, in case the process is dropped without being waited for.
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let id = child.id().ok_or_else(|| std::io::Error::other("the program has already ended"))?;
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

    /// Waits until the process has ended and returns its status. What it left running in its group is
    /// ended too.
    pub(super) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.kill_group();
        let all = async { while self.readers.join_next().await.is_some() {} };
        if tokio::time::timeout(PIPES_PATIENCE, all).await.is_err() {
            self.readers.abort_all();
        }
        status
    }

    fn kill_group(&self) {
        if let Some(group) = Group::of(self.id) {
            group.kill();
        }
    }

    /// Ends the process with SIGTERM, and kills it if it still runs after `patience`.
    pub(super) async fn stop(mut self, patience: Duration) {
        if let Some(group) = Group::of(self.id) {
            group.terminate();
        }
        if tokio::time::timeout(patience, self.child.wait()).await.is_err() {
            self.kill_group();
            // For systems without process groups.
            let _ = self.child.start_kill();
        }
        let _ = self.ended().await;
    }
}

/// Describes how a process ended, for people.
pub(super) fn told(status: &std::io::Result<ExitStatus>) -> String {
    let status = match status {
        Ok(status) => status,
        Err(error) => return format!("the exit status of the program could not be read: {error}"),
    };
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status) {
        return format!("ended by signal {signal}");
    }
    status.code().map_or_else(|| "ended".to_owned(), |code| format!("exited with code {code}"))
}
