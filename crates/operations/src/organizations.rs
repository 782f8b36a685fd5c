//! Organizations: the tenants of the server.

use bailiwick_domain::cron::Zone;
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::name::{Name, Slug};
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::policy::{KeyPolicy, LIFE_MAX, UNUSED_DAYS_MAX};
use bailiwick_domain::revision::Revision;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Error, FieldError, Result, require_valid};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::removal::{ITEMS_MAX, Removal};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::change::Change;
use bailiwick_store::organizations::OrganizationsBy;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ids;
use crate::keys::beyond::require_may_give_people_access;
use crate::keys::grant::check_scopes;
use crate::noun::{self, BuiltIn, Noun, NounSpec, require_unused};
use crate::uses::{Object, Uses};

const TAG: &str = "Organizations";
const NOUN: Noun = noun::ORGANIZATION;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListOrganizations>(),
        erase::<CreateOrganization>(),
        erase::<GetOrganization>(),
        erase::<UpdateOrganization>(),
        erase::<DeleteOrganization>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Ok(name) = text.parse::<OrganizationRef>() else { return Ok(false) };
        Ok(cx.store().organizations(&cx.reach()?).get(&name).await?.is_some())
    })
})
.built_in(BuiltIn::Reads);

sort_orders! {
    /// A sort order of organizations.
    pub(crate) OrganizationSort of OrganizationsBy, default Name,
    Name / NameReverse: "name" / "-name",
    Slug / SlugReverse: "slug" / "-slug",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the organizations that the caller reaches.
///
/// An organization key reaches only its own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListOrganizations {
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<OrganizationSort>,
    /// The most organizations on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListOrganizations {
    const SPEC: Spec = Spec::read(ids::ORGANIZATIONS_LIST, "/v1/organizations")
        .tag(TAG)
        .above_organizations()
        .columns(&["slug", "name", "id", "time_zone", "created_at"]);
    type Output = Page<Organization>;

    async fn run(self, cx: &Cx) -> Result<Page<Organization>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().organizations(&cx.reach()?).list(list).await?)
    }
}

/// Create an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Acme", "slug": "acme" }]))]
struct CreateOrganization {
    /// Its display name.
    name: Name,
    /// Its short name for URLs and programs, unique on the server.
    slug: Slug,
    /// The time zone of its production days, where no calendar says another; UTC if absent.
    time_zone: Option<Zone>,
}

impl Operation for CreateOrganization {
    const SPEC: Spec = Spec::create(ids::ORGANIZATIONS_CREATE, "/v1/organizations")
        .tag(TAG)
        .root_only()
        .everything()
        .versioned();
    const REVISION: fn(&Organization) -> Option<Revision> = |output| Some(output.revision);
    type Output = Organization;

    async fn run(self, cx: &Cx) -> Result<Organization> {
        let reach = cx.reach()?;
        let now = cx.now();
        let organization = Organization {
            id: OrganizationId::new(cx.clock(), cx.entropy()),
            name: self.name,
            slug: self.slug,
            time_zone: self.time_zone.unwrap_or_else(Zone::utc),
            key_policy: KeyPolicy::default(),
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        };
        let mut write = cx.write().await?;
        let written = write.tx().organizations(&reach).create(&organization).await;
        let write = write.unless_taken(written, slug_taken(cx, &organization.slug)).await?;
        write.commit(vec![NOUN.target(organization.id)], organization).await
    }
}

/// The error for a slug that is taken, with the id of its organization if the caller may know it.
async fn slug_taken(cx: &Cx, slug: &Slug) -> Result<Error> {
    let name = OrganizationRef::Slug(slug.clone());
    let other = cx.store().organizations(&cx.reach()?).get(&name).await?;
    Ok(NOUN.taken("slug", other.map(|o| o.id)))
}

/// Show one organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetOrganization {
    /// Its id or slug.
    organization: OrganizationRef,
}

impl Operation for GetOrganization {
    const SPEC: Spec = Spec::read(ids::ORGANIZATIONS_GET, "/v1/organizations/{organization}")
        .tag(TAG)
        .above_organizations()
        .versioned();
    const REVISION: fn(&Organization) -> Option<Revision> = |output| Some(output.revision);
    type Output = Organization;

    async fn run(self, cx: &Cx) -> Result<Organization> {
        NOUN.found(cx.store().organizations(&cx.reach()?).get(&self.organization).await?, self.organization)
    }
}

/// Change an organization.
///
/// Fields that are absent stay as they are. A new slug takes effect at once, and the old one stops
/// working.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Acme Ltd" }]))]
struct UpdateOrganization {
    /// Its id or slug.
    organization: OrganizationRef,
    /// A new name.
    #[serde(default)]
    name: Named<Name>,
    /// A new slug, unique on the server. Only for root keys and server administrators.
    #[serde(default)]
    slug: Named<Slug>,
    /// The time zone of its production days, where no calendar says another. Reports on the past follow it too.
    #[serde(default)]
    time_zone: Named<Zone>,
    /// The new policy for its keys; it replaces the old policy as a whole. Only for people and root
    /// keys: an organization key cannot loosen its own limits.
    #[serde(default)]
    key_policy: Named<KeyPolicy>,
}

