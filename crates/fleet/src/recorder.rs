//! Writer of command reports: one task writes all waiting reports together, so that ten thousand
//! results take few transactions.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::command::ResultState;
use bailiwick_domain::hidden::is_hidden;
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_domain::update::UpdateScan;
use bailiwick_engine::background::log_background_error;
use bailiwick_engine::error::Result;
use bailiwick_store::Error as StoreError;
use bailiwick_store::commands::{Ended, OutputPiece, Reported};
use tokio_util::sync::CancellationToken;

use crate::connections::{CommandEnd, Message, Piece, Report, ReportContent};
use crate::fleet::Fleet;

/// How many messages are written in one transaction.
const MESSAGES_AT_ONCE: usize = 4_096;
/// The most characters of an agent's error message that are kept.
const ERROR_MAX: usize = 2_000;
/// How long to wait before trying again after a failure: the first wait, and the longest.
const AGAIN_FIRST: Duration = Duration::from_millis(200);
const AGAIN_LAST: Duration = Duration::from_secs(5);

/// What is written in one transaction: everything that was reported, by command and node.
#[derive(Default)]
struct Batch {
    reported: BTreeMap<(CommandId, NodeId), Reported>,
    /// The results of scans for updates.
    scans: BTreeMap<(CommandId, NodeId), UpdateScan>,
}

impl Batch {
    fn take_in(&mut self, node: NodeId, report: Report) {
        let Report { command, news } = report;
        let reported = match self.reported.entry((command, node)) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => {
                place.insert(Reported { command, node, is_started: false, output: Vec::new(), ended: None })
            }
        };
        // Reports that follow the end are repetitions.
        if reported.ended.is_some() {
            return;
        }
        match news {
            ReportContent::Started => reported.is_started = true,
            ReportContent::Output(piece) => reported.output.push(written(piece)),
            ReportContent::Finished(ending) => {
                let mut ending = *ending;
                reported.output.extend(std::mem::take(&mut ending.output).into_iter().map(written));
                reported.ended = Some(ended(&ending));
                if let Some(scan) = ending.updates {
                    self.scans.insert((command, node), scan);
                }
            }
        }
    }

    /// The commands whose end must be acknowledged, by node.
    fn ends(&self) -> BTreeMap<NodeId, Vec<CommandId>> {
        let mut ends: BTreeMap<NodeId, Vec<CommandId>> = BTreeMap::new();
        for ((command, node), reported) in &self.reported {
            if reported.ended.is_some() {
                ends.entry(*node).or_default().push(*command);
            }
        }
        ends
    }
}

fn written(piece: Piece) -> OutputPiece {
    let Piece { stream, position, bytes } = piece;
    OutputPiece { stream, position, bytes }
}

/// The end of a command in the form of the database, with invalid reports corrected.
fn ended(ending: &CommandEnd) -> Ended {
    let told = ending.error.as_deref();
    let (state, error) = if ending.state.is_told_by_nodes() {
        (ending.state, told)
    } else {
        (ResultState::Lost, Some("the agent reported an end that is not valid"))
    };
    Ended {
        state,
        exit_code: ending.exit_code,
        signal: ending.signal,
        error: error.map(|text| {
            text.chars()
                .filter(|c| (*c == '\n' || !c.is_control()) && !is_hidden(*c))
                .take(ERROR_MAX)
                .collect()
        }),
        duration_ms: ending.duration_ms,
        stdout_bytes: ending.stdout_bytes,
        stderr_bytes: ending.stderr_bytes,
    }
}

/// Whether an error is caused by the data and not by the database, so that trying again is useless.
const fn is_of_data(error: &StoreError) -> bool {
    matches!(error, StoreError::Taken | StoreError::InUse | StoreError::Corrupt { .. })
}

impl Fleet {
    /// Queues an agent's reports about commands, waiting for room. The end of a command is acknowledged
    /// to the agent as soon as it is written.
    pub async fn take_reports(&self, node: NodeId, reports: Vec<Report>) -> Result<()> {
        if reports.is_empty() {
            return Ok(());
        }
        self.dispatcher.reports.take(node, reports).await
    }

    /// Writes reports as they come, until `stop`; then writes the rest.
    pub(crate) async fn record(self: Arc<Self>, stop: CancellationToken) {
        let mut waiting = self.dispatcher.reports.waiting.lock().await;
        let mut messages = Vec::new();
        while stop.run_until_cancelled(waiting.recv_many(&mut messages, MESSAGES_AT_ONCE)).await.is_some() {
            self.record_messages(std::mem::take(&mut messages), &stop).await;
        }
        while let Ok(message) = waiting.try_recv() {
            messages.push(message);
        }
        self.record_messages(messages, &stop).await;
    }

    /// Writes messages, trying again until it works, so that no report is lost while the database is
    /// away. After `stop` it tries once: agents repeat what is not acknowledged.
    async fn record_messages(&self, messages: Vec<Message>, stop: &CancellationToken) {
        let mut batch = Batch::default();
        // Their room in the queue becomes free only when they are written.
        let mut rooms = Vec::with_capacity(messages.len());
        for Message { node, reports, room } in messages {
            rooms.push(room);
            for report in reports {
                batch.take_in(node, report);
            }
        }
        if batch.reported.is_empty() || self.record_surely(&batch, stop).await.is_ok() {
            return;
        }
        // A report that cannot be written must not block the others.
        let Batch { reported, mut scans } = batch;
        for (key, reported) in reported {
            let (command, node) = key;
            let scans = scans.remove(&key).map(|scan| (key, scan)).into_iter().collect();
            let one = Batch { reported: [(key, reported)].into(), scans };
            if let Err(error) = self.record_surely(&one, stop).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, %command, %node, "a report could not be stored; the agent will send it again");
            }
        }
    }

    /// Writes a batch, trying again until it works or the server stops. Returns an error only if the
    /// data is at fault.
    async fn record_surely(&self, batch: &Batch, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut wait = AGAIN_FIRST;
        loop {
            match self.record_batch(batch).await {
                Ok(()) => return Ok(()),
                Err(error) if is_of_data(&error) => return Err(error),
                Err(error) => {
                    log_background_error(&error, "reports could not be stored; this is retried");
                }
            }
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return Ok(());
            }
            wait = (wait * 2).min(AGAIN_LAST);
        }
    }

    async fn record_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut tx = self.control.store().begin().await?;
        let now = self.control.now();
        let ended = tx.record_results(batch.reported.values().cloned().collect(), now).await?;
        // If a report is a repetition, the node may have been scanned again since.
        for key in ended {
            let (command, node) = key;
            if let Some(scan) = batch.scans.get(&key) {
                tx.record_updates(node, Some(command), scan.clone(), now).await?;
            }
        }
        let changes = tx.commit().await?;
        self.control.note(&changes);
        for (node, commands) in batch.ends() {
            if let Some(connection) = self.connections.get(node) {
                self.dispatcher.acknowledge(&connection, commands);
            }
        }
        Ok(())
    }
}
