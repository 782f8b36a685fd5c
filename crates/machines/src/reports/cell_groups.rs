//! Adds cells to groups: what is the same for many of them is looked up once.

use std::collections::HashMap;

use bailiwick_domain::calendar::{Calendar, LocalDate, ProductionDay};
use bailiwick_domain::id::NodeId;
use bailiwick_domain::slices::NodeDay;
use bailiwick_domain::span::Span;
use bailiwick_domain::sums::Sum;
use bailiwick_store::{CellSum, Resolution};

use super::goals::OfFigures;
use super::grouping::{Grouping, key_of_time, times};
use crate::days::takes::Takes;

/// No group.
const NO_LEAF: u32 = u32::MAX;

/// Adds the cells of nodes to groups.
pub(super) struct CellGroups<'g, 'a> {
    grouping: &'g mut Grouping<'a>,
    /// What is needed of cells, in the order of the values of groups.
    cells: Vec<CellSum>,
    /// The places of the sums among them that decide whether a piece is in a group, and whether it has data.
    places: Places,
    /// Of each node that is asked for, the number of its keys in `keys`.
    of_nodes: Vec<usize>,
    /// The keys that nodes have at the levels that depend on nodes; 0 at others.
    keys: Vec<Vec<u32>>,
    /// The thresholds of goals of each node, if they are asked for.
    goals: Vec<OfFigures>,
    /// The pieces of the day, and for each the number of its time in `times`.
    pieces: Vec<(Span, usize)>,
    /// The keys of the times of the day at the levels that depend on time; 0 at others.
    times: Vec<Vec<u32>>,
    /// For each time and then for each of `keys`, the smallest group; [`NO_LEAF`] if it was not looked up yet.
    leaves: Vec<u32>,
    /// The values of a piece.
    values: Vec<i64>,
}

struct Places {
    with: Option<usize>,
    all: Option<usize>,
    no_data: Option<usize>,
}

impl<'g, 'a> CellGroups<'g, 'a> {
    /// For the cells of these nodes, which are named by their places from now on.
    pub(super) fn new(grouping: &'g mut Grouping<'a>, nodes: impl Iterator<Item = NodeId>) -> Self {
        let needs = grouping.groups.needs();
        let place = |sum: Sum| needs.sums.iter().position(|one| *one == sum);
        let with = grouping.with.and_then(place);
        let places = Places { with, all: place(Sum::All), no_data: place(Sum::NoData) };
        let mut cells: Vec<CellSum> = needs.sums.iter().map(|sum| CellSum::Of(*sum)).collect();
        cells.extend(needs.parts_unattributed.then_some(CellSum::PartsUnattributed));
        if needs.times && !grouping.is_by_hour() {
            cells.extend([CellSum::FirstAt, CellSum::LastAt]);
        }
        let (mut of_nodes, mut goals) = (Vec::new(), Vec::new());
        let mut numbers: HashMap<Vec<u32>, usize> = HashMap::new();
        for node in nodes {
            let mut labels = 0;
            let mut keys = Vec::with_capacity(grouping.dimensions.len());
            for (level, dimension) in grouping.dimensions.iter().enumerate() {
                let key = grouping.key_of_node(node, dimension, &mut labels);
                keys.push(key.map(|key| grouping.groups.key(level, key)).unwrap_or_default());
            }
            let next = numbers.len();
            of_nodes.push(*numbers.entry(keys).or_insert(next));
            goals.extend(grouping.goals_of(node, None));
        }
        let mut numbered: Vec<(usize, Vec<u32>)> =
            numbers.into_iter().map(|(keys, number)| (number, keys)).collect();
        numbered.sort_unstable();
        Self {
            grouping,
            cells,
            places,
            of_nodes,
            keys: numbered.into_iter().map(|(_, keys)| keys).collect(),
            goals,
            pieces: Vec::new(),
            times: Vec::new(),
            leaves: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Puts the values of a piece together.
    fn read(&mut self, piece: usize, span: Span, sums: &[&[i64]]) {
        self.values.clear();
        self.values.extend(sums.iter().map(|sum| sum.get(piece).copied().unwrap_or_default()));
        if !self.grouping.groups.needs().times {
            return;
        }
        let value = |place: Option<usize>| place.and_then(|place| self.values.get(place).copied());
        let has_data = value(self.places.all) > value(self.places.no_data);
        if self.cells.last() == Some(&CellSum::LastAt) {
            if has_data {
                return;
            }
            self.values.truncate(self.values.len().saturating_sub(2));
        }
        self.values.extend(times(has_data.then_some(span)));
    }

    /// The smallest group of the nodes with these keys at a time of the day. `None` if there are too many groups.
    fn leaf(&mut self, keys: usize, time: usize) -> Option<u32> {
        let leaf = self.leaves.get_mut(time.saturating_mul(self.keys.len()).saturating_add(keys))?;
        if *leaf == NO_LEAF {
            // At each level, one of them is 0.
            let both = self.keys.get(keys)?.iter().zip(self.times.get(time)?);
            let both: Vec<u32> = both.map(|(node, time)| node | time).collect();
            *leaf = self.grouping.groups.leaf(&both)?;
        }
        Some(*leaf)
    }
}

impl Takes for CellGroups<'_, '_> {
    fn sums(&self) -> &[CellSum] {
        &self.cells
    }

    fn resolution(&self) -> Resolution {
        if self.grouping.is_by_hour() { Resolution::HalfHour } else { Resolution::Day }
    }

    fn begin(&mut self, calendar: &Calendar, date: LocalDate, pieces: &[Span]) {
        self.times.clear();
        self.pieces.clear();
        for piece in pieces {
            let mut keys = Vec::with_capacity(self.grouping.dimensions.len());
            for (level, dimension) in self.grouping.dimensions.iter().enumerate() {
                let key = key_of_time(calendar, date, piece.start(), dimension);
                keys.push(key.map(|key| self.grouping.groups.key(level, key)).unwrap_or_default());
            }
            let known = self.times.iter().position(|time| *time == keys);
            let number = known.unwrap_or(self.times.len());
            if known.is_none() {
                self.times.push(keys);
            }
            self.pieces.push((*piece, number));
        }
        self.leaves.clear();
        self.leaves.resize(self.times.len().saturating_mul(self.keys.len()), NO_LEAF);
    }

    fn add(&mut self, node: usize, sums: &[&[i64]]) {
        let Some(keys) = self.of_nodes.get(node).copied() else { return };
        for piece in 0..self.pieces.len() {
            let Some((span, time)) = self.pieces.get(piece).copied() else { return };
            self.read(piece, span, sums);
            let is_zero = |place| self.values.get(place) == Some(&0);
            let leaf = if self.places.with.is_some_and(is_zero) { None } else { self.leaf(keys, time) };
            self.grouping.add_values(leaf, &self.values, self.goals.get(node));
        }
    }

    fn day(&mut self, node: NodeId, calendar: &Calendar, day: &ProductionDay, sums: &NodeDay) {
        self.grouping.add(node, calendar, day.date, sums);
    }
}
