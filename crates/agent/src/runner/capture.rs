//! Captures: the beginning and the end of an output stream, in bounded memory.

use std::collections::VecDeque;

use bailiwick_link::commands::{Output, Stream};

/// The most bytes of a piece that is reported with the command's end.
const PIECE_MAX: usize = 64 << 10;

/// The kept part of an output stream.
#[derive(Debug)]
pub struct Capture {
    stream: Stream,
    head_most: usize,
    tail_most: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
    /// Where the pieces of the head end that were reported. When they are reported again, they are cut
    /// at the same positions, so that the server recognizes by its position a piece that it has already.
    cuts: Vec<usize>,
    /// How many of those pieces were reported on this connection.
    told: usize,
}

impl Capture {
    /// A capture that keeps `limit` bytes of a stream: half from the beginning, half from the end.
    pub fn new(stream: Stream, limit: u32) -> Self {
        let limit = limit as usize;
        Self {
            stream,
            head_most: limit / 2,
            tail_most: limit - limit / 2,
            head: Vec::new(),
            tail: VecDeque::new(),
            total: 0,
            cuts: Vec::new(),
            told: 0,
        }
    }

    /// Adds bytes that were written to the stream.
    pub fn take(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (to_head, rest) = bytes.split_at(bytes.len().min(self.head_most - self.head.len()));
        self.head.extend_from_slice(to_head);
        let rest = &rest[rest.len().saturating_sub(self.tail_most)..];
        let too_many = (self.tail.len() + rest.len()).saturating_sub(self.tail_most);
        self.tail.drain(..too_many.min(self.tail.len()));
        self.tail.extend(rest);
    }

    /// How many bytes were written to the stream.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The next piece of the head that was not reported on this connection, of at most `most` bytes.
    pub fn next_piece(&mut self, most: usize) -> Option<Output> {
        let from = if self.told == 0 { 0 } else { self.cuts[self.told - 1] };
        let to = match self.cuts.get(self.told) {
            Some(cut) => *cut,
            None => {
                let to = self.head.len().min(from + most);
                if to == from {
                    return None;
                }
                self.cuts.push(to);
                to
            }
        };
        self.told += 1;
        Some(self.output(from as u64, self.head[from..to].to_vec()))
    }

    /// Reports again from the beginning, because there is a new connection.
    pub const fn tell_again(&mut self) {
        self.told = 0;
    }

    /// How many bytes of the head were reported on this connection.
    pub fn told_bytes(&self) -> u64 {
        if self.told == 0 { 0 } else { self.cuts[self.told - 1] as u64 }
    }

    /// Everything that is kept, in pieces.
    pub fn pieces(&self) -> Vec<Output> {
        let mut pieces = Vec::new();
        let mut from = 0;
        let rest = self.cuts.last().copied().unwrap_or(0);
        let further =
            (rest..self.head.len()).step_by(PIECE_MAX).map(|at| self.head.len().min(at + PIECE_MAX));
        for to in self.cuts.iter().copied().chain(further) {
            pieces.push(self.output(from as u64, self.head[from..to].to_vec()));
            from = to;
        }
        let mut position = self.total - self.tail.len() as u64;
        let (one, two) = self.tail.as_slices();
        for bytes in one.chunks(PIECE_MAX).chain(two.chunks(PIECE_MAX)) {
            pieces.push(self.output(position, bytes.to_vec()));
            position += bytes.len() as u64;
        }
        pieces
    }

    fn output(&self, position: u64, bytes: Vec<u8>) -> Output {
        Output { stream: self.stream.into(), position, bytes }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The bytes of all pieces, each at its position; `None` where nothing was kept.
    fn put_together(total: u64, pieces: &[Output]) -> Vec<Option<u8>> {
        let mut bytes = vec![None; total as usize];
        for piece in pieces {
            for (n, byte) in piece.bytes.iter().enumerate() {
                let place = &mut bytes[piece.position as usize + n];
                assert!(place.is_none(), "pieces overlap");
                *place = Some(*byte);
            }
        }
        bytes
    }

    #[test]
    fn captured_output_uses_bounded_memory() {
        let mut capture = Capture::new(Stream::Stdout, 1_000);
        let block = vec![b'x'; 1 << 16];
        for _ in 0..1_000 {
            capture.take(&block);
        }
        assert_eq!(capture.total(), 1_000 << 16);
        assert!(capture.head.capacity() <= 1_024 && capture.tail.capacity() <= 4_096);
        let kept: usize = capture.pieces().iter().map(|piece| piece.bytes.len()).sum();
        assert_eq!(kept, 1_000);
        let mut nothing = Capture::new(Stream::Stderr, 0);
        nothing.take(&block);
        assert!(nothing.pieces().is_empty() && nothing.next_piece(10).is_none());
    }

    proptest! {
        #[test]
        fn the_beginning_and_the_end_of_output_are_kept(
            limit in 0_u32..200,
            blocks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..90), 0..12),
            most in 1_usize..50,
            again in any::<bool>(),
        ) {
            let mut capture = Capture::new(Stream::Stdout, limit);
            let mut written = Vec::new();
            let mut told = Vec::new();
            for (n, block) in blocks.iter().enumerate() {
                capture.take(block);
                written.extend_from_slice(block);
                if n % 2 == 0 {
                    told.extend(capture.next_piece(most));
                }
            }
            prop_assert_eq!(capture.total(), written.len() as u64);
            let told_bytes: usize = told.iter().map(|piece| piece.bytes.len()).sum();
            prop_assert_eq!(capture.told_bytes(), told_bytes as u64);
            // When they are reported again, the pieces are the same.
            if again {
                capture.tell_again();
                for piece in &told {
                    let next = capture.next_piece(most);
                    prop_assert_eq!(next.as_ref(), Some(piece));
                }
            }
            let pieces = capture.pieces();
            prop_assert!(pieces.starts_with(&told));
            let kept = put_together(capture.total(), &pieces);
            let (head, tail) = (limit as usize / 2, limit as usize - limit as usize / 2);
            for (n, byte) in written.iter().enumerate() {
                let is_kept = n < head || n >= written.len().saturating_sub(tail);
                prop_assert_eq!(kept[n], is_kept.then_some(*byte), "byte {} of {}", n, written.len());
            }
        }
    }
}
