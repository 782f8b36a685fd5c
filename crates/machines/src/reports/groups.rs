//! The groups of a report in columns, level by level, and their sums.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use bailiwick_domain::sums::{Sum, Sums};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};

use super::dimension::GroupKey;
use super::goals::{Agreed, OfFigures};
use super::names::ReportNames;
use super::order::{Ordered, ranks};

/// The most groups of a report, at all levels together, if each has few values.
const GROUPS_MAX: usize = 400_000;
/// So many groups a report may have in any case.
const GROUPS_LEAST: usize = 100_000;
/// The most values of all groups together. With their keys and order, they take less than the 32 MiB that one caller's
/// unread answers may take.
const VALUES_MAX: usize = 3_000_000;
/// The thresholds of goals of a group take as much memory as so many values.
const GOALS: usize = size_of::<Agreed>().div_ceil(8);

/// What is summed for each group.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    /// The sums, each once, in the order of [`Sum::ALL`].
    pub(super) sums: Vec<Sum>,
    /// Whether parts of which nobody knows when they were made.
    pub(super) parts_unattributed: bool,
    /// Whether when the first piece with data begins, and the last one ends.
    pub(super) times: bool,
    /// Whether the thresholds of goals.
    pub(super) goals: bool,
}

impl Needs {
    /// How many values each group has.
    pub(super) fn values(&self) -> usize {
        self.sums.len() + usize::from(self.parts_unattributed) + if self.times { 2 } else { 0 }
    }
}

/// What a group is summed to.
#[derive(Clone, Debug, Default)]
pub(super) struct Summed {
    pub(super) sums: Sums,
    pub(super) parts_unattributed: i64,
    /// When the first piece with data begins.
    pub(super) first: Option<Timestamp>,
    /// When the last piece with data ends.
    pub(super) last: Option<Timestamp>,
    /// The thresholds of goals, if they are asked for.
    pub(super) goals: Agreed,
}

/// The keys of one level, each with a number.
#[derive(Debug, Default)]
pub(super) struct Keys {
    all: Vec<GroupKey>,
    numbers: HashMap<GroupKey, u32>,
}

impl Keys {
    /// The number of a key.
    pub(super) fn number(&mut self, key: GroupKey) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(key.clone());
        self.numbers.insert(key, number);
        number
    }

    /// The key of each number.
    pub(super) fn all(&self) -> &[GroupKey] {
        &self.all
    }
}

/// Mixes numbers of 64 bits. They are ours, so nobody can choose them to be slow.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// The groups of one level.
#[derive(Debug, Default)]
struct Level {
    /// The number of the group of the level above.
    parents: Vec<u32>,
    /// The number of its key.
    keys: Vec<u32>,
    /// The values of each group, one group after the other.
    values: Vec<i64>,
    /// The thresholds of goals of each group, if they are asked for.
    goals: Vec<Agreed>,
    /// The groups by the number above and that of their key.
    numbers: HashMap<u64, u32, BuildHasherDefault<Mixed>>,
}

/// The groups of a report. Sums are added to the smallest groups, and from there to those above.
#[derive(Debug)]
pub(super) struct Groups {
    needs: Needs,
    width: usize,
    /// The values of a group without anything.
    empty: Vec<i64>,
    most: usize,
    count: usize,
    keys: Vec<Keys>,
    levels: Vec<Level>,
    total: Vec<i64>,
    total_goals: Agreed,
}

impl Groups {
    pub(super) fn new(levels: usize, needs: Needs) -> Self {
        let width = needs.values();
        let all = width + if needs.goals { GOALS } else { 0 };
        let most = (VALUES_MAX / all.max(1)).clamp(GROUPS_LEAST, GROUPS_MAX);
        let mut empty = vec![0; width];
        if needs.times
            && let [.., first, last] = empty.as_mut_slice()
        {
            (*first, *last) = (i64::MAX, i64::MIN);
        }
        Self {
            needs,
            width,
            total: empty.clone(),
            empty,
            most,
            count: 0,
            keys: (0..levels).map(|_| Keys::default()).collect(),
            levels: (0..levels).map(|_| Level::default()).collect(),
            total_goals: Agreed::default(),
        }
    }

    pub(super) const fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The number of a key at a level.
    pub(super) fn key(&mut self, level: usize, key: GroupKey) -> u32 {
        self.keys.get_mut(level).map(|keys| keys.number(key)).unwrap_or_default()
    }

    /// The number of the smallest group with these keys, which is made if it is not there. `None` without levels, or if
    /// there would be too many.
    pub(super) fn leaf(&mut self, keys: &[u32]) -> Option<u32> {
        let mut group = None;
        for (level, key) in self.levels.iter_mut().zip(keys) {
            let parent = group.unwrap_or_default();
            let next = u32::try_from(level.keys.len()).unwrap_or(u32::MAX);
            let place = (u64::from(parent) << 32) | u64::from(*key);
            let number = *level.numbers.entry(place).or_insert(next);
            if number == next {
                self.count = self.count.saturating_add(1);
                // The report is refused in the end, so nothing more is kept of it.
                if self.count > self.most {
                    level.numbers.remove(&place);
                    return None;
                }
                level.parents.push(parent);
                level.keys.push(*key);
                level.values.extend(&self.empty);
                if self.needs.goals {
                    level.goals.push(Agreed::default());
                }
            }
            group = Some(number);
        }
        group
    }

    /// Adds values to the total.
    pub(super) fn add_to_total(&mut self, values: &[i64], goals: Option<&OfFigures>) {
        add(&mut self.total, values, self.needs.times);
        goals.into_iter().for_each(|goals| self.total_goals.add(goals));
    }

