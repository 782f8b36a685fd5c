//! What the series of a node say about its production, and the history that follows from them.

use std::collections::BTreeMap;

use super::history::{ConditionChange, CounterReading, History, QuantityReading, StateChange, Word};
use super::quantity::Fixed;
use super::words::ConditionLevel;
use crate::observations::column::{Column, Values};
use crate::observations::kind::Kind;
use crate::observations::metric::{Metric, MetricKey};
use crate::observations::value::AlarmLevel;
use crate::time::Timestamp;

/// What a metric says about the production of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Whether the machine can be asked.
    Availability,
    /// Whether somebody pressed the emergency stop.
    EmergencyStop,
    /// What the machine is meant for.
    FunctionalMode,
    /// What a path does with its program.
    Execution,
    /// How a path takes its instructions.
    ControllerMode,
    /// How many parts were made: all of them, good or not.
    PartCount,
    /// Alarms.
    Alarm,
    /// A quantity.
    Quantity,
}

impl Signal {
    /// What a metric says; `None` if nothing about production.
    ///
    /// Its type decides, in the words of `MTConnect` (`PART_COUNT` or `PartCount`); without a type, the last part of its
    /// key does. Of part counts, only those without a subtype and those of subtype `ALL` count.
    pub fn of(metric: &Metric) -> Option<Self> {
        if metric.key.is_of_host() {
            return None;
        }
        let name = name(metric);
        match (metric.kind, name.as_str()) {
            (Kind::State, "AVAILABILITY" | "AVAIL") => Some(Self::Availability),
            (Kind::State, "EMERGENCY_STOP" | "ESTOP") => Some(Self::EmergencyStop),
            (Kind::State, "FUNCTIONAL_MODE") => Some(Self::FunctionalMode),
            (Kind::State, "EXECUTION") => Some(Self::Execution),
            (Kind::State, "CONTROLLER_MODE" | "MODE") => Some(Self::ControllerMode),
            (Kind::State, _) => None,
            (Kind::Count, _) => is_part_count(metric).then_some(Self::PartCount),
            (Kind::Quantity, _) => Some(Self::Quantity),
            (Kind::Alarm, _) => Some(Self::Alarm),
        }
    }

    /// Whether the status of a machine follows from it.
    pub const fn is_of_status(self) -> bool {
        !matches!(self, Self::PartCount | Self::Quantity)
    }
}

/// Whether a metric counts all parts, by its type, subtype and key, whatever its kind.
pub fn is_part_count(metric: &Metric) -> bool {
    let is_all = metric.subtype.as_ref().is_none_or(|subtype| subtype.as_str().eq_ignore_ascii_case("ALL"));
    is_all && matches!(name(metric).as_str(), "PART_COUNT" | "PARTCOUNT" | "PARTS")
}

/// Whether an observation of a metric shows that the machine was heard.
pub fn is_of_machine(key: &MetricKey) -> bool {
    !key.is_of_host()
}

/// The type of a metric, or else the last part of its key, as in `PART_COUNT`.
fn name(metric: &Metric) -> String {
    let text = match &metric.metric_type {
        Some(text) => text.as_str(),
        None => last_part(&metric.key).1,
    };
    let mut name = String::with_capacity(text.len() + 4);
    let mut is_after_lower = false;
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && is_after_lower {
            name.push('_');
        }
        is_after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        name.push(if letter == '-' { '_' } else { letter.to_ascii_uppercase() });
    }
    name
}

/// A key without its last part, and that part: `path1` and `execution` of `path1.execution`.
fn last_part(key: &MetricKey) -> (&str, &str) {
    key.as_str().rsplit_once('.').unwrap_or(("", key.as_str()))
}

