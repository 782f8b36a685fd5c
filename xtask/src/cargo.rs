//! Runs the same cargo that runs this program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

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

/// Runs `cargo test` as [`cargo`] does. If tests fail, prints the beginning of what each of them said once
/// more at the end, because a log of a thousand tests hides it in the middle.
pub(crate) fn cargo_test(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), Failed> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("xtask: {line}");
    let failed = |error: std::io::Error| Failed(format!("could not run `{line}`: {error}"));
    let mut command = command(arguments);
    let mut child =
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut failures = Failures::default();
    if let Some(output) = child.stdout.take() {
        let mut stdout = std::io::stdout();
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(failed)?;
            failures.read(&String::from_utf8_lossy(&line));
            stdout.write_all(&line).and_then(|()| stdout.write_all(b"\n")).map_err(failed)?;
        }
    }
    let status = child.wait().map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    eprint!("{}", failures.text);
    Err(Failed(format!("`{line}` ended with {status}")))
}

/// How many lines of a failed test are repeated.
const LINES_OF_A_TEST: usize = 20;

/// What failed tests printed, as libtest shows it after all tests of a program: a heading
/// `---- NAME stdout ----`, and then the test's own output.
#[derive(Default)]
struct Failures {
    text: String,
    /// How many more lines belong to the test whose heading was read last.
    left: usize,
}

impl Failures {
    fn read(&mut self, line: &str) {
        if line.starts_with("---- ") && line.ends_with(" ----") {
            self.left = LINES_OF_A_TEST;
        } else if line == "failures:" || line.starts_with("stack backtrace:") {
            self.left = 0;
        }
        if self.left > 0 {
            self.left -= 1;
            self.text.push_str(line);
            self.text.push('\n');
        }
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

#[cfg(test)]
mod tests {
    use super::Failures;

    #[test]
    fn the_beginning_of_what_failed_tests_printed_is_kept() {
        let output = "\
test one ... ok
test two ... FAILED

failures:

---- two stdout ----

thread 'two' panicked at src/lib.rs:1:1:
assertion failed
stack backtrace:
   0: begin
   1: end

failures:
    two

test result: FAILED.";
        let mut failures = Failures::default();
        output.lines().for_each(|line| failures.read(line));
        assert_eq!(
            failures.text,
            "---- two stdout ----\n\nthread 'two' panicked at src/lib.rs:1:1:\nassertion failed\n"
        );
    }
}
