//! The results of commands: the state, the exit code and the output on one node.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{CommandId, NodeId};
use crate::inventory::node::NodeName;
use crate::time::Timestamp;

/// The state of a command on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultState {
    /// It waits for the node to connect.
    Queued,
    /// It was sent to the node.
    Sent,
    /// It runs on the node.
    Running,
    /// It ended with success: exit code 0.
    Succeeded,
    /// It ended with an error or could not be started; `error` or `exit_code` tells why.
    Failed,
    /// It exceeded its timeout and was stopped.
    TimedOut,
    /// It was cancelled before it ended.
    Cancelled,
    /// The node did not connect in time, so it never ran.
    Expired,
    /// The outcome is unknown: it may have run, completely or in part. `error` says why.
    Lost,
    /// It was never sent to the node, because the node was outside its maintenance windows. `error` says when
    /// the next of them opens.
    LeftOut,
}

/// The error for a text that names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of queued, sent, running, succeeded, failed, timed_out, cancelled, expired, lost, left_out"
)]
pub struct NotAState;

impl ResultState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::Sent,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
        Self::Expired,
        Self::Lost,
        Self::LeftOut,
    ];

    /// The state as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Lost => "lost",
            Self::LeftOut => "left_out",
        }
    }

    /// Whether the state is final. Only `lost` may still change, if the node comes back and reports the
    /// outcome.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Sent | Self::Running)
    }

    /// Whether the command did not do on the node what it was meant to do.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Expired | Self::Lost)
    }

    /// Whether a node may report this state: it is one of those in which a command ends.
    pub const fn is_told_by_nodes(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::TimedOut | Self::Cancelled | Self::Expired | Self::Lost
        )
    }

    /// Whether this state may follow `before`. Final states never change, except `lost`. `left_out` follows none:
    /// a result has that state from the beginning.
    pub const fn may_follow(self, before: Self) -> bool {
        if matches!(self, Self::LeftOut) {
            return false;
        }
        match before {
            Self::Queued => !matches!(self, Self::Queued),
            Self::Sent => !matches!(self, Self::Queued | Self::Sent),
            Self::Running => self.is_final(),
            Self::Lost => self.is_final() && !matches!(self, Self::Lost),
            _ => false,
        }
    }
}

impl FromStr for ResultState {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NotAState)
    }
}

/// One of the two output streams of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The part of a stream that was kept. In `text`, bytes that are not UTF-8 appear as U+FFFD; `base64`
/// then has the original bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CommandOutput")]
pub struct Output {
    /// The text. A line in the middle says how many bytes were left out, if any.
    pub text: String,
    /// How many bytes the program wrote to the stream.
    pub total_bytes: u64,
    /// How many of them were not kept; they are from the middle.
    pub omitted_bytes: u64,
    /// The kept bytes in Base64 (RFC 4648, section 4), beginning and end joined; absent if all of them
    /// are UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

impl OutputStream {
    /// Both streams.
    pub const ALL: [Self; 2] = [Self::Stdout, Self::Stderr];

    /// The stream as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

impl FromStr for OutputStream {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == text).ok_or(())
    }
}

impl Output {
    /// The kept part of a stream of `total_bytes`. The pieces, each with its position in the stream,
    /// must be in order and must not overlap.
    pub fn of(pieces: &[(u64, Vec<u8>)], total_bytes: u64) -> Self {
        let kept: u64 = pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let omitted_bytes = total_bytes.saturating_sub(kept);
        let mut output = Self { total_bytes, omitted_bytes, ..Self::default() };
        let (mut run, mut end, mut is_text) = (Vec::new(), 0, true);
        for (position, bytes) in pieces {
            if *position > end {
                is_text &= push_text(&mut output.text, &run);
                run.clear();
                push_gap(&mut output.text, position - end);
            }
            run.extend_from_slice(bytes);
            end = position + bytes.len() as u64;
        }
        is_text &= push_text(&mut output.text, &run);
        if total_bytes > end {
            push_gap(&mut output.text, total_bytes - end);
        }
        if !is_text {
            let whole: Vec<u8> = pieces.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
            output.base64 = Some(STANDARD.encode(whole));
        }
        output
    }
}

