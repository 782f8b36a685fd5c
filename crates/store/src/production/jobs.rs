//! Jobs: what is to be made, and when it was made on which node.

use bailiwick_domain::id::{JobOperationId, JobRunId, NodeId, OrganizationId};
use bailiwick_domain::meaning::job::{JobOperation, JobOperationRef, PartValue, SavedJobRun};
use bailiwick_domain::name::{Code, Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;

use super::of_nodes::{self, OfNode, Users};
use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::production_changes::Outdated;
use crate::row_query::RowTable;
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::only::{SAME_MAX, only};
use crate::table::order::listed;

columns! {
    OperationRow: JobOperation by JobOperationId in "job_operations"
        named JobOperationsCreate, JobOperationsUpdate, JobOperationsDelete;
    edited {
        job: Code,
        name: Name,
        part: Option<Code>,
        lot: Option<Code>,
        description: Option<Description>,
        ideal_part_ms: Option<u32>,
        expected_part_ms: Option<u32>,
        expected_setup_ms: Option<u32>,
        quantity_required: Option<u32>,
        due_at: Option<Timestamp>,
        part_value: Option<PartValue>,
    }
}

listed! {
    /// What job operations can be sorted by.
    pub JobOperationsBy: OperationRow by JobOperationId in "id";
    /// The job.
    Job = "job": Text in job,
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

columns! {
    /// A row of the job runs.
    pub JobRunRow: SavedJobRun by JobRunId in "job_runs" named JobRunsCreate, JobRunsUpdate, JobRunsDelete;
    fixed { node_id: NodeId }
    edited {
        job_operation_id: JobOperationId,
        start_at: Timestamp,
        end_at: Option<Timestamp>,
        in_setup: bool,
        external_id: Option<Code>,
    }
}

listed! {
    /// What job runs can be sorted by.
    pub JobRunsBy: JobRunRow by JobRunId in "id";
    /// The beginning.
    StartAt = "start_at": Number in start_at,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

impl OfNode for SavedJobRun {
    type Id = JobRunId;
    type By = JobRunsBy;
    type Subject = JobOperationId;
    type Row = JobRunRow;

    const START: &'static str = "start_at";
    const LASTS: bool = true;
    const SUBJECT: &'static str = "job_operation_id";

    fn id(&self) -> JobRunId {
        self.id
    }

    fn node(&self) -> NodeId {
        self.node_id
    }

    fn time(&self) -> Outdated {
        Outdated::between(self.start_at, self.end_at)
    }

    fn revision(&self) -> Revision {
        self.revision
    }
}

const ID: Field<JobOperationId> = Field::new("id");
const JOB: Field<Code> = Field::new("job");
const NAME: Field<Name> = Field::new("name");
const PART: Field<Code> = Field::new("part");
const LOT: Field<Code> = Field::new("lot");

/// The job operations, for row queries.
pub const OPERATION_ROWS: RowTable = RowTable::of::<OperationRow>("job_operations.job", |_| Vec::new());

/// The job runs, for row queries.
pub const RUN_ROWS: RowTable = of_nodes::rows::<SavedJobRun>("job_runs.start_at DESC");

/// Filter for lists of job operations. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct JobOperationFilter {
    /// Steps of this job.
    pub job: Option<Code>,
    /// Steps that make this part.
    pub part: Option<Code>,
}

/// Access to the job operations of one organization.
pub struct JobOperations<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the job operations of the reach's organization.
    pub const fn job_operations(&self, reach: &OrganizationReach) -> JobOperations<&Self> {
        JobOperations::new(self, reach.organization)
    }
}

impl Tx {
    /// Reads and writes the job operations of the reach's organization.
    pub const fn job_operations(&mut self, reach: &OrganizationReach) -> JobOperations<&mut Self> {
        JobOperations::new(self, reach.organization)
    }
}

impl<R: Run> JobOperations<R> {
    /// Reads the job operations of an organization on a store or in a transaction.
    pub const fn new(run: R, organization: OrganizationId) -> Self {
        Self { run, organization }
    }

    fn select(&self) -> Select {
        OperationRow::select_of(self.organization)
    }

    /// The job operation with this id.
    pub async fn get(&mut self, id: JobOperationId) -> Result<Option<JobOperation>> {
        let statement = self.select().and(ID.is(&id)).statement();
        let row = self.run.row::<OperationRow>(StatementName::JobOperationsGet, statement).await?;
        row.map(JobOperation::try_from).transpose()
    }

    /// The job operation with this id, or the only one with this name. [`Error::Ambiguous`](crate::Error::Ambiguous) if
    /// there are several.
    pub async fn find(&mut self, operation: &JobOperationRef) -> Result<Option<JobOperation>> {
        let name = match operation {
            JobOperationRef::Id(id) => return self.get(*id).await,
            JobOperationRef::Name(name) => name,
        };
        let mut statement = self.select().and(NAME.is(name)).statement();
        statement.push(" ORDER BY id LIMIT ").push_value(SAME_MAX);
        let same: Vec<OperationRow> = self.run.rows(StatementName::JobOperationsNamed, statement).await?;
        only(same, |row| row.id.to_string())?.map(JobOperation::try_from).transpose()
    }

    /// The job operations with these ids, in any order.
    pub async fn all_of(&mut self, ids: &[JobOperationId]) -> Result<Vec<JobOperation>> {
        let (statement, ids) = (self.select().statement(), ids.iter().map(|id| id.as_uuid()));
        let rows: Vec<OperationRow> =
            statement.among(StatementName::JobOperationsByIds, &mut self.run, " AND id IN ", ids).await?;
        rows.into_iter().map(JobOperation::try_from).collect()
    }

    /// The job operations whose names are among these, in any order.
    pub async fn all_named(&mut self, names: &[&str]) -> Result<Vec<JobOperation>> {
        let (statement, names) = (self.select().statement(), names.iter().copied());
        let rows: Vec<OperationRow> = statement
            .among(StatementName::JobOperationsByNames, &mut self.run, " AND name IN ", names)
            .await?;
        rows.into_iter().map(JobOperation::try_from).collect()
    }

    /// The job operation with the same job, name, part and lot.
    pub async fn like(&mut self, operation: &JobOperation) -> Result<Option<JobOperation>> {
        let or_missing = |field: Field<Code>, value: Option<&Code>| match value {
            Some(value) => field.is(value),
            None => field.missing(),
        };
        let (job, name, part, lot) = operation.key();
        let select = self.select().and(JOB.is(job)).and(NAME.is(name));
        let statement = select.and(or_missing(PART, part)).and(or_missing(LOT, lot)).statement();
        let row = self.run.row::<OperationRow>(StatementName::JobOperationsLike, statement).await?;
        row.map(JobOperation::try_from).transpose()
    }

    /// The id of the job run of the organization, in reach or not, that another system names like this.
    pub async fn run_named(&mut self, name: &Code) -> Result<Option<JobRunId>> {
        let is_named = Field::<Code>::new("external_id").is(name);
        let statement = JobRunRow::select_of(self.organization).and(is_named).statement();
        let row = self.run.row::<JobRunRow>(StatementName::JobRunsNamed, statement).await?;
        Ok(row.map(|row| JobRunId::from_uuid(row.id)))
    }

    /// The number of job operations.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM job_operations WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(StatementName::JobOperationsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of the job operations that match a filter.
    pub async fn list(
        &mut self,
        filter: &JobOperationFilter,
        list: List<JobOperationsBy>,
    ) -> Result<Page<JobOperation>> {
        let job = filter.job.as_ref().map(|job| JOB.is(job));
        let part = filter.part.as_ref().map(|part| PART.is(part));
        let page = PageRequest::of(&list)?.page_of(self.select().and_all(job).and_all(part));
        page.page::<_, OperationRow, _>(StatementName::JobOperationsList, &mut self.run).await
    }

    /// The runs of a job operation.
    pub async fn runs(&mut self, id: JobOperationId, most: u32) -> Result<Users> {
        Users::find::<SavedJobRun>(&mut self.run, self.organization, &id, most).await
    }
}

impl JobOperations<&mut Tx> {
    /// Inserts a job operation. [`Error::Taken`](crate::Error::Taken) if there is one with the same job, name, part
    /// and lot.
    pub async fn create(&mut self, operation: &JobOperation) -> Result<()> {
        self.run.create_rows::<OperationRow>(self.organization, std::slice::from_ref(operation)).await
    }

    /// Updates a job operation that was read as `before`. [`Error::Changed`](crate::Error::Changed) if its revision is
    /// another by now. The times of its runs are outdated if its times change.
    pub async fn update(&mut self, operation: &JobOperation, before: &JobOperation) -> Result<()> {
        self.run.update_rows::<OperationRow>(self.organization, &[(operation, before.revision)]).await?;
        if operation.times() == before.times() {
            return Ok(());
        }
        self.run.subject_changed::<SavedJobRun>(self.organization, &operation.id).await
    }

    /// Deletes a job operation in the revision in which it was read. [`Error::InUse`](crate::Error::InUse) while there
    /// are runs of it.
    pub async fn delete(&mut self, operation: &JobOperation) -> Result<()> {
        let (id, from) = (operation.id.as_uuid(), operation.revision);
        self.run.delete_row::<OperationRow>(self.organization, id, from).await
    }
}
