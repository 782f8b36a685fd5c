//! Label selectors as SQL conditions, and writing labels.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::label::{LabelName, LabelValue, Labels};
use bailiwick_domain::selector::{Condition, Requirement, Selector};
use uuid::Uuid;

use crate::database::store::Tx;
use crate::error::Result;
use crate::sql::statement::{Statement, Value};
use crate::table::label_table::LabelTable;
use crate::table::list::{Ordered, Sort};
use crate::table::walk::{COLUMNS, Track};

/// How many labels one statement inserts. Each has five values, and SQLite's search for each placeholder
/// takes longer the more there are.
const LABELS_AT_ONCE: usize = 200;

/// The most values in an `In` requirement for which its objects are still read in order, one query per
/// value.
const VALUES_IN_ORDER: usize = 16;

/// Adds a condition on a label's value. `value` adds the SQL of that value.
fn push_condition(statement: &mut Statement, condition: &Condition, value: impl FnOnce(&mut Statement)) {
    let (before, after, values) = match condition {
        Condition::Exists => (" AND ", " IS NOT NULL", None),
        Condition::Absent => (" AND ", " IS NULL", None),
        Condition::In(values) => (" AND ", " IN ", Some(values)),
        Condition::NotIn(values) => (" AND coalesce(", " NOT IN ", Some(values)),
    };
    statement.push(before);
    value(statement);
    statement.push(after);
    if let Some(values) = values {
        statement.push_values(values.iter().map(LabelValue::as_str));
    }
    if matches!(condition, Condition::NotIn(_)) {
        statement.push(", TRUE)");
    }
}

impl LabelTable {
    /// Adds what `selector` requires to a statement that ends inside its `WHERE` clause. It uses scalar
    /// subqueries, which cannot become joins: PostgreSQL would otherwise read both tables in full.
    pub(crate) fn filter(self, statement: &mut Statement, selector: &Selector) {
        for Requirement { name, condition } in selector.requirements() {
            push_condition(statement, condition, |statement| {
                statement.push(self.value).push_value(name.as_str()).push(")");
            });
        }
    }

    /// Adds a requirement to a query of ids, called `few_id`, that ends inside its `WHERE` clause.
    pub(crate) fn require(
        self,
        few: &mut Statement,
        organization: OrganizationId,
        requirement: &Requirement,
    ) {
        let Requirement { name, condition } = requirement;
        if let Condition::In(values) = condition {
            few.push(self.exists).push_value(organization.as_uuid());
            few.push(" AND l.name = ").push_value(name.as_str());
            few.push(" AND l.value IN ").push_values(values.iter().map(LabelValue::as_str));
            few.push(self.of_few);
        } else {
            push_condition(few, condition, |few| {
                few.push(self.few_value).push_value(organization.as_uuid());
                few.push(" AND l.name = ").push_value(name.as_str()).push(")");
            });
        }
    }

    /// A query of the ids of the objects that have a label with this name.
    fn with(self, organization: OrganizationId, name: &LabelName) -> Statement {
        let mut statement = Statement::new(self.ids);
        statement.push_value(organization.as_uuid());
        statement.push(" AND l.name = ").push_value(name.as_str());
        statement
    }

    /// For each requirement that only objects with the label can meet, a query of the ids of those objects,
    /// at which a list query may [start](crate::table::few) if they are few.
    pub(crate) fn candidates(self, organization: OrganizationId, selector: &Selector) -> Vec<Statement> {
        self.candidates_of(organization, selector.requirements())
    }

    /// [`LabelTable::candidates`] for some requirements only.
    pub(crate) fn candidates_of<'s>(
        self,
        organization: OrganizationId,
        requirements: impl IntoIterator<Item = &'s Requirement>,
    ) -> Vec<Statement> {
        let candidate = |Requirement { name, condition }: &Requirement| {
            let values = match condition {
                Condition::Exists => None,
                Condition::In(values) => Some(values),
                Condition::Absent | Condition::NotIn(_) => return None,
            };
            let mut statement = self.with(organization, name);
            if let Some(values) = values {
                statement.push(" AND l.value IN ").push_values(values.iter().map(LabelValue::as_str));
            }
            Some(statement)
        };
        requirements.into_iter().filter_map(candidate).collect()
    }

    /// For each requirement that a label has one of some values, the track of the objects that meet it.
    pub(crate) fn tracks<'s, S: Sort>(
        self,
        organization: OrganizationId,
        selector: &'s Selector,
        ordered: &Ordered<S>,
    ) -> Vec<Track<'s>> {
        let track = |requirement: &'s Requirement| {
            let Requirement { name, condition: Condition::In(values) } = requirement else { return None };
            let mut values = values.iter().map(|value| {
                let mut one = self.with(organization, name);
                one.push(" AND l.value = ").push_value(value.as_str());
                one
            });
            if !(1..=VALUES_IN_ORDER).contains(&values.len()) {
                return None;
            }
            if values.len() == 1 {
                return Some(Track { ids: values.next()?, meets: Some(requirement) });
            }
            // The rows of each value are in order, and both databases merge them if each part has an `ORDER
            // BY`. With `IN` they would sort all of them.
            let mut ids = Statement::new("");
            for (n, mut one) in values.enumerate() {
                ordered.push_order(&mut one, COLUMNS);
                ids.push(if n == 0 { "" } else { " UNION ALL " }).push("SELECT few_id, few_order FROM (");
                ids.push_statement(&one).push(") AS one");
            }
            Some(Track { ids, meets: Some(requirement) })
        };
        selector.requirements().iter().filter_map(track).collect()
    }

    /// Replaces the labels of objects, which are given as in [`add`](Self::add).
    pub(crate) async fn replace(
        self,
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
        self,
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