/// The observations of a node as a history, and the quantities in the order of the history's.
///
/// `columns` are in the order in which they were stored: those of one metric in the order of time. `covered` is when
/// there was data. Execution and controller mode whose keys differ only in their last parts are of one path.
pub fn history(columns: &[Column], until: Timestamp) -> (History, Vec<MetricKey>) {
    let mut history = History::none(until);
    let mut paths: BTreeMap<&str, u8> = BTreeMap::new();
    for column in columns {
        if matches!(Signal::of(&column.metric), Some(Signal::Execution | Signal::ControllerMode)) {
            paths.entry(last_part(&column.metric.key).0).or_default();
        }
    }
    for (number, place) in paths.values_mut().zip(0..=u8::MAX) {
        *number = place;
    }
    let mut counters: BTreeMap<&MetricKey, Vec<CounterReading>> = BTreeMap::new();
    let mut quantities: BTreeMap<&MetricKey, Vec<QuantityReading>> = BTreeMap::new();
    let mut conditions: BTreeMap<&MetricKey, u32> = BTreeMap::new();
    let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut passed: BTreeMap<&MetricKey, u64> = BTreeMap::new();
    for column in columns {
        let Some(signal) = Signal::of(&column.metric) else { continue };
        let key = &column.metric.key;
        let path = paths.get(last_part(key).0).copied().unwrap_or_default();
        let passed = passed.entry(key).or_default();
        for (place, at) in column.times.iter().copied().enumerate() {
            *passed += 1;
            let sequence = *passed;
            match &column.values {
                Values::State { words, places } => {
                    let word = places.get(place).and_then(|place| words.get(usize::try_from(*place).ok()?));
                    let word = word.map(|word| word.as_str()).and_then(|text| word_of(signal, path, text));
                    history.states.extend(word.map(|word| StateChange { at, sequence, word }));
                }
                Values::Count(counts) => {
                    let value = counts.get(place).copied();
                    counters.entry(key).or_default().push(CounterReading { at, sequence, value });
                }
                Values::Quantity(values) => {
                    let value = values.get(place).and_then(|value| Fixed::from_f64(value.get()));
                    quantities.entry(key).or_default().push(QuantityReading { at, value });
                }
                Values::Alarm { words, places } => {
                    let Some((word, on)) = places.get(place) else { continue };
                    let word = usize::try_from(*word).ok().and_then(|word| words.get(word));
                    let Some((code, level)) = word else { continue };
                    let next = u32::try_from(conditions.len()).unwrap_or(u32::MAX);
                    let condition = *conditions.entry(key).or_insert(next);
                    let next = u32::try_from(codes.len()).unwrap_or(u32::MAX);
                    let code = Some(*codes.entry(code.as_str()).or_insert(next));
                    let level = level_of(*level, *on);
                    history.conditions.push(ConditionChange { at, sequence, condition, code, level });
                }
            }
        }
    }
    history.counters = counters.into_values().collect();
    let keys = quantities.keys().map(|key| (*key).clone()).collect();
    history.quantities = quantities.into_values().collect();
    (history, keys)
}

fn word_of(signal: Signal, path: u8, text: &str) -> Option<Word> {
    // A word that a vocabulary does not have is read as unavailable.
    Some(match signal {
        Signal::Availability => Word::Availability(text.parse().ok()?),
        Signal::EmergencyStop => Word::EmergencyStop(text.parse().ok()?),
        Signal::FunctionalMode => Word::FunctionalMode(text.parse().ok()?),
        Signal::Execution => Word::Execution { path, word: text.parse().ok()? },
        Signal::ControllerMode => Word::ControllerMode { path, word: text.parse().ok()? },
        Signal::PartCount | Signal::Alarm | Signal::Quantity => return None,
    })
}

const fn level_of(level: AlarmLevel, on: bool) -> ConditionLevel {
    match (on, level) {
        (true, AlarmLevel::Fault) => ConditionLevel::Fault,
        (true, AlarmLevel::Warning) => ConditionLevel::Warning,
        // A notice asks for nothing.
        (true, AlarmLevel::Notice) | (false, _) => ConditionLevel::Normal,
    }
}

