//! The sums of production days of nodes, brought up to date before they are read.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bailiwick_domain::calendar::{Calendar, ProductionDay};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::slices::NodeDay;
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::computing::Pace;
use bailiwick_engine::error::Result;
use bailiwick_store::{DirtyRange, Observations, Settling, Store, StoredDay, long_work};

use tokio::time::Instant;

use super::calendars::still_with;
use super::load::Loading;
use super::plan::{AskedDays, AskedNode, Part, Plan, Wanted, plan, sums};
use super::stored::{decode, encode};

/// The most node-days that are summed for one request. If more are outdated, the answer says how many.
const SUMMED_MAX: usize = 2_000;
/// How many nodes are read together.
const NODES_AT_ONCE: usize = 256;
/// The most nodes that are summed together.
const SUMMED_AT_ONCE: usize = 32;
/// How long days are summed for one request.
const SUMMED_FOR: Duration = Duration::from_secs(5);
/// How long days that are summed together should take: their sums are stored together.
const TOGETHER: Duration = Duration::from_millis(250);
/// How many days of a node are summed together. The effort for each day grows with the history that is read.
const DAYS_TOGETHER: usize = 8;

/// How much may be summed for a request.
pub(crate) struct Budget {
    /// So many days of nodes more.
    days: usize,
    /// Until this time.
    until: Instant,
    /// So many nodes together.
    together: usize,
    /// Only days that begin at this time or later: observations before it were deleted.
    since: Option<Timestamp>,
}

impl Budget {
    /// As much as for one request of an organization.
    pub(crate) async fn of_request(
        observations: &Observations,
        organization: OrganizationId,
    ) -> Result<Self> {
        Ok(Self { since: observations.deleted_before(organization).await?, ..Self::with_all() })
    }

    fn with_all() -> Self {
        Self { days: SUMMED_MAX, until: Instant::now() + SUMMED_FOR, together: 1, since: None }
    }

    /// Takes as many of these days of a plan as are left, apart from those whose observations may be deleted. Returns
    /// how many there were more.
    pub(super) fn take(&mut self, plan: &Plan, days: &mut Vec<usize>) -> u64 {
        let all = days.len();
        if let Some(since) = self.since {
            days.retain(|place| plan.days.get(*place).is_some_and(|day| day.day.span.start() >= since));
        }
        let more = all - days.len().min(self.days);
        days.truncate(self.days);
        self.days -= days.len();
        more as u64
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Adapts how many nodes are summed together to how long the last ones took.
    fn took(&mut self, time: Duration) {
        self.together = match self.together {
            nodes if time > TOGETHER * 2 => (nodes / 2).max(1),
            nodes if time < TOGETHER => (nodes * 2).min(SUMMED_AT_ONCE),
            nodes => nodes,
        };
    }
}

/// Sums days of nodes, and gives each to `take`, node by node, in the order of dates. An error of `take` ends it. Days whose sums are outdated are
/// summed anew first: at most 2,000, and for at most five seconds. Returns how many others are outdated: they were left
/// out if they were never summed.
pub(crate) async fn each_day(
    store: &Store,
    observations: &Observations,
    asked: &AskedDays<'_>,
    nodes: &[AskedNode],
    budget: &mut Budget,
    mut take: impl FnMut(NodeId, &Calendar, &ProductionDay, &NodeDay) -> Result<()>,
) -> Result<u64> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut outdated = 0_u64;
    for nodes in nodes.chunks(NODES_AT_ONCE) {
        let mut of_plan: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
        for node in nodes {
            let place = plan(&mut plans, asked, &node.calendar).await;
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
            outdated = outdated.saturating_add(batch.run(&ids, budget, &mut take).await?);
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
        budget: &mut Budget,
        take: &mut impl FnMut(NodeId, &Calendar, &ProductionDay, &NodeDay) -> Result<()>,
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
            outdated = outdated.saturating_add(budget.take(self.plan, &mut places));
            if !places.is_empty() {
                todo.entry(places).or_default().push(*id);
            }
        }
        let (mut summed, more) = self.sum_all(&todo, budget).await?;
        outdated = outdated.saturating_add(more);
        let mut pace = Pace::default();
        for id in ids {
            for (place, wanted) in self.plan.days.iter().enumerate() {
                let days = match summed.remove(&(*id, place)) {
                    Some(days) => days,
                    None => {
                        let stored = by_day.remove(&(*id, wanted.number()));
                        match stored.filter(|_| !self.is_special(wanted)).and_then(|day| decode(&day.body)) {
                            Some(day) => vec![day],
                            None => self.plan.without_data.get(place).cloned().unwrap_or_default(),
                        }
                    }
                };
                for day in &days {
                    take(*id, &self.plan.calendar, &wanted.day, day)?;
                }
                pace.step().await;
            }
        }
        Ok(outdated)
    }

