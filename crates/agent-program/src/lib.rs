//! The command line of the agent: the program `bailiwick-agent`, and the command `bailiwick agent`, which do the same.

pub mod become_user;
mod leave;
pub mod manual;
mod open_files;
pub mod service_manager;
mod signals;
pub mod version;

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
use bailiwick_logs::{LogFormat, terminal};
use clap::{ArgAction, ArgMatches, Args, Command, FromArgMatches as _, ValueEnum, value_parser};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// The exit code if the arguments can never work.
const WRONGLY_CALLED: u8 = 2;
/// The exit code if the server refuses to enrol the machine.
const NOT_TAKEN: u8 = 3;

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
struct AgentArgs {
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

    fn options(&self, started: CancellationToken, drain: CancellationToken) -> anyhow::Result<Options> {
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
            becoming: Becoming { command: vec![own, become_user::NAME.into()] },
            pace: Pace::default(),
            programs: self.program.iter().cloned().collect(),
            host_metrics: self.host_metrics.then(|| Duration::from_secs(self.host_metrics_seconds.into())),
            started,
            drain,
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

/// The command that runs the agent, with its own subcommands.
pub fn command(name: &'static str) -> Command {
    AgentArgs::augment_args(Command::new(name))
        .about("Run the agent of this machine, which connects to a server and executes its commands")
        .long_about(None)
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .subcommand(leave::command())
}

/// Runs the agent until it is told to end, or what a subcommand says.
pub fn run(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    match matches.subcommand() {
        Some((leave::NAME, matches)) => leave::run(matches),
        _ => run_agent(&AgentArgs::from_arg_matches(matches)?),
    }
}

fn run_agent(args: &AgentArgs) -> anyhow::Result<ExitCode> {
    if let Some(pid) = args.end_with
        && !parent::end_with(pid)?
    {
        return Ok(ExitCode::SUCCESS);
    }
    // Before its file can be replaced.
    let program = std::env::current_exe().context("the path of this program is unknown")?;
    #[cfg(unix)]
    bailiwick_agent::runner::pass_no_files_on();
    let (started, drain) = (CancellationToken::new(), CancellationToken::new());
    let options = args.options(started.clone(), drain.clone())?;
    let format = if args.log_json { LogFormat::Json } else { LogFormat::Text };
    let log = bailiwick_logs::start(format, &args.log_level)?;
    if args.end_with.is_some() {
        // It inherited the server's limit, which programs that it runs must not have.
        open_files::lower();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let stop = CancellationToken::new();
    let ended = runtime.block_on(async {
        signals::watch(stop.clone(), drain.clone())?;
        let told = async {
            started.cancelled().await;
            // The agent of `bailiwick up` is not the service.
            if args.end_with.is_none() {
                service_manager::ready();
            }
            std::future::pending().await
        };
        let running = client::run(options, Arc::new(SystemClock), Arc::new(SystemEntropy), stop.clone());
        anyhow::Ok(tokio::select! {
            ended = running => ended,
            never = told => never,
        })
    })?;
    let Err(error) = ended else {
        if drain.is_cancelled() && !stop.is_cancelled() {
            drop((runtime, log));
            return Err(start_again(&program));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let missing = args.enrol_file.as_deref().filter(|path| !path.exists());
    if let (AgentError::NotEnrolled, Some(path)) = (&error, missing) {
        let path = path.display();
        terminal::print_error(&anyhow::anyhow!(
            "--enrol-file: the file {path} does not exist, and this agent is not enrolled: write the enrolment key to it"
        ));
        return Ok(WRONGLY_CALLED.into());
    }
    let code = match error {
        AgentError::NotTaken { .. } => NOT_TAKEN,
        AgentError::Elsewhere { .. }
        | AgentError::NotEnrolled
        | AgentError::NotAnEnrolmentKey(_)
        | AgentError::Identity(IdentityError::NotOwn(_)) => WRONGLY_CALLED,
        _ => 1,
    };
    terminal::print_error(&error.into());
    Ok(code.into())
}

/// Executes the program of the agent in place of this process, with the same arguments: its file may have been
/// replaced by another version. Returns an error only if that fails.
fn start_again(program: &std::path::Path) -> anyhow::Error {
    use std::os::unix::process::CommandExt as _;
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).exec();
    anyhow::Error::new(error).context(format!("{} cannot be executed", program.display()))
}
