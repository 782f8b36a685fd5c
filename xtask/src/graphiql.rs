//! Builds GraphiQL, the page at `/graphql`, with Node.

use std::path::Path;
use std::process::Command;

use crate::cargo::Failed;

/// What to do with the bundle in `graphiql/dist`.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Build it anew.
    Build,
    /// Compare it with what its sources build.
    Check,
}

/// Installs exactly the packages of the lock file, and builds or compares the bundle.
pub(crate) fn run(task: Task) -> Result<(), Failed> {
    npm(&["ci"])?;
    match task {
        Task::Build => npm(&["run", "build"]),
        Task::Check => npm(&["run", "check"]),
    }
}

fn npm(arguments: &[&str]) -> Result<(), Failed> {
    let line = format!("npm {}", arguments.join(" "));
    eprintln!("xtask: {line}");
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../graphiql");
    match Command::new("npm").args(arguments).current_dir(directory).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed(format!("`{line}` ended with {status}"))),
        Err(error) => {
            Err(Failed(format!("could not run `{line}`: {error}; install Node 20 or newer, with npm")))
        }
    }
}
