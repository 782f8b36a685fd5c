//! The figures of a list that a document asks for.

use std::sync::Arc;

use bailiwick_domain::row_query::Scalar;

use crate::aggregate::{self, Aggregate};
use crate::arguments::columns;
use crate::document::{Document, Selected};
use crate::error::QueryError;
use crate::groups::{Groups, Members};
use crate::json::{push_object, push_scalar, push_text};
use crate::loaded::Selection;
use crate::model::{Leads, ObjectType, Reading};

/// A field of a figure.
pub(crate) struct FigureField {
    key: String,
    /// The column, and how its values are read; `None` for the name of the type.
    column: Option<(usize, Reading)>,
    type_name: String,
}

/// A figure that is asked for, under its response key.
pub(crate) enum Figure {
    TypeName(String, String),
    Count { key: String, columns: Vec<usize>, is_distinct: bool },
    Of { key: String, aggregate: Aggregate, fields: Vec<FigureField> },
}

impl Figure {
    /// The figures that a selection asks for. Notes the members that they need.
    pub(crate) fn all(
        document: &Document,
        object: &'static ObjectType,
        part: &Selected<'_>,
        members: &mut Members,
    ) -> Result<Vec<Self>, QueryError> {
        let type_name = |suffix: &str| format!("{}_{suffix}_fields", object.name);
        let mut figures = Vec::new();
        for figure in document.collect(&part.of) {
            let key = figure.key.to_owned();
            figures.push(match (figure.name(), Aggregate::named(figure.name())) {
                ("count", _) => {
                    let named = document.argument(figure.field, "columns")?;
                    let named = named.map_or(Ok(Vec::new()), |value| columns(object, &value))?;
                    let is_distinct = document.argument(figure.field, "distinct")?;
                    let is_distinct = is_distinct == Some(async_graphql::Value::Boolean(true));
                    let columns = named.into_iter().map(|member| members.at(member)).collect();
                    Self::Count { key, columns, is_distinct }
                }
                (_, Some(aggregate)) => {
                    let mut fields = Vec::new();
                    for field in document.collect(&figure.of) {
                        let column = match object.field(field.name()).map(|field| &field.leads) {
                            Some(Leads::Member { member, reading, .. }) => {
                                Some((members.at(member), *reading))
                            }
                            _ => None,
                        };
                        let (key, type_name) = (field.key.to_owned(), type_name(aggregate.name()));
                        fields.push(FigureField { key, column, type_name });
                    }
                    Self::Of { key, aggregate, fields }
                }
                (_, None) => Self::TypeName(key, type_name("aggregate")),
            });
        }
        Ok(figures)
    }

    /// How many values of a row it is computed from.
    pub(crate) const fn width(&self) -> usize {
        match self {
            Self::TypeName(..) => 0,
            Self::Count { columns, .. } if columns.is_empty() => 1,
            Self::Count { columns, .. } => columns.len(),
            Self::Of { fields, .. } => fields.len(),
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::TypeName(key, _) | Self::Count { key, .. } | Self::Of { key, .. } => key,
        }
    }

    /// Appends the figure of the rows at some places as JSON.
    fn push(&self, json: &mut Vec<u8>, rows: &[Vec<Scalar>], at: &[usize]) {
        let of = || at.iter().filter_map(|place| rows.get(*place));
        match self {
            Self::TypeName(_, name) => push_text(json, name),
            Self::Count { columns, is_distinct, .. } => {
                push_scalar(json, &Scalar::Integer(aggregate::count(of(), columns, *is_distinct)));
            }
            Self::Of { aggregate, fields, .. } => {
                push_object(
                    json,
                    fields.iter(),
                    |field| &field.key,
                    |json, field| match &field.column {
                        Some((column, reading)) => {
                            let figure = aggregate.of(of().filter_map(|row| row.get(*column)));
                            push_scalar(json, &reading.read(figure));
                        }
                        None => push_text(json, &field.type_name),
                    },
                );
            }
        }
    }

    /// The figures of the rows at some places, as JSON.
    pub(crate) fn json(figures: &[Self], rows: &[Vec<Scalar>], at: &[usize]) -> Box<[u8]> {
        let mut json = Vec::new();
        push_object(
            &mut json,
            figures.iter(),
            |figure| figure.key(),
            |json, figure| figure.push(json, rows, at),
        );
        json.into_boxed_slice()
    }
}

/// The selections of a list of which only the number of objects is asked for.
pub(crate) fn figures_of_count(
    document: &Document,
    object: &ObjectType,
    inner: &[Selected<'_>],
    count: i64,
) -> Vec<(String, Selection)> {
    let part = |part: &Selected<'_>| {
        if part.name() == "__typename" {
            return (part.key.to_owned(), Selection::TypeName(format!("{}_aggregate", object.name)));
        }
        let mut json = Vec::new();
        let figures = document.collect(&part.of);
        push_object(
            &mut json,
            figures.iter(),
            |figure| figure.key,
            |json, figure| match figure.name() {
                "count" => push_scalar(json, &Scalar::Integer(count)),
                _ => push_text(json, &format!("{}_aggregate_fields", object.name)),
            },
        );
        let of_groups = vec![json.into_boxed_slice()];
        (part.key.to_owned(), Selection::Figures { of_groups, groups: Arc::new(Groups::one(0)) })
    };
    inner.iter().map(part).collect()
}
