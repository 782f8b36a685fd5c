//! The same cargo that runs this.

use std::process::Command;

/// Why something was not done.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// Runs cargo with arguments and more environment, and waits for it.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), Failed> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("xtask: {line}");
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    match Command::new(program).args(arguments).envs(environment.iter().copied()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed(format!("`{line}` ended with {status}"))),
        Err(error) => Err(Failed(format!("could not run `{line}`: {error}"))),
    }
}
