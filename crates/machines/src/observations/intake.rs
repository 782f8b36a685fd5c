//! Turns what was sent into columns of observations, and names what cannot be one.

use std::collections::HashMap;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::observations::column::{Column, Lines, Values};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::limits::BATCH_VALUES_MAX;
use bailiwick_domain::observations::metric::{Component, Metric, MetricKey, MetricText};
use bailiwick_domain::observations::value::{AlarmLevel, Quantity, Word};
use bailiwick_domain::signals::is_part_count;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::shape::input::without_types;
use bailiwick_operations::references::KnownNodes;
use bailiwick_store::Observations;

use super::sent::{Row, SentColumn, SentRow, SentValue};

/// The largest number up to which every whole number is an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What is said of a metric.
#[derive(Clone, PartialEq, Eq, Hash)]
struct About {
    node: NodeRef,
    key: MetricKey,
    kind: Option<Kind>,
    metric_type: Option<MetricText>,
    subtype: Option<MetricText>,
    unit: Option<MetricText>,
}

/// Observations of one metric whose values are not checked yet.
struct Unchecked {
    about: About,
    times: Vec<Timestamp>,
    values: Vec<SentValue>,
    sequences: Vec<Option<i64>>,
    lines: Vec<u32>,
}

/// How a request names its observations.
enum Naming {
    /// By the lines of a text.
    Lines,
    /// By the places in `observations`, of which there are so many, and in `columns`, whose first values have these
    /// numbers.
    Members { rows: u32, columns: Vec<u32> },
}

/// The observations of a request.
pub(super) struct Intake {
    naming: Naming,
    unchecked: Vec<Unchecked>,
    by_about: HashMap<About, usize>,
    /// How many values there are, with those that are refused.
    count: usize,
    refused: Vec<(u32, String)>,
}

