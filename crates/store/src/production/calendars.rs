//! Calendars: when work is scheduled.

use bailiwick_domain::calendar::CalendarRules;
use bailiwick_domain::id::{CalendarId, NodeId, OrganizationId, SiteId};
use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::calendar::{CalendarRef, SavedCalendar};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::production_changes::Outdated;
use crate::row_query::RowTable;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

columns! {
    CalendarRow: SavedCalendar by CalendarId in "calendars"
        named CalendarsCreate, CalendarsUpdate, CalendarsDelete;
    fixed { site_id: Option<SiteId>, node_id: Option<NodeId> }
    edited { name: Name, description: Option<Description>, rules: CalendarRules }
}

listed! {
    /// What calendars can be sorted by.
    pub CalendarsBy: CalendarRow by CalendarId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<CalendarId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");
const SITE: Field<SiteId> = Field::new("site_id");
const NODE: Field<NodeId> = Field::new("node_id");

/// The calendars, for row queries.
pub const ROWS: RowTable = RowTable::of::<CalendarRow>("calendars.name", |_| Vec::new());

/// Filter for lists of calendars. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct CalendarFilter {
    /// The calendar of this site.
    pub site: Option<SiteId>,
    /// The calendar of this node.
    pub node: Option<NodeId>,
}

/// Access to the calendars of one organization.
pub struct Calendars<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the calendars of the reach's organization.
    pub const fn calendars(&self, reach: &OrganizationReach) -> Calendars<&Self> {
        Calendars::new(self, reach.organization)
    }
}

impl Tx {
    /// Reads and writes the calendars of the reach's organization.
    pub const fn calendars(&mut self, reach: &OrganizationReach) -> Calendars<&mut Self> {
        Calendars::new(self, reach.organization)
    }
}

impl<R: Run> Calendars<R> {
    /// Reads the calendars of an organization on a store or in a transaction.
    pub(crate) const fn new(run: R, organization: OrganizationId) -> Self {
        Self { run, organization }
    }

    fn select(&self) -> Select {
        CalendarRow::select_of(self.organization)
    }

    async fn one(&mut self, name: StatementName, select: Select) -> Result<Option<SavedCalendar>> {
        let row = self.run.row::<CalendarRow>(name, select.statement()).await?;
        row.map(SavedCalendar::try_from).transpose()
    }

    /// The calendar with this id.
    pub async fn get(&mut self, id: CalendarId) -> Result<Option<SavedCalendar>> {
        let select = self.select().and(ID.is(&id));
        self.one(StatementName::CalendarsGet, select).await
    }

    /// The calendar with this name.
    pub async fn named(&mut self, name: &Name) -> Result<Option<SavedCalendar>> {
        let select = self.select().and(NAME.is(name));
        self.one(StatementName::CalendarsNamed, select).await
    }

    /// The calendar with this id or name.
    pub async fn find(&mut self, calendar: &CalendarRef) -> Result<Option<SavedCalendar>> {
        match calendar {
            CalendarRef::Id(id) => self.get(*id).await,
            CalendarRef::Name(name) => self.named(name).await,
        }
    }

    /// The calendar of exactly this area.
    pub async fn of(&mut self, area: Area) -> Result<Option<SavedCalendar>> {
        let is_there: Vec<Condition> = match area {
            Area::Organization => vec![SITE.missing(), NODE.missing()],
            Area::Site(site) => vec![SITE.is(&site)],
            Area::Node(node) => vec![NODE.is(&node)],
        };
        let select = self.select().and_all(is_there);
        self.one(StatementName::CalendarsOf, select).await
    }

    /// The number of calendars.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM calendars WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(StatementName::CalendarsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of the calendars that match a filter.
    pub async fn list(
        &mut self,
        filter: &CalendarFilter,
        list: List<CalendarsBy>,
    ) -> Result<Page<SavedCalendar>> {
        let site = filter.site.map(|site| SITE.is(&site));
        let node = filter.node.map(|node| NODE.is(&node));
        let page = PageRequest::of(&list)?.page_of(self.select().and_all(site).and_all(node));
        page.page::<_, CalendarRow, _>(StatementName::CalendarsList, &mut self.run).await
    }

    /// All calendars, sorted by id. An organization has only a few hundred.
    pub async fn all(&mut self) -> Result<Vec<SavedCalendar>> {
        let mut statement = self.select().statement();
        statement.push(" ORDER BY id");
        let rows = self.run.rows::<CalendarRow>(StatementName::CalendarsAll, statement).await?;
        rows.into_iter().map(SavedCalendar::try_from).collect()
    }
}

impl Calendars<&mut Tx> {
    /// Inserts a calendar. [`Error::Taken`](crate::Error::Taken) if its name is taken, or its area has one;
    /// [`Error::InUse`](crate::Error::InUse) if its site or node does not exist.
    pub async fn create(&mut self, calendar: &SavedCalendar) -> Result<()> {
        self.run.create_rows::<CalendarRow>(self.organization, std::slice::from_ref(calendar)).await?;
        self.changed(calendar).await
    }

    /// Updates a calendar that was read at revision `from`, but not its area.
    /// [`Error::Changed`](crate::Error::Changed) if its revision is another by now.
    pub async fn update(&mut self, calendar: &SavedCalendar, from: Revision) -> Result<()> {
        self.run.update_rows::<CalendarRow>(self.organization, &[(calendar, from)]).await?;
        self.changed(calendar).await
    }

    /// Deletes a calendar in the revision in which it was read.
    pub async fn delete(&mut self, calendar: &SavedCalendar) -> Result<()> {
        let (id, from) = (calendar.id.as_uuid(), calendar.revision);
        self.run.delete_row::<CalendarRow>(self.organization, id, from).await?;
        self.changed(calendar).await
    }

    /// Notes that the production days of its nodes are others.
    async fn changed(&mut self, calendar: &SavedCalendar) -> Result<()> {
        self.run.production_changed(self.organization, calendar.area(), Outdated::ALWAYS).await
    }
}
