//! The changes of objects that callers of the API may follow, in the order in which they are committed. Triggers of the
//! database write them.

use std::fmt;
use std::str::FromStr;

use bailiwick_domain::id::{OrganizationId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::revision::Revision;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Engine, Store};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The kinds of objects whose changes are noted.
pub const NOUNS: [&str; 21] = [
    "agent",
    "annotation",
    "calendar",
    "command",
    "downtime_reason",
    "goal",
    "job_operation",
    "job_run",
    "key",
    "maintenance_window",
    "node",
    "operator",
    "operator_run",
    "part_correction",
    "reject",
    "role",
    "schedule",
    "script",
    "service",
    "site",
    "user",
];
/// How many changes are kept at least.
const KEPT: i64 = 200_000;
/// How many numbers of changes one statement deletes.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

/// A place in the order of changes. Its text is `TRANSACTION-NUMBER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangePosition {
    /// The transaction: on PostgreSQL its id, on SQLite 0.
    transaction: i64,
    /// The number of the change.
    number: i64,
}

impl fmt::Display for ChangePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.transaction, self.number)
    }
}

/// The error for a text that is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of an event")]
pub struct BadPosition;

impl FromStr for ChangePosition {
    type Err = BadPosition;

    fn from_str(text: &str) -> Result<Self, BadPosition> {
        let (transaction, number) = text.split_once('-').ok_or(BadPosition)?;
        let number_of = |text: &str| match text.parse() {
            Ok(number) if number >= 0 => Ok(number),
            _ => Err(BadPosition),
        };
        Ok(Self { transaction: number_of(transaction)?, number: number_of(number)? })
    }
}

/// A change of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectChange {
    /// Its place in the order of all changes.
    pub position: ChangePosition,
    /// The kind of object, such as `node`.
    pub noun: String,
    /// The object's id, as REST shows it.
    pub id: String,
    /// The object's revision after the change; `None` if it is deleted, or if this is a node or a site as it was before.
    pub revision: Option<Revision>,
    /// The site of a node, and the id of a site.
    pub site: Option<SiteId>,
    /// The labels of a node or a site; none of other objects.
    pub labels: Labels,
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    transaction_id: i64,
    number: i64,
    noun: String,
    id: String,
    revision: Option<i64>,
    site_id: Option<Uuid>,
    labels: Option<Json<Labels>>,
}

impl From<ChangeRow> for ObjectChange {
    fn from(row: ChangeRow) -> Self {
        // SQLite has UUIDs as bytes, which the triggers write without hyphens. Keys have other ids.
        let id = match Uuid::try_parse(&row.id) {
            Ok(id) => id.hyphenated().to_string(),
            Err(_) => row.id,
        };
        Self {
            position: ChangePosition { transaction: row.transaction_id, number: row.number },
            noun: row.noun,
            id,
            revision: row.revision.map(Revision::new),
            site: row.site_id.map(SiteId::from_uuid),
            labels: row.labels.map(|labels| labels.0).unwrap_or_default(),
        }
    }
}

/// Appends the condition that a change is after a position, and not after another one.
fn between(statement: &mut Statement, after: ChangePosition, until: ChangePosition) {
    statement.push(" (transaction_id, number) > (").push_value(after.transaction).push(", ");
    statement.push_value(after.number).push(") AND (transaction_id, number) <= (");
    statement.push_value(until.transaction).push(", ").push_value(until.number).push(")");
}

impl Store {
    /// The position of the last change before which none can still be committed; the first position if there is none.
    pub async fn last_object_change(&self) -> Result<ChangePosition> {
        let mut statement = Statement::new("SELECT transaction_id, number FROM object_changes");
        if self.engine() == Engine::Postgres {
            statement.push(" WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint");
        }
        statement.push(" ORDER BY transaction_id DESC, number DESC LIMIT 1");
        self.change_position(StatementName::ObjectChangesLast, statement).await
    }

    async fn change_position(&self, name: StatementName, statement: Statement) -> Result<ChangePosition> {
        let mut run = self;
        let row = run.row::<(i64, i64)>(name, statement).await?;
        Ok(row.map(|(transaction, number)| ChangePosition { transaction, number }).unwrap_or_default())
    }

