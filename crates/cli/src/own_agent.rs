//! The agent of the machine on which a server runs: a separate process that `bailiwick up` starts, and that
//! ends with the server.
//!
//! A caller that may run commands on this machine can read the server's files, the first keys among them, and
//! so act in every organization. The agent therefore runs only while there is one organization, unless the
//! administrator asked for it.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bailiwick_engine::control::Control;
use bailiwick_fleet::Fleet;
use bailiwick_logs::LogFormat;
use bailiwick_server::config::{Config, Tls};
use bailiwick_server::data::write_private;
use bailiwick_server::ground::Ground;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// How long the enrolment key for this agent is valid.
const ENROLMENT: Duration = Duration::from_secs(600);
/// How long the agent may take to end.
const GOODBYE: Duration = Duration::from_secs(10);
/// The shortest and the longest wait before the agent is restarted.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(300);
/// If the agent ran longer than this, its next restart waits for the shortest time again.
const STABLE: Duration = Duration::from_secs(60);

/// How often the server looks whether it still has one organization only.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// When `bailiwick up` runs an agent for its own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// Never.
    Never,
    /// While there is only one organization.
    WithOneOrganization,
    /// Always.
    Always,
}

/// The agent of the server's machine.
pub(crate) struct OwnAgent {
    always: bool,
    url: String,
    directory: PathBuf,
    /// The server's self-signed certificate.
    certificate: Option<PathBuf>,
    log_level: String,
    log_json: bool,
    host_metrics: bool,
}

impl OwnAgent {
    /// The agent for a server at `url`; `None` if the server's certificate is not self-signed, because it
    /// is for a name that is not known here.
    pub(crate) fn of(config: &Config, ground: &Ground, url: &str, runs: Runs) -> Option<Self> {
        if runs == Runs::Never {
            return None;
        }
        if config.server.tls == Tls::On && config.server.certificate.is_some() {
            tracing::info!(
                "the agent of this machine was not started, because the name in the server's certificate is not known here: run `bailiwick agent --server https://NAME:PORT --enrol-file FILE` with that name"
            );
            return None;
        }
        let own = ground.directory.tls().join("certificate.pem");
        Some(Self {
            always: runs == Runs::Always,
            url: url.to_owned(),
            directory: ground.directory.path().to_owned(),
            certificate: (config.server.tls == Tls::On).then_some(own),
            log_level: config.log.level.clone(),
            log_json: config.log.format == LogFormat::Json,
            host_metrics: config.agent.host_metrics,
        })
    }

    /// Keeps the agent running until `stop`.
    pub(crate) async fn keep(self, fleet: Arc<Fleet>, stop: CancellationToken) {
        let mut wait = AGAIN;
        while !stop.is_cancelled() {
            if !self.may_run(fleet.control()) {
                tracing::warn!(
                    "the agent of this machine is stopped, because there are several organizations, and commands on this machine could read the keys of all of them; `bailiwick up --with-agent` runs it nevertheless"
                );
                let one = until_so(|| self.may_run(fleet.control()));
                if stop.run_until_cancelled(one).await.is_none() {
                    return;
                }
            }
            let began = Instant::now();
            match self.start(&fleet).await {
                Ok(child) => {
                    let shared = until_so(|| !self.may_run(fleet.control()));
                    if let Some(status) = until(child, &stop, shared).await {
                        tracing::warn!(%status, "the agent of this machine has ended");
                    }
                }
                Err(error) => tracing::warn!(
                    error = AsRef::<dyn std::error::Error + Send + Sync>::as_ref(&error)
                        as &(dyn std::error::Error + 'static),
                    "the agent of this machine could not be started"
                ),
            }
            if !self.may_run(fleet.control()) {
                continue;
            }
            wait = if began.elapsed() > STABLE { AGAIN } else { (wait * 2).min(AGAIN_MAX) };
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    fn may_run(&self, control: &Control) -> bool {
        self.always || !control.has_several_organizations()
    }

    async fn start(&self, fleet: &Fleet) -> anyhow::Result<Child> {
        let data = self.directory.join("agent");
        let enrolment = self.directory.join("agent-enrolment");
        if data.join("credential.json").exists() {
            // The agent is enrolled, so its enrolment key is not needed any more.
            if enrolment.exists() {
                std::fs::remove_file(&enrolment)?;
            }
        } else {
            let key = fleet.mint_local_enrolment(ENROLMENT).await?;
            write_private(&enrolment, key.reveal().as_bytes())?;
        }
        let mut command =
            Command::new(std::env::current_exe().context("the path of this program is unknown")?);
        command
            .arg("agent")
            .args(["--server", &self.url, "--server-moves", "--log-level", &self.log_level])
            .args(["--end-with", &std::process::id().to_string()])
            .args(["--host-metrics", &self.host_metrics.to_string()])
            .arg("--data")
            .arg(&data)
            .arg("--enrol-file")
            .arg(&enrolment);
        if let Some(certificate) = &self.certificate {
            command.arg("--ca").arg(certificate);
        }
        if self.log_json {
            command.arg("--log-json");
        }
        // The server's settings must not reach the agent or the commands that it runs.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("BAILIWICK_")) {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command.spawn().context("the program of the agent cannot be executed")
    }
}

/// Waits until a condition holds.
async fn until_so(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Waits until the agent ends, or ends it when the server stops or it must not run any more. Returns its
/// status if it ended by itself.
async fn until(
    mut child: Child,
    stop: &CancellationToken,
    no_more: impl Future<Output = ()>,
) -> Option<std::process::ExitStatus> {
    let ended = async {
        tokio::select! {
            () = stop.cancelled() => {}
            () = no_more => {}
        }
    };
    tokio::select! {
        status = child.wait() => status.ok(),
        () = ended => {
            if let Some(pid) = child.id() {
                bailiwick_agent::parent::ask_to_end(pid);
            }
            if tokio::time::timeout(GOODBYE, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
            None
        }
    }
}
