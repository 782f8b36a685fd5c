//! The order in which groups are shown.

use super::dimension::GroupKey;
use super::names::ReportNames;

/// The groups of a level in the order in which they are shown.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    /// Their numbers.
    pub(super) groups: Vec<u32>,
    /// Of each, the place of its first group among those of the next level; those of the next group follow. At the end, how
    /// many there are. Empty at the last level.
    firsts: Vec<u32>,
}

impl Ordered {
    /// The one group of everything.
    pub(super) fn everything() -> Self {
        Self { groups: vec![0], firsts: Vec::new() }
    }

    /// The places of the groups of the next level that are in the group at a place.
    pub(super) fn inside(&self, place: usize) -> std::ops::Range<usize> {
        let of = |place: usize| self.firsts.get(place).map_or(0, |first| *first as usize);
        of(place)..of(place.saturating_add(1))
    }

    /// The order of the groups of the next level, of which these are the numbers of their parents and of their keys, and
    /// the ranks of keys.
    pub(super) fn below(&mut self, parents: &[u32], keys: &[u32], ranks: &[u32]) -> Self {
        // Sorted by counting: first by the ranks of the keys, and then by the groups above.
        let rank = |key: &u32| ranks.get(*key as usize).copied().unwrap_or_default();
        let by_rank = counted(keys.iter().map(rank), ranks.len(), 0..count(keys.len()));
        let mut places = vec![0_u32; self.groups.len()];
        for (place, group) in self.groups.iter().enumerate() {
            if let Some(into) = places.get_mut(*group as usize) {
                *into = count(place);
            }
        }
        let place = |group: &u32| {
            let parent = parents.get(*group as usize).copied().unwrap_or_default();
            places.get(parent as usize).copied().unwrap_or_default()
        };
        let groups = counted(by_rank.iter().map(place), places.len(), by_rank.iter().copied());
        self.firsts = starts(groups.iter().map(place), places.len());
        Self { groups, firsts: Vec::new() }
    }
}

/// The place of each key in the order in which keys are shown: by their names, and then by the keys.
pub(super) fn ranks(keys: &[GroupKey], names: &ReportNames) -> Vec<u32> {
    let named = |(number, key)| (names.get(key).map(str::to_lowercase), key, number);
    let mut order: Vec<(Option<String>, &GroupKey, usize)> = keys.iter().enumerate().map(named).collect();
    order.sort_unstable();
    let mut ranks = vec![0; keys.len()];
    for (rank, (.., number)) in order.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(number) {
            *place = count(rank);
        }
    }
    ranks
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Of each place, how many items have earlier ones; at the end, how many items there are.
fn starts(of: impl Iterator<Item = u32>, places: usize) -> Vec<u32> {
    let mut starts = vec![0_u32; places.saturating_add(1)];
    for place in of {
        if let Some(start) = starts.get_mut((place as usize).saturating_add(1)) {
            *start = start.saturating_add(1);
        }
    }
    let mut sum = 0_u32;
    for start in &mut starts {
        sum = sum.saturating_add(*start);
        *start = sum;
    }
    starts
}

/// Sorts items by their places, which are below `places`. Items with the same place keep their order.
fn counted(
    of: impl Iterator<Item = u32> + Clone,
    places: usize,
    items: impl Iterator<Item = u32>,
) -> Vec<u32> {
    let mut next = starts(of.clone(), places);
    let mut sorted = vec![0; next.last().map_or(0, |all| *all as usize)];
    for (place, item) in of.zip(items) {
        let Some(next) = next.get_mut(place as usize) else { continue };
        if let Some(into) = sorted.get_mut(*next as usize) {
            *into = item;
        }
        *next = next.saturating_add(1);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_ordered_within_those_above() {
        let names = ReportNames::default();
        let text = |text: &str| GroupKey::Text(Some(text.to_owned()));
        let keys = [text("c"), GroupKey::Text(None), text("b")];
        assert_eq!(ranks(&keys, &names), [2, 0, 1]);
        let mut everything = Ordered::everything();
        // Groups 0, 1 and 2 of the first level have the keys c, null and b.
        let mut first = everything.below(&[0, 0, 0], &[0, 1, 2], &ranks(&keys, &names));
        assert_eq!(first.groups, [1, 2, 0]);
        assert_eq!(everything.inside(0), 0..3);
        let second = first.below(&[0, 2, 0, 1], &[0, 0, 1, 0], &[1, 0]);
        assert_eq!(second.groups, [3, 1, 2, 0]);
        assert_eq!([first.inside(0), first.inside(1), first.inside(2)], [0..1, 1..2, 2..4]);
        assert_eq!(second.inside(0), 0..0);
    }
}
