//! Organizations in memory, so that requests which name one can look it up without I/O.

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::name::Slug;
use bailiwick_domain::organization::{Organization, OrganizationRef};
use parking_lot::RwLock;

#[derive(Default)]
struct Maps {
    by_id: HashMap<OrganizationId, Arc<Organization>>,
    by_slug: HashMap<Slug, OrganizationId>,
}

/// The organizations, by id and slug.
#[derive(Default)]
pub struct Directory(RwLock<Maps>);

impl Directory {
    /// Finds an organization by id or slug.
    pub fn get(&self, name: &OrganizationRef) -> Option<Arc<Organization>> {
        let maps = self.0.read();
        match name {
            OrganizationRef::Id(id) => maps.by_id.get(id).cloned(),
            OrganizationRef::Slug(slug) => maps.by_slug.get(slug).and_then(|id| maps.by_id.get(id)).cloned(),
        }
    }

    /// Finds an organization by id.
    pub fn by_id(&self, id: OrganizationId) -> Option<Arc<Organization>> {
        self.0.read().by_id.get(&id).cloned()
    }

    /// How many organizations there are.
    pub(crate) fn len(&self) -> usize {
        self.0.read().by_id.len()
    }

    /// Applies the state of an organization; `None` if it is deleted.
    pub(crate) fn apply(&self, id: OrganizationId, organization: Option<Organization>) {
        let mut maps = self.0.write();
        if let Some(old) = maps.by_id.remove(&id)
            && maps.by_slug.get(&old.slug) == Some(&id)
        {
            maps.by_slug.remove(&old.slug);
        }
        if let Some(organization) = organization {
            maps.by_slug.insert(organization.slug.clone(), id);
            maps.by_id.insert(id, Arc::new(organization));
        }
    }

    /// Replaces all organizations.
    pub(crate) fn replace(&self, organizations: Vec<Organization>) {
        let mut new = Maps::default();
        for organization in organizations {
            new.by_slug.insert(organization.slug.clone(), organization.id);
            new.by_id.insert(organization.id, Arc::new(organization));
        }
        *self.0.write() = new;
    }
}
