//! Samples as plain bytes: quick to write, for the log and for a handful of samples.
//!
//! Each number is the difference to the one before, in zigzag encoding (0, -1, 1, -2, … become 0, 1, 2, 3, …) as a
//! base-128 varint, as in Protocol Buffers. A quantity is its eight bytes, the lowest first.

/// The most bytes of a varint of 64 bits.
const VARINT_MAX: usize = 10;

/// Appends numbers.
pub(crate) fn write(numbers: impl Iterator<Item = i64>, into: &mut Vec<u8>) {
    let mut before = 0_i64;
    for number in numbers {
        let difference = number.wrapping_sub(before);
        before = number;
        let mut rest = (difference.wrapping_shl(1) ^ (difference >> 63)).cast_unsigned();
        while rest >= 0x80 {
            into.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        into.push(rest.to_le_bytes()[0]);
    }
}

/// Reads `count` numbers from the beginning of `bytes`, which then begins after them. `None` if it ends too early
/// or is malformed.
pub(crate) fn read(bytes: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    // Each number takes a byte at least, so the count cannot ask for more room than there are bytes.
    if count > bytes.len() {
        return None;
    }
    let mut numbers = Vec::with_capacity(count);
    let mut before = 0_i64;
    for _ in 0..count {
        let number = varint(bytes)?;
        let difference = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        before = before.wrapping_add(difference);
        numbers.push(before);
    }
    Some(numbers)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..VARINT_MAX {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(first & 0x7f);
        // The tenth byte has room for one bit.
        if place == VARINT_MAX - 1 && part > 1 {
            return None;
        }
        number |= part << (7 * place);
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Appends the bits of quantities.
pub(crate) fn write_bits(bits: impl Iterator<Item = i64>, into: &mut Vec<u8>) {
    bits.for_each(|bits| into.extend_from_slice(&bits.to_le_bytes()));
}

/// Reads the bits of `count` quantities, as [`read`] does.
pub(crate) fn read_bits(bytes: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    let (values, rest) = bytes.split_at_checked(count.checked_mul(8)?)?;
    *bytes = rest;
    let (values, _) = values.as_chunks::<8>();
    Some(values.iter().map(|value| i64::from_le_bytes(*value)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(numbers in prop::collection::vec(any::<i64>(), 0..200)) {
            let mut bytes = Vec::new();
            write(numbers.iter().copied(), &mut bytes);
            bytes.push(7);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(read(&mut rest, numbers.len()), Some(numbers));
            prop_assert_eq!(rest, [7].as_slice());
        }
    }

    #[test]
    fn a_count_or_a_varint_that_is_too_long_is_refused() {
        assert_eq!(read(&mut [0; 3].as_slice(), 4), None);
        assert_eq!(read(&mut [0; 3].as_slice(), usize::MAX), None);
        assert_eq!(read_bits(&mut [0; 15].as_slice(), 2), None);
        assert_eq!(read_bits(&mut [0; 15].as_slice(), usize::MAX), None);
        assert_eq!(read(&mut [0xff; 11].as_slice(), 1), None);
    }
}
