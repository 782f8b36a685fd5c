//! The output of commands.

use std::collections::HashMap;

use bailiwick_domain::command::OutputStream;
use bailiwick_domain::id::{CommandId, NodeId};
use uuid::Uuid;

use super::{Commands, TABLE};
use crate::database::run::Run;
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The pieces of one stream in order, each with its position: the number of bytes before it.
pub(crate) type Pieces = Vec<(u64, Vec<u8>)>;

/// A piece of output, as sent to clients that watch a command.
#[derive(Clone, PartialEq, Eq)]
pub struct OutputEvent {
    /// The node.
    pub node: NodeId,
    /// The output stream.
    pub stream: OutputStream,
    /// The number of bytes of the stream before this piece.
    pub position: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The change number of the command with which this piece was stored.
    pub change: i64,
}

impl OutputEvent {
    /// The piece without its bytes, which says where a list of pieces continues.
    pub const fn without_bytes(&self) -> Self {
        let Self { node, stream, position, bytes: _, change } = *self;
        Self { node, stream, position, bytes: Vec::new(), change }
    }
}

#[derive(sqlx::FromRow)]
struct PieceRow {
    node_id: Uuid,
    stream: String,
    position: i64,
    bytes: Vec<u8>,
    change: i64,
}

impl TryFrom<PieceRow> for OutputEvent {
    type Error = crate::error::Error;

    fn try_from(row: PieceRow) -> Result<Self> {
        Ok(Self {
            node: NodeId::from_uuid(row.node_id),
            stream: row.stream.parse().or_corrupt(TABLE, "stream")?,
            position: row.position.try_into().or_corrupt(TABLE, "position")?,
            bytes: row.bytes,
            change: row.change,
        })
    }
}

/// The stored output of some nodes, by node and stream.
pub(super) async fn pieces_of<R: Run>(
    run: &mut R,
    command: CommandId,
    nodes: &[NodeId],
) -> Result<HashMap<(NodeId, OutputStream), Pieces>> {
    let mut pieces: HashMap<_, Pieces> = HashMap::new();
    if nodes.is_empty() {
        return Ok(pieces);
    }
    let mut statement = Statement::new(
        "SELECT node_id, stream, position, bytes, change FROM command_output WHERE command_id = ",
    );
    statement.push_value(command.as_uuid());
    statement.push(" AND node_id IN ").push_values(nodes.iter().map(|node| node.as_uuid()));
    statement.push(" ORDER BY node_id, stream, position");
    for row in run.rows::<PieceRow>(StatementName::CommandsOutput, statement).await? {
        let OutputEvent { node, stream, position, bytes, .. } = row.try_into()?;
        pieces.entry((node, stream)).or_default().push((position, bytes));
    }
    Ok(pieces)
}

impl<R: Run> Commands<'_, R> {
    /// At most `limit` pieces of a command's output in reach, with change numbers above `since` and up to
    /// `until`, that follow the piece `after`.
    pub async fn output_since(
        &mut self,
        id: CommandId,
        since: i64,
        until: i64,
        after: Option<&OutputEvent>,
        limit: u32,
    ) -> Result<Vec<OutputEvent>> {
        let mut statement = Statement::new(
            "SELECT node_id, stream, position, bytes, change FROM command_output r WHERE command_id = ",
        );
        statement.push_value(id.as_uuid());
        statement.push(" AND change > ").push_value(since).push(" AND change <= ").push_value(until);
        if let Some(OutputEvent { node, stream, position, change, .. }) = after {
            statement.push(" AND (change, node_id, stream, position) > (").push_value(*change);
            statement.push(", ").push_value(node.as_uuid()).push(", ").push_value(stream.as_str());
            statement.push(", ").push_value(i64::try_from(*position).unwrap_or(i64::MAX)).push(")");
        }
        statement.and_all(self.is_in_reach());
        statement.push(" ORDER BY change, node_id, stream, position LIMIT ").push_value(limit);
        self.run
            .rows::<PieceRow>(StatementName::CommandsOutputSince, statement)
            .await?
            .into_iter()
            .map(OutputEvent::try_from)
            .collect()
    }
}
