//! Rows of a list, in groups: for each object of the level above, those that belong to it.

use std::collections::HashSet;

use bailiwick_domain::row_query::Scalar;

use crate::arguments::ListArguments;
use crate::loaded::places;
use crate::reader::ROWS_MAX;

/// The members of a list that are read, each once, in the order of the columns.
#[derive(Clone, Default)]
pub(crate) struct Members(Vec<String>);

impl Members {
    /// The column of a member.
    pub(crate) fn at(&mut self, member: &str) -> usize {
        self.0.iter().position(|known| known == member).unwrap_or_else(|| {
            self.0.push(member.to_owned());
            self.0.len() - 1
        })
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }
}

/// Rows, and the members that their columns hold.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) members: Members,
    pub(crate) rows: Vec<Vec<Scalar>>,
}

pub(crate) fn text(value: Option<&Scalar>) -> Option<&str> {
    match value {
        Some(Scalar::Text(text)) => Some(text),
        _ => None,
    }
}

/// Each text once.
pub(crate) fn distinct<'v>(values: impl Iterator<Item = &'v Scalar>) -> Vec<Scalar> {
    let mut seen = HashSet::new();
    let mut distinct = Vec::new();
    for value in values {
        if let Scalar::Text(text) = value
            && seen.insert(text.as_str())
        {
            distinct.push(Scalar::Text(text.clone()));
        }
    }
    distinct
}

/// For each parent, the places of the rows that have its value in a column.
pub(crate) fn grouped(table: &Table, by: usize, parents: &[Option<&str>]) -> Vec<Vec<usize>> {
    let places = places(&table.rows, by);
    parents.iter().map(|key| key.and_then(|key| places.get(key).cloned()).unwrap_or_default()).collect()
}

/// Groups without the objects that equal an earlier one in what they must differ in, and without those beyond the
/// limit; and the rows that are still used. `was_limited` says that the rows were limited where they were read.
pub(crate) fn trimmed(
    mut table: Table,
    mut at: Vec<Vec<usize>>,
    arguments: &ListArguments,
    was_limited: bool,
) -> (Table, Vec<Vec<usize>>) {
    let ListArguments { distinct, limit, offset, .. } = arguments;
    if was_limited || distinct.is_empty() && limit.is_none() && *offset == 0 {
        return (table, at);
    }
    let columns: Vec<usize> = distinct.iter().map(|member| table.members.at(member)).collect();
    let mut is_used = vec![false; table.rows.len()];
    for places in &mut at {
        let mut seen: HashSet<String> = HashSet::new();
        if !columns.is_empty() {
            places.retain(|place| {
                let values: Vec<Option<&Scalar>> =
                    columns.iter().map(|column| table.rows[*place].get(*column)).collect();
                seen.insert(format!("{values:?}"))
            });
        }
        let wanted = places.iter().copied().skip(*offset as usize).take(limit.unwrap_or(ROWS_MAX) as usize);
        *places = wanted.collect();
        places.iter().for_each(|place| is_used[*place] = true);
    }
    let mut new_places = vec![0; table.rows.len()];
    let mut used = Vec::new();
    for (n, row) in table.rows.into_iter().enumerate() {
        if is_used[n] {
            new_places[n] = used.len();
            used.push(row);
        }
    }
    for places in &mut at {
        places.iter_mut().for_each(|place| *place = new_places[*place]);
    }
    (Table { members: table.members, rows: used }, at)
}
