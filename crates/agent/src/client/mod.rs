//! The agent as a whole: it keeps connecting to the server and exchanges messages with it.

mod address;
mod again;
mod dial;
mod leave;
mod own;
mod polling;
mod refusal;
mod talk;
mod websocket;
mod wire;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bailiwick_domain::agent::AgentType;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::front::FrontState;
use bailiwick_domain::key::{KeyKind, KeyText};
use bailiwick_domain::outside::{Clock, Entropy};
use bailiwick_link::opamp::Applied;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

pub use crate::trust::TlsError;
pub use address::{Address, NotAnAddress};
pub use leave::{NotLeft, leave};
pub use refusal::NoConnection;
pub use websocket::{PING, SILENCE};

use crate::backoff::{Backoff, Pace};
use crate::commands::{self, Commands};
use crate::facts;
use crate::front::Front;
use crate::identity::{Credentials, Identity, IdentityError};
use crate::metrics::Metrics;
use crate::metrics::schedule::Schedule;
use crate::runner::Becoming;
use crate::session::Session;
use crate::supervise::{Executables, Outside, Patience, ProgramChanges, Supervisor, SystemTimer};
use again::Again;
use dial::Dialer;
use own::Own;
use talk::Ended;
use wire::{Ticket, Wire};

/// How often the facts about the machine are read again.
const FACTS_EVERY: Duration = Duration::from_secs(240);
/// After how many answers in a row that a proxy does not reach the server the agent polls. There are proxies that
/// answer so to a WebSocket only.
const UNREACHED_MAX: u32 = 5;
/// How many times in a row a new credential is tried without waiting.
const AT_ONCE: u32 = 3;

/// The transport for messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// WebSocket, or plain HTTP if a proxy on the way does not support WebSocket.
    #[default]
    Either,
    /// WebSocket only.
    WebSocket,
    /// Plain HTTP only: the agent polls the server.
    Http,
}

/// The configuration of an agent.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the caller guarantees that `server` is the server that the agent is enrolled with, even
    /// under another address than before.
    pub server_moves: bool,
    /// The server; if absent, the one that the agent is enrolled with.
    pub server: Option<Address>,
    /// The enrolment key, for an agent that is not enrolled yet.
    pub enrol: Option<KeyText>,
    /// The data directory.
    pub data: PathBuf,
    /// A file with the certificate of the server or of its issuer.
    pub ca: Option<PathBuf>,
    /// The transport for messages.
    pub transport: Transport,
    /// How commands run as other users.
    pub becoming: Becoming,
    /// How long to wait between attempts to connect.
    pub pace: Pace,
    /// The executables of the programs that the agent keeps running, if they are not in the usual
    /// directories.
    pub programs: BTreeMap<AgentType, PathBuf>,
    /// How often the host's own metrics are read; `None` if they are not reported.
    pub host_metrics: Option<Duration>,
    /// The agent cancels it when all that it needs on its machine is in order, and it begins to connect.
    pub started: CancellationToken,
    /// Cancelled when the agent should end as soon as no command runs: it starts no further one.
    pub drain: CancellationToken,
}

