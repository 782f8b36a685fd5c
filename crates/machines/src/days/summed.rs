//! The sums of production days of nodes, brought up to date before they are read.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::calendar::{Calendar, ProductionDay};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::slices::NodeDay;
use bailiwick_domain::span::Span;
use bailiwick_engine::error::Result;
use bailiwick_store::{DirtyRange, Observations, Store, StoredDay, long_work};

use super::load::Loading;
use super::plan::{AskedDays, AskedNode, Part, Plan, Wanted, plan, sums};
use super::stored::{decode, encode};

/// The most node-days that are summed for one request. If more are outdated, the answer says how many.
const SUMMED_MAX: usize = 2_000;
/// How many nodes are read together.
const NODES_AT_ONCE: usize = 256;
/// How many nodes are summed together.
const SUMMED_AT_ONCE: usize = 32;
/// How many days of a node are summed together. The effort for each day grows with the history that is read.
const DAYS_TOGETHER: usize = 8;

/// How many more node-days may be summed for a request.
pub(crate) struct Left(usize);

impl Left {
    /// As many as for one request.
    pub(crate) const fn all() -> Self {
        Self(SUMMED_MAX)
    }

    /// Takes as many of these days as are left. Returns how many there were more.
    pub(super) fn take(&mut self, days: &mut Vec<usize>) -> u64 {
        let more = days.len().saturating_sub(self.0);
        days.truncate(self.0);
        self.0 -= days.len();
        more as u64
    }
}

/// Sums days of nodes, and gives each to `take`, node by node, in the order of dates. Days whose sums are outdated are
/// summed anew first, at most 2,000. Returns how many others are outdated: they were left out if they were never
/// summed.
pub(crate) async fn each_day(
    store: &Store,
    observations: &Observations,
    asked: &AskedDays<'_>,
    nodes: &[AskedNode],
    left: &mut Left,
    mut take: impl FnMut(NodeId, &Calendar, &ProductionDay, &NodeDay),
) -> Result<u64> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut outdated = 0_u64;
    for nodes in nodes.chunks(NODES_AT_ONCE) {
        let mut of_plan: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
        for node in nodes {
            let place = plan(&mut plans, asked, &node.calendar);
            of_plan.entry(place).or_default().push(node.node);
        }
        for (place, ids) in of_plan {
            let Some(plan) = plans.get(place) else { continue };
            let (Some(first), Some(last)) = (plan.days.first(), plan.days.last()) else { continue };
            let asked_for = (first.day.span.start().as_micros(), last.day.span.end().as_micros());
            let mut by_node: HashMap<NodeId, Vec<DirtyRange>> = HashMap::new();
            for range in observations.dirty_within(asked.organization, &ids, asked_for).await? {
                by_node.entry(range.node).or_default().push(range);
            }
            let batch = Batch { store, observations, asked, plan, ranges: &by_node };
            outdated = outdated.saturating_add(batch.run(&ids, left, &mut take).await?);
        }
    }
    Ok(outdated)
}

/// Nodes of one calendar whose days are read, or summed, together.
pub(super) struct Batch<'a> {
    pub(super) store: &'a Store,
    pub(super) observations: &'a Observations,
    pub(super) asked: &'a AskedDays<'a>,
    pub(super) plan: &'a Plan,
    pub(super) ranges: &'a HashMap<NodeId, Vec<DirtyRange>>,
}

/// The sums of a node's days, by the places of the days in the plan.
pub(super) type DaySums = HashMap<(NodeId, usize), Vec<NodeDay>>;

