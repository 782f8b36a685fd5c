//! `bailiwick-agent`: the agent as a program of its own, without the server and the rest of the command line.

use std::process::ExitCode;

use bailiwick_agent_program::{become_user, manual, version};
use bailiwick_logs::terminal;
use clap::{Arg, Command, value_parser};
use clap_complete::Shell;

/// The command that prints a completion script.
const COMPLETIONS: &str = "completions";

/// The arguments of the program.
fn tree() -> Command {
    let shell = Arg::new("shell").required(true).value_parser(value_parser!(Shell));
    bailiwick_agent_program::command("bailiwick-agent")
        .version(version::full())
        .max_term_width(100)
        .subcommand(become_user::command())
        .subcommand(manual::command())
        .subcommand(Command::new(COMPLETIONS).about("Print the completion script for a shell").arg(shell))
}

fn run() -> anyhow::Result<ExitCode> {
    let matches = tree().get_matches();
    match matches.subcommand() {
        Some((become_user::NAME, matches)) => Ok(become_user::run(matches)),
        Some((COMPLETIONS, matches)) => {
            if let Some(shell) = matches.get_one::<Shell>("shell") {
                clap_complete::generate(*shell, &mut tree(), "bailiwick-agent", &mut std::io::stdout());
            }
            Ok(ExitCode::SUCCESS)
        }
        Some((manual::NAME, matches)) => {
            manual::run(tree(), matches)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => bailiwick_agent_program::run(&matches),
    }
}

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        terminal::print_error(&error);
        ExitCode::FAILURE
    })
}
