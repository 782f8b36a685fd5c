//! Chunks: samples of one series as bytes, in the log and when they are sealed.
//!
//! ```text
//! format    1 byte: 1 plain, 2 packed
//! checksum  4 bytes, the lowest first: CRC-32 (IEEE) of what follows
//! orders    1 byte: whether orders follow; otherwise all are 0
//! times, orders, values
//! ```
//!
//! In the plain format these are numbers as in [`plain`]. In the packed format each is the length of its bytes (4
//! bytes, the lowest first) and these bytes as in [`packed`]. How many samples there are stands beside the chunk, in
//! its row.

use bailiwick_domain::observations::kind::Kind;

use crate::series::sample::Sample;
use crate::series::{packed, plain};

/// The most samples of a chunk.
pub(crate) const CHUNK_SAMPLES_MAX: usize = 1 << 16;
/// With fewer samples, the plain format is smaller.
const PACKED_FROM: usize = 16;

const PLAIN: u8 = 1;
const PACKED: u8 = 2;
/// The bytes of the format and the checksum.
const HEAD: usize = 5;

/// The error for bytes that are not a chunk of so many samples of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadChunk {
    /// A later version wrote it.
    #[error("the chunk has the format {0}, which this version does not know")]
    Format(u8),
    /// Its bytes changed after they were written.
    #[error("the checksum of the chunk is wrong")]
    Checksum,
    /// It has too many samples, or not as many as its row says, or they are malformed.
    #[error("the chunk is malformed")]
    Malformed,
    /// It could not be compressed.
    #[error("the samples could not be compressed")]
    Compression,
}

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Quickly, for the log.
    Log,
    /// Small, to be kept.
    Sealed,
}

/// The bytes of a chunk of samples, which are sorted, each place once.
pub(crate) fn encode(kind: Kind, form: Form, samples: &[Sample]) -> Result<Vec<u8>, BadChunk> {
    if samples.is_empty() || samples.len() > CHUNK_SAMPLES_MAX {
        return Err(BadChunk::Malformed);
    }
    let is_packed = form == Form::Sealed && samples.len() >= PACKED_FROM;
    let has_orders = samples.iter().any(|sample| sample.order != 0);
    let mut bytes = vec![if is_packed { PACKED } else { PLAIN }, 0, 0, 0, 0, u8::from(has_orders)];
    let times = samples.iter().map(|sample| sample.at);
    let orders = samples.iter().map(|sample| sample.order);
    let values = samples.iter().map(|sample| sample.value);
    if is_packed {
        pack(times.collect(), &mut bytes)?;
        if has_orders {
            pack(orders.collect(), &mut bytes)?;
        }
        match kind {
            Kind::Quantity => {
                pack(values.map(|bits| f64::from_bits(bits.cast_unsigned())).collect(), &mut bytes)?;
            }
            Kind::State | Kind::Count | Kind::Alarm => pack(values.collect(), &mut bytes)?,
        }
    } else {
        plain::write(times, &mut bytes);
        if has_orders {
            plain::write(orders, &mut bytes);
        }
        match kind {
            Kind::Quantity => plain::write_bits(values, &mut bytes),
            Kind::State | Kind::Count | Kind::Alarm => plain::write(values, &mut bytes),
        }
    }
    let checksum = crc32fast::hash(bytes.get(HEAD..).unwrap_or_default()).to_le_bytes();
    if let Some(place) = bytes.get_mut(1..HEAD) {
        place.copy_from_slice(&checksum);
    }
    Ok(bytes)
}

fn pack<T: pco::data_types::Number>(numbers: Vec<T>, into: &mut Vec<u8>) -> Result<(), BadChunk> {
    let at = into.len();
    into.extend_from_slice(&[0; 4]);
    packed::write(&numbers, into).map_err(|_| BadChunk::Compression)?;
    let length = u32::try_from(into.len() - at - 4).map_err(|_| BadChunk::Compression)?;
    if let Some(place) = into.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
    Ok(())
}

