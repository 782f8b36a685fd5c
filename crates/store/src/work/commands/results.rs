//! Results: the state of a command on each of its nodes.

use bailiwick_domain::command::{CommandResult, Output, OutputStream, ResultState};
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::output::pieces_of;
use super::{COMMAND, Commands, NODE, ROWS_AT_ONCE, TABLE};
use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Select};
use crate::sql::statement::Statement;
use crate::table::list::{List, PageRequest};
use crate::table::order::{Order, cursor_after, listed};

/// The most bytes of output on one page. A page always has at least one result.
const PAGE_BYTES: u64 = 4 << 20;

const COLUMNS: &str = "node_id, node_name, state, exit_code, signal, error, stdout_bytes, stderr_bytes, sent_at, \
     started_at, finished_at, duration_ms, change";

const STATE: Field<ResultState> = Field::new("state");
const CHANGE: Field<i64> = Field::new("change");

listed! {
    /// What results can be sorted by.
    ResultsBy: ResultRow by NodeId in "node_id", field node_id;
    /// The node's id.
    Node = "node": Id,
}

#[derive(sqlx::FromRow)]
struct ResultRow {
    node_id: Uuid,
    node_name: String,
    state: String,
    exit_code: Option<i64>,
    signal: Option<i64>,
    error: Option<String>,
    stdout_bytes: i64,
    stderr_bytes: i64,
    sent_at: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    duration_ms: Option<i64>,
    change: i64,
}

impl ResultRow {
    /// Converts the row to a result without output, except for the output's total size.
    fn result(self, command: CommandId) -> Result<CommandResult> {
        let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        let number = |number: Option<i64>| number.map(i32::try_from).transpose().or_corrupt(TABLE, "number");
        let written = |bytes: i64| {
            let total_bytes = bytes.try_into().or_corrupt(TABLE, "bytes")?;
            Ok::<_, Error>(Output { total_bytes, ..Output::default() })
        };
        Ok(CommandResult {
            command_id: command,
            node_id: NodeId::from_uuid(self.node_id),
            node_name: self.node_name.parse().or_corrupt(TABLE, "node_name")?,
            state: self.state.parse().or_corrupt(TABLE, "state")?,
            exit_code: number(self.exit_code)?,
            signal: number(self.signal)?,
            error: self.error,
            stdout: written(self.stdout_bytes)?,
            stderr: written(self.stderr_bytes)?,
            sent_at: time(self.sent_at),
            started_at: time(self.started_at),
            finished_at: time(self.finished_at),
            duration_ms: self.duration_ms.map(u64::try_from).transpose().or_corrupt(TABLE, "duration_ms")?,
        })
    }
}

/// Filter for lists of results. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct ResultFilter {
    /// Results in this state.
    pub state: Option<ResultState>,
    /// The result of this node.
    pub node: Option<NodeId>,
}

/// A changed result without its output, as sent to clients that watch a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultEvent {
    /// The result, with only the total size of its output.
    pub result: CommandResult,
    /// The change number of the command with which the result was stored.
    pub change: i64,
}

/// A result that a node has not reported the end of yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenResult {
    /// The command.
    pub command: CommandId,
    /// The result's state.
    pub state: ResultState,
}

impl<R: Run> Commands<'_, R> {
    /// A page of a command's results in reach, sorted by the nodes' ids. `kept` is the most bytes that are
    /// kept of each stream: pages with much output have fewer results.
    pub async fn results(
        &mut self,
        id: CommandId,
        kept: u32,
        filter: &ResultFilter,
        limit: PageLimit,
        cursor: Option<&Cursor>,
    ) -> Result<Page<CommandResult>> {
        let mut conditions: Vec<Condition> = self.is_in_reach().into_iter().collect();
        conditions.extend(filter.state.map(|state| STATE.is(&state)));
        conditions.extend(filter.node.map(|node| NODE.is(&node)));
        let select = Select::new(COLUMNS, "command_results r", COMMAND.is(&id)).and_all(conditions);
        let order = Order::ascending(ResultsBy::Node);
        let list = List { limit, cursor: cursor.cloned(), sort: order, total: false };
        let page = PageRequest::of(&list)?.page_of(select);
        let page: Page<ResultRow> = page.rows(StatementName::CommandsResults, &mut self.run).await?;
        let (rows, mut next_cursor) = (page.items, page.next_cursor);
        let mut items: Vec<CommandResult> = Vec::new();
        let mut bytes = 0;
        let mut last = None;
        for row in rows {
            let after = cursor_after(order, &row);
            let result = row.result(id)?;
            bytes +=
                [&result.stdout, &result.stderr].map(|o| o.total_bytes.min(kept.into())).iter().sum::<u64>();
            if bytes > PAGE_BYTES && !items.is_empty() {
                next_cursor = last;
                break;
            }
            last = Some(after);
            items.push(result);
        }
        let nodes: Vec<NodeId> = items.iter().map(|result| result.node_id).collect();
        let mut pieces = pieces_of(&mut self.run, id, &nodes).await?;
        for result in &mut items {
            for (stream, output) in
                [(OutputStream::Stdout, &mut result.stdout), (OutputStream::Stderr, &mut result.stderr)]
            {
                let pieces = pieces.remove(&(result.node_id, stream)).unwrap_or_default();
                *output = Output::of(&pieces, output.total_bytes);
            }
        }
        Ok(Page::new(items, next_cursor))
    }

    /// A command's last change number, and whether it is finished; `None` if it was deleted.
    pub async fn last_change(&mut self, id: CommandId) -> Result<Option<(i64, bool)>> {
        let mut statement = Statement::new("SELECT change, finished_at FROM commands WHERE id = ");
        statement.push_value(id.as_uuid());
        statement.push(" AND organization_id = ").push_value(self.reach.organization.as_uuid());
        let row: Option<(i64, Option<i64>)> =
            self.run.row(StatementName::CommandsLastChange, statement).await?;
        Ok(row.map(|(change, finished_at)| (change, finished_at.is_some())))
    }

    /// At most `limit` results of a command in reach, whose last change numbers are above `since` and up to
    /// `until`, that follow the result `after`.
    pub async fn results_since(
        &mut self,
        id: CommandId,
        since: i64,
        until: i64,
        after: Option<&ResultEvent>,
        limit: u32,
    ) -> Result<Vec<ResultEvent>> {
        let select = Select::new(COLUMNS, "command_results r", COMMAND.is(&id));
        let select = select.and(CHANGE.above(&since)).and(CHANGE.at_most(&until));
        let mut statement = select.statement();
        if let Some(ResultEvent { result, change }) = after {
            statement.push(" AND (change, node_id) > (").push_value(*change);
            statement.push(", ").push_value(result.node_id.as_uuid()).push(")");
        }
        statement.and_all(self.is_in_reach());
        statement.push(" ORDER BY change, node_id LIMIT ").push_value(limit);
        let rows: Vec<ResultRow> = self.run.rows(StatementName::CommandsResultsSince, statement).await?;
        rows.into_iter().map(|row| Ok(ResultEvent { change: row.change, result: row.result(id)? })).collect()
    }
}

