//! Health reports: what the agent on a node reports about the programs that it runs there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AgentStatus;
use crate::text::hidden::is_hidden;
use crate::text::port::Port;
use crate::time::Timestamp;

/// The most log lines that are kept of one program.
pub const LOG_LINES_MAX: usize = 100;
/// The most bytes of one log line.
pub const LOG_LINE_BYTES_MAX: usize = 512;
/// The most bytes of all kept log lines of one program.
pub const LOG_BYTES_MAX: usize = 8_192;
/// The most characters of an error message, and of a version.
pub const REPORTED_MAX: usize = 1_024;
/// The most programs that one agent runs.
pub const PROGRAMS_MAX: usize = 64;

/// The version of a program and its last error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "ProgramReport")]
pub struct Reported {
    /// The version of the program; null until it is known.
    pub version: Option<String>,
    /// Why it failed the last time; null once it runs again.
    pub last_error: Option<String>,
}

/// The health of one program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProgramHealth {
    /// Its status.
    pub status: AgentStatus,
    /// Since when it has this status.
    pub since: Timestamp,
    /// When its present process was started.
    pub started_at: Option<Timestamp>,
    /// The port where its metrics are fetched.
    pub listen_port: Option<Port>,
    /// Its version and its last error.
    pub reported: Reported,
    /// The last lines that it wrote, oldest first, without the agent's secrets.
    pub log: Vec<String>,
}

/// Cuts a text to at most `most` bytes, without splitting a character.
fn beginning(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
}

impl ProgramHealth {
    /// Cuts everything to its bounds: keeps the newest log lines and the beginning of each, and removes
    /// control characters, which would affect a terminal.
    pub fn bound(&mut self) {
        for text in [&mut self.reported.version, &mut self.reported.last_error].into_iter().flatten() {
            // PostgreSQL stores no NUL in a text; it is a control character, too.
            text.retain(|c| !c.is_control() && !is_hidden(c));
            beginning(text, REPORTED_MAX);
        }
        let mut bytes = 0;
        let mut first = self.log.len();
        for (n, line) in self.log.iter_mut().enumerate().rev().take(LOG_LINES_MAX) {
            line.retain(|c| c == '\t' || !c.is_control() && !is_hidden(c));
            beginning(line, LOG_LINE_BYTES_MAX);
            bytes += line.len();
            if bytes > LOG_BYTES_MAX {
                break;
            }
            first = n;
        }
        self.log.drain(..first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(log: Vec<String>) -> Vec<String> {
        let mut health = ProgramHealth {
            status: AgentStatus::Running,
            since: Timestamp::from_micros(0),
            started_at: None,
            listen_port: None,
            reported: Reported { version: Some("ü".repeat(2_000)), last_error: None },
            log,
        };
        health.bound();
        assert_eq!(health.reported.version.unwrap().len(), REPORTED_MAX);
        health.log
    }

    #[test]
    fn the_newest_log_lines_are_kept_and_cut_to_length() {
        assert_eq!(written(vec!["a\x1b[2J\tb".into()]), ["a[2J\tb"]);
        let many = written((0..1_000).map(|n| n.to_string()).collect());
        assert_eq!((many.len(), many[0].as_str(), many[99].as_str()), (LOG_LINES_MAX, "900", "999"));
        let long = written(vec!["ü".repeat(9_000); 50]);
        assert_eq!((long.len(), long[0].len()), (LOG_BYTES_MAX / LOG_LINE_BYTES_MAX, LOG_LINE_BYTES_MAX));
        assert_eq!(written(Vec::new()), [""; 0]);
    }

    #[test]
    fn the_reported_version_and_error_are_cleaned_and_cut() {
        let said = |text: &str| Some(text.to_owned());
        let reported = Reported { version: said("1\0.2\x1b"), last_error: said(&"e\n".repeat(REPORTED_MAX)) };
        let mut health = ProgramHealth {
            status: AgentStatus::Running,
            since: Timestamp::from_micros(0),
            started_at: None,
            listen_port: None,
            reported,
            log: Vec::new(),
        };
        health.bound();
        assert_eq!(health.reported.version.as_deref(), Some("1.2"));
        assert_eq!(health.reported.last_error, Some("e".repeat(REPORTED_MAX)));
    }
}