/// The times at which a machine was heard: those of all observations but the metrics of its host.
pub fn heard(columns: &[Column]) -> impl Iterator<Item = Timestamp> + '_ {
    let of_machine = columns.iter().filter(|column| is_of_machine(&column.metric.key));
    of_machine.flat_map(|column| column.times.iter().copied())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::NodeId;
    use crate::observations::column::Lines;
    use crate::production::words::{ControllerMode, Execution};

    fn metric(kind: Kind, key: &str, metric_type: Option<&str>, subtype: Option<&str>) -> Metric {
        Metric {
            metric_type: metric_type.map(|text| text.parse().unwrap()),
            subtype: subtype.map(|text| text.parse().unwrap()),
            ..Metric::new(key.parse().unwrap(), kind)
        }
    }

    #[test]
    fn types_go_before_keys() {
        let of = |kind, key, metric_type, subtype| Signal::of(&metric(kind, key, metric_type, subtype));
        assert_eq!(of(Kind::State, "execution", None, None), Some(Signal::Execution));
        assert_eq!(of(Kind::State, "path1.Execution", None, None), Some(Signal::Execution));
        assert_eq!(of(Kind::State, "pexecution", None, None), None);
        assert_eq!(of(Kind::State, "pexecution", Some("EXECUTION"), None), Some(Signal::Execution));
        assert_eq!(of(Kind::State, "m", Some("ControllerMode"), None), Some(Signal::ControllerMode));
        assert_eq!(of(Kind::State, "execution", Some("PROGRAM"), None), None);
        assert_eq!(of(Kind::Count, "part_count", None, None), Some(Signal::PartCount));
        assert_eq!(of(Kind::Count, "pc", Some("PartCount"), Some("ALL")), Some(Signal::PartCount));
        assert_eq!(of(Kind::Count, "pc", Some("PART_COUNT"), Some("BAD")), None);
        assert_eq!(of(Kind::Count, "cycles", None, None), None);
        assert_eq!(of(Kind::Quantity, "system.cpu.utilization", None, None), None);
        assert_eq!(of(Kind::Quantity, "load", None, None), Some(Signal::Quantity));
    }

    #[test]
    fn columns_become_a_history() {
        let node = NodeId::from_uuid(Uuid::nil());
        let at = |micros: i64| Timestamp::from_micros(micros);
        let states = |key: &str, words: &[&str]| Column {
            node,
            metric: metric(Kind::State, key, None, None),
            times: (0..).map(at).take(words.len()).collect(),
            values: Values::State {
                words: words.iter().map(|word| word.parse().unwrap()).collect(),
                places: (0..).take(words.len()).collect(),
            },
            sequences: Vec::new(),
            lines: Lines::From(0),
        };
        let load = Column {
            metric: metric(Kind::Quantity, "load", None, None),
            times: vec![at(7)],
            values: Values::Quantity(vec![1.5.try_into().unwrap()]),
            ..states("load", &["x"])
        };
        let columns = [
            states("path2.execution", &["ACTIVE", "nonsense"]),
            states("path1.mode", &["MANUAL"]),
            states("path2.mode", &["AUTOMATIC"]),
            load,
        ];
        let (history, quantities) = history(&columns, at(9));
        let words: Vec<Word> = history.states.iter().map(|state| state.word).collect();
        assert_eq!(
            words,
            [
                Word::Execution { path: 1, word: Execution::Active },
                Word::Execution { path: 1, word: Execution::Unavailable },
                Word::ControllerMode { path: 0, word: ControllerMode::Manual },
                Word::ControllerMode { path: 1, word: ControllerMode::Automatic },
            ]
        );
        assert_eq!(quantities, ["load".parse().unwrap()]);
        assert_eq!(history.quantities[0][0].value, Fixed::from_f64(1.5));
        assert_eq!(heard(&columns).count(), 5);
    }
}
