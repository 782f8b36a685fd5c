//! `bailiwick agent`: the agent of this machine.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bailiwick_agent::backoff::Pace;
use bailiwick_agent::client::{self, Address, AgentError, Options, Transport};
use bailiwick_agent::identity::IdentityError;
use bailiwick_agent::outside::{SystemClock, SystemEntropy};
use bailiwick_agent::runner::Becoming;
use bailiwick_agent::{identity, parent};
use bailiwick_domain::agent::{AgentType, NotAnAgentType};
use bailiwick_domain::key::KeyText;
use bailiwick_server::config::{Log, LogFormat};
use bailiwick_server::logs;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, ValueEnum, value_parser};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::{open_files, output, signals};

/// The hidden command that switches to another user and then executes a program.
pub(crate) const BECOME: &str = "agent-become";
/// The exit code if the arguments can never work.
const WRONGLY_CALLED: u8 = 2;
/// The exit code if the server refuses to enrol the machine.
const NOT_TAKEN: u8 = 3;
/// The exit code of a command that could not be executed, as in shells.
const NOT_BEGUN: u8 = 126;

/// The transports of messages.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Carrier {
    /// WebSocket only.
    Websocket,
    /// Plain HTTP only; the agent polls the server every ten seconds.
    Http,
}

/// The arguments of the agent.
#[derive(Args)]
pub(crate) struct AgentArgs {
    /// The URL of the server [default: the server that the agent is enrolled with]
    #[arg(long, value_name = "URL", env = "BAILIWICK_URL")]
    server: Option<Address>,
    /// The enrolment key; other users of this machine can see command lines, so prefer --enrol-file or
    /// BAILIWICK_ENROL_KEY
    #[arg(long, value_name = "KEY", conflicts_with = "enrol_file")]
    enrol: Option<String>,
    /// A file with the enrolment key; it is not read after the agent has enrolled
    #[arg(long, value_name = "FILE")]
    enrol_file: Option<PathBuf>,
    /// The data directory [default: /var/lib/bailiwick-agent, or a directory of the user]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PEM file with the certificate of the server or of its issuer [default: the certificates that the
    /// system trusts]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CA")]
    ca: Option<PathBuf>,
    /// The transport of messages [default: WebSocket, or HTTP if WebSocket fails]
    #[arg(long, value_name = "WHAT", value_enum)]
    transport: Option<Carrier>,
    /// The path of a program that the agent keeps running, as in node_exporter=/opt/node_exporter; may be
    /// given several times [default: searched in PATH and the usual directories]
    #[arg(long, value_name = "TYPE=PATH", value_parser = placed_program)]
    program: Vec<(AgentType, PathBuf)>,
    /// Whether to report the metrics of this machine: processor, memory, file systems, load and network
    #[arg(
        long,
        value_name = "BOOL",
        env = "BAILIWICK_AGENT__HOST_METRICS",
        default_value_t = true,
        action = ArgAction::Set
    )]
    host_metrics: bool,
    /// How often these metrics are read, for tests
    #[arg(
        long,
        value_name = "SECONDS",
        hide = true,
        default_value_t = 60,
        value_parser = value_parser!(u32).range(1..=3_600)
    )]
    host_metrics_seconds: u32,
    /// The lowest level to log
    #[arg(long, value_name = "LEVEL", env = "BAILIWICK_LOG__LEVEL", default_value = "info")]
    log_level: String,
    /// Log as JSON
    #[arg(long)]
    log_json: bool,
    /// The server is the one that the agent is enrolled with, even if it had another address before
    #[arg(long, hide = true)]
    server_moves: bool,
    /// End when the process with this id, which has started the agent, ends
    #[arg(long, value_name = "PID", hide = true)]
    end_with: Option<u32>,
}

