//! Job operations: the steps of jobs.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::JobOperationId;
use bailiwick_domain::meaning::job::JobOperationRef;
use bailiwick_domain::meaning::job::{
    JOB_OPERATIONS_MAX, JobOperation, PART_MS_MAX, PartValue, QUANTITY_MAX,
};
use bailiwick_domain::name::{Code, Description, Name};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, FieldError, Result, require_valid};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::{ITEMS_MAX, Removal};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::jobs::{JobOperationFilter, JobOperationsBy};
use bailiwick_store::{List, Tx};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::of_nodes::require_unused;
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::JOB_OPERATION;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListJobOperations>().answers_rows(&bailiwick_store::jobs::OPERATION_ROWS),
        erase::<CreateJobOperation>(),
        erase::<GetJobOperation>(),
        erase::<UpdateJobOperation>(),
        erase::<DeleteJobOperation>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().job_operations(&reach).find(&named).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::Reads);

sort_orders! {
    /// A sort order of job operations.
    pub(crate) JobOperationSort of JobOperationsBy, default Job,
    Job / JobReverse: "job" / "-job",
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the job operations of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListJobOperations {
    /// Only the steps of this job.
    job: Option<Code>,
    /// Only those that make this part.
    part: Option<Code>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<JobOperationSort>,
    /// The most job operations on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListJobOperations {
    const SPEC: Spec = Spec::read(ids::JOB_OPERATIONS_LIST, "/v1/job_operations")
        .tag(TAG)
        .whole_organization()
        .columns(&["job", "name", "part", "lot", "id", "quantity_required", "due_at"]);
    type Output = Page<JobOperation>;

    async fn run(self, cx: &Cx) -> Result<Page<JobOperation>> {
        let filter = JobOperationFilter { job: self.job, part: self.part };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().job_operations(&cx.organization_reach()?).list(&filter, list).await?)
    }
}

/// The error for a job operation that is there already, with the id of the other.
pub(super) async fn taken(cx: &Cx, reach: &OrganizationReach, operation: &JobOperation) -> Result<Error> {
    let other = cx.store().job_operations(reach).like(operation).await?;
    Ok(NOUN.taken("name", other.map(|other| other.id)))
}

/// Refuses numbers that no part takes, or that nobody makes.
pub(super) fn check(operation: &JobOperation) -> Result<()> {
    let [ideal, expected, setup] = operation.times();
    let mut errors = Vec::new();
    let mut bound = |field: &str, value: Option<u32>, least: u32, most: u32| {
        if let Some(found) = value.filter(|value| !(least..=most).contains(value)) {
            errors.push(FieldError::new(field, format!("expected {least} to {most}, found {found}")));
        }
    };
    bound("ideal_part_ms", ideal, 1, PART_MS_MAX);
    bound("expected_part_ms", expected, 1, PART_MS_MAX);
    bound("expected_setup_ms", setup, 0, PART_MS_MAX);
    bound("quantity_required", operation.quantity_required, 1, QUANTITY_MAX);
    require_valid(errors)
}

/// Refuses another job operation if the organization has as many as it may have.
pub(super) async fn require_room(tx: &mut Tx, reach: &OrganizationReach) -> Result<()> {
    if tx.job_operations(reach).count().await? < JOB_OPERATIONS_MAX {
        return Ok(());
    }
    let detail =
        format!("an organization can have at most {JOB_OPERATIONS_MAX} job operations; delete one first");
    Err(Error::invalid("", detail))
}

/// Create a job operation.
///
/// It is one step of a job. Job, name, part and lot together are unique in an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "job": "J-1024", "name": "Mill first side", "part": "P-77", "ideal_part_ms": 42000, "expected_part_ms": 50000,
    "quantity_required": 500,
}]))]
struct CreateJobOperation {
    /// The job that it is a step of.
    job: Code,
    /// Its name.
    name: Name,
    /// The part that is made.
    part: Option<Code>,
    /// The lot that is made.
    lot: Option<Code>,
    /// What is to be done, in a few sentences.
    description: Option<Description>,
    /// The shortest time that one part can take, in milliseconds.
    #[schemars(range(min = 1, max = PART_MS_MAX))]
    ideal_part_ms: Option<u32>,
    /// The time that one part should take, in milliseconds.
    #[schemars(range(min = 1, max = PART_MS_MAX))]
    expected_part_ms: Option<u32>,
    /// The time that the setup should take, in milliseconds. It is counted once for each run.
    #[schemars(range(max = PART_MS_MAX))]
    expected_setup_ms: Option<u32>,
    /// How many parts are to be made.
    #[schemars(range(min = 1, max = QUANTITY_MAX))]
    quantity_required: Option<u32>,
    /// When they are to be ready.
    due_at: Option<Timestamp>,
    /// What one part is worth, in the organization's currency, with up to six decimals.
    part_value: Option<PartValue>,
}

impl Operation for CreateJobOperation {
    const SPEC: Spec = Spec::create(ids::JOB_OPERATIONS_CREATE, "/v1/job_operations")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&JobOperation) -> Option<Revision> = |output| Some(output.revision);
    type Output = JobOperation;

    async fn run(self, cx: &Cx) -> Result<JobOperation> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let operation = JobOperation {
            id: JobOperationId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            job: self.job,
            name: self.name,
            part: self.part,
            lot: self.lot,
            description: self.description,
            ideal_part_ms: self.ideal_part_ms,
            expected_part_ms: self.expected_part_ms,
            expected_setup_ms: self.expected_setup_ms,
            quantity_required: self.quantity_required,
            due_at: self.due_at,
            part_value: self.part_value,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        check(&operation)?;
        let mut write = cx.write().await?;
        require_room(write.tx(), &reach).await?;
        let written = write.tx().job_operations(&reach).create(&operation).await;
        let write = write.unless_taken(written, taken(cx, &reach, &operation)).await?;
        write.commit(vec![NOUN.target(operation.id)], operation).await
    }
}

