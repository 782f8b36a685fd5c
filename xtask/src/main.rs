//! `cargo xtask`: tasks for this repository other than building it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program prints to the terminal"
)]

mod acceptance;
mod bench;
mod cargo;
mod clients;
mod dependencies;
mod dist;
mod graph;
mod pages;
mod postgres;
mod tests;

use std::process::ExitCode;

use crate::cargo::{Failed, cargo};
use crate::pages::{Pages, Task};
use crate::postgres::{Postgres, Writes};

const USAGE: &str = "\
Usage: cargo xtask <COMMAND>

Commands:
  test [ARGS]   Run every test of the workspace on SQLite and on a PostgreSQL of its own, which is
                deleted afterwards. ARGS are passed to `cargo test`
  ci            Check the format, run clippy without a warning, check the graph of imports and the
                dependencies, compare contracts/, run `clients` and go through the console's pages (both only if
                BAILIWICK_TEST_REQUIRE_ALL is 1), then `test`
  acceptance [FILTER]
                Run the long tests that CI leaves out, in release mode, one after the other, and
                print their figures. FILTER is a part of their names
  clients [--program FILE] [NAME]
                Generate clients in Python, TypeScript and Rust from contracts/openapi.json, make every JSON
                call with each, and lint the document. Needs Python, Node, Java and the network. FILE is the
                `bailiwick` whose server is called, instead of the debug build
  generate      Regenerate contracts/ and the other generated files. The plans of PostgreSQL in
                contracts/sql/ need a PostgreSQL, and are otherwise left as they are
  graph         Print how many modules and imports each crate has, and fail if modules import each
                other in a cycle, or if a crate depends on one above it
  dependencies  Fail if a dependency is not used, or if its licence, its source or itself is not
                allowed
  dist [--profile PROFILE]
                Make what is shipped, in target/distribution/: the packages for Debian, the container image, the
                static program of the agent, the lists of what is in them (SBOM), and checksums
  console [--check | --test | --keys]
                Build the console from console/; with --check fail if console/dist is not what its sources
                build; with --test lint and test the sources, and go through the pages in Chromium, each in
                two themes at three widths; with --keys go through them without a mouse. The last two build
                `bailiwick` and `bailiwick-swarm`. Needs Node 20
  console-size  Print what each page of the console loads at first, and fail if it is too much
  console-speed Print how quick the console is with 100,000 nodes and a command on 10,000, in Chromium with the
                release build
  graphiql [--check]
                The same for the page at /graphql, from graphiql/
  bench NAME    Run a benchmark in release mode: agents or keys; or graphql, ingest, inventory, reports or writes,
                which start a PostgreSQL of their own
  swarm ARGS    Simulate agents against a server on this machine, until you stop it: --agents N
                --enrol-file FILE, and more with --help
  help          Show this

Environment:
  BAILIWICK_TEST_POSTGRES      The postgres:// address of a server to test or measure on, instead
                               of a PostgreSQL of its own. Its user must be allowed to create databases
  BAILIWICK_TEST_REQUIRE_ALL   1: fail if something is missing that a test needs, instead of
                               skipping the test";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["test", arguments @ ..] => tests::run(arguments),
        ["ci"] => ci(),
        ["acceptance", filter @ ..] => acceptance::run(filter),
        ["clients", names @ ..] => clients::run(names),
        ["generate"] => generate(),
        ["graph"] => graph::run(),
        ["dependencies"] => dependencies::run(),
        ["dist", arguments @ ..] => dist::run(arguments),
        ["console"] => Pages::Console.run(Task::Build),
        ["console", "--check"] => Pages::Console.run(Task::Check),
        ["console", "--test"] => build_for_walks().and_then(|()| Pages::Console.run(Task::Test)),
        ["console", "--keys"] => build_for_walks().and_then(|()| Pages::Console.run(Task::WalkByKeys)),
        ["console-size"] => Pages::Console.run(Task::Size),
        ["console-speed"] => console_speed(),
        ["graphiql"] => Pages::Graphiql.run(Task::Build),
        ["graphiql", "--check"] => Pages::Graphiql.run(Task::Check),
        ["bench", name, arguments @ ..] => bench::run(name, arguments),
        ["swarm", arguments @ ..] => bench::swarm(arguments),
        _ => {
            let what = match words.as_slice() {
                [] => "expected a command".to_owned(),
                ["bench"] => "expected the name of a benchmark".to_owned(),
                _ => format!("unknown command `{}`", words.join(" ")),
            };
            eprintln!("error: {what}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the checks that every change must pass, the quick ones first.
fn ci() -> Result<(), Failed> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    graph::run()?;
    dependencies::run()?;
    if tests::requires_all() {
        clients::run(&[])?;
        build_for_walks()?;
        Pages::Console.run(Task::Walk)?;
    } else {
        // They are among the tests below, too; here they fail sooner.
        cargo(&["test", "--workspace", "--test", "it", "contracts"], &[])?;
    }
    // With `--no-fail-fast`, so that one run shows all failures.
    tests::run(&["--no-fail-fast"])
}

/// Builds the programs with which a browser goes through the console, in the same way as the tests, so that nothing is
/// compiled twice.
fn build_for_walks() -> Result<(), Failed> {
    cargo(&["build", "--workspace", "--test", "it", "--bin", "bailiwick", "--bin", "bailiwick-swarm"], &[])
}

/// Builds the programs in release mode, and measures the console with them.
fn console_speed() -> Result<(), Failed> {
    cargo(&["build", "--release", "-p", "bailiwick-cli", "-p", "bailiwick-swarm", "--bins"], &[])?;
    Pages::Console.run(Task::Speed)
}

/// With this variable, the tests that check generated files write them instead.
const GENERATE: (&str, &str) = ("BAILIWICK_GENERATE", "1");

/// The test of the tables in the guides on adapters. The command line's tests have none of this name.
const TABLES_OF_MEMBERS: &str = "the_tables_of_members_in_the_guides";

/// Regenerates the generated files.
fn generate() -> Result<(), Failed> {
    for package in ["bailiwick-server", "bailiwick-cli"] {
        cargo(&["test", "-p", package, "--test", "it", "--", "contracts", TABLES_OF_MEMBERS], &[GENERATE])?;
    }
    let sql = ["test", "-p", "bailiwick-store", "--lib", "contracts"];
    if tests::names_postgres() {
        return cargo(&sql, &[GENERATE]);
    }
    let Some(programs) = postgres::find() else {
        eprintln!(
            "xtask: there is no PostgreSQL on this machine; its plans in contracts/sql/ are left as they are"
        );
        return cargo(&sql, &[GENERATE]);
    };
    let postgres = Postgres::start(&programs, Writes::Quick)?;
    cargo(&sql, &[GENERATE, (tests::POSTGRES, postgres.url())])
}
