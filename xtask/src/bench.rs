//! Runs benchmarks in release mode.

use crate::cargo::{Failed, cargo};
use crate::postgres::{self, Postgres, Writes};
use crate::tests::{POSTGRES, names_postgres};

/// The benchmarks that also measure on PostgreSQL.
const ON_BOTH: [&str; 5] = ["graphql", "ingest", "inventory", "reports", "writes"];

/// Runs a benchmark with arguments.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<(), Failed> {
    let command = ["run", "--release", "-p", "bailiwick-bench", "--", name];
    let command = [&command, arguments].concat();
    if names_postgres() || !ON_BOTH.contains(&name) {
        return cargo(&command, &[]);
    }
    let Some(programs) = postgres::find() else {
        eprintln!("xtask: there is no PostgreSQL on this machine; measuring only on SQLite");
        return cargo(&command, &[]);
    };
    let postgres = Postgres::start(&programs, Writes::Durable)?;
    cargo(&command, &[(POSTGRES, postgres.url())])
}

/// Runs the program that simulates agents.
pub(crate) fn swarm(arguments: &[&str]) -> Result<(), Failed> {
    cargo(&[&["run", "--release", "-p", "bailiwick-swarm", "--"], arguments].concat(), &[])
}