/// Show one job operation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetJobOperation {
    /// Its id, or its name if no other job operation has it.
    job_operation: JobOperationRef,
}

impl Operation for GetJobOperation {
    const SPEC: Spec = Spec::read(ids::JOB_OPERATIONS_GET, "/v1/job_operations/{job_operation}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&JobOperation) -> Option<Revision> = |output| Some(output.revision);
    type Output = JobOperation;

    async fn run(self, cx: &Cx) -> Result<JobOperation> {
        let found = cx.store().job_operations(&cx.organization_reach()?).find(&self.job_operation).await?;
        NOUN.found(found, &self.job_operation)
    }
}

/// Change a job operation.
///
/// Fields that are absent stay as they are. Runs follow new times, also those of the past.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "expected_part_ms": 48000 }]))]
struct UpdateJobOperation {
    /// Its id, or its name if no other job operation has it.
    job_operation: JobOperationRef,
    /// The job that it is a step of.
    #[serde(default)]
    job: Named<Code>,
    /// A new name.
    #[serde(default)]
    name: Named<Name>,
    /// The part that is made; null for none.
    #[serde(default)]
    part: Patch<Code>,
    /// The lot that is made; null for none.
    #[serde(default)]
    lot: Patch<Code>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// The shortest time that one part can take, in milliseconds; null if it is not known.
    #[serde(default)]
    #[schemars(range(min = 1, max = PART_MS_MAX))]
    ideal_part_ms: Patch<u32>,
    /// The time that one part should take, in milliseconds; null if it is not known.
    #[serde(default)]
    #[schemars(range(min = 1, max = PART_MS_MAX))]
    expected_part_ms: Patch<u32>,
    /// The time that the setup should take, in milliseconds; null if it is not known.
    #[serde(default)]
    #[schemars(range(max = PART_MS_MAX))]
    expected_setup_ms: Patch<u32>,
    /// How many parts are to be made; null if nobody said.
    #[serde(default)]
    #[schemars(range(min = 1, max = QUANTITY_MAX))]
    quantity_required: Patch<u32>,
    /// When they are to be ready; null if nobody said.
    #[serde(default)]
    due_at: Patch<Timestamp>,
    /// What one part is worth, in the organization's currency; null if nobody said.
    #[serde(default)]
    part_value: Patch<PartValue>,
}

impl UpdateJobOperation {
    /// Applies the changes to a job operation.
    fn apply(self, operation: &mut JobOperation) {
        self.job.apply(&mut operation.job);
        self.name.apply(&mut operation.name);
        self.part.apply(&mut operation.part);
        self.lot.apply(&mut operation.lot);
        self.description.apply(&mut operation.description);
        self.ideal_part_ms.apply(&mut operation.ideal_part_ms);
        self.expected_part_ms.apply(&mut operation.expected_part_ms);
        self.expected_setup_ms.apply(&mut operation.expected_setup_ms);
        self.quantity_required.apply(&mut operation.quantity_required);
        self.due_at.apply(&mut operation.due_at);
        self.part_value.apply(&mut operation.part_value);
    }
}

impl Operation for UpdateJobOperation {
    const SPEC: Spec = Spec::update(ids::JOB_OPERATIONS_UPDATE, "/v1/job_operations/{job_operation}")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&JobOperation) -> Option<Revision> = |output| Some(output.revision);
    type Output = JobOperation;

    async fn run(self, cx: &Cx) -> Result<JobOperation> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let found = write.tx().job_operations(&reach).find(&self.job_operation).await?;
        let before = NOUN.found(found, &self.job_operation)?;
        cx.require_match(&before, before.revision)?;
        let mut operation = before.clone();
        self.apply(&mut operation);
        check(&operation)?;
        cx.revise(before.revision, &mut operation.revision, &mut operation.updated_at);
        let written = write.tx().job_operations(&reach).update(&operation, &before).await;
        let write = write.unless_taken(written, taken(cx, &reach, &operation)).await?;
        write.commit(vec![NOUN.target(operation.id)], operation).await
    }
}

/// Delete a job operation.
///
/// Refused while there are runs of it: delete them first. Goals for it are deleted with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteJobOperation {
    /// Its id, or its name if no other job operation has it.
    job_operation: JobOperationRef,
    /// Delete nothing; only answer whether it could be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteJobOperation {
    const SPEC: Spec = Spec::delete(ids::JOB_OPERATIONS_DELETE, "/v1/job_operations/{job_operation}")
        .tag(TAG)
        .whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (reach, named) = (cx.organization_reach()?, &self.job_operation);
        let object = |operation: &JobOperation| Dependant::new(operation.id, &operation.name);
        if self.dry_run.unwrap_or_default() {
            let mut operations = cx.store().job_operations(&reach);
            let operation = NOUN.found(operations.find(named).await?, named)?;
            require_unused(cx, noun::JOB_RUN, operations.runs(operation.id, ITEMS_MAX).await?)?;
            return Ok(NOUN.removal(cx, object(&operation), Vec::new(), true));
        }
        let mut write = cx.write().await?;
        let mut operations = write.tx().job_operations(&reach);
        let operation = NOUN.found(operations.find(named).await?, named)?;
        cx.require_match(&operation, operation.revision)?;
        require_unused(cx, noun::JOB_RUN, operations.runs(operation.id, ITEMS_MAX).await?)?;
        operations.delete(&operation).await?;
        let targets = vec![NOUN.target(operation.id)];
        write.commit(targets, NOUN.removal(cx, object(&operation), Vec::new(), false)).await
    }
}
