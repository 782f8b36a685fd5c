//! `bailiwick-bench`: measures what Bailiwick costs. Prints figures and never fails because of one: how fast
//! a shared machine happens to be today says nothing about a change.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints there")]

mod admission;
mod agents;
mod bare;
mod connection;
mod graphql;
mod ingest;
mod inventory;
mod load;
mod numbers;
mod proc;
mod product;
mod report;
mod reports;
mod rest;
mod throughput;
mod writes;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(version, about = "Measures the speed and the resource use of Bailiwick")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure keys: admission, throughput, memory
    Keys {
        /// Measure only this part
        #[arg(long)]
        only: Option<Part>,
    },
    /// Measure the inventory: nodes, services and agents, on SQLite and on PostgreSQL
    Inventory {
        /// How many nodes; three times as many services and agents come with them
        #[arg(long, value_delimiter = ',', default_values_t = inventory::SIZES,
            value_parser = clap::value_parser!(u32).range(500..=2_000_000))]
        nodes: Vec<u32>,
        /// Measure only on this database
        #[arg(long)]
        only: Option<inventory::Engine>,
    },
    /// Measure connected agents: memory, processor, connecting, commands; with and without TLS
    Agents {
        /// How many agents
        #[arg(long, value_delimiter = ',', default_values_t = agents::SIZES,
            value_parser = clap::value_parser!(u32).range(1..=19_500))]
        agents: Vec<u32>,
        /// Measure only with TLS (true), or only without it (false)
        #[arg(long)]
        tls: Option<bool>,
    },
    /// Measure the ingest of observations: how fast they are taken, what others notice, and the bytes they take
    Ingest {
        /// How many samples are stored to measure their bytes
        #[arg(long, default_value_t = ingest::SAMPLES, value_parser = clap::value_parser!(u64).range(1_440_000..))]
        samples: u64,
        /// Measure only on this database
        #[arg(long)]
        database: Option<inventory::Engine>,
        /// Measure only this part
        #[arg(long)]
        only: Option<ingest::Part>,
    },
    /// Measure reports on machine data: 10,000 machines for 30 days, on SQLite and on PostgreSQL, beside VictoriaMetrics
    Reports {
        /// How many machines
        #[arg(long, default_value_t = reports::MACHINES, value_parser = clap::value_parser!(u32).range(20..=100_000))]
        machines: u32,
        /// Measure only on this database
        #[arg(long)]
        only: Option<inventory::Engine>,
    },
    /// Measure GraphQL queries over 10,000 nodes, and how soon hostile documents are refused
    #[command(name = "graphql")]
    GraphQl {
        /// How many nodes
        #[arg(long, default_value_t = graphql::NODES, value_parser = clap::value_parser!(u32).range(500..=50_000))]
        nodes: u32,
        /// Measure only on this database
        #[arg(long)]
        only: Option<inventory::Engine>,
    },
    /// Measure how many changes per second an organization can make on PostgreSQL
    Writes {
        /// The delay of the connection to the database, in milliseconds
        #[arg(long, value_delimiter = ',', default_values_t = [0, 1])]
        delays_ms: Vec<u64>,
        /// The program of another version, to compare with
        #[arg(long)]
        program: Option<std::path::PathBuf>,
    },
    /// Serve one small answer with axum and nothing else
    #[command(hide = true)]
    Bare,
    /// Send requests again and again, and print how often they were answered
    #[command(hide = true)]
    Load {
        /// The address of the server
        address: SocketAddr,
        /// How long to send requests, in milliseconds
        milliseconds: u64,
        /// The paths to request
        #[arg(required = true)]
        paths: Vec<String>,
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
        Command::Agents { agents, tls } => agents::measure(&agents, tls),
        Command::Writes { delays_ms, program } => writes::measure(&delays_ms, program),
        Command::Ingest { samples, database, only } => ingest::measure(samples, database, only),
        Command::Reports { machines, only } => reports::measure(machines as usize, only),
        Command::GraphQl { nodes, only } => graphql::measure(nodes, only),
        Command::Bare => bare::serve(),
        Command::Inventory { nodes, only } => inventory::measure(&nodes, only),
        Command::Load { address, milliseconds, paths } => {
            load::run(address, &paths, Duration::from_millis(milliseconds))
        }
    }
}