    /// Sums days of nodes, given as the nodes that have the same days, and stores them. Returns also how many days were
    /// not summed, because that took too long.
    pub(super) async fn sum_all(
        &self,
        todo: &BTreeMap<Vec<usize>, Vec<NodeId>>,
        budget: &mut Budget,
    ) -> Result<(DaySums, u64)> {
        let (mut summed, mut outdated) = (DaySums::new(), 0_u64);
        for (places, ids) in todo {
            for places in places.chunks(DAYS_TOGETHER) {
                let mut ids = ids.as_slice();
                while !ids.is_empty() {
                    if budget.is_over() {
                        outdated = outdated.saturating_add((ids.len() * places.len()) as u64);
                        break;
                    }
                    let (now, rest) = ids.split_at(budget.together.min(ids.len()));
                    let begin = Instant::now();
                    self.sum(places, now, &mut summed).await?;
                    budget.took(begin.elapsed());
                    ids = rest;
                }
            }
        }
        Ok((summed, outdated))
    }

    /// Whether a day is divided otherwise than its stored sums.
    const fn is_special(&self, wanted: &Wanted) -> bool {
        self.asked.is_hourly || matches!(wanted.part, Part::Window(_))
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
            is_dirty || is_partial || self.is_special(wanted) && stored.is_some()
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
        // What is outdated and what is stored is read before the observations: who changes either meanwhile is noticed.
        let time = (span.start().as_micros(), span.end().as_micros());
        let ranges = observations.dirty_within(asked.organization, ids, time).await?;
        let before = observations.days(asked.organization, ids, first.number(), last.number()).await?;
        let of = Loading {
            store,
            observations,
            organization: asked.organization,
            span,
            now: asked.now,
            with_parts: true,
        };
        let histories = of.histories(ids).await?;
        // The calendars were read before the outdated ranges. If a node has another calendar by now, a range may
        // stand for that change. Its sums are not stored, so that the range remains.
        let mut same = still_with(store, asked.organization, ids, &plan.calendar).await?;
        // Nor are sums stored if retention deleted observations while they were read.
        let deleted = observations.deleted_before(asked.organization).await?;
        if deleted.is_some_and(|before| span.start() < before) {
            same.clear();
        }
        let ranges: Vec<DirtyRange> = ranges.into_iter().filter(|range| same.contains(&range.node)).collect();
        let mut rows = Vec::new();
        long_work(|| {
            for (node, history) in &histories {
                for (place, wanted) in &days {
                    let is_special = self.is_special(wanted);
                    let whole = Wanted { day: wanted.day.clone(), part: Part::Whole };
                    let all = sums(&plan.calendar, &whole, history, false);
                    let body = all.first().and_then(encode);
                    let body = body.filter(|_| same.contains(node));
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
            let ranges: Vec<DirtyRange> = ranges
                .iter()
                .filter(|range| range.first_at < end && range.last_at >= start)
                .copied()
                .collect();
            let numbers = [first, last].map(|day| day.number());
            let is_of = |row: &&StoredDay| (numbers[0]..=numbers[1]).contains(&row.day);
            let rows: Vec<StoredDay> = rows.iter().filter(is_of).cloned().collect();
            let (organization, part) = (asked.organization, (start, end));
            let settling = Settling { organization, days: rows, before: &before, ranges: &ranges, part };
            match observations.settle_days(settling, asked.now).await {
                // Another transaction changed the same rows. The ranges remain, so the next report sums again.
                Ok(()) | Err(bailiwick_store::Error::Deadlock(_) | bailiwick_store::Error::Changed) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_nodes_are_summed_together_as_long_as_it_is_fast() {
        let mut budget = Budget::with_all();
        let together = |budget: &mut Budget, millis: u64| {
            budget.took(Duration::from_millis(millis));
            budget.together
        };
        let fast: Vec<usize> = (0..7).map(|_| together(&mut budget, 10)).collect();
        assert_eq!(fast, [2, 4, 8, 16, 32, 32, 32]);
        assert_eq!(together(&mut budget, 300), 32);
        let slow: Vec<usize> = (0..6).map(|_| together(&mut budget, 3_000)).collect();
        assert_eq!(slow, [16, 8, 4, 2, 1, 1]);
        assert!(!budget.is_over());
    }
}
