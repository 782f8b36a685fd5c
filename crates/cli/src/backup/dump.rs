//! The programs of PostgreSQL that write and read dumps.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context as _, bail, ensure};
use bailiwick_store::tools::{Variable, environment};
use bailiwick_store::{DatabaseUrl, PostgresAddress};
use tokio::process::Command;

/// The program that writes dumps.
const DUMP: &str = "pg_dump";
/// The program that reads them.
const RESTORE: &str = "pg_restore";
/// The most characters that are shown of what a program complained about.
const SAID_MAX: usize = 2_000;

/// The environment in which the programs reach the database of a configuration.
pub(crate) fn reaching(url: &str, address: &PostgresAddress) -> anyhow::Result<Vec<Variable>> {
    Ok(environment(url, address)?)
}

/// Parses the address of a database. `None` if it is not on PostgreSQL.
pub(crate) fn postgres(url: Option<&str>) -> anyhow::Result<Option<(String, Box<PostgresAddress>)>> {
    let Some(url) = url else { return Ok(None) };
    match url.parse::<DatabaseUrl>()? {
        DatabaseUrl::Postgres(address) => Ok(Some((url.to_owned(), address))),
        DatabaseUrl::Sqlite(_) => Ok(None),
    }
}

async fn run(
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    variables: Vec<Variable>,
) -> anyhow::Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).envs(variables).stdin(Stdio::null()).kill_on_drop(true);
    match command.output().await {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "the program {program} is not on this machine: install the client programs of PostgreSQL, of the same version as the database or later (on Debian the package postgresql-client), and try again"
        ),
        Err(error) => Err(error).with_context(|| format!("{program} cannot be run")),
    }
}

fn require_success(program: &str, output: &Output) -> anyhow::Result<()> {
    let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(SAID_MAX).collect();
    ensure!(output.status.success(), "{program} failed ({}): {said}", output.status);
    Ok(())
}

/// Dumps a database as it is at one moment into a file, which exists.
pub(crate) async fn dump(variables: Vec<Variable>, to: &Path) -> anyhow::Result<()> {
    let arguments = [OsStr::new("--format=custom"), "--no-password".as_ref(), "--file".as_ref(), to.as_ref()];
    require_success(DUMP, &run(DUMP, arguments, variables).await?)
}

/// Checks that a dump can be read as far as its table of contents.
pub(crate) async fn look(dump: &Path) -> anyhow::Result<()> {
    let output = run(RESTORE, [OsStr::new("--list"), dump.as_ref()], Vec::new()).await?;
    require_success(RESTORE, &output)
}

/// Restores a dump into an empty database, all of it or nothing.
pub(crate) async fn restore(variables: Vec<Variable>, dump: &Path) -> anyhow::Result<()> {
    // The program connects only if a database is named as an argument.
    let name = variables.iter().find(|(variable, _)| *variable == "PGDATABASE");
    let name = name.map(|(_, value)| value.clone()).unwrap_or_default();
    let database = format!("--dbname=dbname='{}'", name.replace('\\', "\\\\").replace('\'', "\\'"));
    let arguments = [
        OsStr::new("--no-owner"),
        "--no-privileges".as_ref(),
        "--exit-on-error".as_ref(),
        "--single-transaction".as_ref(),
        "--no-password".as_ref(),
        database.as_ref(),
        dump.as_ref(),
    ];
    require_success(RESTORE, &run(RESTORE, arguments, variables).await?)
}
