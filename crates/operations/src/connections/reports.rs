//! Reports of agents that wait to be written down.

use std::sync::Arc;

use bailiwick_domain::id::NodeId;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::{News, Report};
use crate::error::{Error, Result};

/// How many KiB of reports wait at most; then agents wait.
const ROOM_KIB: u32 = 32_768;
/// What a report takes beside its output, in bytes.
const REPORT_BYTES: usize = 512;
/// About what an update takes that a scan found beside its texts, in bytes.
const UPDATE_BYTES: usize = 512;

/// What an agent told, until it is written down.
pub(crate) struct Message {
    pub(crate) node: NodeId,
    pub(crate) reports: Vec<Report>,
    /// The room that it takes until it is written.
    pub(crate) room: OwnedSemaphorePermit,
}

/// Reports that wait to be written down.
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
        News::Started => 0,
        News::Output(piece) => piece.bytes.len(),
        News::Finished(ending) => {
            let updates = ending.updates.iter().flat_map(|scan| &scan.updates);
            ending.error.as_ref().map_or(0, String::len)
                + ending.output.iter().map(|piece| piece.bytes.len()).sum::<usize>()
                + updates.map(|update| UPDATE_BYTES + update.text_bytes()).sum::<usize>()
        }
    };
    REPORT_BYTES + output
}

impl Reports {
    /// Takes reports in as soon as there is room.
    pub(crate) async fn take(&self, node: NodeId, reports: Vec<Report>) -> Result<()> {
        let kib = reports.iter().map(size).sum::<usize>().div_ceil(1_024);
        let kib = u32::try_from(kib).unwrap_or(u32::MAX).clamp(1, ROOM_KIB);
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(Error::internal)?;
        self.send.send(Message { node, reports, room }).map_err(|_| Error::Unavailable)
    }
}
