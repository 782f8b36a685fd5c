//! Commands: instructions to nodes. Submodules: the [results](results) on each node, their [output](output),
//! the [reports](record) of agents, the [end](sweep) of commands that no agent reported on, and the
//! [deletion](forget) of old ones.
//!
//! Every writer of results first increments the [change number](change) of the command. This puts writers on
//! several servers in one order, and lets clients that watch a command ask for what is new.

mod change;
mod forget;
mod merge;
mod outcomes;
mod output;
mod record;
mod results;
mod sweep;
mod withdraw;

use bailiwick_domain::command::{
    Command, CommandOutcome, CommandSummary, InstructionKind, Progress, ResultState,
};
use bailiwick_domain::id::{CommandId, NodeId, OrganizationId, ScheduleId};
use bailiwick_domain::key::{Actor, PepperVersion, Sealed};
use bailiwick_domain::node::NodeSummary;
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use serde_json::Value as Json;
use sqlx::types::Json as JsonColumn;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::inventory::nodes::in_reach;
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Ids, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::few::first_few;
use crate::table::list::{List, PageRequest};
use crate::table::order::listed;

pub use forget::OldWork;
pub use merge::{OnNode, on_node};
pub use output::OutputEvent;
pub use record::{Ended, OutputPiece, Reported};
pub use results::{OpenResult, ResultEvent, ResultFilter};

pub(crate) const TABLE: &str = "commands";

/// How many rows of results one statement writes: about a thousand values, which is fastest on both
/// databases.
pub(crate) const ROWS_AT_ONCE: usize = 150;

const COLUMNS: &str = "id, organization_id, instruction, targets, target_count, timeout_seconds, expires_at, \
     output_limit_bytes, created_by, schedule_id, created_at, cancelled_at, finished_at";

const ORGANIZATION: Field<OrganizationId> = Field::new("commands.organization_id");
const ID: Field<CommandId> = Field::new("id");
const KIND: Field<InstructionKind> = Field::new("kind");
const SCHEDULE: Field<ScheduleId> = Field::new("schedule_id");
const FINISHED: Field<Timestamp> = Field::new("finished_at");
const CREATED: Field<Timestamp> = Field::new("created_at");
const CREATOR: Field<Actor> = Field::new("created_by");
/// The command of a row of `command_results`, called `r`.
const COMMAND: Field<CommandId> = Field::new("r.command_id");
/// The node of that row.
const NODE: Field<NodeId> = Field::new("r.node_id");

#[derive(sqlx::FromRow)]
struct CommandRow {
    id: Uuid,
    organization_id: Uuid,
    instruction: JsonColumn<Json>,
    targets: JsonColumn<Json>,
    target_count: i64,
    timeout_seconds: i64,
    expires_at: i64,
    output_limit_bytes: i64,
    created_by: String,
    schedule_id: Option<Uuid>,
    created_at: i64,
    cancelled_at: Option<i64>,
    finished_at: Option<i64>,
}

impl TryFrom<CommandRow> for Command {
    type Error = Error;

    fn try_from(row: CommandRow) -> Result<Self> {
        Ok(Self {
            id: CommandId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            instruction: serde_json::from_value(row.instruction.0).or_corrupt(TABLE, "instruction")?,
            targets: serde_json::from_value(row.targets.0).or_corrupt(TABLE, "targets")?,
            target_count: row.target_count.try_into().or_corrupt(TABLE, "target_count")?,
            timeout_seconds: row.timeout_seconds.try_into().or_corrupt(TABLE, "timeout_seconds")?,
            expires_at: Timestamp::from_micros(row.expires_at),
            output_limit_bytes: row.output_limit_bytes.try_into().or_corrupt(TABLE, "output_limit_bytes")?,
            created_by: Actor::parse(&row.created_by).or_corrupt(TABLE, "created_by")?,
            schedule_id: row.schedule_id.map(ScheduleId::from_uuid),
            created_at: Timestamp::from_micros(row.created_at),
            cancelled_at: row.cancelled_at.map(Timestamp::from_micros),
            finished_at: row.finished_at.map(Timestamp::from_micros),
        })
    }
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    organization_id: Uuid,
    kind: String,
    title: String,
    target_count: i64,
    created_by: String,
    schedule_id: Option<Uuid>,
    created_at: i64,
    expires_at: i64,
    cancelled_at: Option<i64>,
    finished_at: Option<i64>,
    outcome: String,
    has_failed: bool,
    progress: Option<JsonColumn<Progress>>,
}