/// Why an agent cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The journal cannot be used.
    #[error("{}: {error}; the agent cannot run without a journal, in which it records its commands", path.display())]
    Journal {
        /// The path of the journal.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The directory for the programs that the agent keeps running cannot be used.
    #[error("{}: {error}; the agent needs this directory for the programs that it keeps running", path.display())]
    Programs {
        /// The path of the directory.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The agent is enrolled, but with another server than the one named.
    #[error(
        "this agent is enrolled with {enrolled}, not with {named}. To enrol it with {named} instead, \
         remove {} and start it with --enrol; if {named} is the same server under a new address, write \
         that address into the file",
        path.display()
    )]
    Elsewhere {
        /// The server that the agent is enrolled with.
        enrolled: String,
        /// The server that was named.
        named: String,
        /// The file that names the enrolled server.
        path: PathBuf,
    },
    /// The agent is not enrolled, and no enrolment key was given.
    #[error(
        "this agent is not enrolled. Make an enrolment key (bailiwick keys create --kind enrol --name NAME \
         --enrolment uses=1) and start the agent with --server URL and --enrol KEY, --enrol-file FILE or BAILIWICK_ENROL_KEY"
    )]
    NotEnrolled,
    /// The key that was given is not an enrolment key.
    #[error(
        "expected an enrolment key (blw_enrol_…), found a key of kind {0:?}: agents enrol only with enrolment keys"
    )]
    NotAnEnrolmentKey(KeyKind),
    /// The server refused to enrol the machine.
    #[error("{server} did not enrol this machine: {why}")]
    NotTaken {
        /// The server.
        server: String,
        /// The reason.
        why: NoConnection,
    },
}

/// The credential with which a connection is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    Candidate,
    Valid,
    Enrolment,
}

struct Client {
    options: Options,
    dialer: Dialer,
    server: String,
    identity: Identity,
    credentials: Credentials,
    commands: Commands,
    own: Own,
    session: Session,
    facts: watch::Receiver<Facts>,
    programs: Arc<Supervisor>,
    news: ProgramChanges,
    /// The host's own metrics, if they are reported.
    metrics: Option<Metrics>,
    front: Front,
    front_state: watch::Receiver<Option<FrontState>>,
    backoff: Backoff,
    /// How many times in a row a proxy has answered that it does not reach the server.
    unreached: u32,
    entropy: Arc<dyn Entropy>,
    stop: CancellationToken,
}

/// Runs the agent until `stop` is cancelled, or until an error shows that it cannot work.
pub async fn run(
    options: Options,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    stop: CancellationToken,
) -> Result<(), AgentError> {
    let identity = Identity::open(&options.data, &*clock, &*entropy)?;
    let credentials = identity.credentials()?;
    let address = server(&options, &credentials)?;
    let dialer = Dialer::new(address.clone(), options.ca.as_deref())?;
    let path = identity.journal();
    let settings = commands::Settings { becoming: options.becoming.clone(), ..commands::Settings::default() };
    let commands = Commands::open(&path, settings, Arc::clone(&clock))
        .map_err(|error| AgentError::Journal { path, error })?;
    let path = identity.programs();
    let outside = Outside {
        executables: Executables::of_this_machine(options.programs.clone()),
        directory: path.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        timer: Arc::new(SystemTimer),
        patience: Patience::default(),
    };
    let stop = stop.child_token();
    let drained = {
        let (commands, drain, stop) = (commands.clone(), options.drain.clone(), stop.clone());
        async move {
            drain.cancelled().await;
            commands.drain().await;
            stop.cancel();
            std::future::pending().await
        }
    };
    let programs = Supervisor::new(outside).map_err(|error| AgentError::Programs { path, error })?;
    let programs = Arc::new(programs);
    let facts = watch_facts().await;
    // They end with this function.
    let reading = CancellationToken::new();
    let _reading = reading.clone().drop_guard();
    let metrics = options.host_metrics.and_then(|every| {
        let schedule = Schedule::new(identity.instance_uid(), every);
        Metrics::of_this_host(&identity.metrics(), schedule, Arc::clone(&clock), &*entropy, reading)
    });
    let own = Own {
        facts: facts.borrow().clone(),
        machine_id: identity.machine_id().to_owned(),
        instance_uid: identity.instance_uid(),
        started_at: clock.now(),
        programs: Arc::clone(&programs),
        configuration: None,
        settings: None,
    };
    let front = Front::new(identity.front(), Arc::clone(&programs), Arc::clone(&clock));
    options.started.cancel();
    let session = Session::new(identity.instance_uid());
    let backoff = Backoff::new(options.pace);
    let server = address.to_string();
    let client = Client {
        options,
        dialer,
        server,
        identity,
        credentials,
        commands,
        own,
        session,
        facts,
        news: programs.news(),
        programs: Arc::clone(&programs),
        metrics,
        front_state: front.state(),
        front,
        backoff,
        unreached: 0,
        entropy,
        stop,
    };
    let ended = tokio::select! {
        ended = client.run() => ended,
        never = drained => never,
    };
    programs.stop().await;
    ended
}

