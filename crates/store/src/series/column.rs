//! Columns of cells: one sum of all nodes of a block, as bytes.
//!
//! ```text
//! format    1 byte: 1 runs, 2 packed
//! checksum  4 bytes, the lowest first: CRC-32 (IEEE) of what follows
//! first     8 bytes, the lowest first: the number of the first piece
//! pieces    2 bytes, the lowest first: how many pieces of time each node has
//! nodes     2 bytes, the lowest first: how many nodes there are
//! values    node by node
//! ```
//!
//! As runs, values are the number of runs (4 bytes, the lowest first), their lengths, and the value of each, as in
//! [`plain`]. Packed, they are divided after each 65,536, and each part is the length of its bytes (4 bytes, the lowest
//! first) and these bytes as in [`packed`].

use crate::series::{packed, plain};

/// How many nodes are in a block.
pub const BLOCK_NODES: usize = 1_024;
/// The most pieces of time of a day: half hours. A day can be almost two days long, and the days of one date differ by the
/// distance of their time zones: from 14 hours before a date in UTC to 84 hours after its beginning.
pub(crate) const PIECES_MAX: usize = 256;
/// How many values are packed together: as many as a chunk of samples has at most, for which [`packed`] is made.
const PACKED_AT_ONCE: usize = 1 << 16;

const RUNS: u8 = 1;
const PACKED: u8 = 2;
/// The bytes before the values.
const HEAD: usize = 17;
/// The bytes of the format and the checksum.
const CHECKED_FROM: usize = 5;
/// So many values for each run, and runs are read faster.
const RUN_LENGTH_MIN: usize = 3;

/// A sum of the nodes of a block, for each piece of a day: of whole days, one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The number of the first piece: half hours since 1970, or 0 for whole days.
    pub first: i64,
    /// How many pieces each node has.
    pub pieces: usize,
    /// The pieces of each node, node by node. Nodes after the last one have zeros.
    pub values: Vec<i64>,
}

impl Column {
    /// The pieces of the node at a place of the block; nothing where all are zero.
    pub fn of(&self, place: usize) -> &[i64] {
        let from = place.saturating_mul(self.pieces);
        self.values.get(from..from.saturating_add(self.pieces)).unwrap_or_default()
    }

    /// The column as bytes; `None` if all its values are zero, or it is too large.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let used =
            self.values.iter().rposition(|value| *value != 0)?.checked_div(self.pieces)?.checked_add(1)?;
        let values = self.values.get(..used.checked_mul(self.pieces)?)?;
        if used > BLOCK_NODES || self.pieces > PIECES_MAX {
            return None;
        }
        let runs: Vec<&[i64]> = values.chunk_by(|one, next| one == next).collect();
        let is_runs = runs.len().saturating_mul(RUN_LENGTH_MIN) <= values.len();
        let mut bytes = vec![if is_runs { RUNS } else { PACKED }, 0, 0, 0, 0];
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(u16::try_from(self.pieces).ok()?.to_le_bytes());
        bytes.extend(u16::try_from(used).ok()?.to_le_bytes());
        if is_runs {
            bytes.extend(u32::try_from(runs.len()).ok()?.to_le_bytes());
            plain::write(runs.iter().map(|run| i64::try_from(run.len()).unwrap_or_default()), &mut bytes);
            plain::write(runs.iter().filter_map(|run| run.first().copied()), &mut bytes);
        } else {
            for part in values.chunks(PACKED_AT_ONCE) {
                let at = bytes.len();
                bytes.extend([0; 4]);
                packed::write(part, &mut bytes).ok()?;
                let length = u32::try_from(bytes.len().checked_sub(at.checked_add(4)?)?).ok()?;
                bytes.get_mut(at..at.checked_add(4)?)?.copy_from_slice(&length.to_le_bytes());
            }
        }
        let checksum = crc32fast::hash(bytes.get(CHECKED_FROM..)?).to_le_bytes();
        bytes.get_mut(1..CHECKED_FROM)?.copy_from_slice(&checksum);
        Some(bytes)
    }

    /// The column of these bytes; `None` if they are of another format, or malformed. No length in them is trusted: a
    /// column has at most 1,024 nodes and 256 pieces.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_first_chunk::<HEAD>()?;
        let (&[format, c0, c1, c2, c3], counts) = head.split_first_chunk::<CHECKED_FROM>()?;
        if crc32fast::hash(bytes.get(CHECKED_FROM..)?) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return None;
        }
        let (first, counts) = counts.split_first_chunk::<8>()?;
        let (pieces, nodes) = counts.split_first_chunk::<2>()?;
        let first = i64::from_le_bytes(*first);
        let pieces = usize::from(u16::from_le_bytes(*pieces));
        let nodes = usize::from(u16::from_le_bytes(nodes.try_into().ok()?));
        if pieces == 0 || pieces > PIECES_MAX || nodes > BLOCK_NODES {
            return None;
        }
        let count = nodes.checked_mul(pieces)?;
        let values = match format {
            RUNS => runs(&mut rest, count)?,
            PACKED => packed_parts(&mut rest, count)?,
            _ => return None,
        };
        Some(Self { first, pieces, values })
    }
}

