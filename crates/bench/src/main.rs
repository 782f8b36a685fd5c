//! `bailiwick-bench`: what Bailiwick costs, measured. Prints figures and never fails because of
//! one: how fast a shared machine is today says nothing about a change.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program on the command line speaks there")]

mod admission;
mod bare;
mod load;
mod proc;
mod product;
mod report;
mod rest;
mod throughput;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(version, about = "Measures what Bailiwick costs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What keys cost: admission, throughput, memory
    Keys {
        /// Only one part
        #[arg(long)]
        only: Option<Part>,
    },
    /// Serves one small answer with axum and nothing else
    #[command(hide = true)]
    Bare,
    /// Sends one request again and again, and prints how often it was answered
    #[command(hide = true)]
    Load {
        /// Where to
        address: SocketAddr,
        /// What for
        path: String,
        /// For how long
        milliseconds: u64,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The time of one admission, and memory per key
    Admission,
    /// Requests per second over loopback
    Throughput,
    /// The memory of a server at rest
    Memory,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Keys { only } => {
            let wanted = |part| only.is_none_or(|only| only == part);
            if wanted(Part::Admission) {
                admission::measure()?;
            }
            if wanted(Part::Throughput) {
                throughput::measure()?;
            }
            if wanted(Part::Memory) {
                rest::measure()?;
            }
            Ok(())
        }
        Command::Bare => bare::serve(),
        Command::Load { address, path, milliseconds } => {
            load::run(address, &path, Duration::from_millis(milliseconds))
        }
    }
}
