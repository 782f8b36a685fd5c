//! Keeps one program running: starts it, watches it, restarts it after a failure, stops it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use bailiwick_domain::agent::{AgentStatus, SettingValue};
use bailiwick_domain::excerpt::excerpt;
use bailiwick_domain::id::AgentId;
use bailiwick_domain::port::Port;
use bailiwick_domain::time::Timestamp;
use bailiwick_link::desired::Program;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::Shared;
use super::backoff::{Backoff, SETTLED_SECONDS};
use super::log::Log;
use super::process::{Process, told};
use super::ready::{Asked, Metrics};
use super::recipe::{Ingredients, Recipe, metrics_path};

/// How many free ports to try, if they are recorded as those of other programs.
const ATTEMPTS: usize = 16;
/// How many characters of an error, which may quote a program, are logged.
const SHOWN_MAX: usize = 300;

/// The task that keeps one program running.
pub(super) struct Keeper {
    pub(super) id: AgentId,
    pub(super) program: Program,
    pub(super) shared: Arc<Shared>,
    pub(super) log: Arc<Log>,
    /// Stops the program.
    pub(super) stop: CancellationToken,
}

/// Why a program no longer runs.
enum Failure {
    /// It should stop.
    Stopped,
    /// It failed; the text is for people.
    Failed(String),
}

impl From<String> for Failure {
    fn from(error: String) -> Self {
        Self::Failed(error)
    }
}

/// A started process, and where its metrics are fetched.
struct Started {
    process: Process,
    metrics: Metrics,
}

impl Keeper {
    /// Keeps the program running until it should stop. `before` is the task that kept it until now,
    /// with other settings.
    pub(super) async fn keep(self, before: Option<JoinHandle<()>>) {
        if let Some(before) = before {
            let _ = before.await;
        }
        let mut backoff = Backoff::default();
        while !self.stop.is_cancelled() {
            self.tell(|health| health.status = AgentStatus::Starting);
            let error = match self.run_once(&mut backoff).await {
                Failure::Stopped => break,
                Failure::Failed(error) => self.log.redaction().hide(&error),
            };
            tracing::warn!(agent = %self.id, kind = %self.program.kind, error = excerpt(&error, SHOWN_MAX), "a program failed");
            self.tell(|health| {
                health.status = AgentStatus::Waiting;
                health.started_at = None;
                health.listen_port = None;
                health.reported.last_error = Some(error);
            });
            let wait = backoff.next(&*self.shared.entropy);
            if self.stop.run_until_cancelled(self.shared.timer.sleep(wait)).await.is_none() {
                break;
            }
        }
        if let Err(error) = self.shared.home.clear(self.id) {
            tracing::warn!(agent = %self.id, %error, "the files of a program could not be removed");
        }
        self.tell(|health| {
            health.status = AgentStatus::Done;
            health.started_at = None;
            health.listen_port = None;
            health.reported.last_error = None;
        });
    }

    fn tell(&self, change: impl FnOnce(&mut bailiwick_domain::agent::ProgramHealth)) {
        self.shared.tell(self.id, change);
    }

    /// Starts the program and watches it until it ends.
    async fn run_once(&self, backoff: &mut Backoff) -> Failure {
        let mut started = match self.start() {
            Ok(started) => started,
            Err(error) => return error.into(),
        };
        let running_since = match self.until_ready(&mut started).await {
            Ok(since) => since,
            Err(failure) => return self.finish(started.process, failure).await,
        };
        tokio::select! {
            ended = started.process.ended() => {
                if self.shared.clock.now() >= running_since.plus_seconds(SETTLED_SECONDS) {
                    backoff.settle();
                }
                self.ended(&ended).into()
            }
            () = self.stop.cancelled() => self.finish(started.process, Failure::Stopped).await,
        }
    }

    /// How the program ended, with its last log line, which often says why.
    fn ended(&self, status: &std::io::Result<std::process::ExitStatus>) -> String {
        let how = told(status);
        self.log.last().map_or_else(|| how.clone(), |line| format!("{how}: {line}"))
    }