impl AgentArgs {
    fn enrolment_key(&self) -> anyhow::Result<Option<KeyText>> {
        let text = match (&self.enrol, &self.enrol_file) {
            (Some(key), _) => Some(Zeroizing::new(key.clone())),
            // Once the agent is enrolled, the file may be missing.
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                text => Some(Zeroizing::new(text.with_context(|| path.display().to_string())?)),
            },
            (None, None) => std::env::var("BAILIWICK_ENROL_KEY").ok().map(Zeroizing::new),
        };
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
        text.trim().parse().map(Some).context("the enrolment key is not valid")
    }

    fn options(&self) -> anyhow::Result<Options> {
        // The running program, even if its file has been replaced in the meantime.
        let own: OsString = match std::env::consts::OS {
            "linux" => "/proc/self/exe".into(),
            _ => std::env::current_exe().context("the path of this program is unknown")?.into(),
        };
        Ok(Options {
            server: self.server.clone(),
            server_moves: self.server_moves,
            enrol: self.enrolment_key()?,
            data: self.data.clone().unwrap_or_else(identity::default_directory),
            ca: self.ca.clone(),
            transport: match self.transport {
                None => Transport::Either,
                Some(Carrier::Websocket) => Transport::WebSocket,
                Some(Carrier::Http) => Transport::Http,
            },
            becoming: Becoming { command: vec![own, BECOME.into()] },
            pace: Pace::default(),
            programs: self.program.iter().cloned().collect(),
            host_metrics: self.host_metrics.then(|| Duration::from_secs(self.host_metrics_seconds.into())),
        })
    }
}

/// Parses `TYPE=PATH`.
fn placed_program(text: &str) -> Result<(AgentType, PathBuf), String> {
    let (kind, path) = text.split_once('=').ok_or("expected TYPE=PATH")?;
    let kind: AgentType = kind.parse().map_err(|error: NotAnAgentType| error.to_string())?;
    if !kind.is_supervised() {
        return Err(format!("the agent does not run programs of type {kind}"));
    }
    let path = PathBuf::from(path);
    if !path.is_absolute() {
        return Err("expected a path that begins with /".to_owned());
    }
    Ok((kind, path))
}

/// Runs the agent until it is told to end.
pub(crate) fn run(args: &AgentArgs) -> anyhow::Result<ExitCode> {
    if let Some(pid) = args.end_with
        && !parent::end_with(pid)?
    {
        return Ok(ExitCode::SUCCESS);
    }
    #[cfg(unix)]
    bailiwick_agent::runner::pass_no_files_on();
    let options = args.options()?;
    let format = if args.log_json { LogFormat::Json } else { LogFormat::Text };
    let _log = logs::start(&Log { format, level: args.log_level.clone(), ..Log::default() })?;
    if args.end_with.is_some() {
        // It inherited the server's limit, which programs that it runs must not have.
        open_files::lower();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        let stop = CancellationToken::new();
        signals::watch_agent(stop.clone())?;
        anyhow::Ok(client::run(options, Arc::new(SystemClock), Arc::new(SystemEntropy), stop).await)
    })?;
    let Err(error) = ended else { return Ok(ExitCode::SUCCESS) };
    let code = match error {
        AgentError::NotTaken { .. } => NOT_TAKEN,
        AgentError::Elsewhere { .. }
        | AgentError::NotEnrolled
        | AgentError::NotAnEnrolmentKey(_)
        | AgentError::Identity(IdentityError::NotOwn(_)) => WRONGLY_CALLED,
        _ => 1,
    };
    output::error(&error.into());
    Ok(code.into())
}

/// The hidden command that switches to another user and then executes a program.
pub(crate) fn become_command() -> Command {
    let word = |name: &'static str| Arg::new(name).required(true).value_parser(value_parser!(OsString));
    Command::new(BECOME)
        .about("Switch to a user and a directory, and execute a program")
        .hide(true)
        .arg(Arg::new("user").required(true))
        .arg(word("directory"))
        .arg(word("program").num_args(1..).trailing_var_arg(true).allow_hyphen_values(true))
}

/// Switches to another user and executes a command; returns only if that fails.
pub(crate) fn become_user(matches: &ArgMatches) -> ExitCode {
    let words = |name: &str| matches.get_many::<OsString>(name).into_iter().flatten().cloned();
    let user = matches.get_one::<String>("user").cloned().unwrap_or_default();
    let directory = PathBuf::from(words("directory").next().unwrap_or_default());
    let called: Vec<OsString> = words("program").collect();
    if let Some((program, arguments)) = called.split_first() {
        let why = bailiwick_agent::runner::become_user(&user, &directory, program, arguments);
        output::error(&anyhow::Error::msg(why));
    }
    NOT_BEGUN.into()
}
