//! A record of the journal.

use bailiwick_link::commands::Finished;
use prost::{Message, Oneof};
use uuid::Uuid;

/// The first bytes of a journal.
pub(super) const HEADER: &[u8; 8] = b"BLWJRNL1";

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
}
