//! Ends commands that no agent reports on: they expire or are lost.

use std::collections::BTreeMap;

use bailiwick_domain::command::ResultState;
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::ROWS_AT_ONCE;
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// How long after its timeout a command without a report counts as lost, in seconds.
const OVERDUE_SECONDS: i64 = 3_600;
/// The most results that one sweep ends.
const SWEPT_AT_ONCE: i64 = 5_000;

impl Tx {
    /// Ends queued results whose nodes did not connect before the command expired. Returns how many.
    pub async fn expire_results(&mut self, now: Timestamp) -> Result<usize> {
        let mut statement = Statement::new(
            "SELECT r.command_id, r.node_id FROM commands c JOIN command_results r ON r.command_id = c.id \
             WHERE c.finished_at IS NULL AND r.finished_at IS NULL AND r.state = 'queued' AND c.expires_at <= ",
        );
        statement.push_value(now.as_micros()).push(" LIMIT ").push_value(SWEPT_AT_ONCE);
        let rows: Vec<(Uuid, Uuid)> = self.rows(StatementName::CommandsExpiredResults, statement).await?;
        let error = "the node did not connect in time";
        self.end_results(rows, &[ResultState::Queued], ResultState::Expired, error, now).await
    }

    /// Ends sent and running results that are long overdue, if their nodes were not seen since
    /// `silent_since`. Returns how many.
    pub async fn lose_overdue_results(&mut self, silent_since: Timestamp, now: Timestamp) -> Result<usize> {
        let mut statement = Statement::new(
            "SELECT r.command_id, r.node_id FROM commands c JOIN command_results r ON r.command_id = c.id \
             WHERE c.finished_at IS NULL AND r.finished_at IS NULL AND r.state IN ('sent', 'running') \
             AND CASE WHEN r.state = 'running' AND r.started_at IS NOT NULL THEN r.started_at ELSE c.expires_at END \
             + (c.timeout_seconds + ",
        );
        statement.push_value(OVERDUE_SECONDS).push(") * 1000000 <= ").push_value(now.as_micros());
        statement.push(
            " AND NOT EXISTS (SELECT 1 FROM node_presence p WHERE p.node_id = r.node_id AND p.last_seen_at > ",
        );
        statement.push_value(silent_since.as_micros()).push(") LIMIT ").push_value(SWEPT_AT_ONCE);
        let rows: Vec<(Uuid, Uuid)> = self.rows(StatementName::CommandsOverdueResults, statement).await?;
        let error = "the node has not been seen since the command was sent to it";
        self.end_results(rows, &[ResultState::Sent, ResultState::Running], ResultState::Lost, error, now)
            .await
    }

    /// Ends all sent and running results of a node whose agent will not report their end. Returns how many.
    pub async fn lose_results_of_node(
        &mut self,
        node: NodeId,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize> {
        self.end_results_of_node(
            node,
            &[ResultState::Sent, ResultState::Running],
            ResultState::Lost,
            reason,
            now,
        )
        .await
    }

    /// Ends all queued results of a node that will never connect. Returns how many.
    pub async fn drop_results_of_node(
        &mut self,
        node: NodeId,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize> {
        self.end_results_of_node(node, &[ResultState::Queued], ResultState::Expired, reason, now).await
    }

    async fn end_results_of_node(
        &mut self,
        node: NodeId,
        from: &[ResultState],
        to: ResultState,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize> {
        let mut statement = Statement::new(
            "SELECT command_id, node_id FROM command_results WHERE finished_at IS NULL AND node_id = ",
        );
        statement.push_value(node.as_uuid());
        statement.push(" AND state IN ").push_values(from.iter().map(|state| state.as_str()));
        let rows: Vec<(Uuid, Uuid)> = self.rows(StatementName::CommandsResultsOfNode, statement).await?;
        self.end_results(rows, from, to, reason, now).await
    }

    /// Ends results that are still in one of the states `from`.
    pub(super) async fn end_results(
        &mut self,
        rows: Vec<(Uuid, Uuid)>,
        from: &[ResultState],
        to: ResultState,
        error: &str,
        now: Timestamp,
    ) -> Result<usize> {
        let mut by_command: BTreeMap<CommandId, Vec<Uuid>> = BTreeMap::new();
        for (command, node) in rows {
            by_command.entry(CommandId::from_uuid(command)).or_default().push(node);
        }
        let changing = self.change_commands(by_command.keys().copied()).await?;
        let mut ended = 0;
        for (command, nodes) in &by_command {
            let Some(change) = changing.get(command) else { continue };
            for nodes in nodes.chunks(ROWS_AT_ONCE) {
                let mut statement = Statement::new("UPDATE command_results SET state = ");
                statement.push_value(to.as_str()).push(", error = ").push_value(error);
                statement.push(", finished_at = ").push_value(now.as_micros());
                statement.push(", change = ").push_value(change.number);
                statement.push(" WHERE command_id = ").push_value(command.as_uuid());
                statement.push(" AND state IN ").push_values(from.iter().map(|state| state.as_str()));
                statement.push(" AND node_id IN ").push_values(nodes.iter().copied());
                let some = self.execute(StatementName::CommandsEndResults, statement).await?;
                self.work.ended(to, some);
                ended += usize::try_from(some).unwrap_or(usize::MAX);
            }
        }
        self.settle_commands(by_command.into_keys(), now).await?;
        Ok(ended)
    }
}
