//! Runs the long tests that CI leaves out: `crates/cli/tests/it/acceptance/`, in release mode.

use crate::cargo::{Failed, cargo};
use crate::postgres::{self, Postgres, Writes};
use crate::tests::POSTGRES;

/// The module of the tests. Each of them is marked `#[ignore]`, so that `cargo test` skips it.
const MODULE: &str = "acceptance::";

/// Runs the tests whose names contain one of `filters`, or all tests if there are none.
pub(crate) fn run(filters: &[&str]) -> Result<(), Failed> {
    let command = ["test", "--release", "-p", "bailiwick-cli", "--test", "it", "--"];
    let names: Vec<String> = filters.iter().map(|filter| format!("{MODULE}{filter}")).collect();
    let names: Vec<&str> =
        if names.is_empty() { vec![MODULE] } else { names.iter().map(String::as_str).collect() };
    let options = ["--ignored", "--nocapture", "--test-threads=1"];
    let command = [&command[..], &names, &options].concat();
    if std::env::var_os(POSTGRES).is_some_and(|url| !url.is_empty()) {
        return cargo(&command, &[]);
    }
    let programs = postgres::find().ok_or_else(|| {
        Failed(format!("there is no PostgreSQL on this machine; install it, or set {POSTGRES}"))
    })?;
    let postgres = Postgres::start(&programs, Writes::Durable)?;
    cargo(&command, &[(POSTGRES, postgres.url())])
}
