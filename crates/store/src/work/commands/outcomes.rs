//! How commands went on all of their nodes together: the outcome, the number of results in each state, and the
//! first failure.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::command::{CommandOutcome, CommandSummary, Failure, Progress, ResultState};
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::change::COMMANDS_AT_ONCE;
use super::{COMMAND, CommandFilter, Commands, TABLE};
use crate::database::run::Run;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Select};
use crate::sql::statement::{Statement, Value};

const OUTCOME: Field<CommandOutcome> = Field::new("outcome");
const HAS_FAILED: Fixed = Fixed::new("has_failed");
const HAS_NOT_FAILED: Fixed = Fixed::new("NOT has_failed");
const OF_COMMAND: Fixed = Fixed::new("r.command_id = commands.id");
/// That a result, called `r`, is outstanding.
const IS_OPEN: Fixed = Fixed::new("r.finished_at IS NULL");
/// That a result is a failure: as [`ResultState::is_failure`] and the index of these results say.
const IS_FAILURE: Fixed = Fixed::new("r.state IN ('failed', 'timed_out', 'expired', 'lost')");
const IS_CANCELLED: Fixed = Fixed::new("r.state = 'cancelled'");
const IS_SUCCESS: Fixed = Fixed::new("r.state = 'succeeded'");

/// The most bytes of an error that a list shows.
const ERROR_BYTES: usize = 300;

#[derive(sqlx::FromRow)]
struct CountRow {
    command_id: Uuid,
    state: String,
    results: i64,
}

#[derive(sqlx::FromRow)]
struct FailureRow {
    command_id: Uuid,
    node_id: Uuid,
    node_name: String,
    state: String,
    exit_code: Option<i64>,
    error: Option<String>,
}

impl TryFrom<FailureRow> for Failure {
    type Error = crate::error::Error;

    fn try_from(row: FailureRow) -> Result<Self> {
        Ok(Self {
            node_id: NodeId::from_uuid(row.node_id),
            node_name: row.node_name.parse().or_corrupt(TABLE, "node_name")?,
            state: row.state.parse().or_corrupt(TABLE, "state")?,
            exit_code: row.exit_code.map(i32::try_from).transpose().or_corrupt(TABLE, "exit_code")?,
            error: row.error.map(shortened),
        })
    }
}

/// The beginning of an error.
fn shortened(mut error: String) -> String {
    if error.len() > ERROR_BYTES {
        error.truncate(error.floor_char_boundary(ERROR_BYTES));
        error.push('…');
    }
    error
}

impl<R: Run> Commands<'_, R> {
    /// The conditions on how a command went, for the nodes in reach.
    pub(super) fn went(&self, filter: &CommandFilter) -> Vec<Condition> {
        let mut conditions = Vec::new();
        if !self.reach.is_partial() {
            conditions.extend(filter.outcome.map(|outcome| OUTCOME.is(&outcome)));
            conditions.extend(
                filter.has_failed.map(|has| if has { HAS_FAILED.into() } else { HAS_NOT_FAILED.into() }),
            );
            return conditions;
        }
        let some = |which: Fixed| Condition::exists(self.results_in_reach(which));
        let none = |which: Fixed| Condition::exists_not(self.results_in_reach(which));
        conditions.extend(filter.has_failed.map(|has| if has { some(IS_FAILURE) } else { none(IS_FAILURE) }));
        // As `Progress::outcome` decides, one after the other.
        let decided = [
            (CommandOutcome::Running, IS_OPEN),
            (CommandOutcome::Failed, IS_FAILURE),
            (CommandOutcome::Cancelled, IS_CANCELLED),
            (CommandOutcome::Succeeded, IS_SUCCESS),
        ];
        if let Some(outcome) = filter.outcome {
            let before = decided.iter().take_while(|(decision, _)| *decision != outcome);
            conditions.extend(before.map(|(_, which)| none(*which)));
            let itself = decided.iter().find(|(decision, _)| *decision == outcome);
            conditions.extend(itself.map(|(_, which)| some(*which)));
        }
        conditions
    }

    /// The results in reach, of one kind, of a row of `commands`.
    fn results_in_reach(&self, which: Fixed) -> Select {
        Select::new("1", "command_results r", OF_COMMAND).and(which).and_all(self.is_in_reach())
    }

    /// Adds to commands what other tables than their own say: how many results are in each state, and the first
    /// failure. For a reach that is not the whole organization, this and the outcome are about its nodes only.
    pub(super) async fn complete(&mut self, commands: &mut [CommandSummary]) -> Result<()> {
        let is_partial = self.reach.is_partial();
        // The number of results is stored when a command finishes, and was not in earlier versions.
        let counted: Vec<CommandId> = commands
            .iter()
            .filter(|command| is_partial || command.progress.0.is_empty())
            .map(|command| command.id)
            .collect();
        let mut progress = self.progress_of(&counted).await?;
        for command in &mut *commands {
            if let Some(progress) = progress.remove(&command.id) {
                command.progress = progress;
            }
            if is_partial {
                command.target_count = None;
                command.has_failed = command.progress.failed() > 0;
                command.outcome = command.progress.outcome();
            }
        }
        let failed: Vec<CommandId> =
            commands.iter().filter(|command| command.has_failed).map(|command| command.id).collect();
        let mut failures = self.failures_of(&failed).await?;
        for command in commands {
            command.failure = failures.remove(&command.id);
        }
        Ok(())
    }

    /// The number of a command's results in reach, by state.
    pub async fn progress(&mut self, id: CommandId) -> Result<Progress> {
        Ok(self.progress_of(&[id]).await?.remove(&id).unwrap_or_default())
    }

    /// The number of results in reach of each command, by state.
    async fn progress_of(&mut self, ids: &[CommandId]) -> Result<HashMap<CommandId, Progress>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut statement = Select::new(
            "r.command_id, r.state, count(*) AS results",
            "command_results r",
            COMMAND.one_of(ids),
        )
        .and_all(self.is_in_reach())
        .statement();
        statement.push(" GROUP BY r.command_id, r.state");
        let rows = self.run.rows(StatementName::CommandsProgress, statement).await?;
        progress_in(rows)
    }

    /// The failure in reach, on the node with the lowest id, of each command.
    async fn failures_of(&mut self, ids: &[CommandId]) -> Result<HashMap<CommandId, Failure>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut statement = Statement::new("");
        for (n, id) in ids.iter().enumerate() {
            let of_one = Select::new(
                "r.command_id, r.node_id, r.node_name, r.state, r.exit_code, r.error",
                "command_results r",
                COMMAND.is(id),
            )
            .and(IS_FAILURE)
            .and_all(self.is_in_reach())
            .statement();
            // SQLite takes a limit in a part of a union only inside of a query.
            statement.push(if n > 0 { " UNION ALL " } else { "" }).push("SELECT * FROM (");
            statement.push_statement(&of_one).push(" ORDER BY r.node_id LIMIT 1) AS failure");
        }
        let rows: Vec<FailureRow> = self.run.rows(StatementName::CommandsFailures, statement).await?;
        rows.into_iter().map(|row| Ok((CommandId::from_uuid(row.command_id), row.try_into()?))).collect()
    }
}

