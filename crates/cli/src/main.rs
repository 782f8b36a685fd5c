//! `bailiwick`: the one program.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program on the command line speaks there")]

mod agent;
mod build;
mod call;
mod client;
mod command;
mod config;
mod events;
mod fields;
mod open_files;
mod output;
mod own_agent;
mod peppers;
mod run;
mod serve;
mod signals;
mod transfer;

use std::process::ExitCode;

fn main() -> ExitCode {
    let matches = command::tree().get_matches();
    match command::run(&matches) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
