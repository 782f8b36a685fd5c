//! Stop a job.

use bailiwick_domain::meaning::job::SavedJobRun;
use bailiwick_domain::name::Code;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::JobDispatch;
use super::{NOUN, run_named};
use crate::of_nodes::{check_time, require_free};
use crate::{PRODUCTION as TAG, ids, noun};

/// Stop a job that another system started.
///
/// A run that has ended stays as it is, unless `end_at` says when it ended.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "end_at": "2030-01-31T16:00:00Z" }]))]
pub(crate) struct StopJobDispatch {
    /// How the other system names the run.
    job_dispatch: Code,
    /// When it ended; now if absent.
    end_at: Option<Timestamp>,
}

impl Operation for StopJobDispatch {
    const SPEC: Spec = Spec::act(ids::JOB_DISPATCHES_STOP, "/v1/job_dispatches/{job_dispatch}/stop")
        .tag(TAG)
        .whole_organization()
        .versioned();
    const REVISION: fn(&JobDispatch) -> Option<Revision> = JobDispatch::revision;
    type Output = JobDispatch;

    async fn run(self, cx: &Cx) -> Result<JobDispatch> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let found = run_named(write.tx(), &reach, &self.job_dispatch).await?;
        let before: SavedJobRun = NOUN.found(found, &self.job_dispatch)?;
        let operation = write.tx().job_operations(&reach).get(before.job_operation_id).await?;
        let job_operation = noun::JOB_OPERATION.found(operation, before.job_operation_id)?;
        let mut run = before.clone();
        run.end_at = self.end_at.or(before.end_at).or_else(|| Some(cx.now()));
        if run.end_at != before.end_at {
            check_time(run.start_at, run.end_at)?;
            require_free(write.tx(), &reach, noun::JOB_RUN, &run, (run.start_at, run.end_at)).await?;
            cx.revise(before.revision, &mut run.revision, &mut run.updated_at);
            write.tx().of_nodes(&reach).update(&run, &before).await?;
        }
        write.commit(vec![noun::JOB_RUN.target(run.id)], JobDispatch { run, job_operation }).await
    }
}
