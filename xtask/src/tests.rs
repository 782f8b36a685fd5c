//! Runs all tests of the workspace with plain `cargo test`.

use crate::cargo::{Failed, cargo_test};
use crate::postgres::{self, Postgres, Writes};

/// The environment variable with the URL of the PostgreSQL on which tests and benchmarks create their
/// databases.
pub(crate) const POSTGRES: &str = "BAILIWICK_TEST_POSTGRES";
/// If this environment variable is `1`, missing PostgreSQL is an error and no test is skipped.
const REQUIRE_ALL: &str = "BAILIWICK_TEST_REQUIRE_ALL";

const WARNING: &str = "
**********************************************************************
WARNING: there is no PostgreSQL on this machine (no `initdb` in PATH or
in /usr/lib/postgresql/*/bin). The PostgreSQL tests are SKIPPED.
**********************************************************************
";

/// Whether the environment names a PostgreSQL to test on.
pub(crate) fn names_postgres() -> bool {
    std::env::var_os(POSTGRES).is_some_and(|url| !url.is_empty())
}

/// Whether nothing may be skipped because something is missing on this machine.
pub(crate) fn requires_all() -> bool {
    std::env::var(REQUIRE_ALL).is_ok_and(|value| value == "1")
}

/// The environment variable with the number of tests that run at the same time.
const THREADS: &str = "RUST_TEST_THREADS";

/// How many tests run at the same time, unless the environment says it: many of them wait for processes, disks and timers.
fn threads() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::env::var(THREADS).unwrap_or_else(|_| (processors * 2).to_string())
}

/// Runs the tests, passing `arguments` to `cargo test`.
pub(crate) fn run(arguments: &[&str]) -> Result<(), Failed> {
    let command = [&["test", "--workspace"], arguments].concat();
    let threads = threads();
    let threads = (THREADS, threads.as_str());
    if names_postgres() {
        return cargo_test(&command, &[threads]);
    }
    let Some(programs) = postgres::find() else {
        if requires_all() {
            return Err(Failed(format!(
                "there is no PostgreSQL on this machine, and {REQUIRE_ALL} is 1; install it, or set {POSTGRES}"
            )));
        }
        eprintln!("{WARNING}");
        let result = cargo_test(&command, &[threads]);
        // Printed again, because the first warning has scrolled far up by now.
        eprintln!("{WARNING}");
        return result;
    };
    let postgres = Postgres::start(&programs, Writes::Quick)?;
    cargo_test(&command, &[threads, (POSTGRES, postgres.url())])
}