listed! {
    /// What commands can be sorted by.
    pub CommandsBy: SummaryRow by CommandId in "id";
    /// The time of creation.
    CreatedAt = "created_at": Number in created_at,
}

impl TryFrom<SummaryRow> for CommandSummary {
    type Error = Error;

    fn try_from(row: SummaryRow) -> Result<Self> {
        Ok(Self {
            id: CommandId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            kind: row.kind.parse().or_corrupt(TABLE, "kind")?,
            title: row.title,
            target_count: Some(row.target_count.try_into().or_corrupt(TABLE, "target_count")?),
            created_by: Actor::parse(&row.created_by).or_corrupt(TABLE, "created_by")?,
            schedule_id: row.schedule_id.map(ScheduleId::from_uuid),
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            cancelled_at: row.cancelled_at.map(Timestamp::from_micros),
            finished_at: row.finished_at.map(Timestamp::from_micros),
            outcome: row.outcome.parse().or_corrupt(TABLE, "outcome")?,
            has_failed: row.has_failed,
            progress: row.progress.map(|progress| progress.0).unwrap_or_default(),
            failure: None,
        })
    }
}

/// Filter for lists of commands. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct CommandFilter {
    /// Commands with this kind of instruction.
    pub kind: Option<InstructionKind>,
    /// Commands that went to this node.
    pub node: Option<NodeId>,
    /// Commands that this schedule gave.
    pub schedule: Option<ScheduleId>,
    /// Only finished commands, or only those with open results.
    pub is_finished: Option<bool>,
    /// Only commands that went like this, on the nodes in reach.
    pub outcome: Option<CommandOutcome>,
    /// Only commands that failed on a node in reach, or only the others.
    pub has_failed: Option<bool>,
    /// Only commands that this key or user gave.
    pub by: Option<Actor>,
    /// Only commands that were given at this time or later.
    pub since: Option<Timestamp>,
}

impl CommandFilter {
    /// The ids of the commands that went to the node.
    fn of_node(&self) -> Option<Ids<CommandId>> {
        let node = self.node?;
        Some(Ids::new(COMMAND, "command_results r", NODE.is(&node), []))
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self.kind.iter().map(|kind| KIND.is(kind)).collect();
        conditions.extend(self.schedule.map(|schedule| SCHEDULE.is(&schedule)));
        conditions.extend(self.of_node().map(|ids| ID.among(&ids)));
        conditions.extend(
            self.is_finished
                .map(|is_finished| if is_finished { FINISHED.present() } else { FINISHED.missing() }),
        );
        conditions.extend(self.by.as_ref().map(|by| CREATOR.is(by)));
        conditions.extend(self.since.map(|since| CREATED.at_least(&since)));
        conditions
    }
}

/// A target of a new command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResult {
    /// The node.
    pub node: NodeSummary,
    /// How it begins.
    pub begin: Begin,
}

/// How the result of a command on a node begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// The node is told as soon as the command is stored.
    Sent,
    /// The command waits for the node.
    Queued,
    /// The command does not go to the node, for this reason.
    LeftOut(String),
}

impl Begin {
    /// The state of the result.
    const fn state(&self) -> ResultState {
        match self {
            Self::Sent => ResultState::Sent,
            Self::Queued => ResultState::Queued,
            Self::LeftOut(_) => ResultState::LeftOut,
        }
    }
}

