//! Rows of a list, in groups: for each object of the level above, those that belong to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bailiwick_domain::row_query::Scalar;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::arguments::ListArguments;
use crate::json::push_scalar;
use crate::reader::ROWS_MAX;

/// The members of a list that are read, each once, in the order of the columns.
#[derive(Clone, Default)]
pub(crate) struct Members(Vec<String>);

impl Members {
    /// The column of a member.
    pub(crate) fn at(&mut self, member: &str) -> usize {
        self.column(member).unwrap_or_else(|| {
            self.0.push(member.to_owned());
            self.0.len() - 1
        })
    }

    /// The column of a member that is read.
    pub(crate) fn column(&self, member: &str) -> Option<usize> {
        self.0.iter().position(|known| known == member)
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }
}

/// Rows, and the members that their columns hold.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) members: Members,
    pub(crate) rows: Arc<Vec<Vec<Scalar>>>,
    /// Whether the rows are all of their list: without conditions, and not limited.
    pub(crate) is_whole: bool,
}

/// A value by which objects belong to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key<'v> {
    Id(Uuid),
    Text(&'v str),
}

impl<'v> Key<'v> {
    /// The key of a text or an id; `None` for other values. The text of an id is the key of the id.
    pub(crate) fn of(value: &'v Scalar) -> Option<Self> {
        match value {
            Scalar::Id(id) => Some(Self::Id(*id)),
            Scalar::Text(text) if text.len() == Hyphenated::LENGTH => {
                let id = Uuid::try_parse(text).ok();
                let is_text_of =
                    |id: &Uuid| id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text.as_str();
                Some(id.filter(is_text_of).map_or(Self::Text(text), Self::Id))
            }
            Scalar::Text(text) => Some(Self::Text(text)),
            _ => None,
        }
    }
}

/// Each text and each id once.
pub(crate) fn distinct<'v>(values: impl Iterator<Item = &'v Scalar>) -> Vec<Scalar> {
    let mut seen = HashSet::new();
    values.filter(|value| Key::of(value).is_some_and(|key| seen.insert(key))).cloned().collect()
}

/// The values of a row in some columns, as bytes that are the same for equal values only.
pub(crate) fn values_as_bytes(row: &[Scalar], columns: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for column in columns {
        push_scalar(&mut bytes, row.get(*column).unwrap_or(&Scalar::Null));
        bytes.push(b',');
    }
    bytes
}

/// The places of rows by the values of a column.
pub(crate) fn places(rows: &[Vec<Scalar>], column: usize) -> HashMap<Key<'_>, Vec<usize>> {
    let mut places: HashMap<Key<'_>, Vec<usize>> = HashMap::with_capacity(rows.len());
    for (n, row) in rows.iter().enumerate() {
        if let Some(key) = row.get(column).and_then(Key::of) {
            places.entry(key).or_default().push(n);
        }
    }
    places
}

/// The rows of a list in groups, and the group of each parent. Parents with the same key share a group, so that groups
/// together have no more places than there are rows.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    /// The places of the rows of each group. The last group has none.
    pub(crate) places: Vec<Vec<usize>>,
    of_parents: Vec<usize>,
}

impl Groups {
    /// All rows in one group, for one parent: the root.
    pub(crate) fn one(rows: usize) -> Self {
        Self { places: vec![(0..rows).collect(), Vec::new()], of_parents: vec![0] }
    }

    /// For each parent, the rows that have its value in a column.
    pub(crate) fn by(rows: &[Vec<Scalar>], column: usize, parents: &[Option<Key<'_>>]) -> Self {
        let (mut groups, mut of_keys) = (Vec::new(), HashMap::new());
        for (key, places) in places(rows, column) {
            of_keys.insert(key, groups.len());
            groups.push(places);
        }
        let none = groups.len();
        groups.push(Vec::new());
        let of_parent =
            |key: &Option<Key<'_>>| key.and_then(|key| of_keys.get(&key).copied()).unwrap_or(none);
        let of_parents = parents.iter().map(of_parent).collect();
        Self { places: groups, of_parents }
    }

    /// The number of a parent's group.
    pub(crate) fn of(&self, parent: usize) -> Option<usize> {
        self.of_parents.get(parent).copied()
    }

    /// The places of a parent's rows.
    pub(crate) fn places_of(&self, parent: usize) -> &[usize] {
        self.of(parent).and_then(|group| self.places.get(group)).map(Vec::as_slice).unwrap_or_default()
    }

    /// For each parent, the place of its first row.
    pub(crate) fn firsts(&self) -> Vec<Option<usize>> {
        (0..self.of_parents.len()).map(|parent| self.places_of(parent).first().copied()).collect()
    }

    /// Leaves out the objects that equal an earlier one of their group in what they must differ in, and those beyond the
    /// limit. Returns the table without the rows that are in no group any more.
    pub(crate) fn trim(&mut self, mut table: Table, arguments: &ListArguments) -> Table {
        let ListArguments { distinct, limit, offset, .. } = arguments;
        if distinct.is_empty() && limit.is_none() && *offset == 0 {
            return table;
        }
        let columns: Vec<usize> = distinct.iter().map(|member| table.members.at(member)).collect();
        let mut new_places = vec![None; table.rows.len()];
        for places in &mut self.places {
            let mut seen = HashSet::new();
            if !columns.is_empty() {
                places.retain(|place| seen.insert(values_as_bytes(&table.rows[*place], &columns)));
            }
            let wanted = places.iter().copied().skip(*offset as usize);
            *places = wanted.take(limit.unwrap_or(ROWS_MAX) as usize).collect();
            places.iter().for_each(|place| new_places[*place] = Some(0));
        }
        let mut used = Vec::new();
        for (row, place) in Arc::unwrap_or_clone(table.rows).into_iter().zip(&mut new_places) {
            if let Some(place) = place {
                *place = used.len();
                used.push(row);
            }
        }
        for places in &mut self.places {
            places.iter_mut().for_each(|place| *place = new_places[*place].unwrap_or_default());
        }
        Table { members: table.members, rows: Arc::new(used), is_whole: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_with_one_key_share_a_group() {
        let row = |key: &str| vec![Scalar::Text(key.into())];
        let rows = [row("a"), row("b"), row("a")];
        let parents = [Some("a"), None, Some("a"), Some("c"), Some("b")].map(|key| key.map(Key::Text));
        let groups = Groups::by(&rows, 0, &parents);
        let of: Vec<&[usize]> = (0..parents.len()).map(|parent| groups.places_of(parent)).collect();
        assert_eq!(of, [&[0, 2][..], &[], &[0, 2], &[], &[1]]);
        let places: usize = groups.places.iter().map(Vec::len).sum();
        assert_eq!(places, rows.len());
        assert_eq!(groups.firsts(), [Some(0), None, Some(0), None, Some(1)]);
    }
}
