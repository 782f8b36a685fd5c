//! Show a job that another system started.

use std::sync::Arc;

use bailiwick_domain::meaning::job::SavedJobRun;
use bailiwick_domain::name::Code;
use bailiwick_domain::sums::{Sum, Sums};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{JobDispatch, Parts, WithParts};
use super::{NOUN, run_named};
use crate::days::calendars::Calendars;
use crate::days::changes;
use crate::days::plan::{AskedDays, AskedNode, dates_of};
use crate::days::summed::{Budget, each_day};
use crate::{PRODUCTION as TAG, ids, noun};

/// Show a job that another system started, and the parts that were made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetJobDispatch {
    /// How the other system names the run.
    job_dispatch: Code,
}

impl Operation for GetJobDispatch {
    const SPEC: Spec =
        Spec::read(ids::JOB_DISPATCHES_GET, "/v1/job_dispatches/{job_dispatch}").tag(TAG).computes();
    type Output = WithParts;

    async fn run(self, cx: &Cx) -> Result<WithParts> {
        let reach = cx.organization_reach()?;
        let run = NOUN.found(run_named(cx.store(), &reach, &self.job_dispatch).await?, &self.job_dispatch)?;
        let operation = cx.store().job_operations(&reach).get(run.job_operation_id).await?;
        let job_operation = noun::JOB_OPERATION.found(operation, run.job_operation_id)?;
        let (sums, outdated) = made(cx, &run).await?;
        let parts = Parts {
            total: sums.get(Sum::PartsTotal),
            good: sums.get(Sum::PartsGood),
            scrap: sums.get(Sum::PartsScrap),
            nonconforming: sums.get(Sum::PartsNonconforming),
        };
        Ok(WithParts { dispatch: JobDispatch { run, job_operation }, parts, complete: outdated == 0 })
    }
}

/// The sums of a run until now, and how many days of them are outdated.
async fn made(cx: &Cx, run: &SavedJobRun) -> Result<(Sums, u64)> {
    let (reach, now) = (cx.organization_reach()?, cx.now());
    let until = run.end_at.unwrap_or(now).min(now);
    let mut sums = Sums::default();
    if run.start_at >= until {
        return Ok((sums, 0));
    }
    let zone = cx.organization().ok_or(Error::OrganizationRequired)?.time_zone.clone();
    let calendars = Calendars::read(cx.store(), reach.organization, zone).await?;
    let site = cx.store().nodes(&reach).get(run.node_id).await?.and_then(|node| node.site_id);
    let calendar = Arc::clone(calendars.of_node(run.node_id, site));
    let days = AskedDays {
        organization: reach.organization,
        now,
        dates: &|calendar| dates_of(calendar, run.start_at, until),
        is_hourly: false,
    };
    let observations = cx.observations();
    changes::take(cx.store(), &observations, reach.organization, now).await?;
    let node = AskedNode { node: run.node_id, calendar };
    let mut budget = Budget::of_request(&observations, reach.organization).await?;
    let outdated = each_day(cx.store(), &observations, &days, &[node], &mut budget, |_, _, _, day| {
        let of_run = day.slices.iter().filter(|slice| slice.run.is_some_and(|(id, _)| id == run.id));
        of_run.for_each(|slice| sums.add(&slice.sums));
        Ok(())
    })
    .await?;
    Ok((sums, outdated))
}