impl Store {
    /// The open results of a node, in the order in which their commands were given: at most `limit`, after
    /// a command.
    pub async fn open_results_of(
        &self,
        node: NodeId,
        after: Option<CommandId>,
        limit: u32,
    ) -> Result<Vec<OpenResult>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT command_id, state FROM command_results WHERE finished_at IS NULL AND node_id = ",
        );
        statement.push_value(node.as_uuid());
        if let Some(after) = after {
            statement.push(" AND command_id > ").push_value(after.as_uuid());
        }
        statement.push(" ORDER BY command_id LIMIT ").push_value(limit);
        let rows: Vec<(Uuid, String)> = run.rows(StatementName::CommandsOpenResultsOf, statement).await?;
        let open = |(command, state): (Uuid, String)| {
            Ok(OpenResult {
                command: CommandId::from_uuid(command),
                state: state.parse().or_corrupt(TABLE, "state")?,
            })
        };
        rows.into_iter().map(open).collect()
    }

    /// The nodes among `nodes` that were sent a command before a time and have not reported on it since.
    pub async fn unanswered_nodes(&self, nodes: &[NodeId], before: Timestamp) -> Result<Vec<NodeId>> {
        let mut run = self;
        let mut statement = Statement::new(
            "SELECT DISTINCT node_id FROM command_results WHERE finished_at IS NULL AND state = 'sent' AND sent_at <= ",
        );
        statement.push_value(before.as_micros());
        statement.push(" AND node_id IN ").push_values(nodes.iter().map(|node| node.as_uuid()));
        let rows: Vec<(Uuid,)> = run.rows(StatementName::CommandsUnansweredNodes, statement).await?;
        Ok(rows.into_iter().map(|(node,)| NodeId::from_uuid(node)).collect())
    }

    /// The nodes whose result of a command is open and in one of `states`.
    pub async fn open_nodes_of(&self, command: CommandId, states: &[ResultState]) -> Result<Vec<NodeId>> {
        let mut run = self;
        let mut statement =
            Statement::new("SELECT node_id FROM command_results WHERE finished_at IS NULL AND command_id = ");
        statement.push_value(command.as_uuid());
        statement.push(" AND state IN ").push_values(states.iter().map(|state| state.as_str()));
        let rows: Vec<(Uuid,)> = run.rows(StatementName::CommandsOpenNodesOf, statement).await?;
        Ok(rows.into_iter().map(|(node,)| NodeId::from_uuid(node)).collect())
    }
}

impl Tx {
    /// Marks a command's queued results on `nodes` as sent, unless the command is cancelled or has expired.
    /// Returns the nodes to send it to, once this transaction is committed.
    pub async fn claim_results(
        &mut self,
        command: CommandId,
        nodes: &[NodeId],
        now: Timestamp,
    ) -> Result<Vec<NodeId>> {
        let change = self.change_commands([command]).await?;
        let mut claimed = Vec::new();
        let Some(change) = change.get(&command).filter(|change| !change.is_cancelled) else {
            return Ok(claimed);
        };
        for nodes in nodes.chunks(ROWS_AT_ONCE) {
            let mut statement = Statement::new("UPDATE command_results SET state = 'sent', sent_at = ");
            statement.push_value(now.as_micros()).push(", change = ").push_value(change.number);
            statement.push(" WHERE state = 'queued' AND command_id = ").push_value(command.as_uuid());
            statement.push(" AND node_id IN ").push_values(nodes.iter().map(|node| node.as_uuid()));
            statement.push(" AND EXISTS (SELECT 1 FROM commands WHERE id = ").push_value(command.as_uuid());
            statement.push(" AND expires_at > ").push_value(now.as_micros()).push(") RETURNING node_id");
            let rows: Vec<(Uuid,)> = self.rows(StatementName::CommandsClaim, statement).await?;
            claimed.extend(rows.into_iter().map(|(node,)| NodeId::from_uuid(node)));
        }
        Ok(claimed)
    }
}

impl Store {
    /// How many results of commands are not final, by their states, sorted.
    pub async fn open_results(&self) -> Result<Vec<(String, i64)>> {
        let statement = Statement::new(
            "SELECT state, count(*) FROM command_results WHERE finished_at IS NULL GROUP BY state ORDER BY state",
        );
        let mut run = self;
        run.rows(StatementName::CommandsOpenResults, statement).await
    }
}
