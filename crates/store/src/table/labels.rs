//! Label selectors as SQL conditions, and writing labels.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::label::{LabelValue, Labels};
use bailiwick_domain::selector::{Condition, Requirement, Selector};
use uuid::Uuid;

use crate::database::store::Tx;
use crate::error::Result;
use crate::sql::column::Column;
use crate::sql::query::{self, Expression as _, Found, Ids, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::label_table::{LabelTable, NAME, ORGANIZATION, VALUE};
use crate::table::order::Listed;
use crate::table::track::Track;

/// How many labels one statement inserts. Each has five values, and SQLite's search for each placeholder
/// takes longer the more there are.
const LABELS_AT_ONCE: usize = 200;

/// The most values in an `In` requirement for which its objects are still read in order, one query per
/// value.
const VALUES_IN_ORDER: usize = 16;

/// The condition that a requirement sets on the value of the label that it names, which is null if there is no
/// such label.
fn meets(condition: &Condition, value: Found<LabelValue>) -> query::Condition {
    match condition {
        Condition::Exists => value.present(),
        Condition::Absent => value.missing(),
        Condition::In(values) => value.one_of(values),
        Condition::NotIn(values) => value.none_of(values),
    }
}

impl<I: Column, C: Listed> LabelTable<I, C> {
    /// What `selector` requires of an object in the noun's table. The conditions are on scalar subqueries, which
    /// cannot become joins: PostgreSQL would otherwise read both tables in full.
    pub(crate) fn conditions(&self, selector: &Selector) -> Vec<query::Condition> {
        let condition = |Requirement { name, condition }: &Requirement| {
            let value = Select::new("l.value", self.labels, self.of_row).and(NAME.is(name));
            meets(condition, Found::by(value))
        };
        selector.requirements().iter().map(condition).collect()
    }

    /// A requirement of the object `few_id`, `few_order`.
    pub(crate) fn require(
        &self,
        organization: OrganizationId,
        Requirement { name, condition }: &Requirement,
    ) -> query::Condition {
        if let Condition::In(values) = condition {
            let label = Select::new("1", self.labels, ORGANIZATION.is(&organization)).and(NAME.is(name));
            let label = label.and(VALUE.one_of(values)).and(self.of_few);
            return query::Condition::exists(label.looked_up());
        }
        let value = Select::new("l.value", self.labels, self.of_few_id).and(ORGANIZATION.is(&organization));
        meets(condition, Found::by(value.and(NAME.is(name))))
    }

    /// For each requirement that only objects with the label can meet, a query of the ids of those objects,
    /// at which a list query may [start](crate::table::few) if they are few.
    pub(crate) fn candidates(&self, organization: OrganizationId, selector: &Selector) -> Vec<Ids<I>> {
        self.candidates_of(organization, selector.requirements())
    }

    /// [`LabelTable::candidates`] for some requirements only.
    pub(crate) fn candidates_of<'s>(
        &self,
        organization: OrganizationId,
        requirements: impl IntoIterator<Item = &'s Requirement>,
    ) -> Vec<Ids<I>> {
        let candidate = |Requirement { name, condition }: &Requirement| {
            let value = match condition {
                Condition::Exists => None,
                Condition::In(values) => Some(VALUE.one_of(values)),
                Condition::Absent | Condition::NotIn(_) => return None,
            };
            let others = std::iter::once(NAME.is(name)).chain(value);
            Some(Ids::new(self.object, self.labels, ORGANIZATION.is(&organization), others))
        };
        requirements.into_iter().filter_map(candidate).collect()
    }

    /// For each requirement that a label has one of some values, the track of the objects that meet it.
    pub(crate) fn tracks<'s>(
        &self,
        organization: OrganizationId,
        selector: &'s Selector,
        is_descending: bool,
    ) -> Vec<Track<'s, C>> {
        let track = |requirement: &'s Requirement| {
            let Requirement { name, condition: Condition::In(values) } = requirement else { return None };
            if values.len() > VALUES_IN_ORDER {
                return None;
            }
            // The rows of each value are in order. With `IN`, both databases would sort all of them.
            let one = |value: &LabelValue| {
                let is = query::Condition::all([NAME.is(name), VALUE.is(value)]);
                Track::new(self.order, self.track, self.labels, ORGANIZATION.is(&organization), is)
            };
            let values = values.iter().map(one).collect();
            Some(Track::merged(self.order, is_descending, values)?.meeting(requirement))
        };
        selector.requirements().iter().filter_map(track).collect()
    }

    /// Replaces the labels of objects, which are given as in [`add`](Self::add).
    pub(crate) async fn replace(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        labelled: Vec<(Uuid, Value, &Labels)>,
    ) -> Result<()> {
        let mut statement = Statement::new(self.delete);
        statement.push_value(organization.as_uuid()).push(self.id_in);
        statement.push_values(labelled.iter().map(|(id, ..)| *id));
        tx.execute(self.delete_name, statement).await?;
        self.add(tx, organization, labelled).await
    }

    /// Inserts the labels of objects that have none yet. Each object is given by its id and the value of its
    /// sort column.
    pub(crate) async fn add<'l>(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        labelled: impl IntoIterator<Item = (Uuid, Value, &'l Labels)> + Send,
    ) -> Result<()> {
        let rows: Vec<[Value; 5]> = labelled
            .into_iter()
            .flat_map(|(id, order, labels)| {
                labels.iter().map(move |(name, value)| {
                    let (name, value) = (name.as_str().into(), value.as_str().into());
                    [organization.as_uuid().into(), id.into(), name, value, order.clone()]
                })
            })
            .collect();
        for rows in rows.chunks(LABELS_AT_ONCE) {
            let mut statement = Statement::new(self.insert);
            statement.push_rows(rows.iter().cloned());
            tx.execute(self.insert_name, statement).await?;
        }
        Ok(())
    }
}
