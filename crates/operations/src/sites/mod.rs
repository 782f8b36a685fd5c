//! Sites: locations of an organization.

mod export;
mod import;
mod line;

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::SiteId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::Site;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::patch::{Named, Patch};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::sites::SitesBy;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::ids;
use crate::nodes;
use crate::noun::{self, BuiltIn, Noun, NounSpec, asked, require_unused};
use crate::uses::{Object, Uses};

const TAG: &str = "Inventory";
const NOUN: Noun = noun::SITE;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    NOUN,
    &[
        erase::<ListSites>().answers_rows(&bailiwick_store::sites::ROWS),
        erase::<CreateSite>(),
        erase::<GetSite>(),
        erase::<UpdateSite>(),
        erase::<DeleteSite>(),
        erase::<import::ImportSites>(),
        erase::<export::ExportSites>(),
    ],
)
.asked_by(|cx, text| {
    Box::pin(async move {
        let Some((named, reach)) = asked(cx, text)? else { return Ok(false) };
        Ok(cx.store().sites(&reach).find(&named).await?.is_some())
    })
})
.owned()
.built_in(BuiltIn::ReadsAndWrites);

sort_orders! {
    /// A sort order of sites.
    pub(crate) SiteSort of SitesBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List the sites of an organization.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListSites {
    /// Only sites whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<SiteSort>,
    /// The most sites on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListSites {
    const SPEC: Spec = Spec::read(ids::SITES_LIST, "/v1/sites").tag(TAG).columns(&[
        "name",
        "id",
        "labels",
        "description",
        "created_at",
    ]);
    type Output = Page<Site>;

    async fn run(self, cx: &Cx) -> Result<Page<Site>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().sites(&cx.organization_reach()?).list(&self.labels.unwrap_or_default(), list).await?)
    }
}

/// Create a site.
///
/// A key whose reach is limited by labels can only create sites with such labels. A key whose reach is
/// limited to certain sites or nodes cannot create any.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "name": "Berlin plant", "description": "Two halls and a gatehouse", "labels": { "env": "prod" } }]))]
struct CreateSite {
    /// Its name, unique in its organization.
    name: Name,
    /// A description in a few sentences.
    description: Option<Description>,
    /// Its labels.
    #[serde(default)]
    labels: Labels,
}

impl Operation for CreateSite {
    const SPEC: Spec = Spec::create(ids::SITES_CREATE, "/v1/sites").tag(TAG).versioned();
    const REVISION: fn(&Site) -> Option<Revision> = |output| Some(output.revision);
    type Output = Site;

    async fn run(self, cx: &Cx) -> Result<Site> {
        let reach = cx.organization_reach()?;
        let site = self.build(cx, &reach);
        require_reach(&reach, &site)?;
        let mut write = cx.write().await?;
        let written = write.tx().sites(&reach).create(&site).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &site.name)).await?;
        write.commit(vec![NOUN.target(site.id)], site).await
    }
}

impl CreateSite {
    /// The new site.
    fn build(self, cx: &Cx, reach: &OrganizationReach) -> Site {
        let now = cx.now();
        Site {
            id: SiteId::new(cx.clock(), cx.entropy()),
            organization_id: reach.organization,
            name: self.name,
            description: self.description,
            labels: self.labels,
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        }
    }
}

/// Refuses a site that would be out of the caller's reach.
fn require_reach(reach: &OrganizationReach, site: &Site) -> Result<()> {
    if reach.touches_site(site.id, &site.labels) {
        return Ok(());
    }
    Err(Error::ReachTooNarrow("the site would be outside of it"))
}

/// The error for a name that is taken, with the id of its site if the caller may know it.
async fn name_taken(cx: &Cx, reach: &OrganizationReach, name: &Name) -> Result<Error> {
    let other = cx.store().sites(reach).named(name).await?;
    Ok(NOUN.taken("name", other.map(|site| site.id)))
}

/// Show one site.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetSite {
    /// Its id or name.
    site: SiteRef,
}

impl Operation for GetSite {
    const SPEC: Spec = Spec::read(ids::SITES_GET, "/v1/sites/{site}").tag(TAG).versioned();
    const REVISION: fn(&Site) -> Option<Revision> = |output| Some(output.revision);
    type Output = Site;

