//! `bailiwick up`, `bailiwick serve` and `bailiwick migrate`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_agent_program::{service_manager, version};
use bailiwick_fleet::Fleet;
use bailiwick_server::config::{Config, ConfigError};
use bailiwick_server::data::FirstRunFile;
use bailiwick_server::first_run_page;
use bailiwick_server::ground::{Ground, Opening, Start};
use bailiwick_server::serve::{self, Shutdown};
use bailiwick_server::serve_error::ServeError;
use bailiwick_server::sockets::{self, Sockets};
use tokio_util::task::TaskTracker;

use crate::build::build;
use crate::config::ConfigArgs;
use crate::output::{self, line};
use crate::own_agent::{OwnAgent, Runs};
use crate::{browser, open_files, signals};

/// The exit code if the server is set up in a way that can never work, as of the agent.
const WRONGLY_SET_UP: u8 = 2;

/// The command that starts the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StartCommand {
    /// `up`, which also prints a greeting for people.
    Up {
        /// Whether to start the agent of this machine, too.
        agent: Runs,
        /// Whether to begin with an empty database, although a server has run with this data directory.
        anew: bool,
        /// Whether to open the console's first page in a browser at the first start.
        open: bool,
    },
    /// `serve`, which only logs.
    Serve,
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// `bailiwick up`: makes what is missing, then serves and, unless `--no-agent` is given, runs the agent of
/// this machine.
pub(crate) fn up(args: &ConfigArgs, agent: Runs, anew: bool, open: bool) -> anyhow::Result<ExitCode> {
    lasting(run(args, StartCommand::Up { agent, anew, open }))
}

/// `bailiwick serve`: serves what `bailiwick migrate` prepared.
pub(crate) fn plain(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    lasting(run(args, StartCommand::Serve))
}

/// Gives a fault that stays until a person mends it an exit code of its own, so that a service manager does
/// not try again for ever.
fn lasting(result: anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    let Err(error) = result else { return result };
    let is_lasting = error.is::<ConfigError>() || error.downcast_ref().is_some_and(ServeError::is_lasting);
    if !is_lasting {
        return Err(error);
    }
    output::error(&error);
    Ok(WRONGLY_SET_UP.into())
}

fn run(args: &ConfigArgs, kind: StartCommand) -> anyhow::Result<ExitCode> {
    let config = args.load()?;
    let _log = bailiwick_logs::start(config.log.format, &config.log.level)?;
    open_files::raise();
    runtime()?.block_on(async {
        let ending = Shutdown::default();
        let stop = ending.stop.clone();
        signals::watch_server(ending.clone(), Duration::from_secs(config.server.shutdown_delay_seconds))?;
        let opening = match kind {
            StartCommand::Up { anew, .. } => Opening::Make { anew },
            StartCommand::Serve => Opening::Existing,
        };
        let ground = Ground::open(&config, opening).await?;
        let sockets = Sockets::bind(&config)?;
        let url = sockets::url(&config, sockets.address);
        ground.check_certificate(&config)?;
        let start = match kind {
            StartCommand::Up { .. } => ground.prepare(&url, build()).await?,
            StartCommand::Serve => {
                ground.require_ready().await?;
                Start::Again
            }
        };
        if kind != StartCommand::Serve {
            // The sockets are bound: a client that connects now waits and is answered.
            greet(&config, &ground, &url, &start, matches!(kind, StartCommand::Up { open: true, .. }));
        }
        ground.directory.write_address(&url, config.server.certificate.as_deref())?;
        let own = match kind {
            StartCommand::Up { agent, .. } => OwnAgent::of(&config, &ground, &url, agent),
            StartCommand::Serve => None,
        };
        let agent = TaskTracker::new();
        let started = |fleet: &Arc<Fleet>| {
            service_manager::ready();
            if let Some(own) = own {
                agent.spawn(own.keep(Arc::clone(fleet), stop.clone()));
            }
        };
        let served = serve::serve(&config, ground, sockets, build(), ending, started).await;
        stop.cancel();
        agent.close();
        agent.wait().await;
        served?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Prints what a person needs to know when a server has started.
fn greet(config: &Config, ground: &Ground, url: &str, start: &Start, open: bool) {
    let path = ground.directory.first_run();
    let flags = if url.starts_with("https") && config.server.certificate.is_none() { "-k " } else { "" };
    line(&format!("Bailiwick {}", version::full()));
    line("");
    let written = read_first_run(&path);
    let key = match (start, &written) {
        (Start::First { .. }, Some(file)) => {
            line("This is the first start. The following is shown only this once, and stored in");
            line(&format!("{} until you delete that file.", path.display()));
            line("");
            line(&format!("  administrator     {}", file.admin.email));
            line(&format!(
                "  password          {}  (of the server administrator; see docs/people.md)",
                *file.admin.password
            ));
            line(&format!("  organization      {}", file.organization));
            line(&format!("  root key          {}", *file.root_key));
            line(&format!("  organization key  {}", *file.organization_key));
            line("");
            file.organization_key.to_string()
        }
        (_, Some(_)) => {
            line(&format!("The first keys are still in {}.", path.display()));
            line("Store them safely, and delete the file.");
            line("");
            format!(
                "$(sed -n 's/.*\"organization_key\": \"\\(.*\\)\".*/\\1/p' '{}')",
                path.display().to_string().replace('\'', "'\\''")
            )
        }
        _ => "$BAILIWICK_KEY".to_owned(),
    };
    line(&format!("  API      {url}/v1"));
    if config.console.enabled {
        line(&format!("  Console  {url}/console/"));
    }
    if config.docs.swagger {
        line(&format!("  Swagger  {url}/v1/docs"));
    }
    if config.graphql.graphiql {
        line(&format!("  GraphQL  {url}/graphql"));
    }
    if let Start::First { link } = start
        && config.console.enabled
        && url.starts_with("https")
    {
        let page = first_run_page(url, link);
        // If standard output is not a terminal, it may be a log that others read.
        if std::io::stdout().is_terminal() {
            line("");
            line("Set up the console in a browser, within an hour:");
            line(&format!("  {}", *page));
        }
        if open && let Err(error) = browser::open(&config.data.directory, &page) {
            output::error(&error);
        }
    }
    line("");
    line("Try it:");
    line(&format!("  curl {flags}-H \"Authorization: Bearer {key}\" {url}/v1/whoami"));
    line("");
}

fn read_first_run(path: &Path) -> Option<FirstRunFile> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// `bailiwick migrate`: migrates the database to this version, and initializes an empty one.
pub(crate) fn migrate(args: &ConfigArgs, anew: bool) -> anyhow::Result<ExitCode> {
    lasting(run_migrations(args, anew))
}

fn run_migrations(args: &ConfigArgs, anew: bool) -> anyhow::Result<ExitCode> {
    let config = args.load()?;
    let _log = bailiwick_logs::start(config.log.format, &config.log.level)?;
    runtime()?.block_on(async {
        let ground = Ground::open(&config, Opening::Make { anew }).await?;
        let before = ground.schema_state().await?;
        let url = sockets::url(&config, SocketAddr::new(config.server.address, config.server.port));
        let start = ground.prepare(&url, build()).await?;
        match before {
            bailiwick_store::SchemaState::Behind(1) => line("1 migration was made."),
            bailiwick_store::SchemaState::Behind(count) => line(&format!("{count} migrations were made.")),
            _ => line("The database already has this version."),
        }
        if matches!(start, Start::First { .. }) {
            line(&format!("The first keys are in {}.", ground.directory.first_run().display()));
            line("Store them safely, and delete the file.");
        }
        ground.databases.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
