//! What is known of nodes for a time, read from the database.

use std::collections::HashMap;

use bailiwick_domain::coverage::{STALE_AFTER_MICROS, covered};
use bailiwick_domain::history::{History, SortedHistory};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::column::{Column, Columns};
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::observation::Observation;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::signals::{self, Signal};
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::meaning::Meaning;
use bailiwick_store::{Observations, ReadError, SeriesFilter, Store, Window};

use super::coverage::{Covering, SAMPLES_TOGETHER, SERIES_MAX};

/// The most observations that are read of one node.
const SAMPLES_MAX: u64 = 50_000_000;
/// How far before a time the last reading of a counter is looked for, in seconds: 40 days. A rise across a longer
/// time cannot be told from one across a time without data.
const COUNTER_SECONDS: i64 = 40 * 86_400;
/// How far before a time alarms are looked for, in seconds: 90 days. An alarm that lasts longer is forgotten unless it
/// is reported again.
pub(crate) const ALARM_SECONDS: i64 = 90 * 86_400;

/// What is read of nodes.
pub(crate) struct Loading<'a> {
    pub(crate) store: &'a Store,
    pub(crate) observations: &'a Observations,
    pub(crate) organization: OrganizationId,
    /// The time for which any window can be summed.
    pub(crate) span: Span,
    /// Up to when it is known what happened.
    pub(crate) now: Timestamp,
    /// Whether parts are counted.
    pub(crate) with_parts: bool,
}

/// What was observed of a node.
struct Observed {
    node: NodeId,
    history: History,
    heard_at: Option<Timestamp>,
}

/// What is known of a node.
pub(crate) struct Loaded {
    /// The history, with what is said about the node.
    pub(crate) history: SortedHistory,
    /// When the machine was last heard until now; `None` if never.
    pub(crate) heard_at: Option<Timestamp>,
}

