//! Schedules, which give commands at set times.

use std::collections::HashMap;

use bailiwick_domain::command::Targets;
use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::id::{CommandId, OrganizationId, ScheduleId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::schedule::{Schedule, ScheduleRef, Work};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Ids, Select};
use crate::sql::statement::Statement;
use crate::table::columns::{Columns as _, columns};
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

/// How many owners one statement looks up.
const OWNERS_AT_ONCE: usize = 500;

columns! {
    ScheduleRow: Schedule by ScheduleId in "schedules" named SchedulesCreate, SchedulesUpdate, SchedulesDelete;
    edited {
        name: Name,
        description: Option<Description>,
        enabled: bool,
        cron: Cron,
        time_zone: Zone,
        run = "instruction": Work,
        targets: Targets,
        timeout_seconds: u32,
        ttl_seconds: u32,
        output_limit_bytes: u32,
        max_lateness_seconds: Option<u32>,
        ignore_maintenance_windows: bool,
        owner: Actor,
        next_run_at: Option<Timestamp>,
    }
    read { last_run_at: Option<Timestamp>, last_command_id: Option<CommandId>, last_error: Option<String> }
}

listed! {
    /// What schedules can be sorted by.
    pub SchedulesBy: ScheduleRow by ScheduleId in "id";
    /// The name.
    Name = "name": Text in name,
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

const ID: Field<ScheduleId> = Field::new("id");
const NAME: Field<Name> = Field::new("name");
const NEXT_RUN: Field<Timestamp> = Field::new("next_run_at");
const OWNER: Field<Actor> = Field::new("owner");

/// Access to the schedules of one organization.
pub struct Schedules<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the schedules of the reach's organization.
    pub const fn schedules(&self, reach: &OrganizationReach) -> Schedules<&Self> {
        Schedules::new(self, reach)
    }

    /// At most `limit` schedules of any organization whose next run is after a time, sorted by id, with ids
    /// after `after`.
    pub async fn schedules_later_than(
        &self,
        time: Timestamp,
        after: Option<ScheduleId>,
        limit: u32,
    ) -> Result<Vec<Schedule>> {
        let mut run = self;
        let after = after.unwrap_or(ScheduleId::from_uuid(Uuid::nil()));
        let select = ScheduleRow::select(NEXT_RUN.above(&time)).and(ID.above(&after));
        let mut statement = select.statement();
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        run.rows::<ScheduleRow>(StatementName::SchedulesLaterThan, statement)
            .await?
            .into_iter()
            .map(Schedule::try_from)
            .collect()
    }

    /// At most `limit` schedules that are due: of each organization in turn the most overdue one, so that
    /// an organization with many does not delay those of others.
    pub async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<Schedule>> {
        let mut run = self;
        let mut due = Statement::new(
            "SELECT id FROM (SELECT id, next_run_at, \
             ROW_NUMBER() OVER (PARTITION BY organization_id ORDER BY next_run_at, id) AS turn \
             FROM schedules WHERE next_run_at <= ",
        );
        due.push_value(now.as_micros());
        due.push(") AS due ORDER BY turn, next_run_at, id LIMIT ").push_value(limit);
        let mut statement = ScheduleRow::select(ID.among(&Ids::from_statement(due))).statement();
        statement.push(" ORDER BY next_run_at, id");
        let due = run.rows::<ScheduleRow>(StatementName::SchedulesDue, statement).await?;
        let mut due: Vec<Schedule> = due.into_iter().map(Schedule::try_from).collect::<Result<_>>()?;
        let mut turns: HashMap<OrganizationId, usize> = HashMap::new();
        due.sort_by_cached_key(|schedule| {
            let turn = turns.entry(schedule.organization_id).or_default();
            *turn += 1;
            *turn
        });
        Ok(due)
    }
}

/// The schedules of an organization whose instruction or targets contain this id.
pub async fn naming<R: Run>(mut run: R, organization: OrganizationId, id: &str) -> Result<Vec<Schedule>> {
    let mut statement = ScheduleRow::select_of(organization).statement();
    let pattern = format!("%{id}%");
    statement.push(" AND (CAST(instruction AS TEXT) LIKE ").push_value(pattern.clone());
    statement.push(" OR CAST(targets AS TEXT) LIKE ").push_value(pattern);
    statement.push(") ORDER BY name, id");
    run.rows::<ScheduleRow>(StatementName::SchedulesNaming, statement)
        .await?
        .into_iter()
        .map(Schedule::try_from)
        .collect()
}

/// The schedules of any organization that run as one of these owners.
pub async fn owned_by<R: Run>(mut run: R, owners: &[Actor]) -> Result<Vec<Schedule>> {
    let mut found = Vec::new();
    for owners in owners.chunks(OWNERS_AT_ONCE) {
        let mut statement = ScheduleRow::select(OWNER.one_of(owners)).statement();
        statement.push(" ORDER BY name, id");
        found.extend(run.rows::<ScheduleRow>(StatementName::SchedulesOwnedBy, statement).await?);
    }
    found.into_iter().map(Schedule::try_from).collect()
}

