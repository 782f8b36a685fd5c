//! The sums of production days of many nodes, read from cells where they are up to date, and otherwise worked out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bailiwick_domain::calendar::{Calendar, LocalDate};
use bailiwick_domain::id::NodeId;
use bailiwick_engine::error::Result;
use bailiwick_store::{
    Block, CellSum, Column, DirtyRange, NodeCells, Observations, Resolution, Store, StoredDay, long_work,
};

use super::apart::{Apart, Others};
use super::pieces::{cells, first, has_whole_hours, pieces};
use super::plan::{AskedDays, AskedNode, Part, Plan, Wanted, plan};
use super::stored::decode;
use super::summed::{Budget, each_day};
use super::takes::Takes;

/// With so few nodes, reading the sums of each is faster than reading whole blocks.
pub(crate) const NODES_MIN: usize = 16;
/// The outdated days of more nodes are not looked up node by node.
const LOOKED_UP_MAX: usize = 1_000;
/// How many nodes with outdated days are read together.
const NODES_AT_ONCE: usize = 256;
/// How many columns of whole days are in memory together. Columns of half hours take 48 times as much.
const COLUMNS_AT_ONCE: usize = 4_096;
/// How many half hours a day has.
const HALF_HOURS: usize = 48;
/// How many days of nodes are put into their cells together.
const FOLDED_AT_ONCE: usize = 2_048;
/// The most days of nodes that are put into their cells for one request.
const FOLDED_MAX: usize = 65_536;

/// Sums days of nodes, and gives them to `take`, in no order. Days whose sums are outdated are summed anew first, as many
/// as are left. Returns how many others are outdated: they were left out if they were never summed.
///
/// Whole days that are over are read from cells. Others are summed as by [`each_day`].
pub(crate) async fn each_cell(
    store: &Store,
    observations: &Observations,
    asked: &AskedDays<'_>,
    nodes: &[AskedNode],
    budget: &mut Budget,
    take: &mut impl Takes,
) -> Result<u64> {
    let resolution = take.resolution();
    let is_of_cells = |calendar: &Calendar, (date, part): &(LocalDate, Part)| {
        let day = calendar.span(*date, *date);
        let is_over = *part == Part::Whole && day.end() <= asked.now;
        is_over && (resolution == Resolution::Day || has_whole_hours(calendar, day))
    };
    let chosen = |calendar: &Calendar, wanted: bool| {
        let mut dates = (asked.dates)(calendar);
        dates.retain(|date| is_of_cells(calendar, date) == wanted);
        dates
    };
    let (organization, now) = (asked.organization, asked.now);
    let of_cells = |calendar: &Calendar| chosen(calendar, true);
    let days = AskedDays { organization, now, dates: &of_cells, is_hourly: false };
    let reading = Reading::of(store, observations, &days, nodes, resolution).await?;
    let outdated = reading.run(budget, take).await?;
    let others = |calendar: &Calendar| chosen(calendar, false);
    let days = AskedDays { organization, now, dates: &others, is_hourly: false };
    let more = each_day(store, observations, &days, nodes, budget, |node, calendar, day, sums| {
        take.day(node, calendar, day, sums);
        Ok(())
    })
    .await?;
    Ok(outdated.saturating_add(more))
}

/// Days of nodes that are read from cells.
struct Reading<'a> {
    store: &'a Store,
    observations: &'a Observations,
    asked: &'a AskedDays<'a>,
    nodes: &'a [AskedNode],
    resolution: Resolution,
    plans: Vec<Plan>,
    /// The nodes of each plan, by their places.
    of_plans: Vec<Vec<usize>>,
    blocks: Vec<Block>,
    /// Where the cells of each node are: the place of its block in `blocks`, and its own place in it.
    places: Vec<Option<(usize, usize)>>,
}

