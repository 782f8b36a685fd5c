//! The job operation that a field names.

use bailiwick_domain::id::JobOperationId;
use bailiwick_domain::meaning::job::JobOperationRef;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_operations::references::missing;
use bailiwick_store::Run;
use bailiwick_store::jobs::JobOperations;

use crate::{ids, noun};

/// The job operation that the field `job_operation` names.
pub(crate) async fn one_operation<R: Run>(
    run: R,
    reach: &OrganizationReach,
    named: &JobOperationRef,
) -> Result<JobOperationId> {
    let found = JobOperations::new(run, reach.organization).find(named).await?;
    Ok(found.ok_or_else(|| Error::Invalid(vec![missing("job_operation", noun::JOB_OPERATION, named)]))?.id)
}

/// The job operation that the field `job_operation` of a filter names; `None` if the field is absent. A caller who may not
/// list job operations names them by id, and so learns no names.
pub(crate) async fn operation_of(
    cx: &Cx,
    reach: &OrganizationReach,
    named: Option<&JobOperationRef>,
) -> Result<Option<JobOperationId>> {
    match named {
        // No object has the id of one that was deleted, and that is a good answer.
        Some(JobOperationRef::Id(id)) => Ok(Some(*id)),
        Some(named) => {
            cx.require_operation(ids::JOB_OPERATIONS_LIST)?;
            one_operation(cx.store(), reach, named).await.map(Some)
        }
        None => Ok(None),
    }
}
