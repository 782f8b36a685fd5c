//! What is to be told of commands, in the order in which it is to be told.

use std::collections::HashSet;

use bailiwick_link::commands::{self as wire, Finished, Output, Report, Started, Stream};

use super::{Captures, Uuid, VecDeque};
use prost::Message as _;

/// The most bytes of reports in one message: half of what the server takes.
const MESSAGE_MAX: usize = bailiwick_link::frame::TO_SERVER_MAX / 2;
/// The most bytes of a piece of output that is told while a command runs.
const LIVE_MAX: usize = 16 << 10;

/// A command whose end is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) id: Uuid,
    /// How many bytes of each stream's beginning were told on the connection with this number.
    told: (u64, u64),
    connection: u64,
}

impl Ended {
    /// Nothing of its output was told.
    pub(super) const fn untold(id: Uuid) -> Self {
        Self { id, told: (0, 0), connection: 0 }
    }
}

/// What is to be told.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Which connection this is: 1, 2, …
    connection: u64,
    started: VecDeque<Uuid>,
    ended: VecDeque<Ended>,
    is_ended: HashSet<Uuid>,
    /// What is ready to be sent.
    ready: VecDeque<Report>,
}

fn report(id: Uuid, news: wire::News) -> Report {
    Report { id: id.as_bytes().to_vec(), news: Some(news) }
}

impl News {
    /// On a new connection nothing was told yet.
    pub(super) fn connected(&mut self) {
        *self = Self { connection: self.connection + 1, ..Self::default() };
    }

    /// A command has begun.
    pub(super) fn started(&mut self, id: Uuid) {
        self.started.push_back(id);
    }

    /// What was told of a command's output until now, after which no more of it is told as it comes.
    pub(super) fn freeze(&self, id: Uuid, captures: Option<&Captures>) -> Ended {
        let told = captures.map(|c| (c.stdout.lock().told_bytes(), c.stderr.lock().told_bytes()));
        Ended { id, told: told.unwrap_or_default(), connection: self.connection }
    }

    /// A command has ended.
    pub(super) fn ended(&mut self, ended: Ended) {
        if self.is_ended.insert(ended.id) {
            self.ended.push_back(ended);
        }
    }

    /// The server knows how a command ended.
    pub(super) fn forget(&mut self, id: Uuid) {
        if self.is_ended.remove(&id) {
            self.ended.retain(|ended| ended.id != id);
        }
    }

    /// The command whose end is to be told next.
    pub(super) fn next_ended(&mut self) -> Option<Ended> {
        let ended = self.ended.pop_front()?;
        self.is_ended.remove(&ended.id);
        Some(ended)
    }

    /// Has an end told. What does not fit into its message goes before it.
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
            self.ready.push_back(report(ended.id, wire::News::Output(piece)));
        }
        self.ready.push_back(report(ended.id, wire::News::Finished(finished)));
    }

    /// The next reports, but for ends that are not [ready](Self::tell_end), as many as fit into a
    /// message.
    pub(super) fn next<'a>(
        &mut self,
        running: impl Iterator<Item = (Uuid, &'a Captures)>,
        with_output: bool,
    ) -> Vec<Report> {
        if self.ready.is_empty() {
            let started = self.started.drain(..);
            self.ready.extend(started.map(|id| report(id, wire::News::Started(Started {}))));
            for (id, captures) in running.filter(|_| with_output) {
                for capture in [&captures.stdout, &captures.stderr] {
                    let piece = capture.lock().next_piece(LIVE_MAX);
                    self.ready.extend(piece.map(|piece| report(id, wire::News::Output(piece))));
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
