//! Columns: many observations of one metric of one node.

use std::collections::HashMap;

use crate::id::NodeId;
use crate::observations::kind::Kind;
use crate::observations::metric::Metric;
use crate::observations::observation::Observation;
use crate::observations::value::{Alarm, AlarmLevel, Quantity, Value, Word};
use crate::time::Timestamp;

/// The largest number that a source may give an observation.
pub const SEQUENCE_MAX: i64 = i64::MAX >> 1;

/// Many observations of one metric of one node, in any order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The node.
    pub node: NodeId,
    /// The metric.
    pub metric: Metric,
    /// The times.
    pub times: Vec<Timestamp>,
    /// The values, as many as times.
    pub values: Values,
    /// The numbers that the source gave the observations; empty, or as many as times.
    pub sequences: Vec<Option<i64>>,
    /// The places of the observations in the request: line numbers, or places in a column.
    pub lines: Lines,
}

impl Column {
    /// Whether there are as many values as times, as many sequence numbers or none, and each word is among the words.
    pub fn is_even(&self) -> bool {
        let count = self.times.len();
        let has_word = |words: usize, place: u32| usize::try_from(place).is_ok_and(|place| place < words);
        let has_words = match &self.values {
            Values::State { words, places } => places.iter().all(|place| has_word(words.len(), *place)),
            Values::Alarm { words, places } => places.iter().all(|(place, _)| has_word(words.len(), *place)),
            Values::Count(_) | Values::Quantity(_) => true,
        };
        let is_numbered = self.sequences.is_empty() || self.sequences.len() == count;
        self.values.len() == count && is_numbered && has_words
    }
}

/// Where the observations of a column stood in their request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One after the other, from this line on.
    From(u32),
    /// Each on a line of its own, as many as times.
    Each(Vec<u32>),
}

impl Lines {
    /// The line of the observation at a place in its column.
    pub fn of(&self, place: usize) -> u32 {
        match self {
            Self::From(first) => first.saturating_add(u32::try_from(place).unwrap_or(u32::MAX)),
            Self::Each(lines) => lines.get(place).copied().unwrap_or(u32::MAX),
        }
    }
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// States: different words, and which of these each value is.
    State {
        /// The words.
        words: Vec<Word>,
        /// For each value, the place of its word.
        places: Vec<u32>,
    },
    /// Readings of a counter.
    Count(Vec<i64>),
    /// Numbers.
    Quantity(Vec<Quantity>),
    /// Alarms: different codes with their levels, which of these each value is, and whether it is on.
    Alarm {
        /// The codes and levels.
        words: Vec<(Word, AlarmLevel)>,
        /// For each value, the place of its code and level, and whether the alarm is on.
        places: Vec<(u32, bool)>,
    },
}

