//! The figures of a list that a document asks for.

use bailiwick_domain::row_query::Scalar;
use serde_json::Value;

use crate::aggregate::{self, Aggregate};
use crate::arguments::columns;
use crate::document::{Document, Selected};
use crate::error::QueryError;
use crate::groups::{Groups, Members};
use crate::loaded::Selection;
use crate::model::{Leads, ObjectType};

/// A figure that is asked for, under its response key.
pub(crate) enum Figure {
    TypeName(String, String),
    Count { key: String, columns: Vec<usize>, is_distinct: bool },
    Of { key: String, aggregate: Aggregate, fields: Vec<(String, Option<usize>, String)> },
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
                            Some(Leads::Member { member, .. }) => Some(members.at(member)),
                            _ => None,
                        };
                        fields.push((field.key.to_owned(), column, type_name(aggregate.name())));
                    }
                    Self::Of { key, aggregate, fields }
                }
                (_, None) => Self::TypeName(key, type_name("aggregate")),
            });
        }
        Ok(figures)
    }

    /// The figures of the rows at some places.
    pub(crate) fn json(figures: &[Self], rows: &[Vec<Scalar>], at: &[usize]) -> Value {
        let of = || at.iter().filter_map(|place| rows.get(*place));
        let each = figures.iter().map(|figure| match figure {
            Self::TypeName(key, name) => (key.clone(), name.clone().into()),
            Self::Count { key, columns, is_distinct } => {
                (key.clone(), aggregate::count(of(), columns, *is_distinct).into())
            }
            Self::Of { key, aggregate, fields } => {
                let values = fields.iter().map(|(key, column, type_name)| {
                    let value = match column {
                        Some(column) => as_json(aggregate.of(of().filter_map(|row| row.get(*column)))),
                        None => type_name.clone().into(),
                    };
                    (key.clone(), value)
                });
                (key.clone(), Value::Object(values.collect()))
            }
        });
        Value::Object(each.collect())
    }
}

fn as_json(value: Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Boolean(is) => is.into(),
        Scalar::Integer(number) => number.into(),
        Scalar::Number(number) => number.into(),
        Scalar::Text(text) => text.into(),
        Scalar::Time(time) => time.to_string().into(),
        Scalar::Json(value) => value,
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
        let figure = |figure: &Selected<'_>| {
            let value = match figure.name() {
                "count" => count.into(),
                _ => format!("{}_aggregate_fields", object.name).into(),
            };
            (figure.key.to_owned(), value)
        };
        let figures = document.collect(&part.of).iter().map(figure).collect();
        let of_groups = vec![Value::Object(figures)];
        (part.key.to_owned(), Selection::Figures { of_groups, groups: Groups::one(0) })
    };
    inner.iter().map(part).collect()
}
