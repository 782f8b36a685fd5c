//! The journal: an append-only file of the commands that the agent has run. It makes sure that a
//! command that was started is never started again, whatever ends the agent, and that no end of a
//! command is forgotten before the server has stored it.
//!
//! When a call that writes a record returns, the record is on the disk. If a crash left a torn record
//! at the end of the file, nobody relied on it, and it is cut off. If the file is damaged in another
//! way, its contents cannot be relied on: all commands made until now are then refused, so that none
//! runs twice.

mod keeper;
mod record;

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bailiwick_domain::time::Timestamp;
use bailiwick_link::commands::Finished;
use prost::Message as _;
use uuid::Uuid;

pub use keeper::Keeper;
use record::{HEADER, Record, What};

use crate::framed::{self, FRAME};
use crate::private_file;

/// How many acknowledged commands are remembered.
const REMEMBERED: usize = 100_000;
/// How long they are remembered: as long as a command can wait for a node.
const REMEMBERED_MS: u64 = bailiwick_domain::command::TTL_MAX as u64 * 1_000;
/// The most bytes of ends that wait for an acknowledgement. Further ends are stored without output.
const SPOOL_MAX: u64 = 64 << 20;
/// A file that is shorter is not compacted.
const COMPACT_FROM: u64 = 1 << 20;
/// The approximate length of the records of a command without output.
const ENTRY_BYTES: u64 = 160;

/// The state of a command, as far as the journal knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalState {
    /// The command was not started here.
    Nothing,
    /// The command is older than what is remembered.
    TooOld,
    /// It was started, and its end is not recorded.
    Accepted,
    /// It ended, and the server has not acknowledged that.
    Finished,
    /// It ended, and the server has acknowledged that.
    Acknowledged,
}

/// A change to record.
#[derive(Clone, Debug)]
pub enum Change {
    /// A command is about to start.
    Accept(Uuid),
    /// A command ended in this way.
    Finish(Uuid, Box<Finished>),
}

/// The position of a command's end in the file.
#[derive(Clone, Copy, Debug)]
struct PayloadPosition {
    /// The position of the payload.
    offset: u64,
    length: u32,
}

#[derive(Clone, Copy, Debug)]
enum EntryState {
    Accepted,
    Finished(PayloadPosition),
    Acknowledged(Option<PayloadPosition>),
}

/// The journal, which one thread uses at a time.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    entries: HashMap<Uuid, EntryState>,
    /// The acknowledged commands and the times of their acknowledgement, the oldest first.
    acknowledged: VecDeque<(u64, Uuid)>,
    /// The bytes of ends that are not acknowledged.
    spooled: u64,
    horizon_ms: u64,
    /// Set after a failed write, when the state of the disk is unknown: nothing more is written then.
    is_broken: bool,
}

/// The time in a UUID of version 7, in milliseconds since 1970.
fn made_ms(id: Uuid) -> u64 {
    (id.as_u128() >> 80) as u64
}

