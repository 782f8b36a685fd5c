//! Job dispatch: a program for enterprise resource planning (ERP) starts and stops jobs on machines.
//!
//! A dispatch is a job run that has an id of the other system's.

mod get;
mod start;
mod stop;
mod view;

use bailiwick_domain::meaning::job::SavedJobRun;
use bailiwick_domain::name::Code;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::error::Result;
use bailiwick_engine::noun::{BuiltIn, Noun, NounSpec, asked};
use bailiwick_engine::operation::erase;

use bailiwick_store::Run;
use bailiwick_store::jobs::JobOperations;
use bailiwick_store::of_nodes::OfNodes;

use crate::noun;

const NOUN: Noun = noun::JOB_DISPATCH;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[erase::<start::StartJobDispatch>(), erase::<stop::StopJobDispatch>(), erase::<get::GetJobDispatch>()],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((id, reach)) = asked::<Code>(cx, text)? else { return Ok(false) };
        Ok(run_named(cx.store(), &reach, &id).await?.is_some())
    })
})
.built_in(BuiltIn::Reads);

/// The run that another system names like this, if the caller reaches its node.
async fn run_named<R: Run>(mut run: R, reach: &OrganizationReach, id: &Code) -> Result<Option<SavedJobRun>> {
    match JobOperations::new(&mut run, reach.organization).run_named(id).await? {
        Some(found) => Ok(OfNodes::new(run, reach).get(found).await?),
        None => Ok(None),
    }
}
