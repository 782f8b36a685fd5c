//! The parts of days that a report is limited to: shifts, job operations and operators.

use bailiwick_domain::id::{JobOperationId, OperatorId};
use bailiwick_domain::meaning::job::JobOperationRef;
use bailiwick_domain::meaning::operator::{Operator, OperatorRef};
use bailiwick_domain::name::{Code, Name};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use bailiwick_operations::references::missing;
use bailiwick_store::Store;

use super::FILTERED_MAX;
use super::grouping::Limits;
use crate::{ids, noun};

/// The parts of days that a caller asks for, as the request names them.
pub(super) struct AskedParts<'a> {
    pub(super) shifts: Option<&'a [Name]>,
    pub(super) job_operations: Option<&'a [JobOperationRef]>,
    pub(super) operators: Option<&'a [OperatorRef]>,
}

/// The parts of days that a report is limited to.
pub(super) struct Parts {
    pub(super) shifts: Option<Vec<Name>>,
    pub(super) job_operations: Option<Vec<JobOperationId>>,
    pub(super) operators: Option<Vec<OperatorId>>,
}

impl Parts {
    /// The parts, for summing.
    pub(super) fn limits(&self) -> Limits<'_> {
        Limits {
            shifts: self.shifts.as_deref(),
            job_operations: self.job_operations.as_deref(),
            operators: self.operators.as_deref(),
        }
    }
}

impl AskedParts<'_> {
    /// Refuses lists that leave nothing or are too long.
    fn check(&self) -> Result<()> {
        let lengths = [
            ("shifts", self.shifts.map(<[_]>::len)),
            ("job_operations", self.job_operations.map(<[_]>::len)),
            ("operators", self.operators.map(<[_]>::len)),
        ];
        let is_bad = |count: &usize| *count == 0 || *count > FILTERED_MAX;
        match lengths.into_iter().find(|(_, count)| count.as_ref().is_some_and(is_bad)) {
            None => Ok(()),
            Some((field, _)) => {
                let detail = format!("expected 1 to {FILTERED_MAX}; leave it out for all");
                Err(Error::invalid(field, detail))
            }
        }
    }

    /// Finds what the names mean, with at most three queries. A caller who may not list job operations or operators names
    /// them by id, and so learns no names.
    pub(super) async fn find(&self, cx: &Cx, reach: &OrganizationReach) -> Result<Parts> {
        self.check()?;
        if self.job_operations.is_some_and(|named| named.iter().any(|named| named.id().is_none())) {
            cx.require_operation(ids::JOB_OPERATIONS_LIST)?;
        }
        if self.operators.is_some_and(|named| named.iter().any(|named| named.id().is_none())) {
            cx.require_operation(ids::OPERATORS_LIST)?;
        }
        let store = cx.store();
        let mut errors = Vec::new();
        let parts = Parts {
            shifts: self.shifts.map(<[_]>::to_vec),
            job_operations: match self.job_operations {
                Some(named) => Some(job_operations(store, reach, named, &mut errors).await?),
                None => None,
            },
            operators: match self.operators {
                Some(named) => Some(operators(store, reach, named, &mut errors).await?),
                None => None,
            },
        };
        require_valid(errors)?;
        Ok(parts)
    }
}

async fn job_operations(
    store: &Store,
    reach: &OrganizationReach,
    named: &[JobOperationRef],
    errors: &mut Vec<FieldError>,
) -> Result<Vec<JobOperationId>> {
    let names: Vec<&str> = named.iter().filter_map(JobOperationRef::name).map(Name::as_str).collect();
    let found = store.job_operations(reach).all_named(&names).await?;
    let with = |name: &Name| found.iter().filter(|one| one.name == *name).map(|one| one.id).collect();
    let named = named.iter().map(|named| (named.id(), named.name()));
    let missing = |n, name: &Name| missing(&format!("job_operations[{n}]"), noun::JOB_OPERATION, name);
    Ok(meant(named, with, missing, errors))
}

async fn operators(
    store: &Store,
    reach: &OrganizationReach,
    named: &[OperatorRef],
    errors: &mut Vec<FieldError>,
) -> Result<Vec<OperatorId>> {
    let names: Vec<&str> = named.iter().filter_map(OperatorRef::name).map(Name::as_str).collect();
    let found = store.operators(reach).all_named(&names).await?;
    let is = |operator: &Operator, name: &Name| {
        let number = operator.number.as_ref().map(Code::as_str);
        operator.name == *name || number == Some(name.as_str())
    };
    let with = |name: &Name| found.iter().filter(|one| is(one, name)).map(|one| one.id).collect();
    let named = named.iter().map(|named| (named.id(), named.name()));
    let missing = |n, name: &Name| missing(&format!("operators[{n}]"), noun::OPERATOR, name);
    Ok(meant(named, with, missing, errors))
}

/// The ids that references mean, each an id or a name. Adds an error for each name that means nothing.
fn meant<'a, I>(
    named: impl Iterator<Item = (Option<I>, Option<&'a Name>)>,
    with: impl Fn(&Name) -> Vec<I>,
    missing: impl Fn(usize, &Name) -> FieldError,
    errors: &mut Vec<FieldError>,
) -> Vec<I> {
    let mut ids = Vec::new();
    for (n, (id, name)) in named.enumerate() {
        ids.extend(id);
        if let Some(name) = name {
            let found = with(name);
            if found.is_empty() {
                errors.push(missing(n, name));
            }
            ids.extend(found);
        }
    }
    ids
}
