//! Records in append-only files: the payload's length and its CRC-32, four bytes each, little-endian, then the
//! payload as Protocol Buffers.

use prost::Message;

/// The length of a frame, which is the bytes before a record's payload.
pub(crate) const FRAME: usize = 8;
/// The most bytes of a record's payload.
pub(crate) const RECORD_MAX: usize = 8 << 20;

/// Appends a record to `bytes` and returns the length of its payload.
pub(crate) fn append(record: &impl Message, bytes: &mut Vec<u8>) -> u32 {
    let payload = record.encode_to_vec();
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    bytes.extend_from_slice(&payload);
    length
}

/// The payload length and checksum in a frame.
fn frame(bytes: &[u8]) -> Option<(usize, u32)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let crc = rest.first_chunk::<4>()?;
    Some((u32::from_le_bytes(*length) as usize, u32::from_le_bytes(*crc)))
}

/// The record at the beginning of `bytes` and its length with the frame; `None` if there is no complete, valid
/// record.
pub(crate) fn first<M: Message + Default>(bytes: &[u8]) -> Option<(M, usize)> {
    let (length, crc) = frame(bytes)?;
    if length == 0 || length > RECORD_MAX {
        return None;
    }
    let payload = bytes.get(FRAME..FRAME + length)?;
    (crc32fast::hash(payload) == crc).then(|| M::decode(payload).ok())?.map(|record| (record, FRAME + length))
}

/// How many bytes come before the first complete, valid record; `None` if there is no such record.
pub(crate) fn find<M: Message + Default>(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find(|at| bytes.get(*at..).and_then(first::<M>).is_some())
}
