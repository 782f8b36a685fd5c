//! Commands in short: what lists show of them, and how they went on all of their nodes together.

use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{InstructionKind, ResultState};
use crate::authority::actor::Actor;
use crate::id::{CommandId, NodeId, OrganizationId, ScheduleId};
use crate::inventory::node::NodeName;
use crate::time::Timestamp;

/// A command in short, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CommandSummary {
    /// Its id.
    pub id: CommandId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// The kind of its instruction.
    pub kind: InstructionKind,
    /// The beginning of its text, or what the instruction does.
    pub title: String,
    /// How many nodes were chosen; null if the caller's reach does not cover the whole organization.
    pub target_count: Option<u32>,
    /// Who gave it.
    pub created_by: Actor,
    /// The schedule that gave it; null for none.
    pub schedule_id: Option<ScheduleId>,
    /// When it was given.
    pub created_at: Timestamp,
    /// Until when it waits for nodes that are offline.
    pub expires_at: Timestamp,
    /// When its cancellation was requested; null if never.
    pub cancelled_at: Option<Timestamp>,
    /// When its last result was known; null while results are outstanding.
    pub finished_at: Option<Timestamp>,
    /// How it went on all of its nodes together.
    pub outcome: CommandOutcome,
    /// Whether it failed on a node, timed out, expired or was lost there. The command may still run elsewhere.
    pub has_failed: bool,
    /// How many of its results are in each state; only those in the caller's reach.
    pub progress: Progress,
    /// The first node in the caller's reach on which it failed, and why; null if it failed on none.
    pub failure: Option<Failure>,
}

/// Why a command failed on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CommandFailure")]
pub struct Failure {
    /// The node.
    pub node_id: NodeId,
    /// The node's name.
    pub node_name: NodeName,
    /// The state of the result: `failed`, `timed_out`, `expired` or `lost`.
    pub state: ResultState,
    /// The exit code; null if it did not exit by itself, or has none.
    pub exit_code: Option<i32>,
    /// What went wrong; null if only the exit code shows it.
    pub error: Option<String>,
}

/// How a command went on all of its nodes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandOutcome {
    /// Results are outstanding: the command waits for nodes, or runs.
    Running,
    /// It succeeded on every node that it was sent to.
    Succeeded,
    /// It failed on at least one node, timed out, expired or was lost there.
    Failed,
    /// It was cancelled on at least one node, and failed on none.
    Cancelled,
    /// It was sent to no node: all of them were outside their maintenance windows.
    LeftOut,
}

/// The error for a text that names no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of running, succeeded, failed, cancelled, left_out")]
pub struct NotAnOutcome;

impl CommandOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled, Self::LeftOut];

    /// The outcome as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::LeftOut => "left_out",
        }
    }
}

impl FromStr for CommandOutcome {
    type Err = NotAnOutcome;

    fn from_str(text: &str) -> Result<Self, NotAnOutcome> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or(NotAnOutcome)
    }
}

/// How many of a command's results are in each state. States without results are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Progress(pub BTreeMap<ResultState, u32>);

impl Progress {
    /// Whether all results are final.
    pub fn is_over(&self) -> bool {
        self.0.iter().all(|(state, count)| state.is_final() || *count == 0)
    }

    /// The total number of results.
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }

    /// How many of the results are a failure.
    pub fn failed(&self) -> u32 {
        self.0.iter().filter(|(state, _)| state.is_failure()).map(|(_, count)| *count).sum()
    }

    /// How the command went, by the states of all of its results.
    pub fn outcome(&self) -> CommandOutcome {
        let any = |state| self.0.get(&state).is_some_and(|count| *count > 0);
        if !self.is_over() {
            CommandOutcome::Running
        } else if self.failed() > 0 {
            CommandOutcome::Failed
        } else if any(ResultState::Cancelled) {
            CommandOutcome::Cancelled
        } else if any(ResultState::Succeeded) {
            CommandOutcome::Succeeded
        } else {
            CommandOutcome::LeftOut
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_of_all_results_together() {
        use ResultState::{Cancelled, Expired, LeftOut, Lost, Queued, Sent, Succeeded, TimedOut};
        let of = |states: &[(ResultState, u32)]| Progress(states.iter().copied().collect()).outcome();
        assert_eq!(of(&[(Succeeded, 3), (Queued, 1)]), CommandOutcome::Running);
        assert_eq!(of(&[(ResultState::Failed, 3), (Sent, 1)]), CommandOutcome::Running);
        assert_eq!(of(&[(Succeeded, 3), (LeftOut, 1)]), CommandOutcome::Succeeded);
        for failure in [ResultState::Failed, TimedOut, Expired, Lost] {
            assert_eq!(of(&[(Succeeded, 3), (Cancelled, 1), (failure, 1)]), CommandOutcome::Failed);
        }
        assert_eq!(of(&[(Succeeded, 3), (Cancelled, 1)]), CommandOutcome::Cancelled);
        assert_eq!(of(&[(LeftOut, 2)]), CommandOutcome::LeftOut);
        for outcome in CommandOutcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
            assert!(NotAnOutcome.to_string().contains(outcome.as_str()));
        }
    }
}
