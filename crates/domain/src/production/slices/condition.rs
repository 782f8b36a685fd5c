//! Which conditions of a machine are active.

use std::collections::BTreeMap;

use crate::production::history::ConditionChange;
use crate::production::words::ConditionLevel;

/// The conditions of a machine.
#[derive(Default)]
pub(super) struct Conditions {
    all: BTreeMap<u32, Condition>,
    /// How many conditions have each level, from the first level to the last.
    levels: [usize; 4],
}

/// One condition, with the codes that are active.
#[derive(Default)]
struct Condition {
    is_unavailable: bool,
    /// The codes with a warning or a fault, and whether it is a fault.
    codes: BTreeMap<Option<u32>, bool>,
    faults: usize,
}

impl Condition {
    fn level(&self) -> ConditionLevel {
        if self.is_unavailable {
            ConditionLevel::Unavailable
        } else if self.faults > 0 {
            ConditionLevel::Fault
        } else if self.codes.is_empty() {
            ConditionLevel::Normal
        } else {
            ConditionLevel::Warning
        }
    }

    /// Makes a change; whether a fault begins.
    fn change(&mut self, code: Option<u32>, level: ConditionLevel) -> bool {
        self.is_unavailable = level == ConditionLevel::Unavailable;
        let was_fault = match level {
            // What was active stays known, so that it is no new alarm if it is still there afterwards.
            ConditionLevel::Unavailable => return false,
            ConditionLevel::Normal if code.is_none() => {
                self.codes.clear();
                self.faults = 0;
                return false;
            }
            ConditionLevel::Normal => self.codes.remove(&code),
            ConditionLevel::Warning => self.codes.insert(code, false),
            ConditionLevel::Fault => self.codes.insert(code, true),
        };
        let (was, is) = (was_fault == Some(true), level == ConditionLevel::Fault);
        self.faults = (self.faults + usize::from(is)).saturating_sub(usize::from(was));
        is && !was
    }
}

impl Conditions {
    /// Makes a change; whether a fault begins. The effort does not grow with the number of conditions.
    pub(super) fn change(&mut self, change: &ConditionChange) -> bool {
        let is_new = !self.all.contains_key(&change.condition);
        let condition = self.all.entry(change.condition).or_default();
        let before = condition.level();
        let is_fault = condition.change(change.code, change.level);
        let after = condition.level();
        if let Some(count) = self.levels.get_mut(before as usize).filter(|_| !is_new) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = self.levels.get_mut(after as usize) {
            *count += 1;
        }
        is_fault
    }

    /// The worst level of all conditions.
    pub(super) fn worst(&self) -> ConditionLevel {
        let levels = ConditionLevel::ALL.iter().zip(&self.levels).rev();
        let found = levels.into_iter().find(|(_, count)| **count > 0);
        found.map_or(ConditionLevel::Unavailable, |(level, _)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn a_fault_is_counted_when_it_begins() {
        let mut conditions = Conditions::default();
        let mut change = |condition, code, level| {
            let change =
                ConditionChange { at: Timestamp::from_micros(0), sequence: 0, condition, code, level };
            (conditions.change(&change), conditions.worst())
        };
        use ConditionLevel::{Fault, Normal, Unavailable, Warning};
        assert_eq!(change(1, None, Normal), (false, Normal));
        assert_eq!(change(1, Some(7), Warning), (false, Warning));
        assert_eq!(change(1, Some(7), Fault), (true, Fault));
        assert_eq!(change(1, Some(7), Fault), (false, Fault));
        // Another code, and another condition.
        assert_eq!(change(1, Some(8), Fault), (true, Fault));
        assert_eq!(change(2, Some(7), Fault), (true, Fault));
        assert_eq!(change(2, Some(7), Normal), (false, Fault));
        assert_eq!(change(1, Some(8), Normal), (false, Fault));
        // The link to the machine was lost: it is the same fault as before.
        assert_eq!(change(1, None, Unavailable), (false, Normal));
        assert_eq!(change(1, Some(7), Fault), (false, Fault));
        assert_eq!(change(1, Some(7), Warning), (false, Warning));
        assert_eq!(change(1, Some(7), Fault), (true, Fault));
        assert_eq!(change(1, None, Normal), (false, Normal));
        assert_eq!(change(1, Some(7), Normal), (false, Normal));
        assert_eq!(change(1, None, Fault), (true, Fault));
        assert_eq!(change(1, None, Unavailable), (false, Normal));
        assert_eq!(change(2, None, Unavailable), (false, Unavailable));
    }
}
