//! Maintenance windows: the times at which nodes may be worked on.

use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::id::{MaintenanceWindowId, OrganizationId, SiteId};
use bailiwick_domain::maintenance_window::{MaintenanceWindow, MaintenanceWindowRef};
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::targets::Targets;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

columns! {
    MaintenanceWindowRow: MaintenanceWindow by MaintenanceWindowId in "maintenance_windows"
        named MaintenanceWindowsCreate, MaintenanceWindowsUpdate, MaintenanceWindowsDelete;
    edited {
        name: Name,
        description: Option<Description>,
        enabled: bool,
        selector: Selector,
        site_id: Option<SiteId>,
        others = "other_targets": Targets,
        cron: Cron,
        time_zone: Zone,
        duration_seconds: u32,
    }
}

listed! {
    /// What maintenance windows can be sorted by.
    pub MaintenanceWindowsBy: MaintenanceWindowRow by MaintenanceWindowId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<MaintenanceWindowId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");
const ENABLED: Field<bool> = Field::new("enabled");
const SITE: Field<SiteId> = Field::new("site_id");

/// Filter for lists of maintenance windows. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct MaintenanceWindowFilter {
    /// Windows with these ids.
    pub ids: Option<Vec<MaintenanceWindowId>>,
    /// Windows that name this site.
    pub site: Option<SiteId>,
    /// Only windows that are switched on, or only those that are switched off.
    pub is_enabled: Option<bool>,
}

impl MaintenanceWindowFilter {
    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self.ids.iter().map(|ids| ID.one_of(ids)).collect();
        conditions.extend(self.site.map(|site| SITE.is(&site)));
        conditions.extend(self.is_enabled.map(|is_enabled| ENABLED.is(&is_enabled)));
        conditions
    }
}

/// Access to the maintenance windows of one organization.
pub struct MaintenanceWindows<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the maintenance windows of the reach's organization.
    pub const fn maintenance_windows(&self, reach: &OrganizationReach) -> MaintenanceWindows<&Self> {
        MaintenanceWindows::new(self, reach)
    }
}

impl Tx {
    /// Reads and writes the maintenance windows of the reach's organization.
    pub const fn maintenance_windows(&mut self, reach: &OrganizationReach) -> MaintenanceWindows<&mut Self> {
        MaintenanceWindows::new(self, reach)
    }
}

impl<R: Run> MaintenanceWindows<R> {
    /// Reads the maintenance windows of the reach's organization on a store or in a transaction.
    pub const fn new(run: R, reach: &OrganizationReach) -> Self {
        Self { run, organization: reach.organization }
    }

    fn select(&self) -> Select {
        MaintenanceWindowRow::select_of(self.organization)
    }

    /// The window with this id.
    pub async fn get(&mut self, id: MaintenanceWindowId) -> Result<Option<MaintenanceWindow>> {
        let statement = self.select().and(ID.is(&id)).statement();
        self.run
            .row::<MaintenanceWindowRow>(StatementName::MaintenanceWindowsGet, statement)
            .await?
            .map(MaintenanceWindow::try_from)
            .transpose()
    }

    /// The window with this name.
    pub async fn named(&mut self, name: &Name) -> Result<Option<MaintenanceWindow>> {
        let statement = self.select().and(NAME.is(name)).statement();
        self.run
            .row::<MaintenanceWindowRow>(StatementName::MaintenanceWindowsNamed, statement)
            .await?
            .map(MaintenanceWindow::try_from)
            .transpose()
    }

    /// The window with this id or name.
    pub async fn find(&mut self, window: &MaintenanceWindowRef) -> Result<Option<MaintenanceWindow>> {
        match window {
            MaintenanceWindowRef::Id(id) => self.get(*id).await,
            MaintenanceWindowRef::Name(name) => self.named(name).await,
        }
    }

    /// The number of windows.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement =
            Statement::new("SELECT count(*) FROM maintenance_windows WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) =
            self.run.row(StatementName::MaintenanceWindowsCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of the windows that match a filter.
    pub async fn list(
        &mut self,
        filter: &MaintenanceWindowFilter,
        list: List<MaintenanceWindowsBy>,
    ) -> Result<Page<MaintenanceWindow>> {
        let page = PageRequest::of(&list)?.page_of(self.select().and_all(filter.conditions()));
        page.page::<_, MaintenanceWindowRow, _>(StatementName::MaintenanceWindowsList, &mut self.run).await
    }

    /// All windows that match a filter, sorted by name. An organization has only a few hundred.
    pub async fn all(&mut self, filter: &MaintenanceWindowFilter) -> Result<Vec<MaintenanceWindow>> {
        let mut statement = self.select().and_all(filter.conditions()).statement();
        statement.push(" ORDER BY name, id");
        self.run
            .rows::<MaintenanceWindowRow>(StatementName::MaintenanceWindowsAll, statement)
            .await?
            .into_iter()
            .map(MaintenanceWindow::try_from)
            .collect()
    }
}

impl MaintenanceWindows<&mut Tx> {
    /// Inserts a window. [`Error::Taken`](crate::Error::Taken) if its name is taken;
    /// [`Error::InUse`](crate::Error::InUse) if its site does not exist.
    pub async fn create(&mut self, window: &MaintenanceWindow) -> Result<()> {
        self.run.create_rows::<MaintenanceWindowRow>(self.organization, std::slice::from_ref(window)).await
    }

    /// Updates a window that was read at revision `from`. [`Error::Changed`](crate::Error::Changed) if its
    /// revision is another by now; otherwise the same errors as [`create`](Self::create).
    pub async fn update(&mut self, window: &MaintenanceWindow, from: Revision) -> Result<()> {
        self.run.update_rows::<MaintenanceWindowRow>(self.organization, &[(window, from)]).await
    }

    /// Deletes a window that was read at revision `from`.
    pub async fn delete(&mut self, id: MaintenanceWindowId, from: Revision) -> Result<()> {
        self.run.delete_row::<MaintenanceWindowRow>(self.organization, id.as_uuid(), from).await
    }
}
