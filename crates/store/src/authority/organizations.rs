//! Organizations (tenants), and deleting one with everything it owns.

use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::name::Slug;
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::page::Page;
use bailiwick_domain::policy::KeyPolicy;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::authority::owned::Owned;
use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::production_changes::Outdated;
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Fixed, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

const TABLE: &str = "organizations";

#[derive(sqlx::FromRow)]
struct OrganizationRow {
    id: Uuid,
    name: String,
    slug: String,
    time_zone: String,
    key_policy: Json<KeyPolicy>,
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
            time_zone: row.time_zone.parse().or_corrupt(TABLE, "time_zone")?,
            key_policy: row.key_policy.0,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            revision: Revision::new(row.revision),
        })
    }
}

listed! {
    /// What organizations can be sorted by.
    pub OrganizationsBy: OrganizationRow by OrganizationId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The slug.
    Slug = "slug": Text in slug,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const COLUMNS: &str = "id, name, slug, time_zone, key_policy, created_at, updated_at, revision";
const ID: Field<OrganizationId> = Field::new("id");
const SLUG: Field<Slug> = Field::new("slug");

/// Access to the organizations in a reach.
pub struct Organizations<'a, R> {
    run: R,
    reach: &'a Reach,
}

impl Store {
    /// Reads the organizations in a reach.
    pub const fn organizations<'a>(&'a self, reach: &'a Reach) -> Organizations<'a, &'a Self> {
        Organizations::new(self, reach)
    }
}

impl Tx {
    /// Reads and writes the organizations in a reach.
    pub const fn organizations<'a>(&'a mut self, reach: &'a Reach) -> Organizations<'a, &'a mut Self> {
        Organizations::new(self, reach)
    }
}

/// A table of objects that organizations own.
struct OwnedTable {
    /// The table's name.
    noun: &'static str,
    /// The query of the ids and names: `SELECT id, name … WHERE organization_id = `
    first: &'static str,
    /// Whether the ids in this table are texts instead of UUIDs.
    has_text_ids: bool,
}

macro_rules! owned {
    ($noun:literal) => {
        OwnedTable {
            noun: $noun,
            first: concat!("SELECT id, name FROM ", $noun, " WHERE organization_id = "),
            has_text_ids: false,
        }
    };
}

/// The tables of objects that organizations own, in an order in which they can be deleted.
const OWNED: &[OwnedTable] = &[
    OwnedTable { has_text_ids: true, ..owned!("keys") },
    OwnedTable {
        first: "SELECT u.id, u.name FROM memberships m JOIN users u ON u.id = m.user_id \
                WHERE m.organization_id = ",
        ..owned!("memberships")
    },
    owned!("roles"),
    owned!("maintenance_windows"),
    // Goals have no names, so their figures are shown.
    OwnedTable { first: "SELECT id, metric FROM goals WHERE organization_id = ", ..owned!("goals") },
    // Job runs have no names, so those of their job operations are shown.
    OwnedTable {
        first: "SELECT r.id, o.name FROM job_runs r JOIN job_operations o ON o.id = r.job_operation_id \
                WHERE r.organization_id = ",
        ..owned!("job_runs")
    },
    owned!("job_operations"),
    // Operator runs have no names, so those of their operators are shown.
    OwnedTable {
        first: "SELECT r.id, o.name FROM operator_runs r JOIN operators o ON o.id = r.operator_id \
                WHERE r.organization_id = ",
        ..owned!("operator_runs")
    },
    owned!("operators"),
    // Rejects and corrections have no names, so their kinds and their parts are shown.
    OwnedTable { first: "SELECT id, kind FROM rejects WHERE organization_id = ", ..owned!("rejects") },
    OwnedTable {
        first: "SELECT id, CAST(parts AS TEXT) FROM part_corrections WHERE organization_id = ",
        ..owned!("part_corrections")
    },
    owned!("calendars"),
    // Annotations have no names, so their reasons are shown.
    OwnedTable {
        first: "SELECT a.id, r.reason FROM annotations a JOIN downtime_reasons r ON r.id = a.reason_id \
                WHERE a.organization_id = ",
        ..owned!("annotations")
    },
    OwnedTable {
        first: "SELECT id, reason FROM downtime_reasons WHERE organization_id = ",
        ..owned!("downtime_reasons")
    },
    owned!("schedules"),
    owned!("scripts"),
    // Commands have no names, so their titles are shown.
    OwnedTable { first: "SELECT id, title FROM commands WHERE organization_id = ", ..owned!("commands") },
    // Agents have no names, so their types are shown.
    OwnedTable { first: "SELECT id, type FROM agents WHERE organization_id = ", ..owned!("agents") },
    owned!("services"),
    owned!("nodes"),
    owned!("sites"),
];

/// The nouns of the objects that organizations own, in an order in which they can be deleted.
pub fn owned_nouns() -> impl Iterator<Item = &'static str> {
    OWNED.iter().map(|table| table.noun)
}

