//! The buffer: readings of the host, in files, until the server has stored them.
//!
//! It is a directory of segments, which are only appended to. A batch is on the disk when the call that adds it
//! returns. If a crash left a torn record at the end of a segment, nobody relied on it, and it is cut off. When the
//! buffer is full, its oldest segment is deleted; the segment that follows says how many batches were lost so far.

mod segment;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bailiwick_domain::outside::Entropy;
use bailiwick_domain::time::Timestamp;
use bailiwick_link::observations::{Batch, Reading, Readings};
use segment::{Begin, HEADER, Place, Record, Segment, What};

use crate::framed;
use crate::private_file;

/// How large the buffer may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of a segment, unless one batch is larger.
    pub segment: u64,
    /// The most bytes of all segments together.
    pub all: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { segment: 1 << 20, all: 16 << 20 }
    }
}

/// The buffer, which one thread uses at a time.
#[derive(Debug)]
pub struct Buffer {
    directory: PathBuf,
    limits: Limits,
    /// A random number, so that numbers of batches are not taken for those of another buffer.
    id: u64,
    /// The oldest first.
    segments: VecDeque<Segment>,
    /// The last segment, opened for writing. Without it, the next batch begins a new segment.
    file: Option<File>,
    /// The number of the next segment.
    next_segment: u64,
    /// The batches that the server has not stored, the oldest first.
    waiting: VecDeque<Place>,
    /// The number of the next batch.
    next: u64,
    dropped: u64,
}

impl Buffer {
    /// Opens the buffer in a directory, and creates the directory if it does not exist.
    pub fn open(directory: &Path, limits: Limits, entropy: &dyn Entropy) -> io::Result<Self> {
        private_file::make_directory(directory)?;
        let mut random = [0; 8];
        entropy.fill(&mut random);
        let mut buffer = Self {
            directory: directory.to_owned(),
            limits,
            id: u64::from_le_bytes(random),
            segments: VecDeque::new(),
            file: None,
            next_segment: 1,
            waiting: VecDeque::new(),
            next: 1,
            dropped: 0,
        };
        let mut stored = 0;
        let mut oldest = 0;
        let mut tail = None;
        for segment in Segment::all(directory)? {
            buffer.next_segment = segment.number.saturating_add(1);
            let content = segment.read()?;
            if content.is_damaged {
                let path = segment.path.display();
                tracing::error!(%path, "a file of the host's metrics is damaged; what can be read of it is used");
            }
            if content.begin.is_none() && content.batches.is_empty() {
                // A crash interrupted its creation, and nothing relies on it.
                std::fs::remove_file(&segment.path)?;
                continue;
            }
            if let Some(begin) = content.begin {
                (buffer.id, buffer.dropped, oldest) = (begin.buffer, begin.dropped, begin.oldest);
                buffer.next = buffer.next.max(begin.next);
            }
            stored = stored.max(content.stored);
            for place in content.batches {
                if buffer.waiting.back().is_none_or(|last| last.sequence < place.sequence) {
                    buffer.next = buffer.next.max(place.sequence.saturating_add(1));
                    buffer.waiting.push_back(place);
                }
            }
            tail = Some((content.valid, content.is_damaged));
            buffer.segments.push_back(segment);
        }
        buffer.waiting.retain(|place| place.sequence >= oldest && place.sequence > stored);
        if let (Some((valid, false)), Some(last)) = (tail, buffer.segments.back_mut()) {
            if last.length != valid {
                // Windows does not cut a file that is only appended to.
                let file = private_file::options().write(true).open(&last.path)?;
                file.set_len(valid)?;
                file.sync_all()?;
                last.length = valid;
            }
            buffer.file = Some(private_file::options().append(true).open(&last.path)?);
        }
        buffer.delete_unneeded();
        Ok(buffer)
    }

    /// The random number that tells it from other buffers.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// How many batches were lost so far: those that were dropped because the buffer was full, and those that could
    /// not be written or read.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether there are batches that the server has not stored.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Adds what was read at one time, and returns its number. It is on the disk when this returns. On an error it is
    /// counted as dropped.
    pub fn add(&mut self, at: Timestamp, readings: Vec<Reading>) -> io::Result<u64> {
        let added = self.try_add(at, readings);
        if added.is_err() {
            self.dropped += 1;
            // It is unknown what is on the disk, so the next batch begins a new segment, which also records the loss.
            self.file = None;
        }
        added
    }

    fn try_add(&mut self, at: Timestamp, readings: Vec<Reading>) -> io::Result<u64> {
        let sequence = self.next;
        let mut bytes = Vec::new();
        let batch = Batch { sequence, at: at.as_micros(), readings };
        framed::append(&Record { what: Some(What::Batch(batch)) }, &mut bytes);
        let length = bytes.len() as u64;
        let is_full =
            self.segments.back().is_none_or(|last| last.length.saturating_add(length) > self.limits.segment);
        if self.file.is_none() || is_full {
            self.begin_segment(length)?;
        }
        // Even if the write fails, the batch may be on the disk, so its number is not used again.
        self.next = sequence.saturating_add(1);
        let (Some(file), Some(last)) = (&mut self.file, self.segments.back_mut()) else {
            return Err(io::Error::other("there is no segment"));
        };
        file.write_all(&bytes)?;
        file.sync_data()?;
        self.waiting.push_back(Place { sequence, segment: last.number, offset: last.length, length });
        last.length = last.length.saturating_add(length);
        Ok(sequence)
    }

