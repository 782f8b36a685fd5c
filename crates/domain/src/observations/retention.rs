//! How long an organization keeps observations, commands and their output.

use schemars::JsonSchema;
use serde::Serialize;

use crate::observations::kind::Kind;

/// The most days for which something is kept, unless it is kept as long as the server allows: a hundred years.
pub const RETENTION_DAYS_MAX: u32 = 36_500;
/// How many days a host's own metrics are kept by default.
pub const HOST_DAYS: u32 = 14;

/// Observations that are kept equally long: those of one kind, or a host's own metrics, whatever their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// Those of a kind, without a host's own metrics.
    Kind(Kind),
    /// A host's own metrics.
    Host,
}

impl Kept {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Kind(Kind::State),
        Self::Kind(Kind::Count),
        Self::Kind(Kind::Quantity),
        Self::Kind(Kind::Alarm),
        Self::Host,
    ];
}

/// What an organization keeps for a number of days of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retained {
    /// Observations.
    Observations(Kept),
    /// Commands that have finished, with their results.
    Commands,
    /// The output of commands that have finished.
    Output,
}

impl Retained {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Observations(Kept::Kind(Kind::State)),
        Self::Observations(Kept::Kind(Kind::Count)),
        Self::Observations(Kept::Kind(Kind::Quantity)),
        Self::Observations(Kept::Kind(Kind::Alarm)),
        Self::Observations(Kept::Host),
        Self::Commands,
        Self::Output,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observations(Kept::Kind(kind)) => kind.as_str(),
            Self::Observations(Kept::Host) => "host",
            Self::Commands => "commands",
            Self::Output => "output",
        }
    }

    /// The one with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|retained| retained.as_str() == text)
    }
}

/// How many days an organization keeps its data. Null stands for as long as the server allows: observations forever,
/// commands for the days of its setting `commands.keep_days`. Observations are deleted in pieces of one day or of 32
/// days, so they are kept for up to 32 days more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Retention {
    /// Days for states.
    pub state: Option<u32>,
    /// Days for readings of counters.
    pub count: Option<u32>,
    /// Days for quantities.
    pub quantity: Option<u32>,
    /// Days for alarms.
    pub alarm: Option<u32>,
    /// Days for the metrics of hosts themselves, whose keys begin with `system.` or `bailiwick.agent.`, whatever
    /// their kind.
    pub host: Option<u32>,
    /// Days for commands that have finished, with their results.
    pub commands: Option<u32>,
    /// Days for the output of commands that have finished. Their results remain, without text.
    pub output: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            state: None,
            count: None,
            quantity: None,
            alarm: None,
            host: Some(HOST_DAYS),
            commands: None,
            output: None,
        }
    }
}

impl Retention {
    /// How many days something is kept; `None` if as long as the server allows.
    pub const fn days(&self, retained: Retained) -> Option<u32> {
        match retained {
            Retained::Observations(Kept::Kind(Kind::State)) => self.state,
            Retained::Observations(Kept::Kind(Kind::Count)) => self.count,
            Retained::Observations(Kept::Kind(Kind::Quantity)) => self.quantity,
            Retained::Observations(Kept::Kind(Kind::Alarm)) => self.alarm,
            Retained::Observations(Kept::Host) => self.host,
            Retained::Commands => self.commands,
            Retained::Output => self.output,
        }
    }

    /// Sets how many days something is kept; `None` for as long as the server allows.
    pub const fn set(&mut self, retained: Retained, days: Option<u32>) {
        match retained {
            Retained::Observations(Kept::Kind(Kind::State)) => self.state = days,
            Retained::Observations(Kept::Kind(Kind::Count)) => self.count = days,
            Retained::Observations(Kept::Kind(Kind::Quantity)) => self.quantity = days,
            Retained::Observations(Kept::Kind(Kind::Alarm)) => self.alarm = days,
            Retained::Observations(Kept::Host) => self.host = days,
            Retained::Commands => self.commands = days,
            Retained::Output => self.output = days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_data_has_days_of_its_own() {
        let mut retention = Retention::default();
        let days = |retention: &Retention| Retained::ALL.map(|retained| retention.days(retained));
        assert_eq!(days(&retention), [None, None, None, None, Some(14), None, None]);
        for (retained, days) in Retained::ALL.into_iter().zip(1..) {
            assert_eq!(Retained::parse(retained.as_str()), Some(retained));
            retention.set(retained, Some(days));
        }
        assert_eq!(days(&retention), [1, 2, 3, 4, 5, 6, 7].map(Some));
        assert_eq!(Retained::parse("hosts"), None);
    }
}
