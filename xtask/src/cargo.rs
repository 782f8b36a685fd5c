//! Runs the same cargo that runs this program.

use std::process::Command;

use serde_json::Value;

/// The reason why a task failed.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// Runs cargo with arguments and additional environment variables, and waits for it.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), Failed> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("xtask: {line}");
    match command(arguments).envs(environment.iter().copied()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed(format!("`{line}` ended with {status}"))),
        Err(error) => Err(Failed(format!("could not run `{line}`: {error}"))),
    }
}

/// What cargo knows about the packages of the workspace and all that they depend on, as JSON.
pub(crate) fn metadata() -> Result<Value, Failed> {
    let output = command(&["metadata", "--format-version", "1", "--locked"]).output();
    let output = output.map_err(|error| Failed(format!("could not run `cargo metadata`: {error}")))?;
    if !output.status.success() {
        return Err(Failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| Failed(format!("`cargo metadata`: {error}")))
}

fn command(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    // Removes variables that cargo sets for this program. Some build scripts depend on them and would
    // rebuild whenever another program calls cargo.
    let of_this = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.starts_with(of));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_this)) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}
