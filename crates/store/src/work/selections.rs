//! Selections: the nodes that targets meant at one time, kept for ten minutes.

use bailiwick_domain::id::{NodeId, OrganizationId, SelectionId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selection::Selection;
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

const TABLE: &str = "selections";
/// The bytes of one id in the column `nodes`.
const ID_BYTES: usize = 16;

#[derive(sqlx::FromRow)]
struct SelectionRow {
    id: Uuid,
    targets: Json<Targets>,
    nodes: Vec<u8>,
    expires_at: i64,
}

impl TryFrom<SelectionRow> for Selection {
    type Error = Error;

    fn try_from(row: SelectionRow) -> Result<Self> {
        let (ids, rest) = row.nodes.as_chunks::<ID_BYTES>();
        let whole = rest.is_empty().then_some(ids).or_corrupt(TABLE, "nodes")?;
        Ok(Self {
            id: SelectionId::from_uuid(row.id),
            targets: row.targets.0,
            nodes: whole.iter().map(|bytes| NodeId::from_uuid(Uuid::from_bytes(*bytes))).collect(),
            expires_at: Timestamp::from_micros(row.expires_at),
        })
    }
}

/// How many selections there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelectionCounts {
    /// Those of all callers of the organization.
    pub of_organization: i64,
    /// Those of one caller.
    pub of_caller: i64,
}

impl Store {
    /// The selection with this id, if the caller made it and it has not ended.
    pub async fn selection(
        &self,
        reach: &OrganizationReach,
        owner: &Actor,
        id: SelectionId,
        now: Timestamp,
    ) -> Result<Option<Selection>> {
        let mut statement =
            Statement::new("SELECT id, targets, nodes, expires_at FROM selections WHERE id = ");
        statement.push_value(id.as_uuid());
        statement.push(" AND organization_id = ").push_value(reach.organization.as_uuid());
        statement.push(" AND owner = ").push_value(owner.as_text().into_owned());
        statement.push(" AND expires_at > ").push_value(now.as_micros());
        let mut run = self;
        let row = run.row::<SelectionRow>(StatementName::SelectionsGet, statement).await?;
        row.map(Selection::try_from).transpose()
    }

    /// Deletes the selections that have ended. Returns how many were deleted.
    pub async fn forget_selections(&self, now: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let mut statement = Statement::new("DELETE FROM selections WHERE expires_at <= ");
        statement.push_value(now.as_micros());
        let gone = tx.execute(StatementName::SelectionsForget, statement).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

impl Tx {
    /// Counts the selections of an organization and of one of its callers. Deletes those of the organization that have
    /// ended.
    pub async fn count_selections(
        &mut self,
        organization: OrganizationId,
        owner: &Actor,
        now: Timestamp,
    ) -> Result<SelectionCounts> {
        let mut ended = Statement::new("DELETE FROM selections WHERE organization_id = ");
        ended.push_value(organization.as_uuid()).push(" AND expires_at <= ").push_value(now.as_micros());
        self.execute(StatementName::SelectionsEnd, ended).await?;
        let mut statement = Statement::new("SELECT count(*), coalesce(sum(CASE WHEN owner = ");
        statement.push_value(owner.as_text().into_owned());
        statement.push(" THEN 1 ELSE 0 END), 0) FROM selections WHERE organization_id = ");
        statement.push_value(organization.as_uuid());
        let row: Option<(i64, i64)> = self.row(StatementName::SelectionsCount, statement).await?;
        let (of_organization, of_caller) = row.unwrap_or_default();
        Ok(SelectionCounts { of_organization, of_caller })
    }

    /// Deletes the selection of an organization that ends first, or of one of its callers.
    pub async fn end_first_selection(
        &mut self,
        organization: OrganizationId,
        owner: Option<&Actor>,
    ) -> Result<()> {
        let mut statement = Statement::new(
            "DELETE FROM selections WHERE id IN (SELECT id FROM selections WHERE organization_id = ",
        );
        statement.push_value(organization.as_uuid());
        if let Some(owner) = owner {
            statement.push(" AND owner = ").push_value(owner.as_text().into_owned());
        }
        statement.push(" ORDER BY expires_at, id LIMIT 1)");
        self.execute(StatementName::SelectionsEndFirst, statement).await?;
        Ok(())
    }

    /// Stores a selection.
    pub async fn create_selection(
        &mut self,
        organization: OrganizationId,
        owner: &Actor,
        selection: &Selection,
    ) -> Result<()> {
        let nodes: Vec<u8> = selection.nodes.iter().flat_map(|node| *node.as_uuid().as_bytes()).collect();
        let mut statement = Statement::new(
            "INSERT INTO selections (id, organization_id, owner, targets, nodes, expires_at) VALUES ",
        );
        statement.push_rows(std::iter::once([
            Value::from(selection.id.as_uuid()),
            organization.as_uuid().into(),
            owner.as_text().into_owned().into(),
            Value::json(&selection.targets),
            nodes.into(),
            selection.expires_at.as_micros().into(),
        ]));
        self.execute(StatementName::SelectionsCreate, statement).await?;
        Ok(())
    }
}
