//! Stores what agents report about their commands.

use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::command::{OutputStream, ResultState};
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use super::change::Changing;
use super::{ROWS_AT_ONCE, TABLE};
use crate::database::run::Run as _;
use crate::database::store::Tx;
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// How many results one statement writes: about a thousand values.
const RESULTS_AT_ONCE: usize = 66;

/// A piece of a command's output.
#[derive(Clone, PartialEq, Eq)]
pub struct OutputPiece {
    /// The output stream.
    pub stream: OutputStream,
    /// The number of bytes of the stream before this piece.
    pub position: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The most bytes of output in one row. A reader keeps at least one row in memory.
const ROW_BYTES: usize = 64 << 10;

impl OutputPiece {
    /// The piece, divided into what is stored in one row each.
    fn rows(self) -> Vec<Self> {
        if self.bytes.len() <= ROW_BYTES {
            return vec![self];
        }
        let (stream, mut position) = (self.stream, self.position);
        let row = |bytes: &[u8]| {
            let row = Self { stream, position, bytes: bytes.to_vec() };
            position += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            row
        };
        self.bytes.chunks(ROW_BYTES).map(row).collect()
    }
}

impl std::fmt::Debug for OutputPiece {
    /// Without the bytes, because output may contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} +{}", self.stream, self.position, self.bytes.len())
    }
}

/// How a command ended on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The final state.
    pub state: ResultState,
    /// The exit code, if it exited by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// What went wrong; `None` if nothing did.
    pub error: Option<String>,
    /// How long it ran, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How many bytes it wrote to standard output.
    pub stdout_bytes: u64,
    /// How many bytes it wrote to standard error.
    pub stderr_bytes: u64,
}

/// Everything that an agent reported about one command since the last time that its reports were stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The command.
    pub command: CommandId,
    /// The node.
    pub node: NodeId,
    /// Whether the command has started.
    pub is_started: bool,
    /// Its output, in the order in which it was reported.
    pub output: Vec<OutputPiece>,
    /// How it ended; `None` if it still runs.
    pub ended: Option<Ended>,
}

/// The row of a result, to which reports are applied.
#[derive(sqlx::FromRow)]
struct Row {
    command_id: Uuid,
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
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Appends a piece, merging it into the last one if they are adjacent, so that an agent that reports every
/// byte separately does not create a row for each.
fn append(pieces: &mut Vec<OutputPiece>, piece: OutputPiece) {
    match pieces.last_mut() {
        Some(last)
            if last.stream == piece.stream
                && last.position.checked_add(last.bytes.len() as u64) == Some(piece.position) =>
        {
            last.bytes.extend(piece.bytes);
        }
        _ => pieces.push(piece),
    }
}

impl Row {
    fn written(&mut self, stream: OutputStream) -> &mut i64 {
        match stream {
            OutputStream::Stdout => &mut self.stdout_bytes,
            OutputStream::Stderr => &mut self.stderr_bytes,
        }
    }

