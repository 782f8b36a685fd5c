//! The queue of agents' reports that are not yet written.

use std::sync::Arc;

use bailiwick_domain::id::NodeId;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::levels::{Level, LevelOf};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::{Report, ReportContent};

/// How many KiB of reports may wait. Beyond that, agents wait.
const ROOM_KIB: u32 = 32_768;
/// How many bytes a report is counted for, in addition to its output.
const REPORT_BYTES: usize = 512;
/// How many bytes an update in a scan is counted for, in addition to its texts.
const UPDATE_BYTES: usize = 512;

/// A message of an agent, until it is written.
pub(crate) struct Message {
    pub(crate) node: NodeId,
    pub(crate) reports: Vec<Report>,
    /// The room that it takes in the queue until it is written.
    pub(crate) room: OwnedSemaphorePermit,
}

/// The queue of reports that are not yet written.
pub(crate) struct Reports {
    room: Arc<Semaphore>,
    send: mpsc::UnboundedSender<Message>,
    pub(crate) waiting: Mutex<mpsc::UnboundedReceiver<Message>>,
}

impl Default for Reports {
    fn default() -> Self {
        let (send, waiting) = mpsc::unbounded_channel();
        Self { room: Arc::new(Semaphore::new(ROOM_KIB as usize)), send, waiting: Mutex::new(waiting) }
    }
}

fn size(report: &Report) -> usize {
    let output = match &report.news {
        ReportContent::Started => 0,
        ReportContent::Output(piece) => piece.bytes.len(),
        ReportContent::Finished(ending) => {
            let updates = ending.updates.iter().flat_map(|scan| &scan.updates);
            ending.error.as_ref().map_or(0, String::len)
                + ending.output.iter().map(|piece| piece.bytes.len()).sum::<usize>()
                + updates.map(|update| UPDATE_BYTES + update.text_bytes()).sum::<usize>()
        }
    };
    REPORT_BYTES + output
}

impl Reports {
    /// How much waits.
    pub(crate) fn level(&self) -> Level {
        let taken = (ROOM_KIB as usize).saturating_sub(self.room.available_permits());
        Level::new(LevelOf::QueueBytes, "agent_reports", taken << 10, (ROOM_KIB as usize) << 10)
    }

    /// Adds reports to the queue, waiting for room.
    pub(crate) async fn take(&self, node: NodeId, reports: Vec<Report>) -> Result<()> {
        let kib = reports.iter().map(size).sum::<usize>().div_ceil(1_024);
        let kib = u32::try_from(kib).unwrap_or(u32::MAX).clamp(1, ROOM_KIB);
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(Error::internal)?;
        self.send.send(Message { node, reports, room }).map_err(|_| Error::Unavailable)
    }
}
