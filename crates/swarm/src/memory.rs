//! A simulated agent's record of its commands, which stands for the real agent's journal.

use std::collections::HashMap;

use bailiwick_link::commands::{End, Finished, Output, Report, ReportBody, Started, Stream};
use uuid::Uuid;

/// What an agent must do with a command that it receives.
#[derive(Debug, PartialEq)]
pub(crate) enum Receipt {
    /// The command is new: carry it out.
    New,
    /// The command is known: send this report again.
    Known(Report),
    /// The command is known, and the server has acknowledged its end.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandState {
    Running,
    Ended,
    Lost,
    Acknowledged,
}

/// A simulated agent's record of its commands: the state of each, and how often it was carried out.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    commands: HashMap<Uuid, (CommandState, u32)>,
}

/// The report of a command with an id.
pub(crate) fn report(id: Uuid, news: ReportBody) -> Report {
    Report { id: id.as_bytes().to_vec(), news: Some(news) }
}

fn finished(id: Uuid, is_lost: bool) -> Report {
    if is_lost {
        let error = "the agent ended while the command was running".into();
        return report(
            id,
            ReportBody::Finished(Finished { end: End::Lost.into(), error, ..Finished::default() }),
        );
    }
    let bytes = b"simulated\n".to_vec();
    let stdout_bytes = bytes.len() as u64;
    report(
        id,
        ReportBody::Finished(Finished {
            end: End::Succeeded.into(),
            exit_code: Some(0),
            duration_ms: Some(1),
            stdout_bytes,
            output: vec![Output { stream: Stream::Stdout.into(), position: 0, bytes }],
            ..Finished::default()
        }),
    )
}

impl Memory {
    /// Records a command that was received.
    pub(crate) fn told(&mut self, id: Uuid) -> Receipt {
        match self.commands.get(&id) {
            None => {
                self.commands.insert(id, (CommandState::Running, 1));
                Receipt::New
            }
            Some((CommandState::Running, _)) => Receipt::Known(report(id, ReportBody::Started(Started {}))),
            Some((CommandState::Ended, _)) => Receipt::Known(finished(id, false)),
            Some((CommandState::Lost, _)) => Receipt::Known(finished(id, true)),
            Some((CommandState::Acknowledged, _)) => Receipt::Over,
        }
    }

    /// Marks a running command as ended. Returns the report to send, or `None` if the command was lost
    /// meanwhile.
    pub(crate) fn ended(&mut self, id: Uuid) -> Option<Report> {
        let (state, _) = self.commands.get_mut(&id)?;
        if *state != CommandState::Running {
            return None;
        }
        *state = CommandState::Ended;
        Some(finished(id, false))
    }

    /// Records that the server has stored a command's end. Returns whether this is new.
    pub(crate) fn acknowledged(&mut self, id: Uuid) -> bool {
        match self.commands.get_mut(&id) {
            Some((state @ (CommandState::Ended | CommandState::Lost), _)) => {
                *state = CommandState::Acknowledged;
                true
            }
            _ => false,
        }
    }

    /// The reports to send again on a new connection: ends that the server has not acknowledged.
    pub(crate) fn untold(&self) -> Vec<Report> {
        let untold = self.commands.iter().filter_map(|(id, (state, _))| match state {
            CommandState::Ended => Some(finished(*id, false)),
            CommandState::Lost => Some(finished(*id, true)),
            CommandState::Running | CommandState::Acknowledged => None,
        });
        untold.collect()
    }

    /// Marks all running commands as lost.
    pub(crate) fn crash(&mut self) {
        for (state, _) in self.commands.values_mut() {
            if *state == CommandState::Running {
                *state = CommandState::Lost;
            }
        }
    }

    /// How often a command was carried out.
    pub(crate) fn times(&self, id: Uuid) -> u32 {
        self.commands.get(&id).map_or(0, |(_, times)| *times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    #[test]
    fn a_command_runs_once_and_is_reported_until_acknowledged() {
        let mut memory = Memory::default();
        assert_eq!(memory.told(ID), Receipt::New);
        assert_eq!(memory.told(ID), Receipt::Known(report(ID, ReportBody::Started(Started {}))));
        assert!(memory.untold().is_empty());
        assert_eq!(memory.ended(ID), Some(finished(ID, false)));
        assert_eq!(memory.untold(), [finished(ID, false)]);
        assert_eq!(memory.told(ID), Receipt::Known(finished(ID, false)));
        assert!(memory.acknowledged(ID) && !memory.acknowledged(ID));
        assert_eq!(memory.told(ID), Receipt::Over);
        assert!(memory.untold().is_empty());
        assert_eq!(memory.times(ID), 1);
    }

    #[test]
    fn a_command_running_at_a_crash_is_reported_lost() {
        let mut memory = Memory::default();
        memory.told(ID);
        memory.crash();
        assert_eq!(memory.ended(ID), None);
        assert_eq!(memory.told(ID), Receipt::Known(finished(ID, true)));
        assert_eq!(memory.untold(), [finished(ID, true)]);
        assert_eq!(memory.times(ID), 1);
    }
}
