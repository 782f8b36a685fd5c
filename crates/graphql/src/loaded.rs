//! What was read for a query, and its JSON.

use std::sync::Arc;

use bailiwick_domain::row_query::Scalar;

use crate::groups::Groups;
use crate::json::{push_object, push_scalar, push_text};
use crate::model::Reading;

/// The longest answer, in bytes. Related objects are written once for each object that they belong to, so that few rows
/// can become a long answer.
pub(crate) const ANSWER_MAX: usize = 16 << 20;

/// Objects of one type, and what is selected of them.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) rows: Arc<Vec<Vec<Scalar>>>,
    pub(crate) fields: Vec<(String, Selection)>,
}

/// What is selected under one response key.
#[derive(Debug)]
pub(crate) enum Selection {
    /// The name of the type.
    TypeName(String),
    /// The value in a column.
    Column(usize, Reading),
    Null,
    /// For each object, the row of one in `of`.
    One {
        of: Loaded,
        at: Vec<Option<usize>>,
    },
    /// For each object, a value of a column of one in `of`.
    Through {
        of: Loaded,
        at: Vec<Option<usize>>,
    },
    /// For each object, the rows of several in `of`.
    Many {
        of: Loaded,
        groups: Arc<Groups>,
    },
    /// The figures of each group as JSON, and the group of each object.
    Figures {
        of_groups: Vec<Box<[u8]>>,
        groups: Arc<Groups>,
    },
    /// For each object, other objects with fields of their own.
    Group(Vec<(String, Self)>),
}

/// Appends a list, with what `each` appends for an item. Ends early when the answer is too long, which is refused then.
fn push_list<T>(json: &mut Vec<u8>, items: impl Iterator<Item = T>, mut each: impl FnMut(&mut Vec<u8>, T)) {
    json.push(b'[');
    for (n, item) in items.enumerate() {
        if json.len() > ANSWER_MAX {
            break;
        }
        if n > 0 {
            json.push(b',');
        }
        each(json, item);
    }
    json.push(b']');
}

fn push_fields(json: &mut Vec<u8>, fields: &[(String, Selection)], rows: &[Vec<Scalar>], at: usize) {
    push_object(json, fields.iter(), |(key, _)| key, |json, (_, selection)| selection.push(json, rows, at));
}

impl Loaded {
    /// Appends one of the objects.
    pub(crate) fn push(&self, json: &mut Vec<u8>, at: usize) {
        push_fields(json, &self.fields, &self.rows, at);
    }
}

impl Selection {
    /// Appends the value of the object in a row.
    pub(crate) fn push(&self, json: &mut Vec<u8>, rows: &[Vec<Scalar>], at: usize) {
        let null = |json: &mut Vec<u8>| json.extend_from_slice(b"null");
        match self {
            Self::TypeName(name) => push_text(json, name),
            Self::Null => null(json),
            Self::Column(column, reading) => match rows.get(at).and_then(|row| row.get(*column)) {
                Some(value @ Scalar::Text(_)) => match reading {
                    Reading::Plain => push_scalar(json, value),
                    Reading::Words(_) => push_scalar(json, &reading.read(value.clone())),
                },
                Some(value) => push_scalar(json, value),
                None => null(json),
            },
            Self::One { of, at: places } => match places.get(at).copied().flatten() {
                Some(place) => of.push(json, place),
                None => null(json),
            },
            Self::Through { of, at: places } => {
                let place = places.get(at).copied().flatten();
                match place.and_then(|place| of.rows.get(place)?.first()) {
                    Some(value) => push_scalar(json, value),
                    None => null(json),
                }
            }
            Self::Many { of, groups } => {
                push_list(json, groups.places_of(at).iter(), |json, place| of.push(json, *place));
            }
            Self::Figures { of_groups, groups } => match groups.of(at).and_then(|group| of_groups.get(group))
            {
                Some(figures) => json.extend_from_slice(figures),
                None => null(json),
            },
            Self::Group(fields) => push_fields(json, fields, rows, at),
        }
    }
}
