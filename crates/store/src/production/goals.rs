//! Goals: what a figure of a report should reach.

use bailiwick_domain::id::{GoalId, JobOperationId, NodeId, OrganizationId, SiteId};
use bailiwick_domain::meaning::goal::{Goal, GoalMetric, Ratio};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::row_query::RowTable;
use crate::sql::column::Column;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

columns! {
    GoalRow: Goal by GoalId in "goals" named GoalsCreate, GoalsUpdate, GoalsDelete;
    fixed {
        site_id: Option<SiteId>,
        node_id: Option<NodeId>,
        job_operation_id: Option<JobOperationId>,
        metric: GoalMetric,
    }
    edited { warning_ratio: Ratio, failure_ratio: Ratio }
}

listed! {
    /// What goals can be sorted by.
    pub GoalsBy: GoalRow by GoalId in "id";
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<GoalId> = Field::new("id");
const SITE: Field<SiteId> = Field::new("site_id");
const NODE: Field<NodeId> = Field::new("node_id");
const JOB_OPERATION: Field<JobOperationId> = Field::new("job_operation_id");
const METRIC: Field<GoalMetric> = Field::new("metric");

/// The goals, for row queries.
pub const ROWS: RowTable = RowTable::of::<GoalRow>("goals.created_at", |_| Vec::new());

/// Filter for lists of goals. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct GoalFilter {
    /// Goals for this site.
    pub site: Option<SiteId>,
    /// Goals for this node.
    pub node: Option<NodeId>,
    /// Goals for this job operation.
    pub job_operation: Option<JobOperationId>,
    /// Goals for this figure.
    pub metric: Option<GoalMetric>,
}

/// Access to the goals of one organization.
pub struct Goals<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the goals of the reach's organization.
    pub const fn goals(&self, reach: &OrganizationReach) -> Goals<&Self> {
        Goals::new(self, reach.organization)
    }
}

impl Tx {
    /// Reads and writes the goals of the reach's organization.
    pub const fn goals(&mut self, reach: &OrganizationReach) -> Goals<&mut Self> {
        Goals::new(self, reach.organization)
    }
}

/// That a column has the same value, or none either.
fn same<T: Column>(field: Field<T>, value: Option<&T>) -> Condition {
    value.map_or_else(|| field.missing(), |value| field.is(value))
}

impl<R: Run> Goals<R> {
    /// Reads the goals of an organization on a store or in a transaction.
    pub(crate) const fn new(run: R, organization: OrganizationId) -> Self {
        Self { run, organization }
    }

    fn select(&self) -> Select {
        GoalRow::select_of(self.organization)
    }

    /// The goal with this id.
    pub async fn get(&mut self, id: GoalId) -> Result<Option<Goal>> {
        let statement = self.select().and(ID.is(&id)).statement();
        let row = self.run.row::<GoalRow>(StatementName::GoalsGet, statement).await?;
        row.map(Goal::try_from).transpose()
    }

    /// The goal for the same objects and the same figure.
    pub async fn like(&mut self, goal: &Goal) -> Result<Option<Goal>> {
        let select = self.select().and(METRIC.is(&goal.metric));
        let select = select.and(same(SITE, goal.site_id.as_ref())).and(same(NODE, goal.node_id.as_ref()));
        let statement = select.and(same(JOB_OPERATION, goal.job_operation_id.as_ref())).statement();
        let row = self.run.row::<GoalRow>(StatementName::GoalsLike, statement).await?;
        row.map(Goal::try_from).transpose()
    }

    /// The number of goals.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM goals WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(StatementName::GoalsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of the goals that match a filter.
    pub async fn list(&mut self, filter: &GoalFilter, list: List<GoalsBy>) -> Result<Page<Goal>> {
        let select = self
            .select()
            .and_all(filter.site.map(|site| SITE.is(&site)))
            .and_all(filter.node.map(|node| NODE.is(&node)))
            .and_all(filter.job_operation.map(|operation| JOB_OPERATION.is(&operation)))
            .and_all(filter.metric.map(|metric| METRIC.is(&metric)));
        let page = PageRequest::of(&list)?.page_of(select);
        page.page::<_, GoalRow, _>(StatementName::GoalsList, &mut self.run).await
    }

    /// All goals, sorted by id.
    pub async fn all(&mut self) -> Result<Vec<Goal>> {
        let mut statement = self.select().statement();
        statement.push(" ORDER BY id");
        let rows = self.run.rows::<GoalRow>(StatementName::GoalsAll, statement).await?;
        rows.into_iter().map(Goal::try_from).collect()
    }
}

impl Goals<&mut Tx> {
    /// Inserts a goal. [`Error::Taken`](crate::Error::Taken) if there is one for the same objects and figure;
    /// [`Error::InUse`](crate::Error::InUse) if what it is for does not exist.
    pub async fn create(&mut self, goal: &Goal) -> Result<()> {
        self.run.create_rows::<GoalRow>(self.organization, std::slice::from_ref(goal)).await
    }

    /// Updates the ratios of a goal that was read at revision `from`. [`Error::Changed`](crate::Error::Changed) if its
    /// revision is another by now.
    pub async fn update(&mut self, goal: &Goal, from: Revision) -> Result<()> {
        self.run.update_rows::<GoalRow>(self.organization, &[(goal, from)]).await
    }

    /// Deletes a goal that was read at revision `from`.
    pub async fn delete(&mut self, id: GoalId, from: Revision) -> Result<()> {
        self.run.delete_row::<GoalRow>(self.organization, id.as_uuid(), from).await
    }
}