/// A command with the encrypted values of its environment, for sending it to nodes.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The command.
    pub command: Command,
    /// Whether the key or user that gave it was disabled or deleted: it must not begin on a node.
    pub is_withdrawn: bool,
    /// The encrypted values of the environment variables that its instruction names.
    pub env: Option<Sealed>,
}

/// Access to the commands in a reach: those that went to a node in it. A reach of the whole organization
/// also includes commands whose nodes were all deleted.
pub struct Commands<'a, R> {
    run: R,
    reach: &'a OrganizationReach,
}

impl Store {
    /// Reads the commands in a reach.
    pub const fn commands<'a>(&'a self, reach: &'a OrganizationReach) -> Commands<'a, &'a Self> {
        Commands::new(self, reach)
    }
}

impl Tx {
    /// Reads and writes the commands in a reach.
    pub const fn commands<'a>(&'a mut self, reach: &'a OrganizationReach) -> Commands<'a, &'a mut Self> {
        Commands::new(self, reach)
    }
}

impl<'a, R: Run> Commands<'a, R> {
    /// Reads the commands in a reach on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach }
    }

    /// Begins a query of the commands in reach, at those in `few` if given.
    fn select(&self, columns: &'static str, few: Option<&Ids<CommandId>>) -> Select {
        const OF_COMMAND: Fixed = Fixed::new("r.command_id = commands.id");
        const AT_FEW: Fixed = Fixed::new("commands.id = few_id");
        let organization = &self.reach.organization;
        let select = match few {
            // As in `LabelTable::select`.
            Some(few) => Select::at(&[columns], few, TABLE, AT_FEW).and(ORGANIZATION.same_as(organization)),
            None => Select::new(columns, TABLE, ORGANIZATION.is(organization)),
        };
        if !self.reach.is_partial() {
            return select;
        }
        let tables = "command_results r JOIN nodes ON nodes.id = r.node_id";
        let result = Select::new("1", tables, OF_COMMAND).and_all(in_reach(self.reach));
        select.and(Condition::exists(result))
    }

    /// The condition that a result, called `r`, is in reach. `None` if all are.
    fn is_in_reach(&self) -> Option<Condition> {
        const OF_RESULT: Fixed = Fixed::new("nodes.id = r.node_id");
        let node = || Select::new("1", "nodes", OF_RESULT).and_all(in_reach(self.reach));
        self.reach.is_partial().then(|| Condition::exists(node()))
    }

    /// The command with this id, if it is in reach.
    pub async fn get(&mut self, id: CommandId) -> Result<Option<Command>> {
        let statement = self.select(COLUMNS, None).and(ID.is(&id)).statement();
        self.run
            .row::<CommandRow>(StatementName::CommandsGet, statement)
            .await?
            .map(Command::try_from)
            .transpose()
    }

    /// A page of the commands that match a filter.
    pub async fn list(
        &mut self,
        filter: &CommandFilter,
        list: List<CommandsBy>,
    ) -> Result<Page<CommandSummary>> {
        let few = first_few(StatementName::CommandsCountFew, &mut self.run, filter.of_node()).await?;
        let select = self.select(
            "id, organization_id, kind, title, target_count, created_by, schedule_id, created_at, \
             expires_at, cancelled_at, finished_at, outcome, has_failed, progress",
            few.as_ref(),
        );
        let select = select.and_all(filter.conditions()).and_all(self.went(filter));
        let page = PageRequest::of(&list)?.page_of(select);
        let mut page: Page<CommandSummary> =
            page.page::<_, SummaryRow, _>(StatementName::CommandsList, &mut self.run).await?;
        self.complete(&mut page.items).await?;
        Ok(page)
    }

    /// Whether a command has results that are out of reach.
    pub async fn is_beyond(&mut self, id: CommandId) -> Result<bool> {
        if !self.reach.is_partial() {
            return Ok(false);
        }
        let mut statement = Statement::new("SELECT count(*) FROM command_results r WHERE command_id = ");
        statement.push_value(id.as_uuid());
        let (all,): (i64,) =
            self.run.row(StatementName::CommandsCountResults, statement).await?.unwrap_or_default();
        Ok(all > i64::from(self.progress(id).await?.total()))
    }
}

