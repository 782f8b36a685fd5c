//! The sums of production days of nodes, brought up to date before they are read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::calendar::{Calendar, LocalDate, ProductionDay};
use bailiwick_domain::history::{History, SortedHistory};
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::slices::{NodeDay, cut, half_hours};
use bailiwick_domain::span::Span;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::Result;
use bailiwick_store::{DirtyRange, Observations, Settling, Store, StoredDay, long_work};

use tokio::time::Instant;

use super::load::Loading;
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

/// How much is summed for one request.
struct Budget {
    /// So many days more.
    days: usize,
    /// Until this time.
    until: Instant,
    /// So many nodes together.
    together: usize,
}

impl Budget {
    fn new() -> Self {
        Self { days: SUMMED_MAX, until: Instant::now() + SUMMED_FOR, together: 1 }
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

/// A node whose days are asked for.
pub(crate) struct AskedNode {
    /// The node.
    pub(crate) node: NodeId,
    /// Its calendar.
    pub(crate) calendar: Arc<Calendar>,
}

/// Which part of a production day is asked for.
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// Only a window of it.
    Window(Span),
}

/// The dates of a calendar from one time up to, but without, another, with what is asked of each.
pub(crate) fn dates_of(calendar: &Calendar, from: Timestamp, until: Timestamp) -> Vec<(LocalDate, Part)> {
    let inside = Timestamp::from_micros(until.as_micros().saturating_sub(1));
    let (Some(first), Some(last)) = (calendar.date_of(from), calendar.date_of(inside)) else {
        return Vec::new();
    };
    let window = Span::new(from, until);
    let part = |date: LocalDate| {
        let day = calendar.span(date, date);
        if day.overlap(window) == day { Part::Whole } else { Part::Window(window) }
    };
    dates(first, last).map(|date| (date, part(date))).collect()
}

/// The dates from one to another, both included.
pub(crate) fn dates(first: LocalDate, last: LocalDate) -> impl Iterator<Item = LocalDate> {
    let all = std::iter::successors(Some(first), |date| date.plus_days(1));
    all.take_while(move |date| *date <= last)
}

/// What is asked of days.
pub(crate) struct AskedDays<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) now: Timestamp,
    /// The dates of a calendar, with what is asked of each, in order.
    pub(crate) dates: &'a (dyn Fn(&Calendar) -> Vec<(LocalDate, Part)> + Sync),
    /// Whether slices have to be divided at the full hours of the local clock.
    pub(crate) is_hourly: bool,
}

/// A production day, with what is asked of it.
struct Wanted {
    day: ProductionDay,
    part: Part,
}

/// The days of one calendar.
struct Plan {
    calendar: Arc<Calendar>,
    days: Vec<Wanted>,
    /// The sums of each day without any data.
    without_data: Vec<Vec<NodeDay>>,
}

/// The times at which the cells of a day are divided: each half hour of UTC, and each full hour of the local clock.
fn edges(calendar: &Calendar, span: Span) -> Vec<Timestamp> {
    let mut edges = half_hours(span);
    edges.extend(calendar.hours(span).into_iter().map(Span::start));
    edges
}

/// The sums of a day, or of the asked part of it: one, or with hourly slices one for each hour.
fn sums(plan: &Calendar, wanted: &Wanted, history: &SortedHistory, is_hourly: bool) -> Vec<NodeDay> {
    let window = match wanted.part {
        Part::Whole => wanted.day.span,
        Part::Window(window) => window.overlap(wanted.day.span),
    };
    if is_hourly {
        let hours = plan.hours(window).into_iter();
        return hours.map(|hour| cut(&wanted.day, hour, history, &[])).collect();
    }
    vec![cut(&wanted.day, window, history, &edges(plan, window))]
}

/// Sums days of nodes, and gives each to `take`, node by node, in the order of dates. Days whose sums are outdated are
/// summed anew first: at most 2,000, and for at most five seconds. Returns how many others are outdated: they were left
/// out if they were never summed.
pub(crate) async fn each_day(
    store: &Store,
    observations: &Observations,
    asked: &AskedDays<'_>,
    nodes: &[AskedNode],
    mut take: impl FnMut(NodeId, &Calendar, &ProductionDay, &NodeDay),
) -> Result<u64> {
    let mut plans: Vec<Plan> = Vec::new();
    let (mut budget, mut outdated) = (Budget::new(), 0_u64);
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
            let batch = Batch { store, observations, asked, plan, ids, ranges: &by_node };
            outdated = outdated.saturating_add(batch.run(&mut budget, &mut take).await?);
        }
    }
    Ok(outdated)
}