impl Tx {
    /// Reads and writes the schedules of the reach's organization.
    pub const fn schedules(&mut self, reach: &OrganizationReach) -> Schedules<&mut Self> {
        Schedules::new(self, reach)
    }

    /// Sets a schedule's next run, if it is still due at the time that was read. Returns false if another
    /// server claimed it first, or if it was edited.
    pub async fn claim_schedule(&mut self, read: &Schedule, next: Option<Timestamp>) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE schedules SET next_run_at = $1 WHERE id = $2 AND revision = $3 AND next_run_at = $4",
        )
        .bind(next.map(Timestamp::as_micros))
        .bind(read.id.as_uuid())
        .bind(read.revision.number())
        .bind(read.next_run_at.map(Timestamp::as_micros));
        Ok(self.execute(StatementName::SchedulesClaim, statement).await? > 0)
    }

    /// Records why a run of a schedule was skipped.
    pub async fn note_left_out(&mut self, id: ScheduleId, why: String) -> Result<()> {
        let statement =
            Statement::new("UPDATE schedules SET last_error = $1 WHERE id = $2").bind(why).bind(id.as_uuid());
        self.execute(StatementName::SchedulesNoteLeftOut, statement).await?;
        Ok(())
    }

    /// Records the outcome of a schedule's run: the command that it gave, or the reason why it gave
    /// none.
    pub async fn note_run(
        &mut self,
        id: ScheduleId,
        at: Timestamp,
        outcome: std::result::Result<CommandId, String>,
    ) -> Result<()> {
        let mut statement = Statement::new("UPDATE schedules SET last_run_at = ");
        statement.push_value(at.as_micros());
        match outcome {
            Ok(command) => {
                statement.push(", last_error = NULL, last_command_id = ").push_value(command.as_uuid());
            }
            Err(error) => {
                statement.push(", last_error = ").push_value(error);
            }
        }
        statement.push(" WHERE id = ").push_value(id.as_uuid());
        self.execute(StatementName::SchedulesNoteRun, statement).await?;
        Ok(())
    }
}

impl<R: Run> Schedules<R> {
    /// Reads the schedules of the reach's organization on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &OrganizationReach) -> Self {
        Self { run, organization: reach.organization }
    }

    fn select(&self) -> Select {
        ScheduleRow::select_of(self.organization)
    }

    /// The schedule with this id.
    pub async fn get(&mut self, id: ScheduleId) -> Result<Option<Schedule>> {
        let statement = self.select().and(ID.is(&id)).statement();
        self.run
            .row::<ScheduleRow>(StatementName::SchedulesGet, statement)
            .await?
            .map(Schedule::try_from)
            .transpose()
    }

    /// The schedule with this name.
    pub async fn named(&mut self, name: &Name) -> Result<Option<Schedule>> {
        let statement = self.select().and(NAME.is(name)).statement();
        self.run
            .row::<ScheduleRow>(StatementName::SchedulesNamed, statement)
            .await?
            .map(Schedule::try_from)
            .transpose()
    }

    /// The schedule with this id or name.
    pub async fn find(&mut self, schedule: &ScheduleRef) -> Result<Option<Schedule>> {
        match schedule {
            ScheduleRef::Id(id) => self.get(*id).await,
            ScheduleRef::Name(name) => self.named(name).await,
        }
    }

    /// The number of schedules.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM schedules WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(StatementName::SchedulesCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of schedules.
    pub async fn list(&mut self, list: List<SchedulesBy>) -> Result<Page<Schedule>> {
        let page = PageRequest::of(&list)?.page_of(self.select());
        page.page::<_, ScheduleRow, _>(StatementName::SchedulesList, &mut self.run).await
    }
}

impl Schedules<&mut Tx> {
    /// Inserts a schedule. [`Error::Taken`](crate::Error::Taken) if its name is taken.
    pub async fn create(&mut self, schedule: &Schedule) -> Result<()> {
        self.run.create_rows::<ScheduleRow>(self.organization, std::slice::from_ref(schedule)).await
    }

    /// Updates a schedule that was read at revision `from`. [`Error::Changed`](crate::Error::Changed) if its
    /// revision is another by now; [`Error::Taken`](crate::Error::Taken) if its name is taken.
    pub async fn update(&mut self, schedule: &Schedule, from: Revision) -> Result<()> {
        self.run.update_rows::<ScheduleRow>(self.organization, &[(schedule, from)]).await
    }

    /// Sets when a schedule runs next.
    pub async fn run_at(&mut self, id: ScheduleId, at: Timestamp) -> Result<()> {
        let statement =
            Statement::new("UPDATE schedules SET next_run_at = $1 WHERE id = $2 AND organization_id = $3")
                .bind(at.as_micros())
                .bind(id.as_uuid())
                .bind(self.organization.as_uuid());
        self.run.execute(StatementName::SchedulesRunAt, statement).await?;
        Ok(())
    }

    /// Deletes a schedule that was read at revision `from`.
    pub async fn delete(&mut self, id: ScheduleId, from: Revision) -> Result<()> {
        self.run.delete_row::<ScheduleRow>(self.organization, id.as_uuid(), from).await
    }
}