impl Values {
    /// How many values there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::State { places, .. } => places.len(),
            Self::Count(counts) => counts.len(),
            Self::Quantity(quantities) => quantities.len(),
            Self::Alarm { places, .. } => places.len(),
        }
    }

    /// The value at a place; `None` if there is none.
    pub fn get(&self, place: usize) -> Option<Value> {
        Some(match self {
            Self::State { words, places } => {
                Value::State(words.get(usize::try_from(*places.get(place)?).ok()?)?.clone())
            }
            Self::Count(counts) => Value::Count(*counts.get(place)?),
            Self::Quantity(quantities) => Value::Quantity(*quantities.get(place)?),
            Self::Alarm { words, places } => {
                let (word, on) = *places.get(place)?;
                let (code, level) = words.get(usize::try_from(word).ok()?)?.clone();
                Value::Alarm(Alarm { code, level, on })
            }
        })
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The error for a value that is not of the kind of its metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the value is not of the kind of its metric")]
pub struct NotOfItsKind {
    /// The line of the value.
    pub line: u32,
}

/// Makes columns of observations that come one by one.
#[derive(Debug, Default)]
pub struct Columns {
    columns: Vec<Building>,
    by_metric: HashMap<(NodeId, Metric), usize>,
}

/// A column that grows.
#[derive(Debug)]
struct Building {
    column: Column,
    lines: Vec<u32>,
    states: HashMap<Word, u32>,
    alarms: HashMap<(Word, AlarmLevel), u32>,
}

impl Columns {
    /// Adds an observation that stood on a line of the request.
    ///
    /// # Errors
    ///
    /// [`NotOfItsKind`] if the value is not of the kind of its metric.
    pub fn add(&mut self, line: u32, observation: Observation) -> Result<(), NotOfItsKind> {
        let Observation { node, metric, at, value, sequence } = observation;
        if value.kind() != metric.kind {
            return Err(NotOfItsKind { line });
        }
        let columns = &mut self.columns;
        let place = *self.by_metric.entry((node, metric.clone())).or_insert_with(|| {
            columns.push(Building::of(node, metric));
            columns.len() - 1
        });
        let Some(building) = columns.get_mut(place) else { return Err(NotOfItsKind { line }) };
        building.add(value).ok_or(NotOfItsKind { line })?;
        building.column.times.push(at);
        building.column.sequences.push(sequence);
        building.lines.push(line);
        Ok(())
    }

    /// The columns, in the order of their first observations.
    pub fn finish(self) -> Vec<Column> {
        let finish = |building: Building| {
            let Building { mut column, lines, .. } = building;
            if column.sequences.iter().all(Option::is_none) {
                column.sequences = Vec::new();
            }
            column.lines = Lines::Each(lines);
            column
        };
        self.columns.into_iter().map(finish).collect()
    }
}

impl Building {
    fn of(node: NodeId, metric: Metric) -> Self {
        let values = match metric.kind {
            Kind::State => Values::State { words: Vec::new(), places: Vec::new() },
            Kind::Count => Values::Count(Vec::new()),
            Kind::Quantity => Values::Quantity(Vec::new()),
            Kind::Alarm => Values::Alarm { words: Vec::new(), places: Vec::new() },
        };
        let (times, sequences, lines) = (Vec::new(), Vec::new(), Lines::From(0));
        let column = Column { node, metric, times, values, sequences, lines };
        Self { column, lines: Vec::new(), states: HashMap::new(), alarms: HashMap::new() }
    }

    /// Adds a value; `None` if it is of another kind than the others.
    fn add(&mut self, value: Value) -> Option<()> {
        match (&mut self.column.values, value) {
            (Values::State { words, places }, Value::State(word)) => {
                places.push(place_of(&mut self.states, words, word));
            }
            (Values::Count(counts), Value::Count(count)) => counts.push(count),
            (Values::Quantity(quantities), Value::Quantity(quantity)) => quantities.push(quantity),
            (Values::Alarm { words, places }, Value::Alarm(alarm)) => {
                let place = place_of(&mut self.alarms, words, (alarm.code, alarm.level));
                places.push((place, alarm.on));
            }
            _ => return None,
        }
        Some(())
    }
}

/// The place of a word among those of its column, to which it is added if it is new.
fn place_of<T: Clone + Eq + std::hash::Hash>(
    known: &mut HashMap<T, u32>,
    words: &mut Vec<T>,
    word: T,
) -> u32 {
    if let Some(place) = known.get(&word) {
        return *place;
    }
    let place = u32::try_from(words.len()).unwrap_or(u32::MAX);
    words.push(word.clone());
    known.insert(word, place);
    place
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn rows_become_columns_with_their_lines() {
        let node = |n: u128| NodeId::from_uuid(Uuid::from_u128(n));
        let metric = |key: &str| Metric::new(key.parse().unwrap(), Kind::State);
        let mut columns = Columns::default();
        let rows = [(1, "a", "ON"), (2, "a", "ON"), (1, "b", "ON"), (1, "a", "OFF"), (1, "a", "ON")];
        for (line, (n, key, word)) in (1..).zip(rows) {
            let value = Value::State(word.parse().unwrap());
            let at = Timestamp::from_micros(i64::from(line));
            let row = Observation { node: node(n), metric: metric(key), at, value, sequence: None };
            columns.add(line, row).unwrap();
        }
        let count = Observation {
            node: node(1),
            metric: Metric::new("a".parse().unwrap(), Kind::Count),
            at: Timestamp::from_micros(9),
            value: Value::Count(1),
            sequence: None,
        };
        columns.add(6, count.clone()).unwrap();
        let wrong = Observation { metric: metric("c"), ..count };
        assert_eq!(columns.add(7, wrong), Err(NotOfItsKind { line: 7 }));
        let columns = columns.finish();
        // Whether a metric may have two kinds is for the database to say.
        assert_eq!(columns.len(), 4);
        assert_eq!(columns[0].lines, Lines::Each(vec![1, 4, 5]));
        assert_eq!(columns[0].lines.of(1), 4);
        assert!(columns[0].sequences.is_empty());
        let words = ["ON", "OFF"].map(|word| word.parse().unwrap()).to_vec();
        assert_eq!(columns[0].values, Values::State { words, places: vec![0, 1, 0] });
        assert!(columns.iter().all(Column::is_even));
        let mut uneven = columns[0].clone();
        uneven.times.pop();
        assert!(!uneven.is_even());
        uneven = columns[0].clone();
        uneven.values = Values::State { words: Vec::new(), places: vec![0; 3] };
        assert!(!uneven.is_even());
    }
}