/// The address of the server to connect to. The agent's credentials are for one server, and are sent to
/// no other.
fn server(options: &Options, credentials: &Credentials) -> Result<Address, AgentError> {
    if let Some(key) = &options.enrol
        && key.kind() != KeyKind::Enrol
    {
        return Err(AgentError::NotAnEnrolmentKey(key.kind()));
    }
    let enrolled = credentials.server().map(str::parse::<Address>).transpose().ok().flatten();
    match (&options.server, enrolled) {
        (Some(named), Some(enrolled)) if *named != enrolled && !options.server_moves => {
            Err(AgentError::Elsewhere {
                enrolled: enrolled.to_string(),
                named: named.to_string(),
                path: credentials.path().to_owned(),
            })
        }
        (_, Some(enrolled)) => Ok(enrolled),
        (Some(named), None) if options.enrol.is_some() => Ok(named.clone()),
        _ => Err(AgentError::NotEnrolled),
    }
}

/// Reads the facts now, and again at intervals for as long as the receiver exists.
async fn watch_facts() -> watch::Receiver<Facts> {
    let first = tokio::task::spawn_blocking(facts::read).await.unwrap_or_default();
    let (told, facts) = watch::channel(first);
    #[allow(clippy::disallowed_methods, reason = "it ends when nobody receives the facts any more")]
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(FACTS_EVERY) => {}
                () = told.closed() => return,
            }
            let before = told.borrow().clone();
            if let Ok(now) = tokio::task::spawn_blocking(move || facts::read_again(&before)).await {
                told.send_if_modified(|known| {
                    let is_new = *known != now;
                    *known = now;
                    is_new
                });
            }
        }
    });
    facts
}

