//! Organizations.

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::change::Change;
use crate::database::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::list::{List, Sort, page_of};
use crate::run::Run;
use crate::statement::Statement;

const TABLE: &str = "organizations";

#[derive(sqlx::FromRow)]
struct OrganizationRow {
    id: Uuid,
    name: String,
    slug: String,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = Error;

    fn try_from(row: OrganizationRow) -> Result<Self> {
        Ok(Self {
            id: OrganizationId::from_uuid(row.id),
            name: row.name.parse().or_corrupt(TABLE, "name")?,
            slug: row.slug.parse().or_corrupt(TABLE, "slug")?,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            revision: Revision::new(row.revision),
        })
    }
}

const SELECT: &str = "SELECT id, name, slug, created_at, updated_at, revision FROM organizations WHERE 1 = 1";

/// The organizations of a reach.
pub struct Organizations<'a, R> {
    run: R,
    reach: &'a Reach,
}

impl Store {
    /// The organizations of a reach.
    pub const fn organizations<'a>(&'a self, reach: &'a Reach) -> Organizations<'a, &'a Self> {
        Organizations { run: self, reach }
    }
}

impl Tx {
    /// The organizations of a reach, to write.
    pub const fn organizations<'a>(&'a mut self, reach: &'a Reach) -> Organizations<'a, &'a mut Self> {
        Organizations { run: self, reach }
    }
}

/// What organizations own, by table, in an order in which it can be deleted; then the column by
/// which people know an object, and whether ids are texts. Each has `organization_id` and `id` too.
const OWNED: &[(&str, &str, bool)] = &[
    ("keys", "name", true),
    ("agents", "type", false),
    ("services", "name", false),
    ("nodes", "name", false),
    ("sites", "name", false),
];

/// The objects of one noun that an organization owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// What they are.
    pub noun: &'static str,
    /// How many there are.
    pub count: i64,
    /// The ids and names of the first of them, by name.
    pub first: Vec<(String, String)>,
}

impl<R: Run> Organizations<'_, R> {
    fn select(&self) -> Statement {
        let mut statement = Statement::new(SELECT);
        if let Some(ids) = &self.reach.organizations {
            statement.push(" AND id IN ").push_values(ids.iter().map(|id| id.as_uuid()));
        }
        statement
    }

    /// The one that is named, if it is in reach.
    pub async fn get(&mut self, name: &OrganizationRef) -> Result<Option<Organization>> {
        let mut statement = self.select();
        match name {
            OrganizationRef::Id(id) => statement.push(" AND id = ").push_value(id.as_uuid()),
            OrganizationRef::Slug(slug) => statement.push(" AND slug = ").push_value(slug.as_str()),
        };
        self.run.row::<OrganizationRow>(statement).await?.map(Organization::try_from).transpose()
    }

    /// A page of them.
    pub async fn list<S: Sort>(&mut self, list: List<S>) -> Result<Page<Organization>> {
        let id = |text: &str| text.parse().ok().map(|id: OrganizationId| id.as_uuid().into());
        let place = |row: &OrganizationRow, sort: S| {
            let mark = match sort.column() {
                "created_at" => Mark::Number(row.created_at),
                "slug" => Mark::Text(row.slug.clone()),
                _ => Mark::Text(row.name.clone()),
            };
            (mark, row.id.to_string())
        };
        let statement = self.select();
        let (rows, next) = list.page(&mut self.run, statement, "id", id, place).await?;
        page_of(rows, next)
    }

    /// Every one of them, for the server's memory.
    pub async fn all(&mut self) -> Result<Vec<Organization>> {
        let statement = self.select();
        self.run.rows::<OrganizationRow>(statement).await?.into_iter().map(Organization::try_from).collect()
    }

    /// What one of them owns, with the first `most` of each noun.
    pub async fn owned(&mut self, id: OrganizationId, most: u32) -> Result<Vec<Owned>> {
        let mut owned = Vec::new();
        for (noun, name, text_ids) in OWNED.iter().rev() {
            let mut all = Statement::new("SELECT count(*) FROM ");
            all.push(noun).push(" WHERE organization_id = ").push_value(id.as_uuid());
            let (count,) = self.run.row(all).await?.unwrap_or_default();
            if count == 0 {
                continue;
            }
            let mut rows = Statement::new("SELECT id, ");
            rows.push(name)
                .push(" FROM ")
                .push(noun)
                .push(" WHERE organization_id = ")
                .push_value(id.as_uuid());
            rows.push(" ORDER BY ").push(name).push(", id LIMIT ").push_value(most);
            let first = if *text_ids {
                self.run.rows(rows).await?
            } else {
                let rows: Vec<(Uuid, String)> = self.run.rows(rows).await?;
                rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
            };
            owned.push(Owned { noun, count, first });
        }
        Ok(owned)
    }
}

impl Organizations<'_, &mut Tx> {
    /// Adds one. [`Error::Taken`] if its slug is.
    pub async fn create(&mut self, organization: &Organization) -> Result<()> {
        let Organization { id, name, slug, created_at, updated_at, revision } = organization;
        let statement = Statement::new(
            "INSERT INTO organizations (id, name, slug, created_at, updated_at, revision) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_uuid())
        .bind(name.as_str())
        .bind(slug.as_str())
        .bind(created_at.as_micros())
        .bind(updated_at.as_micros())
        .bind(revision.number());
        self.run.execute(statement).await?;
        self.run.changed(Change::Organization(*id));
        Ok(())
    }

    /// Writes one that was read with revision `from`. [`Error::Changed`] if it has another now.
    pub async fn update(&mut self, organization: &Organization, from: Revision) -> Result<()> {
        let Organization { id, name, slug, updated_at, revision, .. } = organization;
        let statement = Statement::new(
            "UPDATE organizations SET name = $1, slug = $2, updated_at = $3, revision = $4 \
             WHERE id = $5 AND revision = $6",
        )
        .bind(name.as_str())
        .bind(slug.as_str())
        .bind(updated_at.as_micros())
        .bind(revision.number())
        .bind(id.as_uuid())
        .bind(from.number());
        if self.run.execute(statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::Organization(*id));
        Ok(())
    }

    /// Deletes one and all that it owns. Its audit trail stays.
    pub async fn delete_with_owned(&mut self, id: OrganizationId) -> Result<()> {
        for (table, ..) in OWNED {
            let mut statement = Statement::new("DELETE FROM ");
            statement.push(table).push(" WHERE organization_id = ").push_value(id.as_uuid());
            self.run.execute(statement).await?;
        }
        let statement = Statement::new("DELETE FROM organizations WHERE id = $1").bind(id.as_uuid());
        self.run.execute(statement).await?;
        self.run.changed(Change::Organization(id));
        Ok(())
    }
}
