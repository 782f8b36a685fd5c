//! Moves the results of a node that is merged into another one.

use bailiwick_domain::command::ResultState;
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::Tx;
use crate::error::Result;
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How many commands one statement selects.
const AT_ONCE: usize = 500;
/// Why a result ends that cannot be moved.
const HAS_ITS_OWN: &str =
    "the node was merged into another node, which has a result of the same command already";

/// The commands that were given to a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnNode {
    /// How many there are.
    pub all: i64,
    /// How many of them the node was not sent yet.
    pub waiting: i64,
    /// The id and the title of the newest of them.
    pub newest: Vec<(CommandId, String)>,
}

/// The commands that were given to a node, in reach or not; at most `most` of them by name.
pub async fn on_node<R: Run>(mut run: R, node: NodeId, most: u32) -> Result<OnNode> {
    let count = Statement::new(
        "SELECT count(*), count(CASE WHEN state = 'queued' THEN 1 END) FROM command_results WHERE node_id = $1",
    )
    .bind(node.as_uuid());
    let (all, waiting) = run.row(StatementName::CommandsCountOnNode, count).await?.unwrap_or_default();
    let mut first = Statement::new(
        "SELECT c.id, c.title FROM command_results r JOIN commands c ON c.id = r.command_id WHERE r.node_id = ",
    );
    first.push_value(node.as_uuid()).push(" ORDER BY r.command_id DESC LIMIT ").push_value(most);
    let newest: Vec<(Uuid, String)> = run.rows(StatementName::CommandsFirstOnNode, first).await?;
    let newest = newest.into_iter().map(|(id, title)| (CommandId::from_uuid(id), title)).collect();
    Ok(OnNode { all, waiting, newest })
}

/// A result of the node.
#[derive(sqlx::FromRow)]
struct ToMove {
    command_id: Uuid,
    is_open: bool,
    is_queued: bool,
    is_command_open: bool,
    is_twice: bool,
}

impl Tx {
    /// Moves the results of a node to another node, with their output. A result stays where it is if the other node
    /// has one of the same command; if it is open, it ends.
    pub async fn move_results(&mut self, from: NodeId, to: NodeId, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "SELECT r.command_id, r.finished_at IS NULL AS is_open, r.state = 'queued' AS is_queued, \
             c.finished_at IS NULL AS is_command_open, EXISTS (SELECT 1 FROM command_results o \
             WHERE o.command_id = r.command_id AND o.node_id = $2) AS is_twice \
             FROM command_results r JOIN commands c ON c.id = r.command_id WHERE r.node_id = $1",
        )
        .bind(from.as_uuid())
        .bind(to.as_uuid());
        let all: Vec<ToMove> = self.rows(StatementName::CommandsResultsToMove, statement).await?;
        let (twice, moving): (Vec<_>, Vec<_>) = all.into_iter().partition(|result| result.is_twice);

        let open: Vec<(Uuid, Uuid)> = twice
            .iter()
            .filter(|result| result.is_open)
            .map(|result| (result.command_id, from.as_uuid()))
            .collect();
        let begun = [ResultState::Sent, ResultState::Running];
        self.end_results(open.clone(), &[ResultState::Queued], ResultState::Expired, HAS_ITS_OWN, now)
            .await?;
        self.end_results(open, &begun, ResultState::Lost, HAS_ITS_OWN, now).await?;

        let id = |result: &ToMove| CommandId::from_uuid(result.command_id);
        self.change_commands(moving.iter().filter(|result| result.is_command_open).map(id)).await?;
        for moving in moving.chunks(AT_ONCE) {
            self.move_some(moving, from, to).await?;
        }
        for result in moving.iter().filter(|result| result.is_queued) {
            self.changed(Change::Command(id(result)));
        }
        Ok(())
    }

    async fn move_some(&mut self, moving: &[ToMove], from: NodeId, to: NodeId) -> Result<()> {
        let ids = || moving.iter().map(|result| result.command_id);
        // Output refers to its result, so the new results are written before the old ones are deleted.
        let mut statement = Statement::new(
            "INSERT INTO command_results (command_id, node_id, node_name, state, exit_code, signal, error, \
             stdout_bytes, stderr_bytes, sent_at, started_at, finished_at, duration_ms, change) \
             SELECT r.command_id, ",
        );
        statement.push_value(to.as_uuid()).push(
            ", r.node_name, r.state, r.exit_code, r.signal, r.error, r.stdout_bytes, r.stderr_bytes, r.sent_at, \
             r.started_at, r.finished_at, r.duration_ms, \
             CASE WHEN c.finished_at IS NULL THEN c.change ELSE r.change END \
             FROM command_results r JOIN commands c ON c.id = r.command_id WHERE r.node_id = ",
        );
        statement.push_value(from.as_uuid()).push(" AND r.command_id IN ").push_values(ids());
        self.execute(StatementName::CommandsMoveResults, statement).await?;
        let mut statement = Statement::new("UPDATE command_output SET node_id = ");
        statement.push_value(to.as_uuid()).push(" WHERE node_id = ").push_value(from.as_uuid());
        statement.push(" AND command_id IN ").push_values(ids());
        self.execute(StatementName::CommandsMoveOutput, statement).await?;
        let mut statement = Statement::new("DELETE FROM command_results WHERE node_id = ");
        statement.push_value(from.as_uuid()).push(" AND command_id IN ").push_values(ids());
        self.execute(StatementName::CommandsForgetMoved, statement).await?;
        Ok(())
    }
}