impl<'a> Reading<'a> {
    async fn of(
        store: &'a Store,
        observations: &'a Observations,
        asked: &'a AskedDays<'a>,
        nodes: &'a [AskedNode],
        resolution: Resolution,
    ) -> Result<Self> {
        let (mut plans, mut of_plans) = (Vec::new(), Vec::<Vec<usize>>::new());
        for (node, of) in nodes.iter().enumerate() {
            let place = plan(&mut plans, asked, &of.calendar).await;
            if of_plans.len() <= place {
                of_plans.resize_with(place.saturating_add(1), Vec::new);
            }
            if let Some(of_plan) = of_plans.get_mut(place) {
                of_plan.push(node);
            }
        }
        let blocks = observations.blocks(asked.organization).await?;
        let mut known: HashMap<NodeId, (usize, usize)> = HashMap::new();
        for (number, block) in blocks.iter().enumerate() {
            let ids = block.nodes.iter().enumerate();
            known.extend(ids.filter_map(|(place, node)| Some(((*node)?, (number, place)))));
        }
        let places = nodes.iter().map(|node| known.get(&node.node).copied()).collect();
        Ok(Self { store, observations, asked, nodes, resolution, plans, of_plans, blocks, places })
    }

    /// The first and the last date of all plans; `None` if there are none.
    fn dates(&self) -> Option<(i64, i64)> {
        let all = || self.plans.iter().flat_map(|plan| &plan.days).map(Wanted::number);
        all().min().zip(all().max())
    }

    async fn run(&self, budget: &mut Budget, take: &mut impl Takes) -> Result<u64> {
        let Some(dates) = self.dates() else { return Ok(0) };
        let organization = self.asked.organization;
        let days = || self.plans.iter().flat_map(|plan| &plan.days);
        let start = days().map(|day| day.day.span.start().as_micros()).min().unwrap_or_default();
        let end = days().map(|day| day.day.span.end().as_micros()).max().unwrap_or_default();
        let mut ranges: HashMap<NodeId, Vec<DirtyRange>> = HashMap::new();
        let outdated = if self.nodes.len() < LOOKED_UP_MAX {
            let ids: Vec<NodeId> = self.nodes.iter().map(|node| node.node).collect();
            self.observations.dirty_within(organization, &ids, (start, end)).await?
        } else {
            self.observations.dirty_of_all(organization, (start, end)).await?
        };
        for range in outdated {
            ranges.entry(range.node).or_default().push(range);
        }
        let mut changes: HashMap<NodeId, BTreeSet<i64>> = HashMap::new();
        for (node, day) in self.observations.cell_changes(organization, self.resolution, dates).await? {
            changes.entry(node).or_default().insert(day);
        }
        let (mut apart, mut folded, mut outdated) = (Apart::new(), Vec::new(), 0_u64);
        for (plan, of_plan) in self.plans.iter().zip(&self.of_plans) {
            let with_id = |node: &usize| Some((*node, self.nodes.get(*node)?.node));
            let is_apart = |(_, id): &(usize, NodeId)| ranges.contains_key(id) || changes.contains_key(id);
            let nodes: Vec<(usize, NodeId)> = of_plan.iter().filter_map(with_id).filter(is_apart).collect();
            for nodes in nodes.chunks(NODES_AT_ONCE) {
                let (store, observations, asked) = (self.store, self.observations, self.asked);
                let (nodes, ranges, changes) = (nodes.to_vec(), &ranges, &changes);
                let others = Others { store, observations, asked, plan, nodes, ranges, changes };
                outdated = outdated.saturating_add(others.run(budget, take, &mut apart, &mut folded).await?);
            }
        }
        self.read(dates, &apart, take).await?;
        self.fold(folded).await?;
        Ok(outdated)
    }

    /// Gives the days that are read from cells to `take`.
    async fn read(&self, (first, last): (i64, i64), apart: &Apart, take: &mut impl Takes) -> Result<()> {
        let sums: Vec<CellSum> =
            std::iter::once(CellSum::Stored).chain(take.sums().iter().copied()).collect();
        let of_day = self.blocks.len().saturating_mul(sums.len()).max(1);
        let most = match self.resolution {
            Resolution::Day => COLUMNS_AT_ONCE,
            Resolution::HalfHour => COLUMNS_AT_ONCE / HALF_HOURS,
        };
        let days = i64::try_from((most / of_day).max(1)).unwrap_or(i64::MAX);
        let mut from = first;
        while from <= last {
            let until = from.saturating_add(days).min(last.saturating_add(1));
            // Of each day and block, the column of each sum.
            let mut columns: HashMap<(i64, i64), Vec<Option<Column>>> = HashMap::new();
            for (place, sum) in sums.iter().enumerate() {
                let (organization, dates) = (self.asked.organization, (from, until.saturating_sub(1)));
                for (day, block, column) in
                    self.observations.cells(organization, self.resolution, *sum, dates).await?
                {
                    let of = columns.entry((day, block)).or_insert_with(|| vec![None; sums.len()]);
                    if let Some(into) = of.get_mut(place) {
                        *into = Some(column);
                    }
                }
            }
            long_work(|| {
                for day in from..until {
                    let of_blocks: Vec<&[Option<Column>]> = self
                        .blocks
                        .iter()
                        .map(|block| columns.get(&(day, block.number)).map(Vec::as_slice).unwrap_or_default())
                        .collect();
                    for (plan, nodes) in self.plans.iter().zip(&self.of_plans) {
                        self.give(plan, nodes, day, &of_blocks, apart, take);
                    }
                }
            });
            from = until;
        }
        Ok(())
    }