/// Appends bytes as text; false if they are not UTF-8.
fn push_text(text: &mut String, bytes: &[u8]) -> bool {
    let read = String::from_utf8_lossy(bytes);
    text.push_str(&read);
    matches!(read, std::borrow::Cow::Borrowed(_))
}

/// Appends a line that says how many bytes are missing.
fn push_gap(text: &mut String, bytes: u64) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("[{bytes} bytes left out]\n"));
}

/// The result of a command on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CommandResult {
    /// The command.
    pub command_id: CommandId,
    /// The node.
    pub node_id: NodeId,
    /// The node's name.
    pub node_name: NodeName,
    /// Its state.
    pub state: ResultState,
    /// The exit code; null if it did not exit by itself, or has none.
    pub exit_code: Option<i32>,
    /// The signal that ended it; null if none did.
    pub signal: Option<i32>,
    /// What went wrong; null if nothing did, or if only the exit code shows it.
    pub error: Option<String>,
    /// What it wrote to standard output.
    pub stdout: Output,
    /// What it wrote to standard error.
    pub stderr: Output,
    /// When it was sent to the node.
    pub sent_at: Option<Timestamp>,
    /// When it started there, by the server's clock.
    pub started_at: Option<Timestamp>,
    /// When the server learned that it had ended, by the server's clock.
    pub finished_at: Option<Timestamp>,
    /// How long it ran, in milliseconds, by the node's clock.
    pub duration_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_names_omitted_bytes_and_keeps_binary_data() {
        let of = |pieces: &[(u64, &[u8])], total| {
            let pieces: Vec<_> = pieces.iter().map(|(at, bytes)| (*at, bytes.to_vec())).collect();
            Output::of(&pieces, total)
        };
        assert_eq!(of(&[], 0), Output::default());
        // A character may be split between two pieces.
        let whole = of(&[(0, b"a\xc3"), (2, b"\xa9\n")], 4);
        assert_eq!((whole.text.as_str(), whole.omitted_bytes, whole.base64), ("aé\n", 0, None));
        let cut = of(&[(0, b"begin"), (100, b"end")], 103);
        assert_eq!(cut.text, "begin\n[95 bytes left out]\nend");
        assert_eq!((cut.total_bytes, cut.omitted_bytes, cut.base64), (103, 95, None));
        assert_eq!(of(&[(0, b"a\n")], 5).text, "a\n[3 bytes left out]\n");
        assert_eq!(of(&[(3, b"a")], 4).text, "[3 bytes left out]\na");
        let binary = of(&[(0, b"\xff\x00"), (9, b"\xfe")], 10);
        assert_eq!(binary.base64.as_deref(), Some("/wD+"));
        assert_eq!(binary.text, "\u{fffd}\0\n[7 bytes left out]\n\u{fffd}");
    }

    #[test]
    fn only_a_lost_result_can_change_after_its_end() {
        for state in ResultState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert!(NotAState.to_string().contains(state.as_str()));
            for before in ResultState::ALL {
                if before.is_final() && before != ResultState::Lost {
                    assert!(!state.may_follow(before), "{state:?} after {before:?}");
                }
            }
            assert!(!state.may_follow(state));
            assert!(!ResultState::LeftOut.may_follow(state));
        }
        assert!(ResultState::Succeeded.may_follow(ResultState::Lost));
        assert!(ResultState::Running.may_follow(ResultState::Sent));
        assert!(!ResultState::Running.may_follow(ResultState::Lost));
        assert!(!ResultState::Sent.may_follow(ResultState::Running));
        assert!(ResultState::Succeeded.may_follow(ResultState::Queued));
    }
}