impl Client {
    async fn run(mut self) -> Result<(), AgentError> {
        let mut at_once = 0;
        let mut upgraded: Option<Wire> = None;
        while !self.stop.is_cancelled() {
            let (tried, authorization) = self.credential()?;
            let began = Instant::now();
            let stop = self.stop.clone();
            let connected = match upgraded.take() {
                Some(wire) => Ok((wire, None)),
                None => tokio::select! {
                    connected = self.connect(authorization) => connected,
                    () = stop.cancelled() => break,
                },
            };
            let ended = match connected {
                Ok((wire, again)) => {
                    let ended = self.talk(wire, again, tried).await;
                    self.front.disconnected();
                    ended?
                }
                Err(why) => Ended::Failed(why),
            };
            self.backoff.ended_after(began.elapsed());
            let mut asked = None;
            let mut stopped = None;
            match ended {
                Ended::Stopped => break,
                Ended::NewCredential if at_once < AT_ONCE => {
                    at_once += 1;
                    continue;
                }
                Ended::NewCredential => {}
                Ended::Upgraded(wire) => {
                    tracing::info!("the server accepts a WebSocket again; the agent stops polling");
                    upgraded = Some(*wire);
                    continue;
                }
                Ended::ServerStopped { why, retry_after } => {
                    let server = self.server.as_str();
                    tracing::info!(server, %why, "the server closed the connection and will accept a new one later");
                    stopped = Some(self.backoff.after_stop(&*self.entropy, retry_after));
                }
                Ended::Failed(why) => {
                    self.failed(tried, &why)?;
                    if let NoConnection::Busy { retry_after, .. } = why {
                        asked = retry_after;
                    }
                }
            }
            at_once = 0;
            let wait = stopped.unwrap_or_else(|| self.backoff.next(&*self.entropy, asked));
            tracing::info!(
                seconds = wait.as_secs_f32(),
                "the agent waits before its next attempt to connect"
            );
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => {}
            }
        }
        self.commands.leave().await;
        Ok(())
    }

    /// The credential to try: the candidate if there is one, or else the valid credential, or else the
    /// enrolment key.
    fn credential(&self) -> Result<(Tried, Zeroizing<String>), AgentError> {
        if let Some(candidate) = self.credentials.candidate() {
            return Ok((Tried::Candidate, candidate.authorization.clone()));
        }
        if let Some(valid) = self.credentials.valid() {
            return Ok((Tried::Valid, valid.authorization.clone()));
        }
        let key = self.options.enrol.as_ref().ok_or(AgentError::NotEnrolled)?;
        Ok((Tried::Enrolment, Zeroizing::new(format!("Bearer {}", *key.reveal()))))
    }

    /// Connects to the server. The second part is how the agent gets a WebSocket in place of the connection, if
    /// it would prefer one.
    async fn connect(
        &mut self,
        authorization: Zeroizing<String>,
    ) -> Result<(Wire, Option<Again>), NoConnection> {
        let instance_uid = self.session.uid();
        let ticket = Ticket { authorization, instance_uid };
        if self.options.transport == Transport::Http {
            return Ok((polling::connect(self.dialer.clone(), ticket), None));
        }
        let connected = websocket::connect(&self.dialer, &ticket).await;
        self.unreached = match &connected {
            Err(NoConnection::Unreached(_)) => self.unreached.saturating_add(1),
            _ => 0,
        };
        let is_free = self.options.transport == Transport::Either;
        match connected {
            Err(NoConnection::NoUpgrade(why)) if is_free => {
                tracing::warn!(
                    why,
                    "the server does not accept a WebSocket; the agent polls it over HTTP instead, and tries a WebSocket again later"
                );
            }
            Err(NoConnection::Unreached(why)) if is_free && self.unreached >= UNREACHED_MAX => {
                tracing::info!(
                    why,
                    "a proxy does not reach the server for a WebSocket; the agent tries to poll it over HTTP"
                );
            }
            result => return result.map(|wire| (wire, None)),
        }
        let again = Again::new(
            self.dialer.clone(),
            ticket.authorization.clone(),
            self.options.pace,
            Arc::clone(&self.entropy),
        );
        Ok((polling::connect(self.dialer.clone(), ticket), Some(again)))
    }

    /// Handles a connection that failed or broke.
    fn failed(&mut self, tried: Tried, why: &NoConnection) -> Result<(), AgentError> {
        let server = self.server.as_str();
        match (tried, why) {
            (Tried::Candidate, NoConnection::Refused(reason)) => {
                tracing::warn!(
                    server,
                    reason,
                    "the server refused the new key that it had offered; the agent keeps its old key"
                );
                if let Some(candidate) = self.credentials.candidate() {
                    let hash = candidate.hash.clone();
                    self.own.note_settings(&hash, Applied::Failed, reason.clone());
                }
                self.credentials.reject()?;
            }
            (Tried::Valid, NoConnection::Refused(reason)) => {
                let file = self.credentials.path().display();
                tracing::error!(
                    server,
                    reason,
                    "the server refused this agent's key. If the key was disabled, the agent \
                     reconnects when the key is enabled; if it was deleted, remove {file} and start \
                     the agent with an enrolment key"
                );
            }
            // Waiting does not help against these, and a person is probably watching the enrolment.
            (
                Tried::Enrolment,
                NoConnection::Refused(_) | NoConnection::NotTrusted(_) | NoConnection::Stranger(_),
            ) => {
                return Err(AgentError::NotTaken { server: server.to_owned(), why: why.clone() });
            }
            _ => tracing::warn!(server, %why, "the agent could not connect to the server"),
        }
        Ok(())
    }
}