impl Loading<'_> {
    /// The histories of nodes.
    pub(super) async fn histories(&self, nodes: &[NodeId]) -> Result<HashMap<NodeId, SortedHistory>> {
        let loaded = self.nodes(nodes).await?;
        Ok(loaded.into_iter().map(|(node, loaded)| (node, loaded.history)).collect())
    }

    /// What is known of nodes.
    pub(crate) async fn nodes(&self, nodes: &[NodeId]) -> Result<HashMap<NodeId, Loaded>> {
        let mut meanings = self.store.meaning(self.organization).of_nodes(nodes, self.span).await?;
        let mut found = HashMap::new();
        let mut waiting = vec![nodes];
        while let Some(nodes) = waiting.pop() {
            let most = if nodes.len() > 1 { SAMPLES_TOGETHER } else { SAMPLES_MAX };
            match self.observed(nodes, most).await {
                Ok(observed) => {
                    for Observed { node, mut history, heard_at } in observed {
                        let Meaning { runs, operators, annotations, rejects, corrections } =
                            meanings.remove(&node).unwrap_or_default();
                        history.runs = runs;
                        history.operators = operators;
                        history.annotations = annotations;
                        history.rejects = rejects;
                        history.corrections = corrections;
                        found.insert(node, Loaded { history: history.sorted(), heard_at });
                    }
                }
                Err(ReadError::TooManySamples { .. }) if nodes.len() > 1 => {
                    let (one, other) = nodes.split_at(nodes.len() / 2);
                    waiting.extend([one, other]);
                }
                Err(error @ ReadError::TooManySamples { .. }) => {
                    return Err(Error::invalid("", error.to_string()));
                }
                Err(ReadError::Store(error)) => return Err(error.into()),
            }
        }
        Ok(found)
    }

    /// The alarms of nodes until now, in the order of time for each metric. Those of long ago are left out.
    pub(crate) async fn alarms(&self, nodes: &[NodeId]) -> Result<Vec<Column>> {
        let Self { observations, organization, now, .. } = *self;
        let kind = Some(Kind::Alarm);
        let filter = SeriesFilter { nodes: Some(nodes.to_vec()), kind, ..SeriesFilter::default() };
        let mut series = observations.series(organization, &filter, None, SERIES_MAX).await?;
        series.retain(|series| signals::is_of_machine(&series.metric.key));
        let until = Timestamp::from_micros(now.as_micros().saturating_add(1));
        let window = Window { from: now.plus_seconds(-ALARM_SECONDS), until };
        let mut columns = HashMap::new();
        match read(observations, series, window, SAMPLES_TOGETHER, &mut columns).await {
            Ok(()) => Ok(columns.into_values().flatten().collect()),
            Err(error @ ReadError::TooManySamples { .. }) => Err(Error::invalid("", error.to_string())),
            Err(ReadError::Store(error)) => Err(error.into()),
        }
    }

    /// What was observed of nodes.
    async fn observed(&self, nodes: &[NodeId], most: u64) -> Result<Vec<Observed>, ReadError> {
        let Self { observations, organization, span, now, .. } = *self;
        let covering = Covering { observations, organization, now };
        let series = covering.series(nodes, most).await?;
        let silences = observations.silence(&nodes.iter().copied().collect()).await?;
        let silence = |node: &NodeId| silences.get(node).copied().unwrap_or(STALE_AFTER_MICROS);
        let longest = nodes.iter().map(silence).max().unwrap_or(STALE_AFTER_MICROS);
        let mut columns: HashMap<NodeId, Vec<Column>> = HashMap::new();

        // What still holds at the beginning. Of all other series, only the times count.
        let holds = |series: &Series| Signal::of(&series.metric).is_some_and(|of| of != Signal::Quantity);
        let (holding, others): (Vec<Series>, Vec<Series>) = series.iter().cloned().partition(holds);
        let mut heard: HashMap<NodeId, Vec<Timestamp>> = HashMap::new();
        let mut held = Columns::default();
        let mut earlier: HashMap<NodeId, Timestamp> = HashMap::new();
        for last in observations.before(&holding, span.start()).await? {
            let Series { node, metric, .. } = last.series;
            if self.with_parts && Signal::of(&metric) == Some(Signal::PartCount) {
                let known = earlier.entry(node).or_insert(last.at);
                *known = last.at.min(*known);
            }
            let observation = Observation { node, metric, at: last.at, value: last.value, sequence: None };
            // Its value is of its kind, because both were stored.
            let _ = held.add(0, observation);
        }
        for column in held.finish() {
            columns.entry(column.node).or_default().push(column);
        }
        let is_alarm = |series: &&Series| Signal::of(&series.metric) == Some(Signal::Alarm);
        let alarms: Vec<Series> = series.iter().filter(is_alarm).cloned().collect();
        let before = |seconds: i64| Window { from: span.start().plus_seconds(-seconds), until: span.start() };
        read(observations, alarms, before(ALARM_SECONDS), most, &mut columns).await?;
        // When there was data since the last reading of a counter decides when its parts were made.
        for (node, at) in earlier {
            let window = Window { from: at.max(before(COUNTER_SECONDS).from), until: span.start() };
            let of_node = |all: &[Series]| -> Vec<Series> {
                all.iter().filter(|series| series.node == node).cloned().collect()
            };
            read(observations, of_node(&holding), window, most, &mut columns).await?;
            hear(observations, &of_node(&others), window, most, &mut heard).await?;
        }
        let end = Timestamp::from_micros(span.end().as_micros().saturating_add(longest).saturating_add(1));
        read(observations, holding, Window { from: span.start(), until: end }, most, &mut columns).await?;
        // An earlier contact decides about data only as long as the source may be silent.
        let from = Timestamp::from_micros(span.start().as_micros().saturating_sub(longest));
        hear(observations, &others, Window { from, until: end }, most, &mut heard).await?;

        let window = Window { from: before(COUNTER_SECONDS).from, until: end };
        let mut reports = covering.reports(nodes, window).await?;
        let history = |node: &NodeId| {
            let columns = columns.remove(node).unwrap_or_default();
            let reports = reports.remove(node).unwrap_or_default();
            let (mut history, _) = signals::history(&columns, now);
            history.quantities.clear();
            let others = heard.remove(node).unwrap_or_default();
            let heard = || signals::heard(&columns).chain(others.iter().copied());
            history.covered = covered(&reports, heard(), silence(node), now);
            let heard_at = heard().filter(|at| *at <= now).max();
            Observed { node: *node, history, heard_at }
        };
        Ok(nodes.iter().map(history).collect())
    }
}

/// Adds the times of the observations of series in a window to those of their nodes.
async fn hear(
    observations: &Observations,
    series: &[Series],
    window: Window,
    most: u64,
    into: &mut HashMap<NodeId, Vec<Timestamp>>,
) -> Result<(), ReadError> {
    if series.is_empty() || window.from >= window.until {
        return Ok(());
    }
    for (node, mut times) in observations.times(series, window, most).await? {
        into.entry(node).or_default().append(&mut times);
    }
    Ok(())
}

/// Adds the observations of series in a window to those of their nodes.
async fn read(
    observations: &Observations,
    series: Vec<Series>,
    window: Window,
    most: u64,
    into: &mut HashMap<NodeId, Vec<Column>>,
) -> Result<(), ReadError> {
    if series.is_empty() || window.from >= window.until {
        return Ok(());
    }
    let mut samples = observations.samples(series, window, most).await?;
    while let Some(column) = samples.next_page().await? {
        into.entry(column.node).or_default().push(column);
    }
    Ok(())
}
