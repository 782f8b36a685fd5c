//! The errors of scans for updates and of installations.

use crate::runner::JobOutcome;

/// Why a scan or an installation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The machine has no known source of updates.
    #[error("this machine has neither apt, dnf, zypper nor the update agent of Windows")]
    NoSource,
    /// A program does not exist.
    #[error("this machine has no {program}")]
    Missing {
        /// The program.
        program: &'static str,
    },
    /// A program could not be run.
    #[error("{program} could not be run: {error}")]
    NotRun {
        /// The program.
        program: &'static str,
        /// The error.
        error: String,
    },
    /// A program exited with an unexpected code, or was ended by a signal.
    #[error("{program} ended with {end}{}{said}", if said.is_empty() { "" } else { ": " })]
    Ended {
        /// The program.
        program: &'static str,
        /// The exit code or signal, for people.
        end: String,
        /// The end of its standard error.
        said: String,
    },
    /// The output of a program could not be parsed.
    #[error("the output of {program} could not be read: {why}")]
    Unreadable {
        /// The program.
        program: &'static str,
        /// The error.
        why: String,
    },
    /// A text is not the name of an update.
    #[error("`{0}` is not the name of an update")]
    NoName(String),
    /// More updates were named than a program can take at once.
    #[error("at most {0} updates can be installed at once")]
    TooMany(usize),
    /// The command was cancelled or timed out, or the agent was stopped.
    #[error("{}", .0.error)]
    Stopped(Box<JobOutcome>),
}
