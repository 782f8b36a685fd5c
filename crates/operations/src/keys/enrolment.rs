//! Enrolment keys: they enrol machines and open no operation.

use bailiwick_domain::enrolment::{Enrolment as Enrols, USES_MAX};
use bailiwick_domain::key::{Key, KeyKind};
use bailiwick_domain::label::Labels;
use bailiwick_domain::node::Node;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{FieldError, Result};
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_engine::shape::listing::Listings;
use bailiwick_engine::shape::operation_id::OperationId;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ids;

/// How long an enrolment key lives by default, in seconds: a day.
pub(super) const ENROL_TTL: i64 = 86_400;
/// The operations whose scopes the maker of an enrolment key needs.
const MAKES: [OperationId; 2] = [ids::AGENTS_CREATE, ids::NODES_CREATE];

/// The properties of the nodes that an enrolment key enrols.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EnrolmentTerms")]
pub(super) struct Enrolment {
    /// How many machines it enrols; one if absent.
    #[schemars(range(min = 1, max = USES_MAX))]
    uses: Option<u32>,
    /// The site of the nodes, by id or name.
    site: Option<SiteRef>,
    /// The labels of the nodes.
    #[serde(default)]
    labels: Labels,
}

impl Enrolment {
    /// Converts it to the form in which it is stored. Adds errors if it is invalid.
    pub(super) async fn read(self, cx: &Cx, errors: &mut Vec<FieldError>) -> Result<Enrols> {
        let uses = self.uses.unwrap_or(1);
        if !(1..=USES_MAX).contains(&uses) {
            let detail = format!("expected 1 to {USES_MAX} machines");
            errors.push(FieldError::new("enrolment.uses", detail));
        }
        let site_id = match &self.site {
            Some(named) => {
                let found = cx.store().sites(&cx.organization_reach()?).find(named).await?;
                if found.is_none() {
                    errors.push(FieldError::new("enrolment.site", format!("there is no site {named}")));
                }
                found.map(|site| site.id)
            }
            None => None,
        };
        Ok(Enrols { uses, used: 0, site_id, labels: self.labels })
    }
}

/// The scopes that a key implies without naming them.
pub(super) fn implied(key: &Key, listings: &Listings) -> Vec<Scope> {
    if key.kind != KeyKind::Enrol {
        return Vec::new();
    }
    MAKES.iter().filter_map(|id| Some(listings.get(id)?.spec.scope())).collect()
}

/// Refuses fields that keys of this kind do not have.
pub(super) fn refuse_surplus(kind: KeyKind, named: &[(&str, bool)]) -> Vec<FieldError> {
    let kind = kind.as_str();
    let surplus = named.iter().filter(|(_, is_named)| *is_named);
    surplus
        .map(|(field, _)| {
            FieldError::new(field, format!("expected no `{field}`: keys of kind {kind} have none"))
        })
        .collect()
}

/// Whether the user, role and organization of an enrolment key allow it to create a node and the node's agent.
pub fn may_enrol(entry: &KeyEntry, node: &Node, listings: &Listings) -> bool {
    let authority = entry.authority();
    let makes = MAKES.iter().all(|id| {
        listings.get(id).is_some_and(|listing| {
            let subject = listing.spec.subject();
            // The first set contains the key's own scopes, of which it has none.
            let bounds = authority.scopes.iter().skip(1);
            let within = bounds.clone().all(|set| set.iter().any(|scope| scope.permits(subject)));
            within && !authority.withheld.iter().any(|withheld| withheld.permits(subject))
        })
    });
    let reach: Option<OrganizationReach> = entry.reach().within(node.organization_id);
    makes && reach.is_some_and(|reach| reach.touches_node(node.id, node.site_id, &node.labels))
}
