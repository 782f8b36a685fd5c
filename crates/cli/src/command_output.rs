//! `bailiwick commands output`: what a command wrote on its nodes, with equal results grouped.

use std::process::ExitCode;

use clap::{ArgMatches, Args, Command, FromArgMatches as _};

use crate::client::ServerArgs;
use crate::follow;
use crate::output;

/// The noun whose command has this one below it, and its name there.
pub(crate) const NOUN: &str = "commands";
pub(crate) const NAME: &str = "output";

/// Which output to show.
#[derive(Args, Debug)]
struct OutputArgs {
    /// The command's id
    command: String,
    /// Only the output of this node, by id or name
    node: Option<String>,
    /// The organization, by id or slug; for root keys, and for people who belong to several
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    organization: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// The command.
pub(crate) fn command() -> Command {
    OutputArgs::augment_args(Command::new(NAME))
        .about("Show what a command wrote on its nodes, with equal results grouped, as `bailiwick run` does")
        .long_about(None)
}

/// Shows the output.
pub(crate) fn run(matches: &ArgMatches) -> anyhow::Result<ExitCode> {
    let args = OutputArgs::from_arg_matches(matches)?;
    let server = args.server.server()?;
    let mut query = server.query(args.organization.as_deref());
    query.extend(args.node.iter().map(|node| ("node".to_owned(), node.clone())));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(follow::results(&server, &args.command, &query))?;
    if args.server.json {
        output::json(&results.into());
    } else if results.is_empty() {
        output::line("Nothing was found.");
    } else {
        follow::show_all(&results);
    }
    Ok(ExitCode::SUCCESS)
}
