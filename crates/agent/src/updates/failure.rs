//! Why it could not be found out which updates there are.

use crate::runner::Outcome;

/// Why it could not be found out which updates there are, or none could be installed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing on this machine knows of updates.
    #[error("this machine has neither apt, dnf, zypper nor the update agent of Windows")]
    NoSource,
    /// A program is not there.
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
        /// Why.
        error: String,
    },
    /// A program ended otherwise than well.
    #[error("{program} ended with {end}{}{said}", if said.is_empty() { "" } else { ": " })]
    Ended {
        /// The program.
        program: &'static str,
        /// How.
        end: String,
        /// The last that it said of it.
        said: String,
    },
    /// A program wrote what could not be read.
    #[error("what {program} wrote could not be read: {why}")]
    Unreadable {
        /// The program.
        program: &'static str,
        /// Why.
        why: String,
    },
    /// A text is no name of an update.
    #[error("`{0}` is no name of an update")]
    NoName(String),
    /// More updates are named than can be given to a program at once.
    #[error("at most {0} updates can be installed at once")]
    TooMany(usize),
    /// It was to end, or ran too long.
    #[error("{}", .0.error)]
    Stopped(Box<Outcome>),
}
