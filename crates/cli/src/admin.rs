//! `bailiwick admin`: help for server administrators who cannot log in, on the server's own machine.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bailiwick_domain::user::Email;
use bailiwick_server::config::Config;
use bailiwick_server::data::{DataError, local_socket};
use bailiwick_server::ground::{Ground, Opening};
use bailiwick_server::local_socket::{Link, LinkRequest, PATH, Refusal};
use bailiwick_server::serve_error::ServeError;
use bailiwick_server::sockets;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::browser;
use crate::build::build;
use crate::config::ConfigArgs;
use crate::output::{self, line};

/// What to do for the administrator.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum AdminCommand {
    /// Print a link with which a server administrator chooses a password, within an hour
    Link(AdminArgs),
    /// Print such a link, and also enable the account, remove its second factor, and end its sessions
    Reset(AdminArgs),
}

/// The administrator.
#[derive(Args, Clone, Debug)]
pub(crate) struct AdminArgs {
    /// The administrator's e-mail address [default: the only server administrator]
    #[arg(long, value_name = "ADDRESS")]
    email: Option<Email>,
    /// Open the link in a browser
    #[arg(long)]
    open: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The command with its subcommands.
pub(crate) fn command() -> clap::Command {
    AdminCommand::augment_subcommands(ConfigArgs::augment_args(clap::Command::new("admin")))
        .about("Help a server administrator who cannot log in, on the server's own machine: link, reset")
        .long_about(
            "Help a server administrator who cannot log in, on the server's own machine.\n\nIt asks the server that runs with the data directory, over a socket that only the owner of the directory may use. If none runs, it writes to the database itself.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
}

/// Runs the command.
pub(crate) fn run(command: AdminCommand, config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let (args, reset) = match command {
        AdminCommand::Link(args) => (args, false),
        AdminCommand::Reset(args) => (args, true),
    };
    let config = config.load()?;
    let wanted = LinkRequest { email: args.email, reset };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let link = runtime.block_on(async {
        match of_running_server(&local_socket(&config.data.directory), &wanted).await? {
            Some(link) => Ok(link),
            None => without_server(&config, &wanted).await,
        }
    })?;
    if args.json {
        output::json(&json!({
            "email": link.email, "link": *link.link, "token": *link.token, "expires_at": link.expires_at,
        }));
    } else {
        line(&format!("{} chooses a password here, once, until {}:", link.email, link.expires_at));
        line("");
        line(&format!("  {}", *link.link));
    }
    if args.open {
        browser::open(&config.data.directory, &link.link)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the server that runs with this data directory; `None` if none runs.
async fn of_running_server(socket: &Path, wanted: &LinkRequest) -> anyhow::Result<Option<Link>> {
    // The client is made with TLS, although nothing is encrypted here. A test may have installed it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().unix_socket(socket).no_proxy().build()?;
    // The host has no meaning: the connection goes to the socket.
    let request = client.post(format!("http://localhost{PATH}")).json(wanted);
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Ok(None),
        Err(error) => return Err(error).with_context(|| socket.display().to_string()),
    };
    if !response.status().is_success() {
        let refusal: Refusal = response.json().await.context("the server's answer cannot be read")?;
        bail!("{}", refusal.error);
    }
    Ok(Some(response.json().await.context("the server's answer cannot be read")?))
}

/// Makes the link in the database of a server that does not run.
async fn without_server(config: &Config, wanted: &LinkRequest) -> anyhow::Result<Link> {
    let ground = match Ground::open(config, Opening::Existing).await {
        Ok(ground) => ground,
        Err(ServeError::Data(DataError::InUse { path })) => bail!(
            "{}: a server runs with this data directory, but has no socket there; its log says why. Stop it and try again",
            path.display()
        ),
        Err(error) => return Err(error.into()),
    };
    ground.require_ready().await?;
    let url = sockets::url(config, SocketAddr::new(config.server.address, config.server.port));
    let link = wanted.answer(&ground.control(build()).await?, &url).await;
    ground.databases.close().await;
    link.map_err(|error| match Refusal::of(&error) {
        Some(refusal) => anyhow::anyhow!("{}", refusal.error),
        None => error.into(),
    })
}
