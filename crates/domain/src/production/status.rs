//! The status of a machine: one of eight, decided by one table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::{Availability, ConditionLevel, ControllerMode, EmergencyStop, Execution, FunctionalMode};

/// What a machine does. It has exactly one status at each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MachineState")]
pub enum Status {
    /// It executes a program.
    InCycle,
    /// It has a fault, or somebody pressed the emergency stop.
    Alarm,
    /// It executes a program, and its axes are held.
    FeedHold,
    /// Its program stopped before its end, and a person has to act.
    Interrupted,
    /// It is being prepared for other parts.
    Setup,
    /// A person operates it by hand.
    Manual,
    /// It could work, and does not.
    Idle,
    /// Nobody knows what it does. This is not idle time, and part of no ratio.
    NoData,
}

impl Status {
    /// Every status. If the paths of a machine have different ones, the machine has the first of them.
    pub const ALL: [Self; 8] = [
        Self::InCycle,
        Self::Alarm,
        Self::FeedHold,
        Self::Interrupted,
        Self::Setup,
        Self::Manual,
        Self::Idle,
        Self::NoData,
    ];

    /// The status as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InCycle => "in_cycle",
            Self::Alarm => "alarm",
            Self::FeedHold => "feed_hold",
            Self::Interrupted => "interrupted",
            Self::Setup => "setup",
            Self::Manual => "manual",
            Self::Idle => "idle",
            Self::NoData => "no_data",
        }
    }

    /// The status of a machine with several paths: the first of theirs in the order of [`Status::ALL`]. A
    /// machine without paths has no data.
    pub fn of_paths(paths: impl IntoIterator<Item = Self>) -> Self {
        paths.into_iter().min().unwrap_or(Self::NoData)
    }
}

/// What one path of a machine said last in each vocabulary, and the worst level of the machine's conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    /// Whether the machine can be asked.
    pub availability: Availability,
    /// Whether somebody pressed the emergency stop.
    pub emergency_stop: EmergencyStop,
    /// What the path does with its program.
    pub execution: Execution,
    /// How the path takes its instructions.
    pub controller_mode: ControllerMode,
    /// What the machine is meant for.
    pub functional_mode: FunctionalMode,
    /// The worst level of all conditions.
    pub condition: ConditionLevel,
}

impl Signals {
    /// What is known of a machine that said nothing yet. It counts as available, because many machines never
    /// say that they are.
    pub const NONE: Self = Self {
        availability: Availability::Available,
        emergency_stop: EmergencyStop::Unavailable,
        execution: Execution::Unavailable,
        controller_mode: ControllerMode::Unavailable,
        functional_mode: FunctionalMode::Unavailable,
        condition: ConditionLevel::Unavailable,
    };

    /// The status: that of the first row of the table that matches.
    pub fn status(&self) -> Status {
        ROWS.iter().find(|row| row.matches(self)).map_or(Status::NoData, |row| row.status)
    }
}

/// A row of the table: for each vocabulary the words that match, and the status. A field that a row leaves
/// out matches every word.
struct Row {
    availability: u16,
    emergency_stop: u16,
    execution: u16,
    controller_mode: u16,
    functional_mode: u16,
    condition: u16,
    status: Status,
}

const fn row(status: Status) -> Row {
    const ANY: u16 = u16::MAX;
    Row {
        availability: ANY,
        emergency_stop: ANY,
        execution: ANY,
        controller_mode: ANY,
        functional_mode: ANY,
        condition: ANY,
        status,
    }
}

/// The table. `docs/machine-data.md` shows it with the reasons, and a test compares the two.
static ROWS: [Row; 12] = [
    Row { availability: Availability::among(&[Availability::Unavailable]), ..row(Status::NoData) },
    Row { execution: Execution::among(&[Execution::Unavailable]), ..row(Status::NoData) },
    Row { emergency_stop: EmergencyStop::among(&[EmergencyStop::Triggered]), ..row(Status::Alarm) },
    Row {
        execution: Execution::among(&[Execution::Active, Execution::Wait]),
        controller_mode: ControllerMode::among(&[
            ControllerMode::Automatic,
            ControllerMode::Manual,
            ControllerMode::ManualDataInput,
            ControllerMode::SemiAutomatic,
            ControllerMode::Edit,
            ControllerMode::Unavailable,
        ]),
        ..row(Status::InCycle)
    },
    Row { condition: ConditionLevel::among(&[ConditionLevel::Fault]), ..row(Status::Alarm) },
    Row { execution: Execution::among(&[Execution::FeedHold]), ..row(Status::FeedHold) },
    Row { controller_mode: ControllerMode::among(&[ControllerMode::FeedHold]), ..row(Status::FeedHold) },
    Row {
        execution: Execution::among(&[
            Execution::Interrupted,
            Execution::OptionalStop,
            Execution::ProgramStopped,
        ]),
        ..row(Status::Interrupted)
    },
    Row {
        functional_mode: FunctionalMode::among(&[FunctionalMode::Setup, FunctionalMode::Teardown]),
        ..row(Status::Setup)
    },
    Row { functional_mode: FunctionalMode::among(&[FunctionalMode::Maintenance]), ..row(Status::Manual) },
    Row {
        controller_mode: ControllerMode::among(&[
            ControllerMode::Manual,
            ControllerMode::ManualDataInput,
            ControllerMode::Edit,
        ]),
        ..row(Status::Manual)
    },
    row(Status::Idle),
];

