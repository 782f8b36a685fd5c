//! Sites: the locations of nodes.

use bailiwick_domain::id::{OrganizationId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::{Site, SiteRef};
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::row_query::RowTable;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Select};
use crate::sql::statement::Value;
use crate::table::columns::{Columns as _, columns};
use crate::table::label_table::{LabelTable, label_table};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

const LABELS: LabelTable<SiteId, SitesBy> =
    label_table!("site", "sites", SitesBy::Name = "name", named SitesDeleteLabels, SitesAddLabels);

const ID: Field<SiteId> = Field::new("id");
const ORGANIZATION: Field<OrganizationId> = Field::new("organization_id");
const NAME: Field<Name> = Field::new("name");

columns! {
    SiteRow: Site by SiteId in "sites" named SitesCreate, SitesUpdate, SitesDelete;
    edited { name: Name, description: Option<Description>, labels: Labels }
}

listed! {
    /// What sites can be sorted by.
    pub SitesBy: SiteRow by SiteId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

/// The conditions that a site is in the part of the organization to which the reach is limited.
fn in_part(reach: &OrganizationReach) -> Vec<Condition> {
    let mut conditions = Vec::new();
    conditions.extend(reach.sites.as_ref().map(|ids| ID.one_of(ids)));
    conditions.extend(reach.labels.iter().flat_map(|selector| LABELS.conditions(selector)));
    // A reach of single nodes does not include their site, which is more than those nodes.
    conditions.extend(reach.nodes.as_ref().map(|_| Fixed::NONE.into()));
    conditions
}

/// The sites, for row queries.
pub const ROWS: RowTable =
    RowTable::of::<SiteRow>("sites.name", in_part).labelled(|selector| LABELS.conditions(selector));

/// Access to the sites in a reach.
pub struct Sites<'a, R> {
    run: R,
    reach: &'a OrganizationReach,
}

impl Store {
    /// Reads the sites in a reach.
    pub const fn sites<'a>(&'a self, reach: &'a OrganizationReach) -> Sites<'a, &'a Self> {
        Sites { run: self, reach }
    }
}

impl Tx {
    /// Reads and writes the sites in a reach.
    pub const fn sites<'a>(&'a mut self, reach: &'a OrganizationReach) -> Sites<'a, &'a mut Self> {
        Sites { run: self, reach }
    }
}

impl<'a, R: Run> Sites<'a, R> {
    /// Reads the sites in a reach on a store or in a transaction.
    pub const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach }
    }

    fn select(&self) -> Select {
        SiteRow::select_of(self.reach.organization).and_all(in_part(self.reach))
    }

    /// The site with this id, if it is in reach.
    pub async fn get(&mut self, id: SiteId) -> Result<Option<Site>> {
        let statement = self.select().and(ID.is(&id)).statement();
        self.run.row::<SiteRow>(StatementName::SitesGet, statement).await?.map(Site::try_from).transpose()
    }

    /// The site with this name, if it is in reach.
    pub async fn named(&mut self, name: &Name) -> Result<Option<Site>> {
        let statement = self.select().and(NAME.is(name)).statement();
        self.run.row::<SiteRow>(StatementName::SitesNamed, statement).await?.map(Site::try_from).transpose()
    }

    /// The site with this id or name, if it is in reach.
    pub async fn find(&mut self, site: &SiteRef) -> Result<Option<Site>> {
        match site {
            SiteRef::Id(id) => self.get(*id).await,
            SiteRef::Name(name) => self.named(name).await,
        }
    }

    /// The sites with these ids or names that are in reach, in any order.
    pub async fn all_of(&mut self, ids: &[SiteId], names: &[&Name]) -> Result<Vec<Site>> {
        let (select, run) = (self.select().statement(), &mut self.run);
        let ids = ids.iter().map(|id| id.as_uuid());
        let names = names.iter().map(|name| name.as_str());
        let mut found: Vec<SiteRow> =
            select.clone().among(StatementName::SitesByIds, run, " AND id IN ", ids).await?;
        found
            .extend(select.among::<SiteRow>(StatementName::SitesByNames, run, " AND name IN ", names).await?);
        found.into_iter().map(Site::try_from).collect()
    }

    /// A page of the sites whose labels match a selector.
    pub async fn list(&mut self, selector: &Selector, list: List<SitesBy>) -> Result<Page<Site>> {
        let select = self.select().and_all(LABELS.conditions(selector));
        PageRequest::of(&list)?
            .page_of(select)
            .page::<_, SiteRow, _>(StatementName::SitesList, &mut self.run)
            .await
    }

    /// The number of sites in reach.
    pub async fn count(&mut self) -> Result<i64> {
        self.count_of(&Selector::default()).await
    }

    /// The number of sites in reach whose labels match a selector.
    pub async fn count_of(&mut self, selector: &Selector) -> Result<i64> {
        let select = Select::new("count(*)", "sites", ORGANIZATION.is(&self.reach.organization));
        let statement = select.and_all(in_part(self.reach)).and_all(LABELS.conditions(selector)).statement();
        let (count,) = self.run.row(StatementName::SitesCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// The ids in `ids` that are sites in reach.
    pub async fn existing(&mut self, ids: impl IntoIterator<Item = SiteId>) -> Result<Vec<SiteId>> {
        let ids: Vec<SiteId> = ids.into_iter().collect();
        let statement = self.select().and(ID.one_of(&ids)).statement();
        let rows: Vec<SiteRow> = self.run.rows(StatementName::SitesExisting, statement).await?;
        Ok(rows.into_iter().map(|row| SiteId::from_uuid(row.id)).collect())
    }
}

/// A site's id, its value of the sort column, and its labels, as the label table stores them.
fn labelled(site: &Site) -> (Uuid, Value, &Labels) {
    (site.id.as_uuid(), site.name.as_str().into(), &site.labels)
}

impl Sites<'_, &mut Tx> {
    /// Inserts a site. [`Error::Taken`](crate::Error::Taken) if its name is taken.
    pub async fn create(&mut self, site: &Site) -> Result<()> {
        let organization = self.reach.organization;
        self.run.create_rows::<SiteRow>(organization, std::slice::from_ref(site)).await?;
        LABELS.add(self.run, organization, [labelled(site)]).await
    }

    /// Updates a site that was read at revision `from`. [`Error::Changed`](crate::Error::Changed) if its
    /// revision is another by now.
    pub async fn update(&mut self, site: &Site, from: Revision) -> Result<()> {
        let organization = self.reach.organization;
        self.run.update_rows::<SiteRow>(organization, &[(site, from)]).await?;
        LABELS.replace(self.run, organization, vec![labelled(site)]).await
    }

    /// Deletes a site that was read at revision `from`.
    pub async fn delete(&mut self, id: SiteId, from: Revision) -> Result<()> {
        self.run.delete_row::<SiteRow>(self.reach.organization, id.as_uuid(), from).await
    }
}
