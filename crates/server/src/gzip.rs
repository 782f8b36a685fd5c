//! Decompresses gzip, with limits on the work that it takes: a small body must not keep a processor busy
//! with members and blocks that contain nothing.

use std::io::{self, BufRead, Read};

use bailiwick_engine::error::Error;
use flate2::bufread::GzDecoder;

use crate::problem::HttpError;

/// How many members a body may consist of. Usually it is one; programs that compress blocks separately make
/// one for each 64 KiB.
const MEMBERS_MAX: usize = 1_000;
/// How many compressed bytes may be read before the first byte is decompressed.
const FREE: usize = 64 << 10;
/// How many more compressed bytes may be read for each decompressed byte. Gzip makes nothing much larger.
const EACH: usize = 2;

/// Why a body was not decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotUnfolded {
    /// It is not valid gzip.
    #[error("not gzip")]
    NotGzip,
    /// It has too many members.
    #[error("expected at most {MEMBERS_MAX} gzip members; compress the body as a whole")]
    Members,
    /// It is much larger than what it contains.
    #[error("the body is more than {EACH} times as large as what it contains; send it without gzip")]
    Hollow,
}

impl From<NotUnfolded> for HttpError {
    fn from(error: NotUnfolded) -> Self {
        match error {
            NotUnfolded::NotGzip => Self::BodyNotGzip,
            NotUnfolded::Members | NotUnfolded::Hollow => {
                Error::invalid("Content-Encoding", error.to_string()).into()
            }
        }
    }
}

/// Passes the decompressed bytes to `take`, piece by piece.
pub(crate) fn unfold<E: From<NotUnfolded>>(
    bytes: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut folded = Folded { rest: bytes, allowance: FREE };
    let mut chunk = [0_u8; 16 << 10];
    for _ in 0..MEMBERS_MAX {
        let mut member = GzDecoder::new(folded);
        loop {
            match member.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => {
                    take(&chunk[..count])?;
                    member.get_mut().allowance += count * EACH;
                }
                Err(_) if member.get_ref().allowance == 0 => return Err(NotUnfolded::Hollow.into()),
                Err(_) => return Err(NotUnfolded::NotGzip.into()),
            }
        }
        folded = member.into_inner();
        if folded.rest.is_empty() {
            return Ok(());
        }
    }
    Err(NotUnfolded::Members.into())
}

/// The compressed bytes that are left, and how many of them may be read until more are decompressed.
struct Folded<'a> {
    rest: &'a [u8],
    allowance: usize,
}

impl BufRead for Folded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.allowance == 0 && !self.rest.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(&self.rest[..self.rest.len().min(self.allowance)])
    }

    fn consume(&mut self, count: usize) {
        self.rest = &self.rest[count..];
        self.allowance = self.allowance.saturating_sub(count);
    }
}

impl Read for Folded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let found = self.fill_buf()?;
        let count = found.len().min(into.len());
        into[..count].copy_from_slice(&found[..count]);
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(content: &[u8], level: Compression) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), level);
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn unfolded(bytes: &[u8]) -> Result<Vec<u8>, NotUnfolded> {
        let mut all = Vec::new();
        unfold(bytes, |piece| {
            all.extend_from_slice(piece);
            Ok(())
        })
        .map(|()| all)
    }

    #[test]
    fn gzip_of_several_members_is_decompressed() {
        let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for level in [Compression::none(), Compression::fast(), Compression::best()] {
            assert_eq!(unfolded(&member(&noise, level)).unwrap(), noise);
        }
        let members = [member(b"a", Compression::best()), member(b"", Compression::best())].concat();
        assert_eq!(unfolded(&members).unwrap(), b"a");
        // What a program makes that compresses blocks of 64 KiB.
        let blocks: Vec<u8> = (0..500).flat_map(|_| member(&[b' '; 64 << 10], Compression::fast())).collect();
        assert_eq!(unfolded(&blocks).unwrap().len(), 500 * (64 << 10));
        for wrong in [b"".as_slice(), b"a", &members[..members.len() - 1], &[&*members, b"a"].concat()] {
            assert_eq!(unfolded(wrong), Err(NotUnfolded::NotGzip));
        }
    }

    #[test]
    fn gzip_with_too_many_members_is_refused() {
        let many = |count, content: &[u8]| member(content, Compression::none()).repeat(count);
        assert_eq!(unfolded(&many(MEMBERS_MAX, b"twelve bytes")).unwrap().len(), 12 * MEMBERS_MAX);
        assert_eq!(unfolded(&many(MEMBERS_MAX + 1, b"twelve bytes")), Err(NotUnfolded::Members));
        assert_eq!(unfolded(&many(50_000, b"")), Err(NotUnfolded::Members));
    }

    #[test]
    fn gzip_that_contains_almost_nothing_is_refused() {
        // Blocks without content, between the header and the last block of a member without content.
        let empty = member(b"", Compression::fast());
        let (header, last) = empty.split_at(10);
        let of = |blocks: usize| [header, &[0, 0, 0, 0xff, 0xff].repeat(blocks), last].concat();
        assert_eq!(unfolded(&of(13_000)).unwrap(), b"");
        assert_eq!(unfolded(&of(14_000)), Err(NotUnfolded::Hollow));
    }
}
