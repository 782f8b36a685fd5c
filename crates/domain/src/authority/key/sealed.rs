//! Sealed secrets: those that the server must read back, such as the secrets of agents and of second
//! factors. They are encrypted with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a key derived
//! from a pepper, so that a stolen database reveals none of them.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::Mac as _;
use zeroize::Zeroizing;

use super::secret::{Pepper, PepperVersion, Peppers};
use crate::time::outside::Entropy;

const NONCE_BYTES: usize = 24;

/// An encrypted secret, as the database holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The version of the pepper that it was sealed under.
    pub pepper: PepperVersion,
    /// The nonce (24 bytes), the ciphertext, the tag (16 bytes).
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(pepper {})", self.pepper)
    }
}

/// The error for a sealed secret that cannot be decrypted: its pepper is missing, or the secret was
/// changed or moved to another row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret cannot be decrypted")]
pub struct CannotOpen;

impl Pepper {
    fn cipher(&self) -> XChaCha20Poly1305 {
        let mut mac = self.mac();
        mac.update(b"bailiwick sealing key");
        XChaCha20Poly1305::new(&mac.finalize().into_bytes())
    }
}

impl Peppers {
    /// Encrypts a secret under the current pepper. `place` names its owner and purpose, as in
    /// `agent/ID/password`; the secret can be decrypted only with the same `place`.
    pub fn seal(&self, place: &str, secret: &[u8], entropy: &dyn Entropy) -> Result<Sealed, CannotOpen> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let sealed = self.newest().cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| CannotOpen)?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(Sealed { pepper: self.current(), bytes })
    }

    /// Decrypts a secret that was sealed for `place`.
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let pepper = self.get(sealed.pepper).ok_or(CannotOpen)?;
        let (nonce, sealed) = sealed.bytes.split_first_chunk::<NONCE_BYTES>().ok_or(CannotOpen)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let opened = pepper.cipher().decrypt(&XNonce::from(*nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| CannotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_sealed_secret_opens_only_in_its_own_place() {
        let peppers = Peppers::generate(&Bytes(1));
        let sealed = peppers.seal("agent/1/password", b"hunter2", &Bytes(9)).unwrap();
        assert!(!sealed.bytes.windows(7).any(|w| w == b"hunter2"));
        assert_eq!(**peppers.open("agent/1/password", &sealed).unwrap(), *b"hunter2");
        assert_eq!(peppers.open("agent/2/password", &sealed), Err(CannotOpen));
        let newer = peppers.with_new(&Bytes(2));
        assert_eq!(**newer.open("agent/1/password", &sealed).unwrap(), *b"hunter2");
        assert_eq!(newer.only_current().open("agent/1/password", &sealed), Err(CannotOpen));
        for n in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[n] ^= 1;
            assert_eq!(peppers.open("agent/1/password", &changed), Err(CannotOpen), "byte {n}");
        }
        assert_eq!(peppers.open("", &Sealed { pepper: 1, bytes: vec![0; 23] }), Err(CannotOpen));
    }

    #[test]
    fn sealing_the_same_secret_twice_gives_different_bytes() {
        let peppers = Peppers::generate(&Bytes(1));
        let sealed = |n| peppers.seal("x", b"hunter2", &Bytes(n)).unwrap();
        assert_ne!(sealed(1), sealed(2));
    }
}
