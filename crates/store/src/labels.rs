//! Label selectors as conditions of a query.

use bailiwick_domain::label::{LabelValue, Labels};
use bailiwick_domain::selector::{Condition, Selector};

use crate::database::Tx;
use crate::error::Result;
use crate::statement::{Statement, Value};

/// The table that holds the labels of a noun, one row a label, beside the JSON in the noun's row:
/// the JSON is read, the table is searched.
#[derive(Clone, Copy)]
pub(crate) struct LabelTable {
    /// ` AND EXISTS (SELECT 1 FROM … WHERE … AND l.name = `
    pub(crate) exists: &'static str,
    /// ` AND NOT EXISTS (SELECT 1 FROM … WHERE … AND l.name = `
    pub(crate) not_exists: &'static str,
    /// `DELETE FROM … WHERE … = $1`
    pub(crate) delete: &'static str,
    /// `INSERT INTO … (…, name, value) VALUES `
    pub(crate) insert: &'static str,
}

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

    /// Makes `labels` the labels of the object with id `id`.
    pub(crate) async fn replace(self, tx: &mut Tx, id: Value, labels: &Labels) -> Result<()> {
        tx.execute(Statement::new(self.delete).bind(id.clone())).await?;
        let mut statement = Statement::new(self.insert);
        let mut any = false;
        for (name, value) in labels.iter() {
            if any {
                statement.push(", ");
            }
            any = true;
            statement.push_values([id.clone(), name.as_str().into(), value.as_str().into()]);
        }
        if any {
            tx.execute(statement).await?;
        }
        Ok(())
    }
}
