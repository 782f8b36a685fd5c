//! Sites: the places where nodes are.

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::{OrganizationId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::{Site, SiteRef};
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::label_table::{LabelTable, label_table};
use crate::list::{List, Sort, page_of};
use crate::run::Run;
use crate::statement::{Statement, Value};

const TABLE: &str = "sites";

/// How many sites one statement looks up.
const SITES_AT_ONCE: usize = 1_000;

const LABELS: LabelTable = label_table!("site", "sites", "name");

#[derive(sqlx::FromRow)]
struct SiteRow {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    description: Option<String>,
    labels: Json<Labels>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl TryFrom<SiteRow> for Site {
    type Error = Error;

    fn try_from(row: SiteRow) -> Result<Self> {
        let description = row.description.map(|d| d.parse::<Description>()).transpose();
        Ok(Self {
            id: SiteId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            name: row.name.parse().or_corrupt(TABLE, "name")?,
            description: description.or_corrupt(TABLE, "description")?,
            labels: row.labels.0,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            revision: Revision::new(row.revision),
        })
    }
}

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

    fn select(&self) -> Statement {
        let mut statement = Statement::new(
            "SELECT id, organization_id, name, description, labels, created_at, updated_at, revision \
             FROM sites WHERE organization_id = $1",
        )
        .bind(self.reach.organization.as_uuid());
        if let Some(ids) = &self.reach.sites {
            statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
        }
        if let Some(selector) = &self.reach.labels {
            LABELS.filter(&mut statement, selector);
        }
        if self.reach.nodes.is_some() {
            // A reach of single nodes does not include their site, which is more than those nodes.
            statement.push(" AND 1 = 0");
        }
        statement
    }

    /// The site with this id, if it is in reach.
    pub async fn get(&mut self, id: SiteId) -> Result<Option<Site>> {
        let mut statement = self.select();
        statement.push(" AND id = ").push_value(id.as_uuid());
        self.run.row::<SiteRow>(statement).await?.map(Site::try_from).transpose()
    }

    /// The site with this name, if it is in reach.
    pub async fn named(&mut self, name: &Name) -> Result<Option<Site>> {
        let mut statement = self.select();
        statement.push(" AND name = ").push_value(name.as_str());
        self.run.row::<SiteRow>(statement).await?.map(Site::try_from).transpose()
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
        let mut found = Vec::new();
        for ids in ids.chunks(SITES_AT_ONCE) {
            let mut statement = self.select();
            statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
            found.extend(self.run.rows::<SiteRow>(statement).await?);
        }
        for names in names.chunks(SITES_AT_ONCE) {
            let mut statement = self.select();
            statement.push(" AND name IN ").push_values(names.iter().map(|name| name.as_str()));
            found.extend(self.run.rows::<SiteRow>(statement).await?);
        }
        found.into_iter().map(Site::try_from).collect()
    }

    /// A page of the sites whose labels match a selector.
    pub async fn list<S: Sort>(&mut self, selector: &Selector, list: List<S>) -> Result<Page<Site>> {
        let id = |text: &str| text.parse().ok().map(|id: SiteId| id.as_uuid().into());
        let place = |row: &SiteRow, sort: S| {
            let mark = match sort.column() {
                "created_at" => Mark::Number(row.created_at),
                _ => Mark::Text(row.name.clone()),
            };
            (mark, row.id.to_string())
        };
        let mut statement = self.select();
        LABELS.filter(&mut statement, selector);
        let (rows, next) = list.page(&mut self.run, statement, "id", id, place).await?;
        page_of(rows, next)
    }

    /// The ids in `ids` that are sites in reach.
    pub async fn existing(&mut self, ids: impl IntoIterator<Item = SiteId>) -> Result<Vec<SiteId>> {
        let mut statement = self.select();
        statement.push(" AND id IN ").push_values(ids.into_iter().map(SiteId::as_uuid));
        let rows: Vec<SiteRow> = self.run.rows(statement).await?;
        Ok(rows.into_iter().map(|row| SiteId::from_uuid(row.id)).collect())
    }
}

impl Sites<'_, &mut Tx> {
    /// Inserts a site. [`Error::Taken`] if its name is taken.
    pub async fn create(&mut self, site: &Site) -> Result<()> {
        let Site { id, organization_id: _, name, description, labels, created_at, updated_at, revision } =
            site;
        let statement = Statement::new(
            "INSERT INTO sites \
             (id, organization_id, name, description, labels, created_at, updated_at, revision) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.as_uuid())
        .bind(self.reach.organization.as_uuid())
        .bind(name.as_str())
        .bind(description.as_ref().map(Description::as_str))
        .bind(Value::json(labels))
        .bind(created_at.as_micros())
        .bind(updated_at.as_micros())
        .bind(revision.number());
        self.run.execute(statement).await?;
        let labelled = (id.as_uuid(), name.as_str().into(), labels);
        LABELS.add(self.run, self.reach.organization, [labelled]).await
    }

    /// Updates a site that was read at revision `from`. [`Error::Changed`] if its revision is another by
    /// now.
    pub async fn update(&mut self, site: &Site, from: Revision) -> Result<()> {
        let Site { id, name, description, labels, updated_at, revision, .. } = site;
        let statement = Statement::new(
            "UPDATE sites SET name = $1, description = $2, labels = $3, updated_at = $4, revision = $5 \
             WHERE id = $6 AND organization_id = $7 AND revision = $8",
        )
        .bind(name.as_str())
        .bind(description.as_ref().map(Description::as_str))
        .bind(Value::json(labels))
        .bind(updated_at.as_micros())
        .bind(revision.number())
        .bind(id.as_uuid())
        .bind(self.reach.organization.as_uuid())
        .bind(from.number());
        if self.run.execute(statement).await? == 0 {
            return Err(Error::Changed);
        }
        LABELS.remove(self.run, self.reach.organization, [id.as_uuid()]).await?;
        let labelled = (id.as_uuid(), name.as_str().into(), labels);
        LABELS.add(self.run, self.reach.organization, [labelled]).await
    }

    /// Deletes a site that was read at revision `from`.
    pub async fn delete(&mut self, id: SiteId, from: Revision) -> Result<()> {
        let statement =
            Statement::new("DELETE FROM sites WHERE id = $1 AND organization_id = $2 AND revision = $3")
                .bind(id.as_uuid())
                .bind(self.reach.organization.as_uuid())
                .bind(from.number());
        if self.run.execute(statement).await? == 0 {
            return Err(Error::Changed);
        }
        Ok(())
    }
}
