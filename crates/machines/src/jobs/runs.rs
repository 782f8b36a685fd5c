//! Job runs: when job operations ran on nodes.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::JobRunId;
use bailiwick_domain::meaning::job::JobOperationRef;
use bailiwick_domain::meaning::job::{JOB_RUNS_MAX, SavedJobRun};
use bailiwick_domain::name::Code;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::jobs::JobRunsBy;
use bailiwick_store::of_nodes::OfNodeFilter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::named::{one_operation, operation_of};
use crate::of_nodes::{check_time, remove, require_free, require_room};
use crate::places::{node_of, one_node};
use crate::{PRODUCTION as TAG, ids, noun};

const NOUN: Noun = noun::JOB_RUN;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListJobRuns>().answers_rows(&bailiwick_store::jobs::RUN_ROWS),
        erase::<CreateJobRun>(),
        erase::<GetJobRun>(),
        erase::<UpdateJobRun>(),
        erase::<DeleteJobRun>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().of_nodes::<SavedJobRun>(&reach).get(id).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

sort_orders! {
    /// A sort order of job runs.
    pub(crate) JobRunSort of JobRunsBy, default StartAtReverse,
    StartAt / StartAtReverse: "start_at" / "-start_at",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// The error for an external id that is taken, with the id of the other run if the caller reaches it.
pub(super) async fn taken(cx: &Cx, reach: &OrganizationReach, run: &SavedJobRun) -> Result<Error> {
    let Some(name) = &run.external_id else { return Ok(Error::Conflict) };
    let Some(other) = cx.store().job_operations(reach).run_named(name).await? else {
        return Ok(NOUN.taken("external_id", None::<JobRunId>));
    };
    let reached = cx.store().of_nodes::<SavedJobRun>(reach).get(other).await?;
    Ok(NOUN.taken("external_id", reached.map(|other| other.id)))
}

/// List job runs on nodes that the caller reaches.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListJobRuns {
    /// Only those on this node, by id or name.
    node: Option<NodeRef>,
    /// Only those of this job operation, by id, or by name if no other has it.
    job_operation: Option<JobOperationRef>,
    /// Only those that do not end before this time.
    from: Option<Timestamp>,
    /// Only those that begin before this time.
    until: Option<Timestamp>,
    /// Only those that are running, or with `false` only those that have ended.
    open: Option<bool>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<JobRunSort>,
    /// The most runs on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListJobRuns {
    const SPEC: Spec = Spec::read(ids::JOB_RUNS_LIST, "/v1/job_runs").tag(TAG).columns(&[
        "start_at",
        "end_at",
        "node_id",
        "job_operation_id",
        "in_setup",
        "external_id",
        "id",
    ]);
    type Output = Page<SavedJobRun>;

    async fn run(self, cx: &Cx) -> Result<Page<SavedJobRun>> {
        let reach = cx.organization_reach()?;
        let filter = OfNodeFilter {
            node: node_of(cx.store(), &reach, self.node.as_ref()).await?,
            subject: operation_of(cx, &reach, self.job_operation.as_ref()).await?,
            from: self.from,
            until: self.until,
            is_open: self.open,
        };
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().of_nodes(&reach).list(&filter, list).await?)
    }
}

/// Create a job run: a job operation begins on a node, or ran on it.
///
/// Runs on one node may not overlap, so only one can be running: end it before the next begins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "node": "db-1", "job_operation": "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f", "start_at": "2030-01-31T08:00:00Z",
}]))]
struct CreateJobRun {
    /// The node, by id or name.
    node: NodeRef,
    /// The job operation, by id, or by name if no other has it.
    #[schemars(example = &"01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f")]
    job_operation: JobOperationRef,
    /// When it began; now if absent.
    start_at: Option<Timestamp>,
    /// When it ended; absent or null while it runs.
    end_at: Option<Timestamp>,
    /// Whether the machine is being set up for it; false if absent.
    in_setup: Option<bool>,
    /// How another system names it, such as the number of an activity; unique in its organization.
    external_id: Option<Code>,
}

impl Operation for CreateJobRun {
    const SPEC: Spec = Spec::create(ids::JOB_RUNS_CREATE, "/v1/job_runs").tag(TAG).versioned();
    const REVISION: fn(&SavedJobRun) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedJobRun;

