//! Days of many nodes that are not read from cells, because the cells or the sums are not up to date.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::id::NodeId;
use bailiwick_engine::error::Result;
use bailiwick_store::{DirtyRange, Observations, Store, StoredDay, long_work};

use super::plan::{AskedDays, Plan, Wanted};
use super::stored::decode;
use super::summed::{Batch, Budget};
use super::takes::Takes;

/// Days of a node that are not read from cells, by their places in the plan; for each such node.
pub(super) type Apart = HashMap<usize, BTreeSet<usize>>;

/// Nodes of one plan with days whose cells, or whose sums, are not up to date.
pub(super) struct Others<'a> {
    pub(super) store: &'a Store,
    pub(super) observations: &'a Observations,
    pub(super) asked: &'a AskedDays<'a>,
    pub(super) plan: &'a Plan,
    /// The nodes, with their places among those that are asked for.
    pub(super) nodes: Vec<(usize, NodeId)>,
    pub(super) ranges: &'a HashMap<NodeId, Vec<DirtyRange>>,
    pub(super) changes: &'a HashMap<NodeId, BTreeSet<i64>>,
}

impl Others<'_> {
    /// The places of a node's days that are outdated, and of those whose cells are.
    fn days(&self, id: NodeId) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let ranges = self.ranges.get(&id).map(Vec::as_slice).unwrap_or_default();
        let changes = self.changes.get(&id);
        let is_dirty = |day: &Wanted| {
            let (start, end) = (day.day.span.start().as_micros(), day.day.span.end().as_micros());
            ranges.iter().any(|range| range.first_at < end && range.last_at >= start)
        };
        let is_changed = |day: &Wanted| changes.is_some_and(|changes| changes.contains(&day.number()));
        let places = |is: &dyn Fn(&Wanted) -> bool| {
            let days = self.plan.days.iter().enumerate();
            days.filter(|(_, day)| is(day)).map(|(place, _)| place).collect::<BTreeSet<usize>>()
        };
        (places(&is_dirty), places(&is_changed))
    }

    /// Gives these days to `take`, and notes them in `apart`. Those whose sums are up to date are added to `folded`. Returns
    /// how many are outdated and were not summed.
    pub(super) async fn run(
        &self,
        budget: &mut Budget,
        take: &mut impl Takes,
        apart: &mut Apart,
        folded: &mut Vec<(usize, i64)>,
    ) -> Result<u64> {
        let Self { store, observations, asked, plan, ranges, .. } = *self;
        let mut wanted: Vec<(usize, NodeId, BTreeSet<usize>, BTreeSet<usize>)> = Vec::new();
        let mut pairs = Vec::new();
        for (node, id) in &self.nodes {
            let (dirty, changed) = self.days(*id);
            let all = dirty.union(&changed).filter_map(|place| plan.days.get(*place));
            pairs.extend(all.map(|day| (*id, day.number())));
            wanted.push((*node, *id, dirty, changed));
        }
        if pairs.is_empty() {
            return Ok(0);
        }
        let stored = observations.some_days(asked.organization, &pairs).await?;
        let stored: HashMap<(NodeId, i64), StoredDay> =
            stored.into_iter().map(|day| ((day.node, day.day), day)).collect();
        // The nodes whose days have to be summed, by which days these are.
        let mut todo: BTreeMap<Vec<usize>, Vec<NodeId>> = BTreeMap::new();
        let mut outdated = 0_u64;
        for (node, id, dirty, changed) in &wanted {
            let is_partial = |place: &usize| {
                let day = plan.days.get(*place);
                let known = day.and_then(|day| stored.get(&(*id, day.number())));
                // Sums of a day that was not over then are sums of a part of it.
                known.zip(day).is_some_and(|(known, day)| known.known_until < day.day.span.end())
            };
            let (partial, current): (Vec<usize>, Vec<usize>) =
                changed.difference(dirty).copied().partition(is_partial);
            let current = current.iter().filter_map(|place| plan.days.get(*place));
            folded.extend(current.map(|day| (*node, day.number())));
            let mut places: Vec<usize> = dirty.iter().copied().chain(partial).collect();
            places.sort_unstable();
            outdated = outdated.saturating_add(budget.take(plan, &mut places));
            if !places.is_empty() {
                todo.entry(places).or_default().push(*id);
            }
        }
        let batch = Batch { store, observations, asked, plan, ranges };
        let (mut summed, more) = batch.sum_all(&todo, budget).await?;
        outdated = outdated.saturating_add(more);
        long_work(|| {
            for (node, id, dirty, changed) in wanted {
                let places: BTreeSet<usize> = dirty.union(&changed).copied().collect();
                for place in &places {
                    let Some(wanted) = plan.days.get(*place) else { continue };
                    let days = match summed.remove(&(id, *place)) {
                        Some(days) => days,
                        None => match stored.get(&(id, wanted.number())).and_then(|day| decode(&day.body)) {
                            Some(day) => vec![day],
                            None => plan.without_data.get(*place).cloned().unwrap_or_default(),
                        },
                    };
                    for day in &days {
                        take.day(id, &plan.calendar, &wanted.day, day);
                    }
                }
                apart.entry(node).or_default().extend(places);
            }
        });
        Ok(outdated)
    }
}