impl Batch<'_> {
    async fn run(
        &self,
        ids: &[NodeId],
        left: &mut Left,
        take: &mut impl FnMut(NodeId, &Calendar, &ProductionDay, &NodeDay),
    ) -> Result<u64> {
        let (Some(first), Some(last)) = (self.plan.days.first(), self.plan.days.last()) else { return Ok(0) };
        let stored =
            self.observations.days(self.asked.organization, ids, first.number(), last.number()).await?;
        let mut by_day: HashMap<(NodeId, i64), StoredDay> =
            stored.into_iter().map(|day| ((day.node, day.day), day)).collect();
        // The nodes whose days have to be summed, by which days these are.
        let mut todo: BTreeMap<Vec<usize>, Vec<NodeId>> = BTreeMap::new();
        let mut outdated = 0_u64;
        for id in ids {
            let mut places: Vec<usize> = self.outdated(*id, &by_day);
            outdated = outdated.saturating_add(left.take(&mut places));
            if !places.is_empty() {
                todo.entry(places).or_default().push(*id);
            }
        }
        let mut summed = self.sum_all(&todo).await?;
        long_work(|| {
            for id in ids {
                for (place, wanted) in self.plan.days.iter().enumerate() {
                    let days = match summed.remove(&(*id, place)) {
                        Some(days) => days,
                        None => {
                            match by_day.remove(&(*id, wanted.number())).and_then(|day| decode(&day.body)) {
                                Some(day) => vec![day],
                                None => self.plan.without_data.get(place).cloned().unwrap_or_default(),
                            }
                        }
                    };
                    for day in &days {
                        take(*id, &self.plan.calendar, &wanted.day, day);
                    }
                }
            }
        });
        Ok(outdated)
    }

    /// Sums days of nodes, given as the nodes that have the same days, and stores them.
    pub(super) async fn sum_all(&self, todo: &BTreeMap<Vec<usize>, Vec<NodeId>>) -> Result<DaySums> {
        let mut summed = DaySums::new();
        for (places, ids) in todo {
            for places in places.chunks(DAYS_TOGETHER) {
                for ids in ids.chunks(SUMMED_AT_ONCE) {
                    self.sum(places, ids, &mut summed).await?;
                }
            }
        }
        Ok(summed)
    }

    /// The places of a node's days that have to be summed.
    fn outdated(&self, id: NodeId, stored: &HashMap<(NodeId, i64), StoredDay>) -> Vec<usize> {
        let ranges = self.ranges.get(&id).map(Vec::as_slice).unwrap_or_default();
        let is_outdated = |wanted: &Wanted| {
            let span = wanted.day.span;
            let (start, end) = (span.start().as_micros(), span.end().as_micros());
            let is_dirty = ranges.iter().any(|range| range.first_at < end && range.last_at >= start);
            let stored = stored.get(&(id, wanted.number()));
            // Sums of a day that was not over then are sums of a part of it.
            let is_partial = stored.is_some_and(|stored| stored.known_until < span.end());
            // What is divided otherwise than the stored sums is summed whenever there is anything to sum.
            let is_special = self.asked.is_hourly || matches!(wanted.part, Part::Window(_));
            is_dirty || is_partial || is_special && stored.is_some()
        };
        let places = self.plan.days.iter().enumerate();
        places.filter(|(_, wanted)| is_outdated(wanted)).map(|(place, _)| place).collect()
    }

    /// Sums days of nodes, and stores them.
    async fn sum(&self, places: &[usize], ids: &[NodeId], summed: &mut DaySums) -> Result<()> {
        let Self { store, observations, asked, plan, .. } = self;
        let days: Vec<(usize, &Wanted)> =
            places.iter().filter_map(|place| Some((*place, plan.days.get(*place)?))).collect();
        let (Some((_, first)), Some((_, last))) = (days.first(), days.last()) else { return Ok(()) };
        let span = Span::new(first.day.span.start(), last.day.span.end());
        let of = Loading { store, observations, organization: asked.organization, span, now: asked.now };
        let histories = of.histories(ids).await?;
        let mut rows = Vec::new();
        long_work(|| {
            for (node, history) in &histories {
                for (place, wanted) in &days {
                    let is_special = asked.is_hourly || matches!(wanted.part, Part::Window(_));
                    let whole = Wanted { day: wanted.day.clone(), part: Part::Whole };
                    let all = sums(&plan.calendar, &whole, history, false);
                    let body = all.first().and_then(encode);
                    rows.extend(body.map(|body| StoredDay {
                        node: *node,
                        day: wanted.number(),
                        known_until: asked.now,
                        body,
                    }));
                    let asked_for =
                        if is_special { sums(&plan.calendar, wanted, history, asked.is_hourly) } else { all };
                    summed.insert((*node, *place), asked_for);
                }
            }
        });
        // Only what was summed is up to date again: days that follow each other together.
        for days in days.chunk_by(|(one, _), (next, _)| one + 1 == *next) {
            let (Some((_, first)), Some((_, last))) = (days.first(), days.last()) else { continue };
            let (start, end) = (first.day.span.start().as_micros(), last.day.span.end().as_micros());
            let ranges: Vec<DirtyRange> = ids
                .iter()
                .flat_map(|id| self.ranges.get(id).map(Vec::as_slice).unwrap_or_default())
                .filter(|range| range.first_at < end && range.last_at >= start)
                .copied()
                .collect();
            let numbers = [first, last].map(|day| day.number());
            let is_of = |row: &&StoredDay| (numbers[0]..=numbers[1]).contains(&row.day);
            let rows: Vec<StoredDay> = rows.iter().filter(is_of).cloned().collect();
            observations.settle_days(asked.organization, rows, &ranges, (start, end), asked.now).await?;
        }
        Ok(())
    }
}
