//! `bailiwick`: the program that contains the server, the agent and the command line.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints there")]

mod add_machine;
#[cfg(unix)]
mod admin;
mod ansible;
mod answer;
#[cfg(unix)]
mod backup;
mod browser;
mod build;
mod call;
mod client;
mod command;
mod command_output;
mod config;
mod doctor;
mod events;
mod fields;
mod follow;
mod graphql;
mod left_out;
mod login;
mod next;
mod open_files;
mod output;
mod own_agent;
mod peppers;
mod report;
#[cfg(unix)]
mod restore;
mod run;
mod serve;
mod session;
mod signals;
mod sources;
mod status;
mod suggest;
mod transfer;
mod trust;

use std::process::ExitCode;

/// Also used by SQLite. Its settings are in `.cargo/config.toml`, the reasons in `docs/decisions/`.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let matches = match command::tree().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let arguments: Vec<String> =
                std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
            suggest::improved(error, &command::tree(), &arguments).exit()
        }
    };
    match command::run(&matches) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
