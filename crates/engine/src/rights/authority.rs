//! A caller's rights, in the form needed to check what the caller may grant and find.

use std::collections::BTreeSet;

use bailiwick_domain::reach::Reach;
use bailiwick_domain::scope::Scope;

use crate::error::{Error, Result};
use crate::shape::listing::Listings;
use crate::shape::spec::Extent;

/// A caller's rights: the intersection of everything that limits the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Sets of scopes. The caller may run an operation only if every set contains it.
    pub scopes: Vec<BTreeSet<Scope>>,
    /// Scopes that are taken out of all sets.
    pub withheld: BTreeSet<Scope>,
    /// The objects in reach, including the limit to the caller's own organization.
    pub reach: Reach,
    /// Whether the caller stands above organizations: a root key or a server administrator.
    pub(crate) is_root: bool,
}

/// To whom a right is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heir {
    /// A key of the same organization, to which the same key policy applies.
    Key,
    /// A user, to whom no key policy applies.
    Person,
}

impl Authority {
    /// The rights of a server administrator.
    pub(crate) fn everything() -> Self {
        Self {
            scopes: vec![[Scope::EVERYTHING].into()],
            withheld: BTreeSet::new(),
            reach: Reach::EVERYTHING,
            is_root: true,
        }
    }

    /// Whether the caller has everything that a scope would give to the heir.
    pub fn covers(&self, scope: &Scope, heir: Heir, listings: &Listings) -> bool {
        let class_of = |noun: &str, verb: &str| listings.class_of(noun, verb);
        let loses = match (heir, scope) {
            // The policy takes the same operations out of the group for the other key, so granting the
            // group gives away nothing more.
            (Heir::Key, Scope::Group { .. }) => false,
            (Heir::Key, Scope::Operation { .. } | Scope::Set(_)) => {
                let is_withheld = |part: &Scope| self.withheld.iter().any(|w| w.covers(part, &class_of));
                scope.parts().iter().any(|part| is_withheld(part))
            }
            (Heir::Person, _) => listings.iter().any(|operation| {
                let subject = operation.spec.subject();
                scope.permits(subject) && self.withheld.iter().any(|w| w.permits(subject))
            }),
        };
        let holds = |part: &Scope| {
            self.scopes.iter().all(|set| set.iter().any(|scope| scope.covers(part, &class_of)))
        };
        !loses && scope.parts().iter().all(|part| holds(part))
    }

    /// Refuses if the reach is smaller than an operation requires.
    pub fn require_extent(&self, extent: Extent) -> Result<()> {
        require_extent(extent, &self.reach)
    }
}

/// Refuses if a reach is smaller than an operation requires.
pub(crate) fn require_extent(extent: Extent, reach: &Reach) -> Result<()> {
    match extent {
        Extent::Any => Ok(()),
        Extent::WholeOrganization | Extent::Everything if reach.is_partial() => Err(Error::ReachTooNarrow(
            "this operation needs the whole organization, and the caller reaches only a part of it",
        )),
        Extent::WholeOrganization => Ok(()),
        Extent::Everything if reach.organizations.is_none() => Ok(()),
        Extent::Everything => {
            Err(Error::ReachTooNarrow("this operation needs a reach over all organizations"))
        }
    }
}
