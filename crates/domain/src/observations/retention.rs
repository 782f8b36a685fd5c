//! How long observations are kept.

use schemars::JsonSchema;
use serde::Serialize;

use crate::observations::kind::Kind;

/// The most days for which observations are kept, unless they are kept forever: a hundred years.
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

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.as_str(),
            Self::Host => "host",
        }
    }

    /// The one with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kept| kept.as_str() == text)
    }
}

/// How many days an organization keeps its observations; null stands for forever. They are deleted in pieces of one
/// day or of 32 days, so they are kept for up to 32 days more.
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
}

impl Default for Retention {
    fn default() -> Self {
        Self { state: None, count: None, quantity: None, alarm: None, host: Some(HOST_DAYS) }
    }
}

impl Retention {
    /// How many days some observations are kept; `None` if forever.
    pub const fn days(&self, kept: Kept) -> Option<u32> {
        match kept {
            Kept::Kind(Kind::State) => self.state,
            Kept::Kind(Kind::Count) => self.count,
            Kept::Kind(Kind::Quantity) => self.quantity,
            Kept::Kind(Kind::Alarm) => self.alarm,
            Kept::Host => self.host,
        }
    }

    /// Sets how many days some observations are kept; `None` for forever.
    pub const fn set(&mut self, kept: Kept, days: Option<u32>) {
        match kept {
            Kept::Kind(Kind::State) => self.state = days,
            Kept::Kind(Kind::Count) => self.count = days,
            Kept::Kind(Kind::Quantity) => self.quantity = days,
            Kept::Kind(Kind::Alarm) => self.alarm = days,
            Kept::Host => self.host = days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_and_the_hosts_own_metrics_have_days_of_their_own() {
        let mut retention = Retention::default();
        let days = |retention: &Retention| Kept::ALL.map(|kept| retention.days(kept));
        assert_eq!(days(&retention), [None, None, None, None, Some(14)]);
        for (kept, days) in Kept::ALL.into_iter().zip(1..) {
            assert_eq!(Kept::parse(kept.as_str()), Some(kept));
            retention.set(kept, Some(days));
        }
        assert_eq!(days(&retention), [1, 2, 3, 4, 5].map(Some));
        assert_eq!(Kept::parse("hosts"), None);
    }
}