    /// Adds values to one of the smallest groups.
    pub(super) fn add_to_leaf(&mut self, leaf: u32, values: &[i64], goals: Option<&OfFigures>) {
        let Some(level) = self.levels.last_mut() else { return };
        let from = (leaf as usize).saturating_mul(self.width);
        if let Some(into) = level.values.get_mut(from..from.saturating_add(self.width)) {
            add(into, values, self.needs.times);
        }
        if let (Some(goals), Some(agreed)) = (goals, level.goals.get_mut(leaf as usize)) {
            agreed.add(goals);
        }
    }

    /// Refuses a report with too many groups.
    pub(super) fn check(&self) -> Result<()> {
        if self.count <= self.most {
            return Ok(());
        }
        let detail = format!(
            "the report has more than {} groups: ask for a shorter time, fewer nodes or fewer dimensions",
            self.most
        );
        Err(Error::invalid("group_by", detail))
    }

    /// Adds up the levels above the smallest groups; and the total, if everything is in a group.
    pub(super) fn add_up(&mut self, is_all_in_groups: bool) {
        for level in (1..self.levels.len()).rev() {
            let (above, below) = self.levels.split_at_mut(level);
            let (Some(above), Some(below)) = (above.last_mut(), below.first()) else { return };
            for (number, parent) in below.parents.iter().enumerate() {
                let values = below.values.get(number.saturating_mul(self.width)..).unwrap_or_default();
                let into = above.values.get_mut((*parent as usize).saturating_mul(self.width)..);
                if let Some(into) = into.and_then(|into| into.get_mut(..self.width)) {
                    add(into, values.get(..self.width).unwrap_or_default(), self.needs.times);
                }
                if let Some((agreed, goals)) =
                    above.goals.get_mut(*parent as usize).zip(below.goals.get(number))
                {
                    agreed.join(goals);
                }
            }
        }
        // Nothing is added any more.
        self.levels.iter_mut().for_each(|level| level.numbers = HashMap::default());
        if let Some(first) = self.levels.first().filter(|_| is_all_in_groups && self.width > 0) {
            first.values.chunks(self.width).for_each(|values| add(&mut self.total, values, self.needs.times));
            first.goals.iter().for_each(|goals| self.total_goals.join(goals));
        }
    }

    /// What everything is summed to.
    pub(super) fn total(&self) -> Summed {
        self.summed(&self.total, self.total_goals)
    }

    /// The keys that groups of each level have.
    pub(super) fn used_keys(&self) -> impl Iterator<Item = &GroupKey> {
        self.levels.iter().zip(&self.keys).flat_map(|(level, keys)| {
            let mut is_used = vec![false; keys.all.len()];
            for key in &level.keys {
                if let Some(is_used) = is_used.get_mut(*key as usize) {
                    *is_used = true;
                }
            }
            keys.all.iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(key, _)| key)
        })
    }

    /// What a group is summed to.
    pub(super) fn of(&self, level: usize, group: u32) -> Summed {
        let Some(level) = self.levels.get(level) else { return Summed::default() };
        let from = (group as usize).saturating_mul(self.width);
        let values = level.values.get(from..from.saturating_add(self.width)).unwrap_or_default();
        self.summed(values, level.goals.get(group as usize).copied().unwrap_or_default())
    }

    /// The number of the key of a group.
    pub(super) fn key_of(&self, level: usize, group: u32) -> u32 {
        self.levels.get(level).and_then(|level| level.keys.get(group as usize)).copied().unwrap_or_default()
    }

    /// The keys of a level.
    pub(super) fn keys(&self, level: usize) -> &[GroupKey] {
        self.keys.get(level).map(Keys::all).unwrap_or_default()
    }

    /// How many levels there are.
    pub(super) fn levels(&self) -> usize {
        self.levels.len()
    }

    /// The memory in bytes that the groups take, with their order.
    pub(super) fn bytes(&self) -> usize {
        let agreed = if self.needs.goals { size_of::<Agreed>() } else { 0 };
        self.count.saturating_mul(8 * self.width + 16 + agreed)
    }

    fn summed(&self, values: &[i64], goals: Agreed) -> Summed {
        let mut rest = values.iter().copied();
        let mut summed = Summed { goals, ..Summed::default() };
        for (sum, value) in self.needs.sums.iter().zip(rest.by_ref()) {
            summed.sums.increase(*sum, value);
        }
        if self.needs.parts_unattributed {
            summed.parts_unattributed = rest.next().unwrap_or_default();
        }
        if let Some((first, last)) = rest.next().zip(rest.next()).filter(|(first, last)| first <= last) {
            summed.first = Some(Timestamp::from_micros(first));
            summed.last = Some(Timestamp::from_micros(last));
        }
        summed
    }

    /// The groups of each level in the order in which they are shown: by their names, or by their keys if they have none.
    /// Before them comes the one group of everything.
    pub(super) fn ordered(&self, names: &ReportNames) -> Vec<Ordered> {
        let mut ordered = vec![Ordered::everything()];
        for (level, keys) in self.levels.iter().zip(&self.keys) {
            let below = ordered
                .last_mut()
                .map(|above| above.below(&level.parents, &level.keys, &ranks(&keys.all, names)));
            ordered.extend(below);
        }
        ordered
    }
}

/// Adds values to others. The last two are the earliest and the latest time, if there are times.
fn add(into: &mut [i64], values: &[i64], times: bool) {
    let sums = into.len().saturating_sub(if times { 2 } else { 0 });
    for (into, value) in into.iter_mut().zip(values).take(sums) {
        *into = into.saturating_add(*value);
    }
    if times
        && let (Some([first, last]), Some([earliest, latest])) = (into.get_mut(sums..), values.get(sums..))
    {
        (*first, *last) = ((*first).min(*earliest), (*last).max(*latest));
    }
}