    /// Begins a segment for a batch of this length. If the buffer would become too large, the oldest segments are
    /// deleted: after the new one says so, so that their batches are never lost without being counted.
    fn begin_segment(&mut self, length: u64) -> io::Result<()> {
        let mut all: u64 = self.segments.iter().map(|segment| segment.length).sum();
        let room = self.limits.segment.max(length);
        let mut oldest_segment = 0;
        for segment in &self.segments {
            if all.saturating_add(room) <= self.limits.all {
                break;
            }
            all = all.saturating_sub(segment.length);
            oldest_segment = segment.number.saturating_add(1);
        }
        let lost = self.waiting.partition_point(|place| place.segment < oldest_segment);
        let dropped = self.dropped.saturating_add(lost as u64);
        let oldest = self.waiting.get(lost).map_or(self.next, |place| place.sequence);
        let begin = Begin { buffer: self.id, next: self.next, oldest, dropped };

        let mut segment = Segment::new(&self.directory, self.next_segment);
        self.next_segment = self.next_segment.saturating_add(1);
        let mut bytes = HEADER.to_vec();
        framed::append(&Record { what: Some(What::Begin(begin)) }, &mut bytes);
        let mut file = private_file::options().append(true).create_new(true).open(&segment.path)?;
        let written = file
            .write_all(&bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| private_file::sync_parent(&segment.path));
        if let Err(error) = written {
            // Otherwise each attempt would leave a file. If this fails too, opening the buffer deletes it.
            let _ = std::fs::remove_file(&segment.path);
            return Err(error);
        }
        segment.length = bytes.len() as u64;
        self.file = Some(file);
        self.segments.push_back(segment);
        self.dropped = dropped;
        self.waiting.drain(..lost);
        if lost > 0 {
            tracing::warn!(
                batches = lost,
                "the buffer of the host's metrics is full; the oldest were dropped"
            );
        }
        self.delete_unneeded();
        Ok(())
    }

    /// The oldest batches, at most `most` of them, and no more than `bytes` bytes unless the first is larger. Batches
    /// that cannot be read any more are counted as dropped.
    pub fn oldest(&mut self, most: usize, bytes: u64) -> io::Result<Readings> {
        let mut batches = Vec::new();
        let mut opened: Option<(u64, File)> = None;
        let mut lost = Vec::new();
        let mut length = 0_u64;
        for place in self.waiting.iter() {
            length = length.saturating_add(place.length);
            if batches.len() >= most || length > bytes && !batches.is_empty() {
                break;
            }
            let file = match &mut opened {
                Some((number, file)) if *number == place.segment => file,
                opened => {
                    let segment = Segment::new(&self.directory, place.segment);
                    &mut opened.insert((place.segment, File::open(segment.path)?)).1
                }
            };
            match Segment::batch(file, place) {
                Some(batch) => batches.push(batch),
                None => lost.push(place.sequence),
            }
        }
        if !lost.is_empty() {
            tracing::error!(batches = lost.len(), "readings of the host cannot be read again and are lost");
            self.dropped = self.dropped.saturating_add(lost.len() as u64);
            self.waiting.retain(|place| !lost.contains(&place.sequence));
        }
        Ok(Readings { buffer: self.id, batches })
    }

    /// Forgets the batches up to this number, which the server has stored. If a crash undoes that, they are sent
    /// again, which changes nothing.
    pub fn forget(&mut self, sequence: u64) {
        let mut last = None;
        while let Some(place) = self.waiting.pop_front_if(|place| place.sequence <= sequence) {
            last = Some(place.sequence);
        }
        let Some(last) = last else { return };
        let mut bytes = Vec::new();
        framed::append(&Record { what: Some(What::Stored(last)) }, &mut bytes);
        if let (Some(file), Some(segment)) = (&mut self.file, self.segments.back_mut()) {
            match file.write_all(&bytes) {
                Ok(()) => segment.length = segment.length.saturating_add(bytes.len() as u64),
                Err(error) => {
                    tracing::warn!(%error, "it could not be recorded which readings of the host are stored");
                    self.file = None;
                }
            }
        }
        self.delete_unneeded();
    }

    /// Deletes the segments without batches that wait, except for the last one, which knows the next number.
    fn delete_unneeded(&mut self) {
        let last = self.segments.back().map_or(0, |segment| segment.number);
        let oldest = self.waiting.front().map_or(last, |place| place.segment);
        while let Some(segment) = self.segments.pop_front_if(|segment| segment.number < oldest) {
            if let Err(error) = std::fs::remove_file(&segment.path) {
                let path = segment.path.display();
                tracing::warn!(%path, %error, "a file of the host's metrics could not be deleted");
            }
        }
    }
}

#[cfg(test)]
mod tests;
