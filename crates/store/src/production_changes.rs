//! The outbox of reports: the times of nodes whose sums are outdated, because what is said about them changed.
//!
//! A row is written in the transaction of the change, and deleted when reports have taken note of it.

use bailiwick_domain::id::{NodeId, OrganizationId, SiteId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::sql::column::Column as _;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many changes one statement deletes.
const FORGOTTEN_AT_ONCE: usize = 1_000;

/// A change of what is said about nodes: the sums of these nodes for this time are outdated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductionChange {
    /// Its number. Later changes have greater ones, apart from those of transactions that ran at the same time.
    pub id: i64,
    /// The organization.
    pub organization: OrganizationId,
    /// The nodes.
    pub area: Area,
    /// The time.
    pub outdated: Outdated,
}

/// A time for which sums are outdated, in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// The first microsecond.
    pub first_at: i64,
    /// The last microsecond.
    pub last_at: i64,
}

impl Outdated {
    /// All time.
    pub const ALWAYS: Self = Self { first_at: 0, last_at: i64::MAX };

    /// One point in time.
    pub const fn at(at: Timestamp) -> Self {
        Self { first_at: at.as_micros(), last_at: at.as_micros() }
    }

    /// From a start up to, but without, an end; without an end, all time from the start on.
    pub fn between(start: Timestamp, end: Option<Timestamp>) -> Self {
        let first_at = start.as_micros();
        let last_at = end.map_or(i64::MAX, |end| (end.as_micros() - 1).max(first_at));
        Self { first_at, last_at }
    }
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    id: i64,
    site_id: Option<Uuid>,
    node_id: Option<Uuid>,
    first_at: i64,
    last_at: i64,
}

impl Store {
    /// The first changes of an organization, in the order of their numbers; at most `most`.
    pub async fn production_changes(
        &self,
        organization: OrganizationId,
        most: u32,
    ) -> Result<Vec<ProductionChange>> {
        let mut statement = Statement::new(
            "SELECT id, site_id, node_id, first_at, last_at FROM production_changes \
             WHERE organization_id = $1 ORDER BY id LIMIT ",
        )
        .bind(organization.as_uuid());
        statement.push_number(most);
        let mut run = self;
        let rows = run.rows::<ChangeRow>(StatementName::ProductionChangesList, statement).await?;
        let change = |row: ChangeRow| ProductionChange {
            id: row.id,
            organization,
            area: Area::of(row.site_id.map(SiteId::from_uuid), row.node_id.map(NodeId::from_uuid)),
            outdated: Outdated { first_at: row.first_at, last_at: row.last_at },
        };
        Ok(rows.into_iter().map(change).collect())
    }

    /// Deletes changes that were read, and no others: with PostgreSQL, a change with a smaller number may be
    /// committed after one with a greater number was read.
    pub async fn forget_production_changes(&self, read: &[ProductionChange]) -> Result<()> {
        if read.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for changes in read.chunks(FORGOTTEN_AT_ONCE) {
            let mut statement = Statement::new("DELETE FROM production_changes WHERE id IN ");
            statement.push_values(changes.iter().map(|change| change.id));
            tx.execute(StatementName::ProductionChangesForget, statement).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Begins the insertion of changes.
const INSERT: &str = "INSERT INTO production_changes (organization_id, site_id, node_id, first_at, last_at) ";

impl Tx {
    /// Notes that the sums of some nodes are outdated.
    pub async fn production_changed(
        &mut self,
        organization: OrganizationId,
        area: Area,
        outdated: Outdated,
    ) -> Result<()> {
        let mut statement = Statement::new(INSERT);
        statement.push("VALUES ").push_values([
            organization.value(),
            area.site().value(),
            area.node().value(),
            outdated.first_at.into(),
            outdated.last_at.into(),
        ]);
        self.execute(StatementName::ProductionChangesNote, statement).await?;
        Ok(())
    }

    /// Notes that the sums of some nodes are outdated, for all nodes and times that a query finds: the columns
    /// `node_id`, `first_at` and `last_at`, with one row for each node.
    pub(crate) async fn production_changed_of(
        &mut self,
        organization: OrganizationId,
        found: &Statement,
    ) -> Result<()> {
        let mut statement = Statement::new(INSERT);
        statement.push("SELECT ").push_value(organization.as_uuid());
        statement.push(", NULL, found.node_id, found.first_at, found.last_at FROM (");
        statement.push_statement(found).push(") AS found");
        self.execute(StatementName::ProductionChangesNoteOf, statement).await?;
        Ok(())
    }

    /// Notes the nodes among these that will be at another site than they are now. Their calendars change with it.
    pub(crate) async fn nodes_will_be_at(
        &mut self,
        organization: OrganizationId,
        nodes: impl Iterator<Item = (NodeId, Option<SiteId>)>,
    ) -> Result<()> {
        let rows = nodes.map(|(node, site)| -> [Value; 2] { [node.value(), site.value()] });
        let mut statement = Statement::with("id, site_id", rows);
        statement.push(INSERT).push("SELECT n.organization_id, NULL, n.id, ");
        statement.push_number(Outdated::ALWAYS.first_at).push(", ");
        statement.push_number(Outdated::ALWAYS.last_at);
        statement.push(" FROM v CROSS JOIN nodes n WHERE n.id = v.id AND n.organization_id = ");
        statement.push_value(organization.as_uuid()).push(" AND n.site_id IS DISTINCT FROM v.site_id");
        self.execute(StatementName::ProductionChangesNoteMoves, statement).await?;
        Ok(())
    }
}
