//! The command that tells the server that the agent is uninstalled.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints there")]

use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_agent::client::{self, NotLeft};
use bailiwick_agent::identity;
use bailiwick_agent::outside::{SystemClock, SystemEntropy};
use clap::{ArgMatches, Args, Command, FromArgMatches as _};

/// Its name.
pub(crate) const NAME: &str = "leave";

/// Its arguments.
#[derive(Args)]
struct LeaveArgs {
    /// The data directory [default: /var/lib/bailiwick-agent, or a directory of the user]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PEM file with the certificate of the server or of its issuer [default: the certificates that the
    /// system trusts]
    #[arg(long, value_name = "FILE", env = "BAILIWICK_CA")]
    ca: Option<PathBuf>,
}

/// The command.
pub(crate) fn command() -> Command {
    LeaveArgs::augment_args(Command::new(NAME))
        .about("Tell the server that this agent is uninstalled, and forget its key; stop the agent first")
        .long_about(
            "Tell the server that this agent is uninstalled, and forget its key; stop the agent first.\n\nThe server deletes the agent and its key. The node stays in the inventory, with everything that is known of it. To come back, the machine needs an enrolment key.",
        )
}

/// Tells the server.
pub(crate) fn run(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let LeaveArgs { data, ca } = LeaveArgs::from_arg_matches(matches)?;
    let data = data.unwrap_or_else(identity::default_directory);
    if !data.join("identity.json").exists() {
        return Err(NotLeft::NotEnrolled.into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let waits = |why: &str| eprintln!("{why}; waiting for it");
    let server =
        runtime.block_on(client::leave(&data, ca.as_deref(), &SystemClock, &SystemEntropy, waits))?;
    println!("{server} has deleted this agent and its key; the node stays in its inventory.");
    Ok(ExitCode::SUCCESS)
}
