//! A record of the journal: the payload's length and its CRC-32, four bytes each, little-endian, then
//! the payload as Protocol Buffers.

use bailiwick_link::commands::Finished;
use prost::{Message, Oneof};
use uuid::Uuid;

/// The first bytes of a journal.
pub(super) const HEADER: &[u8; 8] = b"BLWJRNL1";
/// The length of a frame, which is the bytes before a record's payload.
pub(super) const FRAME: usize = 8;
/// The most bytes of a record's payload.
pub(super) const RECORD_MAX: usize = 8 << 20;

/// One record of the journal.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    /// The id of the command; empty if the record is about none.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) id: Vec<u8>,
    /// When it was written, in milliseconds since 1970.
    #[prost(uint64, tag = "2")]
    pub(super) at_ms: u64,
    /// What it records.
    #[prost(oneof = "What", tags = "3, 4, 5, 6")]
    pub(super) what: Option<What>,
}

/// What a record says about its command.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum What {
    /// The command is about to start.
    #[prost(bool, tag = "3")]
    Accepted(bool),
    /// The command ended in this way.
    #[prost(message, tag = "4")]
    Finished(Finished),
    /// The server has stored its end.
    #[prost(bool, tag = "5")]
    Acknowledged(bool),
    /// Commands older than this, in milliseconds since 1970, are no longer remembered.
    #[prost(uint64, tag = "6")]
    Horizon(u64),
}

impl Record {
    pub(super) fn of(id: Uuid, at_ms: u64, what: What) -> Self {
        Self { id: id.as_bytes().to_vec(), at_ms, what: Some(what) }
    }

    /// Appends the record to `bytes` and returns the length of its payload.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> u32 {
        let payload = self.encode_to_vec();
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
        bytes.extend_from_slice(&payload);
        length
    }
}

/// The payload length and checksum in a frame.
pub(super) fn frame(bytes: &[u8]) -> Option<(usize, u32)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let crc = rest.first_chunk::<4>()?;
    Some((u32::from_le_bytes(*length) as usize, u32::from_le_bytes(*crc)))
}

/// The record at the beginning of `bytes` and its length with the frame; `None` if there is no
/// complete, valid record.
pub(super) fn first(bytes: &[u8]) -> Option<(Record, usize)> {
    let (length, crc) = frame(bytes)?;
    if length == 0 || length > RECORD_MAX {
        return None;
    }
    let payload = bytes.get(FRAME..FRAME + length)?;
    (crc32fast::hash(payload) == crc).then(|| Record::decode(payload).ok())?.map(|r| (r, FRAME + length))
}
