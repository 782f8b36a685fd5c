//! What a caller may do, as far as it must be known to hand it on or to search by it.

use std::collections::BTreeSet;

use bailiwick_domain::reach::Reach;
use bailiwick_domain::scope::Scope;

use crate::error::{Error, Result};
use crate::listing::Listings;
use crate::spec::Extent;

/// What a caller may do: the intersection of all that applies to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// Sets of scopes, in each of which an operation must be.
    pub(crate) scopes: Vec<BTreeSet<Scope>>,
    /// What is taken out of them.
    pub(crate) withheld: BTreeSet<Scope>,
    /// The objects; the caller's own organization included.
    pub(crate) reach: Reach,
    /// Whether it is above organizations: a root key, or a server administrator.
    pub(crate) is_root: bool,
}

/// To whom something is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heir {
    /// To a key of the same organization, which is held to the same policy.
    Key,
    /// To a person, whom no policy of keys holds.
    Person,
}

impl Authority {
    /// That of a server administrator.
    pub(crate) fn everything() -> Self {
        Self {
            scopes: vec![[Scope::EVERYTHING].into()],
            withheld: BTreeSet::new(),
            reach: Reach::EVERYTHING,
            is_root: true,
        }
    }

    /// Whether it has all that a scope opens to an heir.
    pub(crate) fn covers(&self, scope: &Scope, heir: Heir, listings: &Listings) -> bool {
        let class_of = |noun: &str, verb: &str| listings.class_of(noun, verb);
        let loses = match (heir, scope) {
            // What a group loses by the policy, another key that is given the group loses too.
            (Heir::Key, Scope::Group { .. }) => false,
            (Heir::Key, Scope::Operation { .. }) => self.withheld.iter().any(|w| w.covers(scope, &class_of)),
            (Heir::Person, _) => listings.iter().any(|operation| {
                let subject = operation.spec.subject();
                scope.permits(subject) && self.withheld.iter().any(|w| w.permits(subject))
            }),
        };
        !loses && self.scopes.iter().all(|set| set.iter().any(|s| s.covers(scope, &class_of)))
    }

    /// Refuses if it reaches less than an operation must touch.
    pub(crate) fn require_extent(&self, extent: Extent) -> Result<()> {
        require_extent(extent, &self.reach)
    }
}

/// Refuses a reach that is less than an operation must touch.
pub(crate) fn require_extent(extent: Extent, reach: &Reach) -> Result<()> {
    match extent {
        Extent::Any => Ok(()),
        Extent::WholeOrganization | Extent::Everything if reach.is_partial() => {
            Err(Error::ReachTooNarrow("this touches the whole organization, the caller only a part of it"))
        }
        Extent::WholeOrganization => Ok(()),
        Extent::Everything if reach.organizations.is_none() => Ok(()),
        Extent::Everything => Err(Error::ReachTooNarrow("this touches more than the caller's organizations")),
    }
}
