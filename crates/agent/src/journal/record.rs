//! A record of the journal: a length and a CRC-32, four bytes each, little-endian, and that many bytes
//! of Protocol Buffers.

use bailiwick_link::commands::Finished;
use prost::{Message, Oneof};
use uuid::Uuid;

/// What a journal begins with.
pub(super) const HEADER: &[u8; 8] = b"BLWJRNL1";
/// The bytes before a record's payload.
pub(super) const FRAME: usize = 8;
/// The most bytes of a record's payload.
pub(super) const RECORD_MAX: usize = 8 << 20;

/// One record.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    /// The command it is of; empty for none.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) id: Vec<u8>,
    /// When it was written, in milliseconds since 1970.
    #[prost(uint64, tag = "2")]
    pub(super) at_ms: u64,
    /// What it says.
    #[prost(oneof = "What", tags = "3, 4, 5, 6")]
    pub(super) what: Option<What>,
}

/// What a record says.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum What {
    /// The command is about to begin.
    #[prost(bool, tag = "3")]
    Accepted(bool),
    /// It ended so.
    #[prost(message, tag = "4")]
    Finished(Finished),
    /// The server has written its end down.
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

    /// Puts it at the end of `bytes`; how long its payload is.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> u32 {
        let payload = self.encode_to_vec();
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
        bytes.extend_from_slice(&payload);
        length
    }
}

/// The length and the checksum of a frame.
pub(super) fn frame(bytes: &[u8]) -> Option<(usize, u32)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let crc = rest.first_chunk::<4>()?;
    Some((u32::from_le_bytes(*length) as usize, u32::from_le_bytes(*crc)))
}

/// The record at the beginning of `bytes`, and how many bytes of them it is; `None` if there is no
/// whole one.
pub(super) fn first(bytes: &[u8]) -> Option<(Record, usize)> {
    let (length, crc) = frame(bytes)?;
    if length == 0 || length > RECORD_MAX {
        return None;
    }
    let payload = bytes.get(FRAME..FRAME + length)?;
    (crc32fast::hash(payload) == crc).then(|| Record::decode(payload).ok())?.map(|r| (r, FRAME + length))
}