/// The observations of a request as columns.
pub(super) struct Taken {
    pub(super) columns: Vec<Column>,
    naming: Naming,
    /// What cannot be an observation, by number.
    pub(super) refused: Vec<(u32, String)>,
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl Intake {
    fn new(naming: Naming) -> Self {
        Self { naming, unchecked: Vec::new(), by_about: HashMap::new(), count: 0, refused: Vec::new() }
    }

    /// The observations of JSON lines. Empty lines are left out.
    pub(super) fn of_lines(text: &str) -> Result<Self> {
        let mut intake = Self::new(Naming::Lines);
        for (place, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            intake.count_one()?;
            match serde_json::from_str::<Row>(line) {
                Ok(row) => intake.add(number(place), row),
                Err(error) => intake.refused.push((number(place), without_place(&error))),
            }
        }
        Ok(intake)
    }

    /// The observations of a JSON body.
    pub(super) fn of_members(rows: Vec<SentRow>, columns: Vec<SentColumn>) -> Result<Self> {
        let mut intake = Self::new(Naming::Members { rows: number(rows.len()), columns: Vec::new() });
        for (place, SentRow(row)) in rows.into_iter().enumerate() {
            intake.count_one()?;
            match row {
                Ok(row) => intake.add(number(place), row),
                Err(detail) => intake.refused.push((number(place), detail)),
            }
        }
        let mut uneven = Vec::new();
        for (place, column) in columns.into_iter().enumerate() {
            intake.add_column(place, column, &mut uneven)?;
        }
        if uneven.is_empty() { Ok(intake) } else { Err(Error::Invalid(uneven)) }
    }

    fn count_one(&mut self) -> Result<()> {
        self.count_more(1)
    }

    fn count_more(&mut self, values: usize) -> Result<()> {
        self.count = self.count.saturating_add(values);
        if self.count <= BATCH_VALUES_MAX {
            return Ok(());
        }
        let detail = format!("expected at most {BATCH_VALUES_MAX} values in a request: send them in several");
        Err(Error::invalid("", detail))
    }

    fn add(&mut self, line: u32, row: Row) {
        let Row { node, metric: key, at, value, kind, r#type: metric_type, subtype, unit, sequence } = row;
        let about = About { node, key, kind, metric_type, subtype, unit };
        let place = match self.by_about.get(&about) {
            Some(place) => *place,
            None => {
                let place = self.unchecked.len();
                self.by_about.insert(about.clone(), place);
                self.unchecked.push(Unchecked {
                    about,
                    times: Vec::new(),
                    values: Vec::new(),
                    sequences: Vec::new(),
                    lines: Vec::new(),
                });
                place
            }
        };
        if let Some(unchecked) = self.unchecked.get_mut(place) {
            unchecked.times.push(at);
            unchecked.values.push(value);
            unchecked.sequences.push(sequence);
            unchecked.lines.push(line);
        }
    }

    fn add_column(&mut self, place: usize, column: SentColumn, uneven: &mut Vec<FieldError>) -> Result<()> {
        let SentColumn { node, metric: key, at, values, kind, r#type: metric_type, subtype, unit, sequences } =
            column;
        let first = match &mut self.naming {
            Naming::Members { rows, columns } => {
                let counted = u32::try_from(self.count).unwrap_or(u32::MAX);
                let first = counted.max(*rows);
                columns.push(first);
                first
            }
            Naming::Lines => 0,
        };
        self.count_more(values.len().max(at.len()))?;
        let sequences = sequences.unwrap_or_else(|| vec![None; values.len()]);
        if at.len() != values.len() || sequences.len() != values.len() {
            let detail = format!(
                "expected as many values and sequence numbers as times, found {} times, {} values and {} sequence numbers",
                at.len(),
                values.len(),
                sequences.len()
            );
            uneven.push(FieldError::new(format!("columns[{place}]"), detail));
            return Ok(());
        }
        let about = About { node, key, kind, metric_type, subtype, unit };
        let mut unchecked = Unchecked {
            about,
            times: Vec::with_capacity(at.len()),
            values: Vec::with_capacity(at.len()),
            sequences: Vec::with_capacity(at.len()),
            lines: Vec::with_capacity(at.len()),
        };
        for (line, ((at, value), sequence)) in (first..).zip(at.into_iter().zip(values).zip(sequences)) {
            match at.0 {
                Ok(at) => {
                    unchecked.times.push(at);
                    unchecked.values.push(value);
                    unchecked.sequences.push(sequence);
                    unchecked.lines.push(line);
                }
                Err(detail) => self.refused.push((line, detail)),
            }
        }
        self.unchecked.push(unchecked);
        Ok(())
    }

    /// The nodes that are named, each at least once.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &NodeRef> {
        self.unchecked.iter().map(|unchecked| &unchecked.about.node)
    }

    /// Checks the values. A metric whose kind is not said has that of its series.
    pub(super) async fn check(
        self,
        organization: OrganizationId,
        known: &KnownNodes,
        observations: &Observations,
    ) -> Result<Taken> {
        let node = |unchecked: &Unchecked| known.id(&unchecked.about.node).ok().flatten();
        let mut unsaid: Vec<(NodeId, MetricKey)> = Vec::new();
        for unchecked in self.unchecked.iter().filter(|unchecked| unchecked.may_be_count()) {
            unsaid.extend(node(unchecked).map(|node| (node, unchecked.about.key.clone())));
        }
        let mut kinds = HashMap::new();
        if !unsaid.is_empty() {
            for series in observations.series_named(organization, &unsaid).await? {
                kinds.insert((series.node, series.metric.key), series.metric.kind);
            }
        }
        let mut taken = Taken { columns: Vec::new(), naming: self.naming, refused: self.refused };
        for unchecked in self.unchecked {
            match known.id(&unchecked.about.node) {
                Ok(Some(node)) => {
                    let kind = kinds.get(&(node, unchecked.about.key.clone())).copied();
                    unchecked.check(node, kind, &mut taken);
                }
                Ok(None) => {
                    let detail = format!("there is no node {}", unchecked.about.node);
                    taken.refused.extend(unchecked.lines.iter().map(|line| (*line, detail.clone())));
                }
                Err(detail) => {
                    taken.refused.extend(unchecked.lines.iter().map(|line| (*line, detail.clone())));
                }
            }
        }
        taken.refused.sort_unstable_by_key(|(line, _)| *line);
        Ok(taken)
    }
}

/// What serde says, without the place in the line, which is always line 1.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    without_types(text.split(" at line ").next().unwrap_or_default())
}

impl Unchecked {
    /// Whether its kind depends on the series that exists.
    fn may_be_count(&self) -> bool {
        let is_number = |value: &SentValue| matches!(value, SentValue::Whole(_) | SentValue::Number(_));
        self.about.kind.is_none() && self.values.iter().any(is_number)
    }