    async fn run(self, cx: &Cx) -> Result<SavedJobRun> {
        let (reach, now) = (cx.organization_reach()?, cx.now());
        let time = (self.start_at.unwrap_or(now), self.end_at);
        check_time(time.0, time.1)?;
        let mut write = cx.write().await?;
        let run = SavedJobRun {
            id: JobRunId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            node_id: one_node(write.tx(), &reach, &self.node).await?,
            job_operation_id: one_operation(write.tx(), &reach, &self.job_operation).await?,
            start_at: time.0,
            end_at: time.1,
            in_setup: self.in_setup.unwrap_or_default(),
            external_id: self.external_id,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        require_free(write.tx(), &reach, NOUN, &run, time).await?;
        require_room::<SavedJobRun>(write.tx(), &reach, NOUN, run.node_id, JOB_RUNS_MAX).await?;
        let written = write.tx().of_nodes(&reach).create(&run).await;
        let write = write.unless_taken(written, taken(cx, &reach, &run)).await?;
        write.commit(vec![NOUN.target(run.id)], run).await
    }
}

/// Show one job run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetJobRun {
    /// Its id.
    job_run: JobRunId,
}

impl Operation for GetJobRun {
    const SPEC: Spec = Spec::read(ids::JOB_RUNS_GET, "/v1/job_runs/{job_run}").tag(TAG).versioned();
    const REVISION: fn(&SavedJobRun) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedJobRun;

    async fn run(self, cx: &Cx) -> Result<SavedJobRun> {
        let found = cx.store().of_nodes(&cx.organization_reach()?).get(self.job_run).await?;
        NOUN.found(found, self.job_run)
    }
}

/// Change a job run, for example end it.
///
/// Fields that are absent stay as they are. The node cannot be changed: delete the run, and create another.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "end_at": "2030-01-31T16:00:00Z" }]))]
struct UpdateJobRun {
    /// Its id.
    job_run: JobRunId,
    /// Another job operation, by id, or by name if no other has it.
    #[serde(default)]
    job_operation: Named<JobOperationRef>,
    /// When it began.
    #[serde(default)]
    start_at: Named<Timestamp>,
    /// When it ended; null if it is running.
    #[serde(default)]
    end_at: Patch<Timestamp>,
    /// Whether the machine is being set up for it.
    #[serde(default)]
    in_setup: Named<bool>,
    /// How another system names it; null removes the name.
    #[serde(default)]
    external_id: Patch<Code>,
}

impl Operation for UpdateJobRun {
    const SPEC: Spec = Spec::update(ids::JOB_RUNS_UPDATE, "/v1/job_runs/{job_run}").tag(TAG).versioned();
    const REVISION: fn(&SavedJobRun) -> Option<Revision> = |output| Some(output.revision);
    type Output = SavedJobRun;

    async fn run(self, cx: &Cx) -> Result<SavedJobRun> {
        let (reach, id) = (cx.organization_reach()?, self.job_run);
        let mut write = cx.write().await?;
        let before: SavedJobRun = NOUN.found(write.tx().of_nodes(&reach).get(id).await?, id)?;
        cx.require_match(&before, before.revision)?;
        let mut run = before.clone();
        if let Some(named) = &self.job_operation.0 {
            run.job_operation_id = one_operation(write.tx(), &reach, named).await?;
        }
        self.start_at.apply(&mut run.start_at);
        self.end_at.apply(&mut run.end_at);
        self.in_setup.apply(&mut run.in_setup);
        self.external_id.apply(&mut run.external_id);
        check_time(run.start_at, run.end_at)?;
        require_free(write.tx(), &reach, NOUN, &run, (run.start_at, run.end_at)).await?;
        cx.revise(before.revision, &mut run.revision, &mut run.updated_at);
        let written = write.tx().of_nodes(&reach).update(&run, &before).await;
        let write = write.unless_taken(written, taken(cx, &reach, &run)).await?;
        write.commit(vec![NOUN.target(id)], run).await
    }
}

/// Delete a job run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteJobRun {
    /// Its id.
    job_run: JobRunId,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteJobRun {
    const SPEC: Spec = Spec::delete(ids::JOB_RUNS_DELETE, "/v1/job_runs/{job_run}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let named = |run: &SavedJobRun| run.start_at.to_string();
        remove::<SavedJobRun>(cx, NOUN, self.job_run, self.dry_run, named).await
    }
}