/// The samples of a chunk, as many as its row says. Nothing is allocated by a length that the bytes contain.
pub(crate) fn decode(kind: Kind, bytes: &[u8], count: usize) -> Result<Vec<Sample>, BadChunk> {
    if count == 0 || count > CHUNK_SAMPLES_MAX {
        return Err(BadChunk::Malformed);
    }
    let (head, rest) = bytes.split_first_chunk::<HEAD>().ok_or(BadChunk::Malformed)?;
    let [format, checksum @ ..] = *head;
    if format != PLAIN && format != PACKED {
        return Err(BadChunk::Format(format));
    }
    if crc32fast::hash(rest) != u32::from_le_bytes(checksum) {
        return Err(BadChunk::Checksum);
    }
    samples(kind, format, rest, count).ok_or(BadChunk::Malformed)
}

fn samples(kind: Kind, format: u8, bytes: &[u8], count: usize) -> Option<Vec<Sample>> {
    let (has_orders, mut bytes) = bytes.split_first()?;
    let bytes = &mut bytes;
    let is_packed = format == PACKED;
    let numbers =
        |bytes: &mut &[u8]| if is_packed { unpack(bytes, count) } else { plain::read(bytes, count) };
    let times = numbers(bytes)?;
    let orders = match has_orders {
        0 => None,
        1 => Some(numbers(bytes)?),
        _ => return None,
    };
    let values = match kind {
        Kind::Quantity if is_packed => {
            let quantities: Vec<f64> = unpack(bytes, count)?;
            quantities.into_iter().map(|quantity| quantity.to_bits().cast_signed()).collect()
        }
        Kind::Quantity => plain::read_bits(bytes, count)?,
        Kind::State | Kind::Count | Kind::Alarm => numbers(bytes)?,
    };
    let mut samples: Vec<Sample> =
        times.into_iter().zip(values).map(|(at, value)| Sample { at, order: 0, value }).collect();
    for (sample, order) in samples.iter_mut().zip(orders.into_iter().flatten()) {
        sample.order = order;
    }
    let is_sorted = samples.is_sorted_by(|one, next| one.place() < next.place());
    let is_whole = bytes.is_empty() && samples.len() == count;
    let is_valid = is_whole && is_sorted && samples.iter().all(|sample| is_valid(kind, *sample));
    is_valid.then_some(samples)
}

fn unpack<T: pco::data_types::Number + Default>(bytes: &mut &[u8], count: usize) -> Option<Vec<T>> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (packed, rest) = rest.split_at_checked(u32::from_le_bytes(*length).try_into().ok()?)?;
    *bytes = rest;
    let mut numbers = vec![T::default(); count];
    packed::read(packed, &mut numbers)?;
    Some(numbers)
}

