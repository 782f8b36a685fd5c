//! The query of an address.

use bailiwick_domain::key::contains_key;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_operations::catalogue::Described;
use bailiwick_operations::error::Error;
use bailiwick_operations::spec::Access;

use crate::problem::HttpError;

/// The parameter by which a root key names an organization.
pub(crate) const ORGANIZATION: &str = "organization";

/// The parameters of a query, decoded; no key among them.
pub(crate) fn parse(query: Option<&str>) -> Result<Vec<(String, String)>, HttpError> {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    if pairs.iter().any(|(name, value)| contains_key(name) || contains_key(value)) {
        return Err(HttpError::KeyInQuery);
    }
    Ok(pairs)
}

/// Whether an operation takes `?organization=`: not if nobody is asked who they are, nor if the
/// operation has a field of that name.
pub(crate) fn takes_organization(operation: &Described) -> bool {
    operation.spec.access != Access::Open && !operation.fields.iter().any(|field| field == ORGANIZATION)
}

/// Takes the organization out of the parameters.
pub(crate) fn take_organization(
    operation: &Described,
    pairs: &mut Vec<(String, String)>,
) -> Result<Option<OrganizationRef>, HttpError> {
    if !takes_organization(operation) {
        return Ok(None);
    }
    let mut found = None;
    for (_, value) in pairs.extract_if(.., |(name, _)| name == ORGANIZATION) {
        if found.is_some() {
            return Err(Error::invalid(ORGANIZATION, "expected it once").into());
        }
        let name =
            value.parse::<OrganizationRef>().map_err(|e| Error::invalid(ORGANIZATION, e.to_string()))?;
        found = Some(name);
    }
    Ok(found)
}