impl Operation for UpdateOrganization {
    const SPEC: Spec = Spec::update(ids::ORGANIZATIONS_UPDATE, "/v1/organizations/{organization}")
        .tag(TAG)
        .above_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&Organization) -> Option<Revision> = |output| Some(output.revision);
    type Output = Organization;

    async fn run(self, cx: &Cx) -> Result<Organization> {
        let reach = cx.reach()?;
        let known = cx.control().directory().get(&self.organization);
        let mut write = cx.write_rights(known.map(|known| Change::Organization(known.id))).await?;
        let found = write.tx().organizations(&reach).get(&self.organization).await?;
        let mut organization = NOUN.found(found, &self.organization)?;
        let from = organization.revision;
        cx.require_match(&organization, from)?;
        if let Some(name) = self.name.0 {
            organization.name = name;
        }
        if let Some(slug) = self.slug.0 {
            // The answer that a slug is taken would reveal that another organization has it.
            if !cx.is_root() && slug != organization.slug {
                return Err(Error::RootOnly);
            }
            organization.slug = slug;
        }
        self.time_zone.apply(&mut organization.time_zone);
        if let Some(policy) = self.key_policy.0 {
            check_policy(cx, &policy)?;
            organization.key_policy = policy;
        }
        cx.revise(from, &mut organization.revision, &mut organization.updated_at);
        let written = write.tx().organizations(&reach).update(&organization, from).await;
        let write = write.unless_taken(written, slug_taken(cx, &organization.slug)).await?;
        let id = organization.id;
        write.commit_in(Some(id), vec![NOUN.target(id)], organization).await
    }
}

/// Refuses a policy with invalid values, or one that the caller may not set.
fn check_policy(cx: &Cx, policy: &KeyPolicy) -> Result<()> {
    if cx.key().is_some() && !cx.is_root() {
        return Err(Error::PersonOnly);
    }
    // Loosening a policy permanently gives the withheld scopes back to all keys.
    require_may_give_people_access(cx)?;
    let mut errors: Vec<FieldError> = check_scopes(policy.withheld_scopes.iter(), true, cx.listings())
        .into_iter()
        .map(|e| FieldError::new(e.field.replacen("scopes", "key_policy.withheld_scopes", 1), e.detail))
        .collect();
    if policy.longest_life_seconds.is_some_and(|seconds| !(1..=LIFE_MAX).contains(&seconds)) {
        let detail = format!("expected 1 to {LIFE_MAX} seconds");
        errors.push(FieldError::new("key_policy.longest_life_seconds", detail));
    }
    if policy.disable_unused_days.is_some_and(|days| !(1..=UNUSED_DAYS_MAX).contains(&days)) {
        let detail = format!("expected 1 to {UNUSED_DAYS_MAX} days");
        errors.push(FieldError::new("key_policy.disable_unused_days", detail));
    }
    require_valid(errors)
}

/// Delete an organization.
///
/// Refused while it owns something, has members, or is in the reach of a root key. `force` also deletes
/// everything that it owns, in one transaction, and removes it from those reaches. Observations of its
/// nodes are deleted within an hour. Its audit trail stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteOrganization {
    /// Its id or slug.
    organization: OrganizationRef,
    /// Also delete everything that it owns.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted.
    dry_run: Option<bool>,
}

impl Operation for DeleteOrganization {
    const SPEC: Spec = Spec::delete(ids::ORGANIZATIONS_DELETE, "/v1/organizations/{organization}")
        .tag(TAG)
        .root_only()
        .whole_organization();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.reach()?;
        if self.dry_run.unwrap_or_default() {
            let mut organizations = cx.store().organizations(&reach);
            let organization = NOUN.found(organizations.get(&self.organization).await?, self.organization)?;
            let mut owned = Dependants::deleted(organizations.owned(organization.id, ITEMS_MAX).await?);
            let named = Object::Organization(organization.id);
            owned.extend(Uses::find(cx, cx.store(), None, named).await?.dependants());
            let object = Dependant::new(organization.id, organization.name.as_str());
            return Ok(NOUN.removal(cx, object, owned, true));
        }
        let known = cx.control().directory().get(&self.organization);
        let known = known.map(|known| Change::Organization(known.id));
        let refused = known.clone().filter(|_| self.force.unwrap_or_default());
        cx.refusing(refused, self.delete(cx, known)).await
    }
}

impl DeleteOrganization {
    async fn delete(&self, cx: &Cx, known: Option<Change>) -> Result<Removal> {
        let reach = cx.reach()?;
        let mut write = cx.write_rights(known).await?;
        let found = write.tx().organizations(&reach).get(&self.organization).await?;
        let organization = NOUN.found(found, &self.organization)?;
        cx.require_match(&organization, organization.revision)?;
        let mut owned =
            Dependants::deleted(write.tx().organizations(&reach).owned(organization.id, ITEMS_MAX).await?);
        let uses = Uses::find(cx, write.tx(), None, Object::Organization(organization.id)).await?;
        owned.extend(uses.dependants());
        require_unused(cx, &owned, self.force)?;
        uses.release(cx, write.tx()).await?;
        write.tx().organizations(&reach).delete_with_owned(organization.id).await?;
        let object = Dependant::new(organization.id, organization.name.as_str());
        let removal = NOUN.removal(cx, object, owned, false);
        write.commit_in(None, vec![NOUN.target(organization.id)], removal).await
    }
}
