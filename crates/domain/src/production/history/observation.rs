//! Observations of one node, as its sums need them.

use crate::production::quantity::Fixed;
use crate::production::words::{
    Availability, ConditionLevel, ControllerMode, EmergencyStop, Execution, FunctionalMode,
};
use crate::time::Timestamp;

/// The machine said a word. It holds until the next word of the same kind (and path).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateChange {
    /// When.
    pub at: Timestamp,
    /// Its place among the words of the same microsecond. The highest one counts.
    pub sequence: u64,
    /// What it said.
    pub word: Word,
}

/// A word of a machine. Execution and controller mode belong to one path of the controller, which the caller
/// numbers; all others belong to the whole machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Whether the machine can be asked.
    Availability(Availability),
    /// Whether somebody pressed the emergency stop.
    EmergencyStop(EmergencyStop),
    /// What the machine is meant for.
    FunctionalMode(FunctionalMode),
    /// What a path does with its program.
    Execution {
        /// The path.
        path: u8,
        /// The word.
        word: Execution,
    },
    /// How a path takes its instructions.
    ControllerMode {
        /// The path.
        path: u8,
        /// The word.
        word: ControllerMode,
    },
}

/// A condition changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionChange {
    /// When.
    pub at: Timestamp,
    /// Its place among the changes of the same microsecond.
    pub sequence: u64,
    /// The condition. The caller numbers them; equal ones have equal numbers.
    pub condition: u32,
    /// The code of the alarm, if it has one. The caller numbers codes as well. `NORMAL` without a code ends
    /// all codes of the condition.
    pub code: Option<u32>,
    /// The new level of this code.
    pub level: ConditionLevel,
}

/// A counter had a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterReading {
    /// When.
    pub at: Timestamp,
    /// Its place among the readings of the same microsecond.
    pub sequence: u64,
    /// The value in parts; `None` if the counter was unavailable.
    pub value: Option<i64>,
}

/// A quantity had a value. It holds until the next reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuantityReading {
    /// When.
    pub at: Timestamp,
    /// The value in the unit of the series; `None` if it was unavailable.
    pub value: Option<Fixed>,
}
