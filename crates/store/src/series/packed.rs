//! Numbers compressed by Pcodec (the crate `pco`, its wrapped format: a header, the chunk's metadata, one page).

use pco::data_types::Number;
use pco::errors::PcoError;
use pco::wrapped::{FileCompressor, FileDecompressor};
use pco::{ChunkConfig, PagingSpec};

/// Level 4 compresses about as well as level 8, and two to four times as fast.
const LEVEL: usize = 4;
/// The longest window of earlier numbers in which repetitions are looked for, as a power of two. Twice a chunk.
const WINDOW_LOG_MAX: u64 = 17;

/// Appends compressed numbers. There must be at least one.
pub(crate) fn write<T: Number>(numbers: &[T], into: &mut Vec<u8>) -> Result<(), PcoError> {
    let config = ChunkConfig::default()
        .with_compression_level(LEVEL)
        .with_paging_spec(PagingSpec::Exact(vec![numbers.len()]));
    let file = FileCompressor::default();
    file.write_header(&mut *into)?;
    let mut chunk = file.chunk_compressor(numbers, &config)?;
    chunk.write_meta(&mut *into)?;
    chunk.write_page(0, &mut *into)?;
    Ok(())
}

/// Decompresses exactly `into.len()` numbers. `None` if the bytes hold others, or are malformed.
pub(crate) fn read<T: Number>(bytes: &[u8], into: &mut [T]) -> Option<()> {
    let (file, bytes) = FileDecompressor::new(bytes).ok()?;
    if !is_modest(bytes) {
        return None;
    }
    let (mut chunk, bytes) = file.chunk_decompressor::<T, _>(bytes).ok()?;
    let mut page = chunk.page_decompressor(bytes, into.len()).ok()?;
    let progress = page.read(into).ok()?;
    let is_whole = progress.finished && progress.n_processed == into.len() && page.into_src().is_empty();
    is_whole.then_some(())
}

/// Whether the metadata of a chunk asks for little memory. Pcodec allocates its dictionary and its window by
/// lengths that it reads, before it finds out that the bytes end. We never write a dictionary.
///
/// The metadata begins (format.md of Pcodec) with the mode (4 bits), the mode's own values, the delta encoding (4
/// bits), and for a window (2) its logarithm less one (5 bits). Bits are counted from the lowest of the first byte.
fn is_modest(metadata: &[u8]) -> bool {
    let bits = |from: usize, count: usize| -> Option<u64> {
        let all = (from..from + count).try_fold((0, 0), |(number, place), bit| {
            let byte = metadata.get(bit / 8)?;
            Some((number | u64::from(byte >> (bit % 8) & 1) << place, place + 1))
        });
        all.map(|(number, _)| number)
    };
    let at = match bits(0, 4) {
        // Classic; whole and floating-point multiples of a number of 64 bits; quantization by 8 bits.
        Some(0) => 4,
        Some(1 | 2) => 4 + 64,
        Some(3) => 4 + 8,
        _ => return false,
    };
    match bits(at, 4) {
        Some(2) => bits(at + 4, 5).is_some_and(|log| log < WINDOW_LOG_MAX),
        Some(_) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_that_asks_for_much_memory_is_refused() {
        // A dictionary of 2^25 - 1 numbers; a window of 2^24, of a classic chunk and of multiples.
        assert!(!is_modest(&[0xf4, 0xff, 0xff, 0x1f]));
        assert!(!is_modest(&[0x20, 23]));
        let multiples = [[0x01].as_slice(), &[0; 7], &[0x20, 23]].concat();
        assert!(!is_modest(&multiples));
        assert!(is_modest(&[0x20, 16]) && is_modest(&[0x10]));
        assert!(!is_modest(&[]) && !is_modest(&[0x01, 0, 0]));
        let numbers: Vec<i64> = (0..65_536).map(|n| n % 1_000 * 7_919 % 1_000).collect();
        let mut bytes = Vec::new();
        write(&numbers, &mut bytes).unwrap();
        let mut again = vec![0_i64; numbers.len()];
        read(&bytes, &mut again).unwrap();
        assert_eq!(again, numbers);
    }
}