impl Commands<'_, &mut Tx> {
    /// Inserts a command, with one result for each of its nodes.
    pub async fn create(
        &mut self,
        command: &Command,
        env: Option<&Sealed>,
        results: &[NewResult],
    ) -> Result<()> {
        let Command { id, instruction, targets, .. } = command;
        let statement = Statement::new(
            "INSERT INTO commands (id, organization_id, kind, title, instruction, env_pepper_version, env_sealed, \
             targets, target_count, timeout_seconds, expires_at, output_limit_bytes, created_by, schedule_id, \
             created_at, cancelled_at, finished_at, change) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, NULL, NULL, 1)",
        )
        .bind(id.as_uuid())
        .bind(self.reach.organization.as_uuid())
        .bind(instruction.kind().as_str())
        .bind(instruction.title())
        .bind(Value::json(instruction))
        .bind(env.map(|env| env.pepper))
        .bind(env.map(|env| env.bytes.clone()))
        .bind(Value::json(targets))
        .bind(command.target_count)
        .bind(command.timeout_seconds)
        .bind(command.expires_at.as_micros())
        .bind(command.output_limit_bytes)
        .bind(command.created_by.as_text().into_owned())
        .bind(command.schedule_id.map(ScheduleId::as_uuid))
        .bind(command.created_at.as_micros());
        self.run.execute(StatementName::CommandsCreate, statement).await?;
        for results in results.chunks(ROWS_AT_ONCE) {
            let mut statement = Statement::new(
                "INSERT INTO command_results (command_id, node_id, node_name, state, error, sent_at, finished_at, change) VALUES ",
            );
            let now = command.created_at.as_micros();
            statement.push_rows(results.iter().map(|NewResult { node, begin }| {
                let why = if let Begin::LeftOut(why) = begin { Some(why.as_str()) } else { None };
                [
                    Value::from(id.as_uuid()),
                    node.id.as_uuid().into(),
                    node.name.as_str().into(),
                    begin.state().as_str().into(),
                    why.map_or(Value::Text(None), Value::from),
                    matches!(begin, Begin::Sent).then_some(now).into(),
                    why.map(|_| now).into(),
                    1_i64.into(),
                ]
            }));
            self.run.execute(StatementName::CommandsCreateResults, statement).await?;
        }
        if results.iter().any(|result| matches!(result.begin, Begin::LeftOut(_))) {
            self.run.settle_commands([*id], command.created_at).await?;
        }
        self.run.work.commands += 1;
        let left_out = results.iter().filter(|result| matches!(result.begin, Begin::LeftOut(_)));
        self.run.work.ended(ResultState::LeftOut, left_out.count() as u64);
        self.run.changed(Change::Command(*id));
        Ok(())
    }

    /// Marks a command as cancelled, and cancels its results that are still queued.
    pub async fn cancel(&mut self, id: CommandId, now: Timestamp) -> Result<()> {
        let change = self.run.change_commands([id]).await?;
        let Some(change) = change.get(&id) else { return Ok(()) };
        let statement = Statement::new(
            "UPDATE commands SET cancelled_at = $1 WHERE id = $2 AND organization_id = $3 \
             AND cancelled_at IS NULL AND finished_at IS NULL",
        )
        .bind(now.as_micros())
        .bind(id.as_uuid())
        .bind(self.reach.organization.as_uuid());
        if self.run.execute(StatementName::CommandsCancel, statement).await? == 0 {
            return Ok(());
        }
        let statement = Statement::new(
            "UPDATE command_results SET state = 'cancelled', finished_at = $1, change = $2 \
             WHERE command_id = $3 AND state = 'queued'",
        )
        .bind(now.as_micros())
        .bind(change.number)
        .bind(id.as_uuid());
        let cancelled = self.run.execute(StatementName::CommandsCancelQueued, statement).await?;
        self.run.work.ended(ResultState::Cancelled, cancelled);
        self.run.settle_commands([id], now).await?;
        self.run.changed(Change::Command(id));
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct IssuedRow {
    #[sqlx(flatten)]
    command: CommandRow,
    withdrawn_at: Option<i64>,
    env_pepper_version: Option<i64>,
    env_sealed: Option<Vec<u8>>,
}

impl TryFrom<IssuedRow> for Issued {
    type Error = Error;

    fn try_from(row: IssuedRow) -> Result<Self> {
        Ok(Self {
            command: row.command.try_into()?,
            is_withdrawn: row.withdrawn_at.is_some(),
            env: sealed(row.env_pepper_version, row.env_sealed)?,
        })
    }
}

fn sealed(pepper: Option<i64>, bytes: Option<Vec<u8>>) -> Result<Option<Sealed>> {
    match (pepper, bytes) {
        (Some(pepper), Some(bytes)) => {
            let pepper = PepperVersion::try_from(pepper).or_corrupt(TABLE, "env_pepper_version")?;
            Ok(Some(Sealed { pepper, bytes }))
        }
        _ => Ok(None),
    }
}

impl Store {
    /// Commands with what nodes need to carry them out, in the order in which they were given.
    pub async fn issued(&self, ids: &[CommandId]) -> Result<Vec<Issued>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT id, organization_id, instruction, targets, target_count, timeout_seconds, expires_at, \
             output_limit_bytes, created_by, schedule_id, created_at, cancelled_at, finished_at, \
             withdrawn_at, env_pepper_version, env_sealed FROM commands WHERE id IN ",
        );
        statement.push_values(ids.iter().map(|id| id.as_uuid())).push(" ORDER BY id");
        run.rows::<IssuedRow>(StatementName::CommandsIssued, statement)
            .await?
            .into_iter()
            .map(Issued::try_from)
            .collect()
    }

    /// At most `limit` environments that are sealed under an older pepper than `current`, of commands with
    /// ids after `after`.
    pub async fn command_env_before(
        &self,
        current: PepperVersion,
        after: Option<CommandId>,
        limit: u32,
    ) -> Result<Vec<(CommandId, Sealed)>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT id, env_pepper_version, env_sealed FROM commands WHERE env_pepper_version < ",
        );
        statement.push_value(current);
        if let Some(id) = after {
            statement.push(" AND id > ").push_value(id.as_uuid());
        }
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        let rows: Vec<(Uuid, Option<i64>, Option<Vec<u8>>)> =
            run.rows(StatementName::CommandsEnvBeforePepper, statement).await?;
        let read = |(id, pepper, bytes)| {
            Ok((CommandId::from_uuid(id), sealed(pepper, bytes)?.or_corrupt(TABLE, "env_sealed")?))
        };
        rows.into_iter().map(read).collect()
    }
}

impl Tx {
    /// Replaces a command's environment by the same one sealed under another pepper, if it still exists
    /// unchanged.
    pub async fn reseal_command_env(&mut self, id: CommandId, read: &Sealed, sealed: &Sealed) -> Result<()> {
        let statement = Statement::new(
            "UPDATE commands SET env_pepper_version = $1, env_sealed = $2 WHERE id = $3 AND env_sealed = $4",
        )
        .bind(sealed.pepper)
        .bind(sealed.bytes.clone())
        .bind(id.as_uuid())
        .bind(read.bytes.clone());
        self.execute(StatementName::CommandsResealEnv, statement).await?;
        Ok(())
    }
}