fn is_valid(kind: Kind, sample: Sample) -> bool {
    let is_number = |number| u32::try_from(number).is_ok();
    sample.at >= 0
        && sample.order >= 0
        && match kind {
            Kind::State => is_number(sample.value),
            Kind::Count => sample.order == 0,
            Kind::Quantity => sample.order == 0 && f64::from_bits(sample.value.cast_unsigned()).is_finite(),
            Kind::Alarm => is_number(sample.order) && matches!(sample.value, 0 | 1),
        }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::series::sample::SEQUENCED;

    fn value(kind: Kind) -> BoxedStrategy<i64> {
        match kind {
            Kind::State => (0..50_i64).boxed(),
            Kind::Count => prop_oneof![any::<i64>(), 0..1_000_i64].boxed(),
            Kind::Quantity => prop_oneof![
                any::<f64>().prop_filter("finite", |number| number.is_finite()),
                (0..10_000_u32).prop_map(|number| f64::from(number) / 100.0)
            ]
            .prop_map(|number| number.to_bits().cast_signed())
            .boxed(),
            Kind::Alarm => (0..2_i64).boxed(),
        }
    }

    fn some_samples() -> impl Strategy<Value = (Kind, Form, Vec<Sample>)> {
        let form = prop::sample::select(vec![Form::Log, Form::Sealed]);
        (prop::sample::select(Kind::ALL.to_vec()), form).prop_flat_map(|(kind, form)| {
            let order = match kind {
                Kind::State => prop_oneof![Just(0), 0..3_i64, (SEQUENCED..SEQUENCED + 1_000)].boxed(),
                Kind::Alarm => (0..5_i64).boxed(),
                Kind::Count | Kind::Quantity => Just(0).boxed(),
            };
            let at = prop_oneof![0..2_000_i64, (0..1_000_i64).prop_map(|n| n * 1_000_000), 0..i64::MAX];
            let places = prop::collection::btree_map((at, order), value(kind), 1..300);
            places.prop_map(move |places: BTreeMap<(i64, i64), i64>| {
                let samples = places.into_iter().map(|((at, order), value)| Sample { at, order, value });
                (kind, form, samples.collect())
            })
        })
    }

    /// Gives bytes the checksum that they should have, as an attacker would.
    fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
        if bytes.len() > HEAD {
            let checksum = crc32fast::hash(&bytes[HEAD..]).to_le_bytes();
            bytes[1..HEAD].copy_from_slice(&checksum);
        }
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn samples_are_read_as_they_were_written((kind, form, samples) in some_samples()) {
            let bytes = encode(kind, form, &samples).unwrap();
            prop_assert_eq!(decode(kind, &bytes, samples.len()), Ok(samples.clone()));
            for other in [samples.len() - 1, samples.len() + 1, CHUNK_SAMPLES_MAX, usize::MAX] {
                prop_assert!(decode(kind, &bytes, other).is_err());
            }
        }

        #[test]
        fn a_chunk_that_was_cut_or_changed_is_refused(
            (kind, form, samples) in some_samples(),
            cut in any::<prop::sample::Index>(),
            bit in any::<prop::sample::Index>(),
        ) {
            let bytes = encode(kind, form, &samples).unwrap();
            let cut = cut.index(bytes.len());
            prop_assert!(decode(kind, &bytes[..cut], samples.len()).is_err());
            let mut flipped = bytes.clone();
            let bit = bit.index(bytes.len() * 8);
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(decode(kind, &flipped, samples.len()).is_err());
        }

        // Only that it returns is checked: what a forged chunk holds cannot be known to be wrong.
        #[test]
        fn a_forged_chunk_is_read_or_refused(
            (kind, form, samples) in some_samples(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in any::<prop::sample::Index>(),
            count in 1..70_000_usize,
        ) {
            let mut bytes = encode(kind, form, &samples).unwrap();
            for (place, byte) in changes {
                let place = place.index(bytes.len() - 1) + 1;
                bytes[place] = byte;
            }
            let short = with_checksum(bytes[..cut.index(bytes.len())].to_vec());
            let bytes = with_checksum(bytes);
            for count in [samples.len(), count] {
                let _ = decode(kind, &bytes, count);
                let _ = decode(kind, &short, count);
            }
        }

        #[test]
        fn random_bytes_are_read_or_refused(
            format in prop::sample::select(vec![PLAIN, PACKED]),
            orders in 0..2_u8,
            random in prop::collection::vec(any::<u8>(), 0..400),
            kind in prop::sample::select(Kind::ALL.to_vec()),
            count in 1..1_000_usize,
        ) {
            let head = [format, 0, 0, 0, 0, orders];
            let _ = decode(kind, &with_checksum([head.as_slice(), &random].concat()), count);
            // The same behind a right length, so that Pcodec sees it.
            let length = u32::try_from(random.len()).unwrap().to_le_bytes();
            let bytes = [head.as_slice(), &length, &random].concat();
            let _ = decode(kind, &with_checksum(bytes), count);
        }
    }

    #[test]
    fn an_unknown_format_is_named() {
        assert_eq!(decode(Kind::Count, &[9, 0, 0, 0, 0, 0], 1), Err(BadChunk::Format(9)));
        assert_eq!(decode(Kind::Count, &[], 1), Err(BadChunk::Malformed));
        assert_eq!(encode(Kind::Count, Form::Log, &[]), Err(BadChunk::Malformed));
    }

    /// Chunks as they are for years to come: they must be read by every later version.
    #[test]
    fn chunks_of_this_version_are_read_by_later_ones() {
        let samples: Vec<Sample> = (0..20)
            .map(|n| Sample { at: 1_700_000_000_000_000 + n * 60_000_000, order: 0, value: n * n })
            .collect();
        let plain = encode(Kind::Count, Form::Log, &samples[..2]).unwrap();
        assert_eq!(hex(&plain), PLAIN_SAMPLE);
        assert_eq!(decode(Kind::Count, &unhex(PACKED_SAMPLE), 20), Ok(samples));
    }

    const PLAIN_SAMPLE: &str = "01b2d6b86d008080f28183898506809c9c390002";
    const PACKED_SAMPLE: &str = "02f3a0ebad002a0000000401017038390000000010010180000000000000004000040000ecc201000000000066\
         2349cc2300000026000000040100100000000000000000004c0000021048002103891840a290c9032915b1700043124d0b";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.chars().map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }
}