/// The number of results of each command, by state.
fn progress_in(rows: Vec<CountRow>) -> Result<HashMap<CommandId, Progress>> {
    let mut of_commands: HashMap<CommandId, BTreeMap<ResultState, u32>> = HashMap::new();
    for row in rows {
        let state = row.state.parse().or_corrupt(TABLE, "state")?;
        let results = row.results.try_into().or_corrupt(TABLE, "count")?;
        of_commands.entry(CommandId::from_uuid(row.command_id)).or_default().insert(state, results);
    }
    Ok(of_commands.into_iter().map(|(id, states)| (id, Progress(states))).collect())
}

impl Tx {
    /// Stores how commands went, after their results have changed. Those without open results are marked as
    /// finished, and their secrets are deleted.
    pub(crate) async fn settle_commands(
        &mut self,
        ids: impl IntoIterator<Item = CommandId>,
        now: Timestamp,
    ) -> Result<()> {
        let ids: Vec<CommandId> = ids.into_iter().collect();
        for ids in ids.chunks(COMMANDS_AT_ONCE) {
            let mut statement = Statement::new("UPDATE commands SET finished_at = ");
            statement.push_value(now.as_micros());
            statement
                .push(", env_pepper_version = NULL, env_sealed = NULL WHERE finished_at IS NULL AND id IN ");
            statement.push_values(ids.iter().map(|id| id.as_uuid()));
            statement.push(
                " AND NOT EXISTS (SELECT 1 FROM command_results r \
                 WHERE r.command_id = commands.id AND r.finished_at IS NULL)",
            );
            self.execute(StatementName::CommandsFinish, statement).await?;
            self.note_failures(ids).await?;
            self.write_outcomes(ids).await?;
        }
        Ok(())
    }

    /// Marks the commands that failed on a node and have not finished.
    async fn note_failures(&mut self, ids: &[CommandId]) -> Result<()> {
        let mut statement = Statement::new("UPDATE commands SET has_failed = ");
        statement.push_value(true).push(" WHERE finished_at IS NULL AND NOT has_failed AND id IN ");
        statement.push_values(ids.iter().map(|id| id.as_uuid()));
        let failures = Select::new("1", "command_results r", OF_COMMAND).and(IS_FAILURE);
        statement.and_all([Condition::exists(failures)]);
        self.execute(StatementName::CommandsNoteFailures, statement).await?;
        Ok(())
    }

    /// Stores how the finished ones among some commands went. A lost result may change after the end.
    async fn write_outcomes(&mut self, ids: &[CommandId]) -> Result<()> {
        let mut statement = Statement::new(
            "SELECT r.command_id, r.state, count(*) AS results FROM commands c \
             JOIN command_results r ON r.command_id = c.id WHERE c.finished_at IS NOT NULL AND c.id IN ",
        );
        statement.push_values(ids.iter().map(|id| id.as_uuid()));
        statement.push(" GROUP BY r.command_id, r.state");
        let rows = self.rows(StatementName::CommandsProgressOfFinished, statement).await?;
        let finished = progress_in(rows)?;
        if finished.is_empty() {
            return Ok(());
        }
        let rows = finished.iter().map(|(id, progress)| {
            [
                Value::from(id.as_uuid()),
                progress.outcome().as_str().into(),
                (progress.failed() > 0).into(),
                Value::json(progress),
            ]
        });
        let mut statement = Statement::with("id, outcome, has_failed, progress", rows);
        statement.push(
            "UPDATE commands SET outcome = v.outcome, has_failed = v.has_failed, progress = v.progress \
             FROM v WHERE commands.id = v.id",
        );
        self.execute(StatementName::CommandsWriteOutcomes, statement).await?;
        Ok(())
    }
}
