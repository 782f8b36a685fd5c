//! The JSON of an answer: all of it, or in pieces.

use std::fmt;

/// The JSON of an answer.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// Pieces that are written when they are asked for, because all of it would take much memory.
    Pieces(Pieces),
}

/// JSON in pieces, which together are one document. The next piece is only written when it is asked for.
pub struct Pieces {
    held: usize,
    next: Box<dyn FnMut() -> Option<Vec<u8>> + Send>,
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("held", &self.held).finish_non_exhaustive()
    }
}

impl Pieces {
    /// Pieces that `next` writes until there are no more. `held` is the memory in bytes that it takes until then.
    pub fn new(held: usize, next: impl FnMut() -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self { held, next: Box::new(next) }
    }

    /// The next piece; `None` after the last one.
    pub fn next_piece(&mut self) -> Option<Vec<u8>> {
        (self.next)()
    }
}

impl Body {
    /// The memory in bytes that it takes until it is sent.
    pub const fn held(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Pieces(pieces) => pieces.held,
        }
    }

    /// All of it.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Pieces(mut pieces) => {
                let mut bytes = Vec::new();
                while let Some(piece) = pieces.next_piece() {
                    bytes.extend(piece);
                }
                bytes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_one_document() {
        let mut left = vec![b"3]".to_vec(), b"1,".to_vec(), b"[".to_vec()];
        let body = Body::Pieces(Pieces::new(7, move || left.pop()));
        assert_eq!(body.held(), 7);
        assert_eq!(body.into_bytes(), b"[1,3]");
        assert_eq!(Body::Whole(b"[]".to_vec()).held(), 2);
    }
}
