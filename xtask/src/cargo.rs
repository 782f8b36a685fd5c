//! Runs the same cargo that runs this program.

use std::process::Command;

/// The reason why a task failed.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// Runs cargo with arguments and additional environment variables, and waits for it.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), Failed> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("xtask: {line}");
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    // Removes variables that cargo sets for this program. Some build scripts depend on them and would
    // rebuild whenever another program calls cargo.
    let of_this = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.starts_with(of));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_this)) {
        command.env_remove(name);
    }
    match command.args(arguments).envs(environment.iter().copied()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed(format!("`{line}` ended with {status}"))),
        Err(error) => Err(Failed(format!("could not run `{line}`: {error}"))),
    }
}