impl Row {
    const fn matches(&self, signals: &Signals) -> bool {
        self.availability & signals.availability.bit() != 0
            && self.emergency_stop & signals.emergency_stop.bit() != 0
            && self.execution & signals.execution.bit() != 0
            && self.controller_mode & signals.controller_mode.bit() != 0
            && self.functional_mode & signals.functional_mode.bit() != 0
            && self.condition & signals.condition.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_combination() -> impl Iterator<Item = Signals> {
        Availability::ALL.iter().flat_map(|availability| {
            EmergencyStop::ALL.iter().flat_map(move |emergency_stop| {
                Execution::ALL.iter().flat_map(move |execution| {
                    ControllerMode::ALL.iter().flat_map(move |controller_mode| {
                        FunctionalMode::ALL.iter().flat_map(move |functional_mode| {
                            ConditionLevel::ALL.iter().map(move |condition| Signals {
                                availability: *availability,
                                emergency_stop: *emergency_stop,
                                execution: *execution,
                                controller_mode: *controller_mode,
                                functional_mode: *functional_mode,
                                condition: *condition,
                            })
                        })
                    })
                })
            })
        })
    }

    #[test]
    fn every_combination_has_one_status_and_every_row_is_reached() {
        let (mut combinations, mut reached) = (0, [0; ROWS.len()]);
        for signals in every_combination() {
            combinations += 1;
            let first = ROWS.iter().position(|row| row.matches(&signals));
            let first = first.unwrap_or_else(|| panic!("no row matches {signals:?}"));
            assert_eq!(signals.status(), ROWS[first].status);
            reached[first] += 1;
            // The last row matches everything, but only these come so far.
            if first == ROWS.len() - 1 {
                let idle = [Execution::Ready, Execution::Stopped, Execution::ProgramCompleted];
                assert!(idle.contains(&signals.execution), "{signals:?}");
            }
        }
        assert_eq!(combinations, 2 * 3 * 10 * 7 * 6 * 4);
        assert!(reached.iter().all(|count| *count > 0), "{reached:?}");
        let all = Status::ALL.iter().all(|status| ROWS.iter().any(|row| row.status == *status));
        assert!(all);
    }

    #[test]
    fn the_open_cases_are_decided() {
        let running = Signals {
            execution: Execution::Active,
            controller_mode: ControllerMode::Automatic,
            emergency_stop: EmergencyStop::Armed,
            ..Signals::NONE
        };
        let ready = Signals { execution: Execution::Ready, ..running };
        for (signals, status) in [
            (running, Status::InCycle),
            (ready, Status::Idle),
            (Signals::NONE, Status::NoData),
            // A fault does not end a cycle that goes on; the emergency stop does.
            (Signals { condition: ConditionLevel::Fault, ..running }, Status::InCycle),
            (Signals { emergency_stop: EmergencyStop::Triggered, ..running }, Status::Alarm),
            (Signals { condition: ConditionLevel::Fault, ..ready }, Status::Alarm),
            (Signals { condition: ConditionLevel::Warning, ..ready }, Status::Idle),
            (Signals { execution: Execution::Wait, ..running }, Status::InCycle),
            (Signals { functional_mode: FunctionalMode::Setup, ..running }, Status::InCycle),
            (Signals { functional_mode: FunctionalMode::ProcessDevelopment, ..running }, Status::InCycle),
            (Signals { controller_mode: ControllerMode::FeedHold, ..running }, Status::FeedHold),
            (Signals { controller_mode: ControllerMode::FeedHold, ..ready }, Status::FeedHold),
            (Signals { controller_mode: ControllerMode::Manual, ..ready }, Status::Manual),
            (Signals { controller_mode: ControllerMode::SemiAutomatic, ..ready }, Status::Idle),
            (Signals { functional_mode: FunctionalMode::Teardown, ..ready }, Status::Setup),
            (Signals { functional_mode: FunctionalMode::Maintenance, ..ready }, Status::Manual),
            (Signals { availability: Availability::Unavailable, ..running }, Status::NoData),
        ] {
            assert_eq!(signals.status(), status, "{signals:?}");
        }
    }

    #[test]
    fn the_status_of_several_paths_is_the_first_in_the_order() {
        assert_eq!(Status::of_paths([Status::Idle, Status::InCycle]), Status::InCycle);
        assert_eq!(Status::of_paths([Status::NoData, Status::Idle]), Status::Idle);
        assert_eq!(Status::of_paths([Status::Interrupted, Status::FeedHold]), Status::FeedHold);
        assert_eq!(Status::of_paths([]), Status::NoData);
        let mut sorted = Status::ALL;
        sorted.sort_unstable();
        assert_eq!(sorted, Status::ALL);
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn the_documentation_shows_the_table() {
        const PAGE: &str = include_str!("../../../../docs/machine-data.md");
        for (number, row) in (1..).zip(&ROWS) {
            let mut conditions = Vec::new();
            macro_rules! column {
                ($name:literal, $set:expr, $words:ident) => {
                    if $set != u16::MAX {
                        let words = $words::ALL.iter().filter(|word| $set & word.bit() != 0);
                        let words: Vec<String> = words.map(|word| format!("`{}`", word.as_str())).collect();
                        conditions.push(format!("{} {}", $name, words.join(", ")));
                    }
                };
            }
            column!("availability", row.availability, Availability);
            column!("emergency stop", row.emergency_stop, EmergencyStop);
            column!("execution", row.execution, Execution);
            column!("controller mode", row.controller_mode, ControllerMode);
            column!("functional mode", row.functional_mode, FunctionalMode);
            column!("worst condition", row.condition, ConditionLevel);
            let conditions =
                if conditions.is_empty() { "anything else".to_owned() } else { conditions.join("; ") };
            let line = format!("| {number} | {conditions} | `{}` |", row.status.as_str());
            assert!(PAGE.contains(&line), "docs/machine-data.md lacks: {line}");
        }
    }
}