    /// Gives a day of the nodes of a plan to `take`, from the columns of each block.
    fn give(
        &self,
        plan: &Plan,
        nodes: &[usize],
        day: i64,
        of_blocks: &[&[Option<Column>]],
        apart: &Apart,
        take: &mut impl Takes,
    ) {
        let Ok(place) = plan.days.binary_search_by_key(&day, Wanted::number) else { return };
        let Some(wanted) = plan.days.get(place) else { return };
        let span = wanted.day.span;
        let first_piece = first(span, self.resolution);
        take.begin(&plan.calendar, wanted.day.date, &pieces(span, self.resolution));
        let nothing = plan.without_data.get(place).and_then(|days| days.first());
        let nothing = nothing.map(|day| cells(day, self.resolution)).unwrap_or_default();
        let of_nothing: Vec<&[i64]> = take.sums().iter().map(|sum| sum_of(&nothing, *sum)).collect();
        let mut sums: Vec<&[i64]> = Vec::with_capacity(of_nothing.len());
        for node in nodes {
            if !apart.is_empty() && apart.get(node).is_some_and(|days| days.contains(&place)) {
                continue;
            }
            let columns = self.places.get(*node).copied().flatten();
            let columns = columns.and_then(|(block, at)| Some((at, of_blocks.get(block)?.split_first()?)));
            let stored = columns.filter(|(at, (stored, _))| {
                stored.as_ref().is_some_and(|column| column.of(*at).first() == Some(&1))
            });
            let Some((at, (_, columns))) = stored else {
                take.add(*node, &of_nothing);
                continue;
            };
            sums.clear();
            sums.extend(columns.iter().map(|column| {
                let Some(column) = column else { return [].as_slice() };
                // All of the block's columns begin with the earliest half hour of its nodes.
                let skipped = usize::try_from(first_piece.saturating_sub(column.first)).unwrap_or(usize::MAX);
                column.of(at).get(skipped..).unwrap_or_default()
            }));
            take.add(*node, &sums);
        }
    }

    /// Puts days of nodes into their cells. A few of a day are left to a later report, because a whole block is written.
    async fn fold(&self, days: Vec<(usize, i64)>) -> Result<()> {
        let least = match self.resolution {
            Resolution::Day => NODES_MIN,
            Resolution::HalfHour => 8 * NODES_MIN,
        };
        let mut by_day: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (node, day) in days {
            by_day.entry(day).or_default().push(node);
        }
        by_day.retain(|_, nodes| nodes.len() >= least);
        let mut left = FOLDED_MAX;
        for (day, mut nodes) in by_day {
            // Block by block, and then those that are in none.
            nodes.sort_unstable_by_key(|node| {
                let place = self.places.get(*node).copied().flatten();
                (place.is_none(), place, *node)
            });
            nodes.truncate(left);
            left = left.saturating_sub(nodes.len());
            for nodes in nodes.chunks(FOLDED_AT_ONCE) {
                let ids = nodes.iter().filter_map(|node| self.nodes.get(*node));
                let changed: Vec<(NodeId, i64)> = ids.map(|node| (node.node, day)).collect();
                let of = |day: &StoredDay| decode(&day.body).map(|day| cells(&day, self.resolution));
                let folded =
                    self.observations.fold_cells(self.asked.organization, self.resolution, &changed, of);
                match folded.await {
                    // The report has its figures without them.
                    Err(bailiwick_store::Error::Full(_)) => return Ok(()),
                    folded => folded?,
                }
            }
        }
        Ok(())
    }
}

/// The pieces of a sum.
fn sum_of(cells: &NodeCells, sum: CellSum) -> &[i64] {
    let found = cells.sums.iter().find(|(other, _)| *other == sum);
    found.map(|(_, values)| values.as_slice()).unwrap_or_default()
}
