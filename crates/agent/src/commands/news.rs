//! The queue of reports about commands, in the order in which to send them.

use std::collections::HashSet;

use bailiwick_link::commands::{self as wire, Finished, Output, Report, Started, Stream};

use super::{Captures, Uuid, VecDeque};
use prost::Message as _;

/// The most bytes of reports in one message: half of what the server accepts.
const MESSAGE_MAX: usize = bailiwick_link::frame::TO_SERVER_MAX / 2;
/// The most bytes of output that one report carries while the command runs.
const LIVE_MAX: usize = 16 << 10;

/// A command whose end is still to be reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) id: Uuid,
    /// How many bytes from the beginning of each stream were sent on the connection with this number.
    told: (u64, u64),
    connection: u64,
}

impl Ended {
    /// An ended command of which no output was sent yet.
    pub(super) const fn untold(id: Uuid) -> Self {
        Self { id, told: (0, 0), connection: 0 }
    }
}

/// The reports that are still to be sent.
#[derive(Debug, Default)]
pub(super) struct PendingReports {
    /// The number of the present connection: 1, 2, …
    connection: u64,
    started: VecDeque<Uuid>,
    ended: VecDeque<Ended>,
    is_ended: HashSet<Uuid>,
    /// Reports that are ready to be sent.
    ready: VecDeque<Report>,
}

fn report(id: Uuid, news: wire::ReportBody) -> Report {
    Report { id: id.as_bytes().to_vec(), news: Some(news) }
}

impl PendingReports {
    /// Starts anew on a new connection, on which nothing was sent yet.
    pub(super) fn connected(&mut self) {
        *self = Self { connection: self.connection + 1, ..Self::default() };
    }

    /// Adds a command that has started.
    pub(super) fn started(&mut self, id: Uuid) {
        self.started.push_back(id);
    }

    /// How much of a command's output was sent until now. After this, no more of it may be sent live.
    pub(super) fn freeze(&self, id: Uuid, captures: Option<&Captures>) -> Ended {
        let told = captures.map(|c| (c.stdout.lock().told_bytes(), c.stderr.lock().told_bytes()));
        Ended { id, told: told.unwrap_or_default(), connection: self.connection }
    }

    /// Adds a command that has ended.
    pub(super) fn ended(&mut self, ended: Ended) {
        if self.is_ended.insert(ended.id) {
            self.ended.push_back(ended);
        }
    }

    /// Removes a command whose end the server has stored.
    pub(super) fn forget(&mut self, id: Uuid) {
        if self.is_ended.remove(&id) {
            self.ended.retain(|ended| ended.id != id);
        }
    }

    /// Takes the next command whose end is to be reported.
    pub(super) fn next_ended(&mut self) -> Option<Ended> {
        let ended = self.ended.pop_front()?;
        self.is_ended.remove(&ended.id);
        Some(ended)
    }

    /// Queues the report of a command's end. Output that does not fit into that report is queued before
    /// it.
    pub(super) fn tell_end(&mut self, ended: &Ended, mut finished: Finished) {
        let (stdout, stderr) =
            if ended.connection == self.connection { ended.told } else { Default::default() };
        let told = |piece: &Output| if piece.stream() == Stream::Stdout { stdout } else { stderr };
        finished.output.retain(|piece| piece.position >= told(piece));
        let mut length = finished.encoded_len();
        let too_many = finished.output.iter().take_while(|piece| {
            let is_too_long = length > MESSAGE_MAX;
            length -= piece.bytes.len().min(length);
            is_too_long
        });
        let too_many = too_many.count();
        for piece in finished.output.drain(..too_many) {
            self.ready.push_back(report(ended.id, wire::ReportBody::Output(piece)));
        }
        self.ready.push_back(report(ended.id, wire::ReportBody::Finished(finished)));
    }

    /// The next reports, as many as fit into a message. Ends are included only after
    /// [`tell_end`](Self::tell_end).
    pub(super) fn next<'a>(
        &mut self,
        running: impl Iterator<Item = (Uuid, &'a Captures)>,
        with_output: bool,
    ) -> Vec<Report> {
        if self.ready.is_empty() {
            let started = self.started.drain(..);
            self.ready.extend(started.map(|id| report(id, wire::ReportBody::Started(Started {}))));
            for (id, captures) in running.filter(|_| with_output) {
                for capture in [&captures.stdout, &captures.stderr] {
                    let piece = capture.lock().next_piece(LIVE_MAX);
                    self.ready.extend(piece.map(|piece| report(id, wire::ReportBody::Output(piece))));
                }
            }
        }
        let mut reports = Vec::new();
        let mut length = 0;
        while let Some(next) = self.ready.front() {
            length += next.encoded_len() + 8;
            if length > MESSAGE_MAX && !reports.is_empty() {
                break;
            }
            reports.extend(self.ready.pop_front());
        }
        reports
    }
}