/// The place of the plan of a calendar, which is made if it is not there.
fn plan(plans: &mut Vec<Plan>, asked: &AskedDays<'_>, calendar: &Arc<Calendar>) -> usize {
    if let Some(place) = plans.iter().position(|plan| Arc::ptr_eq(&plan.calendar, calendar)) {
        return place;
    }
    let nothing = History::none(asked.now).sorted();
    let mut days = Vec::new();
    for (date, part) in (asked.dates)(calendar) {
        let day = calendar.day(date);
        // Nothing is known of days that have not begun.
        if day.span.start() < asked.now {
            days.push(Wanted { day, part });
        }
    }
    let without_data = days.iter().map(|day| sums(calendar, day, &nothing, asked.is_hourly)).collect();
    plans.push(Plan { calendar: Arc::clone(calendar), days, without_data });
    plans.len().saturating_sub(1)
}

/// Nodes of one calendar whose days are read together.
struct Batch<'a> {
    store: &'a Store,
    observations: &'a Observations,
    asked: &'a AskedDays<'a>,
    plan: &'a Plan,
    ids: Vec<NodeId>,
    ranges: &'a HashMap<NodeId, Vec<DirtyRange>>,
}

/// The sums of a node's days, by the places of the days in the plan.
type DaySums = HashMap<(NodeId, usize), Vec<NodeDay>>;

impl Batch<'_> {
    async fn run(
        &self,
        budget: &mut Budget,
        take: &mut impl FnMut(NodeId, &Calendar, &ProductionDay, &NodeDay),
    ) -> Result<u64> {
        let (Some(first), Some(last)) = (self.plan.days.first(), self.plan.days.last()) else { return Ok(0) };
        let stored =
            self.observations.days(self.asked.organization, &self.ids, number(first), number(last)).await?;
        let mut by_day: HashMap<(NodeId, i64), StoredDay> =
            stored.into_iter().map(|day| ((day.node, day.day), day)).collect();
        // The nodes whose days have to be summed, by which days these are.
        let mut todo: BTreeMap<Vec<usize>, Vec<NodeId>> = BTreeMap::new();
        let mut outdated = 0_u64;
        for id in &self.ids {
            let mut places: Vec<usize> = self.outdated(*id, &by_day);
            if places.len() > budget.days {
                outdated = outdated.saturating_add((places.len() - budget.days) as u64);
                places.truncate(budget.days);
            }
            budget.days -= places.len();
            if !places.is_empty() {
                todo.entry(places).or_default().push(*id);
            }
        }
        let mut summed = DaySums::new();
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
        long_work(|| {
            for id in &self.ids {
                for (place, wanted) in self.plan.days.iter().enumerate() {
                    let number = number(wanted);
                    let days = match summed.remove(&(*id, place)) {
                        Some(days) => days,
                        None => match by_day.remove(&(*id, number)).and_then(|day| decode(&day.body)) {
                            Some(day) => vec![day],
                            None => self.plan.without_data.get(place).cloned().unwrap_or_default(),
                        },
                    };
                    for day in &days {
                        take(*id, &self.plan.calendar, &wanted.day, day);
                    }
                }
            }
        });
        Ok(outdated)
    }

    /// The places of a node's days that have to be summed.
    fn outdated(&self, id: NodeId, stored: &HashMap<(NodeId, i64), StoredDay>) -> Vec<usize> {
        let ranges = self.ranges.get(&id).map(Vec::as_slice).unwrap_or_default();
        let is_outdated = |wanted: &Wanted| {
            let span = wanted.day.span;
            let (start, end) = (span.start().as_micros(), span.end().as_micros());
            let is_dirty = ranges.iter().any(|range| range.first_at < end && range.last_at >= start);
            let stored = stored.get(&(id, i64::from(wanted.day.date.days_since_epoch())));
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
        // What is outdated and what is stored is read before the observations: who changes either meanwhile is noticed.
        let time = (span.start().as_micros(), span.end().as_micros());
        let ranges = observations.dirty_within(asked.organization, ids, time).await?;
        let before = observations.days(asked.organization, ids, number(first), number(last)).await?;
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
                        day: number(wanted),
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
            let is_of = |row: &&StoredDay| (number(first)..=number(last)).contains(&row.day);
            let rows: Vec<StoredDay> = rows.iter().filter(is_of).cloned().collect();
            let (organization, part) = (asked.organization, (start, end));
            let settling = Settling { organization, days: rows, before: &before, ranges: &ranges, part };
            observations.settle_days(settling, asked.now).await?;
        }
        Ok(())
    }
}

/// The number of a day, counted from 1970-01-01.
fn number(day: &Wanted) -> i64 {
    i64::from(day.day.date.days_since_epoch())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_nodes_are_summed_together_as_long_as_it_is_fast() {
        let mut budget = Budget::new();
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
