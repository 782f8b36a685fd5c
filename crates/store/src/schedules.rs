//! Schedules, which issue commands at set times.

use std::collections::HashMap;

use bailiwick_domain::cron::{Cron, Zone};
use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::{CommandId, OrganizationId, ScheduleId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::schedule::Schedule;
use bailiwick_domain::time::Timestamp;
use serde_json::Value as Json;
use sqlx::types::Json as JsonColumn;
use uuid::Uuid;

use crate::database::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::list::{List, Sort, page_of};
use crate::run::Run;
use crate::statement::{Statement, Value};

const TABLE: &str = "schedules";
/// How many owners one statement looks up.
const OWNERS_AT_ONCE: usize = 500;

const SELECT: &str = "SELECT id, organization_id, name, description, enabled, cron, time_zone, instruction, targets, \
     timeout_seconds, ttl_seconds, output_limit_bytes, max_lateness_seconds, owner, next_run_at, last_run_at, \
     last_command_id, last_error, created_at, updated_at, revision FROM schedules WHERE ";

#[derive(sqlx::FromRow)]
struct ScheduleRow {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    description: Option<String>,
    enabled: bool,
    cron: String,
    time_zone: String,
    instruction: JsonColumn<Json>,
    targets: JsonColumn<Json>,
    timeout_seconds: i64,
    ttl_seconds: i64,
    output_limit_bytes: i64,
    max_lateness_seconds: Option<i64>,
    owner: String,
    next_run_at: Option<i64>,
    last_run_at: Option<i64>,
    last_command_id: Option<Uuid>,
    last_error: Option<String>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl TryFrom<ScheduleRow> for Schedule {
    type Error = Error;

    fn try_from(row: ScheduleRow) -> Result<Self> {
        let description = row.description.map(|d| d.parse::<Description>()).transpose();
        Ok(Self {
            id: ScheduleId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            name: row.name.parse::<Name>().or_corrupt(TABLE, "name")?,
            description: description.or_corrupt(TABLE, "description")?,
            enabled: row.enabled,
            cron: row.cron.parse::<Cron>().or_corrupt(TABLE, "cron")?,
            time_zone: row.time_zone.parse::<Zone>().or_corrupt(TABLE, "time_zone")?,
            run: serde_json::from_value(row.instruction.0).or_corrupt(TABLE, "instruction")?,
            targets: serde_json::from_value(row.targets.0).or_corrupt(TABLE, "targets")?,
            timeout_seconds: row.timeout_seconds.try_into().or_corrupt(TABLE, "timeout_seconds")?,
            ttl_seconds: row.ttl_seconds.try_into().or_corrupt(TABLE, "ttl_seconds")?,
            output_limit_bytes: row.output_limit_bytes.try_into().or_corrupt(TABLE, "output_limit_bytes")?,
            max_lateness_seconds: row
                .max_lateness_seconds
                .map(u32::try_from)
                .transpose()
                .or_corrupt(TABLE, "max_lateness_seconds")?,
            owner: Actor::parse(&row.owner).or_corrupt(TABLE, "owner")?,
            next_run_at: row.next_run_at.map(Timestamp::from_micros),
            last_run_at: row.last_run_at.map(Timestamp::from_micros),
            last_command_id: row.last_command_id.map(CommandId::from_uuid),
            last_error: row.last_error,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            revision: Revision::new(row.revision),
        })
    }
}

/// Access to the schedules of one organization.
pub struct Schedules<R> {
    run: R,
    organization: OrganizationId,
}

impl Store {
    /// Reads the schedules of the reach's organization.
    pub const fn schedules(&self, reach: &OrganizationReach) -> Schedules<&Self> {
        Schedules { run: self, organization: reach.organization }
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
        let mut statement = Statement::new(SELECT);
        statement.push("next_run_at > ").push_value(time.as_micros());
        statement.push(" AND id > ").push_value(after.map_or(Uuid::nil(), ScheduleId::as_uuid));
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        run.rows::<ScheduleRow>(statement).await?.into_iter().map(Schedule::try_from).collect()
    }

    /// At most `limit` schedules that are due: of each organization in turn the most overdue one, so that
    /// an organization with many does not delay those of others.
    pub async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<Schedule>> {
        let mut run = self;
        let mut statement = Statement::new(SELECT);
        statement.push(
            "id IN (SELECT id FROM (SELECT id, next_run_at, \
             ROW_NUMBER() OVER (PARTITION BY organization_id ORDER BY next_run_at, id) AS turn \
             FROM schedules WHERE next_run_at <= ",
        );
        statement.push_value(now.as_micros());
        statement.push(") AS due ORDER BY turn, next_run_at, id LIMIT ").push_value(limit);
        statement.push(") ORDER BY next_run_at, id");
        let due = run.rows::<ScheduleRow>(statement).await?;
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
    let mut statement = Statement::new(SELECT);
    let pattern = format!("%{id}%");
    statement.push("organization_id = ").push_value(organization.as_uuid());
    statement.push(" AND (CAST(instruction AS TEXT) LIKE ").push_value(pattern.clone());
    statement.push(" OR CAST(targets AS TEXT) LIKE ").push_value(pattern);
    statement.push(") ORDER BY name, id");
    run.rows::<ScheduleRow>(statement).await?.into_iter().map(Schedule::try_from).collect()
}

/// The schedules of any organization that run as one of these owners.
pub async fn owned_by<R: Run>(mut run: R, owners: &[Actor]) -> Result<Vec<Schedule>> {
    let mut found = Vec::new();
    for owners in owners.chunks(OWNERS_AT_ONCE) {
        let mut statement = Statement::new(SELECT);
        statement.push("owner IN ").push_values(owners.iter().map(|owner| owner.as_text().into_owned()));
        statement.push(" ORDER BY name, id");
        found.extend(run.rows::<ScheduleRow>(statement).await?);
    }
    found.into_iter().map(Schedule::try_from).collect()
}

impl Tx {
    /// Reads and writes the schedules of the reach's organization.
    pub const fn schedules(&mut self, reach: &OrganizationReach) -> Schedules<&mut Self> {
        Schedules { run: self, organization: reach.organization }
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
        Ok(self.execute(statement).await? > 0)
    }

    /// Records why a run of a schedule was skipped.
    pub async fn note_left_out(&mut self, id: ScheduleId, why: String) -> Result<()> {
        let statement =
            Statement::new("UPDATE schedules SET last_error = $1 WHERE id = $2").bind(why).bind(id.as_uuid());
        self.execute(statement).await?;
        Ok(())
    }

    /// Records the outcome of a schedule's run: the command that it issued, or the reason why it issued
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
        self.execute(statement).await?;
        Ok(())
    }
}

impl<R: Run> Schedules<R> {
    fn select(&self) -> Statement {
        let mut statement = Statement::new(SELECT);
        statement.push("organization_id = ").push_value(self.organization.as_uuid());
        statement
    }

    /// The schedule with this id.
    pub async fn get(&mut self, id: ScheduleId) -> Result<Option<Schedule>> {
        let mut statement = self.select();
        statement.push(" AND id = ").push_value(id.as_uuid());
        self.run.row::<ScheduleRow>(statement).await?.map(Schedule::try_from).transpose()
    }

    /// The schedule with this name.
    pub async fn named(&mut self, name: &Name) -> Result<Option<Schedule>> {
        let mut statement = self.select();
        statement.push(" AND name = ").push_value(name.as_str());
        self.run.row::<ScheduleRow>(statement).await?.map(Schedule::try_from).transpose()
    }

    /// The number of schedules.
    pub async fn count(&mut self) -> Result<i64> {
        let mut statement = Statement::new("SELECT count(*) FROM schedules WHERE organization_id = ");
        statement.push_value(self.organization.as_uuid());
        let (count,) = self.run.row(statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// A page of schedules.
    pub async fn list<S: Sort>(&mut self, list: List<S>) -> Result<Page<Schedule>> {
        let id = |text: &str| text.parse().ok().map(|id: ScheduleId| id.as_uuid().into());
        let place = |row: &ScheduleRow, sort: S| {
            let mark = match sort.column() {
                "created_at" => Mark::Number(row.created_at),
                _ => Mark::Text(row.name.clone()),
            };
            (mark, row.id.to_string())
        };
        let statement = self.select();
        let (rows, next) = list.page(&mut self.run, statement, "id", id, place).await?;
        page_of(rows, next)
    }
}

/// The values of the columns that an edit may change.
fn values(schedule: &Schedule) -> [Value; 15] {
    [
        schedule.name.as_str().into(),
        schedule.description.as_ref().map(Description::as_str).into(),
        schedule.enabled.into(),
        schedule.cron.to_string().into(),
        schedule.time_zone.to_string().into(),
        Value::json(&schedule.run),
        Value::json(&schedule.targets),
        schedule.timeout_seconds.into(),
        schedule.ttl_seconds.into(),
        schedule.output_limit_bytes.into(),
        schedule.max_lateness_seconds.map(i64::from).into(),
        schedule.owner.as_text().into_owned().into(),
        schedule.next_run_at.map(Timestamp::as_micros).into(),
        schedule.updated_at.as_micros().into(),
        schedule.revision.number().into(),
    ]
}

impl Schedules<&mut Tx> {
    /// Inserts a schedule. [`Error::Taken`] if its name is taken.
    pub async fn create(&mut self, schedule: &Schedule) -> Result<()> {
        let mut statement = Statement::new(
            "INSERT INTO schedules (name, description, enabled, cron, time_zone, instruction, targets, \
             timeout_seconds, ttl_seconds, output_limit_bytes, max_lateness_seconds, owner, next_run_at, \
             updated_at, revision, id, organization_id, created_at) VALUES ",
        );
        statement.push_values(values(schedule).into_iter().chain([
            schedule.id.as_uuid().into(),
            self.organization.as_uuid().into(),
            schedule.created_at.as_micros().into(),
        ]));
        self.run.execute(statement).await?;
        Ok(())
    }

    /// Updates a schedule that was read at revision `from`. [`Error::Changed`] if its revision is another by
    /// now; [`Error::Taken`] if its name is taken.
    pub async fn update(&mut self, schedule: &Schedule, from: Revision) -> Result<()> {
        let mut statement = Statement::new(
            "UPDATE schedules SET name = $1, description = $2, enabled = $3, cron = $4, time_zone = $5, \
             instruction = $6, targets = $7, timeout_seconds = $8, ttl_seconds = $9, output_limit_bytes = $10, \
             max_lateness_seconds = $11, owner = $12, next_run_at = $13, updated_at = $14, revision = $15 \
             WHERE id = $16 AND organization_id = $17 AND revision = $18",
        );
        for value in values(schedule) {
            statement = statement.bind(value);
        }
        let statement =
            statement.bind(schedule.id.as_uuid()).bind(self.organization.as_uuid()).bind(from.number());
        if self.run.execute(statement).await? == 0 {
            return Err(Error::Changed);
        }
        Ok(())
    }

    /// Sets when a schedule runs next.
    pub async fn run_at(&mut self, id: ScheduleId, at: Timestamp) -> Result<()> {
        let statement =
            Statement::new("UPDATE schedules SET next_run_at = $1 WHERE id = $2 AND organization_id = $3")
                .bind(at.as_micros())
                .bind(id.as_uuid())
                .bind(self.organization.as_uuid());
        self.run.execute(statement).await?;
        Ok(())
    }

    /// Deletes a schedule that was read at revision `from`.
    pub async fn delete(&mut self, id: ScheduleId, from: Revision) -> Result<()> {
        let statement =
            Statement::new("DELETE FROM schedules WHERE id = $1 AND organization_id = $2 AND revision = $3")
                .bind(id.as_uuid())
                .bind(self.organization.as_uuid())
                .bind(from.number());
        if self.run.execute(statement).await? == 0 {
            return Err(Error::Changed);
        }
        Ok(())
    }
}
