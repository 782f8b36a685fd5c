//! What holds for the commands that a key gives.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::ScriptId;
use crate::script_pin::ScriptPin;
use crate::shell::Shell;

/// The most nodes that one command goes to.
pub const TARGETS_MAX: usize = 100_000;
/// The most shells or scripts that are listed.
pub const LISTED_MAX: usize = 100;

/// What holds for the commands that a key gives, beside its scopes and reach. What is absent does
/// not narrow; an empty list allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "shells": ["sh"], "most_targets": 10 }]))]
pub struct CommandLimits {
    /// Only texts for these shells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LISTED_MAX))]
    pub shells: Option<BTreeSet<Shell>>,
    /// No more nodes than this at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGETS_MAX))]
    pub most_targets: Option<u32>,
    /// Only these versions of saved scripts, as in `ID@3`, and no text of its own. An id without a
    /// version stands for the latest version at the time it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LISTED_MAX))]
    pub scripts: Option<BTreeSet<ScriptPin>>,
}

impl CommandLimits {
    /// What is left where both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        fn both<T: Ord + Clone>(one: Option<&BTreeSet<T>>, two: Option<&BTreeSet<T>>) -> Option<BTreeSet<T>> {
            match (one, two) {
                (Some(one), Some(two)) => Some(one & two),
                (one, two) => one.or(two).cloned(),
            }
        }
        Self {
            shells: both(self.shells.as_ref(), other.shells.as_ref()),
            most_targets: [self.most_targets, other.most_targets].into_iter().flatten().min(),
            scripts: both(self.scripts.as_ref(), other.scripts.as_ref()),
        }
    }

    /// The latest version of a script that they allow; `None` if they list none of it.
    pub fn version_of(&self, script: ScriptId) -> Option<u32> {
        let listed = self.scripts.iter().flatten().filter(|pin| pin.id == script);
        listed.filter_map(|pin| pin.version).max()
    }

    /// Takes over from `own` what these do not say.
    pub fn lend(&mut self, own: &Self) {
        self.shells = self.shells.take().or_else(|| own.shells.clone());
        self.most_targets = self.most_targets.or(own.most_targets);
        self.scripts = self.scripts.take().or_else(|| own.scripts.clone());
    }

    /// Whether a key with these may make one with `other`: whether those allow no more.
    pub fn covers(&self, other: &Self) -> bool {
        self.and(other) == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_meet_in_what_both_allow() {
        let sh = CommandLimits { shells: Some([Shell::Sh].into()), ..CommandLimits::default() };
        let both = CommandLimits {
            shells: Some([Shell::Sh, Shell::Bash].into()),
            most_targets: Some(3),
            scripts: None,
        };
        let met = CommandLimits { most_targets: Some(3), ..sh.clone() };
        assert_eq!(sh.and(&both), met);
        assert!(sh.covers(&met) && both.covers(&met) && !both.covers(&sh) && !sh.covers(&both));
        assert!(CommandLimits::default().covers(&sh) && !sh.covers(&CommandLimits::default()));
        let none = CommandLimits { shells: Some(BTreeSet::new()), ..CommandLimits::default() };
        assert_eq!(sh.and(&none), none);
    }
}