    /// Applies a report to the result. Returns the new pieces of output, or `None` if the report contains
    /// nothing new. Of the bytes of each stream that are kept, half are for its beginning and half for its end;
    /// output in between is dropped.
    fn take(
        &mut self,
        reported: Reported,
        change: Changing,
        now: Timestamp,
    ) -> Result<Option<Vec<OutputPiece>>> {
        let kept = change.output_limit_bytes;
        let state: ResultState = self.state.parse().or_corrupt(TABLE, "state")?;
        let ended = reported.ended.filter(|ended| ended.state.may_follow(state));
        if ended.is_none() && state.is_final() {
            return Ok(None);
        }
        let mut is_new = false;
        if reported.is_started && ResultState::Running.may_follow(state) {
            ResultState::Running.as_str().clone_into(&mut self.state);
            self.started_at = Some(now.as_micros());
            is_new = true;
        }
        let totals = ended.as_ref().map(|ended| (ended.stdout_bytes, ended.stderr_bytes));
        let mut pieces = Vec::new();
        for piece in reported.output {
            let OutputPiece { stream, position, bytes } = piece;
            let told = u64::try_from(*self.written(stream)).or_corrupt(TABLE, "bytes")?;
            let half = kept / 2;
            let total =
                totals.map(|(stdout, stderr)| if stream == OutputStream::Stdout { stdout } else { stderr });
            let end = position.saturating_add(bytes.len() as u64);
            // Output is kept as the end of the stream only when the stream's total length is known.
            let begins = match total {
                Some(total) if position >= half => told.max(total.saturating_sub(kept - half)),
                _ => told,
            };
            let ends = match total {
                Some(total) if position >= half => end.min(total),
                _ => end.min(half),
            };
            let from = begins.max(position);
            if from >= ends {
                continue;
            }
            let range = usize::try_from(from - position).ok().zip(usize::try_from(ends - position).ok());
            let Some(bytes) = range.and_then(|(from, to)| bytes.get(from..to)) else { continue };
            append(&mut pieces, OutputPiece { stream, position: from, bytes: bytes.to_vec() });
            *self.written(stream) = number(ends);
            is_new = true;
        }
        if let Some(ended) = ended {
            ended.state.as_str().clone_into(&mut self.state);
            self.exit_code = ended.exit_code.map(Into::into);
            self.signal = ended.signal.map(Into::into);
            let why = change.why_cancelled(ended.state, self.started_at.is_some());
            self.error = why.map(str::to_owned).or(ended.error);
            self.duration_ms = ended.duration_ms.map(number);
            self.stdout_bytes = number(ended.stdout_bytes).max(self.stdout_bytes);
            self.stderr_bytes = number(ended.stderr_bytes).max(self.stderr_bytes);
            self.finished_at = Some(now.as_micros());
            if let (None, Some(ms)) = (self.started_at, ended.duration_ms) {
                let began = now.as_micros().saturating_sub(number(ms).saturating_mul(1_000));
                self.started_at = Some(began.max(self.sent_at.unwrap_or(began)));
            }
            is_new = true;
        }
        Ok(is_new.then_some(pieces))
    }

    fn values(self, change: i64) -> [Value; 14] {
        [
            self.command_id.into(),
            self.node_id.into(),
            self.node_name.into(),
            self.state.into(),
            self.exit_code.into(),
            self.signal.into(),
            self.error.into(),
            self.stdout_bytes.into(),
            self.stderr_bytes.into(),
            self.sent_at.into(),
            self.started_at.into(),
            self.finished_at.into(),
            self.duration_ms.into(),
            change.into(),
        ]
    }
}

impl Tx {
    /// Stores reports, at most one for each command and node. Skips what is known already or follows the end
    /// of a command, and reports about commands that did not go to the node. Returns the results that ended.
    pub async fn record_results(
        &mut self,
        reports: Vec<Reported>,
        now: Timestamp,
    ) -> Result<Vec<(CommandId, NodeId)>> {
        let changing = self.change_commands(reports.iter().map(|report| report.command)).await?;
        let mut ended = Vec::new();
        let mut reports = reports.into_iter().peekable();
        while reports.peek().is_some() {
            let some: Vec<Reported> = reports.by_ref().take(RESULTS_AT_ONCE).collect();
            self.record_some(some, &changing, now, &mut ended).await?;
        }
        let mut commands: Vec<CommandId> = ended.iter().map(|(command, _)| *command).collect();
        commands.sort_unstable();
        commands.dedup();
        self.settle_commands(commands, now).await?;
        Ok(ended)
    }

