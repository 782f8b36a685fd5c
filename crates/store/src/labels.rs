//! Label selectors as conditions of a query.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::label::{LabelValue, Labels};
use bailiwick_domain::selector::{Condition, Selector};
use uuid::Uuid;

use crate::database::Tx;
use crate::error::Result;
use crate::statement::Statement;

/// How many labels one statement writes. Each has four values, and SQLite looks for each of a
/// statement's values among all of them.
const LABELS_AT_ONCE: usize = 250;

/// The table that holds the labels of a noun, one row a label, beside the JSON in the noun's row:
/// the JSON is read, the table is searched.
#[derive(Clone, Copy)]
pub(crate) struct LabelTable {
    /// ` AND EXISTS (SELECT 1 FROM … WHERE … AND l.name = `
    pub(crate) exists: &'static str,
    /// ` AND NOT EXISTS (SELECT 1 FROM … WHERE … AND l.name = `
    pub(crate) not_exists: &'static str,
    /// `SELECT … AS few_id FROM … WHERE l.organization_id = `
    pub(crate) ids: &'static str,
    /// `DELETE FROM … WHERE organization_id = `
    pub(crate) delete: &'static str,
    /// ` AND … IN `, with the column that holds the object's id.
    pub(crate) id_in: &'static str,
    /// `INSERT INTO … (organization_id, …, name, value) VALUES `
    pub(crate) insert: &'static str,
}

/// The labels of a noun: `label_table!("node", "nodes")` are those in `node_labels`.
macro_rules! label_table {
    ($noun:literal, $table:literal) => {
        $crate::labels::LabelTable {
            exists: concat!(" AND EXISTS", label_table!(@of $noun, $table)),
            not_exists: concat!(" AND NOT EXISTS", label_table!(@of $noun, $table)),
            ids: concat!(
                "SELECT l.", $noun, "_id AS few_id FROM ", $noun, "_labels l WHERE l.organization_id = "
            ),
            delete: concat!("DELETE FROM ", $noun, "_labels WHERE organization_id = "),
            id_in: concat!(" AND ", $noun, "_id IN "),
            insert: concat!(
                "INSERT INTO ", $noun, "_labels (organization_id, ", $noun, "_id, name, value) VALUES "
            ),
        }
    };
    (@of $noun:literal, $table:literal) => {
        concat!(
            " (SELECT 1 FROM ", $noun, "_labels l WHERE l.organization_id = ", $table,
            ".organization_id AND l.", $noun, "_id = ", $table, ".id AND l.name = "
        )
    };
}

pub(crate) use label_table;

impl LabelTable {
    /// Adds what `selector` requires to a statement that ends within its `WHERE`.
    pub(crate) fn filter(self, statement: &mut Statement, selector: &Selector) {
        for requirement in selector.requirements() {
            let (head, values) = match &requirement.condition {
                Condition::Exists => (self.exists, None),
                Condition::Absent => (self.not_exists, None),
                Condition::In(values) => (self.exists, Some(values)),
                Condition::NotIn(values) => (self.not_exists, Some(values)),
            };
            statement.push(head).push_value(requirement.name.as_str());
            if let Some(values) = values {
                statement.push(" AND l.value IN ").push_values(values.iter().map(LabelValue::as_str));
            }
            statement.push(")");
        }
    }

    /// For each requirement that a label must meet by being there, the ids of the objects that meet
    /// it: what a query may [begin at](crate::few) if they are few.
    pub(crate) fn candidates(
        self,
        organization: OrganizationId,
        selector: &Selector,
    ) -> impl Iterator<Item = Statement> {
        selector.requirements().iter().filter_map(move |requirement| {
            let values = match &requirement.condition {
                Condition::Exists => None,
                Condition::In(values) => Some(values),
                Condition::Absent | Condition::NotIn(_) => return None,
            };
            let mut statement = Statement::new(self.ids);
            statement.push_value(organization.as_uuid());
            statement.push(" AND l.name = ").push_value(requirement.name.as_str());
            if let Some(values) = values {
                statement.push(" AND l.value IN ").push_values(values.iter().map(LabelValue::as_str));
            }
            Some(statement)
        })
    }

    /// Makes `labels` the labels of the object with id `id`.
    pub(crate) async fn replace(
        self,
        tx: &mut Tx,
        organization: OrganizationId,
        id: Uuid,
        labels: &Labels,
    ) -> Result<()> {
        self.remove(tx, organization, [id]).await?;
        self.add(tx, organization, [(id, labels)]).await
    }

    /// Takes their labels from the objects with these ids.
    pub(crate) async fn remove(
        self,
        tx: &mut Tx,
        organization: OrganizationId,
        ids: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<()> {
        let mut statement = Statement::new(self.delete);
        statement.push_value(organization.as_uuid()).push(self.id_in).push_values(ids);
        tx.execute(statement).await?;
        Ok(())
    }

    /// Gives labels to objects that have none.
    pub(crate) async fn add<'l>(
        self,
        tx: &mut Tx,
        organization: OrganizationId,
        labelled: impl IntoIterator<Item = (Uuid, &'l Labels)> + Send,
    ) -> Result<()> {
        let rows: Vec<_> = labelled
            .into_iter()
            .flat_map(|(id, labels)| labels.iter().map(move |(name, value)| (id, name, value)))
            .collect();
        for rows in rows.chunks(LABELS_AT_ONCE) {
            let mut statement = Statement::new(self.insert);
            for (n, (id, name, value)) in rows.iter().enumerate() {
                if n > 0 {
                    statement.push(", ");
                }
                statement.push_values([
                    organization.as_uuid().into(),
                    (*id).into(),
                    name.as_str().into(),
                    crate::statement::Value::from(value.as_str()),
                ]);
            }
            tx.execute(statement).await?;
        }
        Ok(())
    }
}