    /// Whether all changes after a position are still kept, up to `last`, the [last](Self::last_object_change) one.
    pub async fn has_object_changes_after(
        &self,
        position: ChangePosition,
        last: ChangePosition,
    ) -> Result<bool> {
        let statement = Statement::new(
            "SELECT transaction_id, number FROM object_changes ORDER BY transaction_id, number LIMIT 1",
        );
        let first = self.change_position(StatementName::ObjectChangesFirst, statement).await?;
        // A later position is one of a database that was replaced by an older copy.
        Ok(position >= first && position <= last)
    }

    /// The first changes of objects of an organization after a position, up to another one; at most `most`.
    pub async fn object_changes(
        &self,
        organization: OrganizationId,
        (after, until): (ChangePosition, ChangePosition),
        most: u32,
    ) -> Result<Vec<ObjectChange>> {
        let mut statement = Statement::new(
            "SELECT transaction_id, number, noun, id, revision, site_id, labels FROM object_changes \
             WHERE organization_id = $1 AND",
        )
        .bind(organization.as_uuid());
        between(&mut statement, after, until);
        statement.push(" ORDER BY transaction_id, number LIMIT ").push_number(most);
        let mut run = self;
        let rows = run.rows::<ChangeRow>(StatementName::ObjectChangesList, statement).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The organizations whose objects changed after a position, up to another one.
    pub async fn changed_organizations(
        &self,
        (after, until): (ChangePosition, ChangePosition),
    ) -> Result<Vec<OrganizationId>> {
        let mut statement = Statement::new("SELECT DISTINCT organization_id FROM object_changes WHERE");
        between(&mut statement, after, until);
        let mut run = self;
        let rows = run.rows::<(Uuid,)>(StatementName::ObjectChangesOrganizations, statement).await?;
        Ok(rows.into_iter().map(|(id,)| OrganizationId::from_uuid(id)).collect())
    }

    /// The kinds of objects of an organization that changed after a position, up to another one.
    pub async fn changed_nouns(
        &self,
        organization: OrganizationId,
        (after, until): (ChangePosition, ChangePosition),
    ) -> Result<Vec<String>> {
        let mut statement =
            Statement::new("SELECT DISTINCT noun FROM object_changes WHERE organization_id = $1 AND")
                .bind(organization.as_uuid());
        between(&mut statement, after, until);
        let mut run = self;
        let rows = run.rows::<(String,)>(StatementName::ObjectChangesNouns, statement).await?;
        Ok(rows.into_iter().map(|(noun,)| noun).collect())
    }

    /// Deletes all but the last 200,000 changes.
    pub async fn forget_object_changes(&self) -> Result<()> {
        loop {
            let mut tx = self.begin().await?;
            let mut statement = Statement::new(
                "DELETE FROM object_changes WHERE number <= (SELECT max(number) FROM object_changes) - ",
            );
            statement.push_number(KEPT).push(" AND number < (SELECT min(number) FROM object_changes) + ");
            statement.push_number(FORGOTTEN_AT_ONCE);
            let gone = tx.execute(StatementName::ObjectChangesForget, statement).await?;
            tx.commit().await?;
            if gone == 0 {
                return Ok(());
            }
        }
    }

    /// Deletes changes that PostgreSQL cannot have written: after a restore from another cluster, the ids of its
    /// transactions begin anew, and the changes of the other cluster would come last for a long time.
    pub async fn forget_changes_of_another_cluster(&self) -> Result<()> {
        if self.engine() != Engine::Postgres {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let statement = Statement::new(
            "DELETE FROM object_changes \
             WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
        );
        tx.execute(StatementName::ObjectChangesForgetForeign, statement).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written_and_sorts_by_transaction_first() {
        let at = |text: &str| text.parse::<ChangePosition>().unwrap();
        assert_eq!(at("12-7").to_string(), "12-7");
        assert!(at("2-9") < at("10-1") && at("2-9") < at("2-10"));
        for wrong in ["", "-", "1", "1-", "-1-2", "1--2", "a-1", "1-2-3"] {
            assert_eq!(wrong.parse::<ChangePosition>(), Err(BadPosition), "{wrong}");
        }
    }
}
