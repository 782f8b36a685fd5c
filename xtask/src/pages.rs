//! Builds the pages that are compiled into the server, with Node: the console, and GraphiQL at `/graphql`.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::Failed;

/// Pages with sources and a bundle of their own.
#[derive(Clone, Copy)]
pub(crate) enum Pages {
    /// The console, in `console/`.
    Console,
    /// GraphiQL, in `graphiql/`.
    Graphiql,
}

/// What to do with the bundle in `dist/`.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// Build it anew.
    Build,
    /// Compare it with what its sources build.
    Check,
    /// Run the tests of the sources, and go through the pages in a browser. Only the console has some.
    Test,
    /// Go through the pages in a browser: all flows, and each page in two of its views.
    Walk,
    /// Go through the pages in a browser without the mouse.
    WalkByKeys,
    /// Print what each page loads at first, and fail if it is too much.
    Size,
    /// Print how quick the pages are with many nodes.
    Speed,
}

impl Pages {
    const fn directory(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Graphiql => "graphiql",
        }
    }

    /// Installs exactly the packages of the lock file, and does the task.
    pub(crate) fn run(self, task: Task) -> Result<(), Failed> {
        self.npm(&["ci"])?;
        match task {
            Task::Build => self.npm(&["run", "build"]),
            Task::Check => self.npm(&["run", "check"]),
            Task::Test => {
                self.npm(&["run", "lint"])?;
                self.npm(&["test"])?;
                self.npm(&["run", "walk"])
            }
            Task::Walk => self.npm(&["run", "walk:quick"]),
            Task::WalkByKeys => self.npm(&["run", "walk:keys"]),
            Task::Size => {
                self.npm(&["run", "check"])?;
                self.npm(&["run", "--silent", "size"])
            }
            Task::Speed => self.npm(&["run", "--silent", "speed"]),
        }
    }

    fn npm(self, arguments: &[&str]) -> Result<(), Failed> {
        let line = format!("npm {}", arguments.join(" "));
        eprintln!("xtask: {line}");
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(self.directory());
        match Command::new("npm").args(arguments).current_dir(directory).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failed(format!("`{line}` ended with {status}"))),
            Err(error) => {
                Err(Failed(format!("could not run `{line}`: {error}; install Node 20 or newer, with npm")))
            }
        }
    }
}