    /// Whether it counts parts, by its type or key.
    fn is_part_count(&self) -> bool {
        is_part_count(&self.about.metric(self.about.key.clone(), Kind::Count))
    }

    fn check(self, node: NodeId, of_series: Option<Kind>, taken: &mut Taken) {
        let guessed = || {
            self.values.iter().find_map(|value| match value {
                SentValue::Text(_) => Some(Kind::State),
                SentValue::Whole(_) | SentValue::Number(_) | SentValue::Vector(_) => Some(Kind::Quantity),
                SentValue::Alarm(_) => Some(Kind::Alarm),
                SentValue::Other(_) => None,
            })
        };
        let guessed = || match guessed() {
            Some(Kind::Quantity) if self.is_part_count() => Some(Kind::Count),
            guessed => guessed,
        };
        let kind = self.about.kind.or(of_series).or_else(guessed).unwrap_or(Kind::Quantity);
        let is_vector = |value: &SentValue| matches!(value, SentValue::Vector(_));
        if kind == Kind::Quantity && self.values.iter().any(is_vector) {
            return self.check_vectors(node, taken);
        }
        let mut checked = Checked::new(kind);
        let mut column = Fitting::default();
        for (n, value) in self.values.iter().enumerate() {
            match checked.add(value) {
                Ok(()) => column.add(&self, n),
                Err(detail) => taken.refused.extend(self.lines.get(n).map(|line| (*line, detail))),
            }
        }
        taken.columns.extend(column.finish(node, self.about.metric(self.about.key.clone(), kind), checked));
    }

    /// Vectors become one quantity for each component.
    fn check_vectors(self, node: NodeId, taken: &mut Taken) {
        for component in Component::ALL {
            let key = match self.about.key.component(component) {
                Ok(key) => key,
                Err(error) => {
                    taken.refused.extend(self.lines.iter().map(|line| (*line, error.to_string())));
                    return;
                }
            };
            let mut checked = Checked::new(Kind::Quantity);
            let mut column = Fitting::default();
            for (n, value) in self.values.iter().enumerate() {
                let added = match value {
                    SentValue::Vector([x, y, z]) => checked.add(&SentValue::Number(match component {
                        Component::X => *x,
                        Component::Y => *y,
                        Component::Z => *z,
                    })),
                    _ => Err("expected three numbers, as in the other values of this metric".to_owned()),
                };
                match added {
                    Ok(()) => column.add(&self, n),
                    Err(detail) if component == Component::X => {
                        taken.refused.extend(self.lines.get(n).map(|line| (*line, detail)));
                    }
                    Err(_) => {}
                }
            }
            taken.columns.extend(column.finish(node, self.about.metric(key, Kind::Quantity), checked));
        }
    }
}

impl About {
    fn metric(&self, key: MetricKey, kind: Kind) -> Metric {
        Metric {
            key,
            kind,
            metric_type: self.metric_type.clone(),
            subtype: self.subtype.clone(),
            unit: self.unit.clone(),
        }
    }
}

/// The observations of a column whose values fit.
#[derive(Default)]
struct Fitting {
    times: Vec<Timestamp>,
    sequences: Vec<Option<i64>>,
    lines: Vec<u32>,
}

impl Fitting {
    fn add(&mut self, from: &Unchecked, place: usize) {
        self.times.extend(from.times.get(place));
        self.sequences.extend(from.sequences.get(place));
        self.lines.extend(from.lines.get(place));
    }

