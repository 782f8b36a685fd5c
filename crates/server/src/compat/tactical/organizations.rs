//! The organizations and sites behind Tactical RMM's clients and sites.

use bailiwick_engine::error::Error;
use bailiwick_operations::ids;

use super::shapes::{Organization, OurSite};
use crate::compat::call::{Admitted, Call, fields};
use crate::problem::HttpError;

/// The organizations that the caller may see, by name; only one if the request names it.
pub(super) async fn organizations(call: &mut Call) -> Result<Vec<Organization>, HttpError> {
    let admitted = call.admit(ids::ORGANIZATIONS_LIST, None)?;
    organizations_after(call, admitted).await
}

/// The same for a caller who was admitted to their list.
pub(super) async fn organizations_after(
    call: &mut Call,
    admitted: Admitted,
) -> Result<Vec<Organization>, HttpError> {
    let mut found: Vec<Organization> = Vec::new();
    call.every_after(admitted, None, fields([]), |organization| found.push(organization)).await?;
    if let Some(name) = call.organization() {
        found.retain(|organization| organization.id == name || organization.slug == name);
        if found.is_empty() {
            return Err(Error::not_found("organization", name).into());
        }
    }
    Ok(found)
}

/// The sites of an organization, by name.
pub(super) async fn sites_of(
    call: &mut Call,
    organization: &Organization,
) -> Result<Vec<OurSite>, HttpError> {
    let mut found = Vec::new();
    call.every(ids::SITES_LIST, Some(&organization.id), fields([]), |site| found.push(site)).await?;
    Ok(found)
}