    async fn run(self, cx: &Cx) -> Result<Site> {
        NOUN.found(cx.store().sites(&cx.organization_reach()?).find(&self.site).await?, &self.site)
    }
}

/// Change a site.
///
/// Fields that are absent stay as they are. Labels are replaced as a whole.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "description": "Three halls and a gatehouse" }]))]
struct UpdateSite {
    /// Its id or name.
    site: SiteRef,
    /// A new name, unique in its organization.
    #[serde(default)]
    name: Named<Name>,
    /// A new description; null removes it.
    #[serde(default)]
    description: Patch<Description>,
    /// New labels; they replace all old ones.
    #[serde(default)]
    labels: Named<Labels>,
}

impl Operation for UpdateSite {
    const SPEC: Spec = Spec::update(ids::SITES_UPDATE, "/v1/sites/{site}").tag(TAG).versioned();
    const REVISION: fn(&Site) -> Option<Revision> = |output| Some(output.revision);
    type Output = Site;

    async fn run(self, cx: &Cx) -> Result<Site> {
        let reach = cx.organization_reach()?;
        let mut write = cx.write().await?;
        let mut site = NOUN.found(write.tx().sites(&reach).find(&self.site).await?, &self.site)?;
        let from = site.revision;
        cx.require_match(&site, from)?;
        if let Some(name) = self.name.0 {
            site.name = name;
        }
        self.description.apply(&mut site.description);
        if let Some(labels) = self.labels.0 {
            site.labels = labels;
        }
        require_reach(&reach, &site)?;
        cx.revise(from, &mut site.revision, &mut site.updated_at);
        let written = write.tx().sites(&reach).update(&site, from).await;
        let write = write.unless_taken(written, name_taken(cx, &reach, &site.name)).await?;
        write.commit(vec![NOUN.target(site.id)], site).await
    }
}

/// Delete a site.
///
/// Refused while something refers to it. With `force`, its nodes stay but have no site any more, it is
/// removed from the reach of keys and roles, and enrolment keys and schedules for it are deleted. The
/// caller must reach all of these objects, and have the scopes to change and delete them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteSite {
    /// Its id or name.
    site: SiteRef,
    /// Delete it even if something refers to it.
    force: Option<bool>,
    /// Delete nothing; only answer what would be deleted or changed.
    dry_run: Option<bool>,
}

impl Operation for DeleteSite {
    const SPEC: Spec = Spec::delete(ids::SITES_DELETE, "/v1/sites/{site}").tag(TAG);
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let reach = cx.organization_reach()?;
        let object = |site: &Site| Dependant::new(site.id, site.name.as_str());
        if self.dry_run.unwrap_or_default() {
            let site = NOUN.found(cx.store().sites(&reach).find(&self.site).await?, &self.site)?;
            let mut dependants = nodes::detached(cx.store(), &reach, &NodeFilter::at(site.id)).await?;
            let uses = Uses::find(cx, cx.store(), Some(reach.organization), Object::Site(site.id)).await?;
            uses.require_reach(&reach)?;
            dependants.extend(uses.dependants());
            return Ok(NOUN.removal(cx, object(&site), dependants, true));
        }
        let mut write = cx.write().await?;
        let site = NOUN.found(write.tx().sites(&reach).find(&self.site).await?, &self.site)?;
        cx.require_match(&site, site.revision)?;
        let there = NodeFilter::at(site.id);
        let mut dependants = nodes::detached(write.tx(), &reach, &there).await?;
        let has_nodes = !dependants.is_empty();
        let uses = Uses::find(cx, write.tx(), Some(reach.organization), Object::Site(site.id)).await?;
        uses.require_reach(&reach)?;
        dependants.extend(uses.dependants());
        let mut targets = vec![NOUN.target(site.id)];
        targets.extend(nodes::targets(&dependants));
        targets.extend(uses.targets());
        require_unused(cx, &dependants, self.force)?;
        if !dependants.is_empty() {
            if has_nodes {
                write.tx().nodes(&reach).leave_site(&there, cx.now()).await?;
            }
            uses.release(cx, write.tx()).await?;
        }
        write.tx().sites(&reach).delete(site.id, site.revision).await?;
        write.commit(targets, NOUN.removal(cx, object(&site), dependants, false)).await
    }
}
