//! Points: the values of the two or three metrics of a position at one time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::id::NodeId;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::{Component, MetricKey};
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::observations::value::Value;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::{Observations, SeriesFilter, Window};

use crate::chosen;
use crate::metric_keys::MetricKeys;
use crate::series::columns::each;
use crate::series::pages::{Follows, Timed, Wanted};

/// The fewest metrics of a position. A lathe has no `y`.
const AXES_MIN: usize = 2;

/// A position of a node at a time.
pub(super) struct Point {
    pub(super) node_id: NodeId,
    /// The key of the position.
    pub(super) metric: MetricKey,
    pub(super) at: Timestamp,
    /// The values of `x`, `y` and `z`.
    pub(super) axes: [Option<f64>; 3],
}

/// The positions of nodes, with the series of their metrics.
type Positions = BTreeMap<(NodeId, MetricKey), Vec<Series>>;

/// The positions that these series are metrics of.
fn positions_of(series: Vec<Series>) -> Positions {
    let mut positions = Positions::new();
    for series in series {
        if let Some((key, _)) = series.metric.key.of_vector() {
            positions.entry((series.node, key)).or_default().push(series);
        }
    }
    positions.retain(|_, series| series.len() >= AXES_MIN);
    positions
}

/// Reads the points of positions.
pub(super) struct Points<'a> {
    observations: &'a Observations,
    window: Window,
    positions: Positions,
}

impl<'a> Points<'a> {
    /// The points of these positions of these nodes. A position that none of the nodes has is an error, which names
    /// positions that they have.
    pub(super) async fn new(
        observations: &'a Observations,
        reach: &OrganizationReach,
        window: Window,
        nodes: Option<Vec<NodeId>>,
        keys: Option<MetricKeys>,
    ) -> Result<Self> {
        let mut filter = SeriesFilter { nodes, metrics: None, kind: Some(Kind::Quantity) };
        let keys = keys.map(|MetricKeys(keys)| keys);
        // A key that is too long for a component belongs to no position.
        let components = |key: &MetricKey| Component::ALL.map(|component| key.component(component));
        filter.metrics = keys.as_ref().map(|keys| keys.iter().flat_map(components).flatten().collect());
        let positions = positions_of(chosen::matching(observations, reach, &filter).await?);
        let has = |key: &MetricKey| positions.keys().any(|(_, found)| found == key);
        if let Some(missing) = keys.iter().flatten().find(|key| !has(key)) {
            filter.metrics = None;
            let some = observations.series(reach.organization, &filter, None, chosen::KNOWN_SERIES).await?;
            let known: BTreeSet<MetricKey> = positions_of(some).into_keys().map(|(_, key)| key).collect();
            // Nodes without any position are no mistake.
            if !known.is_empty() {
                let known: Vec<&str> =
                    known.iter().take(chosen::KNOWN_SHOWN).map(MetricKey::as_str).collect();
                let known = known.join(", ");
                let detail = format!("no node here has a position {missing}; they have: {known}");
                return Err(Error::invalid("metrics", detail));
            }
        }
        Ok(Self { observations, window, positions })
    }

    /// The positions in the form of series, whose keys are those of the positions.
    pub(super) fn as_series(&self) -> Vec<Series> {
        let position = |((_, key), series): (&(NodeId, MetricKey), &Vec<Series>)| {
            let mut position = series.first()?.clone();
            position.metric.key = key.clone();
            Some(position)
        };
        self.positions.iter().filter_map(position).collect()
    }
}

impl Follows for Points<'_> {
    type Item = Point;

    async fn items(&mut self, positions: &[Series], wanted: Wanted) -> Result<Vec<Timed<Point>>> {
        let mut series = Vec::new();
        let mut places = HashMap::new();
        for (place, position) in positions.iter().enumerate() {
            let key = (position.node, position.metric.key.clone());
            series.extend(self.positions.get(&key).into_iter().flatten().cloned());
            places.insert(key, place);
        }
        let mut found: Vec<BTreeMap<Timestamp, [Option<f64>; 3]>> = vec![BTreeMap::new(); positions.len()];
        each(self.observations, &series, self.window, |column| {
            let Some((key, component)) = column.metric.key.of_vector() else { return };
            let place = places.get(&(column.node, key)).copied();
            let Some((place, points)) = place.and_then(|place| Some((place, found.get_mut(place)?))) else {
                return;
            };
            for (n, at) in column.times.iter().copied().enumerate() {
                let Some(Value::Quantity(quantity)) = column.values.get(n) else { continue };
                if !wanted.has(place, at) {
                    continue;
                }
                if points.len() >= wanted.most && points.last_key_value().is_some_and(|(last, _)| at > *last)
                {
                    break;
                }
                let [x, y, z] = points.entry(at).or_default();
                let axis = match component {
                    Component::X => x,
                    Component::Y => y,
                    Component::Z => z,
                };
                *axis = Some(quantity.get());
                if points.len() > wanted.most {
                    points.pop_last();
                }
            }
        })
        .await?;
        let of_position = |(position, points): (&Series, BTreeMap<Timestamp, [Option<f64>; 3]>)| {
            let point = |(at, axes)| {
                let metric = position.metric.key.clone();
                (at, Point { node_id: position.node, metric, at, axes })
            };
            points.into_iter().map(point).collect()
        };
        Ok(positions.iter().zip(found).map(of_position).collect())
    }
}