impl Journal {
    /// Opens the journal, and creates it if it does not exist.
    pub fn open(path: &Path, now: Timestamp) -> io::Result<Self> {
        let mut file =
            private_file::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            length: HEADER.len() as u64,
            entries: HashMap::new(),
            acknowledged: VecDeque::new(),
            spooled: 0,
            horizon_ms: 0,
            is_broken: false,
        };
        let is_damaged = match bytes.strip_prefix(HEADER) {
            Some(rest) => journal.replay(rest),
            // A crash interrupted the creation of the file.
            None if HEADER.starts_with(&bytes) => false,
            None => true,
        };
        if journal.length == HEADER.len() as u64 {
            journal.file.set_len(0)?;
            journal.file.seek(SeekFrom::Start(0))?;
            journal.file.write_all(HEADER)?;
        } else {
            journal.file.set_len(journal.length)?;
            journal.file.seek(SeekFrom::Start(journal.length))?;
        }
        journal.file.sync_all()?;
        private_file::sync_parent(path)?;
        if is_damaged {
            tracing::error!(
                journal = %path.display(),
                "the journal is damaged; the agent refuses all commands that were created before now, because some may have run already"
            );
            let newest = journal.entries.keys().map(|id| made_ms(*id)).max().unwrap_or(0);
            let horizon = newest.max(now.as_millis()) + 1;
            journal.append(&[Record { what: Some(What::Horizon(horizon)), ..Record::default() }], true)?;
            journal.horizon_ms = horizon;
        }
        journal.forget(now.as_millis());
        journal.compact_if_worthwhile();
        Ok(journal)
    }

    /// Reads the records. True if the bytes after the last valid record are more than a torn record,
    /// that is, if the file is damaged.
    fn replay(&mut self, bytes: &[u8]) -> bool {
        let mut at = 0;
        while let Some((record, length)) = framed::first(&bytes[at..]) {
            let place = PayloadPosition {
                offset: self.length + FRAME as u64,
                length: u32::try_from(length - FRAME).unwrap_or(u32::MAX),
            };
            self.take(&record, place);
            at += length;
            self.length += length as u64;
        }
        let rest = &bytes[at..];
        framed::find::<Record>(rest).is_some()
    }

    fn take(&mut self, record: &Record, place: PayloadPosition) {
        if let Some(What::Horizon(horizon)) = record.what {
            self.horizon_ms = self.horizon_ms.max(horizon);
        }
        let Ok(id) = Uuid::from_slice(&record.id) else { return };
        let state = match &record.what {
            Some(What::Accepted(_)) => EntryState::Accepted,
            Some(What::Finished(_)) => EntryState::Finished(place),
            Some(What::Acknowledged(_)) => {
                self.acknowledged.push_back((record.at_ms, id));
                EntryState::Acknowledged(match self.entries.get(&id) {
                    Some(EntryState::Finished(place)) => Some(*place),
                    _ => None,
                })
            }
            _ => return,
        };
        self.set(id, state);
    }

    fn set(&mut self, id: Uuid, state: EntryState) {
        if let EntryState::Finished(place) = state {
            self.spooled += u64::from(place.length);
        }
        if let Some(EntryState::Finished(place)) = self.entries.insert(id, state) {
            self.spooled = self.spooled.saturating_sub(place.length.into());
        }
    }

    /// What is known of a command.
    pub fn known(&self, id: Uuid) -> JournalState {
        match self.entries.get(&id) {
            Some(EntryState::Accepted) => JournalState::Accepted,
            Some(EntryState::Finished(_)) => JournalState::Finished,
            Some(EntryState::Acknowledged(_)) => JournalState::Acknowledged,
            None if made_ms(id) < self.horizon_ms => JournalState::TooOld,
            None => JournalState::Nothing,
        }
    }

    /// The commands that were started and have no recorded end.
    pub fn accepted(&self) -> Vec<Uuid> {
        self.in_state(|state| matches!(state, EntryState::Accepted))
    }

    /// The commands whose end the server has not yet acknowledged.
    pub fn unacknowledged(&self) -> Vec<Uuid> {
        self.in_state(|state| matches!(state, EntryState::Finished(_)))
    }

    fn in_state(&self, is_meant: impl Fn(&EntryState) -> bool) -> Vec<Uuid> {
        let mut ids: Vec<Uuid> =
            self.entries.iter().filter(|(_, state)| is_meant(state)).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// Writes all changes at once. When this returns, all are on the disk; on an error, none counts.
    pub fn write(&mut self, changes: Vec<Change>, now: Timestamp) -> io::Result<()> {
        let mut records = Vec::with_capacity(changes.len());
        let mut spooled = self.spooled;
        for change in changes {
            records.push(match change {
                Change::Accept(id) => Record::of(id, now.as_millis(), What::Accepted(true)),
                Change::Finish(id, mut finished) => {
                    spooled += finished.encoded_len() as u64;
                    if spooled > SPOOL_MAX || finished.encoded_len() > framed::RECORD_MAX / 2 {
                        strip(
                            &mut finished,
                            "the output of the command was not kept, because too much output is already waiting for the server",
                        );
                    }
                    Record::of(id, now.as_millis(), What::Finished(*finished))
                }
            });
        }
        let places = self.append(&records, true)?;
        for (record, place) in records.iter().zip(places) {
            self.take(record, place);
        }
        Ok(())
    }

    /// Notes that the server has stored the ends of these commands. If a crash loses that, they are
    /// reported again.
    pub fn acknowledge(&mut self, ids: &[Uuid], now: Timestamp) -> io::Result<()> {
        let is_waiting = |id: &&Uuid| matches!(self.entries.get(id), Some(EntryState::Finished(_)));
        let record = |id: &Uuid| Record::of(*id, now.as_millis(), What::Acknowledged(true));
        let records: Vec<Record> = ids.iter().filter(is_waiting).map(record).collect();
        if records.is_empty() {
            return Ok(());
        }
        let places = self.append(&records, false)?;
        for (record, place) in records.iter().zip(places) {
            self.take(record, place);
        }
        self.forget(now.as_millis());
        self.compact_if_worthwhile();
        Ok(())
    }

    /// How a command ended; `None` if that is not known or no longer kept.
    pub fn read(&mut self, id: Uuid) -> io::Result<Option<Finished>> {
        let (Some(EntryState::Finished(place)) | Some(EntryState::Acknowledged(Some(place)))) =
            self.entries.get(&id)
        else {
            return Ok(None);
        };
        let place = *place;
        let record = self.read_at(place);
        self.file.seek(SeekFrom::Start(self.length))?;
        Ok(match record?.what {
            Some(What::Finished(finished)) => Some(finished),
            _ => None,
        })
    }

    fn read_at(&mut self, place: PayloadPosition) -> io::Result<Record> {
        let mut payload = vec![0; place.length as usize];
        self.file.seek(SeekFrom::Start(place.offset))?;
        self.file.read_exact(&mut payload)?;
        Record::decode(payload.as_slice()).map_err(io::Error::other)
    }

    /// Appends records and returns the positions of their payloads.
    fn append(&mut self, records: &[Record], is_synced: bool) -> io::Result<Vec<PayloadPosition>> {
        if self.is_broken {
            return Err(io::Error::other("an earlier write to the journal was incomplete"));
        }
        let mut bytes = Vec::new();
        let mut places = Vec::with_capacity(records.len());
        for record in records {
            let offset = self.length + bytes.len() as u64 + FRAME as u64;
            places.push(PayloadPosition { offset, length: framed::append(record, &mut bytes) });
        }
        if let Err(error) = self.file.write_all(&bytes) {
            // A partly written record must not stay before the next one.
            self.is_broken = self.file.set_len(self.length).is_err()
                || self.file.seek(SeekFrom::Start(self.length)).is_err();
            return Err(error);
        }
        if is_synced && let Err(error) = self.file.sync_data() {
            // It is unknown whether the data is on the disk, and another sync would not tell.
            self.is_broken = true;
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(places)
    }

    /// Forgets acknowledged commands that are too old or too many.
    fn forget(&mut self, now_ms: u64) {
        while let Some((at, id)) = self.acknowledged.front().copied() {
            if self.acknowledged.len() <= REMEMBERED && at + REMEMBERED_MS > now_ms {
                break;
            }
            self.acknowledged.pop_front();
            self.entries.remove(&id);
            self.horizon_ms = self.horizon_ms.max(made_ms(id) + 1);
        }
    }

    fn compact_if_worthwhile(&mut self) {
        let needed = self.spooled + self.entries.len() as u64 * ENTRY_BYTES;
        if self.length < COMPACT_FROM || self.length < needed * 2 {
            return;
        }
        if let Err(error) = self.compact() {
            tracing::warn!(%error, "the journal could not be compacted safely");
        }
    }

    /// Rewrites the file without the records that are no longer needed.
    fn compact(&mut self) -> io::Result<()> {
        let path = self.path.with_extension("compacted");
        let mut file =
            private_file::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        file.write_all(HEADER)?;
        let mut compacted = Self {
            path: self.path.clone(),
            file,
            length: HEADER.len() as u64,
            entries: HashMap::new(),
            acknowledged: VecDeque::new(),
            spooled: 0,
            horizon_ms: self.horizon_ms,
            is_broken: false,
        };
        let horizon = Record { what: Some(What::Horizon(self.horizon_ms)), ..Record::default() };
        compacted.append(&[horizon], false)?;
        for (at_ms, id) in self.acknowledged.clone() {
            // The outcome is kept without the output.
            let mut records = Vec::new();
            if let Ok(Some(mut finished)) = self.read(id) {
                finished.output.clear();
                finished.updates.clear();
                records.push(Record::of(id, at_ms, What::Finished(finished)));
            }
            records.push(Record::of(id, at_ms, What::Acknowledged(true)));
            compacted.copy(&records)?;
        }
        for id in self.accepted() {
            compacted.copy(&[Record::of(id, 0, What::Accepted(true))])?;
        }
        for id in self.unacknowledged() {
            if let Some(EntryState::Finished(place)) = self.entries.get(&id) {
                let record = self.read_at(*place)?;
                compacted.copy(&[record])?;
            }
        }
        compacted.file.sync_all()?;
        std::fs::rename(&path, &self.path)?;
        // From here on the old file has no name; writes to it would be lost.
        *self = compacted;
        private_file::sync_parent(&self.path)
    }

    fn copy(&mut self, records: &[Record]) -> io::Result<()> {
        let places = self.append(records, false)?;
        for (record, place) in records.iter().zip(places) {
            self.take(record, place);
        }
        Ok(())
    }
}

/// Removes the output from a command's end, and says so in its error.
fn strip(finished: &mut Finished, why: &str) {
    finished.output.clear();
    finished.updates.clear();
    if !finished.error.is_empty() {
        finished.error.push_str("; ");
    }
    finished.error.push_str(why);
}

#[cfg(test)]
mod tests;