/// Reads `count` values that are packed in parts.
fn packed_parts(bytes: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    let mut values = vec![0; count];
    for part in values.chunks_mut(PACKED_AT_ONCE) {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (packed, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        *bytes = rest;
        packed::read(packed, part)?;
    }
    bytes.is_empty().then_some(values)
}

/// Reads runs of `count` values altogether.
fn runs(bytes: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    let (runs, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    let runs = usize::try_from(u32::from_le_bytes(*runs)).ok()?;
    let lengths = plain::read(bytes, runs)?;
    let numbers = plain::read(bytes, runs)?;
    let mut values = Vec::with_capacity(count);
    for (length, number) in lengths.into_iter().zip(numbers) {
        let length = usize::try_from(length).ok()?;
        if length > count - values.len() {
            return None;
        }
        values.extend(std::iter::repeat_n(number, length));
    }
    (bytes.is_empty() && values.len() == count).then_some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns() -> impl Strategy<Value = Column> {
        let value = prop_oneof![4 => Just(0_i64), 2 => Just(1_800_000_000), 1 => any::<i64>()];
        (any::<i64>(), 1..60_usize, 1..40_usize).prop_flat_map(move |(first, pieces, nodes)| {
            prop::collection::vec(value.clone(), pieces * nodes).prop_map(move |values| Column {
                first,
                pieces,
                values,
            })
        })
    }

    proptest! {
        #[test]
        fn a_column_is_read_as_it_was_written(column in columns()) {
            let Some(bytes) = column.encode() else {
                prop_assert!(column.values.iter().all(|value| *value == 0));
                return Ok(());
            };
            let read = Column::decode(&bytes).unwrap();
            prop_assert_eq!((read.first, read.pieces), (column.first, column.pieces));
            for place in 0..45 {
                let zeros = vec![0; column.pieces];
                let of = |column: &Column| match column.of(place) {
                    [] => zeros.clone(),
                    values => values.to_vec(),
                };
                prop_assert_eq!(of(&read), of(&column));
            }
        }

        #[test]
        fn bytes_that_were_changed_are_refused(column in columns(), at in any::<usize>(), by in 1..=255_u8) {
            let Some(mut bytes) = column.encode() else { return Ok(()) };
            let at = at % bytes.len();
            bytes[at] ^= by;
            prop_assert!(Column::decode(&bytes).is_none() || at == 0);
            prop_assert!(Column::decode(&bytes[..at]).is_none());
        }

        #[test]
        fn forged_columns_do_not_harm(rest in prop::collection::vec(any::<u8>(), 0..200), format in 0..4_u8) {
            let mut bytes = vec![format];
            bytes.extend(crc32fast::hash(&rest).to_le_bytes());
            bytes.extend(rest);
            if let Some(column) = Column::decode(&bytes) {
                prop_assert!(column.values.len() <= BLOCK_NODES * PIECES_MAX);
            }
        }
    }

    #[test]
    fn a_column_of_many_zones_is_packed_in_parts() {
        let values =
            (0..BLOCK_NODES * 150).map(|n| (n as i64 % 977) * 7_919 % 1_000_003 * ((n as i64 % 5) + 1));
        let column = Column { first: 7, pieces: 150, values: values.collect() };
        let bytes = column.encode().unwrap();
        assert_eq!(Column::decode(&bytes), Some(column));
        assert_eq!(bytes[0], PACKED);
    }

    #[test]
    fn a_sum_that_is_the_same_for_all_takes_little_room() {
        let column = |values: Vec<i64>| Column { first: 0, pieces: 1, values }.encode();
        assert_eq!(column(vec![0; BLOCK_NODES]), None);
        assert!(column(vec![86_400_000_000; BLOCK_NODES]).unwrap().len() < 32);
    }
}
