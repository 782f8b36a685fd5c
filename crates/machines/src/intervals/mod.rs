//! Intervals in which something had one value.

mod alarms;
mod follow;
mod states;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of intervals of states once.
pub(crate) const STATES: NounSpec =
    NounSpec::new(noun::STATE_INTERVAL, &[erase::<states::ListStateIntervals>()]).built_in(BuiltIn::Reads);

/// What is said of intervals of alarms once.
pub(crate) const ALARMS: NounSpec =
    NounSpec::new(noun::ALARM_INTERVAL, &[erase::<alarms::ListAlarmIntervals>()]).built_in(BuiltIn::Reads);
