//! Limits on the commands that a key may give.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::script_pin::ScriptPin;
use crate::id::ScriptId;
use crate::text::shell::Shell;

/// The most nodes that one command may go to.
pub const TARGETS_MAX: usize = 100_000;
/// The most shells or scripts in a list.
pub const LISTED_MAX: usize = 100;

/// Limits on the commands that a key may give, in addition to its scopes and reach. A limit that is
/// absent restricts nothing; an empty list allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "shells": ["sh"], "most_targets": 10 }]))]
pub struct CommandLimits {
    /// Only these shells may run a command's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LISTED_MAX))]
    pub shells: Option<BTreeSet<Shell>>,
    /// The most nodes that one command may go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGETS_MAX))]
    pub most_targets: Option<u32>,
    /// The versions of saved scripts that a command may run, as in `ID@3`; the key may then give no
    /// text of its own. An id without a version stands for the version that is the latest when the
    /// limits are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LISTED_MAX))]
    pub scripts: Option<BTreeSet<ScriptPin>>,
}

impl CommandLimits {
    /// The limits that hold if both these and `other` apply.
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

    /// The highest version of a script that the limits list; `None` if they do not list the script.
    pub fn version_of(&self, script: ScriptId) -> Option<u32> {
        let listed = self.scripts.iter().flatten().filter(|pin| pin.id == script);
        listed.filter_map(|pin| pin.version).max()
    }

    /// Fills the limits that are absent here from `own`.
    pub fn lend(&mut self, own: &Self) {
        self.shells = self.shells.take().or_else(|| own.shells.clone());
        self.most_targets = self.most_targets.or(own.most_targets);
        self.scripts = self.scripts.take().or_else(|| own.scripts.clone());
    }

    /// Whether a key with these limits may create a key with `other`: `other` allows nothing more.
    pub fn covers(&self, other: &Self) -> bool {
        self.and(other) == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combined_command_limits_allow_what_both_allow() {
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
