//! The rows of a report: one for each of its smallest groups.

use super::groups::{Groups, Summed};
use super::order::Ordered;

/// The groups of a report in the order in which they are shown.
#[derive(Debug)]
pub(super) struct Rows {
    groups: Groups,
    /// Of each level, after that of everything.
    levels: Vec<Ordered>,
}

/// A row: the places of its groups at each level, from that of everything on.
#[derive(Clone, Debug)]
pub(super) struct Row(Vec<usize>);

impl Rows {
    pub(super) fn new(groups: Groups, levels: Vec<Ordered>) -> Self {
        Self { groups, levels }
    }

    pub(super) const fn groups(&self) -> &Groups {
        &self.groups
    }

    /// How many levels there are, without that of everything.
    pub(super) fn levels(&self) -> usize {
        self.groups.levels()
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.levels.last().map_or(0, |last| last.groups.len())
    }

    /// The places of the groups that are in the group at a place of a level, which is 0 for everything.
    pub(super) fn inside(&self, level: usize, place: usize) -> std::ops::Range<usize> {
        self.levels.get(level).map_or(0..0, |level| level.inside(place))
    }

    /// What the group at a place of a level is summed to.
    pub(super) fn summed(&self, level: usize, place: usize) -> Summed {
        match level.checked_sub(1) {
            Some(below) => self.groups.of(below, self.group(level, place)),
            None => self.groups.total(),
        }
    }

    /// The number of the key of the group at a place of a level, which is 1 or more.
    pub(super) fn key(&self, level: usize, place: usize) -> u32 {
        self.groups.key_of(level.saturating_sub(1), self.group(level, place))
    }

    fn group(&self, level: usize, place: usize) -> u32 {
        self.levels.get(level).and_then(|level| level.groups.get(place)).copied().unwrap_or_default()
    }

    /// The first row.
    pub(super) fn first(&self) -> Row {
        Row(vec![0; self.levels.len()])
    }

    /// Goes to the next row.
    pub(super) fn advance(&self, row: &mut Row) {
        let Some(last) = row.0.last_mut() else { return };
        *last = last.saturating_add(1);
        for level in (1..row.0.len()).rev() {
            let (above, below) = row.0.split_at_mut(level);
            let (Some(above), Some(below)) = (above.last_mut(), below.first()) else { return };
            if self.inside(level.saturating_sub(1), *above).contains(below) {
                return;
            }
            *above = above.saturating_add(1);
        }
    }

    /// The number of the key of a row at a level, which is 1 or more.
    pub(super) fn key_of(&self, row: &Row, level: usize) -> u32 {
        row.0.get(level).map(|place| self.key(level, *place)).unwrap_or_default()
    }

    /// What a row is summed to.
    pub(super) fn summed_of(&self, row: &Row) -> Summed {
        let level = self.levels.len().saturating_sub(1);
        row.0.get(level).map(|place| self.summed(level, *place)).unwrap_or_default()
    }
}