    async fn record_some(
        &mut self,
        reports: Vec<Reported>,
        changing: &BTreeMap<CommandId, Changing>,
        now: Timestamp,
        ended: &mut Vec<(CommandId, NodeId)>,
    ) -> Result<()> {
        let mut rows = self.rows_of(&reports).await?;
        let (mut results, mut output) = (Vec::new(), Vec::new());
        for report in reports {
            let (command, node) = (report.command, report.node);
            let (Some(change), Some(mut row)) =
                (changing.get(&command).copied(), rows.remove(&(command, node)))
            else {
                continue;
            };
            let was_open = row.finished_at;
            let Some(pieces) = row.take(report, change, now)? else { continue };
            if row.finished_at != was_open {
                ended.push((command, node));
                self.work.ended(row.state.parse().or_corrupt(TABLE, "state")?, 1);
            }
            results.push(row.values(change.number));
            output.extend(pieces.into_iter().flat_map(OutputPiece::rows).map(|piece| {
                [
                    command.as_uuid().into(),
                    node.as_uuid().into(),
                    piece.stream.as_str().into(),
                    number(piece.position).into(),
                    piece.bytes.into(),
                    Value::from(change.number),
                ]
            }));
        }
        self.write_results(results).await?;
        let mut output = output.into_iter().peekable();
        while output.peek().is_some() {
            let mut statement = Statement::new(
                "INSERT INTO command_output (command_id, node_id, stream, position, bytes, change) VALUES ",
            );
            statement.push_rows(output.by_ref().take(ROWS_AT_ONCE));
            // If a command that counted as lost is reported after all, its output may be known already.
            statement.push(" ON CONFLICT (command_id, node_id, stream, position) DO NOTHING");
            self.execute(StatementName::CommandsAppendOutput, statement).await?;
        }
        Ok(())
    }

    /// The stored results that the reports are about.
    async fn rows_of(&mut self, reports: &[Reported]) -> Result<HashMap<(CommandId, NodeId), Row>> {
        let mut by_command: BTreeMap<CommandId, Vec<NodeId>> = BTreeMap::new();
        for report in reports {
            by_command.entry(report.command).or_default().push(report.node);
        }
        // One subquery for each command: both databases then use the primary key.
        let mut statement = Statement::new("");
        for (n, (command, nodes)) in by_command.into_iter().enumerate() {
            statement.push(if n > 0 { " UNION ALL " } else { "" }).push(
                "SELECT command_id, node_id, node_name, state, exit_code, signal, error, stdout_bytes, \
                 stderr_bytes, sent_at, started_at, finished_at, duration_ms FROM command_results \
                 WHERE command_id = ",
            );
            statement.push_value(command.as_uuid()).push(" AND node_id IN ");
            statement.push_values(nodes.into_iter().map(NodeId::as_uuid));
        }
        let rows: Vec<Row> = self.rows(StatementName::CommandsResultsToRecord, statement).await?;
        let key = |row: &Row| (CommandId::from_uuid(row.command_id), NodeId::from_uuid(row.node_id));
        Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
    }

    /// Updates existing results. An `INSERT … ON CONFLICT` finds each row by its key on both databases.
    async fn write_results(&mut self, results: Vec<[Value; 14]>) -> Result<()> {
        if results.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::new(
            "INSERT INTO command_results (command_id, node_id, node_name, state, exit_code, signal, error, \
             stdout_bytes, stderr_bytes, sent_at, started_at, finished_at, duration_ms, change) VALUES ",
        );
        statement.push_rows(results);
        statement.push(
            " ON CONFLICT (command_id, node_id) DO UPDATE SET state = excluded.state, \
             exit_code = excluded.exit_code, signal = excluded.signal, error = excluded.error, \
             stdout_bytes = excluded.stdout_bytes, stderr_bytes = excluded.stderr_bytes, \
             started_at = excluded.started_at, finished_at = excluded.finished_at, \
             duration_ms = excluded.duration_ms, change = excluded.change",
        );
        self.execute(StatementName::CommandsWriteResults, statement).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_is_stored_in_several_rows() {
        let piece = |bytes: usize| OutputPiece {
            stream: OutputStream::Stdout,
            position: 7,
            bytes: (0..bytes).map(|n| n.to_le_bytes()[0]).collect(),
        };
        for (bytes, positions) in
            [(0, vec![7]), (ROW_BYTES, vec![7]), (2 * ROW_BYTES + 1, vec![7, 7 + 65_536, 7 + 2 * 65_536])]
        {
            let rows = piece(bytes).rows();
            assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), positions);
            assert_eq!(rows.into_iter().flat_map(|row| row.bytes).collect::<Vec<_>>(), piece(bytes).bytes);
        }
    }
}