    fn start(&self) -> Result<Started, String> {
        if let Some(why) = &self.program.withheld {
            return Err(why.clone());
        }
        let exposed = matches!(self.program.settings.get("expose_exporter"), Some(SettingValue::Flag(true)));
        let address = IpAddr::V4(if exposed { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST });
        let listen = SocketAddr::new(address, self.port(address)?);
        let directory = self.shared.home.of(self.id);
        let mut salt = [0; 16];
        self.shared.entropy.fill(&mut salt);
        let from = Ingredients { program: &self.program, listen, directory: &directory, salt };
        let recipe = Recipe::of(&from).map_err(|error| error.to_string())?;
        let executable =
            self.shared.executables.find(self.program.kind).map_err(|error| error.to_string())?;
        for name in &recipe.not_applied {
            self.log
                .push(&format!("bailiwick: the setting {name} is not applied, because the program does not have such a setting"));
        }
        let cannot = |what: &str, error: std::io::Error| format!("cannot {what}: {error}");
        self.shared
            .home
            .furnish(self.id, &recipe.files)
            .map_err(|e| cannot("write the files of the program", e))?;
        let process = Process::start(&executable, &recipe, &directory, &self.log)
            .map_err(|e| cannot(&format!("start {}", executable.display()), e))?;
        if let Err(error) = self.shared.home.note(self.id, process.id) {
            tracing::warn!(agent = %self.id, %error, "the process of a program could not be recorded");
        }
        let now = self.shared.clock.now();
        self.tell(|health| {
            health.started_at = Some(now);
            health.listen_port = Port::try_from(i64::from(listen.port())).ok();
        });
        let metrics = Metrics {
            kind: self.program.kind,
            port: listen.port(),
            path: metrics_path(self.program.kind),
            password: self.program.secrets.get("agent_password").cloned().map(Zeroizing::new),
        };
        Ok(Started { process, metrics })
    }

    /// The port on which the program should listen: the configured one; or else the one that it had
    /// before, even before a restart of the agent; or else a free one.
    fn port(&self, address: IpAddr) -> Result<u16, String> {
        let bind = |port| Ok(TcpListener::bind((address, port))?.local_addr()?.port());
        let ports = &self.shared.ports;
        if let Some(port) = self.program.listen_port {
            return bind(port).map_err(|error: std::io::Error| match error.kind() {
                std::io::ErrorKind::AddrInUse => format!(
                    "the port {port} is in use by another program; stop that program, or set another `listen_port`"
                ),
                _ => format!("the program cannot listen on port {port}: {error}"),
            });
        }
        let before = ports.of(self.id);
        if let Some(port) = before
            && bind(port).is_ok()
        {
            return Ok(port);
        }
        // A free port must not be one that is recorded for another program.
        let free =
            (0..ATTEMPTS).map(|_| bind(0)).find(|free| !free.as_ref().is_ok_and(|free| ports.has(*free)));
        let free =
            free.unwrap_or_else(|| bind(0)).map_err(|error| format!("there is no free port: {error}"))?;
        if let Some(before) = before {
            self.log.push(&format!(
                "bailiwick: the earlier port {before} is in use by another program; this program listens on port {free} from now on"
            ));
        }
        if let Err(error) = ports.note(self.id, free) {
            tracing::warn!(agent = %self.id, %error, "the port of a program could not be recorded");
        }
        Ok(free)
    }

    /// Waits until the program answers, and returns the time from which it counts as running.
    async fn until_ready(&self, started: &mut Started) -> Result<Timestamp, Failure> {
        let Started { process, metrics } = started;
        let mut said = String::new();
        let answered = async {
            loop {
                match metrics.ask().await {
                    Asked::Metrics(version) => break Ok(version),
                    Asked::Unguarded => {
                        break Err("the metrics are readable without the agent_password: this version \
                                   of the program cannot require a password"
                            .to_owned());
                    }
                    Asked::Wrong(error) => said = error,
                    Asked::Nothing => {}
                }
                tokio::time::sleep(self.shared.patience.ask_again).await;
            }
        };
        let asked = tokio::select! {
            ended = process.ended() => return Err(self.ended(&ended).into()),
            () = self.stop.cancelled() => return Err(Failure::Stopped),
            asked = tokio::time::timeout(self.shared.patience.start, answered) => asked,
        };
        match asked {
            Ok(Ok(version)) => {
                let now = self.shared.clock.now();
                self.tell(|health| {
                    health.status = AgentStatus::Running;
                    health.reported.version = version;
                    health.reported.last_error = None;
                });
                Ok(now)
            }
            Ok(Err(error)) => Err(error.into()),
            Err(_) if said.is_empty() => {
                Err("the program does not answer at the address of its metrics".to_owned().into())
            }
            Err(_) => Err(said.into()),
        }
    }

    /// Stops a process, and returns why.
    async fn finish(&self, process: Process, why: Failure) -> Failure {
        if matches!(why, Failure::Stopped) {
            self.tell(|health| health.status = AgentStatus::Stopping);
        }
        process.stop(self.shared.patience.stop).await;
        why
    }
}