    fn finish(self, node: NodeId, metric: Metric, checked: Checked) -> Option<Column> {
        let Self { times, mut sequences, lines } = self;
        if sequences.iter().all(Option::is_none) {
            sequences = Vec::new();
        }
        let is_empty = times.is_empty();
        let column =
            Column { node, metric, times, values: checked.values, sequences, lines: Lines::Each(lines) };
        (!is_empty).then_some(column)
    }
}

/// Values of one kind.
struct Checked {
    values: Values,
    states: HashMap<Box<str>, u32>,
    alarms: HashMap<(Box<str>, AlarmLevel), u32>,
}

impl Checked {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::State => Values::State { words: Vec::new(), places: Vec::new() },
            Kind::Count => Values::Count(Vec::new()),
            Kind::Quantity => Values::Quantity(Vec::new()),
            Kind::Alarm => Values::Alarm { words: Vec::new(), places: Vec::new() },
        };
        Self { values, states: HashMap::new(), alarms: HashMap::new() }
    }

    /// Adds a value. An error text if it is not of the kind.
    fn add(&mut self, value: &SentValue) -> std::result::Result<(), String> {
        match (&mut self.values, value) {
            (Values::State { words, places }, SentValue::Text(text)) => {
                let place = match self.states.get(text) {
                    Some(place) => *place,
                    None => {
                        let word: Word = text.parse().map_err(|error| format!("value: {error}"))?;
                        let place = number(words.len());
                        words.push(word);
                        self.states.insert(text.clone(), place);
                        place
                    }
                };
                places.push(place);
            }
            (Values::Count(counts), SentValue::Whole(count)) => counts.push(*count),
            (Values::Count(counts), SentValue::Number(count))
                if count.fract() == 0.0 && count.abs() <= EXACT =>
            {
                // Whole and small enough, so nothing is lost.
                counts.push(*count as i64);
            }
            (Values::Quantity(quantities), SentValue::Whole(number)) => {
                quantities.push(quantity(*number as f64)?);
            }
            (Values::Quantity(quantities), SentValue::Number(number)) => quantities.push(quantity(*number)?),
            (Values::Alarm { words, places }, SentValue::Alarm(alarm)) => {
                let name = (alarm.code.clone(), alarm.level);
                let place = match self.alarms.get(&name) {
                    Some(place) => *place,
                    None => {
                        let code: Word = alarm.code.parse().map_err(|error| format!("code: {error}"))?;
                        let place = number(words.len());
                        words.push((code, alarm.level));
                        self.alarms.insert(name, place);
                        place
                    }
                };
                places.push((place, alarm.on));
            }
            (values, value) => return Err(unfitting(values, value)),
        }
        Ok(())
    }
}

fn quantity(number: f64) -> std::result::Result<Quantity, String> {
    Quantity::try_from(number).map_err(|error| error.to_string())
}

fn unfitting(values: &Values, value: &SentValue) -> String {
    let (kind, expected) = match values {
        Values::State { .. } => (Kind::State, "a text"),
        Values::Count(_) => (Kind::Count, "a whole number"),
        Values::Quantity(_) => (Kind::Quantity, "a number"),
        Values::Alarm { .. } => (Kind::Alarm, r#"an object {"code", "level", "on"}"#),
    };
    let found = match value {
        SentValue::Text(_) => "a text",
        SentValue::Whole(_) | SentValue::Number(_) => "another number",
        SentValue::Vector(_) => "three numbers",
        SentValue::Alarm(_) => "an alarm",
        SentValue::Other("null") => {
            return format!("expected {expected}, found null; leave observations without a value out");
        }
        SentValue::Other(found) => found,
    };
    format!("expected {expected}, because the metric is a {kind}; found {found}")
}

impl Taken {
    /// How a request names an observation.
    pub(super) fn name(&self, line: u32) -> String {
        match &self.naming {
            Naming::Lines => format!("line {}", line.saturating_add(1)),
            Naming::Members { rows, .. } if line < *rows => format!("observations[{line}]"),
            Naming::Members { columns, .. } => {
                let column = columns.partition_point(|first| *first <= line).saturating_sub(1);
                let first = columns.get(column).copied().unwrap_or_default();
                format!("columns[{column}].values[{}]", line.saturating_sub(first))
            }
        }
    }
}
