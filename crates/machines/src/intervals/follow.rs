//! The intervals of series, worked out from observations and coverage.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::observations::value::{Value, Word};
use bailiwick_domain::signals;
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::timeline::Timeline;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_store::{Observations, Window};

use crate::days::coverage::Covering;
use crate::days::load::ALARM_SECONDS;
use crate::series::columns::each;
use crate::series::pages::{Follows, Timed, Wanted};

/// How far beyond the window an interval is followed, in seconds: a day.
const FOLLOWED_SECONDS: i64 = 86_400;

/// What an observation of a series says: which of the things that the series is about, and its value from then on;
/// `None` if it has none.
pub(super) type Said<T> = (Word, Option<T>);

/// An interval in which something had one value.
pub(super) struct Interval<T> {
    pub(super) node_id: NodeId,
    pub(super) metric: MetricKey,
    pub(super) value: T,
    pub(super) start_at: Timestamp,
    /// `None` if it still lasts.
    pub(super) end_at: Option<Timestamp>,
    /// Whether it began before `start_at` or ended after `end_at`.
    pub(super) longer: bool,
}

/// Works out the intervals of series of one kind.
pub(super) struct Following<'a, T> {
    covering: Covering<'a>,
    window: Window,
    /// The time in which they are followed.
    followed: Span,
    kind: Kind,
    /// What an observation says; `None` if it is of another kind.
    said: fn(Value) -> Option<Said<T>>,
    /// When there was data of the nodes that were read last.
    covered: HashMap<NodeId, Vec<Span>>,
}

impl<'a, T> Following<'a, T> {
    pub(super) fn new(
        cx: &Cx,
        observations: &'a Observations,
        window: Window,
        kind: Kind,
        said: fn(Value) -> Option<Said<T>>,
    ) -> Result<Self> {
        let (now, organization) = (cx.now(), cx.organization_reach()?.organization);
        let end = window.until.plus_seconds(FOLLOWED_SECONDS).min(now);
        let followed = Span::new(window.from.plus_seconds(-FOLLOWED_SECONDS), end);
        let covering = Covering { observations, organization, now };
        Ok(Self { covering, window, followed, kind, said, covered: HashMap::new() })
    }

    /// An interval of a series.
    fn interval(&self, series: &Series, span: Span, value: T) -> Interval<T> {
        let lasts = span.end() == self.covering.now;
        let is_cut = span.start() == self.followed.start() || span.end() == self.followed.end() && !lasts;
        Interval {
            node_id: series.node,
            metric: series.metric.key.clone(),
            value,
            start_at: span.start(),
            end_at: (!lasts).then_some(span.end()),
            longer: is_cut,
        }
    }

    /// Reads when there was data of the nodes of series, as far as that is not known.
    async fn cover(&mut self, series: &[Series]) -> Result<()> {
        let mut nodes: BTreeSet<NodeId> = series.iter().map(|series| series.node).collect();
        self.covered.retain(|node, _| nodes.contains(node));
        nodes.retain(|node| !self.covered.contains_key(node));
        if !nodes.is_empty() {
            let nodes: Vec<NodeId> = nodes.into_iter().collect();
            self.covered.extend(self.covering.of(&nodes, self.followed).await?);
        }
        Ok(())
    }
}

/// The first intervals of a series.
struct First<T> {
    /// Whether an interval is wanted.
    wanted: Wanted,
    /// Their times, what they are about, and their values.
    found: Vec<(Span, Word, T)>,
}

impl<T> First<T> {
    fn push(&mut self, span: Span, about: &Word, value: T) {
        self.found.push((span, about.clone(), value));
        if self.found.len() > self.wanted.most.saturating_mul(2) {
            self.sort();
        }
    }

    /// Sorts them, and leaves out those that are not wanted.
    fn sort(&mut self) {
        self.found.sort_by(|one, other| (one.0.start(), &one.1).cmp(&(other.0.start(), &other.1)));
        self.found.truncate(self.wanted.most);
    }
}

impl<T: Clone + PartialEq + Send> Follows for Following<'_, T> {
    type Item = Interval<T>;

    async fn items(&mut self, series: &[Series], wanted: Wanted) -> Result<Vec<Timed<Interval<T>>>> {
        self.cover(series).await?;
        let Self { covering, window, followed, kind, said, covered } = &*self;
        let (said, start) = (*said, followed.start());
        let mut firsts: Vec<First<T>> = Vec::new();
        firsts.resize_with(series.len(), || First { wanted, found: Vec::new() });
        let mut timelines: Vec<BTreeMap<Word, Timeline<'_, T>>> = vec![BTreeMap::new(); series.len()];
        let places = series.iter().enumerate();
        let places: HashMap<(NodeId, &MetricKey), usize> =
            places.map(|(place, series)| ((series.node, &series.metric.key), place)).collect();
        let window = *window;
        let is_wanted = |place, span: Span| {
            span.start() < window.until && span.end() > window.from && wanted.has(place, span.start())
        };
        let mut hear = |node: NodeId, metric: &MetricKey, at: Timestamp, value: Value| {
            let place = places.get(&(node, metric)).copied();
            let (Some(place), Some((about, value))) = (place, said(value)) else { return };
            let (Some(lines), Some(first)) = (timelines.get_mut(place), firsts.get_mut(place)) else {
                return;
            };
            let covered = covered.get(&node).map(Vec::as_slice).unwrap_or_default();
            let line = lines.entry(about.clone()).or_insert_with(|| Timeline::new(covered));
            line.set(at, value, |span, value| {
                if is_wanted(place, span) {
                    first.push(span, &about, value);
                }
            });
        };
        // What holds at the beginning: the last state, and the alarms that are on.
        let from = match kind {
            Kind::Alarm => start.plus_seconds(-ALARM_SECONDS),
            _ => {
                for last in covering.observations.before(series, start).await? {
                    hear(last.series.node, &last.series.metric.key, last.at, last.value);
                }
                start
            }
        };
        let until = followed.end();
        if from < until {
            each(covering.observations, series, Window { from, until }, |column| {
                for (place, at) in column.times.iter().enumerate() {
                    let Some(value) = column.values.get(place) else { continue };
                    hear(column.node, &column.metric.key, *at, value);
                }
            })
            .await?;
        }
        for (place, (lines, first)) in timelines.into_iter().zip(&mut firsts).enumerate() {
            for (about, line) in lines {
                line.finish(until, |span, value| {
                    if is_wanted(place, span) {
                        first.push(span, &about, value);
                    }
                });
            }
            first.sort();
        }
        let of_series = |(series, first): (&Series, First<T>)| {
            let found = first.found.into_iter();
            found.map(|(span, _, value)| (span.start(), self.interval(series, span, value))).collect()
        };
        Ok(series.iter().zip(firsts).map(of_series).collect())
    }
}

/// Leaves out series that say nothing about machines.
pub(super) fn of_machines(mut series: Vec<Series>) -> Vec<Series> {
    series.retain(|series| signals::is_of_machine(&series.metric.key));
    series
}