impl<'a, R: Run> Organizations<'a, R> {
    /// Reads the organizations in a reach on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &'a Reach) -> Self {
        Self { run, reach }
    }

    fn select(&self) -> Select {
        let ids = self.reach.organizations.as_ref();
        Select::new(COLUMNS, TABLE, Fixed::ANY).and_all(ids.map(|ids| ID.one_of(ids)))
    }

    /// The organization with this id or slug, if it is in reach.
    pub async fn get(&mut self, name: &OrganizationRef) -> Result<Option<Organization>> {
        let select = self.select().and(match name {
            OrganizationRef::Id(id) => ID.is(id),
            OrganizationRef::Slug(slug) => SLUG.is(slug),
        });
        self.run
            .row::<OrganizationRow>(StatementName::OrganizationsGet, select.statement())
            .await?
            .map(Organization::try_from)
            .transpose()
    }

    /// A page of organizations.
    pub async fn list(&mut self, list: List<OrganizationsBy>) -> Result<Page<Organization>> {
        let page = PageRequest::of(&list)?.page_of(self.select());
        page.page::<_, OrganizationRow, _>(StatementName::OrganizationsList, &mut self.run).await
    }

    /// All organizations, for the server's memory.
    pub async fn all(&mut self) -> Result<Vec<Organization>> {
        self.run
            .rows::<OrganizationRow>(StatementName::OrganizationsAll, self.select().statement())
            .await?
            .into_iter()
            .map(Organization::try_from)
            .collect()
    }

    /// The objects that an organization owns: for each noun, their number and the first `most`.
    pub async fn owned(&mut self, id: OrganizationId, most: u32) -> Result<Vec<Owned>> {
        let mut owned = Vec::new();
        for OwnedTable { noun, first, has_text_ids } in OWNED.iter().rev() {
            let mut count = Statement::new("SELECT count(*) FROM ");
            count.push(noun).push(" WHERE organization_id = ").push_value(id.as_uuid());
            let (count,) =
                self.run.row(StatementName::OrganizationsCountOwned, count).await?.unwrap_or_default();
            if count == 0 {
                continue;
            }
            let mut rows = Statement::new(first);
            rows.push_value(id.as_uuid()).push(" ORDER BY 2, 1 LIMIT ").push_value(most);
            let first = if *has_text_ids {
                self.run.rows(StatementName::OrganizationsFirstOwnedByTextId, rows).await?
            } else {
                let rows: Vec<(Uuid, String)> =
                    self.run.rows(StatementName::OrganizationsFirstOwned, rows).await?;
                rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
            };
            owned.push(Owned { noun, count, first });
        }
        Ok(owned)
    }
}

impl Organizations<'_, &mut Tx> {
    /// Inserts an organization. [`Error::Taken`] if its slug is taken.
    pub async fn create(&mut self, organization: &Organization) -> Result<()> {
        let Organization { id, name, slug, time_zone, key_policy, created_at, updated_at, revision } =
            organization;
        let statement = Statement::new(
            "INSERT INTO organizations (id, name, slug, time_zone, key_policy, created_at, updated_at, revision) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.as_uuid())
        .bind(name.as_str())
        .bind(slug.as_str())
        .bind(time_zone.to_string())
        .bind(Value::json(key_policy))
        .bind(created_at.as_micros())
        .bind(updated_at.as_micros())
        .bind(revision.number());
        self.run.execute(StatementName::OrganizationsCreate, statement).await?;
        self.run.changed(Change::Organization(*id));
        Ok(())
    }

    /// Updates an organization that was read at revision `from`. [`Error::Changed`] if its revision is
    /// another by now. A new time zone changes the production days of its nodes.
    pub async fn update(&mut self, organization: &Organization, from: Revision) -> Result<()> {
        let Organization { id, name, slug, time_zone, key_policy, updated_at, revision, .. } = organization;
        self.note_new_zone(organization).await?;
        let statement = Statement::new(
            "UPDATE organizations SET name = $1, slug = $2, key_policy = $3, updated_at = $4, \
             revision = $5, time_zone = $6 WHERE id = $7 AND revision = $8",
        )
        .bind(name.as_str())
        .bind(slug.as_str())
        .bind(Value::json(key_policy))
        .bind(updated_at.as_micros())
        .bind(revision.number())
        .bind(time_zone.to_string())
        .bind(id.as_uuid())
        .bind(from.number());
        if self.run.execute(StatementName::OrganizationsUpdate, statement).await? == 0 {
            return Err(Error::Changed);
        }
        self.run.changed(Change::Organization(*id));
        Ok(())
    }

    /// Notes that the sums of all nodes are outdated, if the organization has another time zone so far.
    async fn note_new_zone(&mut self, organization: &Organization) -> Result<()> {
        let same = OrganizationRef::Id(organization.id);
        let stored = Organizations::new(&mut *self.run, &Reach::EVERYTHING).get(&same).await?;
        if stored.is_some_and(|stored| stored.time_zone != organization.time_zone) {
            self.run.production_changed(organization.id, Area::Organization, Outdated::ALWAYS).await?;
        }
        Ok(())
    }

    /// Deletes an organization and everything it owns. Its audit trail is kept, and so are its members, but not
    /// the invitations of those who are members of no other organization.
    pub async fn delete_with_owned(&mut self, id: OrganizationId) -> Result<()> {
        let statement = Statement::new(
            "SELECT u.id FROM memberships m JOIN users u ON u.id = m.user_id \
             WHERE m.organization_id = $1 AND u.invitation_digest IS NOT NULL",
        );
        let statement = statement.bind(id.as_uuid());
        let invited: Vec<(Uuid,)> = self.run.rows(StatementName::OrganizationsInvited, statement).await?;
        for OwnedTable { noun: table, .. } in OWNED {
            let mut statement = Statement::new("DELETE FROM ");
            statement.push(table).push(" WHERE organization_id = ").push_value(id.as_uuid());
            self.run.execute(StatementName::OrganizationsDeleteOwned, statement).await?;
        }
        let statement = Statement::new("DELETE FROM organizations WHERE id = $1").bind(id.as_uuid());
        self.run.execute(StatementName::OrganizationsDelete, statement).await?;
        let invited: Vec<UserId> = invited.into_iter().map(|(id,)| UserId::from_uuid(id)).collect();
        self.run.void_invitations_of_strangers(&invited).await?;
        self.run.changed(Change::Organization(id));
        Ok(())
    }
}
