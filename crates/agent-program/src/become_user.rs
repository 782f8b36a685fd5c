//! The hidden command that switches to another user and then executes a program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bailiwick_logs::terminal;
use clap::{Arg, ArgMatches, Command, value_parser};

/// Its name.
pub const NAME: &str = "agent-become";
/// The exit code of a command that could not be executed, as in shells.
const NOT_BEGUN: u8 = 126;

/// The command.
pub fn command() -> Command {
    let word = |name: &'static str| Arg::new(name).required(true).value_parser(value_parser!(OsString));
    Command::new(NAME)
        .about("Switch to a user and a directory, and execute a program")
        .hide(true)
        .arg(Arg::new("user").required(true))
        .arg(word("directory"))
        .arg(word("program").num_args(1..).trailing_var_arg(true).allow_hyphen_values(true))
}

/// Switches to another user and executes a command; returns only if that fails.
pub fn run(matches: &ArgMatches) -> ExitCode {
    let words = |name: &str| matches.get_many::<OsString>(name).into_iter().flatten().cloned();
    let user = matches.get_one::<String>("user").cloned().unwrap_or_default();
    let directory = PathBuf::from(words("directory").next().unwrap_or_default());
    let called: Vec<OsString> = words("program").collect();
    if let Some((program, arguments)) = called.split_first() {
        let why = bailiwick_agent::runner::become_user(&user, &directory, program, arguments);
        terminal::print_error(&anyhow::Error::msg(why));
    }
    NOT_BEGUN.into()
}
