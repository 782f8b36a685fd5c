//! Segments: the files of the buffer.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use bailiwick_link::observations::Batch;
use prost::{Message, Oneof};

use crate::framed::{self, FRAME};

/// The first bytes of a segment.
pub(super) const HEADER: &[u8; 8] = b"BLWMTRC1";
/// The extension of a segment's file.
const EXTENSION: &str = "segment";

/// A record of a segment.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    /// What it records.
    #[prost(oneof = "What", tags = "1, 2, 3")]
    pub(super) what: Option<What>,
}

/// What a record says.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum What {
    /// The first record of a segment.
    #[prost(message, tag = "1")]
    Begin(Begin),
    /// A batch of readings.
    #[prost(message, tag = "2")]
    Batch(Batch),
    /// The server has stored every batch up to this number.
    #[prost(uint64, tag = "3")]
    Stored(u64),
}

/// The state of the buffer when a segment begins.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(super) struct Begin {
    /// The random number of the buffer.
    #[prost(fixed64, tag = "1")]
    pub(super) buffer: u64,
    /// The number of the next batch.
    #[prost(uint64, tag = "2")]
    pub(super) next: u64,
    /// The number of the oldest batch that is kept. Older ones in earlier segments were dropped or stored.
    #[prost(uint64, tag = "3")]
    pub(super) oldest: u64,
    /// How many batches were dropped so far.
    #[prost(uint64, tag = "4")]
    pub(super) dropped: u64,
}

/// A segment and its length.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Its number. A later segment has a larger one.
    pub(super) number: u64,
    pub(super) path: PathBuf,
    pub(super) length: u64,
}

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The number of the batch.
    pub(super) sequence: u64,
    /// The number of the segment.
    pub(super) segment: u64,
    /// Where the record begins in the segment, with its frame.
    pub(super) offset: u64,
    /// The length of the record, with its frame.
    pub(super) length: u64,
}

/// What is in a segment.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) begin: Option<Begin>,
    pub(super) batches: Vec<Place>,
    pub(super) stored: u64,
    /// The length up to the end of the last valid record.
    pub(super) valid: u64,
    /// Whether there are valid records after bytes that are not valid. Then more than a torn record is lost.
    pub(super) is_damaged: bool,
}

impl Segment {
    /// The segment with this number, which may not exist yet.
    pub(super) fn new(directory: &Path, number: u64) -> Self {
        Self { number, path: directory.join(format!("{number:020}.{EXTENSION}")), length: 0 }
    }

    /// The segments in a directory, the oldest first.
    pub(super) fn all(directory: &Path) -> io::Result<Vec<Self>> {
        let mut segments = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            if let Some(number) = number.filter(|_| path.extension().is_some_and(|it| it == EXTENSION)) {
                segments.push(Self { number, path, length: entry.metadata()?.len() });
            }
        }
        segments.sort_by_key(|segment| segment.number);
        Ok(segments)
    }

    /// Reads the segment. Bytes that are no valid record are skipped.
    pub(super) fn read(&self) -> io::Result<Content> {
        let bytes = std::fs::read(&self.path)?;
        let mut content = Content::default();
        if !bytes.starts_with(HEADER) {
            return Ok(content);
        }
        let mut at = HEADER.len();
        content.valid = at as u64;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match framed::first::<Record>(rest) {
                Some((record, length)) => {
                    content.take(
                        record,
                        Place { sequence: 0, segment: self.number, offset: at as u64, length: length as u64 },
                    );
                    at += length;
                    content.valid = at as u64;
                }
                None => match framed::find::<Record>(rest) {
                    Some(skipped) => {
                        content.is_damaged = true;
                        at += skipped;
                    }
                    None => break,
                },
            }
        }
        Ok(content)
    }

    /// Reads one batch; `None` if it is not there any more as it was written.
    pub(super) fn batch(file: &mut File, place: &Place) -> Option<Batch> {
        let mut bytes = vec![0; usize::try_from(place.length).ok().filter(|length| *length >= FRAME)?];
        file.seek(SeekFrom::Start(place.offset)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        match framed::first::<Record>(&bytes)?.0.what {
            Some(What::Batch(batch)) => Some(batch),
            _ => None,
        }
    }
}

impl Content {
    fn take(&mut self, record: Record, place: Place) {
        match record.what {
            Some(What::Begin(begin)) => self.begin = Some(begin),
            Some(What::Batch(batch)) => {
                self.batches.push(Place { sequence: batch.sequence, ..place });
            }
            Some(What::Stored(sequence)) => self.stored = self.stored.max(sequence),
            None => {}
        }
    }
}
